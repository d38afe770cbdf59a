//! What came in, for people: listed in portions, taken up after they looked, held, removed.

use super::{
    PART, State, XML, attachments, budget, disk,
    entry::{self, Entry, Why},
    landing::How,
};
use crate::{
    api::{
        Answer, ApiError,
        openrosa::{Submissions, Submitted, SubmittedFile, Which},
    },
    exchange::openrosa::normal,
    node::{Node, errors},
    store::Inbox,
};

/// Entries that are opened for one answer.
const LOOKED_AT: usize = 500;
/// Entries of one answer.
const LISTED: usize = 100;
/// Instances that a chain of edits is followed over.
const MAX_CHAIN: usize = 1_000;

impl Node {
    pub(super) fn list_submissions(
        &mut self,
        retry: bool,
        which: &Which,
        before: Option<u64>,
    ) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        let (mut entries, next) = chosen(&inbox, which, before)?;
        if retry {
            for entry in &mut entries {
                if entry.state.is_unread() {
                    self.land_kept(&inbox, entry, How::New)?;
                }
            }
        }
        Ok(answer(entries, next))
    }

    /// One of them as it is now.
    pub(super) fn one_submission(&mut self, instance: &str) -> Result<Submitted, ApiError> {
        let inbox = self.inbox()?;
        let found = entry::get(&inbox, instance).map_err(disk)?;
        found.map(shown).ok_or_else(|| errors::not_found("the submission was removed meanwhile"))
    }

    /// Takes up what was held: a person looked at it.
    pub(super) fn accept_submissions(
        &mut self,
        which: &Which,
        before: Option<u64>,
    ) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        let (mut entries, next) = chosen(&inbox, which, before)?;
        entries.retain(|entry| entry.state.held().is_some());
        // The oldest first: an edit after what it edits.
        for entry in entries.iter_mut().rev() {
            let why = entry.state.held();
            budget::release(&inbox, entry).map_err(disk)?;
            if why == Some(Why::OtherPhone) {
                join_chain(&inbox, entry)?;
            }
            // One that was taken up just now may be edited by the next.
            let superseded = entry::get(&inbox, &entry.instance).map_err(disk)?;
            if superseded.is_some_and(|it| it.known.superseded_by.is_some()) {
                entry.state = State::Superseded;
                entry::put(&inbox, entry).map_err(disk)?;
            } else {
                self.land_kept(&inbox, entry, How::Accepted)?;
            }
        }
        Ok(answer(entries, next))
    }

    /// Removes what was sent, with the versions that it edits and that edit it. What was made of it
    /// stays: the incident, and files that are its evidence. Of what was held that one alone.
    pub(super) fn remove_submissions(
        &mut self,
        which: &Which,
        before: Option<u64>,
    ) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        let (chosen, next) = chosen(&inbox, which, before)?;
        let mut removed: Vec<Entry> = Vec::new();
        for entry in chosen {
            if removed.iter().any(|other| other.instance == entry.instance) {
                continue;
            }
            // One that was never taken up goes alone, and what it edits is as it was.
            let all = if entry.state.held().is_some_and(|why| why != Why::Revoked) {
                step_back(&inbox, &entry)?;
                vec![entry]
            } else {
                chain(&inbox, entry)?
            };
            for one in all {
                remove(&inbox, &one).map_err(disk)?;
                removed.push(one);
            }
        }
        Ok(answer(removed, next))
    }

    /// Holds what a phone sent since a day: it makes nothing more, nor is it evidence by itself.
    pub(in crate::node::requests) fn hold_since(
        &mut self,
        by: &str,
        day: &str,
    ) -> Result<(), ApiError> {
        let inbox = self.inbox()?;
        let mut before = None;
        loop {
            let (entries, next) = entry::some(&inbox, before, LOOKED_AT).map_err(disk)?;
            for mut entry in entries {
                if entry.by != by || entry.on.as_str() < day {
                    continue;
                }
                let done = matches!(entry.state, State::Superseded | State::Encrypted);
                if done || entry.state.held() == Some(Why::Budget) {
                    continue;
                }
                let incident = entry.state.incident();
                entry.state = State::Held { why: Why::Revoked, incident };
                entry::put(&inbox, &entry).map_err(disk)?;
            }
            before = next;
            if before.is_none() {
                return Ok(());
            }
        }
    }
}

fn answer(entries: Vec<Entry>, before: Option<u64>) -> Answer {
    let submissions = entries.into_iter().map(shown).collect();
    Answer::Submissions(Submissions { submissions, before })
}

