//! Bundles between whole replicas: who is taken up by them, and who is not.

use ed25519_dalek::SigningKey;

use super::kit::{Party, give_all, give_statements, names};
use crate::{
    crypto::bundle::Envelope,
    membership::{Change, OrgRole},
    model::{
        id::{CircleId, InviteId},
        time::Timestamp,
    },
    sync::{
        Replica as _,
        bundle::{
            Export, Gathered, Import, Item, Outcome, PartReader, PartWriter, Preface, Recipient,
            Series, Share, plan,
        },
    },
};

fn recipient(party: &Party) -> Recipient {
    let transport = party.replica.identity().keys.public().transport;
    Recipient { device: party.replica.own_device(), transport }
}

/// One file of a circle; of what the recipient may have, or whatever it may have.
fn bundle(from: &mut Party, to: &Party, circle: CircleId, by_right: bool) -> Vec<u8> {
    let keys = to.replica.identity().keys.public();
    let (device, transport) = (from.replica.own_device(), recipient(from).transport);
    let (series, made) = ([0; 16], Timestamp::default());
    let preface = Preface { device, org: from.org(), transport, series, part: 0, made };
    let envelope = Envelope::seal(&[(keys.device, keys.receiving)], &mut from.rng).unwrap();
    let mut part = PartWriter::begin(Vec::new(), envelope, u64::MAX, preface).unwrap();
    let series = if by_right {
        plan(&from.replica, &[(circle, [recipient(to)].into())])
    } else {
        let shares = vec![Share { circle, entries: true }];
        vec![Series { recipients: [recipient(from)].into(), shares }]
    };
    for series in &series {
        let mut export = Export::new(&from.replica, series, u64::MAX, false, &[]);
        for item in export.opening(&from.replica, series) {
            part.open_with(&item.encode()).unwrap();
        }
        while let Some(item) = export.next(&from.replica) {
            part.add(&item.encode()).unwrap();
        }
    }
    let signature = part.colophon(true).sign(&from.replica.identity().keys.signing);
    part.finish(true, signature).unwrap()
}

fn import(to: &mut Party, file: &[u8]) -> Outcome {
    import_after(to, file, Gathered::default()).0
}

fn import_after(to: &mut Party, file: &[u8], gathered: Gathered) -> (Outcome, Gathered) {
    let keys = to.replica.identity().keys.clone();
    let open = || {
        let envelope = Envelope::open(&keys.receiving, &keys.device(), file).unwrap();
        let sealed = &file[envelope.header().len()..];
        PartReader::new(sealed, envelope)
    };
    let mut import = Import::after(open().check().unwrap().preface, gathered);
    let mut part = open();
    while let Some(item) = part.next_item().unwrap() {
        import.take(&mut to.replica, item).unwrap();
    }
    import.finish(&mut to.replica);
    to.replica.open_inbox();
    import.into_parts()
}

/// Lets somebody in by a request that it made; it hears nothing of it.
fn admit(inviter: &mut Party, circle: &CircleId, joiner: &Party) {
    let ticket = SigningKey::from_bytes(&[77; 32]);
    let invite = InviteId::new(ticket.verifying_key().to_bytes());
    let (org, role) = (inviter.org(), OrgRole::Member);
    let expires = Timestamp::from_millis(1);
    inviter.decide(circle, Change::Invite { invite, inviter: org, role, expires });
    let request = joiner.ask_to_join(circle, &ticket);
    inviter.replica.keep_statements(circle, vec![joiner.manifest()]);
    let now = Timestamp::default();
    let admission = inviter.author().admit(inviter.membership(circle), request, now).unwrap();
    inviter.keep(circle, admission);
    let mut rng = inviter.rng.clone();
    inviter.replica.tend(circle, &mut rng).unwrap();
}

#[test]
fn who_asked_to_join_is_in_by_a_bundle_alone_and_reads() {
    let (mut one, mut two) = (Party::new(1), Party::new(2));
    let circle = one.found(&[], |_| {});
    one.write(&circle, "title", "Antes");
    admit(&mut one, &circle, &two);
    let file = bundle(&mut one, &two, circle, true);
    let outcome = import(&mut two, &file);
    assert_eq!(outcome.taken_up, [circle].into());
    assert!(two.membership(&circle).is_member(&two.org()));
    assert_eq!(two.paths(&circle), names(["title"]));
    assert!(!import(&mut two, &file).brought_news());
}

