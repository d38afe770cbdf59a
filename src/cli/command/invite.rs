//! `ceiba invite`

use std::path::PathBuf;

use clap::Subcommand;

use super::{duration, join::deliver};
use crate::{
    api::{Answer, ApiError, Request},
    cli::{failure::Failure, input::Input, render, session::Session},
};

/// Invite organisations into a coalition
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba invite create --expires 7d")]
pub(crate) enum Invite {
    /// Make a ticket for one organisation
    ///
    /// Prints the ticket as text, and on a terminal also as a QR code. Whoever holds the ticket can
    /// join in the guest's place until it expires: hand it over in person or by a safe channel.
    /// With more than one steward the others have to approve first.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba invite create --expires 7d --steward"
    )]
    Create {
        /// Coalition; left out: the only one
        #[arg(long, value_name = "COALITION")]
        coalition: Option<String>,
        /// How long the ticket is good: 12h, 7d, 2w
        #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration::seconds)]
        expires: u64,
        /// The organisation that joins becomes a steward: its approval counts
        #[arg(long)]
        steward: bool,
        /// Print no QR code
        #[arg(long)]
        no_qr: bool,
    },
    /// List invites and what became of them
    #[command(after_help = "Example:\n  ceiba invite list")]
    List,
    /// Withdraw an invite
    #[command(after_help = "Example:\n  ceiba invite revoke 91bb04e7")]
    Revoke {
        /// Id of the invite, or a prefix of it
        invite: String,
    },
    /// Answer a request to join that came as a file
    ///
    /// The guest made it with `ceiba join TICKET --request-out FILE`; the answer goes back to
    /// `ceiba join --answer FILE`. No network is needed.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba invite answer request.txt --out answer.txt"
    )]
    Answer {
        /// The request's file; - is standard input
        file: PathBuf,
        /// File to write the answer to; left out or -: standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl Invite {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let picture = matches!(self, Self::Create { no_qr: false, .. });
        let out = if let Self::Answer { out, .. } = &self { out.clone() } else { None };
        let request = self.request(&mut session.input)?;
        let answer = session.ask(request)?;
        if let Answer::JoinFile(file) = &answer {
            return deliver(session, file, out.as_deref());
        }
        session.show(&answer)?;
        if let Answer::Invite(invite) = &answer
            && let Some(ticket) = &invite.ticket
            && picture
            && session.ui.shows_pictures()
        {
            session.ui.text(&render::qr_code(ticket))?;
        }
        Ok(())
    }

    fn request(self, input: &mut Input) -> Result<Request, ApiError> {
        Ok(match self {
            Self::Create { coalition, expires, steward, no_qr: _ } => {
                Request::InviteCreate { coalition, expires_in: expires, steward }
            }
            Self::List => Request::InviteList,
            Self::Revoke { invite } => Request::InviteRevoke { invite },
            Self::Answer { file, out: _ } => {
                Request::InviteAnswer { request: input.join_file(&file)? }
            }
        })
    }
}
