//! `ceiba statement`

mod editor;
mod reading;

#[cfg(test)]
pub(super) use reading::tests::detail;
pub(super) use reading::{Question, read_and_agreed};

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, Subcommand};

use crate::{
    api::{
        Answer, ApiError, ErrorKind, Request,
        statement::{StatementDetail, StatementRequest},
    },
    cli::{
        failure::{Failure, own_error},
        input::write_new_file,
        render,
        session::Session,
        tongue::Tongue,
    },
    exchange::statement::verify_statement,
    model::id::OrgId,
};

/// Joint statements: texts that partners write together, freeze, endorse and release
///
/// A statement is a card of the kind joint_message. Its texts are written by all members, offline
/// too; its owner or a steward freezes and releases them.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba statement edit 5c1e90ab --language es
  ceiba statement freeze 5c1e90ab --by M2
  ceiba statement release 5c1e90ab --by M2"
)]
pub(crate) enum Statement {
    Show(Show),
    Edit(Edit),
    History(Language),
    Blame(Blame),
    Freeze(Freeze),
    Release(Release),
    Retire(Retire),
    Export(Export),
    Verify(Verify),
}

impl Statement {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let request = match self {
            Self::Edit(args) => return args.run(session),
            Self::Export(args) => return args.run(session),
            Self::Verify(args) => return args.run(session),
            Self::Show(args) => StatementRequest::Show { card: args.card },
            Self::History(args) => {
                StatementRequest::History { card: args.card, lang: args.language }
            }
            Self::Blame(args) => StatementRequest::Blame { card: args.card, lang: args.language },
            Self::Freeze(args) => {
                let Freeze { card, base, keeper, asked, by } = args;
                let base = match base {
                    None => read_and_agreed(session, &card, to_freeze)?,
                    given => given,
                };
                StatementRequest::Freeze { card, base, keepers: keeper, asked, by }
            }
            Self::Release(args) => {
                let Release { card, hash, by } = args;
                let hash = match hash {
                    None => read_and_agreed(session, &card, to_release)?,
                    given => given,
                };
                StatementRequest::Release { card, retire: false, hash, by }
            }
            Self::Retire(args) => {
                let (card, by) = (args.card, args.by);
                StatementRequest::Release { card, retire: true, hash: None, by }
            }
        };
        session.ask_and_show(order(request))
    }
}

/// The texts as they are now, which are frozen so.
fn to_freeze(detail: &StatementDetail, tongue: Tongue) -> Option<Question> {
    let text = (!detail.markdown.is_empty()).then(|| render::present_text(detail, tongue))?;
    let hash = detail.texts_hash.clone();
    Some(Question { text, ask: "ask-freeze", word: "word-freeze", hash })
}

/// The frozen text, which goes out.
fn to_release(detail: &StatementDetail, tongue: Tongue) -> Option<Question> {
    let newest = detail.newest.as_ref()?;
    let (text, hash) = (render::frozen_text(newest, tongue), newest.hash.clone());
    Some(Question { text, ask: "ask-release", word: "word-release", hash })
}

fn order(request: StatementRequest) -> Request {
    Request::Statement(Box::new(request))
}

/// Show a statement: the frozen text that is endorsed, what differs now, who keeps and endorses it
///
/// Cited incidents that do not hold any more are named, and who changed the card's owner, stewards
/// or who is asked without keeping the statement: that changes nothing of what is frozen.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba statement show 5c1e90ab")]
pub(crate) struct Show {
    /// The statement's card, or a prefix of its id
    card: String,
}

/// Write in a statement's texts, in $VISUAL or $EDITOR, as Markdown
///
/// In the editor what others write meanwhile stays: texts merge letter by letter. --text and --file
/// replace the whole text: with --base only if it is still the one that you wrote from; what is
/// taken out is printed. If the node refuses a text, it is kept in a file, and the command says
/// where.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba statement edit 5c1e90ab --language es\n  ceiba statement edit 5c1e90ab --language pt --text \"Exigimos **proteção**.\"\n  ceiba statement edit 5c1e90ab --language en --file -"
)]
pub(crate) struct Edit {
    /// The statement's card, or a prefix of its id
    card: String,
    /// The language of the text: es, pt, en, …; without it, all that there are
    #[arg(long, value_name = "LANGUAGE")]
    language: Vec<String>,
    /// The new text, as Markdown
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    text: Option<String>,
    /// A file with the new text; - is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Beginning of the present text's hash, at least 32 digits; if others changed it, nothing is done
    #[arg(long, value_name = "HASH")]
    base: Option<String>,
}

