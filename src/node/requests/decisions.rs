//! Joint decisions: putting a question to organisations, taking a position, closing the window.

mod rows;

use std::collections::BTreeMap;

use jiff::civil::Date as Day;

use super::card_state::{CardStates, Decided};
use crate::{
    api::{Answer, ApiError, joint::DecisionRequest},
    model::{
        board::{
            Card, CardKind,
            decision::{Ballot, MAX_NUMBER, MAX_WORDS, Stance, least_needed},
        },
        id::OrgId,
        registry::{Record, RecordKind, Schema, Value},
    },
    node::{Node, clock, errors, requests::incidents::known_path},
};

/// Numbers and days of a record that is being made: its author and id are the program's.
type Fields = Vec<(String, Value)>;

/// Digits of a ballot's digest that name it: who puts ballots finds no two that begin so alike.
const MIN_DIGITS: usize = 32;

impl Node {
    pub(in crate::node) fn decision_request(
        &mut self,
        request: DecisionRequest,
    ) -> Result<Answer, ApiError> {
        let card = match request {
            DecisionRequest::Open { card, question, closes, with, needed, options, by } => {
                let card = self.decision_card(&card)?;
                self.open_ballot(&card, question, &closes, &with, needed, options, by)?;
                card.id
            }
            DecisionRequest::Position { card, ballot, stance, option, reason, by } => {
                let card = self.decision_card(&card)?;
                self.take_position(&card, ballot.as_deref(), &stance, option, reason, by)?;
                card.id
            }
            DecisionRequest::Close { card, ballot, by } => {
                let card = self.decision_card(&card)?;
                self.close_ballot(&card, ballot.as_deref(), by)?;
                card.id
            }
            DecisionRequest::Show { card } => self.decision_card(&card)?.id,
            DecisionRequest::List { all } => return Ok(Answer::Decisions(self.decisions(all)?)),
        };
        self.show_decision(&card)
    }

    fn decision_card(&self, prefix: &str) -> Result<Card, ApiError> {
        let id = self.find_card(prefix)?;
        let card =
            self.card(&id).ok_or_else(|| errors::not_found("the card cannot be read here"))?;
        if card.kind == CardKind::Decision {
            return Ok(card);
        }
        Err(errors::usage(format!("the card {} is no decision", id.short()))
            .hint("`ceiba card add decision --title …` makes one, `ceiba card link` joins the two")
            .named("no-decision", &[("card", &id.short())]))
    }

    #[expect(clippy::too_many_arguments, reason = "one for each field of the request")]
    fn open_ballot(
        &mut self,
        card: &Card,
        question: Option<String>,
        closes: &str,
        with: &[String],
        needed: Option<u64>,
        options: BTreeMap<String, String>,
        by: Option<String>,
    ) -> Result<(), ApiError> {
        if card.origin != self.org() {
            let origin = self.org_label(&card.origin);
            return Err(errors::refused(format!(
                "{origin} made the card, and puts it to a decision"
            ))
            .hint("make a decision card of your own")
            .named("not-your-decision", &[("org", &origin)]));
        }
        let asked: Vec<OrgId> = if with.is_empty() {
            self.members(&card.circle).into_iter().map(|member| member.org).collect()
        } else {
            with.iter().map(|name| self.find_org(&card.circle, name)).collect::<Result<_, _>>()?
        };
        let membership = self.replica.membership(&card.circle);
        let is_member = |org: &OrgId| membership.is_some_and(|it| it.is_member(org));
        let asked: std::collections::BTreeSet<OrgId> =
            asked.into_iter().filter(is_member).collect();
        let text = |path: &str| card.text(path).map(str::to_owned);
        let question = question.or_else(|| text("question"));
        let question = question.unwrap_or_else(|| card.title().to_owned());
        let options = if options.is_empty() {
            let of_card = card.record.under("options");
            let of_card = of_card.filter_map(|(path, value)| {
                Some((path.segment(1)?.to_owned(), value.as_text()?.to_owned()))
            });
            of_card.collect()
        } else {
            options
        };
        let least = u64::try_from(least_needed(asked.len())).unwrap_or(u64::MAX);
        let needed = i64::try_from(needed.unwrap_or(least)).unwrap_or(i64::MAX);
        let mut fields: Fields = vec![
            ("card".to_owned(), card.id.to_string().into()),
            ("question".to_owned(), question.into()),
            ("needed".to_owned(), needed.into()),
            ("opens".to_owned(), clock::now().to_date().into()),
            ("closes".to_owned(), closes.to_owned().into()),
        ];
        for (number, org) in (1..).zip(&asked) {
            fields.push((format!("participants/p{number}/org"), org.to_string().into()));
        }
        fields
            .extend(options.into_iter().map(|(key, text)| (format!("options/{key}"), text.into())));
        let states = self.card_states();
        let known = states.ballots(card).iter().map(|it| &it.ballot.signed);
        let number = self.number_after(known);
        self.write_signed(RecordKind::Ballot, card, number, by, fields)
    }

