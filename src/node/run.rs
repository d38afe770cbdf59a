//! The node in the foreground: network, control socket, orderly shutdown.

use std::{path::Path, pin::Pin};

use tokio::sync::{mpsc, watch};

use crate::{
    api::{ApiError, Request, control::ControlServer, network::Network},
    crypto::Passphrase,
    node::{
        Handle,
        actor::{DEFAULT_LISTEN, NetOptions},
        errors, notify,
    },
};

/// What a running node tells whoever started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEvent {
    /// The home is open.
    Opened {
        /// The organisation's name.
        org_name: String,
        /// The device's libp2p peer id.
        peer_id: String,
    },
    /// The node listens.
    Listening {
        /// Full multiaddr, with `/p2p/<PeerId>`.
        address: String,
    },
    /// Phones can send.
    OpenRosa {
        /// The address of the endpoint.
        address: String,
    },
    /// Requests are taken on the control socket.
    Ready,
    /// An alert waits for this organisation.
    AlertWaits,
    /// Something that a person should know.
    Notice {
        /// One sentence.
        message: String,
    },
    /// The node has stopped in an orderly way.
    Stopped,
}

/// A door that is open beside the node's own: where, and what answers there until it is dropped.
pub struct Door {
    /// Its address, for people.
    pub address: String,
    /// Answers.
    pub serve: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Opens a door when the node is open.
pub type OpenDoor =
    Box<dyn FnOnce(Handle) -> Pin<Box<dyn Future<Output = Result<Door, ApiError>> + Send>> + Send>;

/// Runs a node until it is told to stop: by a signal or through its control socket.
///
/// # Errors
/// When the home cannot be opened, or an address or the socket not be listened on.
pub fn run(
    home: &Path,
    passphrase: Passphrase,
    listen: Vec<String>,
    door: Option<OpenDoor>,
    network: Network,
    events: &mut dyn FnMut(RunEvent),
) -> Result<(), ApiError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| errors::internal(error.to_string()))?;
    runtime.block_on(run_until_stopped(home, passphrase, (listen, network), door, events))
}

async fn run_until_stopped(
    home: &Path,
    passphrase: Passphrase,
    (listen, network): (Vec<String>, Network),
    door: Option<OpenDoor>,
    events: &mut dyn FnMut(RunEvent),
) -> Result<(), ApiError> {
    let listen = if listen.is_empty() {
        DEFAULT_LISTEN.iter().map(|it| (*it).to_owned()).collect()
    } else {
        listen
    };
    let net = NetOptions { listen: listen.clone(), running: true, by_hand: false, network };
    let handle = Handle::start(home, passphrase, Some(net)).await?;
    let status = handle.with(|node| node.opened()).await?;
    events(RunEvent::Opened { org_name: status.0, peer_id: status.1 });
    let control = ControlServer::bind(home)?;
    for address in handle.listening().await? {
        events(RunEvent::Listening { address });
    }
    handle.keep_listen(listen).await?;
    for message in handle.with(|node| node.store_notes()).await? {
        events(RunEvent::Notice { message });
    }
    let door = match door {
        None => None,
        Some(open) => match open(handle.clone()).await {
            Ok(Door { address, serve }) => {
                events(RunEvent::OpenRosa { address });
                let serving = tokio::spawn(serve);
                let closing = serving.abort_handle();
                tokio::spawn(async move {
                    if let Some(why) = ended(serving.await) {
                        tracing::error!(why, "the door for phones is closed: start the node again");
                    }
                });
                Some(closing)
            }
            Err(error) => {
                handle.stop().await?;
                return Err(error);
            }
        },
    };
    let (stop, stopped) = watch::channel(false);
    let requests = {
        let (handle, stop) = (handle.clone(), stop.clone());
        move |request: Request, progress: crate::api::control::ProgressSender| {
            let (handle, stop) = (handle.clone(), stop.clone());
            async move {
                let shutdown = request == Request::Shutdown;
                let answer = handle.call(request, move |it| progress.report(it)).await;
                if shutdown {
                    stop.send_replace(true);
                }
                answer
            }
        }
    };
    let (bell, mut rung) = mpsc::channel(1);
    // One that waits is as loud as two, and nobody waits for whoever reads the terminal.
    let ringing = notify::ring(handle.clone(), move || bell.try_send(()).unwrap_or_default());
    let ringing = tokio::spawn(ringing).abort_handle();
    events(RunEvent::Ready);
    // In a task of its own: a terminal that nobody reads holds up what is said there, and no more.
    let mut serving = tokio::spawn(control.serve(requests, until_stopped(stopped)));
    loop {
        tokio::select! {
            _ended = &mut serving => break,
            Some(()) = rung.recv() => events(RunEvent::AlertWaits),
        }
    }
    ringing.abort();
    drop(stop);
    if let Some(door) = door {
        // Who was not told sends again.
        door.abort();
    }
    handle.stop().await?;
    events(RunEvent::Stopped);
    Ok(())
}

/// Why a door ended by itself; none if it was closed.
fn ended(served: Result<(), tokio::task::JoinError>) -> Option<&'static str> {
    match served {
        Err(error) if error.is_cancelled() => None,
        Err(_panic) => Some("it failed"),
        Ok(()) => Some("it ended"),
    }
}

/// Until a signal or a request to stop.
async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = signals() => {}
        _changed = stopped.wait_for(|stop| *stop) => {}
    }
}

#[cfg(unix)]
async fn signals() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::warn!("signals cannot be listened for: stop the node with `ceiba stop`");
        return std::future::pending().await;
    };
    tokio::select! {
        _signal = interrupt.recv() => {}
        _signal = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signals() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_door_that_ends_by_itself_is_told_and_one_that_is_closed_is_not() {
        assert_eq!(ended(tokio::spawn(async {}).await), Some("it ended"));
        let failing = tokio::spawn(async { assert!(std::env::args().count() > 9_999) });
        assert_eq!(ended(failing.await), Some("it failed"));
        let open = tokio::spawn(std::future::pending());
        open.abort();
        assert_eq!(ended(open.await), None);
    }
}
