//! What a whole replica does with a payload that a member sealed, with the records of a journal,
//! and with the frames of a session.

use std::cell::LazyCell;

use ceiba::{
    crypto::Signed,
    membership::{Suspension, SuspensionTarget, VerifiedStatement},
    model::{
        id::{CircleId, Lane},
        limits::{MAX_CHANGES_PER_PAYLOAD, MAX_FRAME_BYTES},
        registry::Record,
        time::Timestamp,
    },
    replica::{MemoryStorage, RecordKind, Replica, Storage},
    sync::{ConnectionId, Engine, Input as Happened, Output, Replica as _, RunOutcome},
    wire::payload as wire,
};
use prost::Message;

use super::{
    input::{Input, joined},
    kit::{Circle, DOCUMENT, Org, Pen, dice, found, restored, write},
};

/// Records or frames of one run.
const MAX_PARTS: usize = 64;

/// Two organisations of one circle, and what the first one's device holds.
struct World {
    host: Org,
    guest: Org,
    circle: Circle,
    /// The guest's grant is there, nothing else of it.
    granted: MemoryStorage,
    /// The host has written too.
    written: MemoryStorage,
}

thread_local! {
    static WORLD: LazyCell<World> = const { LazyCell::new(world) };
}

fn world() -> World {
    let (host, guest) = (Org::new(1), Org::new(2));
    let circle = found(&[&host], &[&guest]);
    let grant = Pen::new(&guest, &circle).grant(&[&host, &guest]);
    let mut replica = circle.replica(&host);
    let outcome = replica.accept_run(&circle.id, &guest.log(Lane::Control), grant.to_run());
    assert!(matches!(outcome, RunOutcome::Accepted(_)), "{outcome:?}");
    replica.open_inbox();
    let granted = replica.storage().clone();
    let mut rng = dice(50);
    write(&mut replica, &circle.id, "title", "Amenaza", &mut rng);
    write(&mut replica, &circle.id, "summary", "Llegaron tres personas.", &mut rng);
    let written = replica.into_storage();
    World { host, guest, circle, granted, written }
}

fn shown(replica: &Replica<MemoryStorage>, circle: &CircleId) -> Option<Record> {
    let document = replica.document(&(*circle, DOCUMENT)).expect("a stored document loads");
    document.map(|document| document.record())
}

/// The plaintext of a payload by a member: whatever it is, the replica lives, shows the same after
/// a start without its index, and takes the next payload.
pub fn payload(data: &[u8]) {
    WORLD.with(|world| {
        let World { host, guest, circle, granted, .. } = &**world;
        let mut pen = Pen::new(guest, circle);
        let mut replica = restored(host, granted.clone());
        let log = guest.log(Lane::Record);
        let plaintexts = [data, &honest_payload(guest)];
        for entry in plaintexts.iter().filter_map(|plaintext| pen.changes(plaintext)) {
            let outcome = replica.accept_run(&circle.id, &log, entry.to_run());
            assert!(matches!(outcome, RunOutcome::Accepted(_)), "{outcome:?}");
            replica.open_inbox();
        }
        let before = shown(&replica, &circle.id);
        let again = restored(host, replica.into_storage().without_index());
        assert_eq!(shown(&again, &circle.id), before, "made again, a document differs");
    });
}

/// Changes that a guest's node writes into a document of its own.
fn honest_payload(guest: &Org) -> Vec<u8> {
    use ceiba::{
        doc::{Actor, Document},
        model::registry::{Schema, Value},
    };
    let actor = Actor::of(&guest.device(), &guest.incarnation, &DOCUMENT);
    let mut document = Document::new(Schema::incident());
    let path = "title".parse().expect("a path");
    let change = document.edit(&actor, |edit| edit.set(&path, &Value::Text("Sí".to_owned())));
    let change = change.expect("an edit").expect("a change");
    wire::Changes {
        document: DOCUMENT.as_bytes().to_vec(),
        schema: Schema::incident().to_string(),
        changes: vec![change.bytes().to_vec()],
        ..wire::Changes::default()
    }
    .encode_to_vec()
}

