//! What a node answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::{
    import::{Imported, RowNote, SavedMapping},
    peer::{Peer, Synced},
    verification::{ConsentChanged, ConsentSubject, Reviewed, Verification},
};
use crate::api::export::ExportAnswer;
use crate::api::reach::Reach;
use crate::api::vocabulary;
use crate::model::{
    id::{CircleId, DeviceId, IncidentId, InviteId, OrgId, StatementId},
    time::Timestamp,
};

/// The answer to a request. On the control socket `{"answer": kind, "value": …}`; `--json` prints
/// the value alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "value", rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing more to say.
    Done,
    /// The node and its circles.
    Status(Status),
    /// How the link is used.
    Network(super::network::Network),
    /// An alert as a message of CAP.
    CapMessage(super::cap::CapMessage),
    /// What a message of another system says.
    CapRead(Box<super::cap::CapRead>),
    /// How people are made to notice alerts.
    Notify(super::notify::Notify),
    /// One circle.
    Circle(Circle),
    /// Circles.
    Circles(Vec<Circle>),
    /// A new invite with its ticket.
    Invite(Invite),
    /// Invites, without tickets.
    Invites(Vec<Invite>),
    /// A file to carry: request or answer to join.
    JoinFile(JoinFile),
    /// A coalition that was joined.
    Joined(Joined),
    /// One proposal.
    Proposal(Proposal),
    /// Proposals.
    Proposals(Vec<Proposal>),
    /// Organisations of a circle.
    Members(Vec<Member>),
    /// What a removal achieves, and the proposal unless it was a dry run.
    Removal(Removal),
    /// The devices of this organisation.
    Devices(Vec<crate::api::device::Device>),
    /// What the root key is to sign.
    DeviceDraft(Box<crate::api::device::DeviceDraft>),
    /// A device that was certified or revoked.
    DeviceChanged(crate::api::device::DeviceChanged),
    /// A record that was sealed and cannot be read here.
    Deposited(crate::api::device::Deposited),
    /// One incident in full.
    Incident(Box<Incident>),
    /// A page of the merged view.
    Incidents(Incidents),
    /// What was shared.
    Shared(Shared),
    /// What an import did.
    Imported(Imported),
    /// The mappings that are kept.
    Mappings(Vec<SavedMapping>),
    /// One of them.
    Mapping(SavedMapping),
    /// A phone with its password.
    Phone(crate::api::openrosa::NewPhone),
    /// Phones that may send.
    Phones(Vec<crate::api::openrosa::Phone>),
    /// Forms that phones get.
    PhoneForms(Vec<crate::api::openrosa::PhoneForm>),
    /// What phones sent.
    Submissions(crate::api::openrosa::Submissions),
    /// A piece of what a phone sent.
    PhoneFile(crate::api::openrosa::PhoneFile),
    /// A part of an export.
    Export(ExportAnswer),
    /// What reviewing did.
    Reviewed(Reviewed),
    /// How sure we are of an incident.
    Reviews(Box<Verification>),
    /// What is missing for higher levels.
    Checklist(Box<Verification>),
    /// What an entry of the ledger of consent did.
    ConsentChanged(Box<ConsentChanged>),
    /// The ledger of consent.
    Consents(Vec<ConsentSubject>),
    /// Items of evidence.
    Evidence(Vec<crate::api::evidence::EvidenceItem>),
    /// A file of evidence that was opened.
    EvidenceSaved(crate::api::evidence::EvidenceSaved),
    /// What is fetched by itself.
    EvidencePolicies(Vec<crate::api::evidence::EvidencePolicy>),
    /// One alert.
    Alert(Box<crate::api::alert::AlertDetail>),
    /// Alerts.
    Alerts(crate::api::alert::AlertList),
    /// A view of the board.
    BoardPage(Box<crate::api::board_views::Page>),
    /// The views that there are.
    BoardViews(Vec<crate::api::board_views::BoardView>),
    /// Cards for a file.
    BoardCards(Box<crate::api::board_views::BoardCards>),
    /// The kinds of cards.
    CardKinds(Vec<crate::api::board::CardKindInfo>),
    /// Cards of the board.
    Cards(Vec<crate::api::board::CardRow>),
    /// One card.
    Card(Box<crate::api::board::CardDetail>),
    /// A card that was shared with another circle.
    CardShared(Box<crate::api::joint::CardShared>),
    /// One joint decision.
    Decision(Box<crate::api::joint::DecisionDetail>),
    /// The register of decisions.
    Decisions(Vec<crate::api::joint::DecisionRow>),
    /// Who changed what in a card.
    CardHistory(Vec<crate::api::board::CardChange>),
    /// One joint statement.
    Statement(Box<crate::api::statement::StatementDetail>),
    /// Who changed what in the texts of a statement.
    StatementHistory(Vec<crate::api::statement::StatementChange>),
    /// Who wrote which stretch of them.
    StatementBlame(Vec<crate::api::statement::StatementStretch>),
    /// A statement for who has no node.
    StatementFile(Box<crate::api::statement::StatementFile>),
    /// What checking such a file came to.
    StatementCheck(Box<crate::api::statement::StatementCheck>),
    /// What was said to a card.
    Comments(Vec<crate::api::statement::CardComment>),
    /// A card's checklist.
    Items(Vec<crate::api::statement::CardItem>),
    /// Concurrent values.
    Conflicts(Vec<Conflict>),
    /// Pairs of claims that may be of one event.
    Candidates(crate::api::linkage::Candidates),
    /// A judgement and what follows.
    Judged(Box<crate::api::linkage::Judged>),
    /// Clusters.
    Clusters(crate::api::linkage::Clusters),
    /// The claims of one event side by side.
    Cluster(Box<crate::api::linkage::Cluster>),
    /// A report.
    Issue(Box<crate::api::figures::Issue>),
    /// Numbers of each unit.
    Counted(crate::api::figures::Counted),
    /// One dimension by another.
    CrossTable(Box<crate::api::figures::CrossTable>),
    /// Numbers over time.
    Trend(crate::api::figures::Trend),
    /// How far cases came before the law.
    Impunity(crate::api::figures::Impunity),
    /// What partners cover.
    Coverages(Vec<crate::api::figures::CoverageRow>),
    /// What governments reported.
    Governments(Vec<crate::api::figures::GovernmentRow>),
    /// Links between incidents.
    Links(Vec<crate::api::linkage::LinkRow>),
    /// Peers.
    Peers(Vec<Peer>),
    /// How a sync went.
    Synced(Synced),
    /// Files that were written for partners.
    BundleExported(Box<crate::api::bundle::BundleExported>),
    /// What files of partners brought.
    BundleImported(Box<crate::api::bundle::BundleImported>),
    /// What can be read of a partner's file.
    BundleInspected(Box<crate::api::bundle::BundleInspected>),
    /// The code lists.
    Terms(vocabulary::Terms),
    /// Codes that were proposed.
    TermProposals(Vec<vocabulary::TermProposal>),
    /// What a coalition added to the code lists.
    VocabularyDiff(vocabulary::VocabularyDiff),
}

