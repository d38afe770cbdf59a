//! Two partners edit the same record while they are cut off from each other.

use serde_json::{Value, json};

use crate::{
    api::ApiError,
    demo::{wait::broken, wait::until, world::World},
};

/// The field on which they disagree.
const OUTCOME: &str = "acts/1/outcome";
/// A field that only one of them sets.
const SUMMARY: &str = "public_summary";
/// A field that only the other sets.
const GROUP: &str = "group_size/max";
const SAID: &str = "Caso sintético: una amenaza, nadie resultó herido.";

pub(super) async fn edit_apart(world: &mut World) -> Result<(), ApiError> {
    let (record, coalition) = (world.record()?, world.coalition()?);
    world.cast.hoja.start_cut_off().await?;
    world.cast.nube.start_cut_off().await?;
    let (hoja, nube) = (&world.cast.hoja, &world.cast.nube);
    hoja.edit(&record, &coalition, &[(OUTCOME, "in_hiding"), (SUMMARY, SAID)]).await?;
    nube.edit(&record, &coalition, &[(OUTCOME, "displaced"), (GROUP, "4")]).await?;
    let apart = on_all(world, OUTCOME).await?
        == [Some(json!("in_hiding")), Some(json!("displaced")), Some(json!("unharmed"))]
        && on_all(world, SUMMARY).await? == [Some(json!(SAID)), None, None]
        && on_all(world, GROUP).await? == [None, Some(json!(4)), None];
    world.cast.hoja.start().await?;
    world.cast.nube.start().await?;
    world.cast.introduce().await?;
    until("the partners are connected again", async || {
        let mut connected = 0;
        for partner in world.cast.all() {
            let peers = partner.status().await?.peers;
            connected += peers.iter().filter(|peer| peer.connected).count();
        }
        Ok(connected == 6)
    })
    .await?;
    converge(world).await?;
    let merged = (on_all(world, SUMMARY).await?, on_all(world, GROUP).await?);
    let both = merged == (vec![Some(json!(SAID)); 3], vec![Some(json!(4)); 3]);
    let text = format!(
        "The nodes of {} and {} are stopped and opened again without a network: they are cut off \
         from everybody. Both edit the record that {} shared, without knowing of each other. Then \
         both get their network back.",
        world.cast.hoja.name, world.cast.nube.name, world.cast.nube.name
    );
    world.claims.check("Cut off, each partner sees its own edit and not the other's", apart);
    world.claims.check(
        "Connected again, all three hold the same record, and the edits of different fields are \
         all in it",
        both,
    );
    world.tell(text);
    Ok(())
}

/// A value of the record's facet as each of the three has it.
async fn on_all(world: &World, path: &str) -> Result<Vec<Option<Value>>, ApiError> {
    let (record, coalition) = (world.record()?, world.coalition()?);
    let mut values = Vec::new();
    for partner in world.cast.all() {
        values.push(partner.value_in(&record, &coalition, path).await?);
    }
    Ok(values)
}

/// Waits until all three show the same facet with the same conflicts.
async fn converge(world: &World) -> Result<(), ApiError> {
    let (record, coalition) = (world.record()?, world.coalition()?);
    until("all three hold the same record", async || {
        let mut shown = Vec::new();
        for partner in world.cast.all() {
            let Some(incident) = partner.find(&record).await? else { return Ok(false) };
            let facet = incident.facets.into_iter().find(|facet| facet.circle == coalition);
            let facet = facet.map(|facet| (facet.fields, facet.changes));
            let conflicts: Vec<_> =
                incident.conflicts.into_iter().map(|it| (it.path, it.values)).collect();
            shown.push((facet, conflicts));
        }
        let complete = |it: &(Option<(std::collections::BTreeMap<String, Value>, u64)>, _)| {
            it.0.as_ref().is_some_and(|(fields, _)| {
                fields.contains_key(SUMMARY) && fields.contains_key(GROUP)
            })
        };
        Ok(shown.iter().all(complete) && shown.windows(2).all(|pair| pair.first() == pair.last()))
    })
    .await
}

pub(super) async fn settle(world: &mut World) -> Result<(), ApiError> {
    let (record, coalition) = (world.record()?, world.coalition()?);
    let (hoja, nube, sendero) = (&world.cast.hoja, &world.cast.nube, &world.cast.sendero);
    let conflicts = sendero.conflicts().await?;
    let conflict = conflicts.iter().find(|it| it.path == OUTCOME && it.incident == record);
    let conflict = conflict.ok_or_else(|| broken("the concurrent values are not shown"))?;
    let named = |name: &str| conflict.values.iter().any(|it| it.org_name.as_deref() == Some(name));
    let shown = conflict.values.len() == 2 && named(hoja.name) && named(nube.name);
    let candidates = conflict.values.iter().map(|value| {
        let org = value.org_name.as_deref().unwrap_or("somebody");
        format!("{} ({org})", value.value)
    });
    let candidates = candidates.collect::<Vec<_>>().join(" and ");
    let chosen = conflict.values.iter().find(|it| it.value == json!("in_hiding"));
    let chosen = chosen.ok_or_else(|| broken("a concurrent value is lost"))?.number;
    let left = nube.settle(conflict, chosen).await?;
    until("the decision reaches all three", async || {
        for partner in world.cast.all() {
            let outcome = partner.value_in(&record, &coalition, OUTCOME).await?;
            if !partner.conflicts().await?.is_empty() || outcome != Some(json!("in_hiding")) {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await?;
    let followed = on_all(world, OUTCOME).await? == vec![Some(json!("in_hiding")); 3]
        && on_all(world, GROUP).await? == vec![Some(json!(4)); 3];
    let text = format!(
        "On how sure they are, the two disagree: {candidates}. Neither value is lost; each node \
         lists both with who wrote them. {} settles it, and all three follow.",
        nube.name
    );
    world
        .claims
        .check("The two concurrent values are shown on a third node with who wrote each", shown);
    world.claims.check(
        "Once one partner has settled the conflict, all three have the value that it chose, and \
         nothing else has changed",
        left.is_empty() && followed,
    );
    world.tell(text);
    Ok(())
}
