//! Properties of logs: any split verifies to the same end, and any change is found.

mod forks;
mod runs;

use ed25519_dalek::SigningKey;

use super::*;
use crate::model::id::{
    CircleId, CircleTag, DeviceId, EntryHash, EpochId, Incarnation, Lane, LogId, StatementId,
};

/// A log and all that was written to it.
pub(crate) struct Written {
    pub(crate) circle: CircleTag,
    pub(crate) log: LogId,
    pub(crate) entries: Vec<VerifiedRun>,
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn log_of(key: &SigningKey, lane: Lane) -> LogId {
    let device = DeviceId::new(key.verifying_key().to_bytes());
    LogId { device, incarnation: Incarnation::new([9; 16]), lane }
}

pub(crate) fn draft(payloads: Vec<Vec<u8>>) -> Draft {
    let (decision, epoch) = (StatementId::new([3; 32]), EpochId::new([4; 32]));
    Draft { kind: Kind::Changes, decision, epoch, payloads }
}

impl Written {
    /// A record log with one entry for each list of payloads.
    fn new(entries: Vec<Vec<Vec<u8>>>) -> Self {
        let key = key(1);
        let (circle, log) = (circle_tag(&CircleId::new([5; 32])), log_of(&key, Lane::Record));
        let mut writer = Writer::new(circle, log, Tail::EMPTY);
        let mut append = |payloads| {
            let place = writer.next_position();
            writer.append(place, draft(payloads), &key).unwrap()
        };
        let entries = entries.into_iter().map(&mut append).collect();
        Self { circle, log, entries }
    }

    /// The entries from `from` up to, without, `to` as one run.
    fn run(&self, from: usize, to: usize) -> Run {
        let entries = self.entries[from..to].iter().flat_map(|run| run.to_run().entries).collect();
        Run { entries, signature: *self.entries[to - 1].signature() }
    }

    fn known(&self, seq: u64) -> Option<EntryHash> {
        let entry = self.entries.get(usize::try_from(seq).unwrap())?;
        Some(entry.tail().hash)
    }

    fn tail(&self, len: usize) -> Tail {
        len.checked_sub(1).map_or(Tail::EMPTY, |last| self.entries[last].tail())
    }

    /// Verifies against what a node holds that has the first `held` entries.
    fn verify(&self, held: usize, run: &Run) -> Result<VerifiedRun, RunError> {
        verify_run(&self.circle, &self.log, &self.tail(held), |seq| self.known(seq), run)
    }
}
