//! What is shared, with whom, and what stays.

use std::collections::BTreeMap;

use crate::{
    api::{ApiError, ErrorKind, answer::Shared},
    demo::{cast::Partner, secrecy, wait::until, world::World},
};

pub(super) async fn share(world: &mut World) -> Result<(), ApiError> {
    let (coalition, circle) = (world.coalition()?, world.circle()?);
    let (hoja, nube, sendero) = (&world.cast.hoja, &world.cast.nube, &world.cast.sendero);
    let own = hoja.status().await?.incidents;
    let too_open = hoja.share(None, &coalition, "restricted").await;
    let with_all = hoja.share(None, &coalition, "coalition").await?;
    let with_one = hoja.share(None, &circle, "restricted").await?;
    let (open, named) = (published(&with_all), published(&with_one));
    until("the shared incidents arrive", async || {
        let at_sendero = sendero.incidents_in(&coalition).await?.total;
        let at_nube = nube.incidents_in(&circle).await?.total;
        Ok(at_sendero >= open
            && at_nube >= named
            && nube.incidents_in(&coalition).await?.total >= open)
    })
    .await?;
    let readings = |rows: &[crate::api::answer::IncidentRow], reading: &str| {
        rows.iter().filter(|row| row.reading == reading).count() as u64
    };
    let at_sendero = sendero.all_incidents().await?;
    let at_nube = nube.all_incidents().await?;
    let text = format!(
        "{} shares all of it with the coalition at the tier “coalition”: {open} incidents go out, \
         without names, sources or exact days. {} do not, because consent says no: {}. With {} \
         alone, in the circle, it shares at the tier “restricted”: {named} incidents, with a \
         summary of what happened, because their persons agreed to named partners, or nothing is \
         recorded. Names of victims leave in neither case.",
        hoja.name,
        refused(&with_all),
        reasons(&with_all),
        nube.name,
    );
    let held = with_all.incidents.iter().all(|it| it.outcome != "refused" || it.reason.is_some());
    let claims = &mut world.claims;
    claims.check(
        "Restricted values cannot be shared with a whole coalition",
        matches!(too_open, Err(error) if error.kind == ErrorKind::Refused),
    );
    claims.check(
        "Each incident was shared, or held back for a reason of consent that was told",
        held && open + refused(&with_all) == own && refused(&with_all) > 0 && open > 0,
    );
    claims.check(
        "The member of the coalition reads exactly the incidents that consent opens to it, and \
         none above its tier",
        at_sendero.total == open && readings(&at_sendero.rows, "coalition") == open,
    );
    claims.check(
        "The partner in the circle reads more: the restricted facets, too",
        readings(&at_nube.rows, "restricted") == named && at_nube.total > at_sendero.total,
    );
    world.facts.insert("shared_with_coalition", open);
    world.facts.insert("refused_by_consent", refused(&with_all));
    world.facts.insert("shared_with_circle", named);
    world.tell(text);
    Ok(())
}

