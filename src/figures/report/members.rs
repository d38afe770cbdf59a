//! What stays with the members: the case behind every number, what went in, and who did not consent.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use super::{Desk, Inputs, number};
use crate::{
    figures::{
        case::Case, category::Code, digest::Digest, event::Cluster, government::Government,
        period::Placement, table::Table,
    },
    model::verification::Level,
};

/// File with the cases.
pub(super) const CASES: &str = "members/cases.csv";

pub(super) const COLUMNS: [&str; 22] = [
    "cluster",
    "victim",
    "country",
    "year",
    "period_start",
    "period_end",
    "admin1",
    "block",
    "code",
    "why",
    "population",
    "of_several",
    "state_link",
    "sex",
    "age",
    "population_group",
    "level",
    "mandated",
    "organisations",
    "named_by",
    "claims",
    "clusters",
];

pub(super) fn cases(desk: &Desk<'_>) -> Table {
    let mut table = Table::new(CASES, &COLUMNS);
    for case in desk.cases.iter().filter(|case| case.has_consent()) {
        let Some(country) = case.event.country.as_deref() else { continue };
        let placement = case.placement(&desk.inputs.period);
        if placement == Placement::Outside || !desk.countries.iter().any(|it| it == country) {
            continue;
        }
        for (block, code, why, link, population, several) in blocks(case, placement) {
            let mut row = vec![case.event.id.to_string(), name(case)];
            row.extend(desk.place(country));
            row.push(case.event.admin1.clone().unwrap_or_default());
            row.extend([block, &code, &why, population].map(str::to_owned));
            row.push(several.to_owned());
            row.push(link.to_owned());
            row.extend(about(case));
            table.rows.push(row);
        }
    }
    table.rows.sort_unstable();
    table.footer =
        vec!["for members: provenance of every number; does not leave the coalition".to_owned()];
    table
}

/// Where the ruling claim has the victim.
pub(super) fn name(case: &Case<'_>) -> String {
    format!("{}/{}", case.victim.id.0, case.victim.id.1)
}

/// Every claim that names the victim, as `incident/key`.
pub(super) fn named_by(case: &Case<'_>) -> Vec<String> {
    let named = case.victim.named_by.iter();
    named.map(|(incident, (_, person))| format!("{incident}/{}", person.key)).collect()
}

type Block = (&'static str, String, String, &'static str, &'static str, &'static str);

fn blocks(case: &Case<'_>, placement: Placement) -> Vec<Block> {
    let several = |it: bool| if it { "yes" } else { "" };
    let mut blocks: Vec<Block> = Vec::new();
    let block = match placement {
        Placement::Inside => "strict",
        Placement::Straddles => "date straddles period",
        Placement::Unknown => "date not known",
        Placement::Outside => return blocks,
    };
    if let Some(it) = &case.strict {
        let (code, why) = (it.of.letter().to_owned(), it.why.to_owned());
        let (link, population) = (it.link.name(), it.population.name());
        blocks.push((block, code, why, link, population, several(it.of_several)));
    }
    if placement != Placement::Inside {
        return blocks;
    }
    if let Some(it) = &case.beyond {
        let (code, why) = (it.of.name().to_owned(), it.why.to_owned());
        let (link, population) = (it.link.name(), it.population.name());
        blocks.push(("beyond", code, why, link, population, several(it.of_several)));
    }
    let letter = |code: Option<Code>| code.map(|code| code.letter().to_owned()).unwrap_or_default();
    if case.strict.is_none() {
        let waits = [
            (case.annex.is_some(), "annex", case.annex, "awaiting attribution"),
            (case.pending.is_some(), "pending", case.pending, "motivation not established"),
            (
                case.unverified.is_some_and(|(_, code)| code.is_some()),
                "not verified",
                case.unverified.and_then(|(_, code)| code),
                "below v3_verified",
            ),
        ];
        for (_, block, code, why) in waits.into_iter().filter(|(waits, ..)| *waits) {
            blocks.push((block, letter(code), why.to_owned(), "", "", ""));
        }
        if case.beyond.is_none() {
            let reasons = case.aside.iter().map(|aside| aside.name().to_owned());
            blocks.extend(reasons.map(|why| ("not counted", String::new(), why, "", "", "")));
        }
    }
    for (violation, code) in &case.policies {
        let why = format!("{violation}, off in the strict figure");
        blocks.push(("policy", format!("p:{code}"), why, "", "", ""));
    }
    blocks
}

fn about(case: &Case<'_>) -> Vec<String> {
    let victim = case.victim;
    let person = &victim.person;
    let join = |parts: Vec<String>| parts.join(" ");
    let orgs = victim.orgs().into_iter().map(|org| org.to_string()).collect();
    let clusters = case.event.clusters.iter().map(ToString::to_string).collect();
    let claims = victim.named_by.keys().map(ToString::to_string).collect();
    vec![
        person.sex().column().to_owned(),
        person.age().column().to_owned(),
        person.group.clone().unwrap_or_default(),
        victim.level.code().to_owned(),
        if victim.level == Level::Established { "yes" } else { "" }.to_owned(),
        join(orgs),
        join(named_by(case)),
        join(claims),
        join(clusters),
    ]
}

/// The line that is never exported: what is verified and must not be counted.
pub(super) fn without_consent(desk: &Desk<'_>) -> Table {
    let columns =
        ["country", "year", "period_start", "period_end", "category", "verified_without_consent"];
    let mut table = Table::new("members/internal.csv", &columns);
    let mut found: BTreeMap<(&str, Code), usize> = BTreeMap::new();
    for case in desk.cases.iter().filter(|case| !case.has_consent()) {
        let inside = case.placement(&desk.inputs.period) == Placement::Inside;
        if let (Some(country), Some(standing), true) =
            (case.event.country.as_deref(), case.strict, inside)
        {
            *found.entry((country, standing.of)).or_default() += 1;
        }
    }
    for ((country, code), count) in found {
        let mut row = desk.place(country);
        row.extend([code.letter().to_owned(), number(count)]);
        table.rows.push(row);
    }
    table.footer = vec![
        "internal: verified, consent for statistics missing; never export this file".to_owned(),
    ];
    table
}

/// Everything that goes into the report, one line each, in one order.
pub(super) fn inputs(inputs: &Inputs<'_>, clusters: &[Cluster]) -> String {
    let countries: Vec<&str> = inputs.countries.iter().map(String::as_str).collect();
    let mut lines = vec![
        "ceiba sdg-16-10-1 1".to_owned(),
        format!("as-of,{}", inputs.as_of),
        format!("period,{}", inputs.period),
        format!("countries,{}", countries.join(" ")),
        format!("vocabulary,{}", inputs.vocabulary),
        format!("exempt-killings,{}", inputs.exempt_killings),
    ];
    let previous = inputs.previous.map(|text| Digest::of(text.as_bytes()));
    lines.push(format!("previous,{}", previous.as_ref().map_or("none", Digest::as_str)));
    let cluster = |cluster: &Cluster| {
        format!("cluster,{},{}", cluster.id(), HEXLOWER.encode(&cluster.version()))
    };
    let mut went_in: Vec<String> = clusters.iter().map(cluster).collect();
    went_in.extend(inputs.coverage.to_lines());
    let records = Government::latest(&inputs.government, inputs.as_of);
    went_in.extend(records.into_iter().map(Government::to_line));
    went_in.sort_unstable();
    went_in.dedup();
    lines.extend(went_in);
    lines.join("\n") + "\n"
}
