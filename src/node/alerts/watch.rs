//! Watching alerts: what was read of each is kept, and only what changed, or whose time is over, is
//! judged again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        alert::{
            Act, AlertName, AlertState, Case, EntryHash, Phase, Recipient, Rules, SignedAlert,
            SignedEntry, recipients,
        },
        id::{CircleId, DocumentId, OrgId},
        registry::RecordKind,
        time::Timestamp,
    },
    node::{
        Node,
        alerts::{
            flood::{Flood, Raiser},
            telling::{Last, Told, is_setback, reason},
        },
        clock,
        notice::{Notice, Reason},
        notify::Summary,
    },
};

/// An alert with what was said to it, as it was read.
#[derive(Debug, Default)]
pub(super) struct Thread {
    pub(super) alert: Option<Raised>,
    pub(super) entries: BTreeMap<DocumentId, SignedEntry>,
    pub(super) judged: Option<Judged>,
    last: Option<Last>,
    /// Whether it waits for this organisation.
    waits: bool,
    /// The worst that people were told of it.
    told: Option<Told>,
    /// What they are told once a flood lets it.
    held: Option<Held>,
}

/// What a flood holds back.
#[derive(Debug)]
struct Held {
    notice: Notice,
    raiser: Raiser,
    /// Where the alert stood.
    phase: Option<Phase>,
}

/// An alert as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) document: DocumentId,
    pub(super) signed: SignedAlert,
    /// Whether this very device raised it.
    here: bool,
}

/// What held of an alert at a look.
#[derive(Debug, Clone)]
pub(in crate::node) struct Judged {
    at: Timestamp,
    /// When, by the clock of people, something changes by itself.
    due: Option<Timestamp>,
    pub(in crate::node) state: AlertState,
    /// This organisation, if the alert is another's.
    pub(in crate::node) own: Option<Recipient>,
}

/// An alert within all circles.
pub(super) type Name = (CircleId, AlertName);

/// A document that was read.
#[derive(Debug)]
struct Seen {
    author: OrgId,
    rewritten: bool,
    /// The alert that it is, or is about; none if it is unreadable.
    name: Option<AlertName>,
}

/// What the node knows of alerts between two looks.
#[derive(Debug)]
pub(in crate::node) struct Watch {
    /// Whether something came since the last look.
    pub(in crate::node) stale: bool,
    /// Whether it has looked once.
    begun: bool,
    due: Option<Timestamp>,
    pub(super) threads: BTreeMap<Name, Thread>,
    seen: BTreeMap<(CircleId, DocumentId), Seen>,
    pub(super) rules: BTreeMap<CircleId, Rules>,
    flood: Flood,
    /// Alerts that were judged, since the node runs, for a list or otherwise.
    #[cfg(test)]
    judged: std::sync::atomic::AtomicUsize,
}

impl Default for Watch {
    /// What the home has of alerts is looked at first.
    fn default() -> Self {
        Self {
            stale: true,
            begun: false,
            due: None,
            threads: BTreeMap::new(),
            seen: BTreeMap::new(),
            rules: BTreeMap::new(),
            flood: Flood::default(),
            #[cfg(test)]
            judged: std::sync::atomic::AtomicUsize::default(),
        }
    }
}

impl Node {
    /// Looks at the alerts if something came or a time is over; gives, by the uptime, when to look
    /// again.
    pub(in crate::node) fn watch_alerts(&mut self) -> Option<Timestamp> {
        let (now, uptime) = (clock::now(), clock::uptime());
        let is_due = self.alert_watch.due.is_some_and(|due| due <= now);
        let rings = self.alert_watch.flood.due().is_some_and(|due| due <= uptime);
        if self.alert_watch.stale || is_due || rings {
            let mut watch = std::mem::take(&mut self.alert_watch);
            self.look_at_alerts(&mut watch, now, uptime);
            (watch.stale, watch.begun) = (false, true);
            #[cfg(test)]
            watch.count_judged(self.alert_watch.judged());
            self.alert_watch = watch;
        }
        let due = self.alert_watch.due;
        let due = due.map(|due| uptime.saturating_add(due.saturating_since(now)));
        due.into_iter().chain(self.alert_watch.flood.due()).min()
    }

