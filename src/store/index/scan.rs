//! Going through a tree.

use std::{fmt, sync::Arc};

use super::{
    IndexError, Tree,
    engine::{Engine, EngineScan, Pair},
    stamp,
};
use crate::store::Sealer;

/// The keys (as they lie on disk) and values of a tree; ends after the first error.
pub struct IndexScan {
    engine: Arc<Engine>,
    sealer: Arc<dyn Sealer>,
    tree: Tree,
    inner: Option<EngineScan>,
}

impl IndexScan {
    pub(super) fn new(
        engine: Arc<Engine>,
        sealer: Arc<dyn Sealer>,
        tree: Tree,
        prefix: &[u8],
    ) -> Result<Self, IndexError> {
        let inner = Some(engine.scan(tree.name(), prefix)?);
        Ok(Self { engine, sealer, tree, inner })
    }

    fn step(&mut self) -> Option<Result<Pair, IndexError>> {
        loop {
            let (key, sealed) = match self.inner.as_mut()?.step(&self.engine)? {
                Ok(pair) => pair,
                Err(error) => return Some(Err(error)),
            };
            let place = (self.tree.name(), key.as_slice());
            match stamp::open_value(&self.engine, &*self.sealer, place, &sealed) {
                Ok(Some(value)) => return Some(Ok((key, value))),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Iterator for IndexScan {
    type Item = Result<(Vec<u8>, Vec<u8>), IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.step();
        if !matches!(item, Some(Ok(_))) {
            self.inner = None;
        }
        item
    }
}

impl fmt::Debug for IndexScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexScan").field("tree", &self.tree).finish_non_exhaustive()
    }
}
