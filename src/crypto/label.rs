//! The one registry of domain-separation labels.
//!
//! Every signature, hash and derived key names what it is for, so that bytes made for one purpose
//! can never be taken for another. A new purpose is a new variant; a changed format a new text.
//! Hashes by which other layers name what they hold (an alert's entries, a vocabulary's terms, CAP
//! messages) have contexts of their own beside them.

/// What a signature, hash or derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Signature and id of an organisation's manifest.
    Manifest,
    /// Commitment to the next root key in a manifest.
    NextRoot,
    /// Signature of an admin device under a manifest that installs a new root.
    ManifestRecovery,
    /// A device's proofs, by its signing and its transport key, that it belongs to an organisation.
    DevicePossession,
    /// A circle as a manifest's revocation names it, for those who know the circle.
    RevocationCircle,
    /// Signature and id of a circle's genesis.
    Genesis,
    /// Signature and id of a proposal.
    Proposal,
    /// Signature and id of an approval.
    Approval,
    /// Signature and id of an approval by an organisation's root (break-glass).
    RootApproval,
    /// Signature and id of a suspension.
    Suspension,
    /// Signature and id of a request to join.
    JoinRequest,
    /// Proof in a request to join that its maker has the ticket's secret.
    InviteProof,
    /// Signature and id of an admission.
    Admission,
    /// Signature and hash of an entry's header.
    EntryHeader,
    /// Digest of a sealed payload in a header.
    PayloadDigest,
    /// Signature of a receipt.
    Receipt,
    /// A circle's tag in headers.
    CircleTag,
    /// A circle's blinded tag in a handshake.
    BlindedCircleTag,
    /// Id of a key epoch.
    EpochId,
    /// Key of a payload, from an epoch's secret.
    PayloadKey,
    /// Key of the back-chain, from an epoch's secret.
    BackChainKey,
    /// HPKE `info` of a grant.
    Grant,
    /// Root keys of an organisation, from its recovery words.
    RootKey,
    /// The automerge actor of a device in a document.
    ActorId,
    /// The id of an incident, from its origin and a random number.
    IncidentId,
    /// The document of a facet, from incident and circle.
    FacetDocument,
    /// The id of a card, from its origin and a random number.
    CardId,
    /// The document of a card in a circle.
    CardDocument,
    /// Digest of a frozen statement.
    StatementVersion,
    /// Signature of an organisation's word on a frozen statement.
    Endorsement,
    /// What later records of a statement call an earlier one.
    StatementLink,
    /// Whether a field of a card's copy is as it was shared.
    CardShare,
    /// Digest of a ballot, which positions and closings name.
    Ballot,
    /// The document of a record beside incidents, from circle, author and id.
    BesideDocument,
    /// The documents that every circle or organisation has exactly one of.
    WellKnownDocument,
    /// Key of a journal segment's frames.
    JournalFrame,
    /// Name of an imported row, and its pseudonyms.
    ImportRow,
    /// Checksum of tickets and of files of joining.
    TicketChecksum,
    /// Keys and values in the index.
    Index,
    /// Key that seals what is at rest, from a store key.
    StoreSeal,
    /// Key that hashes names at rest, from a store key.
    StoreHash,
    /// Digest of a set of statements or of a frontier.
    SetDigest,
    /// Manifest of the values that a facet withholds.
    RecordManifest,
    /// Key of linkage tokens, from an epoch's secret.
    LinkageKey,
    /// Seed of the key pair that deposits are sealed to, from an epoch's secret.
    DepositKey,
    /// HPKE `info` of a deposit.
    Deposit,
    /// The number that the id of a deposited incident is made with, from its place.
    DepositNonce,
    /// Signature of a root key under a device's certificate.
    DeviceCertificate,
    /// HPKE `info` of a device's certificate.
    DeviceCertificateSeal,
    /// Fingerprint of a device's request, to be compared by people.
    DeviceFingerprint,
    /// Fingerprint of what a device's certificate says, to be compared by people.
    CertificateFingerprint,
    /// HPKE `info` of a bundle's stanza.
    BundleStanza,
    /// Digest of a bundle's stanzas.
    BundleHeader,
    /// Key of a bundle's segments, from its file key.
    BundleContent,
    /// Digest of a bundle's items.
    BundleItems,
    /// Signature of the device that made a bundle.
    Bundle,
    /// The sealed segments of an evidence file.
    BlobStream,
    /// Digest of one sealed segment of an evidence file.
    BlobSegment,
    /// Id of an evidence file: digest of the list of its segments' digests.
    BlobManifest,
    /// Commitment to the original of a copy of an evidence file.
    BlobOrigin,
    /// Key of what came in through the OpenRosa endpoint, from the store key.
    Inbox,
    /// Mark of a nonce of HTTP Digest that this process gave.
    HttpNonce,
    /// Digest of a phone's password, when it comes as a path.
    PhoneToken,
}

