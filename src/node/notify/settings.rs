//! What the organisation has set, kept with the node's own affairs: sealed with the device's key.

use hyper::Uri;
use serde::{Deserialize, Serialize};

use super::tls;
use crate::{
    api::{
        ApiError,
        notify::{Content, Mail, MailTo, Notify, Security, Sink},
    },
    node::errors,
};

/// Bytes of an address that is called.
const MAX_URL: usize = 1024;
/// Bytes of a mail address, as mail has them at most.
const MAX_ADDRESS: usize = 254;
/// Who gets mail: few, for each is a way out of the organisation.
const MAX_TO: usize = 16;
/// Bytes of a name, a password or a server's name.
const MAX_TEXT: usize = 512;
/// Bytes of certificates: all that is kept here is copied into the node's anchor.
const MAX_AUTHORITIES: usize = 32 * 1024;

/// What is set.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::node) struct Settings {
    #[serde(default)]
    pub(in crate::node) desktop: bool,
    #[serde(default)]
    pub(in crate::node) webhook: Option<Webhook>,
    #[serde(default)]
    pub(in crate::node) mail: Option<Mail>,
    #[serde(default)]
    pub(in crate::node) content: Content,
}

/// An address that is called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::node) struct Webhook {
    pub(in crate::node) url: String,
    #[serde(default)]
    pub(in crate::node) authorities: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

impl Settings {
    /// Whether a way is set.
    pub(super) const fn has(&self, sink: Sink) -> bool {
        match sink {
            Sink::Terminal => true,
            Sink::Desktop => self.desktop,
            Sink::Webhook => self.webhook.is_some(),
            Sink::Mail => self.mail.is_some(),
        }
    }

    /// Whether nothing is set that calls further than the terminal.
    pub(in crate::node) fn is_empty(&self) -> bool {
        ![Sink::Desktop, Sink::Webhook, Sink::Mail].into_iter().any(|sink| self.has(sink))
    }

    /// Whether a way is the same in both.
    pub(super) fn is_alike(&self, other: &Self, sink: Sink) -> bool {
        match sink {
            Sink::Terminal => true,
            Sink::Desktop => self.desktop == other.desktop,
            Sink::Webhook => self.webhook == other.webhook,
            Sink::Mail => self.mail == other.mail,
        }
    }

    /// What people may see of it.
    pub(in crate::node) fn shown(&self) -> Notify {
        let host = |webhook: &Webhook| {
            let target = Target::read(&webhook.url).ok()?;
            let scheme = if target.tls { "https" } else { "http" };
            Some(format!("{scheme}://{}:{}/…", target.host, target.port))
        };
        let mail = |mail: &Mail| MailTo {
            server: mail.server.clone(),
            security: mail.security,
            to: mail.to.clone(),
        };
        Notify {
            desktop: self.desktop,
            webhook: self.webhook.as_ref().and_then(host),
            mail: self.mail.as_ref().map(mail),
            content: self.content,
            last: Vec::new(),
        }
    }
}

/// Where to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) path: String,
}

impl Target {
    /// Reads an address: `https`, or `http` on this computer.
    pub(super) fn read(url: &str) -> Result<Self, ApiError> {
        let wrong = || {
            errors::usage("this is no address that can be called")
                .hint("give one like https://example.org/alerts")
                .named("notify-bad-url", &[])
        };
        let uri: Uri = url.parse().map_err(|_error| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
        let named = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _other => return Err(wrong()),
        };
        if named || url.len() > MAX_URL || host.is_empty() {
            return Err(wrong());
        }
        if !tls && !is_loopback(&host) {
            return Err(errors::refused("without TLS only this computer is called")
                .hint("give an address that begins with https://")
                .named("notify-not-secret", &[]));
        }
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { tls, host, port, path })
    }
}

/// Whether a host is this computer. Only what cannot be anything else: a name is asked of the network.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Host and port of a mail server.
pub(super) fn server(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']);
    let formed = !host.is_empty()
        && host.len() <= MAX_TEXT
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_'));
    let port = port.parse().ok().filter(|port| *port > 0)?;
    formed.then(|| (host.to_owned(), port))
}

