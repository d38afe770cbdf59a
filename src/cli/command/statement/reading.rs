//! What a person reads at a terminal before it is signed, and agrees to.

use crate::{
    api::{
        Answer, ErrorKind, Request,
        statement::{StatementDetail, StatementRequest},
    },
    cli::{
        failure::{Failure, own_error},
        session::Session,
        tongue::Tongue,
    },
};

/// What is asked of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// What is shown: all that is signed.
    pub(crate) text: String,
    /// What is asked below it, which has the word to type.
    pub(crate) ask: &'static str,
    /// What a person types who agrees.
    pub(crate) word: &'static str,
    /// The whole hash of what is shown.
    pub(crate) hash: String,
}

/// Shows a statement's text to a person, who agrees to exactly that: its whole hash. None if nobody
/// can be asked, or there is no such text: the node says what is missing.
pub(crate) fn read_and_agreed(
    session: &mut Session<'_>,
    card: &str,
    question: impl Fn(&StatementDetail, Tongue) -> Option<Question>,
) -> Result<Option<String>, Failure> {
    if session.ui.is_json() || !session.input.may_ask() {
        return Ok(None);
    }
    let show = StatementRequest::Show { card: card.to_owned() };
    let shown = session.ask(Request::Statement(Box::new(show)))?;
    let tongue = session.ui.tongue();
    let Answer::Statement(detail) = &shown else { return Ok(None) };
    let Some(Question { text, ask, word, hash }) = question(detail, tongue) else {
        return Ok(None);
    };
    session.ui.ask(&format!("{text}\n{}", tongue.word(ask)));
    let typed = session.input.typed_line()?;
    if typed.is_some_and(|it| it.to_lowercase() == tongue.word(word)) {
        return Ok(Some(hash));
    }
    Err(own_error(ErrorKind::Refused, "error-endorse-unconfirmed", &[]).into())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{api::statement::StatementVersion, model::id::CardId};

    /// A statement whose text is another than the frozen one.
    pub(crate) fn detail(newest: Option<StatementVersion>) -> StatementDetail {
        StatementDetail {
            card: CardId::new([1; 16]),
            title: "Ríos".to_owned(),
            state: "in_review".to_owned(),
            texts: BTreeMap::new(),
            markdown: BTreeMap::from([("es".to_owned(), "Exigimos nada.".to_owned())]),
            text_hashes: BTreeMap::new(),
            texts_hash: "7e".repeat(32),
            taken_out: BTreeMap::new(),
            changed_since: true,
            newest,
            released: None,
            released_by: None,
            keepers: Vec::new(),
            meddlers: Vec::new(),
            words: Vec::new(),
            endorsed: 0,
            asked: 0,
            flags: Vec::new(),
            embargo: None,
        }
    }
}
