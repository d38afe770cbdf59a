//! What a message says, once for each language.

use super::{Audience, Message, Outgoing, PROTOCOL, Place, Tag};
use crate::{
    exchange::cap::{
        CapTime,
        alert::{Area, Info, Named},
        codes::{Category, Certainty, ResponseType, Severity, Urgency},
        words,
    },
    model::{
        alert::{Level, Outcome},
        vocabulary::{Language, Term},
    },
};

/// Under what name a code of one of the lists goes.
pub(in crate::exchange::cap) const VOCABULARY: &str = "urn:ceiba:vocabulary:";
/// Under what names values of ours go.
pub(in crate::exchange::cap) const PARAMETER: &str = "urn:ceiba:alert:";
/// The name that CAP's practice has for codes of ISO 3166-2.
pub(in crate::exchange::cap) const ISO_3166_2: &str = "ISO3166-2";

/// How a level is said in CAP.
pub(in crate::exchange::cap) const fn of_level(level: Level) -> (Urgency, Severity) {
    match level {
        Level::LifeImminent => (Urgency::Immediate, Severity::Extreme),
        Level::Serious => (Urgency::Expected, Severity::Severe),
        Level::Elevated => (Urgency::Future, Severity::Moderate),
        Level::Watch => (Urgency::Unknown, Severity::Minor),
    }
}

impl Outgoing {
    pub(super) fn infos(&self) -> Vec<Info> {
        let english = Tag { language: Language::English, country: None };
        let tags = if self.languages.is_empty() { &[english][..] } else { &self.languages };
        tags.iter().map(|tag| self.info(*tag)).collect()
    }

    fn info(&self, tag: Tag) -> Info {
        let language = tag.language;
        let closed = match &self.message {
            Message::Cancel(_, outcome) => Some(*outcome),
            Message::Alert | Message::Update(_) | Message::Ack(..) | Message::Error(_) => None,
        };
        // Everybody hears that it is over, and neither word nor advice that would say how it ended.
        let public = self.audience == Audience::Public;
        let ended = closed.filter(|_| !public);
        let (urgency, severity) = of_level(self.level);
        let (event_list, event_code) = match self.event {
            Some(term) => (term.list, term.code),
            None => ("alert_level", self.level.code()),
        };
        let event =
            self.event.map_or_else(|| words::EVENT.text(language), |term| term.label(language));
        let level = words::label("alert_level", self.level.code(), language);
        let place = place_name(&self.area, language);
        let headline = format!("{} · {place}", level.unwrap_or_else(|| self.level.code()));
        let said = match (closed, self.drill) {
            (_, true) => words::EXERCISE,
            (Some(_), false) => words::CLOSED,
            (None, false) => words::INSTRUCTION,
        };
        Info {
            language: Some(tag.to_string()),
            categories: categories(&self.needs),
            event: event.to_owned(),
            responses: match (closed, ended) {
                (Some(_), None) => Vec::new(),
                (_, ended) => vec![response(self.level, ended)],
            },
            urgency: if closed.is_some() { Urgency::Past } else { urgency },
            severity,
            certainty: match ended {
                Some(Outcome::FalseAlarm) => Certainty::Unlikely,
                _other => self.certainty,
            },
            audience: None,
            event_codes: vec![Named {
                name: format!("{VOCABULARY}{event_list}"),
                value: event_code.to_owned(),
            }],
            effective: None,
            onset: None,
            // Another alert's end is not for who reads that it is over.
            expires: self.expires.filter(|_| closed.is_none()).map(CapTime::of),
            sender_name: None,
            headline: Some(headline),
            description: Some(words::DESCRIPTION.text(language).to_owned()),
            instruction: Some(said.text(language).to_owned()),
            web: None,
            contact: None,
            parameters: self.parameters(closed),
            resources: Vec::new(),
            areas: vec![area(&self.area, place)],
        }
    }

    fn parameters(&self, closed: Option<Outcome>) -> Vec<Named> {
        let named = |name: &str, value: String| Named { name: format!("{PARAMETER}{name}"), value };
        let mut all = vec![
            named("protocol", PROTOCOL.to_owned()),
            named("level", self.level.code().to_owned()),
        ];
        all.extend(self.needs.iter().map(|need| named("need", need.code.to_owned())));
        if self.audience == Audience::Public {
            // That nobody has come, and until when nobody will, is not for everybody.
            return all;
        }
        if let Some(outcome) = closed {
            all.push(named("outcome", outcome.code().to_owned()));
        } else {
            all.push(named("escalation-step", self.step.to_string()));
            let answer_by = self.answer_by.map(|at| CapTime::of(at).to_string());
            all.extend(answer_by.map(|at| named("answer-by", at)));
        }
        all
    }
}

fn response(level: Level, closed: Option<Outcome>) -> ResponseType {
    match (closed, level) {
        // All is clear only where somebody said so: after harm nothing is.
        (Some(Outcome::Safe | Outcome::FalseAlarm), _) => ResponseType::AllClear,
        (Some(Outcome::HarmOccurred), _) => ResponseType::Assess,
        (Some(Outcome::Transferred), _) | (None, Level::Watch) => ResponseType::Monitor,
        (None, Level::LifeImminent | Level::Serious) => ResponseType::Execute,
        (None, Level::Elevated) => ResponseType::Assess,
    }
}

/// Always security; what is asked for adds to it.
fn categories(needs: &[&'static Term]) -> Vec<Category> {
    let mut all = vec![Category::Security];
    let asks =
        |words: &[&str]| needs.iter().any(|need| words.iter().any(|word| need.code.contains(word)));
    if asks(&["relocation", "evacuation", "shelter", "rescue", "search"]) {
        all.push(Category::Rescue);
    }
    if asks(&["medical", "health", "psycho"]) {
        all.push(Category::Health);
    }
    all
}

fn area(area: &Place, description: String) -> Area {
    let code = area.admin1().map(|admin1| admin1.code.to_owned()).or_else(|| area.country());
    Area {
        description,
        polygons: Vec::new(),
        circles: area.circle().iter().map(ToString::to_string).collect(),
        geocodes: code
            .map(|value| Named { name: ISO_3166_2.to_owned(), value })
            .into_iter()
            .collect(),
    }
}

fn place_name(area: &Place, language: Language) -> String {
    let Some(code) = area.country() else {
        return words::SOMEWHERE.text(language).to_owned();
    };
    let country = words::country(&code, language).map_or(code, str::to_owned);
    match area.admin1() {
        Some(admin1) => format!("{}, {country}", admin1.name),
        None => country,
    }
}
