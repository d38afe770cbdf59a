//! Submissions of KoboToolbox as rows: one column for each question, with its group: `group/name`.
//!
//! Repeats are numbered: `victims[1]/name`, `victims[2]/name`; a mapping reads all of them with
//! `victims[*]/name`. The names of attached files are listed in `_attachments`; the files stay where
//! they are.

use std::collections::BTreeMap;

use super::{json::Flat, outcome::Reason};

/// What Kobo adds and no mapping needs: addresses of files in several sizes, its own processing.
pub(super) fn skips(path: &str) -> bool {
    path == "_supplementalDetails"
        || (path.starts_with("_attachments[")
            && !path.ends_with("/filename")
            && !path.ends_with(']'))
}

/// The columns of a submission.
pub(super) fn row(flat: Flat) -> Result<BTreeMap<String, String>, Reason> {
    if let Some(excess) = flat.excess {
        return Err(excess);
    }
    let mut columns = BTreeMap::new();
    let mut attachments = Vec::new();
    let mut place = [None, None];
    for (path, value) in flat.entries {
        match path.as_str() {
            "_geolocation[1]" => place[0] = Some(value),
            "_geolocation[2]" => place[1] = Some(value),
            // Some servers say it as an object, some as a text.
            "_validation_status/uid" => {
                columns.insert("_validation_status".to_owned(), value);
            }
            _other if path.starts_with("_attachments[") => {
                let name = value.rsplit_once('/').map_or(value.as_str(), |(_, name)| name);
                attachments.push(name.to_owned());
            }
            _other => {
                columns.insert(path, value);
            }
        }
    }
    if let [Some(latitude), Some(longitude)] = place {
        columns.insert("_geolocation".to_owned(), format!("{latitude},{longitude}"));
    }
    if !attachments.is_empty() {
        columns.insert("_attachments".to_owned(), attachments.join("|"));
    }
    Ok(columns)
}
