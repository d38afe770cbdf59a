//! Organisations and circles for tests.

use ed25519_dalek::SigningKey;

use super::{
    Author, Change, CutOffs, Device, DeviceRole, Genesis, HistoryRule, Manifest, ManifestCore,
    Membership, OrgRole, RECEIVING_KEY_BYTES, StatementSet, SuspensionTarget, VerifiedStatement,
    next_root_commitment, resolve,
};
use crate::{
    crypto::{Signed, Verified},
    model::{
        id::{
            CircleId, DeviceId, EntryHash, Incarnation, InviteId, Lane, LogId, OrgId, StatementId,
        },
        time::Timestamp,
    },
};

/// A key that follows from a name.
pub(super) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

pub(super) fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

/// An organisation with one admin device.
#[derive(Clone)]
pub(super) struct Org {
    pub(super) name: String,
    pub(super) id: OrgId,
    pub(super) admin: SigningKey,
    pub(super) manifest: Verified<Manifest>,
}

impl Org {
    pub(super) fn new(name: &str) -> Self {
        Self::with_devices(name, &[("admin", DeviceRole::Admin)])
    }

    /// The first device is the admin that signs.
    pub(super) fn with_devices(name: &str, devices: &[(&str, DeviceRole)]) -> Self {
        let root = key(&format!("{name} root 0"));
        let id = OrgId::new(public(&root));
        let devices = devices.iter().map(|(label, role)| device(&id, name, label, *role));
        let core = ManifestCore {
            org: id,
            seq: 0,
            previous: None,
            root: public(&root),
            next_root: next_root_commitment(&public(&key(&format!("{name} root 1")))),
            devices: devices.collect(),
            revocations: Vec::new(),
            recovery_threshold: 0,
        };
        let manifest = Manifest::new(core).sign(&root).unwrap();
        Self { name: name.to_owned(), id, admin: key(&format!("{name} admin")), manifest }
    }

    pub(super) fn root(&self) -> SigningKey {
        key(&format!("{} root 0", self.name))
    }

    pub(super) fn author(&self) -> Author<'_> {
        Author { org: self.id, key: &self.admin }
    }

    pub(super) fn device(&self) -> DeviceId {
        DeviceId::new(public(&self.admin))
    }

    /// The next manifest after this organisation's, edited, signed by the same root.
    pub(super) fn next(&self, edit: impl FnOnce(&mut ManifestCore)) -> Verified<Manifest> {
        let mut core = self.manifest.value().core().clone();
        core.previous = Some(self.manifest.id());
        core.seq += 1;
        edit(&mut core);
        Manifest::new(core).sign(&self.root()).unwrap()
    }
}

pub(super) fn device(org: &OrgId, name: &str, label: &str, role: DeviceRole) -> Device {
    let (signing, transport) = (key(&format!("{name} {label}")), key(&format!("{name} {label} t")));
    Device::prove(org, role, &signing, &transport, &[7; RECEIVING_KEY_BYTES])
}

impl std::fmt::Debug for Org {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.name, self.id)
    }
}

/// A circle with the organisations that may come into it.
#[derive(Clone, Debug)]
pub(super) struct Kit {
    pub(super) orgs: Vec<Org>,
    pub(super) set: StatementSet,
}

impl Kit {
    /// A circle of so many stewards; further organisations have manifests only.
    pub(super) fn new(stewards: usize, orgs: usize) -> Self {
        Self::founded((0..orgs).map(|n| Org::new(&format!("org {n}"))).collect(), stewards, |_| {})
    }

    pub(super) fn founded(
        orgs: Vec<Org>,
        stewards: usize,
        edit: impl FnOnce(&mut Genesis),
    ) -> Self {
        let mut genesis = Genesis {
            nonce: [1; 32],
            parent: None,
            org: orgs[0].id,
            device: orgs[0].device(),
            stewards: orgs[..stewards].iter().map(|org| org.id).collect(),
            members: [].into(),
            approvals: 0,
            break_glass: [].into(),
            history: HistoryRule::All,
            custodians: [].into(),
        };
        edit(&mut genesis);
        let genesis = orgs[0].author().found(genesis).unwrap();
        let mut set = StatementSet::new(genesis.circle().unwrap());
        set.insert(genesis);
        for org in &orgs {
            set.insert(org.manifest.clone().into());
        }
        Self { orgs, set }
    }

