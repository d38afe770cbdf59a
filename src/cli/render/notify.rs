//! How people are made to notice, for people.

use super::table::facts;
use crate::{
    api::notify::{Attempt, Content, Notify, Security, Sink},
    cli::tongue::Tongue,
};

/// What is set, and how it went last.
pub(super) fn notify(found: &Notify, tongue: Tongue) -> String {
    let or_none =
        |text: Option<String>| text.unwrap_or_else(|| tongue.word("notify-none").to_owned());
    let mail = found.mail.as_ref().map(|mail| {
        let security = match mail.security {
            Security::Tls => "TLS",
            Security::Starttls => "STARTTLS",
            Security::None => "-",
        };
        format!("{} ({security}): {}", mail.server, mail.to.join(", "))
    });
    let content = match found.content {
        Content::Nothing => "notify-content-nothing",
        Content::Summary => "notify-content-summary",
    };
    let desktop = if found.desktop { "notify-on" } else { "notify-none" };
    let mut text = facts(&[
        (sink(Sink::Desktop, tongue), tongue.word(desktop).to_owned()),
        (sink(Sink::Webhook, tongue), or_none(found.webhook.clone())),
        (sink(Sink::Mail, tongue), or_none(mail)),
        (tongue.word("notify-content"), tongue.word(content).to_owned()),
    ]);
    for attempt in &found.last {
        text.push_str(&last(attempt, tongue));
        text.push('\n');
    }
    text
}

fn last(attempt: &Attempt, tongue: Tongue) -> String {
    let (sink, at) = (sink(attempt.sink, tongue), attempt.at.to_string());
    let given = [("sink", sink.into()), ("at", at.as_str().into())];
    match &attempt.error {
        None => tongue.say("notify-went", &given),
        Some(error) => {
            let why = tongue.error(error).message;
            let [sink, at] = given;
            tongue.say("notify-failed", &[sink, at, ("why", why.as_str().into())])
        }
    }
}

fn sink(sink: Sink, tongue: Tongue) -> &'static str {
    tongue.word(match sink {
        Sink::Terminal => "notify-terminal",
        Sink::Desktop => "notify-desktop",
        Sink::Webhook => "notify-webhook",
        Sink::Mail => "notify-mail",
    })
}
