//! Members of a circle, their removal and suspension.

use std::collections::BTreeMap;

use crate::{
    api::{Answer, ApiError, answer},
    membership::{Change, Impossible, OrgStatus, RemovalEffects, SuspensionTarget},
    model::{
        id::{CircleId, OrgId},
        text::{counted, fold},
    },
    node::{Node, errors},
};

impl Node {
    pub(super) fn members(&self, circle: &CircleId) -> Vec<answer::Member> {
        let Some(membership) = self.replica.membership(circle) else { return Vec::new() };
        let mut members: Vec<answer::Member> =
            membership.orgs().keys().map(|org| self.member(circle, org)).collect();
        note_same_names(&mut members);
        members
    }

    fn member(&self, circle: &CircleId, org: &OrgId) -> answer::Member {
        let membership = self.replica.membership(circle);
        let state = membership.and_then(|it| it.org(org));
        let devices = membership.into_iter().flat_map(|it| it.devices());
        let mut notes = Vec::new();
        if state.is_some_and(|it| it.voteless) {
            notes.push("lost its vote: it voted twice".to_owned());
        }
        if state.is_some_and(|it| it.status() == OrgStatus::Dormant) {
            notes.push("silent".to_owned());
        }
        if state.is_some_and(|it| it.admission.is_some() && !it.is_out()) {
            notes.push("admitted; the next decision takes it fully in".to_owned());
        }
        if membership.is_some_and(|it| it.equivocators().contains_key(org)) {
            notes.push("signed what contradicts itself: ask it why".to_owned());
        }
        answer::Member {
            org: *org,
            name: self.org_name(org),
            standing: self.standing_of(circle, org),
            own: *org == self.org(),
            devices: devices.filter(|(_, it)| it.org == *org).map(|(id, _)| *id).collect(),
            notes,
        }
    }

    pub(super) fn list_members(&self, circle: Option<&str>) -> Result<Answer, ApiError> {
        let circle = match circle {
            Some(circle) => self.find_circle(circle)?,
            None => self.find_coalition(None)?,
        };
        Ok(Answer::Members(self.members(&circle)))
    }

    pub(super) fn remove_member(
        &mut self,
        circle: &CircleId,
        org: &str,
        dry_run: bool,
    ) -> Result<Answer, ApiError> {
        let org = self.find_org(circle, org)?;
        let effects = self.known(circle)?.explain_removal(&org);
        match effects.impossible {
            None => {}
            Some(Impossible::NotIn) => {
                return Err(errors::refused(format!(
                    "{} is not in the circle",
                    self.org_label(&org)
                )));
            }
            Some(Impossible::LastSteward) => {
                return Err(errors::refused(format!(
                    "{} is the last steward: nobody could decide anything without it",
                    self.org_label(&org)
                ))
                .hint("make another organisation a steward first"));
            }
        }
        let (achieves, does_not_achieve) = self.explain(circle, &effects);
        let mut proposals = Vec::new();
        if !dry_run {
            let change = Change::RemoveOrg { org, cut_offs: self.cut_offs(circle, &org) };
            let id = self.propose(circle, vec![change])?;
            proposals.push(self.proposal(circle, &id)?);
            proposals.extend(self.proposals_in_children(circle, &org));
        }
        let name = self.org_name(&org);
        Ok(Answer::Removal(answer::Removal { org, name, achieves, does_not_achieve, proposals }))
    }

    fn proposals_in_children(&self, parent: &CircleId, org: &OrgId) -> Vec<answer::Proposal> {
        let mut found = Vec::new();
        for child in self.replica.circle_ids() {
            let Some(membership) = self.replica.membership(&child) else { continue };
            if membership.parent() != Some(*parent) {
                continue;
            }
            for statement in self.replica.statements(&child) {
                if let crate::membership::VerifiedStatement::Proposal(it) = statement {
                    let removes = |change: &Change| matches!(change, Change::RemoveOrg { org: removed, .. } if removed == org);
                    if it.value().changes.iter().any(removes) {
                        found.extend(self.proposal(&child, &it.id()).ok());
                    }
                }
            }
        }
        found
    }

