//! The bytes of evidence at this node: which record names which blob, who may have it, what is
//! fetched by itself.

mod names;
mod policy;

use std::collections::BTreeSet;

pub(super) use self::{
    names::{BLOBS, BlobNames, Slot, text_of},
    policy::{Fetch, Policy},
};
use crate::{
    api::ApiError,
    blob::{Desk, Exchange, Outcome, Shelf, frame::is_blob_frame, shelf::DEFAULT_QUOTA},
    model::{
        id::{BlobId, CircleId, OrgId},
        time::Timestamp,
    },
    node::{Node, clock, core::Session, disk::DiskStorage, errors},
    replica::{DocumentKey, Replica},
    sync::{ConnectionId, Engine, Replica as _},
    view::DocumentRow,
};

/// The bytes of evidence at this node.
#[derive(Debug)]
pub(super) struct Blobs {
    pub(super) exchange: Exchange,
    pub(super) names: BlobNames,
    policy: Policy,
    /// What came into view and is to be fetched by itself.
    to_fetch: BTreeSet<(BlobId, CircleId, u64)>,
    wake: Option<Timestamp>,
    /// Whether something happened that blobs may have waited for.
    stirred: bool,
}

/// What the exchange may know of the node. Over a link that is paid for, on either side, no circle has
/// a name: nothing is asked for there, and nothing given.
struct Court<'a> {
    engine: &'a Engine,
    replica: &'a Replica<DiskStorage>,
    sessions: &'a std::collections::BTreeMap<ConnectionId, Session>,
    names: &'a BlobNames,
}

impl Court<'_> {
    fn is_entitled(&self, connection: ConnectionId, circle: &CircleId) -> bool {
        let device = self.transport(connection);
        let device = device.and_then(|key| self.replica.device_of_transport(&key));
        device.is_some_and(|device| self.replica.reads(circle, &device))
    }
}

impl Desk for Court<'_> {
    fn circle_named(&self, connection: ConnectionId, tag: &[u8; 16]) -> Option<CircleId> {
        if self.engine.is_metered_with(connection) {
            return None;
        }
        let circle = self.engine.circle_by_their_name(connection, tag)?;
        self.is_entitled(connection, &circle).then_some(circle)
    }

    fn name_of(&self, connection: ConnectionId, circle: &CircleId) -> Option<[u8; 16]> {
        if self.engine.is_metered_with(connection) {
            return None;
        }
        let name = self.engine.our_name_for(connection, circle)?;
        self.is_entitled(connection, circle).then_some(name)
    }

    fn transport(&self, connection: ConnectionId) -> Option<[u8; 32]> {
        self.sessions.get(&connection).map(|session| session.transport)
    }

    fn is_idle(&self, connection: ConnectionId) -> bool {
        self.engine.is_idle(connection)
    }

    fn is_shared(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.names.is_ours_in(circle, blob)
    }
}

impl Blobs {
    /// Opens the folder of a home.
    pub(super) fn open(storage: &DiskStorage) -> Result<Self, ApiError> {
        let home = storage.home();
        let root = home.paths().blobs();
        let files = std::sync::Arc::clone(home.files());
        let shelf = Shelf::open(&root, files, storage.blob_sealer(), DEFAULT_QUOTA);
        let shelf = shelf.map_err(ApiError::from)?;
        Ok(Self {
            exchange: Exchange::new(shelf),
            names: BlobNames::default(),
            policy: Policy::default(),
            to_fetch: BTreeSet::new(),
            wake: None,
            stirred: true,
        })
    }
}

impl Node {
    /// Learns which blobs the records name, and goes on with what was wanted before a restart.
    pub(super) fn begin_blobs(&mut self) {
        self.blobs.policy = Policy::read(&self.replica);
        let mut all = Vec::new();
        for incident in self.view.all() {
            for held in self.view.documents(&incident) {
                let ours = self.is_ours(held.circle(), held.origin(), held.authors());
                let named = names::named_in(held.record());
                if !named.is_empty() {
                    all.push((held.circle(), held.document(), ours, named));
                }
            }
        }
        for (circle, document, ours, named) in all {
            self.note_blobs((circle, document), ours, named);
        }
        let wanted = self.blobs.exchange.shelf().wanted();
        match wanted {
            Ok(wanted) => {
                for (blob, circles) in wanted {
                    for circle in circles {
                        self.take_up_blob(&blob, circle);
                    }
                }
            }
            Err(error) => self.blob_notice(&errors::sentence(&error)),
        }
    }

