//! What can be asked of a node.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::{
    import::{ImportRows, ListRow},
    verification::{NewConsent, NewReview},
};
use crate::api::export::ExportRequest;
use crate::api::vocabulary::VocabularyRequest;

/// A circle as a person names it: its name, its id, or a prefix of at least four characters.
pub type CircleName = String;
/// An organisation as a person names it: its name, its `did:key`, or a prefix of one of them.
pub type OrgName = String;

/// One question or order to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Who am I, circles, peers, what is missing or waiting and why. Answer: `Status`.
    Status,
    /// Founds a coalition. Answer: `Circle`.
    CoalitionCreate {
        /// Its name, sealed to its members.
        name: String,
    },
    /// The coalitions of this node. Answer: `Circles`.
    CoalitionList,
    /// Makes a ticket for one organisation. Answer: `Invite`.
    InviteCreate {
        /// Coalition; may be left out when there is only one.
        coalition: Option<CircleName>,
        /// Seconds until the ticket expires.
        expires_in: u64,
        /// Whether the organisation that joins becomes a steward.
        steward: bool,
    },
    /// The invites of this node's coalitions. Answer: `Invites`.
    InviteList,
    /// Withdraws an invite (a decision of the stewards). Answer: `Proposal`.
    InviteRevoke {
        /// Which one, or a prefix of its id.
        invite: String,
    },
    /// Answers a request to join that came as a file. Answer: `JoinFile`.
    InviteAnswer {
        /// The request's text.
        request: String,
    },
    /// Joins with a ticket, over the network. Answer: `Joined`.
    Join {
        /// The ticket's text.
        ticket: String,
    },
    /// Makes a request to join, to be carried to the inviter as a file. Answer: `JoinFile`.
    JoinRequest {
        /// The ticket's text.
        ticket: String,
    },
    /// Completes joining with the inviter's answer file. Answer: `Joined`.
    JoinComplete {
        /// The answer's text.
        answer: String,
    },
    /// Decisions that wait for stewards, and the past ones with `all`. Answer: `Proposals`.
    ProposalList {
        /// Also those that are decided or stale.
        all: bool,
    },
    /// One proposal. Answer: `Proposal`.
    ProposalShow {
        /// Its id or a prefix of it.
        proposal: String,
    },
    /// Approves a proposal for this organisation. Answer: `Proposal`.
    ProposalApprove {
        /// Its id or a prefix of it.
        proposal: String,
    },
    /// The organisations of a circle. Answer: `Members`.
    MemberList {
        /// Circle; the coalition when there is only one.
        circle: Option<CircleName>,
    },
    /// Proposes to remove an organisation. Answer: `Removal`.
    MemberRemove {
        /// Which one.
        org: OrgName,
        /// From which coalition; the only one when left out.
        circle: Option<CircleName>,
        /// Only say what it would and would not achieve.
        dry_run: bool,
    },
    /// Suspends an organisation at once. Answer: `Members`.
    MemberSuspend {
        /// Which one.
        org: OrgName,
        /// In which coalition; the only one when left out.
        circle: Option<CircleName>,
    },
    /// Proposes to lift the suspensions of an organisation. Answer: `Proposal`.
    MemberReinstate {
        /// Which one.
        org: OrgName,
        /// In which coalition; the only one when left out.
        circle: Option<CircleName>,
    },
    /// Makes a circle inside a coalition. Answer: `Circle`.
    CircleCreate {
        /// Its name, sealed to its members.
        name: String,
        /// Organisations beside our own.
        with: Vec<OrgName>,
        /// Coalition; the only one when left out.
        coalition: Option<CircleName>,
    },
    /// All circles of this node. Answer: `Circles`.
    CircleList,
    /// Proposes to add an organisation of the coalition to a circle. Answer: `Proposal`.
    CircleAdd {
        /// Which circle.
        circle: CircleName,
        /// Which organisation.
        org: OrgName,
    },
    /// Proposes to remove an organisation from a circle. Answer: `Removal`.
    CircleRemove {
        /// Which circle.
        circle: CircleName,
        /// Which organisation.
        org: OrgName,
        /// Only say what it would and would not achieve.
        dry_run: bool,
    },
    /// Records an incident in this organisation's private circle. Answer: `Incident`.
    IncidentAdd {
        /// Values by field path.
        fields: BTreeMap<String, String>,
    },
    /// The merged view. Answer: `Incidents`.
    IncidentList {
        /// What to list.
        #[serde(default)]
        filter: Box<IncidentFilter>,
    },
    /// One incident with every field's sources, conflicts and shares. Answer: `Incident`.
    IncidentShow {
        /// Its id or a prefix of it.
        incident: String,
    },
    /// Changes fields of an incident: of the own dossier, or of the facet in a circle. Answer:
    /// `Incident`.
    IncidentEdit {
        /// Its id or a prefix of it.
        incident: String,
        /// Edit the facet in this circle; left out: the own dossier, or the only facet there is.
        circle: Option<CircleName>,
        /// New values by field path.
        set: BTreeMap<String, String>,
        /// Fields to clear.
        unset: Vec<String>,
    },
    /// Adds an entry to a repeated part of an own incident. Answer: `Incident`.
    IncidentAppend {
        /// Its id or a prefix of it.
        incident: String,
        /// The part: `legal`, `victims`, …
        part: String,
        /// Values by the entry's fields.
        fields: BTreeMap<String, String>,
    },
    /// Adds an item of evidence, without its bytes. Answer: `Incident`.
    IncidentEvidence {
        /// The incident's id or a prefix of it.
        incident: String,
        /// Values by the item's fields.
        fields: BTreeMap<String, String>,
    },
    /// Publishes or updates the facet of incidents in a circle. Answer: `Shared`.
    IncidentShare {
        /// Ids or prefixes; with `all_own`, none.
        incidents: Vec<String>,
        /// Share every incident that this organisation recorded.
        all_own: bool,
        /// With whom.
        circle: CircleName,
        /// How much: `sealed`, `restricted`, `coalition`, `public`.
        tier: String,
        /// Only say what would leave and what is withheld.
        dry_run: bool,
        /// Without the tokens by which partners find that they know the same victim.
        #[serde(default)]
        no_tokens: bool,
    },
    /// The bytes of evidence. Answer: as the action says.
    Evidence(crate::api::evidence::EvidenceRequest),
    /// Claims of one event. Answer: as the action says.
    Cluster(crate::api::linkage::ClusterRequest),
    /// Numbers, and declarations of coverage. Answer: as the action says.
    Stats(Box<crate::api::figures::StatsRequest>),
    /// Reports, and what governments report. Answer: as the action says.
    Report(Box<crate::api::figures::ReportRequest>),
    /// Links between incidents. Answer: `Links`.
    Link(crate::api::linkage::LinkRequest),
    /// Imports a portion of a list, durably. Answer: `Imported`.
    ImportRows(ImportRows),
    /// The front door for phones. Answer: by what is asked.
    OpenRosa(crate::api::openrosa::OpenRosaRequest),
    /// The mappings that are kept, and those that the program brings along. Answer: `Mappings`.
    MappingList,
    /// One mapping with its text. Answer: `Mapping`.
    MappingShow {
        /// Its name.
        name: String,
    },
    /// Keeps a mapping, in the place of one with this name. Answer: `Mapping`.
    MappingSave {
        /// Its name.
        name: String,
        /// The mapping file's text.
        text: String,
    },
    /// Forgets a mapping. Answer: `Mappings`.
    MappingRemove {
        /// Its name.
        name: String,
    },
    /// One question of an export. Answer: `Export`.
    Export(ExportRequest),
    /// Reviews incidents. Answer: `Reviewed`.
    ReviewAdd {
        /// The review.
        review: Box<NewReview>,
    },
    /// How sure we are of an incident, with its reviews. Answer: `Reviews`.
    ReviewList {
        /// Its id or a prefix of it.
        incident: String,
        /// As this circle reads it; left out: by all that can be read here.
        circle: Option<CircleName>,
    },
    /// What is missing for the next levels of an incident. Answer: `Checklist`.
    ReviewChecklist {
        /// Its id or a prefix of it.
        incident: String,
        /// As this circle reads it; left out: by all that can be read here.
        circle: Option<CircleName>,
    },
    /// Writes an entry into the ledger of consent. Answer: `ConsentChanged`.
    ConsentRecord {
        /// The entry.
        consent: Box<NewConsent>,
    },
    /// Records that somebody withdrew, and takes back what was shared. Answer: `ConsentChanged`.
    ConsentWithdraw {
        /// Id of a person or community, INCIDENT/VICTIM, or an incident.
        whose: String,
        /// When it was withdrawn; today if left out.
        date: Option<String>,
    },
    /// The ledger of consent. Answer: `Consents`.
    ConsentList {
        /// Only this person or community: id or prefix.
        subject: Option<String>,
        /// Only what ends within so many days, or has ended.
        expiring: Option<u32>,
    },
    /// Concurrent values that want a decision. Answer: `Conflicts`.
    Conflicts,
    /// Settles one conflict. Answer: `Conflicts` (what remains of the incident).
    Settle {
        /// Incident id or prefix.
        incident: String,
        /// The field.
        path: String,
        /// Number of the value as listed by `conflicts`, from 1, or the value itself.
        choice: String,
        /// The circle whose document is meant, when several have this conflict.
        circle: Option<CircleName>,
    },
    /// Emergency alerts. Answer: as the action says.
    Alert(crate::api::alert::AlertRequest),
    /// Questions to the whole board. Answer: as the action says.
    Board(crate::api::board_views::BoardRequest),
    /// Cards of the board. Answer: as the action says.
    Card(crate::api::board::CardRequest),
    /// Joint statements, comments and checklists. Answer: as the action says.
    Statement(Box<crate::api::statement::StatementRequest>),
    /// Joint decisions. Answer: as the action says.
    Decide(crate::api::joint::DecisionRequest),
    /// The devices of this organisation. Answer: as the action says.
    Device(crate::api::device::DeviceRequest),
    /// Remembers a partner's address. Answer: `Peers`.
    PeerAdd {
        /// Multiaddr ending in `/p2p/<PeerId>`.
        address: String,
    },
    /// Partners' devices and how they are reached. Answer: `Peers`.
    PeerList,
    /// Alerts to and from systems that are no ceiba. Answer: as what is asked.
    Cap(crate::api::cap::CapRequest),
    /// How people are made to notice alerts. Answer: `Notify`.
    Notify(crate::api::notify::NotifyRequest),
    /// How the link is used, after what is given is changed. Answer: `Network`.
    Network {
        /// Bits a second that all sessions carry together; 0: no limit.
        bandwidth_limit: Option<u64>,
        /// Whether the link is paid for by what it carries.
        metered: Option<bool>,
    },
    /// Dials and exchanges until nothing is missing. Answer: `Synced`.
    Sync {
        /// Only with this peer (organisation, device or peer id prefix).
        peer: Option<String>,
        /// Seconds to wait at most.
        timeout: u64,
    },
    /// The code lists, and what a coalition adds to them.
    Vocabulary {
        /// Coalition; may be left out when there is only one.
        coalition: Option<CircleName>,
        /// What of them.
        request: VocabularyRequest,
    },
    /// Files for partners that no network reaches. Answer: as the action says.
    Bundle(crate::api::bundle::BundleRequest),
    /// Stops the node in an orderly way. Answer: `Done`.
    Shutdown,
}

