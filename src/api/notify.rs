//! How people are made to notice that an alert waits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{api::ApiError, model::time::Timestamp};

/// What is asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NotifyRequest {
    /// What is set. Answer: `Notify`.
    Show,
    /// Whether this computer's desktop shows it. Answer: `Notify`.
    Desktop {
        /// Whether it does.
        on: bool,
    },
    /// Calls an address of the organisation's own. Answer: `Notify`.
    Webhook {
        /// `https://…`, or `http://` on this computer; none to call nobody any more.
        url: Option<String>,
        /// The authorities that sign its certificate (PEM), if they are the organisation's own.
        #[serde(default)]
        authorities: Option<String>,
    },
    /// Sends mail. Answer: `Notify`.
    Mail {
        /// By what; none to send none any more.
        mail: Option<Box<Mail>>,
    },
    /// How much is said. Answer: `Notify`.
    Content {
        /// How much.
        content: Content,
    },
    /// Lets all of them say once that nothing waits. Answer: `Notify`.
    Test,
    /// Forgets all of it. Answer: `Notify`.
    Off,
}

/// How much is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// That an alert waits, always in the same words.
    #[default]
    Nothing,
    /// Also how urgent it is, whether it is an exercise, and how far it has escalated.
    Summary,
}

/// How the connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// TLS from the first byte (port 465).
    #[default]
    Tls,
    /// TLS before anything is said (port 587).
    Starttls,
    /// Not at all: only to a server on this computer.
    None,
}

/// By what mail is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The server: `mail.example.org:465`.
    pub server: String,
    /// How the connection is kept secret.
    #[serde(default)]
    pub security: Security,
    /// Under what name to log in.
    #[serde(default)]
    pub user: Option<String>,
    /// The password.
    #[serde(default)]
    pub password: Option<String>,
    /// Who sends.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// The authorities that sign the server's certificate (PEM), if they are the organisation's own.
    #[serde(default)]
    pub authorities: Option<String>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("security", &self.security).finish_non_exhaustive()
    }
}

/// What is set, without anything secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Whether this computer's desktop shows it.
    pub desktop: bool,
    /// Where the webhook is: no more than the host, for the rest of the address may be a secret.
    pub webhook: Option<String>,
    /// The mail server, and how many get mail.
    pub mail: Option<MailTo>,
    /// How much is said.
    pub content: Content,
    /// How it went last, since the node runs.
    pub last: Vec<Attempt>,
}

/// Where mail goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTo {
    /// The server.
    pub server: String,
    /// How the connection is kept secret.
    pub security: Security,
    /// Who gets it.
    pub to: Vec<String>,
}

/// How one of them went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which.
    pub sink: Sink,
    /// When.
    pub at: Timestamp,
    /// Why it failed; none if it did not.
    pub error: Option<ApiError>,
}

/// By what people are made to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sink {
    /// The terminal in which the node runs.
    Terminal,
    /// The computer's desktop.
    Desktop,
    /// An address that is called.
    Webhook,
    /// Mail.
    Mail,
}