pub(super) async fn share_own(world: &mut World) -> Result<(), ApiError> {
    let coalition = world.coalition()?;
    let (hoja, nube, sendero) = (&world.cast.hoja, &world.cast.nube, &world.cast.sendero);
    let before = hoja.status().await?.incidents;
    let first =
        nube.record(&synthetic("CO-CAU", "2026-10-02", "Persona de Cartón Prestado")).await?;
    let second =
        sendero.record(&synthetic("CO-CHO", "2026-10-09", "Figura de Papel Mojado")).await?;
    nube.share(Some(&first.row.id), &coalition, "coalition").await?;
    sendero.share(Some(&second.row.id), &coalition, "coalition").await?;
    until("all three see both new incidents", async || {
        for partner in world.cast.all() {
            let both = partner.find(&first.row.id).await?.is_some()
                && partner.find(&second.row.id).await?.is_some();
            if !both {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await?;
    let merged = hoja.all_incidents().await?;
    let by = |partner: &Partner| merged.rows.iter().filter(|row| row.origin == partner.org).count();
    let one_list = merged.total == before + 2
        && by(nube) == 1
        && by(sendero) == 1
        && by(hoja) as u64 == before;
    world.claims.check(
        "What the three recorded stands in one list on each node, each row with the \
         organisation that it comes from",
        one_list,
    );
    world.names.push("Persona de Cartón Prestado".to_owned());
    world.names.push("Figura de Papel Mojado".to_owned());
    world.set_record(first.row.id);
    let text = format!(
        "{} and {} each record an incident of their own and share it with the coalition. Each node \
         shows one merged list.",
        world.cast.nube.name, world.cast.sendero.name
    );
    world.tell(text);
    Ok(())
}

pub(super) async fn check_names(world: &mut World) -> Result<(), ApiError> {
    let (hoja, nube, sendero) = (&world.cast.hoja, &world.cast.nube, &world.cast.sendero);
    // Without this the search could be one that finds nothing anywhere.
    let at_owner = secrecy::names_shown(hoja, &world.names, secrecy::Whose::All).await?;
    let at_nube = secrecy::names_shown(nube, &world.names, secrecy::Whose::Others).await?;
    let at_sendero = secrecy::names_shown(sendero, &world.names, secrecy::Whose::Others).await?;
    let places = secrecy::fields_shown(sendero, "place/name").await?
        + secrecy::fields_shown(nube, "place/name").await?;
    let summaries = secrecy::fields_shown(sendero, "summary").await?;
    let with_circle = secrecy::fields_shown(nube, "summary").await?;
    let count = world.names.len();
    let claims = &mut world.claims;
    claims.check(
        format!(
            "None of {count} names of victims is in anything that a partner other than their \
             owner can show"
        ),
        at_nube == 0 && at_sendero == 0 && at_owner + 2 == count,
    );
    claims.check(
        "The exact place of an incident that is shared with the coalition stays with its owner",
        places == 0,
    );
    claims.check(
        "The summary of what happened is readable in the circle, and for the member outside of \
         it there is none",
        summaries == 0 && with_circle > 0,
    );
    world.tell(format!(
        "We search everything that each partner can show for the {count} names. The owner's node \
         shows its own; no other node shows one.",
    ));
    Ok(())
}

/// The exact place of what the partners record themselves.
const PLACE: &str = "Vereda Dibujada, casa de cartón";

/// Fields of an invented incident.
pub(super) fn synthetic<'a>(
    admin1: &'a str,
    date: &'a str,
    name: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("country", "CO"),
        ("date", date),
        ("place/admin1", admin1),
        ("place/name", PLACE),
        ("counting_unit", "individual"),
        ("title", "Caso sintético de la demostración"),
        ("summary", "SINTÉTICO: nada de esto ocurrió. Una figura recibió una amenaza de papel."),
        ("acts/1/violation", "death_threat"),
        ("acts/1/victim", "1"),
        ("acts/1/outcome", "unharmed"),
        ("victims/1/name", name),
        ("victims/1/pseudonym", "V-D1"),
        ("sources/1/type", "ngo"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/store", "true"),
        ("consent/scopes/share_coalition_deid", "true"),
    ]
}

fn published(shared: &Shared) -> u64 {
    shared.counts.get("published").copied().unwrap_or_default()
}

fn refused(shared: &Shared) -> u64 {
    shared.counts.get("refused").copied().unwrap_or_default()
}

/// Why incidents were not shared, the most frequent reason first.
fn reasons(shared: &Shared) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in shared.incidents.iter().filter_map(|it| it.reason.as_deref()) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<(usize, &str)> =
        counts.into_iter().map(|(why, many)| (many, why)).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let texts = counts.into_iter().map(|(many, why)| format!("{many} × “{why}”"));
    texts.collect::<Vec<_>>().join(", ")
}
