//! The forms that phones get: those of the program, and those that people added with a mapping.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::disk;
use crate::{
    api::{Answer, ApiError, openrosa::PhoneForm},
    crypto::HttpHash,
    exchange::{
        Mapping,
        openrosa::{built_in, instance::INSTANCE_COLUMN, xform::XForm},
    },
    node::{Node, errors},
    store::Inbox,
};

const FORM: &str = "form";
/// What is listed of those that people added, in one value: no folder is read for a list.
const FORMS: &str = "forms";
/// Forms that people added.
const MAX_FORMS: usize = 100;

/// A form as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedForm {
    /// The XForm.
    pub xml: String,
    /// The text of its mapping, empty if that is not kept any more.
    pub mapping: String,
}

/// A form as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedForm {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// MD5 of the XForm: by it a phone knows whether it has it.
    pub md5: String,
    /// The name of its mapping; none for those of the program.
    pub mapping: Option<String>,
}

/// Those of the program.
static BUILT_IN: LazyLock<Vec<ListedForm>> = LazyLock::new(|| {
    let listed = |form: &crate::exchange::openrosa::Form| ListedForm {
        id: form.id.clone(),
        title: form.title.clone(),
        version: form.version.clone(),
        md5: HttpHash::Md5.hex(form.xml.as_bytes()),
        mapping: None,
    };
    built_in().iter().map(listed).collect()
});

impl Node {
    /// The forms that phones get.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn listed_forms(&mut self) -> Result<Vec<ListedForm>, ApiError> {
        let inbox = self.inbox()?;
        Ok(BUILT_IN.iter().cloned().chain(kept(&inbox)?).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn served_form(&mut self, id: &str) -> Result<Option<ServedForm>, ApiError> {
        if let Some(form) = built_in().iter().find(|form| form.id == id) {
            let (xml, mapping) = (form.xml.clone(), form.mapping.clone());
            return Ok(Some(ServedForm { xml, mapping }));
        }
        let inbox = self.inbox()?;
        let Some(form) = kept(&inbox)?.into_iter().find(|form| form.id == id) else {
            return Ok(None);
        };
        let xml = inbox.get(FORM, id.as_bytes()).map_err(disk)?;
        let Some(xml) = xml.and_then(|xml| String::from_utf8(xml).ok()) else { return Ok(None) };
        let mapping = match self.show_mapping(&form.mapping.unwrap_or_default()) {
            Ok(Answer::Mapping(saved)) => saved.text,
            _gone => String::new(),
        };
        Ok(Some(ServedForm { xml, mapping }))
    }

    pub(super) fn list_forms(&mut self) -> Result<Answer, ApiError> {
        let shown = |form: ListedForm| {
            let ListedForm { id, title, version, mapping, .. } = form;
            PhoneForm { id, title, version, mapping }
        };
        Ok(Answer::PhoneForms(self.listed_forms()?.into_iter().map(shown).collect()))
    }

    pub(super) fn add_form(&mut self, xml: &str, mapping: &str) -> Result<Answer, ApiError> {
        let form = XForm::read(xml.as_bytes()).map_err(|error| {
            errors::usage(errors::sentence(&error))
                .hint("`pyxform form.xlsx form.xml` makes an XForm of an XLSForm")
        })?;
        if let Some(problem) = form.problems().first() {
            return Err(errors::usage(format!("phones would stumble over the form: {problem}")));
        }
        if built_in().iter().any(|own| own.id == form.id) {
            return Err(errors::usage(format!("{} is a form that ceiba brings along", form.id))
                .hint("give yours another form_id"));
        }
        let Answer::Mapping(saved) = self.show_mapping(mapping)? else {
            return Err(errors::internal("a mapping is shown as one"));
        };
        let parsed = Mapping::parse(mapping, &saved.text)
            .map_err(|error| errors::usage(errors::sentence(&error)))?;
        if !is_of_instances(&parsed) {
            let text = "the mapping of a form knows a row again by the submission alone: otherwise \
                what a phone answers would choose the incident that it changes";
            return Err(errors::usage(text)
                .hint(format!("write key = [\"{INSTANCE_COLUMN}\"] in [row], and no else_key")));
        }
        let inbox = self.inbox()?;
        let mut all = kept(&inbox)?;
        all.retain(|other| other.id != form.id);
        if all.len() >= MAX_FORMS {
            return Err(errors::refused(format!("at most {MAX_FORMS} forms are kept")));
        }
        let XForm { id, title, version, .. } = form;
        let (md5, mapping) = (HttpHash::Md5.hex(xml.as_bytes()), Some(mapping.to_owned()));
        inbox.put(FORM, id.as_bytes(), xml.as_bytes()).map_err(disk)?;
        all.push(ListedForm { id, title, version, md5, mapping });
        all.sort_by(|a, b| a.id.cmp(&b.id));
        keep(&inbox, &all)?;
        self.list_forms()
    }

    pub(super) fn remove_form(&mut self, id: &str) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        let mut all = kept(&inbox)?;
        let before = all.len();
        all.retain(|form| form.id != id);
        if all.len() == before {
            return Err(errors::not_found(format!("no form {id:?} was added"))
                .hint("`ceiba openrosa form list` shows those that were"));
        }
        keep(&inbox, &all)?;
        inbox.remove(FORM, id.as_bytes()).map_err(disk)?;
        self.list_forms()
    }
}

/// Whether a row is known again by the submission that it came with and nothing else.
pub(super) fn is_of_instances(mapping: &Mapping) -> bool {
    mapping.key().is_some_and(|key| key == [INSTANCE_COLUMN])
}

fn kept(inbox: &Inbox) -> Result<Vec<ListedForm>, ApiError> {
    let listed = inbox.get(FORMS, b"").map_err(disk)?;
    let listed = listed.map(|listed| serde_json::from_slice(&listed));
    let listed = listed.transpose().map_err(|error| errors::internal(error.to_string()))?;
    Ok(listed.unwrap_or_default())
}

fn keep(inbox: &Inbox, all: &[ListedForm]) -> Result<(), ApiError> {
    let bytes = serde_json::to_vec(all).map_err(|error| errors::internal(error.to_string()))?;
    inbox.put(FORMS, b"", &bytes).map_err(disk)
}
