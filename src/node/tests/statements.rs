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
    crypto::endorsed::{Endorsed, FrozenParts, statement_hash, statement_link},
    doc::Edit,
    exchange::statement::verify_statement,
    model::{
        id::{CardId, CircleId, DeviceId, OrgId},
        registry::{RecordKind, Schema, Value},
    },
    view::RECORD_ID,
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

fn freeze_what(card: &CardId, base: Option<&str>, keepers: &[&str]) -> StatementRequest {
    StatementRequest::Freeze {
        card: card.to_string(),
        base: base.map(str::to_owned),
        keepers: keepers.iter().map(|it| (*it).to_owned()).collect(),
        asked: Vec::new(),
        by: "M1".to_owned(),
    }
}

/// Freezes what is shown.
fn freeze(
    partner: &mut Partner,
    card: &CardId,
    keepers: &[&str],
) -> Result<StatementDetail, ApiError> {
    let base = show(partner, card).texts_hash;
    say(partner, freeze_what(card, Some(&base), keepers))
}

fn word(card: &CardId, stance: &str, hash: Option<&str>) -> StatementRequest {
    StatementRequest::Endorse {
        card: card.to_string(),
        stance: stance.to_owned(),
        hash: hash.map(str::to_owned),
        by: "M1".to_owned(),
    }
}

fn release_what(card: &CardId, retire: bool, hash: Option<&str>) -> StatementRequest {
    let (card, hash, by) = (card.to_string(), hash.map(str::to_owned), "M1".to_owned());
    StatementRequest::Release { card, retire, hash, by }
}

/// Releases or retires the newest frozen text.
fn release(
    partner: &mut Partner,
    card: &CardId,
    retire: bool,
) -> Result<StatementDetail, ApiError> {
    let hash = show(partner, card).newest.map(|it| it.hash);
    say(partner, release_what(card, retire, hash.as_deref()))
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
    let bad = freeze(&mut vereda, &card, &[]).unwrap().newest.unwrap();
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
    let good = freeze(&mut vereda, &card, &[]).unwrap().newest.unwrap();
    assert_ne!(good.hash, bad.hash);
    vereda.meet(&mut casa);
    let late = say(&mut casa, word(&card, "endorse", Some(&bad.hash)));
    assert_eq!(code(late), "other-version");
    // Who writes both texts makes two that have the same first digits.
    assert_eq!(code(say(&mut casa, word(&card, "endorse", Some(&good.hash[..16])))), "hash-needed");
    say(&mut casa, word(&card, "endorse", Some(&good.hash[..32]))).unwrap();
    assert_eq!(standing(&mut casa, &card, "Casa"), "endorses");
    let released = |hash: &str| release_what(&card, false, Some(hash));
    assert_eq!(code(say(&mut vereda, released(&bad.hash[..31]))), "hash-needed");
    assert_eq!(code(say(&mut vereda, released(&"0".repeat(64)))), "no-such-version");
    assert_eq!(code(say(&mut vereda, release_what(&card, false, None))), "hash-needed");
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
    assert_eq!(code(freeze(&mut casa, &card, &[])), "not-keeper");
    casa.meet(&mut vereda);
    let frozen = freeze(&mut vereda, &card, &[]).unwrap();
    let us = vereda.node.org();
    assert_eq!(frozen.keepers.iter().map(|it| it.org).collect::<Vec<_>>(), [us]);
    assert_eq!((frozen.asked, frozen.meddlers.len()), (2, 1), "all members are asked");
    assert_eq!(frozen.meddlers[0].org, casa.node.org());
    endorse(&mut vereda, &card);
    release(&mut vereda, &card, false).unwrap();
    // Afterwards: nothing of what stands changes, and the other releases and retires nothing.
    scribble(&mut casa, &circle, &card, &[("owner", &own)]);
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        let shown = show(partner, &card);
        assert_eq!((shown.state.as_str(), shown.endorsed, shown.asked), ("released", 1, 2));
        assert_eq!(shown.keepers[0].org, us);
    }
    assert_eq!(code(freeze(&mut casa, &card, &[])), "not-keeper");
    assert_eq!(code(release(&mut casa, &card, true)), "not-keeper");
}

#[test]
fn keepers_name_keepers() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    freeze(&mut vereda, &card, &["Casa"]).unwrap();
    vereda.meet(&mut casa);
    say(&mut casa, write(&card, "Exigimos mucho más.")).unwrap();
    let frozen = freeze(&mut casa, &card, &[]).unwrap();
    assert_eq!((frozen.keepers.len(), frozen.changed_since), (2, false), "as before");
    casa.meet(&mut vereda);
    assert_eq!(show(&mut vereda, &card).newest.unwrap().texts["es"], "Exigimos mucho más.");
    // Back to the first text: who endorsed that endorses it again, and its hash is the same.
    let before = endorse(&mut vereda, &card).newest.unwrap().hash;
    say(&mut vereda, write(&card, "Otra cosa.")).unwrap();
    freeze(&mut vereda, &card, &[]).unwrap();
    assert_eq!(standing(&mut vereda, &card, "Vereda"), "stale");
    say(&mut vereda, write(&card, "Exigimos mucho más.")).unwrap();
    let again = freeze(&mut vereda, &card, &[]).unwrap().newest.unwrap().hash;
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
    freeze(&mut vereda, &card, &["Casa"]).unwrap();
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
    let alone = freeze(&mut vereda, &card, &["Vereda"]).unwrap();
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
fn who_freezes_says_what_was_read() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let read = show(&mut vereda, &card);
    assert_eq!(read.texts_hash, read.text_hashes["es"], "of one text");
    for base in [None, Some(&read.texts_hash[..31])] {
        assert_eq!(code(say(&mut vereda, freeze_what(&card, base, &[]))), "base-needed");
    }
    // Another writes between reading and freezing: in the text, or in another language.
    for (lang, text) in [("es", "Exigimos nada."), ("pt", "Exigimos nada.")] {
        let before = show(&mut vereda, &card).texts_hash;
        let edit = StatementRequest::Edit {
            card: card.to_string(),
            texts: BTreeMap::from([(lang.to_owned(), text.to_owned())]),
            base: BTreeMap::new(),
            base_hash: None,
        };
        say(&mut casa, edit).unwrap();
        casa.meet(&mut vereda);
        let late = say(&mut vereda, freeze_what(&card, Some(&before), &[]));
        assert_eq!(code(late), "other-texts", "{lang}");
        assert!(show(&mut vereda, &card).newest.is_none());
    }
    let now = show(&mut vereda, &card).texts_hash;
    let frozen = say(&mut vereda, freeze_what(&card, Some(&now[..32]), &[])).unwrap();
    assert_eq!(frozen.newest.unwrap().texts.len(), 2);
}

