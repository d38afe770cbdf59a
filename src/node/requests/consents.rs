//! The ledger of consent: recording, withdrawing and listing.

use std::collections::BTreeSet;

use jiff::ToSpan;

use crate::{
    api::{
        Answer, ApiError,
        answer::{ConsentChanged, ConsentSubject},
        verification::{ConsentEntry, ConsentNaming, NewConsent},
    },
    model::{
        disclosure::{
            Consent, ConsentState, Grant, Ledger,
            ledger::{FOLLOWS, SUBJECT},
        },
        id::{DocumentId, IncidentId},
        registry::{Date, FieldPath, Record, RecordKind, Schema, Value, parse_field, table},
    },
    node::{
        Node, clock, errors,
        requests::incidents::{known_path, parse_path},
    },
    view::{Naming, Query},
};

/// Least characters of an id's beginning.
const MIN_PREFIX: usize = 4;

impl Node {
    pub(super) fn record_consent(&mut self, order: &NewConsent) -> Result<Answer, ApiError> {
        let incident = self.find_incident(&order.incident)?;
        let path = self.subject_path(&incident, order.victim.as_deref())?;
        let held = self.subject_at(&incident, &path);
        let subject = match (&order.person, held) {
            (Some(prefix), _) => self.find_subject(prefix)?,
            (None, Some(held)) => held,
            (None, None) => self.new_id(),
        };
        let entry = match &order.basis {
            Some(_given) => Some(self.write_entry(&subject, order)?),
            None if order.person.is_some() => None,
            None => {
                return Err(errors::usage("a consent without its basis")
                    .hint("name one with --basis, or a person who has an entry with --person"));
            }
        };
        // The entry first: who has an id without an entry has agreed to nothing.
        self.name_subject(&incident, &path, &subject)?;
        Ok(self.changed_consent(subject, entry))
    }

    pub(super) fn withdraw_consent(
        &mut self,
        whose: &str,
        date: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let order = NewConsent {
            basis: Some("withdrawn".to_owned()),
            date: date.map(str::to_owned),
            ..NewConsent::default()
        };
        if let Some((incident, victim)) = whose.split_once('/') {
            let (incident, victim) = (incident.to_owned(), Some(victim.to_owned()));
            return self.record_consent(&NewConsent { incident, victim, ..order });
        }
        if let Ok(subject) = self.find_subject(whose) {
            let entry = self.write_entry(&subject, &order)?;
            return Ok(self.changed_consent(subject, Some(entry)));
        }
        let incident = self.find_incident(whose)?;
        let path = self.subject_path(&incident, None)?;
        if let Some(community) = self.subject_at(&incident, &path) {
            let entry = self.write_entry(&community, &order)?;
            return Ok(self.changed_consent(community, Some(entry)));
        }
        self.withdraw_own(&incident, date)
    }

    /// Withdraws the consent that a record has itself: for all of it.
    fn withdraw_own(
        &mut self,
        incident: &IncidentId,
        date: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let path = known_path(table::CONSENT_WITHDRAWN)?;
        let text = date.map_or_else(|| clock::now().to_date(), str::to_owned);
        let value = parse_field(&Record::incident(), &path, &text)
            .map_err(|error| errors::usage(error.to_string()))?;
        self.edit_dossier(incident, &path, &value)?;
        let (taken_back, failed) = self.take_back(&BTreeSet::from([*incident]));
        Ok(Answer::ConsentChanged(Box::new(ConsentChanged {
            subject: None,
            entry: None,
            state: ConsentState::Withdrawn.code().to_owned(),
            incidents: vec![*incident],
            taken_back,
            failed,
        })))
    }

    /// Takes back what a new entry does not cover, and says so.
    fn changed_consent(&mut self, subject: String, entry: Option<String>) -> Answer {
        let named = self.view.named().remove(&subject).unwrap_or_default();
        let incidents: BTreeSet<IncidentId> = named.into_iter().map(|it| it.incident).collect();
        let (taken_back, failed) = self.take_back(&incidents);
        let ledger = self.view.ledger(&self.own.private);
        Answer::ConsentChanged(Box::new(ConsentChanged {
            state: state_of(&ledger, &subject).code().to_owned(),
            subject: Some(subject),
            entry,
            incidents: incidents.into_iter().collect(),
            taken_back,
            failed,
        }))
    }

