//! The node's side of the control socket.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, timeout},
};
use tracing::{debug, warn};

use super::{
    protocol::{
        HEARTBEAT, IO_TIMEOUT, LineError, MAX_CONNECTIONS, MAX_REQUEST_LINE, Reply,
        SMALL_REQUEST_LINE,
    },
    socket::Socket,
};
use crate::api::{Answer, ApiError, ErrorKind, Progress, Request};

/// Progress reports that wait for a slow client; further ones are dropped.
const PROGRESS_QUEUE: usize = 16;
/// Bytes that a client must take within [`IO_TIMEOUT`].
const WRITE_CHUNK: usize = 256 * 1024;
/// How long requests may still run when the node stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// How long a large request waits for its place; less than a client waits for the node.
const LARGE_WAIT: Duration = Duration::from_secs(20);
/// Pause after the system refused a connection (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Reports progress of one request to its client. Never waits: what a slow client does not take is
/// dropped.
#[derive(Debug, Clone)]
pub struct ProgressSender(mpsc::Sender<Progress>);

impl ProgressSender {
    /// Reports.
    pub fn report(&self, progress: Progress) {
        if self.0.try_send(progress).is_err() {
            debug!("a client does not keep up with progress");
        }
    }
}

/// The control socket of a home, listening. Dropping it removes the socket.
#[derive(Debug)]
pub struct ControlServer {
    listener: UnixListener,
    file: SocketFile,
    heartbeat: Duration,
}

/// Removes the socket's file, unless another node has put its own in the place.
#[derive(Debug)]
struct SocketFile {
    socket: Socket,
    inode: (u64, u64),
    owner: u32,
}

impl ControlServer {
    /// Listens on `HOME/control.sock`; removes a socket on which nobody listens. Must be called
    /// inside a tokio runtime, by the process that holds the home's lock.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Busy`] if a node listens there already; [`ErrorKind::Refused`] if the home is
    /// open to other users; [`ErrorKind::Storage`] if the system refuses.
    pub fn bind(home: &Path) -> Result<Self, ApiError> {
        refuse_shared_home(home)?;
        let socket = Socket::of(home)?;
        if socket.connect()?.is_some() {
            let message = format!("a node runs already in {}", home.display());
            return Err(ApiError::new(ErrorKind::Busy, message)
                .hint("use it as it is, or stop it with `ceiba stop`"));
        }
        remove(&socket)?;
        let listener = UnixListener::bind(socket.short())
            .map_err(|error| socket.failed("listen on", &error))?;
        let file = SocketFile::claim(socket)?;
        Ok(Self { listener, file, heartbeat: HEARTBEAT })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.socket.plain()
    }

    /// Shows that it still works this often.
    #[cfg(test)]
    pub(super) const fn beating_every(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// Answers requests until `shutdown` completes; then takes no more, gives running ones a few
    /// seconds, and removes the socket.
    ///
    /// The future that the handler returns is dropped when its client goes away, so it should hand
    /// its order over in one step and only wait for the outcome.
    pub async fn serve<H, F>(self, handler: H, shutdown: impl Future<Output = ()>)
    where
        H: Fn(Request, ProgressSender) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, ApiError>> + Send + 'static,
    {
        let Self { listener, file, heartbeat } = self;
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let large = Arc::new(Semaphore::new(1));
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
                Some(_ended) = connections.join_next() => continue,
            };
            let stream = match accepted {
                Ok((stream, _address)) => stream,
                Err(error) => {
                    warn!(%error, "cannot accept a connection on the control socket");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if !is_owner(&stream, file.owner) {
                continue;
            }
            match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let large = Arc::clone(&large);
                    let handler = handler.clone();
                    connections.spawn(converse(stream, place, large, heartbeat, handler));
                }
                Err(_full) => {
                    connections.spawn(refuse(stream));
                }
            }
        }
        drop(listener);
        drop(file);
        let ended = async { while connections.join_next().await.is_some() {} };
        if timeout(SHUTDOWN_GRACE, ended).await.is_err() {
            warn!("requests were still running when the node stopped");
        }
    }
}

impl SocketFile {
    fn claim(socket: Socket) -> Result<Self, ApiError> {
        let failed = |error| socket.failed("protect", &error);
        fs::set_permissions(socket.plain(), fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let found = fs::symlink_metadata(socket.plain()).map_err(failed)?;
        let (inode, owner) = ((found.dev(), found.ino()), found.uid());
        Ok(Self { socket, inode, owner })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let still_ours = fs::symlink_metadata(self.socket.plain())
            .is_ok_and(|found| (found.dev(), found.ino()) == self.inode);
        if still_ours && let Err(error) = fs::remove_file(self.socket.plain()) {
            debug!(%error, "cannot remove the control socket");
        }
    }
}

/// Who can enter the home can reach the socket before its own mode is set.
fn refuse_shared_home(home: &Path) -> Result<(), ApiError> {
    let found = fs::metadata(home).map_err(|error| {
        let message = format!("cannot look at {}: {error}", home.display());
        ApiError::new(ErrorKind::Storage, message)
    })?;
    if found.is_dir() && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let message = format!("{} is not a folder for its owner only", home.display());
    let hint = format!("make it so: chmod 700 {}", home.display());
    Err(ApiError::new(ErrorKind::Refused, message).hint(hint))
}

fn remove(socket: &Socket) -> Result<(), ApiError> {
    match fs::remove_file(socket.plain()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(socket.failed("replace", &error)),
    }
}

/// Only the owner may speak.
fn is_owner(stream: &UnixStream, owner: u32) -> bool {
    let is_owner = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner);
    if !is_owner {
        warn!("another user tried the control socket");
    }
    is_owner
}

