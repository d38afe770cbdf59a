//! Writes bundles.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use rand_chacha::ChaCha20Rng;

use super::{Door, PORTION_BYTES, files};
use crate::{
    api::{
        ApiError, Progress,
        bundle::{BundleExported, WrittenPart},
    },
    crypto::{DeviceKeys, ReceivingPublicKey, bundle::Envelope},
    model::id::DeviceId,
    node::{
        clock, errors,
        requests::bundles::{Encoded, Planned, Portion},
    },
    sync::bundle::{PartWriter, Preface},
};

/// Least bytes of a part: less has no room for stanzas and the list of circles.
const MIN_PART_BYTES: u64 = 64 * 1024;

/// What somebody wants exported.
pub(super) struct Wishes {
    pub(super) to: Vec<String>,
    pub(super) circle: Option<String>,
    pub(super) max_bytes: u64,
    pub(super) since_receipt: bool,
    pub(super) out: String,
    pub(super) join_requests: Vec<String>,
}

/// Writes files with what the recipients may have. All or none of them are there in the end.
pub(super) fn export(
    door: &Door,
    wishes: Wishes,
    progress: &impl Fn(Progress),
) -> Result<BundleExported, ApiError> {
    let Wishes { to, circle, max_bytes, since_receipt, out, join_requests } = wishes;
    if (1..MIN_PART_BYTES).contains(&max_bytes) {
        let least = MIN_PART_BYTES.to_string();
        return Err(errors::usage(format!("a bundle has at least {least} bytes"))
            .hint("give a larger --max-size, or none")
            .named("bundle-too-small", &[("least", &least)]));
    }
    let max_bytes = if max_bytes == 0 { u64::MAX } else { max_bytes };
    let plan = move |node: &mut crate::node::Node| {
        node.plan_bundles(&to, circle.as_deref(), max_bytes, since_receipt, &join_requests)
    };
    let Planned { series, nothing_for, keys, org, made } = door.with(plan)??;
    let mut all = BundleExported { nothing_for, ..BundleExported::default() };
    for (mut planned, about) in series {
        let preface = Preface {
            device: keys.device(),
            org,
            transport: keys.public().transport,
            series: about.id,
            part: 0,
            made,
        };
        let mut parts = Parts {
            recipients: &about.recipients,
            keys: &keys,
            preface,
            max_bytes,
            folder: Path::new(&out),
            rng: clock::entropy(),
            open: None,
            exported: &mut all,
            about: WrittenPart {
                file: String::new(),
                bytes: 0,
                series: data_encoding::HEXLOWER.encode(&about.id),
                part: 0,
                to: about.orgs.clone(),
                devices: about.recipients.len() as u64,
                circles: about.circles.clone(),
            },
        };
        let before = parts.exported.unread;
        let written = (|| {
            loop {
                let (rest, portion) = door.with(move |node| {
                    let portion = node.bundle_portion(&mut planned, PORTION_BYTES);
                    (planned, portion)
                })?;
                planned = rest;
                let ended = portion.items.is_empty();
                parts.write(&portion)?;
                parts.exported.unread = before.saturating_add(portion.unread);
                let known = &mut parts.exported.ended;
                for circle in &portion.ended {
                    if !known.contains(circle) {
                        known.push(circle.clone());
                    }
                }
                if ended {
                    return parts.close(true);
                }
                let entries = parts.exported.entries;
                progress(Progress { step: "writing".to_owned(), done: entries, total: None });
            }
        })();
        if let Err(error) = written {
            parts.discard();
            all.files.iter().for_each(|part| drop(fs::remove_file(&part.file)));
            return Err(error);
        }
    }
    let folder = Path::new(&out);
    if let Err(error) = show(&mut all, folder) {
        all.files.iter().for_each(|part| drop(fs::remove_file(&part.file)));
        return Err(files::not_written(folder, &error));
    }
    Ok(all)
}

