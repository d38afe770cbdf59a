//! Frames on their way out: one bounded queue for each session.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{
    Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError,
    mpsc::{self, error::TrySendError},
};

use super::{ConnectionId, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, SendError};
use crate::model::limits::MAX_FRAME_BYTES;

/// The queues of all sessions.
#[derive(Debug, Default)]
pub(super) struct Outboxes {
    by_connection: Mutex<BTreeMap<ConnectionId, Outbox>>,
}

/// The near end of one queue.
#[derive(Debug)]
struct Outbox {
    frames: mpsc::Sender<QueuedFrame>,
    room: Arc<Room>,
}

/// The far end of one queue, for the task that writes.
#[derive(Debug)]
pub(super) struct OutboxReader {
    pub(super) frames: mpsc::Receiver<QueuedFrame>,
    pub(super) room: Arc<Room>,
}

/// What is left of one queue's bytes.
#[derive(Debug)]
pub(super) struct Room {
    bytes: Arc<Semaphore>,
    slots: Arc<Semaphore>,
    refused: AtomicBool,
    changed: Notify,
}

/// What a frame takes of the queue.
#[derive(Debug)]
struct Share {
    _bytes: OwnedSemaphorePermit,
    _slot: OwnedSemaphorePermit,
}

/// A frame and its share of the queue, given back when it is dropped.
#[derive(Debug)]
pub(super) struct QueuedFrame {
    pub(super) bytes: Vec<u8>,
    _share: Share,
}

impl Outboxes {
    /// Makes the queue of a session.
    pub(super) fn open(&self, connection: ConnectionId) -> OutboxReader {
        let (frames, receiver) = mpsc::channel(MAX_QUEUED_FRAMES);
        let room = Arc::new(Room {
            bytes: Arc::new(Semaphore::new(MAX_QUEUED_BYTES)),
            slots: Arc::new(Semaphore::new(MAX_QUEUED_FRAMES)),
            refused: AtomicBool::new(false),
            changed: Notify::new(),
        });
        self.lock().insert(connection, Outbox { frames, room: Arc::clone(&room) });
        OutboxReader { frames: receiver, room }
    }

    /// Removes the queue of a session; what is sent later is refused as gone.
    pub(super) fn close(&self, connection: ConnectionId) {
        self.lock().remove(&connection);
    }

    /// Queues a frame without waiting.
    pub(super) fn send(&self, connection: ConnectionId, bytes: Vec<u8>) -> Result<(), SendError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(SendError::TooLarge { bytes: bytes.len(), limit: MAX_FRAME_BYTES });
        }
        let queues = self.lock();
        let outbox = queues.get(&connection).ok_or(SendError::Gone)?;
        let result = outbox.queue(bytes);
        if result == Err(SendError::Full) {
            outbox.room.refused.store(true, Ordering::SeqCst);
            // The queue may have been emptied between the refusal and this mark.
            outbox.room.changed.notify_one();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ConnectionId, Outbox>> {
        // No code that holds the lock can leave the map half-changed.
        self.by_connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    fn queue(&self, bytes: Vec<u8>) -> Result<(), SendError> {
        let share = self.room.share(bytes.len())?;
        self.frames.try_send(QueuedFrame { bytes, _share: share }).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Full,
            TrySendError::Closed(_) => SendError::Gone,
        })
    }
}

impl Room {
    fn share(&self, bytes: usize) -> Result<Share, SendError> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let refuse = |error| match error {
            TryAcquireError::NoPermits => SendError::Full,
            TryAcquireError::Closed => SendError::Gone,
        };
        Ok(Share {
            _slot: Arc::clone(&self.slots).try_acquire_owned().map_err(refuse)?,
            _bytes: Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(refuse)?,
        })
    }

    /// Tells that a frame has left the queue.
    pub(super) fn freed(&self) {
        self.changed.notify_one();
    }

    /// Waits until a frame was refused and half of the queue is free since.
    pub(super) async fn drained(&self) {
        loop {
            let half_free = self.bytes.available_permits() >= MAX_QUEUED_BYTES / 2
                && self.slots.available_permits() >= MAX_QUEUED_FRAMES / 2;
            if half_free && self.refused.swap(false, Ordering::SeqCst) {
                return;
            }
            self.changed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ConnectionId = ConnectionId(1);

    #[test]
    fn a_queue_is_bounded_in_bytes_and_in_frames() {
        let outboxes = Outboxes::default();
        assert_eq!(outboxes.send(ID, vec![]), Err(SendError::Gone));
        let mut reader = outboxes.open(ID);
        for _ in 0..MAX_QUEUED_BYTES / MAX_FRAME_BYTES {
            outboxes.send(ID, vec![0; MAX_FRAME_BYTES]).unwrap();
        }
        assert_eq!(outboxes.send(ID, vec![0; MAX_FRAME_BYTES]), Err(SendError::Full));
        while reader.frames.try_recv().is_ok() {}
        for _ in 0..MAX_QUEUED_FRAMES {
            outboxes.send(ID, vec![]).unwrap();
        }
        assert_eq!(outboxes.send(ID, vec![]), Err(SendError::Full));
        let limit = MAX_FRAME_BYTES;
        let over = SendError::TooLarge { bytes: limit + 1, limit };
        assert_eq!(outboxes.send(ID, vec![0; limit + 1]), Err(over));
        outboxes.close(ID);
        assert_eq!(outboxes.send(ID, vec![]), Err(SendError::Gone));
    }

    #[tokio::test]
    async fn room_is_told_once_after_a_refusal_and_only_when_half_is_free() {
        let outboxes = Outboxes::default();
        let mut reader = outboxes.open(ID);
        let room = Arc::clone(&reader.room);
        while outboxes.send(ID, vec![0; 1]).is_ok() {}
        let mut drained = Box::pin(room.drained());
        for _ in 0..MAX_QUEUED_FRAMES / 2 {
            assert!(futures::poll!(&mut drained).is_pending());
            drop(reader.frames.try_recv().unwrap());
            room.freed();
        }
        assert!(futures::poll!(&mut drained).is_ready());
        let mut again = Box::pin(room.drained());
        assert!(futures::poll!(&mut again).is_pending());
    }
}
