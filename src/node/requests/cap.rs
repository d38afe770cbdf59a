//! Alerts as messages of CAP 1.2, out and in.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    api::{
        Answer, ApiError, Request,
        alert::{AlertRequest, NewAlert},
        answer::CircleKind,
        cap::{CapExport, CapImport, CapMessage, CapRead, CapReference, CapRequest, CapScope},
    },
    exchange::cap::{
        CapTime, Outgoing, Proposal, Reference,
        incoming::Foreign,
        outgoing::{Audience, Circle, Message, Opaque, Place, Tag, certainty},
        read,
    },
    model::{
        alert::{Act, AlertState, Closing, EntryHash, Recipient, SignedEntry, Stance},
        id::{IncidentId, OrgId},
        registry::{Record, Tier, place, table},
        vocabulary::{Language, Term, Vocabulary},
    },
    node::{Node, alerts::HeldAlert, clock, errors, requests::alerts::by_digits},
};

/// Characters of what is going on.
const MAX_WHAT: usize = crate::model::alert::MAX_WHAT;
/// Whom an alert of another system is about, until somebody knows.
const WHO: &str = "collective";

impl Node {
    pub(super) fn cap(&mut self, request: CapRequest) -> Result<Answer, ApiError> {
        match request {
            CapRequest::Export(wanted) => self.export_cap(&wanted).map(Answer::CapMessage),
            CapRequest::Import(given) => {
                self.import_cap(given).map(|it| Answer::CapRead(Box::new(it)))
            }
        }
    }

    fn export_cap(&self, wanted: &CapExport) -> Result<CapMessage, ApiError> {
        let held = self.find_alert(&wanted.alert)?;
        let (state, recipients) = self.judge_alert(&held, clock::now(), &BTreeSet::new());
        let outgoing = self.outgoing(wanted, &held, &state, &recipients)?;
        let message = outgoing.message();
        let (identifier, kind) = (message.identifier, message.message.code().to_owned());
        Ok(CapMessage { identifier, kind, xml: outgoing.to_xml() })
    }

    fn outgoing(
        &self,
        wanted: &CapExport,
        held: &HeldAlert,
        state: &AlertState,
        recipients: &[Recipient],
    ) -> Result<Outgoing, ApiError> {
        let alert = &held.signed.alert;
        let public = wanted.scope == CapScope::Public;
        // What a few partners share is not their coalition's, and less everybody's.
        if wanted.scope != CapScope::Private && self.kind_of(&held.circle) == CircleKind::Circle {
            return Err(errors::refused(
                "an alert of a circle within a coalition goes out privately",
            )
            .hint("leave --scope out")
            .named("cap-narrow-circle", &[]));
        }
        // Everybody gets what the table calls public, and no decision of one person makes it more.
        let shown = |path: &str| !public || is_public(&held.record, path);
        let entry = match &wanted.entry {
            Some(digits) => {
                let entry = by_digits(held.entries.iter(), digits)?;
                if !wanted.anyway && !counts(entry, state) {
                    return Err(errors::refused("this does not count, or not any more")
                        .hint("`ceiba alert show` says why; --anyway writes it all the same")
                        .named("cap-entry-void", &[]));
                }
                Some(entry)
            }
            None => newest(held, state),
        };
        let reference = Reference {
            sender: held.signed.author.to_string(),
            identifier: alert.id.clone(),
            sent: CapTime::of(alert.sent),
        };
        let message = entry.map_or(Ok(Message::Alert), |it| message(&it.entry.act, reference))?;
        if public && matches!(message, Message::Ack(..)) {
            return Err(errors::refused("who answers an alert, and how, is not for everybody")
                .hint("leave --scope out")
                .named("cap-public-answer", &[]));
        }
        // Who reads it may refuse what is not later than what it speaks of.
        let least = alert.sent.saturating_add(Duration::from_secs(1));
        let text = |path: &str| held.record.text(path).filter(|_| shown(path));
        let incident = text("incident");
        let area = Place::new(text("country"), text("admin1"));
        // Nor what had expired before it was said.
        let sent = entry.map_or(alert.sent, |it| it.entry.sent.max(least));
        let expires = state.expires.max(sent);
        let languages = languages(&wanted.languages, area.country().as_deref())?;
        let event = wanted.event.as_deref().map(event).transpose()?;
        let needs = held.record.set_codes("needs");
        let needs = needs.into_iter().filter(|code| shown(&format!("needs/{code}")));
        let needs = needs.filter_map(|code| term("intervention_type", code));
        Ok(Outgoing {
            identifier: opaque(entry.map_or(&alert.id, |it| &it.entry.id))?,
            sender: entry.map_or(held.signed.author, |it| it.author),
            sent,
            drill: alert.drill,
            draft: wanted.draft,
            message,
            audience: match wanted.scope {
                CapScope::Private => {
                    let called = recipients.iter().filter(|it| it.called);
                    Audience::Private(called.map(|it| it.org).collect())
                }
                CapScope::Restricted => Audience::Restricted,
                CapScope::Public => Audience::Public,
            },
            incident: incident.and_then(Opaque::read),
            level: state.level,
            certainty: certainty(
                incident
                    .and_then(|id| id.parse::<IncidentId>().ok())
                    .filter(|id| self.dossier(id).is_some())
                    .map(|id| self.level_of(&id)),
            ),
            event,
            needs: needs.collect(),
            answer_by: state.next_step,
            step: state.step,
            expires: Some(expires),
            area: match &wanted.around {
                Some(around) => area.with_circle(circle(&around.point, around.kilometres)?),
                None => area,
            },
            languages,
        })
    }

