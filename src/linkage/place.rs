//! Whether two places can be one.

mod municipality;
mod neighbours;

use municipality::are_same_keys;
pub use municipality::{is_same_municipality, municipality_key};
pub use neighbours::are_neighbours;

/// Where a claim is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Country, two letters.
    pub country: Option<String>,
    /// Code of the first-level subdivision.
    pub admin1: Option<String>,
    /// Name of the municipality.
    pub admin2: Option<String>,
    /// Code of the municipality.
    pub admin2_code: Option<String>,
    /// Name of the territory.
    pub territory: Option<String>,
}

/// How two places fit, the best first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceFit {
    /// One municipality, maybe under two names.
    Municipality {
        /// Whether it is written in two ways.
        alias: bool,
    },
    /// One department, state or region; no municipality on one side.
    Admin1 {
        /// Which.
        code: String,
    },
    /// One department, state or region; different municipalities.
    OtherMunicipality {
        /// Which.
        code: String,
    },
    /// Two departments, states or regions that have a border.
    Neighbours {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// One of them says no more than the country, or nothing.
    Unknown,
}

impl Place {
    /// How two places fit; none if they are two.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<PlaceFit> {
        self.compare_by(other, &self.municipality(), &other.municipality())
    }

    /// The key of its municipality; empty if it says none.
    pub(super) fn municipality(&self) -> String {
        match (&self.admin1, &self.admin2) {
            (Some(admin1), Some(admin2)) => municipality_key(admin1, admin2),
            _unknown => String::new(),
        }
    }

    /// The same, with the keys of the municipalities worked out before.
    pub(super) fn compare_by(&self, other: &Self, own: &str, its: &str) -> Option<PlaceFit> {
        match (&self.country, &other.country) {
            (Some(one), Some(two)) if one != two => return None,
            _same_or_unknown => {}
        }
        match (&self.admin1, &other.admin1) {
            (Some(one), Some(two)) if one == two => Some(self.compare_admin2(other, one, own, its)),
            (Some(one), Some(two)) if are_neighbours(one, two) => {
                let (one, other) = if one < two { (one, two) } else { (two, one) };
                Some(PlaceFit::Neighbours { one: one.clone(), other: other.clone() })
            }
            (Some(_), Some(_)) => None,
            _unknown => Some(PlaceFit::Unknown),
        }
    }

    fn compare_admin2(&self, other: &Self, admin1: &str, own: &str, its: &str) -> PlaceFit {
        let code = admin1.to_owned();
        let differ = || PlaceFit::OtherMunicipality { code: admin1.to_owned() };
        let same_text = self.admin2 == other.admin2;
        match (&self.admin2_code, &other.admin2_code) {
            (Some(one), Some(two)) if one == two => {
                return PlaceFit::Municipality { alias: !same_text };
            }
            // Codes are of several levels and lists; names decide when codes differ in length.
            (Some(one), Some(two)) if one.len() == two.len() => return differ(),
            _one_or_none => {}
        }
        match (&self.admin2, &other.admin2) {
            (Some(_), Some(_)) if are_same_keys(own, its) => {
                PlaceFit::Municipality { alias: !same_text }
            }
            (Some(_), Some(_)) => differ(),
            _unknown => PlaceFit::Admin1 { code },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(admin1: &str, admin2: &str) -> Place {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let country = admin1.split('-').next().unwrap_or_default();
        Place {
            country: some(country),
            admin1: some(admin1),
            admin2: some(admin2),
            ..Place::default()
        }
    }

    fn fit(one: (&str, &str), other: (&str, &str)) -> Option<PlaceFit> {
        let (one, other) = (place(one.0, one.1), place(other.0, other.1));
        assert_eq!(one.compare(&other), other.compare(&one));
        one.compare(&other)
    }

    #[test]
    fn municipalities_have_several_names() {
        for (admin1, one, other) in [
            ("CO-NSA", "Cúcuta", "San José de Cúcuta"),
            ("CO-NAR", "Tumaco", "SAN ANDRES DE TUMACO"),
            ("CO-VAC", "Cali", "Santiago de Cali"),
            ("CO-BOL", "Cartagena", "Cartagena de Indias"),
            ("CO-BOL", "Mompox", "Santa Cruz de Mompós"),
            ("CO-DC", "Bogotá D.C.", "Santafé de Bogotá"),
            ("CO-ANT", "Santa Fe de Antioquia", "Santafé de Antioquia"),
            ("CO-NAR", "Tumaco", "Tumaco (Nariño)"),
            ("CO-CAU", "López de Micay", "Lopez"),
            ("CO-VAC", "El Cerrito", "Cerrito"),
            ("BR-PA", "Eldorado do Carajás", "Eldorado dos Carajas"),
            ("EC-D", "El Coca", "Francisco de Orellana"),
            ("PE-CUS", "Cuzco", "Cusco"),
            ("CO-CAU", "Caloto", "Calotto"),
        ] {
            let alias = PlaceFit::Municipality { alias: true };
            assert_eq!(fit((admin1, one), (admin1, other)), Some(alias), "{one} {other}");
        }
        for (admin1, one, other) in [
            ("CO-ANT", "San Carlos", "San Luis"),
            ("CO-CAQ", "Cartagena del Chairá", "Cartagena de Indias"),
            ("CO-CAU", "Toribío", "Corinto"),
            ("CO-CAU", "Santa Rosa", "Santander de Quilichao"),
        ] {
            let differ = PlaceFit::OtherMunicipality { code: admin1.to_owned() };
            assert_eq!(fit((admin1, one), (admin1, other)), Some(differ), "{one} {other}");
        }
    }

    #[test]
    fn departments_are_one_or_have_a_border() {
        assert!(matches!(
            fit(("CO-CAU", ""), ("CO-CAU", "Toribío")),
            Some(PlaceFit::Admin1 { .. })
        ));
        assert!(matches!(fit(("CO-CAU", "A"), ("CO-NAR", "B")), Some(PlaceFit::Neighbours { .. })));
        assert_eq!(fit(("CO-LAG", ""), ("CO-NAR", "")), None);
        assert_eq!(fit(("CO-AMA", ""), ("PE-AMA", "")), None);
        assert_eq!(fit(("", ""), ("CO-AMA", "")), Some(PlaceFit::Unknown));
    }

    #[test]
    fn codes_decide_where_both_have_one() {
        let with = |code: &str, name: &str| Place {
            admin2_code: Some(code.to_owned()),
            ..place("CO-CAU", name)
        };
        let differ = PlaceFit::OtherMunicipality { code: "CO-CAU".to_owned() };
        assert_eq!(with("19821", "X").compare(&with("19212", "X")), Some(differ));
        let alias = PlaceFit::Municipality { alias: true };
        assert_eq!(with("19821", "X").compare(&with("19821", "Y")), Some(alias));
    }
}
