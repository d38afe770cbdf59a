//! Countries, their first-level subdivisions, and points.
//!
//! Countries are ISO 3166-1 alpha-2, subdivisions ISO 3166-2; tables of Colombia, Ecuador, Peru
//! and Brazil in [`admin1`]. Names are found without accents and case.

use crate::model::{registry::admin1, text::fold};

/// A first-level subdivision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin1 {
    /// ISO 3166-2 code, for example `CO-CAU`.
    pub code: &'static str,
    /// Its name in its country's language.
    pub name: &'static str,
    /// Other names that lists use.
    pub aliases: &'static [&'static str],
}

/// The countries whose subdivisions are known: code, names with the country's own first.
pub const COUNTRIES: &[(&str, &[&str])] = &[
    ("BR", &["Brasil", "Brazil"]),
    ("CO", &["Colombia", "Colômbia"]),
    ("EC", &["Ecuador", "Equador"]),
    ("PE", &["Perú", "Peru"]),
];

/// The country that a text means: a two-letter code in capitals, or the name of a known country.
#[must_use]
pub fn country(text: &str) -> Option<String> {
    let text = text.trim();
    if is_country_code(text) {
        return Some(text.to_owned());
    }
    let folded = fold(text);
    COUNTRIES
        .iter()
        .find(|(code, names)| names.iter().any(|name| fold(name) == folded) || fold(code) == folded)
        .map(|(code, _)| (*code).to_owned())
}

/// Whether the text has the form of an ISO 3166-1 alpha-2 code.
#[must_use]
pub fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The subdivisions of a country; empty if its table is not built in.
#[must_use]
pub fn subdivisions(country: &str) -> &'static [Admin1] {
    match country {
        "BR" => admin1::BRAZIL,
        "CO" => admin1::COLOMBIA,
        "EC" => admin1::ECUADOR,
        "PE" => admin1::PERU,
        _other => &[],
    }
}

/// The subdivision with this code.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Admin1> {
    let (country, _) = code.split_once('-')?;
    subdivisions(country).iter().find(|admin1| admin1.code == code)
}

/// The code of the subdivision of a country that a text means: its code, with or without the
/// country, its name or an alias.
#[must_use]
pub fn admin1_code(country: &str, text: &str) -> Option<&'static str> {
    let folded = fold(text);
    subdivisions(country).iter().find(|admin1| is_named(admin1, &folded)).map(|found| found.code)
}

fn is_named(admin1: &Admin1, folded: &str) -> bool {
    let short = admin1.code.split_once('-').map_or("", |(_, short)| short);
    [admin1.code, short, admin1.name].iter().chain(admin1.aliases).any(|name| fold(name) == folded)
}

/// Whether a code may be a subdivision: known, or of the right form for a country without table.
#[must_use]
pub fn is_admin1_code(code: &str) -> bool {
    let Some((country, rest)) = code.split_once('-') else { return false };
    let formed = is_country_code(country)
        && (1..=3).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    formed && (subdivisions(country).is_empty() || by_code(code).is_some())
}

/// A point in the form `latitude,longitude`; reads also a space, `;` or `|` between them.
#[must_use]
pub fn point(text: &str) -> Option<String> {
    let mut parts = text.split([',', ' ', ';', '|']).filter(|part| !part.is_empty());
    let (latitude, longitude) = (parts.next()?, parts.next()?);
    let inside = parts.next().is_none() && degrees(latitude, 90.0) && degrees(longitude, 180.0);
    inside.then(|| format!("{latitude},{longitude}"))
}

fn degrees(text: &str, limit: f64) -> bool {
    let plain = text.len() <= 16
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    plain && text.parse().is_ok_and(|degrees: f64| degrees.abs() <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_complete_and_without_doubles() {
        for (country, count) in [("CO", 33), ("EC", 24), ("PE", 26), ("BR", 27)] {
            let table = subdivisions(country);
            assert_eq!(table.len(), count, "{country}");
            let mut names: Vec<String> = table
                .iter()
                .flat_map(|a| {
                    [a.code, a.name].into_iter().chain(a.aliases.iter().copied()).map(fold)
                })
                .collect();
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), all, "{country}: a name is twice");
            assert!(table.iter().all(|a| a.code.starts_with(country)));
        }
    }

    #[test]
    fn names_are_found_as_lists_write_them() {
        for bogota in [
            "Bogotá",
            "BOGOTA D.C.",
            "Bogotá, D.C.",
            "Bogota DC",
            "Santafé de Bogotá",
            "Distrito Capital",
            "CO-DC",
            "dc",
        ] {
            assert_eq!(admin1_code("CO", bogota), Some("CO-DC"), "{bogota}");
        }
        assert_eq!(admin1_code("CO", "valle"), Some("CO-VAC"));
        assert_eq!(admin1_code("CO", "Caqueta"), Some("CO-CAQ"));
        assert_eq!(admin1_code("PE", "Callao"), Some("PE-CAL"));
        assert_eq!(admin1_code("BR", "para"), Some("BR-PA"));
        assert_eq!(admin1_code("EC", "Morona Santiago"), Some("EC-S"));
        assert_eq!(admin1_code("CO", "Pereira"), None, "a city is not a department");
        assert_eq!(admin1_code("AR", "Chaco"), None);
    }

    #[test]
    fn countries_and_codes_of_others_pass_by_their_form() {
        assert_eq!(country("Perú").as_deref(), Some("PE"));
        assert_eq!(country(" brasil ").as_deref(), Some("BR"));
        assert_eq!(country("co").as_deref(), Some("CO"));
        assert_eq!(country("BO").as_deref(), Some("BO"));
        assert_eq!(country("Atlantis"), None);
        assert!(is_admin1_code("BO-L") && is_admin1_code("CO-CAU"));
        assert!(!is_admin1_code("CO-XXX") && !is_admin1_code("CAU") && !is_admin1_code("co-cau"));
    }

    #[test]
    fn points_are_degrees() {
        assert_eq!(point("-2.5 -76.1").as_deref(), Some("-2.5,-76.1"));
        assert_eq!(point("-2.5,-76.1").as_deref(), Some("-2.5,-76.1"));
        for bad in ["", "1", "91,0", "0,181", "a,b", "1,2,3", "NaN,1", "inf,1", "1e1,2"] {
            assert_eq!(point(bad), None, "{bad}");
        }
    }
}
