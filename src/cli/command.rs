//! The commands, one file a group.

mod alert;
mod alert_cap;
mod assignments;
mod board;
mod bundle;
mod card;
mod card_talk;
mod circle;
mod cluster;
mod coalition;
mod completions;
mod conflicts;
mod consent;
mod decide;
mod demo;
mod device;
mod duration;
mod endorse;
mod entry;
mod evidence;
pub(crate) mod export;
mod filters;
mod import;
mod import_mapping;
mod incident;
mod incident_fields;
mod init;
mod invite;
mod join;
mod link;
mod man;
mod member;
mod network;
mod notify;
mod openrosa;
mod peer;
mod proposal;
mod rate;
mod report;
mod review;
mod run;
mod search;
mod size;
mod statement;
mod stats;
mod status;
mod stop;
mod sync;
mod vocabulary;

use clap::Subcommand;

use super::{failure::Failure, session::Session};

/// Every command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Run(run::Run),
    Stop(stop::Stop),
    Status(status::Status),
    #[command(subcommand)]
    Coalition(coalition::Coalition),
    #[command(subcommand)]
    Invite(invite::Invite),
    Join(join::Join),
    #[command(subcommand)]
    Proposal(proposal::Proposal),
    #[command(subcommand)]
    Member(member::Member),
    #[command(subcommand)]
    Circle(circle::Circle),
    #[command(subcommand)]
    Incident(incident::Incident),
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    #[command(subcommand)]
    Alert(alert::Alert),
    #[command(subcommand)]
    Board(board::Board),
    #[command(subcommand)]
    Card(card::Card),
    #[command(subcommand)]
    Statement(statement::Statement),
    Endorse(endorse::Endorse),
    #[command(subcommand)]
    Decide(decide::Decide),
    Import(import::Import),
    Search(Box<search::Search>),
    #[command(subcommand)]
    Cluster(cluster::Cluster),
    #[command(subcommand)]
    Link(link::Link),
    #[command(subcommand)]
    Stats(stats::Stats),
    #[command(subcommand)]
    Report(report::Report),
    #[command(subcommand)]
    Export(export::Export),
    #[command(subcommand)]
    Review(review::Review),
    #[command(subcommand)]
    Consent(consent::Consent),
    Conflicts(conflicts::Conflicts),
    #[command(subcommand)]
    Vocabulary(vocabulary::Vocabulary),
    #[command(subcommand)]
    Peer(peer::Peer),
    #[command(subcommand)]
    Openrosa(openrosa::OpenRosa),
    Network(network::Network),
    #[command(subcommand)]
    Notify(notify::Notify),
    Sync(sync::Sync),
    #[command(subcommand)]
    Device(device::Device),
    #[command(subcommand)]
    Bundle(bundle::Bundle),
    Demo(demo::Demo),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Init(args) => args.run(session),
            Self::Run(args) => args.run(session),
            Self::Stop(args) => args.run(session),
            Self::Status(args) => session.ask_and_show(args.request()),
            Self::Coalition(args) => session.ask_and_show(args.request()),
            Self::Invite(args) => args.run(session),
            Self::Join(args) => args.run(session),
            Self::Proposal(args) => session.ask_and_show(args.request()),
            Self::Member(args) => session.ask_and_show(args.request()),
            Self::Circle(args) => session.ask_and_show(args.request()),
            Self::Incident(args) => args.run(session),
            Self::Evidence(args) => session.ask_and_show(args.request()?),
            Self::Alert(args) => args.run(session),
            Self::Board(args) => args.run(session),
            Self::Card(args) => args.run(session),
            Self::Statement(args) => args.run(session),
            Self::Endorse(args) => args.run(session),
            Self::Decide(args) => args.run(session),
            Self::Import(args) => args.run(session),
            Self::Export(args) => args.run(session),
            Self::Search(args) => session.ask_and_show(args.request()),
            Self::Cluster(args) => session.ask_and_show(args.request()?),
            Self::Link(args) => session.ask_and_show(args.request()),
            Self::Stats(args) => session.ask_and_show(args.request()),
            Self::Report(args) => args.run(session),
            Self::Review(args) => args.run(session),
            Self::Consent(args) => args.run(session),
            Self::Conflicts(args) => session.ask_and_show(args.request()),
            Self::Vocabulary(args) => args.run(session),
            Self::Network(args) => session.ask_and_show(args.request()),
            Self::Notify(args) => args.run(session),
            Self::Peer(args) => session.ask_and_show(args.request()),
            Self::Openrosa(args) => args.run(session),
            Self::Sync(args) => session.ask_and_show(args.request()),
            Self::Device(args) => args.run(session),
            Self::Bundle(args) => args.run(session),
            Self::Demo(args) => args.run(session),
            Self::Completions(args) => args.run(session),
            Self::Man(args) => args.run(session),
        }
    }

    /// Whether the command works until it is stopped, so that its log is its only life sign.
    pub(crate) const fn runs_long(&self) -> bool {
        matches!(self, Self::Run(_))
    }
}
