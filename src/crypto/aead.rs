//! XChaCha20-Poly1305 with a random nonce in front: `nonce 24 │ ciphertext │ tag 16`.
//!
//! Nonces are random, and long enough for that, because a counter would repeat when a home is
//! rolled back to a backup.

use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand::CryptoRng;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// Bytes by which sealing lengthens.
pub(crate) const OVERHEAD: usize = NONCE_BYTES + TAG_BYTES;

/// What was to be opened is not what was sealed, or with another key or associated data.
#[derive(Debug)]
pub(crate) struct Unauthentic;

/// Seals under a key; `plaintext` followed by zeros up to `padded` bytes.
pub(crate) fn seal(
    key: &[u8; 32],
    associated: &[u8],
    plaintext: &[u8],
    padded: usize,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    seal_with(key, nonce, associated, plaintext, padded)
}

#[expect(clippy::expect_used, reason = "the cipher fails only above 256 GiB")]
fn seal_with(
    key: &[u8; 32],
    nonce: [u8; NONCE_BYTES],
    associated: &[u8],
    plaintext: &[u8],
    padded: usize,
) -> Vec<u8> {
    // One allocation, encrypted in place: no copy of the plaintext stays behind in freed memory.
    let padded = padded.max(plaintext.len());
    let mut sealed = Vec::with_capacity(padded + OVERHEAD);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    sealed.resize(NONCE_BYTES + padded, 0);
    let (_nonce, body) = sealed.split_at_mut(NONCE_BYTES);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(&XNonce::from(nonce), associated, body.into())
        .expect("a vector is shorter than 256 GiB");
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal`] made; with its padding.
pub(crate) fn open(
    key: &[u8; 32],
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unauthentic)?;
    let (body, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(Unauthentic)?;
    let mut plaintext = Zeroizing::new(body.to_vec());
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            associated,
            plaintext.as_mut_slice().into(),
            &Tag::from(*tag),
        )
        .map_err(|_tag| Unauthentic)?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn agrees_with_the_vector_of_draft_irtf_cfrg_xchacha() {
        let key = std::array::from_fn(|i| 0x80 + u8::try_from(i).unwrap());
        let nonce = std::array::from_fn(|i| 0x40 + u8::try_from(i).unwrap());
        let associated = HEXLOWER.decode(b"50515253c0c1c2c3c4c5c6c7").unwrap();
        let plaintext = b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
                          tip for the future, sunscreen would be it.";
        let expected = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
                        731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
                        2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
                        21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";
        let sealed = seal_with(&key, nonce, &associated, plaintext, 0);
        assert_eq!(HEXLOWER.encode(&sealed[NONCE_BYTES..]), expected);
        assert_eq!(**open(&key, &associated, &sealed).unwrap(), *plaintext);
    }

    #[test]
    fn what_is_shorter_than_nonce_and_tag_does_not_open() {
        for length in 0..=OVERHEAD {
            assert!(open(&[0; 32], &[], &vec![0; length]).is_err());
        }
    }
}
