//! The forms that phones get: those of the program, and those that people added with a mapping.

use serde::{Deserialize, Serialize};

use super::disk;
use crate::{
    api::{Answer, ApiError, openrosa::PhoneForm},
    exchange::openrosa::{built_in, xform::XForm},
    node::{Node, errors},
    store::Inbox,
};

const FORM: &str = "form";
/// Forms that people added.
const MAX_FORMS: usize = 100;

/// A form as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedForm {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The XForm.
    pub xml: String,
    /// The text of its mapping, empty if that is not kept any more.
    pub mapping: String,
}

/// What is kept of a form.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    title: String,
    version: String,
    xml: String,
    mapping: String,
}

impl Node {
    /// The forms that phones get.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn served_forms(&mut self) -> Result<Vec<ServedForm>, ApiError> {
        let mut forms: Vec<ServedForm> = built_in()
            .iter()
            .map(|form| ServedForm {
                id: form.id.clone(),
                title: form.title.clone(),
                version: form.version.clone(),
                xml: form.xml.clone(),
                mapping: form.mapping.clone(),
            })
            .collect();
        let inbox = self.inbox()?;
        for Kept { id, title, version, xml, mapping } in kept(&inbox)? {
            let mapping = match self.show_mapping(&mapping) {
                Ok(Answer::Mapping(saved)) => saved.text,
                _gone => String::new(),
            };
            forms.push(ServedForm { id, title, version, xml, mapping });
        }
        Ok(forms)
    }

    /// One of them.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn served_form(&mut self, id: &str) -> Result<Option<ServedForm>, ApiError> {
        Ok(self.served_forms()?.into_iter().find(|form| form.id == id))
    }

    pub(super) fn list_forms(&mut self) -> Result<Answer, ApiError> {
        let own = built_in().iter().map(|form| PhoneForm {
            id: form.id.clone(),
            title: form.title.clone(),
            version: form.version.clone(),
            mapping: None,
        });
        let inbox = self.inbox()?;
        let added = kept(&inbox)?.into_iter().map(|form| {
            let Kept { id, title, version, mapping, .. } = form;
            PhoneForm { id, title, version, mapping: Some(mapping) }
        });
        Ok(Answer::PhoneForms(own.chain(added).collect()))
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
        self.show_mapping(mapping)?;
        let inbox = self.inbox()?;
        let others = kept(&inbox)?;
        if others.len() >= MAX_FORMS && !others.iter().any(|other| other.id == form.id) {
            return Err(errors::refused(format!("at most {MAX_FORMS} forms are kept")));
        }
        let XForm { id, title, version, .. } = form;
        let (xml, mapping) = (xml.to_owned(), mapping.to_owned());
        let kept = Kept { id: id.clone(), title, version, xml, mapping };
        let bytes =
            serde_json::to_vec(&kept).map_err(|error| errors::internal(error.to_string()))?;
        inbox.put(FORM, id.as_bytes(), &bytes).map_err(disk)?;
        self.list_forms()
    }

    pub(super) fn remove_form(&mut self, id: &str) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        if inbox.get(FORM, id.as_bytes()).map_err(disk)?.is_none() {
            return Err(errors::not_found(format!("no form {id:?} was added"))
                .hint("`ceiba openrosa form list` shows those that were"));
        }
        inbox.remove(FORM, id.as_bytes()).map_err(disk)?;
        self.list_forms()
    }
}

fn kept(inbox: &Inbox) -> Result<Vec<Kept>, ApiError> {
    let forms = inbox.all(FORM).map_err(disk)?;
    let forms = forms.iter().filter_map(|bytes| serde_json::from_slice(bytes).ok());
    let mut forms: Vec<Kept> = forms.collect();
    forms.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(forms)
}
