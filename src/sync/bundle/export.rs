//! What goes into a bundle for some devices, one item after the other.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    iter,
};

use super::{
    Item,
    item::{MAX_RECEIPTS, STATEMENTS_BYTES},
};
use crate::{
    model::id::{CircleId, DeviceId, Lane, LogId, StatementId},
    sync::{
        Replica,
        limits::{MAX_WANTED_STATEMENTS, RUN_BYTES},
    },
};

/// A device that a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient {
    /// Its id.
    pub device: DeviceId,
    /// Its transport key, by which statements are offered to it.
    pub transport: [u8; 32],
}

/// What of one circle goes to all recipients of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// The circle.
    pub circle: CircleId,
    /// Whether its entries go, or its statements alone.
    pub entries: bool,
}

/// Parts that have the same recipients, who are all entitled to all that is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Whom they are sealed to.
    pub recipients: BTreeSet<Recipient>,
    /// What is in them.
    pub shares: Vec<Share>,
}

/// Puts circles into series: each circle goes once, to exactly those that may have it. `wanted` are
/// circles, coalitions before the circles in them, with the devices *of that circle* that it should
/// go to.
#[must_use]
pub fn plan<R: Replica>(replica: &R, wanted: &[(CircleId, BTreeSet<Recipient>)]) -> Vec<Series> {
    let mut series: Vec<Series> = Vec::new();
    let mut places: BTreeMap<BTreeSet<Recipient>, usize> = BTreeMap::new();
    for (circle, devices) in wanted {
        for entries in [true, false] {
            let share = Share { circle: *circle, entries };
            let other = Share { circle: *circle, entries: true };
            let may = |to: &&Recipient| {
                is_entitled(replica, &share, to) && (entries || !is_entitled(replica, &other, to))
            };
            for recipients in alike(replica, &share, devices.iter().filter(may).copied()) {
                let place = *places.entry(recipients.clone()).or_insert(series.len());
                match series.get_mut(place) {
                    Some(known) => known.shares.push(share),
                    None => series.push(Series { recipients, shares: vec![share] }),
                }
            }
        }
    }
    series
}

/// Those that may have the same of a share: who reads all of it, and everybody else alone. Together
/// they would get only what each of them may have, and a dropbox keeps the records from all others.
fn alike<R: Replica>(
    replica: &R,
    share: &Share,
    devices: impl Iterator<Item = Recipient>,
) -> Vec<BTreeSet<Recipient>> {
    let reads = |to: &Recipient| !share.entries || replica.reads(&share.circle, &to.device);
    let (together, alone): (BTreeSet<Recipient>, BTreeSet<Recipient>) = devices.partition(reads);
    let alone = alone.into_iter().map(|to| BTreeSet::from([to]));
    iter::once(together).chain(alone).filter(|group| !group.is_empty()).collect()
}

/// Whether a device may have this, now.
fn is_entitled<R: Replica>(replica: &R, share: &Share, to: &Recipient) -> bool {
    let known = replica.device_of_transport(&to.transport) == Some(to.device);
    known
        && replica.offers_statements(&share.circle, &to.transport)
        && (!share.entries || replica.serves(&share.circle, &to.device))
}

#[derive(Debug)]
enum Task {
    Statements(Share, VecDeque<StatementId>),
    Forks(Share, VecDeque<LogId>),
    Lane(Share, Lane),
    Log(Share, LogId, u64),
    Receipts(Share, VecDeque<Vec<u8>>),
    JoinRequest(Vec<u8>),
}

impl Task {
    const fn share(&self) -> Option<Share> {
        match self {
            Self::Statements(share, _)
            | Self::Forks(share, _)
            | Self::Lane(share, _)
            | Self::Log(share, _, _)
            | Self::Receipts(share, _) => Some(*share),
            Self::JoinRequest(_) => None,
        }
    }
}

/// The items of one series, made one by one.
///
/// Membership first, then keys, alerts, records: of whatever a part is lost, what is urgent came
/// before. Entitlement is asked again at each item, since it may end while files are written.
#[derive(Debug)]
pub struct Export {
    recipients: BTreeSet<Recipient>,
    tasks: VecDeque<Task>,
    /// From where on logs are given, by circle.
    from: BTreeMap<CircleId, BTreeMap<LogId, u64>>,
    /// Bytes that a run is filled up to.
    run_bytes: usize,
    /// Entries that are held and could not be read.
    unread: u64,
    /// Circles of which not all went, because rights ended meanwhile.
    ended: BTreeSet<CircleId>,
}

