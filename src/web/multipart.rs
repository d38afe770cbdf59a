//! `multipart/form-data` (RFC 7578) from strangers, piece by piece, in constant memory: bytes in,
//! parts out. Sans-I/O.

use std::collections::VecDeque;

/// Bytes of the headers of one part.
const MAX_PART_HEADERS: usize = 8 * 1024;
/// Bytes before the first part.
const MAX_PREAMBLE: usize = 4 * 1024;
/// Bytes of a boundary (RFC 2046).
const MAX_BOUNDARY: usize = 70;

/// Why a body is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The request's type is another, or has no boundary.
    #[error("the request is not multipart/form-data with a boundary")]
    NotMultipart,
    /// Headers or what stands before the first part are too long, or malformed.
    #[error("a part of the request is malformed")]
    Malformed,
    /// The body ends within a part.
    #[error("the request ends before its end")]
    Truncated,
}

/// What a part says of itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PartHead {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is one.
    pub file: Option<String>,
    /// Its type, as it is written.
    pub content_type: String,
}

impl std::fmt::Debug for PartHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartHead(..)")
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part begins.
    Begin(PartHead),
    /// Bytes of it.
    Data(Vec<u8>),
    /// It ends.
    End,
    /// There are no more.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    BehindDelimiter,
    Head,
    Body,
    Done,
}

/// Takes a body apart.
#[derive(Debug)]
pub struct Multipart {
    /// Line end, two dashes, boundary.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    skipped: usize,
    state: State,
    events: VecDeque<Event>,
}

impl Multipart {
    /// For the body of a request with this `Content-Type`.
    ///
    /// # Errors
    /// [`MultipartError::NotMultipart`].
    pub fn new(content_type: &str) -> Result<Self, MultipartError> {
        let mut parts = content_type.split(';');
        let kind = parts.next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("multipart/form-data") {
            return Err(MultipartError::NotMultipart);
        }
        let boundary = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let is_it = name.trim().eq_ignore_ascii_case("boundary");
            is_it.then(|| value.trim().trim_matches('"').as_bytes())
        });
        let boundary = boundary.unwrap_or_default();
        let plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        if !(1..=MAX_BOUNDARY).contains(&boundary.len()) || !boundary.iter().all(plain) {
            return Err(MultipartError::NotMultipart);
        }
        Ok(Self {
            delimiter: [b"\r\n--", boundary].concat(),
            // The first delimiter may stand at the very beginning, without a line end.
            buffer: b"\r\n".to_vec(),
            skipped: 0,
            state: State::Preamble,
            events: VecDeque::new(),
        })
    }

    /// Takes bytes of the body.
    ///
    /// # Errors
    /// [`MultipartError::Malformed`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), MultipartError> {
        if self.state == State::Done {
            return Ok(());
        }
        self.buffer.extend_from_slice(bytes);
        while self.step()? {}
        Ok(())
    }

    /// What was found and not yet told.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Says that the body has ended.
    ///
    /// # Errors
    /// [`MultipartError::Truncated`].
    pub const fn end(&self) -> Result<(), MultipartError> {
        if matches!(self.state, State::Done) { Ok(()) } else { Err(MultipartError::Truncated) }
    }

    /// One step; whether there may be another without more bytes.
    fn step(&mut self) -> Result<bool, MultipartError> {
        match self.state {
            State::Preamble => {
                let found = self.upto_delimiter();
                self.skipped = self.skipped.saturating_add(found.1.len());
                if self.skipped > MAX_PREAMBLE {
                    return Err(MultipartError::Malformed);
                }
                if found.0 {
                    self.state = State::BehindDelimiter;
                }
                Ok(found.0)
            }
            State::BehindDelimiter => self.behind_delimiter(),
            State::Head => self.head(),
            State::Body => {
                let (ended, bytes) = self.upto_delimiter();
                if !bytes.is_empty() {
                    self.events.push_back(Event::Data(bytes));
                }
                if ended {
                    self.events.push_back(Event::End);
                    self.state = State::BehindDelimiter;
                }
                Ok(ended)
            }
            State::Done => {
                self.buffer.clear();
                Ok(false)
            }
        }
    }

    /// Takes from the buffer what stands before the next delimiter, and that too; without one, all
    /// that cannot be its beginning. Whether there was one.
    fn upto_delimiter(&mut self) -> (bool, Vec<u8>) {
        let mut from = 0;
        while let Some(rest) = self.buffer.get(from..) {
            let Some(at) = rest.iter().position(|byte| *byte == b'\r') else {
                return (false, std::mem::take(&mut self.buffer));
            };
            let at = from.saturating_add(at);
            let rest = self.buffer.get(at..).unwrap_or_default();
            if rest.starts_with(&self.delimiter) {
                let before = self.buffer.drain(..at).collect();
                self.buffer.drain(..self.delimiter.len());
                return (true, before);
            }
            if self.delimiter.starts_with(rest) {
                return (false, self.buffer.drain(..at).collect());
            }
            from = at.saturating_add(1);
        }
        (false, Vec::new())
    }

    fn behind_delimiter(&mut self) -> Result<bool, MultipartError> {
        if self.buffer.starts_with(b"--") {
            self.events.push_back(Event::Done);
            self.state = State::Done;
            return Ok(true);
        }
        let blanks = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match self.buffer.get(blanks..).unwrap_or_default() {
            [] | [b'\r' | b'-'] if blanks < MAX_PREAMBLE => Ok(false),
            [b'\r', b'\n', ..] => {
                // The line end stays: headers end with two, and there may be none.
                self.buffer.drain(..blanks);
                self.state = State::Head;
                Ok(true)
            }
            _other => Err(MultipartError::Malformed),
        }
    }

    fn head(&mut self) -> Result<bool, MultipartError> {
        const END: &[u8] = b"\r\n\r\n";
        let Some(end) = self.buffer.windows(END.len()).position(|window| window == END) else {
            let fits = self.buffer.len() <= MAX_PART_HEADERS;
            return if fits { Ok(false) } else { Err(MultipartError::Malformed) };
        };
        if end > MAX_PART_HEADERS {
            return Err(MultipartError::Malformed);
        }
        let head: Vec<u8> = self.buffer.drain(..end).collect();
        // Two of the four bytes stay: a delimiter may follow at once.
        self.buffer.drain(..END.len());
        let head = std::str::from_utf8(&head).map_err(|_other| MultipartError::Malformed)?;
        self.events.push_back(Event::Begin(part_head(head)?));
        self.empty_body();
        self.state = State::Body;
        Ok(true)
    }

    /// A part without bytes has the delimiter's line end as the end of its headers.
    fn empty_body(&mut self) {
        let short = self.delimiter.get(2..).unwrap_or_default();
        if self.buffer.starts_with(short) {
            self.buffer.splice(..0, *b"\r\n");
        }
    }
}

