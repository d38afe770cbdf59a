//! Who does what: priority × partner with overlaps, and offers matched with needs.

use std::collections::BTreeMap;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell, orgs},
        work::{day_cell, folded, meet, span, tenths},
    },
    model::{
        board::{Card, CardKind},
        id::OrgId,
    },
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut priorities = inputs.cards(CardKind::Priority);
    priorities.retain(|card| !inputs.is_over(card));
    vec![ranked(inputs, &priorities), matrix(inputs, &priorities), matches(inputs)]
}

/// Whether the card names votes of organisations that did not give them, or of nobody here.
fn has_votes_of_others(card: &Card, counted: Option<&BTreeMap<OrgId, i64>>) -> bool {
    let counts = |org: &OrgId| counted.is_some_and(|counted| counted.contains_key(org));
    orgs(card, "votes").iter().any(|org| !counts(org))
}

/// By mean rank, the first first; without votes last.
fn ranked(inputs: &Inputs, priorities: &[&Card]) -> Sheet {
    let columns =
        ["rank", "card", "theme", "from", "to", "mean_rank", "votes", "lead", "partners", "flag"];
    let mut sheet = Sheet::new("priorities", &columns);
    let mut rows: Vec<(&Card, i64, i64)> = priorities
        .iter()
        .map(|card| {
            // What one member writes in the name of others is no vote of theirs.
            let votes = inputs.votes.get(&card.id);
            let ranks = votes.into_iter().flat_map(BTreeMap::values);
            let sum = ranks.fold(0_i64, |sum, rank| sum.saturating_add(*rank));
            (*card, sum, i64::try_from(votes.map_or(0, BTreeMap::len)).unwrap_or(0))
        })
        .collect();
    // Means are compared without dividing, and exactly: an order that is none stops the program.
    let mean = |sum: i64, of: i64| i128::from(sum) * i128::from(of);
    rows.sort_by(|(_, sum, of), (_, other_sum, other_of)| {
        let none = |of: i64| of == 0;
        none(*of)
            .cmp(&none(*other_of))
            .then_with(|| mean(*sum, *other_of).cmp(&mean(*other_sum, *of)))
            .then(other_of.cmp(of))
    });
    for (place, (card, sum, of)) in rows.into_iter().enumerate() {
        let partners = orgs(card, "partners").len();
        let (first, last) = span(card).unzip();
        let flag = match () {
            () if has_votes_of_others(card, inputs.votes.get(&card.id)) => {
                Cell::word("votes_of_others")
            }
            () if partners == 0 => Cell::word("nobody_works_on_it"),
            () if card.org("lead").is_none() => Cell::word("no_lead"),
            () => Cell::Empty,
        };
        sheet.row([
            if of == 0 { Cell::Empty } else { Cell::number(place + 1) },
            card_cell(card),
            Cell::text(card.text("theme")),
            day_cell(first),
            day_cell(last),
            Cell::text(tenths(sum, of).as_deref()),
            Cell::Count(of),
            inputs.org_at(card, "lead"),
            Cell::number(partners),
            flag,
        ]);
    }
    sheet
}

/// A row a partner of a priority. Two partners with one activity on one priority overlap.
fn matrix(inputs: &Inputs, priorities: &[&Card]) -> Sheet {
    let mut sheet = Sheet::new("who_does_what", &["priority", "partner", "activity", "overlap"]);
    for card in priorities {
        let partners = card.entries("partners");
        let of = |partner: &BTreeMap<&str, String>| -> Option<(OrgId, Option<String>)> {
            let activity = folded(partner.get("activity").map(String::as_str));
            Some((partner.get("org")?.parse().ok()?, activity))
        };
        for partner in partners.values() {
            let Some((org, activity)) = of(partner) else { continue };
            let others = partners.values().filter_map(of).filter(|(other, theirs)| {
                *other != org && activity.is_some() && *theirs == activity
            });
            let others: Vec<OrgId> = others.map(|(other, _)| other).collect();
            sheet.row([
                card_cell(card),
                inputs.org(org),
                Cell::text(partner.get("activity").map(String::as_str)),
                inputs.orgs(&others),
            ]);
        }
    }
    sheet
}

fn partner(card: &Card) -> OrgId {
    card.org("partner").unwrap_or_else(|| card.owner())
}

/// Each need with the offers of others that fit it: the same resource, no other theme, no other
/// countries, no other period.
fn matches(inputs: &Inputs) -> Sheet {
    let mut sheet = Sheet::new("matches", &["resource", "need", "of", "offer", "by", "same_theme"]);
    let cards = inputs.cards(CardKind::PartnerOffer);
    let open = |what: &str| -> Vec<&Card> {
        let of = cards.iter().filter(|card| card.text("offer") == Some(what));
        of.filter(|card| !inputs.is_over(card)).copied().collect()
    };
    let (needs, offers) = (open("need"), open("offer"));
    for need in needs {
        let fitting: Vec<&&Card> = offers.iter().filter(|offer| fits(need, offer)).collect();
        let head = || {
            let resource = Cell::code("resource_type", need.text("resource"));
            [resource, card_cell(need), inputs.org(partner(need))]
        };
        if fitting.is_empty() {
            let nobody = [Cell::word("no_offer"), Cell::Empty, Cell::Empty];
            sheet.row(head().into_iter().chain(nobody));
        }
        for offer in fitting {
            let theme = folded(need.text("theme"));
            let same = theme.is_some() && theme == folded(offer.text("theme"));
            let same = if same { Cell::word("yes") } else { Cell::Empty };
            let cells = [card_cell(offer), inputs.org(partner(offer)), same];
            sheet.row(head().into_iter().chain(cells));
        }
    }
    sheet
}

