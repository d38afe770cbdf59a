//! Joint statements, between organisations, one of which wants more than is its own.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;

use super::{
    cards::{add, edit, scribble},
    fields,
    joint::{incident, link, to_incident},
    partners::{Partner, two},
};
use crate::{
    api::{
        Answer, ApiError, Request,
        request::NewReview,
        statement::{StatementDetail, StatementFile, StatementRequest},
    },
    crypto::endorsed::{Endorsed, FrozenParts, statement_hash},
    exchange::statement::verify_statement,
    model::{
        id::{CardId, CircleId, DeviceId, OrgId},
        registry::{RecordKind, Value},
    },
};

fn say(partner: &mut Partner, request: StatementRequest) -> Result<StatementDetail, ApiError> {
    match partner.ask(Request::Statement(Box::new(request)))? {
        Answer::Statement(detail) => Ok(*detail),
        other => panic!("{other:?}"),
    }
}

fn show(partner: &mut Partner, card: &CardId) -> StatementDetail {
    say(partner, StatementRequest::Show { card: card.to_string() }).unwrap()
}

fn write_from(card: &CardId, text: &str, base_hash: Option<&str>) -> StatementRequest {
    StatementRequest::Edit {
        card: card.to_string(),
        texts: BTreeMap::from([("es".to_owned(), text.to_owned())]),
        base: BTreeMap::new(),
        base_hash: base_hash.map(str::to_owned),
    }
}

fn write(card: &CardId, text: &str) -> StatementRequest {
    write_from(card, text, None)
}

fn freeze(card: &CardId, keepers: &[&str]) -> StatementRequest {
    StatementRequest::Freeze {
        card: card.to_string(),
        keepers: keepers.iter().map(|it| (*it).to_owned()).collect(),
        asked: Vec::new(),
        by: "M1".to_owned(),
    }
}

fn word(card: &CardId, stance: &str, hash: Option<&str>) -> StatementRequest {
    StatementRequest::Endorse {
        card: card.to_string(),
        stance: stance.to_owned(),
        hash: hash.map(str::to_owned),
        by: "M1".to_owned(),
    }
}

fn release(card: &CardId, retire: bool) -> StatementRequest {
    StatementRequest::Release { card: card.to_string(), retire, hash: None, by: "M1".to_owned() }
}

fn code(error: Result<StatementDetail, ApiError>) -> String {
    error.unwrap_err().code.unwrap_or_default()
}

fn standing(partner: &mut Partner, card: &CardId, name: &str) -> String {
    let words = show(partner, card).words;
    let word = words.into_iter().find(|it| it.org_name.as_deref() == Some(name));
    word.map(|it| it.standing).unwrap_or_default()
}

fn endorse(partner: &mut Partner, card: &CardId) -> StatementDetail {
    let hash = show(partner, card).newest.unwrap().hash;
    say(partner, word(card, "endorse", Some(&hash))).unwrap()
}

/// A statement of the first, with a text, which both have.
fn statement(vereda: &mut Partner, casa: &mut Partner) -> CardId {
    let made = vereda.card(add("joint_message", None, &[("title", "Ríos")])).unwrap();
    let card = made.row.card;
    say(vereda, write(&card, "Exigimos protección.")).unwrap();
    vereda.meet(casa);
    card
}

fn circle_of(partner: &Partner, card: &CardId) -> CircleId {
    partner.node.view.board_documents(card).next().unwrap().circle
}

