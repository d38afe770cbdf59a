//! The guard against doing work twice: cards of one kind that are about the same country, the same
//! institution and the same time.

use std::ops::RangeInclusive;

use jiff::civil::Date as Day;

use super::{Card, CardKind};
use crate::model::text::fold;

/// Candidates that are shown: who has more of them will not read them.
pub const MAX_CANDIDATES: usize = 8;
/// The shortest word of an institution's name that is compared with slips.
const MIN_WORD: usize = 5;
/// Words that tell no institution from another.
const FILLERS: [&str; 14] =
    ["de", "del", "la", "las", "los", "el", "da", "do", "of", "the", "and", "y", "e", "para"];
/// Words of a text that are compared; the rest is left out.
const MAX_WORDS: usize = 24;

/// Why a card may be of the same work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Both are about this country.
    Country(String),
    /// Neither names a country.
    NoCountry,
    /// The institutions have this name, or one much like it.
    Institution(String),
    /// One names no institution, and the titles are much the same.
    Title(String),
    /// The times have days in common.
    Period,
    /// One of them says no time.
    NoPeriod,
}

impl Likeness {
    /// Its code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Country(_) => "country",
            Self::NoCountry => "no-country",
            Self::Institution(_) => "institution",
            Self::Title(_) => "title",
            Self::Period => "period",
            Self::NoPeriod => "no-period",
        }
    }

    /// What the other card says.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Country(text) | Self::Institution(text) | Self::Title(text) => text,
            Self::NoCountry | Self::Period | Self::NoPeriod => "",
        }
    }
}

/// What the guard compares of a card.
#[derive(Debug, Clone)]
struct Facts<'c> {
    kind: CardKind,
    countries: Vec<String>,
    institutions: Vec<&'c str>,
    title: &'c str,
    period: Option<RangeInclusive<Day>>,
}

impl<'c> Facts<'c> {
    fn of(card: &'c Card) -> Self {
        let named = ["institution", "holder", "public_name", "name"];
        let institutions = named.into_iter().filter_map(|path| card.text(path));
        Self {
            kind: card.kind,
            countries: card.countries(),
            institutions: institutions.filter(|text| !fold(text).is_empty()).collect(),
            title: card.title(),
            period: period(card),
        }
    }
}

/// The cards of `others` that may be of the same work as a new one, the most alike first. None where
/// cards of the kind may well be alike, and none that is over or put away.
#[must_use]
pub fn duplicates<'c>(card: &Card, others: &'c [Card]) -> Vec<(&'c Card, Vec<Likeness>)> {
    if !card.kind.spec().guarded {
        return Vec::new();
    }
    let facts = Facts::of(card);
    let others = others.iter().filter(|it| it.id != card.id && !it.is_over() && !it.is_archived());
    let mut found: Vec<(&Card, Vec<Likeness>)> =
        others.filter_map(|it| Some((it, alike(&facts, &Facts::of(it))?))).collect();
    let weakness = |reasons: &[Likeness]| {
        let weak = |it: &&Likeness| {
            matches!(it, Likeness::NoCountry | Likeness::Title(_) | Likeness::NoPeriod)
        };
        reasons.iter().filter(weak).count()
    };
    found.sort_by_key(|(card, reasons)| (weakness(reasons), card.id));
    found.truncate(MAX_CANDIDATES);
    found
}

fn alike(one: &Facts<'_>, other: &Facts<'_>) -> Option<Vec<Likeness>> {
    if one.kind != other.kind {
        return None;
    }
    let country = if one.countries.is_empty() && other.countries.is_empty() {
        Likeness::NoCountry
    } else {
        let shared = one.countries.iter().find(|country| other.countries.contains(country));
        Likeness::Country(shared?.clone())
    };
    let same = |texts: &[&str], others: &[&str]| {
        others
            .iter()
            .find(|it| texts.iter().any(|text| same_text(text, it)))
            .map(ToString::to_string)
    };
    let named = if one.institutions.is_empty() || other.institutions.is_empty() {
        Likeness::Title(same(&[one.title], &[other.title])?)
    } else {
        Likeness::Institution(same(&one.institutions, &other.institutions)?)
    };
    let time = match (&one.period, &other.period) {
        (Some(one), Some(other)) => {
            let overlap = one.start() <= other.end() && other.start() <= one.end();
            overlap.then_some(Likeness::Period)?
        }
        _unknown => Likeness::NoPeriod,
    };
    Some(vec![country, named, time])
}

/// From the first to the last day that a card can be about.
fn period(card: &Card) -> Option<RangeInclusive<Day>> {
    let dates = ["starts", "ends", "due"].map(|path| card.date(path));
    let [starts, ends, due] = &dates;
    let first = starts.as_ref().or(ends.as_ref()).or(due.as_ref())?;
    let last = ends.as_ref().or(starts.as_ref()).or(due.as_ref())?;
    Some(first.earliest().unwrap_or(Day::MIN)..=last.latest().unwrap_or(Day::MAX))
}

/// Whether two names are of one thing as people write them: without accents, case and fillers, with
/// slips in long words, in any order, one of them longer than the other, or as initials.
fn same_text(one: &str, other: &str) -> bool {
    let (one, other) = (fold(one), fold(other));
    let (words, others) = (words(&one), words(&other));
    let (few, many) = if words.len() <= others.len() { (words, others) } else { (others, words) };
    if few.is_empty() {
        return false;
    }
    let initials: String = many.iter().filter_map(|word| word.chars().next()).collect();
    let by_initials = many.len() > 2 && few.len() == 1 && few.first() == Some(&initials.as_str());
    let contained = few.iter().all(|word| many.iter().any(|it| same_word(word, it)));
    // One word of several is too little to say the same: `Banco` is no bank in particular.
    let enough = few.len() == many.len() || few.len() > 1 && 2 * few.len() >= many.len();
    by_initials || contained && enough
}

