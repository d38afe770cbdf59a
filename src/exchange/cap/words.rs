//! The sentences of an alert that goes out: always the same, in three languages. Nothing that a
//! person wrote is among them.

use crate::model::vocabulary::{Language, Vocabulary};

/// One sentence in English, Spanish and Portuguese.
pub(super) struct Sentence([&'static str; 3]);

impl Sentence {
    pub(super) const fn text(&self, language: Language) -> &'static str {
        let [english, spanish, portuguese] = self.0;
        match language {
            Language::English => english,
            Language::Spanish => spanish,
            Language::Portuguese => portuguese,
        }
    }
}

/// What happens, where no type of violation is named.
pub(super) const EVENT: Sentence = Sentence([
    "Emergency of defenders of land and environment",
    "Emergencia de personas defensoras de la tierra y el ambiente",
    "Emergência de defensoras e defensores da terra e do ambiente",
]);
/// Who reads it must know that nothing is left out by mistake.
pub(super) const DESCRIPTION: Sentence = Sentence([
    "Names, exact places and details are not in this message. Ask whoever sent it, on a safe channel.",
    "Este mensaje no contiene nombres, lugares exactos ni detalles. Consulte a quien lo envió por un canal seguro.",
    "Esta mensagem não contém nomes, locais exatos nem detalhes. Consulte quem a enviou por um canal seguro.",
]);
/// What to do.
pub(super) const INSTRUCTION: Sentence = Sentence([
    "Answer whether you act. Do not publish: noise may endanger those concerned.",
    "Responda si actúa. No publique: el ruido puede poner en peligro a las personas afectadas.",
    "Responda se vai agir. Não publique: o ruído pode pôr em perigo as pessoas afetadas.",
]);
/// The same in an exercise.
pub(super) const EXERCISE: Sentence = Sentence([
    "This is an exercise. Nobody is in danger. Answer as if it were not.",
    "Esto es un simulacro. Nadie está en peligro. Responda como si no lo fuera.",
    "Isto é um simulado. Ninguém está em perigo. Responda como se não fosse.",
]);
/// The alert is over.
pub(super) const CLOSED: Sentence = Sentence([
    "The alert is closed. Nothing more is asked for.",
    "La alerta está cerrada. No se pide nada más.",
    "O alerta está encerrado. Nada mais é pedido.",
]);
/// Where no place is told.
pub(super) const SOMEWHERE: Sentence =
    Sentence(["Place not told", "Lugar no indicado", "Local não informado"]);

/// The label of a code of the built-in lists.
pub(super) fn label(list: &str, code: &str, language: Language) -> Option<&'static str> {
    let term = Vocabulary::built_in().list(list).iter().find(|term| term.code == code)?;
    Some(term.label(language))
}

/// The names of the countries whose languages these are; others by their code.
pub(super) fn country(code: &str, language: Language) -> Option<&'static str> {
    Some(match (code, language) {
        ("BR", Language::English) => "Brazil",
        ("BR", _) => "Brasil",
        ("CO", Language::Portuguese) => "Colômbia",
        ("CO", _) => "Colombia",
        ("EC", Language::Portuguese) => "Equador",
        ("EC", _) => "Ecuador",
        ("PE", Language::Spanish) => "Perú",
        ("PE", _) => "Peru",
        _other => return None,
    })
}
