//! The bytes of evidence at this node: which record names which blob, who may have it, what is
//! fetched by itself.

mod names;
mod policy;
mod queue;

use std::{collections::BTreeSet, time::Duration};

use self::{
    names::Whose,
    queue::{Queue, Wish},
};
pub(super) use self::{
    names::{BLOBS, BlobNames, Slot, text_of},
    policy::{Fetch, Policy},
};
use crate::{
    api::ApiError,
    blob::{
        Desk, Exchange, Outcome, Shelf,
        frame::is_blob_frame,
        shelf::{DEFAULT_QUOTA, Why},
    },
    model::{
        id::{BlobId, CircleId, OrgId},
        time::Timestamp,
    },
    node::{Node, clock, core::Session, disk::DiskStorage, errors},
    replica::{DocumentKey, Replica},
    sync::{ConnectionId, Engine, Replica as _},
    view::DocumentRow,
};

/// How long nothing is fetched unasked after there was no room for it.
const NO_ROOM_PAUSE: Duration = Duration::from_secs(600);

/// The bytes of evidence at this node.
#[derive(Debug)]
pub(super) struct Blobs {
    pub(super) exchange: Exchange,
    pub(super) names: BlobNames,
    policy: Policy,
    /// What is to be fetched by itself.
    queue: Queue,
    /// There was no room for more of that; looked at again from then on.
    no_room_until: Option<Timestamp>,
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
        let transport = self.sessions.get(&connection).map(|session| session.transport);
        let device = transport.and_then(|key| self.replica.device_of_transport(&key));
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

    fn is_open(&self, connection: ConnectionId) -> bool {
        self.engine.is_open(connection)
    }

    fn is_idle(&self, connection: ConnectionId) -> bool {
        self.engine.is_idle(connection)
    }

    fn is_shared(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.names.is_ours_in(circle, blob)
    }

    fn is_named(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.names.is_named_in(circle, blob)
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
            queue: Queue::default(),
            no_room_until: None,
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
                let whose = self.whose(held.circle(), held.origin(), held.authors());
                let named = names::named_in(held.record());
                if !named.is_empty() {
                    all.push(((held.circle(), held.document()), whose, named));
                }
            }
        }
        for (key, whose, named) in all {
            self.note_blobs(key, whose, named);
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
        let whose = self.whose(row.circle, row.origin, row.authors.iter().copied());
        self.note_blobs((row.circle, row.document), whose, named);
    }

    /// Whose word it is what a document names of blobs: of a facet that several wrote in, the view
    /// has these fields as its origin wrote them.
    fn whose(
        &self,
        circle: CircleId,
        origin: OrgId,
        authors: impl Iterator<Item = OrgId>,
    ) -> Whose {
        let authors: BTreeSet<OrgId> = authors.collect();
        let own = self.org();
        if circle == self.own.private || (origin == own && authors.contains(&own)) {
            return Whose::Ours;
        }
        // Who claims another's origin is counted by itself.
        let writer = authors.first().copied().unwrap_or(origin);
        Whose::Of(if authors.contains(&origin) { origin } else { writer })
    }

    fn note_blobs(&mut self, key: DocumentKey, whose: Whose, named: Vec<names::Named>) {
        let (circle, _) = key;
        if let Whose::Of(org) = whose {
            for one in &named {
                let (blob, size) = (one.blob, one.size);
                if self.blobs.policy.fetches(&circle, one.slot, size) {
                    self.blobs.queue.add(org, Wish { blob, circle, size });
                }
            }
        }
        let gone = self.blobs.names.note(key, whose, named);
        self.let_go(&gone);
    }

    /// A document is gone from the view.
    pub(super) fn forget_blobs_of(&mut self, document: DocumentKey) {
        let gone = self.blobs.names.note(document, Whose::Ours, Vec::new());
        self.let_go(&gone);
    }

    /// Forgets what nothing names any more, unless a person asked for it: its origin took it back.
    fn let_go(&mut self, gone: &[BlobId]) {
        for blob in gone {
            self.blobs.queue.forget(blob);
            if self.blobs.exchange.why(blob) == Some(Why::Unasked) {
                self.blobs.exchange.give_up(blob);
            }
            let shelf = self.blobs.exchange.shelf();
            if shelf.why(blob) == Some(Why::Unasked)
                && let Err(error) = shelf.remove(blob)
            {
                self.blob_notice(&errors::sentence(&error));
            }
        }
    }

    /// Asks for what is to be fetched by itself, as far as there is room for it.
    fn fetch_by_itself(&mut self, now: Timestamp) {
        let exchange = &self.blobs.exchange;
        let here = |blob: &BlobId| exchange.far(blob).map(|far| far.here);
        for late in self.blobs.queue.rotate(now, here) {
            if self.blobs.exchange.why(&late) == Some(Why::Unasked) {
                self.blobs.exchange.give_up(&late);
            }
        }
        let full = self.blobs.no_room_until.is_some_and(|until| now < until);
        while !full && let Some(Wish { blob, circle, size }) = self.blobs.queue.next(now) {
            // What this organisation shares there itself tells nobody anything.
            let is_ours = self.blobs.names.is_ours_in(&circle, &blob);
            let begun = is_ours
                .then_some(false)
                .map_or_else(|| self.blobs.exchange.want_unasked(blob, circle, size), Ok);
            match begun {
                Ok(true) => {}
                Ok(false) => self.blobs.queue.done(&blob),
                Err(error) => {
                    self.blobs.queue.done(&blob);
                    self.blobs.no_room_until = Some(now.saturating_add(NO_ROOM_PAUSE));
                    self.blob_notice(&errors::sentence(&error));
                    return;
                }
            }
        }
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
        self.fetch_by_itself(now);
        let court = Court {
            engine: &self.engine,
            replica: &self.replica,
            sessions: &self.sessions,
            names: &self.blobs.names,
        };
        let (outcomes, wake) = self.blobs.exchange.pump(now, &court);
        let wake = wake.into_iter().chain(self.blobs.queue.due(now)).min();
        self.blobs.wake = wake;
        for outcome in outcomes {
            match outcome {
                Outcome::Send { connection, bytes } => self.send(connection, bytes),
                Outcome::Close { connection, why } => self.end_session(connection, why),
                Outcome::Whole { blob } => self.blob_done(&blob),
                Outcome::Failed { blob, why, message } => {
                    self.blob_done(&blob);
                    // What others write wrongly is no news unless somebody waits for it.
                    if why == Why::Asked {
                        self.blob_notice(&message);
                    }
                }
            }
        }
        if self.blobs.stirred { Some(now) } else { wake }
    }

    fn blob_done(&mut self, blob: &BlobId) {
        self.blobs.queue.done(blob);
        // The next may begin.
        self.blobs.stirred = true;
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
        for (org, one) in self.blobs.names.of_others_in(&circle) {
            let (blob, size) = (one.blob, one.size);
            if self.blobs.policy.fetches(&circle, one.slot, size) {
                self.blobs.queue.add(org, Wish { blob, circle, size });
            }
        }
        self.blobs.no_room_until = None;
        self.blobs.stirred = true;
        Ok(())
    }

    pub(super) const fn blob_policy(&self) -> &Policy {
        &self.blobs.policy
    }
}
