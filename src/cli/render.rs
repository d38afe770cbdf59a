//! Answers for people: plain words, tables that fit 100 columns, and what to do next.
//!
//! Pure functions from answers to text; the `Ui` writes it and makes it harmless.

mod alerts;
mod board;
mod bundle;
mod cap;
mod circles;
mod conflicts;
mod decisions;
mod devices;
mod evidence;
mod export;
mod figures;
mod import;
mod incident;
mod incidents;
mod joint;
mod linkage;
mod node;
mod notify;
mod openrosa;
mod pictures;
mod reach;
mod sheet;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod verification;
mod vocabulary;
mod words;

#[cfg(test)]
pub(crate) use self::statement::tests::version as statement_version;
pub(crate) use self::{
    alerts::{LOUD, closings as alert_closings, line_with_news as alert_line_with_news},
    devices::{accepted, draft as device_draft, entering, requested},
    export::{checked, exported},
    import::{change, changes},
    joint::ballot,
    node::{demo, initialised, run_event},
    pictures::{qr_code, qr_codes},
    sheet::{named as board_text, spoken},
    statement::{frozen_text, present_text},
    table::WIDTH,
    vocabulary::{terms_of_list, vocabulary_lists},
};
use crate::{api::Answer, cli::tongue::Tongue};

/// An answer as text.
pub(crate) fn answer(answer: &Answer, tongue: Tongue) -> String {
    match answer {
        // Who exports asks for these and writes files of them.
        Answer::Export(_) | Answer::PhoneFile(_) | Answer::BoardCards(_) => String::new(),
        Answer::Done => format!("{}\n", tongue.word("done")),
        Answer::Status(status) => node::status(status, tongue),
        Answer::Network(found) => node::network(found, tongue),
        Answer::CapMessage(message) => message.xml.clone(),
        Answer::CapRead(found) => cap::read(found, tongue),
        Answer::Notify(found) => notify::notify(found, tongue),
        Answer::Circle(circle) => circles::circle(circle, tongue),
        Answer::Circles(list) => circles::circles(list, tongue),
        Answer::Invite(invite) => decisions::invite(invite, tongue),
        Answer::Invites(list) => decisions::invites(list, tongue),
        Answer::JoinFile(file) => format!("{}\n", file.text),
        Answer::Joined(joined) => decisions::joined(joined, tongue),
        Answer::Proposal(proposal) => decisions::proposal(proposal, tongue),
        Answer::Proposals(list) => decisions::proposals(list, tongue),
        Answer::Members(list) => circles::members(list, tongue),
        Answer::Removal(removal) => circles::removal(removal, tongue),
        Answer::Devices(list) => devices::devices(list, tongue),
        Answer::DeviceDraft(draft) => devices::draft(draft, tongue),
        Answer::DeviceChanged(changed) => devices::changed(changed, tongue),
        Answer::Deposited(deposited) => devices::deposited(deposited, tongue),
        Answer::Incident(found) => incident::incident(found, tongue),
        Answer::Incidents(page) => incidents::incidents(page, tongue),
        Answer::Shared(shared) => incidents::shared(shared, tongue),
        Answer::Imported(imported) => import::imported(imported, tongue),
        Answer::Mappings(list) => import::mappings(list, tongue),
        Answer::Mapping(mapping) => mapping.text.clone(),
        Answer::Phone(phone) => openrosa::phone(phone, tongue),
        Answer::Phones(list) => openrosa::phones(list, tongue),
        Answer::PhoneForms(list) => openrosa::forms(list, tongue),
        Answer::Submissions(list) => openrosa::submissions(list, tongue),
        Answer::Reviewed(done) => verification::reviewed(done, tongue),
        Answer::Reviews(found) => verification::reviews(found, tongue),
        Answer::Checklist(found) => verification::checklist(found, tongue),
        Answer::ConsentChanged(changed) => verification::consent_changed(changed, tongue),
        Answer::Consents(list) => verification::consents(list, tongue),
        Answer::Evidence(list) => evidence::items(list, tongue),
        Answer::EvidenceSaved(saved) => evidence::saved(saved, tongue),
        Answer::EvidencePolicies(list) => evidence::policies(list, tongue),
        Answer::Alert(found) => alerts::alert(found, tongue),
        Answer::Alerts(list) => alerts::alerts(list, tongue),
        Answer::BoardPage(page) => sheet::page(page, tongue),
        Answer::BoardViews(list) => sheet::views(list, tongue),
        Answer::CardKinds(kinds) => board::kinds(kinds, tongue),
        Answer::Cards(list) => board::cards(list, tongue),
        Answer::Card(card) => board::card(card, tongue),
        Answer::CardShared(shared) => joint::shared(shared, tongue),
        Answer::Decision(detail) => joint::decision(detail, tongue),
        Answer::Decisions(rows) => joint::decisions(rows, tongue),
        Answer::CardHistory(changes) => board::history(changes, tongue),
        Answer::Statement(detail) => statement::statement(detail, tongue),
        Answer::StatementHistory(changes) => statement::history(changes, tongue),
        Answer::StatementBlame(stretches) => statement::blame(stretches, tongue),
        Answer::StatementFile(file) => statement::file(file),
        Answer::StatementCheck(check) => statement::check(check, tongue),
        Answer::Comments(list) => statement::comments(list, tongue),
        Answer::Items(list) => statement::items(list, tongue),
        Answer::Conflicts(list) => conflicts::conflicts(list, tongue),
        Answer::Candidates(found) => linkage::candidates(found, tongue),
        Answer::Judged(judged) => linkage::judged(judged, tongue),
        Answer::Clusters(list) => linkage::clusters(list, tongue),
        Answer::Cluster(cluster) => linkage::cluster(cluster, tongue),
        Answer::Issue(issue) => figures::issue(issue, tongue),
        Answer::Counted(counted) => figures::counted(counted, tongue),
        Answer::CrossTable(table) => figures::cross(table, tongue),
        Answer::Trend(trend) => figures::trend(trend, tongue),
        Answer::Impunity(found) => figures::impunity(found, tongue),
        Answer::Coverages(list) => figures::coverages(list, tongue),
        Answer::Governments(list) => figures::governments(list, tongue),
        Answer::Links(list) => linkage::links(list, tongue),
        Answer::Peers(list) => node::peers(list, tongue),
        Answer::Terms(terms) => vocabulary_lists(terms, tongue),
        Answer::TermProposals(list) => vocabulary::proposals(list, tongue),
        Answer::VocabularyDiff(diff) => vocabulary::diff(diff, tongue),
        Answer::Synced(synced) => node::synced(synced, tongue),
        Answer::BundleExported(done) => bundle::exported(done, tongue),
        Answer::BundleImported(done) => bundle::imported(done, tongue),
        Answer::BundleInspected(found) => bundle::inspected(found, tongue),
    }
}
