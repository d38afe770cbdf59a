//! The documents of one incident, and which of them speak for it.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use crate::{
    model::{
        id::{CircleId, DocumentId, OrgId},
        verification::Level,
    },
    view::{
        Doubt, HeldDocument, PathRef, Query, ValueRef,
        condition::Condition,
        span::Span,
        text::{push_place, searchable, searchable_together},
        verdict::Levels,
    },
};

/// All readable documents of one incident, in the order of telling.
#[derive(Debug, Default)]
pub(super) struct Group {
    documents: Vec<HeldDocument>,
    /// What every search looks through: the words of all documents.
    words: Box<str>,
    /// When it happened, by all documents: what every list sorts by.
    span: Span,
    /// How sure we are, by reading; worked out when somebody asks.
    levels: OnceLock<Box<Levels>>,
}

impl Group {
    /// The group of some documents, each of which is there once.
    pub(super) fn of(documents: Vec<HeldDocument>) -> Self {
        let mut group = Self { documents, ..Self::default() };
        group.documents.iter_mut().for_each(HeldDocument::read_date);
        group.work_out();
        group
    }

    pub(super) fn upsert(&mut self, mut document: HeldDocument) {
        document.read_date();
        self.documents.retain(|other| other.key() != document.key());
        // Most incidents have one or two documents, and there can be a hundred thousand incidents.
        self.documents.reserve_exact(1);
        self.documents.push(document);
        self.work_out();
    }

    pub(super) fn remove(&mut self, key: (CircleId, DocumentId)) {
        self.documents.retain(|document| document.key() != key);
        self.work_out();
    }

    /// Whether it has a document of this id, in whatever circle.
    pub(super) fn has_document(&self, document: &DocumentId) -> bool {
        self.documents.iter().any(|held| held.document() == *document)
    }

    /// Whether it has this document.
    pub(super) fn has(&self, key: &(CircleId, DocumentId)) -> bool {
        self.documents.iter().any(|held| held.key() == *key)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// All documents as one reading.
    pub(super) fn reading(&self) -> Reading<'_> {
        Reading::new(self, None)
    }

    /// Only the documents in this circle, if one is given; none if there is none.
    pub(super) fn reading_in(&self, circle: Option<CircleId>) -> Option<Reading<'_>> {
        let reading = Reading::new(self, circle);
        reading.documents().next().is_some().then_some(reading)
    }

    /// When it happened, by the documents in this circle, if one is given.
    pub(super) fn span_in(&self, circle: Option<CircleId>) -> Span {
        if circle.is_none() { self.span } else { Reading::new(self, circle).span() }
    }

    /// Says that a document or a review has changed.
    pub(super) fn forget_levels(&mut self) {
        self.levels = OnceLock::new();
    }

    /// Works out the levels unless that has been done.
    pub(super) fn judge(&self, levels: impl FnOnce() -> Levels) {
        self.levels.get_or_init(|| Box::new(levels()));
    }

    pub(super) fn documents(&self) -> &[HeldDocument] {
        &self.documents
    }

    fn work_out(&mut self) {
        let origin = ruling_origin(&self.documents);
        for document in &mut self.documents {
            document.doubt = doubt(document, origin.as_ref());
        }
        self.documents.sort_by_key(HeldDocument::rank);
        self.words = searchable_together(&self.documents);
        self.span = self.reading().span();
    }
}

/// Whose claim to have recorded the incident counts: that of the dossier, else that of the most
/// open facet, which most partners can check, ties by the organisation's id. A dossier is our own;
/// between facets, nobody can win by making a smaller circle for a false one.
fn ruling_origin(documents: &[HeldDocument]) -> Option<OrgId> {
    documents
        .iter()
        .filter(|document| document.is_written_by_origin())
        .min_by_key(|document| {
            (!document.is_dossier(), Reverse(document.tier()), document.origin())
        })
        .map(|document| document.origin())
}

fn doubt(document: &HeldDocument, origin: Option<&OrgId>) -> Option<Doubt> {
    if !document.is_written_by_origin() {
        Some(Doubt::NeverWritten)
    } else if origin.is_some_and(|origin| document.origin() != *origin) {
        Some(Doubt::OtherOrigin)
    } else {
        None
    }
}

/// Some or all documents of one incident, in the order of telling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    group: &'a Group,
    circle: Option<CircleId>,
    /// Whether all of them are in doubt.
    only_doubtful: bool,
}

impl<'a> Reading<'a> {
    fn new(group: &'a Group, circle: Option<CircleId>) -> Self {
        let mut reading = Self { group, circle, only_doubtful: true };
        reading.only_doubtful = reading.documents().all(|document| document.doubt.is_some());
        reading
    }

