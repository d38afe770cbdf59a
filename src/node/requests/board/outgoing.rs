//! Cards for files: what a tier may see of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{
        Answer, ApiError,
        board_views::{BoardCard, BoardCards, BoardDate, BoardItem},
    },
    board::{Inputs, calendar, gives_away, project},
    model::{
        board::Card,
        id::{CardId, CircleId, OrgId},
        registry::{Kind, Record, Tier, table},
        vocabulary::VERSION,
    },
    node::{Node, errors},
};

/// Bytes of the cards of one answer, about.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

impl Node {
    /// Some cards behind one, with nothing more closed than a tier. Of a circle it is what its own
    /// documents say; only the tier of what stays here has this organisation's part.
    ///
    /// # Errors
    /// When up to that card there are not as many as the asker had: of what came between, nothing
    /// would be in the file.
    pub(super) fn board_cards(
        &self,
        tier: Tier,
        circle: Option<CircleId>,
        after: Option<CardId>,
        had: u64,
    ) -> Result<Answer, ApiError> {
        let mut inputs = self.board_inputs(circle)?;
        inputs.cards.sort_by_key(|card| card.id);
        let place = inputs.cards.partition_point(|card| after.is_some_and(|it| card.id <= it));
        if u64::try_from(place) != Ok(had) {
            return Err(errors::refused("cards came or went while they were written")
                .hint("export again")
                .named("board-changed", &[]));
        }
        if tier == Tier::Sealed && circle.is_some() {
            let cards = std::mem::take(&mut inputs.cards);
            inputs.cards = cards.into_iter().map(|card| self.with_own_part(card)).collect();
        }
        let total = u64::try_from(inputs.cards.len()).unwrap_or(u64::MAX);
        let mut found = BoardCards {
            tier,
            as_of: inputs.today.to_string(),
            org: self.org(),
            org_name: self.org_label(&self.org()),
            circle,
            circle_name: circle.and_then(|circle| self.circle_name(&circle)),
            vocabulary: VERSION,
            names: BTreeMap::new(),
            cards: Vec::new(),
            total,
        };
        let mut bytes = 0_usize;
        let mut orgs: BTreeSet<OrgId> = BTreeSet::new();
        for card in inputs.cards.iter().skip(place) {
            let one = outgoing(&inputs, card, &self.own_part(card), tier);
            orgs.extend([one.origin, one.owner]);
            orgs.extend(one.items.iter().filter_map(|item| item.assignee));
            for (path, value) in one.record.iter() {
                bytes = bytes.saturating_add(path.as_str().len() + value.canonical_bytes().len());
                let spec = table::find(one.record.schema(), path);
                if spec.is_some_and(|spec| spec.kind == Kind::Org) {
                    orgs.extend(value.as_text().and_then(|org| org.parse::<OrgId>().ok()));
                }
            }
            found.cards.push(one);
            if bytes >= BATCH_BYTES {
                break;
            }
        }
        let named = orgs.into_iter().filter_map(|org| Some((org, inputs.names.get(&org)?.clone())));
        found.names = named.collect();
        Ok(Answer::BoardCards(Box::new(found)))
    }

    /// What this organisation keeps of a card that is elsewhere.
    fn own_part(&self, card: &Card) -> Record {
        let mut documents = self.view.board_documents(&card.id);
        let home = documents.find(|held| held.circle == self.own.private);
        let mut part = Record::new(card.record.schema().clone());
        let Some(home) = home.map(|held| held.record()) else { return part };
        for (path, value) in home.iter() {
            if !path.is_under("share") && !path.is_under("meta") {
                let _fits = part.set(path.clone(), value.clone());
            }
        }
        part
    }

    fn with_own_part(&self, mut card: Card) -> Card {
        for (path, value) in self.own_part(&card).iter() {
            let _fits = card.record.set(path.clone(), value.clone());
        }
        card
    }
}

/// A card with what a tier may see, and no text that says what is kept at home. Its dates are those
/// of what is left of it.
fn outgoing(inputs: &Inputs, card: &Card, kept: &Record, tier: Tier) -> BoardCard {
    let record = project(&card.record, kept, tier);
    let of_program = card.record.iter().filter(|(path, _)| path.is_under("meta")).count();
    let withheld = card.record.len() > of_program + record.len();
    let left = Card { record: record.clone(), ..card.clone() };
    let items: Vec<_> = inputs
        .items
        .iter()
        .filter(|item| item.card == card.id && !gives_away(&card.record, kept, tier, &item.text))
        .cloned()
        .collect();
    let mut only = Inputs::new(inputs.us, inputs.today);
    only.decisions.extend(inputs.decisions.get(&card.id).map(|it| (card.id, it.clone())));
    only.statements.extend(inputs.statements.get(&card.id).map(|it| (card.id, it.clone())));
    only.cards = vec![left];
    only.items = items.clone();
    let dates = calendar(&only, jiff::civil::Date::MIN, jiff::civil::Date::MAX);
    let dates = dates.into_iter().map(|it| BoardDate {
        first: it.first.to_string(),
        last: it.last.to_string(),
        moment: it.moment.key().to_owned(),
        entry: it.entry,
        text: it.text,
    });
    BoardCard {
        card: card.id,
        kind: card.kind.code().to_owned(),
        circle: card.circle,
        origin: card.origin,
        owner: card.owner(),
        state: inputs.state(card).to_owned(),
        withheld,
        dates: dates.collect(),
        items: items
            .into_iter()
            .map(|item| BoardItem {
                item: item.id,
                text: item.text,
                done: item.done,
                assignee: item.assignee,
                due: item.due.map(|due| due.to_string()),
            })
            .collect(),
        record,
    }
}
