//! Making, listing, showing and changing cards of the board.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        answer::CircleKind,
        board::{
            CardConflict, CardDetail, CardField, CardFilter, CardKindInfo, CardRequest, CardRow,
        },
    },
    model::{
        board::{CARD_STATE, Card, CardKind, KINDS, check_card},
        id::{CardId, CircleId, OrgId},
        registry::{
            FieldError, FieldPath, Kind, Problem, Record, RecordKind, Schema, Tier, Value, check,
            parse_field, table,
        },
        text::fold,
    },
    node::{
        Node,
        cards::CardClaim,
        errors,
        requests::{
            guarding::{Guard, refused_as_duplicate},
            incidents::{known_path, parse_path},
            sharing::json,
        },
    },
    view::HeldCard,
};

/// Parts of a card that the program writes itself.
const OF_PROGRAM: [&str; 2] = ["meta", "share"];

impl Node {
    pub(super) fn card_request(&mut self, request: CardRequest) -> Result<Answer, ApiError> {
        match request {
            CardRequest::Kinds { kind } => kinds(kind.as_deref()).map(Answer::CardKinds),
            CardRequest::Add { kind, circle, fields, dry_run, unless_duplicate } => {
                let guard = Guard { dry_run, unless_duplicate };
                self.add_card(&kind, circle.as_deref(), &fields, guard)
            }
            CardRequest::List { filter } => self.list_cards(&filter).map(Answer::Cards),
            CardRequest::Show { card } => self.show_card(&self.find_card(&card)?),
            CardRequest::History { card } => self.card_history(&card),
            CardRequest::Edit { card, set, unset } => self.edit_card(&card, &set, &unset),
            CardRequest::Link { card, link } => self.link_card(card, link),
            CardRequest::Unlink { card, link } => self.unlink_card(card, &link),
            CardRequest::Share(sharing) => self.share_card(&sharing),
        }
    }

    fn add_card(
        &mut self,
        kind: &str,
        circle: Option<&str>,
        fields: &BTreeMap<String, String>,
        guard: Guard,
    ) -> Result<Answer, ApiError> {
        let kind = find_kind(kind)?;
        let circle = match circle {
            Some(name) => self.find_circle(name)?,
            None => self.find_coalition(None).map_err(name_a_circle)?,
        };
        let mut record = Record::new(Schema::of(RecordKind::Card(kind)));
        set(&mut record, CARD_STATE, kind.spec().life.first())?;
        set(&mut record, "owner", &self.org().to_string())?;
        self.set_card_fields(&circle, &mut record, fields)?;
        check_whole(kind, None, &record)?;
        let claim = CardClaim::new(self.org(), RecordKind::Card(kind), self.new_id());
        let card = self.unsaved(&circle, &claim, &record)?;
        let duplicates = self.duplicates(&card);
        if guard.dry_run {
            return self.unsaved_answer(&card, duplicates);
        }
        if guard.unless_duplicate && !duplicates.is_empty() {
            return Err(refused_as_duplicate(&duplicates));
        }
        let changes = record.iter().map(|(path, value)| (path.clone(), Some(value.clone())));
        self.write_card(&circle, &claim, &Schema::of(RecordKind::Card(kind)), changes.collect())?;
        self.saved_answer(&claim.card)
    }

    fn edit_card(
        &mut self,
        prefix: &str,
        set: &BTreeMap<String, String>,
        unset: &[String],
    ) -> Result<Answer, ApiError> {
        let id = self.find_card(prefix)?;
        let card = self.card(&id).ok_or_else(|| errors::internal("a card that is not there"))?;
        let mut after = card.record.clone();
        self.set_card_fields(&card.circle, &mut after, set)?;
        let mut changes: Vec<(FieldPath, Option<Value>)> = Vec::new();
        for text in unset {
            let path = editable(text)?;
            after.remove(path.as_str());
            changes.push((path, None));
        }
        check_whole(card.kind, Some(&card.record), &after)?;
        // What is named is written though it reads so already: that settles concurrent values.
        let named: Vec<FieldPath> = set.keys().filter_map(|path| path.parse().ok()).collect();
        let changed = after.iter().filter(|(path, value)| {
            named.contains(path) || card.record.get(path.as_str()) != Some(*value)
        });
        changes.extend(changed.map(|(path, value)| (path.clone(), Some(value.clone()))));
        let claim = CardClaim::of(&card.record)
            .ok_or_else(|| errors::internal("a card without what it belongs to"))?;
        let mut kept = self.kept_links(&card);
        self.write_card(&card.circle, &claim, card.record.schema(), changes)?;
        // A link that was kept here goes along as soon as the circle has what it names: that is told.
        let still = self.kept_links(&card);
        kept.retain(|key| !still.contains(key) && after.keys("links").contains(&key.as_str()));
        let went = kept
            .iter()
            .map(|key| format!("links/{key} went into the circle, which has by now what it names"));
        let mut detail = self.saved_detail(&id)?;
        detail.notes.extend(went);
        Ok(Answer::Card(Box::new(detail)))
    }

