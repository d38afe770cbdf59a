//! `ceiba openrosa submissions`

use clap::{Args, Subcommand};

use crate::{
    api::{
        Answer, Request,
        openrosa::{OpenRosaRequest, Submissions as Portion, Which},
    },
    cli::{failure::Failure, session::Session},
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Submissions {
    #[command(subcommand)]
    action: Option<Action>,
    /// Try again to read what could not be read
    #[arg(long)]
    retry: bool,
    /// From this phone alone
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Those alone that wait for a person
    #[arg(long)]
    held: bool,
    /// Go on below this number, where the portion before ended
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
}

/// What is done with what came
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Take up what was held, after looking at it
    ///
    /// It makes an incident, or changes the one that it edits; what people wrote there stays.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba openrosa submissions accept uuid:0d5a…"
    )]
    Accept {
        /// Ids of submissions
        #[arg(required_unless_present = "by", conflicts_with = "by")]
        instances: Vec<String>,
        /// All that are held of this phone
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// Remove what was sent for good: the filled forms and their files
    ///
    /// Sent again, it makes nothing. What was made of it stays: incidents, and files that are their
    /// evidence.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba openrosa submissions remove --by phone-1 --held"
    )]
    Remove {
        /// Ids of submissions
        #[arg(required_unless_present = "by", conflicts_with_all = ["by", "held"])]
        instances: Vec<String>,
        /// All of this phone
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// Those alone that wait for a person
        #[arg(long)]
        held: bool,
    },
}

impl Submissions {
    pub(super) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        // What is done is done to all that fit; a list is shown in portions.
        let all = self.retry || self.action.is_some();
        let mut backend = session.connect(&Request::OpenRosa(self.request(None)))?;
        let mut shown = Portion { submissions: Vec::new(), before: None };
        loop {
            let request = Request::OpenRosa(self.request(shown.before));
            let answer = backend.call(request, &mut |_progress| {})?;
            let Answer::Submissions(portion) = answer else {
                return session.show(&answer);
            };
            shown.submissions.extend(portion.submissions);
            shown.before = portion.before;
            // Of a portion in which nothing fits nobody learns anything.
            if shown.before.is_none() || !all && !shown.submissions.is_empty() {
                return session.show(&Answer::Submissions(shown));
            }
        }
    }

    /// What is asked for, going on where a portion ended.
    pub(super) fn request(&self, next: Option<u64>) -> OpenRosaRequest {
        let which = |instances: &[String], by: &Option<String>, held| Which {
            instances: instances.to_vec(),
            by: by.clone(),
            held,
        };
        match &self.action {
            Some(Action::Accept { instances, by }) => OpenRosaRequest::SubmissionAccept {
                which: which(instances, by, true),
                before: next,
            },
            Some(Action::Remove { instances, by, held }) => OpenRosaRequest::SubmissionRemove {
                which: which(instances, by, *held),
                before: next,
            },
            None => OpenRosaRequest::SubmissionList {
                retry: self.retry,
                which: which(&[], &self.by, self.held),
                before: next.or(self.before),
            },
        }
    }
}
