//! Reasons of candidates as rows that renderers say in words.

use std::collections::BTreeMap;

use crate::{
    api::linkage::ReasonRow,
    linkage::{Reason, acts::ActFit, dates::DateFit, place::PlaceFit},
};

/// A reason as a row.
pub(super) fn row(reason: &Reason) -> ReasonRow {
    let (code, given): (&str, Vec<(&str, String)>) = match reason {
        Reason::Name(person) => {
            let parts: Vec<&str> = person.name.agreed.iter().map(|part| part.code()).collect();
            let said = |agrees: Option<bool>| match agrees {
                None => "unknown",
                Some(true) => "agrees",
                Some(false) => "differs",
            };
            (
                "name",
                vec![
                    ("first", person.first.clone()),
                    ("second", person.second.clone()),
                    ("level", person.name.level.code().to_owned()),
                    ("by", person.basis.code().to_owned()),
                    ("parts", parts.join(" ")),
                    ("agreed", parts.len().to_string()),
                    ("only_first", person.name.only_first.to_string()),
                    ("only_second", person.name.only_second.to_string()),
                    ("alias", person.name.alias.to_string()),
                    ("sex", said(person.sex_agrees).to_owned()),
                    ("birth", said(person.birth_agrees).to_owned()),
                ],
            )
        }
        Reason::NoName => ("no-name", Vec::new()),
        Reason::Dates(fit) => ("dates", dates(fit)),
        Reason::Place(fit) => ("place", place(fit)),
        Reason::Acts(fit) => ("acts", acts(fit)),
        Reason::Territory => ("territory", Vec::new()),
        Reason::Sex => ("sex", Vec::new()),
        Reason::Age => ("age", Vec::new()),
        Reason::Role { code } => ("role", vec![("code", code.clone())]),
        Reason::Sector { code } => ("sector", vec![("code", code.clone())]),
        Reason::Unit { code } => ("unit", vec![("code", code.clone())]),
        Reason::GroupSize => ("group-size", Vec::new()),
        Reason::AsManyVictims { victims } => {
            ("as-many-victims", vec![("victims", victims.to_string())])
        }
        Reason::PartOf { part, whole } => {
            ("part-of", vec![("part", part.to_string()), ("whole", whole.to_string())])
        }
    };
    let given: BTreeMap<String, String> =
        given.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    ReasonRow { code: code.to_owned(), given }
}

fn dates(fit: &DateFit) -> Vec<(&'static str, String)> {
    match fit {
        DateFit::Days { apart } => vec![("fit", "days".into()), ("apart", apart.to_string())],
        DateFit::Within { precision } => {
            vec![("fit", "within".into()), ("precision", precision.code().into())]
        }
        DateFit::Near { apart } => vec![("fit", "near".into()), ("apart", apart.to_string())],
        DateFit::Wide { precision } => {
            vec![("fit", "wide".into()), ("precision", precision.code().into())]
        }
        DateFit::Unknown => vec![("fit", "unknown".into())],
    }
}

fn place(fit: &PlaceFit) -> Vec<(&'static str, String)> {
    match fit {
        PlaceFit::Municipality { alias: false } => vec![("fit", "municipality".into())],
        PlaceFit::Municipality { alias: true } => vec![("fit", "alias".into())],
        PlaceFit::Admin1 { code } => vec![("fit", "admin1".into()), ("admin1", code.clone())],
        PlaceFit::OtherMunicipality { code } => {
            vec![("fit", "other-municipality".into()), ("admin1", code.clone())]
        }
        PlaceFit::Neighbours { one, other } => {
            vec![("fit", "neighbours".into()), ("one", one.clone()), ("other", other.clone())]
        }
        PlaceFit::Unknown => vec![("fit", "unknown".into())],
    }
}

fn acts(fit: &ActFit) -> Vec<(&'static str, String)> {
    match fit {
        ActFit::SameViolation { code } => vec![("fit", "same".into()), ("code", code.clone())],
        ActFit::SameFamily { family } => {
            vec![("fit", "family".into()), ("family", (*family).to_owned())]
        }
        ActFit::Related => vec![("fit", "related".into())],
        ActFit::NotStated => vec![("fit", "not-stated".into())],
    }
}
