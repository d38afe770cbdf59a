//! What is written in a mapping file, judged and made into rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Constant, Entry, FORM, FieldRule, MAX_RULES, Mapping, NoSuchDay, RowRules, Target, WhenEmpty,
    WhenUnreadable, labels, raw, target::Filling,
};
use crate::{
    exchange::{
        csv::Format,
        dates::DateFormat,
        encoding::Encoding,
        header::{HeaderRule, LANGUAGES},
        list::Reading,
        part::{self, Take},
        source::FileKind,
        text,
    },
    model::{
        registry::{Kind, Record, parse_field, table},
        text::fold,
    },
};

/// What `when_empty` may say.
const WHEN_EMPTY: [(&str, WhenEmpty); 3] =
    [("leave_out", WhenEmpty::LeaveOut), ("warn", WhenEmpty::Warn), ("reject", WhenEmpty::Reject)];

/// The key that is wrong, and what is wrong with it.
type Fault = (String, String);

pub(super) fn mapping(raw: raw::File) -> Result<Mapping, Fault> {
    if raw.mapping != FORM {
        return Err(fault("mapping", format!("this program reads mapping = {FORM}")));
    }
    if raw.name.trim().is_empty() || raw.name.len() > 100 {
        return Err(fault("name", "1 to 100 bytes: it is part of each row's key"));
    }
    if raw.field.len() + raw.constants.len() > MAX_RULES {
        return Err(fault("field", format!("at most {MAX_RULES} rules and constants")));
    }
    let reading = reading(&raw.format)?;
    let kind = raw.format.kind.as_deref();
    let kind = kind
        .map(|name| one_of("format.kind", name, &FileKind::ALL, FileKind::named(name)))
        .transpose()?;
    let optional = [("required", false), ("optional", true)];
    let lenient = choice("format.columns", raw.format.columns.as_ref(), &optional, false)?;
    let country = raw.constants.get(table::COUNTRY).and_then(toml::Value::as_str);
    let known = known(country)?;
    let mut constants = constants("constants", &raw.constants, &known)?;
    constants.sort_by_key(|constant| constant.to.as_str() != table::COUNTRY);
    let mut fields = Vec::with_capacity(raw.field.len());
    for (place, field) in raw.field.iter().enumerate() {
        let key = format!("field {} (to = {:?})", place + 1, field.to);
        fields.push(rule(&key, field, &known)?);
    }
    not_twice(&fields)?;
    // The country is read before what is looked up in it.
    fields.sort_by_key(|rule| rule.to.as_str() != table::COUNTRY);
    let row = row(raw.row, &reading.header)?;
    for rule in &mut fields {
        rule.from.iter_mut().for_each(|column| *column = named(&reading.header, column));
    }
    let empty = lowered(&raw.format.empty);
    Ok(Mapping {
        name: raw.name,
        description: raw.description,
        reading,
        kind,
        lenient,
        empty,
        row,
        constants,
        fields,
    })
}

fn fault(key: &str, problem: impl Into<String>) -> Fault {
    (key.to_owned(), problem.into())
}

fn one_of<T>(key: &str, text: &str, known: &[(&str, T)], found: Option<T>) -> Result<T, Fault> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    found.ok_or_else(|| fault(key, format!("{text:?} is not one of: {}", names.join(", "))))
}

/// A column's name as the header's rule compares it; the mark of repeats stays.
fn named(rule: &HeaderRule, column: &str) -> String {
    if column.contains(part::REPEATS) { column.to_owned() } else { rule.name(column) }
}

fn reading(raw: &raw::Format) -> Result<Reading, Fault> {
    let languages = if raw.languages.is_empty() {
        LANGUAGES.map(str::to_owned).to_vec()
    } else {
        raw.languages.clone()
    };
    let rules = [("exact", false), ("safe_name", true)];
    let safe = choice("format.header", raw.header.as_ref(), &rules, false)?;
    let header = if safe { HeaderRule::Safe { languages } } else { HeaderRule::Exact };
    Ok(Reading { format: format(raw)?, sheet: raw.sheet.clone(), header })
}