    fn take_position(
        &mut self,
        card: &Card,
        named: Option<&str>,
        stance: &str,
        option: Option<String>,
        reason: Option<String>,
        by: Option<String>,
    ) -> Result<(), ApiError> {
        let stance = Stance::from_code(&stance.replace('-', "_")).ok_or_else(|| {
            errors::usage(format!("there is no stance {stance:?}"))
                .hint("stances are consent, stand-aside and block")
        })?;
        let states = self.card_states();
        let Decided { ballot, digest, outcome, .. } =
            ballot_meant(&states, card, named, stance != Stance::Block)?;
        let own = self.org();
        self.check_asked(ballot)?;
        if today()? < ballot.opens {
            return Err(errors::refused(format!("the window opens on {}", ballot.opens))
                .hint("what is dated before does not count; is this device's clock right?")
                .named("window-not-yet", &[("day", &ballot.opens.to_string())]));
        }
        if today()? > ballot.closes {
            return Err(errors::refused(format!("the window closed after {}", ballot.closes))
                .hint("who made the card may put it once more: `ceiba decide open`")
                .named("window-over", &[("day", &ballot.closes.to_string())]));
        }
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if stance == Stance::Block && reason.is_none() {
            return Err(errors::usage("a block needs its reason")
                .hint("say with --reason what would have to change")
                .named("block-without-reason", &[]));
        }
        if stance == Stance::Consent {
            check_option(ballot, option.as_deref())?;
        }
        let positions = self.positions_on(digest);
        let words = positions.iter().filter(|it| it.signed.by == own).count();
        // One more would be a contradiction, which blocks: that is what a block is for.
        if words > MAX_WORDS || words == MAX_WORDS && stance != Stance::Block {
            return Err(errors::refused(format!("this organisation has spoken {MAX_WORDS} times"))
                .hint("more would count as a contradiction, and block")
                .named("too-many-positions", &[]));
        }
        if let Some(ruling) = outcome.rulings.get(&own)
            && (ruling.stance == Stance::Consent || ruling.contradicts)
            && (stance == Stance::StandAside
                || stance == Stance::Consent && (ruling.contradicts || ruling.option != option))
        {
            return Err(errors::refused("this organisation has consented")
                .hint("a consent is taken back by a block with its reason; after it, a new position counts")
                .named("has-consented", &[]));
        }
        if let Some(ruling) = outcome.rulings.get(&own)
            && ruling.newest.signed.number >= MAX_NUMBER
            && ruling.newest.stance == Stance::Block
        {
            return Err(errors::refused(
                "this organisation has blocked for good: nothing follows the greatest number",
            )
            .hint("who made the card may put it once more: `ceiba decide open`")
            .named("blocked-for-good", &[]));
        }
        let mut fields: Fields = vec![
            ("ballot".to_owned(), digest.clone().into()),
            ("stance".to_owned(), stance.code().into()),
        ];
        let given = [("option", option.filter(|_| stance == Stance::Consent)), ("reason", reason)];
        fields.extend(
            given
                .into_iter()
                .filter_map(|(path, text)| Some((path.to_owned(), Value::Text(text?)))),
        );
        let number = self.number_after(positions.iter().map(|it| &it.signed));
        self.write_signed(RecordKind::Position, card, number, by, fields)
    }

    fn close_ballot(
        &mut self,
        card: &Card,
        named: Option<&str>,
        by: Option<String>,
    ) -> Result<(), ApiError> {
        let states = self.card_states();
        let Decided { ballot, digest, outcome, .. } = ballot_meant(&states, card, named, false)?;
        self.check_asked(ballot)?;
        if outcome.closed {
            return Err(errors::refused("the window has been closed").named("already-closed", &[]));
        }
        // On the last day others may still speak, and what they say would count: nobody cuts it off.
        if today()? <= ballot.closes {
            return Err(errors::refused(format!("the window is open until {}", ballot.closes))
                .hint("it can be closed from the day after")
                .named("window-open", &[("day", &ballot.closes.to_string())]));
        }
        let fields: Fields = vec![("ballot".to_owned(), digest.clone().into())];
        self.write_signed(RecordKind::Closing, card, 1, by, fields)
    }

