//! Values that are too large for the index keep nothing else out of it.

use super::*;
use crate::{
    crypto::StoreKey,
    node::{clock, disk::DiskStorage},
    store::{Home, MAX_VALUE_BYTES},
};

#[test]
fn a_value_that_is_too_large_keeps_no_other_out_of_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    let key = StoreKey::generate(&mut clock::entropy());
    let mut storage = DiskStorage::open(Home::create(&path).unwrap(), &key).unwrap();
    let large = vec![1; MAX_VALUE_BYTES + 1];
    let (poison, document, later) = ([7; 48], [8; 48], [9; 48]);
    for tree in [Tree::Documents, Tree::Rows] {
        storage.put(tree, &poison, Some(&large)).unwrap();
        storage.put(tree, &later, Some(b"value")).unwrap();
    }
    storage.put(Tree::Documents, &document, Some(&large[1..])).unwrap();
    let check = |storage: &DiskStorage| {
        // Else the document would be taken for one that nobody wrote yet.
        storage.get(Tree::Documents, &poison).unwrap_err();
        assert_eq!(storage.get(Tree::Documents, &document).unwrap().as_deref(), Some(&large[1..]));
        for tree in [Tree::Documents, Tree::Rows] {
            assert_eq!(storage.get(tree, &later).unwrap().as_deref(), Some(b"value".as_slice()));
        }
    };
    check(&storage);
    storage.checkpoint().unwrap();
    check(&storage);
    storage.close().unwrap();
    let mut storage = DiskStorage::open(Home::open(&path).unwrap(), &key).unwrap();
    assert!(storage.notes().is_empty(), "{:?}", storage.notes());
    check(&storage);
    // A later one that fits takes its place.
    storage.put(Tree::Documents, &poison, Some(b"small")).unwrap();
    storage.checkpoint().unwrap();
    assert!(storage.get(Tree::Documents, &poison).unwrap().is_some());
    storage.close().unwrap();
}

#[test]
fn a_row_that_is_too_large_is_worked_out_at_each_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    let shown = show(&mut node, &incident);
    node.close().unwrap();
    spoil_rows(&path, &incident, |bytes| bytes.resize(MAX_VALUE_BYTES + 1, 0));
    let mut node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(show(&mut node, &incident), shown);
    assert!(node.checkpoint.is_some(), "they were worked out");
    node.close().unwrap();
}
