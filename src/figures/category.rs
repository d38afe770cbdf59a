//! The categories of indicator 16.10.1, and the families beyond it.

use std::fmt;

/// A category of the indicator. Ordered by the hierarchy, **not** by letter: what comes first
/// outranks the rest for one victim in one incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Killing, completed.
    A1,
    /// Killing, attempted.
    A2,
    /// Torture.
    C,
    /// Enforced disappearance.
    B,
    /// Arbitrary detention.
    D,
    /// Kidnapping.
    E,
    /// Other harmful acts.
    F,
}

impl Code {
    /// All categories in the order of the hierarchy.
    pub const ALL: [Self; 7] = [Self::A1, Self::A2, Self::C, Self::B, Self::D, Self::E, Self::F];

    /// As it is printed.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::C => "C",
            Self::B => "B",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }

    /// The category with this print.
    #[must_use]
    pub fn from_letter(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.letter() == text)
    }

    /// The types of violation that must be covered before no case is zero cases.
    #[must_use]
    pub const fn core_types(self) -> &'static [&'static str] {
        match self {
            Self::A1 => &["killing"],
            Self::A2 => &["attempted_killing"],
            Self::C => &["torture"],
            Self::B => &["enforced_disappearance"],
            Self::D => &["arbitrary_detention"],
            Self::E => &["kidnapping"],
            Self::F => OTHER_HARMFUL_ACTS,
        }
    }
}

/// The types on the list of category F.
pub(super) const OTHER_HARMFUL_ACTS: &[&str] = &[
    "sexual_violence",
    "sexual_violence_conflict",
    "sexual_harassment",
    "death_threat",
    "threat_harm",
    "collective_threat",
    "coercion_extortion",
    "harassment",
    "online_harassment",
    "stalking_surveillance",
    "comms_interception",
    "doxxing",
    "discrimination",
];

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letter())
    }
}

/// A family of violations beyond the indicator. Ordered: for one victim in one incident the first
/// counts (a convention of ours; the metadata has nothing on what it leaves out).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Physical assault, which the list of category F leaves out.
    Assault,
    /// Other attacks that meet no category's rule.
    Attack,
    /// Threats that meet no category's rule.
    Threat,
    /// Abuse of the law.
    Criminalization,
    /// Restrictions of movement, assembly, work.
    Restriction,
    /// Harm to the territory: eviction, displacement, invasion.
    Territory,
    /// Harm to property.
    Property,
    /// Stigmatization.
    Stigmatization,
    /// Failures to protect or to investigate.
    Impunity,
    /// Types without a family.
    Other,
}

impl Family {
    /// All families in their order.
    pub const ALL: [Self; 10] = [
        Self::Assault,
        Self::Attack,
        Self::Threat,
        Self::Criminalization,
        Self::Restriction,
        Self::Territory,
        Self::Property,
        Self::Stigmatization,
        Self::Impunity,
        Self::Other,
    ];

    /// The family of a type of violation.
    #[must_use]
    pub fn of(violation: &str, family: Option<&str>) -> Self {
        match (violation, family) {
            ("assault_serious" | "assault_minor" | "excessive_force", _) => Self::Assault,
            (_, Some("attack")) => Self::Attack,
            (_, Some("threat")) => Self::Threat,
            (_, Some("criminalization")) => Self::Criminalization,
            (_, Some("restriction")) => Self::Restriction,
            (_, Some("territory")) => Self::Territory,
            (_, Some("property")) => Self::Property,
            (_, Some("stigmatization")) => Self::Stigmatization,
            (_, Some("impunity")) => Self::Impunity,
            _none => Self::Other,
        }
    }

    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assault => "assault",
            Self::Attack => "attack",
            Self::Threat => "threat",
            Self::Criminalization => "criminalization",
            Self::Restriction => "restriction",
            Self::Territory => "territory",
            Self::Property => "property",
            Self::Stigmatization => "stigmatization",
            Self::Impunity => "impunity",
            Self::Other => "other",
        }
    }
}

/// A line of a table: a category or a sum of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// One category.
    Code(Code),
    /// A1 and A2 together.
    A,
    /// All categories together.
    Total,
    /// One family beyond the indicator.
    Family(Family),
    /// All families together.
    Beyond,
}

impl Line {
    /// The lines of the indicator in print order.
    pub const STRICT: [Self; 9] = [
        Self::Code(Code::A1),
        Self::Code(Code::A2),
        Self::A,
        Self::Code(Code::C),
        Self::Code(Code::B),
        Self::Code(Code::D),
        Self::Code(Code::E),
        Self::Code(Code::F),
        Self::Total,
    ];

