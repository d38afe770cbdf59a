//! One row to one record, by the rules of a mapping.

use std::collections::BTreeMap;

use super::{
    dates::{self, DateFormat},
    mapping::{
        Constant, FieldRule, Mapping, NoSuchDay, WhenEmpty, WhenUnreadable, lookup_key,
        target::Filling,
    },
    outcome::{Excerpt, Reason, Warning},
    part,
    row::Row,
    text,
};
use crate::model::registry::{Date, FieldError, FieldPath, Record, Value, parse_field, table};

/// Parts of one cell that is split.
pub(super) const MAX_PARTS: usize = 50;

/// The columns of a sheet by name.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    places: BTreeMap<&'a str, usize>,
    empty: &'a [String],
}

impl<'a> Columns<'a> {
    pub(super) fn new(header: &'a [String], mapping: &'a Mapping) -> Self {
        let places = header.iter().enumerate().map(|(place, name)| (name.as_str(), place));
        Self { places: places.collect(), empty: &mapping.empty }
    }

    /// A cell; empty if it says one of the mapping's words for nothing.
    pub(super) fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        let cell = self.places.get(column).and_then(|place| row.cells.get(*place));
        let cell = cell.map_or("", String::as_str);
        if is_one_of(cell, self.empty) { "" } else { cell }
    }

    pub(super) fn all_empty(&self, row: &Row, columns: &[String]) -> bool {
        columns.iter().all(|column| self.cell(row, column).is_empty())
    }
}

fn is_one_of(cell: &str, words: &[String]) -> bool {
    !words.is_empty() && words.contains(&cell.to_lowercase())
}

/// A record as far as the rules went, and what they had to say.
pub(super) struct Conversion<'a> {
    columns: &'a Columns<'a>,
    row: &'a Row,
    name: &'a str,
    pub(super) record: Record,
    pub(super) warnings: Vec<Warning>,
}

/// Applies all constants and rules; `name` is what `{row}` stands for.
pub(super) fn convert<'a>(
    mapping: &Mapping,
    columns: &'a Columns<'a>,
    row: &'a Row,
    name: &'a str,
) -> Result<Conversion<'a>, Reason> {
    let (record, warnings) = (Record::incident(), row.warnings.clone());
    let mut conversion = Conversion { columns, row, name, record, warnings };
    for constant in &mapping.constants {
        conversion.constant(constant, Filling { row: name, part: 1, code: "" })?;
    }
    for rule in &mapping.fields {
        conversion.rule(rule)?;
    }
    Ok(conversion)
}

/// A value on its way into a field.
struct Incoming<'a> {
    rule: &'a FieldRule,
    /// Number of the part of the cell, from 1.
    part: usize,
    text: &'a str,
}

