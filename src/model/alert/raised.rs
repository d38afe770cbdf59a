//! What an alert says.

use std::{collections::BTreeSet, time::Duration};

use crate::model::{
    alert::{
        level::{Level, MAX_STRETCH, Timers},
        name::AlertName,
    },
    id::OrgId,
    registry::{Record, RecordKind},
    time::Timestamp,
};

/// Characters of what is going on: it is read aloud, on small screens, over radio.
pub const MAX_WHAT: usize = 140;
/// Groups that an alert names; a circle has hundreds of organisations at most.
pub const MAX_GROUPS: usize = 256;
/// Hexadecimal digits of a record's id.
const ID_DIGITS: usize = 32;
/// The fields with an alert's own timers, in seconds.
const TIMERS: [&str; 3] = ["escalate/first", "escalate/second", "escalate/third"];

/// An organisation that is called, and from which step on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The organisation.
    pub org: OrgId,
    /// 0: at once; 1 to 3: when that step is reached.
    pub step: u8,
}

/// An alert, as far as rules need it. What is going on, where and to whom stays in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its id, which is of who raised it and all that it says.
    pub id: String,
    /// How urgent.
    pub level: Level,
    /// When its author says that it was sent.
    pub sent: Timestamp,
    /// When it expires.
    pub expires: Timestamp,
    /// When steps are due; none if it never escalates.
    pub timers: Option<Timers>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// The code of the person who raised it.
    pub by: String,
    /// Who is called at which step; nobody named: all, at once.
    pub groups: BTreeSet<Group>,
}

/// An alert with the organisation that raised it, as its signature proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAlert {
    /// Who raised it.
    pub author: OrgId,
    /// Whether its organisation wrote in it again: it stands, and is marked.
    pub rewritten: bool,
    /// What it says.
    pub alert: Alert,
}

impl SignedAlert {
    /// The alert in a record; none if it is none that can be timed.
    #[must_use]
    pub fn read(author: OrgId, record: &Record, rewritten: bool) -> Option<Self> {
        Some(Self { author, rewritten, alert: Alert::read(record)? })
    }

    /// What names it within its circle.
    #[must_use]
    pub fn name(&self) -> AlertName {
        AlertName { author: self.author, id: self.alert.id.clone() }
    }
}

impl Alert {
    /// The alert in a record; none if it is none that can be timed. What is out of bounds in its
    /// own timers and its expiry is as if it were not there: defaults escalate.
    #[must_use]
    pub fn read(record: &Record) -> Option<Self> {
        if record.schema().kind() != Some(RecordKind::Alert) {
            return None;
        }
        let level = Level::from_code(record.text("level")?)?;
        let sent = Timestamp::from_second(record.text("sent")?)?;
        let own = record.text("expires").and_then(Timestamp::from_second);
        let most = sent.saturating_add(level.expiry().saturating_mul(MAX_STRETCH));
        let expires = own.filter(|own| sent < *own && *own <= most);
        Some(Self {
            id: record.text("id").filter(|id| is_id(id))?.to_owned(),
            level,
            sent,
            expires: expires.unwrap_or_else(|| sent.saturating_add(level.expiry())),
            timers: own_timers(record, level).or_else(|| level.timers()),
            drill: record.flag("drill") == Some(true),
            by: record.text("by")?.to_owned(),
            groups: groups(record),
        })
    }
}

/// Whether a text is a record's id: others name it in the path of a field.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn own_timers(record: &Record, level: Level) -> Option<Timers> {
    let seconds = |path: &str| {
        let count = record.get(path)?.as_integer()?;
        u64::try_from(count).ok().map(Duration::from_secs)
    };
    let [first, second, third] = TIMERS.map(seconds);
    Timers::chosen(level, [first?, second?, third?])
}

fn groups(record: &Record) -> BTreeSet<Group> {
    let keys = record.keys("groups").into_iter().take(MAX_GROUPS);
    let groups = keys.filter_map(|key| {
        let org = record.text(&format!("groups/{key}/org"))?.parse().ok()?;
        let step = record.get(&format!("groups/{key}/step")).and_then(|step| step.as_integer());
        let step = step.and_then(|step| u8::try_from(step).ok()).unwrap_or(0).min(3);
        Some(Group { org, step })
    });
    groups.collect()
}
