//! Questions to the whole board: cards joined with what this node reads elsewhere.

mod facts;
mod outgoing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    api::{
        Answer, ApiError,
        board_views::{BoardFilter, BoardRequest, BoardView, Page, Sheet},
    },
    board::{
        DecisionStanding, DecisionSummary, Drill, Due, Filter, Inputs, Item, NodeFacts, Order,
        VIEWS, calendar_sheet, columns_sheet, list_sheet, tasks, view,
    },
    model::{
        board::{CardKind, decision::DecisionState},
        id::{CardId, CircleId},
        registry::{RecordKind, Tier, place},
    },
    node::{
        Node, clock, errors,
        requests::{
            card_state::Decided, cards::find_kind, export::check_confirmed, figures::day,
        },
    },
    view::HeldCard,
};

/// Days that a calendar shows if nobody says how many.
const CALENDAR_DAYS: i64 = 365;

impl Node {
    pub(super) fn board_request(&self, request: BoardRequest) -> Result<Answer, ApiError> {
        let page = match request {
            BoardRequest::Views => return Ok(Answer::BoardViews(views())),
            BoardRequest::Export { own, confirmed, circle, offset } => {
                if own {
                    check_confirmed(Tier::Sealed, confirmed.as_deref())?;
                }
                let circle = self.named_circle(circle.as_deref())?;
                return self.board_cards(own, circle, offset);
            }
            BoardRequest::List { filter } => {
                let (inputs, filter, order) = self.asked(&filter)?;
                page("list", &inputs, list_sheet(&inputs, &filter, order))
            }
            BoardRequest::Columns { filter } => {
                let (inputs, filter, order) = self.asked(&filter)?;
                page("board", &inputs, columns_sheet(&inputs, &filter, order))
            }
            BoardRequest::Calendar { from, to, circle } => {
                let inputs = self.board_inputs(self.named_circle(circle.as_deref())?)?;
                let from = from.as_deref().map_or(Ok(inputs.today), day)?;
                let to = to.as_deref().map_or_else(|| Ok(after(from)), day)?;
                page("calendar", &inputs, calendar_sheet(&inputs, from, to))
            }
            BoardRequest::Tasks => {
                let inputs = self.board_inputs(None)?;
                page("tasks", &inputs, tasks(&inputs))
            }
            BoardRequest::View { name, circle } => {
                let circle = self.named_circle(circle.as_deref())?;
                let mut inputs = self.board_inputs(circle)?;
                inputs.incidents = self.incident_facts(circle, inputs.today);
                if name == "government" {
                    self.add_governments(&mut inputs, circle);
                }
                view(&name, &inputs).ok_or_else(|| {
                    errors::not_found(format!("there is no view {name:?}"))
                        .hint("`ceiba board views` lists them")
                        .named("no-view", &[("name", &name)])
                })?
            }
        };
        Ok(Answer::BoardPage(Box::new(page)))
    }

    fn named_circle(&self, name: Option<&str>) -> Result<Option<CircleId>, ApiError> {
        name.map(|name| self.find_circle(name)).transpose()
    }

    /// The cards (of one circle, or all), and what is known of organisations, nodes and results.
    fn board_inputs(&self, circle: Option<CircleId>) -> Result<Inputs, ApiError> {
        let mut inputs = Inputs::new(self.org(), self.as_of(None)?);
        let of_circle = |it: CircleId| circle.is_none_or(|circle| circle == it);
        inputs.cards = self.cards();
        inputs.cards.retain(|card| of_circle(card.circle));
        let items = self.view.board().filter(|held| held.kind == RecordKind::Item);
        // A line hangs on the card of its own circle: one of a narrower circle, or of a stranger who
        // knows the card's id, is none of this one's.
        let places: BTreeSet<(CardId, CircleId)> =
            inputs.cards.iter().map(|card| (card.id, card.circle)).collect();
        let hangs_here = |held: &HeldCard| {
            let card = held.record().text("card").and_then(|id| id.parse().ok());
            card.is_some_and(|card| places.contains(&(card, held.circle)))
        };
        let items = items.filter(|held| hangs_here(held));
        inputs.items = items.filter_map(|held| Item::read(held.id, &held.record())).collect();
        for circle in self.replica.circle_ids() {
            let Some(membership) = self.replica.membership(&circle) else { continue };
            for (_, device) in membership.devices() {
                if let Some(name) = self.org_name(&device.org) {
                    inputs.names.insert(device.org, name);
                }
            }
        }
        self.add_results(&mut inputs);
        inputs.nodes = self.nodes_heard_of(inputs.today);
        inputs.drills = self.drills(circle);
        Ok(inputs)
    }

