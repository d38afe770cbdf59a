//! Rotation as `proto/replica.md` says it ("Keys"), and what the key ring makes of it.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    crypto::{BackLink, DeviceKeys, EpochSecret, GrantSet},
    membership::HistoryRule,
    model::id::{CircleId, DeviceId, EpochId, StatementId},
    replica::keyring::{Current, KeyRing},
};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::cases;

const DEVICES: usize = 4;
const EPOCHS: usize = 4;
const CIRCLE: CircleId = CircleId::new([1; 32]);

/// A grant entry, in small numbers. Device 0 is the one whose key ring is asked.
#[derive(Debug, Clone)]
struct Entry {
    epoch: usize,
    author: usize,
    counts: bool,
    depth: u8,
    to: BTreeSet<usize>,
    /// Epochs linked to, and whether the link holds what it says.
    links: BTreeMap<usize, bool>,
}

/// What follows from a set of entries, asked anew each time.
struct Keys<'a>(&'a [Entry]);

impl Keys<'_> {
    /// Links that are said to be: one from an epoch that is held must open.
    fn links(&self) -> BTreeSet<(usize, usize)> {
        let held = self.held();
        let links = self.0.iter().flat_map(|it| it.links.iter().map(|link| (it.epoch, link)));
        let said = links.filter(|(from, (_, holds))| **holds || !held.contains(from));
        said.map(|(from, (to, _))| (from, *to)).collect()
    }

    /// Granted to us, or at the other end of a true link of one that is.
    fn held(&self) -> BTreeSet<usize> {
        let granted = self.0.iter().filter(|it| it.to.contains(&0)).map(|it| it.epoch);
        self.reached(granted.collect())
    }

    /// What epochs lead to by links that are true.
    fn reached(&self, mut from: BTreeSet<usize>) -> BTreeSet<usize> {
        loop {
            let entries = self.0.iter().filter(|it| from.contains(&it.epoch));
            let links = entries.flat_map(|it| &it.links).filter(|(_, holds)| **holds);
            let more: BTreeSet<_> = links.map(|(to, _)| *to).chain(from.iter().copied()).collect();
            if more == from {
                return from;
            }
            from = more;
        }
    }

    /// Whom any entry names, who granted it, and who may have one that is said to link to it.
    fn may_have(&self, epoch: usize) -> BTreeSet<usize> {
        let mut sources = BTreeSet::from([epoch]);
        loop {
            let links = self.links();
            let said = links.iter().filter(|(_, to)| sources.contains(to)).map(|(from, _)| *from);
            let more: BTreeSet<_> = said.chain(sources.iter().copied()).collect();
            if more == sources {
                break;
            }
            sources = more;
        }
        let entries = self.0.iter().filter(|it| sources.contains(&it.epoch));
        entries.flat_map(|it| it.to.iter().copied().chain([it.author])).collect()
    }

    /// Depth of the decision that a maker knew who counts: of an entry to its own author.
    fn made(&self, epoch: usize) -> Option<u8> {
        let entries = self.0.iter().filter(|it| it.epoch == epoch && it.counts);
        entries.filter(|it| it.to.contains(&it.author)).map(|it| it.depth).max()
    }

    /// The epoch to write under.
    fn current(
        &self,
        readers: &BTreeSet<usize>,
        history: HistoryRule,
        least: u8,
        id: impl Fn(usize) -> EpochId,
    ) -> Option<usize> {
        let fit = self.held().into_iter().filter(|epoch| {
            let may_have = self.may_have(*epoch);
            let closed = match history {
                HistoryRule::All => may_have.is_subset(readers),
                HistoryRule::FromJoin => may_have == *readers,
            };
            closed && self.made(*epoch).is_some_and(|depth| depth >= least)
        });
        fit.max_by_key(|epoch| (self.made(*epoch), std::cmp::Reverse(id(*epoch))))
    }

    /// What a device reaches by entries that count, which it made or which name it. A link counts once we could open it.
    fn served(&self, device: usize, more: &BTreeSet<usize>) -> BTreeSet<usize> {
        let named = self
            .0
            .iter()
            .filter(|it| it.counts && (it.to.contains(&device) || it.author == device));
        let mut reached: BTreeSet<_> =
            named.map(|it| it.epoch).chain(more.iter().copied()).collect();
        let held = self.held();
        loop {
            let open: BTreeSet<_> = reached.intersection(&held).copied().collect();
            let next = &reached | &self.reached(open);
            if next == reached {
                return reached;
            }
            reached = next;
        }
    }

    /// Held epochs to which no held epoch links.
    fn heads(&self) -> BTreeSet<usize> {
        let held = self.held();
        let linked = |epoch: &usize| {
            let mut entries = self.0.iter().filter(|it| it.epoch != *epoch);
            entries.any(|it| held.contains(&it.epoch) && it.links.get(epoch) == Some(&true))
        };
        held.iter().copied().filter(|epoch| !linked(epoch)).collect()
    }
}

struct Kit {
    devices: Vec<DeviceKeys>,
    secrets: Vec<EpochSecret>,
}

