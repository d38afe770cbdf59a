//! The parts: cipher, signed runs, a file with fdatasync, frames on a stream, documents.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
};

use automerge::{Automerge, ObjType, ROOT, transaction::Transactable as _};
use ceiba::model::registry::{Record, Value};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce, aead::Aead as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use rand::Rng as _;

use crate::fields::Failure;

const NONCE: usize = 24;
const HASH: usize = 32;
const SIGNATURE: usize = 64;

/// One key to sign and one to seal.
pub(super) struct Keys {
    signing: SigningKey,
    sealing: XChaCha20Poly1305,
}

impl Keys {
    pub(super) fn new() -> Self {
        let signing = SigningKey::from_bytes(&[5; 32]);
        Self { signing, sealing: XChaCha20Poly1305::new(&[6; 32].into()) }
    }
}

/// Seals with a random nonce in front.
pub(super) fn seal(keys: &Keys, content: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let sealed = keys.sealing.encrypt(&XNonce::from(nonce), content).unwrap_or_default();
    [nonce.as_slice(), &sealed].concat()
}

/// Opens what [`seal`] made.
pub(super) fn open(keys: &Keys, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or("too short")?;
    let opened = keys.sealing.decrypt(&XNonce::from(*nonce), sealed);
    opened.map_err(|_unauthentic| "it does not open".into())
}

/// Sealed records that continue a chain, under one signature.
pub(super) struct Run {
    previous: [u8; HASH],
    signature: [u8; SIGNATURE],
    pub(super) sealed: Vec<Vec<u8>>,
}

impl Run {
    pub(super) fn sign(keys: &Keys, previous: [u8; HASH], sealed: Vec<Vec<u8>>) -> Self {
        let mut run = Self { previous, signature: [0; SIGNATURE], sealed };
        run.signature = keys.signing.sign(&run.hash()).to_bytes();
        run
    }

    /// The end of the chain with this run.
    pub(super) fn hash(&self) -> [u8; HASH] {
        self.sealed.iter().fold(self.previous, |previous, sealed| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&previous).update(sealed);
            *hasher.finalize().as_bytes()
        })
    }

    pub(super) fn verify(&self, keys: &Keys, previous: [u8; HASH]) -> Result<(), Failure> {
        if self.previous != previous {
            return Err("the chain is broken".into());
        }
        let signature = Signature::from_bytes(&self.signature);
        Ok(keys.signing.verifying_key().verify_strict(&self.hash(), &signature)?)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        [self.previous.as_slice(), &self.signature, &join(&self.sealed)].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        let (previous, rest) = bytes.split_first_chunk::<HASH>().ok_or("too short")?;
        let (signature, rest) = rest.split_first_chunk::<SIGNATURE>().ok_or("too short")?;
        let sealed = split(rest)?.into_iter().map(<[u8]>::to_vec).collect();
        Ok(Self { previous: *previous, signature: *signature, sealed })
    }
}

/// Each with its length in front.
pub(super) fn join(all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for one in all {
        bytes.extend_from_slice(&u32::try_from(one.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(one);
    }
    bytes
}

/// What [`join`] joined.
pub(super) fn split(mut bytes: &[u8]) -> Result<Vec<&[u8]>, Failure> {
    let mut all = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length))?;
        let (one, rest) = rest.split_at_checked(length).ok_or("too short")?;
        all.push(one);
        bytes = rest;
    }
    Ok(all)
}

/// A file that is only added to.
pub(super) struct Journal(File);

impl Journal {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        Ok(Self(File::create(path)?))
    }

    /// Durable when it returns.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.0.write_all(bytes)?;
        Ok(self.0.sync_data()?)
    }
}

/// Sends a frame.
pub(super) fn send(mut stream: &TcpStream, bytes: &[u8]) -> Result<(), Failure> {
    stream.write_all(&u32::try_from(bytes.len())?.to_le_bytes())?;
    Ok(stream.write_all(bytes)?)
}

/// Takes a frame.
pub(super) fn receive(mut stream: &TcpStream) -> Result<Vec<u8>, Failure> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length))?];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A record's document and the change that makes it; the summary is text that is merged letter by
/// letter, as the registry has it.
pub(super) fn document(record: &Record) -> Result<(Automerge, Vec<u8>), Failure> {
    let mut document = Automerge::new();
    let mut edit = document.transaction();
    for (path, value) in record.iter() {
        match value {
            Value::Text(text) if path.as_str() == "summary" => {
                let id = edit.put_object(ROOT, path.as_str(), ObjType::Text)?;
                edit.splice_text(&id, 0, 0, text)?;
            }
            Value::Text(text) => edit.put(ROOT, path.as_str(), text.as_str())?,
            Value::Integer(number) => edit.put(ROOT, path.as_str(), *number)?,
            Value::Flag(flag) => edit.put(ROOT, path.as_str(), *flag)?,
        }
    }
    edit.commit();
    let change = document.get_last_local_change().ok_or("nothing was written")?;
    let bytes = change.raw_bytes().to_vec();
    Ok((document, bytes))
}

/// The change that sets one field of a document, made by somebody else.
pub(super) fn edit(document: &Automerge, field: &str, value: &str) -> Result<Vec<u8>, Failure> {
    let mut other = document.fork();
    let mut edit = other.transaction();
    edit.put(ROOT, field, value)?;
    edit.commit();
    let change = other.get_last_local_change().ok_or("nothing was written")?;
    Ok(change.raw_bytes().to_vec())
}
