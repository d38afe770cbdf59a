//! XForms of others, as far as the endpoint has to know them: id, version, questions, repeats.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    instance::MAX_ID_BYTES,
    xml::{Element, XmlError},
};

/// Where a form has what was filled in the last time, with `${last-saved#…}`.
const LAST_SAVED: &str = "jr://instance/last-saved";

/// Why a form is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not the XML that is taken.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Not an XForm.
    #[error("this is no XForm: an html element with a model, an instance and a root with an id is")]
    NoForm,
    /// Its id is too long, or has other characters than letters, digits, `-`, `_` and `.`.
    #[error("a form's id has 1 to 250 letters, digits, - _ and .")]
    BadId,
    /// Forms that call files beside them are not served.
    #[error("the form needs files beside it (external choices or media), which are not served yet")]
    NeedsFiles,
}

/// A form, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XForm {
    /// Its id.
    pub id: String,
    /// Its version, or nothing.
    pub version: String,
    /// Its title.
    pub title: String,
    /// Names of its languages.
    pub languages: Vec<String>,
    /// Paths of its questions below the root, with their types.
    pub questions: BTreeMap<String, String>,
    /// Paths of its groups that repeat.
    pub repeats: BTreeSet<String>,
    /// The instance's root, by which paths begin.
    root: String,
    /// What its parts name, for [`Self::problems`].
    named: Named,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Named {
    /// Nodes of the first instance.
    nodes: BTreeSet<String>,
    /// Paths that binds and controls are of.
    paths: BTreeSet<String>,
    /// Texts that labels ask for.
    texts: BTreeSet<String>,
    /// Texts by language.
    translations: Vec<BTreeSet<String>>,
    /// Lists of choices that are asked for, and those that are there.
    lists: (BTreeSet<String>, BTreeSet<String>),
}

impl XForm {
    /// Reads a form.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn read(bytes: &[u8]) -> Result<Self, FormError> {
        let html = Element::read(bytes)?;
        let head = html.child("head").filter(|_| html.name == "html").ok_or(FormError::NoForm)?;
        let model = head.child("model").ok_or(FormError::NoForm)?;
        let body = html.child("body").ok_or(FormError::NoForm)?;
        let instance = model.child("instance").ok_or(FormError::NoForm)?;
        let [root] = instance.children.as_slice() else { return Err(FormError::NoForm) };
        let id = root.attribute("id").unwrap_or_default();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.is_empty() || id.len() > MAX_ID_BYTES || !id.chars().all(plain) {
            return Err(FormError::BadId);
        }
        // What the phone filled in before is the phone's own.
        let elsewhere = |source: &str| source != LAST_SAVED;
        let lists = model.all("instance");
        if lists.iter().any(|list| list.attribute("src").is_some_and(elsewhere)) {
            return Err(FormError::NeedsFiles);
        }
        let below = |path: &str| {
            let path = path.strip_prefix('/')?.strip_prefix(root.name.as_str())?;
            path.strip_prefix('/').map(str::to_owned)
        };
        let mut form = Self {
            id: id.to_owned(),
            version: root.attribute("version").unwrap_or_default().to_owned(),
            title: head.child("title").map(|title| title.text.clone()).unwrap_or_default(),
            root: root.name.clone(),
            ..Self::default()
        };
        form.repeats = body
            .all("repeat")
            .iter()
            .filter_map(|repeat| below(repeat.attribute("nodeset")?))
            .collect();
        for bind in model.children.iter().filter(|child| child.name == "bind") {
            let Some(path) = bind.attribute("nodeset") else { continue };
            form.named.paths.insert(path.to_owned());
            if let Some(path) = below(path) {
                let kind = bind.attribute("type").unwrap_or("string");
                form.questions.insert(path, kind.to_owned());
            }
        }
        form.name(root, model, body);
        Ok(form)
    }

    /// Notes what its parts name.
    fn name(&mut self, root: &Element, model: &Element, body: &Element) {
        let mut waiting = vec![(root, format!("/{}", root.name))];
        while let Some((element, path)) = waiting.pop() {
            waiting.extend(element.children.iter().map(|it| (it, format!("{path}/{}", it.name))));
            self.named.nodes.insert(path);
        }
        for kind in ["input", "select1", "select", "upload", "trigger", "range"] {
            let controls = body.all(kind);
            let paths = controls.iter().filter_map(|control| control.attribute("ref"));
            self.named.paths.extend(paths.map(str::to_owned));
        }
        let quoted = |text: &str| text.split('\'').nth(1).map(str::to_owned);
        for text in body.all("label").into_iter().chain(body.all("hint")) {
            let asked = text.attribute("ref").filter(|text| text.starts_with("jr:itext('"));
            self.named.texts.extend(asked.and_then(quoted));
        }
        for choices in body.all("itemset") {
            self.named.lists.0.extend(choices.attribute("nodeset").and_then(quoted));
        }
        for list in model.children.iter().filter(|child| child.name == "instance").skip(1) {
            self.named.lists.1.extend(list.attribute("id").map(str::to_owned));
            let texts = list.all("itextId");
            self.named.texts.extend(texts.iter().map(|text| text.text.clone()));
        }
        for translation in model.all("translation") {
            self.languages.extend(translation.attribute("lang").map(str::to_owned));
            let texts = translation.children.iter().filter_map(|text| text.attribute("id"));
            self.named.translations.push(texts.map(str::to_owned).collect());
        }
    }

    /// What a phone would stumble over: paths without node, texts and lists that are not there.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let Named { nodes, paths, texts, translations, lists } = &self.named;
        let mut problems: Vec<String> = Vec::new();
        problems.extend(paths.difference(nodes).map(|path| format!("no node {path}")));
        problems.extend(lists.0.difference(&lists.1).map(|list| format!("no list {list}")));
        for (language, has) in self.languages.iter().zip(translations) {
            problems.extend(texts.difference(has).map(|text| format!("no {text} in {language}")));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_form_is_refused() {
        let read = |xml: &str| XForm::read(xml.as_bytes()).unwrap_err();
        assert_eq!(read("<data id='a'/>"), FormError::NoForm);
        let form = |id: &str, more: &str| {
            format!(
                "<h:html xmlns:h='x'><h:head><model><instance><data {id}/></instance>{more}</model>\
                 </h:head><h:body/></h:html>"
            )
        };
        assert_eq!(read(&form("", "")), FormError::BadId);
        assert_eq!(read(&form("id='../x'", "")), FormError::BadId);
        let saved = "<instance id='__last-saved' src='jr://instance/last-saved'/>";
        assert!(XForm::read(form("id='a'", saved).as_bytes()).is_ok());
        let external = "<instance id='l' src='jr://file-csv/l.csv'/>";
        assert_eq!(read(&form("id='a'", external)), FormError::NeedsFiles);
        assert_eq!(XForm::read(form("id='a.b-c_1'", "").as_bytes()).unwrap().id, "a.b-c_1");
    }

    #[test]
    fn what_is_missing_is_found() {
        let xml = "<h:html xmlns:h='x'><h:head><model><itext><translation lang='es'/></itext>\
            <instance><data id='a'><q/></data></instance><bind nodeset='/data/gone' type='int'/></model>\
            </h:head><h:body><select1 ref='/data/q'><label ref=\"jr:itext('q:label')\"/><itemset \
            nodeset=\"instance('l')/list/item\"/></select1></h:body></h:html>";
        let form = XForm::read(xml.as_bytes()).unwrap();
        let expected = ["no node /data/gone", "no list l", "no q:label in es"];
        assert_eq!(form.problems(), expected);
    }
}
