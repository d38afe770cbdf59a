//! `ceiba endorse`

use clap::Args;

use crate::{
    api::{
        Request,
        statement::{StatementDetail, StatementRequest},
    },
    cli::{
        command::statement::{Question, read_and_agreed},
        failure::Failure,
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
            read_and_agreed(session, &self.card, |detail, tongue| self.question(detail, tongue))?
        } else {
            self.hash.clone()
        };
        session.ask_and_show(self.request(hash))
    }

    /// What a person reads and answers.
    fn question(&self, detail: &StatementDetail, tongue: Tongue) -> Option<Question> {
        let newest = detail.newest.as_ref()?;
        let (ask, word) = if self.decline {
            ("ask-decline", "word-decline")
        } else {
            ("ask-endorse", "word-endorse")
        };
        let (text, hash) = (render::frozen_text(newest, tongue), newest.hash.clone());
        Some(Question { text, ask, word, hash })
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
    use super::*;
    use crate::cli::{command::statement::detail, render::statement_version as version};

    #[test]
    fn who_is_asked_reads_what_is_signed() {
        let newest = version();
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
            let Question { text, ask, word, hash } = asked.unwrap();
            assert!(text.contains("Exigimos protección.") && text.contains(&newest.hash), "{text}");
            // The word to type stands in the question, and the whole hash is what is sent.
            let (ask, word) = (Tongue::default().word(ask), Tongue::default().word(word));
            assert!(ask.contains(word), "{ask}");
            let Request::Statement(request) = it.request(Some(hash)) else { panic!() };
            let StatementRequest::Endorse { hash, .. } = *request else { panic!() };
            assert_eq!(hash.as_ref(), Some(&newest.hash));
        }
        assert!(endorse(false).question(&detail(None), Tongue::default()).is_none());
    }
}