    fn check_asked(&self, ballot: &Ballot) -> Result<(), ApiError> {
        if ballot.participants.contains(&self.org()) {
            return Ok(());
        }
        Err(errors::refused("this organisation is not asked")
            .hint("`ceiba decide show` says who is; a comment on the card says what you think")
            .named("not-asked", &[]))
    }

    /// Signs a record of a decision in the circle of its card.
    fn write_signed(
        &mut self,
        kind: RecordKind,
        card: &Card,
        number: i64,
        by: Option<String>,
        fields: Fields,
    ) -> Result<(), ApiError> {
        let mut record = Record::new(Schema::of(kind));
        let by = by.map(|by| ("by".to_owned(), Value::Text(by)));
        let number = ("number".to_owned(), Value::Integer(number));
        for (path, value) in fields.into_iter().chain(by).chain([number]) {
            let path = known_path(&path)?;
            record.set(path, value).map_err(|error| errors::usage(error.to_string()))?;
        }
        if kind == RecordKind::Ballot {
            self.check_ballot(&record)?;
        }
        self.check_closed_texts(&card.circle, &card.record, &record)?;
        self.write_beside(record, &[card.circle])?;
        Ok(())
    }

    fn check_ballot(&self, record: &Record) -> Result<(), ApiError> {
        let mut whole = record.clone();
        for (path, text) in [("id", "0".to_owned()), ("at", clock::now().to_date())] {
            whole.set(known_path(path)?, text).map_err(|error| errors::usage(error.to_string()))?;
        }
        if Ballot::read(self.org(), &whole).is_some() {
            return Ok(());
        }
        let asked = record.under("participants").count();
        let least = least_needed(asked).to_string();
        Err(errors::usage("such a decision cannot be put")
            .hint(format!(
                "at least two organisations are asked, of {asked} between {least} and {asked} have to \
                 consent, and --closes is a day from today on"
            ))
            .named("no-ballot", &[("asked", &asked.to_string()), ("least", &least)]))
    }
}

/// The ballot of a card that a person means.
///
/// Between reading and answering another may have been put, with another question under the same
/// option. So who answers names what it read, unless nothing else was ever put. Consent goes to the
/// newest alone; an older one, which can still be adopted, is blocked or closed.
fn ballot_meant<'s>(
    states: &'s CardStates,
    card: &Card,
    named: Option<&str>,
    only_newest: bool,
) -> Result<&'s Decided, ApiError> {
    let newest = states.newest(card).ok_or_else(|| {
        errors::refused("this has not been put to a decision")
            .hint("who made the card puts it: `ceiba decide open CARD --closes DATE`")
            .named("no-ballot-yet", &[])
    })?;
    let hint = "`ceiba decide show` prints each ballot with its digest";
    let Some(named) = named else {
        if states.times_put(&card.id) == 1 {
            return Ok(newest);
        }
        return Err(errors::refused(
            "this was put more than once: say with --ballot what you read",
        )
        .hint(hint)
        .named("which-ballot", &[]));
    };
    if named.len() < MIN_DIGITS {
        let message = format!("give at least {MIN_DIGITS} digits of the ballot's digest");
        let digits = MIN_DIGITS.to_string();
        return Err(errors::usage(message).hint(hint).named("ballot-digits", &[("n", &digits)]));
    }
    let named = named.to_lowercase();
    let mut found = states.ballots(card).iter().filter(|it| it.digest.starts_with(&named));
    let (Some(meant), None) = (found.next(), found.next()) else {
        return Err(errors::refused("no ballot of this card has such a digest")
            .hint(hint)
            .named("no-such-ballot", &[]));
    };
    if only_newest && meant.digest != newest.digest {
        return Err(errors::refused("another ballot was put since the one that you read")
            .hint("`ceiba decide show` prints it; the one that you read can be blocked or closed")
            .named("other-ballot", &[]));
    }
    Ok(meant)
}

fn check_option(ballot: &Ballot, option: Option<&str>) -> Result<(), ApiError> {
    let keys: Vec<&str> = ballot.options.keys().map(String::as_str).collect();
    match option {
        None if keys.is_empty() => Ok(()),
        Some(option) if keys.contains(&option) => Ok(()),
        _strange => Err(errors::usage("which way to decide is not said, or is none of those put")
            .hint(format!("give --option with one of: {}", keys.join(", ")))
            .named("no-option", &[("options", &keys.join(", "))])),
    }
}

/// The day in UTC by this device's clock: for what may be written now, never for what counts.
fn today() -> Result<Day, ApiError> {
    clock::now().to_date().parse().map_err(|_error| errors::internal("a day that is none"))
}
