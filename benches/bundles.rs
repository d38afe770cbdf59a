//! A copy by bundle, beside the same copy by network, and beside `tar` and `age` over as many bytes.
//!
//! ```text
//! cargo bench --bench bundles                    # 10,000 records
//! cargo bench --bench bundles -- --sizes 1000
//! ```
//!
//! | line | what |
//! |---|---|
//! | `export` | one file for one device, from the request to the file on the disk |
//! | `import` | that file at a partner that holds nothing of it: checked, verified, durable, opened, in the view |
//! | `network` | the same at another such partner, in session on loopback, in the same process: from dialling until as many can be read |
//! | `tar, age` | as many bytes as the file has, that cannot be compressed, packed by `tar` and sealed by `age` to one X25519 key, on the disk |
//! | `age -d, tar` | that file opened and unpacked, on the disk; nothing is verified, kept or shown |
//!
//! The tools are those that are installed; without them the two lines are left out, and it says so.
//! With another number of records (`--sizes 50`) it runs in seconds, in a debug build too:
//! `cargo bench --profile dev --bench bundles -- --sizes 50`.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "support/fields.rs"]
#[expect(dead_code, reason = "the driver of the other benchmark needs more of it")]
mod fields;
#[path = "support/lines.rs"]
#[expect(dead_code, reason = "the driver of the other benchmark needs more of it")]
mod lines;
#[path = "support/records.rs"]
mod records;

use std::{
    fs::File,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use ceiba::{
    api::{Answer, Progress, Request, answer::Status, bundle::BundleRequest},
    crypto::{Passphrase, WorkFactor},
    model::id::CircleId,
    node::{
        Handle,
        actor::NetOptions,
        home::{InitOptions, init},
        ticket::Ticket,
    },
};
use fields::Failure;
use rand::Rng as _;

const SIZE: usize = 10_000;
/// Records that are given to the node at once.
const BATCH: usize = 500;
const PASSPHRASE: &str = "only for measuring";
/// How long a copy may take.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Seconds for which a ticket is good.
const TICKET_LIFE: u64 = 24 * 3600;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|it| it == wanted);
    // `cargo bench` says so; `cargo test --benches` does not, and wants nothing long.
    if !has("--bench") || has("--test") {
        println!("nothing is measured: run `cargo bench --bench bundles`");
        return Ok(());
    }
    let chosen = arguments.iter().skip_while(|it| *it != "--sizes").nth(1);
    let sizes: Vec<usize> = match chosen {
        Some(text) => text.split(',').map(str::parse).collect::<Result<_, _>>()?,
        None => vec![SIZE],
    };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&target)?;
    let runtime = tokio::runtime::Runtime::new()?;
    println!("| records | what | took | bytes |\n|--:|---|--:|--:|");
    for n in sizes {
        // On the disk of the project, because many systems have their temporary files in memory.
        let folder = tempfile::tempdir_in(&target)?;
        for (what, seconds, bytes) in runtime.block_on(measure(folder.path(), n))? {
            println!("| {n} | {what} | {:.0} ms | {bytes} |", seconds * 1000.0);
        }
    }
    Ok(())
}

