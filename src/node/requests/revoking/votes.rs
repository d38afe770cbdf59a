//! Which approvals of a revoked device go on to stand, and what becomes of the decisions.
//!
//! Every coalition begins with one steward, whose first device approved the first decisions: were
//! none of its approvals to stand, nothing that came of them would, for nobody and for good. So they
//! stand unless people say otherwise, and those are shown beforehand what falls with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{
        ApiError,
        device::{Keep, KeptVotes},
    },
    membership::{Revocation, VerifiedStatement, resolve_if_revoked},
    model::id::{CircleId, DeviceId, StatementId},
    node::{Node, errors},
};

/// What people call the beginning of every circle.
const GENESIS: &str = "genesis";
/// Characters of an id that people have to give.
const MIN_PREFIX: usize = 4;

fn genesis(circle: &CircleId) -> StatementId {
    StatementId::new(*circle.as_bytes())
}

impl Node {
    /// The newest decision of each circle up to which the approvals of a device stand.
    pub(super) fn last_votes(
        &self,
        keep: &Keep,
        circles: &[CircleId],
    ) -> Result<BTreeMap<CircleId, StatementId>, ApiError> {
        let mut named: BTreeMap<CircleId, StatementId> = BTreeMap::new();
        for text in keep.votes_until.iter().filter(|text| *text != GENESIS) {
            let (circle, decision) = self.find_decision(text, circles)?;
            if named.insert(circle, decision).is_some() {
                return Err(errors::usage(format!(
                    "{text:?} is the second decision of circle {}",
                    circle.short()
                ))
                .hint("name one decision of a circle, the last for which the approval stands"));
            }
        }
        let none_else = keep.votes_until.iter().any(|text| text == GENESIS);
        for circle in circles {
            let tip = if none_else { genesis(circle) } else { self.known(circle)?.tip() };
            named.entry(*circle).or_insert(tip);
        }
        Ok(named)
    }

    /// An accepted decision of one of these circles, by the beginning of its id.
    fn find_decision(
        &self,
        prefix: &str,
        circles: &[CircleId],
    ) -> Result<(CircleId, StatementId), ApiError> {
        let mut found = BTreeSet::new();
        for circle in circles.iter().filter(|_circle| prefix.len() >= MIN_PREFIX) {
            let path = self.known(circle)?.path().iter();
            let of = path.filter(|decision| decision.to_string().starts_with(prefix));
            found.extend(of.map(|decision| (*circle, *decision)));
        }
        match (found.pop_first(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_several), false) => {
                Err(errors::not_found(format!("{prefix:?} names several decisions"))
                    .hint("give more of the id"))
            }
            (None, _) => Err(errors::not_found(format!("no decision is called {prefix:?}")).hint(
                "`ceiba proposal list --all` shows the decisions; genesis is before the first",
            )),
        }
    }

    /// What becomes of the decisions of the circles in which a device approved some.
    pub(super) fn kept_votes(
        &self,
        revocation: &Revocation,
        last_votes: &BTreeMap<CircleId, StatementId>,
    ) -> Vec<KeptVotes> {
        let kept = last_votes.iter().filter_map(|(circle, last)| {
            let membership = self.known(circle).ok()?;
            let approvals = self.approved_by(circle, &revocation.device);
            if approvals.is_empty() {
                return None;
            }
            let path = membership.path();
            let bound = path.iter().position(|it| it == last);
            let approved = || path.iter().enumerate().filter(|(_, it)| approvals.contains(it));
            let set = self.replica.statement_set(circle)?;
            let after = resolve_if_revoked(set, &self.org(), revocation);
            let accepted: BTreeSet<&StatementId> = after.path().iter().collect();
            let out = membership.orgs().keys();
            let out = out.filter(|org| membership.is_member(org) && !after.is_member(org));
            Some(KeptVotes {
                circle: *circle,
                circle_name: self.circle_name(circle),
                approved: approved().count(),
                standing: approved()
                    .filter(|(depth, _)| bound.is_some_and(|it| *depth <= it))
                    .count(),
                falls: path.iter().filter(|it| !accepted.contains(it)).copied().collect(),
                out: out.map(|org| self.org_label(org)).collect(),
            })
        });
        kept.filter(|it| it.approved > 0 || !it.falls.is_empty() || !it.out.is_empty()).collect()
    }

    /// The proposals that a device approved in a circle.
    fn approved_by(&self, circle: &CircleId, device: &DeviceId) -> BTreeSet<StatementId> {
        let approvals = self.replica.statements(circle).filter_map(|statement| {
            if let VerifiedStatement::Approval(it) = statement { Some(it.value()) } else { None }
        });
        approvals.filter(|it| it.device == *device).map(|it| it.proposal).collect()
    }
}
