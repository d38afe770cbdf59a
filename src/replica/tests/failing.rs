//! A disk that fails once, and works again ever after: what it did not take must not be built on.

use std::cell::Cell;

use crate::{
    doc::{Actor, Document},
    model::{
        id::{CircleId, Lane},
        registry::{FieldPath, Schema, Value},
    },
    replica::{
        DocumentWrite, Identity, JournalPosition, MemoryStorage, RecordKind, Replica, Storage,
        StorageError, Tree, WriteError,
        run_cache::RunCache,
        tests::kit::{DOCUMENT, Party, give_all, give_statements, restore},
    },
    sync::{Replica as _, RunOutcome},
};

/// Fails at one call of `append` or `commit`, counted from one.
#[derive(Debug)]
struct Flaky {
    disk: MemoryStorage,
    calls: u32,
    fails_at: u32,
    /// Whether nothing can be read.
    is_unreadable: Cell<bool>,
    /// Whether a failing append leaves its record all the same.
    leaves: bool,
}

impl Flaky {
    fn call(&mut self) -> Result<(), StorageError> {
        self.calls += 1;
        if self.calls == self.fails_at { Err(StorageError("no space".to_owned())) } else { Ok(()) }
    }
}

impl Storage for Flaky {
    fn append(&mut self, kind: RecordKind, body: &[u8]) -> Result<JournalPosition, StorageError> {
        let called = self.call();
        if called.is_ok() || self.leaves {
            let position = self.disk.append(kind, body)?;
            return called.map(|()| position);
        }
        called.map(|()| JournalPosition::default())
    }

    fn commit(&mut self) -> Result<(), StorageError> {
        self.call()?;
        self.disk.commit()
    }

    fn read(&self, position: JournalPosition) -> Result<Option<Vec<u8>>, StorageError> {
        if self.is_unreadable.get() {
            return Err(StorageError("too many open files".to_owned()));
        }
        self.disk.read(position)
    }

    fn scan(
        &self,
        each: &mut dyn FnMut(JournalPosition, RecordKind, Vec<u8>),
    ) -> Result<(), StorageError> {
        self.disk.scan(each)
    }

    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.disk.get(tree, key)
    }

    fn put(&mut self, tree: Tree, key: &[u8], value: Option<&[u8]>) -> Result<(), StorageError> {
        self.disk.put(tree, key, value)
    }

    fn indexed_up_to(&self) -> Result<Option<JournalPosition>, StorageError> {
        self.disk.indexed_up_to()
    }

    fn each(&self, tree: Tree, each: &mut dyn FnMut(&[u8])) -> Result<(), StorageError> {
        self.disk.each(tree, each)
    }
}

/// The party's device on a disk that fails.
fn flaky(party: &Party, fails_at: u32, leaves: bool) -> Replica<Flaky> {
    let identity = party.replica.identity();
    let (org, incarnation) = (identity.org, identity.incarnation);
    let identity = Identity { org, keys: identity.keys.clone(), incarnation };
    let disk = party.replica.storage().clone();
    let is_unreadable = Cell::new(false);
    let disk = Flaky { disk, calls: 0, fails_at, is_unreadable, leaves };
    let mut replica = Replica::restore(identity, disk).unwrap();
    replica.open_inbox();
    replica
}

fn write(replica: &mut Replica<Flaky>, party: &mut Party, circle: &CircleId, path: &str) -> bool {
    let held = replica.document(&(*circle, DOCUMENT)).unwrap();
    let mut edited = held.unwrap_or_else(|| Document::new(Schema::incident()));
    let identity = replica.identity();
    let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &DOCUMENT);
    let (path, value) = (path.parse::<FieldPath>().unwrap(), Value::Text("x".to_owned()));
    let change = edited.edit(&actor, |edit| edit.set(&path, &value)).unwrap().unwrap();
    let changes = vec![change.bytes().to_vec()];
    let write = DocumentWrite { document: DOCUMENT, schema: Schema::incident(), changes };
    match replica.write(circle, vec![write], &mut party.rng) {
        Ok(()) => replica.save_own(circle, DOCUMENT, &edited).unwrap(),
        Err(WriteError::Storage(_)) => return false,
        Err(other) => panic!("{other}"),
    }
    true
}

