//! Answers for people: plain words, tables that fit 100 columns, and what to do next.
//!
//! Pure functions from answers to text; the `Ui` writes it and makes it harmless.

mod circles;
mod conflicts;
mod decisions;
mod incident;
mod incidents;
mod node;
mod table;
#[cfg(test)]
mod tests;
mod verification;
mod words;

#[cfg(test)]
pub(crate) use self::table::WIDTH;
pub(crate) use self::{
    decisions::qr_code,
    node::{demo, initialised, run_event},
};
use crate::api::Answer;

/// An answer as text.
pub(crate) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Done => "done\n".to_owned(),
        Answer::Status(status) => node::status(status),
        Answer::Circle(circle) => circles::circle(circle),
        Answer::Circles(list) => circles::circles(list),
        Answer::Invite(invite) => decisions::invite(invite),
        Answer::Invites(list) => decisions::invites(list),
        Answer::JoinFile(file) => format!("{}\n", file.text),
        Answer::Joined(joined) => decisions::joined(joined),
        Answer::Proposal(proposal) => decisions::proposal(proposal),
        Answer::Proposals(list) => decisions::proposals(list),
        Answer::Members(list) => circles::members(list),
        Answer::Removal(removal) => circles::removal(removal),
        Answer::Incident(found) => incident::incident(found),
        Answer::Incidents(page) => incidents::incidents(page),
        Answer::Shared(shared) => incidents::shared(shared),
        Answer::Imported(imported) => incidents::imported(imported),
        Answer::Reviewed(done) => verification::reviewed(done),
        Answer::Reviews(found) => verification::reviews(found),
        Answer::Checklist(found) => verification::checklist(found),
        Answer::ConsentChanged(changed) => verification::consent_changed(changed),
        Answer::Consents(list) => verification::consents(list),
        Answer::Conflicts(list) => conflicts::conflicts(list),
        Answer::Peers(list) => node::peers(list),
        Answer::Synced(synced) => node::synced(synced),
    }
}