type Line = (&'static str, f64, u64);

async fn measure(folder: &Path, n: usize) -> Result<Vec<Line>, Failure> {
    let file = folder.join("records.jsonl");
    records::write(&file, n)?;
    let lines = lines::Lines::open(&file)?;
    let maker = node(&folder.join("maker")).await?;
    let Answer::Circle(made) = ask(&maker, coalition()).await? else {
        return Err("no coalition was made".into());
    };
    let circle = made.id;
    // Both know the maker, and hold nothing else.
    let by_file = node(&folder.join("by-file")).await?;
    let by_network = node(&folder.join("by-network")).await?;
    let mut addresses = Vec::new();
    for partner in [&by_file, &by_network] {
        let Answer::Invite(invite) = ask(&maker, invitation(&circle)).await? else {
            return Err("no invite was made".into());
        };
        let ticket = invite.ticket.ok_or("an invite without its ticket")?;
        addresses = Ticket::parse(&ticket)?.addresses;
        ask(partner, Request::Join { ticket }).await?;
        partner.end_sessions().await?;
        maker.end_sessions().await?;
    }
    for from in (0..n).step_by(BATCH) {
        let batch = lines.read(from..(from + BATCH).min(n))?;
        let facets = batch.iter().map(|line| fields::facet(line)).collect::<Result<_, _>>()?;
        maker.with(move |node| node.publish_facets(&circle, facets)).await??;
    }

    let Answer::Status(Status { org, .. }) = ask(&by_file, Request::Status).await? else {
        return Err("no status".into());
    };
    let request = BundleRequest::Export {
        to: vec![org.to_string()],
        circle: None,
        max_bytes: 0,
        since_receipt: false,
        out: folder.display().to_string(),
        join_requests: Vec::new(),
    };
    let begun = now();
    let Answer::BundleExported(exported) = ask(&maker, Request::Bundle(request)).await? else {
        return Err("nothing was exported".into());
    };
    let mut found = vec![("export", seconds(begun), exported.bytes)];
    let begun = now();
    let files = exported.files.iter().map(|part| part.file.clone()).collect();
    ask(&by_file, Request::Bundle(BundleRequest::Import { files })).await?;
    wait(&by_file, circle, n).await?;
    found.push(("import", seconds(begun), exported.bytes));

    let before = by_network.with(|node| node.traffic()).await?.bytes_received;
    let begun = now();
    by_network.open_session(addresses, PATIENCE).await?;
    wait(&by_network, circle, n).await?;
    let took = seconds(begun);
    let received = by_network.with(|node| node.traffic()).await?.bytes_received;
    found.push(("network", took, received.saturating_sub(before)));
    for node in [maker, by_file, by_network] {
        node.stop().await?;
    }
    found.extend(age(folder, exported.bytes)?);
    Ok(found)
}

fn coalition() -> Request {
    Request::CoalitionCreate { name: "Measured coalition".to_owned() }
}

fn invitation(circle: &CircleId) -> Request {
    let coalition = Some(circle.to_string());
    Request::InviteCreate { coalition, expires_in: TICKET_LIFE, steward: false }
}

async fn node(home: &Path) -> Result<Handle, Failure> {
    let passphrase = Passphrase::new(PASSPHRASE);
    let work = WorkFactor::LOWEST;
    init(&InitOptions { home, org: "Measured", device: "bench", passphrase: &passphrase, work })?;
    let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let net = NetOptions { listen, running: true, by_hand: true, ..NetOptions::default() };
    let node = Handle::start(home, passphrase, Some(net)).await?;
    node.listening().await?;
    Ok(node)
}

async fn ask(node: &Handle, request: Request) -> Result<Answer, Failure> {
    Ok(node.call(request, |_progress: Progress| {}).await?)
}

/// Waits until so many records can be read.
async fn wait(node: &Handle, circle: CircleId, n: usize) -> Result<(), Failure> {
    let begun = now();
    while node.with(move |node| node.readable_in(&circle)).await? < n {
        if begun.elapsed() > PATIENCE {
            return Err("it did not come".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// The tools that people use instead, as they are installed: the same bytes, which cannot be
/// compressed, as one file in a `tar`, sealed by `age` to one key, and back. What they wrote is on the
/// disk before the clock is stopped.
fn age(folder: &Path, bytes: u64) -> Result<Vec<Line>, Failure> {
    for tool in ["age", "age-keygen", "tar"] {
        if Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_err() {
            println!(
                "NOT MEASURED: `{tool}` is not installed, so there is nothing to compare with"
            );
            return Ok(Vec::new());
        }
    }
    let (content, sealed) = (folder.join("content"), folder.join("sealed.age"));
    let (identity, out) = (folder.join("identity"), folder.join("out"));
    std::fs::create_dir_all(&out)?;
    let mut random = vec![0; usize::try_from(bytes)?];
    rand::rng().fill_bytes(&mut random);
    std::fs::write(&content, &random)?;
    run(Command::new("age-keygen").arg("-o").arg(&identity).stderr(Stdio::null()))?;
    let public = Command::new("age-keygen").arg("-y").arg(&identity).output()?.stdout;
    let recipient = String::from_utf8(public)?.trim().to_owned();

    let begun = now();
    let mut tar = Command::new("tar");
    tar.arg("-C").arg(folder).args(["-cf", "-", "content"]).stdout(Stdio::piped());
    let mut packing = tar.spawn()?;
    let packed = packing.stdout.take().ok_or("tar has no output")?;
    run(Command::new("age").args(["-r", &recipient, "-o"]).arg(&sealed).stdin(packed))?;
    ended(packing.wait()?)?;
    File::open(&sealed)?.sync_all()?;
    let export = ("tar, age", seconds(begun), std::fs::metadata(&sealed)?.len());

    let begun = now();
    let mut age = Command::new("age");
    age.args(["-d", "-i"]).arg(&identity).arg(&sealed).stdout(Stdio::piped());
    let mut opening = age.spawn()?;
    let opened = opening.stdout.take().ok_or("age has no output")?;
    run(Command::new("tar").arg("-C").arg(&out).args(["-xf", "-"]).stdin(opened))?;
    ended(opening.wait()?)?;
    File::open(out.join("content"))?.sync_all()?;
    let import = ("age -d, tar", seconds(begun), bytes);
    if std::fs::read(out.join("content"))? != random {
        return Err("age gave other bytes back".into());
    }
    Ok(vec![export, import])
}

fn run(command: &mut Command) -> Result<(), Failure> {
    ended(command.status()?)
}

fn ended(status: ExitStatus) -> Result<(), Failure> {
    if status.success() { Ok(()) } else { Err(format!("a tool failed: {status}").into()) }
}

/// What a clock shows that only goes forward.
fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "measuring is what it is for")]
    Instant::now()
}

fn seconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64()
}
