//! Moves things on: from the network through sync into replica and view, and back out.

use std::collections::BTreeSet;

use crate::{
    model::{
        id::{CircleId, IncidentId},
        registry::Tier,
        time::Timestamp,
    },
    net::NetEvent,
    node::{Node, clock, core::Session, requests::meta::Claim},
    replica::{DocumentKey, Storage, Tree},
    sync::{ConnectionId, Event, Input, Output},
    view::{ConflictValue, DocumentRow, RowConflict},
};

impl Node {
    /// Takes what the network reports, except requests to join.
    pub(super) fn take_net(&mut self, event: NetEvent) {
        match event {
            NetEvent::Connected { connection, key, outbound, .. } => {
                let connection = ConnectionId(connection.0);
                let session =
                    Session { transport: key, since: clock::now(), caught_up: BTreeSet::new() };
                self.sessions.insert(connection, session);
                self.note_contact(&key);
                self.dial_errors.remove(&crate::net::peer_id(&key).unwrap_or_default());
                self.input(Input::PeerConnected { connection, transport: key, dialed: outbound });
            }
            NetEvent::Frame { connection, bytes } => {
                self.traffic.bytes_received += bytes.len() as u64;
                self.traffic.frames_received += 1;
                self.input(Input::Frame { connection: ConnectionId(connection.0), bytes });
            }
            NetEvent::Disconnected { connection, reason } => {
                tracing::debug!(%connection, %reason, "session ended");
                let connection = ConnectionId(connection.0);
                self.sessions.remove(&connection);
                self.input(Input::PeerDisconnected { connection });
            }
            NetEvent::Listening { address } => self.take_listening(&address),
            NetEvent::DialFailed { key, reason } => {
                self.dial_errors.insert(crate::net::peer_id(&key).unwrap_or_default(), reason);
            }
            NetEvent::Drained { .. } | NetEvent::JoinRequest { .. } => {}
        }
        self.settle();
    }

    fn take_listening(&mut self, address: &str) {
        if let Ok(address) = crate::net::address_with_key(address, &self.transport()) {
            self.listening.insert(address);
            let circles: Vec<CircleId> = self.replica.circle_ids().collect();
            self.chores.extend(circles);
        }
    }

    /// Time has passed: wakes sync, grants keys, writes the index, where due. Gives the time of
    /// the next call.
    pub(super) fn tick(&mut self) -> Option<Timestamp> {
        let now = clock::now();
        if self.wake.is_some_and(|at| at <= now) {
            self.wake = None;
            self.input(Input::Tick);
        }
        let due: Vec<CircleId> =
            self.tend.iter().filter(|(_, at)| **at <= now).map(|(circle, _)| *circle).collect();
        for circle in due {
            self.tend.remove(&circle);
            self.tend_circle(&circle);
        }
        self.settle();
        if self.checkpoint.is_some_and(|at| at <= now) {
            self.checkpoint = None;
            crate::node::home::note_in_anchor(&mut self.replica, &self.own.private);
            if let Err(error) = self.replica.storage_mut().checkpoint() {
                self.notices.insert(format!("the index was not written: {error}"));
            }
        }
        self.tend.values().copied().chain(self.wake).chain(self.checkpoint).min()
    }

    /// Opens what came in, shows it, and tells the partners what is new, until nothing moves.
    pub(super) fn settle(&mut self) {
        loop {
            let changed = self.replica.open_inbox();
            for key in &changed {
                self.show(key);
                self.learn_addresses(key);
            }
            let outbox = self.replica.take_outbox();
            let quiet = outbox == crate::replica::Outbox::default();
            for (circle, log) in outbox.appended {
                self.input(Input::LocalAppended { circle, log });
            }
            for (circle, added) in outbox.statements {
                self.statements_changed(circle);
                let added = added.into_iter().collect();
                self.input(Input::StatementsChanged { circle, added });
            }
            if !changed.is_empty() || !quiet {
                self.checkpoint_soon();
            }
            self.do_chores();
            if changed.is_empty() && quiet && self.replica.is_settled() {
                break;
            }
        }
        self.notices.extend(self.replica.take_reports());
        while self.notices.len() > crate::model::limits::MAX_REPORTS {
            self.notices.pop_first();
        }
    }

    /// Gives sync an input and does what it says.
    pub(super) fn input(&mut self, input: Input) {
        let now = clock::now();
        let outputs = self.engine.handle(now, &mut self.rng, input, &mut self.replica);
        for output in outputs {
            match output {
                Output::Send { connection, bytes } => self.send(connection, bytes),
                Output::Close { connection, reason } => {
                    self.sessions.remove(&connection);
                    if let Some(net) = &self.net {
                        net.close_soon(crate::net::ConnectionId(connection.0), reason.to_string());
                    }
                }
                Output::Wake { at } => self.wake = Some(at),
                Output::Event(event) => self.take_event(event),
            }
        }
    }