/// Plaintexts of payloads.
pub fn payload_seeds() -> Vec<Vec<u8>> {
    let honest = honest_payload(&Org::new(2));
    let mut message = wire::Changes::decode(honest.as_slice()).expect("it is one");
    let changes = message.changes.clone();
    message.schema = "incident/2".to_owned();
    let newer = message.encode_to_vec();
    message.changes = vec![vec![1]; MAX_CHANGES_PER_PAYLOAD];
    let many = message.encode_to_vec();
    message.changes = [changes.clone(), changes].concat();
    vec![honest, newer, many, message.encode_to_vec(), Vec::new()]
}

/// Records of a journal, as a home in other hands may hold them: the replica starts, and starts
/// again as the same.
///
/// Each part's first byte is the kind of the record.
pub fn records(data: &[u8]) {
    WORLD.with(|world| {
        let World { host, circle, granted, .. } = &**world;
        let mut input = Input::new(data);
        let mut storage = match input.byte() % 2 {
            0 => MemoryStorage::default(),
            _begun => granted.clone(),
        };
        for _ in 0..MAX_PARTS {
            let Some((kind, body)) = input.part().split_first() else { break };
            let kind = RecordKind::from_number(kind % 4 + 1).expect("one of four");
            storage.append(kind, body).expect("memory");
        }
        let replica = restored(host, storage.clone());
        let before = shown(&replica, &circle.id);
        let again = restored(host, storage);
        assert_eq!(shown(&again, &circle.id), before);
        for circle in replica.circle_ids() {
            drop((replica.counts_of(&circle), replica.counting_tails(&circle)));
            for position in replica.frontier(&circle) {
                drop(replica.read_run(&circle, &position.log, 0, 100_000));
            }
        }
    });
}

/// Records of a journal that was written rightly.
pub fn record_seeds() -> Vec<Vec<u8>> {
    let world = world();
    let mut kinds = Vec::new();
    let mut scan = |_, kind: RecordKind, body: Vec<u8>| {
        kinds.push([&[kind.number() - 1], body.as_slice()].concat());
    };
    world.written.scan(&mut scan).expect("memory");
    let one_by_one: Vec<Vec<u8>> =
        kinds.iter().map(|record| [vec![1], joined([record])].concat()).collect();
    let (ours, theirs) = (Pen::new(&world.guest, &world.circle), world.guest.log(Lane::Record));
    let fork = fork_record(ours, &world, &theirs);
    let local = [&[3], b"\x0a\x04name\x12\x05value".as_slice()].concat();
    let whole = [vec![0], joined(kinds), joined([fork, local])].concat();
    one_by_one.into_iter().chain([whole]).collect()
}

fn fork_proof(world: &World, mut one: Pen<'_>) -> ceiba::log::ForkProof {
    let mut other = Pen::new(&world.guest, &world.circle);
    let (one, other) = (one.changes(b"one"), other.changes(b"other"));
    let (one, other) = (one.expect("small").to_run(), other.expect("small").to_run());
    let (tag, log) = (ceiba::log::circle_tag(&world.circle.id), world.guest.log(Lane::Record));
    ceiba::log::ForkProof::between(&tag, &log, 0, &one, &other).expect("a fork")
}

fn fork_record(pen: Pen<'_>, world: &World, log: &ceiba::model::id::LogId) -> Vec<u8> {
    let record = ceiba::wire::replica::ForkRecord {
        circle: world.circle.id.as_bytes().to_vec(),
        device: log.device.as_bytes().to_vec(),
        incarnation: log.incarnation.as_bytes().to_vec(),
        lane: log.lane.number(),
        proof: fork_proof(world, pen).encode(),
    };
    [vec![2], record.encode_to_vec()].concat()
}

/// Frames that a member's device sends in a session: nothing panics, nothing larger than allowed
/// goes out, and what was held is still held.
///
/// First byte: whether we dialled, and whether the peer is a stranger. Then frames.
pub fn session(data: &[u8]) {
    WORLD.with(|world| {
        let World { host, guest, circle, written, .. } = &**world;
        let mut input = Input::new(data);
        let flags = input.byte();
        let mut replica = restored(host, written.clone());
        let before = replica.frontier(&circle.id);
        let mut table = Table::new(host);
        let transport = if flags & 2 == 0 { guest.transport() } else { Org::new(3).transport() };
        let (connection, dialed) = (ConnectionId(1), flags & 1 == 1);
        table.tell(&mut replica, Happened::PeerConnected { connection, transport, dialed });
        for _ in 0..MAX_PARTS {
            if input.is_empty() || table.closed {
                break;
            }
            let bytes = input.part().to_vec();
            table.tell(&mut replica, Happened::Frame { connection, bytes });
            replica.open_inbox();
        }
        for seconds in [1, 30, 200] {
            table.now = Timestamp::from_millis(table.now.as_millis() + seconds * 1000);
            table.tell(&mut replica, Happened::Tick);
        }
        for position in before {
            let now = replica.position(&circle.id, &position.log);
            assert!(now.tail.next_seq >= position.tail.next_seq, "entries were lost");
        }
        drop(shown(&replica, &circle.id));
    });
}