impl Edit {
    fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let given = match (self.text, &self.file) {
            (Some(text), _) => Some(text),
            (None, Some(path)) => Some(session.input.text(path)?),
            (None, None) => None,
        };
        if let Some(text) = given {
            let [lang] = self.language.as_slice() else {
                return Err(own_error(ErrorKind::Usage, "error-one-language", &[]).into());
            };
            let texts = BTreeMap::from([(lang.clone(), text)]);
            return session.ask_and_show(order(StatementRequest::Edit {
                card: self.card,
                texts,
                base: BTreeMap::new(),
                base_hash: self.base,
            }));
        }
        let asked = session.ask(order(StatementRequest::Show { card: self.card.clone() }))?;
        // The node answers with nothing else.
        let Answer::Statement(detail) = asked else { return session.show(&asked) };
        let languages: Vec<String> = if self.language.is_empty() {
            detail.markdown.keys().cloned().collect()
        } else {
            self.language
        };
        if languages.is_empty() {
            return Err(own_error(ErrorKind::Usage, "error-one-language", &[]).into());
        }
        let (mut texts, mut base, mut drafts) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for lang in languages {
            let before = detail.markdown.get(&lang).cloned().unwrap_or_default();
            let draft = match editor::edit(&detail.card.short(), &lang, &before) {
                Ok(draft) => draft,
                // What was written in other languages is not lost for that.
                Err(error) => return Err(keep(error, drafts).into()),
            };
            if draft.text != before {
                texts.insert(lang.clone(), draft.text.clone());
                base.insert(lang, before);
                drafts.push(draft);
            }
        }
        if texts.is_empty() {
            return session.show(&Answer::Statement(detail));
        }
        let card = detail.card.to_string();
        let edit = StatementRequest::Edit { card, texts, base, base_hash: self.base };
        match session.ask(order(edit)) {
            Ok(answer) => session.show(&answer),
            Err(error) => Err(keep(error, drafts).into()),
        }
    }
}

/// Keeps what was written, and tells where.
fn keep(mut error: ApiError, drafts: Vec<editor::Draft>) -> ApiError {
    for draft in drafts {
        if let Some(path) = draft.keep() {
            error = error.hint(format!("{}", path.display()));
        }
    }
    error
}

/// Show who changed what in a statement's texts
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba statement history 5c1e90ab --language es")]
pub(crate) struct Language {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Only the text in this language
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

/// Show which organisation wrote which words of a statement as it is now
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba statement blame 5c1e90ab --language es")]
pub(crate) struct Blame {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Only the text in this language
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
}

/// Freeze the texts as they are now, with who keeps them and who is asked, for endorsements
///
/// At a terminal the texts are shown, and frozen once you agree. In scripts --base names the texts
/// that were read: `ceiba statement show` prints it.
/// Who made the card freezes first, and names who keeps the statement from then on; another keeper
/// adds keepers, and leaves nobody out. Without names both stay as they were frozen last; the first
/// time they are as the card says, unless somebody else changed that.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba statement freeze 5c1e90ab --by M2\n  ceiba statement freeze 5c1e90ab --keeper \"Casa Norte\" --by M2\n  ceiba statement freeze 5c1e90ab --base 9f3a61c20b7d44e0815ac93d7be2f106 --by M2"
)]
pub(crate) struct Freeze {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Beginning of the hash of all texts that you read, at least 32 digits; others are not frozen
    #[arg(long, value_name = "HASH")]
    base: Option<String>,
    /// An organisation that keeps it beside this one: freezes what follows, and releases it
    #[arg(long, value_name = "ORG")]
    keeper: Vec<String>,
    /// An organisation whose endorsement is awaited
    #[arg(long, value_name = "ORG")]
    asked: Vec<String>,
    /// Code of the person in the organisation, never a name
    #[arg(long, value_name = "CODE")]
    by: String,
}

