//! What a node answers to each request.

mod alerts;
mod append;
mod beside;
mod board;
pub(super) mod bundles;
mod cap;
mod card_history;
mod card_sharing;
pub(super) mod card_state;
mod card_talk;
mod card_writing;
mod cards;
mod certifying;
mod circles;
mod citing;
mod conflicts;
mod consents;
mod decisions;
pub(super) mod devices;
pub(super) mod evidence;
mod export;
pub(super) mod facets;
mod figures;
mod guarding;
mod import;
mod incidents;
mod invites;
mod joining;
mod linkage;
mod mappings;
mod members;
pub(super) mod meta;
pub(super) mod network;
mod notify;
pub(super) mod openrosa;
pub(super) mod peers;
pub(super) mod phones;
mod proposals;
mod reviewing;
mod reviews;
mod revoking;
mod roles;
mod sharing;
mod statements;
mod status;
mod taking_back;
mod tokens;
mod vocabulary;

use crate::{
    api::{Answer, ApiError, Progress, Request},
    node::{Node, errors},
};

impl Node {
    /// Answers a request that needs no waiting for the network.
    ///
    /// # Errors
    /// What went wrong, with a hint for the person who asked.
    pub fn answer(
        &mut self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        let answer = self.dispatch(request, progress);
        self.settle();
        answer
    }

    fn dispatch(
        &mut self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        self.check_role(&request)?;
        match request {
            Request::Status => Ok(Answer::Status(self.status())),
            Request::CoalitionCreate { name } => self.create_coalition(&name),
            Request::CoalitionList => Ok(Answer::Circles(self.coalitions())),
            Request::InviteCreate { coalition, expires_in, steward } => {
                self.create_invite(coalition.as_deref(), expires_in, steward)
            }
            Request::InviteList => Ok(Answer::Invites(self.invites())),
            Request::InviteRevoke { invite } => self.revoke_invite(&invite),
            Request::InviteAnswer { request } => self.answer_join_file(&request),
            Request::JoinRequest { ticket } => self.join_request_file(&ticket),
            Request::JoinComplete { answer } => self.join_complete_file(&answer),
            Request::ProposalList { all } => Ok(Answer::Proposals(self.proposals(all))),
            Request::ProposalShow { proposal } => self.show_proposal(&proposal),
            Request::ProposalApprove { proposal } => self.approve_proposal(&proposal),
            Request::MemberList { circle } => self.list_members(circle.as_deref()),
            Request::MemberRemove { org, circle, dry_run } => {
                let circle = self.find_coalition(circle.as_deref())?;
                self.remove_member(&circle, &org, dry_run)
            }
            Request::MemberSuspend { org, circle } => self.suspend_member(&org, circle.as_deref()),
            Request::MemberReinstate { org, circle } => {
                self.reinstate_member(&org, circle.as_deref())
            }
            Request::CircleCreate { name, with, coalition } => {
                self.create_circle(&name, &with, coalition.as_deref())
            }
            Request::CircleList => Ok(Answer::Circles(self.circles())),
            Request::CircleAdd { circle, org } => self.add_to_circle(&circle, &org),
            Request::CircleRemove { circle, org, dry_run } => {
                let circle = self.find_circle(&circle)?;
                self.remove_member(&circle, &org, dry_run)
            }
            Request::IncidentAdd { fields } => self.add_incident(&fields),
            Request::IncidentList { filter } => self.list_incidents(&filter),
            Request::IncidentShow { incident } => self.show_incident(&incident),
            Request::IncidentEdit { incident, circle, set, unset } => {
                self.edit_incident(&incident, circle.as_deref(), &set, &unset)
            }
            Request::IncidentAppend { incident, part, fields } => {
                self.append(&incident, &part, &fields)
            }
            Request::IncidentEvidence { incident, fields } => self.add_evidence(&incident, &fields),
            Request::IncidentShare { incidents, all_own, circle, tier, dry_run, no_tokens } => {
                self.share(&incidents, all_own, &circle, &tier, (dry_run, no_tokens), progress)
            }
            Request::ImportRows(portion) => self.import_rows(portion),
            Request::OpenRosa(request) => self.openrosa(request),
            Request::MappingList => Ok(self.list_mappings()),
            Request::MappingShow { name } => self.show_mapping(&name),
            Request::MappingSave { name, text } => self.save_mapping(&name, &text),
            Request::MappingRemove { name } => self.remove_mapping(&name),
            Request::Cluster(request) => self.cluster(request),
            Request::Link(request) => self.link(request),
            Request::Stats(request) => self.stats(*request),
            Request::Report(request) => self.report(*request),
            Request::Export(request) => self.export(request),
            Request::ReviewAdd { review } => self.add_reviews(&review, progress),
            Request::ReviewList { incident, circle } => {
                self.verification(&incident, circle.as_deref()).map(Answer::Reviews)
            }
            Request::ReviewChecklist { incident, circle } => {
                self.verification(&incident, circle.as_deref()).map(Answer::Checklist)
            }
            Request::ConsentRecord { consent } => self.record_consent(&consent),
            Request::ConsentWithdraw { whose, date } => {
                self.withdraw_consent(&whose, date.as_deref())
            }
            Request::ConsentList { subject, expiring } => {
                self.list_consents(subject.as_deref(), expiring)
            }
            Request::Alert(request) => self.alert_request(request),
            Request::Conflicts => Ok(Answer::Conflicts(self.conflicts())),
            Request::Settle { incident, path, choice, circle } => {
                self.settle_conflict(&incident, &path, &choice, circle.as_deref())
            }
            Request::Board(request) => self.board_request(request),
            Request::Card(request) => self.card_request(request),
            Request::Statement(request) => self.statement_request(*request),
            Request::Decide(request) => self.decision_request(request),
            Request::Device(request) => self.device_request(request),
            Request::PeerAdd { address } => self.add_peer(&address),
            Request::Vocabulary { coalition, request } => {
                self.vocabulary(coalition.as_deref(), &request)
            }
            Request::Network { bandwidth_limit, metered } => {
                Ok(self.change_network(bandwidth_limit, metered))
            }
            Request::Notify(request) => self.notify(request),
            Request::Cap(request) => self.cap(request),
            Request::PeerList => Ok(Answer::Peers(self.peers())),
            Request::Bundle(_)
            | Request::Join { .. }
            | Request::Sync { .. }
            | Request::Evidence(_)
            | Request::Shutdown => Err(errors::internal("this request is answered elsewhere")),
        }
    }
}