    /// The lines beyond the indicator in print order.
    #[must_use]
    pub fn beyond() -> Vec<Self> {
        Family::ALL.into_iter().map(Self::Family).chain([Self::Beyond]).collect()
    }

    /// What the line is the sum of; nothing if it is no sum.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        match self {
            Self::Code(_) | Self::Family(_) => Vec::new(),
            Self::A => vec![Self::Code(Code::A1), Self::Code(Code::A2)],
            Self::Total => Code::ALL.into_iter().map(Self::Code).collect(),
            Self::Beyond => Family::ALL.into_iter().map(Self::Family).collect(),
        }
    }

    /// Whether it is about killings, which a coalition may exempt from suppression.
    #[must_use]
    pub const fn is_killing(self) -> bool {
        matches!(self, Self::A | Self::Code(Code::A1 | Code::A2))
    }

    /// The letter or name.
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::Code(code) => code.letter(),
            Self::A => "A",
            Self::Total | Self::Beyond => "TOTAL",
            Self::Family(family) => family.name(),
        }
    }

    /// The label in English.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Code(Code::A1) => "Killing, completed",
            Self::Code(Code::A2) => "Killing, attempted",
            Self::A => "Killing",
            Self::Code(Code::C) => "Torture",
            Self::Code(Code::B) => "Enforced disappearance",
            Self::Code(Code::D) => "Arbitrary detention",
            Self::Code(Code::E) => "Kidnapping",
            Self::Code(Code::F) => "Other harmful acts",
            Self::Total => "All categories of the indicator",
            Self::Family(Family::Assault) => "Physical assault",
            Self::Family(Family::Attack) => "Other attacks",
            Self::Family(Family::Threat) => "Threats",
            Self::Family(Family::Criminalization) => "Criminalization",
            Self::Family(Family::Restriction) => "Restrictions",
            Self::Family(Family::Territory) => "Territory",
            Self::Family(Family::Property) => "Property",
            Self::Family(Family::Stigmatization) => "Stigmatization",
            Self::Family(Family::Impunity) => "Failure to protect or investigate",
            Self::Family(Family::Other) => "Other and not known",
            Self::Beyond => "All families beyond the indicator",
        }
    }

    /// Codes of the ICCS, as the metadata lists them. Where its print contradicts its text (110139
    /// for unlawful killing, 02022ED), the code that the text means stands here.
    #[must_use]
    pub const fn iccs(self) -> &'static str {
        match self {
            Self::Code(Code::A1) => "0101 110131",
            Self::Code(Code::A2) => "0102",
            Self::A => "0101 0102 110131",
            Self::Code(Code::C) => "11011",
            Self::Code(Code::B | Code::D) => "020222",
            Self::Code(Code::E) => "020221",
            Self::Code(Code::F) => "0301 0219 110133 02012 0205 0208 0210 0211",
            Self::Family(Family::Assault) => "02011",
            Self::Family(Family::Stigmatization) => "0209",
            Self::Family(Family::Property) => "0504",
            Self::Total | Self::Family(_) | Self::Beyond => "",
        }
    }

    /// The types of violation that must be covered before no case is zero cases; nothing if the
    /// line is a sum, or a family, of which the vocabulary knows the types.
    #[must_use]
    pub fn codes(self) -> Vec<Code> {
        match self {
            Self::Code(code) => vec![code],
            Self::A => vec![Code::A1, Code::A2],
            Self::Total => Code::ALL.to_vec(),
            Self::Family(_) | Self::Beyond => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::Vocabulary;

    #[test]
    fn the_hierarchy_is_not_the_alphabet() {
        let mut codes = Code::ALL;
        codes.sort_unstable();
        let letters: String = codes.iter().map(|code| code.letter()).collect();
        assert_eq!(letters, "A1A2CBDEF");
        assert!(Code::C < Code::B, "torture outranks enforced disappearance");
    }

    #[test]
    fn the_list_of_other_harmful_acts_is_the_vocabularys() {
        let terms = Vocabulary::built_in().list("violation_type");
        let listed: Vec<&str> =
            terms.iter().filter(|term| term.sdg == "F").map(|term| term.code).collect();
        assert_eq!(listed, OTHER_HARMFUL_ACTS);
        for code in Code::ALL {
            for violation in code.core_types() {
                let term = terms.iter().find(|term| term.code == *violation).unwrap();
                assert!(code.letter().starts_with(term.sdg), "{violation}");
            }
        }
    }

    #[test]
    fn every_type_beyond_has_a_family_of_the_vocabulary() {
        for term in Vocabulary::built_in().list("violation_type") {
            let family = Family::of(term.code, term.family());
            assert_eq!(family == Family::Other, term.family().is_none(), "{}", term.code);
        }
    }
}
