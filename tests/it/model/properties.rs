//! What the specification promises of any set, and of a set with one more statement.

use std::collections::BTreeSet;

use ceiba::{
    membership::{Change, Evidence, StatementKind, VerifiedStatement, resolve},
    model::id::{CircleId, OrgId, StatementId},
};

use super::{
    compare::real_set,
    spec::{Spec, Statements, Told},
};

/// What must hold of one set.
pub(super) fn of_one(circle: CircleId, set: &Statements, told: &Told) -> Result<(), String> {
    if told.voters.is_empty() {
        return Err("a decision left a circle without a vote".to_owned());
    }
    in_one_ballot_only_who_votes_twice_makes_rivals(circle, set)?;
    for (id, removed) in removals(set).filter(|(id, _)| told.decisions.contains_key(id)) {
        let back = told.orgs.get(&removed).is_some_and(|it| it.is_in);
        if back && !is_lifted(set, told, &id, &removed) {
            return Err(format!("{removed:?} is in, and nobody lifted its removal {id:?}"));
        }
        let accepted = told.path.contains(&id);
        if accepted && told.voters.contains(&removed) && !is_lifted(set, told, &id, &removed) {
            return Err(format!("{removed:?} has a vote, and nobody lifted its removal {id:?}"));
        }
    }
    Ok(())
}

/// What must hold when a statement comes to a set.
pub(super) fn of_growth(
    before: &Told,
    after: &Told,
    new: &VerifiedStatement,
) -> Result<(), String> {
    if let Some(lost) = before.decisions.keys().find(|id| !after.decisions.contains_key(id)) {
        return Err(format!("{lost:?} is no decision any more"));
    }
    let stop = matches!(new.kind(), StatementKind::Suspension | StatementKind::Admission);
    let votes = |told: &Told| (told.path.clone(), told.voters.clone(), told.needed);
    if stop && votes(before) != votes(after) {
        return Err("a suspension or an admission has changed who rules".to_owned());
    }
    Ok(())
}

/// Decisions of one parent in one ballot share a voter, who is shown.
fn in_one_ballot_only_who_votes_twice_makes_rivals(
    circle: CircleId,
    set: &Statements,
) -> Result<(), String> {
    let spec = Spec::read(circle, set);
    let decisions: Vec<_> = spec.decisions().into_iter().collect();
    let ballot = |id: &StatementId| spec.proposal(id).map(|it| (it.parent, it.attempt));
    for (n, one) in decisions.iter().enumerate() {
        for other in decisions[n + 1..].iter().filter(|other| ballot(one) == ballot(other)) {
            if spec.is_made_by_roots(one) || spec.is_made_by_roots(other) {
                continue;
            }
            let both = &spec.votes_for(one) & &spec.votes_for(other);
            if both.is_empty() {
                return Err(format!("{one:?} and {other:?} are rivals, and nobody voted twice"));
            }
        }
    }
    Ok(())
}

/// Who voted twice with devices that nobody revoked is shown.
pub(super) fn double_votes_are_shown(circle: CircleId, set: &Statements) -> Result<(), String> {
    let spec = Spec::read(circle, set);
    let shown = resolve(&real_set(circle, set.values()));
    let doubles: BTreeSet<OrgId> = spec
        .approvals()
        .filter(|(_, it)| spec.voted_twice(&it.org, &(it.parent, it.attempt)))
        .map(|(_, it)| it.org)
        .collect();
    let has_votes = |org: &OrgId| {
        let mut evidence = shown.equivocators().get(org).into_iter().flatten();
        evidence.any(|it| matches!(it, Evidence::Votes(_)))
    };
    match doubles.iter().find(|org| !has_votes(org)) {
        Some(org) => Err(format!("{org:?} voted twice and is not shown")),
        None => Ok(()),
    }
}

fn removals(set: &Statements) -> impl Iterator<Item = (StatementId, OrgId)> {
    set.iter().flat_map(|(id, statement)| {
        changes(statement).iter().filter_map(|change| match change {
            Change::RemoveOrg { org, .. } => Some((*id, *org)),
            _ => None,
        })
    })
}

fn changes(statement: &VerifiedStatement) -> &[Change] {
    match statement {
        VerifiedStatement::Proposal(it) => &it.value().changes,
        _ => &[],
    }
}

/// Whether an accepted decision names the removal, or closed the past in which it lies.
fn is_lifted(set: &Statements, told: &Told, removal: &StatementId, removed: &OrgId) -> bool {
    let accepted = told.path.iter().filter_map(|id| set.get(id)).flat_map(changes);
    let closed = !told.path.contains(removal);
    accepted.into_iter().any(|change| match change {
        Change::ReadmitOrg { org, lifts } => org == removed && lifts.contains(removal),
        Change::CloseHistory { .. } => closed,
        _ => false,
    })
}
