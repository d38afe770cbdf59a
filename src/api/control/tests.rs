//! The socket, with real connections and a handler that stands in for the node.

use std::{
    fs,
    future::pending,
    io::{BufReader, Read as _, Write as _},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use super::{
    ControlClient, ControlServer, ProgressSender,
    protocol::{self, LineError, MAX_CONNECTIONS, MAX_REQUEST_LINE, Reply},
};
use crate::api::{Answer, ApiError, Backend as _, ErrorKind, Progress, Request};

/// A home in a folder that is removed at the end.
struct Home {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn home_of(name: &str) -> Home {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    Home { _folder: folder, path }
}

fn home() -> Home {
    home_of("home")
}

/// A node that is served in the background.
struct Running {
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }
}

/// Answers `peer list` with progress, `conflicts` only when let, and refuses everything else.
fn serve(home: &Path, gate: Arc<Notify>) -> Running {
    let server = ControlServer::bind(home).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let handler = move |request: Request, progress: ProgressSender| {
        let gate = Arc::clone(&gate);
        async move {
            if matches!(request, Request::PeerList) {
                progress.report(Progress::of("dialling", 1, 2));
                // An outcome that is there already overtakes reports.
                tokio::task::yield_now().await;
                return Ok(Answer::Peers(Vec::new()));
            }
            if matches!(request, Request::Conflicts) {
                gate.notified().await;
                return Ok(Answer::Conflicts(Vec::new()));
            }
            Err(ApiError::new(ErrorKind::Refused, "the test refuses").hint("ask less"))
        }
    };
    let served = tokio::spawn(async move {
        server.serve(handler, async move { drop(stopped.await) }).await;
    });
    Running { stop, served }
}

/// Asks from a thread of its own, as the command line does from its process.
async fn ask(home: &Path, request: Request) -> (Result<Answer, ApiError>, Vec<Progress>) {
    let home = home.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let mut client = ControlClient::find(&home).unwrap().expect("a node listens");
        let mut seen = Vec::new();
        let answer = client.call(request, &mut |progress| seen.push(progress));
        (answer, seen)
    });
    asked.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_comes_back_answered() {
    let home = home();
    let running = serve(&home.path, Arc::default());
    let (answer, progress) = ask(&home.path, Request::PeerList).await;
    assert_eq!(answer, Ok(Answer::Peers(Vec::new())));
    assert_eq!(progress, [Progress::of("dialling", 1, 2)]);
    let (answer, _) = ask(&home.path, Request::Status).await;
    let refused = answer.unwrap_err();
    assert_eq!((refused.kind, refused.hints.len()), (ErrorKind::Refused, 1));
    running.stop().await;
    assert!(ControlClient::find(&home.path).unwrap().is_none());
    assert!(!home.path.join("control.sock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_are_served_at_once() {
    let home = home();
    let gate = Arc::new(Notify::new());
    let running = serve(&home.path, Arc::clone(&gate));
    let path = home.path.clone();
    let waiting = tokio::spawn(async move { ask(&path, Request::Conflicts).await.0 });
    let (answer, _) = ask(&home.path, Request::PeerList).await;
    assert!(answer.is_ok() && !waiting.is_finished());
    gate.notify_one();
    assert_eq!(waiting.await.unwrap(), Ok(Answer::Conflicts(Vec::new())));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_request_may_end_when_the_node_stops() {
    let home = home();
    let gate = Arc::new(Notify::new());
    let running = serve(&home.path, Arc::clone(&gate));
    let mut stream = UnixStream::connect(home.path.join("control.sock")).unwrap();
    stream.write_all(&protocol::request_line(&Request::Conflicts).unwrap()).unwrap();
    // A second client's answer shows that the first request has been accepted before it.
    ask(&home.path, Request::PeerList).await.0.unwrap();
    let stopping = tokio::spawn(running.stop());
    gate.notify_one();
    stopping.await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "{\"answer\":\"conflicts\",\"value\":[]}\n");
}

#[tokio::test]
async fn the_socket_is_for_its_owner_only() {
    let home = home();
    let server = ControlServer::bind(&home.path).unwrap();
    assert_eq!(fs::metadata(server.path()).unwrap().mode() & 0o777, 0o600);
    drop(server);
    fs::set_permissions(&home.path, fs::Permissions::from_mode(0o750)).unwrap();
    let refused = ControlServer::bind(&home.path).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused);
    assert!(refused.hints.iter().any(|hint| hint.contains("chmod 700")));
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
    let home = home();
    let path = home.path.join("control.sock");
    // Dropping a listener leaves its file, as a crash does.
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists() && ControlClient::find(&home.path).unwrap().is_none());
    let server = ControlServer::bind(&home.path).unwrap();
    assert_eq!(ControlServer::bind(&home.path).unwrap_err().kind, ErrorKind::Busy);
    drop(server);
    assert!(!path.exists());
}