fn format(raw: &raw::Format) -> Result<Format, Fault> {
    let encoding = |key: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(name) => one_of(key, name, &Encoding::ALL, Encoding::named(name)).map(Some),
    };
    Ok(Format {
        delimiter: delimiter(raw.delimiter.as_deref())?,
        encoding: encoding("format.encoding", &raw.encoding)?.unwrap_or(Encoding::Utf8),
        fallback: encoding("format.fallback_encoding", &raw.fallback_encoding)?,
    })
}

fn delimiter(text: Option<&str>) -> Result<u8, Fault> {
    match text {
        None | Some(",") => Ok(b','),
        Some(";") => Ok(b';'),
        Some("|") => Ok(b'|'),
        Some("tab" | "\t") => Ok(b'\t'),
        Some(other) => {
            Err(fault("format.delimiter", format!("{other:?} is not one of: , ; | tab")))
        }
    }
}

fn row(raw: raw::Row, rule: &HeaderRule) -> Result<RowRules, Fault> {
    if raw.key.is_empty() {
        return Err(fault("row.key", "name the columns by which a row is known again"));
    }
    let names =
        |columns: Vec<String>| columns.iter().map(|name| named(rule, &text::clean(name))).collect();
    Ok(RowRules {
        key: names(raw.key),
        else_key: names(raw.else_key),
        event: names(raw.event),
        needs_one_of: names(raw.needs_one_of),
        ignore: names(raw.ignore),
    })
}

fn lowered(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text::clean(text).to_lowercase()).collect()
}

/// What values are checked against: the country, if it is the same for all rows.
fn known(country: Option<&str>) -> Result<Record, Fault> {
    let mut record = Record::incident();
    let set = country.map(|text| -> Result<(), String> {
        let path = table::COUNTRY.parse().map_err(|error| format!("{error}"))?;
        let value = parse_field(&record, &path, text).map_err(|error| error.to_string())?;
        record.set(path, value).map_err(|error| error.to_string())
    });
    set.unwrap_or(Ok(())).map_err(|problem| fault("constants.country", problem))?;
    Ok(record)
}

fn constants(
    key: &str,
    raw: &BTreeMap<String, toml::Value>,
    known: &Record,
) -> Result<Vec<Constant>, Fault> {
    let constant = |(to, value): (&String, &toml::Value)| {
        let key = format!("{key}.{to:?}");
        let to = target(&key, to)?;
        let value = scalar(&key, value)?;
        if to.is_set() {
            return Err(fault(&key, "write the code itself in the path, with true as value"));
        }
        check_value(&key, &to, &value, known)?;
        Ok(Constant { to, value })
    };
    raw.iter().map(constant).collect()
}

fn target(key: &str, text: &str) -> Result<Target, Fault> {
    let target = Target::new(text);
    // A set has a code where the sample has none, so the table is asked by pattern for it.
    if target.is_set() {
        return target.spec().map(|_spec| target).ok_or_else(|| {
            let sets: Vec<String> = sets().collect();
            fault(key, format!("no such set of codes; there are: {}", sets.join(", ")))
        });
    }
    let path = target.path(Filling::SAMPLE).map_err(|error| fault(key, error.to_string()))?;
    if table::OF_PROGRAM.iter().any(|part| path.is_under(part)) {
        return Err(fault(key, "the program writes this field itself"));
    }
    match parse_field(&Record::incident(), &path, "") {
        Err(error) if table::find(Record::incident().schema(), &path).is_none() => {
            Err(fault(key, error.to_string()))
        }
        _known => Ok(target),
    }
}

fn sets() -> impl Iterator<Item = String> {
    table::INCIDENT.iter().filter(|spec| spec.pattern.contains('{')).map(|spec| {
        let segment = |segment: &str| match segment {
            "*" => "{row}".to_owned(),
            set if set.starts_with('{') => "{code}".to_owned(),
            literal => literal.to_owned(),
        };
        spec.pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
    })
}