/// Who this node is and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The organisation's name as given at `init`.
    pub org_name: String,
    /// The organisation.
    pub org: OrgId,
    /// This device.
    pub device: DeviceId,
    /// The device's label as given at `init`.
    pub device_label: String,
    /// What the device may do: `dropbox`, `field`, `node`, `admin`.
    #[serde(default)]
    pub role: String,
    /// The device's libp2p peer id.
    pub peer_id: String,
    /// Whether the node runs (listens and keeps in sync), or was opened for this command only.
    pub running: bool,
    /// Addresses on which it listens, each with `/p2p/<PeerId>`.
    pub listening: Vec<String>,
    /// How the link is used.
    #[serde(default)]
    pub network: super::network::Network,
    /// Its circles.
    pub circles: Vec<Circle>,
    /// Peers.
    pub peers: Vec<Peer>,
    /// Incidents that can be read here.
    pub incidents: u64,
    /// Fields with concurrent values.
    pub conflicts: u64,
    /// What is missing or waiting, and why, one sentence each.
    pub waiting: Vec<String>,
    /// Warnings of the store: damage found, index rebuilt.
    pub store: Vec<String>,
    /// How far what is held here has reached, for each circle with others in it.
    #[serde(default)]
    pub reach: Vec<Reach>,
}

