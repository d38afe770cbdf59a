//! A note on the desktop, by the program that the system has for it.

use std::{
    io,
    process::{Command, Stdio},
    time::Duration,
};

use super::{SinkError, text};

/// How long the program may take. It hands the note over and ends.
const PATIENCE: Duration = Duration::from_secs(5);
/// Looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(50);

/// Shows that an alert waits, or that nothing does. Always the same words: what is given to a program
/// can be read by all others of the same person.
pub(super) async fn show(test: bool) -> Result<(), SinkError> {
    let words = if test { text::TEST } else { text::WAITS };
    let shown = tokio::task::spawn_blocking(move || run(command(words)));
    shown.await.map_err(|_panic| SinkError::Desktop)?
}

#[cfg(target_os = "macos")]
fn command(words: &str) -> Command {
    let mut command = Command::new("osascript");
    command.args(["-e", &format!("display notification \"{words}\" with title \"ceiba\"")]);
    command
}

#[cfg(not(target_os = "macos"))]
fn command(words: &str) -> Command {
    let mut command = Command::new("notify-send");
    command.args(["--urgency=critical", "--app-name=ceiba", "ceiba", words]);
    command
}

/// Runs a program, for as long as there is patience.
fn run(mut command: Command) -> Result<(), SinkError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| {
        let is_there = error.kind() != io::ErrorKind::NotFound;
        if is_there { SinkError::Desktop } else { SinkError::NoDesktop }
    })?;
    let looks = PATIENCE.as_millis() / LOOK.as_millis();
    for _look in 0..looks {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_failed)) => return Err(SinkError::Desktop),
            Ok(None) => std::thread::sleep(LOOK),
            Err(_error) => break,
        }
    }
    drop(child.kill());
    drop(child.wait());
    Err(SinkError::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_fails_or_hangs_is_told() {
        assert_eq!(run(Command::new("ceiba-has-no-such-program")), Err(SinkError::NoDesktop));
        assert_eq!(run(Command::new("false")), Err(SinkError::Desktop));
        assert_eq!(run(Command::new("true")), Ok(()));
        let mut hanging = Command::new("sleep");
        hanging.arg("60");
        assert_eq!(run(hanging), Err(SinkError::TimedOut));
    }
}