fn scalar(key: &str, value: &toml::Value) -> Result<String, Fault> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(flag) => Ok(flag.to_string()),
        toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => {
            Err(fault(key, "write a text in quotes, a whole number, true or false"))
        }
    }
}

fn check_value(key: &str, to: &Target, value: &str, known: &Record) -> Result<(), Fault> {
    let filled = Filling::SAMPLE.fill(value);
    let (path, text) = if to.is_set() {
        (to.path(Filling { code: &filled, ..Filling::SAMPLE }), "true".to_owned())
    } else {
        (to.path(Filling::SAMPLE), filled)
    };
    let path = path.map_err(|error| fault(key, error.to_string()))?;
    let kind = table::find(known.schema(), &path).map(|spec| spec.kind);
    if kind == Some(Kind::Admin1) && known.text(table::COUNTRY).is_none() {
        return Ok(()); // The row says in which country to look.
    }
    match parse_field(known, &path, &text) {
        Ok(_value) => Ok(()),
        Err(error) => Err(fault(key, format!("{value:?}: {error}"))),
    }
}

fn rule(key: &str, raw: &raw::Field, known: &Record) -> Result<FieldRule, Fault> {
    let sub = |name: &str| format!("{key}.{name}");
    let to = target(&sub("to"), &raw.to)?;
    let default = raw.default.as_ref().map(|value| scalar(&sub("default"), value)).transpose()?;
    if let Some(value) = &default {
        check_value(&sub("default"), &to, value, known)?;
    }
    let otherwise =
        raw.otherwise.as_ref().map(|value| scalar(&sub("otherwise"), value)).transpose()?;
    if let Some(value) = &otherwise {
        check_value(&sub("otherwise"), &to, value, known)?;
    }
    if raw.first && raw.join.is_some() {
        return Err(fault(&sub("first"), "one column is taken, so there is nothing to join"));
    }
    if raw.split.as_deref() == Some("") {
        return Err(fault(&sub("split"), "write the text that stands between the parts"));
    }
    if raw.split.is_some() && !to.takes_parts() {
        return Err(fault(&sub("split"), "the path needs {part} or {code} to take several values"));
    }
    let from = from(&sub("from"), &raw.from)?;
    if from.iter().any(|column| column.contains(part::REPEATS)) {
        repeats(&sub("from"), &from, raw, &to)?;
    }
    let take = raw.take.as_deref();
    let take =
        take.map(|name| one_of(&sub("take"), name, &Take::ALL, Take::named(name))).transpose()?;
    if raw.range && raw.dates.is_empty() {
        return Err(fault(&sub("range"), "say with dates how each side is written"));
    }
    let mut lookup = lookup(&sub("lookup"), &raw.lookup, &to, known)?;
    if raw.labels {
        let list = to.list().ok_or_else(|| {
            fault(&sub("labels"), "only the codes of a list have labels, and this is no such field")
        })?;
        for (label, code) in labels::of(list) {
            let entry = Entry { value: code.to_owned(), remark: None };
            lookup.entry(label).or_insert(entry);
        }
    }
    Ok(FieldRule {
        from,
        take,
        first: raw.first,
        range: raw.range,
        otherwise,
        join: raw.join.clone().unwrap_or_else(|| "\n\n".to_owned()),
        split: raw.split.clone(),
        empty: lowered(&raw.empty),
        dates: dates(&sub("dates"), &raw.dates)?,
        lookup,
        default,
        no_such_day: choice(
            &sub("no_such_day"),
            raw.no_such_day.as_ref(),
            &[("unreadable", NoSuchDay::Unreadable), ("month", NoSuchDay::Month)],
            NoSuchDay::Unreadable,
        )?,
        when_empty: choice(
            &sub("when_empty"),
            raw.when_empty.as_ref(),
            &WHEN_EMPTY,
            WhenEmpty::LeaveOut,
        )?,
        when_unreadable: choice(
            &sub("when_unreadable"),
            raw.when_unreadable.as_ref(),
            &[("warn", WhenUnreadable::Warn), ("reject", WhenUnreadable::Reject)],
            WhenUnreadable::Warn,
        )?,
        with: constants(&sub("with"), &raw.with, known)?,
        to,
    })
}

