//! The projection of a dossier to what may be shared.

mod belonging;
mod evidence;
mod review;

use std::collections::BTreeSet;

use belonging::Belonging;
pub use review::{Known, project_review};

use crate::model::{
    disclosure::{Consent, Ledger, Refusal, needle::Needles, statistics},
    registry::{
        Coarsening, Date, FieldPath, FieldSpec, Kind, Record, Tier, Value, neutral_title, table,
        validate::check_value,
    },
    time::Timestamp,
    vocabulary::{Terms, Vocabulary},
};

/// A ledger in which nobody has agreed to anything.
static NO_LEDGER: Ledger = Ledger::new();
/// No code beyond the built-in lists.
static NO_TERMS: Terms = Terms::none();

/// For whom a record is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release<'l> {
    /// The tier of the circle that the facet goes to.
    pub tier: Tier,
    /// When: consent can have ended.
    pub now: Timestamp,
    /// Whether names of victims go along; needs consent that says so.
    pub names: bool,
    /// What persons and communities have agreed to.
    pub ledger: &'l Ledger,
    /// The codes that the circle's coalition has adopted; others beyond the built-in lists are free
    /// text, which could be a name, and stay.
    pub terms: &'l Terms,
}

impl Release<'static> {
    /// A release without names, in which whoever is in the ledger has agreed to nothing.
    #[must_use]
    pub fn new(tier: Tier, now: Timestamp) -> Self {
        Self { tier, now, names: false, ledger: &NO_LEDGER, terms: &NO_TERMS }
    }
}

impl<'r> Release<'r> {
    /// The same by what the ledger says.
    #[must_use]
    pub const fn by<'l>(&self, ledger: &'l Ledger) -> Release<'l>
    where
        'r: 'l,
    {
        Release { tier: self.tier, now: self.now, names: self.names, ledger, terms: self.terms }
    }

    /// The same, with the codes that the circle's coalition has adopted.
    #[must_use]
    pub const fn with_terms<'l>(&self, terms: &'l Terms) -> Release<'l>
    where
        'r: 'l,
    {
        Release { tier: self.tier, now: self.now, names: self.names, ledger: self.ledger, terms }
    }
}

/// Why a value is not in the facet as it is in the dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The field never goes that far.
    #[error("{0} at most")]
    Tier(Tier),
    /// The field is not in the table: counts as sealed.
    #[error("an unknown field is sealed")]
    UnknownField,
    /// A person has to release the item of evidence first.
    #[error("not released: set evidence/KEY/release")]
    NotReleased,
    /// The victim that it is about has not agreed, or not any more.
    #[error("the victim's consent does not cover this tier")]
    Consent,
    /// Consent lacks a scope that the field needs.
    #[error("consent does not cover it: it needs consent/scopes/{0}")]
    Scope(&'static str),
    /// A code that looks like one of a coalition and is not: it could be a name.
    #[error("a code that the coalition has not adopted")]
    NotAdopted,
    /// The value is none that the field may hold: nobody knows what it tells.
    #[error("not a value of this field")]
    Invalid,
    /// The value, or a key in the field's path, contains a text that may not leave.
    #[error("contains a name or another text that is withheld")]
    ContainsSealedValue,
    /// A less exact value is in the facet.
    #[error("made less exact")]
    Coarsened,
}

/// What may leave, and what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// What may leave.
    pub facet: Record,
    /// The fields that stay, or go less exact.
    pub withheld: Vec<(FieldPath, Reason)>,
    /// The victims who stay, with all that is theirs.
    pub victims: BTreeSet<String>,
}

