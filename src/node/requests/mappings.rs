//! Mappings that are kept by name: in this node's own part of the journal, which is sealed with the
//! device's key and never leaves it.

use crate::{
    api::{Answer, ApiError, answer::SavedMapping},
    exchange::{Mapping, presets},
    node::{Node, errors},
};

/// What stands before a mapping's name among the node's own affairs.
const PREFIX: &str = "mapping/";
/// Bytes of all mappings that are kept: they are copied into the node's anchor, with all else that
/// is its own.
const MAX_ALL: usize = 256 * 1024;
/// Bytes of a mapping that is kept.
const MAX_BYTES: usize = 64 * 1024;
/// Bytes of a name.
const MAX_NAME: usize = 60;

impl Node {
    pub(super) fn list_mappings(&self) -> Answer {
        let own = self.replica.locals(PREFIX).filter_map(|(key, text)| {
            let name = key.strip_prefix(PREFIX)?;
            Some(saved(name, std::str::from_utf8(text).ok()?, false))
        });
        let built_in = presets::ALL.iter().map(|preset| saved(preset.name, preset.text, true));
        let all = own.chain(built_in);
        Answer::Mappings(all.map(|it| SavedMapping { text: String::new(), ..it }).collect())
    }

    pub(super) fn show_mapping(&self, name: &str) -> Result<Answer, ApiError> {
        let own = self.replica.local(&format!("{PREFIX}{name}"));
        if let Some(text) = own.and_then(|text| std::str::from_utf8(text).ok()) {
            return Ok(Answer::Mapping(saved(name, text, false)));
        }
        let preset = presets::named(name).ok_or_else(|| {
            errors::not_found(format!("there is no mapping {name:?}"))
                .hint("`ceiba import mapping list` shows those that are kept")
                .hint("a file is named with its ending: --mapping list.toml")
        })?;
        Ok(Answer::Mapping(saved(preset.name, preset.text, true)))
    }

    pub(super) fn save_mapping(&mut self, name: &str, text: &str) -> Result<Answer, ApiError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
            let form = format!("a name has 1 to {MAX_NAME} letters, digits, - and _");
            return Err(errors::usage(form));
        }
        if presets::named(name).is_some() {
            let taken = format!("{name} is the name of a mapping that ceiba brings along");
            return Err(errors::usage(taken).hint("choose another name"));
        }
        if text.len() > MAX_BYTES {
            return Err(errors::usage(format!("a mapping has at most {MAX_BYTES} bytes")));
        }
        Mapping::parse("the mapping", text)
            .map_err(|error| errors::usage(errors::sentence(&error)))?;
        let key = format!("{PREFIX}{name}");
        let others = self.replica.locals(PREFIX).filter(|(other, _)| *other != key);
        let kept: usize = others.map(|(name, text)| name.len() + text.len()).sum();
        if kept + key.len() + text.len() > MAX_ALL {
            let full = format!("all mappings that are kept have at most {MAX_ALL} bytes");
            return Err(errors::usage(full).hint("remove one with `ceiba import mapping remove`"));
        }
        self.replica.set_local(&key, text.as_bytes().to_vec())?;
        self.show_mapping(name)
    }

    pub(super) fn remove_mapping(&mut self, name: &str) -> Result<Answer, ApiError> {
        let key = format!("{PREFIX}{name}");
        if self.replica.local(&key).is_none() {
            return Err(errors::not_found(format!("no mapping {name:?} is kept"))
                .hint("`ceiba import mapping list` shows those that are"));
        }
        self.replica.set_local(&key, Vec::new())?;
        Ok(self.list_mappings())
    }
}

fn saved(name: &str, text: &str, built_in: bool) -> SavedMapping {
    let description = Mapping::parse(name, text).map(|it| it.description().to_owned());
    let (name, text) = (name.to_owned(), text.to_owned());
    SavedMapping { name, description: description.unwrap_or_default(), built_in, text }
}
