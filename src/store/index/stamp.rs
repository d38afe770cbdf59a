//! By what an index is found out that shows older values than it was left with.
//!
//! sled passes over what it cannot read, and then shows what a key held before. Each such value
//! opens, so a seal does not tell. Therefore a checkpoint keeps a **sum** over all values as they
//! were then, and each value says within its seal what its key added to the sum of the checkpoint
//! before it was written. So the checkpoint's sum can be made again at any later time, however
//! many of the values that came after it are there; a value from before its time breaks it.

use std::collections::BTreeSet;

use super::{
    IndexError, Tree,
    batch::Changes,
    engine::{Engine, value_aad},
};
use crate::{crypto::Label, store::Sealer};

/// What values add up to: the exclusive or of a keyed hash of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum([u8; Self::LEN]);

impl Sum {
    pub(super) const LEN: usize = 16;

    /// What a value adds, given as it lies on disk.
    fn of(sealer: &dyn Sealer, tree: &str, key: &[u8], sealed: &[u8]) -> Self {
        let label = Label::Index.text().as_bytes();
        let key = blake3::hash(key);
        let value = blake3::hash(sealed);
        let named = [label, b"\0sum\0", tree.as_bytes(), &[0], key.as_bytes(), value.as_bytes()];
        let hash = sealer.keyed_hash(&named.concat());
        Self(hash.first_chunk().copied().unwrap_or_default())
    }

    /// Adds what was not in it, takes away what was.
    fn turn(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(byte, other)| *byte ^= other);
    }

    pub(super) const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0
    }

    pub(super) const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

/// What lies under a key.
pub(super) struct Stamped {
    /// Which checkpoint comes next, counted from 1, when it was written.
    generation: u64,
    /// What the key added to the sum of the checkpoint before that.
    before: Sum,
    /// None where a value was removed, until the checkpoint that knows it is there.
    value: Option<Vec<u8>>,
}

/// Bytes in front of each value.
const STAMP_BYTES: usize = 8 + Sum::LEN + 1;

impl Stamped {
    /// Opens what lies under a key; none if it is not ours.
    fn open(sealer: &dyn Sealer, tree: &str, key: &[u8], sealed: &[u8]) -> Option<Self> {
        let mut plain = sealer.open(&value_aad(tree, key), sealed).ok()?;
        let (generation, rest) = plain.split_first_chunk::<8>()?;
        let (before, rest) = rest.split_first_chunk::<{ Sum::LEN }>()?;
        let (generation, before) = (u64::from_le_bytes(*generation), Sum(*before));
        let there = match rest.first()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        plain.drain(..STAMP_BYTES);
        Some(Self { generation, before, value: there.then_some(plain) })
    }

    /// What it adds to the sum, given as it lies on disk.
    fn adds(&self, sealer: &dyn Sealer, tree: &str, key: &[u8], sealed: &[u8]) -> Sum {
        let there = self.value.is_some();
        if there { Sum::of(sealer, tree, key, sealed) } else { Sum::default() }
    }

    fn seal(&self, sealer: &dyn Sealer, tree: &str, key: &[u8]) -> Option<Vec<u8>> {
        let there = [u8::from(self.value.is_some())];
        let value = self.value.as_deref().unwrap_or_default();
        let generation = self.generation.to_le_bytes();
        let plain = [generation.as_slice(), &self.before.0, &there, value].concat();
        sealer.seal(&value_aad(tree, key), &plain).ok()
    }
}

/// Opens the value that lies under a key; none if it was removed.
pub(super) fn open_value(
    engine: &Engine,
    sealer: &dyn Sealer,
    (tree, key): (&str, &[u8]),
    sealed: &[u8],
) -> Result<Option<Vec<u8>>, IndexError> {
    Stamped::open(sealer, tree, key, sealed)
        .map(|stamped| stamped.value)
        .ok_or_else(|| engine.condemn("a value does not open"))
}

/// The sums as they are kept up while values are written.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Which checkpoint comes next, counted from 1.
    generation: u64,
    /// The sum of what is there; none when it is not known and wants a look through all.
    now: Option<Sum>,
    /// Where values were removed since the last checkpoint.
    removed: BTreeSet<(Tree, Vec<u8>)>,
}

