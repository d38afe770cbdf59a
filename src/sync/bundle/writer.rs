//! Puts items into one part.

use std::io::{self, Write};

use super::{Item, Preface, item::MAX_LENGTH_BYTES};
use crate::crypto::{
    bundle::{Colophon, Envelope, ItemsHasher, SEGMENT_BYTES, padded_len},
    segment::SegmentWriter,
};

/// Zeros that are written at once as padding.
const ZEROS: [u8; 4096] = [0; 4096];

/// One part while it is written.
#[derive(Debug)]
pub struct PartWriter<W> {
    segments: SegmentWriter<W>,
    header: [u8; 32],
    hasher: ItemsHasher,
    written: u64,
    room: u64,
    items: u64,
}

impl<W: Write> PartWriter<W> {
    /// Begins a part of at most so many bytes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(
        mut out: W,
        envelope: Envelope,
        max_bytes: u64,
        preface: Preface,
    ) -> io::Result<Self> {
        out.write_all(envelope.header())?;
        let (header, room) = (envelope.digest(), envelope.room(max_bytes));
        let cipher = envelope.into_cipher();
        let segments = SegmentWriter::new(out, cipher, header.to_vec(), SEGMENT_BYTES);
        let hasher = ItemsHasher::default();
        let mut part = Self { segments, header, hasher, written: 0, room, items: 0 };
        part.put_unchecked(&Item::Preface(preface).encode())?;
        Ok(part)
    }

    /// Whether an item of so many bytes, with its length, can be added. The first always can: no
    /// part could hold what is larger than a part.
    #[must_use]
    pub const fn fits(&self, encoded: usize) -> bool {
        let after = self.written.saturating_add(encoded as u64).saturating_add(Item::SEAL_BYTES);
        self.items == 0 || after <= self.room
    }

    /// Adds an item that belongs to the part itself, before any other.
    ///
    /// # Errors
    /// When it cannot be written, or would be refused by who reads it.
    pub fn open_with(&mut self, encoded: &[u8]) -> io::Result<()> {
        self.put(encoded)
    }

    /// Adds an item, as [`Item::encode`] writes it.
    ///
    /// # Errors
    /// When it cannot be written, or would be refused by who reads it.
    pub fn add(&mut self, encoded: &[u8]) -> io::Result<()> {
        self.items = self.items.saturating_add(1);
        self.put(encoded)
    }

    /// What is to be signed if the part ends here.
    #[must_use]
    pub fn colophon(&self, last: bool) -> Colophon {
        Colophon { header: self.header, items: self.hasher.digest(), last }
    }

    /// Ends the part with the maker's signature over its [colophon](Self::colophon). Gives back
    /// where it was written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self, last: bool, signature: [u8; 64]) -> io::Result<W> {
        self.put_unchecked(&Item::Seal { last, signature }.encode())?;
        let mut padding = padded_len(self.written).saturating_sub(self.written);
        while padding > 0 {
            let now = usize::try_from(padding).unwrap_or(usize::MAX).min(ZEROS.len());
            self.segments.write(ZEROS.get(..now).unwrap_or(&ZEROS))?;
            padding = padding.saturating_sub(now as u64);
        }
        self.segments.finish()
    }

    /// Adds whatever it is, as a hostile maker does: for tests of who reads it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_unchecked(&mut self, encoded: &[u8]) -> io::Result<()> {
        self.items = self.items.saturating_add(1);
        self.put_unchecked(encoded)
    }

    /// Better an error here than a bundle that its recipient refuses as a whole.
    fn put(&mut self, encoded: &[u8]) -> io::Result<()> {
        let prefix = encoded.iter().take_while(|byte| **byte & 0x80 != 0).count();
        let item = encoded.get(prefix.saturating_add(1)..).unwrap_or_default();
        if prefix >= MAX_LENGTH_BYTES || item.is_empty() || Item::decode(item).is_err() {
            let refused = "an item is larger than a reader takes";
            return Err(io::Error::new(io::ErrorKind::InvalidData, refused));
        }
        self.put_unchecked(encoded)
    }

    fn put_unchecked(&mut self, encoded: &[u8]) -> io::Result<()> {
        self.hasher.update(encoded);
        self.written = self.written.saturating_add(encoded.len() as u64);
        self.segments.write(encoded)
    }
}
