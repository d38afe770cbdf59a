//! The forms that ceiba brings along: the two-minute report and the alert, each one table of
//! questions of which both the XForm for phones and the mapping for the registry are made.

mod mapping;
mod render;

use std::sync::LazyLock;

use crate::model::vocabulary;

/// Goes up when a question changes; a phone fetches a form again whose version is another.
pub const REVISION: u32 = 1;

const REPORT: &str = include_str!("forms/report.tsv");
const ALERT: &str = include_str!("forms/alert.tsv");
const COLUMNS: usize = 13;

/// The languages of labels: how a phone shows them, in the order of the table's columns.
const LANGUAGES: [&str; 3] = ["English (en)", "Español (es)", "Português (pt)"];

/// A form as phones get it, and how what they send is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The XForm.
    pub xml: String,
    /// How answers become fields.
    pub mapping: String,
}

/// The forms of the program, in the order in which phones list them.
#[must_use]
pub fn built_in() -> &'static [Form] {
    static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
        let forms = [
            ("ceiba_report", "Report / Reporte / Relato", REPORT),
            ("ceiba_alert", "Alert / Alerta", ALERT),
        ];
        forms.map(|(id, title, table)| make(id, title, table)).into()
    });
    &FORMS
}

fn make(id: &str, title: &str, table: &'static str) -> Form {
    let version = format!("{REVISION}.{}", vocabulary::VERSION);
    let questions: Vec<Question> = table.lines().skip(1).filter_map(Question::read).collect();
    let xml = render::xform(id, title, &version, &questions);
    let mapping = mapping::mapping(id, title, &questions);
    Form { id: id.to_owned(), title: title.to_owned(), version, xml, mapping }
}

/// What a question is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    One(&'static str),
    Many(&'static str),
    Country,
    Admin1,
    Date,
    Text,
    Long,
    Point,
    Photo,
    Audio,
}

/// A line of a form's table.
#[derive(Debug, Clone, Copy)]
struct Question {
    /// The group that repeats which it is in; empty if none.
    part: &'static str,
    name: &'static str,
    answer: Answer,
    required: bool,
    relevant: &'static str,
    /// Where the answer goes, as a mapping says it; empty for files.
    to: &'static str,
    labels: [&'static str; 3],
    hints: [&'static str; 3],
}

impl Question {
    fn read(line: &'static str) -> Option<Self> {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let [part, name, kind, list, required, relevant, to, en, es, pt, hint_en, hint_es, hint_pt] =
            <[_; COLUMNS]>::try_from(cells).ok()?;
        let answer = match kind {
            "one" => Answer::One(list),
            "many" => Answer::Many(list),
            "country" => Answer::Country,
            "admin1" => Answer::Admin1,
            "date" => Answer::Date,
            "text" => Answer::Text,
            "long" => Answer::Long,
            "point" => Answer::Point,
            "photo" => Answer::Photo,
            "audio" => Answer::Audio,
            _unknown => return None,
        };
        Some(Self {
            part,
            name,
            answer,
            required: required == "yes",
            relevant,
            to,
            labels: [en, es, pt],
            hints: [hint_en, hint_es, hint_pt],
        })
    }

    /// Where it stands in an instance.
    fn path(&self) -> String {
        if self.part.is_empty() {
            format!("/data/{}", self.name)
        } else {
            format!("/data/{}/{}", self.part, self.name)
        }
    }

    /// The name of its texts.
    fn text_id(&self, kind: &str) -> String {
        format!("{}:{kind}", self.path())
    }
}

/// The groups that repeat, in their order.
fn parts(questions: &[Question]) -> Vec<&'static str> {
    let mut parts: Vec<&str> = questions.iter().map(|question| question.part).collect();
    parts.dedup();
    parts.retain(|part| !part.is_empty());
    parts
}

/// The heading of a group that repeats.
const fn part_labels() -> [&'static str; 3] {
    ["A person who was harmed", "Una persona afectada", "Uma pessoa afetada"]
}

#[cfg(test)]
mod tests;
