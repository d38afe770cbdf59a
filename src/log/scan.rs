//! Counts the parts of an encoded message before a decoder takes memory for them.
//!
//! A repeated field costs two bytes on the wire for each empty element, but dozens in memory; the
//! count is therefore checked on the bytes first.

/// Counts the length-delimited fields of a message, by walking over them.
///
/// Calls `visit(field number, contents)` for each; `None` if the bytes are not protobuf, have
/// groups, or `visit` returned `None`.
pub(crate) fn fields<'a>(
    mut bytes: &'a [u8],
    mut visit: impl FnMut(u64, &'a [u8]) -> Option<()>,
) -> Option<()> {
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let contents = bytes.get(..length)?;
                bytes = bytes.get(length..)?;
                visit(key >> 3, contents)?;
            }
            5 => bytes = bytes.get(4..)?,
            _group => return None,
        }
    }
    Some(())
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
