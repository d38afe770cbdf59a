//! Sends one mail to each who gets it by SMTP (RFC 5321): as much of it as a message of always the same form needs.

use std::collections::BTreeSet;

use data_encoding::{BASE64, HEXLOWER};
use rand::Rng as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    SinkError,
    settings::{is_loopback, server},
    tls,
};
use crate::{
    api::notify::{Mail, Security},
    node::clock,
};

/// Bytes of one answer: servers list what they can in a few lines.
const MAX_REPLY: usize = 16 * 1024;

/// Sends a text, which has no line that begins with a dot, to all who are not in `told` yet, each by
/// itself: nobody learns who else gets it, and one dead address keeps it from nobody else.
pub(super) async fn send(
    mail: &Mail,
    text: &str,
    told: &mut BTreeSet<String>,
) -> Result<(), SinkError> {
    let (host, port) = server(&mail.server).ok_or(SinkError::Unreachable)?;
    match mail.security {
        Security::Tls => {
            let connector = tls::connector(mail.authorities.as_deref())?;
            let stream = tls::connect(&host, port).await?;
            let mut session = Session::new(tls::begin(&connector, &host, stream).await?);
            session.expect(220).await?;
            session.deliver(mail, text, told).await
        }
        Security::Starttls => {
            let connector = tls::connector(mail.authorities.as_deref())?;
            let mut session = Session::new(tls::connect(&host, port).await?);
            session.expect(220).await?;
            session.say("EHLO localhost", 250).await?;
            session.say("STARTTLS", 220).await?;
            let stream = session.into_plain()?;
            let mut session = Session::new(tls::begin(&connector, &host, stream).await?);
            session.deliver(mail, text, told).await
        }
        Security::None if is_loopback(&host) => {
            let mut session = Session::new(tls::connect(&host, port).await?);
            session.expect(220).await?;
            session.deliver(mail, text, told).await
        }
        Security::None => Err(SinkError::Tls),
    }
}

/// A conversation.
struct Session<S> {
    stream: S,
    /// What came and was not looked at.
    came: Vec<u8>,
}

impl Session<TcpStream> {
    /// The connection before TLS. What was already said after it would be taken as said within it.
    fn into_plain(self) -> Result<TcpStream, SinkError> {
        if self.came.is_empty() { Ok(self.stream) } else { Err(SinkError::Protocol) }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    const fn new(stream: S) -> Self {
        Self { stream, came: Vec::new() }
    }

    async fn deliver(
        &mut self,
        mail: &Mail,
        text: &str,
        told: &mut BTreeSet<String>,
    ) -> Result<(), SinkError> {
        self.say("EHLO localhost", 250).await?;
        if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
            let secret = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
            self.say(&format!("AUTH PLAIN {secret}"), 235).await?;
        }
        let mut failed = None;
        for to in &mail.to {
            if told.contains(to) {
                continue;
            }
            match self.deliver_to(mail, to, text).await {
                Ok(()) => drop(told.insert(to.clone())),
                Err(refused @ SinkError::Reply(_)) => {
                    failed = failed.or(Some(refused));
                    // The next one begins anew; a server that does not know the word is told anyway.
                    let _forgotten = self.say("RSET", 250).await;
                }
                Err(error) => return Err(failed.unwrap_or(error)),
            }
        }
        // The mail is taken; whether the server says goodbye does not matter.
        let _goodbye = self.say("QUIT", 221).await;
        failed.map_or(Ok(()), Err)
    }

    async fn deliver_to(&mut self, mail: &Mail, to: &str, text: &str) -> Result<(), SinkError> {
        self.say(&format!("MAIL FROM:<{}>", mail.from), 250).await?;
        self.say(&format!("RCPT TO:<{to}>"), 250).await?;
        self.say("DATA", 354).await?;
        self.say(&format!("{}\r\n.", message(mail, to, text)), 250).await
    }

    /// Says something, and wants this answer.
    async fn say(&mut self, line: &str, wanted: u16) -> Result<(), SinkError> {
        let line = format!("{line}\r\n");
        self.stream.write_all(line.as_bytes()).await.map_err(|_error| SinkError::Protocol)?;
        self.stream.flush().await.map_err(|_error| SinkError::Protocol)?;
        self.expect(wanted).await
    }

    async fn expect(&mut self, wanted: u16) -> Result<(), SinkError> {
        let mut read = 0_usize;
        loop {
            let line = self.line(&mut read).await?;
            let code: u16 =
                line.get(..3).and_then(|code| code.parse().ok()).ok_or(SinkError::Protocol)?;
            // A hyphen after the code: more lines follow.
            if line.as_bytes().get(3) != Some(&b'-') {
                // 251: it will forward, which is as good.
                let good = code == wanted || (wanted == 250 && code == 251);
                return if good { Ok(()) } else { Err(SinkError::Reply(code)) };
            }
        }
    }

    /// The next line of an answer, of which so much was read.
    async fn line(&mut self, read: &mut usize) -> Result<String, SinkError> {
        loop {
            if let Some(end) = self.came.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.came.drain(..=end).collect();
                let text = String::from_utf8_lossy(&line);
                return Ok(text.trim_end().to_owned());
            }
            let mut bytes = [0; 1024];
            let count = self.stream.read(&mut bytes).await.map_err(|_error| SinkError::Protocol)?;
            *read = read.saturating_add(count);
            if count == 0 || *read > MAX_REPLY {
                return Err(SinkError::Protocol);
            }
            self.came.extend(bytes.iter().take(count));
        }
    }
}

/// The mail: always as long, for the same addresses and the same text.
fn message(mail: &Mail, to: &str, text: &str) -> String {
    let mut id = [0; 16];
    clock::entropy().fill_bytes(&mut id);
    let domain = mail.from.split_once('@').map_or("localhost", |(_, domain)| domain);
    let at = i64::try_from(clock::now().as_millis()).ok();
    let at = at.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let date = at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000");
    [
        format!("Date: {date}"),
        format!("From: <{}>", mail.from),
        format!("To: <{to}>"),
        format!("Message-ID: <{}@{domain}>", HEXLOWER.encode(&id)),
        format!("Subject: {text}"),
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=us-ascii".to_owned(),
        String::new(),
        text.to_owned(),
        "ceiba alert list".to_owned(),
    ]
    .join("\r\n")
}
