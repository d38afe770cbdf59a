//! Moves things on: from the network through sync into replica and view, and back out.

use std::collections::BTreeSet;

use crate::{
    api::ApiError,
    model::{id::CircleId, time::Timestamp},
    net::NetEvent,
    node::{Node, clock, core::Session},
    sync::{ConnectionId, Event, Input, Output},
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
                self.blobs.exchange.connected(clock::uptime(), connection, key);
                self.input(Input::PeerConnected { connection, transport: key, dialed: outbound });
            }
            NetEvent::Frame { connection, bytes } => {
                self.traffic.bytes_received += bytes.len() as u64;
                self.traffic.frames_received += 1;
                let connection = ConnectionId(connection.0);
                if !self.take_blob_frame(connection, &bytes) {
                    self.input(Input::Frame { connection, bytes });
                }
            }
            NetEvent::Disconnected { connection, reason } => {
                tracing::debug!(%connection, %reason, "session ended");
                let connection = ConnectionId(connection.0);
                self.sessions.remove(&connection);
                self.blobs.exchange.disconnected(connection);
                self.input(Input::PeerDisconnected { connection });
            }
            NetEvent::Listening { address } => self.take_listening(&address),
            NetEvent::Reach(reach) => self.take_reach(reach),
            NetEvent::NotListening { address } => self.forget_listening(&address),
            NetEvent::DialFailed { key, reason } => {
                self.dial_errors.insert(crate::net::peer_id(&key).unwrap_or_default(), reason);
            }
            NetEvent::Drained { .. } | NetEvent::JoinRequest { .. } => {}
        }
        self.unsettled = true;
        self.stir_blobs();
        if self.held.is_none() {
            self.settle();
        }
    }

    /// From here on nothing leaves and nothing is synced to the disk before [`Self::release`].
    pub(super) fn hold(&mut self) {
        self.replica.hold_commits();
        self.held.get_or_insert_default();
    }

    /// Opens what came in, if something did.
    pub(super) fn settle_if_unsettled(&mut self) {
        if self.unsettled {
            self.settle();
        }
    }

    /// Makes durable what was written, and then lets out what says so.
    ///
    /// # Errors
    /// When the journal fails: nothing of it may be acknowledged, and the sessions end, since the
    /// peers were not told what sync thinks that they were.
    pub(super) fn release(&mut self) -> Result<(), ApiError> {
        self.release_once()?;
        // What came in is opened only now, while the peers already send more.
        if self.unsettled {
            self.hold();
            self.settle();
            self.release_once()?;
        }
        Ok(())
    }

    fn release_once(&mut self) -> Result<(), ApiError> {
        let durable = self.replica.release_commits();
        let held = self.held.take().unwrap_or_default();
        if let Err(error) = durable {
            self.end_sessions();
            return Err(error.into());
        }
        for output in held {
            self.let_out(output);
        }
        Ok(())
    }

    fn take_listening(&mut self, address: &str) {
        if let Ok(address) = crate::net::address_with_key(address, &self.transport()) {
            self.listening.insert(address);
            let circles: Vec<CircleId> = self.replica.circle_ids().collect();
            self.chores.extend(circles);
        }
    }

    fn forget_listening(&mut self, address: &str) {
        if let Ok(address) = crate::net::address_with_key(address, &self.transport()) {
            self.listening.remove(&address);
            let circles: Vec<CircleId> = self.replica.circle_ids().collect();
            self.chores.extend(circles);
        }
    }

    /// Time has passed: wakes sync, grants keys, writes the index, where due. Gives the time of
    /// the next call.
    pub(super) fn tick(&mut self) -> Option<Timestamp> {
        let now = clock::uptime();
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
        let is_due = self.checkpoint.is_some_and(|(at, _latest)| at <= now);
        if is_due {
            self.checkpoint = None;
        }
        if !self.replica.is_caught_up() {
            // Tried again then, and the index does not know it before.
            self.checkpoint_soon();
        } else if is_due {
            crate::node::home::note_in_anchor(&mut self.replica, &self.own.private);
            if let Err(error) = self.replica.storage_mut().checkpoint() {
                self.notices.insert(format!("the index was not written: {error}"));
            }
        }
        let blobs = self.pump_blobs();
        let alerts = self.watch_alerts();
        self.tend
            .values()
            .copied()
            .chain(blobs)
            .chain(alerts)
            .chain(self.wake)
            .chain(self.checkpoint.map(|(at, _latest)| at))
            .min()
    }

    /// Opens what came in, shows it, and tells the partners what is new, until nothing moves.
    pub(super) fn settle(&mut self) {
        self.unsettled = false;
        self.replica.retry_unread();
        loop {
            let changed = self.replica.open_inbox();
            let quiet = changed.is_empty();
            for (key, document) in &changed {
                self.learn_addresses(key, &document.writers);
                self.learn_circles(key, &document.writers);
            }
            self.show_all(changed);
            let outbox = self.replica.take_outbox();
            if !outbox.statements.is_empty() {
                let rules = self.rules();
                self.view.set_rules(rules);
            }
            let quiet = quiet && outbox == crate::replica::Outbox::default();
            self.replica.note_known(clock::now());
            for circle in outbox.receipts {
                self.input(Input::ReceiptsChanged { circle });
            }
            for (circle, log) in outbox.appended {
                self.input(Input::LocalAppended { circle, log });
            }
            for (circle, added) in outbox.statements {
                self.statements_changed(circle);
                let added = added.into_iter().collect();
                self.input(Input::StatementsChanged { circle, added });
            }
            if !quiet {
                self.checkpoint_soon();
            }
            self.do_chores();
            if quiet && self.replica.is_settled() {
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
        let now = clock::uptime();
        let outputs = self.engine.handle(now, &mut self.rng, input, &mut self.replica);
        for output in outputs {
            match output {
                Output::Wake { at } => self.wake = Some(at),
                Output::Event(event) => self.take_event(event),
                Output::Send { .. } | Output::Close { .. } => match &mut self.held {
                    Some(held) => held.push(output),
                    None => self.let_out(output),
                },
            }
        }
    }

    /// Does what sync wants done with a connection.
    fn let_out(&mut self, output: Output) {
        match output {
            Output::Send { connection, bytes } => self.send(connection, bytes),
            Output::Close { connection, reason } => {
                self.blobs.exchange.disconnected(connection);
                let session = self.sessions.remove(&connection);
                let key = session.map(|session| session.transport).unwrap_or_default();
                let peer = crate::net::peer_id(&key).unwrap_or_default();
                tracing::warn!(%peer, %reason, "closed a session");
                if let Some(net) = &self.net {
                    net.close_soon(crate::net::ConnectionId(connection.0), reason.to_string());
                }
            }
            Output::Wake { .. } | Output::Event(_) => {}
        }
    }

    /// Ends a session with a peer that broke the rules beside sync.
    pub(super) fn end_session(&mut self, connection: ConnectionId, why: &'static str) {
        tracing::warn!(why, "closed a session");
        self.sessions.remove(&connection);
        self.input(Input::PeerDisconnected { connection });
        if let Some(net) = &self.net {
            net.close_soon(crate::net::ConnectionId(connection.0), why.to_owned());
        }
    }

    pub(super) fn send(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
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

    pub(super) fn take_fork(&mut self, circle: &CircleId, log: &crate::model::id::LogId) {
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
    pub(super) fn tend_circle(&mut self, circle: &CircleId) {
        if let Err(error) = self.replica.tend(circle, &mut self.rng) {
            self.notices.insert(format!("keys were not granted: {error}"));
        }
    }
}
