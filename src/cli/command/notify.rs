//! `ceiba notify`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::{
    api::{
        ApiError, Request,
        notify::{self, Content, NotifyRequest},
    },
    cli::{failure::Failure, input::Input, session::Session},
};

/// How people are made to notice that an alert waits
///
/// `ceiba run` rings its terminal by itself. What is set here calls further: the desktop, an address
/// of your own, mail. It says that an alert waits and nothing more, always in the same words.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba notify webhook https://example.org/alerts"
)]
pub(crate) enum Notify {
    /// Show what is set, and how it went last
    #[command(after_help = "Example:\n  ceiba notify show")]
    Show,
    /// Show a note on this computer's desktop
    #[command(after_help = "Example:\n  ceiba notify desktop on")]
    Desktop {
        /// Whether it is shown
        #[arg(value_name = "WHETHER")]
        on: Switch,
    },
    /// Call an address when an alert waits
    ///
    /// It gets a POST with a line of JSON. Redirections are not followed.
    #[command(
        verbatim_doc_comment,
        after_help = "Examples:\n  ceiba notify webhook https://example.org/alerts\n  ceiba notify webhook --url-file address\n  ceiba notify webhook none"
    )]
    Webhook {
        /// Its address, as https://…; http:// on this computer only; none to call it no more
        #[arg(value_name = "URL", required_unless_present = "url_file")]
        url: Option<String>,
        /// Read its address from a file with one line; - is standard input
        ///
        /// Where a part of the address is a secret: what stands in a command is in its history, and
        /// others on this computer can see it.
        #[arg(long, value_name = "FILE", conflicts_with = "url", verbatim_doc_comment)]
        url_file: Option<PathBuf>,
        /// Certificates of your own authority (PEM), in place of those that this computer trusts
        #[arg(long, value_name = "FILE")]
        authority: Option<PathBuf>,
    },
    /// Send mail when an alert waits; many services make an SMS of it
    #[command(
        after_help = "Examples:\n  ceiba notify mail --server mail.example.org:465 --user ceiba --password-file secret --from ceiba@example.org --to turno@example.org\n  ceiba notify mail --none"
    )]
    Mail(Box<Mail>),
    /// How much is said
    ///
    /// Whoever carries a message can read it: mail servers, telephone companies, who sees a screen.
    #[command(verbatim_doc_comment, after_help = "Example:\n  ceiba notify content nothing")]
    Content {
        /// How much
        #[arg(value_name = "HOW-MUCH")]
        content: HowMuch,
    },
    /// Try all that is set, once
    #[command(after_help = "Example:\n  ceiba notify test")]
    Test,
    /// Forget all that is set
    #[command(after_help = "Example:\n  ceiba notify off")]
    Off,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HowMuch {
    /// That an alert waits
    Nothing,
    /// Also how urgent it is, whether it is an exercise, and how far it has escalated
    Summary,
}

/// How the connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Security {
    /// TLS from the first byte, mostly on port 465
    Tls,
    /// TLS before anything is said, mostly on port 587
    Starttls,
    /// Not at all: only to a server on this computer
    None,
}

/// By what mail is sent.
#[derive(Debug, Args)]
pub(crate) struct Mail {
    /// Send none any more
    #[arg(long, conflicts_with_all = ["server", "from", "to"])]
    none: bool,
    /// The mail server with its port
    #[arg(long, value_name = "HOST:PORT", required_unless_present = "none")]
    server: Option<String>,
    /// How the connection is kept secret
    #[arg(long, value_name = "HOW", default_value = "tls")]
    security: Security,
    /// Under what name to log in
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Read the password for it from a file with one line
    ///
    /// Without this it comes from the systemd credential `ceiba-mail-password`. It is kept sealed in
    /// the home.
    #[arg(long, value_name = "FILE", requires = "user", verbatim_doc_comment)]
    password_file: Option<PathBuf>,
    /// Who sends
    #[arg(long, value_name = "ADDRESS", required_unless_present = "none")]
    from: Option<String>,
    /// Who gets it; repeatable
    #[arg(long, value_name = "ADDRESS", required_unless_present = "none")]
    to: Vec<String>,
    /// Certificates of your own authority (PEM), in place of those that this computer trusts
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
}

impl Notify {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        if self.tells_a_secret() {
            let tongue = session.ui.tongue();
            session.ui.note(tongue.word("notify-address-in-history"));
        }
        let request = self.request(&mut session.input)?;
        session.ask_and_show(Request::Notify(request))
    }

    /// Whether an address in the command has more than a host, which may be what keeps strangers out.
    fn tells_a_secret(&self) -> bool {
        let Self::Webhook { url: Some(url), .. } = self else { return false };
        let rest = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        rest.is_some_and(|(_, path)| !path.is_empty())
    }

    fn request(self, input: &mut Input) -> Result<NotifyRequest, ApiError> {
        Ok(match self {
            Self::Show => NotifyRequest::Show,
            Self::Desktop { on } => NotifyRequest::Desktop { on: on == Switch::On },
            Self::Webhook { url, url_file, authority } => NotifyRequest::Webhook {
                url: match url_file {
                    // An empty file is no address, and not none.
                    Some(file) => Some(input.text(&file)?),
                    None => url.filter(|url| url != "none"),
                },
                authorities: authority.map(|file| input.text(&file)).transpose()?,
            },
            Self::Mail(mail) => NotifyRequest::Mail { mail: mail.mail(input)?.map(Box::new) },
            Self::Content { content } => NotifyRequest::Content {
                content: match content {
                    HowMuch::Nothing => Content::Nothing,
                    HowMuch::Summary => Content::Summary,
                },
            },
            Self::Test => NotifyRequest::Test,
            Self::Off => NotifyRequest::Off,
        })
    }
}

impl Mail {
    fn mail(self, input: &mut Input) -> Result<Option<notify::Mail>, ApiError> {
        let (Some(server), Some(from)) = (self.server, self.from) else { return Ok(None) };
        let password = match &self.user {
            Some(_) => input.secret(self.password_file.as_deref(), "ceiba-mail-password")?,
            None => None,
        };
        Ok(Some(notify::Mail {
            server,
            security: match self.security {
                Security::Tls => notify::Security::Tls,
                Security::Starttls => notify::Security::Starttls,
                Security::None => notify::Security::None,
            },
            user: self.user,
            password: password.map(|password| password.to_string()),
            from,
            to: self.to,
            authorities: self.authority.map(|file| input.text(&file)).transpose()?,
        }))
    }
}
