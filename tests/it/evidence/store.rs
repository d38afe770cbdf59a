//! The sealed file of an item in an S3-compatible store, against a real server on this computer:
//! `moto_server` (`pip install 'moto[server]'`).

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

use super::{add, listed, picture};
use crate::{
    coalition::record,
    partner::{Partner, argument, eventually},
};

struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Sends a request without a body; the answer, if somebody listens.
fn ask(address: &str, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!("{request} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n");
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

#[expect(clippy::print_stderr, reason = "what is not tested is said")]
fn server() -> Option<Server> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else {
        eprintln!("SKIPPED: no moto_server to test S3 against: pip install 'moto[server]'");
        return None;
    };
    let server = Server(child, format!("127.0.0.1:{port}"));
    eventually("the store of files has a bucket", || {
        ask(&server.1, "PUT /archivo").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    });
    Some(server)
}

#[test]
fn a_file_goes_to_a_store_and_comes_back_and_is_freed_only_if_it_is_there() {
    let Some(server) = server() else { return };
    let a = Partner::running("Red Árbol");
    let incident = record(&a);
    let original = picture(1500);
    let item = add(&a, &incident, &original);
    let keys = a.write("s3.txt", "test\ntest\n");
    let endpoint = format!("http://{}", server.1);
    let place = ["--bucket", "archivo", "--endpoint", &endpoint, "--credentials", keys.as_str()];
    // A store that is not there costs nothing.
    let nowhere = ["evidence", "offload", item.as_str(), "--free", "--bucket", "otro"];
    a.error(&[nowhere.as_slice(), &place[2..]].concat(), 5);
    assert_eq!(listed(&a, &item).unwrap()["state"], "here");
    let offload = ["evidence", "offload", item.as_str(), "--free"];
    let away = a.json(&[offload.as_slice(), &place].concat());
    assert_eq!(away[0]["state"], "elsewhere", "{away}");
    let blobs = || {
        let names = fs::read_dir(a.home().join("blobs")).unwrap();
        names.filter(|it| it.as_ref().unwrap().path().extension().unwrap() == "blob").count()
    };
    assert_eq!(blobs(), 0);
    let names = ask(&server.1, "GET /archivo?list-type=2").unwrap();
    assert!(names.contains("/manifest") && names.contains("/blob"), "{names}");
    let recall = ["evidence", "recall", item.as_str()];
    a.json(&[recall.as_slice(), &place].concat());
    assert_eq!((listed(&a, &item).unwrap()["state"].as_str(), blobs()), (Some("here"), 1));
    let out = a.file("back.png");
    a.json(&["evidence", "get", &item, "--out", &argument(&out)]);
    assert!(fs::read(out).unwrap() == original);
    // In the clear only on this computer.
    let evil = format!("http://localhost:x@{}", server.1);
    let place = ["--bucket", "archivo", "--endpoint", &evil, "--credentials", keys.as_str()];
    a.error(&[recall.as_slice(), &place].concat(), 2);
}
