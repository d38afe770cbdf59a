//! `ceiba cluster`

use std::collections::BTreeMap;

use clap::{Args, Subcommand};

use crate::{
    api::{ApiError, ErrorKind, Request, linkage::ClusterRequest},
    cli::failure::own_error,
};

/// Find claims of one event, judge them, see them side by side
///
/// Each organisation keeps its own claim. Whether two claims are of one event is a judgement that
/// an organisation signs and can take back; what anybody holds to be different events is never
/// joined. Nothing is joined by itself.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba cluster candidates\n  ceiba cluster same 5c1e90ab 7d02c4f1 --reason \"one body, two lists\"\n  ceiba cluster show 5c1e90ab"
)]
pub(crate) enum Cluster {
    Candidates(Candidates),
    Same(Same),
    NotSame(NotSame),
    Undo(Undo),
    List(List),
    Show(Show),
}

/// Propose pairs of claims that may be of one event, with the reasons
///
/// Names are compared where both can be read here, else by the keyed tokens that partners share.
/// Nothing is proposed for date and place alone, and no pair that somebody has judged.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba cluster candidates --incident 5c1e90ab"
)]
pub(crate) struct Candidates {
    /// Only pairs with this incident: its id, or a prefix of it
    #[arg(long, value_name = "INCIDENT")]
    incident: Option<String>,
    /// Also pairs of claims that one organisation recorded
    #[arg(long)]
    within_one: bool,
    /// At most so many, the strongest; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

/// Judge that two claims are of one event
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba cluster same 5c1e90ab 7d02c4f1 --victims 1=2,2=1 --as K7"
)]
pub(crate) struct Same {
    #[command(flatten)]
    pair: PairOfClaims,
    /// Who is whom: keys of the first's victims and of the second's
    #[arg(long, value_name = "KEY=KEY", value_delimiter = ',')]
    victims: Vec<String>,
}

/// Judge that two claims are of different events, so that they are not proposed again
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba cluster not-same 5c1e90ab 7d02c4f1 --reason \"father and son\""
)]
pub(crate) struct NotSame {
    #[command(flatten)]
    pair: PairOfClaims,
}

/// Take this organisation's judgement of two claims back
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba cluster undo 5c1e90ab 7d02c4f1")]
pub(crate) struct Undo {
    #[command(flatten)]
    pair: PairOfClaims,
}

/// Two claims and what is said of them.
#[derive(Debug, Args)]
struct PairOfClaims {
    /// One claim: its id, or a prefix of it
    first: String,
    /// The other claim
    second: String,
    /// Why; without names
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// A code for the person who judges, never a name
    #[arg(long = "as", value_name = "CODE")]
    by: Option<String>,
    /// Where it is written: a circle in which both claims can be read
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
}

impl PairOfClaims {
    fn judge(self, verdict: &str, victims: BTreeMap<String, String>) -> ClusterRequest {
        let Self { first: one, second: other, reason, by, circle } = self;
        ClusterRequest::Judge {
            one,
            other,
            verdict: verdict.to_owned(),
            reason,
            by,
            victims,
            circle,
        }
    }
}

/// List the clusters, and what organisations hold against each other
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba cluster list --contested")]
pub(crate) struct List {
    /// Only what organisations hold against each other
    #[arg(long)]
    contested: bool,
}

/// Show the claims of one event side by side
///
/// Of each field the value of the surest claim counts, then the most exact, then the most recent.
/// Where claims contradict each other, all values are shown.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba cluster show 5c1e90ab")]
pub(crate) struct Show {
    /// One of its claims: its id, or a prefix of it
    incident: String,
}

impl Cluster {
    pub(crate) fn request(self) -> Result<Request, ApiError> {
        let none = BTreeMap::new;
        let request = match self {
            Self::Candidates(Candidates { incident, within_one, limit }) => {
                ClusterRequest::Candidates { incident, within_one, limit }
            }
            Self::Same(Same { pair, victims }) => pair.judge("same_as", who_is_whom(&victims)?),
            Self::NotSame(NotSame { pair }) => pair.judge("not_same", none()),
            Self::Undo(Undo { pair }) => pair.judge("undone", none()),
            Self::List(List { contested }) => ClusterRequest::List { contested },
            Self::Show(Show { incident }) => ClusterRequest::Show { incident },
        };
        Ok(Request::Cluster(request))
    }
}

fn who_is_whom(given: &[String]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut victims = BTreeMap::new();
    for pair in given {
        let keys = pair.split_once('=').map(|(one, other)| (one.trim(), other.trim()));
        let Some((one, other)) = keys.filter(|(one, other)| !one.is_empty() && !other.is_empty())
        else {
            let given = [("given", pair.clone())];
            return Err(own_error(ErrorKind::Usage, "error-no-key-pair", &given));
        };
        let twice = victims.values().any(|it| it == other);
        if twice || victims.insert(one.to_owned(), other.to_owned()).is_some() {
            let given = [("given", pair.clone())];
            return Err(own_error(ErrorKind::Usage, "error-victim-twice", &given));
        }
    }
    Ok(victims)
}