impl Conversion<'_> {
    fn filling<'f>(&'f self, part: usize, code: &'f str) -> Filling<'f> {
        Filling { row: self.name, part, code }
    }

    /// Sets a field outside of the rules.
    pub(super) fn set(&mut self, path: FieldPath, value: impl Into<Value>) -> Result<(), Reason> {
        let invalid = |error: String| Reason::Invalid { path: path.to_string(), why: error };
        self.record.set(path.clone(), value).map_err(|error| invalid(error.to_string()))
    }

    fn constant(&mut self, constant: &Constant, filling: Filling<'_>) -> Result<(), Reason> {
        let invalid = |why: String| Reason::Invalid { path: constant.to.as_str().to_owned(), why };
        let path = constant.to.path(filling).map_err(|error| invalid(error.to_string()))?;
        let value = parse_field(&self.record, &path, &filling.fill(&constant.value))
            .map_err(|error| invalid(error.to_string()))?;
        self.set(path, value)
    }

    fn rule(&mut self, rule: &FieldRule) -> Result<(), Reason> {
        if let [column] = rule.from.as_slice()
            && column.contains(part::REPEATS)
        {
            return self.repeats(rule, column);
        }
        let text = self.joined(rule);
        if text.is_empty() {
            return self.empty(rule);
        }
        let Some(separator) = &rule.split else {
            return self.take(&Incoming { rule, part: 1, text: &text });
        };
        let parts: Vec<&str> = text.split(separator.as_str()).map(str::trim).collect();
        if parts.len() > MAX_PARTS {
            return Err(unreadable(rule, &text, format!("more than {MAX_PARTS} parts")));
        }
        for (part, text) in (1..).zip(parts) {
            if !text.is_empty() && !is_one_of(text, self.columns.empty) {
                self.take(&Incoming { rule, part, text })?;
            }
        }
        Ok(())
    }

    /// The columns `…[1]…`, `…[2]…` of a form's repeats, each a part.
    fn repeats(&mut self, rule: &FieldRule, column: &str) -> Result<(), Reason> {
        let mut found = false;
        for part in 1..=MAX_PARTS {
            let column = column.replace(part::REPEATS, &format!("[{part}]"));
            let text = self.columns.cell(self.row, &column);
            if !text.is_empty() && !is_one_of(text, &rule.empty) {
                found = true;
                let Some(separator) = &rule.split else {
                    self.take(&Incoming { rule, part, text })?;
                    continue;
                };
                // Several codes in one repeat: `victims[1]/roles` is `victims/1/roles/{code}`.
                for text in text.split(separator.as_str()).take(MAX_PARTS).map(str::trim) {
                    if !text.is_empty() {
                        self.take(&Incoming { rule, part, text })?;
                    }
                }
            }
        }
        if found { Ok(()) } else { self.empty(rule) }
    }

    fn joined(&self, rule: &FieldRule) -> String {
        let cells = rule.from.iter().map(|column| self.columns.cell(self.row, column));
        let mut said = cells.filter(|cell| !cell.is_empty() && !is_one_of(cell, &rule.empty));
        if !rule.first {
            return said.collect::<Vec<_>>().join(&rule.join);
        }
        let known = said.clone().find(|cell| rule.lookup.contains_key(&lookup_key(cell)));
        known.or_else(|| said.next()).unwrap_or_default().to_owned()
    }

    fn empty(&mut self, rule: &FieldRule) -> Result<(), Reason> {
        let (column, path) = (names(rule), rule.to.as_str().to_owned());
        match rule.when_empty {
            WhenEmpty::Reject => return Err(Reason::Required { column, path }),
            WhenEmpty::Warn => self.warnings.push(Warning::EmptyCell { column, path }),
            WhenEmpty::LeaveOut => {}
        }
        match &rule.default {
            Some(text) => self.store(&Incoming { rule, part: 1, text }, text),
            None => Ok(()),
        }
    }

    fn take(&mut self, whole: &Incoming<'_>) -> Result<(), Reason> {
        let rule = whole.rule;
        let taken = rule.take.map_or_else(|| whole.text.into(), |take| take.of(whole.text));
        if taken.is_empty() {
            return Ok(());
        }
        let incoming = &Incoming { text: &taken, ..*whole };
        let cell = incoming.text;
        if let Some(entry) = rule.lookup.get(&lookup_key(cell)) {
            if let Some(remark) = &entry.remark {
                let (column, value) = (names(rule), Excerpt::of(cell));
                self.warnings.push(Warning::Remark { column, value, remark: remark.clone() });
            }
            return self.store(incoming, &entry.value);
        }
        if rule.dates.is_empty() { self.store(incoming, cell) } else { self.date(incoming) }
    }

    fn date(&mut self, incoming: &Incoming<'_>) -> Result<(), Reason> {
        let (rule, cell) = (incoming.rule, incoming.text);
        let accepts = |edtf: &str| edtf.parse::<Date>().is_ok();
        // A period first: what is open at its end looks like a date that is about so.
        let range = || dates::read_range(cell, &rule.dates, accepts);
        if let Some(edtf) = rule.range.then(range).flatten() {
            return self.store(incoming, &edtf);
        }
        if let Some(edtf) = dates::read(cell, &rule.dates, accepts) {
            return self.store(incoming, &edtf);
        }
        let month = || dates::read_month(cell, &rule.dates, accepts);
        match month().filter(|_month| rule.no_such_day == NoSuchDay::Month) {
            None => self.left_out(incoming, no_date(&rule.dates)),
            Some(edtf) => {
                let (column, value) = (names(rule), Excerpt::of(cell));
                self.warnings.push(Warning::NoSuchDay { column, value, taken: edtf.clone() });
                self.store(incoming, &edtf)
            }
        }
    }

    fn store(&mut self, incoming: &Incoming<'_>, text: &str) -> Result<(), Reason> {
        let (path, value) = match self.value(incoming, text) {
            Ok(read) => read,
            Err(why) => return self.left_out(incoming, why),
        };
        self.set(path, value)?;
        let filling = Filling { row: self.name, part: incoming.part, code: "" };
        incoming.rule.with.iter().try_for_each(|constant| self.constant(constant, filling))
    }

    fn value(&self, incoming: &Incoming<'_>, text: &str) -> Result<(FieldPath, Value), String> {
        let to = &incoming.rule.to;
        if !to.is_set() {
            let path = to.path(self.filling(incoming.part, "")).map_err(|e| e.to_string())?;
            let value = parse_field(&self.record, &path, text).map_err(|e| problem(&e))?;
            return Ok((path, value));
        }
        let path = to.path(self.filling(incoming.part, text)).ok();
        let known = path.filter(|path| table::find(self.record.schema(), path).is_some());
        known
            .map(|path| (path, Value::Flag(true)))
            .ok_or_else(|| format!("not a code of {}; add it to the lookup table", to.as_str()))
    }

    fn left_out(&mut self, incoming: &Incoming<'_>, why: String) -> Result<(), Reason> {
        let rule = incoming.rule;
        if rule.when_unreadable == WhenUnreadable::Reject {
            return Err(unreadable(rule, incoming.text, why));
        }
        let (column, path) = (names(rule), rule.to.as_str().to_owned());
        let value = Excerpt::of(incoming.text);
        if let Some(taken) = rule.otherwise.as_deref().filter(|taken| *taken != incoming.text) {
            self.warnings.push(Warning::Otherwise { column, value, taken: taken.to_owned() });
            return self.store(&Incoming { text: taken, ..*incoming }, taken);
        }
        self.warnings.push(Warning::LeftOut { column, path, value, why });
        Ok(())
    }
}

fn no_date(formats: &[DateFormat]) -> String {
    let named = |(name, format): &(&'static str, _)| formats.contains(format).then_some(*name);
    let names: Vec<&str> = DateFormat::ALL.iter().filter_map(named).collect();
    format!("no date of the form {}", names.join(" or "))
}

fn names(rule: &FieldRule) -> String {
    rule.from.join(" + ")
}

fn problem(error: &FieldError) -> String {
    text::cut(&error.to_string(), 300)
}

fn unreadable(rule: &FieldRule, text: &str, why: String) -> Reason {
    let (column, path) = (names(rule), rule.to.as_str().to_owned());
    Reason::Unreadable { column, path, value: Excerpt::of(text), why }
}
