//! A coalition is founded, two partners join, and two of the three make a circle.

use crate::{
    api::{
        ApiError, ErrorKind,
        answer::{CircleKind, InviteState, ProposalState, Standing},
    },
    demo::{
        cast::Partner,
        wait::{broken, until},
        world::World,
    },
};

/// Name of the coalition.
const COALITION: &str = "Alianza de Papel";
/// Name of the circle of two.
const CIRCLE: &str = "Mesa Hoja y Nube";

pub(super) async fn found(world: &mut World) -> Result<(), ApiError> {
    for partner in world.cast.all_mut() {
        partner.start().await?;
        until("each node listens", async || partner.listens().await).await?;
    }
    let coalition = world.cast.hoja.found_coalition(COALITION).await?;
    world.set_coalition(coalition.id);
    let (name, port) = (world.cast.hoja.name, "127.0.0.1");
    world.tell(format!(
        "Three organisations, all invented, each have their own keys, their own folder and their \
         own node, which listens on {port}. There is no server. {name} founds the coalition \
         “{COALITION}” and is its only steward so far."
    ));
    Ok(())
}

pub(super) async fn join_first(world: &mut World) -> Result<(), ApiError> {
    let (hoja, nube, coalition) = (&world.cast.hoja, &world.cast.nube, world.coalition()?);
    let invite = hoja.invite(true).await?;
    let open_at_once = invite.state == InviteState::Open;
    nube.join(ticket(&invite)?).await?;
    // The ticket makes a steward; the founder's next decision gives it its vote.
    until("the first partner is a steward on both nodes", async || {
        let on_hoja = standing(hoja, nube, &coalition).await?;
        let on_nube = standing(nube, nube, &coalition).await?;
        Ok(on_hoja == Standing::Steward && on_nube == Standing::Steward)
    })
    .await?;
    until("the first partner can read the coalition's name", async || {
        Ok(nube.circle(&coalition).await?.is_some_and(|it| it.name.as_deref() == Some(COALITION)))
    })
    .await?;
    let text = format!(
        "{} joins with a ticket. The founder alone decided that one. It joins as a steward, so from \
         now on decisions need both.",
        nube.name
    );
    world.claims.check(
        "A sole steward's ticket works at once, and whoever joins with it can read the \
         coalition's name, which travels sealed",
        open_at_once,
    );
    world.tell(text);
    Ok(())
}

pub(super) async fn join_second(world: &mut World) -> Result<(), ApiError> {
    let (coalition, cast) = (world.coalition()?, &world.cast);
    let (hoja, nube, sendero) = (&cast.hoja, &cast.nube, &cast.sendero);
    let invite = hoja.invite(false).await?;
    let ticket = ticket(&invite)?;
    let early = sendero.join(ticket).await;
    let refused = matches!(&early, Err(error) if error.kind == ErrorKind::Refused);
    let stayed_out = sendero.circle(&coalition).await?.is_none()
        && hoja.members().await?.iter().all(|member| member.org != sendero.org);
    let why = early.err().map(|error| error.message).unwrap_or_default();
    until("the proposal reaches the second steward", async || {
        Ok(nube.proposals().await?.iter().any(|proposal| proposal.ours_wanted))
    })
    .await?;
    let proposals = nube.proposals().await?;
    let wanted = proposals.iter().find(|proposal| proposal.ours_wanted);
    let wanted = wanted.ok_or_else(|| broken("the proposal is gone"))?;
    let needed = wanted.approvals_needed;
    let decided = nube.approve(wanted).await?.state == ProposalState::Decided;
    until("the founder hears of the decision", async || {
        Ok(hoja.proposals().await?.iter().all(|proposal| proposal.id != wanted.id))
    })
    .await?;
    sendero.join(ticket).await?;
    cast.introduce().await?;
    until("all three nodes know all three members by name", async || {
        for partner in cast.all() {
            let members = partner.members().await?;
            let known = cast.all().into_iter().all(|other| {
                members
                    .iter()
                    .any(|it| it.org == other.org && it.name.as_deref() == Some(other.name))
            });
            if !known || members.len() != 3 {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await?;
    let connected = hoja.status().await?.peers.iter().filter(|peer| peer.connected).count();
    let text = format!(
        "For {} the founder makes a ticket, too. But now there are two stewards, and the ticket \
         needs {needed} approvals. Used too early it is refused (“{why}”). {} approves, and the \
         same ticket works.",
        sendero.name, nube.name
    );
    world.claims.check(
        "A ticket that waits for a second steward is refused, and its bearer stays outside",
        refused && stayed_out && invite.state == InviteState::Proposed,
    );
    world
        .claims
        .check("With both stewards' approval the same ticket is taken", decided && needed == 2);
    world.claims.check(
        "All three nodes agree, over real connections, on who the three members are",
        connected == 2,
    );
    world.tell(text);
    Ok(())
}

pub(super) async fn make_circle(world: &mut World) -> Result<(), ApiError> {
    let (hoja, nube) = (&world.cast.hoja, &world.cast.nube);
    let made = hoja.make_circle(CIRCLE, nube.name).await?;
    until("the circle and its key reach the other", async || {
        Ok(nube.circle(&made.id).await?.is_some_and(|it| it.name.as_deref() == Some(CIRCLE)))
    })
    .await?;
    let known = world.cast.sendero.status().await?.circles;
    let unknown =
        known.iter().all(|circle| circle.id != made.id && circle.kind != CircleKind::Circle);
    let text = format!(
        "Inside the coalition, {} and {} make a circle of two, “{CIRCLE}”. {} is a member of the \
         coalition and still does not learn that the circle exists.",
        hoja.name, nube.name, world.cast.sendero.name
    );
    world.set_circle(made.id);
    world.claims.check("A circle is unknown to the member that is not in it", unknown);
    world.tell(text);
    Ok(())
}

/// How an organisation stands in a circle, as a partner knows it.
pub(super) async fn standing(
    at: &Partner,
    of: &Partner,
    circle: &crate::model::id::CircleId,
) -> Result<Standing, ApiError> {
    let known = at.circle(circle).await?;
    let members = known.into_iter().flat_map(|circle| circle.members);
    let mut found = members.filter(|member| member.org == of.org);
    Ok(found.next().map_or(Standing::Removed, |member| member.standing))
}

fn ticket(invite: &crate::api::answer::Invite) -> Result<&str, ApiError> {
    invite.ticket.as_deref().ok_or_else(|| broken("the invite came without its ticket"))
}
