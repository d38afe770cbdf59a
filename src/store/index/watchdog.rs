//! Doing what may panic or never end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

/// What became of work that did not end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stuck {
    /// It panicked.
    Panicked,
    /// It did not end in time, and goes on by itself: a thread cannot be stopped from outside.
    TimedOut,
}

/// Does work on a thread of its own, and waits for it so long.
pub(super) fn run<T: Send + 'static>(
    timeout: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Stuck> {
    let (sender, receiver) = sync_channel(1);
    let thread = thread::Builder::new().name("index".to_owned()).spawn(move || {
        // Nothing of what the work touched is used after a panic.
        let result = catch_unwind(AssertUnwindSafe(work));
        // Nobody may be waiting any more.
        let _sent = sender.send(result.map_err(drop));
    });
    if thread.is_err() {
        return Err(Stuck::TimedOut);
    }
    match receiver.recv_timeout(timeout) {
        Ok(result) => result.map_err(|()| Stuck::Panicked),
        Err(RecvTimeoutError::Timeout) => Err(Stuck::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(Stuck::Panicked),
    }
}

/// Does work here, and turns a panic into none.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
