//! `ceiba openrosa files`

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use data_encoding::BASE64;
use serde::Serialize;

use crate::{
    api::{
        Answer, ApiError, Backend, ErrorKind, Request,
        evidence::EvidenceRequest,
        openrosa::{OpenRosaRequest, PhoneFile, Submitted, SubmittedFile, Which},
    },
    cli::{
        failure::{Failure, own_error},
        private::new_file,
        session::Session,
    },
};

/// Name of the file with the filled form.
const FORM: &str = "submission.xml";
/// Name of the list of the files with the names that the phone said.
const LIST: &str = "files.tsv";
/// Seconds that are waited for a file that is evidence: it is here.
const TIMEOUT: u64 = 10;
/// Endings by what bytes look like; of what is not here the ending says nothing.
const ENDINGS: [(&str, &str); 12] = [
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("image/gif", "gif"),
    ("image/heic", "heic"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/amr", "amr"),
    ("audio/mp4", "m4a"),
    ("audio/x-wav", "wav"),
    ("video/mp4", "mp4"),
    ("application/pdf", "pdf"),
];

/// A file that was written.
#[derive(Debug, Serialize)]
struct Written {
    /// Its name in the folder.
    file: String,
    /// Its name as the phone said it.
    name: String,
}

/// Writes a submission and its files into a folder, piece by piece. What a phone calls its files is
/// no name for a disk: it might be one that a desktop acts upon, or twice the same.
pub(super) fn write(
    session: &mut Session<'_>,
    instance: &str,
    folder: &Path,
) -> Result<(), Failure> {
    let which = Which { instances: vec![instance.to_owned()], ..Which::default() };
    let list = OpenRosaRequest::SubmissionList { retry: false, which, before: None };
    let list = Request::OpenRosa(list);
    let mut backend = session.connect(&list)?;
    let Answer::Submissions(found) = backend.call(list, &mut |_progress| {})? else {
        return Err(strange().into());
    };
    let found = found.submissions.into_iter().next().ok_or_else(strange)?;
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let folder = std::path::absolute(folder).map_err(|error| cannot(folder, &error))?;
    copy(&mut *backend, &found.instance, None, &folder.join(FORM))?;
    let mut written = vec![Written { file: FORM.to_owned(), name: FORM.to_owned() }];
    for (number, file) in (1..).zip(&found.files) {
        let ending = ENDINGS.iter().find(|(mime, _)| *mime == file.mime);
        let ending = ending.map_or("bin", |(_, ending)| ending);
        let own = format!("{number:03}.{ending}");
        one(&mut *backend, &found, file, folder.join(&own))?;
        written.push(Written { file: own, name: file.name.clone() });
    }
    list_of(&found.files, &written, &folder.join(LIST))?;
    if session.ui.is_json() {
        return session.ui.json(&written);
    }
    let files: Vec<&str> = written.iter().map(|it| it.file.as_str()).chain([LIST]).collect();
    session.ui.text(&(files.join("\n") + "\n"))
}

/// Writes a file, from where it is.
fn one(
    backend: &mut dyn Backend,
    of: &Submitted,
    file: &SubmittedFile,
    out: PathBuf,
) -> Result<(), ApiError> {
    let Some(key) = &file.evidence else {
        return copy(backend, &of.instance, Some(file.name.clone()), &out);
    };
    // One that was edited since does not say of which incident it is; the key is enough.
    let item = of.incident.map_or_else(|| key.clone(), |incident| format!("{incident}/{key}"));
    let get = EvidenceRequest::Get { item, out, thumbnail: false, timeout: TIMEOUT };
    backend.call(Request::Evidence(get), &mut |_progress| {}).map(drop)
}

/// Which file is which, as the phone called it, with digests. Control characters never came in.
fn list_of(files: &[SubmittedFile], written: &[Written], path: &Path) -> Result<(), ApiError> {
    let mut text = String::new();
    for (file, written) in files.iter().zip(written.iter().skip(1)) {
        text.push_str(&format!("{}\t{}\t{}\n", written.file, file.sha256, file.name));
    }
    let made = new_file(path).and_then(|mut list| list.write_all(text.as_bytes()));
    made.map_err(|error| cannot(path, &error))
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
            None => new_file(path).map_err(|error| cannot(path, &error))?,
        };
        file.write_all(&bytes).map_err(|error| cannot(path, &error))?;
        if !more {
            return file.sync_all().map_err(|error| cannot(path, &error));
        }
        out = Some(file);
    }
    Ok(())
}

fn cannot(path: &Path, error: &io::Error) -> ApiError {
    let given = [("file", path.display().to_string()), ("reason", error.to_string())];
    own_error(ErrorKind::Storage, "error-cannot-write", &given)
}

fn strange() -> ApiError {
    own_error(ErrorKind::Internal, "error-openrosa-strange", &[])
}
