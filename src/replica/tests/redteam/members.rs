//! A member that lies: forks, gaps, late work, floods of what it may sign.

use std::time::Duration;

use super::{
    frames::{asked_for_entries, asked_for_statements, finish_lists, offer, position},
    world::{Session, World},
};
use crate::{
    crypto::{EpochSecret, GrantSet, Signed},
    log::Run,
    membership::{Approval, Change, VerifiedStatement},
    model::{
        id::{CircleId, Lane, LogId, StatementId},
        limits::MAX_STATEMENTS_PER_SIGNER,
    },
    replica::tests::kit::{Party, give_all, names, restore},
    sync::{
        Reason, Replica as _,
        limits::{ANSWERS_BURST, ANSWERS_PER_SECOND, MAX_STALLS, PULL_TIMEOUT},
    },
    wire::sync::{Entries, StatementList, Statements, frame::Message},
};

/// A member in session with one honest node, lists done.
pub(super) fn in_session(world: &mut World, victim: usize) -> Session {
    let session = world.session(victim);
    finish_lists(world, &session);
    session
}

/// Offers what the attacker has of a log, and gives it when it is asked for.
pub(super) fn deliver(world: &mut World, session: &Session, log: &LogId) {
    let circle = world.circle;
    let held = world.mallory.replica.position(&circle, log).tail;
    let mut offered = position(log, held.next_seq);
    offered.hash = held.hash.as_bytes().to_vec();
    world.heard.clear();
    offer(world, session, vec![offered]);
    while let Some((request, from)) = last_want(world, session) {
        world.heard.clear();
        let run = world.mallory.replica.read_run(&circle, log, from, usize::MAX);
        let Some(run) = run else { return };
        let entries = Entries { request, run: run.encode(), last: true };
        world.say(session, Message::Entries(entries));
    }
}

fn last_want(world: &World, session: &Session) -> Option<(u64, u64)> {
    let wants = world.heard(session, |message| {
        let Message::Want(want) = message else { return None };
        Some((want.request, want.from.as_ref()?.next_seq))
    });
    wants.last()
}

/// Each partner is shown another line of one log.
#[test]
fn a_fork_shown_to_different_partners_is_frozen_in_one_place_by_all() {
    let mut world = World::new(true);
    let circle = world.circle;
    world.mallory.write(&circle, "common", "x");
    let mut clone = Party::new(4);
    clone.replica = restore(&world.mallory, world.mallory.replica.storage().clone());
    world.mallory.write(&circle, "one", "x");
    clone.write(&circle, "other", "x");
    clone.write(&circle, "more", "x");
    let log = world.mallory.log(Lane::Record);
    let control = world.mallory.log(Lane::Control);
    let mut shown = Some(clone);
    for victim in [0, 1] {
        if victim == 1 {
            world.mallory = shown.take().unwrap();
        }
        let session = in_session(&mut world, victim);
        deliver(&mut world, &session, &control);
        deliver(&mut world, &session, &log);
    }
    world.pass(Duration::from_secs(60));
    for honest in &world.honest {
        assert!(honest.party.replica.fork_proof(&circle, &log).is_some());
        assert_eq!(honest.party.paths(&circle), names(["honest", "common"]));
    }
    world.assert_alive("after_the_fork");
}

/// The middle of a log is left out; and then promised, and never given.
#[test]
fn a_withheld_middle_is_a_gap_and_who_stalls_is_left() {
    let mut world = World::new(true);
    let circle = world.circle;
    for field in ["w0", "w1", "w2", "w3", "w4", "w5"] {
        world.mallory.write(&circle, field, "x");
    }
    let log = world.mallory.log(Lane::Record);
    let read = |world: &World, from| {
        let mut run = world.mallory.replica.read_run(&circle, &log, from, 0).unwrap();
        run.entries.truncate(1);
        run
    };
    let session = in_session(&mut world, 0);
    let before = world.cost(0);
    offer(&mut world, &session, vec![position(&log, 6)]);
    let request = asked_for_entries(&world, &session);
    for from in [0, 4] {
        let run: Run = read(&world, from);
        let last = from == 4;
        world.say(&session, Message::Entries(Entries { request, run: run.encode(), last }));
    }
    let held = world.honest[0].party.replica.position(&circle, &log).tail.next_seq;
    assert_eq!(held, 1, "what comes past a gap is not built upon");
    // From here on it only promises.
    let patience = PULL_TIMEOUT * (MAX_STALLS + 2) * 4;
    for _ in 0..8 {
        offer(&mut world, &session, vec![position(&log, 6)]);
        world.pass(patience / 8);
    }
    assert_eq!(world.reason(&session), Some(Reason::NoProgress));
    let after = world.cost(0);
    assert!(after.work.runs - before.work.runs <= 3);
    // Somebody else has it all.
    let session = in_session(&mut world, 1);
    deliver(&mut world, &session, &log);
    let control = world.mallory.log(Lane::Control);
    deliver(&mut world, &session, &control);
    world.pass(Duration::from_secs(130));
    assert!(world.honest[0].party.paths(&circle).contains("w5"));
    world.assert_alive("after_the_gap");
}

