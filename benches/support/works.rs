//! The works at one size: two driver processes, and the bare pipeline beside them.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use ceiba::node::ticket::Ticket;
use serde_json::{Map, Value as Json, json};

use super::{
    bare::Bare, driver::now, fields::Failure, lines::Lines, partner::Partner, proxy::Proxy,
    records, table::Row,
};

/// After this long without a byte a session is quiet.
const QUIET: Duration = Duration::from_millis(150);

/// How often the small works are done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amounts {
    pub(crate) live: usize,
    pub(crate) nothing: usize,
    pub(crate) writes: usize,
    pub(crate) writes_by_eight: usize,
    pub(crate) resyncs: usize,
    pub(crate) edits: usize,
    pub(crate) unlocks: usize,
    pub(crate) syncs: usize,
}

/// Records that one side adds for a re-sync.
const NEW: usize = 10;
/// Records that both sides edit.
const EDITED: usize = 100;

impl Amounts {
    /// Records that are needed beside those of the first sync.
    const fn extra(&self) -> usize {
        self.live + self.writes + self.writes_by_eight + 2 * NEW * self.resyncs
    }
}

/// Measures all works with so many records.
pub(crate) fn measure(folder: &Path, n: usize, amounts: Amounts) -> Result<Vec<Row>, Failure> {
    let file = folder.join("records.jsonl");
    records::write(&file, n + amounts.extra())?;
    let mut bare = Bare::new(&folder.join("bare"), &Lines::open(&file)?, n)?;
    let mut pair = Pair::start(folder, &file)?;
    let mut rows = Vec::new();

    let took = pair.a.time(&insert(0, n, &json!({"batch": true})))?;
    let mut row = Row::new("bulk-import", n, &[took], &[bare.bulk_import()?]);
    row.peak_mib = pair.a.peak_mib()?;
    rows.push(row);
    pair.records = n;
    rows.insert(0, pair.first_sync(&bare, amounts)?);
    rows.push(pair.unlock(&bare, amounts)?);
    rows.push(pair.live_one(&bare, amounts)?);
    rows.push(pair.nothing_new(&bare, amounts)?);
    rows.extend(pair.writes(&bare, amounts)?);
    rows.push(pair.resync(&bare, amounts)?);
    rows.push(pair.edits_both(&bare, amounts)?);
    pair.quit()?;
    for row in &mut rows {
        row.n = n;
    }
    Ok(rows)
}

fn insert(from: usize, to: usize, how: &Json) -> Json {
    with(json!({"cmd": "insert", "from": from, "to": to}), how)
}

fn with(command: Json, more: &Json) -> Json {
    let mut fields = Map::new();
    for part in [&command, more] {
        fields.extend(part.as_object().cloned().unwrap_or_default());
    }
    Json::Object(fields)
}

/// Two partners who know each other, and the proxy between them.
struct Pair {
    a: Partner,
    b: Partner,
    proxy: Proxy,
    /// What `b` connects with, through the proxy.
    addr: String,
    /// Records that there are.
    records: usize,
    folder: PathBuf,
    file: PathBuf,
}

impl Pair {
    /// Makes two homes, joins them, and cuts them off again.
    fn start(folder: &Path, file: &Path) -> Result<Self, Failure> {
        let mut a = Partner::start(&folder.join("a"), file)?;
        let mut b = Partner::start(&folder.join("b"), file)?;
        for side in [&mut a, &mut b] {
            side.ask(&json!({"cmd": "open"}))?;
        }
        let listening = a.ask(&json!({"cmd": "listen"}))?;
        let text = listening.get("addr").and_then(Json::as_str).ok_or("no address")?;
        let mut ticket = Ticket::parse(text)?;
        let proxy = Proxy::start(socket(&ticket.addresses)?)?;
        for address in &mut ticket.addresses {
            *address = through(address, proxy.port())?;
        }
        let addr = ticket.to_text().to_string();
        let (folder, file) = (folder.to_path_buf(), file.to_path_buf());
        let mut pair = Self { a, b, proxy, addr, records: 0, folder, file };
        pair.connect()?;
        pair.settle()?;
        pair.cut()?;
        Ok(pair)
    }