#[test]
fn statements_that_make_a_member_may_come_in_several_parts() {
    let (mut one, mut two) = (Party::new(1), Party::new(2));
    let circle = one.found(&[], |_| {});
    admit(&mut one, &circle, &two);
    let wanted = [(circle, [recipient(&two)].into())];
    let series = plan(&one.replica, &wanted);
    let mut export = Export::new(&one.replica, &series[0], u64::MAX, false, &[]);
    let mut statements = Vec::new();
    while let Some(item) = export.next(&one.replica) {
        if let Item::Statements { statements: some, .. } = item {
            statements.extend(some);
        }
    }
    let keys = two.replica.identity().keys.public();
    let opening = export.opening(&one.replica, &series[0]);
    let mut gathered = Gathered::default();
    let count = statements.len();
    for (place, statement) in statements.into_iter().enumerate() {
        let (device, transport) = (one.replica.own_device(), recipient(&one).transport);
        let (series, made) = ([0; 16], Timestamp::default());
        let preface = Preface { device, org: one.org(), transport, series, part: 0, made };
        let to = [(keys.device, keys.receiving.clone())];
        let envelope = Envelope::seal(&to, &mut one.rng).unwrap();
        let mut part = PartWriter::begin(Vec::new(), envelope, u64::MAX, preface).unwrap();
        for item in opening.iter().cloned() {
            part.open_with(&item.encode()).unwrap();
        }
        let statements = vec![statement];
        part.add(&Item::Statements { circle, statements }.encode()).unwrap();
        let signature = part.colophon(true).sign(&one.replica.identity().keys.signing);
        let file = part.finish(true, signature).unwrap();
        let (outcome, rest) = import_after(&mut two, &file, gathered);
        gathered = rest;
        assert!(place + 1 < count || two.replica.membership(&circle).is_some(), "{outcome:?}");
    }
    assert!(two.membership(&circle).is_member(&two.org()));
}

#[test]
fn what_one_of_the_recipients_has_not_signed_for_goes_to_all() {
    let (mut one, mut two, mut three) = (Party::new(1), Party::new(2), Party::new(3));
    let circle = one.found(&[&two, &three], |_| {});
    for other in [&mut two, &mut three] {
        give_statements(&one, other, &circle);
    }
    let log = one.log(crate::model::id::Lane::Record);
    let entries = |one: &Party, to: &[&Party]| {
        let wanted = [(circle, to.iter().map(|to| recipient(to)).collect())];
        let series = plan(&one.replica, &wanted);
        let mut export = Export::new(&one.replica, &series[0], u64::MAX, true, &[]);
        let items = std::iter::from_fn(|| export.next(&one.replica));
        items.filter(|item| item.log() == Some(log)).map(|item| item.entries()).sum::<u64>()
    };
    for path in ["a", "b", "c"] {
        one.write(&circle, path, "x");
    }
    give_all(&one, &mut three, &circle);
    assert_eq!(entries(&one, &[&two, &three]), 3, "nobody has signed");
    sign(&mut three, &mut one, &circle);
    assert_eq!(entries(&one, &[&three]), 0);
    assert_eq!(entries(&one, &[&two, &three]), 3, "one of them has not signed");
    give_all(&one, &mut two, &circle);
    sign(&mut two, &mut one, &circle);
    one.write(&circle, "d", "x");
    one.write(&circle, "e", "x");
    assert_eq!(entries(&one, &[&two, &three]), 2);
    give_all(&one, &mut three, &circle);
    sign(&mut three, &mut one, &circle);
    assert_eq!((entries(&one, &[&two, &three]), entries(&one, &[&three])), (2, 0));
}

/// Signs what it holds, and the other hears of it.
fn sign(party: &mut Party, hears: &mut Party, circle: &CircleId) {
    party.replica.issue_receipt(circle).unwrap();
    let taken = hears.replica.accept_receipts(circle, &party.replica.receipts_for(circle));
    assert_eq!(taken.added, 1);
}

#[test]
fn who_did_not_ask_is_not_put_into_a_circle() {
    let (mut one, mut two) = (Party::new(1), Party::new(2));
    let circle = one.found(&[&two], |_| {});
    one.write(&circle, "title", "Trampa");
    assert!(one.membership(&circle).is_member(&two.org()));
    let file = bundle(&mut one, &two, circle, true);
    let outcome = import(&mut two, &file);
    assert_eq!(outcome.unknown, [circle].into());
    assert!(two.replica.membership(&circle).is_none());
}

#[test]
fn the_request_of_another_makes_nobody_a_member() {
    let (mut one, two, mut three) = (Party::new(1), Party::new(2), Party::new(3));
    let circle = one.found(&[&three], |_| {});
    admit(&mut one, &circle, &two);
    let file = bundle(&mut one, &three, circle, true);
    assert_eq!(import(&mut three, &file).unknown, [circle].into());
    assert!(three.replica.membership(&circle).is_none());
}

#[test]
fn a_removed_member_gets_nothing_and_gives_nothing() {
    let (mut one, mut two) = (Party::new(1), Party::new(2));
    let circle = one.found(&[], |_| {});
    one.write(&circle, "title", "Antes");
    one.take_in(&circle, &mut two);
    let org = two.org();
    one.remove(&circle, org);
    let wanted = [(circle, [recipient(&two)].into())];
    assert!(plan(&one.replica, &wanted).is_empty());
    // It does not know yet, and seals what it holds.
    let file = bundle(&mut two, &one, circle, false);
    let before = one.replica.statement_ids(&circle);
    let outcome = import(&mut one, &file);
    assert!(!outcome.brought_news());
    assert_eq!(outcome.refused, [circle].into());
    assert_eq!(one.replica.statement_ids(&circle), before);
}
