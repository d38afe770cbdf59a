//! Segments that were touched do not open.

use proptest::prelude::*;

use super::*;

const KEY: [u8; 32] = [7; 32];
const SEGMENT: usize = 16;
const SEALED: usize = SEGMENT + TAG_BYTES;

fn seal(content: &[u8], pieces: usize) -> Vec<u8> {
    let mut writer =
        SegmentWriter::new(Vec::new(), SegmentCipher::new(&KEY), b"data".to_vec(), SEGMENT);
    content.chunks(pieces.max(1)).for_each(|piece| writer.write(piece).unwrap());
    writer.finish().unwrap()
}

fn open_with(sealed: &[u8], key: &[u8; 32], associated: &[u8]) -> Result<Vec<u8>, SegmentError> {
    let cipher = SegmentCipher::new(key);
    let mut reader = SegmentReader::new(sealed, cipher, associated.to_vec(), SEGMENT);
    let mut content = Vec::new();
    while let Some(segment) = reader.next()? {
        content.extend_from_slice(&segment);
    }
    Ok(content)
}

fn open(sealed: &[u8]) -> Result<Vec<u8>, SegmentError> {
    open_with(sealed, &KEY, b"data")
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn lengths_around_the_boundaries_come_back() {
    for length in 0..3 * SEGMENT + 2 {
        let sealed = seal(&content(length), 5);
        assert_eq!(sealed.len() as u64, sealed_len(length as u64, SEGMENT));
        assert_eq!(open(&sealed).unwrap(), content(length), "{length}");
    }
}

#[test]
fn every_flipped_bit_and_every_truncation_is_found() {
    let sealed = seal(&content(2 * SEGMENT + 3), 64);
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1 << bit;
            assert!(open(&flipped).is_err(), "bit {bit} of byte {at}");
        }
        assert!(open(&sealed[..at]).is_err(), "cut off at {at}");
    }
    assert!(open(&[sealed, vec![0]].concat()).is_err());
}

#[test]
fn segments_stay_where_they_are() {
    let sealed = seal(&content(3 * SEGMENT), 64);
    let parts: Vec<&[u8]> = sealed.chunks(SEALED).collect();
    let [a, b, c] = parts[..] else { panic!("three segments") };
    for moved in [[b, a, c], [a, a, c], [a, b, b], [c, b, a]] {
        assert!(open(&moved.concat()).is_err());
    }
    assert!(open(&[a, c].concat()).is_err(), "one left out");
    assert!(open(&[a, b].concat()).is_err(), "the last left out");
    assert!(open(&[a, b, c, c].concat()).is_err(), "one more");
}

#[test]
fn after_an_error_nothing_comes() {
    let mut sealed = seal(&content(3 * SEGMENT), 64);
    sealed[0] ^= 1;
    let cipher = SegmentCipher::new(&KEY);
    let mut reader = SegmentReader::new(sealed.as_slice(), cipher, b"data".to_vec(), SEGMENT);
    assert!(reader.next().is_err());
    assert!(reader.next().unwrap().is_none());
}

#[test]
fn a_segment_opens_by_itself_and_at_its_place_only() {
    let sealed = seal(&content(3 * SEGMENT), 64);
    let cipher = SegmentCipher::new(&KEY);
    let open = |number, last| {
        let mut segment = sealed[SEALED..2 * SEALED].to_vec();
        cipher.open(number, last, b"data", &mut segment).map(|()| segment)
    };
    assert_eq!(open(1, false).unwrap(), content(3 * SEGMENT)[SEGMENT..2 * SEGMENT]);
    assert_eq!(open(0, false), Err(Unauthentic));
    assert_eq!(open(1, true), Err(Unauthentic));
}

#[test]
fn another_key_or_other_data_do_not_open_it() {
    let sealed = seal(&content(SEGMENT), 64);
    assert!(open_with(&sealed, &[8; 32], b"data").is_err());
    assert!(open_with(&sealed, &KEY, b"").is_err());
}

proptest! {
    #[test]
    fn content_comes_back_however_it_is_written(
        content in prop::collection::vec(any::<u8>(), 0..200),
        pieces in 1..70_usize,
    ) {
        prop_assert_eq!(open(&seal(&content, pieces)).unwrap(), content);
    }
}
