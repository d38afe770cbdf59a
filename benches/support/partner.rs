//! A driver as a process of its own, from the runner's side.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Map, Value as Json, json};

use super::fields::Failure;

/// By which this program knows that it is to be a driver.
pub(crate) const DRIVER: &str = "--driver";

/// A driver; killed when dropped.
pub(crate) struct Partner {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Drop for Partner {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Partner {
    /// A process whose node is in this folder, not open yet.
    pub(crate) fn start(folder: &Path, records: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(DRIVER)
            .args([folder, records])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("the driver has no input")?;
        let output = child.stdout.take().ok_or("the driver has no output")?;
        let folder = folder.to_path_buf();
        Ok(Self { child, input, output: BufReader::new(output), folder })
    }

    /// Gives a command, without waiting for the answer.
    pub(crate) fn tell(&mut self, command: &Json) -> Result<(), Failure> {
        Ok(writeln!(self.input, "{command}")?)
    }

    /// Waits for the answer to the command that was given.
    pub(crate) fn hear(&mut self) -> Result<Map<String, Json>, Failure> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let answer: Map<String, Json> = serde_json::from_str(&line)?;
        match answer.get("error") {
            Some(error) => Err(format!("a driver answered: {error}").into()),
            None => Ok(answer),
        }
    }

    /// Gives a command and waits for its answer.
    pub(crate) fn ask(&mut self, command: &Json) -> Result<Map<String, Json>, Failure> {
        self.tell(command)?;
        self.hear()
    }

    /// Gives a command and waits; the seconds that it took there.
    pub(crate) fn time(&mut self, command: &Json) -> Result<f64, Failure> {
        let answer = self.ask(command)?;
        Ok(answer.get("secs").and_then(Json::as_f64).ok_or("an answer without its seconds")?)
    }

    /// The most memory that the process has had.
    pub(crate) fn peak_mib(&mut self) -> Result<Option<f64>, Failure> {
        Ok(self.ask(&json!({"cmd": "stats"}))?.get("peak_mib").and_then(Json::as_f64))
    }

    /// Bytes of the home's files; say `close` before.
    pub(crate) fn disk_bytes(&self) -> Result<u64, Failure> {
        super::driver::disk_bytes(&self.folder)
    }

    /// Closes the node and ends the process.
    pub(crate) fn quit(mut self) -> Result<(), Failure> {
        self.ask(&json!({"cmd": "quit"}))?;
        self.child.wait()?;
        Ok(())
    }
}