/// Releases or retires with a changed client: following all acts that it has, keeper or not.
fn release_forged(partner: &mut Partner, card: &CardId, hash: &str, action: &str) {
    let held = partner.node.card(card).unwrap();
    let mut record = partner.node.beside_card(RecordKind::Release, &held, 9, "M1").unwrap();
    for (path, text) in [("hash", hash), ("action", action)] {
        record.set(path.parse().unwrap(), text).unwrap();
    }
    let acts = partner.node.view.records_of_card(RecordKind::Release, &held.circle, card);
    let acts = acts.map(|(author, held)| {
        let record = held.record();
        let kind = record.schema().to_string();
        let says = [&kind, RECORD_ID, "hash", "action"];
        let says = says.map(|it| record.text(it).unwrap_or(&kind));
        let follows = record.keys("follows").into_iter().map(str::to_owned).collect();
        statement_link(&author, &says, &follows)
    });
    for link in acts.collect::<Vec<_>>() {
        record.set(format!("follows/{link}").parse().unwrap(), Value::Flag(true)).unwrap();
    }
    partner.node.write_beside(record, &[held.circle]).unwrap();
}

#[test]
fn who_was_unmade_releases_and_retires_nothing_more() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let first = freeze(&mut vereda, &card, &["Casa"]).unwrap().newest.unwrap().hash;
    vereda.meet(&mut casa);
    release(&mut casa, &card, false).unwrap();
    casa.meet(&mut vereda);
    // Who is unmade did that while it kept the statement: the next version says so.
    say(&mut vereda, write(&card, "Exigimos mucho más.")).unwrap();
    let alone = freeze(&mut vereda, &card, &["Vereda"]).unwrap();
    assert_eq!((alone.state.as_str(), alone.released.unwrap().hash), ("released", first.clone()));
    let second = release(&mut vereda, &card, false).unwrap().newest.unwrap().hash;
    for action in ["retire", "release", "retire"] {
        vereda.meet(&mut casa);
        release_forged(&mut casa, &card, &first, action);
        casa.meet(&mut vereda);
        for partner in [&mut vereda, &mut casa] {
            let shown = show(partner, &card);
            assert_eq!(shown.state, "released", "{action}");
            assert_eq!(shown.released.unwrap().hash, second, "{action}");
        }
    }
    // What does not count holds nobody up, nor does it once its author keeps the statement again.
    release(&mut vereda, &card, true).unwrap();
    release(&mut vereda, &card, false).unwrap();
    let both = freeze(&mut vereda, &card, &["Casa"]).unwrap();
    assert_eq!((both.state.as_str(), both.keepers.len()), ("released", 2));
    assert_eq!(both.released.unwrap().hash, second);
}

#[test]
fn who_writes_into_records_gives_them_no_room_of_their_own() {
    let (mut author, mut other) = two();
    // Its device comes before the author's.
    let swapped = author.node.device() < other.node.device();
    let card = statement(&mut author, &mut other);
    if swapped {
        std::mem::swap(&mut author, &mut other);
    }
    let held = author.node.card(&card).unwrap();
    for number in 1..=257 {
        let kind = RecordKind::Comment;
        let mut record = author.node.beside_card(kind, &held, number, "M1").unwrap();
        record.set("text".parse().unwrap(), "Sí").unwrap();
        author.node.write_beside(record, &[held.circle]).unwrap();
    }
    let count = |partner: &mut Partner| {
        let request = StatementRequest::Comments { card: card.to_string() };
        match partner.ask(Request::Statement(Box::new(request))).unwrap() {
            Answer::Comments(comments) => comments.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(count(&mut author), 256);
    author.meet(&mut other);
    let written = author.node.view.records_of_card(RecordKind::Comment, &held.circle, &card);
    for document in written.map(|(_, it)| it.document).take(3).collect::<Vec<_>>() {
        let schema = Schema::of(RecordKind::Comment);
        let write = |edit: &mut Edit<'_>| edit.set(&"by".parse().unwrap(), &Value::from("X"));
        other.node.edit_document(&held.circle, document, &schema, write).unwrap();
    }
    other.node.settle();
    other.meet(&mut author);
    assert_eq!((count(&mut author), count(&mut other)), (256, 256));
}

#[test]
fn a_version_that_is_not_as_it_is_shown_does_not_count() {
    let (mut vereda, mut casa) = two();
    let card = statement(&mut vereda, &mut casa);
    let good = freeze(&mut vereda, &card, &[]).unwrap().newest.unwrap();
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
    freeze(&mut vereda, &card, &[]).unwrap();
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
    assert_eq!(code(freeze(&mut vereda, &card, &[])), "card-text-tells");
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
    freeze(&mut vereda, &card, &[]).unwrap();
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
