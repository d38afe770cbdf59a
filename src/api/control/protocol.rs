//! The lines that travel on the control socket.

use std::{
    io::{self, BufRead},
    time::Duration,
};

use serde_json::{Map, Value, json};

use crate::api::{Answer, ApiError, Progress, Request};

/// Bytes of one request line: the largest file of joining (16 MiB) as a text in JSON. Lists come in
/// portions.
pub const MAX_REQUEST_LINE: usize = 24 * 1024 * 1024;
/// Bytes of a request line above which a request waits for the one place for large requests.
pub const SMALL_REQUEST_LINE: usize = 1024 * 1024;
/// Bytes of one reply line: a view of a hundred thousand incidents.
pub const MAX_REPLY_LINE: usize = 256 * 1024 * 1024;
/// Connections that are served at the same time; more are told that the node is busy.
pub const MAX_CONNECTIONS: usize = 32;
/// How long either side waits for the other's next bytes.
pub const IO_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the node says that it still works on a request.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// Why a line is not one of the protocol.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is longer than allowed.
    #[error("a line of more than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The other side went away in the middle of a line, or before one.
    #[error("the connection was closed before a whole line had come")]
    Closed,
    /// A large request has to wait for another one, and waited too long.
    #[error("another large request is being served")]
    Busy,
    /// The line is not what was expected.
    #[error("not a line of the control protocol: {0}")]
    Malformed(String),
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What the node says on a connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// More is to come.
    Progress(Progress),
    /// The end: it worked.
    Answer(Box<Answer>),
    /// The end: it did not.
    Error(ApiError),
}

impl Reply {
    /// The reply as one line with its line feed.
    ///
    /// # Errors
    ///
    /// [`LineError::Malformed`] if an answer holds what JSON cannot.
    pub fn to_line(&self) -> Result<Vec<u8>, LineError> {
        let line = match self {
            Self::Progress(progress) => serde_json::to_vec(&json!({ "progress": progress })),
            Self::Answer(answer) => serde_json::to_vec(answer),
            Self::Error(error) => serde_json::to_vec(&json!({ "error": error })),
        };
        line.map(end_line).map_err(malformed)
    }

    /// Reads a line, with or without its line feed.
    ///
    /// # Errors
    ///
    /// [`LineError::Malformed`] if it is no reply.
    pub fn from_line(line: &[u8]) -> Result<Self, LineError> {
        let mut object: Map<String, Value> = serde_json::from_slice(line).map_err(malformed)?;
        if let Some(progress) = object.remove("progress") {
            return serde_json::from_value(progress).map(Self::Progress).map_err(malformed);
        }
        if let Some(error) = object.remove("error") {
            return serde_json::from_value(error).map(Self::Error).map_err(malformed);
        }
        let answer = serde_json::from_value(Value::Object(object)).map_err(malformed)?;
        Ok(Self::Answer(Box::new(answer)))
    }
}

/// A request as one line with its line feed.
///
/// # Errors
///
/// [`LineError::TooLong`] beyond [`MAX_REQUEST_LINE`].
pub fn request_line(request: &Request) -> Result<Vec<u8>, LineError> {
    let line = serde_json::to_vec(request).map(end_line).map_err(malformed)?;
    if line.len() > MAX_REQUEST_LINE {
        return Err(LineError::TooLong { limit: MAX_REQUEST_LINE });
    }
    Ok(line)
}

/// Reads one line of at most `limit` bytes, and never takes more memory than that for it.
///
/// # Errors
///
/// [`LineError::TooLong`], [`LineError::Closed`] if the stream ends first, or the stream's error.
pub fn read_line(reader: &mut impl BufRead, limit: usize) -> Result<Vec<u8>, LineError> {
    let mut line = Vec::new();
    loop {
        let found = match reader.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        if found.is_empty() {
            return Err(LineError::Closed);
        }
        let end = found.iter().position(|byte| *byte == b'\n');
        let part = found.get(..end.unwrap_or(found.len())).unwrap_or_default();
        if line.len().saturating_add(part.len()) > limit {
            return Err(LineError::TooLong { limit });
        }
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(line);
        }
    }
}

fn end_line(mut line: Vec<u8>) -> Vec<u8> {
    line.push(b'\n');
    line
}

/// Tells where parsing failed but not what stood there: a line may carry what must not be logged.
fn malformed(error: serde_json::Error) -> LineError {
    let place = format!("{:?} at column {}", error.classify(), error.column());
    LineError::Malformed(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;

    #[test]
    fn replies_read_back() {
        let replies = [
            Reply::Progress(Progress::of("rows", 3, 9)),
            Reply::Answer(Box::new(Answer::Done)),
            Reply::Answer(Box::new(Answer::Invites(Vec::new()))),
            Reply::Error(ApiError::new(ErrorKind::Refused, "no").hint("ask")),
        ];
        for reply in replies {
            let line = reply.to_line().unwrap();
            assert_eq!(Reply::from_line(&line).unwrap(), reply);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        }
    }

    #[test]
    fn the_answer_line_is_the_documented_one() {
        let line = Reply::Answer(Box::new(Answer::Invites(Vec::new()))).to_line().unwrap();
        assert_eq!(line, b"{\"answer\":\"invites\",\"value\":[]}\n");
    }

    #[test]
    fn a_line_is_bounded_while_it_is_read() {
        let mut endless = io::BufReader::new(io::repeat(b'x'));
        assert!(matches!(read_line(&mut endless, 100_000), Err(LineError::TooLong { .. })));
        let mut short = io::Cursor::new(b"abc\ndef\n".to_vec());
        assert_eq!(read_line(&mut short, 3).unwrap(), b"abc");
        assert_eq!(read_line(&mut short, 3).unwrap(), b"def");
        assert!(matches!(read_line(&mut short, 3), Err(LineError::Closed)));
    }

    #[test]
    fn an_error_about_a_line_does_not_quote_it() {
        let secret = b"{\"command\":\"join\",\"ticket\":\"SECRET\",\"x\":1}";
        let error = serde_json::from_slice::<Request>(secret).map_err(malformed).unwrap_err();
        assert!(!error.to_string().contains("SECRET"));
        let error = Reply::from_line(b"\"SECRET\"").unwrap_err();
        assert!(!error.to_string().contains("SECRET"));
    }
}
