//! The command `ceiba`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ceiba::cli::main()
}
