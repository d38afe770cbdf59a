//! What follows from an alert and its entries at a moment.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::model::{
    alert::{
        case::Case,
        entry::{Act, Outcome, SignedEntry},
        level::{Level, MAX_STRETCH, Timers},
        name::EntryHash,
        skew::{EARLIEST, MAX_SKEW, skews},
        state::{AlertState, Branch, Closing, Phase, Waits},
    },
    id::OrgId,
    text::fold,
    time::Timestamp,
};

/// Timers that run since a moment.
type Chain = (Timestamp, Timers);

/// A closing, as it is dated.
struct Settling {
    closing: Closing,
    sent: Timestamp,
    /// Since when it counts; none: since ever.
    since: Option<Timestamp>,
}

/// What does not depend on now.
struct Settled {
    level: Level,
    chains: Vec<Chain>,
    expires: Timestamp,
    /// When the first of those who take it now said so.
    taken: Option<Timestamp>,
    responding: bool,
    closings: Vec<Settling>,
    /// Whether answers show that the alert is dated ahead.
    answered_before: bool,
    /// Updates that ask for what they have no effect on.
    idle: Vec<usize>,
}

impl Case<'_> {
    /// What holds at a moment.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> AlertState {
        let settled = self.settled();
        let (phase, step) = self.phase(&settled, now);
        let due = |step: usize| settled.due(step);
        let closed = settled.closed(now);
        let unanswered = settled.taken.is_none() && closed.is_none() && phase.is_loud();
        let undatable = self.is_undatable(&settled, now);
        let first = due(0).or_else(|| (phase == Phase::Expired).then_some(settled.expires));
        let overdue = first.filter(|_| unanswered).map(|due| now.saturating_since(due));
        let waits = settled.taken.is_none() && closed.is_none();
        let next = (0..3).filter_map(due).find(|due| now < *due).filter(|_| waits);
        let first_taken = self.ever_taken().map(|taken| taken.entry.sent).min();
        let sent = self.alert.alert.sent;
        let taking: BTreeSet<OrgId> = self.taking().into_iter().map(|it| it.author).collect();
        AlertState {
            phase,
            level: settled.level,
            drill: self.alert.alert.drill,
            step,
            overdue,
            next_step: next,
            expires: settled.expires,
            response: first_taken.map(|taken| taken.saturating_since(sent)),
            taking: taking.into_iter().collect(),
            branches: self.branches(),
            outcome: closed.map(|(outcome, _at)| outcome),
            skews: skews(self.alert, &self.entries, now),
            undatable,
            unseen_in_time: phase == Phase::Expired && self.is_unseen_by(settled.expires),
            rewritten: self.alert.rewritten,
            idle: self.idle(&settled, now),
            closings: settled.counting(now).map(|it| it.closing.clone()).collect(),
        }
    }

    /// When phase or step are other ones by time alone; none if nothing but an entry changes them.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let settled = self.settled();
        let dues = settled
            .chains
            .iter()
            .flat_map(|(start, timers)| timers.steps().map(|after| start.saturating_add(after)));
        let skew = u64::try_from(MAX_SKEW.as_millis()).unwrap_or(u64::MAX);
        let starts = settled.chains.iter().map(|(start, _timers)| *start);
        let dated = starts.chain([self.alert.alert.sent]);
        let dated = dated.map(|sent| Timestamp::from_millis(sent.as_millis().saturating_sub(skew)));
        let counting = settled.closings.iter().filter_map(|it| it.since);
        let mut moments: Vec<Timestamp> = dues
            .chain(dated)
            .chain(counting)
            .chain([settled.expires])
            .filter(|moment| now < *moment)
            .collect();
        moments.sort_unstable();
        let current = self.phase(&settled, now);
        moments.into_iter().find(|moment| self.phase(&settled, *moment) != current)
    }

    fn settled(&self) -> Settled {
        let alert = &self.alert.alert;
        let mut settled = Settled {
            level: alert.level,
            chains: alert.timers.map(|timers| (alert.sent, timers)).into_iter().collect(),
            expires: alert.expires,
            taken: self.taking().iter().map(|taken| taken.entry.sent).min(),
            responding: self.is_responding(),
            closings: Vec::new(),
            answered_before: self.answered_before(),
            idle: Vec::new(),
        };
        // However many updates ask for more: a false *taking* must not quieten it for ever.
        let last = alert.sent.saturating_add(alert.level.expiry().saturating_mul(MAX_STRETCH));
        for (place, signed) in self.entries.iter().enumerate() {
            let Act::Update { level, expires } = &signed.entry.act else { continue };
            if !self.may_close(place) {
                if level.is_some() || expires.is_some() {
                    settled.idle.push(place);
                }
                continue;
            }
            if let Some(level) = level.filter(|level| *level < alert.level) {
                settled.level = settled.level.min(level);
                let start = self.start_of(place, signed);
                settled.chains.extend(level.timers().map(|timers| (start, timers)));
                // A more severe level expires sooner; that would hide what it makes urgent.
            }
            let most = signed.entry.sent.saturating_add(alert.level.expiry()).min(last);
            let later = expires.filter(|later| settled.expires < *later && *later <= most);
            settled.expires = later.unwrap_or(settled.expires);
        }
        settled.closings = self.closings(&settled);
        settled
    }

    /// Since when the timers of a more severe level run: since it was said, by its date or that of
    /// what follows it, whichever is earlier, and never before the alert. Whose clock is ahead must
    /// not keep quiet what it makes urgent. What follows counts by the date of those who may make it
    /// more severe themselves, or of two other organisations: one of them alone could date itself
    /// back, so that all steps are due at once.
    fn start_of(&self, place: usize, update: &SignedEntry) -> Timestamp {
        let (mut start, mut others) = (update.entry.sent, BTreeMap::<OrgId, Timestamp>::new());
        let entries = self.entries.iter().enumerate();
        for (later, signed) in entries.filter(|(later, _)| self.knew(*later, place)) {
            let sent = signed.entry.sent;
            if self.may_close(later) {
                start = start.min(sent);
            } else {
                let first = others.entry(signed.author).or_insert(sent);
                *first = sent.min(*first);
            }
        }
        let mut others: Vec<Timestamp> = others.into_values().collect();
        others.sort_unstable();
        let agreed = others.get(1).copied();
        start.min(agreed.unwrap_or(start)).max(self.alert.alert.sent)
    }

    /// Phase and step at a moment.
    fn phase(&self, settled: &Settled, now: Timestamp) -> (Phase, u8) {
        let closed = settled.closed(now);
        let sent_closed = closed.map(|(_outcome, at)| at);
        // What was due before somebody took it was due; what comes later is not. By their date, not
        // by now: under a *taking* that is dated ahead the step must not rise as time goes on.
        let until = settled.taken.into_iter().chain(sent_closed).min().unwrap_or(now);
        let reached = (0..3).filter(|step| settled.due(*step).is_some_and(|due| due <= until));
        let mut step = u8::try_from(reached.count()).unwrap_or(3);
        let waits = settled.taken.is_none() && closed.is_none();
        if waits && self.is_undatable(settled, now) {
            step = step.max(1);
        }
        let phase = if let Some((outcome, _at)) = closed {
            Phase::closed_by(outcome)
        } else if settled.expires <= now {
            Phase::Expired
        } else if settled.taken.is_some() && settled.responding {
            Phase::Responding
        } else if settled.taken.is_some() {
            Phase::Acknowledged
        } else if step > 0 {
            Phase::Escalated
        } else {
            Phase::Open
        };
        (phase, step)
    }

    fn is_undatable(&self, settled: &Settled, now: Timestamp) -> bool {
        let sent = self.alert.alert.sent;
        let ahead = |sent: Timestamp| sent.saturating_since(now) > MAX_SKEW;
        let undatable = ahead(sent) || settled.answered_before || sent < EARLIEST;
        let chains = &settled.chains;
        chains.iter().any(|(start, _timers)| ahead(*start)) || (undatable && !chains.is_empty())
    }

    /// Whether no other organisation said anything before a moment.
    fn is_unseen_by(&self, moment: Timestamp) -> bool {
        let others = self.entries.iter().filter(|it| it.author != self.alert.author);
        others.map(|it| it.entry.sent).all(|sent| moment <= sent)
    }

    /// Whether two other organisations dated what they say before the alert. One alone may have a
    /// clock that is behind, or want the alert's author to seem wrong; both are told.
    fn answered_before(&self) -> bool {
        let sent = self.alert.alert.sent;
        let before = |it: &&&SignedEntry| {
            it.author != self.alert.author && sent.saturating_since(it.entry.sent) > MAX_SKEW
        };
        let orgs: BTreeSet<OrgId> =
            self.entries.iter().filter(before).map(|it| it.author).collect();
        orgs.len() > 1
    }

    /// Whether somebody who takes it has said what is new since.
    fn is_responding(&self) -> bool {
        let taking = self.taking();
        self.entries.iter().any(|it| {
            let update = matches!(it.entry.act, Act::Update { .. });
            let since = |taken: &&SignedEntry| {
                taken.author == it.author && taken.entry.place() < it.entry.place()
            };
            update && taking.iter().any(since)
        })
    }

    /// The closings of those who may, each with why it does not hold.
    fn closings(&self, settled: &Settled) -> Vec<Settling> {
        let updates: Vec<usize> = self
            .places(|act| matches!(act, Act::Update { .. }))
            .filter(|place| self.may_close(*place))
            .collect();
        let mut closings = Vec::new();
        for (place, signed) in self.entries.iter().enumerate() {
            let sent = signed.entry.sent;
            let (outcome, since) = match &signed.entry.act {
                Act::StandDown(outcome) => (*outcome, None),
                // Dated before the end it was no review of what has expired, and dated ahead it is
                // none yet.
                Act::Review(outcome) if settled.expires <= sent => (*outcome, Some(sent)),
                Act::Review(_)
                | Act::Acknowledge(_)
                | Act::GiveUp
                | Act::Update { .. }
                | Act::Confirm { .. }
                | Act::Seen => continue,
            };
            if !self.may_close(place) {
                continue;
            }
            let knew_all = updates.iter().all(|update| self.knew(place, *update));
            let waits = if !knew_all {
                Some(Waits::Update)
            } else if settled.level.needs_two() && !self.is_confirmed(signed) {
                Some(Waits::Confirmation)
            } else {
                None
            };
            let (hash, id, author) = (signed.hash, signed.entry.id.clone(), signed.author);
            let closing = Closing { hash, id, author, outcome, waits };
            closings.push(Settling { closing, sent, since });
        }
        closings
    }

    /// Whether another of those who may agrees to a closing: of another organisation, or where there
    /// is one only, another person. Who names a closing's hash knows what it says.
    fn is_confirmed(&self, closing: &SignedEntry) -> bool {
        let confirms = self
            .places(|act| matches!(act, Act::Confirm { closing: hash } if *hash == closing.hash));
        confirms.filter(|it| self.may_close(*it)).any(|it| {
            let Some(confirm) = self.entries.get(it) else { return false };
            let alone = self.rules.is_of_one();
            confirm.author != closing.author
                || (alone && fold(&confirm.entry.by) != fold(&closing.entry.by))
        })
    }

    /// Updates of those who may that no later one of theirs knew, then those of others that no
    /// update knew; each the latest first. A number counts at most as much as there are entries, and
    /// who raised the alert goes first where that makes no difference.
    fn branches(&self) -> Vec<Branch> {
        let updates: Vec<usize> = self.places(|act| matches!(act, Act::Update { .. })).collect();
        let (own, others): (Vec<usize>, Vec<usize>) =
            updates.iter().partition(|place| self.may_close(**place));
        let most = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        let latest = |mut places: Vec<usize>| {
            places.sort_by_key(|place| {
                let signed = self.entries.get(*place);
                let number = signed.map(|it| it.entry.number.min(most));
                (Reverse(number), signed.is_none_or(|it| it.author != self.alert.author))
            });
            places
        };
        let ends = latest(self.unknown_to(&own, &own)).into_iter();
        let ends = ends.chain(latest(self.unknown_to(&updates, &others)));
        let branch = |place: usize| {
            let it = self.entries.get(place)?;
            let (hash, id, author) = (it.hash, it.entry.id.clone(), it.author);
            Some(Branch { hash, id, author, may: self.may_close(place) })
        };
        ends.filter_map(branch).collect()
    }

    /// Entries without effect.
    fn idle(&self, settled: &Settled, now: Timestamp) -> BTreeSet<EntryHash> {
        let closes = |act: &Act| match act {
            Act::StandDown(_) | Act::Confirm { .. } | Act::Review(_) => true,
            Act::Acknowledge(_) | Act::GiveUp | Act::Update { .. } | Act::Seen => false,
        };
        let idle = self.places(closes).filter(|place| !self.may_close(*place));
        let idle = idle.chain(settled.idle.iter().copied());
        let idle = idle.filter_map(|place| self.entries.get(place)).map(|signed| signed.hash);
        let counting: BTreeSet<EntryHash> =
            settled.counting(now).map(|it| it.closing.hash).collect();
        let reviews = self.places(|act| matches!(act, Act::Review(_)));
        let reviews = reviews.filter_map(|place| self.entries.get(place)).map(|it| it.hash);
        let idle = idle.chain(reviews.filter(|hash| !counting.contains(hash)));
        idle.chain(self.strangers.iter().copied()).collect()
    }

    fn places(&self, wanted: impl Fn(&Act) -> bool) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        entries.filter(move |(_, it)| wanted(&it.entry.act)).map(|(place, _)| place)
    }
}

impl Settled {
    /// The closings that count by now.
    fn counting(&self, now: Timestamp) -> impl Iterator<Item = &Settling> {
        self.closings.iter().filter(move |it| it.since.is_none_or(|since| since <= now))
    }

    /// How it ended, and when that was said first.
    fn closed(&self, now: Timestamp) -> Option<(Outcome, Timestamp)> {
        let holding = || self.counting(now).filter(|it| it.closing.waits.is_none());
        let outcome = holding().map(|it| it.closing.outcome).min();
        outcome.zip(holding().map(|it| it.sent).min())
    }

    /// When a step, from 0, is due by the first of the timers.
    fn due(&self, step: usize) -> Option<Timestamp> {
        let due = |(start, timers): &Chain| {
            let after: Option<Duration> = timers.steps().get(step).copied();
            after.map(|after| start.saturating_add(after))
        };
        self.chains.iter().filter_map(due).min()
    }
}