fn fits(need: &Card, offer: &Card) -> bool {
    let themes = (folded(need.text("theme")), folded(offer.text("theme")));
    let together = match (span(need), span(offer)) {
        (Some((first, last)), Some((other_first, other_last))) => {
            first <= other_last && other_first <= last
        }
        _one_is_open => true,
    };
    need.text("resource").is_some()
        && need.text("resource") == offer.text("resource")
        && partner(need) != partner(offer)
        && (themes.0.is_none() || themes.1.is_none() || themes.0 == themes.1)
        && meet(&need.countries(), &offer.countries())
        && together
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        kit::{board, card, card_id, org, rows},
        own_rank,
    };

    /// As if every organisation wrote what is said to be its own.
    fn all_vote_themselves(inputs: &mut Inputs) {
        let votes = |card: &Card| {
            let named = orgs(card, "votes").into_iter();
            named.filter_map(|org| Some((org, own_rank(card, &card.record, &org)?))).collect()
        };
        inputs.votes = inputs.cards.iter().map(|card| (card.id, votes(card))).collect();
    }

    #[test]
    fn overlaps_are_flagged_and_priorities_ranked_by_votes() {
        let mut inputs = board();
        let kind = CardKind::Priority;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,votes/x/org=org1,votes/x/rank=2,votes/y/org=org2,votes/y/rank=3,lead=org1,\
                           partners/a/org=org1,partners/a/activity=Train,partners/b/org=org2,partners/b/activity=TRAIN,\
                           partners/c/org=org3,partners/c/activity=Lobby",
            ),
            card(
                2,
                kind,
                "title=b,votes/x/org=org1,votes/x/rank=1,votes/z/org=org1,votes/z/rank=9,partners/a/org=org2",
            ),
            card(3, kind, "title=c"),
            card(4, kind, "title=d,state=dropped,votes/x/org=org1,votes/x/rank=1"),
        ];
        all_vote_themselves(&mut inputs);
        assert_eq!(
            rows(&inputs, "who-does-what", "priorities"),
            [
                "1 | b |  |  |  | 1.0 | 1 |  | 1 | no_lead",
                "2 | a |  |  |  | 2.5 | 2 | org1 | 3 | ",
                " | c |  |  |  |  | 0 |  | 0 | nobody_works_on_it",
            ]
        );
        assert_eq!(
            rows(&inputs, "who-does-what", "who_does_what"),
            [
                "a | org1 | Train | org2",
                "a | org2 | TRAIN | org1",
                "a | org3 | Lobby | ",
                "b | org2 |  | "
            ]
        );
    }

    #[test]
    fn what_one_writes_in_the_name_of_others_is_no_vote_and_is_shown() {
        let mut inputs = board();
        let fields = "title=a,votes/x/org=org1,votes/x/rank=5,votes/y/org=org2,votes/y/rank=1,\
                      votes/z/org=org77,votes/z/rank=1,partners/a/org=org1,lead=org1";
        inputs.cards = vec![card(1, CardKind::Priority, fields)];
        inputs.votes.insert(card_id(1), [(org(1), 5)].into());
        assert_eq!(
            rows(&inputs, "who-does-what", "priorities"),
            ["1 | a |  |  |  | 5.0 | 1 | org1 | 1 | votes_of_others"]
        );
    }

    #[test]
    fn ranks_that_nobody_could_give_are_no_votes_and_the_order_is_total() {
        let mut inputs = board();
        inputs.cards = (0..40)
            .map(|number: u8| {
                let rank = i64::MAX - i64::from(number % 7) * 1_000_000_000_000_000_000;
                let votes = (0..=number % 5).map(|it| {
                    format!(",votes/v{it}/org=org{},votes/v{it}/rank={}", it + 1, rank.max(9))
                });
                let fields = format!("title=t{number},votes/o/org=org9,votes/o/rank=2");
                let fields = fields + &votes.collect::<String>();
                card(number + 1, CardKind::Priority, &fields)
            })
            .collect();
        all_vote_themselves(&mut inputs);
        let found = rows(&inputs, "who-does-what", "priorities");
        assert_eq!(found.len(), 40);
        assert!(found.iter().all(|row| row.contains(" | 2.0 | 1 | ")), "{found:?}");
    }

    #[test]
    fn a_need_meets_the_offers_of_others_that_fit_it() {
        let mut inputs = board();
        let of = |number, fields: &str| card(number, CardKind::PartnerOffer, fields);
        inputs.cards = vec![
            of(
                1,
                "title=need,offer=need,resource=legal,partner=org1,theme=Rivers,countries/co=yes,starts=2026-05,ends=2026-06",
            ),
            of(2, "title=fits,offer=offer,resource=legal,partner=org2,theme=rivers"),
            of(3, "title=open,offer=offer,resource=legal,partner=org3,countries/co=yes"),
            of(4, "title=own,offer=offer,resource=legal,partner=org1"),
            of(5, "title=theme,offer=offer,resource=legal,partner=org2,theme=Forests"),
            of(6, "title=place,offer=offer,resource=legal,partner=org2,countries/pe=yes"),
            of(7, "title=time,offer=offer,resource=legal,partner=org2,starts=2026-07"),
            of(8, "title=over,offer=offer,resource=legal,partner=org2,state=done"),
            of(9, "title=alone,offer=need,resource=funds,partner=org2"),
        ];
        assert_eq!(
            rows(&inputs, "who-does-what", "matches"),
            [
                "funds | alone | org2 | no_offer |  | ",
                "legal | need | org1 | fits | org2 | yes",
                "legal | need | org1 | open | org3 | ",
            ]
        );
    }
}
