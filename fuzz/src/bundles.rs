//! What a device does with a bundle that a member made, or that is none.

use std::cell::LazyCell;

use ceiba::{
    crypto::bundle::{Envelope, MAX_HEADER_BYTES},
    model::{id::Lane, time::Timestamp},
    replica::{MemoryStorage, Replica},
    sync::{
        Replica as _,
        bundle::{
            Export, Import, Item, PartReader, PartWriter, Preface, Recipient, item::MAX_ITEM_BYTES,
            plan,
        },
    },
};

use super::kit::{Circle, Org, Pen, dice, found, restored, write};

/// A maker, a recipient that holds the statements alone, and what the maker holds.
struct World {
    maker: Org,
    recipient: Org,
    circle: Circle,
    made: MemoryStorage,
}

thread_local! {
    static WORLD: LazyCell<World> = const { LazyCell::new(world) };
}

fn world() -> World {
    let (maker, recipient) = (Org::new(1), Org::new(2));
    let circle = found(&[&maker], &[&recipient]);
    let grant = Pen::new(&maker, &circle).grant(&[&maker, &recipient]);
    let mut replica = circle.replica(&maker);
    replica.accept_run(&circle.id, &maker.log(Lane::Control), grant.to_run());
    replica.open_inbox();
    let mut rng = dice(51);
    write(&mut replica, &circle.id, "title", "Amenaza", &mut rng);
    let made = replica.into_storage();
    World { maker, recipient, circle, made }
}

fn preface(maker: &Org) -> Preface {
    Preface {
        device: maker.device(),
        org: maker.id(),
        transport: maker.transport(),
        series: [1; 16],
        part: 0,
        made: Timestamp::from_millis(1),
    }
}

/// A file that a member sealed and signed around these bytes.
fn sealed(world: &World, content: &[u8]) -> Vec<u8> {
    let to = [(world.recipient.device(), world.recipient.keys.public().receiving)];
    let envelope = Envelope::seal(&to, &mut dice(3)).expect("one recipient");
    let begun = PartWriter::begin(Vec::new(), envelope, u64::MAX, preface(&world.maker));
    let mut part = begun.expect("memory");
    part.add_unchecked(content).expect("memory");
    let signature = part.colophon(true).sign(&world.maker.keys.signing);
    part.finish(true, signature).expect("memory")
}

/// Items between a preface and a seal: whatever they are, the replica lives, and takes them a
/// second time without anything new.
pub fn bundle(data: &[u8]) {
    WORLD.with(|world| {
        let file = sealed(world, data);
        let mut replica = world.circle.replica(&world.recipient);
        if take(world, &mut replica, &file).is_some() {
            let held = replica.frontier(&world.circle.id);
            take(world, &mut replica, &file);
            assert_eq!(replica.frontier(&world.circle.id), held);
        }
        // The bytes as a file of nobody: no stanza of it opens.
        let keys = &world.recipient.keys;
        let head = &data[..data.len().min(MAX_HEADER_BYTES)];
        assert!(Envelope::open(&keys.receiving, &keys.device(), head).is_none());
    });
}

/// Takes a file; none if it is refused as a whole.
fn take(world: &World, replica: &mut Replica<MemoryStorage>, file: &[u8]) -> Option<()> {
    let keys = &world.recipient.keys;
    let open = || {
        let envelope = Envelope::open(&keys.receiving, &keys.device(), file).expect("sealed to it");
        let sealed = &file[envelope.header().len()..];
        PartReader::new(sealed, envelope)
    };
    let info = open().check().ok()?;
    let (mut part, mut import) = (open(), Import::new(info.preface));
    while let Ok(Some(item)) = part.next_item() {
        if import.take(replica, item).is_err() {
            break;
        }
    }
    import.finish(replica);
    replica.open_inbox();
    Some(())
}

/// What the maker exports, all of it and item by item, and items that it would not.
pub fn bundle_seeds() -> Vec<Vec<u8>> {
    WORLD.with(|world| {
        let replica = restored(&world.maker, world.made.clone());
        let to =
            Recipient { device: world.recipient.device(), transport: world.recipient.transport() };
        let wanted = [(world.circle.id, [to].into_iter().collect())];
        let series = plan(&replica, &wanted);
        let mut export = Export::new(&replica, &series[0], u64::MAX, false, &[vec![1, 2, 3]]);
        let mut items = export.opening(&replica, &series[0]);
        while let Some(item) = export.next(&replica) {
            items.push(item);
        }
        let circle = world.circle.id;
        items.push(Item::Receipts { circle, receipts: vec![vec![1; 9]] });
        items.push(Item::Fork { circle, log: world.maker.log(Lane::Record), proof: vec![8; 9] });
        assert!(items.len() > 4 && MAX_ITEM_BYTES > 1024 * 1024);
        let encoded: Vec<Vec<u8>> = items.into_iter().map(Item::encode).collect();
        std::iter::once(encoded.concat()).chain(encoded).collect()
    })
}
