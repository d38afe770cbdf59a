//! What becomes of a submission, by what is known of its instance and of the one that it edits.
//!
//! | known of the instance | XML | known of the one that it edits | decision |
//! |---|---|---|---|
//! | nothing | – | no edit | new |
//! | nothing, but an edit by the same phone came first | – | no edit | kept, not shown: it is superseded |
//! | nothing | – | this phone sent it, and no edit of it | edit: the same incident |
//! | nothing | – | this phone sent it, and another edit of it | conflict |
//! | nothing | – | it is not here | new; when it comes from the same phone, it is superseded |
//! | nothing | – | another phone sent it | kept, and held for a person |
//! | the same XML | same | – | again: attachments are added, the rest is as it was |
//! | other XML | differs | – | conflict |
//!
//! What a phone says of an instance that is not its own changes nothing of that instance, whichever
//! comes first: who knows an id must not be able to speak before or over whoever sends it.

use serde::{Deserialize, Serialize};

use super::instance::Submission;

/// What is kept of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The first instance of the chain of edits; its own id if it is no edit.
    pub first: String,
    /// SHA-256 of its XML.
    pub xml: String,
    /// The instance that edits it.
    pub superseded_by: Option<String>,
}

/// What is kept of an edit that came before what it edits, for each phone by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    /// The first instance of the chain, as far as it is known.
    pub first: String,
    /// The edit.
    pub edit: String,
}

