//! What becomes of a submission, by what is known of its instance and of the one that it edits.
//!
//! | known of the instance | XML | known of the edited one | decision |
//! |---|---|---|---|
//! | nothing | – | no edit | new |
//! | nothing, but an edit of it came first | – | no edit | kept, not shown: it is superseded |
//! | nothing | – | not edited yet, or unknown | edit: the same incident |
//! | nothing | – | edited by another instance | conflict |
//! | the same XML | same | – | again: attachments are added, the rest is as it was |
//! | other XML | differs | – | conflict |

use serde::{Deserialize, Serialize};

use super::instance::Submission;

/// What is kept of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The first instance of the chain of edits; its own id if it is no edit.
    pub first: String,
    /// SHA-256 of its XML; none if only an edit of it has come.
    pub xml: Option<String>,
    /// The instance that edits it.
    pub superseded_by: Option<String>,
}

/// Why a submission is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another XML has come with this instanceID.
    #[error("another submission with this instanceID is here, and it is not the same")]
    OtherXml,
    /// Another instance is an edit of the same.
    #[error("the submission that this one edits was edited by another one already")]
    OtherEdit,
    /// The edited submission is another phone's.
    #[error("the submission that this one edits was sent by another phone")]
    OtherPhone,
    /// An attachment of this name with other bytes is here.
    #[error("an attachment of this name is here, and it is not the same")]
    OtherAttachment,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is kept of the instance from now on.
    pub known: Known,
    /// What is kept of the edited instance from now on.
    pub edited: Option<(String, Known)>,
    /// Whether the same XML was here before.
    pub again: bool,
    /// Whether it is what the incident says: no edit of it has come.
    pub rules: bool,
}

/// Decides. `xml` is the SHA-256 of the submission's XML.
///
/// # Errors
/// [`Conflict`].
pub fn decide(
    submission: &Submission,
    xml: &str,
    own: Option<&Known>,
    edited: Option<&Known>,
) -> Result<Decision, Conflict> {
    if let Some(known) = own
        && let Some(before) = &known.xml
    {
        if before != xml {
            return Err(Conflict::OtherXml);
        }
        let rules = known.superseded_by.is_none();
        return Ok(Decision { known: known.clone(), edited: None, again: true, rules });
    }
    let superseded_by = own.and_then(|known| known.superseded_by.clone());
    let rules = superseded_by.is_none();
    let Some(old) = &submission.deprecates else {
        let first = own.map_or_else(|| submission.instance.clone(), |known| known.first.clone());
        let known = Known { first, xml: Some(xml.to_owned()), superseded_by };
        return Ok(Decision { known, edited: None, again: false, rules });
    };
    let mut before =
        edited.cloned().unwrap_or_else(|| Known { first: old.clone(), ..Known::default() });
    if before.superseded_by.as_ref().is_some_and(|by| *by != submission.instance) {
        return Err(Conflict::OtherEdit);
    }
    before.superseded_by = Some(submission.instance.clone());
    // An edit of this one came first and took this one for the beginning: the row stays that one's.
    let first = own.map_or_else(|| before.first.clone(), |known| known.first.clone());
    let known = Known { first, xml: Some(xml.to_owned()), superseded_by };
    Ok(Decision { known, edited: Some((old.clone(), before)), again: false, rules })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Default)]
    struct Server(BTreeMap<String, Known>);

    impl Server {
        fn post(&mut self, id: &str, old: Option<&str>, xml: &str) -> Result<Decision, Conflict> {
            let old =
                old.map_or_else(String::new, |old| format!("<deprecatedID>{old}</deprecatedID>"));
            let text = format!("<d id='f'><meta><instanceID>{id}</instanceID>{old}</meta></d>");
            let submission = Submission::read(text.as_bytes()).unwrap();
            let edited = submission.deprecates.as_ref().and_then(|old| self.0.get(old));
            let decision = decide(&submission, xml, self.0.get(id), edited)?;
            self.0.insert(id.to_owned(), decision.known.clone());
            self.0.extend(decision.edited.clone());
            Ok(decision)
        }
    }

    #[test]
    fn the_table_of_decisions() {
        let mut server = Server::default();
        let new = server.post("1", None, "a").unwrap();
        assert!(!new.again && new.rules && new.known.first == "1");
        let again = server.post("1", None, "a").unwrap();
        assert!(again.again && again.rules);
        assert_eq!(server.post("1", None, "b"), Err(Conflict::OtherXml));

        let edit = server.post("2", Some("1"), "c").unwrap();
        assert!(!edit.again && edit.rules && edit.known.first == "1");
        assert!(server.post("2", Some("1"), "c").unwrap().again);
        assert_eq!(server.post("3", Some("1"), "d"), Err(Conflict::OtherEdit));
        let second = server.post("4", Some("2"), "e").unwrap();
        assert_eq!(second.known.first, "1", "the chain has one row");
        assert!(!server.post("1", None, "a").unwrap().rules, "a late retry changes nothing");
    }

    #[test]
    fn an_edit_may_come_before_what_it_edits() {
        let mut server = Server::default();
        assert_eq!(server.post("2", Some("1"), "b").unwrap().known.first, "1");
        let late = server.post("1", None, "a").unwrap();
        assert!(!late.rules && !late.again && late.known.first == "1");
        assert!(server.post("1", None, "a").unwrap().again);

        let mut server = Server::default();
        assert_eq!(server.post("3", Some("2"), "c").unwrap().known.first, "2");
        let middle = server.post("2", Some("1"), "b").unwrap();
        assert!(!middle.rules);
        assert_eq!(middle.known.first, "2", "one row, whatever came first");
    }
}
