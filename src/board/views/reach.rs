//! Whether information reaches those who need it: rates, each with its n.

use std::collections::BTreeMap;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{folded, positive},
    },
    model::board::{Card, CardKind},
};

/// Below so many people asked one answer moves a rate by more than ten points.
const SMALL_SAMPLE: u64 = 10;

/// What one check found: a check whose parts are more than its whole says nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    checks: u64,
    sample: u64,
    received: Option<u64>,
    partly: Option<u64>,
    understood: Option<u64>,
    acted: Option<u64>,
}

fn read(card: &Card) -> Option<Found> {
    let count = |path: &str| positive(card.count(path));
    let sample = count("sample").filter(|sample| *sample > 0)?;
    let found = Found {
        checks: 1,
        sample,
        received: count("received"),
        partly: count("partly"),
        understood: count("understood"),
        acted: count("acted"),
    };
    let reached = found.received.unwrap_or(0).saturating_add(found.partly.unwrap_or(0));
    let parts = [Some(reached), found.understood, found.acted];
    parts.into_iter().flatten().all(|part| part <= sample).then_some(found)
}

/// A rate over several checks stands on those that asked for it alone.
#[derive(Debug, Clone, Default)]
struct Rates {
    checks: u64,
    sample: u64,
    rates: [(u64, u64); 4],
    barriers: BTreeMap<String, u64>,
}

impl Rates {
    fn add(&mut self, found: Found, card: &Card) {
        self.checks += found.checks;
        self.sample = self.sample.saturating_add(found.sample);
        let parts = [found.received, found.partly, found.understood, found.acted];
        for (rate, part) in self.rates.iter_mut().zip(parts) {
            if let Some(part) = part {
                rate.0 = rate.0.saturating_add(part);
                rate.1 = rate.1.saturating_add(found.sample);
            }
        }
        for barrier in card.set("barriers") {
            *self.barriers.entry(barrier.to_owned()).or_default() += 1;
        }
    }
}

/// How many received what a need asks for, of how many who were asked in all its checks.
pub(super) fn of_need(inputs: &Inputs, need: &Card) -> Option<Cell> {
    let mut rates = Rates::default();
    let id = need.id.to_string();
    for check in inputs.cards(CardKind::ReachCheck) {
        if check.text("need") == Some(id.as_str())
            && inputs.state(check) != "dropped"
            && let Some(found) = read(check)
        {
            rates.add(found, check);
        }
    }
    let [(part, of), ..] = rates.rates;
    (of > 0).then(|| Cell::share(part, of))
}

/// By what and where: a code, and a site as it reads without case and accents.
type Place<'a> = (Option<&'a str>, Option<String>);

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "channel",
        "site",
        "checks",
        "n",
        "received",
        "partly",
        "understood",
        "acted",
        "barriers",
        "flag",
    ];
    let mut sheet = Sheet::new("reach", &columns);
    let mut groups: BTreeMap<Place<'_>, (Option<&str>, Rates)> = BTreeMap::new();
    let mut unusable = Vec::new();
    let mut checks = inputs.cards(CardKind::ReachCheck);
    checks.retain(|card| inputs.state(card) != "dropped");
    for card in checks {
        let Some(found) = read(card) else {
            unusable.push(card_cell(card));
            continue;
        };
        let site = card.text("site");
        let key = (card.text("channel"), folded(site));
        groups.entry(key).or_insert_with(|| (site, Rates::default())).1.add(found, card);
    }
    for ((channel, _), (site, rates)) in groups {
        let [received, partly, understood, acted] =
            rates.rates.map(|(part, of)| Cell::share(part, of));
        let barriers: Vec<&str> = rates.barriers.keys().map(String::as_str).collect();
        sheet.row([
            Cell::code("information_channel", channel),
            Cell::text(site),
            Cell::Count(i64::try_from(rates.checks).unwrap_or(i64::MAX)),
            Cell::Count(i64::try_from(rates.sample).unwrap_or(i64::MAX)),
            received,
            partly,
            understood,
            acted,
            Cell::codes("reach_barrier", barriers),
            if rates.sample < SMALL_SAMPLE { Cell::word("small_sample") } else { Cell::Empty },
        ]);
    }
    if !unusable.is_empty() {
        sheet.note("reach_unusable", &[("cards", Cell::list(unusable))]);
    }
    vec![sheet]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows, sheet};

    #[test]
    fn no_rate_stands_without_its_n_and_a_small_one_is_marked() {
        let mut inputs = board();
        let kind = CardKind::ReachCheck;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,channel=radio,site=Sur,sample=20,received=10,understood=5,barriers/signal=yes",
            ),
            card(2, kind, "title=b,channel=radio,site=SUR,sample=10,received=5,acted=1"),
            card(3, kind, "title=c,channel=phone,site=Sur,sample=9,received=9"),
            card(4, kind, "title=d,channel=phone,site=Sur,received=30"),
            card(5, kind, "title=e,channel=phone,site=Sur,sample=5,received=4,partly=2"),
        ];
        assert_eq!(
            rows(&inputs, "reach", "reach"),
            [
                "phone | Sur | 1 | 9 | 9/9 |  |  |  |  | small_sample",
                "radio | Sur | 2 | 30 | 15/30 |  | 5/20 | 1/10 | signal | ",
            ]
        );
        let notes = sheet(&inputs, "reach", "reach").notes;
        assert_eq!(notes[0].given["cards"].plain(), "d; e");
    }
}
