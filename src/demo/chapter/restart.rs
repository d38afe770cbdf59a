//! The nodes stop, and what lies on disk is looked at.

use crate::{
    api::ApiError,
    demo::{cast::Partner, secrecy, world::World},
};

pub(super) async fn restart(world: &mut World) -> Result<(), ApiError> {
    let mut same = true;
    for partner in world.cast.all_mut() {
        let before = everything(partner).await?;
        partner.start_cut_off().await?;
        same &= everything(partner).await? == before && before.0.len() > 1;
        partner.stop().await?;
    }
    world.claims.check(
        "After each node was stopped and opened again, everything is still there, field by field",
        same,
    );
    world.tell(
        "All nodes are stopped, and opened again from their folders alone. Each shows what it \
         showed before.",
    );
    Ok(())
}

/// All that a partner can read, and how it stands in its circles. Not how far each record has
/// reached: what was sent in a session and is not confirmed yet is remembered in that session only.
async fn everything(partner: &Partner) -> Result<(Vec<String>, Vec<String>), ApiError> {
    let mut incidents = Vec::new();
    for row in partner.all_incidents().await?.rows {
        let mut incident = partner.incident(&row.id).await?;
        incident.reach.clear();
        incidents.push(secrecy::text_of(&incident)?);
    }
    let circles = partner.status().await?.circles;
    let circles = circles.iter().map(secrecy::text_of).collect::<Result<_, _>>()?;
    Ok((incidents, circles))
}

/// The nodes are stopped now: what they wrote is all there is.
pub(super) fn at_rest(world: &mut World) -> Result<(), ApiError> {
    let canaries = secrecy::canaries(&world.names);
    let mut found = secrecy::AtRest::default();
    for partner in world.cast.all() {
        found.search(&partner.home, &canaries)?;
    }
    let (files, kib) = (found.files, found.bytes / 1024);
    world.facts.insert("files_searched", files);
    world.facts.insert("bytes_searched", found.bytes);
    world.claims.check(
        format!(
            "None of {} plain texts (names, words of summaries, names of organisations) is in any \
             of the {files} files of the three homes",
            canaries.len()
        ),
        found.hits == 0 && files >= 6 && found.bytes > 100_000,
    );
    world.tell(format!(
        "Last, we search all {files} files of the three homes ({kib} KiB) for names and words that \
         went in. On disk there is nothing to read.",
    ));
    Ok(())
}