impl Export {
    /// The items of a series, in runs that fit several into parts of so many bytes. With
    /// `since_receipt` without what all recipients have signed that they hold.
    #[must_use]
    pub fn new<R: Replica>(
        replica: &R,
        series: &Series,
        part_bytes: u64,
        since_receipt: bool,
        join_requests: &[Vec<u8>],
    ) -> Self {
        let mut tasks = VecDeque::new();
        let (all, shares) = (&series.shares, || series.shares.iter().copied());
        for share in shares() {
            // By which the maker is known: in an item of its own, since of a maker that is not known
            // few statements are taken.
            let credentials = replica.credentials(&share.circle);
            let mut ids = replica.statement_ids(&share.circle);
            ids.retain(|id| !credentials.contains(id));
            tasks.push_back(Task::Statements(share, credentials.into()));
            tasks.push_back(Task::Statements(share, ids.into()));
        }
        tasks.extend(join_requests.iter().cloned().map(Task::JoinRequest));
        let with_entries = || all.iter().copied().filter(|share| share.entries);
        for share in with_entries() {
            let logs = replica.frontier(&share.circle).into_iter().filter(|log| log.forked);
            let forked = logs.map(|log| log.log).collect();
            tasks.push_back(Task::Forks(share, forked));
        }
        for lane in Lane::ALL {
            tasks.extend(with_entries().map(|share| Task::Lane(share, lane)));
        }
        let receipts =
            |share: Share| Task::Receipts(share, replica.receipts_for(&share.circle).into());
        tasks.extend(with_entries().map(receipts));
        let from = if since_receipt { acknowledged(replica, series) } else { BTreeMap::new() };
        let run_bytes = usize::try_from(part_bytes / 4).unwrap_or(usize::MAX).min(RUN_BYTES);
        let (recipients, ended) = (series.recipients.clone(), BTreeSet::new());
        Self { recipients, tasks, from, run_bytes, unread: 0, ended }
    }

    /// Items that each part has to begin with after its preface, so that it is a bundle by itself:
    /// which circles there are.
    #[must_use]
    pub fn opening<R: Replica>(&self, replica: &R, series: &Series) -> Vec<Item> {
        let circle = |share: &Share| Item::Circle {
            circle: share.circle,
            genesis: replica.introduction(&share.circle).unwrap_or_default(),
        };
        let entitled = |share: &&Share| self.is_entitled(replica, share);
        series.shares.iter().filter(entitled).map(circle).collect()
    }

    /// Entries that are held and could not be read so far, and so are not in the bundle.
    #[must_use]
    pub const fn unread(&self) -> u64 {
        self.unread
    }

    /// Circles of which not all went so far, because a recipient's rights ended meanwhile: what goes
    /// to several goes to none of them from there on.
    #[must_use]
    pub const fn ended(&self) -> &BTreeSet<CircleId> {
        &self.ended
    }

    /// The next item; none when there is nothing more.
    pub fn next<R: Replica>(&mut self, replica: &R) -> Option<Item> {
        while let Some(task) = self.tasks.pop_front() {
            if let Some(share) = task.share().filter(|share| !self.is_entitled(replica, share)) {
                self.ended.insert(share.circle);
                continue;
            }
            if let Some(item) = self.work(replica, task) {
                return Some(item);
            }
        }
        None
    }

    fn is_entitled<R: Replica>(&self, replica: &R, share: &Share) -> bool {
        self.recipients.iter().all(|to| is_entitled(replica, share, to))
    }

    /// Whether a log may go to all recipients: see [`Replica::may_have`].
    fn may_have<R: Replica>(&self, replica: &R, share: &Share, log: &LogId) -> bool {
        self.recipients.iter().all(|to| replica.may_have(&share.circle, &to.device, log))
    }

    fn all_read<R: Replica>(&self, replica: &R, circle: &CircleId) -> bool {
        self.recipients.iter().all(|to| replica.reads(circle, &to.device))
    }

