//! What may happen in a world: small numbers that become statements of the set as it is.

use std::collections::BTreeSet;

use ceiba::{
    membership::{
        Accusation, Admission, Change, CutOff, CutOffs, Manifest, OrgRole, Proposal, Revocation,
        StandingWork, Suspension, SuspensionTarget, VerifiedStatement, approve_with_root,
    },
    model::{
        id::{CircleId, EntryHash, Incarnation, Lane, LogId, StatementId},
        time::Timestamp,
    },
};
use proptest::prelude::*;

use super::{
    cast::{Cast, DEVICES, ORGS, ROOTS},
    spec::Statements,
};

/// A change of some kind, about an organisation, with one more choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) kind: u8,
    pub(super) org: u8,
    pub(super) more: u8,
}

/// Something that somebody signs, by no rule at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Move {
    /// A proposal and the approvals of some.
    Decide {
        by: u8,
        parent: u8,
        attempt: u8,
        wishes: Vec<Wish>,
        approvals: Vec<(u8, u8)>,
        extras: u8,
    },
    /// An approval; it may lie about its ballot.
    Approve { by: u8, device: u8, proposal: u8, lie: bool },
    /// Root approvals of some.
    Break { proposal: u8, by: Vec<(u8, u8)> },
    /// An inviter's countersignature.
    Admit { by: u8, device: u8, joiner: u8, ticket: u8 },
    /// A stop.
    Suspend { by: u8, device: u8, target: u8, only: u8, number: u8, decision: u8 },
    /// A manifest after some other.
    Certify { org: u8, after: u8, kind: u8, revoke: u8, keep: u8 },
}

pub(super) fn number(n: usize) -> u8 {
    u8::try_from(n).unwrap()
}

pub(super) fn wish() -> impl Strategy<Value = Wish> {
    // Removals and re-admissions are what most rules are about.
    let kind = prop_oneof![4 => Just(3_u8), 3 => Just(8_u8), 2 => Just(0_u8), 6 => 0..13_u8];
    (kind, 0..number(ORGS), any::<u8>()).prop_map(|(kind, org, more)| Wish { kind, org, more })
}

/// One of the statements of a kind: mostly the newest, often the first.
fn pick() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(0_u8), 2 => Just(255_u8), 3 => any::<u8>()]
}

pub(super) fn any_move() -> impl Strategy<Value = Move> {
    let org = || 0..number(ORGS);
    let device = || prop_oneof![3 => Just(0_u8), 1 => 0..number(DEVICES)];
    // Votes of all make a decision of most proposals; without those, few histories get anywhere.
    let everybody = Just((0..number(ORGS)).map(|org| (org, 0)).collect::<Vec<_>>());
    let voters = || prop_oneof![3 => everybody.clone(), 2 => prop::collection::vec((org(), device()), 0..=4)];
    prop_oneof![
        8 => (org(), pick(), 0..2_u8, prop::collection::vec(wish(), 1..=2), voters(), any::<u8>())
            .prop_map(|(by, parent, attempt, wishes, approvals, extras)| {
                Move::Decide { by, parent, attempt, wishes, approvals, extras }
            }),
        4 => (org(), device(), pick(), prop::bool::weighted(0.1))
            .prop_map(|(by, device, proposal, lie)| Move::Approve { by, device, proposal, lie }),
        1 => (pick(), voters()).prop_map(|(proposal, by)| Move::Break { proposal, by }),
        2 => (org(), device(), org(), 0..3_u8)
            .prop_map(|(by, device, joiner, ticket)| Move::Admit { by, device, joiner, ticket }),
        2 => (org(), device(), org(), 0..4_u8, 0..3_u8, pick()).prop_map(
            |(by, device, target, only, number, decision)| {
                Move::Suspend { by, device, target, only, number, decision }
            }
        ),
        3 => (org(), pick(), 0..6_u8, 0..4_u8, pick())
            .prop_map(|(org, after, kind, revoke, keep)| {
                Move::Certify { org, after, kind, revoke, keep }
            }),
    ]
}

