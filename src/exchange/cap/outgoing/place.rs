//! Places that are too wide to find anybody in.

use crate::model::registry::place::{self, Admin1};

/// The radius of a circle at least: the middle of it is rounded to less.
pub const LEAST_KILOMETRES: u16 = 20;
/// And at most: a quarter of the way around the world is no place any more.
const MOST_KILOMETRES: u16 = 10_000;
/// A tenth of a degree is 11 km at most.
const TENTHS: f64 = 10.0;

/// Where something is, coarsely.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    country: Option<[u8; 2]>,
    admin1: Option<&'static Admin1>,
    circle: Option<Circle>,
}

impl Place {
    /// A country, and a first-level subdivision of it, by their ISO codes; what is none is left out.
    #[must_use]
    pub fn new(country: Option<&str>, admin1: Option<&str>) -> Self {
        let admin1 = admin1.and_then(place::by_code);
        let of_admin1 = admin1.and_then(|admin1| admin1.code.split_once('-')).map(|(code, _)| code);
        let country = of_admin1.or(country).filter(|code| place::is_country_code(code));
        let country = country.and_then(|code| <[u8; 2]>::try_from(code.as_bytes()).ok());
        Self { country, admin1, circle: None }
    }

    /// The same with a circle: only if those concerned agreed that it is told.
    #[must_use]
    pub fn with_circle(self, circle: Circle) -> Self {
        Self { circle: Some(circle), ..self }
    }

    /// The country's code.
    #[must_use]
    pub fn country(&self) -> Option<String> {
        self.country.map(|code| code.into_iter().map(char::from).collect())
    }

    /// The subdivision.
    #[must_use]
    pub const fn admin1(&self) -> Option<&'static Admin1> {
        self.admin1
    }

    /// The circle.
    #[must_use]
    pub const fn circle(&self) -> Option<Circle> {
        self.circle
    }
}

/// A circle whose middle is rounded to a tenth of a degree, [`LEAST_KILOMETRES`] wide at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circle {
    /// Tenths of degrees north.
    north: i16,
    /// Tenths of degrees east.
    east: i16,
    kilometres: u16,
}

impl Circle {
    /// A circle around about there; none if there is no such place.
    #[must_use]
    pub fn around(latitude: f64, longitude: f64, kilometres: u16) -> Option<Self> {
        let is_place = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        if !is_place {
            return None;
        }
        let kilometres = kilometres.clamp(LEAST_KILOMETRES, MOST_KILOMETRES);
        Some(Self { north: tenths(latitude)?, east: tenths(longitude)?, kilometres })
    }
}

/// Rounded to tenths. By way of text, since a cast from floating point may cut anything.
fn tenths(degrees: f64) -> Option<i16> {
    format!("{:.0}", degrees * TENTHS).parse().ok()
}

impl std::fmt::Display for Circle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (north, east) = (f64::from(self.north) / TENTHS, f64::from(self.east) / TENTHS);
        write!(f, "{north:.1},{east:.1} {}", self.kilometres)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_never_exact() {
        let circle = Circle::around(2.441_234, -76.606_789, 1).unwrap();
        assert_eq!(circle.to_string(), "2.4,-76.6 20");
        assert_eq!(Circle::around(-0.04, 179.99, 60_000).unwrap().to_string(), "0.0,180.0 10000");
        for (north, east) in [(90.1, 0.0), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(Circle::around(north, east, 30), None);
        }
    }

    #[test]
    fn only_codes_that_are_known_are_places() {
        let area = Place::new(Some("CO"), Some("CO-CAU"));
        assert_eq!(area.country().as_deref(), Some("CO"));
        assert_eq!(area.admin1().map(|it| it.name), Some("Cauca"));
        let area = Place::new(Some("the house by the river"), Some("Juana's village"));
        assert_eq!(area, Place::default());
    }
}