impl Kit {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        Self {
            devices: (0..DEVICES).map(|_| DeviceKeys::generate(&mut rng)).collect(),
            secrets: (0..EPOCHS).map(|_| EpochSecret::generate(&mut rng)).collect(),
        }
    }

    fn id(&self, epoch: usize) -> EpochId {
        self.secrets[epoch].id()
    }

    fn epoch(&self, id: &EpochId) -> usize {
        self.secrets.iter().position(|it| it.id() == *id).unwrap()
    }

    fn device(&self, n: usize) -> DeviceId {
        self.devices[n].device()
    }

    fn seal(&self, entry: &Entry) -> GrantSet {
        let mut rng = ChaCha20Rng::seed_from_u64(8);
        let to = entry.to.iter().map(|n| (self.device(*n), self.devices[*n].public().receiving));
        let decision = StatementId::new([entry.depth; 32]);
        let secret = &self.secrets[entry.epoch];
        let mut set =
            GrantSet::seal(&CIRCLE, &decision, secret, &to.collect(), [], &mut rng).unwrap();
        for (epoch, holds) in &entry.links {
            let mut link = BackLink::seal(&CIRCLE, secret, &self.secrets[*epoch], &mut rng);
            if !holds {
                link.sealed[40] ^= 1;
            }
            set.back_chain.push(link);
        }
        set
    }

    fn learn<'a>(&self, ring: &mut KeyRing, entries: impl IntoIterator<Item = &'a Entry>) {
        for entry in entries {
            let author = (self.device(entry.author), entry.counts);
            ring.learn(&CIRCLE, author, self.seal(entry), &self.devices[0]);
        }
    }
}

fn depth_of(decision: &StatementId) -> u32 {
    u32::from(decision.as_bytes()[0])
}

fn entry() -> impl Strategy<Value = Entry> {
    let some = || prop::collection::btree_set(0..DEVICES, 1..=DEVICES);
    let links = prop::collection::btree_map(0..EPOCHS, Just(true), 0..=2);
    (0..EPOCHS, 0..DEVICES, prop::bool::weighted(0.75), 0..3_u8, some(), any::<bool>(), links)
        .prop_map(|(epoch, author, counts, depth, mut to, own, mut links)| {
            if own {
                to.insert(author);
            }
            links.remove(&epoch);
            // One device makes one link from an epoch to another, and a false one every time.
            for (to, holds) in &mut links {
                *holds = (author + epoch + to) % 4 != 0;
            }
            Entry { epoch, author, counts, depth, to, links }
        })
}

fn check(kit: &Kit, ring: &KeyRing, entries: &[Entry]) -> Result<(), TestCaseError> {
    let keys = Keys(entries);
    let held: BTreeSet<_> = ring.held().map(|id| kit.epoch(&id)).collect();
    prop_assert_eq!(&held, &keys.held(), "held");
    let heads: BTreeSet<_> = ring.heads().iter().map(|id| kit.epoch(id)).collect();
    prop_assert_eq!(heads, keys.heads(), "heads");
    for (readers, history, least) in (0..1_usize << DEVICES).flat_map(|mask| {
        let readers: BTreeSet<_> = (0..DEVICES).filter(|n| mask >> n & 1 == 1).collect();
        let rules = [HistoryRule::All, HistoryRule::FromJoin];
        rules.into_iter().flat_map(move |rule| {
            let readers = readers.clone();
            (0..3_u8).map(move |least| (readers.clone(), rule, least))
        })
    }) {
        let ids = readers.iter().map(|n| kit.device(*n)).collect();
        let depth = |it: &_| Some(depth_of(it));
        let code = match ring.current((&ids, &|_known| true), history, u32::from(least), depth) {
            Current::Use(id) => Some(kit.epoch(&id)),
            Current::Mint => None,
        };
        let spec = keys.current(&readers, history, least, |epoch| kit.id(epoch));
        prop_assert_eq!(code, spec, "write under, readers {:?} {:?} {}", readers, history, least);
    }
    for device in 0..DEVICES {
        let missing = ring.missing_for(&kit.device(device), |it| Some(depth_of(it)));
        let missing: BTreeSet<_> = missing.iter().map(|id| kit.epoch(id)).collect();
        let enough = |grants: &BTreeSet<usize>| keys.served(device, grants).is_superset(&held);
        prop_assert!(missing.is_subset(&held) && enough(&missing), "device {} cannot read", device);
        let fewer = (0..1_usize << EPOCHS).find(|mask| {
            let some = (0..EPOCHS).filter(|n| mask >> n & 1 == 1).collect();
            mask.count_ones() < u32::try_from(missing.len()).unwrap()
                && held.is_superset(&some)
                && enough(&some)
        });
        prop_assert_eq!(fewer, None, "{:?} are not the fewest for {}", missing, device);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn keys_are_taken_up_and_written_under_as_specified(
        entries in prop::collection::vec(entry(), 0..8),
        turn in 0..8_usize,
    ) {
        let kit = Kit::new();
        let mut ring = KeyRing::default();
        kit.learn(&mut ring, &entries);
        check(&kit, &ring, &entries)?;
        // What counts is another than before: learned again, in another order.
        ring.forget_grants();
        let mut other = entries.clone();
        other.rotate_left(turn % entries.len().max(1));
        for entry in &mut other {
            entry.counts ^= entry.author == turn;
        }
        kit.learn(&mut ring, &other);
        check(&kit, &ring, &other)?;
    }
}
