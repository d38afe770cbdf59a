//! Checking an exported statement without a node.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use crate::{
    api::statement::{STATEMENT_FORMAT, SignedWord, StatementCheck, StatementFile},
    crypto::endorsed::{Endorsed, statement_hash},
};

/// Words of one file: more than a circle has organisations.
const MAX_WORDS: usize = 1_024;

/// Checks the hash of the texts, and each signature over it. Whose a device is only a node of the
/// circle knows: compare its key with the organisation.
///
/// # Errors
/// When it is no exported statement; says what is wrong.
pub fn verify_statement(json: &str) -> Result<StatementCheck, String> {
    let file: StatementFile = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if file.format != STATEMENT_FORMAT || file.words.len() > MAX_WORDS {
        return Err(format!("not a {STATEMENT_FORMAT}"));
    }
    let digest = statement_hash(&file.card, &file.version.texts);
    let hash = HEXLOWER.encode(&digest);
    let mut words: BTreeMap<String, (SignedWord, bool)> = BTreeMap::new();
    for word in file.words {
        let signature: Option<[u8; 64]> =
            HEXLOWER.decode(word.signature.as_bytes()).ok().and_then(|it| it.try_into().ok());
        let signed = Endorsed {
            card: &file.card,
            version: &file.version.version,
            hash: &digest,
            org: &word.org,
            stance: &word.stance,
        };
        let holds = signature.is_some_and(|it| signed.is_signed_by(&word.device, &it));
        words.insert(word.org.to_string(), (word, holds));
    }
    Ok(StatementCheck {
        title: file.title,
        hash_holds: hash == file.version.hash,
        hash,
        words: words.into_values().collect(),
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::{
        api::statement::StatementVersion,
        model::id::{CardId, DeviceId, OrgId},
    };

    fn file() -> StatementFile {
        let (card, org) = (CardId::new([1; 16]), OrgId::new([2; 32]));
        let texts = BTreeMap::from([("es".to_owned(), "Exigimos **protección**.".to_owned())]);
        let digest = statement_hash(&card, &texts);
        let key = SigningKey::from_bytes(&[7; 32]);
        let (version, stance) = ("00ff", "endorse");
        let word = Endorsed { card: &card, version, hash: &digest, org: &org, stance };
        StatementFile {
            format: STATEMENT_FORMAT.to_owned(),
            card,
            title: "Ríos".to_owned(),
            state: "released".to_owned(),
            words: vec![SignedWord {
                org,
                org_name: Some("Casa".to_owned()),
                stance: stance.to_owned(),
                device: DeviceId::new(key.verifying_key().to_bytes()),
                signature: HEXLOWER.encode(&word.sign(&key)),
                at: "2026-11-23".to_owned(),
            }],
            version: StatementVersion {
                version: version.to_owned(),
                hash: HEXLOWER.encode(&digest),
                author: org,
                author_name: None,
                at: "2026-11-23".to_owned(),
                texts,
            },
        }
    }

    fn checked(file: &StatementFile) -> (bool, bool) {
        let check = verify_statement(&serde_json::to_string(file).unwrap()).unwrap();
        (check.hash_holds, check.words[0].1)
    }

    #[test]
    fn a_file_is_checked_without_a_node() {
        assert_eq!(checked(&file()), (true, true));
        let mut text = file();
        text.version.texts.insert("es".to_owned(), "Exigimos protección.".to_owned());
        assert_eq!(checked(&text), (false, false));
        let mut words = file();
        words.words[0].org = OrgId::new([3; 32]);
        assert_eq!(checked(&words), (true, false));
        words = file();
        words.words[0].stance = "withdrawn".to_owned();
        assert_eq!(checked(&words), (true, false));
        let mut format = file();
        format.format = "ceiba statement 2".to_owned();
        assert!(verify_statement(&serde_json::to_string(&format).unwrap()).is_err());
        assert!(verify_statement("{}").is_err());
    }
}
