//! Which part of one name is which of the other, and what follows for the whole.

/// How two parts of names agree, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartAgreement {
    /// The same letters, but for accents and case.
    Exact,
    /// Written otherwise, sounds the same.
    Sound,
    /// One or two letters differ.
    Typo,
    /// One of them is an initial only.
    Initial,
}

impl PartAgreement {
    const ALL: [Self; 4] = [Self::Exact, Self::Sound, Self::Typo, Self::Initial];

    /// A short name, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Sound => "sound",
            Self::Typo => "typo",
            Self::Initial => "initial",
        }
    }
}

/// How far two names agree as a whole, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameLevel {
    /// They are of two persons, or say too little.
    None,
    /// A given name and a surname agree and one part differs, or only an alias agrees, or only one
    /// part is there to compare.
    Weak,
    /// A given name and a surname agree; the rest only one of them has.
    Partial,
    /// All of two short names agrees: given name and surname.
    Short,
    /// Three parts or more agree, and none differs.
    Full,
}

impl NameLevel {
    /// A short name, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Partial => "partial",
            Self::Short => "short",
            Self::Full => "full",
        }
    }
}

/// What two names have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameMatch {
    /// What follows.
    pub level: NameLevel,
    /// How the parts agree that do, in the order of the first name.
    pub agreed: Vec<PartAgreement>,
    /// Parts that only the first has.
    pub only_first: usize,
    /// Parts that only the second has.
    pub only_second: usize,
    /// Whether an alias agrees.
    pub alias: bool,
}

/// One agreement: the part of the first, the part of the second, and how.
#[derive(Debug, Clone, Copy)]
struct Agreed {
    first: usize,
    second: usize,
    how: PartAgreement,
}

/// Two names while they are compared.
#[derive(Debug)]
pub(in crate::linkage) struct Sides {
    parts: [usize; 2],
    /// Parts that agree with none yet, of each.
    open: [Vec<usize>; 2],
    agreed: Vec<Agreed>,
}

impl Sides {
    pub(in crate::linkage) fn new(first: usize, second: usize) -> Self {
        let open = [(0..first).collect(), (0..second).collect()];
        Self { parts: [first, second], open, agreed: Vec::new() }
    }

    fn take(&mut self, first: usize, second: usize, how: PartAgreement) {
        let [of_first, of_second] = &mut self.open;
        of_first.retain(|part| *part != first);
        of_second.retain(|part| *part != second);
        self.agreed.push(Agreed { first, second, how });
    }

    /// Takes what one of them writes as two words, if all of it is open still.
    pub(in crate::linkage) fn agree_joined(
        &mut self,
        first: (usize, usize),
        second: (usize, usize),
    ) {
        let [of_first, of_second] = &mut self.open;
        let open = [first.0, first.1].iter().all(|part| of_first.contains(part))
            && [second.0, second.1].iter().all(|part| of_second.contains(part));
        if open {
            of_first.retain(|part| *part != first.0 && *part != first.1);
            of_second.retain(|part| *part != second.0 && *part != second.1);
            self.agreed.push(Agreed {
                first: first.0,
                second: second.0,
                how: PartAgreement::Sound,
            });
        }
    }

    /// Whether a part can be a given name: the first; of four and more the second too, of three
    /// nobody knows what the second is.
    fn may_be_given(&self, side: usize, part: usize) -> bool {
        let parts = self.parts.get(side).copied().unwrap_or_default();
        part == 0 || (part == 1 && parts >= 3)
    }

    /// Whether a part can be a surname.
    fn may_be_surname(&self, side: usize, part: usize) -> bool {
        let parts = self.parts.get(side).copied().unwrap_or_default();
        part > 0 && (part > 1 || parts < 4)
    }

    /// What follows for the whole.
    pub(in crate::linkage) fn finish(mut self, alias: bool) -> NameMatch {
        self.agreed.sort_by_key(|agreed| (agreed.first, agreed.second));
        let [only_first, only_second] = [&self.open[0], &self.open[1]].map(Vec::len);
        let level = self.level(alias, only_first.min(only_second));
        let agreed = self.agreed.iter().map(|agreed| agreed.how).collect();
        NameMatch { level, agreed, only_first, only_second, alias }
    }

    fn level(&self, alias: bool, differ: usize) -> NameLevel {
        let agreed = self.agreed.len();
        let whole = self.agreed.iter().filter(|it| it.how != PartAgreement::Initial).count();
        let given = self
            .agreed
            .iter()
            .any(|it| self.may_be_given(0, it.first) && self.may_be_given(1, it.second));
        let surname = self
            .agreed
            .iter()
            .any(|it| self.may_be_surname(0, it.first) && self.may_be_surname(1, it.second));
        let first_given_differs = self.open.iter().all(|open| open.contains(&0));
        let short = self.parts.iter().any(|parts| *parts < 2);
        match differ {
            0 if given && surname && whole >= 3 => NameLevel::Full,
            0 if given && surname && whole >= 2 && self.parts == [2, 2] => NameLevel::Short,
            0 if given && surname && whole >= 2 => NameLevel::Partial,
            0 if given && surname && whole >= 1 && agreed >= 2 => NameLevel::Weak,
            // Surname first, or given names only: Pérez Juan.
            0 if whole >= 2 && agreed == self.parts.iter().copied().min().unwrap_or_default() => {
                NameLevel::Weak
            }
            0 if short && whole == 1 => NameLevel::Weak,
            1 if given && surname && whole >= 2 && !first_given_differs => NameLevel::Weak,
            _differs if alias && !first_given_differs => NameLevel::Weak,
            _differs if alias && self.parts.contains(&0) => NameLevel::Weak,
            _differs => NameLevel::None,
        }
    }
}

/// Pairs parts that agree, the surest first, those that stand nearest to each other first.
pub(in crate::linkage) fn align(
    sides: &mut Sides,
    agree: impl Fn(usize, usize) -> Option<PartAgreement>,
) {
    let [first, second] = sides.parts;
    let mut found: Vec<(PartAgreement, usize, usize, usize)> = Vec::new();
    for one in 0..first {
        for two in 0..second {
            if let Some(how) = agree(one, two) {
                found.push((how, one.abs_diff(two), one, two));
            }
        }
    }
    found.sort_unstable();
    for how in PartAgreement::ALL {
        for (_, _, one, two) in found.iter().filter(|(it, ..)| *it == how) {
            if sides.open[0].contains(one) && sides.open[1].contains(two) {
                sides.take(*one, *two, how);
            }
        }
    }
}
