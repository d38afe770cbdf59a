//! What one call of the engine has at hand.

use rand::CryptoRng;

use crate::{
    log::LogPosition,
    model::{
        id::{CircleId, DeviceId, LogId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, Event, Output, Reason, Replica, limits::MAX_STRANGER_BYTES, message::Message,
        session::Session,
    },
};

/// Time, randomness, state and outputs of one call.
pub(super) struct Turn<'a, R> {
    pub(super) now: Timestamp,
    pub(super) replica: &'a mut R,
    rng: &'a mut dyn CryptoRng,
    outputs: Vec<Output>,
}

impl<'a, R: Replica> Turn<'a, R> {
    pub(super) fn new(now: Timestamp, rng: &'a mut dyn CryptoRng, replica: &'a mut R) -> Self {
        Self { now, replica, rng, outputs: Vec::new() }
    }

    pub(super) fn into_outputs(self) -> Vec<Output> {
        self.outputs
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push(output);
    }

    pub(super) fn send(&mut self, connection: ConnectionId, message: Message) {
        self.push(Output::Send { connection, bytes: message.encode() });
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(super) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// The peer's device, if it is certified and may have and bring entries of the circle.
    /// To be asked at the moment of sending or taking, never remembered.
    pub(super) fn entitled(&self, circle: &CircleId, transport: &[u8; 32]) -> Option<DeviceId> {
        let device = self.replica.device_of_transport(transport)?;
        self.replica.serves(circle, &device).then_some(device)
    }

    /// The peer's device, if all entries of a circle may go to it: only such a one is told who holds
    /// how much.
    pub(super) fn reads(&self, circle: &CircleId, transport: &[u8; 32]) -> Option<DeviceId> {
        let device = self.replica.device_of_transport(transport)?;
        self.replica.reads(circle, &device).then_some(device)
    }

    /// Whether entries of a log may go to the peer, which is entitled to entries of the circle.
    pub(super) fn may_have(&self, circle: &CircleId, transport: &[u8; 32], log: &LogId) -> bool {
        let device = self.replica.device_of_transport(transport);
        device.is_some_and(|device| self.replica.may_have(circle, &device, log))
    }

    /// How far we hold the logs that the peer may know of.
    pub(super) fn frontier_for(&self, circle: &CircleId, transport: &[u8; 32]) -> Vec<LogPosition> {
        match self.replica.device_of_transport(transport) {
            Some(device) => self.replica.frontier_for(circle, &device),
            None => Vec::new(),
        }
    }

    pub(super) fn knows(&self, transport: &[u8; 32]) -> bool {
        self.replica.device_of_transport(transport).is_some()
    }

    /// Whether the peer came to us and nobody vouches for it: it gets the tight budgets. Whom we
    /// dialled ourselves we chose.
    pub(super) fn is_stranger(&self, session: &Session) -> bool {
        !session.dialed && !self.knows(&session.transport)
    }

    /// Takes note of a frame of a stranger.
    ///
    /// # Errors
    /// When the stranger has sent more than strangers may.
    pub(super) fn check_stranger(&self, session: &mut Session, bytes: usize) -> Result<(), Reason> {
        if !self.is_stranger(session) {
            return Ok(());
        }
        let Some(open) = session.open_mut() else {
            return Ok(());
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        open.stranger_bytes = open.stranger_bytes.saturating_add(bytes);
        if open.stranger_bytes > MAX_STRANGER_BYTES { Err(Reason::Stranger) } else { Ok(()) }
    }
}
