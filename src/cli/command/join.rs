//! `ceiba join`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    api::{Answer, ApiError, ErrorKind, Request, answer::JoinFile},
    cli::{
        failure::{Failure, own_error},
        input::{Input, write_new_file},
        session::Session,
    },
};

/// Characters of the longest ticket.
const MAX_TICKET_CHARS: usize = 64 * 1024;

/// Join a coalition with a ticket
///
/// Give - instead of the ticket to type or paste it, so that it is not kept in the shell's history.
/// Without network: make a request with --request-out, carry it to the inviter, who answers it with
/// `ceiba invite answer`, and complete with --answer.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba join - < ticket.txt\n\nWithout network:\n  ceiba join - --request-out request.txt < ticket.txt\n  ceiba join --answer answer.txt"
)]
pub(crate) struct Join {
    /// The ticket; - reads it from standard input
    #[arg(required_unless_present = "answer", conflicts_with = "answer")]
    ticket: Option<String>,
    /// Write a request to join into this file instead of using the network
    #[arg(long, value_name = "FILE", requires = "ticket")]
    request_out: Option<PathBuf>,
    /// Complete joining with the inviter's answer
    #[arg(long, value_name = "FILE")]
    answer: Option<PathBuf>,
}

impl Join {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let out = self.request_out.clone();
        let request = self.request(&mut session.input)?;
        let answer = session.ask(request)?;
        if let Answer::JoinFile(file) = &answer {
            return deliver(session, file, out.as_deref());
        }
        session.show(&answer)
    }

    fn request(self, input: &mut Input) -> Result<Request, ApiError> {
        if let Some(file) = self.answer {
            return Ok(Request::JoinComplete { answer: input.join_file(&file)? });
        }
        let ticket = match self.ticket.as_deref() {
            Some("-") => input.text(Path::new("-"))?,
            given => given.unwrap_or_default().to_owned(),
        };
        // A ticket that was pasted may have been wrapped.
        let ticket: String = ticket.split_whitespace().collect();
        if ticket.is_empty() || ticket.len() > MAX_TICKET_CHARS {
            return Err(own_error(ErrorKind::Usage, "error-no-ticket", &[]));
        }
        Ok(match self.request_out {
            Some(_file) => Request::JoinRequest { ticket },
            None => Request::Join { ticket },
        })
    }
}

/// Hands over a text that is to be carried: into its file, or on standard output.
pub(super) fn deliver(
    session: &mut Session<'_>,
    file: &JoinFile,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let out = out.filter(|path| *path != Path::new("-"));
    if let Some(path) = out {
        write_new_file(path, format!("{}\n", file.text).as_bytes())?;
    }
    if session.ui.is_json() {
        return session.ui.json(file);
    }
    if let Some(path) = out {
        let given = [("file", path.display().to_string().into())];
        session.ui.note(&session.ui.tongue().say("error-wrote", &given));
    } else {
        session.ui.text(&file.text)?;
    }
    session.ui.note(&file.next);
    Ok(())
}
