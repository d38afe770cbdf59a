//! What lies in a home for whoever has it and its passphrase.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use ceiba::{
    crypto::{
        EpochSecret, GrantSet, Keystore, Label, Passphrase, Position as Place, StoreKey, payload,
    },
    log::{Header, Kind, Run},
    model::id::{CircleId, EpochId},
    replica::documents::packing::unpack,
    store::{Home, Index, IndexOptions, Journal, Position, SealError, Sealer, Tree},
    wire::replica::RunRecord,
};
use flate2::{Decompress, FlushDecompress};
use prost::Message;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

struct StoreSealer(StoreKey, Mutex<ChaCha20Rng>);

impl Sealer for StoreSealer {
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(self.0.seal(aad, plaintext, &mut *self.1.lock().unwrap()))
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let opened = self.0.open(aad, sealed).map_err(|_refused| SealError)?;
        Ok(opened.to_vec())
    }

    fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
        self.0.keyed_hash(data)
    }
}

/// Bytes that something inflates to, from which on it is no accident.
const LEAST_INFLATED: usize = 16;

/// What a home holds, opened as far as its own keys open it, and inflated.
pub(super) struct Seized {
    /// Every byte that lies in it or comes out.
    bytes: Vec<u8>,
    /// Grants in it, and how many of them open.
    pub(super) grants: usize,
    pub(super) opened: usize,
    /// Entries of kind `deposit`.
    pub(super) deposits: usize,
}

impl Seized {
    pub(super) fn of(home: &Path, passphrase: &str) -> Self {
        let mut seized = Self { bytes: Vec::new(), grants: 0, opened: 0, deposits: 0 };
        let (mut runs, mut secrets) = (Vec::new(), BTreeMap::new());
        seized.take_files(home);
        // Those are sealed: what is deflated comes out of them.
        let sealed_bytes = seized.bytes.len();
        let store = Home::open(home).unwrap();
        let sealed = store.read_keystore().unwrap().unwrap();
        let keystore = Keystore::open(&sealed, &Passphrase::new(passphrase)).unwrap();
        let rng = Mutex::new(ChaCha20Rng::from_seed([1; 32]));
        let sealer: Arc<dyn Sealer> = Arc::new(StoreSealer(keystore.store_key.clone(), rng));
        let anchor = [Label::JournalFrame.text().as_bytes(), b"\0anchor"].concat();
        let anchor = keystore.store_key.open(&anchor, &store.read_anchor().unwrap().unwrap());
        seized.bytes.extend(anchor.unwrap().as_slice());
        let files = Arc::clone(store.files());
        let journal = Journal::open(&store.paths().journal(), files, Arc::clone(&sealer));
        let (journal, _recovery) = journal.unwrap();
        for record in journal.scan(Position::START) {
            let record = record.unwrap();
            seized.bytes.extend(&record.body);
            if let Ok(run) = RunRecord::decode(record.body.as_slice())
                && record.kind == 2
            {
                seized.take_grants(&run, &keystore, &mut secrets);
                runs.push(run);
            }
        }
        for run in &runs {
            seized.take_payloads(run, &secrets);
        }
        let options = IndexOptions::default();
        let index = Index::open(&store.paths().index(), sealer, journal.end(), options);
        let (index, _rebuild) = index.unwrap();
        for tree in Tree::ALL {
            for pair in index.scan(tree).unwrap() {
                let (key, value) = pair.unwrap();
                seized.bytes.extend(key.iter().chain(&value));
            }
        }
        let inflated = inflated(&seized.bytes[sealed_bytes..]);
        seized.bytes.extend(inflated);
        seized
    }

    fn take_files(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.take_files(&path);
            } else if path.is_file() {
                self.bytes.extend(path.to_str().unwrap().bytes());
                self.bytes.extend(fs::read(&path).unwrap());
            }
        }
    }

    fn take_grants(
        &mut self,
        record: &RunRecord,
        keystore: &Keystore,
        secrets: &mut BTreeMap<EpochId, EpochSecret>,
    ) {
        let circle = CircleId::try_from(record.circle.as_slice()).unwrap();
        for entry in Run::decode(&record.run).unwrap().entries {
            let header = Header::decode(&entry.header).unwrap();
            self.deposits += usize::from(header.kind == Kind::Deposit);
            for payload in entry.payloads.iter().flatten().filter(|_| header.kind == Kind::Grant) {
                let set = GrantSet::decode(payload).unwrap();
                let device = keystore.device.device();
                self.grants += set.grants.len();
                let opened = set.open(&circle, &device, &keystore.device.receiving);
                if let Some(secret) = opened.ok().flatten() {
                    self.opened += 1;
                    secrets.insert(secret.id(), secret);
                }
            }
        }
    }

    /// What the secrets open: its plaintext, and that unpacked.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
    fn take_payloads(&mut self, record: &RunRecord, secrets: &BTreeMap<EpochId, EpochSecret>) {
        let circle = CircleId::try_from(record.circle.as_slice()).unwrap();
        for entry in Run::decode(&record.run).unwrap().entries {
            let header = Header::decode(&entry.header).unwrap();
            let Some(secret) = secrets.get(&header.epoch) else { continue };
            for (index, sealed) in (0..).zip(&entry.payloads) {
                let Some(sealed) = sealed else { continue };
                let place = Place {
                    circle,
                    log: header.log,
                    seq: header.seq,
                    index,
                    kind: header.kind.number(),
                    decision: header.decision,
                    epoch: header.epoch,
                };
                let opened = match header.kind {
                    Kind::Deposit => payload::deposit::open(secret, &place, sealed).unwrap(),
                    Kind::Changes => payload::open(secret, &place, sealed).unwrap(),
                    _other => continue,
                };
                self.bytes.extend(opened.as_slice());
                self.bytes.extend(unpack(&header.log, &opened).unwrap().changes.concat());
            }
        }
    }

    pub(super) fn shows(&self, text: &str) -> bool {
        self.bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// Whatever is deflated anywhere in these bytes: documents are saved so.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let (mut found, mut inflater) = (Vec::new(), Decompress::new(false));
    for start in 0..bytes.len() {
        inflater.reset(false);
        let mut out = Vec::with_capacity(1 << 14);
        let rest = &bytes[start..];
        drop(inflater.decompress_vec(rest, &mut out, FlushDecompress::Finish));
        if out.len() >= LEAST_INFLATED {
            found.extend(out);
        }
    }
    found
}