#[tokio::test]
async fn another_file_in_the_place_is_left_alone() {
    let home = home();
    let path = home.path.join("control.sock");
    fs::write(&path, "precious").unwrap();
    assert_eq!(ControlServer::bind(&home.path).unwrap_err().kind, ErrorKind::Storage);
    assert_eq!(ControlClient::find(&home.path).unwrap_err().kind, ErrorKind::Storage);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_home_with_a_long_path_has_a_socket_too() {
    let home = home_of(&"long".repeat(50));
    let running = serve(&home.path, Arc::default());
    assert!(home.path.join("control.sock").exists());
    assert!(ask(&home.path, Request::PeerList).await.0.is_ok());
    running.stop().await;
    assert!(!home.path.join("control.sock").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversize_line_is_refused_while_it_is_sent() {
    let home = home();
    let running = serve(&home.path, Arc::default());
    let mut stream = UnixStream::connect(home.path.join("control.sock")).unwrap();
    let refusal = tokio::task::spawn_blocking(move || {
        let chunk = vec![b'x'; 1024 * 1024];
        let mut sent = 0;
        // Without an end; the node stops reading at its limit.
        while stream.write_all(&chunk).is_ok() {
            sent += chunk.len();
            assert!(sent <= MAX_REQUEST_LINE + 8 * chunk.len(), "the node reads without limit");
        }
        protocol::read_line(&mut BufReader::new(stream), 10_000).unwrap()
    });
    let refusal = Reply::from_line(&refusal.await.unwrap()).unwrap();
    assert!(
        matches!(&refusal, Reply::Error(error) if error.kind == ErrorKind::Usage),
        "{refusal:?}"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_without_being_quoted() {
    let home = home();
    let running = serve(&home.path, Arc::default());
    for line in ["SECRET\n", "{\"command\":\"SECRET\"}\n", "\n", "{\"command\":\"join\"}\n"] {
        let mut stream = UnixStream::connect(home.path.join("control.sock")).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        let answer = tokio::task::spawn_blocking(move || {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("{\"error\":") && !answer.contains("SECRET"), "{answer}");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_clients_than_places_are_told_so() {
    let home = home();
    let running = serve(&home.path, Arc::default());
    let path = home.path.join("control.sock");
    let idle: Vec<_> = (0..MAX_CONNECTIONS).map(|_| UnixStream::connect(&path).unwrap()).collect();
    let (answer, _) = ask(&home.path, Request::PeerList).await;
    assert_eq!(answer.unwrap_err().kind, ErrorKind::Busy);
    drop(idle);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_vanishes_is_an_error_of_the_network() {
    let home = home();
    let listener = UnixListener::bind(home.path.join("control.sock")).unwrap();
    let path = home.path.clone();
    let asking = tokio::spawn(async move { ask(&path, Request::Status).await.0 });
    let vanishing = tokio::task::spawn_blocking(move || {
        let (stream, _) = listener.accept().unwrap();
        let line = protocol::read_line(&mut BufReader::new(stream), 1000).unwrap();
        assert_eq!(line, b"{\"command\":\"status\"}");
    });
    vanishing.await.unwrap();
    assert_eq!(asking.await.unwrap().unwrap_err().kind, ErrorKind::Network);
}

#[tokio::test]
async fn a_silent_node_says_that_it_still_works() {
    let home = home();
    let server = ControlServer::bind(&home.path).unwrap().beating_every(Duration::from_millis(5));
    let path = server.path().to_owned();
    let handler = |_request, _progress| pending::<Result<Answer, ApiError>>();
    let served = tokio::spawn(server.serve(handler, pending()));
    let stream = tokio::net::UnixStream::connect(path).await.unwrap();
    let (read, mut write) = stream.into_split();
    let request = protocol::request_line(&Request::Conflicts).unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut write, &request).await.unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(read));
    for _beat in 0..3 {
        let line = lines.next_line().await.unwrap().unwrap();
        let beat = Reply::from_line(line.as_bytes()).unwrap();
        assert_eq!(beat, Reply::Progress(Progress::step("working")));
    }
    served.abort();
}

#[test]
fn a_request_that_is_too_large_is_not_sent() {
    let text = "x".repeat(MAX_REQUEST_LINE);
    let request = Request::MappingSave { name: "m".to_owned(), text };
    assert!(matches!(protocol::request_line(&request), Err(LineError::TooLong { .. })));
}
