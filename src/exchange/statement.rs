//! Checking an exported statement without a node.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;

use crate::{
    api::statement::{
        CheckedWord, STATEMENT_FORMAT, SignedWord, StatementCheck, StatementFile, StatementOrg,
    },
    crypto::endorsed::{Endorsed, FrozenParts, statement_hash},
    membership::proves_device,
    model::{board::EndorsementStance, id::OrgId, rich::RichText, text::is_hidden},
};

/// Words of one file: more than a circle has organisations.
const MAX_WORDS: usize = 1_024;
/// Characters of a name that is shown.
const MAX_NAME_CHARS: usize = 200;

/// Checks the hash of what was frozen, each signature over it, and that each device is of the
/// organisation that it speaks for. Who an organisation is, only its id says: names are the file's.
/// `expected` must endorse. What nobody endorses is not proven.
///
/// # Errors
/// When it is no exported statement; says what is wrong.
pub fn verify_statement(json: &str, expected: &[OrgId]) -> Result<StatementCheck, String> {
    let file: StatementFile = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if file.format != STATEMENT_FORMAT || file.words.len() > MAX_WORDS {
        return Err(format!("not a {STATEMENT_FORMAT}"));
    }
    let orgs =
        |orgs: &[StatementOrg]| -> BTreeSet<OrgId> { orgs.iter().map(|it| it.org).collect() };
    let (keepers, asked) = (orgs(&file.version.keepers), orgs(&file.version.asked));
    let frozen = FrozenParts { texts: file.version.texts, keepers, asked };
    check_shown(&frozen.texts, &file.words)?;
    let digest = statement_hash(&file.card, &frozen);
    let hash = HEXLOWER.encode(&digest);
    let check = |word: SignedWord| {
        let signature: Option<[u8; 64]> =
            HEXLOWER.decode(word.signature.as_bytes()).ok().and_then(|it| it.try_into().ok());
        let signed =
            Endorsed { card: &file.card, hash: &digest, org: &word.org, stance: &word.stance };
        let chain: Result<Vec<Vec<u8>>, _> =
            word.manifests.iter().map(|it| HEXLOWER.decode(it.as_bytes())).collect();
        CheckedWord {
            signature_holds: signature.is_some_and(|it| signed.is_signed_by(&word.device, &it)),
            device_proven: chain.is_ok_and(|it| proves_device(&word.org, &word.device, &it)),
            named: expected.contains(&word.org),
            org: word.org,
            says_it_is: word.org_name.filter(|name| is_name(name)),
            stance: word.stance,
            at: word.at,
        }
    };
    let words: Vec<CheckedWord> = file.words.into_iter().map(check).collect();
    let endorses =
        |word: &&CheckedWord| word.holds() && word.stance == EndorsementStance::Endorse.code();
    let endorsing: BTreeSet<OrgId> = words.iter().filter(endorses).map(|it| it.org).collect();
    // Who says two things says nothing.
    let once = words.iter().map(|it| it.org).collect::<BTreeSet<_>>().len() == words.len();
    let missing: Vec<OrgId> =
        expected.iter().filter(|org| !endorsing.contains(org)).copied().collect();
    let hash_holds = hash == file.version.hash;
    let all_hold = hash_holds && once && words.iter().all(CheckedWord::holds);
    let named = |orgs: Vec<StatementOrg>| -> Vec<StatementOrg> {
        let name = |it: StatementOrg| StatementOrg {
            org_name: it.org_name.filter(|name| is_name(name)),
            ..it
        };
        orgs.into_iter().map(name).collect()
    };
    Ok(StatementCheck {
        title: file.title,
        hash_holds,
        hash,
        texts: frozen.texts,
        keepers: named(file.version.keepers),
        asked: named(file.version.asked),
        proven: all_hold && !endorsing.is_empty() && missing.is_empty(),
        words,
        missing,
    })
}

/// Whether a name may be shown as one: what is longer, or has more than one line, is there
/// to be taken for something else.
fn is_name(name: &str) -> bool {
    name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(is_hidden)
}

