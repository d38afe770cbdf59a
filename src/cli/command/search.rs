//! `ceiba search`

use clap::Args;

use super::filters::{Filters, Paging};
use crate::api::Request;

/// Search the incidents that can be read here, from all circles, merged
///
/// A word is found at the beginning of a word, whatever its accents and case, in every text
/// and code that can be read: place, sector, people, sources.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba search minería cauca --family threat --level v2+ --sort -date"
)]
pub(crate) struct Search {
    /// Words that must all occur
    words: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    paging: Paging,
}

impl Search {
    pub(crate) fn request(self) -> Request {
        let filters = self.filters.words(&self.words);
        Request::IncidentList { filter: Box::new(filters.page(self.paging)) }
    }
}
