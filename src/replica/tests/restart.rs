//! What is left after a start.

use crate::{
    model::id::CircleId,
    model::id::Lane,
    replica::{
        MemoryStorage, Replica,
        tests::kit::{fields, give_all, give_log, names, pair, restore},
    },
    sync::Replica as _,
};

fn assert_same(one: &Replica<MemoryStorage>, other: &Replica<MemoryStorage>, circle: &CircleId) {
    assert_eq!(one.statement_ids(circle), other.statement_ids(circle));
    assert_eq!(one.frontier(circle), other.frontier(circle));
    assert_eq!(one.counts_of(circle), other.counts_of(circle));
    assert_eq!(fields(one, circle), fields(other, circle));
    assert!(one.is_settled() && other.is_settled());
}

#[test]
fn nothing_acknowledged_is_lost() {
    let ([mut a, mut b], circle) = pair();
    a.write(&circle, "one", "x");
    a.replica.storage_mut().checkpoint();
    give_all(&a, &mut b, &circle);
    b.write(&circle, "two", "x");
    give_all(&b, &mut a, &circle);
    a.replica.set_local("address", b"somewhere".to_vec()).unwrap();
    let disk = a.replica.storage();
    for disk in [disk.clone(), disk.after_power_cut(), disk.without_index()] {
        let restored = restore(&a, disk);
        assert_same(&a.replica, &restored, &circle);
        assert_eq!(restored.local("address"), Some(b"somewhere".as_slice()));
    }
}

#[test]
fn a_device_goes_on_with_its_logs() {
    let ([mut a, mut b], circle) = pair();
    a.write(&circle, "one", "x");
    give_all(&a, &mut b, &circle);
    a.replica = restore(&a, a.replica.storage().after_power_cut());
    a.write(&circle, "two", "x");
    give_all(&a, &mut b, &circle);
    assert_eq!(b.paths(&circle), names(["one", "two"]));
}

#[test]
fn a_removal_that_the_index_has_not_seen_applies() {
    let ([mut a, mut b], circle) = pair();
    b.write(&circle, "theirs", "x");
    give_all(&b, &mut a, &circle);
    a.write(&circle, "ours", "x");
    a.replica.storage_mut().checkpoint();
    let cut_offs = Default::default();
    let change = crate::membership::Change::RemoveOrg { org: b.org(), cut_offs };
    a.decide(&circle, change);
    let restored = restore(&a, a.replica.storage().after_power_cut());
    assert_same(&a.replica, &restored, &circle);
}

#[test]
fn a_key_that_the_index_has_not_seen_opens_what_waited() {
    let ([mut a, mut b], circle) = pair();
    a.write(&circle, "one", "x");
    give_log(&a, &mut b, &circle, &a.log(Lane::Record));
    assert_eq!(b.replica.counts_of(&circle).waiting_for_key, 1);
    b.replica.storage_mut().checkpoint();
    let before = restore(&b, b.replica.storage().after_power_cut());
    assert_eq!(before.counts_of(&circle).waiting_for_key, 1);
    give_log(&a, &mut b, &circle, &a.log(Lane::Control));
    let restored = restore(&b, b.replica.storage().after_power_cut());
    assert_eq!(fields(&restored, &circle), a.fields(&circle));
    assert_eq!(restored.counts_of(&circle).waiting_for_key, 0);
}

#[test]
fn entries_wait_for_their_key() {
    let ([mut a, mut b], circle) = pair();
    a.write(&circle, "one", "x");
    a.write(&circle, "two", "x");
    give_log(&a, &mut b, &circle, &a.log(Lane::Record));
    assert!(b.paths(&circle).is_empty());
    assert_eq!(b.replica.awaited_epochs(&circle).map(|(_, count)| count).sum::<usize>(), 2);
    let mut waiting = restore(&b, b.replica.storage().without_index());
    assert_eq!(waiting.counts_of(&circle).waiting_for_key, 2);
    let run = a.replica.read_run(&circle, &a.log(Lane::Control), 0, usize::MAX).unwrap();
    waiting.accept_run(&circle, &a.log(Lane::Control), run);
    waiting.open_inbox();
    assert_eq!(fields(&waiting, &circle), a.fields(&circle));
    assert_eq!(waiting.counts_of(&circle).waiting_for_key, 0);
}
