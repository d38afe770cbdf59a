//! One filled form, as it is submitted.

use std::{collections::BTreeMap, collections::BTreeSet, fmt};

use super::xml::{Element, XmlError};

/// Bytes of an id of an instance or of a form.
pub const MAX_ID_BYTES: usize = 250;
/// Answers of one instance: as many as a row of a list has columns.
pub const MAX_ANSWERS: usize = 1_000;

/// Bytes of all names of columns of one instance: groups in groups repeat theirs at each answer.
const MAX_COLUMN_BYTES: usize = 1024 * 1024;

/// The column with the instance's id, by which its row is known again.
pub const INSTANCE_COLUMN: &str = "meta/instanceID";
/// The same without `uuid:`, as Kobo's own exports name it.
const KOBO_COLUMN: &str = "_uuid";
/// What stands before an id. Tools leave it out or write it, and mean the same instance.
const SCHEME: &str = "uuid:";

/// Why a submission is not taken. Says nothing of what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Not the XML that is taken.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The root has no id of a form.
    #[error("the submission does not say of which form it is")]
    NoForm,
    /// There is no `meta/instanceID`.
    #[error("the submission has no instanceID")]
    NoInstance,
    /// An id is too long, or has characters that no id has.
    #[error("an id of the submission is too long or has strange characters")]
    BadId,
    /// More answers than are taken, or with longer names.
    #[error("the submission has more than {MAX_ANSWERS} answers, or too long names")]
    TooManyAnswers,
}

/// One filled form.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// Of which form.
    pub form: String,
    /// Its own id.
    pub instance: String,
    /// The instance that it is an edit of.
    pub deprecates: Option<String>,
    /// Whether it is sealed for a key that is not ours: what it says cannot be read.
    pub encrypted: bool,
    root: Element,
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission").field("encrypted", &self.encrypted).finish_non_exhaustive()
    }
}

impl Submission {
    /// Reads a submission.
    ///
    /// # Errors
    /// [`SubmissionError`].
    pub fn read(bytes: &[u8]) -> Result<Self, SubmissionError> {
        let root = Element::read(bytes)?;
        let meta = root.child("meta");
        let said = |name: &str| meta.and_then(|meta| meta.child(name)).map(|it| it.text.as_str());
        let form =
            checked(root.attribute("id").unwrap_or_default())?.ok_or(SubmissionError::NoForm)?;
        let instance = said("instanceID").filter(|id| !id.is_empty());
        // The outer document of an encrypted form has it as an attribute too.
        let instance = instance.or_else(|| root.attribute("instanceID")).unwrap_or_default();
        let instance = checked(instance)?.ok_or(SubmissionError::NoInstance)?;
        let instance = normal(&instance);
        let deprecates = checked(said("deprecatedID").unwrap_or_default())?;
        let deprecates = deprecates.map(|old| normal(&old)).filter(|old| *old != instance);
        let encrypted = root.attribute("encrypted") == Some("yes")
            || root.child("encryptedXmlFile").is_some()
                && root.child("base64EncryptedKey").is_some();
        Ok(Self { form, instance, deprecates, encrypted, root })
    }

    /// Its answers as one row: names of columns and cells. `repeats` are the form's repeated groups;
    /// what stands several times is repeated, too. The row is that of `first`, the instance that all
    /// edits go back to.
    ///
    /// # Errors
    /// [`SubmissionError::TooManyAnswers`].
    pub fn row(
        &self,
        repeats: &BTreeSet<String>,
        first: &str,
    ) -> Result<BTreeMap<String, String>, SubmissionError> {
        let (mut row, mut room) = (BTreeMap::new(), MAX_COLUMN_BYTES);
        answers(&self.root, ("", ""), repeats, &mut row, &mut room)?;
        row.insert(INSTANCE_COLUMN.to_owned(), first.to_owned());
        let bare = first.strip_prefix(SCHEME).unwrap_or(first);
        row.insert(KOBO_COLUMN.to_owned(), bare.to_owned());
        Ok(row)
    }
}

/// The one form of an instance's id, so that `X` and `uuid:X` are one everywhere: to whom it belongs
/// and which incident it is are both asked by this.
#[must_use]
pub fn normal(id: &str) -> String {
    let mut bare = id.trim();
    while let Some(rest) = bare.strip_prefix(SCHEME) {
        bare = rest.trim_start();
    }
    format!("{SCHEME}{bare}")
}

/// An id; none if it is empty.
fn checked(id: &str) -> Result<Option<String>, SubmissionError> {
    let id = id.trim();
    if id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
        return Err(SubmissionError::BadId);
    }
    Ok((!id.is_empty()).then(|| id.to_owned()))
}

