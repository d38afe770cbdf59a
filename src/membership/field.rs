//! Reading the fields of a body: exact lengths, bounded lists, nothing twice.

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, Signer, SigningKey};

use crate::{
    crypto::{Label, signed::usable_key},
    membership::StatementError,
    model::{id::IdError, limits},
};

/// The only version of every body.
pub(super) const VERSION: u32 = 1;

/// Reads protobuf of at most [`limits::MAX_STATEMENT_BYTES`].
pub(super) fn message<M: prost::Message + Default>(body: &[u8]) -> Result<M, StatementError> {
    let (found, max) = (body.len(), limits::MAX_STATEMENT_BYTES);
    if found > max {
        return Err(StatementError::TooLarge { found, max });
    }
    Ok(M::decode(body)?)
}

pub(super) fn version(found: u32) -> Result<(), StatementError> {
    if found == VERSION { Ok(()) } else { Err(unknown("version", found)) }
}

pub(super) const fn unknown(field: &'static str, found: u32) -> StatementError {
    StatementError::Unknown { field, found }
}

pub(super) fn id<'a, T: TryFrom<&'a [u8], Error = IdError>>(
    bytes: &'a [u8],
) -> Result<T, StatementError> {
    Ok(T::try_from(bytes)?)
}

/// An identifier that may be left out.
pub(super) fn optional_id<'a, T: TryFrom<&'a [u8], Error = IdError>>(
    bytes: &'a [u8],
) -> Result<Option<T>, StatementError> {
    if bytes.is_empty() { Ok(None) } else { id(bytes).map(Some) }
}

pub(super) fn array<const N: usize>(
    field: &'static str,
    bytes: &[u8],
) -> Result<[u8; N], StatementError> {
    bytes.try_into().map_err(|_other_length| StatementError::Length {
        field,
        expected: N,
        found: bytes.len(),
    })
}

pub(super) const fn at_most(
    field: &'static str,
    found: usize,
    max: usize,
) -> Result<(), StatementError> {
    if found > max { Err(StatementError::TooMany { field, found, max }) } else { Ok(()) }
}

/// A bounded list of identifiers without repetition.
pub(super) fn id_set<T>(
    field: &'static str,
    items: &[Vec<u8>],
    max: usize,
) -> Result<BTreeSet<T>, StatementError>
where
    T: Ord + for<'a> TryFrom<&'a [u8], Error = IdError>,
{
    at_most(field, items.len(), max)?;
    let mut ids = BTreeSet::new();
    for item in items {
        if !ids.insert(id(item)?) {
            return Err(StatementError::Duplicate { field });
        }
    }
    Ok(ids)
}

pub(super) fn to_bytes<T: AsRef<[u8]>>(value: T) -> Vec<u8> {
    value.as_ref().to_vec()
}

pub(super) fn to_list<'a, T: AsRef<[u8]> + 'a>(
    values: impl IntoIterator<Item = &'a T>,
) -> Vec<Vec<u8>> {
    values.into_iter().map(to_bytes).collect()
}

/// Signs a labelled hash, for the proofs inside of bodies.
pub(super) fn prove(key: &SigningKey, label: Label, parts: &[&[u8]]) -> [u8; 64] {
    key.sign(&label.signing_bytes(&label.hash(parts))).to_bytes()
}

/// Checks what [`prove`] made.
pub(super) fn check_proof(
    field: &'static str,
    key: &[u8; 32],
    label: Label,
    parts: &[&[u8]],
    proof: &[u8; 64],
) -> Result<(), StatementError> {
    let message = label.signing_bytes(&label.hash(parts));
    usable_key(key)
        .and_then(|key| key.verify_strict(&message, &Signature::from_bytes(proof)).ok())
        .ok_or(StatementError::Proof { field })
}
