//! That every text is there, in every language, and used.

mod files;
mod help;

use super::Tongue;
use crate::{
    api::{ApiError, ErrorKind},
    cli::failure::own_error,
    model::vocabulary::Language,
};

const SPANISH: Tongue = Tongue::new(Language::Spanish);
const PORTUGUESE: Tongue = Tongue::new(Language::Portuguese);

#[test]
fn the_surroundings_choose_the_language() {
    let language = |all, messages, lang| Tongue::of_locale(all, messages, lang).language();
    for (name, expected) in [
        ("es_CO.UTF-8", Language::Spanish),
        ("pt_BR", Language::Portuguese),
        ("pt", Language::Portuguese),
        ("es@euro", Language::Spanish),
        ("en_GB.UTF-8", Language::English),
        ("C.UTF-8", Language::English),
        ("qu_PE", Language::English),
        ("espanto", Language::English),
    ] {
        assert_eq!(language(None, None, Some(name)), expected, "{name}");
    }
    assert_eq!(language(Some(""), Some("pt_BR"), Some("es_CO")), Language::Portuguese);
    // What is set first decides, even if it is none of ours.
    assert_eq!(language(Some("C"), Some("pt_BR"), Some("es_CO")), Language::English);
    assert_eq!(language(None, None, None), Language::English);
}

#[test]
fn numbers_choose_the_form_and_have_no_marks() {
    let said = |tongue: Tongue, received: u64| {
        tongue.say("synced", &[("received", received.into()), ("frames", 12345_u64.into())])
    };
    assert_eq!(said(Tongue::default(), 1), "Received 1 entry; sent 12345 frames");
    assert_eq!(said(Tongue::default(), 0), "Received 0 entries; sent 12345 frames");
    assert_eq!(said(SPANISH, 2), "Recibidas 2 entradas; enviadas 12345 tramas");
    assert_eq!(said(PORTUGUESE, 1), "Recebida 1 entrada; enviados 12345 quadros");
    // Names stand without the marks of Fluent, which terminals show as signs.
    let joined = SPANISH.say("joined", &[("name", "Red Sur".into())]);
    assert_eq!(joined, "Entrada a Red Sur");
}

#[test]
fn codes_have_labels_and_keep_themselves_when_they_have_none() {
    assert_eq!(SPANISH.label("violation_type", "torture"), "Tortura");
    assert_eq!(SPANISH.label("violation_type", "x_river_poisoning"), "x_river_poisoning");
}

#[test]
fn an_error_of_ours_is_translated_with_its_hints_and_one_of_a_node_says_its_kind() {
    let own = own_error(ErrorKind::NotFound, "error-no-node", &[("home", "/srv/x".to_owned())]);
    assert_eq!(own.message, "there is no node in /srv/x");
    assert_eq!((own.code.as_deref(), own.hints.len()), (Some("no-node"), 2));
    let said = PORTUGUESE.error_line(&own);
    assert!(said.starts_with("erro: não há um nó em /srv/x\ndica: criar um"), "{said}");
    let node = ApiError::new(ErrorKind::Refused, "consent was withdrawn").hint("ask again");
    assert_eq!(
        SPANISH.error_line(&node),
        "error (rechazado): consent was withdrawn\nconsejo: ask again"
    );
    let named = node.clone().named("no-coalition", &[]);
    assert!(SPANISH.error_line(&named).starts_with("error: este nodo todavía no está"));
    assert_eq!(Tongue::default().error(&named), named, "the node's own words");
    let english = Tongue::default().error_line(&node);
    assert_eq!(english, "error: consent was withdrawn\nhint: ask again");
}