    /// What follows from signed records: where statements and decisions stand.
    fn add_results(&self, inputs: &mut Inputs) {
        let states = self.card_states();
        for card in &inputs.cards {
            if card.kind == CardKind::JointMessage {
                inputs.statements.insert(card.id, self.statement_summary(card));
            }
            if let Some(Decided { ballot, outcome, .. }) = states.ruling(card) {
                let waits = outcome.waits_to_be_closed(ballot, inputs.today);
                let standing = match outcome.state {
                    DecisionState::Undecided if waits => DecisionStanding::ToBeClosed,
                    DecisionState::Undecided => DecisionStanding::Open,
                    DecisionState::Adopted => DecisionStanding::Adopted,
                    DecisionState::Blocked => DecisionStanding::Blocked,
                    DecisionState::Lapsed => DecisionStanding::Lapsed,
                };
                let said = outcome.rulings.iter();
                let last = said.clone().map(|(_, ruling)| ruling.newest.signed.at).max();
                let decided = if outcome.state == DecisionState::Undecided { None } else { last };
                let date = |day: civil::Date| day.to_string().parse().ok();
                let summary = DecisionSummary {
                    standing,
                    participants: ballot.participants.clone(),
                    positions: said.map(|(org, it)| (*org, it.stance.code().to_owned())).collect(),
                    needed: u64::try_from(ballot.needed).unwrap_or(u64::MAX),
                    closes: date(ballot.closes),
                    decided: decided.and_then(date),
                };
                inputs.decisions.insert(card.id, summary);
            }
        }
    }

    /// The drills that can be read here, each once however many circles have it.
    fn drills(&self, circle: Option<CircleId>) -> Vec<Drill> {
        let now = clock::now();
        let mut once: BTreeMap<String, Drill> = BTreeMap::new();
        for held in self.held_alerts() {
            let alert = &held.signed.alert;
            if !alert.drill || circle.is_some_and(|circle| circle != held.circle) {
                continue;
            }
            let country = held.record.text("country").map(str::to_uppercase);
            let (Some(country), Ok(day)) = (country, alert.sent.to_date().parse()) else {
                continue;
            };
            let taken = self.judge_alert(&held, now, &BTreeSet::new()).0.response.is_some();
            let known = once.entry(alert.id.clone()).or_insert(Drill { day, country, taken });
            known.taken |= taken;
        }
        once.into_values().collect()
    }

    /// The nodes of all organisations; our own is alive, since it answers.
    fn nodes_heard_of(&self, today: civil::Date) -> Vec<NodeFacts> {
        let peers = self.peers().into_iter().filter_map(|peer| {
            let last = peer.last_contact.and_then(|it| it.to_date().parse().ok());
            Some(NodeFacts { org: peer.org?, last_contact: last })
        });
        let own = NodeFacts { org: self.org(), last_contact: Some(today) };
        peers.chain([own]).collect()
    }

    fn asked(&self, filter: &BoardFilter) -> Result<(Inputs, Filter, Order), ApiError> {
        let inputs = self.board_inputs(self.named_circle(filter.circle.as_deref())?)?;
        let kinds = filter.kinds.iter().map(|code| find_kind(code)).collect::<Result<_, _>>()?;
        let country = filter.country.as_deref().map(|name| {
            place::country(name).ok_or_else(|| errors::usage(format!("not a country: {name:?}")))
        });
        let wanted = Filter {
            kinds,
            states: filter.states.clone(),
            owner: filter.owner.as_deref().map(|it| self.find_any_org(it)).transpose()?,
            due: match (filter.overdue, filter.within) {
                (true, _) => Some(Due::Overdue),
                (false, within) => within.map(Due::Within),
            },
            country: country.transpose()?,
            tag: filter.tag.clone(),
            text: filter.text.clone(),
            priority: filter.priority.clone(),
            archived: filter.archived,
            open: filter.open,
        };
        let order = match filter.order.as_deref() {
            None | Some("due") => Order::Due,
            Some("priority") => Order::Priority,
            Some("title") => Order::Title,
            Some("kind") => Order::Kind,
            Some(other) => {
                return Err(errors::usage(format!("not an order: {other:?}"))
                    .hint("orders are due, priority, title, kind"));
            }
        };
        Ok((inputs, wanted, order))
    }
}

fn after(day: civil::Date) -> civil::Date {
    day.checked_add(jiff::Span::new().days(CALENDAR_DAYS)).unwrap_or(civil::Date::MAX)
}

fn page(name: &str, inputs: &Inputs, sheet: Sheet) -> Page {
    Page { view: name.to_owned(), as_of: inputs.today.to_string(), sheets: vec![sheet] }
}

fn views() -> Vec<BoardView> {
    let views = VIEWS.iter().map(|spec| BoardView {
        name: spec.name.to_owned(),
        kinds: spec.kinds.iter().map(|kind| kind.code().to_owned()).collect(),
    });
    views.collect()
}
