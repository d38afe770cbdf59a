//! How fast the core is: two real processes on loopback, beside a bare pipeline of the same parts.
//!
//! ```text
//! cargo bench --bench core                          # 1,000 to 100,000 records; minutes
//! cargo bench --bench core -- --quick               # 200 and 1,000
//! cargo bench --bench core -- --sizes 1000,10000
//! ```
//!
//! Prints the table, and writes it to `target/bench/core.json`. All bytes go through a proxy that
//! counts them: TCP streams both ways, with handshakes. What each work is, and its bare counterpart:
//!
//! | work | here | bare |
//! |---|---|---|
//! | `first-sync` | partners that know each other connect; until all is durable and readable | the pipeline from sealed runs to documents, [`bare`] |
//! | `bulk-import` | records are written, durable, in the view | its write half: documents made, sealed, chained, signed, appended |
//! | `unlock` | a home is opened in a new process, and the first page listed (the passphrase costs next to nothing, because what it costs is chosen) | the same rows decrypted and read into a list, on both cores |
//! | `live-one` | one record is written; until the partner in session can read it | fdatasync, send, fdatasync, apply, answer |
//! | `nothing-new` | connect; until both know that nothing is missing | connect, and one round trip with the same bytes |
//! | `write-one` | one durable write after the other; seconds of one | fdatasync of a sealed record, one after the other |
//! | `write-eight` | the same by eight writers at once | one fdatasync for each eight |
//! | `resync-10` | connect with ten new records on each side; until both have all | connect, one round trip with the same bytes, one fdatasync and ten documents on each side |
//! | `edits-both` | connect after each side edited the same hundred records; until both have both edits | the same with a hundred documents loaded and changed on each side |

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "support/bare.rs"]
mod bare;
#[path = "support/driver.rs"]
mod driver;
#[path = "support/fields.rs"]
mod fields;
#[path = "support/lines.rs"]
mod lines;
#[path = "support/partner.rs"]
mod partner;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/records.rs"]
mod records;
#[path = "support/table.rs"]
mod table;
#[path = "support/works.rs"]
mod works;

use std::{
    io,
    path::{Path, PathBuf},
};

use fields::Failure;
use works::Amounts;

const SIZES: [usize; 4] = [1_000, 10_000, 50_000, 100_000];
const QUICK_SIZES: [usize; 2] = [200, 1_000];

const WHOLE: Amounts = Amounts {
    live: 21,
    nothing: 5,
    writes: 200,
    writes_by_eight: 400,
    resyncs: 5,
    edits: 3,
    unlocks: 3,
    syncs: 3,
};
const QUICK: Amounts = Amounts {
    live: 5,
    nothing: 1,
    writes: 20,
    writes_by_eight: 40,
    resyncs: 1,
    edits: 1,
    unlocks: 1,
    syncs: 1,
};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|it| it == wanted);
    if let [first, folder, records, ..] = arguments.as_slice()
        && first == partner::DRIVER
    {
        let (folder, records) = (PathBuf::from(folder), PathBuf::from(records));
        return driver::drive(&folder, &records, io::stdin().lock(), io::stdout().lock());
    }
    // `cargo bench` says so; `cargo test --benches` does not, and wants nothing long.
    if !has("--bench") || has("--test") {
        println!("nothing is measured: run `cargo bench --bench core`");
        return Ok(());
    }
    let chosen = arguments.iter().skip_while(|it| *it != "--sizes").nth(1);
    let sizes: Vec<usize> = match chosen {
        Some(text) => text.split(',').map(str::parse).collect::<Result<_, _>>()?,
        None if has("--quick") => QUICK_SIZES.to_vec(),
        None => SIZES.to_vec(),
    };
    let amounts = if has("--quick") { QUICK } else { WHOLE };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&target)?;
    let mut rows = Vec::new();
    for n in sizes {
        // On the disk of the project, because many systems have their temporary files in memory.
        let folder = tempfile::tempdir_in(&target)?;
        rows.extend(works::measure(folder.path(), n, amounts)?);
        tell(&format!("{n} records: done"));
    }
    std::fs::write(target.join("core.json"), table::json(&rows))?;
    println!("{}\n{}", table::markdown(&rows), table::growth(&rows));
    Ok(())
}

/// It takes minutes, and somebody waits.
fn tell(message: &str) {
    #[expect(clippy::print_stderr, reason = "the table alone goes to the standard output")]
    {
        eprintln!("{message}");
    }
}
