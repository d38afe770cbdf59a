//! Who is nobody's device: many connections, silence, guesses, and floods under fresh keys.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use rand::RngExt;

use super::{
    frames::asked_for_statements,
    world::{Session, World, transport},
};
use crate::{
    crypto::Signed,
    membership::{Admission, Change, InviteState, OrgRole, Proposal, VerifiedStatement},
    model::{
        id::{CircleId, DeviceId, InviteId, OrgId, StatementId},
        limits::MAX_STATEMENT_SET_BYTES,
        time::Timestamp,
    },
    replica::tests::kit::{Party, give_statements},
    sync::{
        Reason, Replica as _,
        limits::{HELLO_TIMEOUT, MAX_PEERS, MAX_STRANGER_BYTES, MAX_STRANGER_STATEMENTS},
    },
    wire::sync::{Ack, StatementList, Statements, frame::Message},
};

/// Room for the frame that goes over a bound, and what a hello takes.
const ONE_FRAME: usize = 64 * 1024;

fn fresh_key(world: &mut World) -> SigningKey {
    SigningKey::from_bytes(&world.mallory.rng.random())
}

fn dial_as_stranger(world: &mut World, victim: usize) -> Session {
    let key = fresh_key(world).verifying_key().to_bytes();
    world.dial(victim, key)
}

/// Connections that say nothing are few at a time, and gone after a while.
#[test]
fn silent_connections_are_bounded_and_end() {
    let mut world = World::new(false);
    let before = world.cost(0);
    for _ in 0..4 * MAX_PEERS {
        dial_as_stranger(&mut world, 0);
        assert!(world.honest[0].engine.sessions() <= MAX_PEERS);
    }
    let refused = world.closed.iter().filter(|it| it.2 == Reason::TooManyPeers).count();
    assert!(refused >= 3 * MAX_PEERS, "{refused}");
    world.pass(HELLO_TIMEOUT + Duration::from_secs(1));
    assert_eq!(world.honest[0].engine.sessions(), 2, "only the honest are left");
    let after = world.cost(0);
    assert_eq!((after.work, after.journal), (before.work, before.journal));
    world.assert_alive("after_silence");
}

/// Who does not know the circle learns nothing of it, and who does gets no more than strangers do,
/// however often it comes again.
#[test]
fn a_stranger_learns_nothing_and_brings_little() {
    let mut world = World::new(false);
    let circle = world.circle;
    let before = world.cost(0);
    // 1. Without the circle's id: made-up tags name nothing.
    let session = dial_as_stranger(&mut world, 0);
    world.hello(&session, &[vec![5; 16], vec![6; 16]]);
    while world.is_open(&session) {
        let tag = session.tag(&CircleId::new([1; 32]));
        let list = StatementList { circle: tag, ids: vec![1; 32_000], complete: true, last: true };
        world.say(&session, Message::StatementList(list));
    }
    assert_eq!(world.reason(&session), Some(Reason::Stranger));
    let spent = u64::try_from(world.spent.bytes).unwrap();
    assert!(spent <= MAX_STRANGER_BYTES + 2 * ONE_FRAME as u64, "{spent}");
    assert_eq!(
        world.heard(&session, |it| matches!(it, Message::Hello(_)).then_some(())).count(),
        1
    );
    let other = world.heard(&session, |it| (!matches!(it, Message::Hello(_))).then_some(()));
    assert_eq!(other.count(), 0, "nothing but a hello for a stranger");

    // 2. With the circle's id, as a former guest has it: a few statements, then the end.
    for _ in 0..3 {
        let session = dial_as_stranger(&mut world, 0);
        world.hello(&session, &[session.tag(&circle)]);
        let junk: Vec<VerifiedStatement> = (0..200).map(|_| junk(&mut world, Vec::new())).collect();
        let ids = junk.iter().flat_map(|it| it.id().as_bytes().to_vec()).collect();
        let list = StatementList { circle: session.tag(&circle), ids, complete: false, last: true };
        world.say(&session, Message::StatementList(list.clone()));
        // Answers what it is asked for, and lists the same again for more.
        while let Some(request) = asked_for_statements(&world, &session) {
            let asked = world.heard(&session, |message| {
                let Message::StatementWants(wants) = message else { return None };
                Some(wants.ids.clone())
            });
            let asked: Vec<u8> = asked.last().unwrap();
            world.heard.clear();
            let is_asked = |it: &&VerifiedStatement| {
                asked.chunks(32).any(|id| id == it.id().as_bytes().as_slice())
            };
            let statements = junk.iter().filter(is_asked).map(VerifiedStatement::encode);
            let answer = Statements { request, statements: statements.collect(), last: true };
            world.say(&session, Message::Statements(answer));
            world.say(&session, Message::StatementList(list.clone()));
        }
        world.hang_up(&session);
    }
    let after = world.cost(0);
    let most = 3 * MAX_STRANGER_STATEMENTS as u64;
    assert!(after.work.statements - before.work.statements <= most);
    let statements =
        world.heard.iter().filter(|(_, it)| matches!(it, Message::Statements(_))).count();
    assert_eq!(statements, 0, "a stranger gets no statement");
    world.assert_alive("after_strangers");
}

