//! Questions to the whole board: cards joined with what this node reads elsewhere.

mod facts;
mod outgoing;
mod results;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    api::{
        Answer, ApiError,
        answer::CircleKind,
        board_views::{BoardFilter, BoardRequest, BoardView, Page, Sheet},
    },
    board::{
        Drill, Due, Filter, Inputs, Item, NodeFacts, Order, VIEWS, calendar_sheet, columns_sheet,
        incidents_of, list_sheet, tasks, view,
    },
    model::{
        id::{CardId, CircleId, OrgId},
        registry::{RecordKind, Tier, place},
    },
    node::{
        Node, clock, errors,
        requests::{cards::find_kind, export::check_confirmed, figures::day},
    },
};

/// Days that a calendar shows if nobody says how many.
const CALENDAR_DAYS: i64 = 365;

impl Node {
    pub(super) fn board_request(&self, request: BoardRequest) -> Result<Answer, ApiError> {
        let circle = request.circle().map(|name| self.find_circle(name)).transpose()?;
        let page = match request {
            BoardRequest::Views => return Ok(Answer::BoardViews(views())),
            BoardRequest::Export { own, confirmed, after, had, .. } => {
                let (circle, tier) = self.export_of(own, circle)?;
                check_confirmed(tier, confirmed.as_deref())?;
                return self.board_cards(tier, circle, after, had);
            }
            BoardRequest::File { page, own, confirmed } => {
                self.page_for_file(*page, circle, own, confirmed.as_deref())?
            }
            asked @ (BoardRequest::List { .. }
            | BoardRequest::Columns { .. }
            | BoardRequest::Calendar { .. }
            | BoardRequest::Tasks
            | BoardRequest::View { .. }) => {
                let sheet = sheet_of(&asked);
                only_sheet(self.board_page(asked, circle)?, sheet.as_deref())?
            }
        };
        Ok(Answer::BoardPage(Box::new(page)))
    }

    /// A page for a file that others may get. It has what one circle reads, as an export has: nothing
    /// of a narrower one, of another coalition or of what is kept here. What is hidden in it does not
    /// depend on which of its tables are asked for.
    fn page_for_file(
        &self,
        asked: BoardRequest,
        circle: Option<CircleId>,
        own: bool,
        confirmed: Option<&str>,
    ) -> Result<Page, ApiError> {
        if matches!(asked, BoardRequest::Tasks) && !own {
            return Err(errors::refused("what waits for this organisation is of no circle")
                .hint("with --own it goes into a file, and somebody has to stand for that")
                .named("tasks-are-own", &[]));
        }
        let (circle, tier) = self.export_of(own, circle)?;
        check_confirmed(tier, confirmed)?;
        let sheet = sheet_of(&asked);
        let page = self.board_page(asked, circle)?;
        only_sheet(if own { page } else { page.for_file() }, sheet.as_deref())
    }

    /// A page with all of its tables, of what one circle reads or of all that is here.
    fn board_page(&self, asked: BoardRequest, circle: Option<CircleId>) -> Result<Page, ApiError> {
        let mut inputs = self.board_inputs(circle)?;
        match asked {
            BoardRequest::List { filter } => {
                let (filter, order) = self.asked(&filter)?;
                Ok(page("list", &inputs, list_sheet(&inputs, &filter, order)))
            }
            BoardRequest::Columns { filter } => {
                let (filter, order) = self.asked(&filter)?;
                Ok(page("board", &inputs, columns_sheet(&inputs, &filter, order)))
            }
            BoardRequest::Calendar { from, to, .. } => {
                let from = from.as_deref().map_or(Ok(inputs.today), day)?;
                let to = to.as_deref().map_or_else(|| Ok(after(from)), day)?;
                Ok(page("calendar", &inputs, calendar_sheet(&inputs, from, to)))
            }
            BoardRequest::Tasks => Ok(page("tasks", &inputs, tasks(&inputs))),
            BoardRequest::View { name, .. } => {
                inputs.incidents = self.incident_facts(circle, inputs.today);
                let linked = inputs.cards.iter().flat_map(incidents_of);
                let unread = linked.filter(|id| !inputs.incidents.contains_key(id));
                inputs.emptied = self.emptied(circle, unread.collect());
                if name == "government" {
                    self.add_governments(&mut inputs, circle)?;
                }
                self.add_votes(&mut inputs);
                view(&name, &inputs).ok_or_else(|| {
                    errors::not_found(format!("there is no view {name:?}"))
                        .hint("`ceiba board views` lists them")
                        .named("no-view", &[("name", &name)])
                })
            }
            BoardRequest::Views | BoardRequest::Export { .. } | BoardRequest::File { .. } => {
                Err(errors::usage("that is no page of the board"))
            }
        }
    }

