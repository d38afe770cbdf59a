//! The elements of one element, held against the order and the counts that the schema has for it.

use super::Refused;
use crate::exchange::{
    cap::{CapTime, MAX_REPEATS, MAX_TEXT_BYTES},
    xml::Element,
};

/// One element of a sequence: its name, whether it must be there, how often it may.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    name: &'static str,
    must: bool,
    most: usize,
}

/// Exactly once.
pub(super) const fn once(name: &'static str) -> Slot {
    Slot { name, must: true, most: 1 }
}

/// Once or not at all.
pub(super) const fn maybe(name: &'static str) -> Slot {
    Slot { name, must: false, most: 1 }
}

/// As often as there is room for.
pub(super) const fn any(name: &'static str) -> Slot {
    Slot { name, must: false, most: MAX_REPEATS }
}

/// The same, but once at least.
pub(super) const fn many(name: &'static str) -> Slot {
    Slot { name, must: true, most: MAX_REPEATS }
}

/// The elements of an element, which are as the schema wants them.
pub(super) struct Parts<'a>(Vec<(&'static str, &'a Element)>);

impl<'a> Parts<'a> {
    /// The parts of an element `of` this name.
    ///
    /// # Errors
    /// When one is missing, unknown, out of order or too often.
    pub(super) fn of(
        element: &'a Element,
        of: &'static str,
        slots: &[Slot],
    ) -> Result<Self, Refused> {
        let mut parts = Vec::new();
        let mut rest = element.children.iter().peekable();
        for slot in slots {
            let mut count = 0_usize;
            while let Some(child) = rest.next_if(|child| child.name == slot.name) {
                count = count.saturating_add(1);
                if count > slot.most {
                    return Err(Refused::Order(slot.name));
                }
                parts.push((slot.name, child));
            }
            if count == 0 && slot.must {
                let later = rest.any(|child| child.name == slot.name);
                let why = if later { Refused::Order } else { Refused::Missing };
                return Err(why(slot.name));
            }
        }
        // What is left stands behind something that it must stand before, or is none of them.
        match rest.next() {
            None => Ok(Self(parts)),
            Some(child) => {
                let known = slots.iter().find(|slot| slot.name == child.name);
                Err(known.map_or(Refused::Unknown(of), |slot| Refused::Order(slot.name)))
            }
        }
    }

    /// All of one name.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &'a Element> {
        self.0.iter().filter(move |(own, _)| *own == name).map(|(_, element)| *element)
    }

    /// The text of one that must be there.
    pub(super) fn text(&self, name: &'static str) -> Result<String, Refused> {
        let element = self.all(name).next().ok_or(Refused::Missing(name))?;
        text_of(element, name)?.ok_or(Refused::Value(name))
    }

    /// The text of one that need not be there. Empty is as good as none: many systems write so.
    pub(super) fn maybe(&self, name: &'static str) -> Result<Option<String>, Refused> {
        self.all(name).next().map_or(Ok(None), |element| text_of(element, name))
    }

    /// The texts of all that have some.
    pub(super) fn texts(&self, name: &'static str) -> Result<Vec<String>, Refused> {
        self.all(name).filter_map(|element| text_of(element, name).transpose()).collect()
    }

    /// A time that must be there.
    pub(super) fn time(&self, name: &'static str) -> Result<CapTime, Refused> {
        CapTime::read(&self.text(name)?).ok_or(Refused::Time(name))
    }

    /// A time that need not be there.
    pub(super) fn maybe_time(&self, name: &'static str) -> Result<Option<CapTime>, Refused> {
        if self.all(name).next().is_none() { Ok(None) } else { self.time(name).map(Some) }
    }

    /// A code that must be there.
    pub(super) fn code<T>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Refused> {
        read(&self.text(name)?).ok_or(Refused::Value(name))
    }

    /// Codes, all of them known.
    pub(super) fn codes<T>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Refused> {
        let one = |element: &Element| match text_of(element, name)? {
            Some(text) => read(&text).ok_or(Refused::Value(name)),
            None => Err(Refused::Value(name)),
        };
        self.all(name).map(one).collect()
    }
}

/// The text of an element that has no elements; none if it is empty.
fn text_of(element: &Element, name: &'static str) -> Result<Option<String>, Refused> {
    if !element.children.is_empty() {
        return Err(Refused::Unknown(name));
    }
    if element.text.len() > MAX_TEXT_BYTES {
        return Err(Refused::Value(name));
    }
    Ok(Some(element.text.clone()).filter(|text| !text.is_empty()))
}
