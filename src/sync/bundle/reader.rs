//! Takes items out of one part.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::{
    Item, Preface,
    item::{ItemError, MAX_ITEM_BYTES, MAX_LENGTH_BYTES},
};
use crate::crypto::{
    Label,
    bundle::{Colophon, Envelope, ItemsHasher, SEGMENT_BYTES, padded_len},
    segment::{SegmentError, SegmentReader},
};

/// Why a part is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Changed on the way, or not all of it is there.
    #[error("it is damaged, or not all of it is there")]
    Damaged,
    /// It opens and holds together, and is no bundle that this version reads.
    #[error("its content is not readable: a defect made it, or a lie")]
    Malformed,
    /// Its maker runs another version of the program. Nobody is to blame.
    #[error("it is laid out as version {0}, which this version of the program does not know")]
    Version(u32),
    /// Who it names did not sign it.
    #[error("it is not signed by the device that it names")]
    Unsigned,
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<SegmentError> for PartError {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Unauthentic(_) => Self::Damaged,
            SegmentError::Io(error) => Self::Io(error),
        }
    }
}

impl From<ItemError> for PartError {
    fn from(error: ItemError) -> Self {
        match error {
            ItemError::Malformed => Self::Malformed,
            ItemError::Version(version) => Self::Version(version),
        }
    }
}

/// What a whole and rightly signed part says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartInfo {
    /// Who made it, and which part it is.
    pub preface: Preface,
    /// Whether no part follows.
    pub last: bool,
    /// By which a second reading is held to be the same.
    seen: Seen,
}

/// What was read: the stanzas, and each segment's content. A medium may answer otherwise when it is
/// read again, and another recipient could have sealed that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    header: [u8; 32],
    segments: Vec<[u8; 32]>,
}

/// One part while it is read.
#[derive(Debug)]
pub struct PartReader<R> {
    segments: SegmentReader<R>,
    header: [u8; 32],
    hasher: ItemsHasher,
    /// What was opened and not taken yet, from `at` on.
    opened: Zeroizing<Vec<u8>>,
    at: usize,
    /// Bytes of items that were taken.
    taken: u64,
    preface: Option<Preface>,
    ended: bool,
    /// Digests of the segments so far, while the part is checked.
    seen: Vec<[u8; 32]>,
    /// Those of the part that was checked, when it is read again.
    expected: Option<std::vec::IntoIter<[u8; 32]>>,
}

impl<R: Read> PartReader<R> {
    /// Reads a part whose envelope opened; `sealed` is what follows the envelope's header.
    pub fn new(sealed: R, envelope: Envelope) -> Self {
        let header = envelope.digest();
        let cipher = envelope.into_cipher();
        Self {
            segments: SegmentReader::new(sealed, cipher, header.to_vec(), SEGMENT_BYTES),
            header,
            hasher: ItemsHasher::default(),
            opened: Zeroizing::default(),
            at: 0,
            taken: 0,
            preface: None,
            ended: false,
            seen: Vec::new(),
            expected: None,
        }
    }

    /// Reads a part that [was checked](Self::check) again, and gives nothing that is not the same.
    ///
    /// # Errors
    /// When the envelope is another.
    pub fn again(sealed: R, envelope: Envelope, info: &PartInfo) -> Result<Self, PartError> {
        if envelope.digest() != info.seen.header {
            return Err(PartError::Damaged);
        }
        let expected = Some(info.seen.segments.clone().into_iter());
        Ok(Self { expected, ..Self::new(sealed, envelope) })
    }

