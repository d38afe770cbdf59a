//! Three partners write one statement and answer one drill, one of them cut off for a while.

use std::collections::BTreeMap;

use crate::{
    api::{
        ApiError,
        alert::{AlertDetail, AlertRequest, NewAlert, NewEntry},
        board::CardRequest,
        statement::{StatementDetail, StatementRequest},
    },
    demo::{
        cast::Partner,
        wait::{broken, until},
        world::World,
    },
};

/// The language of the statement.
const LANGUAGE: &str = "es";
/// What one writes first.
const FIRST: &str = "Exigimos protección para quienes defienden el río.";
/// What another makes of it.
const STRONGER: &str = "Exigimos **protección colectiva** para quienes defienden el río.";
/// What the one who is cut off makes of the same.
const WIDER: &str = "Exigimos protección para quienes defienden el río y el bosque.";
/// What comes of both.
const BOTH: &str = "Exigimos **protección colectiva** para quienes defienden el río y el bosque.";
/// Seconds until the steps of the drill's escalation; the others are bounds that are not reached.
const STEPS: [u64; 3] = [1, 3600, 7200];

pub(super) async fn write_together(world: &mut World) -> Result<(), ApiError> {
    let card = make_statement(&world.cast.hoja).await?;
    write(&world.cast.hoja, &card, "", FIRST).await?;
    everywhere(world, "the text reaches all three", async |it| read_is(it, &card, FIRST).await)
        .await?;
    world.cast.sendero.start_cut_off().await?;
    write(&world.cast.nube, &card, FIRST, STRONGER).await?;
    write(&world.cast.sendero, &card, FIRST, WIDER).await?;
    world.cast.sendero.start().await?;
    world.cast.introduce().await?;
    everywhere(world, "all three have one text", async |it| read_is(it, &card, BOTH).await).await?;
    let mut both = true;
    for partner in world.cast.all() {
        both &= read_is(partner, &card, BOTH).await?;
    }
    world.claims.check(
        "A statement that two wrote at the same time has both their words on all three nodes",
        both,
    );

    let shown = read(&world.cast.hoja, &card).await?.ok_or_else(|| broken("no text"))?;
    let frozen = world.cast.hoja.statement(StatementRequest::Freeze {
        card: card.clone(),
        base: Some(shown.texts_hash),
        by: code(),
        asked: Vec::new(),
        keepers: Vec::new(),
    });
    let hash = frozen.await?.newest.map(|it| it.hash).ok_or_else(|| broken("nothing is frozen"))?;
    for partner in world.cast.all() {
        until("the frozen text arrives", async || Ok(has_frozen(partner, &card, &hash).await?))
            .await?;
        let (stance, hash) = ("endorse".to_owned(), Some(hash.clone()));
        partner
            .statement(StatementRequest::Endorse { card: card.clone(), stance, hash, by: code() })
            .await?;
    }
    everywhere(world, "all three endorse", async |it| {
        Ok(read(it, &card).await?.is_some_and(|shown| shown.endorsed == 3))
    })
    .await?;
    let release = StatementRequest::Release {
        card: card.clone(),
        retire: false,
        hash: Some(hash),
        by: code(),
    };
    world.cast.hoja.statement(release).await?;
    write(&world.cast.nube, &card, BOTH, "Otra cosa.").await?;
    everywhere(world, "the later text is there", async |it| read_is(it, &card, "Otra cosa.").await)
        .await?;
    let mut held = true;
    for partner in world.cast.all() {
        let shown = read(partner, &card).await?;
        let released = shown.and_then(|it| it.released);
        held &= released.and_then(|it| it.texts.get(LANGUAGE).cloned()).as_deref() == Some(BOTH);
    }
    world.claims.check(
        "What all three endorsed by signature and released stays as it was, whatever is written \
         into the draft afterwards",
        held,
    );
    let text = format!(
        "{} begins a joint statement. {} and {} change it without knowing of each other; it has \
         both their words. The text is frozen by its hash, each of the three signs that hash, and \
         it is released.",
        world.cast.hoja.name, world.cast.nube.name, world.cast.sendero.name
    );
    world.tell(text);
    Ok(())
}