    /// The most closed tier that a card's field in a circle may have.
    pub(in crate::node) fn tier_of_cards(&self, circle: &CircleId) -> Tier {
        match self.kind_of(circle) {
            CircleKind::Private => Tier::Sealed,
            CircleKind::Circle => Tier::Restricted,
            CircleKind::Coalition => Tier::Coalition,
        }
    }

    /// Sets fields as a person writes them: names of organisations and beginnings of ids become
    /// what they stand for.
    fn set_card_fields(
        &self,
        circle: &CircleId,
        record: &mut Record,
        fields: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        for (path, text) in fields {
            let path = editable(path)?;
            let spec = table::find(record.schema(), &path);
            let text = match (spec.map(|spec| spec.kind), path.as_str().rsplit('/').next()) {
                (Some(Kind::Org), _) => self.find_org(circle, text)?.to_string(),
                (Some(Kind::Identifier), Some("incident")) => self.find_incident(text)?.to_string(),
                (Some(Kind::Identifier), Some("card" | "need")) => {
                    self.find_card(text)?.to_string()
                }
                _as_it_is => text.clone(),
            };
            let value = parse_field(record, &path, &text).map_err(|error| {
                errors::usage(error.to_string()).hint("`ceiba card kinds KIND` lists the fields")
            })?;
            record.set(path, value).map_err(|error| errors::usage(error.to_string()))?;
        }
        Ok(())
    }

    /// All cards that can be read here, each once, with this organisation's own part.
    pub(in crate::node) fn cards(&self) -> Vec<Card> {
        let mut ids: Vec<CardId> = self.view.board().map(|held| held.id).collect();
        ids.dedup();
        ids.iter().filter_map(|id| self.card(id)).collect()
    }

    /// One card: what it says in its circle (of several the first that is not private), and what
    /// this organisation keeps of it.
    pub(in crate::node) fn card(&self, id: &CardId) -> Option<Card> {
        let private = self.own.private;
        let documents: Vec<&HeldCard> = self.view.board_documents(id).collect();
        let home = documents.iter().find(|held| held.circle == private);
        // Of a card that is in several circles, where it was made rather than where this organisation
        // put a copy, and where named partners read more of it rather than the whole coalition. What
        // is signed together is judged where most can sign, the same on all nodes: nobody shuts
        // members out, or has them read another text, by a copy in a circle inside.
        let rank = |held: &&&HeldCard| {
            let wide = self.kind_of(&held.circle) == CircleKind::Coalition;
            if matches!(held.kind, RecordKind::Card(kind) if is_signed_together(kind)) {
                (false, !wide, held.circle)
            } else {
                (self.is_copy(id, &held.circle), wide, held.circle)
            }
        };
        let elsewhere = documents.iter().filter(|held| held.circle != private);
        let shared = elsewhere.min_by_key(rank).or(home)?;
        let mut record = Record::new(shared.record().schema().clone());
        let of_home = home.filter(|home| home.circle != shared.circle).map(|home| home.record());
        for (path, value) in shared.record().iter().chain(of_home.iter().flat_map(Record::iter)) {
            // Where this organisation keeps copies is none of the card. The two parts have no field
            // in common but what the program writes.
            if !path.is_under("share") {
                let _fits = record.set(path.clone(), value.clone());
            }
        }
        Card::new(*id, shared.circle, shared.origin, record)
    }

    /// One card as a circle reads it: what its document there says, and nothing of what this
    /// organisation keeps for itself or reads in another circle. For lists, views and files of a
    /// circle; `card` is for the own screen.
    pub(in crate::node) fn card_in(&self, id: &CardId, circle: &CircleId) -> Option<Card> {
        // What is kept at home of a card that is elsewhere is a part of it, and no card.
        let elsewhere = |held: &HeldCard| held.circle != self.own.private;
        if *circle == self.own.private && self.view.board_documents(id).any(elsewhere) {
            return None;
        }
        let held = self.view.board_documents(id).find(|held| held.circle == *circle)?;
        let whole = held.record();
        let mut record = Record::new(whole.schema().clone());
        for (path, value) in whole.iter().filter(|(path, _)| !path.is_under("share")) {
            let _fits = record.set(path.clone(), value.clone());
        }
        Card::new(*id, *circle, held.origin, record)
    }

    /// The cards of a circle as it reads them, also those that are in others too.
    pub(in crate::node) fn cards_in(&self, circle: &CircleId) -> Vec<Card> {
        let held = self.view.board().filter(|held| held.circle == *circle);
        held.filter_map(|held| self.card_in(&held.id, circle)).collect()
    }