    pub(super) fn circle(&self) -> CircleId {
        self.set.circle()
    }

    pub(super) fn id(&self, org: usize) -> OrgId {
        self.orgs[org].id
    }

    pub(super) fn add(&mut self, statement: impl Into<VerifiedStatement>) -> StatementId {
        let statement = statement.into();
        let id = statement.id();
        self.set.insert(statement);
        id
    }

    pub(super) fn now(&self) -> Membership {
        resolve(&self.set)
    }

    pub(super) fn propose(&mut self, by: usize, changes: Vec<Change>) -> StatementId {
        let proposal = self.orgs[by].author().propose(&self.set, &self.now(), changes).unwrap();
        self.add(proposal)
    }

    pub(super) fn approve(&mut self, by: usize, proposal: &StatementId) -> StatementId {
        let approval = self.orgs[by].author().approve(&self.now(), proposal).unwrap();
        self.add(approval)
    }

    /// A decision by the first of these organisations, approved by all of them.
    pub(super) fn decide(&mut self, by: &[usize], changes: Vec<Change>) -> StatementId {
        let proposal = self.propose(by[0], changes);
        for org in by {
            self.approve(*org, &proposal);
        }
        assert!(self.now().is_accepted(&proposal), "no decision");
        proposal
    }

    /// A proposal after any decision, by no rule at all.
    pub(super) fn raw_propose(
        &mut self,
        by: usize,
        parent: StatementId,
        attempt: u32,
        changes: Vec<Change>,
    ) -> StatementId {
        let org = &self.orgs[by];
        let proposal = super::Proposal {
            circle: self.circle(),
            parent,
            attempt,
            adopts: [].into(),
            accuses: Vec::new(),
            changes,
            org: org.id,
            device: org.device(),
        };
        let proposal = Signed::sign(&org.admin, proposal);
        self.add(proposal)
    }

    /// An approval by no rule at all.
    pub(super) fn raw_approve(&mut self, by: usize, id: &StatementId) -> StatementId {
        let org = &self.orgs[by];
        let Some(VerifiedStatement::Proposal(proposal)) = self.set.get(id) else { panic!() };
        let approval = super::Approval::of(*id, proposal.value(), org.id, org.device());
        let approval = Signed::sign(&org.admin, approval);
        self.add(approval)
    }

    pub(super) fn raw_decide(
        &mut self,
        by: &[usize],
        parent: StatementId,
        attempt: u32,
        changes: Vec<Change>,
    ) -> StatementId {
        let id = self.raw_propose(by[0], parent, attempt, changes);
        for org in by {
            self.raw_approve(*org, &id);
        }
        id
    }

    /// Admits an organisation by an invite that was decided.
    pub(super) fn join(&mut self, inviter: usize, joiner: usize, ticket: &str) -> StatementId {
        let org = &self.orgs[joiner];
        let request = org.author().ask_to_join(self.circle(), &key(ticket), org.manifest.id());
        let admission =
            self.orgs[inviter].author().admit(&self.now(), request.unwrap(), Timestamp::default());
        self.add(admission.unwrap())
    }

    pub(super) fn suspend(&mut self, by: usize, target: usize, cut_offs: CutOffs) -> StatementId {
        let target = SuspensionTarget::Org(self.id(target));
        let suspension = self.orgs[by].author().suspend(&self.now(), target, cut_offs);
        self.add(suspension.unwrap())
    }

    pub(super) fn log(&self, org: usize) -> LogId {
        let incarnation = Incarnation::new([1; 16]);
        LogId { device: self.orgs[org].device(), incarnation, lane: Lane::Record }
    }
}

pub(super) fn invite(ticket: &str, inviter: OrgId, role: OrgRole) -> Change {
    let invite = InviteId::new(public(&key(ticket)));
    Change::Invite { invite, inviter, role, expires: Timestamp::from_millis(1000) }
}

pub(super) fn remove(org: OrgId) -> Change {
    Change::RemoveOrg { org, cut_offs: CutOffs::new() }
}

pub(super) fn hash(n: u64) -> EntryHash {
    EntryHash::new(*blake3::hash(&n.to_le_bytes()).as_bytes())
}

/// Everything that a membership says, for comparing two.
pub(super) fn told(membership: &Membership) -> String {
    format!("{membership:?}")
}
