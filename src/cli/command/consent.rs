//! `ceiba consent`

use clap::{Args, Subcommand};

use crate::{
    api::{Request, request::NewConsent},
    cli::{failure::Failure, session::Session},
};

/// Keep the ledger of consent: who agreed to what, and who withdrew
///
/// The ledger stays in this organisation. The newest entry of a person holds for every incident
/// that names them; what it does not cover stays out of every facet from then on.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba consent record 5c1e90ab --victim 1 --basis informed_explicit --scope statistics"
)]
pub(crate) enum Consent {
    Record(Box<Record>),
    Withdraw(Withdraw),
    List(List),
}

impl Consent {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        session.ask_and_show(self.request())
    }

    fn request(self) -> Request {
        match self {
            Self::Record(args) => args.request(),
            Self::Withdraw(args) => Request::ConsentWithdraw { whose: args.whose, date: args.date },
            Self::List(args) => {
                Request::ConsentList { subject: args.subject, expiring: args.expiring }
            }
        }
    }
}

/// Record what a victim or a community agreed to
///
/// Makes an id for the person if there is none; --person names one who is in the ledger already, so
/// that one withdrawal holds for all their incidents. What an entry does not cover any more is taken
/// back from every circle where it was shared; nothing new is shared by it.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba consent record 5c1e90ab --victim 1 --basis informed_explicit \\
    --scope share_coalition_deid --scope statistics --expires 2027-12-31 --explained-risks
  ceiba consent record 5c1e90ab --community --basis community --scope share_coalition_deid
  ceiba consent record 99b1c2d3 --victim 2 --person 4e0f"
)]
pub(crate) struct Record {
    /// The incident: id, or a prefix of it
    incident: String,
    /// Key of the victim whose consent it is
    #[arg(long, value_name = "KEY", required_unless_present = "community")]
    victim: Option<String>,
    /// It is the community's consent, for the incident as a whole
    #[arg(long, conflicts_with = "victim")]
    community: bool,
    /// Who it is, if they are in the ledger: id, or a prefix of it
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// Basis: informed_explicit, guardian, community, public_domain, …
    #[arg(long, value_name = "CODE", required_unless_present = "person")]
    basis: Option<String>,
    /// Agreed to: share_partners_named, share_coalition_deid, …; repeatable
    #[arg(long = "scope", value_name = "CODE")]
    scopes: Vec<String>,
    /// When it was given; today without it
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Last day on which it holds
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// Who recorded it
    #[arg(long, value_name = "NAME")]
    recorded_by: Option<String>,
    /// Written, spoken, by whom
    #[arg(long, value_name = "TEXT")]
    form: Option<String>,
    /// In which language it was explained
    #[arg(long, value_name = "TEXT")]
    language: Option<String>,
    /// The risks were explained
    #[arg(long)]
    explained_risks: bool,
    /// Whatever else matters
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Record {
    fn request(self) -> Request {
        let consent = NewConsent {
            incident: self.incident,
            victim: self.victim,
            person: self.person,
            basis: self.basis,
            scopes: self.scopes,
            date: self.date,
            expires: self.expires,
            recorded_by: self.recorded_by,
            form: self.form,
            language: self.language,
            explained_risks: self.explained_risks,
            note: self.note,
        };
        Request::ConsentRecord { consent: Box::new(consent) }
    }
}

/// Record that somebody withdrew, and take back at once what was shared of them
///
/// Of a person or community: everything of theirs leaves every facet of every incident that names
/// them. Of an incident: its community's consent, or the record's own, and all of it. What partners
/// have read, and the history of their copies, stays with them.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba consent withdraw 4e0f\n  ceiba consent withdraw 5c1e90ab/1\n  ceiba consent withdraw 5c1e90ab"
)]
pub(crate) struct Withdraw {
    /// Id of the person or community, INCIDENT/VICTIM, or an incident
    whose: String,
    /// When they withdrew; today without it
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
}

/// List who agreed to what
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba consent list --expiring 30")]
pub(crate) struct List {
    /// Only this person or community: id, or a prefix of it
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Only what ends within so many days, or has ended; also records' own
    #[arg(long, value_name = "DAYS")]
    expiring: Option<u32>,
}
