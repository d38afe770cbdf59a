//! How people are made to notice: what is set.

use crate::{
    api::{
        Answer, ApiError, Request,
        notify::{Notify, NotifyRequest},
    },
    node::{
        Handle, Node,
        notify::{
            self, Settings,
            settings::{Webhook, check_mail, check_webhook},
        },
    },
};

/// Under what it is kept among the node's own affairs.
const KEY: &str = "notify";

impl Node {
    /// What is set; nothing, if nothing was.
    pub(in crate::node) fn notify_settings(&self) -> Settings {
        let kept = self.replica.local(KEY);
        kept.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
    }

    /// Shows and changes it. A test is for who can wait: [`Handle`].
    pub(super) fn notify(&mut self, request: NotifyRequest) -> Result<Answer, ApiError> {
        let mut settings = self.notify_settings();
        let before = settings.clone();
        match request {
            NotifyRequest::Show | NotifyRequest::Test => {}
            NotifyRequest::Desktop { on } => settings.desktop = on,
            NotifyRequest::Webhook { url, authorities } => {
                settings.webhook = url.map(|url| Webhook { url, authorities });
                settings.webhook.as_ref().map_or(Ok(()), check_webhook)?;
            }
            NotifyRequest::Mail { mail } => {
                settings.mail = mail.map(|mail| *mail);
                settings.mail.as_ref().map_or(Ok(()), check_mail)?;
            }
            NotifyRequest::Content { content } => settings.content = content,
            NotifyRequest::Off => settings = Settings::default(),
        }
        if settings != before {
            let bytes = serde_json::to_vec(&settings)
                .map_err(|error| crate::node::errors::internal(error.to_string()))?;
            self.replica.set_local(KEY, bytes)?;
            self.notify_log.set(settings.clone());
        }
        Ok(Answer::Notify(self.notify_shown(&settings)))
    }

    fn notify_shown(&self, settings: &Settings) -> Notify {
        Notify { last: self.notify_log.last(), ..settings.shown() }
    }
}

impl Handle {
    /// The same, and a test of all that is set.
    pub(in crate::node) async fn notify(&self, request: NotifyRequest) -> Result<Answer, ApiError> {
        let last = match &request {
            NotifyRequest::Test => Some(notify::test(self).await?),
            NotifyRequest::Show
            | NotifyRequest::Desktop { .. }
            | NotifyRequest::Webhook { .. }
            | NotifyRequest::Mail { .. }
            | NotifyRequest::Content { .. }
            | NotifyRequest::Off => None,
        };
        let request = Request::Notify(request);
        let answer = self.with(move |node| node.answer(request, &mut |_progress| {})).await??;
        Ok(match (answer, last) {
            (Answer::Notify(shown), Some(last)) => Answer::Notify(Notify { last, ..shown }),
            (answer, _) => answer,
        })
    }
}
