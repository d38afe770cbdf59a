//! Invented records of a fixed shape: 15 fields, about 585 bytes of JSON. The same number always
//! makes the same record.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value as Json, json};

use super::fields::Failure;

const WORDS: [&str; 48] = [
    "archive", "arrest", "assembly", "balcony", "bridge", "bus", "cable", "call", "canal",
    "canteen", "chain", "court", "crossing", "curfew", "door", "drone", "fire", "flood", "forest",
    "gate", "harbour", "hill", "letter", "lock", "market", "message", "mine", "mobile", "notice",
    "order", "parcel", "path", "pipeline", "police", "post", "quarry", "river", "search", "square",
    "station", "summons", "tent", "threat", "tower", "union", "village", "visit", "well",
];
const CATEGORIES: [&str; 6] =
    ["arrest", "eviction", "threat", "surveillance", "transport", "property"];
/// The first record's time, in milliseconds.
const FIRST: u64 = 1_767_225_600_000;
/// From one record to the next, in milliseconds.
const STEP: u64 = 61_000;

/// Writes the records from the first on, one a line.
pub(crate) fn write(path: &Path, count: usize) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..u64::try_from(count)? {
        writeln!(file, "{}", record(number))?;
    }
    Ok(file.flush()?)
}

fn record(number: u64) -> Json {
    let mut rng = ChaCha20Rng::seed_from_u64(number);
    let at = FIRST + number * STEP;
    json!({
        "id": format!("rec-{number:07}"),
        "org": format!("org-{:02}", rng.random_range(0..12)),
        "reporter": format!("user-{:012x}", rng.random_range(0..400_u64).wrapping_mul(0x9e37_79b9_7f4a)),
        "created_at": at + rng.random_range(0..60_000),
        "updated_at": at + 60_000,
        "category": pick(&mut rng, &CATEGORIES),
        "severity": rng.random_range(1..6),
        "status": "open",
        "title": words(&mut rng, 6),
        "summary": words(&mut rng, 24),
        "lat": degrees(&mut rng, 60),
        "lon": degrees(&mut rng, 179),
        "site": words(&mut rng, 3),
        "tags": (0..4).map(|_| pick(&mut rng, &WORDS)).collect::<Vec<_>>(),
        "evidence": blake3::hash(&number.to_le_bytes()).to_hex().as_str(),
    })
}

fn pick<'a>(rng: &mut ChaCha20Rng, from: &[&'a str]) -> &'a str {
    from.get(rng.random_range(0..from.len())).copied().unwrap_or_default()
}

fn words(rng: &mut ChaCha20Rng, count: usize) -> String {
    (0..count).map(|_| pick(rng, &WORDS)).collect::<Vec<_>>().join(" ")
}

/// Degrees with six places.
fn degrees(rng: &mut ChaCha20Rng, limit: i32) -> f64 {
    f64::from(rng.random_range(-limit * 1_000_000..limit * 1_000_000)) / 1e6
}
