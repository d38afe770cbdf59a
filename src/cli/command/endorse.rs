//! `ceiba endorse`

use clap::Args;

use crate::{
    api::{
        Answer, ErrorKind, Request,
        statement::{StatementDetail, StatementRequest},
    },
    cli::{
        failure::{Failure, own_error},
        render,
        session::Session,
        tongue::Tongue,
    },
};

/// Endorse the frozen text of a joint statement, with a signature of this organisation
///
/// At a terminal the frozen text is shown, and signed once you agree. In scripts --hash names the
/// text that was read: `ceiba statement show --json` has its hash. The signature is over exactly
/// that text: when another is frozen, endorse again. Who says nothing does not endorse.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba endorse 5c1e90ab --by M2\n  ceiba endorse 5c1e90ab --hash 9f3a61c20b7d44e0815ac93d7be2f106 --by M2\n  ceiba endorse 5c1e90ab --withdraw --by M2"
)]
pub(crate) struct Endorse {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Hash of the text that you read, at least its first 32 digits; another is not endorsed
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
    /// Say that this organisation does not endorse it
    #[arg(long, conflicts_with = "withdraw")]
    decline: bool,
    /// Take the endorsement back
    #[arg(long)]
    withdraw: bool,
    /// Code of the person in the organisation, never a name
    #[arg(long, value_name = "CODE")]
    by: String,
}

impl Endorse {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let hash = if self.hash.is_none() && !self.withdraw {
            self.read_and_agreed(session)?
        } else {
            self.hash.clone()
        };
        session.ask_and_show(self.request(hash))
    }

    /// Shows the frozen text to a person, who agrees to exactly that: its whole hash. None if
    /// nobody can be asked, or nothing is frozen: the node says what is missing.
    fn read_and_agreed(&self, session: &mut Session<'_>) -> Result<Option<String>, Failure> {
        if session.ui.is_json() || !session.input.may_ask() {
            return Ok(None);
        }
        let show = StatementRequest::Show { card: self.card.clone() };
        let shown = session.ask(Request::Statement(Box::new(show)))?;
        let tongue = session.ui.tongue();
        let Answer::Statement(detail) = &shown else { return Ok(None) };
        let Some((text, hash)) = self.question(detail, tongue) else { return Ok(None) };
        session.ui.ask(&text);
        let typed = session.input.typed_line()?;
        if typed.is_some_and(|it| it.to_lowercase() == tongue.word(self.word())) {
            return Ok(Some(hash));
        }
        Err(own_error(ErrorKind::Refused, "error-endorse-unconfirmed", &[]).into())
    }

    /// What a person reads and answers, and the hash of what they read.
    fn question(&self, detail: &StatementDetail, tongue: Tongue) -> Option<(String, String)> {
        let newest = detail.newest.as_ref()?;
        let ask = if self.decline { "ask-decline" } else { "ask-endorse" };
        let text = render::frozen_text(newest, tongue);
        Some((format!("{text}\n{}", tongue.word(ask)), newest.hash.clone()))
    }

    /// What a person types who agrees.
    const fn word(&self) -> &'static str {
        if self.decline { "word-decline" } else { "word-endorse" }
    }

    fn request(self, hash: Option<String>) -> Request {
        let stance = match (self.decline, self.withdraw) {
            (true, _) => "decline",
            (false, true) => "withdrawn",
            (false, false) => "endorse",
        };
        let (card, by) = (self.card, self.by);
        let request = StatementRequest::Endorse { card, stance: stance.to_owned(), hash, by };
        Request::Statement(Box::new(request))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        api::statement::StatementVersion,
        model::id::{CardId, OrgId},
    };

    fn detail(newest: Option<StatementVersion>) -> StatementDetail {
        StatementDetail {
            card: CardId::new([1; 16]),
            title: "Ríos".to_owned(),
            state: "in_review".to_owned(),
            texts: BTreeMap::new(),
            markdown: BTreeMap::new(),
            text_hashes: BTreeMap::new(),
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

    #[test]
    fn who_is_asked_reads_what_is_signed() {
        let newest = StatementVersion {
            version: "00".to_owned(),
            hash: "c5".repeat(32),
            author: OrgId::new([1; 32]),
            author_name: None,
            at: "2026-11-23".to_owned(),
            keepers: Vec::new(),
            asked: Vec::new(),
            texts: BTreeMap::from([("es".to_owned(), "Exigimos protección.".to_owned())]),
        };
        let endorse = |decline: bool| Endorse {
            card: "01".to_owned(),
            hash: None,
            decline,
            withdraw: false,
            by: "M2".to_owned(),
        };
        for decline in [false, true] {
            let it = endorse(decline);
            let asked = it.question(&detail(Some(newest.clone())), Tongue::default());
            let (text, hash) = asked.unwrap();
            assert!(text.contains("Exigimos protección.") && text.contains(&newest.hash), "{text}");
            // The word to type stands in the question, and the whole hash is what is sent.
            assert!(text.contains(Tongue::default().word(it.word())), "{text}");
            let Request::Statement(request) = it.request(Some(hash)) else { panic!() };
            let StatementRequest::Endorse { hash, .. } = *request else { panic!() };
            assert_eq!(hash.as_ref(), Some(&newest.hash));
        }
        assert!(endorse(false).question(&detail(None), Tongue::default()).is_none());
    }
}
