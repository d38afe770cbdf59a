//! The key epochs of one circle: who holds which secret, what to write under, what to grant.
//!
//! Pure. What it knows comes from grant entries, so two devices that hold the same entries and
//! were granted the same secrets know the same.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use crate::{
    crypto::{
        BackLink, DeviceKeys, EpochSecret, GrantContext, ReceivingPublicKey, SealedGrant,
        grant::GrantError, open_grant, seal_grant,
    },
    model::{
        id::{CircleId, DeviceId, EpochId, StatementId},
        limits::{MAX_BACK_LINKS, MAX_GRANTS_PER_SET},
    },
    wire::payload as wire,
};

/// One generation of a circle's secret, as far as it is known here.
#[derive(Debug, Default)]
struct Epoch {
    secret: Option<EpochSecret>,
    /// Newest decision that those knew who granted it; none until a grant was seen.
    decisions: BTreeSet<StatementId>,
    /// Earlier epochs that whoever holds this one can open.
    links: BTreeMap<EpochId, BackLink>,
    /// Devices that the secret was granted to, and those that granted it.
    holders: BTreeSet<DeviceId>,
}

/// Under which epoch to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// This one is held by nobody who should not.
    Use(EpochId),
    /// There is none yet, or somebody holds the newest who is no longer in: make a new one.
    Mint,
}

/// The key epochs of one circle.
#[derive(Debug, Default)]
pub struct KeyRing {
    epochs: BTreeMap<EpochId, Epoch>,
}

impl KeyRing {
    /// The secret of an epoch, if it is held.
    #[must_use]
    pub fn secret(&self, epoch: &EpochId) -> Option<&EpochSecret> {
        self.epochs.get(epoch)?.secret.as_ref()
    }

    /// Epochs whose secret is held.
    pub fn held(&self) -> impl Iterator<Item = EpochId> {
        self.epochs.iter().filter(|(_id, epoch)| epoch.secret.is_some()).map(|(id, _)| *id)
    }

    /// Takes up a grant entry's set: who holds what, links, and our own grant if there is one.
    /// Returns the epochs whose secrets have become known through it.
    ///
    /// Grants that do not open are passed over: another member may grant again.
    pub fn learn(
        &mut self,
        circle: &CircleId,
        author: DeviceId,
        set: GrantSet,
        own: &DeviceKeys,
    ) -> Vec<EpochId> {
        let device = own.device();
        let epoch = self.epochs.entry(set.epoch).or_default();
        epoch.decisions.insert(set.decision);
        epoch.holders.insert(author);
        for link in set.back_chain {
            epoch.links.entry(link.previous).or_insert(link);
        }
        for (recipient, grant) in set.grants {
            epoch.holders.insert(recipient);
            if recipient == device && epoch.secret.is_none() {
                let (epoch_id, decision) = (set.epoch, set.decision);
                let context =
                    GrantContext { circle: *circle, epoch: epoch_id, decision, recipient };
                epoch.secret = open_grant(&own.receiving, &context, &grant).ok();
            }
        }
        self.follow_links(circle, set.epoch)
    }