impl Ledger {
    /// After the checkpoint of this generation, with this sum of all that is there.
    pub(super) const fn after(generation: u64, now: Option<Sum>) -> Self {
        Self { generation: generation.saturating_add(1), now, removed: BTreeSet::new() }
    }

    /// Applies changes to a tree.
    pub(super) fn apply(
        &mut self,
        engine: &Engine,
        sealer: &dyn Sealer,
        tree: Tree,
        changes: Changes,
    ) -> Result<(), IndexError> {
        // How much was done is not known if this fails in the middle.
        let mut now = self.now.take();
        let mut operations = Vec::new();
        for (key, value) in changes {
            let removal = value.is_none();
            let Some((sealed, turned)) = self.stamp(engine, sealer, (tree, &key), value)? else {
                continue;
            };
            if let Some(now) = &mut now {
                now.turn(turned);
            }
            operations.push((key.clone(), Some(sealed)));
            if removal {
                self.removed.insert((tree, key));
            } else {
                self.removed.remove(&(tree, key));
            }
        }
        engine.apply(tree.name(), operations)?;
        self.now = now;
        Ok(())
    }

    /// What is to be put on disk for one change, and how that turns the sum; nothing where a key
    /// is to be removed that is not there.
    fn stamp(
        &self,
        engine: &Engine,
        sealer: &dyn Sealer,
        (tree, key): (Tree, &[u8]),
        value: Option<Vec<u8>>,
    ) -> Result<Option<(Vec<u8>, Sum)>, IndexError> {
        let name = tree.name();
        let (before, mut turned) = match engine.get(name, key)? {
            None if value.is_none() => return Ok(None),
            None => Default::default(),
            Some(held) => {
                let stamped = Stamped::open(sealer, name, key, &held)
                    .ok_or_else(|| engine.condemn("a value does not open"))?;
                let adds = stamped.adds(sealer, name, key, &held);
                let known = stamped.generation < self.generation;
                (if known { adds } else { stamped.before }, adds)
            }
        };
        let stamped = Stamped { generation: self.generation, before, value };
        let sealed = stamped.seal(sealer, name, key);
        let sealed = sealed.ok_or(IndexError::Damaged("a value cannot be sealed"))?;
        turned.turn(stamped.adds(sealer, name, key, &sealed));
        Ok(Some((sealed, turned)))
    }

    /// Which checkpoint comes next, and the sum that it is to keep.
    pub(super) fn next(
        &mut self,
        engine: &Engine,
        sealer: &dyn Sealer,
    ) -> Result<(u64, Sum), IndexError> {
        let now = match self.now {
            Some(now) => now,
            None => sums(engine, sealer, self.generation)?.0,
        };
        self.now = Some(now);
        Ok((self.generation, now))
    }

    /// The checkpoint is durable: what was removed before it needs no trace any more.
    pub(super) fn passed(&mut self, engine: &Engine) -> Result<(), IndexError> {
        self.generation = self.generation.saturating_add(1);
        for (tree, key) in std::mem::take(&mut self.removed) {
            engine.apply(tree.name(), vec![(key, None)])?;
        }
        Ok(())
    }
}

/// Reads and opens everything: the sum of what is there, and of what was there at the checkpoint
/// of this generation.
pub(super) fn sums(
    engine: &Engine,
    sealer: &dyn Sealer,
    generation: u64,
) -> Result<(Sum, Sum), IndexError> {
    let (mut now, mut then) = (Sum::default(), Sum::default());
    for tree in Tree::ALL.map(Tree::name) {
        let mut scan = engine.scan(tree, &[])?;
        while let Some(pair) = scan.step(engine) {
            let (key, sealed) = pair?;
            let stamped = Stamped::open(sealer, tree, &key, &sealed)
                .ok_or_else(|| engine.condemn("a value does not open"))?;
            let adds = stamped.adds(sealer, tree, &key, &sealed);
            now.turn(adds);
            then.turn(if stamped.generation > generation { stamped.before } else { adds });
        }
    }
    Ok((now, then))
}
