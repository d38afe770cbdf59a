//! Durations as people write them: `90s`, `30m`, `12h`, `7d`, `2w`.

/// Seconds in a unit.
const UNITS: [(char, u64); 5] =
    [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60), ('w', 7 * 24 * 60 * 60)];
/// The longest duration: ten years, in seconds.
const LONGEST: u64 = 10 * 366 * 24 * 60 * 60;

/// Seconds of a duration; for clap.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let malformed = || "write a number and s, m, h, d or w: 90s, 30m, 12h, 7d, 2w".to_owned();
    let unit = text.chars().last().ok_or_else(malformed)?;
    let (_letter, length) =
        UNITS.into_iter().find(|(letter, _)| *letter == unit).ok_or_else(malformed)?;
    let digits = text.strip_suffix(unit).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(length));
    match seconds {
        Some(0) => Err("must be longer than nothing".to_owned()),
        Some(seconds) if seconds <= LONGEST => Ok(seconds),
        _ => Err("must be at most ten years".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_durations() {
        for (text, expected) in
            [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for bad in ["", "7", "d", "-7d", "7 d", "7D", "1.5h", "0d", "99999999999999999999d", "11é"]
        {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