    pub(super) fn documents(self) -> impl Iterator<Item = &'a HeldDocument> {
        let circle = self.circle;
        self.group
            .documents
            .iter()
            .filter(move |document| circle.is_none_or(|circle| document.circle() == circle))
    }

    /// The documents that speak: those without doubt, or all if there is no other.
    pub(super) fn speaking(self) -> impl Iterator<Item = &'a HeldDocument> {
        self.documents().filter(move |document| self.only_doubtful || document.doubt.is_none())
    }

    /// The richest value of a field, with the document that it is from.
    pub(super) fn find(self, path: &PathRef<'_>) -> Option<(ValueRef<'a>, &'a HeldDocument)> {
        self.speaking().find_map(|document| Some((document.record().find(path)?, document)))
    }

    /// The richest text of a field.
    pub(super) fn text(self, path: &str) -> Option<Cow<'a, str>> {
        self.find(&PathRef::of(path)?).and_then(|(value, _)| value.text())
    }

    /// The richest texts of some fields, which are named in the order of paths: in one go.
    pub(super) fn texts<const N: usize>(self, paths: [&str; N]) -> [Option<Cow<'a, str>>; N] {
        let wanted = paths.map(PathRef::of);
        let mut texts = [const { None }; N];
        for document in self.speaking() {
            let mut fields = document.record().raw().peekable();
            for (wanted, text) in wanted.iter().zip(&mut texts) {
                let Some(wanted) = wanted else { continue };
                while fields.next_if(|(path, _)| path < wanted).is_some() {}
                let found = fields.peek().filter(|(path, _)| path == wanted);
                let value = found.and_then(|(_, value)| value.value());
                *text = text.take().or_else(|| value.and_then(ValueRef::text));
            }
            if texts.iter().all(Option::is_some) {
                break;
            }
        }
        texts
    }

    /// The richest value of every field, with the document that it is from.
    pub(super) fn values(self) -> BTreeMap<PathRef<'a>, (ValueRef<'a>, &'a HeldDocument)> {
        let mut values = BTreeMap::new();
        for document in self.speaking() {
            for (path, value) in document.record().iter() {
                values.entry(path).or_insert((value, document));
            }
        }
        values
    }

    /// The richest value of a field in each entry of a part.
    fn entries(self, part: &'a str, field: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
        let values = self.speaking().flat_map(move |document| {
            document.record().under(part).map(move |(path, value)| (path, value, document))
        });
        values.filter(move |(path, ..)| Condition::is_about(part, field, path)).filter_map(
            move |(path, value, document)| {
                let (_, richest) = self.find(&path)?;
                std::ptr::eq(richest, document).then(|| value.text())?
            },
        )
    }

    fn fulfils(self, condition: &'a Condition) -> bool {
        match condition {
            Condition::Field { path, codes } => {
                self.text(path).is_some_and(|code| codes.contains(code.as_ref()))
            }
            Condition::Entry { part, field, codes } => {
                self.entries(part, field).any(|code| codes.contains(code.as_ref()))
            }
            Condition::Set { set, code } => {
                let mut path = PathRef::of(set).unwrap_or_default();
                let whole = path.push(code).is_some();
                whole && self.find(&path).is_some_and(|(value, _)| value == ValueRef::Flag(true))
            }
            Condition::Place(wanted) => {
                // Most have not even the words.
                wanted.iter().all(|word| self.group.words.contains(word.as_str())) && {
                    let mut words = String::new();
                    self.speaking().for_each(|it| push_place(&mut words, it.record()));
                    wanted.iter().all(|word| words.contains(word.as_str()))
                }
            }
            Condition::Level(levels) => levels.contains(&self.level()),
            Condition::Org(org) => self.origin() == Some(*org),
            Condition::Consent(asked) => {
                let dossier = self.documents().find(|document| document.is_dossier());
                dossier.is_some_and(|dossier| asked.holds(dossier.record()))
            }
        }
    }

    /// How sure we are. The view works it out before.
    pub(super) fn level(self) -> Level {
        let levels = self.group.levels.get();
        let level = levels.and_then(|it| it.get(&self.circle).or_else(|| it.get(&None)));
        level.copied().unwrap_or(Level::Reported)
    }

    /// The codes of violations, each once.
    pub(super) fn violations(self) -> Vec<String> {
        let codes: BTreeSet<Cow<'_, str>> = self.entries("acts", "violation").collect();
        codes.into_iter().map(Cow::into_owned).collect()
    }

    /// Victims, each counted once however many documents tell of them.
    pub(super) fn victims(self) -> usize {
        let keys: BTreeSet<&str> =
            self.speaking().flat_map(|document| document.record().keys("victims")).collect();
        keys.len()
    }

    /// Who recorded it.
    pub(super) fn origin(self) -> Option<OrgId> {
        self.speaking().next().map(|document| document.origin())
    }

    fn span(self) -> Span {
        self.speaking().find_map(|document| document.date).unwrap_or_default()
    }

    /// Whether all but the date is as wanted.
    pub(super) fn matches(self, query: &Query) -> bool {
        // Codes are words, too, and words are quickly looked through.
        query.codes.iter().all(|code| has_whole_word(&self.group.words, code))
            && query.conditions.iter().all(|condition| self.fulfils(condition))
            && self.has_words(&query.words)
    }

    /// Whether each of these begins a word of some document.
    fn has_words(self, wanted: &[String]) -> bool {
        if !wanted.iter().all(|word| self.group.words.contains(word)) {
            return false;
        }
        if wanted.is_empty() || self.documents().count() == self.group.documents.len() {
            return true;
        }
        // Words are kept of all documents together; few incidents come to be looked at one by one.
        let words: String =
            self.documents().map(|document| searchable(document.record())).collect();
        wanted.iter().all(|word| words.contains(word))
    }
}

/// Whether a word, given with a space before it, is among those that each have one.
fn has_whole_word(words: &str, word: &str) -> bool {
    words.match_indices(word).any(|(at, _)| {
        matches!(words.as_bytes().get(at.saturating_add(word.len())), None | Some(b' '))
    })
}