/// An engine and what it says.
struct Table {
    engine: Engine,
    rng: rand_chacha::ChaCha20Rng,
    now: Timestamp,
    closed: bool,
    sent: Vec<Vec<u8>>,
}

impl Table {
    fn new(org: &Org) -> Self {
        Self {
            engine: Engine::new(org.transport()),
            rng: dice(60),
            now: Timestamp::from_millis(1_000_000),
            closed: false,
            sent: Vec::new(),
        }
    }

    fn tell(&mut self, replica: &mut Replica<MemoryStorage>, input: Happened) {
        for output in self.engine.handle(self.now, &mut self.rng, input, replica) {
            match output {
                Output::Send { bytes, .. } => {
                    assert!(bytes.len() <= MAX_FRAME_BYTES, "a frame that nobody takes");
                    self.sent.push(bytes);
                }
                Output::Close { .. } => self.closed = true,
                Output::Wake { .. } | Output::Event(_) => {}
            }
        }
    }
}

/// What honest devices say in a session: one that has nothing, one with entries, one with
/// statements, one with a fork.
pub fn session_seeds() -> Vec<Vec<u8>> {
    let world = world();
    let World { host, guest, circle, .. } = &world;
    let mut seeds = Vec::new();
    let bare = || circle.replica(guest);
    let mut written = bare();
    let mut pen = Pen::new(guest, circle);
    let grant = pen.grant(&[host, guest]).to_run();
    written.accept_run(&circle.id, &guest.log(Lane::Control), grant);
    for text in ["one", "two"] {
        let run = pen.changes(text.as_bytes()).expect("small").to_run();
        written.accept_run(&circle.id, &guest.log(Lane::Record), run);
    }
    written.open_inbox();
    let mut stated = bare();
    let suspension = Suspension {
        circle: circle.id,
        decision: circle.beginning(),
        number: 0,
        target: SuspensionTarget::Org(guest.id()),
        cut_offs: [].into(),
        org: host.id(),
        device: host.device(),
    };
    let suspension: VerifiedStatement = Signed::sign(&host.keys.signing, suspension).into();
    stated.keep_statements(&circle.id, vec![suspension.encode()]);
    let mut forked = bare();
    let proof = fork_proof(&world, Pen::new(guest, circle));
    forked.accept_fork_proof(&circle.id, &guest.log(Lane::Record), proof);
    for (peer, flags) in [(bare(), 0), (written, 1), (stated, 0), (forked, 0)] {
        seeds.push([vec![flags], joined(conversation(&world, peer, flags))].concat());
    }
    seeds
}

/// What the guest says while both talk until nothing more is said.
fn conversation(world: &World, mut peer: Replica<MemoryStorage>, flags: u8) -> Vec<Vec<u8>> {
    let World { host, guest, written, .. } = world;
    let mut replica = restored(host, written.clone());
    let (mut ours, mut theirs) = (Table::new(host), Table::new(guest));
    theirs.rng = dice(70);
    let connection = ConnectionId(1);
    let dialed = flags & 1 == 1;
    let connected = |transport, dialed| Happened::PeerConnected { connection, transport, dialed };
    ours.tell(&mut replica, connected(guest.transport(), dialed));
    theirs.tell(&mut peer, connected(host.transport(), !dialed));
    let mut said = Vec::new();
    while !(ours.sent.is_empty() && theirs.sent.is_empty()) {
        for bytes in std::mem::take(&mut theirs.sent) {
            said.push(bytes.clone());
            ours.tell(&mut replica, Happened::Frame { connection, bytes });
            replica.open_inbox();
        }
        for bytes in std::mem::take(&mut ours.sent) {
            theirs.tell(&mut peer, Happened::Frame { connection, bytes });
            peer.open_inbox();
        }
    }
    said
}
