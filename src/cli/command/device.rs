//! `ceiba device`

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use crate::{
    api::{
        Answer, ApiError, ErrorKind, Request,
        device::{DeviceChanged, DeviceDraft, DeviceRequest, Keep},
    },
    cli::{
        failure::{Failure, own_error},
        input::{NewFile, WordsSource, write_new_file},
        render,
        seams::{self, AcceptOptions, RequestOptions},
        session::Session,
    },
    model::id::OrgId,
    node::device::{draft::Purpose, is_fingerprint},
};

/// What a device may do
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Records and sends; cannot read anything, its own records included
    Dropbox,
    /// Reads and writes; signs no decisions
    Field,
    /// Reads and writes, always on; signs no decisions
    Node,
    /// Reads, writes, and signs decisions for the organisation
    Admin,
}

impl Role {
    const fn code(self) -> &'static str {
        match self {
            Self::Dropbox => "dropbox",
            Self::Field => "field",
            Self::Node => "node",
            Self::Admin => "admin",
        }
    }
}

/// What of a revoked device's entries counts
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kept {
    /// All that this node holds: for a device that was lost
    Held,
    /// No entry but what --keep-until names: for one that others used
    Nothing,
}

/// Where the recovery words come from.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// Read the recovery words from a file
    ///
    /// Without this and --words-fd they are asked for. They are never read from the command line or
    /// the environment, and do not reach a node that runs.
    #[arg(verbatim_doc_comment, long, value_name = "FILE", conflicts_with = "words_fd")]
    words_file: Option<PathBuf>,
    /// Read the recovery words from an open file descriptor
    #[arg(long, value_name = "N")]
    words_fd: Option<u32>,
}

impl Words {
    fn source(self) -> WordsSource {
        WordsSource { file: self.words_file, descriptor: self.words_fd }
    }
}

