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
        id::{CircleId, OrgId},
        registry::{Kind, Tier, table},
        vocabulary::VERSION,
    },
    node::Node,
};

/// Bytes of the cards of one answer, about.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

impl Node {
    /// Some cards from an offset on. Without `own` nothing more closed than what a coalition sees.
    pub(super) fn board_cards(
        &self,
        own: bool,
        circle: Option<CircleId>,
        offset: u64,
    ) -> Result<Answer, ApiError> {
        let inputs = self.board_inputs(circle)?;
        let tier = if own { Tier::Sealed } else { Tier::Coalition };
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
        for card in inputs.cards.iter().skip(usize::try_from(offset).unwrap_or(usize::MAX)) {
            let one = outgoing(&inputs, card, tier);
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
        let named = orgs.into_iter().filter_map(|org| Some((org, self.org_name(&org)?)));
        found.names = named.collect();
        Ok(Answer::BoardCards(Box::new(found)))
    }
}

/// A card with what a tier may see. Its dates are those of what is left of it.
fn outgoing(inputs: &Inputs, card: &Card, tier: Tier) -> BoardCard {
    let record = project(&card.record, tier);
    let of_program = card.record.iter().filter(|(path, _)| path.is_under("meta")).count();
    let withheld = (card.record.len() - of_program).saturating_sub(record.len());
    let left = Card { record: record.clone(), ..card.clone() };
    let items: Vec<_> = inputs
        .items
        .iter()
        .filter(|item| item.card == card.id && !gives_away(&card.record, tier, &item.text))
        .cloned()
        .collect();
    let mut only = Inputs::new(inputs.us, inputs.today);
    only.decisions = inputs.decisions.clone();
    only.statements = inputs.statements.clone();
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
        withheld: u64::try_from(withheld).unwrap_or(u64::MAX),
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