/// Projects a record to what may be released, by the field table and consent. Pure: the same
/// arguments give the same facet. `contested` are values that lost against concurrent ones: they are
/// in no facet, and must not stand in an open text either.
///
/// # Errors
/// When consent, its end, or a limit forbids the tier (or the names) altogether.
pub fn project(
    record: &Record,
    contested: &[(FieldPath, Value)],
    release: &Release<'_>,
) -> Result<Projection, Refusal> {
    let consent =
        Consent::of(record, contested, release.ledger, release.now).with_terms(release.terms);
    consent.allows(release.tier)?;
    if release.names {
        consent.allows_names(release.tier)?;
    }
    let withheld = consent.withheld(release.tier);
    let basis = Basis { release, consent, belonging: Belonging::of(record, contested), withheld };
    let mut verdicts: Vec<(&FieldPath, &Value, Verdict)> = record
        .iter()
        .filter(|(path, _)| !is_of_program(path))
        .map(|(path, value)| (path, value, judge(record, &basis, path, value)))
        .collect();
    let mut needles = Needles::default();
    for (path, value, verdict) in &verdicts {
        look_for(&mut needles, record, path, value, verdict);
        look_for_codes(&mut needles, record, release, path, value);
    }
    for (path, value) in contested {
        look_for(&mut needles, record, path, value, &judge(record, &basis, path, value));
        look_for_codes(&mut needles, record, release, path, value);
    }
    for (path, _, verdict) in &mut verdicts {
        withhold_contaminated(record, path, verdict, &needles);
    }
    Ok(assemble(record, &basis, verdicts))
}

/// Whether a value may be written into a facet as it stands: what a projection would withhold or
/// make less exact does not get in by hand either.
///
/// # Errors
/// With the reason why not.
pub fn admits(
    facet: &Record,
    release: &Release<'_>,
    path: &FieldPath,
    value: &Value,
) -> Result<(), Reason> {
    match judge(facet, &Basis::of_one(facet, release), path, value) {
        Verdict::Share(_) => Ok(()),
        Verdict::Coarsen(_) | Verdict::Retitle => Err(Reason::Coarsened),
        Verdict::Withhold(reason) => Err(reason),
    }
}

/// What a projection would share of one value, as exact as it would; none if the value stays. Whose
/// it is, and whether they agreed, the caller knows.
pub(super) fn shared_value(
    record: &Record,
    release: &Release<'_>,
    path: &FieldPath,
    value: &Value,
) -> Option<Value> {
    match judge(record, &Basis::of_one(record, release), path, value) {
        Verdict::Share(shared) | Verdict::Coarsen(shared) => Some(shared),
        Verdict::Retitle | Verdict::Withhold(_) => None,
    }
}

/// What a projection goes by.
struct Basis<'r> {
    release: &'r Release<'r>,
    consent: Consent<'r>,
    belonging: Belonging<'r>,
    /// Victims who stay.
    withheld: BTreeSet<&'r str>,
}

impl<'r> Basis<'r> {
    /// To judge a value by itself.
    fn of_one(record: &'r Record, release: &'r Release<'r>) -> Self {
        Self {
            release,
            consent: Consent::of(record, &[], release.ledger, release.now)
                .with_terms(release.terms),
            belonging: Belonging::of(record, &[]),
            withheld: BTreeSet::new(),
        }
    }

    /// The most open tier that a field may reach: names go along where their own consent says so.
    fn reach(&self, spec: &FieldSpec, path: &FieldPath) -> Tier {
        let names = spec.identity && self.release.names;
        let victims = if names { self.belonging.victims(path) } else { Vec::new() };
        let tier = self.release.tier;
        let agreed = |victim: &&str| self.consent.allows_names_of(victim, tier);
        if !victims.is_empty() && victims.iter().all(agreed) { Tier::Public } else { spec.tier }
    }

    /// Whether those whose field it is have agreed to a scope; all, if it is nobody's in particular.
    fn covers(&self, path: &FieldPath, scope: &str) -> bool {
        let victims = self.belonging.victims(path);
        if victims.is_empty() {
            return self.consent.everybody_covers(scope);
        }
        victims.iter().all(|victim| self.consent.covers(victim, scope))
    }
}

/// What becomes of one field.
enum Verdict {
    Share(Value),
    Coarsen(Value),
    /// Replaced by a title made of what else is shared.
    Retitle,
    Withhold(Reason),
}

