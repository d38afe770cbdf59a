//! What organisations themselves say in a card that every member may change.

use crate::model::{
    board::Card,
    id::OrgId,
    registry::{Record, validate::MAX_COUNT},
};

/// The rank that an organisation gives a priority, in fields that it wrote itself and that nobody has
/// written since; of two the better. A member may have written any number with a program of its own:
/// what this one would not have written is no vote.
#[must_use]
pub fn own_rank(card: &Card, written_by_it: &Record, org: &OrgId) -> Option<i64> {
    let votes = card.entries("votes");
    let of_org = votes
        .iter()
        .filter(|(_, vote)| vote.get("org").and_then(|it| it.parse().ok()) == Some(*org));
    let ranks = of_org.filter_map(|(key, _)| {
        written_by_it.get(&format!("votes/{key}/rank")).and_then(|rank| rank.as_integer())
    });
    ranks.filter(|rank| (1..=MAX_COUNT).contains(rank)).min()
}