/// A proposal by a key that is nobody's.
fn junk(world: &mut World, changes: Vec<Change>) -> VerifiedStatement {
    let key = fresh_key(world);
    let proposal = Proposal {
        circle: world.circle,
        parent: StatementId::new(world.mallory.rng.random()),
        attempt: 0,
        adopts: [].into(),
        accuses: vec![],
        changes,
        org: OrgId::new([9; 32]),
        device: DeviceId::new(key.verifying_key().to_bytes()),
    };
    Signed::sign(&key, proposal).into()
}

/// Strangers fill all the room that there is for those whom nobody knows; a guest with a ticket
/// comes in nevertheless.
#[test]
fn strangers_that_fill_their_room_keep_no_guest_out() {
    let mut world = World::new(false);
    let circle = world.circle;
    let large = Change::SetBreakGlass {
        orgs: (0..500_u16)
            .map(|it| {
                let mut org = [3; 32];
                org[..2].copy_from_slice(&it.to_le_bytes());
                OrgId::new(org)
            })
            .collect(),
    };
    let changes = vec![large.clone(), large.clone(), large];
    for _ in 0..16 {
        let junk: Vec<Vec<u8>> =
            (0..50).map(|_| junk(&mut world, changes.clone()).encode()).collect();
        world.honest[0].party.replica.accept_statements(&circle, &[0; 32], junk);
    }
    let set = world.honest[0].party.replica.statement_set(&circle).unwrap();
    assert!(set.is_half_full() && set.bytes() < MAX_STATEMENT_SET_BYTES);

    // The two stewards decide on an invite.
    let ticket = SigningKey::from_bytes(&[77; 32]);
    let invite = InviteId::new(ticket.verifying_key().to_bytes());
    let (inviter, role) = (world.honest[0].party.org(), OrgRole::Member);
    let change = Change::Invite { invite, inviter, role, expires: Timestamp::from_millis(1) };
    let a = &mut world.honest[0].party;
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
    let a = &mut world.honest[0].party;
    assert_eq!(a.membership(&circle).invites()[&invite].state, InviteState::Open);

    // And the guest redeems it.
    let mut guest = Party::new(9);
    let request = guest.ask_to_join(&circle, &ticket);
    let admission = a.author().admit(a.membership(&circle), request, Timestamp::default()).unwrap();
    let manifest = guest.manifest();
    let outcome = a.replica.keep_statements(&circle, vec![manifest, admission.encode()]);
    assert_eq!(outcome.added.len(), 2, "no room for a guest");
    give_statements(&world.honest[0].party, &mut guest, &circle);
    world.settle();
    world.assert_alive("after_a_guest");
    assert!(world.honest[1].party.membership(&circle).is_member(&guest.org()));
}

/// Tickets are 32 random bytes: guesses are signed rightly, and let nobody in.
#[test]
fn guessed_invites_let_nobody_in() {
    let mut world = World::new(false);
    let circle = world.circle;
    let before = world.cost(0);
    let session = world.session(0);
    let mut statements = vec![world.mallory.manifest()];
    for _ in 0..20 {
        let ticket = fresh_key(&mut world);
        let request = world.mallory.ask_to_join(&circle, &ticket);
        // No inviter would countersign, so the guesser does it itself.
        let (org, device) = (world.mallory.org(), world.mallory.replica.own_device());
        let admission = Admission::of(request, org, device);
        let admission = Signed::sign(world.mallory.author().key, admission);
        statements.push(VerifiedStatement::from(admission).encode());
    }
    let all = statements.iter().map(|it| VerifiedStatement::decode(it).unwrap());
    let ids: Vec<u8> = all.flat_map(|it| it.id().as_bytes().to_vec()).collect();
    let list = StatementList { circle: session.tag(&circle), ids, complete: false, last: true };
    world.say(&session, Message::StatementList(list));
    let request = asked_for_statements(&world, &session).unwrap();
    let answer = Statements { request, statements, last: true };
    world.say(&session, Message::Statements(answer));
    world.say(&session, Message::Ack(Ack { bytes: 0 }));
    let after = world.cost(0);
    // Of one bearer of statements: checked once each, worked out once.
    assert_eq!(after.work.statements - before.work.statements, 21);
    assert_eq!(after.work.resolves - before.work.resolves, 1);
    let (mallory, key) = (world.mallory.org(), transport(&world.mallory));
    for honest in &world.honest {
        assert!(!honest.party.membership(&circle).is_member(&mallory));
        assert_eq!(honest.party.replica.device_of_transport(&key), None);
    }
    let entries = world.heard(&session, |it| matches!(it, Message::Entries(_)).then_some(()));
    assert_eq!(entries.count(), 0);
    world.assert_alive("after_guesses");
}
