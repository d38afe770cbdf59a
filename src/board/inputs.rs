//! What the views are made from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    api::board_views::Cell,
    figures::{Government, Mark},
    model::{
        board::{Card, CardKind},
        id::{CardId, CircleId, IncidentId, OrgId},
        registry::{Date, Record},
        verification::Level,
        vocabulary::Terms,
    },
};

/// Everything that the views of one circle (or of all) are made from.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The day.
    pub today: civil::Date,
    /// This organisation.
    pub us: OrgId,
    /// The circle that all is of, and nothing else is in it; none: all that this node reads, its
    /// own part too.
    pub circle: Option<CircleId>,
    /// The organisations of each circle.
    pub members: BTreeMap<CircleId, BTreeSet<OrgId>>,
    /// The cards, in any order.
    pub cards: Vec<Card>,
    /// The lines of their checklists.
    pub items: Vec<Item>,
    /// What organisations are called here.
    pub names: BTreeMap<OrgId, String>,
    /// What this node may read of incidents.
    pub incidents: BTreeMap<IncidentId, IncidentFacts>,
    /// Linked incidents of which nothing is left here: who withdraws consent takes everything out.
    pub emptied: BTreeSet<IncidentId>,
    /// Victims of the indicator's strict figure by country and year, and how the report prints them.
    /// A pair that is not there is of nobody's declared coverage: not zero.
    pub counted: BTreeMap<(String, i64), (u64, Mark)>,
    /// What the registry's own records say of governments.
    pub governments: Vec<Government>,
    /// The network as this node sees it.
    pub nodes: Vec<NodeFacts>,
    /// Drills of alerts.
    pub drills: Vec<Drill>,
    /// What follows from endorsements and releases.
    pub statements: BTreeMap<CardId, StatementSummary>,
    /// What follows from the ballot of a card that rules.
    pub decisions: BTreeMap<CardId, DecisionSummary>,
    /// Other ballots of a card that can still be decided.
    pub open_ballots: BTreeMap<CardId, Vec<DecisionSummary>>,
    /// Ranks of priorities that organisations gave themselves.
    pub votes: BTreeMap<CardId, BTreeMap<OrgId, i64>>,
    /// The codes that the coalition of a circle has adopted.
    pub terms: BTreeMap<CircleId, Terms>,
}

/// A line of a checklist.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: CardId,
    /// The card that it is of.
    pub card: CardId,
    /// What is to be done.
    pub text: String,
    /// Whether it is.
    pub done: bool,
    /// Who does it.
    pub assignee: Option<OrgId>,
    /// Until when.
    pub due: Option<Date>,
}

impl Item {
    /// Reads an item's record; none if it does not say of which card and what.
    #[must_use]
    pub fn read(id: CardId, record: &Record) -> Option<Self> {
        Some(Self {
            id,
            card: record.text("card")?.parse().ok()?,
            text: record.text("text")?.to_owned(),
            done: record.flag("done") == Some(true),
            assignee: record.text("assignee").and_then(|org| org.parse().ok()),
            due: record.text("due").and_then(|due| due.parse().ok()),
        })
    }
}

/// Whether consent covers that partners use an incident, as far as this node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// It does.
    Given,
    /// It did, or would have to, and does not any more.
    Withdrawn,
    /// Nothing is recorded that this node may read.
    Unknown,
}

/// What this node may read of an incident.
#[derive(Debug, Clone)]
pub struct IncidentFacts {
    /// The event that it is of, where others claim the same; none: it is the only claim.
    pub event: Option<IncidentId>,
    /// Two capital letters.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub admin1: Option<String>,
    /// How sure it is.
    pub level: Level,
    /// Consent.
    pub consent: Consent,
    /// Codes that it uses, with their lists.
    pub codes: BTreeSet<(String, String)>,
    /// The project behind it, where this node may read that.
    pub project: Option<String>,
    /// When it was recorded.
    pub recorded: Option<civil::Date>,
    /// When it reached the level of verified first.
    pub verified: Option<civil::Date>,
    /// What was asked for or done.
    pub interventions: Vec<Intervention>,
}

