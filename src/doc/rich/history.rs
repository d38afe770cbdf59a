//! Who changed what in a long text, and who wrote which of its letters.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{
    Change, ObjId, ReadDoc, ScalarValue, ScalarValueRef, ValueRef,
    legacy::{ElementId, Key, ObjectId, Op, OpId, OpType},
};

use super::text_id;
use crate::{
    doc::{Actor, ChangeId, Document, document::State, read},
    model::{
        registry::FieldPath,
        rich::{Stretch, TextChange},
    },
};

/// Pieces that are told of one change, put in and taken out each.
const MAX_PIECES: usize = 64;
/// Letters that are told of one change, put in and taken out each.
const MAX_LETTERS_TOLD: usize = 4_096;

/// What one change did to a long text. It has no time: nobody could trust it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextHistoryEntry {
    /// The change.
    pub change: ChangeId,
    /// Who made it.
    pub actor: Actor,
    /// Its number among the actor's changes, from 1.
    pub seq: u64,
    /// What it put in and took out.
    pub what: TextChange,
}

impl Document {
    /// What each change did to a long text, in an order in which each follows those it builds on.
    #[must_use]
    pub fn text_history(&self, path: &FieldPath) -> Vec<TextHistoryEntry> {
        let changes: Vec<Change> = match &self.state {
            State::Plain { change, .. } => change.parsed().into_iter().collect(),
            State::Full(inner) => inner.get_changes(&[]),
        };
        let mut told = Told::default();
        changes.iter().filter_map(|change| told.entry(change, path)).collect()
    }

    /// Who wrote which letters of a long text as it is read now; none if the field is none.
    #[must_use]
    pub fn text_authors(&self, path: &FieldPath) -> Option<Vec<Stretch<Actor>>> {
        let inner = match &self.state {
            State::Full(inner) => inner,
            State::Plain { change, .. } => {
                let text = self.rich_text(path)?;
                return Some(vec![Stretch { by: change.actor, text: text.text().to_owned() }]);
            }
        };
        let id = text_id(&**inner, path)?;
        // Only of the letters that are read; those that are not shown are among the others.
        let shown = self.rich_text(path)?;
        let mut shown = shown.text().chars().peekable();
        let mut stretches: Vec<Stretch<Actor>> = Vec::new();
        // automerge gives the values of marks among the letters.
        let mut marks: BTreeSet<(u64, Actor)> = BTreeSet::new();
        for known in self.known.values() {
            marks.extend(known.begun.iter().map(|counter| (*counter, known.actor())));
        }
        for letter in inner.list_range(&id, ..) {
            if let ObjId::Id(counter, actor, _) = letter.id()
                && Actor::from_slice(actor.to_bytes())
                    .is_some_and(|it| marks.contains(&(counter, it)))
            {
                continue;
            }
            let ValueRef::Scalar(ScalarValueRef::Str(text)) = &letter.value else { continue };
            let Some(by) = read::writer(&letter.id()) else { continue };
            let text: String =
                text.chars().filter(|it| shown.next_if(|next| next == it).is_some()).collect();
            match stretches.last_mut() {
                _unseen if text.is_empty() => {}
                Some(last) if last.by == by => last.text.push_str(&text),
                _other => stretches.push(Stretch { by, text }),
            }
            if shown.peek().is_none() {
                break;
            }
        }
        Some(stretches)
    }
}

/// An operation, by its counter and its actor's bytes.
type Place = (u64, Vec<u8>);

/// What is known of the texts of the field while its changes are gone through.
#[derive(Default)]
struct Told {
    /// The texts that the field was.
    texts: BTreeSet<Place>,
    /// Their letters, each with the one that it was put after.
    letters: BTreeMap<Place, (String, Option<Place>)>,
}

impl Told {
    fn entry(&mut self, change: &Change, path: &FieldPath) -> Option<TextHistoryEntry> {
        let actor = Actor::from_slice(change.actor_id().to_bytes())?;
        let (mut inserted, mut deleted) = (Pieces::default(), Pieces::default());
        let (mut touched, mut marked) = (false, false);
        let mut counter = change.start_op().get();
        for operation in change.decode().operations {
            let own: Place = (counter, actor.as_bytes().to_vec());
            counter = counter.saturating_add(1);
            match (&operation.obj, &operation.key) {
                (ObjectId::Root, Key::Map(key)) if key.as_str() == path.as_str() => {
                    touched = true;
                    match &operation.action {
                        OpType::Make(_) => drop(self.texts.insert(own)),
                        OpType::Put(ScalarValue::Str(text)) => inserted.push(text, own, None),
                        OpType::Put(_)
                        | OpType::Delete
                        | OpType::Increment(_)
                        | OpType::MarkBegin(_)
                        | OpType::MarkEnd(_) => {}
                    }
                }
                (ObjectId::Id(id), key) if self.texts.contains(&place(id)) => {
                    touched = true;
                    marked |= matches!(operation.action, OpType::MarkBegin(_));
                    self.letter(&operation, key, own, &mut inserted, &mut deleted);
                }
                (ObjectId::Root | ObjectId::Id(_), _) => {}
            }
        }
        let cut = inserted.cut || deleted.cut;
        let what = TextChange { inserted: inserted.list, deleted: deleted.list, marked, cut };
        let change_id = ChangeId::from(change.hash());
        touched.then_some(TextHistoryEntry { change: change_id, actor, seq: change.seq(), what })
    }

    fn letter(
        &mut self,
        operation: &Op,
        key: &Key,
        own: Place,
        inserted: &mut Pieces,
        deleted: &mut Pieces,
    ) {
        let after = match key {
            Key::Seq(ElementId::Id(id)) => Some(place(id)),
            Key::Seq(ElementId::Head) | Key::Map(_) => None,
        };
        match &operation.action {
            OpType::Put(ScalarValue::Str(letter)) => {
                self.letters.insert(own.clone(), (letter.to_string(), after.clone()));
                inserted.push(letter, own, after);
            }
            OpType::Delete => {
                let gone = after.and_then(|at| Some((self.letters.get(&at)?.clone(), at)));
                if let Some(((letter, before), at)) = gone {
                    deleted.push(&letter, at, before);
                }
            }
            OpType::Put(_)
            | OpType::Make(_)
            | OpType::Increment(_)
            | OpType::MarkBegin(_)
            | OpType::MarkEnd(_) => {}
        }
    }
}

fn place(id: &OpId) -> Place {
    (id.counter(), id.actor().to_bytes().to_vec())
}

/// Letters joined to pieces: what follows the last letter goes on with it.
#[derive(Default)]
struct Pieces {
    list: Vec<String>,
    last: Option<Place>,
    letters: usize,
    cut: bool,
}

impl Pieces {
    fn push(&mut self, text: &str, at: Place, after: Option<Place>) {
        let goes_on = self.last.is_some() && self.last == after;
        self.last = Some(at);
        self.letters = self.letters.saturating_add(text.chars().count());
        if self.letters > MAX_LETTERS_TOLD {
            self.cut = true;
            return;
        }
        let full = self.list.len() >= MAX_PIECES;
        match self.list.last_mut() {
            Some(piece) if goes_on => piece.push_str(text),
            _new if full => self.cut = true,
            _new => self.list.push(text.to_owned()),
        }
    }
}