    /// Opens what can be opened from an epoch on; returns all that is newly held, itself included
    /// when it is held.
    fn follow_links(&mut self, circle: &CircleId, from: EpochId) -> Vec<EpochId> {
        let mut learned = Vec::new();
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            let Some(epoch) = self.epochs.get(&id) else { continue };
            let Some(secret) = epoch.secret.clone() else { continue };
            learned.push(id);
            let links: Vec<BackLink> = epoch.links.values().cloned().collect();
            for link in links {
                let held = self.secret(&link.previous).is_some();
                let opened = if held { None } else { link.open(circle, &secret).ok() };
                if let Some(opened) = opened {
                    self.epochs.entry(link.previous).or_default().secret = Some(opened);
                    queue.push(link.previous);
                }
            }
        }
        learned
    }

    /// Under which epoch a device writes: of those it holds, the one with the deepest decision,
    /// then the lowest id; a new one if anybody holds that who may not read any more.
    #[must_use]
    pub fn current(
        &self,
        recipients: &BTreeSet<DeviceId>,
        depth: impl Fn(&StatementId) -> Option<u64>,
    ) -> Current {
        let newest = self
            .epochs
            .iter()
            .filter(|(_id, epoch)| epoch.secret.is_some())
            .map(|(id, epoch)| (epoch.decisions.iter().filter_map(&depth).max(), id))
            .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)));
        match newest {
            Some((_depth, id)) if self.readers(id).is_subset(recipients) => Current::Use(*id),
            _ => Current::Mint,
        }
    }

    /// All who can read what is written under an epoch: its holders, and those of every epoch
    /// from which links lead to it.
    fn readers(&self, epoch: &EpochId) -> BTreeSet<DeviceId> {
        let mut seen = BTreeSet::from([*epoch]);
        let mut queue = vec![*epoch];
        while let Some(id) = queue.pop() {
            let later = self.epochs.iter().filter(|(_id, later)| later.links.contains_key(&id));
            queue.extend(later.map(|(id, _later)| *id).filter(|id| seen.insert(*id)));
        }
        seen.iter()
            .filter_map(|id| self.epochs.get(id))
            .flat_map(|epoch| epoch.holders.iter().copied())
            .collect()
    }

    /// Epochs that a device can open: those granted to it, and what their links lead to.
    fn reachable(&self, device: &DeviceId) -> BTreeSet<EpochId> {
        let granted = self.epochs.iter().filter(|(_id, epoch)| epoch.holders.contains(device));
        let mut queue: Vec<EpochId> = granted.map(|(id, _epoch)| *id).collect();
        let mut seen: BTreeSet<EpochId> = queue.iter().copied().collect();
        while let Some(id) = queue.pop() {
            let links = self.epochs.get(&id).into_iter().flat_map(|epoch| epoch.links.keys());
            queue.extend(links.copied().filter(|id| seen.insert(*id)));
        }
        seen
    }

    /// What we hold and a device cannot open, as few grants as make it so: newest first, leaving
    /// out what the links of a granted one lead to. With `newest_only` (circles that show joiners
    /// no history) just the newest.
    #[must_use]
    pub fn missing_for(
        &self,
        device: &DeviceId,
        newest_only: bool,
        depth: impl Fn(&StatementId) -> Option<u64>,
    ) -> Vec<EpochId> {
        let mut reachable = self.reachable(device);
        let mut held: Vec<(Option<u64>, EpochId)> = self
            .epochs
            .iter()
            .filter(|(_id, epoch)| epoch.secret.is_some())
            .map(|(id, epoch)| (epoch.decisions.iter().filter_map(&depth).max(), *id))
            .collect();
        held.sort_by(|a, b| b.cmp(a));
        if newest_only {
            held.truncate(1);
        }
        let mut missing = Vec::new();
        for (_depth, id) in held {
            if reachable.contains(&id) {
                continue;
            }
            missing.push(id);
            let mut queue = vec![id];
            reachable.insert(id);
            while let Some(id) = queue.pop() {
                let links = self.epochs.get(&id).into_iter().flat_map(|epoch| epoch.links.keys());
                queue.extend(links.copied().filter(|id| reachable.insert(*id)));
            }
        }
        missing
    }

    /// Held epochs to which no held epoch links: what a new one must link to.
    #[must_use]
    pub fn heads(&self) -> Vec<EpochId> {
        let linked: BTreeSet<EpochId> = self
            .epochs
            .values()
            .filter(|epoch| epoch.secret.is_some())
            .flat_map(|epoch| epoch.links.keys().copied())
            .collect();
        self.held().filter(|id| !linked.contains(id)).take(MAX_BACK_LINKS).collect()
    }

    /// Number of epochs that have been heard of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.epochs.len()
    }

    /// Whether no epoch has been heard of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }
}

