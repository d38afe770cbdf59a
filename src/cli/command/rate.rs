//! Rates as people write them: `20kbit/s`, `2Mbit/s`.

/// Bits in a unit.
const UNITS: [(&str, u64); 3] =
    [("kbit/s", 1_000), ("Mbit/s", 1_000_000), ("Gbit/s", 1_000_000_000)];
/// The slowest that can be set.
const LEAST: u64 = 8_000;
/// The fastest.
const MOST: u64 = 100 * 1_000_000_000;

/// Bits a second; 0 for `none`. For clap.
pub(super) fn limit(text: &str) -> Result<u64, String> {
    if text == "none" { Ok(0) } else { bits(text) }
}

/// Bits a second of a rate; for clap.
pub(super) fn bits(text: &str) -> Result<u64, String> {
    let malformed = || "write a number and kbit/s, Mbit/s or Gbit/s: 20kbit/s, 2Mbit/s".to_owned();
    let found = UNITS.into_iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, bits)));
    let (digits, unit) = found.ok_or_else(malformed)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    match digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(bits) if (LEAST..=MOST).contains(&bits) => Ok(bits),
        _ => Err("must be from 8kbit/s to 100Gbit/s".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_rates() {
        for (text, expected) in [("20kbit/s", 20_000), ("2Mbit/s", 2_000_000), ("8kbit/s", 8_000)] {
            assert_eq!(limit(text), Ok(expected), "{text}");
        }
        assert_eq!(limit("none"), Ok(0));
        for bad in
            ["", "20", "kbit/s", "-1kbit/s", "7kbit/s", "0Mbit/s", "20 kbit/s", "9999999999Gbit/s"]
        {
            assert!(limit(bad).is_err() && bits(bad).is_err(), "{bad}");
        }
        assert!(bits("none").is_err());
    }
}
