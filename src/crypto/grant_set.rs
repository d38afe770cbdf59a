//! Grant sets: the payload of a `grant` entry, an epoch's secret for many devices at once.

use std::collections::BTreeMap;

use prost::Message;
use rand::CryptoRng;

use crate::{
    crypto::{
        epoch::{BackLink, EpochSecret},
        grant::{GrantContext, GrantError, SealedGrant, open_grant, seal_grant},
        receiving::{ReceivingKey, ReceivingPublicKey},
    },
    model::{
        id::{CircleId, DeviceId, EpochId, IdError, StatementId},
        limits::{MAX_BACK_LINKS, MAX_GRANTS_PER_SET, MAX_SEALED_PAYLOAD_BYTES},
    },
    wire::{
        bounded::{self, BoundedError},
        payload as wire,
    },
};

/// Why bytes are no grant set, or none is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantSetError {
    /// Above a limit, or no such message.
    #[error("not a grant set")]
    Message(#[from] BoundedError),
    /// An id has another length.
    #[error("a grant set with a malformed id")]
    Id(#[from] IdError),
    /// A sealed thing has another length than its suite makes.
    #[error("a grant or link of another length than it can have")]
    Length,
    /// More devices or links than one set holds.
    #[error("a grant set for {grants} devices with {links} links is above the limits")]
    TooMany {
        /// Grants that were given.
        grants: usize,
        /// Links that were given.
        links: usize,
    },
    /// Two grants to one device.
    #[error("two grants to the device {0}")]
    Repeated(DeviceId),
    /// A grant could not be sealed.
    #[error("no grant was sealed to the device {recipient}")]
    Seal {
        /// The device.
        recipient: DeviceId,
        /// Why.
        source: GrantError,
    },
}

/// The secret of one epoch, granted to devices, with links to the epochs before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantSet {
    /// The epoch.
    pub epoch: EpochId,
    /// Newest decision that the granting device knew.
    pub decision: StatementId,
    /// Links to earlier epochs.
    pub back_chain: Vec<BackLink>,
    /// One grant for each device.
    pub grants: BTreeMap<DeviceId, SealedGrant>,
    /// The key that deposits in the epoch are sealed to, where devices may write and not read.
    pub deposit_key: Option<ReceivingPublicKey>,
}

impl GrantSet {
    /// Grants an epoch's secret to devices, and links it to earlier epochs.
    ///
    /// # Errors
    /// When there are too many of either.
    pub fn seal<'a>(
        circle: &CircleId,
        decision: &StatementId,
        secret: &EpochSecret,
        recipients: &BTreeMap<DeviceId, ReceivingPublicKey>,
        earlier: impl IntoIterator<Item = &'a EpochSecret>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, GrantSetError> {
        let epoch = secret.id();
        let earlier: Vec<_> = earlier.into_iter().collect();
        check_counts(recipients.len(), earlier.len())?;
        let mut grants = BTreeMap::new();
        for (recipient, key) in recipients {
            let context = Self::context(circle, &epoch, decision, recipient);
            let grant = seal_grant(key, &context, secret, rng)
                .map_err(|source| GrantSetError::Seal { recipient: *recipient, source })?;
            grants.insert(*recipient, grant);
        }
        let back_chain =
            earlier.into_iter().map(|one| BackLink::seal(circle, secret, one, rng)).collect();
        Ok(Self { epoch, decision: *decision, back_chain, grants, deposit_key: None })
    }

    /// Tells as well what deposits in the epoch are sealed to.
    #[must_use]
    pub fn with_deposit_key(mut self, secret: &EpochSecret) -> Self {
        self.deposit_key = Some(secret.deposit_key().public());
        self
    }

    /// Opens the grant to this device; none if there is none.
    ///
    /// # Errors
    /// When the grant does not open.
    pub fn open(
        &self,
        circle: &CircleId,
        device: &DeviceId,
        key: &ReceivingKey,
    ) -> Result<Option<EpochSecret>, GrantError> {
        let context = Self::context(circle, &self.epoch, &self.decision, device);
        self.grants.get(device).map(|grant| open_grant(key, &context, grant)).transpose()
    }

    /// Reads a grant set from outside.
    ///
    /// # Errors
    /// When the bytes are no grant set or pass a limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, GrantSetError> {
        let fields = MAX_GRANTS_PER_SET + MAX_BACK_LINKS + 3;
        let message: wire::GrantSet = bounded::decode(bytes, MAX_SEALED_PAYLOAD_BYTES, fields)?;
        check_counts(message.grants.len(), message.back_chain.len())?;
        let mut grants = BTreeMap::new();
        for grant in message.grants {
            let recipient = DeviceId::try_from(grant.recipient.as_slice())?;
            if grants.insert(recipient, sealed_grant(grant)?).is_some() {
                return Err(GrantSetError::Repeated(recipient));
            }
        }
        Ok(Self {
            epoch: EpochId::try_from(message.epoch.as_slice())?,
            decision: StatementId::try_from(message.decision.as_slice())?,
            back_chain: message.back_chain.into_iter().map(back_link).collect::<Result<_, _>>()?,
            grants,
            deposit_key: deposit_key(&message.deposit_key)?,
        })
    }

    /// Writes the set.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let grants = self.grants.iter().map(|(recipient, grant)| wire::Grant {
            recipient: recipient.as_bytes().to_vec(),
            suite: grant.suite,
            enc: grant.enc.clone(),
            ciphertext: grant.ciphertext.clone(),
        });
        let links = self.back_chain.iter().map(|link| wire::BackLink {
            previous: link.previous.as_bytes().to_vec(),
            sealed: link.sealed.clone(),
        });
        wire::GrantSet {
            epoch: self.epoch.as_bytes().to_vec(),
            decision: self.decision.as_bytes().to_vec(),
            back_chain: links.collect(),
            grants: grants.collect(),
            deposit_key: self
                .deposit_key
                .as_ref()
                .map(|key| key.as_bytes().to_vec())
                .unwrap_or_default(),
        }
        .encode_to_vec()
    }

    const fn context(
        circle: &CircleId,
        epoch: &EpochId,
        decision: &StatementId,
        recipient: &DeviceId,
    ) -> GrantContext {
        GrantContext { circle: *circle, epoch: *epoch, decision: *decision, recipient: *recipient }
    }
}

const fn check_counts(grants: usize, links: usize) -> Result<(), GrantSetError> {
    if grants > MAX_GRANTS_PER_SET || links > MAX_BACK_LINKS {
        return Err(GrantSetError::TooMany { grants, links });
    }
    Ok(())
}

/// Lengths are checked for the suites that are known; one that is not can only be kept.
fn sealed_grant(grant: wire::Grant) -> Result<SealedGrant, GrantSetError> {
    let grant = SealedGrant { suite: grant.suite, enc: grant.enc, ciphertext: grant.ciphertext };
    if grant.has_lengths_of_its_suite() { Ok(grant) } else { Err(GrantSetError::Length) }
}

fn deposit_key(bytes: &[u8]) -> Result<Option<ReceivingPublicKey>, GrantSetError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let key = ReceivingPublicKey::from_bytes(bytes).map_err(|_key| GrantSetError::Length)?;
    Ok(Some(key))
}

fn back_link(link: wire::BackLink) -> Result<BackLink, GrantSetError> {
    if link.sealed.len() != BackLink::SEALED_BYTES {
        return Err(GrantSetError::Length);
    }
    Ok(BackLink { previous: EpochId::try_from(link.previous.as_slice())?, sealed: link.sealed })
}

#[cfg(test)]
mod tests;
