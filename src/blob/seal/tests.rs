//! Every kind of damage, and what memory a large file takes.

use proptest::prelude::*;

use super::*;

fn sealed(content: &[u8]) -> (SealedFile, Vec<Vec<u8>>) {
    let mut segments = Vec::new();
    let each = |segment: &[u8]| {
        segments.push(segment.to_vec());
        Ok(())
    };
    let sealed = seal(Zeroizing::new([7; 32]), content, each).unwrap();
    (sealed, segments)
}

fn opened(sealed: &SealedFile, segments: &[Vec<u8>]) -> Result<Vec<u8>, OpenError> {
    opened_by(&sealed.reference, &sealed.manifest, segments)
}

fn opened_by(
    reference: &BlobRef,
    manifest: &Manifest,
    segments: &[Vec<u8>],
) -> Result<Vec<u8>, OpenError> {
    let mut file = Vec::new();
    let read = |segment: usize| {
        segments.get(segment).cloned().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    };
    open(reference, manifest, read, &mut file)?;
    Ok(file)
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| u8::try_from(place % 251).unwrap()).collect()
}

#[test]
fn files_of_every_length_around_the_edges_come_back() {
    let edges = [0, 1, 255, 256, CONTENT_BYTES - 1, CONTENT_BYTES, CONTENT_BYTES + 1];
    for bytes in edges.into_iter().chain([2 * CONTENT_BYTES, 3 * CONTENT_BYTES + 17]) {
        let content = content(bytes);
        let (sealed, segments) = sealed(&content);
        let length: usize = segments.iter().map(Vec::len).sum();
        assert_eq!(sealed.manifest.length(), length as u64, "{bytes}");
        assert_eq!(sealed.manifest.segments(), segments.len(), "{bytes}");
        assert_eq!(sealed.reference.size, bytes as u64);
        assert_eq!(opened(&sealed, &segments).unwrap(), content, "{bytes}");
    }
}

#[test]
fn the_length_tells_a_class_only() {
    let length = |bytes: usize| sealed(&content(bytes)).0.manifest.length();
    assert_eq!(length(0), length(200));
    assert_eq!(length(1_000_000), length(1_000_900));
    assert!(length(1_000_000) < 1_130_000);
}

#[test]
fn a_flipped_byte_in_any_segment_is_found_where_it_is() {
    let (sealed, segments) = sealed(&content(3 * CONTENT_BYTES));
    for segment in 0..segments.len() {
        for place in [0, segments[segment].len() / 2, segments[segment].len() - 1] {
            let mut damaged = segments.clone();
            damaged[segment][place] ^= 1;
            let error = opened(&sealed, &damaged).unwrap_err();
            assert!(
                matches!(error, OpenError::Damaged { segment: at } if at == segment),
                "{error}"
            );
        }
    }
}

#[test]
fn missing_swapped_or_cut_segments_are_found() {
    let (sealed, segments) = sealed(&content(3 * CONTENT_BYTES));
    let mut swapped = segments.clone();
    swapped.swap(0, 1);
    assert!(matches!(opened(&sealed, &swapped), Err(OpenError::Damaged { segment: 0 })));
    let mut cut = segments.clone();
    cut.pop();
    assert!(matches!(opened(&sealed, &cut), Err(OpenError::Io(_))));
    let mut short = segments.clone();
    short.last_mut().unwrap().pop();
    assert!(matches!(opened(&sealed, &short), Err(OpenError::Damaged { .. })));
    let mut without = segments;
    without.remove(1);
    assert!(matches!(opened(&sealed, &without), Err(OpenError::Damaged { segment: 1 })));
}

/// Somebody in the circle can make a new list of altered segments; they do not open.
#[test]
fn a_manifest_of_moved_segments_does_not_open_either() {
    let (sealed, mut segments) = sealed(&content(3 * CONTENT_BYTES));
    segments.swap(0, 1);
    let digests: Vec<[u8; 32]> = segments.iter().map(|segment| digest_of(segment)).collect();
    let manifest = Manifest::new(sealed.manifest.length(), &digests).unwrap();
    let secret = Zeroizing::new([7; 32]);
    let reference = BlobRef::new(manifest.id(), sealed.reference.size, secret);
    let error = opened_by(&reference, &manifest, &segments).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { segment: 0 }));
}

#[test]
fn another_key_another_length_or_another_manifest_opens_nothing() {
    let (sealed, segments) = sealed(&content(300_000));
    let SealedFile { reference, manifest } = &sealed;
    let other_key = BlobRef::new(reference.id, reference.size, Zeroizing::new([8; 32]));
    let error = opened_by(&other_key, manifest, &segments).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { segment: 0 }));
    let longer = BlobRef::new(reference.id, reference.size * 2, Zeroizing::new([7; 32]));
    assert!(matches!(opened_by(&longer, manifest, &segments), Err(OpenError::Length)));
    let fewer = BlobRef::new(reference.id, reference.size - 1, Zeroizing::new([7; 32]));
    assert!(opened_by(&fewer, manifest, &segments).is_err(), "a byte of content is no padding");
    let (other, _) = self::sealed(&content(300_001));
    assert!(matches!(opened_by(reference, &other.manifest, &segments), Err(OpenError::Length)));
}

#[test]
fn a_file_above_the_limit_is_refused() {
    let endless = io::repeat(0).take(MAX_BLOB_BYTES + 1);
    // The segments go nowhere; what is proven is that it ends, and with what.
    let mut kept = 0_u64;
    let each = |segment: &[u8]| {
        kept += segment.len() as u64;
        if kept > 8 * SEGMENT_BYTES as u64 {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    };
    let error = seal(Zeroizing::new([7; 32]), endless, each).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull, "an error of the disk ends it");
}

/// 64 MiB through sealing and opening: what was read and not yet given on is never more than one
/// segment, so no more is held, whatever the length.
#[test]
fn a_large_file_is_held_one_segment_at_a_time() {
    use std::cell::Cell;
    const LARGE: usize = 64 * 1024 * 1024;
    let (read, given, most) = (Cell::new(0_usize), Cell::new(0_usize), Cell::new(0_usize));
    struct Counted<'a>(&'a Cell<usize>);
    impl Read for Counted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(LARGE - self.0.get());
            buffer[..count].fill(5);
            self.0.set(self.0.get() + count);
            Ok(count)
        }
    }
    let mut segments = 0;
    let sealed = seal(Zeroizing::new([7; 32]), Counted(&read), |segment| {
        most.set(most.get().max(read.get().saturating_sub(given.get())));
        given.set(given.get() + segment.len());
        segments += 1;
        Ok(())
    });
    let sealed = sealed.unwrap();
    assert_eq!(sealed.reference.size, LARGE as u64);
    assert!(segments >= 256 && most.get() <= SEGMENT_BYTES, "{} bytes held", most.get());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_content_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (sealed, segments) = sealed(&bytes);
        prop_assert_eq!(opened(&sealed, &segments).unwrap(), bytes);
    }
}
