//! The archive of one's own data, and its check.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
};

use super::{
    confirm::confirmed,
    files::{failed, folder_of, refuse_existing},
    rows::{Exported, ask, plan, request, strange},
};
use crate::{
    api::{
        ApiError, Progress,
        export::{Audience, ExportAnswer, ExportRequest, Part, Records},
        request::IncidentFilter,
    },
    cli::{
        failure::{Failure, file_error},
        private::{new_file, new_folder},
        render,
        session::Session,
    },
    exchange::out::{
        About,
        archive::{
            ABOUT, Checked, Fault, Lines, MANIFEST, README, README_TEXT, check_archive, digest_of,
            manifest,
        },
    },
    model::registry::Tier,
};

/// Writes the archive into a new folder.
pub(super) fn write(
    session: &mut Session<'_>,
    out: &Path,
    confirm: Option<&str>,
) -> Result<(), Failure> {
    let exported = carry(session, out, confirm)?;
    if session.ui.is_json() {
        return session.ui.json(&exported);
    }
    session.ui.text(&render::exported(&exported, session.ui.tongue()))
}

fn carry(
    session: &mut Session<'_>,
    out: &Path,
    confirm: Option<&str>,
) -> Result<Exported, ApiError> {
    refuse_existing(out)?;
    let confirmed = confirmed(session, Tier::Sealed, confirm)?;
    let audience = Audience {
        tier: Tier::Sealed,
        confirmed: confirmed.clone(),
        circle: None,
        statistics: false,
    };
    let filter = Box::new(IncidentFilter::default());
    let first = request(ExportRequest::Plan { audience, filter });
    let mut backend = session.connect(&first)?;
    let mut display = session.ui.progress();
    let plan = plan(&mut *backend, first, &mut display)?;
    let mut about = About::new("archive", &plan);
    let cannot = |error: io::Error| file_error("error-cannot-write", out, &error);
    // Beside its place, for its owner only; gone if it is not finished.
    let folder = new_folder(folder_of(out)).map_err(cannot)?;
    for part in Part::ALL {
        let file = new_file(&folder.path().join(format!("{}.jsonl", part.name())));
        let mut lines = Lines::new(part.name(), BufWriter::new(file.map_err(cannot)?));
        let mut offset = 0;
        loop {
            let ordered = ExportRequest::Records { confirmed: confirmed.clone(), part, offset };
            let ExportAnswer::Records(Records { records, total }) =
                ask(&mut *backend, request(ordered), &mut display)?
            else {
                return Err(strange());
            };
            for record in &records {
                lines.record(record).map_err(|error| failed(out, error))?;
                offset += 1;
            }
            display.show(&Progress::of(part.name(), offset, total));
            if records.is_empty() || offset >= total {
                break;
            }
        }
        if part == Part::Incidents {
            about.incidents = offset;
        }
        let (file, digest) = lines.finish().map_err(|error| failed(out, error))?;
        let file = file.into_inner().map_err(|error| cannot(error.into_error()))?;
        file.sync_all().map_err(cannot)?;
        about.files.push(digest);
    }
    display.clear();
    about.files.push(digest_of(README, README_TEXT.as_bytes()));
    finish(folder.path(), &about).map_err(cannot)?;
    refuse_existing(out)?;
    fs::rename(folder.path(), out).map_err(cannot)?;
    // It has its name now, and is not to be removed.
    let _old_name = folder.keep();
    Ok(Exported {
        about,
        path: Some(out.display().to_string()),
        beside: Vec::new(),
        reasons: BTreeMap::new(),
        board: None,
    })
}

/// The files that are written as a whole.
fn finish(folder: &Path, about: &About) -> io::Result<()> {
    let (json, digests) = (about.to_json(), manifest(about));
    let whole: [(&str, &[u8]); 3] =
        [(README, README_TEXT.as_bytes()), (ABOUT, &json), (MANIFEST, digests.as_bytes())];
    for (name, content) in whole {
        let mut file = new_file(&folder.join(name))?;
        file.write_all(content)?;
        file.sync_all()?;
    }
    File::open(folder)?.sync_all()
}

/// Checks an archive, and says what is wrong with it.
pub(super) fn check(session: &mut Session<'_>, folder: &Path) -> Result<(), Failure> {
    let cannot = |error: io::Error| file_error("error-cannot-read", folder, &error);
    let checked = look(folder).map_err(cannot)?;
    if session.ui.is_json() {
        session.ui.json(&checked)?;
    } else {
        session.ui.text(&render::checked(&checked, session.ui.tongue()))?;
    }
    if checked.problems.is_empty() { Ok(()) } else { Err(Failure::Disproved) }
}

fn look(folder: &Path) -> io::Result<Checked> {
    let (mut names, mut others) = (BTreeSet::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() {
            names.insert(name);
        } else {
            // A link could lead anywhere, and an archive has no folders.
            others.push(name);
        }
    }
    let mut checked = check_archive(&names, &mut |name| {
        Ok(Box::new(File::open(folder.join(name))?) as Box<dyn io::Read>)
    })?;
    for other in others {
        checked.problem(&other, Fault::NotNamed);
    }
    Ok(checked)
}
