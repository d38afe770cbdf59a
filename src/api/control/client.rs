//! The command line's side of the control socket.

use std::{
    io::{BufReader, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

use super::{
    protocol::{self, IO_TIMEOUT, LineError, MAX_REPLY_LINE, Reply},
    socket::Socket,
};
use crate::api::{Answer, ApiError, Backend, ErrorKind, Progress, Request};

/// A node that runs, reached through the socket in its home.
#[derive(Debug)]
pub struct ControlClient {
    home: PathBuf,
    /// The connection that found the node, for the first request.
    ready: Option<UnixStream>,
}

impl ControlClient {
    /// The node that has this home open; none if no node runs there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Storage`] if the socket is not the home owner's or cannot be reached.
    pub fn find(home: &Path) -> Result<Option<Self>, ApiError> {
        if !home.exists() {
            return Ok(None);
        }
        let found = Socket::of(home)?.connect()?;
        Ok(found.map(|stream| Self { home: home.to_owned(), ready: Some(stream) }))
    }

    fn connection(&mut self) -> Result<UnixStream, ApiError> {
        if let Some(stream) = self.ready.take() {
            return Ok(stream);
        }
        Socket::of(&self.home)?.connect()?.ok_or_else(stopped)
    }
}

impl Backend for ControlClient {
    fn call(
        &mut self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        let line = protocol::request_line(&request).map_err(|error| too_large(&error))?;
        let mut stream = self.connection()?;
        let sent = send(&mut stream, &line);
        match (receive(stream, progress), sent) {
            (Ok(outcome), _sent) => outcome,
            (Err(_), Err(error)) | (Err(error), Ok(())) => Err(broken(&error)),
        }
    }
}

fn send(stream: &mut UnixStream, line: &[u8]) -> Result<(), LineError> {
    stream.set_read_timeout(Some(IO_TIMEOUT))?;
    stream.set_write_timeout(Some(IO_TIMEOUT))?;
    Ok(stream.write_all(line)?)
}

/// Reads to the outcome; also when sending failed, because a node that refuses says why.
fn receive(
    stream: UnixStream,
    progress: &mut dyn FnMut(Progress),
) -> Result<Result<Answer, ApiError>, LineError> {
    let mut reader = BufReader::new(stream);
    loop {
        let line = protocol::read_line(&mut reader, MAX_REPLY_LINE)?;
        match Reply::from_line(&line)? {
            Reply::Progress(report) => progress(report),
            Reply::Answer(answer) => return Ok(Ok(*answer)),
            Reply::Error(error) => return Ok(Err(error)),
        }
    }
}

fn too_large(error: &LineError) -> ApiError {
    ApiError::new(ErrorKind::Usage, format!("the request cannot be sent to the node: {error}"))
        .hint("split the file and import the parts")
}

fn broken(error: &LineError) -> ApiError {
    ApiError::new(ErrorKind::Network, format!("the running node did not answer: {error}"))
        .hint("look at its log; whether the command was carried out, `ceiba status` tells")
}

fn stopped() -> ApiError {
    ApiError::new(ErrorKind::Network, "the node has stopped").hint("start it with `ceiba run`")
}
