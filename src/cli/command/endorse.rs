//! `ceiba endorse`

use clap::Args;

use crate::api::{Request, statement::StatementRequest};

/// Endorse the frozen text of a joint statement, with a signature of this organisation
///
/// Read the frozen text with `ceiba statement show`, and give the beginning of its hash. The
/// signature is over exactly that text: when another is frozen, endorse again. Who says nothing
/// does not endorse.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba endorse 5c1e90ab --hash 9f3a61c20b7d --by M2\n  ceiba endorse 5c1e90ab --withdraw --by M2"
)]
pub(crate) struct Endorse {
    /// The statement's card, or a prefix of its id
    card: String,
    /// Beginning of the hash of the text that you read, at least 8 digits; another is not endorsed
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
    pub(crate) fn request(self) -> Request {
        let stance = match (self.decline, self.withdraw) {
            (true, _) => "decline",
            (false, true) => "withdrawn",
            (false, false) => "endorse",
        };
        let (card, hash, by) = (self.card, self.hash, self.by);
        let request = StatementRequest::Endorse { card, stance: stance.to_owned(), hash, by };
        Request::Statement(Box::new(request))
    }
}
