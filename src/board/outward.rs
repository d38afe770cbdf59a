//! What of a card may stand in a file that leaves.

use crate::model::{
    registry::{FieldSpec, Record, Tier, table},
    text::fold,
};

/// Characters from which on a withheld text is looked for in others: shorter ones occur by chance.
const MIN_NEEDLE: usize = 4;

/// The fields of a card that a tier may see. What the table does not know is sealed; an open text
/// in which a withheld one stands is withheld too, because people write a place into a title.
/// Nothing is left of the title in that case: a card without it says that something was withheld.
#[must_use]
pub fn project(record: &Record, tier: Tier) -> Record {
    let spec = |path| -> Option<&'static FieldSpec> { table::find(record.schema(), path) };
    let open = |path| spec(path).is_some_and(|spec| spec.tier >= tier);
    let withheld: Vec<String> = record
        .iter()
        .filter(|(path, _)| !path.is_under("meta") && !open(path))
        .filter_map(|(_, value)| value.as_text())
        .flat_map(needles)
        .collect();
    let mut out = Record::new(record.schema().clone());
    for (path, value) in record.iter().filter(|(path, _)| !path.is_under("meta") && open(path)) {
        let text = value.as_text().map(fold).unwrap_or_default();
        let tells = withheld.iter().any(|needle| text.contains(needle.as_str()));
        if !tells {
            // It was in a record, so it fits one.
            let _fits = out.set(path.clone(), value.clone());
        }
    }
    out
}

/// What of a withheld text gives it away: the whole, and where it is short each of its words.
fn needles(text: &str) -> Vec<String> {
    let whole = fold(text);
    let words = whole.split(' ').filter(|_| whole.split(' ').count() <= 4).map(ToOwned::to_owned);
    let mut found: Vec<String> = words.collect();
    found.push(whole);
    found.retain(|needle| needle.chars().count() >= MIN_NEEDLE);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{board::kit::card, model::board::CardKind};

    #[test]
    fn sealed_and_restricted_fields_stay_and_so_do_texts_that_repeat_them() {
        let card = card(
            1,
            CardKind::StrategyMeeting,
            "title=Strategy days,body=We meet at Hostal Aurora,place=Hostal Aurora,\
             remote_link=https://meet.invalid/x,participants/a/role=lawyer,\
             participants/a/name=Maria Inventada,outcomes/a/text=Ask MARÍA for the list",
        );
        let paths = |tier| -> Vec<String> {
            project(&card.record, tier).iter().map(|(path, _)| path.to_string()).collect()
        };
        assert_eq!(paths(Tier::Coalition), ["participants/a/role", "title"]);
        assert_eq!(paths(Tier::Restricted), ["participants/a/role", "remote_link", "title"]);
        assert_eq!(paths(Tier::Sealed).len(), 7);
    }
}
