//! Bytes with one thing wrong.

/// The same with one bit of the byte at this place flipped.
pub(super) fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

/// Without the last byte.
pub(super) fn truncated(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() - 1].to_vec()
}

/// With a zero behind it, which begins no protobuf field.
pub(super) fn trailing(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}

/// The same message with its first field's key as a number of two bytes where one is enough.
pub(super) fn longer_key(bytes: &[u8]) -> Vec<u8> {
    [&[bytes[0] | 0x80, 0], &bytes[1..]].concat()
}

/// The same message with its first field last.
pub(super) fn reordered(bytes: &[u8]) -> Vec<u8> {
    let end = match bytes[0] & 7 {
        0 => 1 + bytes[1..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1,
        2 if bytes[1] < 0x80 => 2 + usize::from(bytes[1]),
        2 => 3 + (usize::from(bytes[1] & 0x7f) | usize::from(bytes[2]) << 7),
        other => panic!("wire type {other}"),
    };
    [&bytes[end..], &bytes[..end]].concat()
}

/// The same message with field 2047, which no message has.
pub(super) fn unknown_field(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0xf8, 0x7f, 1]].concat()
}

/// Takes the last byte of a field.
pub(super) fn shorten(field: &mut Vec<u8>) {
    field.truncate(field.len() - 1);
}
