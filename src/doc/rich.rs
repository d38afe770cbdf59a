//! Long texts with marks: reading and writing them, and who wrote what.

mod history;

use std::collections::BTreeMap;

use automerge::{
    Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as Stored,
    iter::Span as Piece,
    legacy::{Op, OpType},
    marks::{ExpandMark, Mark as Written},
    transaction::{Transactable, Transaction},
};

pub use history::TextHistoryEntry;

use crate::{
    doc::{
        Document,
        document::State,
        edit::{Edit, EditError, Writer},
        preflight::MAX_MARKS_PER_ACTOR,
        read::cut,
    },
    model::{
        registry::{FieldPath, Value},
        rich::{Mark, RichText, Span, place_in},
    },
};

impl Document {
    /// A long text with its marks; none if the field is none.
    #[must_use]
    pub fn rich_text(&self, path: &FieldPath) -> Option<RichText> {
        match &self.state {
            State::Plain { plain, .. } => {
                let record = plain.record(self.schema());
                record.text(path.as_str()).map(RichText::plain)
            }
            State::Full(inner) => match text_id(&**inner, path) {
                Some(id) => read(&**inner, &id, self.reads_marks()),
                None => self.record_text(path),
            },
        }
    }

    /// Whether it has no more marks than are read.
    pub(super) fn reads_marks(&self) -> bool {
        reads_marks(self.marks.values())
    }

    fn record_text(&self, path: &FieldPath) -> Option<RichText> {
        self.record().text(path.as_str()).map(RichText::plain)
    }
}

impl Edit<'_> {
    /// Sets a long text with its marks by what differs: letters and marks that others change
    /// meanwhile stay. Remarks of people (comments) stay where they are.
    ///
    /// # Errors
    /// When the text is beyond its bounds, or the field is not one of long texts.
    pub fn set_rich(&mut self, path: &FieldPath, text: &RichText) -> Result<(), EditError> {
        let text = text.without_comments();
        self.set(path, &Value::Text(text.text().to_owned()))?;
        let transaction = match &mut self.writer {
            Writer::Document(transaction) => transaction,
            Writer::Beginning(beginning) => {
                if !text.marks().is_empty() {
                    beginning.give_up();
                }
                return Ok(());
            }
        };
        match text_id(&**transaction, path).filter(|_| self.marked) {
            Some(id) => mark_differences(transaction, &id, &text),
            // A short field, or nobody would see the marks: its letters are all that it has.
            None => Ok(()),
        }
    }

    /// Says that a comment is about some letters of a text.
    ///
    /// # Errors
    /// When there is no such text or it has no such letters.
    pub fn anchor(
        &mut self,
        path: &FieldPath,
        (start, end): (usize, usize),
        comment: &str,
    ) -> Result<(), EditError> {
        let nowhere = || EditError::NotThere { path: path.clone() };
        let name = Mark::Comment(comment.to_owned()).name();
        Mark::read(&name, None).ok_or_else(nowhere)?;
        let transaction = match &mut self.writer {
            Writer::Document(transaction) => transaction,
            Writer::Beginning(beginning) => {
                beginning.give_up();
                return Ok(());
            }
        };
        let id = text_id(&**transaction, path).ok_or_else(nowhere)?;
        let stored = transaction.text(&id)?;
        let (start, end) = (place_in(&stored, start), place_in(&stored, end));
        let (Some(start), Some(end)) = (start, end) else { return Err(nowhere()) };
        if start >= end {
            return Err(nowhere());
        }
        transaction.mark(&id, Written::new(name, true, start, end), ExpandMark::None)?;
        Ok(())
    }
}

/// Whether a document with so many marks of each of its actors is read with them.
pub(super) fn reads_marks<'m>(marks: impl Iterator<Item = &'m u64>) -> bool {
    marks.fold(0_u64, |sum, count| sum.saturating_add(*count)) <= MAX_MARKS_READ
}

/// The text object that is automerge's choice for a field.
pub(super) fn text_id(doc: &impl ReadDoc, path: &FieldPath) -> Option<ObjId> {
    match doc.get(ROOT, path.as_str()).ok()?? {
        (Stored::Object(ObjType::Text), id) => Some(id),
        _other => None,
    }
}

/// The operations of a change that begin marks, ascending.
pub(super) fn marks_begun(change: &Change) -> Vec<u64> {
    let operations = (change.start_op().get()..).zip(change.decode().operations);
    let begins = |(_, operation): &(u64, Op)| matches!(operation.action, OpType::MarkBegin(_));
    operations.filter(begins).map(|(counter, _)| counter).collect()
}

/// Marks of a document beyond which its texts are read without any. automerge asks each mark around a
/// letter; a device has as many lives as it likes, each with marks of its own. Which marks a document
/// has follows from its changes, so all nodes read the same.
pub(super) const MAX_MARKS_READ: u64 = 8 * MAX_MARKS_PER_ACTOR;

/// All long texts of a document with their marks as they are stored, for a comparison.
pub(super) fn texts(doc: &Automerge) -> Vec<(String, Raw)> {
    let mut texts = Vec::new();
    for key in doc.keys(ROOT) {
        for (stored, id) in doc.get_all(ROOT, &key).unwrap_or_default() {
            if stored.is_object() {
                texts.extend(raw(doc, &id).map(|text| (key.clone(), text)));
            }
        }
    }
    texts
}

