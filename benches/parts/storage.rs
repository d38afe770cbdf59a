//! Journal and index, on the disk of the project.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use ceiba::{
    crypto::StoreKey,
    store::{
        Index, IndexBatch, IndexOptions, Journal, Key, OsFiles, Position, SealError, Sealer, Tree,
    },
};
use criterion::{Criterion, Throughput};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

/// Bytes of a frame or a value: a record's.
const RECORD: usize = 900;
/// Values that the index holds while it is asked, and that one batch has.
const VALUES: u32 = 10_000;
const BATCH: u32 = 500;

/// Seals as the node does.
struct StoreSealer {
    key: StoreKey,
    rng: Mutex<ChaCha20Rng>,
}

impl StoreSealer {
    fn shared() -> Arc<dyn Sealer> {
        let rng = Mutex::new(ChaCha20Rng::seed_from_u64(1));
        Arc::new(Self { key: StoreKey::from_bytes(&[1; 32]), rng })
    }
}

impl Sealer for StoreSealer {
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut rng = self.rng.lock().map_err(|_poisoned| SealError)?;
        Ok(self.key.seal(aad, plaintext, &mut *rng))
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.key.open(aad, sealed).map(|it| it.to_vec()).map_err(|_refused| SealError)
    }

    fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
        self.key.keyed_hash(data)
    }
}

/// Many systems have their temporary files in memory, where an fdatasync costs nothing.
fn target() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&target).unwrap();
    target
}

pub(crate) fn journal(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(target()).unwrap();
    let opened = Journal::open(folder.path(), Arc::new(OsFiles), StoreSealer::shared());
    let (mut journal, _recovery) = opened.unwrap();
    let body = vec![7; RECORD];
    let mut group = c.benchmark_group("journal/append and commit");
    for frames in [1, 500] {
        let batch: Vec<(u8, &[u8])> = vec![(1, body.as_slice()); frames];
        group.throughput(Throughput::Elements(frames as u64));
        group.bench_function(format!("{frames} frames"), |b| {
            b.iter(|| {
                journal.append(&batch).unwrap();
                journal.commit().unwrap()
            });
        });
    }
    group.finish();
}

pub(crate) fn index(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(target()).unwrap();
    let opened = Index::open(
        &folder.path().join("index"),
        StoreSealer::shared(),
        Position::START,
        IndexOptions::default(),
    );
    let (index, _rebuild) = opened.unwrap();
    let value = vec![7; RECORD];
    let put = |numbers: std::ops::Range<u32>| {
        let mut batch = IndexBatch::new();
        for number in numbers {
            batch.put(Tree::Documents, Key::Keyed(&number.to_le_bytes()), value.clone());
        }
        index.apply(batch).unwrap();
    };
    for from in (0..VALUES).step_by(500) {
        put(from..from + BATCH);
    }
    let mut group = c.benchmark_group("index");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.bench_function("put 500", |b| b.iter(|| put(0..BATCH)));
    group.throughput(Throughput::Elements(1));
    let mut number = 0_u32;
    group.bench_function("get of 10,000", |b| {
        b.iter(|| {
            number = (number + 7_919) % VALUES;
            index.get(Tree::Documents, Key::Keyed(&number.to_le_bytes())).unwrap()
        });
    });
    group.finish();
}
