//! What a command reads: files, standard input, the passphrase.

use std::{
    fmt,
    fs::File,
    io::{self, IsTerminal as _, Read, Write as _},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    failure::{file_error, own_error},
    private::new_file,
    tongue::Tongue,
};
use crate::{
    api::{ApiError, ErrorKind},
    exchange::Source,
};

/// Bytes of a file of a report, and of what a government published.
pub(crate) const MAX_REPORT_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a list that comes through a pipe: it is read twice, so it is held in memory.
const MAX_PIPED_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a request to join or its answer.
const MAX_JOIN_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of any other text: a narrative, a mapping.
pub(crate) const MAX_TEXT_BYTES: u64 = 1024 * 1024;
/// Bytes of a passphrase.
const MAX_PASSPHRASE_BYTES: u64 = 4096;
/// Bytes of a line that somebody types.
const MAX_TYPED_BYTES: usize = 200;
/// Characters that a new passphrase must have.
const MIN_PASSPHRASE_CHARS: usize = 8;
/// The name of the passphrase among systemd's credentials.
const CREDENTIAL: &str = "ceiba-passphrase";

/// The surroundings of the process.
pub struct Input {
    stdin: Box<dyn Read + Send>,
    /// systemd's `$CREDENTIALS_DIRECTORY`.
    credentials: Option<PathBuf>,
    /// Whether a person can be asked.
    may_prompt: bool,
    /// The language in which they are asked.
    tongue: Tongue,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("may_prompt", &self.may_prompt).finish()
    }
}

impl Input {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let tongue = Tongue::default();
        Self { stdin: Box::new(io::stdin()), credentials, may_prompt: true, tongue }
    }

    /// Reads from here, and asks nobody.
    #[must_use]
    pub fn from_reader(stdin: Box<dyn Read + Send>) -> Self {
        Self { stdin, credentials: None, may_prompt: false, tongue: Tongue::default() }
    }

    /// Asks in this language.
    pub(crate) const fn speak(&mut self, tongue: Tongue) {
        self.tongue = tongue;
    }

    /// Whether somebody at a terminal can be asked.
    pub(crate) fn may_ask(&self) -> bool {
        self.may_prompt && io::stdin().is_terminal()
    }

    /// One line that somebody typed, without the space around it.
    pub(crate) fn typed_line(&mut self) -> Result<Option<String>, ApiError> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while line.len() < MAX_TYPED_BYTES {
            let read = self.stdin.read(&mut byte);
            match read.map_err(|error| file_error("error-cannot-read", Path::new("-"), &error))? {
                0 => break,
                _one if byte == *b"\n" => break,
                _one => line.extend(byte),
            }
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        Ok((!line.is_empty()).then_some(line))
    }

    /// Text of an option: as it stands, from `@FILE`, or from standard input for `-`.
    pub(crate) fn option_text(&mut self, given: &str) -> Result<String, ApiError> {
        match given.strip_prefix('@') {
            Some(file) => self.text(Path::new(file)),
            None if given == "-" => self.text(Path::new("-")),
            None => Ok(given.to_owned()),
        }
    }

    /// A text file; `-` is standard input.
    pub(crate) fn text(&mut self, path: &Path) -> Result<String, ApiError> {
        self.text_within(path, MAX_TEXT_BYTES)
    }

    /// A secret in one line: from a file, or else from a credential that systemd gives; none if there
    /// is neither. Never from the command line, which others can read.
    pub(crate) fn secret(
        &self,
        file: Option<&Path>,
        credential: &str,
    ) -> Result<Option<Zeroizing<String>>, ApiError> {
        let given = self.credentials.as_ref().map(|folder| folder.join(credential));
        let path = file.map(Path::to_path_buf).or_else(|| given.filter(|path| path.exists()));
        path.map(|path| read_passphrase(&path)).transpose()
    }

    /// A file of joining; the answer carries all statements of a coalition.
    pub(crate) fn join_file(&mut self, path: &Path) -> Result<String, ApiError> {
        self.text_within(path, MAX_JOIN_FILE_BYTES)
    }

    /// A text that is handed over between machines: as it stands, from `@FILE`, or `-`.
    pub(crate) fn join_text(&mut self, given: &str) -> Result<String, ApiError> {
        match given.strip_prefix('@') {
            Some(file) => self.join_file(Path::new(file)),
            None if given == "-" => self.join_file(Path::new("-")),
            None => Ok(given.to_owned()),
        }
    }

    fn text_within(&mut self, path: &Path, limit: u64) -> Result<String, ApiError> {
        let bytes = self.bytes(path, limit)?;
        let text = String::from_utf8(bytes).map_err(|_not_utf8| {
            let given = [("file", path.display().to_string())];
            own_error(ErrorKind::Usage, "error-not-utf8", &given)
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).trim_end().to_owned())
    }

    /// A list to import; `-` is standard input.
    pub(crate) fn list(&mut self, path: &Path) -> Result<Source, ApiError> {
        if path == Path::new("-") {
            let bytes = self.bytes(path, MAX_PIPED_BYTES)?;
            return Ok(Source::from(bytes.as_slice()));
        }
        // Told now, by its name, and not in the middle of the import.
        File::open(path).map_err(|error| file_error("error-cannot-read", path, &error))?;
        Ok(Source::File(path.to_owned()))
    }

    /// A file of at most so many bytes; `-` is standard input.
    pub(crate) fn bytes(&mut self, path: &Path, limit: u64) -> Result<Vec<u8>, ApiError> {
        let read = if path == Path::new("-") {
            read_bounded(&mut self.stdin, limit)
        } else {
            File::open(path).and_then(|mut file| read_bounded(&mut file, limit))
        };
        read.map_err(|error| file_error("error-cannot-read", path, &error))?.ok_or_else(|| {
            let limit = (limit / 1024 / 1024).to_string();
            let given = [("file", path.display().to_string()), ("limit", limit)];
            own_error(ErrorKind::Usage, "error-file-too-large", &given)
        })
    }
}