    fn import_cap(&mut self, given: CapImport) -> Result<CapRead, ApiError> {
        let alert = read(given.xml.as_bytes()).map_err(|refused| {
            let why = refused.to_string();
            errors::usage(format!("the file is no alert that is taken: {why}"))
                .named("cap-refused", &[("why", &why)])
        })?;
        let language = Language::from_code(&given.language).unwrap_or_default();
        let proposal = Proposal::of(&alert, language);
        let held = self.held_alerts();
        let mut read = CapRead {
            sender: alert.sender.clone(),
            identifier: alert.identifier.clone(),
            sent: alert.sent.moment().to_string(),
            references: alert.references.iter().map(|it| Self::cap_reference(&held, it)).collect(),
            ..CapRead::default()
        };
        "nothing".clone_into(&mut read.proposes);
        match proposal {
            Proposal::Alert(foreign) => {
                "alert".clone_into(&mut read.proposes);
                let expires = show_foreign(&mut read, &foreign);
                if !given.dry_run {
                    self.check_foreign(&given, &foreign)?;
                    read.raised = Some(self.raise_foreign(&given, foreign, expires)?);
                }
            }
            Proposal::Update(foreign, _) => {
                "update".clone_into(&mut read.proposes);
                show_foreign(&mut read, &foreign);
            }
            Proposal::Acknowledgement(_, stance) => {
                "acknowledgement".clone_into(&mut read.proposes);
                read.stance = Some(stance.code().to_owned());
            }
            Proposal::StandDown(_, outcome) => {
                "stand-down".clone_into(&mut read.proposes);
                read.outcome = outcome.map(|outcome| outcome.code().to_owned());
            }
            Proposal::Refused(_) => "refused".clone_into(&mut read.proposes),
            Proposal::Nothing => {}
        }
        Ok(read)
    }

    /// Refuses what is over, what is not for everybody unless a circle is named, and what was raised
    /// before, by whomever.
    fn check_foreign(&self, given: &CapImport, foreign: &Foreign) -> Result<(), ApiError> {
        if given.anyway {
            return Ok(());
        }
        let now = clock::now();
        let stale = foreign.sent.saturating_add(foreign.level.expiry());
        if foreign.expires.unwrap_or(stale) <= now || stale <= now {
            return Err(errors::refused("the message is over")
                .hint("look at it with --dry-run; --anyway raises it all the same")
                .named("cap-over", &[]));
        }
        if foreign.closed && given.circle.is_none() {
            return Err(errors::refused("the message is not for everybody")
                .hint("look at it with --dry-run, and name with --circle who may read it")
                .named("cap-closed", &[]));
        }
        let of = |held: &HeldAlert| held.record.text("source") == Some(foreign.source.as_str());
        self.held_alerts().into_iter().find(of).map_or(Ok(()), |held| {
            let id = &held.signed.alert.id;
            Err(errors::refused(format!("the message was raised before, as {id}"))
                .hint("say what is new to that alert; --anyway raises another")
                .named("cap-raised-before", &[("alert", id)]))
        })
    }

