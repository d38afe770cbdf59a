use super::*;
use crate::store::{OsFiles, sealer::testing::sealer};

const ROOM: Limit = Limit { bytes: 10_000_000, reserve: 0 };

fn inbox(folder: &Path) -> Inbox {
    Inbox::open(&folder.join("openrosa"), Arc::new(OsFiles), sealer(1), ROOM).unwrap()
}

fn read(inbox: &Inbox, name: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = inbox.stream("part", name)?.unwrap();
    let mut all = Vec::new();
    while let Some(bytes) = stream.next_chunk()? {
        all.extend(bytes);
    }
    Ok(all)
}

fn write(inbox: &Inbox, id: u8, name: &[u8], bytes: &[u8], piece: usize) {
    let mut draft = inbox.draft([id; STREAM_ID_BYTES]).unwrap();
    for piece in bytes.chunks(piece) {
        draft.write(piece).unwrap();
    }
    inbox.keep(draft.finish().unwrap(), "part", name).unwrap();
}

#[test]
fn values_and_streams_come_back_and_nothing_is_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(folder.path());
    assert_eq!(inbox.get("entry", b"a").unwrap(), None);
    assert!(!folder.path().join("openrosa").exists(), "a door that was never open leaves nothing");
    inbox.put("entry", b"uuid:canary", b"canary one").unwrap();
    inbox.put("entry", b"uuid:canary", b"canary two").unwrap();
    inbox.put("entry", b"b", b"three").unwrap();
    for (id, size) in [(1, 0_usize), (2, 1), (3, 65_536), (4, 65_537), (5, 200_000)] {
        let bytes: Vec<u8> = b"canary".iter().copied().cycle().take(size).collect();
        write(&inbox, id, &[id], &bytes, 1_000);
        assert_eq!(read(&inbox, &[id]).unwrap(), bytes, "{size}");
    }
    assert_eq!(inbox.get("entry", b"uuid:canary").unwrap().unwrap(), b"canary two");
    for entry in fs::read_dir(folder.path().join("openrosa")).unwrap() {
        let entry = entry.unwrap();
        assert!(!entry.file_name().to_string_lossy().contains("canary"));
        let bytes = fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
    }
    let mut stream = inbox.stream("part", &[5]).unwrap().unwrap();
    stream.skip(3).unwrap();
    assert_eq!(stream.next_chunk().unwrap().unwrap().len(), 200_000 - 3 * 65_536);
    assert!(stream.has_ended() && stream.next_chunk().unwrap().is_none());
    let mut stream = inbox.stream("part", &[5]).unwrap().unwrap();
    stream.skip(u64::MAX).unwrap();
    assert!(stream.next_chunk().unwrap().is_none());
    let used = inbox.used();
    let again = self::inbox(folder.path());
    assert_eq!(again.used(), used);
    assert_eq!(again.get("entry", b"b").unwrap().unwrap(), b"three");
    again.remove("part", &[5]).unwrap();
    again.remove("part", &[5]).unwrap();
    assert!(again.used() < used && again.stream("part", &[5]).unwrap().is_none());
}

#[test]
fn what_is_not_finished_leaves_nothing_and_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(folder.path());
    let mut draft = inbox.draft([1; STREAM_ID_BYTES]).unwrap();
    draft.write(&[7; 200_000]).unwrap();
    assert!(inbox.used() > 100_000);
    drop(draft);
    assert_eq!(inbox.used(), 0);
    let mut draft = inbox.draft([2; STREAM_ID_BYTES]).unwrap();
    draft.write(&[7; 200_000]).unwrap();
    std::mem::forget(draft);
    let again = self::inbox(folder.path());
    assert_eq!(again.used(), 0);
    assert_eq!(fs::read_dir(folder.path().join("openrosa")).unwrap().count(), 0);
}

#[test]
fn room_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("openrosa");
    let inbox =
        Inbox::open(&dir, Arc::new(OsFiles), sealer(1), Limit { bytes: 100_000, ..ROOM }).unwrap();
    let full = |error: io::Error| error.kind() == io::ErrorKind::StorageFull;
    let mut draft = inbox.draft([1; STREAM_ID_BYTES]).unwrap();
    assert!(full(draft.write(&[7; 200_000]).unwrap_err()));
    drop(draft);
    inbox.put("entry", b"a", &[1; 60_000]).unwrap();
    assert!(full(inbox.put("entry", b"b", &[1; 60_000]).unwrap_err()));
    inbox.remove("entry", b"a").unwrap();
    inbox.put("entry", b"b", &[1; 60_000]).unwrap();
}

#[test]
fn what_the_journal_needs_of_the_disk_is_left_free() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("openrosa");
    // More than any disk has.
    let limit = Limit { reserve: u64::MAX, ..ROOM };
    let inbox = Inbox::open(&dir, Arc::new(OsFiles), sealer(1), limit).unwrap();
    let full = |error: io::Error| error.kind() == io::ErrorKind::StorageFull;
    assert!(full(inbox.put("entry", b"a", &[1; 10]).unwrap_err()));
    assert!(full(inbox.draft([1; STREAM_ID_BYTES]).unwrap_err()));
    assert_eq!((inbox.used(), inbox.get("entry", b"a").unwrap()), (0, None));
    // But for the notes by which there is room again.
    inbox.note("entry", b"a", &[1; 10]).unwrap();
    assert_eq!(inbox.get("entry", b"a").unwrap().unwrap(), [1; 10]);
    let used = inbox.used();
    inbox.note("entry", b"a", &[2; 10]).unwrap();
    assert!(used > 0 && inbox.used() == used);
}

#[test]
fn chunks_that_were_moved_cut_off_or_changed_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(folder.path());
    write(&inbox, 1, b"a", &[7; 150_000], 150_000);
    let path = inbox.dir.join(inbox.file("part", b"a"));
    let whole = fs::read(&path).unwrap();
    let chunk = u32::from_le_bytes(whole[16..20].try_into().unwrap()) as usize + 4;
    let swapped =
        [&whole[..16], &whole[16 + chunk..16 + 2 * chunk], &whole[16..16 + chunk]].concat();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    for bad in [&whole[..16 + chunk], &whole[..16 + chunk + 9], &swapped, &flipped, &whole[..16]] {
        fs::write(&path, bad).unwrap();
        assert!(read(&inbox, b"a").is_err());
    }
}
