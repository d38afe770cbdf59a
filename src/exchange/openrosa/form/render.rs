//! The XForm of a form, with its texts in three languages.

use std::collections::BTreeMap;

use super::{Answer, LANGUAGES, Question, part_labels, parts};
use crate::{
    exchange::openrosa::xml::escaped,
    model::{
        registry::place,
        vocabulary::{Language, Vocabulary},
    },
};

/// The countries that the forms offer: those whose departments and states the program knows.
const COUNTRIES: [(&str, [&str; 3]); 4] = [
    ("BR", ["Brazil", "Brasil", "Brasil"]),
    ("CO", ["Colombia", "Colombia", "Colômbia"]),
    ("EC", ["Ecuador", "Ecuador", "Equador"]),
    ("PE", ["Peru", "Perú", "Peru"]),
];
const VOCABULARY_LANGUAGES: [Language; 3] =
    [Language::English, Language::Spanish, Language::Portuguese];
/// The element around the choices of a list, named as everybody names it.
const CHOICES: &str = "root";
/// Nobody who is asked says that consent is withdrawn: that is an entry of the ledger.
const NOT_ASKED: (&str, &str) = ("consent_basis", "withdrawn");

/// A choice of a list: its code, its texts, and the country that it is of.
struct Choice {
    code: String,
    labels: [String; 3],
    country: Option<&'static str>,
}

pub(super) fn xform(id: &str, title: &str, version: &str, questions: &[Question]) -> String {
    let lists = lists(questions);
    let mut texts: BTreeMap<String, [String; 3]> = BTreeMap::new();
    for question in questions {
        texts.insert(question.text_id("label"), question.labels.map(str::to_owned));
        if !question.hints.iter().any(|hint| hint.is_empty()) {
            texts.insert(question.text_id("hint"), question.hints.map(str::to_owned));
        }
    }
    for part in parts(questions) {
        texts.insert(format!("/data/{part}:label"), part_labels().map(str::to_owned));
    }
    for (list, choices) in &lists {
        for choice in choices {
            texts.insert(format!("{list}-{}", choice.code), choice.labels.clone());
        }
    }
    let (texts, binds) = (itext(&texts), binds(questions));
    let (instance, lists) = (instance(id, version, questions), instances(&lists));
    let (title, body) = (escaped(title), body(questions));
    format!(
        "<?xml version=\"1.0\"?>\n<h:html xmlns=\"http://www.w3.org/2002/xforms\" \
         xmlns:h=\"http://www.w3.org/1999/xhtml\" xmlns:jr=\"http://openrosa.org/javarosa\" \
         xmlns:odk=\"http://www.opendatakit.org/xforms\" \
         xmlns:orx=\"http://openrosa.org/xforms\">\n<h:head>\n<h:title>{title}</h:title>\n<model \
         odk:xforms-version=\"1.0.0\">\n{texts}{instance}{lists}{binds}</model>\n</h:head>\n<h:body>\n\
         {body}</h:body>\n</h:html>\n"
    )
}

fn lists(questions: &[Question]) -> BTreeMap<&'static str, Vec<Choice>> {
    let mut lists = BTreeMap::new();
    for question in questions {
        let (name, choices) = match question.answer {
            Answer::One(list) | Answer::Many(list) => (list, terms(list)),
            Answer::Country => ("country", COUNTRIES.map(country).into()),
            Answer::Admin1 => ("admin1", subdivisions()),
            Answer::Date | Answer::Text | Answer::Long => continue,
            Answer::Point | Answer::Photo | Answer::Audio => continue,
        };
        lists.insert(name, choices);
    }
    lists
}

fn terms(list: &'static str) -> Vec<Choice> {
    let terms = Vocabulary::built_in().list(list).iter();
    let asked = terms.filter(|term| (list, term.code) != NOT_ASKED);
    let choice = |term: &crate::model::vocabulary::Term| Choice {
        code: term.code.to_owned(),
        labels: VOCABULARY_LANGUAGES.map(|language| term.label(language).to_owned()),
        country: None,
    };
    asked.map(choice).collect()
}

fn country((code, labels): (&'static str, [&'static str; 3])) -> Choice {
    Choice { code: code.to_owned(), labels: labels.map(str::to_owned), country: None }
}

fn subdivisions() -> Vec<Choice> {
    let of = |code: &'static str| {
        place::subdivisions(code).iter().map(move |known| Choice {
            code: known.code.to_owned(),
            labels: [known.name, known.name, known.name].map(str::to_owned),
            country: Some(code),
        })
    };
    COUNTRIES.iter().flat_map(|(code, _)| of(code)).collect()
}

fn itext(texts: &BTreeMap<String, [String; 3]>) -> String {
    let mut xml = String::from("<itext>\n");
    for (place, language) in LANGUAGES.iter().enumerate() {
        let usual = if place == 0 { " default=\"true()\"" } else { "" };
        xml.push_str(&format!("<translation lang=\"{language}\"{usual}>\n"));
        for (id, labels) in texts {
            let label = labels.get(place).map(String::as_str).unwrap_or_default();
            let (id, label) = (escaped(id), escaped(label));
            xml.push_str(&format!("<text id=\"{id}\"><value>{label}</value></text>\n"));
        }
        xml.push_str("</translation>\n");
    }
    xml.push_str("</itext>\n");
    xml
}

