//! What partners declare that they cover, without which no case is not zero cases.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    figures::{
        category::{Family, Line},
        period::Period,
    },
    model::{
        id::OrgId,
        registry::{Date, Record, validate::is_number},
        vocabulary::Vocabulary,
    },
};

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    author: OrgId,
    order: (i64, String),
    at: Option<civil::Date>,
    country: String,
    years: (i64, i64),
    violations: BTreeSet<String>,
    /// Parts of the country, as the record writes them; the whole country if there is none.
    admin1: BTreeSet<String>,
    withdrawn: bool,
}

impl Declaration {
    /// Reads a record of the kind `coverage`; none if it does not say of what.
    #[must_use]
    pub fn read(author: OrgId, record: &Record) -> Option<Self> {
        let integer = |path: &str| record.get(path).and_then(|value| value.as_integer());
        let owned = |codes: Vec<&str>| codes.into_iter().map(str::to_owned).collect();
        Some(Self {
            author,
            order: (
                integer("number").filter(|number| is_number(*number))?,
                record.text("id")?.to_owned(),
            ),
            at: record.text("at").and_then(|at| at.parse::<Date>().ok()?.earliest()),
            country: record.text("country")?.to_owned(),
            years: (integer("first_year")?, integer("last_year")?),
            violations: owned(record.set_codes("violations")),
            admin1: owned(record.set_codes("admin1")),
            withdrawn: record.flag("withdrawn") == Some(true),
        })
    }
}

/// What is covered as of a day, by anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    standing: Vec<Declaration>,
}

impl Coverage {
    /// Of several declarations of one organisation for the same country and years the last counts.
    #[must_use]
    pub fn of(declarations: impl IntoIterator<Item = Declaration>, as_of: civil::Date) -> Self {
        let mut last: BTreeMap<(OrgId, String, (i64, i64)), Declaration> = BTreeMap::new();
        for declaration in declarations {
            if declaration.at.is_none_or(|at| at > as_of) {
                continue;
            }
            let key = (declaration.author, declaration.country.clone(), declaration.years);
            match last.get(&key) {
                Some(held) if held.order >= declaration.order => {}
                _earlier => drop(last.insert(key, declaration)),
            }
        }
        Self { standing: last.into_values().filter(|it| !it.withdrawn).collect() }
    }

    /// Whether at least one partner covers a type in the whole country, or in a part of it, in all
    /// years of a period.
    #[must_use]
    pub fn covers(
        &self,
        country: &str,
        admin1: Option<&str>,
        period: &Period,
        violation: &str,
    ) -> bool {
        let part = admin1.map(|code| code.to_lowercase().replace('-', "_"));
        let mut years = i64::from(period.start().year())..=i64::from(period.end().year());
        years.all(|year| {
            self.standing.iter().any(|it| {
                it.country == country
                    && (it.years.0..=it.years.1).contains(&year)
                    && it.violations.contains(violation)
                    && (it.admin1.is_empty()
                        || part.as_ref().is_some_and(|part| it.admin1.contains(part)))
            })
        })
    }

    /// The types of a line that nobody covers; the line's zero is one only if there are none.
    #[must_use]
    pub fn gaps(
        &self,
        country: &str,
        admin1: Option<&str>,
        period: &Period,
        line: Line,
    ) -> Vec<&'static str> {
        let types = types_of(line).into_iter();
        types.filter(|it| !self.covers(country, admin1, period, it)).collect()
    }

    /// The countries of which anything is declared.
    pub fn countries(&self) -> impl Iterator<Item = &str> {
        self.standing.iter().map(|it| it.country.as_str())
    }

    /// Bytes that stand for it, for the digest.
    pub(super) fn to_lines(&self) -> Vec<String> {
        let join = |codes: &BTreeSet<String>| {
            codes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        let line = |it: &Declaration| {
            let (first, last) = it.years;
            let (types, parts) = (join(&it.violations), join(&it.admin1));
            format!("coverage,{},{},{first},{last},{types},{parts}", it.author, it.country)
        };
        self.standing.iter().map(line).collect()
    }
}

/// The types of violation whose coverage a line needs.
fn types_of(line: Line) -> Vec<&'static str> {
    let beyond = |family: Option<Family>| {
        let terms = Vocabulary::built_in().list("violation_type").iter();
        terms
            .filter(|term| term.sdg == "-" && term.code != "unknown")
            .filter(|term| family.is_none_or(|it| Family::of(term.code, term.family()) == it))
            .map(|term| term.code)
            .collect()
    };
    match line {
        Line::Family(family) => beyond(Some(family)),
        Line::Beyond => beyond(None),
        Line::Code(_) | Line::A | Line::Total => {
            line.codes().into_iter().flat_map(|code| code.core_types().iter().copied()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::category::Code;

    fn declared(number: i64, types: &[&str], admin1: &[&str], withdrawn: bool) -> Declaration {
        Declaration {
            author: OrgId::new([1; 32]),
            order: (number, "id".to_owned()),
            at: Some(civil::date(2024, 1, 1)),
            country: "CO".to_owned(),
            years: (2020, 2024),
            violations: types.iter().map(|it| (*it).to_owned()).collect(),
            admin1: admin1.iter().map(|it| (*it).to_owned()).collect(),
            withdrawn,
        }
    }

    #[test]
    fn the_last_declaration_of_the_same_years_counts() {
        let day = civil::date(2025, 1, 1);
        let (y2020, y2025) = (Period::year(2020).unwrap(), Period::year(2025).unwrap());
        let first = || declared(1, &["torture"], &[], false);
        let coverage = Coverage::of([first()], day);
        assert!(coverage.covers("CO", None, &y2020, "torture"));
        assert!(coverage.covers("CO", Some("CO-CAU"), &y2020, "torture"));
        assert!(!coverage.covers("CO", None, &y2025, "torture"));
        assert!(!coverage.covers("PE", None, &y2020, "torture"));
        let withdrawn = Coverage::of([declared(2, &[], &[], true), first()], day);
        assert!(!withdrawn.covers("CO", None, &y2020, "torture"));
        assert_eq!(Coverage::of([first()], civil::date(2023, 1, 1)), Coverage::default());
    }

    #[test]
    fn a_part_of_the_country_is_not_the_country() {
        let day = civil::date(2025, 1, 1);
        let coverage = Coverage::of([declared(1, &["torture"], &["co_cau"], false)], day);
        let year = Period::year(2020).unwrap();
        assert!(coverage.covers("CO", Some("CO-CAU"), &year, "torture"));
        assert!(!coverage.covers("CO", Some("CO-NAR"), &year, "torture"));
        assert_eq!(coverage.gaps("CO", None, &year, Line::Code(Code::C)), ["torture"]);
        assert!(coverage.gaps("CO", Some("CO-CAU"), &year, Line::Code(Code::C)).is_empty());
    }
}