    fn connect(&mut self) -> Result<(), Failure> {
        self.b.ask(&json!({"cmd": "connect", "addr": self.addr}))?;
        Ok(())
    }

    fn cut(&mut self) -> Result<(), Failure> {
        for side in [&mut self.b, &mut self.a] {
            side.ask(&json!({"cmd": "disconnect"}))?;
        }
        Ok(())
    }

    /// Gives both a command at once, and waits for both.
    fn both(&mut self, command: &Json) -> Result<(), Failure> {
        for side in [&mut self.a, &mut self.b] {
            side.tell(command)?;
        }
        for side in [&mut self.a, &mut self.b] {
            side.hear()?;
        }
        Ok(())
    }

    /// Waits until nothing goes over the network any more; the bytes until then.
    fn settle(&self) -> Result<u64, Failure> {
        let mut bytes = self.proxy.bytes();
        loop {
            thread::sleep(QUIET);
            if self.proxy.bytes() == bytes {
                return Ok(bytes);
            }
            bytes = self.proxy.bytes();
        }
    }

    fn first_sync(&mut self, bare: &Bare, amounts: Amounts) -> Result<Row, Failure> {
        let n = self.records;
        let before = self.proxy.bytes();
        let begun = now();
        self.connect()?;
        self.b.ask(&json!({"cmd": "wait_count", "n": n}))?;
        let took = begun.elapsed().as_secs_f64();
        let bare: Vec<f64> =
            (0..amounts.syncs).map(|_| bare.first_sync()).collect::<Result<_, _>>()?;
        let mut row = Row::new("first-sync", n, &[took], &bare);
        row.bytes = Some(self.settle()?.saturating_sub(before));
        row.peak_mib = self.b.peak_mib()?;
        self.both(&json!({"cmd": "digest", "from": 0, "to": n}))?;
        self.b.ask(&json!({"cmd": "close"}))?;
        row.disk_bytes = Some(self.b.disk_bytes()?);
        self.b.ask(&json!({"cmd": "open"}))?;
        Ok(row)
    }

    /// Opens the receiver's home in new processes.
    fn unlock(&mut self, bare: &Bare, amounts: Amounts) -> Result<Row, Failure> {
        let (mut took, mut peak, mut bare_took) = (Vec::new(), None, Vec::new());
        for _round in 0..amounts.unlocks {
            let b = Partner::start(&self.folder.join("b"), &self.file)?;
            std::mem::replace(&mut self.b, b).quit()?;
            took.push(self.b.time(&json!({"cmd": "open"}))?);
            peak = self.b.peak_mib()?;
            bare_took.push(bare.unlock()?);
        }
        let mut row = Row::new("unlock", self.records, &took, &bare_took);
        row.peak_mib = peak;
        Ok(row)
    }

    fn live_one(&mut self, bare: &Bare, amounts: Amounts) -> Result<Row, Failure> {
        self.connect()?;
        self.both(&json!({"cmd": "wait_synced"}))?;
        let (mut took, mut bare_took) = (Vec::new(), Vec::new());
        let before = self.settle()?;
        for _round in 0..amounts.live {
            let next = self.records + 1;
            self.b.tell(&json!({"cmd": "wait_count", "n": next}))?;
            let begun = now();
            self.a.tell(&insert(self.records, next, &json!({})))?;
            self.b.hear()?;
            took.push(begun.elapsed().as_secs_f64());
            self.a.hear()?;
            self.records = next;
            bare_took.push(bare.live_one()?);
        }
        let bytes = self.settle()?.saturating_sub(before);
        let mut row = Row::new("live-one", self.records, &took, &bare_took);
        row.bytes = bytes.checked_div(u64::try_from(amounts.live)?);
        self.cut()?;
        Ok(row)
    }