    /// Reads a part to its end, and proves that it is whole and signed by the device that it names.
    /// Nothing of it is to be used before.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(mut self) -> Result<PartInfo, PartError> {
        loop {
            let item = self.next_item()?.ok_or(PartError::Malformed)?;
            if let Item::Seal { last, .. } = item {
                let preface = self.preface.ok_or(PartError::Malformed)?;
                let seen = Seen { header: self.header, segments: self.seen };
                return Ok(PartInfo { preface, last, seen });
            }
        }
    }

    /// The next item; the last one is an [`Item::Seal`], which is given only when its signature is
    /// right and nothing but padding follows.
    ///
    /// # Errors
    /// When there is none that can be read.
    pub fn next_item(&mut self) -> Result<Option<Item>, PartError> {
        if self.ended {
            return Ok(None);
        }
        let read = self.read_item();
        // Nothing comes after the last item, nor after an error.
        self.ended = !matches!(&read, Ok(item) if !matches!(item, Item::Seal { .. }));
        read.map(Some)
    }

    /// The next items, of about so many bytes in memory; whether the part ends with them. Statements
    /// of one circle come together, as who is in is worked out anew from each of these items.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn next_items(&mut self, max_bytes: usize) -> Result<(Vec<Item>, bool), PartError> {
        let (mut items, mut bytes) = (Vec::<Item>::new(), 0_usize);
        while bytes < max_bytes {
            let item = match self.next_item()? {
                // Nothing is made of these: there may be millions.
                Some(Item::Unknown | Item::Preface(_)) => continue,
                Some(Item::Seal { .. }) | None => return Ok((items, true)),
                Some(item) => item,
            };
            let last = items.last_mut().map(|last| (last.weight(), last));
            let (before, item) = match last {
                Some((before, last)) => match last.absorb(item) {
                    None => (before, None),
                    Some(item) => (0, Some(item)),
                },
                None => (0, Some(item)),
            };
            items.extend(item);
            let weight = items.last().map_or(0, Item::weight);
            bytes = bytes.saturating_add(weight.saturating_sub(before));
        }
        Ok((items, false))
    }

    fn read_item(&mut self) -> Result<Item, PartError> {
        let (length, prefix) = self.length()?;
        if length == 0 || length > MAX_ITEM_BYTES || !self.has(prefix.saturating_add(length))? {
            return Err(PartError::Malformed);
        }
        let end = self.at.saturating_add(prefix).saturating_add(length);
        let encoded = self.opened.get(self.at..end).unwrap_or_default();
        let item = Item::decode(encoded.get(prefix..).unwrap_or_default())?;
        match (&item, &self.preface) {
            (Item::Preface(preface), None) => self.preface = Some(preface.clone()),
            (Item::Preface(_), Some(_)) | (_, None) => return Err(PartError::Malformed),
            (Item::Seal { last, signature }, Some(preface)) => {
                let items = self.hasher.digest();
                let colophon = Colophon { header: self.header, items, last: *last };
                if !colophon.is_signed_by(&preface.device, signature) {
                    return Err(PartError::Unsigned);
                }
            }
            (_, Some(_)) => {}
        }
        self.hasher.update(encoded);
        self.taken = self.taken.saturating_add(encoded.len() as u64);
        self.at = end;
        if matches!(item, Item::Seal { .. }) {
            self.padding()?;
        }
        Ok(item)
    }

    /// The next item's length, and how many bytes that takes.
    fn length(&mut self) -> Result<(usize, usize), PartError> {
        let mut length = 0_usize;
        for place in 0..MAX_LENGTH_BYTES {
            if !self.has(place.saturating_add(1))? {
                return Err(PartError::Malformed);
            }
            let byte = self.opened.get(self.at.saturating_add(place)).copied().unwrap_or_default();
            length |= usize::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok((length, place.saturating_add(1)));
            }
        }
        Err(PartError::Malformed)
    }

    /// Opens segments until so many bytes are there; whether they are.
    fn has(&mut self, bytes: usize) -> Result<bool, PartError> {
        while self.opened.len().saturating_sub(self.at) < bytes {
            let Some(segment) = self.segments.next_segment()? else { return Ok(false) };
            let digest = Label::BundleItems.hash(&[&segment]);
            if let Some(expected) = &mut self.expected {
                if expected.next() != Some(digest) {
                    return Err(PartError::Damaged);
                }
            } else {
                self.seen.push(digest);
            }
            self.opened.drain(..self.at);
            self.at = 0;
            self.opened.extend_from_slice(&segment);
        }
        Ok(true)
    }

    /// Refuses whatever follows the last item but the zeros that must.
    fn padding(&mut self) -> Result<(), PartError> {
        let mut padding = 0_u64;
        while self.has(1)? {
            let rest = self.opened.get(self.at..).unwrap_or_default();
            if rest.iter().any(|byte| *byte != 0) {
                return Err(PartError::Malformed);
            }
            padding = padding.saturating_add(rest.len() as u64);
            self.at = self.opened.len();
        }
        let whole = self.taken.saturating_add(padding) == padded_len(self.taken);
        if whole { Ok(()) } else { Err(PartError::Malformed) }
    }
}