/// Which incidents to list, and in what order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IncidentFilter {
    /// Words that all occur in some readable text, whatever their accents and case.
    pub text: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// Violation code.
    pub violation: Option<String>,
    /// Family of violations: attack, threat, criminalization, …
    pub family: Option<String>,
    /// Department, state or region: its name or ISO 3166-2 code.
    pub admin1: Option<String>,
    /// Words that all occur in the fields of the place.
    pub place: Option<String>,
    /// Code of an economic sector.
    pub sector: Option<String>,
    /// Code of a type of perpetrator.
    pub perpetrator: Option<String>,
    /// Code of a perpetrator's link to the State.
    pub state_link: Option<String>,
    /// Code of the counting unit.
    pub counting_unit: Option<String>,
    /// Level of verification: `v2`, `v2+`, `disputed`, …
    pub level: Option<String>,
    /// Own incidents whose consent stands so: `in_force`, `partial`, `none`, `expired`,
    /// `withdrawn`.
    pub consent: Option<String>,
    /// Order: `date`, `-date`, `recorded`, `level`, `place`.
    pub sort: Option<String>,
    /// Earliest date (EDTF).
    pub from: Option<String>,
    /// Latest date (EDTF).
    pub to: Option<String>,
    /// Only what can be read in this circle.
    pub circle: Option<CircleName>,
    /// Only what this organisation recorded.
    pub org: Option<OrgName>,
    /// At most so many; 0 is no limit.
    pub limit: usize,
    /// Leave out so many first.
    pub offset: usize,
}