#[test]
fn who_endorses_says_what_was_read() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let bad = say(&mut vereda, freeze(&card, &[])).unwrap().newest.unwrap();
    // The text is made good again, and only that is what the card says.
    say(&mut vereda, write(&card, "Exigimos mucho más.")).unwrap();
    vereda.meet(&mut casa);
    let shown = show(&mut casa, &card);
    assert_eq!(shown.newest.unwrap().texts["es"], "Exigimos protección.");
    assert!(shown.changed_since && shown.markdown["es"] == "Exigimos mucho más.");
    for (hash, expected) in [
        (None, "hash-needed"),
        (Some(&bad.hash[..31]), "hash-needed"),
        (Some("00000000000000000000000000000000"), "other-version"),
    ] {
        assert_eq!(code(say(&mut casa, word(&card, "endorse", hash))), expected);
        assert_eq!(code(say(&mut casa, word(&card, "decline", hash))), expected);
    }
    // Another is frozen between reading and signing.
    let good = say(&mut vereda, freeze(&card, &[])).unwrap().newest.unwrap();
    assert_ne!(good.hash, bad.hash);
    vereda.meet(&mut casa);
    let late = say(&mut casa, word(&card, "endorse", Some(&bad.hash)));
    assert_eq!(code(late), "other-version");
    // Who writes both texts makes two that have the same first digits.
    assert_eq!(code(say(&mut casa, word(&card, "endorse", Some(&good.hash[..16])))), "hash-needed");
    say(&mut casa, word(&card, "endorse", Some(&good.hash[..32]))).unwrap();
    assert_eq!(standing(&mut casa, &card, "Casa"), "endorses");
    let released = |hash: &str| StatementRequest::Release {
        card: card.to_string(),
        retire: false,
        hash: Some(hash.to_owned()),
        by: "M1".to_owned(),
    };
    assert_eq!(code(say(&mut vereda, released(&bad.hash[..31]))), "hash-needed");
    assert_eq!(code(say(&mut vereda, released(&"0".repeat(64)))), "no-such-version");
    let out = say(&mut vereda, released(&bad.hash)).unwrap().released.unwrap();
    assert_eq!(out.hash, bad.hash);
    say(&mut casa, word(&card, "withdrawn", None)).unwrap();
    assert_eq!(standing(&mut casa, &card, "Casa"), "withdrew");
}

#[test]
fn who_edits_the_card_makes_itself_no_keeper() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let circle = circle_of(&casa, &card);
    let own = casa.node.org().to_string();
    // Before anything is frozen: what the other wrote is not signed by who freezes.
    scribble(&mut casa, &circle, &card, &[("stewards/x/org", &own), ("asked/x/org", &own)]);
    assert_eq!(code(say(&mut casa, freeze(&card, &[]))), "not-keeper");
    casa.meet(&mut vereda);
    let frozen = say(&mut vereda, freeze(&card, &[])).unwrap();
    let us = vereda.node.org();
    assert_eq!(frozen.keepers.iter().map(|it| it.org).collect::<Vec<_>>(), [us]);
    assert_eq!((frozen.asked, frozen.meddlers.len()), (2, 1), "all members are asked");
    assert_eq!(frozen.meddlers[0].org, casa.node.org());
    endorse(&mut vereda, &card);
    say(&mut vereda, release(&card, false)).unwrap();
    // Afterwards: nothing of what stands changes, and the other releases and retires nothing.
    scribble(&mut casa, &circle, &card, &[("owner", &own)]);
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        let shown = show(partner, &card);
        assert_eq!((shown.state.as_str(), shown.endorsed, shown.asked), ("released", 1, 2));
        assert_eq!(shown.keepers[0].org, us);
    }
    assert_eq!(code(say(&mut casa, freeze(&card, &[]))), "not-keeper");
    assert_eq!(code(say(&mut casa, release(&card, true))), "not-keeper");
}