/// What is known of the instance that a submission edits.
#[derive(Debug, Clone, Copy)]
pub enum Edited<'a> {
    /// It has not come; perhaps this phone sent another edit of it.
    NotHere(Option<&'a Early>),
    /// The same phone sent it.
    Own(&'a Known),
    /// Another phone sent it.
    OtherPhones,
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
    /// Another phone sent the instance to which files were to be added.
    #[error("another phone sent this submission: only that one can add files to it")]
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
    /// What is kept of the edited instance from now on, if it is here.
    pub edited: Option<(String, Known)>,
    /// What is kept of the edited instance until it comes.
    pub early: Option<(String, Early)>,
    /// Whether the same XML was here before.
    pub again: bool,
    /// Whether it is what the incident says: no edit of it has come.
    pub rules: bool,
    /// Whether it would change what another phone sent.
    pub foreign: bool,
}

/// Decides. `xml` is the SHA-256 of the submission's XML, `early` what the same phone sent of it
/// before.
///
/// # Errors
/// [`Conflict`].
pub fn decide(
    submission: &Submission,
    xml: &str,
    (own, early): (Option<&Known>, Option<&Early>),
    edited: Edited<'_>,
) -> Result<Decision, Conflict> {
    let this = &submission.instance;
    if let Some(known) = own {
        if known.xml != xml {
            return Err(Conflict::OtherXml);
        }
        let (known, rules) = (known.clone(), known.superseded_by.is_none());
        let (edited, early) = (None, None);
        return Ok(Decision { known, edited, early, again: true, rules, foreign: false });
    }
    let other = |edit: &String| edit != this;
    // An edit of this one came first and took itself for the beginning: the row stays that one's.
    let known = |first: &String| Known {
        first: early.map_or_else(|| first.clone(), |early| early.first.clone()),
        xml: xml.to_owned(),
        superseded_by: early.map(|early| early.edit.clone()),
    };
    let rules = early.is_none();
    let new = |known: Known| Decision {
        known,
        edited: None,
        early: None,
        again: false,
        rules,
        foreign: false,
    };
    let Some(old) = &submission.deprecates else { return Ok(new(known(this))) };
    Ok(match edited {
        Edited::OtherPhones => Decision { foreign: true, ..new(known(this)) },
        Edited::Own(before) => {
            if before.superseded_by.as_ref().is_some_and(other) {
                return Err(Conflict::OtherEdit);
            }
            let superseded_by = Some(this.clone());
            let edited = Some((old.clone(), Known { superseded_by, ..before.clone() }));
            Decision { edited, ..new(known(&before.first)) }
        }
        Edited::NotHere(before) => {
            if before.is_some_and(|before| other(&before.edit)) {
                return Err(Conflict::OtherEdit);
            }
            let known = known(this);
            let early = Early { first: known.first.clone(), edit: this.clone() };
            Decision { early: Some((old.clone(), early)), ..new(known) }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Default)]
    struct Server {
        known: BTreeMap<String, (Known, String)>,
        early: BTreeMap<(String, String), Early>,
    }

    impl Server {
        fn post(&mut self, id: &str, old: Option<&str>, xml: &str) -> Result<Decision, Conflict> {
            self.post_by("phone", id, old, xml)
        }

        fn post_by(
            &mut self,
            by: &str,
            id: &str,
            old: Option<&str>,
            xml: &str,
        ) -> Result<Decision, Conflict> {
            let old =
                old.map_or_else(String::new, |old| format!("<deprecatedID>{old}</deprecatedID>"));
            let text = format!("<d id='f'><meta><instanceID>{id}</instanceID>{old}</meta></d>");
            let submission = Submission::read(text.as_bytes()).unwrap();
            let early = |id: &str| self.early.get(&(id.to_owned(), by.to_owned()));
            let edited = submission.deprecates.as_deref().unwrap_or_default();
            let edited = match self.known.get(edited) {
                Some((known, sent_by)) if sent_by == by => Edited::Own(known),
                Some(_) => Edited::OtherPhones,
                None => Edited::NotHere(early(edited)),
            };
            let own = self.known.get(&submission.instance).map(|(known, _)| known);
            let decision = decide(&submission, xml, (own, early(&submission.instance)), edited)?;
            let entry = (decision.known.clone(), by.to_owned());
            self.known.insert(submission.instance, entry);
            if let Some((id, known)) = decision.edited.clone() {
                self.known.insert(id, (known, by.to_owned()));
            }
            if let Some((id, early)) = decision.early.clone() {
                self.early.insert((id, by.to_owned()), early);
            }
            Ok(decision)
        }
    }

    #[test]
    fn the_table_of_decisions() {
        let mut server = Server::default();
        let new = server.post("1", None, "a").unwrap();
        assert!(!new.again && new.rules && new.known.first == "uuid:1");
        let again = server.post("1", None, "a").unwrap();
        assert!(again.again && again.rules);
        assert_eq!(server.post("1", None, "b"), Err(Conflict::OtherXml));

        let edit = server.post("2", Some("1"), "c").unwrap();
        assert!(!edit.again && edit.rules && edit.known.first == "uuid:1");
        assert!(server.post("2", Some("1"), "c").unwrap().again);
        assert_eq!(server.post("3", Some("1"), "d"), Err(Conflict::OtherEdit));
        let second = server.post("4", Some("2"), "e").unwrap();
        assert_eq!(second.known.first, "uuid:1", "the chain has one row");
        assert!(!server.post("1", None, "a").unwrap().rules, "a late retry changes nothing");
    }

    #[test]
    fn an_edit_may_come_before_what_it_edits() {
        let mut server = Server::default();
        assert_eq!(server.post("2", Some("1"), "b").unwrap().known.first, "uuid:2");
        let late = server.post("1", None, "a").unwrap();
        assert!(!late.rules && !late.again && late.known.first == "uuid:2");
        assert!(server.post("1", None, "a").unwrap().again);

        let mut server = Server::default();
        assert_eq!(server.post("3", Some("2"), "c").unwrap().known.first, "uuid:3");
        assert_eq!(server.post("9", Some("2"), "x"), Err(Conflict::OtherEdit));
        let middle = server.post("2", Some("1"), "b").unwrap();
        assert!(!middle.rules);
        assert_eq!(middle.known.first, "uuid:3", "one row, whatever came first");
        let last = server.post("1", None, "a").unwrap();
        assert!(!last.rules && last.known.first == "uuid:3");
    }

    #[test]
    fn what_another_phone_says_of_an_instance_changes_nothing_of_it_whichever_comes_first() {
        // Ahead of time: the one that is meant comes as if nobody had spoken of it.
        let mut server = Server::default();
        let ahead = server.post_by("thief", "9", Some("1"), "z").unwrap();
        assert!(ahead.known.first == "uuid:9" && ahead.rules && ahead.edited.is_none());
        let edit = server.post("2", Some("1"), "b").unwrap();
        assert!(edit.rules, "its own edit is not refused for the other's");
        let mut server = Server::default();
        server.post_by("thief", "9", Some("1"), "z").unwrap();
        let first = server.post("1", None, "a").unwrap();
        assert!(first.rules && first.known.first == "uuid:1");
        assert_eq!(server.post("2", Some("1"), "b").unwrap().known.first, "uuid:1");

        // Afterwards: it is kept for a person.
        let mut server = Server::default();
        server.post("1", None, "a").unwrap();
        let over = server.post_by("thief", "9", Some("1"), "z").unwrap();
        assert!(over.foreign && over.edited.is_none() && over.known.first == "uuid:9");
        assert!(server.post("2", Some("1"), "b").unwrap().rules);
    }
}