/// What sort of circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircleKind {
    /// The organisation's own.
    Private,
    /// A root circle.
    Coalition,
    /// A circle inside a coalition.
    Circle,
}

/// A circle of this node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    /// Its id.
    pub id: CircleId,
    /// Its name, when it could be opened.
    pub name: Option<String>,
    /// Sort.
    pub kind: CircleKind,
    /// The coalition that it belongs to.
    pub parent: Option<CircleId>,
    /// Its organisations.
    pub members: Vec<Member>,
    /// Approvals that a decision needs.
    pub approvals_needed: usize,
    /// Decisions taken so far.
    pub decisions: usize,
    /// Key epochs known and held here.
    pub epochs: usize,
    /// Entries held of all logs.
    pub entries: u64,
    /// Entries whose key has not come yet.
    pub waiting_for_key: u64,
    /// Entries in quarantine.
    pub quarantined: u64,
    /// Our standing: `member`, `steward`, `removed`, `suspended`.
    pub standing: Standing,
}

/// How an organisation stands in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A member whose approval does not count.
    Member,
    /// A member whose approval counts.
    Steward,
    /// Suspended by a steward.
    Suspended,
    /// Removed.
    Removed,
}

/// An organisation in a circle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The organisation.
    pub org: OrgId,
    /// The name under which it presents itself, when it could be read.
    pub name: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// Whether it is ours.
    pub own: bool,
    /// Its devices.
    pub devices: Vec<DeviceId>,
    /// Remarks: dormant, lost its vote, …
    pub notes: Vec<String>,
}

/// State of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InviteState {
    /// Waits for stewards' approvals.
    Proposed,
    /// Can be redeemed.
    Open,
    /// Was redeemed.
    Redeemed,
    /// Was revoked.
    Revoked,
    /// Its time is over.
    Expired,
}

/// An invite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// The coalition.
    pub coalition: CircleId,
    /// The coalition's name.
    pub coalition_name: Option<String>,
    /// Who countersigns it.
    pub inviter: OrgId,
    /// Whether it makes a steward.
    pub steward: bool,
    /// State.
    pub state: InviteState,
    /// Expiry.
    pub expires: Timestamp,
    /// Who redeemed it.
    pub redeemed_by: Option<OrgId>,
    /// Its name.
    pub redeemed_by_name: Option<String>,
    /// The ticket, shown once at creation.
    pub ticket: Option<String>,
    /// The proposal that decides it, while it waits.
    pub proposal: Option<StatementId>,
}

/// A text to be carried as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinFile {
    /// The file's content, printable.
    pub text: String,
    /// What to do with it.
    pub next: String,
}

/// A coalition that was joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The coalition.
    pub coalition: CircleId,
    /// Its name, once it could be opened.
    pub name: Option<String>,
    /// Its organisations.
    pub members: Vec<Member>,
    /// What still has to come, one sentence each.
    pub waiting: Vec<String>,
}

/// State of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalState {
    /// Waits for approvals.
    Open,
    /// Decided.
    Decided,
    /// Overtaken by another decision; propose again.
    Stale,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id.
    pub id: StatementId,
    /// The circle.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// Who proposed it.
    pub proposer: OrgId,
    /// The proposer's name.
    pub proposer_name: Option<String>,
    /// What would change, one sentence each.
    pub changes: Vec<String>,
    /// Who has approved.
    pub approved_by: Vec<OrgId>,
    /// The same organisations as people call them.
    pub approved_by_names: Vec<String>,
    /// Approvals that it needs.
    pub approvals_needed: usize,
    /// State.
    pub state: ProposalState,
    /// Whether this organisation's approval is wanted.
    pub ours_wanted: bool,
}