fn part_head(text: &str) -> Result<PartHead, MultipartError> {
    let mut head = PartHead::default();
    let mut named = false;
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(MultipartError::Malformed)?;
        if name.trim().eq_ignore_ascii_case("content-disposition") {
            for (name, value) in parameters(value) {
                match name.as_str() {
                    "name" => (head.name, named) = (value, true),
                    "filename" => head.file = Some(value),
                    _other => {}
                }
            }
        } else if name.trim().eq_ignore_ascii_case("content-type") {
            value.trim().clone_into(&mut head.content_type);
        }
    }
    if named { Ok(head) } else { Err(MultipartError::Malformed) }
}

/// `form-data; name="a"; filename="b"`: names in small letters with their values. Clients write a
/// quote within one as `\"` or `%22`.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, behind)) = rest.split_once('=') {
        let behind = behind.trim_start();
        let mut value = String::new();
        let mut used = behind.len();
        if let Some(quoted) = behind.strip_prefix('"') {
            let mut characters = quoted.char_indices();
            while let Some((at, character)) = characters.next() {
                match character {
                    '"' => {
                        used = at.saturating_add(2);
                        break;
                    }
                    '\\' => value.extend(characters.next().map(|(_, next)| next)),
                    other => value.push(other),
                }
            }
        } else {
            used = behind.find(';').unwrap_or(behind.len());
            value.push_str(behind.get(..used).unwrap_or_default().trim());
        }
        found.push((name.trim().to_ascii_lowercase(), value.replace("%22", "\"")));
        let left = behind.get(used..).unwrap_or_default();
        rest = left.split_once(';').map_or("", |(_, rest)| rest);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"xyz\"";

    fn read(body: &[u8], piece: usize) -> Result<Vec<(PartHead, Vec<u8>)>, MultipartError> {
        let mut multipart = Multipart::new(TYPE)?;
        let mut parts: Vec<(PartHead, Vec<u8>)> = Vec::new();
        for piece in body.chunks(piece.max(1)) {
            multipart.feed(piece)?;
            while let Some(event) = multipart.next_event() {
                match event {
                    Event::Begin(head) => parts.push((head, Vec::new())),
                    Event::Data(bytes) => parts.last_mut().unwrap().1.extend(bytes),
                    Event::End | Event::Done => {}
                }
            }
        }
        multipart.end()?;
        Ok(parts)
    }

    fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (head, bytes) in parts {
            body.extend(format!("--xyz\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--xyz--\r\n");
        body
    }

    #[test]
    fn parts_come_out_whatever_the_pieces() {
        let tricky: &[u8] = b"\r\n--xy\r\r\n--x\n--xyz \r\n-\r";
        let parts = [
            ("name=\"xml_submission_file\"; filename=\"a b.xml\"", b"<d/>".as_slice()),
            ("NAME=x; filename=\"q\\\"%22;.jpg\"", tricky),
            ("name=empty", b""),
        ];
        let body = body(&parts);
        for piece in [1, 2, 3, 7, 1_000] {
            let read = read(&body, piece).unwrap();
            let bytes: Vec<&[u8]> = read.iter().map(|(_, bytes)| bytes.as_slice()).collect();
            assert_eq!(bytes, [b"<d/>", tricky, b""], "{piece}");
            assert_eq!(read[0].0.file.as_deref(), Some("a b.xml"));
            assert_eq!(read[1].0.name, "x");
            assert_eq!(read[1].0.file.as_deref(), Some("q\"\";.jpg"));
        }
        let preamble = [b"hello\r\n".as_slice(), &body].concat();
        assert_eq!(read(&preamble, 5).unwrap().len(), 3);
    }

    #[test]
    fn what_is_malformed_or_cut_off_is_refused() {
        for kind in ["", "text/xml", "multipart/form-data", "multipart/form-data; boundary="] {
            assert_eq!(Multipart::new(kind).err(), Some(MultipartError::NotMultipart), "{kind}");
        }
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        assert_eq!(Multipart::new(&long).err(), Some(MultipartError::NotMultipart));
        let whole = body(&[("name=a", b"1")]);
        for end in 0..whole.len() - 4 {
            assert_eq!(read(&whole[..end], 9), Err(MultipartError::Truncated), "{end}");
        }
        for bad in [
            b"x".repeat(MAX_PREAMBLE + 100),
            [b"--xyz\r\n".as_slice(), &b"A: b\r\n".repeat(MAX_PART_HEADERS)].concat(),
            b"--xyz\r\nno colon\r\n\r\n\r\n--xyz--".to_vec(),
            b"--xyz\r\nA: b\r\n\r\n\r\n--xyz--".to_vec(),
            b"--xyz\r\nContent-Disposition: form-data; name=\xff\r\n\r\n".to_vec(),
            b"--xyzq\r\n".to_vec(),
        ] {
            assert_eq!(read(&bad, 100), Err(MultipartError::Malformed));
        }
    }

    #[test]
    fn memory_does_not_grow_with_the_body() {
        let mut multipart = Multipart::new(TYPE).unwrap();
        multipart.feed(b"--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n").unwrap();
        for _piece in 0..1_000 {
            multipart.feed(&b"\r\n--xy".repeat(1_000)).unwrap();
            while multipart.next_event().is_some() {}
            assert!(multipart.buffer.len() < 100);
        }
    }

    proptest! {
        #[test]
        fn bytes_come_out_as_they_went_in(
            bytes in prop::collection::vec(prop::sample::select(b"\r\n-xyza".to_vec()), 0..60),
            piece in 1_usize..20,
        ) {
            prop_assume!(!bytes.windows(7).any(|window| window == b"\r\n--xyz"));
            prop_assume!(!bytes.starts_with(b"--xyz"));
            let read = read(&body(&[("name=a", &bytes)]), piece).unwrap();
            prop_assert_eq!(&read[0].1, &bytes);
        }

        #[test]
        fn any_body_is_survived(
            parts in prop::collection::vec(prop::sample::select(vec![
                "--xyz", "\r\n", "--", "Content-Disposition: form-data; name=\"a\"", "x", ":", "\"", " ",
            ]), 0..40),
            piece in 1_usize..20,
        ) {
            drop(read(parts.concat().as_bytes(), piece));
        }
    }
}