#[test]
fn a_write_that_fails_anywhere_makes_no_fork_and_repeats_no_number() {
    let mut failed = 0;
    for (fails_at, leaves) in (1..8).flat_map(|at| [(at, false), (at, true)]) {
        let [mut a, mut b] = [1, 2].map(Party::new);
        let circle = a.found(&[&b], |_genesis| {});
        give_statements(&a, &mut b, &circle);
        let mut replica = flaky(&a, fails_at, leaves);
        let mut acknowledged = vec!["after"];
        for path in ["one", "two", "three"] {
            let before = replica.frontier(&circle);
            if write(&mut replica, &mut a, &circle, path) {
                acknowledged.push(path);
            } else {
                failed += 1;
                assert_eq!(replica.frontier(&circle), before, "what may be lost is not offered");
                assert!(replica.check_journal().is_err());
                assert!(!write(&mut replica, &mut a, &circle, "later"));
                replica.set_local("key", b"value".to_vec()).unwrap_err();
                assert!(replica.tend(&circle, &mut a.rng).is_ok_and(|granted| granted == 0));
                replica.document(&(circle, DOCUMENT)).unwrap();
                break;
            }
        }
        let disk = replica.into_storage().disk;
        for disk in [disk.after_power_cut(), disk] {
            let mut partner = Party::new(2);
            give_statements(&b, &mut partner, &circle);
            a.replica = restore(&a, disk);
            a.write(&circle, "after", "x");
            give_all(&a, &mut partner, &circle);
            assert_eq!(partner.fields(&circle), a.fields(&circle), "{fails_at}");
            assert!(acknowledged.iter().all(|path| a.paths(&circle).contains(*path)));
            for party in [&mut a, &mut partner] {
                assert_eq!(party.replica.counts_of(&circle).forked, 0);
                let told = party.replica.take_reports();
                assert!(told.is_empty(), "{told:?}");
            }
        }
    }
    assert!(failed >= 12, "{failed}");
}

#[test]
fn what_comes_in_is_held_only_if_it_is_stored() {
    for fails_at in 1..3 {
        let [mut a, mut b, c] = [1, 2, 3].map(Party::new);
        let circle = a.found(&[&b], |_genesis| {});
        give_statements(&a, &mut b, &circle);
        a.write(&circle, "one", "x");
        let mut replica = flaky(&b, fails_at, false);
        let log = a.log(Lane::Record);
        let run = a.replica.read_run(&circle, &log, 0, usize::MAX).unwrap();
        assert_eq!(replica.accept_run(&circle, &log, run.clone()), RunOutcome::NotStored);
        assert_eq!(replica.position(&circle, &log).tail.next_seq, 0);
        assert_eq!(replica.accept_run(&circle, &log, run), RunOutcome::NotStored);

        a.take_in(&circle, &mut { c });
        let statements: Vec<Vec<u8>> =
            a.replica.statements(&circle).map(|it| it.encode()).collect();
        let mut replica = flaky(&b, fails_at, false);
        let before = replica.statements(&circle).count();
        for _again in 0..2 {
            let outcome = replica.keep_statements(&circle, statements.clone());
            assert!(outcome.added.is_empty());
            assert_eq!(replica.statements(&circle).count(), before);
            assert!(replica.check_journal().is_err());
        }
    }
}

#[test]
fn nobody_is_told_anything_after_a_held_commit_failed() {
    let mut found = false;
    for fails_at in 1..40 {
        let [mut a, mut b, c] = [1, 2, 3].map(Party::new);
        let circle = a.found(&[&b], |_genesis| {});
        give_statements(&a, &mut b, &circle);
        a.take_in(&circle, &mut { c });
        let statements: Vec<Vec<u8>> =
            a.replica.statements(&circle).map(|it| it.encode()).collect();
        let mut replica = flaky(&b, fails_at, false);
        let device = a.replica.own_device();
        assert!(replica.serves(&circle, &device));
        replica.hold_commits();
        let added = replica.keep_statements(&circle, statements).added;
        if replica.check_journal().is_err() || replica.release_commits().is_ok() {
            continue;
        }
        found = true;
        assert!(!added.is_empty());
        for id in &added {
            let told = crate::sync::Replica::statement(&replica, &circle, id);
            assert_eq!(told, None, "a restart forgets it");
        }
        assert!(!replica.serves(&circle, &device));
        assert!(!replica.offers_statements(&circle, &[0; 32]));
        assert!(replica.circles().is_empty() && replica.credentials(&circle).is_empty());
        assert!(replica.statement_ids(&circle).is_empty());
        assert!(replica.introduction(&circle).is_none());
        assert!(replica.receipt_marks(&circle).is_empty());
        assert_eq!(replica.issue_receipt(&circle), None);
    }
    assert!(found);
}

