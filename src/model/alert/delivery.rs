//! How far an alert came to each organisation that is called.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    alert::{case::Case, entry::Stance},
    id::OrgId,
};

/// How far an alert came; each is more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// Nothing is known to have arrived.
    Queued,
    /// A device of theirs has signed that it holds it.
    Delivered,
    /// It was shown to a person.
    Seen,
    /// A person answered.
    Acknowledged(Stance),
}

impl Delivery {
    /// A word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Seen => "seen",
            Self::Acknowledged(_) => "acknowledged",
        }
    }
}

/// An organisation that an alert calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Which.
    pub org: OrgId,
    /// From which step on.
    pub step: u8,
    /// Whether that step is reached.
    pub called: bool,
    /// How far it came.
    pub delivery: Delivery,
}

/// Step from which on the coordinators of all partners are called.
const ALL_PARTNERS: u8 = 2;

/// Whom an alert calls, and how far it came to each. `held` are organisations of which a device
/// says by receipt that it holds the alert. If none of those that it names at once is there to be
/// called, all are: no alert waits for its first step because of whom it names.
#[must_use]
pub fn recipients(case: &Case<'_>, step: u8, held: &BTreeSet<OrgId>) -> Vec<Recipient> {
    let groups = &case.alert.alert.groups;
    let from: BTreeMap<OrgId, u8> =
        groups.iter().rev().map(|group| (group.org, group.step)).collect();
    let others = case.rules.members.iter().filter(|org| **org != case.alert.author);
    let somebody = others.clone().any(|org| from.get(org) == Some(&0));
    let recipient = |org: &OrgId| {
        let named = from.get(org).copied().unwrap_or(ALL_PARTNERS).min(ALL_PARTNERS);
        let own = if somebody { named } else { 0 };
        let delivery = delivery(case, org, held.contains(org));
        Recipient { org: *org, step: own, called: own <= step, delivery }
    };
    others.map(recipient).collect()
}

fn delivery(case: &Case<'_>, org: &OrgId, held: bool) -> Delivery {
    let own = case.entries.iter().filter(|signed| signed.author == *org);
    // One who takes it answers for the organisation, whoever else cannot.
    if case.taking().iter().any(|signed| signed.author == *org) {
        return Delivery::Acknowledged(Stance::Taking);
    }
    let mut delivery = if held { Delivery::Delivered } else { Delivery::Queued };
    for signed in own {
        delivery = match (signed.entry.act.stance(), delivery) {
            // Taken and given up is not taken.
            (Some(Stance::Taking), _) => Delivery::Acknowledged(Stance::Seen),
            (Some(stance), _) => Delivery::Acknowledged(stance),
            (None, acknowledged @ Delivery::Acknowledged(_)) => acknowledged,
            (None, _) => Delivery::Seen,
        };
    }
    delivery
}
