//! Tickets, and the texts that are carried by hand to join.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::SigningKey;
use prost::Message;
use zeroize::Zeroizing;

use crate::{
    crypto::{Label, Signed},
    membership::JoinRequest,
    model::{
        id::{CircleId, InviteId, OrgId},
        time::Timestamp,
    },
    wire::{bounded, ticket as wire},
};

/// What every ticket begins with.
const TICKET_PREFIX: &str = "ceiba1";
/// What every file of joining begins with.
const FILE_PREFIX: &str = "ceiba-join-1:";
/// Characters of a ticket at most.
pub const MAX_TICKET_CHARS: usize = 4_096;
/// Bytes of a file of joining at most.
pub const MAX_JOIN_FILE_BYTES: usize = 16 * 1024 * 1024;
/// Addresses in one ticket.
pub const MAX_ADDRESSES: usize = 8;
/// Statements in one answer.
const MAX_STATEMENTS: usize = 20_000;
const CHECKSUM_BYTES: usize = 4;
const VERSION: u32 = 1;

/// Why a text is no ticket or file of joining.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It does not begin as one, or is too long.
    #[error("this is no ceiba {0}")]
    Kind(&'static str),
    /// A character is missing or wrong.
    #[error("the {0} was not copied completely, or a character of it is wrong")]
    Checksum(&'static str),
    /// Made by a version that this one does not know.
    #[error("the {0} was made by another version of ceiba")]
    Version(&'static str),
}

/// What an inviter hands to one organisation.
#[derive(Clone)]
pub struct Ticket {
    /// The coalition.
    pub circle: CircleId,
    /// The inviter.
    pub inviter: OrgId,
    /// Seed of the one-time key.
    secret: Zeroizing<[u8; 32]>,
    /// When the inviter stops redeeming it.
    pub expires: Timestamp,
    /// Where the inviter listens.
    pub addresses: Vec<String>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("circle", &self.circle)
            .field("inviter", &self.inviter)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl Ticket {
    /// A ticket with this secret.
    #[must_use]
    pub fn new(
        circle: CircleId,
        inviter: OrgId,
        secret: Zeroizing<[u8; 32]>,
        expires: Timestamp,
        addresses: Vec<String>,
    ) -> Self {
        let addresses = addresses.into_iter().take(MAX_ADDRESSES).collect();
        Self { circle, inviter, secret, expires, addresses }
    }

    /// The one-time key.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.secret)
    }

    /// The invite that it redeems.
    #[must_use]
    pub fn invite(&self) -> InviteId {
        InviteId::new(self.key().verifying_key().to_bytes())
    }

    /// The text that is handed over, all in characters that QR codes pack well.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let message = wire::Ticket {
            version: VERSION,
            circle: self.circle.as_bytes().to_vec(),
            inviter: self.inviter.as_bytes().to_vec(),
            secret: self.secret.to_vec(),
            expires: self.expires.as_millis(),
            addresses: self.addresses.clone(),
        };
        let bytes = Zeroizing::new(message.encode_to_vec());
        let checked = Zeroizing::new([bytes.as_slice(), &checksum(&bytes)].concat());
        let coded = Zeroizing::new(BASE32_NOPAD.encode(&checked).to_lowercase());
        Zeroizing::new([TICKET_PREFIX, coded.as_str()].concat())
    }

    /// Reads a ticket, whatever its case and white space.
    ///
    /// # Errors
    /// When it is none, or was not copied completely.
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        const WHAT: &str = "ticket";
        if text.len() > MAX_TICKET_CHARS {
            return Err(TicketError::Kind(WHAT));
        }
        let text: Zeroizing<String> = Zeroizing::new(
            text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect(),
        );
        let coded = text.strip_prefix(TICKET_PREFIX).ok_or(TicketError::Kind(WHAT))?;
        let upper = Zeroizing::new(coded.to_uppercase());
        let checked = BASE32_NOPAD.decode(upper.as_bytes());
        let checked = Zeroizing::new(checked.map_err(|_| TicketError::Checksum(WHAT))?);
        let bytes = check(&checked).ok_or(TicketError::Checksum(WHAT))?;
        Self::read(bytes).ok_or(TicketError::Version(WHAT))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let message: wire::Ticket =
            bounded::decode(bytes, MAX_TICKET_CHARS, MAX_ADDRESSES + 8).ok()?;
        if message.version != VERSION {
            return None;
        }
        Some(Self {
            circle: CircleId::try_from(message.circle.as_slice()).ok()?,
            inviter: OrgId::try_from(message.inviter.as_slice()).ok()?,
            secret: Zeroizing::new(message.secret.as_slice().try_into().ok()?),
            expires: Timestamp::from_millis(message.expires),
            addresses: message.addresses,
        })
    }
}