pub(super) async fn drill(world: &mut World) -> Result<(), ApiError> {
    world.cast.sendero.start_cut_off().await?;
    let alert = NewAlert {
        level: "serious".to_owned(),
        what: "¿Quién responde esta noche?".to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        drill: true,
        escalate_after: Some(STEPS),
        ..NewAlert::default()
    };
    let raise = AlertRequest::Raise { alert: Box::new(alert), dry_run: false };
    let id = world.cast.hoja.alert(raise).await?.row.id;
    let nube = &world.cast.nube;
    until("nobody answers, and the drill escalates", async || {
        Ok(look(nube, &id).await?.is_some_and(|it| it.row.step == 1))
    })
    .await?;
    world.cast.sendero.start().await?;
    world.cast.introduce().await?;
    let sendero = &world.cast.sendero;
    until("the drill reaches who was cut off", async || Ok(look(sendero, &id).await?.is_some()))
        .await?;
    let late = look(sendero, &id).await?;
    let late = late.is_some_and(|it| it.row.state == "escalated" && it.row.overdue.is_some());
    world.claims.check(
        "A node that was cut off knows by itself that the drill is over its time, and by how much",
        late,
    );
    let taking = NewEntry::Acknowledgement { stance: "taking".to_owned(), text: None };
    sendero.alert(AlertRequest::Say { alert: id.clone(), by: Some(code()), entry: taking }).await?;
    everywhere(world, "all three know who takes it", async |it| {
        Ok(look(it, &id).await?.is_some_and(|it| !it.row.taking.is_empty()))
    })
    .await?;
    let list = world.cast.nube.alerts().await?;
    world.claims.check(
        "Once somebody has taken the drill, no node lets it escalate any further, and it is in no \
         number of real alerts",
        list.totals.alerts == 0
            && list.drills.answered == 1
            && list.alerts.iter().all(|it| it.state == "acknowledged" && it.step == 1),
    );
    let text = format!(
        "{} calls a drill. Nobody takes it in time, so every node lets it escalate, without any \
         server that would tell them. {} was cut off; back again, it sees how late it is, and \
         takes it.",
        world.cast.hoja.name, world.cast.sendero.name
    );
    world.tell(text);
    Ok(())
}

/// A code of a person.
fn code() -> String {
    "P-1".to_owned()
}

async fn make_statement(partner: &Partner) -> Result<String, ApiError> {
    let fields = BTreeMap::from([("title".to_owned(), "Ríos sin miedo".to_owned())]);
    let add = CardRequest::Add {
        kind: "joint_message".to_owned(),
        circle: None,
        fields,
        dry_run: false,
        unless_duplicate: false,
    };
    partner.card(add).await.map(|card| card.row.card.to_string())
}

/// Writes a text that was edited from `base`.
async fn write(partner: &Partner, card: &str, base: &str, text: &str) -> Result<(), ApiError> {
    let one = |text: &str| BTreeMap::from([(LANGUAGE.to_owned(), text.to_owned())]);
    let edit = StatementRequest::Edit {
        card: card.to_owned(),
        texts: one(text),
        base: one(base),
        base_hash: None,
    };
    partner.statement(edit).await.map(|_shown| ())
}

/// A statement, if its card is there.
async fn read(partner: &Partner, card: &str) -> Result<Option<StatementDetail>, ApiError> {
    match partner.statement(StatementRequest::Show { card: card.to_owned() }).await {
        Ok(shown) => Ok(Some(shown)),
        Err(error) if error.kind == crate::api::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read_is(partner: &Partner, card: &str, text: &str) -> Result<bool, ApiError> {
    let shown = read(partner, card).await?;
    Ok(shown.is_some_and(|it| it.markdown.get(LANGUAGE).is_some_and(|it| it == text)))
}

async fn has_frozen(partner: &Partner, card: &str, hash: &str) -> Result<bool, ApiError> {
    let shown = read(partner, card).await?;
    Ok(shown.and_then(|it| it.newest).is_some_and(|it| it.hash == hash))
}

/// An alert, if it is there.
async fn look(partner: &Partner, id: &str) -> Result<Option<AlertDetail>, ApiError> {
    match partner.alert(AlertRequest::Show { alert: id.to_owned(), silent: true }).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == crate::api::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Waits until something holds at all three.
async fn everywhere(
    world: &World,
    what: &str,
    holds: impl AsyncFn(&Partner) -> Result<bool, ApiError>,
) -> Result<(), ApiError> {
    until(what, async || {
        for partner in world.cast.all() {
            if !holds(partner).await? {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await
}
