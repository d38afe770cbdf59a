//! What each tier would see of a record: nothing is written, nothing is sent.
//!
//! ```text
//! cargo run --example preview_facets
//! ```
//!
//! The rules are the field table of `ceiba::model::registry` and the person's consent.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::error::Error;

use ceiba::{
    model::{
        disclosure::{Release, project},
        registry::{Record, Tier, Value},
    },
    node::clock,
};

fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", play()?);
    Ok(())
}

/// What the example prints.
fn play() -> Result<String, Box<dyn Error>> {
    // Invented. The summary of the second record says the name, as people's texts do.
    let mut record = Record::incident();
    for (path, value) in [
        ("country", Value::from("CO")),
        ("date", "2024-05-03".into()),
        ("place/admin1", "CO-CAU".into()),
        ("place/name", "Vereda Dibujada".into()),
        ("counting_unit", "individual".into()),
        ("acts/1/violation", "death_threat".into()),
        ("victims/1/name", "Persona Inventada".into()),
        ("victims/1/pseudonym", "V-014".into()),
        ("summary", "Recibió una amenaza en su casa.".into()),
        ("consent/basis", "informed_explicit".into()),
        ("consent/scopes/share_partners_named", true.into()),
        ("consent/scopes/share_coalition_deid", true.into()),
    ] {
        record.set(path.parse()?, value)?;
    }
    let mut told = String::from("As recorded\n");
    for (path, value) in record.iter() {
        told += &format!("  {path} = {value}\n");
    }
    for tier in [Tier::Restricted, Tier::Coalition, Tier::Public] {
        told += &preview(&record, tier);
    }
    record.set("summary".parse()?, "Persona Inventada recibió una amenaza.")?;
    told += "\nOnce the summary says the name:";
    told += &preview(&record, Tier::Restricted);
    Ok(told)
}

fn preview(record: &Record, tier: Tier) -> String {
    let mut told = format!("\nAt tier {tier}\n");
    match project(record, &[], &Release::new(tier, clock::now())) {
        Err(refusal) => told += &format!("  nothing leaves: {refusal}\n"),
        Ok(projection) => {
            for (path, value) in projection.facet.iter() {
                told += &format!("  {path} = {value}\n");
            }
            for (path, reason) in &projection.withheld {
                told += &format!("  withheld: {path} ({reason})\n");
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_is_in_no_facet() {
        let told = super::play().unwrap();
        let (_dossier, facets) = told.split_once("At tier").unwrap();
        assert!(!facets.contains("Persona Inventada"), "{told}");
        assert!(facets.contains("nothing leaves") && facets.contains("2024-05\n"), "{told}");
    }
}