impl Label {
    /// The text that is mixed in, unique for each label.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Manifest => "ceiba v1 manifest",
            Self::NextRoot => "ceiba v1 next root",
            Self::ManifestRecovery => "ceiba v1 manifest recovery",
            Self::DevicePossession => "ceiba v1 device possession",
            Self::RevocationCircle => "ceiba v1 revocation circle",
            Self::Genesis => "ceiba v1 genesis",
            Self::Proposal => "ceiba v1 proposal",
            Self::Approval => "ceiba v1 approval",
            Self::RootApproval => "ceiba v1 root approval",
            Self::Suspension => "ceiba v1 suspension",
            Self::JoinRequest => "ceiba v1 join request",
            Self::InviteProof => "ceiba v1 invite proof",
            Self::Admission => "ceiba v1 admission",
            Self::EntryHeader => "ceiba v1 entry header",
            Self::PayloadDigest => "ceiba v1 payload digest",
            Self::Receipt => "ceiba v1 receipt",
            Self::CircleTag => "ceiba v1 circle tag",
            Self::BlindedCircleTag => "ceiba v1 blinded circle tag",
            Self::EpochId => "ceiba v1 epoch id",
            Self::PayloadKey => "ceiba v1 payload key",
            Self::BackChainKey => "ceiba v1 back-chain key",
            Self::Grant => "ceiba v1 grant",
            Self::RootKey => "ceiba v1 root key",
            Self::ActorId => "ceiba v1 actor id",
            Self::IncidentId => "ceiba v1 incident id",
            Self::CardId => "ceiba v1 card id",
            Self::CardDocument => "ceiba v1 card document",
            Self::StatementVersion => "ceiba v1 statement version",
            Self::Endorsement => "ceiba v1 endorsement",
            Self::StatementLink => "ceiba v1 statement link",
            Self::CardShare => "ceiba v1 card share",
            Self::Ballot => "ceiba v1 ballot",
            Self::FacetDocument => "ceiba v1 facet document",
            Self::BesideDocument => "ceiba v1 beside document",
            Self::WellKnownDocument => "ceiba v1 well-known document",
            Self::JournalFrame => "ceiba v1 journal frame",
            Self::ImportRow => "ceiba v1 import row",
            Self::TicketChecksum => "ceiba v1 ticket checksum",
            Self::Index => "ceiba v1 index",
            Self::StoreSeal => "ceiba v1 store seal",
            Self::StoreHash => "ceiba v1 store hash",
            Self::SetDigest => "ceiba v1 set digest",
            Self::RecordManifest => "ceiba v1 record manifest",
            Self::LinkageKey => "ceiba v1 linkage key",
            Self::DepositKey => "ceiba v1 deposit key",
            Self::Deposit => "ceiba v1 deposit",
            Self::DepositNonce => "ceiba v1 deposit nonce",
            Self::DeviceCertificate => "ceiba v1 device certificate",
            Self::DeviceCertificateSeal => "ceiba v1 device certificate seal",
            Self::DeviceFingerprint => "ceiba v1 device fingerprint",
            Self::CertificateFingerprint => "ceiba v1 certificate fingerprint",
            Self::BundleStanza => "ceiba v1 bundle stanza",
            Self::BundleHeader => "ceiba v1 bundle header",
            Self::BundleContent => "ceiba v1 bundle content",
            Self::BundleItems => "ceiba v1 bundle items",
            Self::Bundle => "ceiba v1 bundle",
            Self::BlobStream => "ceiba v1 blob stream",
            Self::BlobSegment => "ceiba v1 blob segment",
            Self::BlobManifest => "ceiba v1 blob manifest",
            Self::BlobOrigin => "ceiba v1 blob origin",
            Self::Inbox => "ceiba v1 inbox",
            Self::HttpNonce => "ceiba v1 http nonce",
            Self::PhoneToken => "ceiba v1 phone token",
        }
    }

    /// Labelled BLAKE3 hash of the parts, each preceded by its length (BLAKE3 `derive_key` mode,
    /// whose context string is the label).
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(self.text());
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    /// What is signed for a body: the label, a zero byte, the body's exact bytes.
    #[must_use]
    pub(crate) fn signing_bytes(self, body: &[u8]) -> Vec<u8> {
        [self.text().as_bytes(), &[0], body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_between_each_other() {
        let hash = Label::EpochId.hash(&[b"ab", b"c"]);
        assert_ne!(hash, Label::EpochId.hash(&[b"a", b"bc"]));
        assert_ne!(hash, Label::EpochId.hash(&[b"abc"]));
        assert_ne!(hash, Label::NextRoot.hash(&[b"ab", b"c"]));
    }
}