    /// Writes an entry into the ledger; gives its id.
    fn write_entry(&mut self, subject: &str, order: &NewConsent) -> Result<String, ApiError> {
        let ledger = self.view.ledger(&self.own.private);
        let number = ledger.number_of(subject).unwrap_or(0).saturating_add(1);
        let number = number.min(crate::model::registry::validate::MAX_COUNT);
        let mut record = Record::new(Schema::of(RecordKind::Consent));
        let date = order.date.clone().unwrap_or_else(|| clock::now().to_date());
        let texts = [
            (SUBJECT, Some(subject.to_owned())),
            (FOLLOWS, ledger.ruling(subject).map(str::to_owned)),
            ("number", Some(number.to_string())),
            ("basis", order.basis.clone()),
            ("date", Some(date)),
            ("expires", order.expires.clone()),
            ("recorded_by", order.recorded_by.clone()),
            ("form", order.form.clone()),
            ("language", order.language.clone()),
            ("explained_risks", order.explained_risks.then(|| "yes".to_owned())),
            ("note", order.note.clone()),
        ];
        let texts = texts.into_iter().filter_map(|(path, text)| Some((path.to_owned(), text?)));
        let scopes = order.scopes.iter().map(|it| (format!("scopes/{it}"), "yes".to_owned()));
        for (path, text) in texts.chain(scopes) {
            let path = parse_path(&path)?;
            let value = parse_field(&record, &path, &text)
                .map_err(|error| errors::usage(error.to_string()))?;
            record.set(path, value).map_err(|error| errors::usage(error.to_string()))?;
        }
        let private = self.own.private;
        self.write_beside(record, &[private])
    }

    /// Where a dossier names whose consent it is.
    fn subject_path(
        &self,
        incident: &IncidentId,
        victim: Option<&str>,
    ) -> Result<FieldPath, ApiError> {
        let Some(dossier) = self.dossier(incident) else {
            return Err(errors::refused("another organisation recorded it")
                .hint("consent is recorded where the incident was"));
        };
        let Some(victim) = victim else { return known_path(table::CONSENT_COMMUNITY) };
        let dossier = dossier.record();
        let victims = dossier.keys("victims");
        if !victims.contains(&victim) {
            let known = if victims.is_empty() { "none".to_owned() } else { victims.join(", ") };
            return Err(errors::not_found(format!("the incident has no victim {victim:?}"))
                .hint(format!("its victims: {known}")));
        }
        parse_path(&format!("victims/{victim}/person"))
    }

    fn subject_at(&self, incident: &IncidentId, path: &FieldPath) -> Option<String> {
        let dossier = self.dossier(incident)?.record();
        dossier.text(path.as_str()).map(str::to_owned)
    }

    fn name_subject(
        &mut self,
        incident: &IncidentId,
        path: &FieldPath,
        subject: &str,
    ) -> Result<(), ApiError> {
        if self.subject_at(incident, path).as_deref() == Some(subject) {
            return Ok(());
        }
        self.edit_dossier(incident, path, &subject.into())
    }

    fn edit_dossier(
        &mut self,
        incident: &IncidentId,
        path: &FieldPath,
        value: &Value,
    ) -> Result<(), ApiError> {
        let dossier = self.dossier(incident);
        let dossier = dossier.ok_or_else(|| errors::refused("another organisation recorded it"))?;
        let private = self.own.private;
        let document = DocumentId::new(*incident.as_bytes());
        self.edit_document(&private, document, &dossier.schema(), |edit| edit.set(path, value))?;
        self.settle();
        Ok(())
    }