/// An address of mail, strictly: it stands in commands to the server.
fn is_address(text: &str) -> bool {
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ';' | '\\')
    };
    let parts = text.split_once('@');
    text.len() <= MAX_ADDRESS
        && text.chars().all(plain)
        && parts.is_some_and(|(one, other)| {
            !one.is_empty() && !other.is_empty() && !other.contains('@')
        })
}

/// Refuses what cannot work, before it is kept.
pub(in crate::node) fn check_webhook(webhook: &Webhook) -> Result<(), ApiError> {
    Target::read(&webhook.url)?;
    check_authorities(webhook.authorities.as_deref())
}

/// The same for mail.
pub(in crate::node) fn check_mail(mail: &Mail) -> Result<(), ApiError> {
    let Some((host, _port)) = server(&mail.server) else {
        return Err(errors::usage("this is no mail server")
            .hint("give it with its port: mail.example.org:465")
            .named("notify-bad-server", &[]));
    };
    if mail.security == Security::None && !is_loopback(&host) {
        return Err(errors::refused("without TLS only this computer is called")
            .hint("use --security tls or starttls")
            .named("notify-not-secret", &[]));
    }
    if !(1..=MAX_TO).contains(&mail.to.len()) {
        let most = MAX_TO.to_string();
        return Err(errors::usage(format!("mail goes to 1 to {most} addresses"))
            .named("notify-too-many", &[("most", &most)]));
    }
    if let Some(bad) = mail.to.iter().chain([&mail.from]).find(|address| !is_address(address)) {
        return Err(errors::usage(format!("{bad:?} is no mail address"))
            .named("notify-bad-address", &[("address", bad)]));
    }
    let texts = [mail.user.as_deref(), mail.password.as_deref()];
    let is_bad = |text: &str| text.is_empty() || text.len() > MAX_TEXT || text.contains('\0');
    if texts.iter().flatten().any(|text| is_bad(text))
        || mail.user.is_some() != mail.password.is_some()
    {
        return Err(errors::usage("name and password are given together, or neither is")
            .hint("give --user and --password-file")
            .named("notify-bad-login", &[]));
    }
    check_authorities(mail.authorities.as_deref())
}

fn check_authorities(pem: Option<&str>) -> Result<(), ApiError> {
    let Some(pem) = pem else { return Ok(()) };
    let bad =
        || errors::usage("these are no certificates in PEM").named("notify-bad-authorities", &[]);
    if pem.len() > MAX_AUTHORITIES {
        return Err(bad());
    }
    tls::connector(Some(pem)).map(drop).map_err(|_error| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_called_without_tls() {
        for url in [
            "https://example.org/a?b=c",
            "http://127.0.0.1:8080/x",
            "http://[::1]/",
            "http://localhost",
        ] {
            assert!(Target::read(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.org/",
            "http://localhost.example.org/",
            "http://10.0.0.1/",
            "ftp://example.org/",
            "https://user:word@example.org/",
            "/path",
            "example.org",
            "",
        ] {
            assert!(Target::read(url).is_err(), "{url}");
        }
        let target = Target::read("https://example.org/a?b=c").unwrap();
        assert_eq!((target.port, target.path.as_str()), (443, "/a?b=c"));
    }

    #[test]
    fn what_stands_in_commands_is_plain() {
        assert!(is_address("alertas+1@example.org"));
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "<a@b>", "ä@b"]
        {
            assert!(!is_address(bad), "{bad}");
        }
        assert_eq!(server("mail.example.org:465"), Some(("mail.example.org".to_owned(), 465)));
        assert_eq!(server("[::1]:25"), Some(("::1".to_owned(), 25)));
        for bad in ["mail.example.org", ":25", "a b:25", "a:0", "a:99999", "a\r\n:25"] {
            assert_eq!(server(bad), None, "{bad}");
        }
    }
}
