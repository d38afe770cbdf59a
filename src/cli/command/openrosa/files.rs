//! `ceiba openrosa files`

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use data_encoding::BASE64;

use crate::{
    api::{
        Answer, ApiError, Backend, ErrorKind, Request,
        openrosa::{OpenRosaRequest, PhoneFile, Submitted},
    },
    cli::{
        failure::{Failure, own_error},
        session::Session,
    },
};

/// Name of the file with the filled form.
const FORM: &str = "submission.xml";

/// Writes a submission and its files into a folder, piece by piece.
pub(super) fn write(
    session: &mut Session<'_>,
    instance: &str,
    folder: &Path,
) -> Result<(), Failure> {
    let list = Request::OpenRosa(OpenRosaRequest::SubmissionList { retry: false });
    let mut backend = session.connect(&list)?;
    let Answer::Submissions(all) = backend.call(list, &mut |_progress| {})? else {
        return Err(strange().into());
    };
    let wanted = all.into_iter().find(|one| one.instance == instance);
    let files = wanted.map(|Submitted { files, .. }| files).unwrap_or_default();
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    copy(&mut *backend, instance, None, &folder.join(FORM))?;
    let mut written = vec![FORM.to_owned()];
    for name in files {
        // The node takes names without folders only; this is where it would matter.
        let plain = Path::new(&name).file_name().map(|last| last.to_string_lossy().into_owned());
        let place = plain.filter(|plain| *plain == name && name != FORM);
        let place = place.unwrap_or_else(|| format!("file-{}", written.len()));
        copy(&mut *backend, instance, Some(name), &folder.join(&place))?;
        written.push(place);
    }
    if session.ui.is_json() {
        return session.ui.json(&written);
    }
    session.ui.text(&(written.join("\n") + "\n"))
}

fn copy(
    backend: &mut dyn Backend,
    instance: &str,
    file: Option<String>,
    path: &Path,
) -> Result<(), ApiError> {
    let mut out: Option<fs::File> = None;
    for piece in 0.. {
        let (instance, file) = (instance.to_owned(), file.clone());
        let request = Request::OpenRosa(OpenRosaRequest::File { instance, file, piece });
        let Answer::PhoneFile(PhoneFile { base64, more }) =
            backend.call(request, &mut |_progress| {})?
        else {
            return Err(strange());
        };
        let bytes = BASE64.decode(base64.as_bytes()).map_err(|_other| strange())?;
        let mut file = match out.take() {
            Some(file) => file,
            None => create(path).map_err(|error| cannot(path, &error))?,
        };
        file.write_all(&bytes).map_err(|error| cannot(path, &error))?;
        if !more {
            return file.sync_all().map_err(|error| cannot(path, &error));
        }
        out = Some(file);
    }
    Ok(())
}

/// A file that was not there, for its owner alone.
fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn cannot(path: &Path, error: &io::Error) -> ApiError {
    let given = [("file", path.display().to_string()), ("reason", error.to_string())];
    own_error(ErrorKind::Storage, "error-cannot-write", &given)
}

fn strange() -> ApiError {
    own_error(ErrorKind::Internal, "error-openrosa-strange", &[])
}