/// A request or an answer as a text to be carried.
#[must_use]
pub fn file_text(bytes: &[u8]) -> String {
    let checked = [bytes, &checksum(bytes)].concat();
    format!("{FILE_PREFIX}{}\n", data_encoding::BASE64.encode(&checked))
}

/// The bytes of a carried text.
///
/// # Errors
/// When it is none, or was not copied completely.
pub fn file_bytes(text: &str) -> Result<Vec<u8>, TicketError> {
    const WHAT: &str = "file of joining";
    if text.len() > MAX_JOIN_FILE_BYTES {
        return Err(TicketError::Kind(WHAT));
    }
    let coded = text.trim().strip_prefix(FILE_PREFIX).ok_or(TicketError::Kind(WHAT))?;
    let checked = data_encoding::BASE64.decode(coded.as_bytes());
    let checked = checked.map_err(|_| TicketError::Checksum(WHAT))?;
    check(&checked).map(<[u8]>::to_vec).ok_or(TicketError::Checksum(WHAT))
}

/// A request to join, read within its limits.
#[must_use]
pub fn read_request(bytes: &[u8]) -> Option<wire::Request> {
    bounded::decode(bytes, MAX_JOIN_FILE_BYTES, 128).ok()
}

/// What a request to join asks for, if it is readable and rightly signed.
#[must_use]
pub fn verified_request(bytes: &[u8]) -> Option<JoinRequest> {
    let message = read_request(bytes)?;
    let signature = message.signature.as_slice().try_into().ok()?;
    let request = Signed::<JoinRequest>::from_parts(message.request, signature).verify().ok()?;
    Some(request.value().clone())
}

/// An answer, read within its limits.
#[must_use]
pub fn read_answer(bytes: &[u8]) -> Option<wire::Answer> {
    bounded::decode(bytes, MAX_JOIN_FILE_BYTES, MAX_STATEMENTS + 16).ok()
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Label::TicketChecksum.hash(&[bytes]);
    hash.first_chunk().copied().unwrap_or_default()
}

fn check(checked: &[u8]) -> Option<&[u8]> {
    let (bytes, sum) = checked.split_last_chunk::<CHECKSUM_BYTES>()?;
    (checksum(bytes) == *sum).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket::new(
            CircleId::new([1; 32]),
            OrgId::new([2; 32]),
            Zeroizing::new([3; 32]),
            Timestamp::from_millis(4),
            vec!["/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEnx".to_owned()],
        )
    }

    #[test]
    fn a_ticket_survives_a_letter_and_shouting() {
        let text = ticket().to_text();
        let folded = text
            .to_uppercase()
            .as_bytes()
            .chunks(40)
            .fold(String::new(), |all, line| all + std::str::from_utf8(line).unwrap() + "\n  ");
        let read = Ticket::parse(&folded).unwrap();
        assert_eq!(read.invite(), ticket().invite());
        assert_eq!(read.addresses, ticket().addresses);
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let text = ticket().to_text().to_string();
        for at in [10, 40, text.len() - 1] {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(matches!(Ticket::parse(&wrong), Err(TicketError::Checksum(_))), "{at}");
        }
        assert!(matches!(Ticket::parse("hello"), Err(TicketError::Kind(_))));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", ticket());
        assert!(!shown.contains("3, 3") && !shown.contains("0303"), "{shown}");
    }
}
