//! What is compared of a claim: one organisation's incident, as far as it can be read.

use std::{collections::BTreeSet, fmt};

use super::{
    names::PersonName,
    place::Place,
    tokens::{KeyedHash, NameTokens},
};
use crate::model::{
    id::{IncidentId, OrgId},
    registry::{Date, Record, table},
};

/// Victims of one claim that are compared.
const MAX_VICTIMS: usize = 200;

/// A victim of a claim.
#[derive(Debug, Clone, Default)]
pub struct Victim {
    /// The key among the claim's victims.
    pub key: String,
    /// The name, where it can be read and names somebody.
    pub name: Option<PersonName>,
    /// The tokens of the name, of each epoch that some were made in.
    pub tokens: Vec<NameTokens>,
    /// The year of birth.
    pub birth_year: Option<i16>,
    /// Sex or gender, where it is known.
    pub sex: Option<String>,
    /// Age group, where it is known.
    pub age_band: Option<String>,
    /// What the victim defends or does.
    pub roles: BTreeSet<String>,
}

impl Victim {
    /// Whether there is anything to know the person by.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.name.is_some() || !self.tokens.is_empty()
    }

    fn of(record: &Record, key: &str) -> Self {
        let text = |field: &str| record.text(&format!("victims/{key}/{field}"));
        let known = |field: &str| {
            text(field)
                .filter(|code| !["unknown", "not_applicable"].contains(code))
                .map(str::to_owned)
        };
        let name = text("name").unwrap_or_default();
        let birth = text("birth_date").and_then(|date| date.parse::<Date>().ok());
        let birth = birth.and_then(|date| Some((date.earliest()?.year(), date.latest()?.year())));
        let tokens = record.text(&format!("{}/{key}", table::TOKENS));
        let roles = record.set_codes(&format!("victims/{key}/roles"));
        Self {
            key: key.to_owned(),
            name: PersonName::new(name, text("alias").unwrap_or_default()),
            tokens: tokens.and_then(NameTokens::parse).into_iter().collect(),
            birth_year: birth.filter(|(first, last)| first == last).map(|(year, _)| year),
            sex: known("sex_gender"),
            age_band: known("age_band"),
            roles: roles.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Makes the tokens of the name under the key of an epoch, unless there are some of it.
    pub fn tokenise(&mut self, epoch: &str, keyed: KeyedHash<'_>) {
        if let Some(name) = &self.name
            && self.tokens.iter().all(|tokens| tokens.epoch() != epoch)
        {
            self.tokens.push(NameTokens::new(epoch, keyed, name, self.birth_year));
        }
    }
}

/// A claim as it is compared.
#[derive(Clone)]
pub struct Claim {
    /// The incident.
    pub id: IncidentId,
    /// Who recorded it.
    pub origin: OrgId,
    /// When it happened.
    pub date: Option<Date>,
    /// Where.
    pub place: Place,
    /// What was done.
    pub violations: BTreeSet<String>,
    /// To whom.
    pub victims: Vec<Victim>,
    /// Who was harmed: a person, a community, …
    pub unit: Option<String>,
    /// At least and at most so many, for collective incidents.
    pub group: Option<(i64, i64)>,
    /// The sectors behind it.
    pub sectors: BTreeSet<String>,
}

impl Claim {
    /// What an incident's record says.
    #[must_use]
    pub fn of(id: IncidentId, origin: OrgId, record: &Record) -> Self {
        let text = |path: &str| record.text(path).map(str::to_owned);
        let acts = record.keys("acts").into_iter();
        let violations = acts.filter_map(|key| text(&format!("acts/{key}/violation"))).collect();
        // Tokens are of victims of whom a facet may say nothing else.
        let mut keys: BTreeSet<&str> = record.keys("victims").into_iter().collect();
        keys.extend(record.keys(table::TOKENS));
        let victims =
            keys.into_iter().take(MAX_VICTIMS).map(|key| Victim::of(record, key)).collect();
        let count = |path: &str| record.get(path).and_then(|value| value.as_integer());
        let (least, most) = (count("group_size/min"), count("group_size/max"));
        Self {
            id,
            origin,
            date: record.text(table::DATE).and_then(|date| date.parse().ok()),
            place: Place {
                country: text(table::COUNTRY),
                admin1: text(table::ADMIN1),
                admin2: text("place/admin2"),
                admin2_code: text("place/admin2_code"),
                territory: text("place/territory"),
            },
            violations,
            victims,
            unit: text("counting_unit"),
            group: least.or(most).map(|either| (least.unwrap_or(either), most.unwrap_or(either))),
            sectors: record.set_codes("sectors").into_iter().map(str::to_owned).collect(),
        }
    }

    /// Takes over the names and tokens that another readable document of the incident has.
    pub fn add_identities(&mut self, record: &Record) {
        let other = Self::of(self.id, self.origin, record);
        for victim in other.victims {
            match self.victims.iter_mut().find(|held| held.key == victim.key) {
                None => self.victims.push(victim),
                Some(held) => {
                    held.name = held.name.take().or(victim.name);
                    held.birth_year = held.birth_year.or(victim.birth_year);
                    let new = victim.tokens.into_iter();
                    let held_epochs: BTreeSet<String> =
                        held.tokens.iter().map(|it| it.epoch().to_owned()).collect();
                    held.tokens.extend(new.filter(|it| !held_epochs.contains(it.epoch())));
                }
            }
        }
        self.victims.truncate(MAX_VICTIMS);
    }
}

/// Prints the incident alone.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({})", self.id.short())
    }
}