#[test]
fn keepers_name_keepers() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    say(&mut vereda, freeze(&card, &["Casa"])).unwrap();
    vereda.meet(&mut casa);
    say(&mut casa, write(&card, "Exigimos mucho más.")).unwrap();
    let frozen = say(&mut casa, freeze(&card, &[])).unwrap();
    assert_eq!((frozen.keepers.len(), frozen.changed_since), (2, false), "as before");
    casa.meet(&mut vereda);
    assert_eq!(show(&mut vereda, &card).newest.unwrap().texts["es"], "Exigimos mucho más.");
    // Back to the first text: who endorsed that endorses it again, and its hash is the same.
    let before = endorse(&mut vereda, &card).newest.unwrap().hash;
    say(&mut vereda, write(&card, "Otra cosa.")).unwrap();
    say(&mut vereda, freeze(&card, &[])).unwrap();
    assert_eq!(standing(&mut vereda, &card, "Vereda"), "stale");
    say(&mut vereda, write(&card, "Exigimos mucho más.")).unwrap();
    let again = say(&mut vereda, freeze(&card, &[])).unwrap().newest.unwrap().hash;
    assert_eq!(again, before);
    assert_eq!(standing(&mut vereda, &card, "Vereda"), "endorses");
}

/// Writes a version with a changed client: with its right hash, whatever it says.
fn freeze_forged(partner: &mut Partner, card: &CardId, text: &str, keeper: OrgId, number: i64) {
    let held = partner.node.card(card).unwrap();
    let kind = RecordKind::Version;
    let mut record = partner.node.beside_card(kind, &held, number, "M1").unwrap();
    let parts = FrozenParts {
        texts: BTreeMap::from([("es".to_owned(), text.to_owned())]),
        keepers: BTreeSet::from([keeper]),
        asked: BTreeSet::new(),
    };
    let follows = show(partner, card).newest.unwrap().version;
    let hash = HEXLOWER.encode(&statement_hash(card, &parts));
    let fields =
        [("hash", hash), ("texts/es", text.to_owned()), ("keepers/o0/org", keeper.to_string())];
    for (path, text) in fields {
        record.set(path.parse().unwrap(), text).unwrap();
    }
    let follows = format!("follows/{follows}").parse().unwrap();
    record.set(follows, Value::Flag(true)).unwrap();
    partner.node.write_beside(record, &[held.circle]).unwrap();
}

#[test]
fn who_was_unmade_freezes_nothing_more() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    say(&mut vereda, freeze(&card, &["Casa"])).unwrap();
    vereda.meet(&mut casa);
    // A keeper names keepers: nobody is left out by it.
    let own = casa.node.org();
    freeze_forged(&mut casa, &card, "Exigimos todo.", own, 9);
    casa.meet(&mut vereda);
    for partner in [&mut vereda, &mut casa] {
        let shown = show(partner, &card);
        assert_eq!(shown.newest.unwrap().texts["es"], "Exigimos todo.");
        assert_eq!(shown.keepers.len(), 2);
    }
    // Who made the card leaves it out: by a name of its own.
    say(&mut vereda, write(&card, "Exigimos protección.")).unwrap();
    let alone = say(&mut vereda, freeze(&card, &["Vereda"])).unwrap();
    assert_eq!(alone.keepers.len(), 1);
    // It did not hear of it yet, and then it did.
    for _time in 0..2 {
        freeze_forged(&mut casa, &card, "Exigimos nada.", own, 9);
        vereda.meet(&mut casa);
        for partner in [&mut vereda, &mut casa] {
            let shown = show(partner, &card);
            assert_eq!(shown.newest.unwrap().texts["es"], "Exigimos protección.");
            assert_eq!(shown.keepers[0].org_name.as_deref(), Some("Vereda"));
        }
    }
}

#[test]
fn a_version_that_is_not_as_it_is_shown_does_not_count() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let good = say(&mut vereda, freeze(&card, &[])).unwrap().newest.unwrap();
    let own = vereda.node.org();
    // Letters that nobody sees, and a number before the first.
    freeze_forged(&mut vereda, &card, "Exigimos\u{200b} nada.", own, 2);
    freeze_forged(&mut vereda, &card, "Exigimos nada.", own, 0);
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(show(partner, &card).newest.unwrap().hash, good.hash);
    }
    freeze_forged(&mut vereda, &card, "Exigimos más.", own, 2);
    assert_eq!(show(&mut vereda, &card).newest.unwrap().texts["es"], "Exigimos más.");
}