/// A text as it is stored.
#[derive(Debug, PartialEq)]
pub(super) struct Raw {
    text: String,
    /// Names and values of marks, and the letters that have them: what touches is joined.
    spans: Vec<(String, ScalarValue, usize, usize)>,
}

#[cfg(test)]
thread_local! {
    /// Marks that were looked at, once for each piece of a text that has them.
    static LOOKED_AT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Reads a text as it is stored. Letters of which all have the same marks
/// come as one piece; a mark that goes on over many is one span.
fn raw(doc: &impl ReadDoc, id: &ObjId) -> Option<Raw> {
    let (mut text, mut spans, mut count) = (String::new(), Vec::new(), 0_usize);
    // Where the marks of the last piece began, by their names.
    let mut open: BTreeMap<String, (ScalarValue, usize)> = BTreeMap::new();
    for piece in doc.spans(id).ok()? {
        let Piece::Text { text: letters, marks } = piece else { continue };
        let mut here = BTreeMap::new();
        for (name, value) in marks.iter().flat_map(|marks| marks.iter()) {
            #[cfg(test)]
            LOOKED_AT.set(LOOKED_AT.get() + 1);
            let goes_on = open.remove_entry(name);
            let (name, start) = match goes_on {
                Some((name, (was, start))) if was == *value => (name, start),
                Some((name, (was, start))) => {
                    spans.push((name.clone(), was, start, count));
                    (name, count)
                }
                None => (name.to_owned(), count),
            };
            here.insert(name, (value.clone(), start));
        }
        let ended = std::mem::replace(&mut open, here).into_iter();
        spans.extend(ended.map(|(name, (value, start))| (name, value, start, count)));
        count = count.saturating_add(letters.chars().count());
        text.push_str(&letters);
    }
    spans.extend(open.into_iter().map(|(name, (value, start))| (name, value, start, count)));
    Some(Raw { text, spans })
}

/// Reads a text, cut to the bound of a field, with its marks or without; marks that no text has are passed over.
fn read(doc: &impl ReadDoc, id: &ObjId, marked: bool) -> Option<RichText> {
    if !marked {
        return Some(RichText::plain(&cut(doc.text(id).ok()?)));
    }
    let Raw { text, spans } = raw(doc, id)?;
    let spans = spans.into_iter().filter_map(|(name, value, start, end)| {
        Some(Span { start, end, mark: mark(&name, &value)? })
    });
    Some(RichText::new(&cut(text), spans))
}

fn mark(name: &str, value: &ScalarValue) -> Option<Mark> {
    match value {
        ScalarValue::Boolean(true) => Mark::read(name, None),
        ScalarValue::Str(text) => Mark::read(name, Some(text)),
        ScalarValue::Bytes(_)
        | ScalarValue::Int(_)
        | ScalarValue::Uint(_)
        | ScalarValue::F64(_)
        | ScalarValue::Counter(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Boolean(false)
        | ScalarValue::Unknown { .. }
        | ScalarValue::Null => None,
    }
}

/// The marks of each letter that are how it looks, by their place in the name's list.
type Looks = Vec<[Option<Mark>; 3]>;

fn looks(text: &RichText) -> Looks {
    let mut looks = Looks::new();
    looks.resize_with(text.len(), Default::default);
    for span in text.marks() {
        let place = match span.mark {
            Mark::Strong => 0,
            Mark::Emphasis => 1,
            Mark::Link(_) => 2,
            Mark::Comment(_) => continue,
        };
        for letter in looks.get_mut(span.start..span.end).unwrap_or_default() {
            if let Some(it) = letter.get_mut(place) {
                *it = Some(span.mark.clone());
            }
        }
    }
    looks
}

/// Marks what should be and is not, and takes away what should not be: for each mark the longest
/// stretches of letters that differ. The letters are already the same.
fn mark_differences(
    transaction: &mut Transaction<'_>,
    id: &ObjId,
    wanted: &RichText,
) -> Result<(), EditError> {
    let Some(present) = read(&*transaction, id, true) else { return Ok(()) };
    if present.text() != wanted.text() {
        return Ok(());
    }
    let (present, wanted) = (looks(&present), looks(wanted));
    for (place, name, expand) in [
        (0, "strong", ExpandMark::After),
        (1, "emphasis", ExpandMark::After),
        (2, "link", ExpandMark::None),
    ] {
        let of = |looks: &Looks, at: usize| {
            looks.get(at).and_then(|it| it.get(place)).cloned().flatten()
        };
        let differs: Vec<(usize, Option<Mark>)> = (0..wanted.len())
            .filter_map(|at| {
                let should = of(&wanted, at);
                (should != of(&present, at)).then_some((at, should))
            })
            .collect();
        let runs =
            differs.chunk_by(|one, other| one.0.saturating_add(1) == other.0 && one.1 == other.1);
        for run in runs {
            let ([(start, should), ..], [.., (last, _)]) = (run, run) else { continue };
            let end = last.saturating_add(1);
            let value = match should {
                None => ScalarValue::Null,
                Some(Mark::Link(address)) => ScalarValue::from(address.as_str()),
                Some(Mark::Strong | Mark::Emphasis | Mark::Comment(_)) => true.into(),
            };
            transaction.mark(id, Written::new(name.to_owned(), value, *start, end), expand)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