    /// Of what an export is, and what it may have: what a coalition reads, of a named circle inside one
    /// what its members read, or all that is here.
    fn export_of(
        &self,
        own: bool,
        circle: Option<CircleId>,
    ) -> Result<(Option<CircleId>, Tier), ApiError> {
        let circle = match (own, circle) {
            (true, circle) => return Ok((circle, Tier::Sealed)),
            (false, Some(circle)) => circle,
            (false, None) => self.find_coalition(None)?,
        };
        match self.kind_of(&circle) {
            CircleKind::Coalition => Ok((Some(circle), Tier::Coalition)),
            CircleKind::Circle => Ok((Some(circle), Tier::Restricted)),
            CircleKind::Private => {
                Err(errors::refused("these cards are of nobody but this organisation")
                    .hint("with --own they go into files, and somebody has to stand for that")
                    .named("cards-of-nobody-else", &[]))
            }
        }
    }

    /// The cards of one circle as it reads them, or all with this organisation's own parts; and what
    /// is known of organisations, nodes and results. With a circle nothing of another is in it.
    fn board_inputs(&self, circle: Option<CircleId>) -> Result<Inputs, ApiError> {
        let mut inputs = Inputs::new(self.org(), self.as_of(None)?);
        inputs.circle = circle;
        inputs.cards = circle.map_or_else(|| self.cards(), |circle| self.cards_in(&circle));
        // A line is of a card where both are: who knows a card's id elsewhere adds nothing to it.
        let has = |card: &CardId, circle: CircleId| {
            self.view.board_documents(card).any(|held| held.circle == circle)
        };
        let items = self.view.board().filter(|held| held.kind == RecordKind::Item);
        let items = items.filter(|held| circle.is_none_or(|circle| circle == held.circle));
        let items = items.filter_map(|held| {
            let item = Item::read(held.id, &held.record())?;
            has(&item.card, held.circle).then_some((item.id, item))
        });
        // A line that is in two circles of a card is one.
        inputs.items = items.collect::<BTreeMap<CardId, Item>>().into_values().collect();
        self.add_orgs(&mut inputs);
        self.add_results(&mut inputs);
        inputs.nodes = self.nodes_heard_of(inputs.today);
        if let Some(members) = circle.and_then(|circle| inputs.members.get(&circle)) {
            inputs.nodes.retain(|node| members.contains(&node.org));
        }
        inputs.drills = self.drills(circle);
        Ok(inputs)
    }

    /// Who is in which circle, and is called what there. Of a circle inside a coalition all members
    /// know the coalition's others.
    fn add_orgs(&self, inputs: &mut Inputs) {
        let parent = |circle: &CircleId| self.replica.membership(circle)?.parent();
        let circles: Vec<CircleId> = match inputs.circle {
            Some(circle) => [circle].into_iter().chain(parent(&circle)).collect(),
            None => self.replica.circle_ids().collect(),
        };
        for circle in circles {
            let Some(membership) = self.replica.membership(&circle) else { continue };
            let orgs: BTreeSet<OrgId> = membership.orgs().keys().copied().collect();
            for org in &orgs {
                if let Some(name) = self.org_name_in(&circle, org) {
                    inputs.names.entry(*org).or_insert(name);
                }
            }
            let members = orgs.into_iter().filter(|org| membership.is_member(org)).collect();
            inputs.members.insert(circle, members);
        }
    }

    /// The drills that can be read here, each once however many circles have it.
    fn drills(&self, circle: Option<CircleId>) -> Vec<Drill> {
        let now = clock::now();
        let mut once: BTreeMap<(OrgId, String), Drill> = BTreeMap::new();
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
            let id = (held.signed.author, alert.id.clone());
            let known = once.entry(id).or_insert(Drill { day, country, taken });
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

    fn asked(&self, filter: &BoardFilter) -> Result<(Filter, Order), ApiError> {
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
        Ok((wanted, order))
    }
}

fn after(day: civil::Date) -> civil::Date {
    day.checked_add(jiff::Span::new().days(CALENDAR_DAYS)).unwrap_or(civil::Date::MAX)
}

fn page(name: &str, inputs: &Inputs, sheet: Sheet) -> Page {
    Page { view: name.to_owned(), as_of: inputs.today.to_string(), sheets: vec![sheet] }
}

/// The one table that is asked for, of a view.
fn sheet_of(asked: &BoardRequest) -> Option<String> {
    if let BoardRequest::View { sheet, .. } = asked { sheet.clone() } else { None }
}

/// One table of a page alone, if one is named.
fn only_sheet(mut page: Page, wanted: Option<&str>) -> Result<Page, ApiError> {
    let Some(wanted) = wanted else { return Ok(page) };
    let names: Vec<String> = page.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    page.sheets.retain(|sheet| sheet.name == wanted);
    if page.sheets.is_empty() {
        return Err(errors::not_found(format!("there is no table {wanted:?} in this view"))
            .hint(format!("its tables are {}", names.join(", "))));
    }
    Ok(page)
}

fn views() -> Vec<BoardView> {
    let views = VIEWS.iter().map(|spec| BoardView {
        name: spec.name.to_owned(),
        kinds: spec.kinds.iter().map(|kind| kind.code().to_owned()).collect(),
    });
    views.collect()
}
