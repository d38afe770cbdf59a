//! Lets other programs time a node: a JSON line in is a command, a JSON line out its answer.
//!
//! ```text
//! cargo run --release --example bench_driver -- DIR RECORDS.jsonl
//! ```
//!
//! | line | answer beside `secs` (wall seconds) |
//! |---|---|
//! | `{"cmd":"open"}` opens or makes the node in DIR | |
//! | `{"cmd":"insert","from":0,"to":9,"batch":false}` one at a time, each durable; or as fast as it goes durably; or with `"writers":8` at once | |
//! | `{"cmd":"edit","from":0,"to":9,"side":"A"}` A sets `status`, B sets `site` | |
//! | `{"cmd":"listen"}` | `addr`, for the other's `connect` |
//! | `{"cmd":"connect","addr":"…"}` joins if need be, and opens a session | |
//! | `{"cmd":"disconnect"}` ends the session; no side dials again by itself | |
//! | `{"cmd":"wait_count","n":9}` until so many records are durable and readable here | `n` |
//! | `{"cmd":"wait_merged","from":0,"to":9}` until these have the edits of both sides | `merged` |
//! | `{"cmd":"count"}` | `n` |
//! | `{"cmd":"digest","from":0,"to":9}` over the records as JSON with sorted keys, a line each | `digest`, `have`, `merged` |
//! | `{"cmd":"stats"}` | frames and their bytes, `peak_mib`, `disk_bytes` |
//! | `{"cmd":"close"}`, `{"cmd":"quit"}` | |
//!
//! What goes wrong is answered with `error`. RECORDS.jsonl has one flat object a line, with an `id`.

#[path = "../benches/support/driver.rs"]
pub(crate) mod driver;
#[path = "../benches/support/fields.rs"]
pub(crate) mod fields;
#[path = "../benches/support/lines.rs"]
mod lines;

use std::{io, path::PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(records)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments: the node's folder, and a file of records".into());
    };
    driver::drive(&folder, &records, io::stdin().lock(), io::stdout().lock())
}
