//! Sizes as people write them: `4096`, `500KB`, `10MB`, `2GiB`.

/// Bytes in a unit; the longer name is looked for first.
const UNITS: [(&str, u64); 7] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("b", 1),
];

/// Bytes of a size; for clap.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let malformed = || "write a number and KB, MB, GB, KiB, MiB or GiB: 500KB, 10MB".to_owned();
    let lower = text.to_ascii_lowercase();
    let unit = UNITS.into_iter().find_map(|(unit, bytes)| Some((lower.strip_suffix(unit)?, bytes)));
    let (digits, unit) = unit.unwrap_or((lower.as_str(), 1));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    let size = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match size {
        Some(0) => Err("must be more than nothing".to_owned()),
        Some(size) => Ok(size),
        None => Err("is too large".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_sizes() {
        for (text, expected) in
            [("4096", 4096), ("10MB", 10_000_000), ("2GiB", 2 << 30), ("64kib", 65_536), ("7b", 7)]
        {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for bad in ["", "MB", "-1MB", "1.5MB", "10 MB", "0", "0MB", "10TB", "99999999999999GB"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }
}
