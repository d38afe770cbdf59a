//! `ceiba review`

use clap::{Args, Subcommand};

use crate::{
    api::{Request, request::NewReview},
    cli::{failure::Failure, session::Session},
};

/// Verify incidents: review them, and see what is missing for the next level
///
/// v1 screened: complete and plausible. v2 corroborated: two independent sources. v3 verified:
/// reasonable grounds, two persons. v4 established: by a court, a national institution, or a
/// regional or UN body. disputed, not_met and refuted stand aside. What is a level of an incident
/// follows from the signed reviews of all partners; nobody raises another's incident alone.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba review checklist 5c1e90ab\n  ceiba review list 5c1e90ab"
)]
pub(crate) enum Review {
    Add(Box<Add>),
    List(Which),
    Checklist(Needs),
}

impl Review {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        session.ask_and_show(self.request())
    }

    fn request(self) -> Request {
        match self {
            Self::Add(args) => args.request(),
            Self::List(args) => {
                Request::ReviewList { incident: args.incident, circle: args.circle }
            }
            Self::Checklist(args) => {
                Request::ReviewChecklist { incident: args.incident, circle: args.circle }
            }
        }
    }
}

/// Review an incident, or many
///
/// A review is signed, goes to the partners who read the incident, and is never changed. One that
/// would have no effect is refused, and says what is missing. --as is a code for the person, never
/// a name; --reviewer goes to named partners at most.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba review add 5c1e90ab --to v1 --reason \"Complete, plausible\" --as R-07
  ceiba review add 5c1e90ab --to v3 --reason \"Accounts agree\" --as R-07 --source 1 --source 3 \\
    --grounds \"Two eyewitnesses and the medical report agree on act, place and day\"
  ceiba review add 5c1e90ab --to v4 --reason Judgement --as R-07 --citation \"CIDH, report 12/24\"
  ceiba review add 5c1e90ab --to disputed --reason \"Another date in our records\" --as R-07
  ceiba review add 5c1e90ab --closes 77aa --reason \"Date checked with the family\" --as R-07
  ceiba review add --all-own --where-stated --reason \"As verified in our archive\" --as R-07"
)]
pub(crate) struct Add {
    /// Ids, or prefixes of them
    #[arg(required_unless_present = "all_own", conflicts_with = "all_own")]
    incidents: Vec<String>,
    /// All incidents that this organisation recorded
    #[arg(long)]
    all_own: bool,
    /// Only those of which a list states this level or a surer one
    ///
    /// Without --to, each moves to the level that its list states.
    #[arg(long)]
    where_stated: bool,
    /// The level: v0 to v4, disputed, not_met, refuted
    #[arg(long = "to", value_name = "LEVEL", required_unless_present_any = ["where_stated", "closes"])]
    level: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Code of the person in this organisation, never a name
    #[arg(long = "as", value_name = "CODE")]
    reviewer_code: String,
    /// The person's name; for named partners at most
    #[arg(long, value_name = "NAME")]
    reviewer: Option<String>,
    /// Key of a source relied on; repeatable. Without any: all that are independent
    #[arg(long = "source", value_name = "KEY")]
    sources: Vec<String>,
    /// For v3: why there are reasonable grounds to believe it
    #[arg(long, value_name = "TEXT")]
    grounds: Option<String>,
    /// For v4: the body and its decision or report
    #[arg(long, value_name = "TEXT")]
    citation: Option<String>,
    /// Id of the dispute that this closes, or a prefix; --to says what was found
    #[arg(long, value_name = "REVIEW", conflicts_with = "all_own")]
    closes: Option<String>,
    /// Only to the partners of this circle
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
}

impl Add {
    fn request(self) -> Request {
        let review = NewReview {
            incidents: self.incidents,
            all_own: self.all_own,
            where_stated: self.where_stated,
            level: self.level,
            reason: self.reason,
            reviewer_code: self.reviewer_code,
            reviewer: self.reviewer,
            sources: self.sources,
            grounds: self.grounds,
            citation: self.citation,
            closes: self.closes,
            circle: self.circle,
        };
        Request::ReviewAdd { review: Box::new(review) }
    }
}

/// Show the level of an incident, its reviews and open disputes
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba review list 5c1e90ab --circle Alianza")]
pub(crate) struct Which {
    /// Id, or a prefix of it
    incident: String,
    /// As this circle reads it
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
}

/// Show what is missing for the next levels of an incident
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba review checklist 5c1e90ab")]
pub(crate) struct Needs {
    /// Id, or a prefix of it
    incident: String,
    /// As this circle reads it
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
}