#[test]
fn a_signature_counts_by_a_device_in_use_of_its_author() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    say(&mut vereda, freeze(&card, &[])).unwrap();
    vereda.meet(&mut casa);
    let hash = show(&mut casa, &card).newest.unwrap().hash;
    let (circle, org) = (circle_of(&casa, &card), casa.node.org());
    let digest: [u8; 32] = HEXLOWER.decode(hash.as_bytes()).unwrap().try_into().unwrap();
    let signed = Endorsed { card: &card, hash: &digest, org: &org, stance: "endorse" };
    // By nobody's key, and by another organisation's: both signatures are good.
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let theirs = &vereda.node.replica.identity().keys.signing;
    for key in [&stranger, theirs] {
        let held = casa.node.card(&card).unwrap();
        let mut record = casa.node.beside_card(RecordKind::Endorsement, &held, 1, "M1").unwrap();
        let device = DeviceId::new(key.verifying_key().to_bytes());
        for (path, text) in [
            ("hash", hash.clone()),
            ("stance", "endorse".to_owned()),
            ("device", HEXLOWER.encode(device.as_bytes())),
            ("signature", HEXLOWER.encode(&signed.sign(key))),
        ] {
            record.set(path.parse().unwrap(), text).unwrap();
        }
        casa.node.write_beside(record, &[circle]).unwrap();
        assert_eq!(standing(&mut casa, &card, "Casa"), "invalid");
    }
    casa.meet(&mut vereda);
    assert_eq!(standing(&mut vereda, &card, "Casa"), "invalid");
    // Its own word follows them.
    endorse(&mut casa, &card);
    casa.meet(&mut vereda);
    assert_eq!(standing(&mut vereda, &card, "Casa"), "endorses");
    // Suspended: it is not asked, and does not endorse.
    let suspend = Request::MemberSuspend { org: "Casa".to_owned(), circle: None };
    vereda.ask(suspend).unwrap();
    let shown = show(&mut vereda, &card);
    assert_eq!(standing(&mut vereda, &card, "Casa"), "invalid");
    assert_eq!((shown.endorsed, shown.asked), (0, 1));
}

#[test]
fn what_must_stay_goes_into_no_text_by_any_way() {
    let (mut vereda, mut casa) = two();
    let incident = incident(&mut vereda, "Rosalba Quenguan", &["Alianza"]);
    let card = statement(&mut vereda, &mut casa);
    vereda.card(link(&card, to_incident(&incident))).unwrap();
    for text in ["Con Rosalba.", "Con **Ro**salba.", "[Ella](https://example.org/rosalba)"] {
        assert_eq!(code(say(&mut vereda, write(&card, text))), "card-text-tells", "{text}");
    }
    let comment = StatementRequest::Comment {
        card: card.to_string(),
        text: "¿Rosalba?".to_owned(),
        reply_to: None,
        on: None,
        by: "M1".to_owned(),
    };
    assert_eq!(code(say(&mut vereda, comment)), "card-text-tells");
    let item = StatementRequest::ItemAdd {
        card: card.to_string(),
        text: "Llamar a Rosalba".to_owned(),
        assignee: None,
        due: None,
    };
    assert_eq!(code(say(&mut vereda, item)), "card-text-tells");
    // Another, who does not know the name, may have written it: nobody who does freezes it.
    vereda.meet(&mut casa);
    say(&mut casa, write(&card, "Con Rosalba.")).unwrap();
    casa.meet(&mut vereda);
    assert_eq!(code(say(&mut vereda, freeze(&card, &[]))), "card-text-tells");
    assert!(show(&mut vereda, &card).newest.is_none());
}

