//! How well candidates are found: a list against itself with the noise that lists have.
//!
//! The synthetic lists run always, with a floor. A real list, for those who have it, with
//! `CEIBA_REAL_LIST=path cargo test --test it linkage -- --nocapture`; nothing of it is printed
//! but numbers.

mod noise;

use std::{collections::BTreeSet, fs};

use ceiba::{
    exchange::{Mapping, read, sample},
    linkage::{Candidate, Claim, Clusters, Pair, Scope, Strength, candidates},
    model::{
        id::{IncidentId, OrgId},
        registry::{Date, Record, table},
    },
};

use self::noise::Noise;

const REAL_MAPPING: &str = include_str!("../../examples/mappings/lideres-sociales.toml");

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[7; 32], bytes).into()
}

fn imported(list: &[u8], file: &str, mapping: &str) -> Vec<Record> {
    let mapping = Mapping::parse(file, mapping).unwrap();
    let import = read(list, &mapping, &keyed).unwrap();
    import.incidents.into_iter().map(|incident| incident.record).collect()
}

fn id(list: u8, at: usize) -> IncidentId {
    let mut bytes = [list; 16];
    bytes[1..9].copy_from_slice(&(at as u64).to_be_bytes());
    IncidentId::new(bytes)
}

/// How names and dates reach the partner.
#[derive(Clone, Copy)]
enum Told {
    /// As they are.
    Clear,
    /// As a coalition facet has them: tokens, and months.
    Tokens,
}

/// What two partners have, and which pairs are one event.
struct Case {
    claims: Vec<Claim>,
    truth: BTreeSet<Pair>,
    /// Those of the truth where both name the victim.
    named: BTreeSet<Pair>,
}

fn case(list: &[Record], seed: u64, told: Told) -> Case {
    let mut noise = Noise::new(seed, list);
    let (ours, theirs) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
    let mut case = Case { claims: Vec::new(), truth: BTreeSet::new(), named: BTreeSet::new() };
    let tell = |id, record: &Record| {
        let mut claim = Claim::of(id, theirs, record);
        if let Told::Tokens = told {
            claim.date = claim.date.map(Date::to_months);
            for victim in &mut claim.victims {
                victim.tokenise("e1", &keyed);
                victim.name = None;
            }
        }
        claim
    };
    for (at, record) in list.iter().enumerate() {
        let mut own = Claim::of(id(1, at), ours, record);
        own.victims.iter_mut().for_each(|victim| victim.tokenise("e1", &keyed));
        if let Some(other) = noise.copy_of(record) {
            let claim = tell(id(2, at), &other);
            let pair = Pair::new(own.id, claim.id).unwrap();
            case.truth.insert(pair);
            if own.victims.iter().any(|it| it.is_named())
                && claim.victims.iter().any(|it| it.is_named())
            {
                case.named.insert(pair);
            }
            case.claims.push(claim);
        }
        if let Some(other) = noise.somebody_else_there(record) {
            case.claims.push(tell(id(3, at), &other));
        }
        case.claims.push(own);
    }
    case
}

/// Precision and recall (of all, and of those that both name), in tenths of a percent, of what is
/// at least of a strength.
fn measure(case: &Case, found: &[Candidate], least: Strength) -> [usize; 3] {
    let proposed: BTreeSet<Pair> =
        found.iter().filter(|it| it.strength >= least).map(|it| it.pair).collect();
    let share = |part: usize, whole: usize| (part * 1000).checked_div(whole).unwrap_or(1000);
    let right = proposed.intersection(&case.truth).count();
    let named = proposed.intersection(&case.named).count();
    [share(right, proposed.len()), share(right, case.truth.len()), share(named, case.named.len())]
}

