//! What one organisation holds of a pair of claims.

use std::{collections::BTreeMap, fmt};

use jiff::civil;

use crate::model::{
    id::{IncidentId, OrgId},
    registry::{
        Date, FieldPath, PathError, Record, RecordError, RecordKind, Schema, Value,
        validate::is_number,
    },
};

/// Path of the first claim.
pub const FIRST: &str = "first";
/// Path of the second claim.
pub const SECOND: &str = "second";
/// Path of the verdict.
pub const VERDICT: &str = "verdict";
/// Path of the reason.
pub const REASON: &str = "reason";
/// Path of the code of the person.
pub const BY: &str = "by";
/// Part with the victims that are the same person.
pub const VICTIMS: &str = "victims";
const ID: &str = "id";
const NUMBER: &str = "number";
const AT: &str = "at";

/// Two claims, the one with the smaller id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    first: IncidentId,
    second: IncidentId,
}

impl Pair {
    /// The pair of two claims; none if they are one.
    #[must_use]
    pub fn new(one: IncidentId, other: IncidentId) -> Option<Self> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Some(Self { first: one, second: other }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { first: other, second: one }),
        }
    }

    /// What comes in order before all pairs with this first claim, and after those with a smaller.
    pub(super) const fn least_of(first: IncidentId) -> Self {
        Self { first, second: first }
    }

    /// The claim with the smaller id.
    #[must_use]
    pub const fn first(&self) -> IncidentId {
        self.first
    }

    /// The claim with the greater id.
    #[must_use]
    pub const fn second(&self) -> IncidentId {
        self.second
    }
}

/// What is held of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Of one event.
    Same,
    /// Of two events.
    NotSame,
    /// Nothing any more.
    Undone,
}

impl Verdict {
    /// The code in the vocabulary's list `judgement`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same_as",
            Self::NotSame => "not_same",
            Self::Undone => "undone",
        }
    }

    /// The verdict with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Same, Self::NotSame, Self::Undone].into_iter().find(|it| it.code() == code)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One judgement of one organisation. Of the same pair, its later one replaces its earlier: ordered
/// by number, then id, then all the rest, so that the latest is the same everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    /// Its place among the judgements of the pair that its author knew.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Who holds it, as the signature proves.
    pub author: OrgId,
    /// The day that it says; none if that is no day.
    pub at: Option<civil::Date>,
    /// The claims.
    pub pair: Pair,
    /// What is held.
    pub verdict: Verdict,
    /// Keys of the first claim's victims, and who they are among the second's.
    pub victims: BTreeMap<String, String>,
}

impl Judgement {
    /// Reads a record that an organisation wrote; none if it is no judgement of two claims.
    #[must_use]
    pub fn of(author: OrgId, record: &Record) -> Option<Self> {
        if record.schema().kind() != Some(RecordKind::Judgement) {
            return None;
        }
        let (first, second) = (claim(record, FIRST)?, claim(record, SECOND)?);
        let pair = Pair::new(first, second)?;
        let mut victims = BTreeMap::new();
        for (path, value) in record.under(VICTIMS) {
            if let (Some(of_first), Some(of_second)) = (path.segment(1), value.as_text()) {
                let (one, other) =
                    if pair.first == first { (of_first, of_second) } else { (of_second, of_first) };
                victims.insert(one.to_owned(), other.to_owned());
            }
        }
        Some(Self {
            number: record.get(NUMBER)?.as_integer().filter(|number| is_number(*number))?,
            id: record.text(ID)?.to_owned(),
            author,
            at: record.text(AT).and_then(|at| at.parse::<Date>().ok()?.latest()),
            pair,
            verdict: Verdict::from_code(record.text(VERDICT)?)?,
            victims,
        })
    }
}

fn claim(record: &Record, path: &str) -> Option<IncidentId> {
    record.text(path)?.parse().ok()
}

/// Why a judgement cannot be put into a record.
#[derive(Debug, thiserror::Error)]
pub enum JudgementError {
    /// A victim's key is none.
    #[error(transparent)]
    Key(#[from] PathError),
    /// The record does not take it.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// The record of a judgement, without the id and day that the program gives it.
///
/// # Errors
/// When a key of a victim is none, or a text is too long.
pub fn judgement_record(
    pair: &Pair,
    verdict: Verdict,
    number: i64,
    victims: &BTreeMap<String, String>,
    reason: Option<&str>,
    by: Option<&str>,
) -> Result<Record, JudgementError> {
    let mut record = Record::new(Schema::of(RecordKind::Judgement));
    let mut set = |path: &str, value: Value| -> Result<(), JudgementError> {
        Ok(record.set(path.parse::<FieldPath>()?, value)?)
    };
    set(FIRST, pair.first.to_string().into())?;
    set(SECOND, pair.second.to_string().into())?;
    set(VERDICT, verdict.code().into())?;
    set(NUMBER, number.into())?;
    for (one, other) in victims {
        set(&format!("{VICTIMS}/{one}"), other.clone().into())?;
    }
    for (path, text) in [(REASON, reason), (BY, by)] {
        if let Some(text) = text {
            set(path, text.into())?;
        }
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(byte: u8) -> IncidentId {
        IncidentId::new([byte; 16])
    }

    #[test]
    fn a_judgement_reads_back_whichever_claim_is_named_first() {
        let pair = Pair::new(incident(9), incident(2)).unwrap();
        assert_eq!((pair.first(), pair.second()), (incident(2), incident(9)));
        let victims = BTreeMap::from([("1".to_owned(), "3".to_owned())]);
        let mut record =
            judgement_record(&pair, Verdict::Same, 4, &victims, Some("one body"), None).unwrap();
        record.set("id".parse().unwrap(), "ab").unwrap();
        record.set("at".parse().unwrap(), "2026-01-02").unwrap();
        let author = OrgId::new([1; 32]);
        let judgement = Judgement::of(author, &record).unwrap();
        assert_eq!((judgement.pair, judgement.number), (pair, 4));
        assert_eq!(judgement.victims, victims);
        assert_eq!(judgement.at, Some(civil::date(2026, 1, 2)));

        record.set(FIRST.parse().unwrap(), incident(9).to_string()).unwrap();
        record.set(SECOND.parse().unwrap(), incident(2).to_string()).unwrap();
        let turned = Judgement::of(author, &record).unwrap();
        assert_eq!(turned.pair, pair);
        assert_eq!(turned.victims, BTreeMap::from([("3".to_owned(), "1".to_owned())]));

        record.set(SECOND.parse().unwrap(), incident(9).to_string()).unwrap();
        assert!(Judgement::of(author, &record).is_none(), "a claim is not judged against itself");
        assert!(Judgement::of(author, &Record::incident()).is_none());
    }
}
