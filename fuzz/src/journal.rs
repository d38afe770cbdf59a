//! The journal over whatever bytes its segments have.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use ceiba::store::{FileLayer, Journal, LayerFile, Position, Record, SealError, Sealer};

use super::input::{Input, joined};

/// Bytes in front of a frame's body, of a segment's header, and of their checksums.
const HEAD: usize = 20;
const HEADER: usize = 32;

/// Files in memory, all durable at once.
#[derive(Debug, Clone, Default)]
pub struct Files(Arc<Mutex<BTreeMap<PathBuf, Arc<File>>>>);

#[derive(Debug, Default)]
struct File(Mutex<Vec<u8>>);

impl Files {
    /// Puts a segment into the journal's folder.
    pub fn put(&self, segment: u32, bytes: Vec<u8>) {
        held(&self.0).insert(Self::path(segment), Arc::new(File(Mutex::new(bytes))));
    }

    /// The bytes of a segment.
    pub fn segment(&self, segment: u32) -> Vec<u8> {
        let files = held(&self.0);
        let file = files.get(&Self::path(segment)).expect("a segment");
        held(&file.0).clone()
    }

    fn path(segment: u32) -> PathBuf {
        Path::new(FOLDER).join(format!("{segment:08}.seg"))
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().expect("nobody panics while holding it")
}

impl FileLayer for Files {
    fn create(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        let file = Arc::<File>::default();
        held(&self.0).insert(path.to_owned(), Arc::clone(&file));
        Ok(Box::new(Open(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        let file = held(&self.0).get(path).cloned();
        let file = file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Box::new(Open(file)))
    }

    fn list(&self, _dir: &Path) -> io::Result<Vec<String>> {
        let names = held(&self.0);
        let names = names.keys().filter_map(|path| path.file_name()?.to_str());
        Ok(names.map(str::to_owned).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = held(&self.0);
        let file = files.remove(from).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        drop(held(&self.0).remove(path));
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct Open(Arc<File>);

impl LayerFile for Open {
    fn len(&self) -> io::Result<u64> {
        Ok(held(&self.0.0).len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = held(&self.0.0);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let count = buffer.len().min(bytes.len() - from);
        buffer[..count].copy_from_slice(&bytes[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, new: &[u8]) -> io::Result<()> {
        let mut bytes = held(&self.0.0);
        let from = usize::try_from(offset).expect("a small file");
        let end = from + new.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[from..end].copy_from_slice(new);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        held(&self.0.0).resize(usize::try_from(len).expect("a small file"), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Seals nothing: the seal would refuse all that the fuzzer makes.
struct Plain;

impl Sealer for Plain {
    fn seal(&self, _aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(plaintext.to_vec())
    }

    fn open(&self, _aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(sealed.to_vec())
    }

    fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
        *blake3::hash(data).as_bytes()
    }
}

/// Puts the checksums right of the header and of each frame that can be found from the front.
fn mend(segment: u32, bytes: &mut [u8]) {
    if bytes.len() < HEADER {
        return;
    }
    let sum = blake3::hash(&bytes[..24]);
    bytes[24..HEADER].copy_from_slice(&sum.as_bytes()[..8]);
    let mut at = HEADER;
    while at + HEAD <= bytes.len() {
        let length = bytes[at + 4..at + 8].try_into().map(u32::from_le_bytes);
        let length = usize::try_from(length.expect("four bytes")).expect("a small file");
        let Some(end) = (at + HEAD).checked_add(length).filter(|end| *end <= bytes.len()) else {
            at += 1;
            continue;
        };
        if bytes[at..at + 2] != [0xce, 0x1b] {
            at += 1;
            continue;
        }
        let offset = u32::try_from(at).expect("a small file");
        let mut hasher = blake3::Hasher::new();
        hasher.update(&Position { segment, offset }.to_bytes());
        hasher.update(&bytes[at..at + 12]).update(&bytes[at + HEAD..end]);
        bytes[at + 12..at + HEAD].copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        at = end;
    }
}

/// The folder of all journals.
pub const FOLDER: &str = "journal";

fn open(files: &Files) -> Journal {
    let opened = Journal::open(Path::new(FOLDER), Arc::new(files.clone()), Arc::new(Plain));
    let (journal, recovery) = opened.expect("damage is no error");
    drop(format!("{recovery:?}"));
    journal
}

fn scanned(journal: &Journal) -> Vec<Record> {
    let items: Vec<_> = journal.scan(Position::START).collect();
    let records: Vec<Record> = items.into_iter().filter_map(Result::ok).collect();
    for record in &records {
        assert_eq!(journal.read(record.position).as_ref().ok(), Some(record));
    }
    records
}

/// Segments with right and with wrong checksums: opening works, what was shown once is shown
/// again, and what is appended after it is there.
///
/// First byte: whether checksums are put right. Then segments.
pub fn journal(data: &[u8]) {
    let mut input = Input::new(data);
    let mended = input.byte() & 1 == 0;
    let files = Files::default();
    for segment in 1..4 {
        if input.is_empty() {
            break;
        }
        let mut bytes = input.part().to_vec();
        if mended {
            mend(segment, &mut bytes);
        }
        files.put(segment, bytes);
    }
    let mut journal = open(&files);
    let before = scanned(&journal);
    let position = journal.append(&[(1, b"after")]).expect("room for a record")[0];
    journal.commit().expect("memory");
    journal.close().expect("memory");
    let mut journal = open(&files);
    let after = scanned(&journal);
    let (last, rest) = after.split_last().expect("what was appended");
    assert_eq!((last.position, last.body.as_slice()), (position, b"after".as_slice()));
    assert_eq!(rest, before, "what was shown is shown again");
    let erased = journal.erase(&[position].into()).expect("memory");
    assert_eq!(erased, 1);
    assert_eq!(scanned(&journal), before);
}

/// Journals that were written rightly: closed, killed, in two segments with a hole.
pub fn journal_seeds() -> Vec<Vec<u8>> {
    let files = Files::default();
    let mut journal = open(&files);
    journal.append(&[(1, b"one"), (2, b"two")]).expect("small");
    journal.commit().expect("memory");
    journal.append(&[(3, b"three")]).expect("small");
    journal.commit().expect("memory");
    let killed = files.segment(1);
    journal.close().expect("memory");
    let closed = files.segment(1);
    let mut second = killed.clone();
    second[12] = 2;
    second[16..20].copy_from_slice(&u32::try_from(closed.len()).expect("small").to_le_bytes());
    let cut = &killed[..killed.len() - 3];
    vec![
        [vec![0], joined([&closed])].concat(),
        [vec![1], joined([&killed])].concat(),
        [vec![1], joined([cut])].concat(),
        [vec![0], joined([&closed, &second])].concat(),
        [vec![0], joined([cut, &second])].concat(),
    ]
}