    fn take_up_blob(&mut self, blob: &BlobId, circle: CircleId) {
        let Some(size) = self.blobs.names.size(&circle, blob) else { return };
        if let Err(error) = self.blobs.exchange.take_up(*blob, circle, size) {
            self.blob_notice(&errors::sentence(&error));
        }
    }

    /// Takes note of the blobs that a document names.
    pub(super) fn note_row_of_blobs(&mut self, row: &DocumentRow) {
        let named = names::named_in(&row.record);
        let ours = self.is_ours(row.circle, row.origin, row.authors.iter().copied());
        self.note_blobs((row.circle, row.document), ours, named);
    }

    /// Whether what a document names of blobs is this organisation's word: of a facet that it wrote in,
    /// the view has these fields as its origin wrote them.
    fn is_ours(
        &self,
        circle: CircleId,
        origin: OrgId,
        mut authors: impl Iterator<Item = OrgId>,
    ) -> bool {
        let own = self.org();
        circle == self.own.private || (origin == own && authors.any(|author| author == own))
    }

    fn note_blobs(
        &mut self,
        (circle, document): DocumentKey,
        ours: bool,
        named: Vec<names::Named>,
    ) {
        for one in named.iter().filter(|_| !ours) {
            if self.blobs.policy.fetches(&circle, one.slot, one.size) {
                self.blobs.to_fetch.insert((one.blob, circle, one.size));
            }
        }
        self.blobs.names.note((circle, document), ours, named);
    }

    /// A document is gone from the view.
    pub(super) fn forget_blobs_of(&mut self, document: DocumentKey) {
        self.blobs.names.note(document, false, Vec::new());
    }

    /// Wants a blob as a circle names it.
    pub(super) fn want_blob(
        &mut self,
        blob: BlobId,
        circle: CircleId,
        size: u64,
    ) -> Result<(), ApiError> {
        self.blobs.exchange.want(blob, circle, size)?;
        self.blobs.stirred = true;
        Ok(())
    }

    /// Whether a frame is about blobs, and was taken.
    pub(super) fn take_blob_frame(&mut self, connection: ConnectionId, bytes: &[u8]) -> bool {
        if !is_blob_frame(bytes) {
            return false;
        }
        let court = Court {
            engine: &self.engine,
            replica: &self.replica,
            sessions: &self.sessions,
            names: &self.blobs.names,
        };
        self.blobs.exchange.frame(clock::uptime(), connection, bytes, &court);
        self.blobs.stirred = true;
        true
    }

    /// A session has begun or ended, or records came: blobs may go on.
    pub(super) const fn stir_blobs(&mut self) {
        self.blobs.stirred = true;
    }

    /// Does what is due of blobs. Gives when to call again.
    pub(super) fn pump_blobs(&mut self) -> Option<Timestamp> {
        let now = clock::uptime();
        let due = self.blobs.wake.is_some_and(|at| at <= now);
        if !self.blobs.stirred && !due {
            return self.blobs.wake;
        }
        self.blobs.stirred = false;
        for (blob, circle, size) in std::mem::take(&mut self.blobs.to_fetch) {
            if let Err(error) = self.blobs.exchange.want(blob, circle, size) {
                self.blob_notice(&errors::sentence(&error));
                break;
            }
        }
        let court = Court {
            engine: &self.engine,
            replica: &self.replica,
            sessions: &self.sessions,
            names: &self.blobs.names,
        };
        let (outcomes, wake) = self.blobs.exchange.pump(now, &court);
        self.blobs.wake = wake;
        for outcome in outcomes {
            match outcome {
                Outcome::Send { connection, bytes } => self.send(connection, bytes),
                Outcome::Close { connection, why } => self.end_session(connection, why),
                Outcome::Whole { .. } => {}
                Outcome::Failed { message, .. } => self.blob_notice(&message),
            }
        }
        wake
    }

    fn blob_notice(&mut self, message: &str) {
        self.notices.insert(format!("an evidence file could not be fetched: {message}"));
    }

    /// Says what this node fetches by itself in a circle.
    pub(super) fn set_blob_policy(
        &mut self,
        circle: CircleId,
        fetch: Fetch,
        max_bytes: u64,
    ) -> Result<(), ApiError> {
        self.blobs.policy.set(circle, fetch, max_bytes);
        self.blobs.policy.keep(&mut self.replica)?;
        for (blob, slot, size) in self.blobs.names.of_others_in(&circle) {
            if self.blobs.policy.fetches(&circle, slot, size) {
                self.blobs.to_fetch.insert((blob, circle, size));
            }
        }
        self.blobs.stirred = true;
        Ok(())
    }

    pub(super) const fn blob_policy(&self) -> &Policy {
        &self.blobs.policy
    }
}
