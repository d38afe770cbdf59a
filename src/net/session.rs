//! One sync session: the task that carries frames between a stream and the queues.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::Stream;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use super::{
    ConnectionId, DisconnectReason, NetEvent, TimeLimits,
    frame::{FrameError, read_frame_at, write_frame_at},
    limiter::Limiter,
    outbox::{OutboxReader, Outboxes, QueuedFrame},
};

/// What a session's task works with.
pub(super) struct SessionTask {
    pub(super) connection: ConnectionId,
    pub(super) stream: Stream,
    /// Sent first when the peer opened the stream, see [`verdict`].
    pub(super) admit: bool,
    pub(super) connected: NetEvent,
    pub(super) frame_limit: Arc<AtomicUsize>,
    pub(super) close: oneshot::Receiver<DisconnectReason>,
    /// Resolves when the peer's previous session has been reported as ended.
    pub(super) predecessor: Option<oneshot::Receiver<()>>,
    pub(super) outbox: OutboxReader,
    pub(super) outboxes: Arc<Outboxes>,
    pub(super) events: mpsc::Sender<NetEvent>,
    pub(super) limits: TimeLimits,
    pub(super) limiter: Arc<Limiter>,
}

/// How a session ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) reason: DisconnectReason,
    pub(super) lasted: Duration,
}

/// The one byte with which the accepting side answers a sync stream.
pub(super) mod verdict {
    /// The session begins.
    pub(in crate::net) const ADMITTED: u8 = 1;
    /// Not now: there is a session already, or no place.
    pub(in crate::net) const BUSY: u8 = 2;
    /// Not this peer.
    pub(in crate::net) const REFUSED: u8 = 3;
}

impl SessionTask {
    /// Runs to the end of the session, which it reports; dropping `done` lets a successor begin.
    pub(super) async fn run(mut self, done: oneshot::Sender<()>) -> Ended {
        if let Some(predecessor) = self.predecessor.take() {
            // Resolves with an error, for the sender is only ever dropped.
            let _gone = predecessor.await;
        }
        let begin = Instant::now();
        let reason = match self.greet().await {
            Ok(()) => self.announced().await,
            Err(error) => error.into(),
        };
        self.outboxes.close(self.connection);
        drop(done);
        Ended { reason, lasted: begin.elapsed() }
    }

    async fn greet(&mut self) -> Result<(), FrameError> {
        if self.admit {
            send_verdict(&mut self.stream, verdict::ADMITTED, self.limits.handshake).await?;
        }
        Ok(())
    }

    /// The part of the session between `Connected` and `Disconnected`.
    async fn announced(&mut self) -> DisconnectReason {
        let connection = self.connection;
        let connected = std::mem::replace(&mut self.connected, NetEvent::Drained { connection });
        if self.events.send(connected).await.is_err() {
            return DisconnectReason::Shutdown;
        }
        let reason = self.carry().await;
        self.outboxes.close(connection);
        let event = NetEvent::Disconnected { connection, reason: reason.clone() };
        // Without a receiver the whole network is stopping.
        let _stopping = self.events.send(event).await;
        reason
    }

    async fn carry(&mut self) -> DisconnectReason {
        let progress = self.limits.progress;
        let (mut reader, mut writer) = (&mut self.stream).split();
        let reason = {
            let OutboxReader { frames, room } = &mut self.outbox;
            let mut write =
                pin!(write_all(&mut writer, frames, || room.freed(), (progress, &self.limiter)));
            let limiter = &self.limiter;
            let inbox = Inbox { connection: self.connection, events: &self.events, limiter };
            let limit = || self.frame_limit.load(Ordering::Relaxed);
            let reason = tokio::select! {
                biased;
                reason = &mut self.close => reason.unwrap_or(DisconnectReason::Shutdown),
                reason = inbox.read_all(&mut reader, limit, progress) => reason,
                reason = &mut write => reason,
                reason = inbox.tell_drained(room) => reason,
            };
            if ends_here_in_order(&reason) {
                // What was queued before the order to close still goes out, within a limit.
                self.outboxes.close(self.connection);
                let _flushed = timeout(self.limits.shutdown / 2, write).await;
            }
            reason
        };
        let last = ends_here_in_order(&reason);
        if last || reason == DisconnectReason::ClosedByPeer {
            let _parted = timeout(self.limits.shutdown / 2, part(reader, writer, last)).await;
        }
        reason
    }
}

/// Ends our side of the stream. The peer ends its side when it has read all; if we end first, the
/// connection must live until then.
async fn part(
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    wait_for_peer: bool,
) -> std::io::Result<()> {
    writer.close().await?;
    if wait_for_peer {
        futures::io::copy(&mut reader, &mut futures::io::sink()).await?;
    }
    Ok(())
}

fn ends_here_in_order(reason: &DisconnectReason) -> bool {
    matches!(reason, DisconnectReason::ClosedHere(_) | DisconnectReason::Shutdown)
}

/// Where a session's events go.
struct Inbox<'a> {
    connection: ConnectionId,
    events: &'a mpsc::Sender<NetEvent>,
    limiter: &'a Limiter,
}

impl Inbox<'_> {
    /// Reads frames until the stream ends; while the queue of events is full, nothing is read.
    async fn read_all(
        &self,
        reader: &mut (impl AsyncRead + Unpin),
        limit: impl Fn() -> usize + Copy,
        progress: Duration,
    ) -> DisconnectReason {
        loop {
            let bytes = match read_frame_at(reader, limit, progress, self.limiter).await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return DisconnectReason::ClosedByPeer,
                Err(error) => return error.into(),
            };
            let frame = NetEvent::Frame { connection: self.connection, bytes };
            if self.events.send(frame).await.is_err() {
                return DisconnectReason::Shutdown;
            }
        }
    }

    async fn tell_drained(&self, room: &super::outbox::Room) -> DisconnectReason {
        loop {
            room.drained().await;
            let drained = NetEvent::Drained { connection: self.connection };
            if self.events.send(drained).await.is_err() {
                return DisconnectReason::Shutdown;
            }
        }
    }
}

/// Writes frames until the queue is closed and empty.
async fn write_all(
    writer: &mut (impl AsyncWrite + Unpin),
    frames: &mut mpsc::Receiver<QueuedFrame>,
    freed: impl Fn(),
    (progress, limiter): (Duration, &Limiter),
) -> DisconnectReason {
    while let Some(frame) = frames.recv().await {
        if let Err(error) = write_frame_at(writer, &frame.bytes, progress, limiter).await {
            return error.into();
        }
        drop(frame);
        freed();
    }
    DisconnectReason::Shutdown
}

/// Answers a sync stream.
pub(super) async fn send_verdict(
    stream: &mut Stream,
    verdict: u8,
    limit: Duration,
) -> Result<(), FrameError> {
    let send = async {
        stream.write_all(&[verdict]).await?;
        stream.flush().await
    };
    Ok(timeout(limit, send).await.map_err(|_elapsed| FrameError::Stalled)??)
}

/// Waits for the answer to a sync stream of ours.
pub(super) async fn read_verdict(stream: &mut Stream, limit: Duration) -> Result<u8, FrameError> {
    let mut byte = [0; 1];
    timeout(limit, stream.read_exact(&mut byte))
        .await
        .map_err(|_elapsed| FrameError::Stalled)??;
    Ok(u8::from_be_bytes(byte))
}

impl From<FrameError> for DisconnectReason {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge { announced, limit } => Self::FrameTooLarge { announced, limit },
            FrameError::Stalled => Self::Stalled,
            FrameError::Io(error) => Self::Lost(error.to_string()),
        }
    }
}