    /// What a reference is here: an alert, or what was said to one, by who is said to have sent it.
    fn cap_reference(held: &[HeldAlert], reference: &Reference) -> CapReference {
        let is = |author: &OrgId, id: &str| {
            id == reference.identifier && author.to_string() == reference.sender
        };
        let of = |held: &&HeldAlert| {
            let said = held.entries.iter().any(|it| is(&it.author, &it.entry.id));
            said || is(&held.signed.author, &held.signed.alert.id)
        };
        let alert = held.iter().find(of).map(|held| held.signed.alert.id.clone());
        let (sender, identifier) = (reference.sender.clone(), reference.identifier.clone());
        CapReference { sender, identifier, alert }
    }

    /// Raises it in this organisation's own name, with the sender in it.
    fn raise_foreign(
        &mut self,
        given: &CapImport,
        foreign: Foreign,
        expires_in: Option<u64>,
    ) -> Result<Box<crate::api::alert::AlertDetail>, ApiError> {
        let country = foreign.country.or_else(|| given.country.clone()).ok_or_else(|| {
            errors::usage("the message names no country")
                .hint("give it with --country")
                .named("cap-no-country", &[])
        })?;
        let source = foreign.sender_name.unwrap_or(foreign.sender);
        let what = format!("[CAP, {}] {}", cut(&source, MAX_WHAT / 3), foreign.what);
        let alert = NewAlert {
            circle: given.circle.clone(),
            level: foreign.level.code().to_owned(),
            what: cut(&what, MAX_WHAT),
            country,
            admin1: foreign.admin1,
            place: foreign.area.filter(|area| !area.is_empty()),
            who: WHO.to_owned(),
            needs: foreign.needs.into_iter().map(str::to_owned).collect(),
            drill: foreign.drill,
            expires_in,
            by: given.by.clone(),
            source: Some(foreign.source),
            ..NewAlert::default()
        };
        let order = AlertRequest::Raise { alert: Box::new(alert), dry_run: false };
        let Answer::Alert(raised) = self.answer(Request::Alert(order), &mut |_progress| {})? else {
            return Err(errors::internal("an alert was raised and not shown"));
        };
        Ok(raised)
    }
}

/// Shows what it says; seconds until it expires, if the level lets it be so long.
fn show_foreign(read: &mut CapRead, foreign: &Foreign) -> Option<u64> {
    read.sender_name.clone_from(&foreign.sender_name);
    read.drill = foreign.drill;
    read.level = Some(foreign.level.code().to_owned());
    read.what = Some(foreign.what.clone());
    read.description.clone_from(&foreign.description);
    (read.country, read.admin1) = (foreign.country.clone(), foreign.admin1.clone());
    read.area.clone_from(&foreign.area);
    read.expires = foreign.expires.map(|expires| expires.to_string());
    let left = foreign.expires?.saturating_since(clock::now()).as_secs();
    let most = foreign.level.expiry().saturating_mul(crate::model::alert::MAX_STRETCH).as_secs();
    (1..=most).contains(&left).then_some(left)
}

/// Whether everybody may know a field.
fn is_public(record: &Record, path: &str) -> bool {
    let spec = path.parse().ok().and_then(|path| table::find(record.schema(), &path));
    spec.is_some_and(|spec| spec.tier == Tier::Public)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// What is newest and of use outside: the closing that rules, else the newest update. Not by the
/// greatest number, which anybody can write.
fn newest<'a>(held: &'a HeldAlert, state: &AlertState) -> Option<&'a SignedEntry> {
    let find = |hash: &EntryHash| held.entries.iter().find(|it| it.hash == *hash);
    let closing = state.closings.iter().rfind(|it| rules(it, state));
    closing.and_then(|it| find(&it.hash)).or_else(|| {
        // What somebody said who may not changes nothing outside either.
        let update = state.branches.iter().find(|it| !state.idle.contains(&it.hash));
        update.and_then(|it| find(&it.hash))
    })
}

