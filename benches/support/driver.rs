//! A node that is driven by lines of JSON: each is a command, each is answered by one line.
//!
//! Records are facets in a coalition's circle, so that the partner has them in its view of the
//! coalition. They go through the real node: signed, sealed, journaled, indexed, sent by libp2p.

use std::{
    io::{BufRead, Write},
    ops::Range,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use ceiba::{
    api::{
        Answer, Progress, Request,
        answer::{Circle, Standing},
        request::IncidentFilter,
    },
    crypto::{Passphrase, WorkFactor},
    model::{id::CircleId, registry::Tier},
    node::{
        Facet, Handle, Node,
        actor::NetOptions,
        home::{InitOptions, init},
        ticket::Ticket,
    },
};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{
    fields::{Failure, facet, id, nonce, path, to_json},
    lines::Lines,
};

const PASSPHRASE: &str = "only for measuring";
const LISTEN: &str = "/ip4/127.0.0.1/tcp/0";
/// How long a partner may take to be reached.
const REACH: Duration = Duration::from_secs(60);
/// How long a wait may take.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Seconds for which a ticket is good.
const TICKET_LIFE: u64 = 24 * 3600;
/// Records that are given to the node at once.
const BATCH: usize = 500;

/// A command; what it means stands in the README, under "Speed".
#[derive(Debug, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case")]
enum Command {
    Open,
    Insert {
        from: usize,
        to: usize,
        /// As many at once as is fastest.
        #[serde(default)]
        batch: bool,
        /// Writers at once, each of which waits until its record is durable.
        #[serde(default)]
        writers: usize,
    },
    Edit {
        from: usize,
        to: usize,
        side: Side,
    },
    Listen,
    Connect {
        addr: String,
    },
    Disconnect,
    WaitCount {
        n: usize,
    },
    /// Until all that the partner said it has is here.
    WaitSynced,
    WaitMerged {
        from: usize,
        to: usize,
    },
    Count,
    Digest {
        from: usize,
        to: usize,
    },
    Stats,
    Close,
    Quit,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Side {
    A,
    B,
}

impl Side {
    /// The field that this side sets.
    const fn field(self) -> &'static str {
        match self {
            Self::A => "status",
            Self::B => "site",
        }
    }

    fn value(self, number: usize) -> String {
        match self {
            Self::A => format!("verified-by-A-{number}"),
            Self::B => format!("relocated-by-B-{number}"),
        }
    }
}

/// What an answer has beside its seconds.
type Fields = Map<String, Json>;

/// A node in a folder, and the records that it is given.
struct Driver {
    home: PathBuf,
    lines: Lines,
    node: Option<Handle>,
    circle: Option<CircleId>,
}

/// Answers the commands of `input` until it ends or says so.
pub(crate) fn drive(
    folder: &Path,
    records: &Path,
    input: impl BufRead,
    mut output: impl Write,
) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let lines = Lines::open(records)?;
    std::fs::create_dir_all(folder)?;
    let mut driver = Driver { home: folder.join("home"), lines, node: None, circle: None };
    for line in input.lines() {
        let line = line?;
        let command = serde_json::from_str::<Command>(&line);
        let quits = matches!(command, Ok(Command::Quit));
        let begun = now();
        let answered = match command {
            Ok(command) => runtime.block_on(driver.obey(command)),
            Err(error) => Err(error.into()),
        };
        let mut answer = answered
            .unwrap_or_else(|error| Fields::from_iter([("error".into(), sentence(&*error))]));
        answer.insert("secs".to_owned(), json!(begun.elapsed().as_secs_f64()));
        writeln!(output, "{}", Json::Object(answer))?;
        output.flush()?;
        if quits {
            return Ok(());
        }
    }
    runtime.block_on(driver.close())
}

/// What a clock shows that only goes forward.
pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "measuring is what it is for")]
    Instant::now()
}