    /// Does a task as far as one item goes; what is left of it comes next.
    fn work<R: Replica>(&mut self, replica: &R, task: Task) -> Option<Item> {
        match task {
            Task::Statements(share, ids) => self.statements(replica, share, ids),
            Task::Forks(share, mut logs) => {
                let log = logs.pop_front()?;
                self.tasks.push_front(Task::Forks(share, logs));
                if !self.may_have(replica, &share, &log) {
                    return None;
                }
                let proof = replica.fork_proof(&share.circle, &log)?.encode();
                Some(Item::Fork { circle: share.circle, log, proof })
            }
            Task::Lane(share, lane) => {
                let logs = replica.frontier(&share.circle).into_iter().rev().map(|log| log.log);
                let logs: Vec<LogId> = logs
                    .filter(|log| log.lane == lane && self.may_have(replica, &share, log))
                    .collect();
                for log in logs {
                    let from = self.from.get(&share.circle);
                    let from = from.and_then(|from| from.get(&log)).copied().unwrap_or_default();
                    self.tasks.push_front(Task::Log(share, log, from));
                }
                None
            }
            Task::Log(share, log, _) if !self.may_have(replica, &share, &log) => None,
            Task::Log(share, log, from) => {
                let Some(run) = replica.read_run(&share.circle, &log, from, self.run_bytes) else {
                    // The end; or the disk is damaged there, and somebody must be told.
                    let held = replica.position(&share.circle, &log).tail.next_seq;
                    self.unread = self.unread.saturating_add(held.saturating_sub(from));
                    return None;
                };
                let next = from.saturating_add(run.entries.len() as u64);
                self.tasks.push_front(Task::Log(share, log, next));
                Some(Item::Run { circle: share.circle, run: run.encode() })
            }
            // They tell how much there is.
            Task::Receipts(share, _) if !self.all_read(replica, &share.circle) => None,
            Task::Receipts(share, mut rest) => {
                let (mut receipts, mut bytes) = (Vec::new(), 0_usize);
                while let Some(receipt) = rest.pop_front() {
                    bytes = bytes.saturating_add(receipt.len());
                    let is_full = bytes > STATEMENTS_BYTES || receipts.len() >= MAX_RECEIPTS;
                    if is_full && !receipts.is_empty() {
                        rest.push_front(receipt);
                        break;
                    }
                    receipts.push(receipt);
                }
                if receipts.is_empty() {
                    return None;
                }
                self.tasks.push_front(Task::Receipts(share, rest));
                Some(Item::Receipts { circle: share.circle, receipts })
            }
            Task::JoinRequest(request) => Some(Item::JoinRequest(request)),
        }
    }

    fn statements<R: Replica>(
        &mut self,
        replica: &R,
        share: Share,
        mut ids: VecDeque<StatementId>,
    ) -> Option<Item> {
        let (mut statements, mut bytes) = (Vec::new(), 0_usize);
        while let Some(id) = ids.front() {
            let Some(statement) = replica.statement(&share.circle, id) else {
                ids.pop_front();
                continue;
            };
            bytes = bytes.saturating_add(statement.len());
            let is_full = bytes > STATEMENTS_BYTES || statements.len() >= MAX_WANTED_STATEMENTS;
            if is_full && !statements.is_empty() {
                break;
            }
            statements.push(statement);
            ids.pop_front();
        }
        if statements.is_empty() {
            return None;
        }
        self.tasks.push_front(Task::Statements(share, ids));
        Some(Item::Statements { circle: share.circle, statements })
    }
}

/// From where on each log must be given so that all recipients get what they have not
/// acknowledged.
fn acknowledged<R: Replica>(
    replica: &R,
    series: &Series,
) -> BTreeMap<CircleId, BTreeMap<LogId, u64>> {
    let mut all = BTreeMap::new();
    for share in series.shares.iter().filter(|share| share.entries) {
        let mut common: Option<BTreeMap<LogId, u64>> = None;
        for to in &series.recipients {
            let held = replica.acknowledged(&share.circle, &to.device).unwrap_or_default();
            let held: BTreeMap<LogId, u64> =
                held.into_iter().map(|held| (held.log, held.tail.next_seq)).collect();
            let least = |before: BTreeMap<LogId, u64>| {
                let both = before.into_iter().filter_map(|(log, count)| {
                    held.get(&log).map(|other| (log, count.min(*other)))
                });
                both.collect()
            };
            common = Some(match common.take() {
                None => held.clone(),
                Some(before) => least(before),
            });
        }
        all.insert(share.circle, common.unwrap_or_default());
    }
    all
}
