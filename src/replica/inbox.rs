//! Entries that wait to be opened: what is urgent first, whatever came before it.

use std::collections::VecDeque;

use crate::model::id::{CircleId, Lane, LogId};

/// An entry.
type Place = (CircleId, LogId, u64);

/// A queue for each lane: grants open what alerts say, and neither waits behind an import of ten
/// thousand records. Within a lane the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    control: VecDeque<Place>,
    alert: VecDeque<Place>,
    record: VecDeque<Place>,
}

impl Inbox {
    const fn lane(&mut self, lane: Lane) -> &mut VecDeque<Place> {
        match lane {
            Lane::Control => &mut self.control,
            Lane::Alert => &mut self.alert,
            Lane::Record => &mut self.record,
        }
    }

    pub(super) fn push_back(&mut self, place: Place) {
        self.lane(place.1.lane).push_back(place);
    }

    /// The next to be opened.
    pub(super) fn pop_front(&mut self) -> Option<Place> {
        Lane::ALL.into_iter().find_map(|lane| self.lane(lane).pop_front())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.control.is_empty() && self.alert.is_empty() && self.record.is_empty()
    }
}

impl Extend<Place> for Inbox {
    fn extend<I: IntoIterator<Item = Place>>(&mut self, places: I) {
        places.into_iter().for_each(|place| self.push_back(place));
    }
}

impl IntoIterator for Inbox {
    type Item = Place;
    type IntoIter = Box<dyn Iterator<Item = Place>>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.control.into_iter().chain(self.alert).chain(self.record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{DeviceId, Incarnation};

    #[test]
    fn alerts_are_opened_before_records_that_came_earlier() {
        let (device, incarnation) = (DeviceId::new([1; 32]), Incarnation::new([2; 16]));
        let log = |lane| LogId { device, incarnation, lane };
        let circle = CircleId::new([3; 32]);
        let came = [Lane::Record, Lane::Alert, Lane::Record, Lane::Control, Lane::Alert];
        let mut inbox = Inbox::default();
        inbox.extend(came.into_iter().zip(0..).map(|(lane, seq)| (circle, log(lane), seq)));
        let opened: Vec<u64> =
            std::iter::from_fn(|| inbox.pop_front()).map(|(_, _, seq)| seq).collect();
        assert_eq!(opened, [3, 1, 4, 0, 2]);
        assert!(inbox.is_empty());
    }
}