fn sentence(error: &(dyn std::error::Error + 'static)) -> Json {
    match error.downcast_ref::<ceiba::api::ApiError>() {
        Some(error) => json!(error.message),
        None => json!(error.to_string()),
    }
}

impl Driver {
    async fn obey(&mut self, command: Command) -> Result<Fields, Failure> {
        let answer = match command {
            Command::Open => self.open().await.map(|()| json!({}))?,
            Command::Insert { from, to, batch, writers } => {
                self.insert((from, to), batch, writers).await.map(|()| json!({}))?
            }
            Command::Edit { from, to, side } => {
                self.edit((from, to), side).await.map(|()| json!({}))?
            }
            Command::Listen => json!({ "addr": self.listen().await? }),
            Command::Connect { addr } => self.connect(&addr).await.map(|()| json!({}))?,
            Command::Disconnect => {
                self.node()?.end_sessions().await?;
                json!({})
            }
            Command::WaitCount { n } => json!({ "n": self.wait_count(n).await? }),
            Command::WaitSynced => self.wait_synced().await.map(|()| json!({}))?,
            Command::WaitMerged { from, to } => {
                json!({ "merged": self.wait_merged((from, to)).await? })
            }
            Command::Count => json!({ "n": self.count().await? }),
            Command::Digest { from, to } => self.digest((from, to)).await?,
            Command::Stats => self.stats().await?,
            Command::Close | Command::Quit => self.close().await.map(|()| json!({}))?,
        };
        if let Json::Object(fields) = answer { Ok(fields) } else { Ok(Fields::new()) }
    }

    fn node(&self) -> Result<&Handle, Failure> {
        self.node.as_ref().ok_or_else(|| "the node is not open".into())
    }

    /// Does something with the node on its own thread.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Node) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        Ok(self.node()?.with(work).await?)
    }

    async fn ask(&self, request: Request) -> Result<Answer, Failure> {
        Ok(self.node()?.call(request, |_progress: Progress| {}).await?)
    }

    /// Opens the home, or makes one; ready when the first page of incidents can be listed.
    async fn open(&mut self) -> Result<(), Failure> {
        if self.node.is_some() {
            return Err("the node is open".into());
        }
        let passphrase = Passphrase::new(PASSPHRASE);
        if !self.home.exists() {
            // What trying a passphrase costs is chosen, not measured.
            let work = WorkFactor::LOWEST;
            let (home, org) = (self.home.as_path(), "Measured organisation");
            init(&InitOptions { home, org, device: "bench", passphrase: &passphrase, work })?;
        }
        let net = NetOptions {
            listen: vec![LISTEN.to_owned()],
            running: true,
            by_hand: true,
            ..NetOptions::default()
        };
        let node = Handle::start(&self.home, passphrase, Some(net)).await?;
        node.listening().await?;
        self.node = Some(node);
        self.circle = self.largest_coalition().await?.map(|it| it.id);
        let filter = IncidentFilter { limit: 20, ..IncidentFilter::default() };
        self.ask(Request::IncidentList { filter: Box::new(filter) }).await?;
        Ok(())
    }

    async fn largest_coalition(&self) -> Result<Option<Circle>, Failure> {
        let Answer::Circles(circles) = self.ask(Request::CoalitionList).await? else {
            return Err("no list of coalitions".into());
        };
        Ok(circles.into_iter().max_by_key(|it| it.members.len()))
    }

    /// The coalition in which the records are; founded when there is none.
    async fn coalition(&mut self) -> Result<CircleId, Failure> {
        if let Some(circle) = self.circle {
            return Ok(circle);
        }
        let name = "Measured coalition".to_owned();
        let Answer::Circle(made) = self.ask(Request::CoalitionCreate { name }).await? else {
            return Err("no coalition was made".into());
        };
        self.circle = Some(made.id);
        Ok(made.id)
    }

    /// The names and numbers of some records.
    fn named(&self, (from, to): (usize, usize)) -> Result<Vec<(usize, String)>, Failure> {
        let lines = self.lines.read(from..to)?;
        (from..).zip(lines).map(|(number, line)| Ok((number, nonce(&id(&line)?)))).collect()
    }

    fn facets(&self, range: Range<usize>) -> Result<Vec<Facet>, Failure> {
        self.lines.read(range)?.iter().map(|line| facet(line)).collect()
    }

    async fn insert(
        &mut self,
        (from, to): (usize, usize),
        batch: bool,
        writers: usize,
    ) -> Result<(), Failure> {
        let circle = self.coalition().await?;
        let node = self.node()?;
        if batch {
            return self.insert_all(circle, from..to).await;
        }
        let facets = self.facets(from..to)?;
        if writers < 2 {
            return publish(node, circle, facets, 1).await;
        }
        let mut shares = vec![Vec::new(); writers];
        for (share, facet) in (0..writers).cycle().zip(facets) {
            shares.get_mut(share).ok_or("no such writer")?.push(facet);
        }
        let tasks = shares.into_iter().map(|share| {
            let node = node.clone();
            tokio::spawn(async move { publish(&node, circle, share, 1).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await??;
        }
        Ok(())
    }

    /// Batch by batch: the next one is read while the node writes one.
    async fn insert_all(&self, circle: CircleId, range: Range<usize>) -> Result<(), Failure> {
        let node = self.node()?;
        let mut rest = range.clone().step_by(BATCH).map(|from| from..(from + BATCH).min(range.end));
        let mut next = rest.next().map(|batch| self.facets(batch)).transpose()?;
        while let Some(batch) = next.take() {
            let writing = node.with(move |node| node.publish_facets(&circle, batch));
            let reading = async { rest.next().map(|batch| self.facets(batch)).transpose() };
            let (written, read) = tokio::join!(writing, reading);
            written??;
            next = read?;
        }
        Ok(())
    }

    async fn edit(&self, range: (usize, usize), side: Side) -> Result<(), Failure> {
        let circle = self.circle.ok_or("there is no record")?;
        let mut wanted = Vec::new();
        for (number, nonce) in self.named(range)? {
            let change = (path(side.field())?, side.value(number).into());
            wanted.push((nonce, vec![change]));
        }
        let edited = self.with(move |node| {
            let find = |nonce: &str| node.facet_by_nonce(&circle, nonce).map(|(id, _)| id);
            let edits: Option<Vec<_>> =
                wanted.into_iter().map(|(nonce, set)| Some((find(&nonce)?, set))).collect();
            edits.map(|edits| node.edit_facets(&circle, &edits))
        });
        Ok(edited.await?.ok_or("a record is not there")??)
    }

    /// What a partner needs to connect: a ticket; the addresses alone if there is a partner.
    async fn listen(&mut self) -> Result<String, Failure> {
        let addresses = self.node()?.listening().await?;
        let circle = self.coalition().await?;
        let partners = self.largest_coalition().await?.map_or(0, |it| {
            it.members.iter().filter(|it| !it.own && it.standing != Standing::Removed).count()
        });
        if partners > 0 {
            return Ok(addresses.join(" "));
        }
        let coalition = Some(circle.to_string());
        let request = Request::InviteCreate { coalition, expires_in: TICKET_LIFE, steward: false };
        let Answer::Invite(invite) = self.ask(request).await? else {
            return Err("no invite was made".into());
        };
        invite.ticket.ok_or_else(|| "an invite without its ticket".into())
    }

    async fn connect(&mut self, addr: &str) -> Result<(), Failure> {
        let node = self.node()?.clone();
        node.end_sessions().await?;
        let Ok(ticket) = Ticket::parse(addr) else {
            let addresses = addr.split_whitespace().map(str::to_owned).collect();
            return Ok(node.open_session(addresses, REACH).await?);
        };
        let circle = ticket.circle;
        if self.with(move |node| node.is_in(&circle)).await? {
            return Ok(node.open_session(ticket.addresses, REACH).await?);
        }
        let before = self.circle;
        self.ask(Request::Join { ticket: addr.to_owned() }).await?;
        self.circle = Some(circle);
        if let Some(before) = before {
            self.bring(before, circle).await?;
        }
        Ok(())
    }

    /// Publishes what was recorded before joining in the coalition that was joined.
    async fn bring(&self, from: CircleId, to: CircleId) -> Result<(), Failure> {
        let named = self.named((0, self.lines.len()))?;
        let facets = self.with(move |node| {
            let found = |(_, nonce): (usize, String)| {
                let record = node.facet_by_nonce(&from, &nonce)?.1;
                Some(Facet { nonce, tier: Tier::Coalition, record })
            };
            named.into_iter().filter_map(found).collect::<Vec<_>>()
        });
        publish(self.node()?, to, facets.await?, BATCH).await
    }

    async fn count(&self) -> Result<usize, Failure> {
        let Some(circle) = self.circle else { return Ok(0) };
        self.with(move |node| node.readable_in(&circle)).await
    }

    async fn wait_count(&self, wanted: usize) -> Result<usize, Failure> {
        let begun = now();
        loop {
            let count = self.count().await?;
            if count >= wanted {
                return Ok(count);
            }
            // The looks shall not be what is measured, neither by their number nor by their pause.
            let pause = match wanted - count {
                0..=16 => 1,
                17..=1_000 => 5,
                _more => 20,
            };
            self.pause(begun, pause).await?;
        }
    }

    async fn wait_synced(&self) -> Result<(), Failure> {
        let begun = now();
        while !self.with(|node| node.is_in_sync()).await? {
            self.pause(begun, 1).await?;
        }
        Ok(())
    }

    async fn wait_merged(&self, range: (usize, usize)) -> Result<usize, Failure> {
        let begun = now();
        loop {
            let merged = self.read(range).await?.iter().flatten().filter(|it| it.1).count();
            if merged >= range.1.saturating_sub(range.0) {
                return Ok(merged);
            }
            self.pause(begun, 2).await?;
        }
    }

    async fn pause(&self, begun: Instant, millis: u64) -> Result<(), Failure> {
        if begun.elapsed() > PATIENCE {
            return Err("it did not come".into());
        }
        tokio::time::sleep(Duration::from_millis(millis)).await;
        Ok(())
    }

    /// The records as they are readable here, and whether each has the edits of both sides.
    async fn read(&self, range: (usize, usize)) -> Result<Vec<Option<(String, bool)>>, Failure> {
        let circle = self.circle.ok_or("there is no record")?;
        let wanted = self.named(range)?;
        self.with(move |node| {
            let read = |(number, nonce): (usize, String)| {
                let record = node.facet_by_nonce(&circle, &nonce)?.1;
                let has = |side: Side| record.text(side.field()) == Some(&side.value(number));
                Some((to_json(&record), has(Side::A) && has(Side::B)))
            };
            wanted.into_iter().map(read).collect()
        })
        .await
    }

    async fn digest(&self, range: (usize, usize)) -> Result<Json, Failure> {
        let records = self.read(range).await?;
        let (mut hash, mut have, mut merged) = (Sha256::new(), 0, 0);
        for (json, both) in records.into_iter().flatten() {
            hash.update(json.as_bytes());
            hash.update(b"\n");
            have += 1;
            merged += usize::from(both);
        }
        let digest = HEXLOWER.encode(hash.finalize().get(..8).unwrap_or_default());
        Ok(json!({ "digest": digest, "have": have, "merged": merged }))
    }

    /// What went over the network in frames, the most memory, and the disk of the home.
    async fn stats(&self) -> Result<Json, Failure> {
        let traffic = self.with(|node| node.traffic()).await?;
        Ok(json!({
            "bytes_sent": traffic.bytes_sent,
            "bytes_received": traffic.bytes_received,
            "frames_sent": traffic.frames_sent,
            "frames_received": traffic.frames_received,
            "peak_mib": peak_mib(),
            "disk_bytes": disk_bytes(&self.home)?,
        }))
    }

    async fn close(&mut self) -> Result<(), Failure> {
        self.circle = None;
        match self.node.take() {
            Some(node) => Ok(node.stop().await?),
            None => Ok(()),
        }
    }
}

/// Publishes so many at a time, each time durable before the next.
async fn publish(
    node: &Handle,
    circle: CircleId,
    facets: Vec<Facet>,
    at_once: usize,
) -> Result<(), Failure> {
    let mut facets = facets.into_iter();
    loop {
        let some: Vec<Facet> = facets.by_ref().take(at_once).collect();
        if some.is_empty() {
            return Ok(());
        }
        node.with(move |node| node.publish_facets(&circle, some)).await??;
    }
}

/// The most memory that this process ever had, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u32 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(f64::from(kibibytes) / 1024.0)
}

/// Bytes of all files below a folder.
pub(crate) fn disk_bytes(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
