//! A statement of any kind, as it travels and is stored.

use std::sync::Arc;

use prost::Message;

use super::{Admission, Approval, Genesis, Manifest, Proposal, RootApproval, Suspension};
use crate::{
    crypto::{SignatureError, Signed, Statement, Verified},
    membership::{StatementError, field},
    model::{
        id::{CircleId, StatementId},
        limits,
    },
    wire::membership as wire,
};

/// Kinds of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum StatementKind {
    /// What an organisation says of itself.
    Manifest = 1,
    /// The beginning of a circle.
    Genesis = 2,
    /// What stewards are asked to approve.
    Proposal = 3,
    /// A steward's vote.
    Approval = 4,
    /// A root key's vote.
    RootApproval = 5,
    /// An inviter's countersignature.
    Admission = 6,
    /// One steward's stop.
    Suspension = 7,
}

/// A statement whose signature nobody has checked yet.
#[derive(Debug, Clone)]
pub struct AnyStatement {
    kind: StatementKind,
    body: Arc<[u8]>,
    signature: [u8; 64],
}

/// A statement whose signature, and each signature in it, is by the key that it names.
#[derive(Debug, Clone)]
pub enum VerifiedStatement {
    /// What an organisation says of itself.
    Manifest(Arc<Verified<Manifest>>),
    /// The beginning of a circle.
    Genesis(Arc<Verified<Genesis>>),
    /// What stewards are asked to approve.
    Proposal(Arc<Verified<Proposal>>),
    /// A steward's vote.
    Approval(Arc<Verified<Approval>>),
    /// A root key's vote.
    RootApproval(Arc<Verified<RootApproval>>),
    /// An inviter's countersignature.
    Admission(Arc<Verified<Admission>>),
    /// One steward's stop.
    Suspension(Arc<Verified<Suspension>>),
}

/// Why a statement is refused.
#[derive(Debug, thiserror::Error)]
pub enum RefusedStatement {
    /// The envelope does not read.
    #[error("unreadable envelope of a statement")]
    Envelope(#[source] StatementError),
    /// The body does not read, or the signature is not by the key that it names.
    #[error("refused {kind:?}")]
    Body {
        /// The statement's kind.
        kind: StatementKind,
        /// What is wrong with it.
        #[source]
        source: SignatureError<StatementError>,
    },
}

/// Does the same with a verified statement of whatever kind.
macro_rules! each_kind {
    ($statement:expr, $it:ident => $result:expr) => {
        match $statement {
            VerifiedStatement::Manifest($it) => $result,
            VerifiedStatement::Genesis($it) => $result,
            VerifiedStatement::Proposal($it) => $result,
            VerifiedStatement::Approval($it) => $result,
            VerifiedStatement::RootApproval($it) => $result,
            VerifiedStatement::Admission($it) => $result,
            VerifiedStatement::Suspension($it) => $result,
        }
    };
}

impl AnyStatement {
    /// Reads an envelope.
    ///
    /// # Errors
    /// When it is too large, no envelope, or of an unknown kind.
    pub fn decode(bytes: &[u8]) -> Result<Self, RefusedStatement> {
        Self::read(bytes).map_err(RefusedStatement::Envelope)
    }

    fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let item: wire::AnyStatement = field::message(bytes)?;
        let kind = StatementKind::from_number(item.kind)
            .ok_or_else(|| field::unknown("kind", item.kind))?;
        let signature = field::array("signature", &item.signature)?;
        Ok(Self { kind, body: item.body.into(), signature })
    }

    /// The statement's kind.
    #[must_use]
    pub const fn kind(&self) -> StatementKind {
        self.kind
    }

    /// Reads the body and checks every signature.
    ///
    /// # Errors
    /// When the body does not read or a signature does not match.
    pub fn verify(self) -> Result<VerifiedStatement, RefusedStatement> {
        match self.kind {
            StatementKind::Manifest => self.open().map(VerifiedStatement::Manifest),
            StatementKind::Genesis => self.open().map(VerifiedStatement::Genesis),
            StatementKind::Proposal => self.open().map(VerifiedStatement::Proposal),
            StatementKind::Approval => self.open().map(VerifiedStatement::Approval),
            StatementKind::RootApproval => self.open().map(VerifiedStatement::RootApproval),
            StatementKind::Admission => self.open().map(VerifiedStatement::Admission),
            StatementKind::Suspension => self.open().map(VerifiedStatement::Suspension),
        }
    }

