//! Key derivation: HKDF-SHA-256 (RFC 5869), with a label for each purpose.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::crypto::Label;

/// Derives the key for one purpose and context from a uniformly random secret.
///
/// `info` is the label, a zero byte, and the context parts one after the other: they must have
/// fixed lengths, or be the last.
pub(crate) fn derive(secret: &[u8; 32], label: Label, context: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut info: Vec<&[u8]> = vec![label.text().as_bytes(), &[0]];
    info.extend_from_slice(context);
    expand(secret, &info)
}

#[expect(clippy::expect_used, reason = "HKDF-SHA-256 fails only above 255 * 32 bytes of output")]
fn expand(secret: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret)
        .expand_multi_info(info, key.as_mut_slice())
        .expect("32 bytes are within bounds");
    key
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn agrees_with_rfc_5869_test_case_3() {
        // The first 32 of its 42 bytes.
        let okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(HEXLOWER.encode(expand(&[0x0b; 22], &[]).as_slice()), okm);
    }

    #[test]
    fn another_label_or_context_gives_another_key() {
        let key = derive(&[1; 32], Label::PayloadKey, &[b"a"]);
        assert_ne!(*key, *derive(&[1; 32], Label::BackChainKey, &[b"a"]));
        assert_ne!(*key, *derive(&[1; 32], Label::PayloadKey, &[b"b"]));
        assert_ne!(*key, *derive(&[2; 32], Label::PayloadKey, &[b"a"]));
    }
}