/// Repeats give several values: there must be several fields for them, and one column.
fn repeats(key: &str, from: &[String], raw: &raw::Field, to: &Target) -> Result<(), Fault> {
    let splits = raw.split.is_some();
    let one_each = to.as_str().contains("{part}") && to.is_set();
    if from.len() != 1 || !to.takes_parts() || (splits && !one_each) {
        let form = "a column with [*] stands alone, its path needs {part} or {code}, and both if it \
                    is split";
        return Err(fault(key, form));
    }
    Ok(())
}

fn from(key: &str, value: &toml::Value) -> Result<Vec<String>, Fault> {
    let problem = || fault(key, "write a column's name, or a list of names whose texts are joined");
    let columns: Vec<String> = match value {
        toml::Value::String(column) => vec![text::clean(column)],
        toml::Value::Array(columns) => columns
            .iter()
            .map(|column| column.as_str().map(text::clean).ok_or_else(problem))
            .collect::<Result<_, _>>()?,
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => return Err(problem()),
    };
    if columns.is_empty() || columns.contains(&String::new()) {
        Err(problem())
    } else {
        Ok(columns)
    }
}

fn dates(key: &str, names: &[String]) -> Result<Vec<DateFormat>, Fault> {
    let formats: Vec<DateFormat> = names
        .iter()
        .map(|name| one_of(key, name, &DateFormat::ALL, DateFormat::named(name)))
        .collect::<Result<_, _>>()?;
    if formats.contains(&DateFormat::DayMonthYear) && formats.contains(&DateFormat::MonthDayYear) {
        return Err(fault(key, "3/5/2024 would be two dates: day first or month first, not both"));
    }
    Ok(formats)
}

fn lookup(
    key: &str,
    raw: &BTreeMap<String, toml::Value>,
    to: &Target,
    known: &Record,
) -> Result<BTreeMap<String, Entry>, Fault> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for (cell, value) in raw {
        let key = format!("{key}.{cell:?}");
        let entry = entry(&key, value)?;
        check_value(&key, to, &entry.value, known)?;
        let other = entries.insert(lookup_key(cell), entry);
        if other.is_some() {
            return Err(fault(
                &key,
                "another line has the same text but for accents, case or signs",
            ));
        }
    }
    Ok(entries)
}

/// A cell's text as lookup tables compare it.
pub(in crate::exchange) fn lookup_key(cell: &str) -> String {
    let folded = fold(cell);
    if folded.is_empty() { text::clean(cell) } else { folded }
}

fn entry(key: &str, value: &toml::Value) -> Result<Entry, Fault> {
    let toml::Value::Table(table) = value else {
        return Ok(Entry { value: scalar(key, value)?, remark: None });
    };
    let form = || fault(key, "write \"value\" or { value = \"…\", remark = \"…\" }");
    if table.keys().any(|name| !matches!(name.as_str(), "value" | "remark")) {
        return Err(form());
    }
    let value = scalar(key, table.get("value").ok_or_else(form)?)?;
    let remark = table.get("remark").map(|remark| scalar(key, remark)).transpose()?;
    Ok(Entry { value, remark })
}

/// The choice that a word stands for.
fn choice<T: Copy>(
    key: &str,
    text: Option<&String>,
    known: &[(&str, T)],
    usual: T,
) -> Result<T, Fault> {
    let Some(text) = text else { return Ok(usual) };
    let found = known.iter().find(|(name, _)| name == text).map(|(_, choice)| *choice);
    one_of(key, text, known, found)
}

/// Two rules for one field would make the second win in silence; sets take from several columns.
fn not_twice(fields: &[FieldRule]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for rule in fields.iter().filter(|rule| !rule.to.is_set()) {
        if !seen.insert(rule.to.as_str()) {
            let key = format!("field (to = {:?})", rule.to.as_str());
            return Err(fault(&key, "two rules fill it; name both columns in one rule's from"));
        }
    }
    Ok(())
}