fn shown(entry: Entry) -> Submitted {
    let (state, reason, incident) = match &entry.state {
        State::Incident { incident } => ("incident", None, *incident),
        State::Superseded => ("superseded", None, None),
        State::Encrypted => ("encrypted", None, None),
        State::Unread { reason } => ("unread", Some(reason.clone()), None),
        State::Held { why, incident } => ("held", Some(why.word().to_owned()), *incident),
    };
    let state = state.to_owned();
    let files = entry.files.iter().map(|(name, file)| SubmittedFile {
        name: name.clone(),
        mime: file.mime.clone(),
        sha256: file.sha256.clone(),
        evidence: file.is_evidence.then(|| attachments::key(&entry, name, file)),
    });
    let files = files.collect();
    let Entry { instance, form, on, by, number, .. } = entry;
    Submitted { number, instance, form, on, by, state, reason, incident, files }
}

/// Those that a person means, in portions: the newest first.
fn chosen(
    inbox: &Inbox,
    which: &Which,
    before: Option<u64>,
) -> Result<(Vec<Entry>, Option<u64>), ApiError> {
    if !which.instances.is_empty() {
        let found = which.instances.iter().map(|instance| {
            let found = entry::get(inbox, &normal(instance)).map_err(disk)?;
            found.ok_or_else(|| {
                errors::not_found(format!("there is no submission {instance:?}"))
                    .hint("`ceiba openrosa submissions` lists what came")
            })
        });
        return Ok((found.collect::<Result<_, _>>()?, None));
    }
    let fits = |entry: &Entry| {
        let held = entry.state.held().is_some();
        which.by.as_ref().is_none_or(|by| *by == entry.by) && (held || !which.held)
    };
    // A portion of those that are looked at is small enough to be an answer, or is looked at again
    // in smaller ones.
    let (mut entries, mut next) = entry::some(inbox, before, LOOKED_AT).map_err(disk)?;
    entries.retain(fits);
    if entries.len() > LISTED {
        entries.truncate(LISTED);
        next = entries.last().map(|entry| entry.number);
    }
    Ok((entries, next))
}

/// An entry with those that it edits and those that edit it, of the same phone.
fn chain(inbox: &Inbox, from: Entry) -> Result<Vec<Entry>, ApiError> {
    let by = from.by.clone();
    let follow = |next: &dyn Fn(&Entry) -> Option<String>| {
        let mut found: Vec<Entry> = Vec::new();
        let mut at = next(&from);
        while let Some(instance) = at.take().filter(|_| found.len() < MAX_CHAIN) {
            let entry = entry::get(inbox, &instance).map_err(disk)?;
            if let Some(entry) = entry.filter(|it| it.by == by) {
                at = next(&entry);
                found.push(entry);
            }
        }
        Ok::<_, ApiError>(found)
    };
    let before = follow(&|entry| entry.deprecates.clone())?;
    let after = follow(&|entry| entry.known.superseded_by.clone())?;
    Ok(std::iter::once(from).chain(before).chain(after).collect())
}

/// What an edit was of is not edited any more.
fn step_back(inbox: &Inbox, edit: &Entry) -> Result<(), ApiError> {
    let Some(old) = &edit.deprecates else { return Ok(()) };
    let Some(mut before) = entry::get(inbox, old).map_err(disk)? else { return Ok(()) };
    if before.known.superseded_by.as_deref() != Some(edit.instance.as_str()) {
        return Ok(());
    }
    before.known.superseded_by = None;
    if let State::Superseded = before.state {
        let incident = edit.state.incident();
        before.state = if before.made {
            State::Incident { incident }
        } else {
            State::Held { why: Why::Unfinished, incident }
        };
    }
    entry::put(inbox, &before).map_err(disk)
}

fn remove(inbox: &Inbox, entry: &Entry) -> std::io::Result<()> {
    entry::bury(inbox, entry)?;
    for name in entry.files.keys() {
        inbox.remove(PART, &attachments::place(&entry.instance, name))?;
    }
    inbox.remove(XML, entry.instance.as_bytes())?;
    budget::release(inbox, entry)?;
    entry::forget(inbox, entry)?;
    let mut spent = budget::get(inbox, &entry.by)?;
    spent.removed(entry.bytes());
    budget::note(inbox, &entry.by, &spent)
}

/// Makes an edit of what another phone sent the last of that chain: a person said so.
fn join_chain(inbox: &Inbox, edit: &mut Entry) -> Result<(), ApiError> {
    let Some(old) = edit.deprecates.clone() else { return Ok(()) };
    let Some(mut last) = entry::get(inbox, &old).map_err(disk)? else { return Ok(()) };
    for _step in 0..MAX_CHAIN {
        let Some(next) = last.known.superseded_by.clone() else { break };
        let Some(next) = entry::get(inbox, &next).map_err(disk)? else { break };
        last = next;
    }
    if last.instance == edit.instance {
        return Ok(());
    }
    edit.known.first.clone_from(&last.known.first);
    last.known.superseded_by = Some(edit.instance.clone());
    budget::release(inbox, &last).map_err(disk)?;
    last.state = State::Superseded;
    entry::put(inbox, &last).map_err(disk)?;
    entry::put(inbox, edit).map_err(disk)
}