fn instance(id: &str, version: &str, questions: &[Question]) -> String {
    let mut xml = format!("<instance>\n<data id=\"{id}\" version=\"{version}\">\n");
    let mut open = "";
    for question in questions {
        if question.part != open {
            xml.push_str(&closing(open));
            open = question.part;
            if !open.is_empty() {
                xml.push_str(&format!("<{open} jr:template=\"\">\n"));
            }
        }
        xml.push_str(&format!("<{}/>\n", question.name));
    }
    xml.push_str(&closing(open));
    xml.push_str("<meta><instanceID/></meta>\n</data>\n</instance>\n");
    xml
}

/// Closes a group that repeats. Each person's act is what was done.
fn closing(part: &str) -> String {
    if part.is_empty() { String::new() } else { format!("<violation/>\n</{part}>\n") }
}

fn instances(lists: &BTreeMap<&'static str, Vec<Choice>>) -> String {
    let mut xml = String::new();
    for (list, choices) in lists {
        xml.push_str(&format!("<instance id=\"{list}\">\n<{CHOICES}>\n"));
        for choice in choices {
            let code = &choice.code;
            let of = choice.country.map(|of| format!("<country>{of}</country>"));
            let of = of.unwrap_or_default();
            xml.push_str(&format!(
                "<item><itextId>{list}-{code}</itextId><name>{code}</name>{of}</item>\n"
            ));
        }
        xml.push_str(&format!("</{CHOICES}>\n</instance>\n"));
    }
    xml
}

fn binds(questions: &[Question]) -> String {
    let mut xml = String::new();
    for question in questions {
        let kind = match question.answer {
            Answer::Many(_) | Answer::One(_) | Answer::Country | Answer::Admin1 => "string",
            Answer::Text | Answer::Long => "string",
            Answer::Date => "date",
            Answer::Point => "geopoint",
            Answer::Photo | Answer::Audio => "binary",
        };
        let path = question.path();
        let mut more = String::new();
        if question.required {
            more.push_str(" required=\"true()\"");
        }
        if !question.relevant.is_empty() {
            more.push_str(&format!(" relevant=\"{}\"", escaped(question.relevant)));
        }
        if question.answer == Answer::Date {
            more.push_str(" constraint=\". &lt;= today()\"");
        }
        xml.push_str(&format!("<bind nodeset=\"{path}\" type=\"{kind}\"{more}/>\n"));
    }
    for part in parts(questions) {
        xml.push_str(&format!(
            "<bind nodeset=\"/data/{part}/violation\" type=\"string\" calculate=\"/data/violation\"/>\n"
        ));
    }
    xml.push_str(
        "<bind nodeset=\"/data/meta/instanceID\" type=\"string\" readonly=\"true()\" \
         jr:preload=\"uid\"/>\n",
    );
    xml
}

fn body(questions: &[Question]) -> String {
    let mut xml = String::new();
    let mut open = "";
    for question in questions {
        if question.part != open {
            if !open.is_empty() {
                xml.push_str("</repeat>\n</group>\n");
            }
            open = question.part;
            if !open.is_empty() {
                xml.push_str(&format!(
                    "<group ref=\"/data/{open}\">\n<label ref=\"jr:itext('/data/{open}:label')\"/>\n\
                     <repeat nodeset=\"/data/{open}\">\n"
                ));
            }
        }
        xml.push_str(&control(question));
    }
    if !open.is_empty() {
        xml.push_str("</repeat>\n</group>\n");
    }
    xml
}

fn control(question: &Question) -> String {
    let (path, label) = (question.path(), question.text_id("label"));
    let mut inner = format!("<label ref=\"jr:itext('{label}')\"/>");
    if !question.hints.iter().any(|hint| hint.is_empty()) {
        inner.push_str(&format!("<hint ref=\"jr:itext('{}')\"/>", question.text_id("hint")));
    }
    let choices = |list: &str, filter: &str| {
        format!(
            "<itemset nodeset=\"instance('{list}')/{CHOICES}/item{filter}\"><value ref=\"name\"/><label \
             ref=\"jr:itext(itextId)\"/></itemset>"
        )
    };
    let (name, more) = match question.answer {
        Answer::One(list) => {
            inner.push_str(&choices(list, ""));
            ("select1", "")
        }
        Answer::Many(list) => {
            inner.push_str(&choices(list, ""));
            ("select", "")
        }
        Answer::Country => {
            inner.push_str(&choices("country", ""));
            ("select1", "")
        }
        Answer::Admin1 => {
            inner.push_str(&choices("admin1", "[country = /data/country]"));
            ("select1", " appearance=\"minimal\"")
        }
        Answer::Date | Answer::Text | Answer::Point => ("input", ""),
        Answer::Long => ("input", " appearance=\"multiline\""),
        Answer::Photo => ("upload", " mediatype=\"image/*\""),
        Answer::Audio => ("upload", " mediatype=\"audio/*\""),
    };
    format!("<{name} ref=\"{path}\"{more}>{inner}</{name}>\n")
}
