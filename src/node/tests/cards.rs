//! Cards as several organisations make and change them.

use super::{
    fields,
    partners::{Partner, two},
};
use crate::{
    api::{
        Answer, ErrorKind, Request,
        board::{CardDetail, CardFilter, CardRequest, CardRow},
    },
    doc::{Edit, EditError},
    model::{
        id::{CardId, CircleId},
        registry::Value,
    },
    node::cards::card_document,
};

pub(super) fn add(kind: &str, circle: Option<&str>, set: &[(&str, &str)]) -> CardRequest {
    CardRequest::Add {
        kind: kind.to_owned(),
        circle: circle.map(str::to_owned),
        fields: fields(set),
        dry_run: false,
        unless_duplicate: false,
    }
}

pub(super) fn edit(card: &CardId, set: &[(&str, &str)], unset: &[&str]) -> CardRequest {
    CardRequest::Edit {
        card: card.to_string(),
        set: fields(set),
        unset: unset.iter().map(|path| (*path).to_owned()).collect(),
    }
}

pub(super) fn show(card: &CardId) -> CardRequest {
    CardRequest::Show { card: card.to_string() }
}

fn list(partner: &mut Partner, filter: CardFilter) -> Vec<CardRow> {
    let answer = partner.ask(Request::Card(CardRequest::List { filter })).unwrap();
    let Answer::Cards(rows) = answer else { panic!("{answer:?}") };
    rows
}

pub(super) fn value<'d>(detail: &'d CardDetail, path: &str) -> Option<&'d str> {
    let field = detail.fields.iter().find(|field| field.path == path)?;
    field.value.as_str()
}

/// Writes into a card's document past all rules, as another program could.
pub(super) fn scribble(
    partner: &mut Partner,
    circle: &CircleId,
    card: &CardId,
    fields: &[(&str, &str)],
) {
    let document = card_document(card, circle);
    let schema = partner.node.replica.document(&(*circle, document)).unwrap().unwrap().schema();
    let write = |edit: &mut Edit<'_>| -> Result<(), EditError> {
        fields
            .iter()
            .try_for_each(|(path, text)| edit.set(&path.parse().unwrap(), &Value::from(*text)))
    };
    partner.node.edit_document(circle, document, &schema, write).unwrap();
    partner.node.settle();
}

#[test]
fn a_card_is_made_found_and_changed_by_partners() {
    let (mut vereda, mut casa) = two();
    let set =
        [("title", "Rivers"), ("countries/co", "yes"), ("due", "2027-02"), ("tags/water", "yes")];
    let made = vereda.card(add("campaign", None, &set)).unwrap();
    let card = made.row.card;
    vereda.meet(&mut casa);
    assert_eq!(casa.card(show(&card)).unwrap().row.title, "Rivers");
    casa.card(edit(&card, &[("state", "agreed")], &["due"])).unwrap();
    vereda.meet(&mut casa);
    let shown = vereda.card(show(&card)).unwrap();
    assert_eq!((shown.row.state.as_str(), shown.row.due), ("agreed", None));
    assert_eq!(shown.origin, vereda.node.org());
    let found = |filter: CardFilter, partner: &mut Partner| list(partner, filter).len();
    let by = |country: &str, tag: &str| CardFilter {
        country: Some(country.to_owned()),
        tag: Some(tag.to_owned()),
        ..CardFilter::default()
    };
    assert_eq!(found(by("CO", "water"), &mut casa), 1);
    assert_eq!(found(by("PE", "water"), &mut casa), 0);
    let wrong = vereda.card(add("decision", None, &[("title", "Q"), ("state", "adopted")]));
    assert_eq!(wrong.unwrap_err().kind, ErrorKind::Usage);
    let meta = vereda.card(edit(&card, &[("meta/origin", "x")], &[]));
    assert_eq!(meta.unwrap_err().kind, ErrorKind::Usage, "the program's own");
}

#[test]
fn a_sealed_field_stays_with_who_wrote_it() {
    let (mut vereda, mut casa) = two();
    let set = [("title", "Strategy"), ("place", "Casa Azul"), ("participants/a/role", "lawyer")];
    let made = vereda.card(add("strategy_meeting", None, &set)).unwrap();
    let card = made.row.card;
    assert_eq!(value(&made, "place"), Some("Casa Azul"));
    assert!(made.fields.iter().any(|field| field.path == "place" && field.at_home));
    assert!(made.fields.iter().any(|field| field.path == "participants/a/role" && !field.at_home));
    vereda.meet(&mut casa);
    let key = (made.row.circle, card_document(&card, &made.row.circle));
    for partner in [&mut vereda, &mut casa] {
        let document = partner.node.replica.document(&key).unwrap().unwrap();
        assert_eq!(document.record().text("place"), None);
        assert_eq!(document.record().text("title"), Some("Strategy"));
    }
    assert_eq!(value(&casa.card(show(&card)).unwrap(), "place"), None);
    // It may know another place: its own.
    casa.card(edit(&card, &[("place", "Casa Verde")], &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(value(&casa.card(show(&card)).unwrap(), "place"), Some("Casa Verde"));
    assert_eq!(value(&vereda.card(show(&card)).unwrap(), "place"), Some("Casa Azul"));
}

#[test]
fn who_writes_over_whose_a_card_is_does_not_take_it() {
    let (mut vereda, mut casa) = two();
    let made = vereda.card(add("action", None, &[("title", "Ask for the hearing")])).unwrap();
    let (card, circle) = (made.row.card, made.row.circle);
    vereda.meet(&mut casa);
    let thief = casa.node.org().to_string();
    let other = CardId::new([7; 16]).to_string();
    scribble(&mut casa, &circle, &card, &[("meta/origin", &thief), ("meta/card", &other)]);
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        let shown = partner.card(show(&card)).unwrap();
        assert_eq!(shown.row.title, "Ask for the hearing");
        assert_eq!(shown.origin, made.origin);
        assert_eq!(list(partner, CardFilter::default()).len(), 1);
    }
    // The next edit puts it right.
    vereda.card(edit(&card, &[("state", "agreed")], &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(casa.card(show(&card)).unwrap().row.state, "agreed");
}

#[test]
fn concurrent_values_are_shown_until_somebody_settles_them() {
    let (mut vereda, mut casa) = two();
    let made =
        vereda.card(add("action", None, &[("title", "One"), ("body", "Long text.")])).unwrap();
    let card = made.row.card;
    vereda.meet(&mut casa);
    vereda.card(edit(&card, &[("title", "Two"), ("body", "Long text. And more.")], &[])).unwrap();
    casa.card(edit(&card, &[("title", "Three"), ("body", "A long text.")], &[])).unwrap();
    vereda.meet(&mut casa);
    let shown = vereda.card(show(&card)).unwrap();
    let conflicts: Vec<&str> = shown.conflicts.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(conflicts, ["title"], "long texts are merged letter by letter");
    assert_eq!(shown.conflicts[0].values.len(), 2);
    assert_eq!(casa.card(show(&card)).unwrap().conflicts, shown.conflicts);
    // What stands is taken on purpose too: also then nothing is contested any more.
    let stands = shown.row.title.clone();
    assert!(casa.card(edit(&card, &[("title", &stands)], &[])).unwrap().conflicts.is_empty());
    vereda.meet(&mut casa);
    let settled = vereda.card(show(&card)).unwrap();
    assert!(settled.conflicts.is_empty() && settled.row.title == stands);
}