    fn send(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        self.traffic.frames_sent += 1;
        self.traffic.bytes_sent += bytes.len() as u64;
        let Some(net) = &self.net else { return };
        if let Err(error) = net.send(crate::net::ConnectionId(connection.0), bytes) {
            // The session begins anew when the peer is dialled again; nothing is lost, since a
            // peer pulls what it lacks.
            tracing::debug!(%error, "a frame was not sent");
            net.close_soon(crate::net::ConnectionId(connection.0), error.to_string());
        }
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::StatementsArrived { circle, .. } | Event::CircleIntroduced { circle, .. } => {
                self.statements_changed(circle);
            }
            Event::EntriesArrived { circle, log, from, to } => {
                self.traffic.entries_received += to.saturating_sub(from);
                // A first key may have come, with which we can present ourselves.
                if log.lane == crate::model::id::Lane::Control {
                    self.statements_changed(circle);
                }
            }
            Event::CaughtUp { circle, connection, .. } => {
                if let Some(session) = self.sessions.get_mut(&connection) {
                    session.caught_up.insert(circle);
                }
            }
            Event::Forked { circle, log } => self.take_fork(&circle, &log),
            Event::RefusedByPeer { circle, .. } => {
                let name = self.circle_name(&circle).unwrap_or_else(|| circle.short());
                self.notices.insert(format!("a partner no longer gives us entries of {name}"));
            }
            Event::StorageFailed { .. } => {
                self.notices
                    .insert("entries could not be stored: check the disk's free space".to_owned());
            }
            Event::Progress { .. } => {}
        }
    }

    fn take_fork(&mut self, circle: &CircleId, log: &crate::model::id::LogId) {
        let who = self.org_of_device(circle, &log.device);
        self.notices.insert(format!(
            "log {log} of {who} is frozen: its writer signed two entries at one place (a copied home, or a theft)"
        ));
        self.begin_new_life(circle);
        // Grants in what no longer counts are nobody's.
        self.tend_soon(*circle);
    }

    /// Begins new logs, if what this device may write in a circle would not count in the old ones:
    /// a removal cut them off before it was taken back in, or they are forked.
    pub(super) fn begin_new_life(&mut self, circle: &CircleId) {
        if !self.replica.may_write(circle) || !self.replica.is_cut_off(circle) {
            return;
        }
        let incarnation = crate::node::home::new_incarnation(&mut self.rng);
        self.own.incarnation = incarnation;
        self.replica.set_incarnation(incarnation);
        if let Err(error) = crate::node::home::keep_own(&mut self.replica, &self.own) {
            self.notices.insert(error.message);
        }
    }

    /// Grants what members of a circle lack.
    fn tend_circle(&mut self, circle: &CircleId) {
        if let Err(error) = self.replica.tend(circle, &mut self.rng) {
            self.notices.insert(format!("keys were not granted: {error}"));
        }
    }

    /// Puts a document into the view and its row into the index.
    fn show(&mut self, key: &DocumentKey) {
        let shown = self.row(key);
        let index_key = [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat();
        let cached = shown.as_ref().and_then(|row| serde_json::to_vec(row).ok());
        let storage = self.replica.storage_mut();
        if let Err(error) = storage.put(Tree::Rows, &index_key, cached.as_deref()) {
            self.notices.insert(error.to_string());
        }
        match shown {
            Some(row) => self.view.upsert(row),
            None => self.view.remove(&key.0, &key.1),
        }
    }

    /// The row of an incident's document; none if it is something else.
    pub(super) fn row(&self, key: &DocumentKey) -> Option<DocumentRow> {
        let document = self.replica.document(key).ok()??;
        if document.schema().name() != "incident" || document.is_empty() {
            return None;
        }
        let record = document.record();
        let private = self.own.private == key.0;
        let own = || (IncidentId::new(*key.1.as_bytes()), self.org(), true);
        let claimed = |claim: Claim| (claim.incident, claim.origin, claim.holds(&key.0, &key.1));
        let (incident, origin, holds) =
            if private { own() } else { Claim::of(&record).map(claimed)? };
        let tier = record
            .text(crate::model::registry::table::FACET_TIER)
            .and_then(Tier::from_code)
            .unwrap_or(Tier::Restricted);
        // A claim that does not hold is shown as one whose origin never wrote: it beats no other.
        let authors = if holds { self.replica.authors(key).unwrap_or_default() } else { [].into() };
        Some(DocumentRow {
            circle: key.0,
            document: key.1,
            incident,
            origin,
            tier: (!private).then_some(tier),
            conflicts: self.row_conflicts(key, &document),
            changes: document.history().len() as u64,
            authors: authors
                .iter()
                .filter_map(|device| self.org_by_device(&key.0, device))
                .collect(),
            record,
        })
    }

    fn row_conflicts(
        &self,
        key: &DocumentKey,
        document: &crate::doc::Document,
    ) -> Vec<RowConflict> {
        let actors = self.actors(key);
        document
            .conflicts()
            .into_iter()
            .map(|conflict| RowConflict {
                path: conflict.path.clone(),
                values: conflict
                    .values
                    .iter()
                    .map(|value| ConflictValue {
                        value: value.value.clone(),
                        org: actors.get(&value.actor).copied(),
                    })
                    .collect(),
            })
            .collect()
    }

    /// Fills the view from the rows in the index.
    pub(super) fn fill_view(&mut self) -> Result<(), crate::api::ApiError> {
        let mut rows: Vec<DocumentRow> = Vec::new();
        self.replica.storage().each(Tree::Rows, &mut |bytes| {
            rows.extend(serde_json::from_slice::<DocumentRow>(bytes).ok());
        })?;
        for row in rows {
            self.view.upsert(row);
        }
        Ok(())
    }
}
