//! `ceiba openrosa`

mod files;
mod submissions;

use std::path::PathBuf;

use clap::Subcommand;

use self::submissions::Submissions;
use crate::{
    api::{Answer, ApiError, Request, openrosa::OpenRosaRequest},
    cli::{failure::Failure, input::Input, render, session::Session},
};

/// The door for phones with ODK Collect, KoboCollect or Tella
///
/// `ceiba run --openrosa ADDRESS:PORT` opens it. What phones send becomes incidents of your own
/// organisation, as leads that nobody has looked at.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba openrosa user add phone-1 --url https://ceiba.example.org"
)]
pub(crate) enum OpenRosa {
    /// Who may send
    #[command(subcommand)]
    User(User),
    /// The forms that phones get
    #[command(subcommand)]
    Form(Form),
    /// List what phones sent
    ///
    /// The newest first, in portions. What makes no incident is kept sealed, with the reason:
    /// encrypted forms, answers that the form's mapping does not take, and what waits for a person.
    #[command(verbatim_doc_comment, after_help = "Example:\n  ceiba openrosa submissions --held")]
    Submissions(Submissions),
    /// Write what a phone sent into a folder: the filled form and its files
    ///
    /// They lie there in the clear, with all that the phone noted in them. Files have numbers for
    /// names; files.tsv says how the phone called them.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba openrosa files uuid:0d5a… --out folder"
    )]
    Files {
        /// The submission's id, as `ceiba openrosa submissions` shows it
        instance: String,
        /// The folder; files that are there are not written over
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

/// Who may send
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba openrosa user list")]
pub(crate) enum User {
    /// Make a name and a password for one phone
    ///
    /// The password is shown once. With --url also what ODK Collect reads as a QR code: whoever
    /// sees it has the password.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba openrosa user add phone-1 --url https://ceiba.example.org"
    )]
    Add {
        /// A code for the phone or whoever carries it, never a person's name
        name: String,
        /// Address by which the phone reaches the door
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// Print no QR code
        #[arg(long)]
        no_qr: bool,
    },
    /// List the phones that may send, and those that could
    #[command(after_help = "Example:\n  ceiba openrosa user list")]
    List,
    /// Let a phone send nothing more, at once
    ///
    /// With --hold-since, what it sent since that day waits for a person: look at it with `ceiba
    /// openrosa submissions --held --by NAME`. Incidents that it made stay, with their evidence.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba openrosa user revoke phone-1 --hold-since 2026-11-20"
    )]
    Revoke {
        /// Its name
        name: String,
        /// The day on which it may have been taken: 2026-11-20
        #[arg(long, value_name = "DATE")]
        hold_since: Option<String>,
    },
}

/// The forms that phones get
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba openrosa form list")]
pub(crate) enum Form {
    /// List the forms
    #[command(after_help = "Example:\n  ceiba openrosa form list")]
    List,
    /// Add a form of your own, or replace it
    ///
    /// The mapping says which question is which field; columns are named group/question, those of
    /// groups that repeat `group[*]/question`.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba openrosa form add ours.xml --mapping ours"
    )]
    Add {
        /// The form (XForm); - is standard input
        file: PathBuf,
        /// Name of a mapping that is kept: `ceiba import mapping list`
        #[arg(long, value_name = "NAME")]
        mapping: String,
    },
    /// Remove a form; what came by it stays
    #[command(after_help = "Example:\n  ceiba openrosa form remove ours")]
    Remove {
        /// Its id
        form: String,
    },
}

impl OpenRosa {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        if let Self::Files { instance, out } = &self {
            return files::write(session, instance, out);
        }
        if let Self::Submissions(args) = self {
            return args.run(session);
        }
        let picture = matches!(self, Self::User(User::Add { no_qr: false, .. }));
        let request = self.request(&mut session.input)?;
        let answer = session.ask(Request::OpenRosa(request))?;
        session.show(&answer)?;
        if let Answer::Phone(phone) = &answer
            && let Some(settings) = &phone.settings
            && picture
            && session.ui.shows_pictures()
        {
            session.ui.text(&render::qr_code(settings))?;
        }
        Ok(())
    }

    fn request(self, input: &mut Input) -> Result<OpenRosaRequest, ApiError> {
        Ok(match self {
            Self::User(User::Add { name, url, no_qr: _ }) => {
                OpenRosaRequest::PhoneAdd { name, url }
            }
            Self::User(User::List) => OpenRosaRequest::PhoneList,
            Self::User(User::Revoke { name, hold_since }) => {
                OpenRosaRequest::PhoneRevoke { name, hold_since }
            }
            Self::Form(Form::List) => OpenRosaRequest::FormList,
            Self::Form(Form::Add { file, mapping }) => {
                OpenRosaRequest::FormAdd { xml: input.text(&file)?, mapping }
            }
            Self::Form(Form::Remove { form }) => OpenRosaRequest::FormRemove { form },
            Self::Submissions(args) => args.request(None),
            Self::Files { instance, .. } => {
                OpenRosaRequest::File { instance, file: None, piece: 0 }
            }
        })
    }
}