#[test]
fn an_edit_says_what_it_takes_out_and_keeps_to_its_base() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let base = show(&mut vereda, &card).text_hashes["es"].clone();
    say(&mut casa, write(&card, "Exigimos protección.\n\nY respeto.")).unwrap();
    casa.meet(&mut vereda);
    let few = say(&mut vereda, write_from(&card, "Otra cosa.", Some(&base[..31])));
    assert_eq!(code(few), "hash-needed");
    let refused = say(&mut vereda, write_from(&card, "Otra cosa.", Some(&base[..32])));
    assert_eq!(code(refused), "other-base");
    assert!(show(&mut vereda, &card).markdown["es"].contains("respeto"));
    let now = show(&mut vereda, &card).text_hashes["es"].clone();
    let edited = write_from(&card, "Exigimos protección.", Some(&now[..32]));
    let done = say(&mut vereda, edited).unwrap();
    assert!(done.taken_out["es"].contains("Y respeto."), "{:?}", done.taken_out);
    assert!(show(&mut vereda, &card).taken_out.is_empty());
}

#[test]
fn an_exported_file_proves_who_endorses() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    say(&mut vereda, freeze(&card, &[])).unwrap();
    vereda.meet(&mut casa);
    let export = |partner: &mut Partner| -> StatementFile {
        let request = StatementRequest::Export { card: card.to_string() };
        match partner.ask(Request::Statement(Box::new(request))).unwrap() {
            Answer::StatementFile(file) => *file,
            other => panic!("{other:?}"),
        }
    };
    let orgs = [vereda.node.org(), casa.node.org()];
    let check = |file: &StatementFile| {
        verify_statement(&serde_json::to_string(file).unwrap(), &orgs).unwrap()
    };
    assert!(!check(&export(&mut vereda)).proven, "nobody endorses");
    endorse(&mut vereda, &card);
    vereda.meet(&mut casa);
    assert_eq!(check(&export(&mut casa)).missing, orgs[1..]);
    endorse(&mut casa, &card);
    let file = export(&mut casa);
    let good = check(&file);
    assert!(good.proven && good.words.iter().all(|it| it.named && it.holds()));
    let mut bare = file;
    bare.words[0].manifests.clear();
    assert!(!check(&bare).proven);
}

#[test]
fn cited_incidents_that_fell_are_flagged() {
    let (mut vereda, mut casa) = two();
    let [unmet, withdrawn] =
        ["Rosalba Quenguan", "Teodolinda Cuasquer"].map(|it| incident(&mut casa, it, &["Alianza"]));
    casa.meet(&mut vereda);
    let card = statement(&mut vereda, &mut casa);
    for id in [&unmet, &withdrawn] {
        vereda.card(link(&card, to_incident(id))).unwrap();
    }
    assert!(show(&mut vereda, &card).flags.is_empty());
    let review = NewReview {
        incidents: vec![unmet.clone()],
        level: Some("not_met".to_owned()),
        reason: "No fue así".to_owned(),
        reviewer_code: "R-1".to_owned(),
        ..NewReview::default()
    };
    casa.ask(Request::ReviewAdd { review: Box::new(review) }).unwrap();
    let whose = format!("{withdrawn}/1");
    casa.ask(Request::ConsentWithdraw { whose, date: None }).unwrap();
    casa.meet(&mut vereda);
    let reasons = |partner: &mut Partner| -> BTreeMap<String, String> {
        show(partner, &card).flags.into_iter().map(|it| (it.incident, it.reason)).collect()
    };
    assert_eq!(
        reasons(&mut casa),
        fields(&[(unmet.as_str(), "not_met"), (withdrawn.as_str(), "withdrawn")])
    );
    // The partner reads no more than that it is gone.
    assert_eq!(
        reasons(&mut vereda),
        fields(&[(unmet.as_str(), "not_met"), (withdrawn.as_str(), "gone")])
    );
    vereda.card(edit(&card, &[("priority", "high")], &[])).unwrap();
}
