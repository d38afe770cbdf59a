//! Organisations with keys that follow from their names, and everything that they can sign.

use std::collections::BTreeMap;

use ceiba::{
    crypto::{Signed, Statement, Verified},
    membership::{
        Approval, Device, DeviceRole, Genesis, HistoryRule, JoinRequest, Manifest, ManifestCore,
        RECEIVING_KEY_BYTES, StatementError, VerifiedStatement, next_root_commitment,
    },
    model::id::{CircleId, DeviceId, InviteId, OrgId, StatementId},
};
use ed25519_dalek::SigningKey;

use super::spec::Statements;

/// Organisations of a world.
pub(super) const ORGS: usize = 5;
/// Devices of an organisation that may ever exist.
pub(super) const DEVICES: usize = 3;
/// Root keys of an organisation that may ever exist.
pub(super) const ROOTS: usize = 4;
/// Tickets of a world.
pub(super) const TICKETS: usize = 3;

/// A key that follows from a name.
pub(super) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

/// An organisation and its keys.
pub(super) struct Player {
    pub(super) id: OrgId,
    pub(super) roots: Vec<SigningKey>,
    pub(super) keys: Vec<SigningKey>,
    pub(super) devices: Vec<Device>,
}

/// All who may take part.
pub(super) struct Cast {
    pub(super) players: Vec<Player>,
    pub(super) tickets: Vec<SigningKey>,
}

/// How a circle begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Founding {
    pub(super) stewards: usize,
    pub(super) members: usize,
    pub(super) approvals: u32,
    pub(super) glass: usize,
}

impl Cast {
    pub(super) fn new() -> Self {
        let players = (0..ORGS).map(Player::new).collect();
        Self { players, tickets: (0..TICKETS).map(|n| key(&format!("ticket {n}"))).collect() }
    }

    pub(super) fn org(&self, n: usize) -> OrgId {
        self.players[n % ORGS].id
    }

    pub(super) fn device(&self, org: usize, n: usize) -> DeviceId {
        self.players[org % ORGS].devices[n % DEVICES].device
    }

    pub(super) fn invite(&self, n: usize) -> InviteId {
        InviteId::new(public(&self.tickets[n % TICKETS]))
    }

    /// The genesis and everybody's first manifest.
    pub(super) fn found(&self, founding: Founding) -> (CircleId, Statements) {
        let org = |n: usize| self.players[n].id;
        let first_member = founding.stewards;
        let genesis = Genesis {
            nonce: [1; 32],
            parent: None,
            org: org(0),
            device: self.device(0, 0),
            stewards: (0..founding.stewards).map(org).collect(),
            members: (first_member..first_member + founding.members).map(org).collect(),
            approvals: founding.approvals,
            break_glass: (0..founding.glass).map(org).collect(),
            history: HistoryRule::All,
            custodians: [].into(),
        };
        let genesis = self.sign(0, 0, genesis);
        let mut statements = Statements::from([(genesis.id(), genesis.clone())]);
        for player in &self.players {
            let manifest = player.first_manifest();
            statements.insert(manifest.id(), manifest.into());
        }
        (genesis.circle().unwrap(), statements)
    }

    /// Signs by no rule but that it reads.
    pub(super) fn sign<T>(&self, org: usize, device: usize, value: T) -> VerifiedStatement
    where
        T: Statement<Error = StatementError>,
        VerifiedStatement: From<Verified<T>>,
    {
        Signed::sign(&self.players[org % ORGS].keys[device % DEVICES], value).into()
    }

    pub(super) fn approve(
        &self,
        org: usize,
        device: usize,
        set: &Statements,
        id: StatementId,
    ) -> Option<VerifiedStatement> {
        let VerifiedStatement::Proposal(proposal) = set.get(&id)? else { return None };
        let (by, with) = (self.org(org), self.device(org, device));
        Some(self.sign(org, device, Approval::of(id, proposal.value(), by, with)))
    }

    pub(super) fn request(
        &self,
        circle: CircleId,
        joiner: usize,
        ticket: usize,
        manifest: StatementId,
    ) -> Verified<JoinRequest> {
        let ticket = &self.tickets[ticket % TICKETS];
        let (org, device) = (self.org(joiner), self.device(joiner, 0));
        let request = JoinRequest::redeem(circle, ticket, org, manifest, device);
        Signed::sign(&self.players[joiner % ORGS].keys[0], request)
    }

    /// Names for what a failure prints.
    pub(super) fn names(&self, set: &Statements) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (n, player) in self.players.iter().enumerate() {
            names.insert(player.id.short(), format!("org {n}"));
            for (m, device) in player.devices.iter().enumerate() {
                names.insert(device.device.short(), format!("device {n}.{m}"));
            }
        }
        for n in 0..TICKETS {
            names.insert(self.invite(n).short(), format!("ticket {n}"));
        }
        for (n, (id, statement)) in set.iter().enumerate() {
            names.insert(id.short(), format!("{:?} {n}", statement.kind()));
        }
        names
    }
}

impl Player {
    fn new(n: usize) -> Self {
        let name = |what: &str, m: usize| key(&format!("org {n} {what} {m}"));
        let roots: Vec<_> = (0..ROOTS).map(|m| name("root", m)).collect();
        // A third device of two others is one.
        let signing =
            |m| if m == 2 && (n == 2 || n == 3) { key("shared") } else { name("device", m) };
        let keys: Vec<_> = (0..DEVICES).map(signing).collect();
        let id = OrgId::new(public(&roots[0]));
        let certify = |(m, signing): (usize, &SigningKey)| {
            let role = match (n, m) {
                (3, 1) => DeviceRole::Dropbox,
                (4, 1) => DeviceRole::Custodian,
                (2, 1) => DeviceRole::Node,
                _ => DeviceRole::Admin,
            };
            // A third device of the first two has one transport key, as if it was stolen.
            let transport = match (n, m) {
                (0 | 1, 2) => key("shared transport"),
                _ => name("transport", m),
            };
            Device::prove(&id, role, signing, &transport, &[7; RECEIVING_KEY_BYTES])
        };
        let devices = keys.iter().enumerate().map(certify).collect();
        Self { id, roots, keys, devices }
    }

    /// With the first two devices.
    fn first_manifest(&self) -> Verified<Manifest> {
        let core = ManifestCore {
            org: self.id,
            seq: 0,
            previous: None,
            root: public(&self.roots[0]),
            next_root: self.commitment(1),
            devices: self.devices[..2].to_vec(),
            revocations: Vec::new(),
            recovery_threshold: 1,
        };
        Manifest::new(core).sign(&self.roots[0]).unwrap()
    }

    /// The hash of a root key.
    pub(super) fn commitment(&self, root: usize) -> [u8; 32] {
        next_root_commitment(&public(&self.roots[root % ROOTS]))
    }

    pub(super) fn root_place(&self, root: &[u8; 32]) -> usize {
        self.roots.iter().position(|it| public(it) == *root).unwrap()
    }

    pub(super) fn root_key(&self, n: usize) -> [u8; 32] {
        public(&self.roots[n % ROOTS])
    }
}
