//! Where a list is, and what kind of file it is.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    path::PathBuf,
    sync::Arc,
};

use super::{archive, error::FileError};

/// Something to read that can begin anew.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// A list that is read more than once: to see what is in it, and to take it.
#[derive(Clone)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The bytes themselves, as they came through a pipe.
    Memory(Arc<[u8]>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "Source({})", path.display()),
            Self::Memory(bytes) => write!(f, "Source({} bytes)", bytes.len()),
        }
    }
}

impl From<&[u8]> for Source {
    fn from(bytes: &[u8]) -> Self {
        Self::Memory(bytes.into())
    }
}

impl Source {
    /// Begins to read.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(match self {
            Self::File(path) => Box::new(BufReader::new(File::open(path)?)),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// The first bytes.
    fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open()?.take(HEAD_BYTES).read_to_end(&mut head)?;
        Ok(head)
    }
}

/// Bytes of a file in which its kind is looked for.
const HEAD_BYTES: u64 = 4096;

/// What kind of file a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Rows of text: of a spreadsheet, of Uwazi, of KoboToolbox, with or without HXL tags.
    Csv,
    /// A workbook of Excel and others.
    Xlsx,
    /// A ZIP with `import.csv`, as Uwazi takes and gives it.
    Uwazi,
    /// Observations of CoMapeo: GeoJSON, or a ZIP with one.
    Comapeo,
    /// Submissions of KoboToolbox in JSON.
    Kobo,
}

impl FileKind {
    /// All kinds, by the names that people use.
    pub const ALL: [(&'static str, Self); 5] = [
        ("csv", Self::Csv),
        ("xlsx", Self::Xlsx),
        ("uwazi", Self::Uwazi),
        ("comapeo", Self::Comapeo),
        ("kobo", Self::Kobo),
    ];

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// What a row is called of which the number is told.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Csv | Self::Uwazi => "line",
            Self::Xlsx => "row",
            Self::Comapeo | Self::Kobo => "record",
        }
    }

    /// Whether a column may be missing because no row has anything there.
    #[must_use]
    pub const fn is_sparse(self) -> bool {
        matches!(self, Self::Comapeo | Self::Kobo)
    }

    /// The kind by what the file begins with. Names of files say too little: GeoJSON is `.json`,
    /// and a spreadsheet in CSV is `.txt`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn found_in(source: &Source) -> Result<Self, FileError> {
        let head = source.head()?;
        if head.starts_with(b"PK\x03\x04") {
            return archive::kind(source);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
        Ok(match first {
            Some(b'{' | b'[') if has(text, b"\"FeatureCollection\"") => Self::Comapeo,
            Some(b'{' | b'[') => Self::Kobo,
            _text => Self::Csv,
        })
    }
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}