#[expect(clippy::print_stderr, reason = "the numbers are what it is for")]
fn report(name: &str, list: &[Record], seeds: std::ops::Range<u64>) -> Vec<[[usize; 3]; 3]> {
    [("names in clear", Told::Clear), ("tokens, months", Told::Tokens)]
        .map(|(how, told)| {
            let mut sums = [[0; 3]; 3];
            let runs = usize::try_from(seeds.end - seeds.start).unwrap();
            for seed in seeds.clone() {
                let case = case(list, seed, told);
                let found = candidates(&case.claims, &Clusters::default(), &Scope::default()).candidates;
                for (sum, least) in sums.iter_mut().zip(Strength::ALL) {
                    let of = measure(&case, &found, least);
                    sum.iter_mut().zip(of).for_each(|(sum, it)| *sum += it);
                }
                if std::env::var_os("CEIBA_LINKAGE_WHY").is_some() && seed == seeds.start {
                    noise::explain(&case.claims, &case.truth, &found);
                }
            }
            for (sum, least) in sums.iter_mut().zip(Strength::ALL) {
                sum.iter_mut().for_each(|it| *it /= runs);
                let [precision, recall, named] = *sum;
                eprintln!(
                    "{name}, {how}, {} and better: precision {}.{} %, recall {}.{} % (of those that both name {}.{} %)",
                    least.code(), precision / 10, precision % 10, recall / 10, recall % 10, named / 10, named % 10,
                );
            }
            sums
        })
        .to_vec()
}

#[test]
fn the_synthetic_lists_are_found_again() {
    let list: Vec<Record> = sample::LISTS
        .iter()
        .flat_map(|list| imported(list.csv.as_bytes(), list.mapping_file, list.mapping))
        .collect();
    let [clear, tokens] = <[_; 2]>::try_from(report("synthetic", &list, 0..4)).unwrap();
    let [[strong, ..], [likely, ..], [possible, all, named]] = clear;
    assert!(strong >= 990 && likely >= 970 && possible >= 900, "precision");
    assert!(named >= 900 && all >= 600, "recall");
    let [[strong, ..], [likely, ..], [possible, _, named]] = tokens;
    assert!(strong >= 980 && likely >= 950 && possible >= 850, "precision by tokens");
    assert!(named >= 850, "recall by tokens");
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_real_list_is_found_again() {
    let Some(path) = std::env::var_os("CEIBA_REAL_LIST") else {
        eprintln!("skipped: CEIBA_REAL_LIST=path/to/lideres-sociales.csv is not set");
        return;
    };
    let list = imported(&fs::read(path).unwrap(), "lideres-sociales.toml", REAL_MAPPING);
    let [clear, tokens] = <[_; 2]>::try_from(report("real", &list, 100..105)).unwrap();
    assert!(clear[0][0] >= 950 && clear[2][2] >= 900 && tokens[2][2] >= 850);
    assert!(list.iter().all(|record| record.text(table::DATE).is_some()));
}

/// Run by hand: `cargo test --release --test it linkage -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement of a minute in a debug build"]
#[expect(clippy::print_stderr, reason = "the numbers are what it is for")]
fn a_hundred_thousand_claims() {
    let list: Vec<Record> = sample::LISTS
        .iter()
        .flat_map(|list| imported(list.csv.as_bytes(), list.mapping_file, list.mapping))
        .collect();
    let mut claims = Vec::new();
    let mut noise = Noise::new(1, &list);
    for at in 0..50_000 {
        let record = noise.made_up(&list[at % list.len()]);
        let other = noise.copy_of(&record).unwrap_or_else(|| noise.made_up(&record));
        claims.push(Claim::of(id(1, at), OrgId::new([1; 32]), &record));
        claims.push(Claim::of(id(2, at), OrgId::new([2; 32]), &other));
    }
    #[expect(clippy::disallowed_methods, reason = "it is a measurement")]
    let start = std::time::Instant::now();
    let found = candidates(&claims, &Clusters::default(), &Scope::default()).candidates;
    let right = found
        .iter()
        .filter(|it| it.pair.first().as_bytes()[1..9] == it.pair.second().as_bytes()[1..9]);
    eprintln!(
        "{} claims: {} candidates, {} of them right, in {:.1} s",
        claims.len(),
        found.len(),
        right.count(),
        start.elapsed().as_secs_f32()
    );
}
