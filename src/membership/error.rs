//! Why bytes are not a statement.

use crate::model::id::IdError;

/// Why the bytes of a statement are refused.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// More bytes than any statement may have.
    #[error("{found} bytes are more than the {max} that a statement may have")]
    TooLarge {
        /// Bytes that came.
        found: usize,
        /// Bytes that are allowed.
        max: usize,
    },
    /// Not protobuf of this kind.
    #[error("not readable as protobuf")]
    Protobuf(#[from] prost::DecodeError),
    /// Made by a version of the protocol that this program does not know.
    #[error("{field} {found} is not known here")]
    Unknown {
        /// What is not known: version, suite, kind, role, …
        field: &'static str,
        /// Its number.
        found: u32,
    },
    /// An identifier has the wrong length.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A signature or key has the wrong length.
    #[error("{field} needs {expected} bytes, found {found}")]
    Length {
        /// Name of the field.
        field: &'static str,
        /// Bytes that it must have.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// A list is longer than allowed.
    #[error("{found} {field} are more than the {max} allowed")]
    TooMany {
        /// Name of the list.
        field: &'static str,
        /// Items that came.
        found: usize,
        /// Items that are allowed.
        max: usize,
    },
    /// A list names the same thing twice.
    #[error("{field} names the same twice")]
    Duplicate {
        /// Name of the list.
        field: &'static str,
    },
    /// A field that must be there is not, or one that must not be there is.
    #[error("{field} must {rule}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What holds for it.
        rule: &'static str,
    },
    /// A signature inside the body is not by the key that it should be by.
    #[error("the {field} does not match")]
    Proof {
        /// Name of the signature.
        field: &'static str,
    },
}
