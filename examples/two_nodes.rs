//! ceiba as a library: two nodes in one process meet over loopback and share one record.
//!
//! ```text
//! cargo run --example two_nodes
//! ```
//!
//! Everything that the command line can do is a [`Request`] to a [`Handle`].

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::{collections::BTreeMap, error::Error, path::Path, time::Duration};

use ceiba::{
    api::{Answer, Progress, Request},
    crypto::{Passphrase, WorkFactor},
    node::{
        Handle,
        actor::NetOptions,
        home::{InitOptions, init},
    },
};

const PASSPHRASE: &str = "only for an example";
/// Looks at whether the record has come, and the pause between two.
const LOOKS: usize = 600;
const LOOK: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", play().await?);
    Ok(())
}

/// What the example prints.
async fn play() -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let first = start(&folder.path().join("first"), "Colectivo Hoja de Papel").await?;
    let second = start(&folder.path().join("second"), "Observatorio Nube Quieta").await?;

    // The first founds a coalition and makes a ticket, which people carry to the second.
    ask(&first, Request::CoalitionCreate { name: "Alianza de Papel".into() }).await?;
    let invite = Request::InviteCreate { coalition: None, expires_in: 3600, steward: true };
    let Answer::Invite(invite) = ask(&first, invite).await? else { return Err("no ticket".into()) };
    let ticket = invite.ticket.ok_or("an invite without its ticket")?;
    let Answer::Joined(joined) = ask(&second, Request::Join { ticket }).await? else {
        return Err("not joined".into());
    };
    let mut told = format!("joined {}\n", joined.name.as_deref().unwrap_or("a coalition"));

    // The first records an incident, which stays with it, and shares what consent allows.
    let fields = [
        ("country", "CO"),
        ("date", "2026-10-02"),
        ("counting_unit", "individual"),
        ("acts/1/violation", "death_threat"),
        ("victims/1/name", "Persona Inventada"),
        ("summary", "Un ejemplo: nada de esto ocurrió."),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/share_coalition_deid", "true"),
    ];
    let fields: BTreeMap<_, _> = fields.map(|(path, value)| (path.into(), value.into())).into();
    let Answer::Incident(incident) = ask(&first, Request::IncidentAdd { fields }).await? else {
        return Err("not recorded".into());
    };
    let share = Request::IncidentShare {
        incidents: vec![incident.row.id.to_string()],
        all_own: false,
        circle: "Alianza de Papel".into(),
        tier: "coalition".into(),
        dry_run: false,
        no_tokens: false,
    };
    ask(&first, share).await?;
    told += &shown("the first sees", &first, &incident.row.id.to_string()).await?;

    // It comes to the second by itself.
    wait_for_incident(&second).await?;
    told += &shown("the second sees", &second, &incident.row.id.to_string()).await?;
    first.stop().await?;
    second.stop().await?;
    Ok(told)
}

/// Makes a home and starts a node that listens on a free port of this computer.
async fn start(home: &Path, org: &str) -> Result<Handle, Box<dyn Error>> {
    let passphrase = Passphrase::new(PASSPHRASE);
    let work = WorkFactor::LOWEST;
    init(&InitOptions { home, org, device: "example", passphrase: &passphrase, work })?;
    let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let net = NetOptions { listen, running: true, ..NetOptions::default() };
    let node = Handle::start(home, passphrase, Some(net)).await?;
    node.listening().await?;
    Ok(node)
}

async fn ask(node: &Handle, request: Request) -> Result<Answer, Box<dyn Error>> {
    Ok(node.call(request, |_progress: Progress| {}).await?)
}

async fn wait_for_incident(node: &Handle) -> Result<(), Box<dyn Error>> {
    for _look in 0..LOOKS {
        let request = Request::IncidentList { filter: Box::default() };
        if matches!(ask(node, request).await?, Answer::Incidents(page) if page.total > 0) {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err("the record did not come".into())
}

async fn shown(who: &str, node: &Handle, incident: &str) -> Result<String, Box<dyn Error>> {
    let request = Request::IncidentShow { incident: incident.to_owned() };
    let Answer::Incident(incident) = ask(node, request).await? else {
        return Err("not shown".into());
    };
    let mut told = format!("\n{who}, as {}\n", incident.row.reading);
    for (path, field) in &incident.fields {
        told += &format!("  {path} = {}\n", field.value);
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    #[tokio::test(flavor = "multi_thread")]
    async fn the_record_comes_without_the_name() {
        let told = super::play().await.unwrap();
        let (owner, partner) = told.split_once("the second sees").unwrap();
        assert!(owner.contains("Persona Inventada") && owner.contains("\"2026-10-02\""), "{told}");
        assert!(
            !partner.contains("Persona Inventada") && partner.contains("\"2026-10\""),
            "{told}"
        );
    }
}