    /// A person or community of the ledger by the beginning of their id.
    fn find_subject(&self, prefix: &str) -> Result<String, ApiError> {
        let ledger = self.view.ledger(&self.own.private);
        let long_enough = prefix.len() >= MIN_PREFIX;
        let found = ledger.subjects().filter(|subject| long_enough && subject.starts_with(prefix));
        let found: Vec<&str> = found.take(2).collect();
        match found.as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => Err(errors::not_found(format!("nobody in the ledger of consent is {prefix:?}"))
                .hint("`ceiba consent list` shows ids")),
            _several => {
                Err(errors::not_found(format!("{prefix:?} names several"))
                    .hint("give more of the id"))
            }
        }
    }

    pub(super) fn list_consents(
        &self,
        subject: Option<&str>,
        expiring: Option<u32>,
    ) -> Result<Answer, ApiError> {
        let only = subject.map(|prefix| self.find_subject(prefix)).transpose()?;
        let ledger = self.view.ledger(&self.own.private);
        let mut named = self.view.named();
        let mut listed: Vec<ConsentSubject> = ledger
            .subjects()
            .filter(|subject| only.as_deref().is_none_or(|only| only == *subject))
            .map(|subject| self.listed(&ledger, subject, named.remove(subject).unwrap_or_default()))
            .collect();
        if let Some(days) = expiring {
            if only.is_none() {
                listed.extend(self.records_that_end());
            }
            let until = until(days)?;
            listed.retain(|it| it.expires.as_deref().is_some_and(|last| ends_by(last, until)));
            listed.sort_by(|a, b| a.expires.cmp(&b.expires));
        }
        Ok(Answer::Consents(listed))
    }

    fn listed(&self, ledger: &Ledger, subject: &str, named: Vec<Naming>) -> ConsentSubject {
        let grants = ledger.of(subject);
        let entries = self.view.consents(&self.own.private, subject).into_iter();
        ConsentSubject {
            subject: Some(subject.to_owned()),
            state: state_of(ledger, subject).code().to_owned(),
            entries: entries.map(|(entry, counts)| consent_entry(&entry, counts)).collect(),
            named: named
                .into_iter()
                .map(|it| ConsentNaming { incident: it.incident, victim: it.victim })
                .collect(),
            ..said(grants)
        }
    }

    /// Own records whose own consent has an end.
    fn records_that_end(&self) -> Vec<ConsentSubject> {
        let incidents = self.view.ids(&Query::default()).into_iter();
        let ending = incidents.filter_map(|incident| {
            let dossier = self.view.documents(&incident).find(|it| it.tier().is_none())?;
            dossier.record().get(table::CONSENT_EXPIRES)?;
            let record = dossier.record().unpack();
            let ledger = self.view.ledger_of(&self.own.private, &record, &[]);
            let state = Consent::of(&record, &[], &ledger, clock::now()).state();
            Some(ConsentSubject {
                state: state.code().to_owned(),
                named: vec![ConsentNaming { incident, victim: None }],
                ..said(&[Grant::of_record(&record)])
            })
        });
        ending.collect()
    }
}

/// What a subject's entries say together.
fn said(grants: &[Grant]) -> ConsentSubject {
    let common = grants.iter().map(|grant| grant.scopes().collect::<BTreeSet<&str>>());
    let scopes = common.reduce(|all, scopes| all.intersection(&scopes).copied().collect());
    let bases: BTreeSet<&str> = grants.iter().filter_map(Grant::basis).collect();
    ConsentSubject {
        subject: None,
        state: String::new(),
        basis: bases.into_iter().collect::<Vec<_>>().join(", "),
        scopes: scopes.unwrap_or_default().into_iter().map(str::to_owned).collect(),
        expires: grants.iter().filter_map(Grant::last_day).min().map(|day| day.to_string()),
        entries: Vec::new(),
        named: Vec::new(),
    }
}

fn consent_entry(entry: &Record, counts: bool) -> ConsentEntry {
    let text = |path: &str| entry.text(path).unwrap_or_default().to_owned();
    ConsentEntry {
        id: text("id"),
        at: text("at"),
        basis: text("basis"),
        scopes: entry.set_codes("scopes").into_iter().map(str::to_owned).collect(),
        date: text("date"),
        counts,
    }
}

fn state_of(ledger: &Ledger, subject: &str) -> ConsentState {
    let states = ledger.of(subject).iter().map(|grant| grant.state(clock::now()));
    states.min().unwrap_or(ConsentState::None)
}

/// The day so many days from now.
fn until(days: u32) -> Result<jiff::civil::Date, ApiError> {
    let today: Option<Date> = clock::now().to_date().parse().ok();
    let today = today.and_then(|day| day.earliest());
    let until = today.and_then(|day| day.checked_add(i64::from(days).days()).ok());
    until.ok_or_else(|| errors::usage("so many days are beyond the calendar"))
}

fn ends_by(last: &str, until: jiff::civil::Date) -> bool {
    last.parse::<jiff::civil::Date>().is_ok_and(|last| last <= until)
}
