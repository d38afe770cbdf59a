//! One worker for each way of telling people, with a box that holds one message.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, task::JoinSet};

use super::{
    Settings, SinkError, desktop, mail,
    pace::Pace,
    text::{self, Summary},
    webhook,
};
use crate::{
    api::notify::{Attempt, Sink},
    node::clock,
};

/// How long one attempt may take.
pub(super) const ATTEMPT: Duration = Duration::from_secs(30);

/// How long things take, and how often they are done.
#[derive(Debug, Clone)]
pub(super) struct Timing {
    /// One attempt.
    pub(super) attempt: Duration,
    /// Pauses before it is tried again; the last one again and again, while an alert waits.
    pub(super) back_off: Vec<Duration>,
    /// Messages at once of one sink, and pauses between more. Five in the first minutes is what one
    /// alert needs until all its steps are reached.
    pub(super) burst: u32,
    /// One more each of these.
    pub(super) every: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            attempt: ATTEMPT,
            back_off: [5, 30, 120, 600].map(Duration::from_secs).into(),
            burst: 5,
            every: Duration::from_secs(120),
        }
    }
}

/// What the node and those who tell people have in common: what is set, what waits, and how it went.
#[derive(Debug, Default)]
pub(in crate::node) struct Log {
    last: Mutex<BTreeMap<Sink, Attempt>>,
    /// What of all that waits for this organisation is worst.
    waiting: Mutex<Option<Summary>>,
    settings: Mutex<Arc<Settings>>,
    /// Ways that were set otherwise, and have not been told since.
    reset: Mutex<BTreeSet<Sink>>,
    changed: Notify,
}

impl Log {
    /// How each went last.
    pub(in crate::node) fn last(&self) -> Vec<Attempt> {
        held(&self.last).values().cloned().collect()
    }

    fn note(&self, sink: Sink, error: Option<SinkError>) {
        let error = error.map(Into::into);
        let attempt = Attempt { sink, at: clock::now(), error };
        held(&self.last).insert(sink, attempt);
    }

    /// Says what waits for this organisation: as long as something does, nobody gives up.
    pub(in crate::node) fn set_waiting(&self, worst: Option<Summary>) {
        *held(&self.waiting) = worst;
    }

    fn waiting(&self) -> Option<Summary> {
        *held(&self.waiting)
    }

    /// Begins with what was set before the node started.
    pub(super) fn load(&self, settings: Settings) {
        *held(&self.settings) = Arc::new(settings);
    }

    /// Sets what rules from now on, also for what is being tried. Whoever is set newly is told what
    /// waits.
    pub(in crate::node) fn set(&self, settings: Settings) {
        let settings = Arc::new(settings);
        let before = std::mem::replace(&mut *held(&self.settings), Arc::clone(&settings));
        for sink in [Sink::Desktop, Sink::Webhook, Sink::Mail] {
            if !settings.is_alike(&before, sink) {
                // How it went with others says nothing any more.
                held(&self.last).remove(&sink);
                held(&self.reset).insert(sink);
            }
        }
        self.changed.notify_one();
    }

    pub(super) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&held(&self.settings))
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A box for one message: a second one that comes before the first is taken becomes one with it.
#[derive(Debug, Default)]
pub(super) struct Letterbox {
    message: Mutex<Option<Summary>>,
    came: Notify,
}

impl Letterbox {
    pub(super) fn put(&self, summary: Summary) {
        let mut message = held(&self.message);
        *message = Some(message.map_or(summary, |before| before.with(summary)));
        self.came.notify_one();
    }

    /// Puts what could not be told with what came since.
    fn put_back(&self, summary: Summary) {
        if let Some(since) = held(&self.message).as_mut() {
            *since = since.with(summary);
        }
    }

    fn try_take(&self) -> Option<Summary> {
        held(&self.message).take()
    }

    /// Waits until there is something.
    async fn wait(&self) {
        while held(&self.message).is_none() {
            self.came.notified().await;
        }
    }
}

/// The boxes, and the workers that empty them; dropped, they end.
pub(super) struct Sinks {
    boxes: BTreeMap<Sink, Arc<Letterbox>>,
    log: Arc<Log>,
    _workers: JoinSet<()>,
}

impl Sinks {
    /// Gives a message to all that are set. Waits for nobody.
    pub(super) fn put(&self, summary: Summary) {
        let settings = self.log.settings();
        for (sink, letterbox) in &self.boxes {
            if settings.has(*sink) {
                letterbox.put(summary);
            }
        }
    }
}

