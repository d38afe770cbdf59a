//! Clocks that do not agree.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use crate::model::{
    alert::{entry::SignedEntry, raised::SignedAlert},
    id::OrgId,
    time::Timestamp,
};

/// How far clocks may differ before it is told, and before a date is not relied on.
pub const MAX_SKEW: Duration = Duration::from_secs(300);

/// There was no alert of this kind before: 2025-01-01. Who dates one earlier has a clock that was set
/// back, as a telephone's is without its battery.
pub const EARLIEST: Timestamp = Timestamp::from_millis(1_735_689_600_000);

/// What somebody dated, against another clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skew {
    /// Whose clock.
    pub org: OrgId,
    /// Against whose; none: the reader's.
    pub against: Option<OrgId>,
    /// How far ahead it is at least.
    pub ahead: Duration,
}

/// A moment that is over by what is held: the latest that this organisation dated itself, or that two
/// others did. One other alone may have a clock that is ahead.
#[must_use]
pub fn passed(
    own: &OrgId,
    dated: impl IntoIterator<Item = (OrgId, Timestamp)>,
) -> Option<Timestamp> {
    let mut latest: BTreeMap<OrgId, Timestamp> = BTreeMap::new();
    for (org, sent) in dated {
        let known = latest.entry(org).or_insert(sent);
        *known = sent.max(*known);
    }
    let own = latest.remove(own);
    let mut others: Vec<Reverse<Timestamp>> = latest.into_values().map(Reverse).collect();
    others.sort_unstable();
    own.max(others.get(1).map(|Reverse(sent)| *sent))
}

/// What is dated further ahead of another clock than it may be: of the reader's, and the alert of
/// those of who answered it, for an answer is never older. Each clock's worst.
pub(super) fn skews(alert: &SignedAlert, entries: &[&SignedEntry], now: Timestamp) -> Vec<Skew> {
    let ahead = |sent: Timestamp, of: Timestamp| sent.saturating_since(of);
    let answers = entries.iter().map(|signed| Skew {
        org: alert.author,
        against: Some(signed.author),
        ahead: ahead(alert.alert.sent, signed.entry.sent),
    });
    let own = entries.iter().map(|signed| (signed.author, signed.entry.sent));
    let now = own.chain([(alert.author, alert.alert.sent)]).map(|(org, sent)| Skew {
        org,
        against: None,
        ahead: ahead(sent, now),
    });
    let other = |skew: &Skew| skew.against != Some(skew.org) && skew.ahead > MAX_SKEW;
    let mut found: Vec<Skew> = answers.chain(now).filter(other).collect();
    found.sort_by_key(|skew| (skew.org, skew.against, Reverse(skew.ahead)));
    found.dedup_by_key(|skew| (skew.org, skew.against));
    found
}