/// What a removal achieves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    /// Who is removed.
    pub org: OrgId,
    /// Its name.
    pub name: Option<String>,
    /// What it will achieve, one sentence each.
    pub achieves: Vec<String>,
    /// What it will not achieve, one sentence each.
    pub does_not_achieve: Vec<String>,
    /// The proposals that were made, none in a dry run: in the circle, and in its child circles.
    pub proposals: Vec<Proposal>,
}

/// One line of the merged view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// The incident.
    pub id: IncidentId,
    /// Title.
    pub title: String,
    /// Date (EDTF).
    pub date: String,
    /// Country code.
    pub country: String,
    /// First-level division code.
    pub admin1: Option<String>,
    /// Violation codes.
    pub violations: Vec<String>,
    /// Victims recorded.
    pub victims: u64,
    /// Verification level code.
    pub level: String,
    /// The organisation that recorded it.
    pub origin: OrgId,
    /// Its name.
    pub origin_name: Option<String>,
    /// The most closed tier that is readable here: `dossier`, `restricted`, `coalition`, `public`.
    pub reading: String,
    /// Circles in which a facet of it is readable here.
    pub circles: Vec<CircleId>,
    /// Fields with concurrent values.
    pub conflicts: u64,
}

/// A page of the merged view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incidents {
    /// Incidents that match.
    pub total: u64,
    /// The page.
    pub rows: Vec<IncidentRow>,
}

/// One field of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The richest value that is readable here.
    pub value: serde_json::Value,
    /// Where it comes from: `dossier` or a circle's id.
    pub source: String,
    /// The field's most open tier.
    pub tier: String,
    /// Whether there are concurrent values.
    pub conflict: bool,
}

/// One document of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    /// The circle it is in.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// `dossier` in the private circle, else the facet's tier.
    pub tier: String,
    /// Its fields.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Changes in its history.
    pub changes: u64,
    /// Organisations that wrote in it.
    pub authors: Vec<OrgId>,
    /// The same organisations as people call them.
    pub author_names: Vec<String>,
}

/// One incident in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The line of the merged view.
    pub row: IncidentRow,
    /// Each field with its source.
    pub fields: BTreeMap<String, Field>,
    /// The documents it is made of.
    pub facets: Vec<Facet>,
    /// Concurrent values.
    pub conflicts: Vec<Conflict>,
    /// Remarks: what consent forbids, what is missing for the next step.
    pub notes: Vec<String>,
    /// Which partners hold the newest version of each of its documents.
    #[serde(default)]
    pub reach: Vec<Reach>,
}

/// One candidate of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConflictValue {
    /// Number to give to `settle`.
    pub number: usize,
    /// The value.
    pub value: serde_json::Value,
    /// The organisation whose device wrote it.
    pub org: Option<OrgId>,
    /// Its name.
    pub org_name: Option<String>,
}

/// Concurrent values of one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// The incident.
    pub incident: IncidentId,
    /// Its title.
    pub title: String,
    /// The circle whose document has the conflict.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// The field.
    pub path: String,
    /// The value that rules until somebody settles it.
    pub ruling: serde_json::Value,
    /// Why it rules: `most-protective` for safety fields, else `automerge`.
    pub rule: String,
    /// The candidates.
    pub values: Vec<ConflictValue>,
}

/// What was withheld from a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The field.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// What sharing one incident did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedIncident {
    /// The incident.
    pub incident: IncidentId,
    /// What leaves (or would).
    pub fields: BTreeMap<String, serde_json::Value>,
    /// What does not.
    pub withheld: Vec<Withheld>,
    /// `published`, `updated`, `unchanged`, `refused` (consent), `would-publish`.
    pub outcome: String,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// What sharing did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// The circle.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// The tier.
    pub tier: String,
    /// Whether nothing was done.
    pub dry_run: bool,
    /// Counts by outcome.
    pub counts: BTreeMap<String, u64>,
    /// Each incident; without fields when there are more than twenty.
    pub incidents: Vec<SharedIncident>,
}
