//! Against a store in memory; and against a real server where `CEIBA_TEST_S3` names one
//! (`http://127.0.0.1:5555`), with the bucket `ceiba`.

use std::path::Path as FilePath;

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
    // Some of it is here already.
    to.begin(&manifest).unwrap();
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

#[test]
fn a_real_server_keeps_a_blob() {
    let Ok(endpoint) = std::env::var("CEIBA_TEST_S3") else { return };
    let place = Place {
        bucket: "ceiba".to_owned(),
        prefix: "evidence".to_owned(),
        endpoint: Some(endpoint),
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
    assert!(is_loopback("http://127.0.0.1:5555") && is_loopback("http://localhost/x"));
    assert!(!is_loopback("http://10.0.0.1") && !is_loopback("http://127.0.0.1.example"));
}