/// Opens what is there, as the node does at an input.
fn settle(replica: &mut Replica<Flaky>) {
    replica.retry_unread();
    while !replica.open_inbox().is_empty() || !replica.is_settled() {}
}

/// The party's device after a restart, when nothing can be read.
fn unreadable(party: &Party, disk: MemoryStorage) -> Replica<Flaky> {
    let identity = party.replica.identity();
    let (org, incarnation) = (identity.org, identity.incarnation);
    let identity = Identity { org, keys: identity.keys.clone(), incarnation };
    let is_unreadable = Cell::new(true);
    let disk = Flaky { disk, calls: 0, fails_at: 0, is_unreadable, leaves: false };
    Replica::restore(identity, disk).unwrap()
}

#[test]
fn what_cannot_be_read_now_is_not_taken_for_absent() {
    let [mut a, mut b] = [1, 2].map(Party::new);
    let circle = a.found(&[&b], |_genesis| {});
    give_statements(&a, &mut b, &circle);
    let key = (circle, DOCUMENT);
    a.write(&circle, "one", "x");
    give_all(&a, &mut b, &circle);
    b.replica.storage_mut().checkpoint();
    // A document that is read from its one entry, and a change that comes meanwhile.
    let mut replica = unreadable(&b, b.replica.storage().clone());
    settle(&mut replica);
    assert!(replica.document(&key).is_err(), "an edit would begin it anew");
    replica.storage().is_unreadable.set(false);
    settle(&mut replica);
    a.write(&circle, "two", "x");
    replica.storage().is_unreadable.set(true);
    let log = a.log(Lane::Record);
    let from = replica.position(&circle, &log).tail.next_seq;
    let run = a.replica.read_run(&circle, &log, from, usize::MAX).unwrap();
    *replica.runs.borrow_mut() = RunCache::default();
    assert!(matches!(replica.accept_run(&circle, &log, run), RunOutcome::Accepted(_)));
    settle(&mut replica);
    assert!(replica.document(&key).is_err());
    assert!(!replica.is_caught_up(), "no checkpoint passes what was not stored");
    assert!(!replica.take_reports().is_empty());
    replica.storage().is_unreadable.set(false);
    settle(&mut replica);
    assert!(replica.is_caught_up());
    let expected = a.replica.document(&key).unwrap().unwrap().record();
    assert_eq!(replica.document(&key).unwrap().unwrap().record(), expected);
}

#[test]
fn entries_that_cannot_be_read_now_are_opened_later() {
    let [mut a, mut b] = [1, 2].map(Party::new);
    let circle = a.found(&[&b], |_genesis| {});
    give_statements(&a, &mut b, &circle);
    for place in 0..40 {
        a.write(&circle, &format!("field_{place}"), "x");
    }
    let key = (circle, DOCUMENT);
    let expected = a.replica.document(&key).unwrap().unwrap().record();
    let mut replica = unreadable(&a, a.replica.storage().without_index());
    for _input in 0..3 {
        let before = replica.work().opened;
        settle(&mut replica);
        assert!(replica.work().opened - before < 40, "not all are tried at each input");
        assert!(!replica.is_caught_up());
        assert!(replica.document(&key).is_err(), "an edit would take numbers that are taken");
    }
    replica.storage().is_unreadable.set(false);
    settle(&mut replica);
    assert!(replica.is_caught_up());
    assert_eq!(replica.document(&key).unwrap().unwrap().record(), expected);
}
