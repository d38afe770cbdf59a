//! Servers of one kind each, which note what they are told.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// How a server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Good,
    /// Always answers this.
    Answers(&'static str),
    /// Fails so many times before it is good.
    FailsFirst(usize),
    /// Takes the connection and says nothing.
    Hangs,
    /// Is good, but for this address.
    Refuses(&'static str),
    /// Ends the connection at once.
    Closes,
    /// Says more and more.
    Endless,
    /// Says more, in the clear, behind its consent to TLS.
    Injects,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Smtp,
}

pub(super) struct Server {
    pub(super) port: u16,
    /// Its certificate, which signs itself.
    pub(super) authority: Option<String>,
    came: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

/// When it speaks TLS.
#[derive(Clone)]
enum Tls {
    Never,
    First(TlsAcceptor),
    Asked(TlsAcceptor),
}

impl Server {
    pub(super) async fn http(manner: Manner) -> Self {
        Self::start(Kind::Http, manner, Tls::Never, None).await
    }

    pub(super) async fn https(manner: Manner) -> Self {
        let (acceptor, authority) = certificate();
        Self::start(Kind::Http, manner, Tls::First(acceptor), Some(authority)).await
    }

    pub(super) async fn smtp(manner: Manner) -> Self {
        Self::start(Kind::Smtp, manner, Tls::Never, None).await
    }

    pub(super) async fn smtps(manner: Manner) -> Self {
        let (acceptor, authority) = certificate();
        Self::start(Kind::Smtp, manner, Tls::First(acceptor), Some(authority)).await
    }

    pub(super) async fn starttls(manner: Manner) -> Self {
        let (acceptor, authority) = certificate();
        Self::start(Kind::Smtp, manner, Tls::Asked(acceptor), Some(authority)).await
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.authority.is_some() { "https" } else { "http" }
    }

    /// What it was told, by connection.
    pub(super) fn came(&self) -> Vec<String> {
        self.came.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    async fn start(kind: Kind, manner: Manner, tls: Tls, authority: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (came, connections) =
            (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (noted, counted) = (Arc::clone(&came), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::Relaxed);
                let manner = if let Manner::FailsFirst(times) = manner {
                    if number < times { Manner::Answers("503 Later") } else { Manner::Good }
                } else {
                    manner
                };
                tokio::spawn(serve(kind, manner, tls.clone(), stream, Arc::clone(&noted)));
            }
        });
        Self { port, authority, came, connections }
    }
}

/// A certificate for this computer, and the same as what signs it.
fn certificate() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.key_pair.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

async fn serve(
    kind: Kind,
    manner: Manner,
    tls: Tls,
    stream: TcpStream,
    came: Arc<Mutex<Vec<String>>>,
) {
    let mut told = String::new();
    match (kind, tls) {
        (Kind::Http, Tls::First(acceptor)) => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            http(manner, stream, &came).await;
        }
        (Kind::Http, _) => http(manner, stream, &came).await,
        (Kind::Smtp, Tls::First(acceptor)) => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            smtp(manner, stream, &mut told, false).await;
        }
        (Kind::Smtp, Tls::Never) => drop(smtp(manner, stream, &mut told, false).await),
        (Kind::Smtp, Tls::Asked(acceptor)) => {
            let Some(stream) = smtp(manner, stream, &mut told, true).await else { return };
            let Ok(stream) = acceptor.accept(stream).await else { return };
            // It greets once.
            smtp_within(stream, &mut told).await;
        }
    }
    if kind == Kind::Smtp {
        came.lock().unwrap().push(told);
    }
}

async fn forever<S: AsyncWrite + Unpin>(mut stream: S) {
    while stream.write_all(&[b'a'; 1024]).await.is_ok() {}
}

async fn http<S: AsyncRead + AsyncWrite + Unpin>(
    manner: Manner,
    mut stream: S,
    came: &Arc<Mutex<Vec<String>>>,
) {
    let answer = match manner {
        Manner::Closes => return,
        Manner::Hangs => return std::future::pending().await,
        Manner::Answers(answer) => answer,
        Manner::Good
        | Manner::FailsFirst(_)
        | Manner::Refuses(_)
        | Manner::Endless
        | Manner::Injects => "204 No Content",
    };
    let mut request = Vec::new();
    let mut bytes = [0; 1024];
    // The body has no line end: it has come when as much is there as its head says.
    while !String::from_utf8_lossy(&request).contains('}') {
        match stream.read(&mut bytes).await {
            Ok(count) if count > 0 => request.extend(&bytes[..count]),
            _ended => return,
        }
    }
    came.lock().unwrap().push(String::from_utf8(request).unwrap());
    if manner == Manner::Endless {
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ").await.unwrap();
        return forever(stream).await;
    }
    let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    // A connection that the client ends.
    drop(stream.read(&mut bytes).await);
}

/// Greets, and talks; gives the connection back when TLS is to begin.
async fn smtp<S: AsyncRead + AsyncWrite + Unpin>(
    manner: Manner,
    mut stream: S,
    told: &mut String,
    offers_tls: bool,
) -> Option<S> {
    match manner {
        Manner::Closes => return None,
        Manner::Hangs => return std::future::pending().await,
        Manner::Endless => {
            forever(stream).await;
            return None;
        }
        Manner::Good
        | Manner::Answers(_)
        | Manner::FailsFirst(_)
        | Manner::Refuses(_)
        | Manner::Injects => {}
    }
    stream.write_all(b"220-a server\r\n220 of a test\r\n").await.unwrap();
    talk(manner, stream, told, offers_tls).await
}

async fn smtp_within<S: AsyncRead + AsyncWrite + Unpin>(stream: S, told: &mut String) {
    drop(talk(Manner::Good, stream, told, false).await);
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    manner: Manner,
    mut stream: S,
    told: &mut String,
    offers_tls: bool,
) -> Option<S> {
    let (mut line, mut in_data) = (String::new(), false);
    loop {
        let byte = stream.read_u8().await.ok()?;
        line.push(char::from(byte));
        if !line.ends_with("\r\n") {
            continue;
        }
        told.push_str(&line);
        let said = std::mem::take(&mut line);
        if in_data {
            if said == ".\r\n" {
                in_data = false;
                stream.write_all(b"250 taken\r\n").await.ok()?;
            }
            continue;
        }
        let answer = match (manner, said.split_whitespace().next().unwrap_or_default()) {
            (Manner::Answers(answer), "RCPT") => format!("{answer}\r\n"),
            (Manner::Refuses(address), "RCPT") if said.contains(address) => {
                "550 nobody of that name\r\n".to_owned()
            }
            (_, "EHLO") => "250-of a test\r\n250 AUTH PLAIN\r\n".to_owned(),
            (Manner::Injects, "STARTTLS") => "220 begin\r\n250 all is well\r\n".to_owned(),
            (_, "STARTTLS") if offers_tls => "220 begin\r\n".to_owned(),
            (_, "AUTH") => "235 welcome\r\n".to_owned(),
            (_, "MAIL" | "RCPT" | "RSET") => "250 good\r\n".to_owned(),
            (_, "DATA") => {
                in_data = true;
                "354 go on\r\n".to_owned()
            }
            (_, "QUIT") => {
                drop(stream.write_all(b"221 goodbye\r\n").await);
                return None;
            }
            (_, _other) => "502 unheard of\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
        if said.starts_with("STARTTLS") && offers_tls {
            return Some(stream);
        }
    }
}