/// Which of the logs of a device: one is enough.
pub(super) fn log_of(cast: &Cast, org: usize, device: usize) -> LogId {
    let incarnation = Incarnation::new([1; 16]);
    LogId { device: cast.device(org, device), incarnation, lane: Lane::Record }
}

fn cut(n: u8) -> CutOff {
    let last = EntryHash::new(*blake3::hash(&[n]).as_bytes());
    CutOff { count: u64::from(n % 3) + 1, last }
}

fn cuts(cast: &Cast, org: usize, more: u8) -> CutOffs {
    let devices = (0..DEVICES).filter(|n| more >> n & 1 == 1);
    devices.map(|n| (log_of(cast, org, n), cut(more / 8))).collect()
}

/// A world that moves.
pub(super) struct Writer<'a> {
    pub(super) cast: &'a Cast,
    pub(super) circle: CircleId,
    /// All that was ever signed, in this order.
    pub(super) order: Vec<VerifiedStatement>,
}

impl Writer<'_> {
    fn set(&self) -> Statements {
        self.order.iter().map(|it| (it.id(), it.clone())).collect()
    }

    fn picked<T>(&self, pick: u8, of: impl Fn(&VerifiedStatement) -> Option<T>) -> Option<T> {
        let mut all: Vec<_> = self.order.iter().filter_map(of).collect();
        let place = match pick {
            0 => all.len().checked_sub(1)?,
            255 => 0,
            other => usize::from(other) % all.len().max(1),
        };
        (place < all.len()).then(|| all.swap_remove(place))
    }

    fn pick_proposal(&self, pick: u8) -> Option<StatementId> {
        self.picked(pick, |it| matches!(it, VerifiedStatement::Proposal(_)).then(|| it.id()))
    }

    /// The genesis or a proposal.
    fn pick_decision(&self, pick: u8) -> StatementId {
        let any = |it: &VerifiedStatement| {
            let decision =
                matches!(it, VerifiedStatement::Genesis(_) | VerifiedStatement::Proposal(_));
            decision.then(|| it.id())
        };
        self.picked(pick, any).unwrap()
    }

    pub(super) fn play(&mut self, step: &Move) {
        match step {
            Move::Decide { by, parent, attempt, wishes, approvals, extras } => {
                let id = self.propose(*by, *parent, *attempt, wishes, *extras);
                for (org, device) in approvals {
                    self.approve(usize::from(*org), usize::from(*device), id, false);
                }
            }
            Move::Approve { by, device, proposal, lie } => {
                if let Some(id) = self.pick_proposal(*proposal) {
                    self.approve(usize::from(*by), usize::from(*device), id, *lie);
                }
            }
            Move::Break { proposal, by } => {
                let Some(id) = self.pick_proposal(*proposal) else { return };
                for (org, root) in by {
                    let player = &self.cast.players[usize::from(*org)];
                    let root = &player.roots[usize::from(*root) % ROOTS];
                    self.add(approve_with_root(self.circle, id, player.id, root));
                }
            }
            Move::Admit { by, device, joiner, ticket } => {
                let [by, device, joiner, ticket] =
                    [by, device, joiner, ticket].map(|it| usize::from(*it));
                let org = self.cast.org(joiner);
                let newest = self.picked(0, |it| {
                    it.as_manifest().filter(|it| it.core().org == org).map(|_| it.id())
                });
                let Some(manifest) = newest else { return };
                let request = self.cast.request(self.circle, joiner, ticket, manifest);
                let (org, with) = (self.cast.org(by), self.cast.device(by, device));
                self.add(self.cast.sign(by, device, Admission::of(request, org, with)));
            }
            Move::Suspend { by, device, target, only, number, decision } => {
                let [by, device, target_org] = [by, device, target].map(|it| usize::from(*it));
                let org = self.cast.org(target_org);
                let target = match usize::from(*only) {
                    0 => SuspensionTarget::Device(org, self.cast.device(target_org, 0)),
                    1 => SuspensionTarget::Device(org, self.cast.device(target_org, 1)),
                    _ => SuspensionTarget::Org(org),
                };
                let suspension = Suspension {
                    circle: self.circle,
                    decision: self.pick_decision(*decision),
                    number: u32::from(*number),
                    target,
                    cut_offs: cuts(self.cast, target_org, *decision),
                    org: self.cast.org(by),
                    device: self.cast.device(by, device),
                };
                self.add(self.cast.sign(by, device, suspension));
            }
            Move::Certify { org, after, kind, revoke, keep } => {
                self.certify(usize::from(*org), *after, *kind, usize::from(*revoke), *keep);
            }
        }
    }

    fn add(&mut self, statement: VerifiedStatement) {
        if !self.order.iter().any(|it| it.id() == statement.id()) {
            self.order.push(statement);
        }
    }

    fn approve(&mut self, org: usize, device: usize, id: StatementId, lie: bool) {
        let Some(statement) = self.cast.approve(org, device, &self.set(), id) else { return };
        if lie && let VerifiedStatement::Approval(it) = &statement {
            let mut lying = it.value().clone();
            lying.attempt = 1 - lying.attempt.min(1);
            return self.add(self.cast.sign(org, device, lying));
        }
        self.add(statement);
    }

    fn propose(
        &mut self,
        by: u8,
        parent: u8,
        attempt: u8,
        wishes: &[Wish],
        extras: u8,
    ) -> StatementId {
        let by = usize::from(by);
        let proposal = Proposal {
            circle: self.circle,
            parent: self.pick_decision(parent),
            attempt: u32::from(attempt),
            adopts: if extras.is_multiple_of(3) { self.admissions() } else { BTreeSet::new() },
            accuses: if extras.is_multiple_of(5) { self.double_votes(extras) } else { Vec::new() },
            changes: wishes.iter().map(|wish| self.change(*wish)).collect(),
            org: self.cast.org(by),
            device: self.cast.device(by, 0),
        };
        let statement = self.cast.sign(by, 0, proposal);
        let id = statement.id();
        self.add(statement);
        id
    }

    fn admissions(&self) -> BTreeSet<StatementId> {
        let admission = |it: &VerifiedStatement| it.as_admission().map(|_| it.id());
        self.picked(0, admission).into_iter().collect()
    }

    /// A double vote that can be proven, or now and then two votes that are none.
    fn double_votes(&self, extras: u8) -> Vec<Accusation> {
        let votes = self.order.iter().filter_map(|it| match it {
            VerifiedStatement::Approval(it) => Some((it.id(), it.value())),
            _ => None,
        });
        let votes: Vec<_> = votes.collect();
        let pairs = votes
            .iter()
            .enumerate()
            .flat_map(|(n, one)| votes[n + 1..].iter().map(move |other| (one, other)));
        let proven = pairs.filter(|(one, other)| {
            let double = one.1.org == other.1.org
                && one.1.proposal != other.1.proposal
                && (one.1.parent, one.1.attempt) == (other.1.parent, other.1.attempt);
            double || extras == 5
        });
        proven.map(|(one, other)| Accusation::of(one.0, other.0)).take(1).collect()
    }

    pub(super) fn change(&self, wish: Wish) -> Change {
        let Wish { kind, org: who, more } = wish;
        let org = self.cast.org(usize::from(who));
        let role = if more.is_multiple_of(2) { OrgRole::Steward } else { OrgRole::Member };
        let invite = self.cast.invite(usize::from(more / 4));
        match kind {
            0 => Change::AddOrg { org, role },
            1 => {
                let expires = Timestamp::from_millis(1000);
                Change::Invite { invite, inviter: org, role, expires }
            }
            2 => Change::RevokeInvite { invite },
            4 => Change::SetRole { org, role },
            5 => {
                let any = |it: &VerifiedStatement| {
                    matches!(it, VerifiedStatement::Suspension(_)).then(|| it.id())
                };
                let suspension = self.picked(more, any).unwrap_or(StatementId::new([9; 32]));
                Change::LiftSuspension { suspension }
            }
            6 => Change::SetApprovals { approvals: u32::from(more % 4) },
            7 => {
                let orgs = (0..ORGS).filter(|n| more >> n & 1 == 1).map(|n| self.cast.org(n));
                Change::SetBreakGlass { orgs: orgs.collect() }
            }
            8 => Change::ReadmitOrg { org, lifts: self.lifts(&org, more) },
            9 => {
                let log = log_of(self.cast, usize::from(who), usize::from(more));
                Change::ReadmitEntries { log, up_to: cut(more / 4) }
            }
            10 => Change::RestoreVote { org },
            11 => Change::SetDormant { org, dormant: !more.is_multiple_of(3) },
            12 => {
                let keep = if more.is_multiple_of(2) { None } else { self.pick_proposal(more) };
                Change::CloseHistory { keep: keep.into_iter().collect() }
            }
            _ => Change::RemoveOrg { org, cut_offs: cuts(self.cast, usize::from(who), more) },
        }
    }

    /// All removals of the organisation so far, or one of them, or any proposal.
    fn lifts(&self, org: &ceiba::model::id::OrgId, more: u8) -> BTreeSet<StatementId> {
        let removing = |it: &VerifiedStatement| {
            let VerifiedStatement::Proposal(it) = it else { return None };
            let mut changes = it.value().changes.iter();
            let removes =
                changes.any(|it| matches!(it, Change::RemoveOrg { org: out, .. } if out == org));
            removes.then(|| it.id())
        };
        match more % 5 {
            0 => self.picked(more / 5, removing).into_iter().collect(),
            1 => self.pick_proposal(more / 5).into_iter().collect(),
            _ => self.order.iter().filter_map(removing).collect(),
        }
    }

    fn certify(&mut self, org: usize, after: u8, kind: u8, revoke: usize, keep: u8) {
        let player = &self.cast.players[org];
        let own = |it: &VerifiedStatement| {
            let manifest = it.as_manifest().filter(|it| it.core().org == player.id)?;
            Some((it.id(), manifest.core().clone()))
        };
        let Some((previous, mut core)) = self.picked(after, own) else { return };
        core.previous = Some(previous);
        core.seq += 1;
        let place = player.root_place(&core.root);
        match kind {
            // Rotates as committed, or recovers with another root.
            1 => {
                core.root = player.root_key(place + 1);
                core.next_root = player.commitment(place + 2);
            }
            2 => {
                core.root = player.root_key(place + 2);
                core.next_root = player.commitment(place + 3);
            }
            // Rotates without a fresh commitment, which is no rule.
            5 => core.root = player.root_key(place + 1),
            // Changes the commitment alone, which is no rule.
            3 => core.next_root = player.commitment(3),
            _ => {}
        }
        if kind == 4 && core.devices.len() < DEVICES && core.revocations.is_empty() {
            core.devices.push(player.devices[2].clone());
        }
        if revoke < DEVICES {
            let device = player.devices[revoke].device;
            let mut revocation = Revocation::new(device);
            if keep != 7 && keep % 4 != 3 {
                let decision = self.pick_decision(keep);
                let work = StandingWork { decision, cut_offs: cuts(self.cast, org, keep) };
                revocation = revocation.keeping(&self.circle, work);
            }
            core.devices.retain(|it| it.device != device);
            core.revocations.retain(|it| it.device != device);
            core.revocations.push(revocation);
        }
        let root = player.root_place(&core.root);
        let mut manifest = Manifest::new(core);
        if kind == 2 {
            manifest = manifest.recovered_by(&player.keys[usize::from(keep) % DEVICES]);
        }
        if let Ok(manifest) = manifest.sign(&player.roots[root]) {
            self.add(manifest.into());
        }
    }
}