/// Where the passphrase comes from, in this order: file, descriptor, systemd credential, question.
#[derive(Debug, Clone, Default)]
pub struct PassphraseSource {
    /// `--passphrase-file`.
    pub file: Option<PathBuf>,
    /// `--passphrase-fd`.
    pub descriptor: Option<u32>,
}

impl PassphraseSource {
    /// The passphrase of an existing home.
    pub(crate) fn existing(&self, input: &Input) -> Result<Zeroizing<String>, ApiError> {
        match self.unattended(input)? {
            Some(passphrase) => Ok(passphrase),
            None => ask(input, "prompt-passphrase"),
        }
    }

    /// A passphrase for a new home: asked twice, and not too short.
    pub(crate) fn fresh(&self, input: &Input) -> Result<Zeroizing<String>, ApiError> {
        let passphrase = match self.unattended(input)? {
            Some(passphrase) => passphrase,
            None => {
                let first = ask(input, "prompt-new-passphrase")?;
                if *first != *ask(input, "prompt-same-again")? {
                    return Err(own_error(ErrorKind::Usage, "error-passphrases-differ", &[]));
                }
                first
            }
        };
        if passphrase.chars().count() < MIN_PASSPHRASE_CHARS {
            let given = [("least", MIN_PASSPHRASE_CHARS.to_string())];
            return Err(own_error(ErrorKind::Usage, "error-passphrase-short", &given));
        }
        Ok(passphrase)
    }

    fn unattended(&self, input: &Input) -> Result<Option<Zeroizing<String>>, ApiError> {
        let credential = input.credentials.as_ref().map(|folder| folder.join(CREDENTIAL));
        let path = match (&self.file, self.descriptor) {
            (Some(file), _) => file.clone(),
            (None, Some(descriptor)) => descriptor_path(descriptor)?,
            (None, None) => match credential.filter(|path| path.exists()) {
                Some(path) => path,
                None => return Ok(None),
            },
        };
        read_passphrase(&path).map(Some)
    }
}

/// Where the recovery words come from, in this order: file, descriptor, question.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordsSource {
    /// `--words-file`.
    pub(crate) file: Option<PathBuf>,
    /// `--words-fd`.
    pub(crate) descriptor: Option<u32>,
}

impl WordsSource {
    /// The recovery words, as somebody typed them.
    pub(crate) fn read(&self, input: &Input) -> Result<Zeroizing<String>, ApiError> {
        let path = match (&self.file, self.descriptor) {
            (Some(file), _) => file.clone(),
            (None, Some(descriptor)) => descriptor_path(descriptor)?,
            (None, None) => return ask(input, "prompt-words"),
        };
        let read =
            File::open(&path).and_then(|mut file| read_bounded(&mut file, MAX_PASSPHRASE_BYTES));
        let bytes = read.map_err(|error| file_error("error-cannot-read", &path, &error))?;
        let bytes = bytes.map(Zeroizing::new);
        let text = bytes.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.map(|text| Zeroizing::new(text.to_owned())).ok_or_else(|| {
            let given = [("file", path.display().to_string())];
            own_error(ErrorKind::Usage, "error-not-utf8", &given)
        })
    }
}

/// A file that names one of our open descriptors.
fn descriptor_path(descriptor: u32) -> Result<PathBuf, ApiError> {
    if cfg!(unix) {
        return Ok(PathBuf::from(format!("/dev/fd/{descriptor}")));
    }
    Err(own_error(ErrorKind::Usage, "error-no-descriptors", &[]))
}

fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, ApiError> {
    let read = File::open(path).and_then(|mut file| read_bounded(&mut file, MAX_PASSPHRASE_BYTES));
    let bytes = read.map_err(|error| file_error("error-cannot-read-passphrase", path, &error))?;
    let text = bytes.map(Zeroizing::new).and_then(|bytes| {
        let text = std::str::from_utf8(&bytes).ok()?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        Some(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
    });
    match text {
        Some(text) if !text.is_empty() && !text.contains('\n') => Ok(text),
        _ => {
            let given = [("file", path.display().to_string())];
            Err(own_error(ErrorKind::Usage, "error-no-passphrase-in-file", &given))
        }
    }
}

fn ask(input: &Input, question: &'static str) -> Result<Zeroizing<String>, ApiError> {
    let nobody = || own_error(ErrorKind::Locked, "error-nobody-to-ask", &[]);
    if !input.may_prompt {
        return Err(nobody());
    }
    let question = format!("{} ", input.tongue.word(question));
    let answer = rpassword::prompt_password(question).map_err(|error| {
        let given = [("reason", error.to_string())];
        own_error(ErrorKind::Locked, "error-cannot-ask-passphrase", &given)
    })?;
    if answer.is_empty() { Err(nobody()) } else { Ok(answer.into()) }
}

/// Everything, or nothing if it is more than the limit.
fn read_bounded(reader: &mut impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((u64::try_from(read).is_ok_and(|read| read <= limit)).then_some(bytes))
}

/// Writes a new file for its owner only; never replaces one.
pub(crate) fn write_new_file(path: &Path, content: &[u8]) -> Result<(), ApiError> {
    NewFile::create(path)?.write(content)
}

/// A new file for its owner only, made before what goes into it: so that a command that cannot
/// write does not begin. It is gone again if nothing was written.
pub(crate) struct NewFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl NewFile {
    /// Makes it; never replaces one.
    pub(crate) fn create(path: &Path) -> Result<Self, ApiError> {
        let file = new_file(path).map_err(|error| write_error(path, &error))?;
        Ok(Self { path: path.to_owned(), file, written: false })
    }

    /// Writes what goes into it.
    pub(crate) fn write(mut self, content: &[u8]) -> Result<(), ApiError> {
        let written = self.file.write_all(content).and_then(|()| self.file.sync_all());
        self.written = written.is_ok();
        written.map_err(|error| write_error(&self.path, &error))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.written {
            // It is empty or half a text; that it stays harms nobody.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

fn write_error(path: &Path, error: &io::Error) -> ApiError {
    let exists = error.kind() == io::ErrorKind::AlreadyExists;
    let key = if exists { "error-file-exists" } else { "error-cannot-write" };
    file_error(key, path, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_replaces_none_and_is_gone_if_nothing_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certificate");
        drop(NewFile::create(&path).unwrap());
        assert!(!path.exists());
        NewFile::create(&path).unwrap().write(b"text").unwrap();
        assert!(NewFile::create(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"text");
    }

    fn passphrase_in(content: &[u8]) -> Result<Zeroizing<String>, ApiError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passphrase");
        std::fs::write(&file, content).unwrap();
        let source = PassphraseSource { file: Some(file), descriptor: None };
        source.existing(&Input::from_reader(Box::new(io::empty())))
    }

    #[test]
    fn a_passphrase_file_is_one_line() {
        assert_eq!(passphrase_in(b" tr\xc3\xa9s \n").unwrap().as_str(), " tr\u{e9}s ");
        assert_eq!(passphrase_in(b"windows\r\n").unwrap().as_str(), "windows");
        for bad in [b"".as_slice(), b"\n", b"two\nlines\n", b"\xff", &[b'x'; 5000]] {
            assert!(passphrase_in(bad).is_err());
        }
    }

    #[test]
    fn systemd_hands_the_passphrase_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(CREDENTIAL), "from the system\n").unwrap();
        let mut input = Input::from_reader(Box::new(io::empty()));
        assert_eq!(
            PassphraseSource::default().existing(&input).unwrap_err().kind,
            ErrorKind::Locked
        );
        input.credentials = Some(folder.path().to_owned());
        let read = PassphraseSource::default().existing(&input).unwrap();
        assert_eq!(read.as_str(), "from the system");
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_hands_the_passphrase_over() {
        use std::os::fd::AsRawFd as _;

        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"through a descriptor\n").unwrap();
        let number = u32::try_from(file.as_raw_fd()).unwrap();
        let source = PassphraseSource { file: None, descriptor: Some(number) };
        let read = source.existing(&Input::from_reader(Box::new(io::empty()))).unwrap();
        assert_eq!(read.as_str(), "through a descriptor");
    }

    #[test]
    fn texts_come_from_options_files_and_standard_input() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text");
        std::fs::write(&file, "\u{feff}from a file\n").unwrap();
        let mut input = Input::from_reader(Box::new(io::Cursor::new("typed\n")));
        assert_eq!(input.option_text("plain").unwrap(), "plain");
        assert_eq!(input.option_text("-").unwrap(), "typed");
        assert_eq!(input.option_text(&format!("@{}", file.display())).unwrap(), "from a file");
        let error = input.option_text("@/no/such/file").unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }

    #[test]
    fn a_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new");
        write_new_file(&file, b"first").unwrap();
        assert!(!write_new_file(&file, b"second").unwrap_err().hints.is_empty());
        assert_eq!(std::fs::read(&file).unwrap(), b"first");
    }
}
