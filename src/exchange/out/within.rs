//! The last look at a row before it is written.

use crate::{
    exchange::out::{OutError, is_of_program},
    model::registry::{FieldPath, Record, Tier, Value, neutral_title, table},
};

/// Whether a record is within a tier: every field may go that far, none is the program's own, and
/// from coalition on the title is the one made of codes.
///
/// # Errors
/// Names the first field that is not.
pub fn within(record: &Record, tier: Tier) -> Result<(), OutError> {
    let above = record.iter().find(|(path, value)| !may_be_there(record, tier, path, value));
    above.map_or(Ok(()), |(path, _)| Err(OutError::AboveTier(path.to_string())))
}

fn may_be_there(record: &Record, tier: Tier, path: &FieldPath, value: &Value) -> bool {
    if path.as_str() == table::TITLE && tier >= Tier::Coalition {
        return value.as_text() == Some(neutral_title(record).as_str());
    }
    let reach = table::find(record.schema(), path).map_or(Tier::Sealed, |spec| spec.tier);
    reach >= tier && !path.segment(0).is_some_and(is_of_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_above_its_tier_is_refused() {
        let with = |path: &str| {
            let mut record = Record::incident();
            record.set(path.parse().unwrap(), "x").unwrap();
            record
        };
        let mut titled = with("country");
        let title = neutral_title(&titled);
        titled.set(table::TITLE.parse().unwrap(), title).unwrap();
        assert!(within(&titled, Tier::Public).is_ok());
        assert!(within(&with("country"), Tier::Public).is_ok());
        assert!(within(&with("summary"), Tier::Restricted).is_ok());
        assert!(within(&with("victims/1/name"), Tier::Sealed).is_ok());
        for (path, tier) in [
            ("summary", Tier::Coalition),
            ("victims/1/sex_gender", Tier::Public),
            ("victims/1/name", Tier::Restricted),
            ("of_tomorrow", Tier::Restricted),
            ("title", Tier::Coalition),
            ("title", Tier::Public),
            ("tokens/1", Tier::Coalition),
            ("disclosure/key", Tier::Sealed),
        ] {
            assert!(within(&with(path), tier).is_err(), "{path}");
        }
    }
}
