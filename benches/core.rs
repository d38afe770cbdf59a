//! How fast the core is: two real processes on loopback, beside a bare pipeline of the same parts.
//!
//! ```text
//! cargo bench --bench core                          # 1,000 to 100,000 records; minutes
//! cargo bench --bench core -- --quick               # 200 and 1,000
//! cargo bench --bench core -- --sizes 1000,10000
//! ```
//!
//! Prints the table, and writes it to `target/bench/core.json`.

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