/// One request for protection, or what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// Code of `intervention_type`.
    pub kind: String,
    /// Code of `intervention_status`.
    pub status: Option<String>,
    /// When it was asked for.
    pub requested: Option<Date>,
    /// When there was an answer.
    pub responded: Option<Date>,
    /// Code of `intervention_impact`.
    pub impact: Option<String>,
}

/// One node of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFacts {
    /// Whose it is.
    pub org: OrgId,
    /// When this node heard of it last; none if never.
    pub last_contact: Option<civil::Date>,
}

/// One drill of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// When.
    pub day: civil::Date,
    /// Two capital letters.
    pub country: String,
    /// Whether somebody took it.
    pub taken: bool,
}

/// What follows from the signed records of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementSummary {
    /// Code of `card_state`.
    pub state: &'static str,
    /// Whose endorsement is awaited.
    pub asked: BTreeSet<OrgId>,
    /// Who endorsed the newest version.
    pub endorsed: BTreeSet<OrgId>,
    /// Who declined it, or took its endorsement back.
    pub declined: BTreeSet<OrgId>,
    /// Whether a version is frozen.
    pub frozen: bool,
}

/// How a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionStanding {
    /// Positions are taken.
    Open,
    /// Its window is over, and nobody has signed that it is.
    ToBeClosed,
    /// Adopted.
    Adopted,
    /// Blocked.
    Blocked,
    /// Closed with too few consents.
    Lapsed,
}

impl DecisionStanding {
    /// Code of `card_state`.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::Open | Self::ToBeClosed => "consent_window",
            Self::Adopted => "adopted",
            Self::Blocked => "blocked",
            Self::Lapsed => "lapsed",
        }
    }
}

/// What follows from a decision's ballot, positions and closings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionSummary {
    /// What is asked, as it was signed.
    pub question: String,
    /// Whether the card says something else.
    pub differs: bool,
    /// How it stands.
    pub standing: DecisionStanding,
    /// Whether positions still count: also of one that somebody closed ahead of its last day.
    pub answerable: bool,
    /// Who is asked.
    pub participants: BTreeSet<OrgId>,
    /// The ruling position of each who took one: code of `position_stance`.
    pub positions: BTreeMap<OrgId, String>,
    /// How many consents it needs.
    pub needed: u64,
    /// Last day of the window.
    pub closes: Option<Date>,
    /// When the result came about.
    pub decided: Option<Date>,
    /// The option that was adopted, where there were several.
    pub option: Option<String>,
}

impl Inputs {
    /// Nothing yet.
    #[must_use]
    pub fn new(us: OrgId, today: civil::Date) -> Self {
        Self {
            today,
            us,
            circle: None,
            members: BTreeMap::new(),
            cards: Vec::new(),
            items: Vec::new(),
            names: BTreeMap::new(),
            incidents: BTreeMap::new(),
            emptied: BTreeSet::new(),
            counted: BTreeMap::new(),
            governments: Vec::new(),
            nodes: Vec::new(),
            drills: Vec::new(),
            statements: BTreeMap::new(),
            decisions: BTreeMap::new(),
            open_ballots: BTreeMap::new(),
            votes: BTreeMap::new(),
            terms: BTreeMap::new(),
        }
    }

    /// The ballots of a card: the one that rules, and others that can still be decided.
    pub(super) fn ballots(&self, card: &CardId) -> impl Iterator<Item = &DecisionSummary> {
        let open = self.open_ballots.get(card).into_iter().flatten();
        self.decisions.get(card).into_iter().chain(open)
    }

    /// All decisions, also those that somebody put away: a register has no gaps.
    pub(super) fn all_decisions(&self) -> Vec<&Card> {
        let all = self.cards.iter().filter(|card| card.kind == CardKind::Decision);
        let mut all: Vec<&Card> = all.collect();
        all.sort_by(|a, b| (a.title(), a.id).cmp(&(b.title(), b.id)));
        all
    }