/// Begins to work.
pub(super) fn start(
    log: &Arc<Log>,
    timing: Timing,
    bell: impl Fn() + Send + Sync + 'static,
) -> Sinks {
    let bell: Arc<dyn Fn() + Send + Sync> = Arc::new(bell);
    let (mut boxes, mut workers) = (BTreeMap::new(), JoinSet::new());
    for sink in [Sink::Terminal, Sink::Desktop, Sink::Webhook, Sink::Mail] {
        let letterbox = Arc::new(Letterbox::default());
        boxes.insert(sink, Arc::clone(&letterbox));
        let (log, timing, bell) = (Arc::clone(log), timing.clone(), Arc::clone(&bell));
        workers.spawn(async move {
            if sink == Sink::Terminal {
                ring(&letterbox, &timing, &*bell).await;
            } else {
                work(sink, &letterbox, &timing, &log).await;
            }
        });
    }
    workers.spawn(tell_who_is_new(Arc::clone(log), boxes.clone()));
    Sinks { boxes, log: Arc::clone(log), _workers: workers }
}

/// Tells whoever is set while something waits. What rang before rang elsewhere.
async fn tell_who_is_new(log: Arc<Log>, boxes: BTreeMap<Sink, Arc<Letterbox>>) {
    loop {
        log.changed.notified().await;
        let reset = std::mem::take(&mut *held(&log.reset));
        let (settings, waiting) = (log.settings(), log.waiting());
        let new = boxes.iter().filter(|(sink, _)| reset.contains(sink) && settings.has(**sink));
        for (_sink, letterbox) in new {
            if let Some(summary) = waiting {
                letterbox.put(summary);
            }
        }
    }
}

/// Waits for a turn, and what is then to be said.
async fn next(letterbox: &Letterbox, pace: &mut Pace) -> Summary {
    loop {
        letterbox.wait().await;
        while let Err(wait) = pace.take(clock::uptime()) {
            tokio::time::sleep(wait).await;
        }
        // Taken last, so that what came while it waited goes with it.
        if let Some(summary) = letterbox.try_take() {
            return summary;
        }
    }
}

async fn ring(letterbox: &Letterbox, timing: &Timing, bell: &(dyn Fn() + Send + Sync)) {
    let mut pace = Pace::new(timing.burst, timing.every, clock::uptime());
    loop {
        let _summary = next(letterbox, &mut pace).await;
        bell();
    }
}

async fn work(sink: Sink, letterbox: &Letterbox, timing: &Timing, log: &Log) {
    let mut pace = Pace::new(timing.burst, timing.every, clock::uptime());
    let mut told_no_desktop = false;
    loop {
        let summary = next(letterbox, &mut pace).await;
        let (mut pauses, mut told) = (timing.back_off.iter(), BTreeSet::new());
        let mut before = log.settings();
        loop {
            // As it is set now: a wrong word is put right while it is tried, and what was taken away
            // is called no more.
            let settings = log.settings();
            if !settings.has(sink) {
                break;
            }
            if !settings.is_alike(&before, sink) {
                told.clear();
            }
            let done = say(sink, &settings, Some(summary), timing.attempt, &mut told).await;
            if settings.is_alike(&log.settings(), sink) {
                log.note(sink, done.err());
            }
            before = settings;
            let Err(error) = done else { break };
            if error == SinkError::NoDesktop {
                if !std::mem::replace(&mut told_no_desktop, true) {
                    tracing::warn!(%error, "alerts are not shown on the desktop");
                }
                break;
            }
            let last = || timing.back_off.last().filter(|_| log.waiting().is_some());
            let Some(pause) = pauses.next().or_else(last) else {
                tracing::error!(?sink, %error, "nobody could be told that an alert waits");
                break;
            };
            tracing::warn!(?sink, %error, "that an alert waits could not be told; it is tried again");
            tokio::select! {
                () = tokio::time::sleep(*pause) => {}
                // One who cannot be told holds up nothing that is new for the others.
                () = letterbox.wait() => {
                    letterbox.put_back(summary);
                    break;
                }
            }
        }
    }
}

/// Says it once; without a summary it is a test.
pub(super) async fn attempt(
    sink: Sink,
    settings: &Settings,
    summary: Option<Summary>,
    within: Duration,
) -> Result<(), SinkError> {
    say(sink, settings, summary, within, &mut BTreeSet::new()).await
}

/// Says it once to all who were not told; notes who was.
async fn say(
    sink: Sink,
    settings: &Settings,
    summary: Option<Summary>,
    within: Duration,
    told: &mut BTreeSet<String>,
) -> Result<(), SinkError> {
    let content = settings.content;
    let said = async {
        match (sink, &settings.webhook, &settings.mail) {
            (Sink::Desktop, _, _) => desktop::show(summary.is_none()).await,
            (Sink::Webhook, Some(webhook), _) => {
                webhook::post(webhook, text::json(content, summary)).await
            }
            (Sink::Mail, _, Some(mail)) => {
                mail::send(mail, &text::text(content, summary), told).await
            }
            (Sink::Terminal | Sink::Webhook | Sink::Mail, _, _) => Ok(()),
        }
    };
    tokio::time::timeout(within, said).await.unwrap_or(Err(SinkError::TimedOut))
}