    fn nothing_new(&mut self, bare: &Bare, amounts: Amounts) -> Result<Row, Failure> {
        let (mut took, mut bare_took, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _round in 0..amounts.nothing {
            let before = self.settle()?;
            let begun = now();
            self.connect()?;
            self.both(&json!({"cmd": "wait_synced"}))?;
            took.push(begun.elapsed().as_secs_f64());
            bytes = self.settle()?.saturating_sub(before);
            self.cut()?;
            bare_took.push(bare.nothing_new(bytes)?);
        }
        let mut row = Row::new("nothing-new", self.records, &took, &bare_took);
        row.bytes = Some(bytes);
        Ok(row)
    }

    /// Durable writes while the partner is away; seconds are those of one write.
    fn writes(&mut self, bare: &Bare, amounts: Amounts) -> Result<Vec<Row>, Failure> {
        let frame = bare.frame_bytes();
        let (from, to) = (self.records, self.records + amounts.writes);
        let took = self.a.time(&insert(from, to, &json!({})))? / float(amounts.writes);
        let one = Row::new("write-one", to, &[took], &[bare.write_one(frame, amounts.writes)?]);
        let (from, to) = (to, to + amounts.writes_by_eight);
        let took = self.a.time(&insert(from, to, &json!({"writers": 8})))?
            / float(amounts.writes_by_eight);
        let bare_took = bare.write_eight(frame, amounts.writes_by_eight)?;
        let eight = Row::new("write-eight", to, &[took], &[bare_took]);
        self.records = to;
        self.connect()?;
        self.b.ask(&json!({"cmd": "wait_count", "n": to}))?;
        self.settle()?;
        self.cut()?;
        Ok(vec![one, eight])
    }

    fn resync(&mut self, bare: &Bare, amounts: Amounts) -> Result<Row, Failure> {
        let (mut took, mut bare_took, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _round in 0..amounts.resyncs {
            let before = self.settle()?;
            let (from, middle) = (self.records, self.records + NEW);
            self.records = middle + NEW;
            self.a.ask(&insert(from, middle, &json!({"batch": true})))?;
            self.b.ask(&insert(middle, self.records, &json!({"batch": true})))?;
            let begun = now();
            self.connect()?;
            self.both(&json!({"cmd": "wait_count", "n": self.records}))?;
            took.push(begun.elapsed().as_secs_f64());
            bytes = self.settle()?.saturating_sub(before);
            self.cut()?;
            bare_took.push(bare.resync(bytes, NEW)?);
        }
        let mut row = Row::new("resync-10", self.records, &took, &bare_took);
        row.bytes = Some(bytes);
        Ok(row)
    }

    fn edits_both(&mut self, bare: &Bare, amounts: Amounts) -> Result<Row, Failure> {
        let (mut took, mut bare_took, mut bytes) = (Vec::new(), Vec::new(), 0);
        for round in 0..amounts.edits {
            let before = self.settle()?;
            let place = json!({"from": round * EDITED, "to": (round + 1) * EDITED});
            self.a.ask(&with(json!({"cmd": "edit", "side": "A"}), &place))?;
            self.b.ask(&with(json!({"cmd": "edit", "side": "B"}), &place))?;
            let begun = now();
            self.connect()?;
            self.both(&with(json!({"cmd": "wait_merged"}), &place))?;
            took.push(begun.elapsed().as_secs_f64());
            bytes = self.settle()?.saturating_sub(before);
            self.cut()?;
            bare_took.push(bare.edits_both(bytes, EDITED)?);
        }
        let mut row = Row::new("edits-both", self.records, &took, &bare_took);
        row.bytes = Some(bytes);
        let all = json!({"cmd": "digest", "from": 0, "to": self.records});
        let digests = [self.a.ask(&all)?, self.b.ask(&all)?];
        let [Some(first), Some(second)] = digests.each_ref().map(|it| it.get("digest")) else {
            return Err("no digest".into());
        };
        if first == second { Ok(row) } else { Err("the two sides hold different records".into()) }
    }

    fn quit(self) -> Result<(), Failure> {
        self.a.quit()?;
        self.b.quit()
    }
}

/// The port of an address, on loopback.
fn socket(addresses: &[String]) -> Result<SocketAddr, Failure> {
    let address = addresses.first().ok_or("no address")?;
    let port = address.split('/').nth(4).ok_or("no port")?.parse()?;
    Ok(SocketAddr::from(([127, 0, 0, 1], port)))
}

/// The same address, on another port.
fn through(address: &str, port: u16) -> Result<String, Failure> {
    let mut parts: Vec<String> = address.split('/').map(str::to_owned).collect();
    *parts.get_mut(4).ok_or("no port")? = port.to_string();
    Ok(parts.join("/"))
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}