/// Tells a client that there is no place left.
async fn refuse(stream: UnixStream) {
    let (_read, mut write) = stream.into_split();
    let busy = ApiError::new(ErrorKind::Busy, "the node serves too many commands at once")
        .hint("try again in a moment");
    if let Err(error) = write_reply(&mut write, &Reply::Error(busy)).await {
        debug!(%error, "a client left before it was refused");
    }
}

/// One connection: one request, its progress, its outcome.
async fn converse<H, F>(
    stream: UnixStream,
    _place: OwnedSemaphorePermit,
    large: Arc<Semaphore>,
    heartbeat: Duration,
    handler: H,
) where
    H: Fn(Request, ProgressSender) -> F + Send + Sync,
    F: Future<Output = Result<Answer, ApiError>> + Send,
{
    let (read, mut write) = stream.into_split();
    let outcome = match read_request(read, &large).await {
        Ok((request, _large)) => carry_out(request, handler, interval(heartbeat), &mut write).await,
        Err(LineError::Closed) => return,
        Err(error) => write_reply(&mut write, &Reply::Error(refusal(&error))).await,
    };
    if let Err(error) = outcome {
        debug!(%error, "a client of the control socket went away");
    }
}

/// Runs the handler and writes what it reports, repeating the last report while it is silent.
async fn carry_out<H, F>(
    request: Request,
    handler: H,
    mut heartbeat: Interval,
    write: &mut OwnedWriteHalf,
) -> Result<(), LineError>
where
    H: Fn(Request, ProgressSender) -> F,
    F: Future<Output = Result<Answer, ApiError>>,
{
    let (sender, mut reports) = mpsc::channel(PROGRESS_QUEUE);
    let mut work = pin!(handler(request, ProgressSender(sender)));
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.reset();
    let mut last = Progress::step("working");
    let mut reporting = true;
    loop {
        tokio::select! {
            biased;
            report = reports.recv(), if reporting => match report {
                Some(report) => last = report,
                None => {
                    reporting = false;
                    continue;
                }
            },
            outcome = &mut work => {
                let reply = outcome.map_or_else(Reply::Error, |answer| Reply::Answer(answer.into()));
                return write_reply(write, &reply).await;
            }
            _tick = heartbeat.tick() => {}
        }
        heartbeat.reset();
        write_reply(write, &Reply::Progress(last.clone())).await?;
    }
}

/// Reads the request. A large one comes with the one place for large requests, so that together
/// the clients cannot make the node hold more than one of them.
async fn read_request(
    read: OwnedReadHalf,
    large: &Semaphore,
) -> Result<(Request, Option<tokio::sync::SemaphorePermit<'_>>), LineError> {
    let mut reader = BufReader::new(read);
    let mut line = Vec::new();
    let mut permit = None;
    loop {
        let found = timeout(IO_TIMEOUT, reader.fill_buf()).await.map_err(io::Error::from)??;
        if found.is_empty() {
            return Err(LineError::Closed);
        }
        let end = found.iter().position(|byte| *byte == b'\n');
        let part = found.get(..end.unwrap_or(found.len())).unwrap_or_default();
        let length = line.len().saturating_add(part.len());
        if length > MAX_REQUEST_LINE {
            return Err(LineError::TooLong { limit: MAX_REQUEST_LINE });
        }
        if length > SMALL_REQUEST_LINE && permit.is_none() {
            permit =
                timeout(LARGE_WAIT, large.acquire()).await.map_err(|_late| LineError::Busy)?.ok();
        }
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            let place = |error: serde_json::Error| LineError::Malformed(describe(&error));
            return Ok((serde_json::from_slice(&line).map_err(place)?, permit));
        }
    }
}

/// What is wrong with a request, without quoting it: it may hold a ticket.
fn describe(error: &serde_json::Error) -> String {
    format!("{:?} at column {}", error.classify(), error.column())
}

fn refusal(error: &LineError) -> ApiError {
    let message = format!("the node did not take the request: {error}");
    if matches!(error, LineError::Busy) {
        return ApiError::new(ErrorKind::Busy, message).hint("try again when it is done");
    }
    ApiError::new(ErrorKind::Usage, message)
        .hint("use a command line and a node of the same version")
}

async fn write_reply(write: &mut OwnedWriteHalf, reply: &Reply) -> Result<(), LineError> {
    for chunk in reply.to_line()?.chunks(WRITE_CHUNK) {
        timeout(IO_TIMEOUT, write.write_all(chunk)).await.map_err(io::Error::from)??;
    }
    Ok(())
}
