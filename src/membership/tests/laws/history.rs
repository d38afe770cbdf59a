//! Histories in which stewards do what they like.

use std::sync::OnceLock;

use proptest::prelude::*;

use crate::{
    crypto::Signed,
    membership::{
        Accusation, Admission, Change, CutOff, CutOffs, DeviceRole, OrgRole, Proposal, Revocation,
        StandingWork, Suspension, SuspensionTarget, VerifiedStatement,
        kit::{Kit, Org, hash, invite, key},
    },
    model::id::{DeviceId, InviteId, StatementId},
};

/// Organisations in a history, the first three of them stewards from the start.
pub(super) const ORGS: usize = 5;

/// One thing that happens; numbers pick among what there is.
#[derive(Debug, Clone)]
enum Act {
    Decide { voters: u8, parent: usize, attempt: u32, what: u8, whom: usize, adopt: bool },
    Vote { voter: usize, proposal: usize },
    Accuse { voters: u8, votes: (usize, usize) },
    Suspend { by: usize, whom: usize, number: u32, known: usize },
    Admit { by: usize, whom: usize, ticket: u8 },
    Revoke { whom: usize, decision: usize, named: bool },
}

/// Mostly enough to decide, so that histories get somewhere.
fn voters() -> impl Strategy<Value = u8> {
    prop_oneof![2 => any::<u8>(), 3 => any::<u8>().prop_map(|some| some | 0b11), 2 => any::<u8>().prop_map(|some| some | 0b111)]
}

fn act() -> impl Strategy<Value = Act> {
    let (many, org) = (0..1000usize, 0..ORGS);
    prop_oneof![
        10 => (voters(), many.clone(), 0..3u32, 0..16u8, org.clone(), any::<bool>()).prop_map(
            |(voters, parent, attempt, what, whom, adopt)| Act::Decide {
                voters, parent, attempt, what, whom, adopt
            }
        ),
        2 => (org.clone(), many.clone()).prop_map(|(voter, proposal)| Act::Vote { voter, proposal }),
        1 => (voters(), (many.clone(), many.clone()))
            .prop_map(|(voters, votes)| Act::Accuse { voters, votes }),
        2 => (org.clone(), org.clone(), 0..2u32, many.clone())
            .prop_map(|(by, whom, number, known)| Act::Suspend { by, whom, number, known }),
        3 => (org.clone(), org.clone(), 0..3u8)
            .prop_map(|(by, whom, ticket)| Act::Admit { by, whom, ticket }),
        1 => (org, many, any::<bool>())
            .prop_map(|(whom, decision, named)| Act::Revoke { whom, decision, named }),
    ]
}

pub(super) fn history() -> impl Strategy<Value = Kit> {
    proptest::collection::vec(act(), 1..32).prop_map(|acts| {
        let mut kit = founded().clone();
        for act in &acts {
            happen(&mut kit, act);
        }
        kit
    })
}

fn founded() -> &'static Kit {
    static FOUNDED: OnceLock<Kit> = OnceLock::new();
    FOUNDED.get_or_init(|| {
        let admins = [("admin", DeviceRole::Admin), ("spare", DeviceRole::Admin)];
        let orgs = (0..ORGS).map(|n| Org::with_devices(&format!("org {n}"), &admins));
        let mut kit = Kit::founded(orgs.collect(), 3, |_| {});
        let tickets = [0, 1].map(|n| invite(&format!("ticket {n}"), kit.id(n), OrgRole::Steward));
        kit.decide(&[0, 1], tickets.to_vec());
        kit
    })
}

/// Ids of all statements of a kind, the genesis among the proposals.
fn ids(kit: &Kit, wanted: fn(&VerifiedStatement) -> bool) -> Vec<StatementId> {
    kit.set.iter().filter(|(_, it)| wanted(it)).map(|(id, _)| *id).collect()
}

fn parents(kit: &Kit) -> Vec<StatementId> {
    ids(kit, |it| matches!(it, VerifiedStatement::Proposal(_) | VerifiedStatement::Genesis(_)))
}

fn pick<T: Copy>(from: &[T], n: usize) -> T {
    from[n % from.len()]
}

fn happen(kit: &mut Kit, act: &Act) {
    match act {
        Act::Decide { voters, parent, attempt, what, whom, adopt } => {
            // Half of them at the tip, so that chains get long.
            let parents = parents(kit);
            let parent = if parent % 2 == 0 { kit.now().tip() } else { pick(&parents, parent / 2) };
            let proposal = proposal(kit, *voters, parent, *attempt, *what, *whom, *adopt);
            vote(kit, *voters, proposal);
        }
        Act::Vote { voter, proposal } => {
            let proposals = ids(kit, |it| matches!(it, VerifiedStatement::Proposal(_)));
            if !proposals.is_empty() {
                kit.raw_approve(*voter, &pick(&proposals, *proposal));
            }
        }
        Act::Accuse { voters, votes } => {
            let approvals = ids(kit, |it| matches!(it, VerifiedStatement::Approval(_)));
            if !approvals.is_empty() {
                let known = kit.now().unjudged().map(|(_, it)| *it).next();
                let other = Accusation::of(pick(&approvals, votes.0), pick(&approvals, votes.1));
                let mut proposal = blank(kit, *voters, kit.now().tip(), 0);
                proposal.accuses = vec![known.unwrap_or(other)];
                vote(kit, *voters, proposal);
            }
        }
        Act::Suspend { by, whom, number, known } => suspend(kit, *by, *whom, *number, *known),
        Act::Admit { by, whom, ticket } => admit(kit, *by, *whom, *ticket),
        Act::Revoke { whom, decision, named } => revoke(kit, *whom, *decision, *named),
    }
}