/// Certify, list and revoke the devices of this organisation
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba device list")]
pub(crate) enum Device {
    /// Make the keys of a new device and the request for its certificate
    ///
    /// Run this on the new machine. Take the request to a machine of the organisation: as text, as a
    /// QR code, as a file. Run it again to see the request again.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba device request --org did:key:z6Mk... --name \"boat telephone\" --out request.txt"
    )]
    Request {
        /// The organisation: its did:key, as `ceiba status` shows it there
        #[arg(long, value_name = "DID")]
        org: String,
        /// What people call the machine
        #[arg(long, value_name = "LABEL", default_value = "new device")]
        name: String,
        /// Write the request into this file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print no QR code
        #[arg(long)]
        no_qr: bool,
    },
    /// Certify a new machine as a device of this organisation
    ///
    /// Shows the fingerprint of the request: compare it with the one that the new machine shows, and
    /// do not go on if they differ. Needs the recovery words, with which the organisation's root key
    /// signs. All circles are told; the certificate that is printed goes back to the new machine. Run
    /// it again with the same request and role if the certificate was lost.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba device certify @request.txt --role field --out certificate.txt"
    )]
    Certify {
        /// The request: its text, @FILE, or - for standard input
        request: String,
        /// What the device may do
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// What people call the device; left out: as it calls itself
        #[arg(long, value_name = "LABEL")]
        label: Option<String>,
        /// The fingerprint that the new machine shows: do not ask
        #[arg(long, value_name = "LETTERS", conflicts_with = "yes")]
        fingerprint: Option<String>,
        /// The fingerprints were compared: do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        words: Words,
        /// Write the certificate into this file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print no QR code
        #[arg(long)]
        no_qr: bool,
    },
    /// Complete a new machine with its certificate
    ///
    /// Run this on the new machine. Shows the fingerprint of what it enters: compare it with the one
    /// that `ceiba device certify` showed, and do not go on if they differ. From then on it is a device
    /// of the organisation.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba device accept @certificate.txt"
    )]
    Accept {
        /// The certificate: its text, the texts of its QR codes, @FILE, or - for standard input
        certificate: String,
        /// The fingerprint that certify showed: do not ask
        #[arg(long, value_name = "LETTERS", conflicts_with = "yes")]
        fingerprint: Option<String>,
        /// The fingerprints were compared: do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the devices of this organisation
    #[command(after_help = "Example:\n  ceiba device list")]
    List,
    /// Have this device sign for the organisation from now on
    ///
    /// Of several admin devices one signs decisions: two that sign at once cost the organisation its
    /// vote. Without this it is the one with the lowest id. Run it when that one is lost or lies in a
    /// drawer, and sign nothing there any more. `ceiba device list` shows which one signs.
    #[command(verbatim_doc_comment, after_help = "Example:\n  ceiba device sign-here")]
    SignHere,
    /// Revoke a device that was lost, seized or retired
    ///
    /// Shows first what of its entries goes on to count: all that this node holds, unless it is told
    /// otherwise; and of which decisions its approval goes on to stand: of all, unless --votes-until
    /// says otherwise. What comes of it later is put into quarantine everywhere, and what others write
    /// from then on is closed to it. What it has read stays with whoever has it. Needs the recovery
    /// words. Run it once more for a device that was revoked on a machine that did not know a circle.
    #[command(
        verbatim_doc_comment,
        after_help = "Examples:\n  ceiba device revoke \"boat telephone\" --dry-run\n  ceiba device revoke 91bb04e7 --keep nothing --keep-until 5f0c12ab90de34f7=40\n  ceiba device revoke 91bb04e7 --keep nothing --votes-until 3f9a01c2 --dry-run"
    )]
    Revoke {
        /// Label or id of the device, or a prefix of its id
        device: String,
        /// What of its entries counts
        #[arg(long, value_name = "WHAT", default_value = "held")]
        keep: Kept,
        /// Of one of its logs so many entries count; may be given several times
        #[arg(long, value_name = "LOG=COUNT", value_parser = count_of_log)]
        keep_until: Vec<(String, u64)>,
        /// Its approvals stand up to this decision only; genesis: none; may be given several times
        ///
        /// Without this all that it approved stands, also with --keep nothing, which is about entries.
        /// Decisions whose approval falls may take others along, and organisations with them: see
        /// --dry-run. Nothing can bring them back. Of several circles name one decision each.
        #[arg(verbatim_doc_comment, long, value_name = "DECISION")]
        votes_until: Vec<String>,
        /// Also while circles are not synced here, in which nothing of the device would count
        #[arg(long)]
        anyway: bool,
        /// Only say what would count
        #[arg(long)]
        dry_run: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Also if organisations are out of circles by it, for good; --yes does not do then
        #[arg(long)]
        dissolve: bool,
        #[command(flatten)]
        words: Words,
    },
}

fn count_of_log(text: &str) -> Result<(String, u64), String> {
    let (log, count) = text.split_once('=').ok_or("LOG=COUNT")?;
    Ok((log.trim().to_owned(), count.trim().parse().map_err(|_number| "LOG=COUNT")?))
}

impl Device {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List => session.ask_and_show(Request::Device(DeviceRequest::List)),
            Self::Request { org, name, out, no_qr } => request(session, (&org, name), out, !no_qr),
            Self::SignHere => session.ask_and_show(Request::Device(DeviceRequest::SignHere)),
            Self::Accept { certificate, fingerprint, yes } => {
                accept(session, &certificate, &Compared { fingerprint, yes })
            }
            Self::Certify { request, role, label, fingerprint, yes, words, out, no_qr } => {
                let request = session.input.join_text(&request)?;
                // Read here too: what is compared and signed is what came, not what a node says.
                let (purpose, shown) = seams::to_certify(&request, role.code())?;
                let role = role.code().to_owned();
                let mut draft = drafted(session, DeviceRequest::Certify { request, role, label })?;
                draft.fingerprint = Some(shown);
                confirm(session, &draft, &Compared { fingerprint, yes })?;
                // Before anything is signed: what cannot be written would be lost.
                let file = out.as_deref().map(NewFile::create).transpose()?;
                let changed = sign_and_publish(session, (draft, &purpose), &words.source())?;
                deliver(session, &changed, file.zip(out), !no_qr)
            }
            Self::Revoke {
                device,
                keep,
                keep_until,
                votes_until,
                anyway,
                dry_run,
                yes,
                dissolve,
                words,
            } => {
                let until: BTreeMap<String, u64> = keep_until.into_iter().collect();
                let keep = Keep { nothing: keep == Kept::Nothing, until, votes_until };
                let draft = drafted(session, DeviceRequest::Revoke { device, keep, anyway })?;
                if dry_run {
                    return session.show(&Answer::DeviceDraft(Box::new(draft)));
                }
                confirm_revocation(session, &draft, yes, dissolve)?;
                let purpose = Purpose::Revoke(draft.device);
                let changed = sign_and_publish(session, (draft, &purpose), &words.source())?;
                session.show(&Answer::DeviceChanged(changed))
            }
        }
    }
}

