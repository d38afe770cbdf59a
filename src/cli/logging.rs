//! The log: on standard error, for whoever looks after a node.

use std::io;

use tracing_subscriber::EnvFilter;

/// Starts the log. `RUST_LOG` decides; else `-v`, `-vv`, `-vvv`; else warnings, and for a node
/// that runs what it does.
pub(crate) fn start(verbose: u8, runs_long: bool) {
    let level = match verbose.saturating_add(u8::from(runs_long)) {
        0 => "warn",
        1 => "warn,ceiba=info",
        2 => "warn,ceiba=debug",
        _ => "info,ceiba=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
        .log_internal_errors(false);
    // A second start in one process keeps the first log.
    drop(log.try_init());
}
