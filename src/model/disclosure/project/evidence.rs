//! Which items of evidence may leave, and with them their files.
//!
//! An item that shows who or where stays. A copy shows what it was made of, unless a person looked
//! at the copy and says that it does not: so it is closed like its source until then.

use crate::model::registry::{FieldPath, Record, Tier};

/// Copies of copies that are followed back; beyond, the item counts as one that shows somebody.
const MAX_COPIES: usize = 16;

/// Whether a person released the item of evidence that a field belongs to for a tier.
pub(super) fn is_released(record: &Record, tier: Tier, path: &FieldPath) -> bool {
    let key = item_of(record, path);
    let limit = record.text(&format!("evidence/{key}/release")).and_then(Tier::from_code);
    limit.is_some_and(|limit| limit > Tier::Sealed && tier <= limit) && !identifies(record, key)
}

/// Whether a person looked at the item that a field belongs to and says that nobody, and no place,
/// is to be recognised in it.
pub(super) fn shows_nobody(record: &Record, path: &FieldPath) -> bool {
    says(record, item_of(record, path)) == Some(false)
}

fn item_of<'p>(record: &'p Record, path: &'p FieldPath) -> &'p str {
    let key = path.segment(1).unwrap_or_default();
    match path.segment(0).unwrap_or_default() {
        "custody" => record.text(&format!("custody/{key}/evidence")).unwrap_or_default(),
        _evidence_or_blobs => key,
    }
}

/// What a person said of an item itself; what is no answer counts as yes.
fn says(record: &Record, key: &str) -> Option<bool> {
    let value = record.get(&format!("evidence/{key}/identifies"))?;
    Some(value.as_flag() != Some(false))
}

/// Whether an item shows who or where, as far as anybody said so of it or of what it is a copy of.
fn identifies(record: &Record, key: &str) -> bool {
    let mut key = key;
    for _copy in 0..MAX_COPIES {
        if let Some(said) = says(record, key) {
            return said;
        }
        match record.text(&format!("evidence/{key}/redacted_of")) {
            Some(source) => key = source,
            None => return false,
        }
    }
    true
}