/// What a person said of a fingerprint on the command line.
struct Compared {
    fingerprint: Option<String>,
    yes: bool,
}

impl Compared {
    /// Whether nobody need be asked any more.
    ///
    /// # Errors
    /// When it is another fingerprint.
    fn with(&self, shown: &str) -> Result<bool, ApiError> {
        match &self.fingerprint {
            None => Ok(self.yes),
            Some(typed) if is_fingerprint(typed, shown) => Ok(true),
            Some(_other) => {
                let given = [("shown", shown.to_owned())];
                Err(own_error(ErrorKind::Refused, "error-device-other-fingerprint", &given))
            }
        }
    }
}

fn request(
    session: &mut Session<'_>,
    (org, label): (&str, String),
    out: Option<PathBuf>,
    picture: bool,
) -> Result<(), Failure> {
    let org: OrgId = org.trim().parse().map_err(|_malformed| {
        own_error(ErrorKind::Usage, "error-device-org", &[("org", org.to_owned())])
    })?;
    let home = session.home()?;
    let passphrase = if home.join("keystore.age").exists() {
        session.passphrase()?
    } else {
        session.fresh_passphrase()?
    };
    let made = session.nodes.request_device(RequestOptions { home, org, label, passphrase })?;
    if let Some(path) = &out {
        write_new_file(path, format!("{}\n", made.request).as_bytes())?;
    }
    if session.ui.is_json() {
        return session.ui.json(&made);
    }
    session.ui.text(&render::requested(&made, session.ui.tongue()))?;
    hand_over(session, &made.request, out, picture)
}

fn accept(
    session: &mut Session<'_>,
    certificate: &str,
    compared: &Compared,
) -> Result<(), Failure> {
    let certificate = session.input.join_text(certificate)?;
    let home = session.home()?;
    seams::require_home(&home)?;
    let passphrase = session.passphrase()?;
    let options = AcceptOptions { home, certificate, passphrase };
    let (ui, input) = (&mut session.ui, &mut session.input);
    let made = session.nodes.accept_device(options, &mut |entering| {
        if compared.with(&entering.fingerprint)? {
            return Ok(());
        }
        let unconfirmed = || {
            let given = [("shown", entering.fingerprint.clone())];
            own_error(ErrorKind::Refused, "error-device-not-entered", &given)
        };
        if ui.is_json() || !input.may_ask() {
            return Err(unconfirmed());
        }
        let tongue = ui.tongue();
        let question = tongue.word("device-confirm-same");
        ui.ask(&format!("{}\n{question}", render::entering(entering, tongue)));
        let typed = input.typed_line()?;
        typed.filter(|it| it == tongue.word("device-word-same")).map(drop).ok_or_else(unconfirmed)
    })?;
    if session.ui.is_json() {
        return session.ui.json(&made);
    }
    session.ui.text(&render::accepted(&made, session.ui.tongue()))
}

fn drafted(session: &mut Session<'_>, request: DeviceRequest) -> Result<DeviceDraft, ApiError> {
    let Answer::DeviceDraft(draft) = session.ask(Request::Device(request))? else {
        return Err(own_error(ErrorKind::Internal, "error-device-draft", &[]));
    };
    Ok(*draft)
}

/// Shows what would be signed, and asks; without somebody to ask, only what was said before goes on.
fn confirm(
    session: &mut Session<'_>,
    draft: &DeviceDraft,
    compared: &Compared,
) -> Result<(), ApiError> {
    if compared.with(draft.fingerprint.as_deref().unwrap_or_default())? {
        return Ok(());
    }
    let keys = ("device-confirm-same", "device-word-same");
    ask_word(session, draft, keys, "error-device-unconfirmed")
}

