//! A text in somebody's editor: in a private file that is gone afterwards, and not before the node
//! has it.

use std::{
    env, fs,
    io::{Read, Write},
    path::PathBuf,
    process::Command,
};

use tempfile::{Builder, NamedTempFile};

use crate::{
    api::{ApiError, ErrorKind},
    cli::{failure::own_error, input::MAX_TEXT_BYTES},
};

/// The editor of who names none.
const USUAL_EDITOR: &str = "vi";

/// What somebody wrote, and the file that it is still in.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) text: String,
    file: NamedTempFile,
}

impl Draft {
    /// Leaves the file where it is, and says where.
    pub(super) fn keep(self) -> Option<PathBuf> {
        self.file.keep().ok().map(|(_, path)| path)
    }
}

/// Lets somebody edit a text. The file is the user's alone (mode 0600), where the system keeps what
/// is gone at the end of the session, if it has such a place.
pub(super) fn edit(card: &str, lang: &str, before: &str) -> Result<Draft, ApiError> {
    let failed = |error: std::io::Error| {
        own_error(ErrorKind::Usage, "error-editor", &[("why", error.to_string())])
    };
    let private = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|it| it.is_dir());
    let folder = private.unwrap_or_else(env::temp_dir);
    let mut file = Builder::new()
        .prefix(&format!("ceiba-{card}-{lang}-"))
        .suffix(".md")
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(before.as_bytes()).and_then(|()| file.flush()).map_err(failed)?;
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|it| env::var(it).ok());
    let named = named.filter(|it| !it.trim().is_empty()).unwrap_or_else(|| USUAL_EDITOR.to_owned());
    let mut words = named.split_whitespace();
    let program = words.next().unwrap_or(USUAL_EDITOR);
    let status = Command::new(program).args(words).arg(file.path()).status().map_err(failed)?;
    if !status.success() {
        let why = status.to_string();
        return Err(own_error(ErrorKind::Usage, "error-editor", &[("why", why)]));
    }
    // Many editors put a new file into its place: read it by its name.
    let mut bytes = Vec::new();
    let opened = fs::File::open(file.path()).map_err(failed)?;
    opened.take(MAX_TEXT_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    let too_long = u64::try_from(bytes.len()).map_or(true, |length| length > MAX_TEXT_BYTES);
    let read = String::from_utf8(bytes).ok().filter(|_| !too_long);
    let Some(mut text) = read else {
        let kept = file.keep().map(|(_, path)| path.display().to_string()).unwrap_or_default();
        return Err(own_error(ErrorKind::Usage, "error-editor-text", &[("path", kept)]));
    };
    // Editors end a file with a line break of their own.
    if !before.ends_with('\n') && text.ends_with('\n') {
        text.pop();
    }
    Ok(Draft { text, file })
}