/// Release the frozen text; what is changed later does not change it
///
/// At a terminal the newest frozen text is shown, and released once you agree. In scripts --hash
/// names the text that was read.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba statement release 5c1e90ab --by M2\n  ceiba statement release 5c1e90ab --hash 9f3a61c20b7d44e0815ac93d7be2f106 --by M2"
)]
pub(crate) struct Release {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Hash of the frozen text that you read, at least its first 32 digits; an older one too
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
    /// Code of the person in the organisation, never a name
    #[arg(long, value_name = "CODE")]
    by: String,
}

/// Say that a released statement is not said any more
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba statement retire 5c1e90ab --by M2")]
pub(crate) struct Retire {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Code of the person in the organisation, never a name
    #[arg(long, value_name = "CODE")]
    by: String,
}

/// Write the frozen text with its endorsements and signatures to a file, for who has no node
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba statement export 5c1e90ab --out statement.json")]
pub(crate) struct Export {
    /// The statement's card, or a prefix of its id
    card: String,
    /// A new file; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let answer = session.ask(order(StatementRequest::Export { card: self.card }))?;
        if let (Some(path), Answer::StatementFile(file)) = (&self.out, &answer) {
            let json = serde_json::to_vec_pretty(file).map_err(std::io::Error::from)?;
            write_new_file(path, &json)?;
            return Ok(());
        }
        session.show(&answer)
    }
}

/// Check an exported statement without a node: its text, each signature, and whose it is
///
/// An organisation is its id (did:key); names are what the file says. Name with --org whose
/// endorsement must be there, by the ids that you have from them: else compare the ids that are
/// shown. What nobody endorses is not proven. A device that was revoked after the export is not
/// known to be.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba statement verify statement.json\n  ceiba statement verify statement.json --org did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
)]
pub(crate) struct Verify {
    /// The file; - is standard input
    file: PathBuf,
    /// The id of an organisation that must endorse it
    #[arg(long, value_name = "DID")]
    org: Vec<String>,
}

impl Verify {
    fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut orgs: Vec<OrgId> = Vec::new();
        for given in &self.org {
            orgs.push(given.parse().map_err(|_not_one| {
                own_error(ErrorKind::Usage, "error-no-org-id", &[("given", given.clone())])
            })?);
        }
        // Manifests of many devices are large.
        let json = session.input.join_file(&self.file)?;
        let check = verify_statement(&json, &orgs).map_err(|why| {
            own_error(ErrorKind::Usage, "error-no-statement-file", &[("why", why)])
        })?;
        let proven = check.proven;
        session.show(&Answer::StatementCheck(Box::new(check)))?;
        if proven { Ok(()) } else { Err(Failure::Disproved) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::statement_version as version;

    #[test]
    fn who_freezes_or_releases_reads_what_is_signed() {
        let tongue = Tongue::default();
        let (both, bare) = (detail(Some(version())), detail(None));
        let now = to_freeze(&both, tongue).unwrap();
        let out = to_release(&both, tongue).unwrap();
        for (asked, text, hash) in [
            (&now, "| Exigimos nada.", &both.texts_hash),
            (&out, "| Exigimos protección.", &version().hash),
        ] {
            assert_eq!(&asked.hash, hash);
            assert!(asked.text.lines().any(|line| line == text), "{}", asked.text);
            assert!(asked.text.contains(hash.as_str()), "{}", asked.text);
            assert!(tongue.word(asked.ask).contains(tongue.word(asked.word)));
        }
        assert_eq!(to_freeze(&bare, tongue).map(|it| it.hash), Some(bare.texts_hash.clone()));
        assert_eq!(to_release(&bare, tongue), None);
        let empty = StatementDetail { markdown: BTreeMap::new(), ..bare };
        assert_eq!(to_freeze(&empty, tongue), None);
    }
}
