//! Crashes at any moment, quotas, and what a blob's folder says.

use super::*;
use crate::store::{OsFiles, sealer::testing::sealer};

fn shelf(root: &Path) -> Shelf {
    Shelf::open(&root.join("blobs"), Arc::new(OsFiles), sealer(1), DEFAULT_QUOTA).unwrap()
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| u8::try_from(place % 251).unwrap()).collect()
}

fn put(shelf: &Shelf, content: &[u8]) -> SealedFile {
    let secret = Zeroizing::new([7; 32]);
    shelf.put(1, secret, content, content.len() as u64, |_| {}).unwrap()
}

fn get(shelf: &Shelf, reference: &BlobRef) -> Result<Vec<u8>, OpenError> {
    let mut file = Vec::new();
    shelf.get(reference, &mut file, |_, _| {})?;
    Ok(file)
}

#[test]
fn what_is_put_is_got_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let content = content(700_000);
    let sealed = put(&shelf(folder.path()), &content);
    let shelf = shelf(folder.path());
    assert_eq!(get(&shelf, &sealed.reference).unwrap(), content);
    assert!(shelf.is_whole(&sealed.reference.id).unwrap());
    assert!(shelf.held(&sealed.reference.id).unwrap().unwrap().segments.is_full());
    shelf.remove(&sealed.reference.id).unwrap();
    assert_eq!(shelf.held(&sealed.reference.id).unwrap(), None);
    assert!(get(&shelf, &sealed.reference).is_err());
}

#[test]
fn no_content_lies_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = shelf(folder.path());
    let text = b"a face by the river ".repeat(5000);
    let sealed = put(&shelf, &text);
    shelf.want(&sealed.reference.id, &CircleId::new([0x5a; 32]), 1).unwrap();
    for entry in fs::read_dir(folder.path().join("blobs")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for needle in [b"by the river".as_slice(), &[0x5a; 12], &[7; 12]] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        }
    }
}

#[test]
fn a_download_goes_on_from_what_was_durable() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, to) = (shelf(one.path()), shelf(other.path()));
    let content = content(1_000_000);
    let SealedFile { reference, manifest } = put(&from, &content);
    to.want(&reference.id, &CircleId::new([1; 32]), reference.size).unwrap();
    assert_eq!(to.wanted().unwrap().len(), 1);
    to.begin(&manifest, Why::Asked).unwrap();
    let mut held = to.held(&reference.id).unwrap().unwrap().segments;
    assert_eq!(held.held(), 0);
    for segment in [2, 0] {
        to.write(&manifest, segment, &from.read(&manifest, segment).unwrap()).unwrap();
        held.set(segment, true);
    }
    to.keep(&manifest, &held).unwrap();
    // Written, but nothing says so: a kill comes here.
    to.write(&manifest, 1, &from.read(&manifest, 1).unwrap()).unwrap();
    let to = shelf(other.path());
    assert_eq!(to.held(&reference.id).unwrap().unwrap().segments, held);
    assert!(get(&to, &reference).is_err(), "a part of it is no file");
    to.begin(&manifest, Why::Asked).unwrap();
    for segment in held.clone().missing() {
        to.write(&manifest, segment, &from.read(&manifest, segment).unwrap()).unwrap();
        held.set(segment, true);
    }
    to.keep(&manifest, &held).unwrap();
    assert_eq!(get(&to, &reference).unwrap(), content);
    assert!(to.wanted().unwrap().is_empty());
    assert_eq!(to.served(&reference.id).unwrap(), BTreeSet::new(), "nobody said where it came");
}

#[test]
fn what_the_disk_changed_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = shelf(folder.path());
    let SealedFile { reference, manifest } = put(&shelf, &content(600_000));
    let path = folder.path().join("blobs").join(format!("{}.blob", reference.id));
    let mut bytes = fs::read(&path).unwrap();
    bytes[300_000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(shelf.read(&manifest, 0).is_ok());
    assert_eq!(shelf.read(&manifest, 1).unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(matches!(get(&shelf, &reference), Err(OpenError::Damaged { segment: 1 })));
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(!shelf.held(&reference.id).unwrap().unwrap().segments.is_full());
}

#[test]
fn a_broken_reader_leaves_nothing() {
    struct Broken(usize);
    impl io::Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 3 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(buffer.len()) }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let shelf = shelf(folder.path());
    let secret = Zeroizing::new([7; 32]);
    assert!(shelf.put(1, secret, Broken(0), 1000, |_| {}).is_err());
    assert_eq!(shelf.used(), 0);
}

