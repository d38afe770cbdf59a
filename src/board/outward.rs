//! What of a card may stand in a file that leaves.

use crate::model::{
    registry::{FieldPath, Record, Tier, table},
    text::fold,
};

/// Characters from which on a withheld text is looked for in others: shorter ones occur by chance.
const MIN_NEEDLE: usize = 4;

/// The fields of a card that a tier may see. What the table does not know is sealed; an open text
/// in which a withheld one stands is withheld too, because people write a place into a title.
/// Nothing is left of the title in that case: a card without it says that something was withheld.
/// `kept` is what this organisation keeps of the card elsewhere: texts that say it stay too.
#[must_use]
pub fn project(record: &Record, kept: &Record, tier: Tier) -> Record {
    let withheld = withheld(record, kept, tier);
    let mut out = Record::new(record.schema().clone());
    for (path, value) in record.iter().filter(|(path, _)| is_open(record, path, tier)) {
        if !value.as_text().is_some_and(|text| says(&withheld, text)) {
            // It was in a record, so it fits one.
            let _fits = out.set(path.clone(), value.clone());
        }
    }
    out
}

/// Whether a text beside a card, a line of its checklist, says what the tier may not see of it.
#[must_use]
pub fn gives_away(record: &Record, kept: &Record, tier: Tier, text: &str) -> bool {
    says(&withheld(record, kept, tier), text)
}

fn is_open(record: &Record, path: &FieldPath, tier: Tier) -> bool {
    let spec = table::find(record.schema(), path);
    !path.is_under("meta") && spec.is_some_and(|spec| spec.tier >= tier)
}

/// What must not stand in any text.
fn withheld(record: &Record, kept: &Record, tier: Tier) -> Vec<String> {
    let all = record.iter().chain(kept.iter());
    let closed = all.filter(|(path, _)| !path.is_under("meta") && !is_open(record, path, tier));
    closed.filter_map(|(_, value)| value.as_text()).flat_map(needles).collect()
}

fn says(withheld: &[String], text: &str) -> bool {
    let text = fold(text);
    withheld.iter().any(|needle| text.contains(needle.as_str()))
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
        let none = Record::new(card.record.schema().clone());
        let paths = |tier| -> Vec<String> {
            project(&card.record, &none, tier).iter().map(|(path, _)| path.to_string()).collect()
        };
        assert_eq!(paths(Tier::Coalition), ["participants/a/role", "title"]);
        assert_eq!(paths(Tier::Restricted), ["participants/a/role", "remote_link", "title"]);
        assert_eq!(paths(Tier::Sealed).len(), 7);
        assert!(gives_away(&card.record, &none, Tier::Coalition, "Book the AURORA for us"));
        assert!(!gives_away(&card.record, &none, Tier::Sealed, "Book the AURORA for us"));
        assert!(!gives_away(&card.record, &none, Tier::Coalition, "Book rooms"));
        // What is kept elsewhere of the card is in no text of it either.
        let mut kept = none.clone();
        kept.set("place".parse().unwrap(), "Casa Ceibo").unwrap();
        assert!(gives_away(&none, &kept, Tier::Coalition, "We meet at casa ceibo"));
    }
}