/// What it wrote before its removal, and shows after it, counts nowhere.
#[test]
fn late_work_of_the_removed_counts_nowhere_whoever_holds_it() {
    let mut world = World::new(true);
    let circle = world.circle;
    world.mallory.write(&circle, "in_time", "x");
    let (log, control) = (world.mallory.log(Lane::Record), world.mallory.log(Lane::Control));
    let session = in_session(&mut world, 0);
    deliver(&mut world, &session, &control);
    deliver(&mut world, &session, &log);
    world.mallory.write(&circle, "too_late", "x");
    // One node gets it before it hears of the removal.
    let run = world.mallory.replica.read_run(&circle, &log, 1, usize::MAX).unwrap();
    world.honest[2].party.replica.accept_run(&circle, &log, run);
    remove_mallory(&mut world);
    world.tell_appended(2, log);
    world.pass(Duration::from_secs(30));
    for honest in &world.honest {
        let paths = honest.party.paths(&circle);
        assert!(paths.contains("in_time") && !paths.contains("too_late"), "{paths:?}");
    }
    // It comes again, to each, and is asked for nothing and given nothing.
    for victim in 0..3 {
        let session = in_session(&mut world, victim);
        world.heard.clear();
        offer(&mut world, &session, vec![position(&log, 9)]);
        let of_use = |it: &Message| {
            matches!(it, Message::Want(_) | Message::Entries(_) | Message::Statements(_))
                .then_some(())
        };
        assert_eq!(world.heard(&session, of_use).count(), 0);
    }
    world.assert_alive("after_the_removal");
}

fn remove_mallory(world: &mut World) {
    let (circle, org) = (world.circle, world.mallory.org());
    let a = &mut world.honest[0].party;
    let change = Change::RemoveOrg { org, cut_offs: a.cut_offs(&circle, &org) };
    let set = a.replica.statement_set(&circle).unwrap();
    let proposal = a.author().propose(set, a.membership(&circle), vec![change]).unwrap();
    let proposal = a.keep(&circle, proposal.into());
    let approval = a.author().approve(a.membership(&circle), &proposal).unwrap();
    a.keep(&circle, approval);
    world.settle();
    let b = &mut world.honest[1].party;
    let approval = b.author().approve(b.membership(&circle), &proposal).unwrap();
    b.keep(&circle, approval);
    world.settle();
    assert!(!world.honest[0].party.membership(&circle).is_member(&org));
}

fn junk(party: &Party, circle: CircleId, number: u32) -> VerifiedStatement {
    let approval = Approval {
        circle,
        parent: StatementId::new([8; 32]),
        attempt: number,
        proposal: StatementId::new([9; 32]),
        org: party.org(),
        device: party.replica.own_device(),
    };
    Signed::sign(party.author().key, approval).into()
}

/// A key that all hold but one, who is named in the grant and cannot open it. It is the key that
/// honest writers would use next.
#[test]
fn a_grant_that_does_not_open_is_named_and_made_good_by_others() {
    let mut world = World::new(true);
    let circle = world.circle;
    let mut rng = world.mallory.rng.clone();
    let used = world.honest[0].party.replica.current_epoch(&circle, &mut rng).unwrap();
    let secrets = std::iter::repeat_with(|| EpochSecret::generate(&mut rng));
    let secret = { secrets }.find(|secret| secret.id() < used).unwrap();
    let parties = world.honest.iter().map(|it| &it.party).chain([&world.mallory]);
    let to = parties.map(|it| &it.replica.identity().keys);
    let to = to.map(|keys| (keys.device(), keys.public().receiving)).collect();
    let decision = world.mallory.membership(&circle).tip();
    let mut rng = world.honest[0].party.rng.clone();
    let mut set = GrantSet::seal(&circle, &decision, &secret, &to, [], &mut rng).unwrap();
    let (b, c) =
        (world.honest[1].party.replica.own_device(), world.honest[2].party.replica.own_device());
    let foreign = set.grants[&b].clone();
    set.grants.insert(c, foreign);
    world.mallory.replica.append_grants(&circle, &[set]).unwrap();
    let session = in_session(&mut world, 0);
    let control = world.mallory.log(Lane::Control);
    deliver(&mut world, &session, &control);
    world.pass(Duration::from_secs(5));

    let epoch = world.honest[0].party.replica.current_epoch(&circle, &mut rng).unwrap();
    assert_eq!(epoch, secret.id(), "the attacker's key is the one in use");
    world.honest[0].party.write(&circle, "after_a_bad_grant", "x");
    world.settle();
    let paths = world.honest[2].party.paths(&circle);
    assert!(paths.contains("after_a_bad_grant"), "one member is kept from what another wrote");
    let told = world.told(2);
    let mallory = world.mallory.replica.own_device().short();
    assert!(told.contains(&mallory) && told.contains("does not open"), "{told}");
    world.assert_alive("after_asking");
    // One question, and one grant by each of the two that could give it, at most.
    let control: u64 = (0..3)
        .map(|node| {
            let log = world.honest[node].party.log(Lane::Control);
            world.honest[0].party.replica.position(&circle, &log).tail.next_seq
        })
        .sum();
    assert!(control <= 2 + 1 + 2, "{control} entries of grants and questions");
}