#[test]
fn what_a_crash_left_of_sealing_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    drop(shelf(folder.path()));
    fs::write(folder.path().join("blobs/new-0000000000000001.tmp"), b"half").unwrap();
    assert_eq!(shelf(folder.path()).used(), 0);
}

#[test]
fn the_quota_holds() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("blobs");
    let shelf = Shelf::open(&root, Arc::new(OsFiles), sealer(1), 600_000).unwrap();
    put(&shelf, &content(400_000));
    let secret = Zeroizing::new([8; 32]);
    let refused = shelf.put(2, secret, content(400_000).as_slice(), 400_000, |_| {});
    assert!(matches!(refused, Err(ShelfError::Quota { .. })));
    let wanted = shelf.want(&BlobId::new([1; 32]), &CircleId::new([1; 32]), 400_000);
    assert!(matches!(wanted, Err(ShelfError::Quota { .. })));
    let huge = shelf.want(&BlobId::new([1; 32]), &CircleId::new([1; 32]), u64::MAX);
    assert!(matches!(huge, Err(ShelfError::TooLarge)));
}

#[test]
fn what_nobody_asked_for_takes_no_room_from_what_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let root = folder.path().join("blobs");
    let open = || Shelf::open(&root, Arc::new(OsFiles), sealer(1), 600_000).unwrap();
    let here = open();
    let SealedFile { manifest, .. } = put(&shelf(elsewhere.path()), &content(400_000));
    here.begin(&manifest, Why::Unasked).unwrap();
    assert!(matches!(here.check_unasked(400_000), Err(ShelfError::Quota { .. })));
    // As much again can be sealed; and so it is after a restart.
    for here in [here, open()] {
        assert_eq!(here.why(&manifest.id()), Some(Why::Unasked));
        let number = here.used();
        let secret = Zeroizing::new([8; 32]);
        here.put(number, secret, content(250_000).as_slice(), 250_000, |_| {}).unwrap();
    }
    // A person asks for it: then it counts with what people asked for.
    let here = open();
    let asked = here.want(&manifest.id(), &CircleId::new([1; 32]), 400_000);
    assert!(matches!(asked, Err(ShelfError::Quota { .. })));
    here.want(&manifest.id(), &CircleId::new([1; 32]), 1000).unwrap();
    assert_eq!(open().why(&manifest.id()), Some(Why::Asked));
}

#[test]
fn what_is_damaged_keeps_what_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = shelf(folder.path());
    let SealedFile { reference, manifest } = put(&shelf, &content(600_000));
    let id = reference.id;
    assert!(!shelf.mend(&id).unwrap(), "there is nothing to mend");
    // A list that is lost is made again.
    let list = folder.path().join("blobs").join(format!("{id}.manifest"));
    fs::remove_file(&list).unwrap();
    assert!(!shelf.is_whole(&id).unwrap());
    assert!(!shelf.mend(&id).unwrap());
    assert!(shelf.is_whole(&id).unwrap());
    let path = folder.path().join("blobs").join(format!("{id}.blob"));
    let mut bytes = fs::read(&path).unwrap();
    bytes[300_000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(shelf.mend(&id).unwrap());
    let held = shelf.held(&id).unwrap().unwrap();
    assert_eq!(held.segments.missing().collect::<Vec<_>>(), [1]);
    // What is missing comes again.
    bytes[300_000] ^= 1;
    shelf.begin(&manifest, Why::Asked).unwrap();
    shelf.write(&manifest, 1, &bytes[262_144..524_288]).unwrap();
    shelf.keep(&manifest, &Bitmap::all(3)).unwrap();
    assert_eq!(get(&shelf, &reference).unwrap(), content(600_000));
}