/// `path` is where the element stands without numbers, `column` with them. As deep as
/// [`super::xml::MAX_DEPTH`]. `room` is how many bytes more names of columns may take.
fn answers(
    element: &Element,
    (path, column): (&str, &str),
    repeats: &BTreeSet<String>,
    row: &mut BTreeMap<String, String>,
    room: &mut usize,
) -> Result<(), SubmissionError> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut often: BTreeMap<&str, usize> = BTreeMap::new();
    for child in &element.children {
        *often.entry(&child.name).or_default() += 1;
    }
    let below = |parent: &str, name: &str| {
        if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
    };
    for child in &element.children {
        let number = seen.entry(&child.name).or_default();
        *number += 1;
        let path = below(path, &child.name);
        let mut column = below(column, &child.name);
        if often.get(child.name.as_str()) > Some(&1) || repeats.contains(&path) {
            column = format!("{column}[{number}]");
        }
        if child.children.is_empty() {
            if !child.text.is_empty() {
                let left = room.checked_sub(column.len());
                *room = left.ok_or(SubmissionError::TooManyAnswers)?;
                row.insert(column, child.text.clone());
            }
            if row.len() > MAX_ANSWERS {
                return Err(SubmissionError::TooManyAnswers);
            }
        } else {
            answers(child, (&path, &column), repeats, row, room)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const XML: &str = "<data id='f' version='1' xmlns:orx='http://openrosa.org/xforms'>
        <date>2024-05-03</date><g><point>2.44 -76.61 1700 4.5</point></g>
        <who><name>Uno</name></who><who><name>Dos</name></who><one><name>Solo</name></one>
        <empty/><orx:meta><orx:instanceID>uuid:2</orx:instanceID>
        <orx:deprecatedID>uuid:1</orx:deprecatedID></orx:meta></data>";

    #[test]
    fn answers_become_one_row() {
        let submission = Submission::read(XML.as_bytes()).unwrap();
        assert_eq!((submission.form.as_str(), submission.instance.as_str()), ("f", "uuid:2"));
        assert_eq!(submission.deprecates.as_deref(), Some("uuid:1"));
        assert!(!submission.encrypted);
        let row = submission.row(&BTreeSet::from(["one".to_owned()]), "uuid:1").unwrap();
        let cell = |column: &str| row.get(column).map(String::as_str);
        assert_eq!(cell("date"), Some("2024-05-03"));
        assert_eq!(cell("g/point"), Some("2.44 -76.61 1700 4.5"));
        assert_eq!((cell("who[1]/name"), cell("who[2]/name")), (Some("Uno"), Some("Dos")));
        assert_eq!(cell("one[1]/name"), Some("Solo"));
        assert_eq!((cell("meta/instanceID"), cell("_uuid")), (Some("uuid:1"), Some("1")));
        assert_eq!(cell("empty"), None);
    }

    #[test]
    fn an_id_is_one_with_its_scheme_and_without() {
        let read = |id: &str| {
            let xml = format!(
                "<d id='f'><meta><instanceID>{id}</instanceID><deprecatedID>uuid:7</deprecatedID>\
                 </meta></d>"
            );
            Submission::read(xml.as_bytes()).unwrap()
        };
        for id in ["8", "uuid:8", " uuid:8 ", "uuid:uuid:8", "uuid: 8"] {
            assert_eq!(read(id).instance, "uuid:8", "{id}");
        }
        assert_eq!(read("8").deprecates.as_deref(), Some("uuid:7"));
        assert_eq!(read("7").deprecates, None, "it is no edit of itself");
    }

    /// 0.8 MB of XML were 360 MB of columns: a name stands in the column of each answer below it.
    #[test]
    fn long_names_are_bounded_before_columns_are_made_of_them() {
        let long = "A".repeat(400_000);
        let answers: String = (0..900).map(|n| format!("<b{n}>x</b{n}>")).collect();
        let xml = format!("<d id='f' instanceID='1'><{long}>{answers}</{long}></d>");
        let refused = Submission::read(xml.as_bytes()).unwrap_err();
        assert_eq!(refused, SubmissionError::Xml(XmlError::TooLarge));
        let attribute = format!("<d id='f' {long}='1' instanceID='1'/>");
        assert!(Submission::read(attribute.as_bytes()).is_err());

        // As deep as can be, with names as long as can be: more than a megabyte of columns.
        let (open, close): (String, String) =
            (0..29).fold(Default::default(), |(open, close), n| {
                let name = format!("{n:A>100}");
                (format!("{open}<{name}>"), format!("</{name}>{close}"))
            });
        let xml = format!("<d id='f' instanceID='1'>{open}{answers}{close}</d>");
        let row = Submission::read(xml.as_bytes()).unwrap().row(&BTreeSet::new(), "1");
        assert_eq!(row.unwrap_err(), SubmissionError::TooManyAnswers);
    }

    #[test]
    fn encrypted_ones_are_known_by_their_outside() {
        let xml = "<data id='f' encrypted='yes' instanceID='uuid:9'>\
            <base64EncryptedKey>x</base64EncryptedKey><encryptedXmlFile>s.enc</encryptedXmlFile></data>";
        let submission = Submission::read(xml.as_bytes()).unwrap();
        assert!(submission.encrypted && submission.instance == "uuid:9");
    }

    #[test]
    fn what_names_no_form_or_instance_is_refused() {
        let read = |xml: &str| Submission::read(xml.as_bytes()).unwrap_err();
        assert_eq!(read("<d/>"), SubmissionError::NoForm);
        assert_eq!(read("<d id='f'/>"), SubmissionError::NoInstance);
        let long = "x".repeat(MAX_ID_BYTES + 1);
        assert_eq!(read(&format!("<d id='{long}'/>")), SubmissionError::BadId);
        assert_eq!(read("<d id='a&#7;'/>"), SubmissionError::BadId);
        let answers: String = (0..=MAX_ANSWERS).map(|n| format!("<q{n}>1</q{n}>")).collect();
        let xml = format!("<d id='f' instanceID='1'>{answers}</d>");
        let many = Submission::read(xml.as_bytes()).unwrap().row(&BTreeSet::new(), "1");
        assert_eq!(many.unwrap_err(), SubmissionError::TooManyAnswers);
    }

    proptest! {
        #[test]
        fn any_tags_are_survived(parts in prop::collection::vec(
            prop::sample::select(vec!["<a>", "</a>", "<d id='f' instanceID='1'>", "</d>", "<meta>",
                "</meta>", "<instanceID>", "</instanceID>", "x", "&amp;", "&x;", "<a/>"]), 0..30)) {
            if let Ok(submission) = Submission::read(parts.concat().as_bytes()) {
                drop(submission.row(&BTreeSet::new(), "1"));
            }
        }
    }
}