/// Fields that the program writes anew for each facet, or into a dossier about its facets. Were
/// the latter committed to, sharing again without a change would change the manifest.
fn is_of_program(path: &FieldPath) -> bool {
    ["disclosure", "meta", "share", table::STATISTICS, table::TOKENS]
        .iter()
        .any(|part| path.is_under(part))
}

fn judge(record: &Record, basis: &Basis<'_>, path: &FieldPath, value: &Value) -> Verdict {
    let tier = basis.release.tier;
    let Some(spec) = table::find(record.schema(), path) else {
        return Verdict::Withhold(Reason::UnknownField);
    };
    let reach = basis.reach(spec, path);
    if reach < tier {
        return Verdict::Withhold(Reason::Tier(reach));
    }
    if basis.belonging.is_of(path, &basis.withheld) {
        return Verdict::Withhold(Reason::Consent);
    }
    if spec.released && !evidence::is_released(record, tier, path) {
        return Verdict::Withhold(Reason::NotReleased);
    }
    if let Some(scope) = spec.scope
        && !(spec.released && evidence::shows_nobody(record, path))
        && !basis.covers(path, scope)
    {
        return Verdict::Withhold(Reason::Scope(scope));
    }
    // What stays would make nothing visible by being invalid; what goes must be understood.
    if check_value(spec, value).is_err() {
        return Verdict::Withhold(Reason::Invalid);
    }
    let adopted = basis.release.terms;
    if spec.codes(path, value).any(|(list, code)| is_strange(adopted, list, code)) {
        return Verdict::Withhold(Reason::NotAdopted);
    }
    coarsen(spec, tier, value)
}

/// Whether a code is neither of the built-in lists nor adopted by the coalition.
fn is_strange(terms: &Terms, list: &str, code: &str) -> bool {
    Vocabulary::built_in().term(list, code).is_none() && terms.get(list, code).is_none()
}

fn coarsen(spec: &FieldSpec, tier: Tier, value: &Value) -> Verdict {
    let text = value.as_text().unwrap_or_default();
    let coarse = match (spec.coarsening, tier) {
        (Coarsening::Keep, _) | (_, Tier::Sealed | Tier::Restricted) => value.clone(),
        (Coarsening::NeutralTitle, Tier::Coalition | Tier::Public) => return Verdict::Retitle,
        (Coarsening::Date, _) => match (text.parse::<Date>(), tier) {
            (Ok(date), Tier::Public) => Value::Text(date.to_quarters().to_string()),
            (Ok(date), _) => Value::Text(date.to_months().to_string()),
            (Err(_), _) => return Verdict::Withhold(Reason::Invalid),
        },
        (Coarsening::LocationPrecision, _) => match (text, tier) {
            ("exact" | "village" | "admin3" | "linear", Tier::Coalition) => "admin2".into(),
            ("exact" | "village" | "admin3" | "linear" | "admin2", Tier::Public) => "admin1".into(),
            _coarse_enough => value.clone(),
        },
    };
    if &coarse == value { Verdict::Share(coarse) } else { Verdict::Coarsen(coarse) }
}

/// Adds a value that does not leave to the texts that must not occur in what is shared.
fn look_for(
    needles: &mut Needles,
    record: &Record,
    path: &FieldPath,
    value: &Value,
    verdict: &Verdict,
) {
    let kind = match (table::find(record.schema(), path), verdict) {
        (_, Verdict::Share(_) | Verdict::Retitle) => return,
        // An invalid value can be anything, also a name in the place of a code.
        (_, Verdict::Withhold(Reason::Invalid | Reason::NotAdopted)) | (None, _) => None,
        (Some(spec), Verdict::Withhold(_) | Verdict::Coarsen(_)) => Some(spec.kind),
    };
    match value {
        Value::Text(text) => needles.add(kind, text),
        // A number of a victim who stays is no name, and can be anybody's key.
        Value::Integer(_) if matches!(verdict, Verdict::Withhold(Reason::Consent)) => {}
        Value::Integer(number) => needles.add(Some(Kind::Count), &number.to_string()),
        Value::Flag(_) => {}
    }
}

