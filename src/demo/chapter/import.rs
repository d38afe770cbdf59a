//! One partner imports the lists that the program carries.

use crate::{
    api::{
        ApiError,
        answer::{CircleKind, Imported},
    },
    demo::{cast::Partner, secrecy, world::World},
    exchange::sample,
};

/// Refused rows that the story shows.
const SHOWN: usize = 2;

/// What several imports did together.
#[derive(Default)]
struct Total {
    rows: u64,
    taken: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    /// List and line of each refused row, with the reason.
    refused: Vec<String>,
}

impl Total {
    fn add(&mut self, file: &str, imported: Imported) {
        self.rows += imported.rows;
        self.taken += imported.by_year.values().sum::<u64>();
        self.created += imported.created;
        self.updated += imported.updated;
        self.unchanged += imported.unchanged;
        let rows = imported.rejected.into_iter();
        self.refused.extend(rows.map(|row| format!("{file}, line {}: {}", row.line, row.reason)));
    }

    fn is_complete(&self) -> bool {
        let refused = u64::try_from(self.refused.len()).unwrap_or(u64::MAX);
        self.rows == self.taken + refused && self.rows > 0
    }
}

pub(super) async fn import(world: &mut World) -> Result<(), ApiError> {
    let hoja = &world.cast.hoja;
    let empty = private_entries(hoja).await?;
    let dry = import_all(hoja, true).await?;
    let wrote_nothing =
        private_entries(hoja).await? == empty && hoja.status().await?.incidents == 0;
    let first = import_all(hoja, false).await?;
    let incidents = hoja.status().await?.incidents;
    let entries = private_entries(hoja).await?;
    let again = import_all(hoja, false).await?;
    let changed_nothing = again.created + again.updated == 0
        && again.unchanged == first.created
        && private_entries(hoja).await? == entries;
    let names = secrecy::names_of(hoja).await?;
    let text = format!(
        "{} imports two synthetic lists, in Spanish and in Portuguese: {} rows, built like real \
         lists, mistakes included. A dry run tells what would happen. Then {} incidents are made, \
         and {} rows are refused, each with its line and a reason, for example “{}”. The whole \
         record, names too, is now in the private part of {}'s own node and nowhere else.",
        hoja.name,
        first.rows,
        first.created,
        first.refused.len(),
        first.refused.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("”, “"),
        hoja.name,
    );
    let claims = &mut world.claims;
    claims.check(
        "The dry run told what the import then did, and wrote nothing",
        wrote_nothing && dry.created == first.created && dry.refused == first.refused,
    );
    claims.check(
        "Each row of the lists was either taken or refused with its line and a reason",
        first.is_complete() && first.created == incidents && incidents >= 150,
    );
    claims.check("Importing the same lists again changed nothing", changed_nothing);
    world.facts.insert("rows", first.rows);
    world.facts.insert("imported", first.created);
    world.count("refused_rows", first.refused.len());
    world.count("names_in_lists", names.len());
    world.names = names;
    world.tell(text);
    Ok(())
}

async fn import_all(partner: &Partner, dry_run: bool) -> Result<Total, ApiError> {
    let mut total = Total::default();
    for list in &sample::LISTS {
        total.add(list.file, partner.import(list, dry_run).await?);
    }
    Ok(total)
}

/// Entries in the partner's private circle: how much was ever written there.
async fn private_entries(partner: &Partner) -> Result<u64, ApiError> {
    let circles = partner.status().await?.circles;
    let private = circles.into_iter().filter(|circle| circle.kind == CircleKind::Private);
    Ok(private.map(|circle| circle.entries).sum())
}
