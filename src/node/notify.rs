//! Makes people notice that an alert waits: bell, desktop, webhook, mail.
//!
//! ```text
//! actor ─▶ notices ─▶ ring: does it concern us? ─▶ box of each sink (one message, merged)
//!                                                       │
//!                            worker of each sink: pace, time-out, back-off ─▶ out
//! ```
//!
//! What goes out says that an alert waits and nothing more, in the same bytes every time, unless the
//! organisation chose a summary. Nothing here is awaited by the actor: a sink that hangs holds up
//! itself, and what comes meanwhile is one more message.

mod desktop;
mod mail;
mod pace;
pub(super) mod settings;
mod sink;
mod text;
mod tls;
mod webhook;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use self::{settings::Settings, sink::Log, text::Summary};
use crate::{
    api::{
        ApiError, ErrorKind,
        notify::{Attempt, Sink},
    },
    node::{Handle, clock},
};

/// Why somebody could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum SinkError {
    #[error("there is nothing on this computer that shows notes on the desktop")]
    NoDesktop,
    #[error("the desktop did not take it")]
    Desktop,
    #[error("the address cannot be reached")]
    Unreachable,
    #[error("its certificate is not good for the address, or no TLS is spoken there")]
    Tls,
    #[error("the authorities for its certificate cannot be read")]
    Authorities,
    #[error("it answered {0}, which is no success; redirections are not followed")]
    Status(u16),
    #[error("the mail server answered {0}")]
    Reply(u16),
    #[error("it does not speak the protocol")]
    Protocol,
    #[error("it did not answer in time")]
    TimedOut,
}

impl From<SinkError> for ApiError {
    fn from(error: SinkError) -> Self {
        let said = Self::new(ErrorKind::Network, error.to_string());
        match error {
            SinkError::NoDesktop => said.named("notify-no-desktop", &[]),
            SinkError::Desktop => said.named("notify-desktop-failed", &[]),
            SinkError::Unreachable => said.named("notify-unreachable", &[]),
            SinkError::Tls => said.named("notify-no-tls", &[]),
            SinkError::Authorities => said.named("notify-no-authorities", &[]),
            SinkError::Status(status) => {
                said.named("notify-bad-status", &[("status", &status.to_string())])
            }
            SinkError::Reply(status) => {
                said.named("notify-bad-reply", &[("status", &status.to_string())])
            }
            SinkError::Protocol => said.named("notify-no-protocol", &[]),
            SinkError::TimedOut => said.named("notify-timed-out", &[]),
        }
    }
}

/// Tells people what the node has for them, until the node stops. `bell` is called for whoever looks
/// at the terminal; it must not wait.
pub(super) async fn ring(handle: Handle, bell: impl Fn() + Send + Sync + 'static) {
    let log = handle.look(|node| {
        node.notify_log.load(node.notify_settings());
        Arc::clone(&node.notify_log)
    });
    let Ok(log) = log.await else { return };
    let sinks = sink::start(&log, sink::Timing::default(), bell);
    while let Ok(notices) = handle.next_notices().await {
        let rings = notices.iter().filter(|it| it.rings()).map(Summary::of).reduce(Summary::with);
        if let Some(summary) = rings {
            sinks.put(summary);
        }
    }
}

/// Tries all that is set, once.
pub(super) async fn test(handle: &Handle) -> Result<Vec<Attempt>, ApiError> {
    let settings = handle.with(|node| node.notify_settings()).await?;
    let mut attempts = Vec::new();
    for sink in [Sink::Desktop, Sink::Webhook, Sink::Mail] {
        if settings.has(sink) {
            let attempt = sink::attempt(sink, &settings, None, sink::ATTEMPT).await;
            let error = attempt.err().map(Into::into);
            attempts.push(Attempt { sink, at: clock::now(), error });
        }
    }
    Ok(attempts)
}