    /// The card that a person means.
    pub(in crate::node) fn find_card(&self, prefix: &str) -> Result<CardId, ApiError> {
        let hex = prefix.len() >= 4 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
        let prefix = prefix.to_lowercase();
        let cards = self.view.board().filter(|held| matches!(held.kind, RecordKind::Card(_)));
        let mut found: Vec<CardId> = cards
            .map(|held| held.id)
            .filter(|id| hex && id.to_string().starts_with(&prefix))
            .collect();
        found.dedup();
        match found.as_slice() {
            [card] => Ok(*card),
            [] => Err(errors::not_found(format!("there is no card {prefix:?} that this node can read"))
                .hint("`ceiba card list` shows ids; four characters of one are enough if no other begins so")
                .named("no-card", &[("name", &prefix)])),
            several => {
                // Somebody may have made one to begin as another does: people need to see both.
                let ids: Vec<String> = several.iter().take(8).map(ToString::to_string).collect();
                Err(errors::not_found(format!("{prefix:?} names several cards"))
                    .hint(format!("give more of the id: {}", ids.join(", ")))
                    .named("several-cards", &[("name", &prefix), ("ids", &ids.join(", "))]))
            }
        }
    }

    fn list_cards(&self, filter: &CardFilter) -> Result<Vec<CardRow>, ApiError> {
        let kind = filter.kind.as_deref().map(find_kind).transpose()?;
        let circle = filter.circle.as_deref().map(|name| self.find_circle(name)).transpose()?;
        let owner = filter.owner.as_deref().map(|name| self.find_any_org(name)).transpose()?;
        let country = filter.country.as_deref().map(str::to_uppercase);
        let words = filter.text.as_deref().map(fold);
        let states = self.card_states();
        let is_meant = |card: &Card| {
            kind.is_none_or(|kind| card.kind == kind)
                && owner.is_none_or(|owner| card.owner() == owner)
                && filter.state.as_deref().is_none_or(|state| states.of(card) == state)
                && country.as_ref().is_none_or(|country| card.countries().contains(country))
                && filter.tag.as_deref().is_none_or(|tag| card.set("tags").contains(&tag))
                && words.as_ref().is_none_or(|words| says(card, words))
                && (filter.archived || !card.is_archived())
        };
        // A card of a coalition stands in its list though this organisation reads more of it in a
        // narrower circle.
        let cards = circle.map_or_else(|| self.cards(), |circle| self.cards_in(&circle));
        Ok(cards
            .iter()
            .filter(|card| is_meant(card))
            .map(|card| self.card_row_in(card, states.of(card)))
            .collect())
    }

    fn show_card(&self, id: &CardId) -> Result<Answer, ApiError> {
        self.card_detail(id).map(|detail| Answer::Card(Box::new(detail)))
    }

    /// A card with all of its fields.
    ///
    /// # Errors
    /// When it is not there.
    pub(in crate::node) fn card_detail(&self, id: &CardId) -> Result<CardDetail, ApiError> {
        let card =
            self.card(id).ok_or_else(|| errors::not_found("the card cannot be read here"))?;
        let documents: Vec<&HeldCard> = self.view.board_documents(id).collect();
        let shared = documents.iter().find(|held| held.circle == card.circle);
        let shared_record = shared.map(|held| held.record());
        let fields = self.card_fields(&card, shared_record.as_ref());
        let conflicts = documents.iter().flat_map(|held| &held.conflicts);
        let conflicts = conflicts.map(|conflict| CardConflict {
            path: conflict.path.to_string(),
            values: conflict
                .values
                .iter()
                .map(|it| (json(&it.value), it.org.as_ref().map(|org| self.org_label(org))))
                .collect(),
        });
        let authors = shared.map(|held| held.authors.clone()).unwrap_or_default();
        Ok(CardDetail {
            links: self.card_links(&card, &self.card_states()),
            duplicates: Vec::new(),
            row: self.card_row_of(&card),
            origin: card.origin,
            origin_name: self.org_name(&card.origin),
            authors: authors.iter().map(|org| self.org_label(org)).collect(),
            changes: shared.map_or(0, |held| held.changes),
            fields,
            conflicts: conflicts.collect(),
            reach: self
                .reach_of_documents(documents.iter().map(|held| (held.circle, held.document)))?,
            notes: self.card_warnings(&card),
        })
    }