/// Who says that nobody's grants open makes each other member grant once, and no more.
#[test]
fn whoever_complains_of_all_costs_each_member_little() {
    let mut world = World::new(true);
    let circle = world.circle;
    let not_opened_from = world.honest.iter().map(|it| it.party.replica.own_device());
    let not_opened_from: Vec<Vec<u8>> = not_opened_from.map(|it| it.as_bytes().to_vec()).collect();
    let session = in_session(&mut world, 0);
    let control = world.mallory.log(Lane::Control);
    for named in [1, 2, 3, 3, 3] {
        let not_opened_from = not_opened_from[..named].to_vec();
        let ask = crate::wire::payload::Ask { not_opened_from };
        let ask = prost::Message::encode_to_vec(&ask);
        world.mallory.replica.append_clear(&circle, crate::log::Kind::Ask, ask).unwrap();
        deliver(&mut world, &session, &control);
        world.pass(Duration::from_secs(1));
    }
    let length = |world: &World, node: usize| {
        let log = world.honest[node].party.log(Lane::Control);
        world.honest[0].party.replica.position(&circle, &log).tail.next_seq
    };
    let granted: u64 = (0..3).map(|node| length(&world, node)).sum();
    assert!(granted <= 2 + 3, "{granted}");
    world.assert_alive("after_complaints");
}

/// Grants to devices that nobody has: they make nobody take a new key.
#[test]
fn grants_to_made_up_devices_make_no_new_key() {
    let mut world = World::new(true);
    let circle = world.circle;
    let session = in_session(&mut world, 0);
    let mut rng = world.mallory.rng.clone();
    let control = world.mallory.log(Lane::Control);
    for round in 0..10_u8 {
        give_all(&world.honest[0].party, &mut world.mallory, &circle);
        let epochs: Vec<_> = world.mallory.replica.held_epochs(&circle).collect();
        assert!(!epochs.is_empty());
        for epoch in epochs {
            let secret = world.mallory.replica.circles[&circle].keys.secret(&epoch).cloned();
            let outsider = crate::crypto::DeviceKeys::generate(&mut rng);
            let to = [(outsider.device(), outsider.public().receiving)].into();
            let decision = world.mallory.membership(&circle).tip();
            let set = GrantSet::seal(&circle, &decision, &secret.unwrap(), &to, [], &mut rng);
            world.mallory.replica.append_grants(&circle, &[set.unwrap()]).unwrap();
        }
        deliver(&mut world, &session, &control);
        world.assert_alive(&format!("round{round}"));
    }
    let epochs = world.honest[0].party.replica.held_epochs(&circle).count();
    assert_eq!(epochs, 1, "new keys for the asking");
}

/// A new statement each time that it is asked: each would make all work out the membership again.
#[test]
fn statement_after_statement_is_taken_together() {
    let mut world = World::new(true);
    let circle = world.circle;
    let seconds = 30_u64;
    let session = in_session(&mut world, 0);
    let before: Vec<_> = (0..3).map(|node| world.cost(node)).collect();
    let (mut made, mut given) = (Vec::new(), 0_usize);
    for millis in 0..seconds * 20 {
        // Twenty a second, each told of at once.
        let statement = junk(&world.mallory, circle, u32::try_from(millis).unwrap());
        let ids = statement.id().as_bytes().to_vec();
        made.push(statement);
        let tag = session.tag(&circle);
        let list = StatementList { circle: tag, ids, complete: false, last: true };
        world.say(&session, Message::StatementList(list));
        if let Some(request) = asked_for_statements(&world, &session) {
            let asked = world.heard(&session, |message| {
                if let Message::StatementWants(wants) = message {
                    Some(wants.ids.clone())
                } else {
                    None
                }
            });
            let asked = asked.last().unwrap();
            let wanted = |it: &&VerifiedStatement| {
                asked.chunks(32).any(|id| id == it.id().as_bytes().as_slice())
            };
            let statements: Vec<_> =
                made.iter().filter(wanted).map(VerifiedStatement::encode).collect();
            given += statements.len();
            world.heard.clear();
            // One frame for each statement: only the end of the answer counts.
            let last = statements.len();
            for (at, statement) in (1..).zip(statements) {
                let answer = Statements { request, statements: vec![statement], last: at == last };
                world.say(&session, Message::Statements(answer));
            }
        }
        world.pass(Duration::from_millis(50));
    }
    assert!(given > 400 && given <= MAX_STATEMENTS_PER_SIGNER, "{given}");
    let most = ANSWERS_BURST + seconds * ANSWERS_PER_SECOND + 2;
    for (node, before) in (0..3).zip(before) {
        let resolves = world.cost(node).work.resolves - before.work.resolves;
        assert!(resolves <= most, "node {node}: {resolves} for {given} statements");
        let signed = u64::try_from(given).unwrap();
        assert!(resolves < signed, "a resolve costs the attacker more than a signature");
    }
    world.pass(Duration::from_secs(30));
    world.assert_alive("after_statements");
}
