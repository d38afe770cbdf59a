//! Incidents in short words, and reports that answer questions.
//!
//! `id=1 org=a level=v3 date=2024-05 v=1:female:30_44 act=1:killing:state:own:hrd`: an incident of
//! organisation a with one victim and one act. An act is
//! `VICTIM:VIOLATION:LINK:MOTIVATION:POPULATION[:failure][:attempted]`; `-` says nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    figures::{
        Claim, Cluster, Coverage, Declaration, Government, Inputs, Issue, Period, Reading,
        ReportError, SamePerson, report,
    },
    model::{
        id::{IncidentId, OrgId},
        registry::{Record, RecordKind, Schema, Value},
        verification::Level,
        vocabulary::Vocabulary,
    },
};

pub(super) fn incident(id: &str) -> IncidentId {
    IncidentId::new([id.parse::<u8>().unwrap(); 16])
}

pub(super) fn org(name: &str) -> OrgId {
    OrgId::new([name.as_bytes()[0]; 32])
}

/// Some incidents, with the clusters that they form.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) clusters: Vec<Cluster>,
    pub(super) uncovered: bool,
}

pub(super) fn set(record: &mut Record, path: &str, value: impl Into<Value>) {
    record.set(path.parse().unwrap(), value).unwrap();
}

struct Told {
    claim: Claim,
    cluster: String,
    same: Vec<SamePerson>,
}

fn tell(text: &str) -> Told {
    let mut record = Record::incident();
    for (path, value) in [("country", "CO"), ("date", "2024-05"), ("counting_unit", "individual")] {
        set(&mut record, path, value);
    }
    let (mut id, mut by, mut level, mut cluster) = ("1", "a", Level::Verified, String::new());
    let (mut same, mut silent, mut acts, mut links) = (Vec::new(), false, 0, 0);
    for word in text.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or_else(|| panic!("{word}"));
        let parts: Vec<&str> = value.split(':').collect();
        match key {
            "id" => id = value,
            "org" => by = value,
            "cluster" => cluster = value.to_owned(),
            "level" => {
                level = Level::ALL.into_iter().find(|it| it.code().starts_with(value)).unwrap();
            }
            "same" => {
                let end = |text: &str| {
                    let (id, key) = text.split_once('/').unwrap();
                    (incident(id), key.to_owned())
                };
                let (first, second) = value.split_once('~').unwrap();
                same.push(SamePerson { first: end(first), second: end(second) });
            }
            "nostat" => silent = true,
            "v" => {
                let fields = ["sex_gender", "age_band", "population_group", "pseudonym"]
                    .iter()
                    .zip(&parts[1..]);
                set(&mut record, &format!("statistics/{}", parts[0]), true);
                for (field, value) in fields.filter(|(_, value)| **value != "-") {
                    set(&mut record, &format!("victims/{}/{field}", parts[0]), *value);
                }
                if let Some(role) = parts.get(5) {
                    set(&mut record, &format!("victims/{}/roles/{role}", parts[0]), true);
                }
            }
            "act" => {
                acts += 1;
                act(&mut record, acts, &parts);
            }
            "by" => {
                let path = format!("acts/{}/by/{}", parts[0], parts[1]);
                set(&mut record, &path, parts[2]);
            }
            "perp" => {
                set(&mut record, &format!("perpetrators/{}/state_link", parts[0]), parts[1]);
            }
            "part_of" | "precedes" => {
                links += 1;
                set(&mut record, &format!("links/{links}/type"), key);
                set(&mut record, &format!("links/{links}/incident"), incident(value).to_string());
            }
            "legal" => {
                links += 1;
                set(&mut record, &format!("legal/{links}/stage"), parts[0]);
            }
            "min" | "max" => {
                set(&mut record, &format!("group_size/{key}"), value.parse::<i64>().unwrap());
            }
            "unit" => set(&mut record, "counting_unit", value),
            "admin1" => set(&mut record, "place/admin1", value),
            "token" => set(&mut record, &format!("tokens/{}", parts[0]), parts[1]),
            path => set(&mut record, path, value),
        }
    }
    set(&mut record, "statistics/incident", !silent);
    if silent {
        let keys: Vec<String> = record.keys("victims").iter().map(|it| (*it).to_owned()).collect();
        keys.iter().for_each(|key| set(&mut record, &format!("statistics/{key}"), false));
    }
    let reading = Reading { incident: incident(id), origin: org(by), level, record: &record };
    let cluster = if cluster.is_empty() { format!("alone {id}") } else { cluster };
    Told { claim: Claim::read(reading), cluster, same }
}

