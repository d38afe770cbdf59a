//! A partner is removed: what it takes, and what it achieves.

use serde_json::json;

use super::{found::standing, share::synthetic};
use crate::{
    api::{
        ApiError,
        answer::{ProposalState, Standing},
    },
    demo::{cast::Partner, wait::broken, wait::until, world::World},
    model::id::CircleId,
};

/// The field that the partner writes last.
const GROUP: &str = "group_size/min";
/// The name in the incident that is recorded after the removal.
const NAME: &str = "Silueta de Humo Secreto";
/// Seconds for which the removed partner tries to get what is new.
const TRY: u64 = 2;

pub(super) async fn remove(world: &mut World) -> Result<(), ApiError> {
    let (record, coalition) = (world.record()?, world.coalition()?);
    let (hoja, nube, sendero) = (&world.cast.hoja, &world.cast.nube, &world.cast.sendero);
    let told = hoja.remove(sendero.name, true).await?;
    let dry = told.proposals.is_empty() && hoja.proposals().await?.is_empty();
    let proposed = hoja.remove(sendero.name, false).await?;
    let proposal = proposed.proposals.first().ok_or_else(|| broken("nothing was proposed"))?;
    // It still writes, and what it writes arrives: but the proposal names what counts of its logs.
    sendero.edit(&record, &coalition, &[(GROUP, "77")]).await?;
    until("its last entry arrives", async || {
        let at_hoja = hoja.value_in(&record, &coalition, GROUP).await?;
        let at_nube = nube.value_in(&record, &coalition, GROUP).await?;
        Ok(at_hoja == Some(json!(77)) && at_nube == Some(json!(77)))
    })
    .await?;
    let waits = proposal.state == ProposalState::Open
        && standing(hoja, sendero, &coalition).await? == Standing::Member;
    until("the proposal reaches the second steward", async || {
        Ok(nube.proposals().await?.iter().any(|it| it.id == proposal.id && it.ours_wanted))
    })
    .await?;
    let decided = nube.approve(proposal).await?.state == ProposalState::Decided;
    until("both remaining partners know that it is removed", async || {
        Ok(standing(hoja, sendero, &coalition).await? == Standing::Removed
            && standing(nube, sendero, &coalition).await? == Standing::Removed)
    })
    .await?;
    until("what it wrote after the proposal no longer counts", async || {
        Ok(hoja.value_in(&record, &coalition, GROUP).await?.is_none()
            && nube.value_in(&record, &coalition, GROUP).await?.is_none())
    })
    .await?;
    let quarantined =
        quarantined(hoja, &coalition).await? > 0 && quarantined(nube, &coalition).await? > 0;
    let text = format!(
        "{} is to be removed. A dry run says what that achieves, and what not: “{}”. It needs {} \
         approvals. While it waits, {} still writes, and its entry arrives; when {} approves, the \
         decision names the last entry that counts, and this one is put aside on both nodes.",
        sendero.name,
        told.does_not_achieve.first().cloned().unwrap_or_default(),
        proposal.approvals_needed,
        sendero.name,
        nube.name,
    );
    let claims = &mut world.claims;
    claims.check("A dry run of the removal proposed nothing", dry);
    claims.check(
        "One steward cannot remove a partner: the proposal waited for the second, who decided it",
        waits && decided && proposal.approvals_needed == 2,
    );
    claims.check(
        "An entry that the removed partner wrote after the cut-off does not count on the others, \
         though they had received it",
        quarantined,
    );
    world.tell(text);
    Ok(())
}

pub(super) async fn write_after(world: &mut World) -> Result<(), ApiError> {
    let (record, coalition) = (world.record()?, world.coalition()?);
    let (hoja, nube, sendero) = (&world.cast.hoja, &world.cast.nube, &world.cast.sendero);
    let had = sendero.all_incidents().await?.total;
    let keys_before = (epochs(hoja, &coalition).await?, epochs(sendero, &coalition).await?);
    let new = hoja.record(&synthetic("CO-ANT", "2026-11-03", NAME)).await?.row.id;
    hoja.share(Some(&new), &coalition, "coalition").await?;
    until("the remaining partner reads it", async || Ok(nube.find(&new).await?.is_some())).await?;
    // The removed partner writes once more, if its node still does.
    let wrote = sendero.edit(&record, &coalition, &[(GROUP, "88")]).await.is_ok();
    until("it is connected with nobody", async || {
        let peers = sendero.status().await?.peers;
        Ok(peers.iter().all(|peer| !peer.connected))
    })
    .await?;
    let tried = sendero.sync(TRY).await;
    let got_nothing = tried.map_or(true, |synced| synced.in_sync.is_empty());
    let unread = sendero.find(&new).await?.is_none();
    let no_key = epochs(sendero, &coalition).await? == keys_before.1
        && epochs(hoja, &coalition).await? > keys_before.0
        && epochs(nube, &coalition).await? == epochs(hoja, &coalition).await?;
    let does_not_count = hoja.value_in(&record, &coalition, GROUP).await?.is_none()
        && nube.value_in(&record, &coalition, GROUP).await?.is_none();
    let keeps = sendero.all_incidents().await?.total == had;
    let text = format!(
        "Then {} records another incident and shares it with the coalition, under a new key. {} \
         reads it. {} tries for {TRY} seconds to get it: no partner serves it, no key comes, and \
         its node shows nothing of it. {} What it had read before, it keeps: no program can take \
         that back.",
        hoja.name,
        nube.name,
        sendero.name,
        if wrote {
            "It goes on writing for itself; nobody takes that."
        } else {
            "Its node has heard of the decision and writes no more."
        },
    );
    let claims = &mut world.claims;
    claims.check(
        "The new incident cannot be read on the removed partner's node, though it asked for it",
        unread && got_nothing,
    );
    claims.check("No new key reached the removed partner; the others both have it", no_key);
    claims.check("What it wrote after its removal is on no other node", does_not_count);
    claims.check("The removed partner keeps what it had: removal does not reach back", keeps);
    world.names.push(NAME.to_owned());
    world.set_last(new);
    world.tell(text);
    Ok(())
}

async fn epochs(partner: &Partner, circle: &CircleId) -> Result<usize, ApiError> {
    Ok(partner.circle(circle).await?.map_or(0, |circle| circle.epochs))
}

async fn quarantined(partner: &Partner, circle: &CircleId) -> Result<u64, ApiError> {
    Ok(partner.circle(circle).await?.map_or(0, |circle| circle.quarantined))
}
