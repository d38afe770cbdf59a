//! The table: as Markdown for people, as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

/// One work at one size.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// Its name.
    pub(crate) work: &'static str,
    /// Records that are there, or that are synced.
    pub(crate) n: usize,
    /// What it took: for single writes one of them, else the whole.
    pub(crate) seconds: f64,
    /// What the bare pipeline took.
    pub(crate) baseline_seconds: f64,
    /// How many times the bare pipeline.
    pub(crate) ratio: f64,
    /// Bytes of TCP streams, both ways, handshakes too.
    pub(crate) bytes: Option<u64>,
    /// The most memory of the process that did it.
    pub(crate) peak_mib: Option<f64>,
    /// Bytes of the home's files.
    pub(crate) disk_bytes: Option<u64>,
    /// Of how many repetitions the seconds are the median.
    pub(crate) repetitions: usize,
}

impl Row {
    pub(crate) fn new(work: &'static str, n: usize, seconds: &[f64], baseline: &[f64]) -> Self {
        let (took, bare) = (median(seconds), median(baseline));
        Self {
            work,
            n,
            seconds: took,
            baseline_seconds: bare,
            ratio: took / bare,
            bytes: None,
            peak_mib: None,
            disk_bytes: None,
            repetitions: seconds.len(),
        }
    }
}

/// The middle one; of an even number the lower of the two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn json(rows: &[Row]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("  {}", json!(row))).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

/// How a work grows with the records.
enum Growth {
    /// It is done for each record.
    PerRecord,
    /// It should not depend on how many there are.
    Whole,
}

fn growth_of(work: &str) -> Growth {
    match work {
        "first-sync" | "bulk-import" | "unlock" => Growth::PerRecord,
        _other => Growth::Whole,
    }
}

pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = "| work | records | took | bare pipeline | ratio | bytes | a record | memory | disk a record |\n\
                    |---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for row in rows {
        let n = float(row.n);
        let per_record = (row.work == "first-sync").then_some(row.bytes).flatten();
        let cells = [
            row.work.to_owned(),
            grouped(&row.n.to_string()),
            seconds(row.seconds),
            seconds(row.baseline_seconds),
            format!("{:.1}", row.ratio),
            row.bytes.map(|it| grouped(&it.to_string())).unwrap_or_default(),
            per_record.map(|it| format!("{:.0}", float_of(it) / n)).unwrap_or_default(),
            row.peak_mib.map(|it| format!("{it:.0} MiB")).unwrap_or_default(),
            row.disk_bytes.map(|it| format!("{:.0}", float_of(it) / n)).unwrap_or_default(),
        ];
        // Writing to a text does not fail.
        let _written = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// How each work at the largest size compares to the smallest.
pub(crate) fn growth(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut works: Vec<&str> = Vec::new();
    for row in rows {
        if !works.contains(&row.work) {
            works.push(row.work);
        }
    }
    for work in works {
        let of = || rows.iter().filter(|row| row.work == work);
        let (Some(least), Some(most)) =
            (of().min_by_key(|row| row.n), of().max_by_key(|row| row.n))
        else {
            continue;
        };
        if least.n == most.n {
            continue;
        }
        let (unit, factor) = match growth_of(work) {
            Growth::PerRecord => (" a record", float(least.n) / float(most.n)),
            Growth::Whole => ("", 1.0),
        };
        let grows = most.seconds / least.seconds * factor;
        let (small, large) = (grouped(&least.n.to_string()), grouped(&most.n.to_string()));
        let _written =
            writeln!(text, "- {work}: {grows:.2} times as long{unit} at {large} as at {small}");
    }
    text
}

fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.000_95 => format!("{:.0} µs", s * 1e6),
        s if s < 0.095 => format!("{:.1} ms", s * 1e3),
        s if s < 0.95 => format!("{:.0} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn float(count: usize) -> f64 {
    float_of(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Exact up to 2⁵², far beyond what is counted here.
fn float_of(count: u64) -> f64 {
    let (high, low) = (count >> 32, count & u64::from(u32::MAX));
    let part = |it: u64| u32::try_from(it).map_or(f64::NAN, f64::from);
    part(high).mul_add(4_294_967_296.0, part(low))
}