/// A grant entry's payload, read within its limits: one epoch, to some devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSet {
    /// The epoch.
    pub epoch: EpochId,
    /// Newest decision that the granting device knew.
    pub decision: StatementId,
    /// Earlier secrets under this one's.
    pub back_chain: Vec<BackLink>,
    /// The secret, sealed to each recipient.
    pub grants: Vec<(DeviceId, SealedGrant)>,
}

/// Why bytes are not a grant entry's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantSetError {
    /// More grants or links than allowed.
    #[error("too many grants or links in one payload")]
    TooMany,
    /// Not a set of grants.
    #[error("the grants are not readable")]
    Unreadable,
}

impl GrantSet {
    /// Seals an epoch's secret to devices.
    ///
    /// # Errors
    /// When a recipient's key does not take part in HPKE.
    pub fn seal(
        circle: &CircleId,
        secret: &EpochSecret,
        decision: StatementId,
        back_chain: Vec<BackLink>,
        recipients: &[(DeviceId, ReceivingPublicKey)],
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Self, GrantError> {
        let epoch = secret.id();
        let seal = |(recipient, key): &(DeviceId, ReceivingPublicKey)| {
            let context = GrantContext { circle: *circle, epoch, decision, recipient: *recipient };
            Ok((*recipient, seal_grant(key, &context, secret, rng)?))
        };
        let grants = recipients.iter().map(seal).collect::<Result<_, GrantError>>()?;
        Ok(Self { epoch, decision, back_chain, grants })
    }

    /// Writes the payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let link = |link: &BackLink| wire::BackLink {
            previous: link.previous.as_bytes().to_vec(),
            sealed: link.sealed.clone(),
        };
        let grant = |(recipient, grant): &(DeviceId, SealedGrant)| wire::Grant {
            recipient: recipient.as_bytes().to_vec(),
            suite: grant.suite,
            enc: grant.enc.clone(),
            ciphertext: grant.ciphertext.clone(),
        };
        let message = wire::GrantSet {
            epoch: self.epoch.as_bytes().to_vec(),
            decision: self.decision.as_bytes().to_vec(),
            back_chain: self.back_chain.iter().map(link).collect(),
            grants: self.grants.iter().map(grant).collect(),
        };
        message.encode_to_vec()
    }

    /// Reads a payload. Its size has been bounded as an entry's payload.
    ///
    /// # Errors
    /// When it is no set of grants, or too large a one.
    pub fn decode(bytes: &[u8]) -> Result<Self, GrantSetError> {
        let unreadable = GrantSetError::Unreadable;
        let message = wire::GrantSet::decode(bytes).map_err(|_malformed| unreadable)?;
        if message.grants.len() > MAX_GRANTS_PER_SET || message.back_chain.len() > MAX_BACK_LINKS {
            return Err(GrantSetError::TooMany);
        }
        let link = |link: wire::BackLink| {
            let previous = EpochId::try_from(link.previous.as_slice()).map_err(|_| unreadable)?;
            Ok(BackLink { previous, sealed: link.sealed })
        };
        let grant = |grant: wire::Grant| {
            let recipient =
                DeviceId::try_from(grant.recipient.as_slice()).map_err(|_| unreadable)?;
            let (suite, enc, ciphertext) = (grant.suite, grant.enc, grant.ciphertext);
            Ok((recipient, SealedGrant { suite, enc, ciphertext }))
        };
        Ok(Self {
            epoch: EpochId::try_from(message.epoch.as_slice()).map_err(|_| unreadable)?,
            decision: StatementId::try_from(message.decision.as_slice()).map_err(|_| unreadable)?,
            back_chain: message.back_chain.into_iter().map(link).collect::<Result<_, _>>()?,
            grants: message.grants.into_iter().map(grant).collect::<Result<_, _>>()?,
        })
    }
}
