//! Against a store in memory; and against a real server, where `moto_server` is installed
//! (`pip install 'moto[server]'`).

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path as FilePath,
    process::{Child, Command, Stdio},
    time::Duration,
};

use object_store::memory::InMemory;

use super::*;
use crate::{
    blob::{SealedFile, shelf::DEFAULT_QUOTA},
    store::{OsFiles, sealer::testing::sealer},
};

fn shelf(folder: &FilePath) -> Shelf {
    Shelf::open(&folder.join("blobs"), Arc::new(OsFiles), sealer(1), DEFAULT_QUOTA).unwrap()
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| u8::try_from(place % 251).unwrap()).collect()
}

fn put(shelf: &Shelf, content: &[u8]) -> SealedFile {
    let size = content.len() as u64;
    shelf.put(1, Zeroizing::new([7; 32]), content, size, |_| {}).unwrap()
}

async fn there_and_back(remote: Remote) {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (shelf(one.path()), shelf(other.path()));
    let content = content(20_000_000);
    let SealedFile { reference, manifest } = put(&from, &content);
    assert!(remote.get(&to, &reference.id, |_, _| {}).await.is_err(), "it is not there yet");
    remote.put(&from, &reference.id, |_, _| {}).await.unwrap();
    remote.verify(&from, &reference.id, |_, _| {}).await.unwrap();
    // Some of it is here already.
    to.begin(&manifest, Why::Asked).unwrap();
    let mut here = to.held(&reference.id).unwrap().unwrap().segments;
    to.write(&manifest, 3, &from.read(&manifest, 3).unwrap()).unwrap();
    here.set(3, true);
    to.keep(&manifest, &here).unwrap();
    remote.get(&to, &reference.id, |_, _| {}).await.unwrap();
    let mut file = Vec::new();
    to.get(&reference, &mut file, |_, _| {}).unwrap();
    assert!(file == content);
    // The store holds no content, and what it alters is found.
    let path = remote.path(&reference.id, "blob");
    let mut kept = remote.store.get(&path).await.unwrap().bytes().await.unwrap().to_vec();
    assert!(!kept.windows(64).any(|window| window == &content[..64]));
    kept[5_000_000] ^= 1;
    remote.store.put(&path, PutPayload::from(kept)).await.unwrap();
    let lost = remote.verify(&from, &reference.id, |_, _| {}).await;
    assert!(matches!(lost, Err(RemoteError::Damaged)), "it must not be the only copy");
    to.remove(&reference.id).unwrap();
    let refused = remote.get(&to, &reference.id, |_, _| {}).await;
    assert!(matches!(refused, Err(RemoteError::Damaged)));
    assert!(!to.is_whole(&reference.id).unwrap());
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work);
}

#[test]
fn a_blob_goes_there_and_comes_back() {
    run(there_and_back(Remote::with_store(Arc::new(InMemory::new()), "ceiba".to_owned())));
}

/// A server of this protocol on this computer, with the bucket `ceiba`; stopped when it is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// None, and a loud word, where there is none to be started.
    #[expect(clippy::print_stderr, reason = "what is not tested is said")]
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = started else {
            eprintln!("SKIPPED: no moto_server to test S3 against: pip install 'moto[server]'");
            return None;
        };
        let server = Self { process, address: format!("127.0.0.1:{port}") };
        for _look in 0..600 {
            if let Some(answer) = server.make_bucket() {
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("moto_server does not answer");
    }

    fn make_bucket(&self) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let host = &self.address;
        let request = format!(
            "PUT /ceiba HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn a_real_server_keeps_a_blob() {
    let Some(server) = Server::start() else { return };
    let place = Place {
        bucket: "ceiba".to_owned(),
        prefix: "evidence".to_owned(),
        endpoint: Some(format!("http://{}", server.address)),
        region: "us-east-1".to_owned(),
    };
    let credentials = Credentials::parse("test\ntest\n").unwrap();
    run(there_and_back(Remote::open(place, &credentials).unwrap()));
}

#[test]
fn credentials_show_nothing_and_travel_in_the_clear_nowhere() {
    let credentials = Credentials::parse("\nname\n key \n").unwrap();
    assert_eq!((credentials.id.as_str(), credentials.secret.as_str()), ("name", "key"));
    assert_eq!(format!("{credentials:?}"), "Credentials(..)");
    assert!(Credentials::parse("name").is_none());
    for here in ["http://127.0.0.1:5555", "http://localhost/x", "http://[::1]:9000"] {
        assert_eq!(is_in_the_clear(here), Some(true), "{here}");
    }
    assert_eq!(is_in_the_clear("https://s3.example.org"), Some(false));
    for elsewhere in [
        "http://10.0.0.1",
        "http://127.0.0.1.example",
        "http://localhost:x@evil.example",
        "http://localhost:80@evil.example/",
        "http://127.0.0.1@evil.example",
        "http://localhost\\@evil.example",
        "https://name:key@s3.example.org",
        "ftp://localhost",
        "localhost:5555",
        "",
    ] {
        assert_eq!(is_in_the_clear(elsewhere), None, "{elsewhere}");
    }
    let place = Place {
        bucket: "ceiba".to_owned(),
        prefix: String::new(),
        endpoint: Some("http://localhost:x@evil.example".to_owned()),
        region: "us-east-1".to_owned(),
    };
    assert!(matches!(Remote::open(place, &credentials), Err(RemoteError::Address)));
}