fn blank(kit: &Kit, voters: u8, parent: StatementId, attempt: u32) -> Proposal {
    let org = &kit.orgs[usize::from(voters) % ORGS];
    Proposal {
        circle: kit.circle(),
        parent,
        attempt,
        adopts: [].into(),
        accuses: Vec::new(),
        changes: Vec::new(),
        org: org.id,
        device: org.device(),
    }
}

fn proposal(
    kit: &Kit,
    voters: u8,
    parent: StatementId,
    attempt: u32,
    what: u8,
    whom: usize,
    adopt: bool,
) -> Proposal {
    let mut proposal = blank(kit, voters, parent, attempt);
    proposal.changes = vec![change(kit, what, whom, voters)];
    if adopt {
        proposal.adopts = kit.now().unadopted().map(|(_, admission)| *admission).collect();
    }
    proposal
}

fn change(kit: &Kit, what: u8, whom: usize, pick: u8) -> Change {
    let org = kit.id(whom);
    let role = if pick.is_multiple_of(2) { OrgRole::Steward } else { OrgRole::Member };
    let removals = || {
        let state = kit.now().org(&org).cloned();
        state.map(|state| state.removed_by).unwrap_or_default()
    };
    let cut = CutOff { count: 2, last: hash(1) };
    let cut_offs =
        if pick.is_multiple_of(3) { CutOffs::new() } else { [(kit.log(whom), cut)].into() };
    match what {
        0..=3 => Change::RemoveOrg { org, cut_offs },
        4 => Change::AddOrg { org, role },
        5 => Change::SetRole { org, role },
        6 => Change::ReadmitOrg { org, lifts: removals() },
        7 => Change::SetDormant { org, dormant: pick.is_multiple_of(2) },
        8 => Change::SetApprovals { approvals: u32::from(pick % 4) },
        9 => Change::RestoreVote { org },
        10 => Change::CloseHistory { keep: [].into() },
        11 => {
            Change::ReadmitEntries { log: kit.log(whom), up_to: CutOff { count: 3, last: hash(2) } }
        }
        12 => Change::RevokeInvite { invite: ticket(pick % 3) },
        13 => {
            let back = kit.now().orgs().iter().find(|(_, it)| it.is_out()).map(|(org, _)| *org);
            let org = back.unwrap_or(org);
            let lifts = kit.now().org(&org).map(|it| it.removed_by.clone()).unwrap_or_default();
            Change::ReadmitOrg { org, lifts }
        }
        _ => invite(&format!("ticket {}", pick % 3), org, role),
    }
}

fn ticket(n: u8) -> InviteId {
    InviteId::new(key(&format!("ticket {n}")).verifying_key().to_bytes())
}

/// Lets those vote whose bit is set.
fn vote(kit: &mut Kit, voters: u8, proposal: Proposal) {
    let author = kit.orgs[usize::from(voters) % ORGS].admin.clone();
    let id = kit.add(Signed::sign(&author, proposal));
    for org in (0..ORGS).filter(|org| voters >> org & 1 == 1) {
        kit.raw_approve(org, &id);
    }
}

fn suspend(kit: &mut Kit, by: usize, whom: usize, number: u32, known: usize) {
    let org = kit.orgs[by].clone();
    let suspension = Suspension {
        circle: kit.circle(),
        decision: pick(&parents(kit), known),
        number,
        target: SuspensionTarget::Org(kit.id(whom)),
        cut_offs: [(kit.log(whom), CutOff { count: 1, last: hash(0) })].into(),
        org: org.id,
        device: org.device(),
    };
    kit.add(Signed::sign(&org.admin, suspension));
}

fn admit(kit: &mut Kit, by: usize, whom: usize, ticket: u8) {
    // Mostly by whom the invite names.
    let named = kit.now().invites().get(&self::ticket(ticket)).map(|it| it.inviter);
    let named = kit.orgs.iter().position(|org| Some(org.id) == named && by > 0);
    let (inviter, joiner) = (kit.orgs[named.unwrap_or(by)].clone(), kit.orgs[whom].clone());
    let secret = key(&format!("ticket {ticket}"));
    let request = joiner.author().ask_to_join(kit.circle(), &secret, joiner.manifest.id()).unwrap();
    let admission = Admission::of(request, inviter.id, inviter.device());
    kit.add(Signed::sign(&inviter.admin, admission));
}

fn revoke(kit: &mut Kit, whom: usize, decision: usize, named: bool) {
    let org = kit.orgs[whom].clone();
    let mut revocation = Revocation::new(DeviceId::new(org.admin.verifying_key().to_bytes()));
    if named {
        let cut_offs = [(kit.log(whom), CutOff { count: 1, last: hash(0) })].into();
        let decision = pick(&parents(kit), decision);
        revocation = revocation.keeping(&kit.circle(), StandingWork { decision, cut_offs });
    }
    kit.add(org.next(|core| {
        core.devices.remove(0);
        core.revocations.push(revocation);
    }));
}
