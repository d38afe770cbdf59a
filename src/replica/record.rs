//! The bodies of the journal's frames: what a replica is made again from.

use prost::Message;

use crate::{
    log::{ForkProof, Run},
    model::{
        id::{CircleId, DeviceId, Incarnation, Lane, LogId},
        limits::MAX_FRAME_BYTES,
    },
    replica::RecordKind,
    wire::{bounded, replica as wire},
};

/// What one journal frame holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// A statement of a circle, as it travels.
    Statement { circle: CircleId, statement: Vec<u8> },
    /// A verified run.
    Run { circle: CircleId, run: Run },
    /// A proof that a log is forked.
    Fork { circle: CircleId, log: LogId, proof: ForkProof },
    /// Something of this node's own; an empty value is forgotten.
    Local { key: String, value: Vec<u8> },
}

/// The frame does not read: written by a newer version, or a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal has a frame that this version cannot read")]
pub(super) struct UnreadableRecord;

impl Record {
    /// A run without what its entries carry, which is most of a journal; everything else as it is.
    pub(super) fn without_payloads(mut self) -> Self {
        if let Self::Run { run, .. } = &mut self {
            run.entries.iter_mut().for_each(|entry| entry.payloads = Vec::new());
        }
        self
    }

    /// The frame's kind.
    pub(super) const fn kind(&self) -> RecordKind {
        match self {
            Self::Statement { .. } => RecordKind::Statement,
            Self::Run { .. } => RecordKind::Run,
            Self::Fork { .. } => RecordKind::Fork,
            Self::Local { .. } => RecordKind::Local,
        }
    }

    /// Writes the frame's body.
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Statement { circle, statement } => {
                let (circle, statement) = (circle.as_bytes().to_vec(), statement.clone());
                wire::StatementRecord { circle, statement }.encode_to_vec()
            }
            Self::Run { circle, run } => {
                let (circle, run) = (circle.as_bytes().to_vec(), run.encode());
                wire::RunRecord { circle, run }.encode_to_vec()
            }
            Self::Fork { circle, log, proof } => wire::ForkRecord {
                circle: circle.as_bytes().to_vec(),
                device: log.device.as_bytes().to_vec(),
                incarnation: log.incarnation.as_bytes().to_vec(),
                lane: log.lane.number(),
                proof: proof.encode(),
            }
            .encode_to_vec(),
            Self::Local { key, value } => {
                wire::LocalRecord { key: key.clone(), value: value.clone() }.encode_to_vec()
            }
        }
    }

    /// Reads a frame's body.
    pub(super) fn decode(kind: RecordKind, body: &[u8]) -> Result<Self, UnreadableRecord> {
        Self::read(kind, body).ok_or(UnreadableRecord)
    }

    fn read(kind: RecordKind, body: &[u8]) -> Option<Self> {
        /// Fields of a frame's body: more than any kind has.
        const MAX_FIELDS: usize = 16;
        match kind {
            RecordKind::Statement => {
                let message: wire::StatementRecord =
                    bounded::decode(body, MAX_FRAME_BYTES, MAX_FIELDS).ok()?;
                let circle = CircleId::try_from(message.circle.as_slice()).ok()?;
                Some(Self::Statement { circle, statement: message.statement })
            }
            RecordKind::Run => {
                let message: wire::RunRecord =
                    bounded::decode(body, MAX_FRAME_BYTES, MAX_FIELDS).ok()?;
                let circle = CircleId::try_from(message.circle.as_slice()).ok()?;
                Some(Self::Run { circle, run: Run::decode(&message.run).ok()? })
            }
            RecordKind::Fork => {
                let message: wire::ForkRecord =
                    bounded::decode(body, MAX_FRAME_BYTES, MAX_FIELDS).ok()?;
                let log = LogId {
                    device: DeviceId::try_from(message.device.as_slice()).ok()?,
                    incarnation: Incarnation::try_from(message.incarnation.as_slice()).ok()?,
                    lane: Lane::from_number(message.lane)?,
                };
                let circle = CircleId::try_from(message.circle.as_slice()).ok()?;
                Some(Self::Fork { circle, log, proof: ForkProof::decode(&message.proof).ok()? })
            }
            RecordKind::Local => {
                let message: wire::LocalRecord =
                    bounded::decode(body, MAX_FRAME_BYTES, MAX_FIELDS).ok()?;
                Some(Self::Local { key: message.key, value: message.value })
            }
        }
    }
}