    /// The fields of a card, with what of it is not in its circle.
    pub(super) fn card_fields(
        &self,
        card: &Card,
        shared_record: Option<&Record>,
    ) -> Vec<CardField> {
        let is_home = |path: &FieldPath| {
            let in_circle = shared_record.is_some_and(|it| it.get(path.as_str()).is_some());
            !in_circle || card.circle == self.own.private
        };
        let fields = card.record.iter().filter(|(path, _)| !path.is_under("meta"));
        fields
            .map(|(path, value)| {
                let spec = table::find(card.record.schema(), path);
                let org = spec.filter(|spec| spec.kind == Kind::Org).and(value.as_text());
                CardField {
                    path: path.to_string(),
                    label: spec.map_or_else(|| path.to_string(), |spec| spec.label.to_owned()),
                    value: json(value),
                    name: org.and_then(|org| self.org_name(&org.parse().ok()?)),
                    at_home: is_home(path),
                }
            })
            .collect()
    }

    /// A card as a list shows it.
    pub(in crate::node) fn card_row_of(&self, card: &Card) -> CardRow {
        self.card_row_in(card, self.card_state(card))
    }

    /// The same, in a state that has been worked out.
    pub(in crate::node) fn card_row_in(&self, card: &Card, state: String) -> CardRow {
        let text = |path: &str| card.text(path).map(str::to_owned);
        let owner: OrgId = card.owner();
        CardRow {
            card: card.id,
            kind: card.kind.code().to_owned(),
            title: card.title().to_owned(),
            state,
            circle: card.circle,
            circle_name: self.circle_name(&card.circle),
            owner,
            owner_name: self.org_name(&owner),
            due: text("due"),
            starts: text("starts"),
            ends: text("ends"),
            countries: card.countries(),
            tags: card.set("tags").into_iter().map(str::to_owned).collect(),
            priority: text("priority"),
        }
    }
}

/// Whether organisations sign what such a card says, or what follows from it.
pub(in crate::node) const fn is_signed_together(kind: CardKind) -> bool {
    matches!(kind, CardKind::Decision | CardKind::JointMessage)
}

/// The kind that a person means.
pub(in crate::node) fn find_kind(code: &str) -> Result<CardKind, ApiError> {
    CardKind::from_code(&code.replace('-', "_")).ok_or_else(|| {
        errors::usage(format!("there is no kind of card {code:?}"))
            .hint("`ceiba card kinds` lists the kinds")
            .named("no-card-kind", &[("name", code)])
    })
}

fn kinds(only: Option<&str>) -> Result<Vec<CardKindInfo>, ApiError> {
    let only = only.map(find_kind).transpose()?;
    let of = |spec: &crate::model::board::KindSpec| CardKindInfo {
        kind: spec.code.to_owned(),
        programme: spec.bullet.to_owned(),
        states: spec.life.states().iter().map(|state| (*state).to_owned()).collect(),
        fields: spec
            .fields
            .iter()
            .map(|field| (field.pattern.to_owned(), field.label.to_owned(), field.help.to_owned()))
            .collect(),
    };
    let meant = KINDS.iter().filter(|spec| only.is_none_or(|only| only == spec.kind));
    Ok(meant.map(of).collect())
}

/// Whether all words occur in some text of a card.
fn says(card: &Card, words: &str) -> bool {
    let texts = card.record.iter().filter(|(path, _)| !path.is_under("meta"));
    let texts: Vec<String> = texts.filter_map(|(_, value)| value.as_text().map(fold)).collect();
    words.split_whitespace().all(|word| texts.iter().any(|text| text.contains(word)))
}

/// Where there are several coalitions, a card's is named by another option.
fn name_a_circle(error: ApiError) -> ApiError {
    if error.code.as_deref() != Some("several-coalitions") {
        return error;
    }
    errors::usage(error.message)
        .hint("say with --circle which one the card is in")
        .named("name-a-circle", &[])
}

fn editable(text: &str) -> Result<FieldPath, ApiError> {
    let path = parse_path(text)?;
    if OF_PROGRAM.iter().any(|part| path.is_under(part)) {
        return Err(errors::usage(format!("the field {path} is written by ceiba itself")));
    }
    Ok(path)
}

fn check_whole(kind: CardKind, before: Option<&Record>, record: &Record) -> Result<(), ApiError> {
    // What is unknown was there before, of a version to come. It stays as it is.
    let known = |it: &FieldError| !matches!(it.problem, Problem::UnknownField { .. });
    if let Some(problem) = check(record).into_iter().find(known) {
        return Err(errors::usage(problem.to_string())
            .hint(format!("`ceiba card kinds {kind}` lists the fields")));
    }
    match check_card(kind, before, record).first() {
        Some(problem) => Err(errors::usage(problem.to_string())),
        None => Ok(()),
    }
}

fn set(record: &mut Record, path: &str, text: &str) -> Result<(), ApiError> {
    record
        .set(known_path(path)?, Value::Text(text.to_owned()))
        .map_err(|error| errors::usage(error.to_string()))
}
