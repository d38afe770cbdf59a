//! Marks in texts: two operations that follow each other, one for each end.

use super::{Literal, OpId, Place, Problem};
use crate::{
    doc::{
        causality::is_mark,
        preflight::{MAX_MARKS_PER_CHANGE, PreflightError},
    },
    model::rich::{Mark, mark_grows},
};

/// One end of a mark: in which text, where, and the operation's counter.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) object: Option<OpId>,
    pub(super) place: Place<'a>,
    pub(super) counter: u64,
}

/// The marks of a change, as they are read.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The operations that began them.
    begun: Vec<u64>,
    /// A mark that has begun.
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    text: OpId,
    /// The letter that it begins after; none at the head.
    after: Option<OpId>,
    counter: u64,
    grows: bool,
}

impl Marks {
    /// Takes an operation of a mark. The first has a name, a value, or none to take the mark away,
    /// and never grows at its beginning; the second has neither name nor value, and grows at its
    /// end if marks of that name do. Both are in one text; the end is not where the mark begins.
    /// Whether it comes after the beginning only the document can tell.
    pub(super) fn take(
        &mut self,
        end: End<'_>,
        name: Option<&str>,
        value: Literal<'_>,
        expands: bool,
    ) -> Result<(), Problem> {
        let text = end.object.ok_or(Problem::Op("a mark outside a text"))?;
        let after = match end.place {
            Place::Root(_) => return Err(Problem::Op("a mark outside a text")),
            Place::Head => None,
            Place::After(letter) => Some(letter),
        };
        match (self.open.take(), name) {
            (None, Some(name)) => {
                let grows = grows(name, value).filter(|_| !expands);
                let grows = grows.ok_or(Problem::Op("a mark that no text has"))?;
                if self.begun.len() as u64 >= MAX_MARKS_PER_CHANGE {
                    return Err(Problem::Other(PreflightError::TooMany("marks")));
                }
                self.begun.push(end.counter);
                self.open = Some(Open { text, after, counter: end.counter, grows });
                Ok(())
            }
            (Some(open), None) => {
                let is_end = open.text == text
                    && open.counter.checked_add(1) == Some(end.counter)
                    && after.is_some()
                    && after != open.after
                    && value == Literal::Null
                    && expands == open.grows;
                if is_end { Ok(()) } else { Err(Problem::Op("not the end of its mark")) }
            }
            (None, None) => Err(Problem::Op("a mark's end alone")),
            (Some(_), Some(_)) => Err(Problem::Op("a mark without its end")),
        }
    }

    /// Nothing else may stand between the two ends.
    pub(super) const fn none_open(&self) -> Result<(), Problem> {
        if self.open.is_some() { Err(Problem::Op("a mark without its end")) } else { Ok(()) }
    }

    /// Whether an operation is an end of one of them.
    pub(super) fn has(&self, counter: u64) -> bool {
        is_mark(&self.begun, counter)
    }

    /// The operations that began them, ascending.
    pub(super) fn finish(self) -> Result<Vec<u64>, PreflightError> {
        match self.open {
            None => Ok(self.begun),
            Some(_) => Err(PreflightError::UnevenColumns),
        }
    }
}

/// Whether a mark of this name and value grows at its end; none if no text has it.
fn grows(name: &str, value: Literal<'_>) -> Option<bool> {
    let value = match value {
        // Taken away.
        Literal::Null => return mark_grows(name),
        Literal::Flag(true) => None,
        Literal::Text(text) => Some(text),
        Literal::Flag(false) | Literal::Integer(_) => return None,
    };
    Mark::read(name, value).map(|mark| mark.grows())
}
