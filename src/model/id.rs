//! Identifiers: one newtype for each thing that has an id, a hash or a key as its name.
//!
//! All print and parse as lowercase hexadecimal, serialise as that string, and order by their
//! bytes. [`OrgId`] alone prints as a `did:key`, because people compare it by eye and by phone.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text or a byte string is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The byte string has another length than the identifier.
    #[error("{kind} needs {expected} bytes, found {found}")]
    Length {
        /// Name of the identifier's type.
        kind: &'static str,
        /// Bytes that the identifier has.
        expected: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// The text is not the identifier's text form.
    #[error("not a {kind}: {text:?}")]
    Text {
        /// Name of the identifier's type.
        kind: &'static str,
        /// What was given, cut to 80 characters.
        text: String,
    },
}

impl IdError {
    fn text(kind: &'static str, text: &str) -> Self {
        Self::Text { kind, text: text.chars().take(80).collect() }
    }
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        id_type!(@bytes $(#[$doc])* $name, $len);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER_PERMISSIVE.encode(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEXLOWER_PERMISSIVE
                    .decode(text.as_bytes())
                    .map_err(|_not_hex| IdError::text(stringify!($name), text))?;
                Self::try_from(bytes.as_slice())
            }
        }
    };
    (@bytes $(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Names the thing that these bytes identify.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The identifier's bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first four bytes in hexadecimal, for logs and tables; not unique.
            #[must_use]
            pub fn short(&self) -> String {
                HEXLOWER_PERMISSIVE.encode(self.0.get(..4).unwrap_or_default())
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                <[u8; $len]>::try_from(bytes).map(Self).map_err(|_length| IdError::Length {
                    kind: stringify!($name),
                    expected: $len,
                    found: bytes.len(),
                })
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

id_type!(@bytes
    /// An organisation: the Ed25519 verifying key of its first root.
    ///
    /// Prints as `did:key:z6Mk…` ([did:key](https://w3c-ccg.github.io/did-key-spec/), multicodec
    /// `ed25519-pub`); parses that form and hexadecimal.
    OrgId, 32);
id_type!(
    /// A device: its Ed25519 verifying key for entries and statements.
    DeviceId, 32);
id_type!(
    /// A circle: the id of its genesis statement.
    CircleId, 32);
id_type!(
    /// A circle as custodians and relays see it: a one-way image of its [`CircleId`].
    CircleTag, 16);
id_type!(
    /// A signed statement: the labelled hash of its exact body bytes.
    StatementId, 32);
id_type!(
    /// An entry of a log: the labelled hash of its exact header bytes.
    EntryHash, 32);
id_type!(
    /// A key epoch: a hash that commits to its secret.
    EpochId, 32);
id_type!(
    /// One life of a device's home: random, new whenever the home was restored or copied.
    Incarnation, 16);
id_type!(
    /// An automerge document.
    DocumentId, 16);
id_type!(
    /// An incident: random, given by the organisation that recorded it.
    IncidentId, 16);
id_type!(
    /// A card of the board, or a line of a checklist: a one-way image of the organisation that made it
    /// and a random number.
    CardId, 16);
id_type!(
    /// An evidence file's sealed bytes: the digest of the list of their digests.
    BlobId, 32);
id_type!(
    /// An invite: the Ed25519 verifying key of the ticket's one-time secret.
    InviteId, 32);

/// Multicodec prefix `ed25519-pub` (0xed) as a varint, which precedes the key in a `did:key`.
const ED25519_PUB: [u8; 2] = [0xed, 0x01];
const DID_KEY_PREFIX: &str = "did:key:z";

impl fmt::Display for OrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [ED25519_PUB.as_slice(), &self.0].concat();
        write!(f, "{DID_KEY_PREFIX}{}", bs58::encode(bytes).into_string())
    }
}

impl FromStr for OrgId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = || IdError::text("OrgId", text);
        let bytes = match text.strip_prefix(DID_KEY_PREFIX) {
            Some(base58) if base58.len() <= 64 => {
                let coded = bs58::decode(base58).into_vec().map_err(|_not_base58| malformed())?;
                coded.strip_prefix(&ED25519_PUB).ok_or_else(malformed)?.to_vec()
            }
            Some(_too_long) => return Err(malformed()),
            None => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_not_hex| malformed())?,
        };
        Self::try_from(bytes.as_slice())
    }
}

/// The part of a device's writing that is chained on its own, so that what is urgent does not wait
/// behind what is large: a peer pulls lanes in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Lane {
    /// Grants of key epochs, erasures.
    Control = 0,
    /// Emergency alerts and their acknowledgements.
    Alert = 1,
    /// Everything else: documents.
    Record = 2,
}

impl Lane {
    /// All lanes in the order in which they are pulled.
    pub const ALL: [Self; 3] = [Self::Control, Self::Alert, Self::Record];

    /// The lane with this number on the wire.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.number() == number)
    }

    /// The lane's number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// A log: what one device wrote in one incarnation on one lane of one circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// The writer.
    pub device: DeviceId,
    /// The life of the writer's home.
    pub incarnation: Incarnation,
    /// The lane.
    pub lane: Lane,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.device.short(), self.incarnation.short(), self.lane.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn org_id_is_a_did_key_and_reads_back() {
        // Test vector of the did:key specification (Ed25519 section).
        let text = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
        let org: OrgId = text.parse().unwrap();
        assert_eq!(org.to_string(), text);
        assert_eq!(serde_json::to_string(&org).unwrap(), format!("\"{text}\""));
    }

    #[test]
    fn ids_refuse_other_lengths_and_other_texts() {
        assert!(matches!(DocumentId::try_from([0u8; 15].as_slice()), Err(IdError::Length { .. })));
        assert!("zz".parse::<CircleId>().is_err());
        assert!("did:key:zQ3sh".parse::<OrgId>().is_err());
        let id = DocumentId::new([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