    pub(in crate::node) fn look_at_alerts(
        &mut self,
        watch: &mut Watch,
        now: Timestamp,
        uptime: Timestamp,
    ) {
        let mut touched = if watch.stale { self.read_alerts(watch) } else { BTreeSet::new() };
        let due = |thread: &Thread| thread.due().is_some_and(|due| due <= now);
        touched
            .extend(watch.threads.iter().filter(|(_, it)| due(it)).map(|(name, _)| name.clone()));
        for name in touched {
            let Some(mut thread) = watch.threads.remove(&name) else { continue };
            if thread.alert.is_none() && thread.entries.is_empty() {
                continue;
            }
            let notice = self.judge_thread(&name, &mut thread, watch, now);
            if let Some(notice) = notice.filter(Notice::rings) {
                let (org, drill) = (name.1.author, notice.drill);
                let (expired, again) = (notice.reason == Reason::Expired, thread.told.is_some());
                let raiser = Raiser { org, drill, expired, again };
                // What is worse than all before rings at once; what happens again, at a pace.
                let worse = thread.told.is_some_and(|told| told.is_less_than(&notice));
                if worse || watch.flood.admits(raiser, notice.level, uptime) {
                    self.ring(&mut thread, notice);
                } else {
                    let phase = thread.last.map(|last| last.phase);
                    thread.held = Some(Held { notice, raiser, phase });
                }
            }
            watch.threads.insert(name, thread);
        }
        for (raiser, level) in watch.flood.take_due(uptime) {
            let held = watch.threads.values_mut().filter_map(|thread| {
                let is_of = |held: &mut Held| (held.raiser, held.notice.level) == (raiser, level);
                let held = thread.held.take_if(is_of)?;
                // What was answered meanwhile waits for nobody; who answered it hears that it is not
                // over though it waits for others.
                let stands = held.phase == thread.last.map(|last| last.phase);
                (thread.waits || stands).then_some((thread, held.notice))
            });
            // One rings for all of them.
            if let Some((thread, notice)) = held.max_by_key(|(_thread, notice)| notice.step) {
                self.ring(thread, notice);
            }
        }
        watch.due = watch.threads.values().filter_map(Thread::due).min();
        let waiting = watch.threads.values().filter(|thread| thread.waits);
        let waiting = waiting.filter_map(|thread| {
            let state = &thread.judged.as_ref()?.state;
            Some(Summary::new(state.level, state.drill, state.step))
        });
        self.notify_log.set_waiting(waiting.reduce(Summary::with));
    }

    fn ring(&mut self, thread: &mut Thread, notice: Notice) {
        let told = thread.told.map_or_else(|| Told::of(&notice), |told| told.with(&notice));
        (thread.told, thread.held) = (Some(told), None);
        self.alert_notices.push(notice);
    }

    /// Reads what came and forgets what is gone; gives the alerts that this changes, and those of
    /// circles in which somebody's word counts otherwise by now.
    fn read_alerts(&self, watch: &mut Watch) -> BTreeSet<Name> {
        let mut touched = BTreeSet::new();
        let mut held = BTreeSet::new();
        for kind in [RecordKind::Alert, RecordKind::AlertEntry] {
            for (author, document) in self.view.alarms(kind) {
                let key = (document.circle, document.document);
                held.insert(key);
                let rewritten = document.is_rewritten();
                // What was written once says the same for ever.
                let same = |seen: &Seen| !rewritten && !seen.rewritten && seen.author == author;
                if watch.seen.get(&key).is_some_and(same) {
                    continue;
                }
                let record = document.record();
                let device = self.device_of(&key, &author, &record);
                let read = if kind == RecordKind::Alert {
                    let here = device == Some(self.device());
                    let read = SignedAlert::read(author, &record, rewritten);
                    read.map(|signed| Read::Alert(Raised { document: key.1, signed, here }))
                } else {
                    SignedEntry::read(author, device, &record, rewritten).map(Read::Entry)
                };
                // What was written in again may say what it said.
                if read.as_ref().is_some_and(|read| watch.has(&key, read)) {
                    continue;
                }
                touched.extend(watch.forget(&key));
                let name = read.map(|read| watch.take_in(&key, read));
                touched.extend(name.clone().map(|name| (key.0, name)));
                watch.seen.insert(key, Seen { author, rewritten, name });
            }
        }
        let gone: Vec<_> = watch.seen.keys().filter(|key| !held.contains(*key)).copied().collect();
        touched.extend(gone.iter().filter_map(|key| watch.forget(key)));
        let circles: BTreeSet<CircleId> = watch.threads.keys().map(|(circle, _)| *circle).collect();
        for circle in circles {
            let rules = self.alert_rules(&circle);
            if watch.rules.get(&circle) != Some(&rules) {
                let all = watch.threads.keys().filter(|(of, _)| *of == circle);
                touched.extend(all.cloned());
                watch.rules.insert(circle, rules);
            }
        }
        touched
    }

