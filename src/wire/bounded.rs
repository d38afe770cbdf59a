//! Decoding of what strangers send, with bounds before memory is taken.
//!
//! prost takes memory for every repeated field that is there: a field of two bytes on the wire can
//! become a struct of a hundred. So fields are counted, without allocating, before they are read.

use prost::{
    DecodeError, Message,
    encoding::{DecodeContext, decode_key, skip_field},
};

/// Why bytes are not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoundedError {
    /// More bytes than allowed.
    #[error("{found} bytes, at most {limit} are allowed")]
    Bytes {
        /// Bytes that came.
        found: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// More fields than allowed.
    #[error("more than {limit} fields")]
    Fields {
        /// Fields that are allowed.
        limit: usize,
    },
    /// Not the message that was expected.
    #[error("not a message of this kind")]
    Malformed(#[source] DecodeError),
}

/// Decodes a message of at most so many bytes and, at its top level, so many fields; each element
/// of a repeated field is one, and unknown fields count.
///
/// # Errors
/// When a bound is passed, or the bytes are not such a message.
pub fn decode<M: Message + Default>(
    bytes: &[u8],
    max_bytes: usize,
    max_fields: usize,
) -> Result<M, BoundedError> {
    if bytes.len() > max_bytes {
        return Err(BoundedError::Bytes { found: bytes.len(), limit: max_bytes });
    }
    let mut rest = bytes;
    let mut fields = 0;
    while !rest.is_empty() {
        if fields == max_fields {
            return Err(BoundedError::Fields { limit: max_fields });
        }
        let (tag, wire_type) = decode_key(&mut rest).map_err(BoundedError::Malformed)?;
        skip_field(wire_type, tag, &mut rest, DecodeContext::default())
            .map_err(BoundedError::Malformed)?;
        fields += 1;
    }
    M::decode(bytes).map_err(BoundedError::Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::payload::{Changes, GrantSet};

    fn changes(count: usize) -> Changes {
        Changes {
            document: vec![1; 16],
            schema: "incident/1".into(),
            changes: vec![vec![2]; count],
            ..Changes::default()
        }
    }

    #[test]
    fn what_is_within_bounds_is_decoded() {
        let bytes = changes(3).encode_to_vec();
        assert_eq!(decode(&bytes, bytes.len(), 5), Ok(changes(3)));
        assert_eq!(decode(&[], 0, 0), Ok(Changes::default()));
    }

    #[test]
    fn one_byte_or_field_too_many_is_refused() {
        let bytes = changes(3).encode_to_vec();
        let limit = bytes.len() - 1;
        let refused = decode::<Changes>(&bytes, limit, 5);
        assert_eq!(refused, Err(BoundedError::Bytes { found: bytes.len(), limit }));
        assert_eq!(decode::<Changes>(&bytes, 1000, 4), Err(BoundedError::Fields { limit: 4 }));
    }

    #[test]
    fn many_empty_fields_are_refused_before_they_take_memory() {
        let bytes = [0x22, 0].repeat(500_000); // empty grants
        let refused = decode::<GrantSet>(&bytes, 1 << 20, 600);
        assert_eq!(refused, Err(BoundedError::Fields { limit: 600 }));
    }

    #[test]
    fn a_cut_message_is_malformed() {
        let bytes = changes(1).encode_to_vec();
        let cut = &bytes[..bytes.len() - 1];
        assert!(matches!(decode::<Changes>(cut, 100, 9), Err(BoundedError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(decode::<GrantSet>(&bytes, 200, 20));
        }
    }
}