/// The same of a revocation. That others are out by it is said for itself: --yes was perhaps given
/// without knowing.
fn confirm_revocation(
    session: &mut Session<'_>,
    draft: &DeviceDraft,
    yes: bool,
    dissolve: bool,
) -> Result<(), ApiError> {
    let dissolves = draft.votes.iter().any(|it| !it.out.is_empty());
    let (said, keys, unconfirmed) = if dissolves {
        let keys = ("device-confirm-dissolve", "device-word-dissolve");
        (dissolve, keys, "error-device-dissolves")
    } else {
        (yes, ("device-confirm-revoke", "device-word-revoke"), "error-device-unconfirmed")
    };
    if said { Ok(()) } else { ask_word(session, draft, keys, unconfirmed) }
}

/// Shows a draft and has the word typed that confirms it.
fn ask_word(
    session: &mut Session<'_>,
    draft: &DeviceDraft,
    (question, wanted): (&'static str, &'static str),
    unconfirmed: &'static str,
) -> Result<(), ApiError> {
    let unconfirmed = || own_error(ErrorKind::Refused, unconfirmed, &[]);
    if session.ui.is_json() || !session.input.may_ask() {
        return Err(unconfirmed());
    }
    let tongue = session.ui.tongue();
    let question = tongue.word(question);
    session.ui.ask(&format!("{}\n{question}", render::device_draft(draft, tongue)));
    let typed = session.input.typed_line()?;
    typed.filter(|word| word == tongue.word(wanted)).map(drop).ok_or_else(unconfirmed)
}

/// Signs in this process, which ends with the command, and publishes.
fn sign_and_publish(
    session: &mut Session<'_>,
    (draft, purpose): (DeviceDraft, &Purpose),
    words: &WordsSource,
) -> Result<DeviceChanged, ApiError> {
    let words: Zeroizing<String> = words.read(&session.input)?;
    let signed = seams::sign_draft(&draft, purpose, &words)?;
    let (manifest, certificate) = (signed.manifest, signed.certificate);
    let publish = DeviceRequest::Publish { draft: Box::new(draft), manifest, certificate };
    let Answer::DeviceChanged(changed) = session.ask(Request::Device(publish))? else {
        return Err(own_error(ErrorKind::Internal, "error-device-draft", &[]));
    };
    // Of what was signed here, whatever the node says.
    Ok(DeviceChanged { fingerprint: signed.fingerprint, ..changed })
}

fn deliver(
    session: &mut Session<'_>,
    changed: &DeviceChanged,
    out: Option<(NewFile, PathBuf)>,
    picture: bool,
) -> Result<(), Failure> {
    let certificate = changed.certificate.clone().unwrap_or_default();
    let out = match out {
        Some((file, path)) => {
            file.write(format!("{certificate}\n").as_bytes())?;
            Some(path)
        }
        None => None,
    };
    if session.ui.is_json() {
        return session.ui.json(changed);
    }
    let answer = Answer::DeviceChanged(DeviceChanged { certificate: None, ..changed.clone() });
    session.show(&answer)?;
    hand_over(session, &certificate, out, picture)
}

/// Shows a text that is to be taken elsewhere: where it was written, or itself and its picture.
fn hand_over(
    session: &mut Session<'_>,
    text: &str,
    out: Option<PathBuf>,
    picture: bool,
) -> Result<(), Failure> {
    if let Some(path) = out {
        let given = [("file", path.display().to_string().into())];
        session.ui.note(&session.ui.tongue().say("error-wrote", &given));
        return Ok(());
    }
    session.ui.text(&format!("\n{text}\n"))?;
    if picture && session.ui.shows_pictures() {
        let pictures = render::qr_codes(text, session.ui.size());
        let told = match &pictures {
            Some(pictures) if pictures.len() > 1 => "device-pictures",
            Some(_one) => "",
            None => "device-no-picture",
        };
        if !told.is_empty() {
            let count = pictures.as_ref().map_or(0, Vec::len);
            session.ui.note(&session.ui.tongue().say(told, &[("count", count.into())]));
        }
        for picture in pictures.unwrap_or_default() {
            session.ui.text(&picture)?;
        }
    }
    Ok(())
}
