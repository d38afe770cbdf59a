//! The one form of a text's marks.
//!
//! What others wrote comes in here, so what it costs is bounded by what comes in and by what comes
//! out: marks are sorted and gone through once. What a text looks like is cut at line breaks, of which
//! each letter has at most one of a name, so that there are at most as many pieces as letters. Of
//! comments each letter may have thousands: they are not cut.

use std::collections::BTreeMap;

use super::{Mark, Span};

/// Bytes of the addresses of all links of a text. Each piece has its own copy.
const MAX_ADDRESSES_BYTES: usize = 1024 * 1024;

/// Letters from one place up to another.
type Range = (usize, usize);

#[cfg(test)]
thread_local! {
    /// Steps that were taken, to be compared with what was given.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn step() {
    #[cfg(test)]
    STEPS.set(STEPS.get() + 1);
}

/// Joins what touches, cuts what a text looks like at line breaks (ascending), and sorts.
pub(super) fn canonical(
    marks: impl Iterator<Item = (usize, usize, Mark)>,
    breaks: &[usize],
) -> Vec<Span> {
    let mut ranges: BTreeMap<Mark, Vec<Range>> = BTreeMap::new();
    let mut links: Vec<(Range, String)> = Vec::new();
    for (start, end, mark) in marks.filter(|(start, end, _)| start < end) {
        step();
        match mark {
            Mark::Link(address) => links.push(((start, end), address)),
            Mark::Strong | Mark::Emphasis | Mark::Comment(_) => {
                ranges.entry(mark).or_default().push((start, end));
            }
        }
    }
    let lines = Lines::of(breaks);
    let mut spans = Vec::new();
    for (mark, ranges) in ranges {
        let joined = if mark.is_format() {
            joined(ranges).into_iter().flat_map(|range| lines.cut(range)).collect()
        } else {
            let without: Vec<Range> =
                ranges.into_iter().map(|(start, end)| lines.without((start, end))).collect();
            let joined = joined(without);
            joined.into_iter().map(|range| lines.with(range)).collect::<Vec<Range>>()
        };
        spans.extend(joined.into_iter().map(|(start, end)| Span {
            start,
            end,
            mark: mark.clone(),
        }));
    }
    let mut addresses = 0_usize;
    for ((start, end), address) in greatest(&links, &lines) {
        addresses = addresses.saturating_add(address.len());
        if addresses > MAX_ADDRESSES_BYTES {
            break;
        }
        spans.push(Span { start, end, mark: Mark::Link(address.to_owned()) });
    }
    spans.sort();
    spans
}

/// Ranges that do not touch, ascending; empty ones go.
fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut joined: Vec<Range> = Vec::new();
    for (start, end) in ranges.into_iter().filter(|(start, end)| start < end) {
        step();
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _apart => joined.push((start, end)),
        }
    }
    joined
}

/// Of links that overlap, the greatest address at each letter: ascending, cut at line breaks, what
/// touches joined.
fn greatest<'l>(links: &'l [(Range, String)], lines: &Lines<'_>) -> Vec<(Range, &'l str)> {
    // Where links begin and end, in order.
    let mut ends: Vec<(usize, bool, &str)> = Vec::with_capacity(links.len().saturating_mul(2));
    for ((start, end), address) in links {
        ends.extend([(*start, true, address.as_str()), (*end, false, address.as_str())]);
    }
    ends.sort_unstable();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    let mut runs: Vec<(Range, &str)> = Vec::new();
    let mut from = 0;
    for (at, begins, address) in ends {
        step();
        if let Some((greatest, _)) = open.last_key_value()
            && from < at
        {
            match runs.last_mut() {
                Some(((_, end), last)) if *end == from && last == greatest => *end = at,
                _other => runs.push(((from, at), greatest)),
            }
        }
        from = at;
        let count = open.entry(address).or_default();
        *count = if begins { count.saturating_add(1) } else { count.saturating_sub(1) };
        if *count == 0 {
            open.remove(address);
        }
    }
    let cut = |(range, address)| lines.cut(range).map(move |piece| (piece, address));
    runs.into_iter().flat_map(cut).collect()
}

/// The lines of a text, by the places of its line breaks.
struct Lines<'b> {
    breaks: &'b [usize],
    /// For each break how many letters that are none stand before it.
    before: Vec<usize>,
}

impl<'b> Lines<'b> {
    fn of(breaks: &'b [usize]) -> Self {
        let before = breaks.iter().enumerate().map(|(count, at)| at.saturating_sub(count));
        Self { breaks, before: before.collect() }
    }

    /// The pieces of a range between its line breaks, those that are not empty.
    fn cut(&self, (start, end): Range) -> impl Iterator<Item = Range> {
        let first = self.breaks.partition_point(|at| *at < start);
        let last = self.breaks.partition_point(|at| *at < end);
        let inside = self.breaks.get(first..last).unwrap_or_default();
        let starts = std::iter::once(start).chain(inside.iter().map(|at| at.saturating_add(1)));
        let ends = inside.iter().copied().chain([end]);
        starts.zip(ends).inspect(|_| step()).filter(|(start, end)| start < end)
    }

    /// A range in the text without its line breaks.
    fn without(&self, (start, end): Range) -> Range {
        let place = |at: usize| at.saturating_sub(self.breaks.partition_point(|it| *it < at));
        (place(start), place(end))
    }

    /// The range of the text that was this one without line breaks; it is not empty.
    fn with(&self, (start, end): Range) -> Range {
        let place = |at: usize| at.saturating_add(self.before.partition_point(|it| *it <= at));
        (place(start), place(end.saturating_sub(1)).saturating_add(1))
    }
}
