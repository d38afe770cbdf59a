//! A submission as it comes: its parts sealed on their way to the disk, within bounds of size,
//! number and time.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};

use super::{
    MAX_REQUEST_BYTES,
    multipart::{Event, Multipart, MultipartError, PartHead},
};
use crate::{
    exchange::{
        evidence::{Describing, Found},
        openrosa::xml::MAX_XML_BYTES,
    },
    node::{Drafts, MAX_FILES, ReceivedFile},
    store::inbox::Draft,
};

/// Longest wait for the next bytes.
const STALLED: Duration = Duration::from_secs(60);
/// How long a whole request may take: 128 MiB in pieces over a bad link.
const WHOLE: Duration = Duration::from_secs(2 * 60 * 60);
/// Parts that are no files: marks of clients.
const MAX_MARKS: usize = 20;
/// Bytes of a file's name.
const MAX_NAME: usize = 200;
const XML_PART: &str = "xml_submission_file";

/// What came.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) xml: Vec<u8>,
    pub(super) files: Vec<ReceivedFile>,
}

/// Why it is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum UploadError {
    #[error(transparent)]
    Multipart(#[from] MultipartError),
    #[error("the request has more than {MAX_FILES} files")]
    TooMany,
    #[error("the request or its XML is too large")]
    TooLarge,
    #[error("the request has no part, or several, with the name {XML_PART}")]
    NoXml,
    #[error("the form is not in UTF-8")]
    Charset,
    #[error("a file has no name that can be kept")]
    Name,
    #[error("the request came too slowly")]
    Slow,
    #[error("the connection broke")]
    Broken,
    #[error("there is no room for the files")]
    Full,
    #[error("the disk failed")]
    Disk,
}

impl From<std::io::Error> for UploadError {
    fn from(error: std::io::Error) -> Self {
        let full = matches!(
            error.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        );
        if full { Self::Full } else { Self::Disk }
    }
}

/// Where the bytes of the open part go.
enum Sink {
    /// No part is open, or one that says nothing.
    Nothing,
    Xml,
    File(Box<File>),
}

/// A file that is coming.
struct File {
    name: String,
    draft: Draft,
    description: Describing<()>,
}

struct Reading<'a> {
    drafts: &'a Drafts,
    xml: Option<Vec<u8>>,
    files: Vec<ReceivedFile>,
    marks: usize,
    sink: Sink,
}

/// Reads a request's body.
pub(super) async fn read(
    content_type: &str,
    body: Incoming,
    drafts: &Drafts,
) -> Result<Upload, UploadError> {
    let multipart = Multipart::new(content_type)?;
    let reading = read_parts(multipart, body, drafts);
    tokio::time::timeout(WHOLE, reading).await.map_err(|_elapsed| UploadError::Slow)?
}

async fn read_parts(
    mut multipart: Multipart,
    mut body: Incoming,
    drafts: &Drafts,
) -> Result<Upload, UploadError> {
    let (xml, files, sink) = (None, Vec::new(), Sink::Nothing);
    let mut reading = Reading { drafts, xml, files, marks: 0, sink };
    let mut received = 0_u64;
    while let Some(bytes) = next(&mut body).await? {
        received = received.saturating_add(bytes.len() as u64);
        if received > MAX_REQUEST_BYTES {
            return Err(UploadError::TooLarge);
        }
        // Seals and writes, and makes each file durable at its end: other requests go on elsewhere.
        tokio::task::block_in_place(|| {
            multipart.feed(&bytes)?;
            while let Some(event) = multipart.next_event() {
                reading.event(event)?;
            }
            Ok::<_, UploadError>(())
        })?;
    }
    multipart.end()?;
    let xml = reading.xml.ok_or(UploadError::NoXml)?;
    Ok(Upload { xml, files: reading.files })
}

/// The next bytes of a body; none at its end.
pub(super) async fn next(body: &mut Incoming) -> Result<Option<Bytes>, UploadError> {
    loop {
        let frame = tokio::time::timeout(STALLED, body.frame()).await;
        match frame.map_err(|_elapsed| UploadError::Slow)? {
            None => return Ok(None),
            Some(Err(_error)) => return Err(UploadError::Broken),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

impl Reading<'_> {
    fn event(&mut self, event: Event) -> Result<(), UploadError> {
        match event {
            Event::Begin(head) => self.sink = self.begin(&head)?,
            Event::Data(bytes) => self.data(&bytes)?,
            Event::End => {
                if let Sink::File(file) = std::mem::replace(&mut self.sink, Sink::Nothing) {
                    let File { name, draft, description } = *file;
                    let Found { sha256, size, mime, .. } = description.finish();
                    let sealed = draft.finish()?;
                    self.files.push(ReceivedFile { name, sha256, size, mime, sealed });
                }
            }
            Event::Done => {}
        }
        Ok(())
    }

    fn begin(&mut self, head: &PartHead) -> Result<Sink, UploadError> {
        if head.name == XML_PART {
            if self.xml.is_some() {
                return Err(UploadError::NoXml);
            }
            let charset = head.content_type.to_ascii_lowercase();
            let charset = charset.split_once("charset=").map_or("utf-8", |(_, name)| name);
            if !matches!(charset.trim().trim_matches(['"', ';']), "utf-8" | "utf8" | "us-ascii") {
                return Err(UploadError::Charset);
            }
            self.xml = Some(Vec::new());
            return Ok(Sink::Xml);
        }
        // What is no file is a mark, like `*isIncomplete*`: parts of one instance are put together
        // whatever it says.
        let Some(name) = &head.file else {
            self.marks += 1;
            return if self.marks > MAX_MARKS {
                Err(UploadError::TooMany)
            } else {
                Ok(Sink::Nothing)
            };
        };
        if self.files.len() >= MAX_FILES {
            return Err(UploadError::TooMany);
        }
        let name = file_name(name).ok_or(UploadError::Name)?;
        let draft = self.drafts.begin()?;
        let description = Describing::new(());
        Ok(Sink::File(Box::new(File { name, draft, description })))
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        match &mut self.sink {
            Sink::Nothing => {}
            Sink::Xml => {
                let xml = self.xml.get_or_insert_default();
                if xml.len().saturating_add(bytes.len()) > MAX_XML_BYTES {
                    return Err(UploadError::TooLarge);
                }
                xml.extend_from_slice(bytes);
            }
            Sink::File(file) => {
                file.description.note(bytes);
                file.draft.write(bytes)?;
            }
        }
        Ok(())
    }
}

/// A file's name without folders: it is a text in a record, never a path.
fn file_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let name = name.trim();
    let fits = !name.is_empty() && name != "." && name != ".." && name.len() <= MAX_NAME;
    fits.then(|| name.to_owned())
}

/// Marks that turn writing round or are not seen: a name with them is not the one that people read.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_no_paths() {
        let kept = |name: &str| file_name(name).unwrap();
        assert_eq!(kept("../../etc/passwd"), "passwd");
        assert_eq!(kept("C:\\x\\1700 foto.jpg"), "1700 foto.jpg");
        assert_eq!(kept("a\u{0}\nb.jpg"), "ab.jpg");
        assert_eq!(kept("foto\u{202e}gpj.exe\u{200b}"), "fotogpj.exe");
        for name in ["", "/", "..", "a/..", " ", "\u{7}", &"x".repeat(MAX_NAME + 1)] {
            assert_eq!(file_name(name), None);
        }
    }
}
