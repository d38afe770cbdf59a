//! What somebody did to a text, done to the text as it is meanwhile.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Mark, RichText, Span};

/// Letters of both sides that differ, multiplied, up to which they are compared letter by letter.
/// Beyond, the differing middle is one replacement: comparing costs as much at worst.
const MAX_COMPARED: usize = 1 << 24;

/// A letter with its marks, in order.
type Letter = (char, Vec<Mark>);

impl RichText {
    /// This text, with what somebody else did to `base` to make `theirs`: letters that either took
    /// out are gone, letters that either put in are there, and of each letter's marks what either
    /// changed holds.
    #[must_use]
    pub fn merged(&self, base: &Self, theirs: &Self) -> Self {
        let (base, ours, theirs) = (base.letters(), self.letters(), theirs.letters());
        let (here, there) = (Follow::of(&base, &ours), Follow::of(&base, &theirs));
        let mut merged: Vec<Letter> = Vec::new();
        for place in 0..=base.len() {
            merged.extend(here.put_in(place, &ours).iter().cloned());
            // What both put in alike is in once.
            if here.put_in(place, &ours) != there.put_in(place, &theirs) {
                merged.extend(there.put_in(place, &theirs).iter().cloned());
            }
            let kept = (base.get(place), here.kept(place, &ours), there.kept(place, &theirs));
            if let (Some(base), Some(ours), Some(theirs)) = kept {
                let marks = if theirs.1 == base.1 { &ours.1 } else { &theirs.1 };
                merged.push((ours.0, marks.clone()));
            }
        }
        let text: String = merged.iter().map(|(letter, _)| *letter).collect();
        let spans = merged.into_iter().enumerate().flat_map(|(start, (_, marks))| {
            let end = start.saturating_add(1);
            marks.into_iter().map(move |mark| Span { start, end, mark })
        });
        Self::new(&text, spans)
    }

    fn letters(&self) -> Vec<Letter> {
        let mut letters: Vec<Letter> = self.text.chars().map(|it| (it, Vec::new())).collect();
        for span in &self.marks {
            for (_, marks) in letters.get_mut(span.start..span.end).unwrap_or_default() {
                marks.push(span.mark.clone());
            }
        }
        letters.iter_mut().for_each(|(_, marks)| marks.sort());
        letters
    }
}

/// Where the letters of a text are in what was made of it.
struct Follow {
    /// For each letter its place; none if it was taken out.
    places: Vec<Option<usize>>,
    /// For each letter, and the end, what was put in before it.
    put_in: Vec<(usize, usize)>,
}

impl Follow {
    fn of(base: &[Letter], made: &[Letter]) -> Self {
        let mut follow = Self {
            places: vec![None; base.len()],
            put_in: vec![(0, 0); base.len().saturating_add(1)],
        };
        let alike = |(one, other): &(&Letter, &Letter)| one.0 == other.0;
        let head = base.iter().zip(made).take_while(alike).count();
        let (base_rest, made_rest) =
            (base.get(head..).unwrap_or_default(), made.get(head..).unwrap_or_default());
        let tail = base_rest.iter().rev().zip(made_rest.iter().rev()).take_while(alike).count();
        let (base_middle, made_middle) =
            (base_rest.len().saturating_sub(tail), made_rest.len().saturating_sub(tail));
        follow.keep(0, 0, head);
        if base_middle.saturating_mul(made_middle) > MAX_COMPARED {
            follow.insert(head, head, made_middle);
        } else {
            let only = |letters: &[Letter], count: usize| -> Vec<char> {
                letters.iter().take(count).map(|(letter, _)| *letter).collect()
            };
            let (one, other) = (only(base_rest, base_middle), only(made_rest, made_middle));
            for step in capture_diff_slices(Algorithm::Myers, &one, &other) {
                match step {
                    DiffOp::Equal { old_index, new_index, len } => {
                        follow.keep(
                            head.saturating_add(old_index),
                            head.saturating_add(new_index),
                            len,
                        );
                    }
                    DiffOp::Delete { .. } => {}
                    DiffOp::Insert { old_index, new_index, new_len }
                    | DiffOp::Replace { old_index, new_index, new_len, .. } => {
                        follow.insert(
                            head.saturating_add(old_index),
                            head.saturating_add(new_index),
                            new_len,
                        );
                    }
                }
            }
        }
        follow.keep(head.saturating_add(base_middle), head.saturating_add(made_middle), tail);
        follow
    }

    fn keep(&mut self, from: usize, to: usize, count: usize) {
        for step in 0..count {
            if let Some(place) = self.places.get_mut(from.saturating_add(step)) {
                *place = Some(to.saturating_add(step));
            }
        }
    }

    fn insert(&mut self, before: usize, start: usize, count: usize) {
        if let Some(piece) = self.put_in.get_mut(before) {
            *piece = (start, start.saturating_add(count));
        }
    }

    fn put_in<'l>(&self, place: usize, made: &'l [Letter]) -> &'l [Letter] {
        let (start, end) = self.put_in.get(place).copied().unwrap_or_default();
        made.get(start..end).unwrap_or_default()
    }

    fn kept<'l>(&self, place: usize, made: &'l [Letter]) -> Option<&'l Letter> {
        made.get(self.places.get(place).copied().flatten()?)
    }
}