    fn explain(&self, circle: &CircleId, effects: &RemovalEffects) -> (Vec<String>, Vec<String>) {
        let name = self.org_label(&effects.org);
        let devices = counted(effects.devices.len(), "device");
        let needed = effects.needed;
        let mut achieves = vec![
            format!("what is written from then on is closed to {name}: no new key goes to it ({devices}), and the next writer makes a new key without them"),
            "its entries count up to the last one that this node holds; later ones are put into quarantine on every node, however they arrive".to_owned(),
            "partners' nodes stop serving it and close their sessions with it".to_owned(),
            format!("it needs {} by stewards; after it, decisions need {}", counted(needed, "approval"), effects.needed_after),
        ];
        let children = self
            .replica
            .circle_ids()
            .filter(|child| {
                self.replica
                    .membership(child)
                    .is_some_and(|it| it.parent() == Some(*circle) && it.is_member(&effects.org))
            })
            .count();
        if children > 0 {
            achieves.push(format!("it is suspended in {children} circles of this coalition that this node knows, until each decides to remove it (this node proposes that where it is a steward)"));
        }
        if !effects.voided_invites.is_empty() {
            achieves.push(format!(
                "{} tickets that it handed out become void",
                effects.voided_invites.len()
            ));
        }
        let mut not = vec![
            "it does not take back what it has read: copies, keys and names that reached it stay with it".to_owned(),
            "partners that have not heard of the decision go on serving it until they sync".to_owned(),
            "it does not hide that the other nodes exist, nor their addresses, which it knows".to_owned(),
        ];
        if !effects.possible_without_it {
            not.push("the other stewards cannot decide this without its own approval".to_owned());
        }
        if !effects.ended_suspensions.is_empty() {
            not.push("suspensions that it made end with its part as a steward".to_owned());
        }
        (achieves, not)
    }

    pub(super) fn reinstate_member(
        &mut self,
        org: &str,
        circle: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let circle = self.find_coalition(circle)?;
        let org = self.find_org(&circle, org)?;
        let lifts: Vec<Change> = self
            .known(&circle)?
            .suspensions()
            .filter(|(_, suspension)| suspension.target.org() == org)
            .map(|(id, _)| Change::LiftSuspension { suspension: *id })
            .collect();
        if lifts.is_empty() {
            let name = self.org_label(&org);
            return Err(errors::refused(format!("{name} is not suspended"))
                .hint("`ceiba member list` shows how organisations stand"));
        }
        let id = self.propose(&circle, lifts)?;
        Ok(Answer::Proposal(self.proposal(&circle, &id)?))
    }

    pub(super) fn suspend_member(
        &mut self,
        org: &str,
        circle: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let circle = self.find_coalition(circle)?;
        let org = self.find_org(&circle, org)?;
        if org == self.org() {
            return Err(errors::usage("an organisation does not suspend itself")
                .hint("stop the node instead: `ceiba run` ends on Ctrl-C"));
        }
        let cut_offs = self.cut_offs(&circle, &org);
        let membership = self.known(&circle)?;
        let target = SuspensionTarget::Org(org);
        let suspension = self.author().suspend(membership, target, cut_offs)?;
        self.keep(&circle, &[suspension])?;
        self.settle();
        Ok(Answer::Members(self.members(&circle)))
    }
}

/// Notes whose name another presents itself under too: which of them is meant, only ids tell.
fn note_same_names(members: &mut [answer::Member]) {
    let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
    for name in members.iter().filter_map(|member| member.name.as_deref()) {
        *bearers.entry(fold(name)).or_default() += 1;
    }
    for member in members {
        let shared = member.name.as_deref().and_then(|name| bearers.get(&fold(name)));
        if shared.is_some_and(|count| *count > 1) {
            member.notes.push("another member presents itself under this name".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::note_same_names;
    use crate::{api::answer, model::id::OrgId};

    #[test]
    fn a_name_that_two_present_themselves_under_is_noted() {
        let member = |number: u8, name: Option<&str>| answer::Member {
            org: OrgId::new([number; 32]),
            name: name.map(str::to_owned),
            standing: answer::Standing::Member,
            own: false,
            devices: Vec::new(),
            notes: Vec::new(),
        };
        let mut members = [
            member(1, Some("Asociación Vereda")),
            member(2, Some("asociacion vereda")),
            member(3, Some("Another")),
            member(4, None),
            member(5, None),
        ];
        note_same_names(&mut members);
        assert_eq!(members.map(|member| member.notes.len()), [1, 1, 0, 0, 0]);
    }
}
