//! What a picture says of itself: when it was taken, which way is up.

use std::{io::Cursor, panic};

use exif::{Exif, In, Reader, Tag, Value};

/// The day on which a picture was taken, as EDTF, if it says one that can be.
#[must_use]
pub fn day_of(head: &[u8]) -> Option<String> {
    let exif = read(head)?;
    let field = [Tag::DateTimeOriginal, Tag::DateTimeDigitized]
        .into_iter()
        .find_map(|tag| exif.get_field(tag, In::PRIMARY))?;
    let Value::Ascii(texts) = &field.value else { return None };
    let taken = exif::DateTime::from_ascii(texts.first()?).ok()?;
    let day = jiff::civil::Date::new(
        i16::try_from(taken.year).ok()?,
        i8::try_from(taken.month).ok()?,
        i8::try_from(taken.day).ok()?,
    );
    // A camera whose clock was never set says 1970 or 1980.
    day.ok().filter(|day| day.year() >= 1990).map(|day| day.to_string())
}

/// The orientation by which a picture is to be turned; 1 if it is not.
pub(super) fn orientation_of(bytes: &[u8]) -> u8 {
    let value = read(bytes)
        .and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    value.and_then(|value| u8::try_from(value).ok()).filter(|it| (1..=8).contains(it)).unwrap_or(1)
}

/// Everything that a picture says of itself; none if nothing reads.
fn read(bytes: &[u8]) -> Option<Exif> {
    // The bytes are anybody's: a defect of the reader must not stop the node.
    let read = panic::catch_unwind(|| Reader::new().read_from_container(&mut Cursor::new(bytes)));
    read.ok()?.ok()
}

/// Whether a picture says anything of itself, beside which way is up.
#[cfg(test)]
pub(super) fn says_something(bytes: &[u8]) -> bool {
    read(bytes).is_some_and(|exif| exif.fields().any(|field| field.tag != Tag::Orientation))
}