    /// The cards of a kind that are not put away, in the order of their titles.
    pub(super) fn cards(&self, kind: CardKind) -> Vec<&Card> {
        let mut cards: Vec<&Card> =
            self.cards.iter().filter(|card| card.kind == kind && !card.is_archived()).collect();
        cards.sort_by(|a, b| (a.title(), a.id).cmp(&(b.title(), b.id)));
        cards
    }

    /// The card with an id, if this node has it. A node has them in the order of their ids.
    pub(super) fn card(&self, id: &CardId) -> Option<&Card> {
        let place = self.cards.binary_search_by_key(id, |card| card.id).ok();
        place
            .and_then(|place| self.cards.get(place))
            .or_else(|| self.cards.iter().find(|card| card.id == *id))
    }

    /// The state of a card, what follows from signed records included.
    #[must_use]
    pub fn state(&self, card: &Card) -> &'static str {
        let set = || {
            let states = card.kind.spec().life.states();
            states.iter().find(|state| **state == card.state()).copied().unwrap_or_default()
        };
        if let Some(found) = self.statements.get(&card.id) {
            return found.state;
        }
        match self.decisions.get(&card.id) {
            Some(found) => found.standing.state(),
            None => set(),
        }
    }

    /// Whether nothing remains to be done for a card.
    #[must_use]
    pub fn is_over(&self, card: &Card) -> bool {
        card.kind.spec().life.is_over(self.state(card))
    }

    /// Organisations whose endorsement a statement awaits.
    pub(super) fn asked(&self, card: &Card) -> BTreeSet<OrgId> {
        let summary = self.statements.get(&card.id);
        summary.map_or_else(|| orgs(card, "asked").into_iter().collect(), |it| it.asked.clone())
    }

    /// An organisation as a cell.
    pub(super) fn org(&self, id: OrgId) -> Cell {
        Cell::Org { id, name: self.names.get(&id).cloned() }
    }

    /// The organisation at a path as a cell.
    pub(super) fn org_at(&self, card: &Card, path: &str) -> Cell {
        card.org(path).map_or(Cell::Empty, |org| self.org(org))
    }

    /// Several organisations as one cell.
    pub(super) fn orgs<'o>(&self, orgs: impl IntoIterator<Item = &'o OrgId>) -> Cell {
        Cell::list(orgs.into_iter().map(|org| self.org(*org)))
    }

    /// The state of a card as a cell.
    pub(super) fn state_cell(&self, card: &Card) -> Cell {
        Cell::code("card_state", Some(self.state(card)))
    }

    /// Countries that the registry or the board speaks of.
    pub(super) fn countries(&self) -> BTreeSet<String> {
        let incidents = self.incidents.values().filter_map(|facts| facts.country.clone());
        let cards = self.cards.iter().filter(|card| !card.is_archived());
        incidents.chain(cards.flat_map(Card::countries)).collect()
    }
}

/// The organisations of a repeated part, `PART/*/org`.
pub(super) fn orgs(card: &Card, part: &str) -> Vec<OrgId> {
    let entries = card.entries(part);
    entries.values().filter_map(|entry| entry.get("org")?.parse().ok()).collect()
}

/// A card as a cell.
pub(super) fn card_cell(card: &Card) -> Cell {
    Cell::Card { id: card.id, title: card.title().to_owned() }
}

#[cfg(test)]
thread_local! {
    /// How often the links of a card were read: a view reads those of each a few times.
    pub(super) static READS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The incidents that a card is linked with.
pub fn incidents_of(card: &Card) -> BTreeSet<IncidentId> {
    #[cfg(test)]
    READS.set(READS.get() + 1);
    let links = card.entries("links");
    links.values().filter_map(|link| link.get("incident")?.parse().ok()).collect()
}

/// The cards that a card is linked with.
pub(super) fn cards_of(card: &Card) -> BTreeSet<CardId> {
    #[cfg(test)]
    READS.set(READS.get() + 1);
    let links = card.entries("links");
    links.values().filter_map(|link| link.get("card")?.parse().ok()).collect()
}