/// Whether a closing is of how an alert ended: it holds, and no worse one does.
fn rules(closing: &Closing, state: &AlertState) -> bool {
    closing.waits.is_none() && state.outcome == Some(closing.outcome)
}

/// Whether an entry says what holds: nobody outside can see that it does not.
fn counts(signed: &SignedEntry, state: &AlertState) -> bool {
    let holds = match &signed.entry.act {
        Act::StandDown(_) | Act::Review(_) => {
            state.closings.iter().any(|it| it.hash == signed.hash && rules(it, state))
        }
        Act::Acknowledge(Stance::Taking) => state.taking.contains(&signed.author),
        Act::Acknowledge(_)
        | Act::GiveUp
        | Act::Update { .. }
        | Act::Confirm { .. }
        | Act::Seen => true,
    };
    holds && !state.idle.contains(&signed.hash)
}

fn message(act: &Act, of: Reference) -> Result<Message, ApiError> {
    match act {
        Act::Acknowledge(stance) => Ok(Message::Ack(vec![of], *stance)),
        Act::GiveUp => Ok(Message::Ack(vec![of], Stance::Cannot)),
        Act::Update { .. } => Ok(Message::Update(vec![of])),
        Act::StandDown(outcome) | Act::Review(outcome) => Ok(Message::Cancel(vec![of], *outcome)),
        Act::Confirm { .. } | Act::Seen => {
            Err(errors::usage("CAP has no message for this entry").named("cap-no-message", &[]))
        }
    }
}

fn opaque(id: &str) -> Result<Opaque, ApiError> {
    Opaque::read(id).ok_or_else(|| {
        errors::refused("its id is none that ceiba makes, and could be anything")
            .named("cap-strange-id", &[])
    })
}

fn languages(tags: &[String], country: Option<&str>) -> Result<Vec<Tag>, ApiError> {
    let read = |tag: &String| {
        Tag::read(tag).ok_or_else(|| {
            errors::usage(format!("{tag:?} is no language of ceiba"))
                .hint("languages are es, pt and en, with or without a country: es-CO")
                .named("cap-language", &[("tag", tag)])
        })
    };
    if tags.is_empty() { Ok(Tag::all_for(country)) } else { tags.iter().map(read).collect() }
}

fn term(list: &str, code: &str) -> Option<&'static Term> {
    Vocabulary::built_in().term(list, code)
}

fn event(code: &str) -> Result<&'static Term, ApiError> {
    term("violation_type", code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no type of violation"))
            .hint("`ceiba vocabulary show violation_type` lists them")
            .named("cap-event", &[("code", code)])
    })
}

fn circle(point: &str, kilometres: u16) -> Result<Circle, ApiError> {
    let wrong = || errors::usage("a point is latitude,longitude").named("cap-point", &[]);
    let point = place::point(point).ok_or_else(wrong)?;
    let (north, east) = point.split_once(',').ok_or_else(wrong)?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_error| wrong());
    Circle::around(degrees(north)?, degrees(east)?, kilometres).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_outside_can_use_is_a_message() {
        let of = || Reference {
            sender: "a".to_owned(),
            identifier: "b".to_owned(),
            sent: CapTime::of(crate::model::time::Timestamp::from_millis(0)),
        };
        assert!(message(&Act::Seen, of()).is_err());
        assert!(message(&Act::Confirm { closing: EntryHash::new([0; 20]) }, of()).is_err());
        assert_eq!(
            message(&Act::Review(crate::model::alert::Outcome::Safe), of()).unwrap(),
            Message::Cancel(vec![of()], crate::model::alert::Outcome::Safe)
        );
        assert!(opaque("la casa de Juana al lado del rio").is_err());
        assert!(circle("la casa", 30).is_err() && circle("95,0", 30).is_err());
    }
}