/// Refuses what no node writes: texts that are not as they are shown, languages and words that are
/// none.
fn check_shown(texts: &BTreeMap<String, String>, words: &[SignedWord]) -> Result<(), String> {
    for (language, text) in texts {
        let is_code =
            (2..=8).contains(&language.len()) && language.bytes().all(|it| it.is_ascii_lowercase());
        if !is_code || RichText::from_markdown(text).markdown() != *text {
            return Err("a text that no node has frozen".to_owned());
        }
    }
    if words.iter().any(|it| EndorsementStance::from_code(&it.stance).is_none()) {
        return Err("a word that is none".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::{
        api::statement::StatementVersion,
        membership::{
            Device, DeviceRole, Manifest, ManifestCore, RECEIVING_KEY_BYTES, VerifiedStatement,
            next_root_commitment,
        },
        model::id::{CardId, DeviceId},
    };

    /// An organisation: its id, and its manifest with one device.
    fn org(root: u8, signing: &SigningKey) -> (OrgId, Vec<String>) {
        let root = SigningKey::from_bytes(&[root; 32]);
        let org = OrgId::new(root.verifying_key().to_bytes());
        let transport = SigningKey::from_bytes(&[9; 32]);
        let device =
            Device::prove(&org, DeviceRole::Admin, signing, &transport, &[7; RECEIVING_KEY_BYTES]);
        let core = ManifestCore {
            org,
            seq: 0,
            previous: None,
            root: *org.as_bytes(),
            next_root: next_root_commitment(&[3; 32]),
            devices: vec![device],
            revocations: Vec::new(),
            recovery_threshold: 0,
        };
        let manifest: VerifiedStatement = Manifest::new(core).sign(&root).unwrap().into();
        (org, vec![HEXLOWER.encode(&manifest.encode())])
    }

    fn file(stance: &str) -> StatementFile {
        let card = CardId::new([1; 16]);
        let key = SigningKey::from_bytes(&[7; 32]);
        let (org, manifests) = org(5, &key);
        let texts = BTreeMap::from([("es".to_owned(), "Exigimos **protección**.".to_owned())]);
        let parts = FrozenParts { texts, keepers: BTreeSet::from([org]), asked: BTreeSet::new() };
        let digest = statement_hash(&card, &parts);
        let word = Endorsed { card: &card, hash: &digest, org: &org, stance };
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
                manifests,
            }],
            version: StatementVersion {
                version: "00ff".to_owned(),
                hash: HEXLOWER.encode(&digest),
                author: org,
                author_name: None,
                at: "2026-11-23".to_owned(),
                keepers: vec![StatementOrg { org, org_name: None }],
                asked: Vec::new(),
                texts: parts.texts,
            },
        }
    }

    fn checked(file: &StatementFile, expected: &[OrgId]) -> StatementCheck {
        verify_statement(&serde_json::to_string(file).unwrap(), expected).unwrap()
    }

    fn proven(file: &StatementFile) -> bool {
        checked(file, &[]).proven
    }

    #[test]
    fn a_file_is_checked_without_a_node() {
        let good = checked(&file("endorse"), &[]);
        assert!(good.proven && good.hash_holds && good.words[0].holds() && !good.words[0].named);
        assert_eq!(good.texts["es"], "Exigimos **protección**.");
        let mut text = file("endorse");
        text.version.texts.insert("es".to_owned(), "Exigimos protección.".to_owned());
        let text = checked(&text, &[]);
        assert!(!text.proven && !text.hash_holds && !text.words[0].signature_holds);
        let mut roles = file("endorse");
        roles.version.keepers.clear();
        assert!(!proven(&roles), "who keeps it is signed too");
        let mut stance = file("decline");
        stance.words[0].stance = "endorse".to_owned();
        assert!(!proven(&stance));
        let mut format = file("endorse");
        format.format = "ceiba statement 2".to_owned();
        assert!(verify_statement(&serde_json::to_string(&format).unwrap(), &[]).is_err());
        assert!(verify_statement("{}", &[]).is_err());
    }

    #[test]
    fn names_are_names_and_texts_are_as_they_are_shown() {
        for name in ["Red X\n  Endorses: holds", "Red\u{202e}X", &"x".repeat(201)] {
            let mut forged = file("endorse");
            forged.words[0].org_name = Some(name.to_owned());
            forged.version.keepers[0].org_name = Some(name.to_owned());
            let check = checked(&forged, &[]);
            assert_eq!((&check.words[0].says_it_is, &check.keepers[0].org_name), (&None, &None));
            assert!(check.proven);
        }
        assert_eq!(checked(&file("endorse"), &[]).words[0].says_it_is.as_deref(), Some("Casa"));
        let refused = |file: &StatementFile| {
            verify_statement(&serde_json::to_string(file).unwrap(), &[]).is_err()
        };
        let mut stance = file("endorse");
        stance.words[0].stance = "endorse\nholds".to_owned();
        assert!(refused(&stance));
        for (lang, text) in [("es]\n", "a"), ("es", "a\u{200b}b"), ("es", "**a****b**")] {
            let mut other = file("endorse");
            other.version.texts = BTreeMap::from([(lang.to_owned(), text.to_owned())]);
            assert!(refused(&other), "{lang:?} {text:?}");
        }
    }

    #[test]
    fn what_nobody_endorses_is_not_proven() {
        let mut none = file("endorse");
        none.words.clear();
        assert!(!proven(&none));
        let declined = checked(&file("decline"), &[]);
        assert!(declined.words[0].holds() && !declined.proven);
    }

    #[test]
    fn a_fresh_key_with_a_known_name_proves_nothing_of_who_is_known() {
        // Its own key in another's place: the manifests are not that organisation's.
        let mut forged = file("endorse");
        let known = org(6, &SigningKey::from_bytes(&[8; 32])).0;
        let digest: [u8; 32] =
            HEXLOWER.decode(forged.version.hash.as_bytes()).unwrap().try_into().unwrap();
        let stance = "endorse";
        let word = Endorsed { card: &forged.card, hash: &digest, org: &known, stance };
        forged.words[0].signature = HEXLOWER.encode(&word.sign(&SigningKey::from_bytes(&[7; 32])));
        forged.words[0].org = known;
        let check = checked(&forged, &[]);
        assert!(check.words[0].signature_holds && !check.words[0].device_proven && !check.proven);
        let mut bare = file("endorse");
        bare.words[0].manifests.clear();
        assert!(!proven(&bare));
        // A name is nobody: who expects the known one finds that it is missing.
        let named = checked(&file("endorse"), &[known]);
        assert_eq!((named.missing, named.proven), (vec![known], false));
        let good = file("endorse");
        let it = good.words[0].org;
        assert!(checked(&good, &[it]).proven && checked(&good, &[it]).words[0].named);
        let mut twice = file("endorse");
        twice.words.push(file("decline").words.remove(0));
        assert!(!proven(&twice), "says two things");
    }
}