/// Adds the codes that nobody has adopted, whatever else keeps their fields back: each is a free
/// text. Those of a set stand in the path.
fn look_for_codes(
    needles: &mut Needles,
    record: &Record,
    release: &Release<'_>,
    path: &FieldPath,
    value: &Value,
) {
    let Some(spec) = table::find(record.schema(), path) else { return };
    for (list, code) in spec.codes(path, value) {
        if is_strange(release.terms, list, code) {
            needles.add(None, code.strip_prefix("x_").unwrap_or(code));
        }
    }
}

/// Withholds what is shared as free text, or under a key, and contains what must not leave.
fn withhold_contaminated(
    record: &Record,
    path: &FieldPath,
    verdict: &mut Verdict,
    needles: &Needles,
) {
    let Some(spec) = table::find(record.schema(), path) else { return };
    let free = matches!(
        spec.kind,
        Kind::Line
            | Kind::Name
            | Kind::Identifier
            | Kind::Narrative
            | Kind::Note
            | Kind::Key(_)
            | Kind::Admin2Code
    );
    let text = match verdict {
        // A name that consent releases may stand in its own field.
        Verdict::Share(_) if spec.identity => "",
        Verdict::Share(Value::Text(text)) | Verdict::Coarsen(Value::Text(text)) if free => text,
        Verdict::Share(_) | Verdict::Coarsen(_) => "",
        Verdict::Retitle | Verdict::Withhold(_) => return,
    };
    // A key such as victims/maria_p/… would give away as much as a text.
    let mut keys = spec
        .pattern
        .split('/')
        .zip(path.segments())
        .filter(|(pattern, _)| *pattern == "*")
        .map(|(_, key)| key);
    let contaminated = needles.occur_in(text) || keys.any(|key| needles.occur_in_key(key));
    if contaminated {
        *verdict = Verdict::Withhold(Reason::ContainsSealedValue);
    }
}

/// Whether a text, or a key in its field's path, contains what must not leave.
pub(super) fn tells(record: &Record, path: &FieldPath, value: &Value, needles: &Needles) -> bool {
    let mut verdict = Verdict::Share(value.clone());
    withhold_contaminated(record, path, &mut verdict, needles);
    matches!(verdict, Verdict::Withhold(_))
}

fn assemble(
    record: &Record,
    basis: &Basis<'_>,
    verdicts: Vec<(&FieldPath, &Value, Verdict)>,
) -> Projection {
    let mut facet = Record::new(record.schema().clone());
    let mut withheld = Vec::new();
    for (path, _, verdict) in verdicts {
        let (shared, reason) = match verdict {
            Verdict::Share(shared) => (Some(shared), None),
            Verdict::Coarsen(shared) => (Some(shared), Some(Reason::Coarsened)),
            Verdict::Retitle => (None, Some(Reason::Coarsened)),
            Verdict::Withhold(reason) => (None, Some(reason)),
        };
        if let Some(shared) = shared {
            put(&mut facet, path.as_str(), shared);
        }
        if let Some(reason) = reason {
            withheld.push((path.clone(), reason));
        }
    }
    if facet.get(table::TITLE).is_none() {
        let title = neutral_title(&facet);
        put(&mut facet, table::TITLE, title.into());
    }
    put(&mut facet, table::FACET_TIER, basis.release.tier.code().into());
    statistics::put_flags(&mut facet, &basis.consent);
    let victims = basis.withheld.iter().map(|victim| (*victim).to_owned()).collect();
    Projection { facet, withheld, victims }
}

/// Sets a field of the facet. A facet has few fields more than its record; where the record was
/// full, what does not fit is left out, which is the closed side.
fn put(facet: &mut Record, path: &str, value: Value) {
    if let Ok(path) = path.parse() {
        let _full = facet.set(path, value);
    }
}

#[cfg(test)]
mod tests;