    fn open<T>(self) -> Result<Arc<Verified<T>>, RefusedStatement>
    where
        T: Statement<Error = StatementError>,
    {
        let kind = self.kind;
        Signed::from_parts(self.body, self.signature)
            .verify()
            .map(Arc::new)
            .map_err(|source| RefusedStatement::Body { kind, source })
    }
}

impl StatementKind {
    const ALL: [Self; 7] = [
        Self::Manifest,
        Self::Genesis,
        Self::Proposal,
        Self::Approval,
        Self::RootApproval,
        Self::Admission,
        Self::Suspension,
    ];

    fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }
}

impl VerifiedStatement {
    /// Reads an envelope and checks every signature in it.
    ///
    /// # Errors
    /// See [`AnyStatement::decode`] and [`AnyStatement::verify`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RefusedStatement> {
        AnyStatement::decode(bytes)?.verify()
    }

    /// The statement in its envelope.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (body, signature) =
            each_kind!(self, it => (it.signed().body(), it.signed().signature()));
        let kind = self.kind() as u32;
        wire::AnyStatement { kind, body: body.to_vec(), signature: signature.to_vec() }
            .encode_to_vec()
    }

    /// The manifest that it is, if it is one.
    #[must_use]
    pub fn as_manifest(&self) -> Option<&Manifest> {
        if let Self::Manifest(it) = self { Some(it.value()) } else { None }
    }

    /// The admission that it is, if it is one.
    #[must_use]
    pub fn as_admission(&self) -> Option<&Admission> {
        if let Self::Admission(it) = self { Some(it.value()) } else { None }
    }

    /// The statement's id.
    #[must_use]
    pub fn id(&self) -> StatementId {
        each_kind!(self, it => it.id())
    }

    /// The key that signed.
    #[must_use]
    pub fn signer(&self) -> [u8; 32] {
        each_kind!(self, it => it.value().signer())
    }

    /// The statement's kind.
    #[must_use]
    pub const fn kind(&self) -> StatementKind {
        match self {
            Self::Manifest(_) => StatementKind::Manifest,
            Self::Genesis(_) => StatementKind::Genesis,
            Self::Proposal(_) => StatementKind::Proposal,
            Self::Approval(_) => StatementKind::Approval,
            Self::RootApproval(_) => StatementKind::RootApproval,
            Self::Admission(_) => StatementKind::Admission,
            Self::Suspension(_) => StatementKind::Suspension,
        }
    }

    /// The circle that the statement is about; none for a manifest, which is about all.
    #[must_use]
    pub fn circle(&self) -> Option<CircleId> {
        match self {
            Self::Manifest(_) => None,
            Self::Genesis(it) => Some(Genesis::circle(&it.id())),
            Self::Proposal(it) => Some(it.value().circle),
            Self::Approval(it) => Some(it.value().circle),
            Self::RootApproval(it) => Some(it.value().circle),
            Self::Admission(it) => Some(it.value().request().circle),
            Self::Suspension(it) => Some(it.value().circle),
        }
    }

    /// Bytes of the body.
    #[must_use]
    pub fn size(&self) -> usize {
        each_kind!(self, it => it.signed().body().len())
    }

    /// Whether the envelope is small enough to travel; a builder's last check.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.encode().len() <= limits::MAX_STATEMENT_BYTES
    }
}

macro_rules! from_verified {
    ($($kind:ident),*) => {$(
        impl From<Verified<$kind>> for VerifiedStatement {
            fn from(verified: Verified<$kind>) -> Self {
                Self::$kind(Arc::new(verified))
            }
        }
    )*};
}

from_verified!(Manifest, Genesis, Proposal, Approval, RootApproval, Admission, Suspension);
