//! A phone: HTTP over a plain socket, or TLS, so that nothing is made right on the way.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use ceiba::crypto::HttpHash;
use data_encoding::BASE64;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
};

const LIMIT: Duration = Duration::from_secs(45);
const BOUNDARY: &str = "----boundary-of-a-test";

/// A part of a submission beside its XML.
pub(super) struct Part<'a> {
    head: String,
    bytes: &'a [u8],
}

impl<'a> Part<'a> {
    pub(super) fn file(name: &str, bytes: &'a [u8]) -> Self {
        Self { head: format!("name=\"{name}\"; filename=\"{name}\""), bytes }
    }

    pub(super) fn text(name: &str, text: &'a str) -> Self {
        Self { head: format!("name=\"{name}\""), bytes: text.as_bytes() }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Replied {
    pub(super) status: u16,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Replied {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes[end + 4..].to_vec() })
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }
}

#[derive(Clone)]
pub(super) struct Client {
    address: String,
    user: String,
    pub(super) password: String,
    authority: Option<CertificateDer<'static>>,
}

impl Client {
    pub(super) fn new(address: &str, user: &str, password: &str) -> Self {
        let (address, user, password) = (address.to_owned(), user.to_owned(), password.to_owned());
        Self { address, user, password, authority: None }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    pub(super) fn trusting(&self, authority: CertificateDer<'static>) -> Self {
        Self { authority: Some(authority), ..self.clone() }
    }

    pub(super) fn with_credentials(&self, user: &str, password: &str) -> Self {
        Self { user: user.to_owned(), password: password.to_owned(), ..self.clone() }
    }

    pub(super) fn without_credentials(&self) -> Self {
        self.with_credentials("", "")
    }

    pub(super) fn connect(&self) -> TcpStream {
        let host = self.address.split("//").nth(1).unwrap();
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// Sends bytes as they are; what came back until the other side closed.
    pub(super) fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let stream = self.connect();
        match &self.authority {
            None => exchange(stream, bytes),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.clone()).unwrap();
                let config =
                    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                        .with_safe_default_protocol_versions()
                        .unwrap()
                        .with_root_certificates(roots)
                        .with_no_client_auth();
                let name = ServerName::try_from("localhost").unwrap();
                let connection = ClientConnection::new(Arc::new(config), name).unwrap();
                exchange(StreamOwned::new(connection, stream), bytes)
            }
        }
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let host = self.address.split("//").nth(1).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        let given = |name: &str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        if !given("Host") {
            head.push_str(&format!("Host: {host}\r\n"));
        }
        if !given("X-OpenRosa-Version") {
            head.push_str("X-OpenRosa-Version: 1.0\r\n");
        }
        if !self.user.is_empty() {
            let basic = BASE64.encode(format!("{}:{}", self.user, self.password).as_bytes());
            head.push_str(&format!("Authorization: Basic {basic}\r\n"));
        }
        if !given("Content-Length") && !given("Transfer-Encoding") && method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        [head.as_bytes(), b"\r\n", body].concat()
    }

    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Replied {
        let bytes = self.raw(&self.request(method, path, headers, body));
        Replied::read(&bytes).unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }

    pub(super) fn get(&self, path: &str) -> Replied {
        self.send("GET", path, &[], b"")
    }

    /// Posts a body of parts.
    pub(super) fn post(&self, path: &str, parts: &[Part<'_>]) -> Replied {
        self.send("POST", path, &[("Content-Type", &content_type())], &multipart(parts))
    }

    pub(super) fn submit_to(&self, path: &str, xml: &str, files: &[Part<'_>]) -> Replied {
        self.post(path, &with_xml(xml, files))
    }

    pub(super) fn submit(&self, xml: &str, files: &[Part<'_>]) -> Replied {
        self.submit_to("/submission", xml, files)
    }

    /// Sends a submission but for its last bytes; what is given back sends these, and hears.
    pub(super) fn begin_submit(
        &self,
        xml: &str,
        files: &[Part<'_>],
    ) -> impl FnOnce() -> Replied + use<> {
        let body = multipart(&with_xml(xml, files));
        let kind = content_type();
        let request = self.request("POST", "/submission", &[("Content-Type", &kind)], &body);
        let (mut stream, late) = (self.connect(), request.len() - 20);
        stream.write_all(&request[..late]).unwrap();
        move || {
            stream.write_all(&request[late..]).unwrap();
            let mut bytes = Vec::new();
            drop(stream.read_to_end(&mut bytes));
            Replied::read(&bytes).unwrap()
        }
    }

    /// The same to a server that may be gone.
    pub(super) fn try_submit(&self, xml: &str, files: &[Part<'_>]) -> Option<Replied> {
        let body = multipart(&with_xml(xml, files));
        let headers = [("Content-Type", content_type())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let request = self.request("POST", "/submission", &headers, &body);
        let mut stream = TcpStream::connect(self.address.split("//").nth(1)?).ok()?;
        stream.write_all(&request).ok()?;
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes));
        Replied::read(&bytes)
    }

    /// The header that proves the password for a request, with a nonce that was just given.
    pub(super) fn digest(&self, hash: HttpHash, method: &str, path: &str, count: u32) -> String {
        let challenge = self.without_credentials().get("/formList");
        let challenge = challenge.headers("www-authenticate")[0].to_owned();
        let field = |name: &str| {
            let behind = challenge.split(&format!("{name}=\"")).nth(1).unwrap();
            behind.split('"').next().unwrap().to_owned()
        };
        let (realm, nonce) = (field("realm"), field("nonce"));
        let ha1 = hash.hex(format!("{}:{realm}:{}", self.user, self.password).as_bytes());
        let ha2 = hash.hex(format!("{method}:{path}").as_bytes());
        let proof = format!("{ha1}:{nonce}:{count:08x}:abc:auth:{ha2}");
        let response = hash.hex(proof.as_bytes());
        let algorithm = if hash == HttpHash::Md5 { "MD5" } else { "SHA-256" };
        format!(
            "Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{path}\", qop=auth, \
             nc={count:08x}, cnonce=\"abc\", response=\"{response}\", algorithm={algorithm}",
            self.user
        )
    }
}

fn exchange(mut stream: impl Read + Write, bytes: &[u8]) -> Vec<u8> {
    // A server that refuses early does not read all.
    drop(stream.write_all(bytes));
    let mut received = Vec::new();
    drop(stream.read_to_end(&mut received));
    received
}

fn with_xml<'a>(xml: &'a str, files: &[Part<'a>]) -> Vec<Part<'a>> {
    let head = "name=\"xml_submission_file\"; filename=\"form.xml\"\r\nContent-Type: text/xml";
    let xml = Part { head: head.to_owned(), bytes: xml.as_bytes() };
    let files = files.iter().map(|part| Part { head: part.head.clone(), bytes: part.bytes });
    std::iter::once(xml).chain(files).collect()
}

pub(super) fn content_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

pub(super) fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {}\r\n\r\n", part.head);
        body.extend(head.as_bytes());
        body.extend(part.bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// A body whose XML part is of another character set.
pub(super) fn in_latin_1(xml: &str) -> Vec<u8> {
    let head = "name=\"xml_submission_file\"\r\nContent-Type: text/xml; charset=iso-8859-1";
    multipart(&[Part { head: head.to_owned(), bytes: xml.as_bytes() }])
}