    /// Judges an alert, and says what is to be told of it.
    fn judge_thread(
        &self,
        (circle, name): &Name,
        thread: &mut Thread,
        watch: &Watch,
        now: Timestamp,
    ) -> Option<Notice> {
        (thread.judged, thread.waits) = (None, false);
        let judged = self.judge_kept(thread, watch.rules.get(circle)?, now)?;
        let alert = thread.alert.as_ref()?;
        let state = &judged.state;
        let said = |kind: &str| {
            thread.entries.values().filter(|signed| signed.entry.act.code() == kind).count()
        };
        let seen = Last {
            phase: state.phase,
            level: state.level,
            step: state.step,
            acknowledged: said("acknowledgement"),
            updated: said("update"),
        };
        // An organisation is not a person: what a colleague wrote on another device is news here,
        // and who looked at an alert has not answered it.
        let own = self.org();
        let here = |signed: &SignedEntry| {
            let answer = signed.entry.act != Act::Seen;
            answer && signed.author == own && signed.device == Some(self.device())
        };
        let spoke = alert.here || thread.entries.values().any(here);
        let is_author = alert.signed.author == own;
        let involved = is_author || thread.entries.values().any(|signed| signed.author == own);
        let worse = involved && is_news_that_it_is_worse(&here, thread, state);
        let called = is_author || judged.own.as_ref().is_some_and(|own| own.called);
        thread.waits = called && (state.phase == Phase::Open || state.phase.is_loud());
        let before = thread.last.replace(seen);
        let knows = if watch.begun { spoke } else { spoke && seen.phase != Phase::Open };
        let reason = reason(before, seen, knows, worse);
        let notice = reason.map(|reason| Notice {
            circle: *circle,
            alert: name.id.clone(),
            reason,
            level: state.level,
            drill: state.drill,
            step: state.step,
            // Who answered has it in hand, and hears what makes it worse, or that it is not over,
            // whoever is called.
            for_us: called || (involved && is_setback(before, reason)),
        });
        thread.judged = Some(judged);
        notice
    }

    /// What holds of an alert that was read, and how far it came here.
    pub(super) fn judge_kept(
        &self,
        thread: &Thread,
        rules: &Rules,
        now: Timestamp,
    ) -> Option<Judged> {
        #[cfg(test)]
        self.alert_watch.count_judged(1);
        let case = Case::new(&thread.alert.as_ref()?.signed, thread.entries.values(), rules);
        let (state, due, org) = (case.state(now), case.next_change(now), self.org());
        let all = recipients(&case, state.step, &BTreeSet::from([org]));
        let own = all.into_iter().find(|recipient| recipient.org == org);
        Some(Judged { at: now, due, state, own })
    }
}

#[cfg(test)]
impl Watch {
    pub(in crate::node) fn judged(&self) -> usize {
        self.judged.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub(super) fn count_judged(&self, more: usize) {
        self.judged.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
    }
}

/// What a document is.
enum Read {
    Alert(Raised),
    Entry(SignedEntry),
}

impl Thread {
    fn due(&self) -> Option<Timestamp> {
        self.judged.as_ref()?.due
    }
}

impl Judged {
    /// The same at a later moment; none if that has to be judged.
    pub(super) fn at(&self, now: Timestamp) -> Option<Self> {
        let changes = [self.due, self.state.next_step];
        if now < self.at || changes.into_iter().flatten().any(|moment| moment <= now) {
            return None;
        }
        let mut later = self.clone();
        if let Some(overdue) = &mut later.state.overdue {
            // It may be due only later, and loud for another reason.
            if overdue.is_zero() {
                return None;
            }
            *overdue = overdue.saturating_add(now.saturating_since(self.at));
        }
        Some(later)
    }
}

impl Watch {
    /// Whether that is what was read of a document before.
    fn has(&self, key: &(CircleId, DocumentId), read: &Read) -> bool {
        let name = self.seen.get(key).and_then(|seen| seen.name.clone());
        let thread = name.and_then(|name| self.threads.get(&(key.0, name)));
        thread.is_some_and(|thread| match read {
            Read::Alert(raised) => thread.alert.as_ref() == Some(raised),
            Read::Entry(signed) => thread.entries.get(&key.1) == Some(signed),
        })
    }

    /// Takes in a document; gives the alert that it is, or is about.
    fn take_in(&mut self, key: &(CircleId, DocumentId), read: Read) -> AlertName {
        let name = match &read {
            Read::Alert(raised) => raised.signed.name(),
            Read::Entry(signed) => signed.entry.alert.clone(),
        };
        let thread = self.threads.entry((key.0, name.clone())).or_default();
        match read {
            Read::Alert(raised) => thread.alert = Some(raised),
            Read::Entry(signed) => drop(thread.entries.insert(key.1, signed)),
        }
        name
    }

    /// Takes a document out; gives the alert that it was, or was about.
    fn forget(&mut self, key: &(CircleId, DocumentId)) -> Option<Name> {
        let name = (key.0, self.seen.remove(key)?.name?);
        let thread = self.threads.get_mut(&name)?;
        if thread.entries.remove(&key.1).is_none() {
            thread.alert = None;
        }
        Some(name)
    }
}

/// Whether another made it more severe than it was raised, and nothing that was said here follows
/// that.
fn is_news_that_it_is_worse(
    here: &impl Fn(&SignedEntry) -> bool,
    thread: &Thread,
    state: &AlertState,
) -> bool {
    let raised = |signed: &&SignedEntry| {
        let raises =
            matches!(&signed.entry.act, Act::Update { level, .. } if *level == Some(state.level));
        raises && !here(signed) && !state.idle.contains(&signed.hash)
    };
    let known = |hash: &EntryHash| {
        let mut said = thread.entries.values().filter(|signed| here(signed));
        said.any(|signed| signed.entry.follows.contains(hash))
    };
    let worse = thread.alert.as_ref().is_some_and(|alert| state.level < alert.signed.alert.level);
    worse && thread.entries.values().filter(raised).any(|signed| !known(&signed.hash))
}
