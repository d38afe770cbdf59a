//! A file of evidence of 256 MiB against `age` on the same file: time, and memory at most.
//!
//! `cargo bench --bench files`. Each run is a process of its own, that reads one file and writes
//! another; nothing is synced to the disk by either. The best of three runs counts. Without `age`
//! and `age-keygen` only ours is measured, and it says so.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark that fails ends, measures, and says what it found"
)]

use std::{
    env,
    fs::{self, File},
    io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ceiba::blob::{
    BlobRef, Manifest,
    seal::{open, seal},
};
use zeroize::Zeroizing;

const MIB: u64 = 1024 * 1024;
/// Bytes of the file: ten minutes of video of a phone.
const BYTES: u64 = 256 * MIB;
const RUNS: usize = 3;
/// Pause between two looks at how much memory a process has used.
const LOOK: Duration = Duration::from_millis(2);

fn main() {
    let args: Vec<String> = env::args().collect();
    let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["child", "seal", from, to] => seal_file(Path::new(from), Path::new(to)),
        ["child", "open", from, to] => open_file(Path::new(from), Path::new(to)),
        // `cargo test --benches` does not say so, and wants nothing long.
        words if words.contains(&"--bench") => compare(),
        _other => {}
    }
}

fn secret() -> Zeroizing<[u8; 32]> {
    Zeroizing::new([7; 32])
}

fn seal_file(from: &Path, to: &Path) {
    let mut out = BufWriter::new(File::create(to).unwrap());
    let file = BufReader::with_capacity(256 * 1024, File::open(from).unwrap());
    let sealed = seal(secret(), file, |segment| out.write_all(segment)).unwrap();
    out.flush().unwrap();
    fs::write(to.with_extension("manifest"), sealed.manifest.as_bytes()).unwrap();
}

fn open_file(from: &Path, to: &Path) {
    let manifest = Manifest::decode(fs::read(from.with_extension("manifest")).unwrap()).unwrap();
    let reference = BlobRef::new(manifest.id(), BYTES, secret());
    let mut file = File::open(from).unwrap();
    let mut out = BufWriter::new(File::create(to).unwrap());
    let read = |segment: usize| {
        let (begin, length) = manifest.place(segment).unwrap_or_default();
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    open(&reference, &manifest, read, &mut out).unwrap();
    out.flush().unwrap();
}

/// Bytes that do not repeat.
fn write_content(path: &Path) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut state = 1_u64;
    for _word in 0..BYTES / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.write_all(&state.to_be_bytes()).unwrap();
    }
    out.flush().unwrap();
}

/// Memory that a process has used at most, in KiB, while it runs; 0 where the system does not say.
fn memory(process: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.and_then(|line| line.split_whitespace().next());
    words.and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// The best time of some runs of a command, and the most memory.
fn measure(name: &str, made: &Path, mut command: impl FnMut() -> Command) {
    let (mut best, mut most) = (Duration::MAX, 0);
    for _run in 0..RUNS {
        if made.exists() {
            fs::remove_file(made).unwrap();
        }
        let began = Instant::now();
        let mut process = command().stdin(Stdio::null()).spawn().unwrap();
        let ended = loop {
            most = most.max(memory(&process));
            if let Some(ended) = process.try_wait().unwrap() {
                break ended;
            }
            thread::sleep(LOOK);
        };
        best = best.min(began.elapsed());
        assert!(ended.success(), "{name} failed");
    }
    let rate = f64::from(u32::try_from(BYTES / MIB).unwrap()) / best.as_secs_f64();
    println!("{name:<12} {:>7.3} s {rate:>8.0} MiB/s {:>7} KiB", best.as_secs_f64(), most);
}

fn compare() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (plain, sealed, opened) = (path("plain"), path("sealed"), path("opened"));
    write_content(&plain);
    let ours = |what: &str, from: &Path, to: &Path| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["child", what]).args([from, to]);
        command
    };
    println!("256 MiB         best of {RUNS}              memory at most");
    measure("ceiba seal", &sealed, || ours("seal", &plain, &sealed));
    measure("ceiba open", &opened, || ours("open", &sealed, &opened));
    assert!(same(&plain, &opened), "it comes back as it was");
    let (key, encrypted) = (path("key"), path("encrypted"));
    let made = Command::new("age-keygen").arg("-o").arg(&key).stderr(Stdio::null()).status();
    if !made.is_ok_and(|made| made.success()) {
        eprintln!("SKIPPED: no age and age-keygen to compare with (apt-get install age)");
        return;
    }
    let key_text = fs::read_to_string(&key).unwrap();
    let recipient = key_text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    measure("age -r", &encrypted, || {
        let mut command = Command::new("age");
        command.args(["-r", recipient, "-o"]).args([&encrypted, &plain]);
        command
    });
    fs::remove_file(&opened).unwrap();
    measure("age -d", &opened, || {
        let mut command = Command::new("age");
        command.args(["-d", "-i"]).arg(&key).arg("-o").args([&opened, &encrypted]);
        command
    });
    assert!(same(&plain, &opened), "it comes back as it was");
}

fn same(one: &Path, other: &Path) -> bool {
    let [mut one, mut other] = [one, other].map(|path| BufReader::new(File::open(path).unwrap()));
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let read = one.read(&mut left).unwrap();
        if read == 0 {
            return other.read(&mut right).unwrap() == 0;
        }
        let right = right.get_mut(..read).unwrap();
        other.read_exact(right).unwrap();
        if left.get(..read).unwrap() != right {
            return false;
        }
    }
}