fn act(record: &mut Record, key: usize, parts: &[&str]) {
    let at = |field: &str| format!("acts/{key}/{field}");
    let code = |list: &[(&str, &'static str)], word: &str| {
        list.iter().find(|(short, _)| *short == word).map(|(_, code)| *code)
    };
    if parts[0] != "-" {
        set(record, &at("victim"), parts[0]);
        if record.flag(&format!("statistics/{}", parts[0])).is_none() {
            set(record, &format!("statistics/{}", parts[0]), true);
            set(record, &format!("victims/{}/sex_gender", parts[0]), "female");
        }
    }
    set(record, &at("violation"), parts[1]);
    let links = [
        ("state", "state_agent"),
        ("acq", "acquiescence"),
        ("non", "non_state"),
        ("und", "undetermined"),
    ];
    if let Some(link) = code(&links, parts[2]) {
        set(record, &format!("perpetrators/p{key}/state_link"), link);
        set(record, &at(&format!("by/p{key}")), "direct");
    }
    let motivations = [
        ("own", "victim_activity"),
        ("assoc", "associate_activity"),
        ("engaged", "while_engaged"),
        ("personal", "personal"),
        ("unknown", "undetermined"),
    ];
    if let Some(motivation) = code(&motivations, parts[3]) {
        set(record, &at("motivation"), motivation);
    }
    if parts[4] != "-" {
        set(record, &at("sdg_population"), parts[4]);
    }
    for word in &parts[5..] {
        match *word {
            "failure" => set(record, &at("due_diligence"), "failure_motivated"),
            "attempted" => set(record, &at("attempted"), true),
            other => panic!("{other}"),
        }
    }
}

impl World {
    /// Incidents, separated by `;;`.
    pub(super) fn of(text: &str) -> Self {
        let mut groups: BTreeMap<String, (Vec<Claim>, Vec<SamePerson>)> = BTreeMap::new();
        let mut world = Self::default();
        for one in text.split(";;").map(str::trim).filter(|one| !one.is_empty()) {
            if one == "uncovered" {
                world.uncovered = true;
                continue;
            }
            let told = tell(one);
            let group = groups.entry(told.cluster).or_default();
            group.0.push(told.claim);
            group.1.extend(told.same);
        }
        let cluster = |(claims, same)| Cluster::new(claims, same).unwrap();
        world.clusters = groups.into_values().map(cluster).collect();
        world
    }

    pub(super) fn inputs(&self, year: i16) -> Inputs<'_> {
        let as_of = civil::date(2026, 6, 30);
        let coverage = if self.uncovered { Vec::new() } else { vec![covers_all()] };
        Inputs {
            clusters: &self.clusters,
            coverage: Coverage::of(coverage, as_of),
            government: Vec::new(),
            as_of,
            period: Period::year(year).unwrap(),
            countries: BTreeSet::from(["CO".to_owned()]),
            exempt_killings: false,
            previous: None,
            vocabulary: "2".to_owned(),
        }
    }

    pub(super) fn report(&self, year: i16) -> Issue {
        report(&self.inputs(year)).unwrap()
    }

    pub(super) fn report_with<'a>(
        &'a self,
        change: impl FnOnce(&mut Inputs<'a>),
    ) -> Result<Issue, ReportError> {
        let mut inputs = self.inputs(2024);
        change(&mut inputs);
        report(&inputs)
    }
}

fn covers_all() -> Declaration {
    let mut record = Record::new(Schema::of(RecordKind::Coverage));
    set(&mut record, "number", 1);
    set(&mut record, "id", "c");
    set(&mut record, "at", "2024-01-01");
    set(&mut record, "country", "CO");
    set(&mut record, "first_year", 2000);
    set(&mut record, "last_year", 2030);
    for term in Vocabulary::built_in().list("violation_type") {
        set(&mut record, &format!("violations/{}", term.code), true);
    }
    Declaration::read(org("a"), &record).unwrap()
}

/// A record of what a government reported.
pub(super) fn government(text: &str) -> Government {
    let mut record = Record::new(Schema::of(RecordKind::Government));
    set(&mut record, "number", 1);
    set(&mut record, "id", text);
    set(&mut record, "at", "2025-01-01");
    set(&mut record, "country", "CO");
    set(&mut record, "instrument", "vnr");
    for word in text.split_whitespace() {
        let (path, value) = word.split_once('=').unwrap();
        match value.parse::<i64>() {
            Ok(number) => set(&mut record, path, number),
            Err(_) if value == "yes" => set(&mut record, path, true),
            Err(_) => set(&mut record, path, value),
        }
    }
    Government::read(&record).unwrap()
}

/// A file of an issue as rows by column.
pub(super) fn rows(issue: &Issue, file: &str) -> Vec<BTreeMap<String, String>> {
    let text = issue.files.get(file).unwrap_or_else(|| panic!("no {file}"));
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        headers.iter().zip(&row).map(|(title, cell)| (title.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|it| row(it.unwrap())).collect()
}

/// The cell of the first row that has all these cells: `1|all,A1|victims_total`. Of the number of
/// rows with `#` as column.
pub(super) fn ask(issue: &Issue, question: &str) -> String {
    let parts: Vec<&str> = question.split('|').collect();
    let [table, keys, column] = parts[..] else { panic!("{question}") };
    let file = match table {
        "cases" | "internal" => format!("members/{table}.csv"),
        number => format!("table-{number}.csv"),
    };
    // A comma before a space is one of the cell's own.
    let keys = keys.replace(", ", "\u{1}");
    let keys: Vec<String> = keys
        .split(',')
        .filter(|key| !key.is_empty())
        .map(|key| key.replace('\u{1}', ", "))
        .collect();
    let found: Vec<_> = rows(issue, &file)
        .into_iter()
        .filter(|row| keys.iter().all(|key| row.values().any(|cell| cell == key)))
        .collect();
    if column == "#" {
        return found.len().to_string();
    }
    let Some(row) = found.first() else { return "no such row".to_owned() };
    row.get(column).unwrap_or_else(|| panic!("{question}: no such column")).clone()
}