fn words(folded: &str) -> Vec<&str> {
    folded.split(' ').filter(|it| !it.is_empty() && !FILLERS.contains(it)).take(MAX_WORDS).collect()
}

fn same_word(one: &str, other: &str) -> bool {
    let length = one.chars().count().min(other.chars().count());
    one == other
        || length >= MIN_WORD
            && strsim::damerau_levenshtein(one, other) <= if length > 8 { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        id::{CardId, CircleId, OrgId},
        registry::{Record, RecordKind, Schema},
    };

    fn card(id: u8, kind: CardKind, fields: &[(&str, &str)]) -> Card {
        let mut record = Record::new(Schema::of(RecordKind::Card(kind)));
        for (path, text) in fields {
            match *text {
                "yes" => record.set(path.parse().unwrap(), true).unwrap(),
                text => record.set(path.parse().unwrap(), text).unwrap(),
            }
        }
        Card::new(CardId::new([id; 16]), CircleId::new([1; 32]), OrgId::new([1; 32]), record)
            .unwrap()
    }

    const HEARING: &[(&str, &str)] = &[
        ("title", "Hearing on protection"),
        ("countries/co", "yes"),
        ("institution", "Comisión Interamericana de Derechos Humanos"),
        ("starts", "2027-03-01"),
        ("ends", "2027-03-12"),
    ];

    fn codes(one: &Card, other: &Card) -> Vec<&'static str> {
        let others = std::slice::from_ref(other);
        let found = duplicates(one, others);
        found.first().map(|(_, why)| why.iter().map(Likeness::code).collect()).unwrap_or_default()
    }

    fn changed(change: (&str, &str)) -> Card {
        let fields = HEARING.iter().copied().filter(|(path, _)| *path != change.0);
        card(2, CardKind::Opportunity, &fields.chain([change]).collect::<Vec<_>>())
    }

    #[test]
    fn the_same_country_institution_and_time_is_the_same_work() {
        let one = card(1, CardKind::Opportunity, HEARING);
        for same in [
            ("title", "Something else"),
            ("institution", "COMISION INTERAMERICANA DE DERECHOS HUMANOS"),
            ("institution", "Comisión Interamericna de Derechos Humanos"),
            ("institution", "CIDH"),
            ("institution", "Comisión Interamericana"),
            ("ends", "2027-03"),
            ("starts", "2027"),
            ("countries/pe", "yes"),
        ] {
            let found = codes(&one, &changed(same));
            assert_eq!(found, ["country", "institution", "period"], "{same:?}");
        }
        for other in [
            ("institution", "Banco Mundial"),
            ("institution", "Comisión de la Verdad"),
            ("institution", "Comisión"),
            ("starts", "2027-03-13"),
            ("state", "missed"),
            ("archived", "yes"),
        ] {
            let mut fields: Vec<_> =
                HEARING.iter().copied().filter(|(path, _)| *path != other.0).collect();
            if other.0 == "starts" {
                fields.retain(|(path, _)| *path != "ends");
            }
            fields.push(other);
            assert!(codes(&one, &card(2, CardKind::Opportunity, &fields)).is_empty(), "{other:?}");
        }
        assert!(codes(&one, &card(2, CardKind::Target, HEARING)).is_empty(), "another kind");
        assert!(codes(&one, &one).is_empty(), "itself");
        let abroad: Vec<_> = HEARING.iter().copied().filter(|it| it.0 != "countries/co").collect();
        assert!(codes(&one, &card(2, CardKind::Opportunity, &abroad)).is_empty());
    }

    #[test]
    fn one_word_of_two_names_nobody_and_a_targets_name_is_compared() {
        let target = |id, title, name| {
            card(id, CardKind::Target, &[("title", title), ("name", name), ("countries/co", "yes")])
        };
        let one = target(1, "Loans for the dam", "Banco Mundial");
        assert!(codes(&one, &target(2, "Loans for the dam", "Banco")).is_empty());
        assert_eq!(
            codes(&one, &target(2, "Who pays", "banco mundial")),
            ["country", "institution", "no-period"]
        );
    }

    #[test]
    fn what_is_not_said_is_told_as_a_weaker_reason() {
        let bare = |id, title| card(id, CardKind::Campaign, &[("title", title)]);
        let (one, other) = (bare(1, "Rivers without fear"), bare(2, "Ríos sin miedo"));
        assert_eq!(
            codes(&one, &bare(3, "rivers without fear!")),
            ["no-country", "title", "no-period"]
        );
        assert!(codes(&one, &other).is_empty());
        let decision = |id| card(id, CardKind::Decision, &[("title", "Rivers without fear")]);
        assert!(codes(&decision(1), &decision(2)).is_empty(), "a kind that is not guarded");
    }

    #[test]
    fn the_most_alike_are_shown_first_and_not_too_many() {
        let mut others: Vec<Card> =
            (2..20).map(|id| card(id, CardKind::Opportunity, &HEARING[..3])).collect();
        others.push(card(30, CardKind::Opportunity, HEARING));
        let one = card(1, CardKind::Opportunity, HEARING);
        let found = duplicates(&one, &others);
        assert_eq!((found.len(), found[0].0.id), (MAX_CANDIDATES, CardId::new([30; 16])));
    }
}