/// Gives the files their names, once all are whole: whoever is killed before leaves none that looks
/// like a bundle.
fn show(all: &mut BundleExported, folder: &Path) -> io::Result<()> {
    for part in &mut all.files {
        let whole = Path::new(&part.file).with_extension(files::ENDING);
        fs::rename(&part.file, &whole)?;
        part.file = whole.display().to_string();
    }
    files::sync_folder(folder)
}

/// The parts of one series while they are written.
struct Parts<'a> {
    recipients: &'a [(DeviceId, ReceivingPublicKey)],
    keys: &'a DeviceKeys,
    preface: Preface,
    max_bytes: u64,
    folder: &'a Path,
    rng: ChaCha20Rng,
    open: Option<(PartWriter<BufWriter<File>>, PathBuf)>,
    exported: &'a mut BundleExported,
    about: WrittenPart,
}

impl Parts<'_> {
    /// Writes items into the open part, or the next when that is full.
    fn write(&mut self, portion: &Portion) -> Result<(), ApiError> {
        for item in &portion.items {
            let full = self.open.as_ref().is_some_and(|(part, _)| !part.fits(item.bytes.len()));
            if full {
                self.close(false)?;
            }
            if self.open.is_none() {
                self.begin(&portion.opening)?;
            }
            self.add(item)?;
        }
        // Whoever has all of it gets a file that says so.
        if self.open.is_none() { self.begin(&portion.opening) } else { Ok(()) }
    }

    fn begin(&mut self, opening: &[Encoded]) -> Result<(), ApiError> {
        let sealed = Envelope::seal(self.recipients, &mut self.rng);
        let envelope = sealed.map_err(|error| {
            errors::refused(errors::sentence(&error)).hint("make bundles for fewer at once")
        })?;
        let (out, path) = files::create(self.folder, &mut self.rng)?;
        let begun = PartWriter::begin(out, envelope, self.max_bytes, self.preface.clone());
        let part = begun.map_err(|error| {
            drop(fs::remove_file(&path));
            files::not_written(self.folder, &error)
        })?;
        self.preface.part = self.preface.part.saturating_add(1);
        self.open = Some((part, path));
        // They belong to the part, and leave room to the item that the part is made for.
        opening.iter().try_for_each(|item| self.put(item, PartWriter::open_with))
    }

    fn add(&mut self, item: &Encoded) -> Result<(), ApiError> {
        self.exported.entries = self.exported.entries.saturating_add(item.entries);
        self.exported.statements = self.exported.statements.saturating_add(item.statements);
        self.put(item, PartWriter::add)
    }

    fn put(
        &mut self,
        item: &Encoded,
        put: impl Fn(&mut PartWriter<BufWriter<File>>, &[u8]) -> io::Result<()>,
    ) -> Result<(), ApiError> {
        let Some((part, _path)) = self.open.as_mut() else { return Ok(()) };
        put(part, &item.bytes).map_err(|error| files::not_written(self.folder, &error))
    }

    /// Signs the open part and makes it durable.
    fn close(&mut self, last: bool) -> Result<(), ApiError> {
        let Some((part, path)) = self.open.take() else { return Ok(()) };
        let signature = part.colophon(last).sign(&self.keys.signing);
        let written = part.finish(last, signature).and_then(files::complete);
        let bytes = written.map_err(|error| {
            drop(fs::remove_file(&path));
            files::not_written(self.folder, &error)
        })?;
        self.exported.bytes = self.exported.bytes.saturating_add(bytes);
        if bytes > self.max_bytes {
            self.exported.oversized = self.exported.oversized.saturating_add(1);
        }
        let (file, part) = (path.display().to_string(), self.preface.part);
        self.exported.files.push(WrittenPart { file, bytes, part, ..self.about.clone() });
        Ok(())
    }

    fn discard(&mut self) {
        if let Some((_part, path)) = self.open.take() {
            drop(fs::remove_file(path));
        }
    }
}
