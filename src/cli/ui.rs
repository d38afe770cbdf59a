//! The only writer to standard output and standard error.
//!
//! Text of partners reaches a terminal here, so what could steer the terminal or reorder what is
//! read is replaced on its way out, whoever wrote it.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use super::{failure::Failure, tongue::Tongue};
use crate::api::{ApiError, Progress};

/// How a command speaks to whoever called it.
pub struct Ui {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// Standard output is a terminal.
    out_is_terminal: bool,
    /// Standard error is a terminal.
    err_is_terminal: bool,
    json: bool,
    quiet: bool,
    tongue: Tongue,
}

impl fmt::Debug for Ui {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ui").field("json", &self.json).field("quiet", &self.quiet).finish()
    }
}

impl Ui {
    /// The process's own output.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
            out: Box::new(io::BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
            json: false,
            quiet: false,
            tongue: tongue_of_process(),
        }
    }

    /// Writes elsewhere, as to no terminal.
    #[must_use]
    pub fn to_writers(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        let (out_is_terminal, err_is_terminal) = (false, false);
        let (json, quiet, tongue) = (false, false, Tongue::default());
        Self { out, err, out_is_terminal, err_is_terminal, json, quiet, tongue }
    }

    /// Speaks this language.
    pub(crate) const fn speak(&mut self, tongue: Tongue) {
        self.tongue = tongue;
    }

    /// The language that whoever called reads.
    pub(crate) const fn tongue(&self) -> Tongue {
        self.tongue
    }

    /// Chooses JSON, and whether to leave out what is not the result.
    pub(crate) const fn configure(&mut self, json: bool, quiet: bool) {
        self.json = json;
        self.quiet = quiet;
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person looks at standard output.
    pub(crate) const fn shows_pictures(&self) -> bool {
        self.out_is_terminal && !self.json && !self.quiet
    }

    /// Lines and columns of the terminal; of a small one if it does not say.
    pub(crate) fn size(&self) -> (usize, usize) {
        let (lines, columns) = console::Term::stdout().size_checked().unwrap_or((24, 80));
        (usize::from(lines), usize::from(columns))
    }

    /// Prints a result for people.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        let mut text = harmless(text);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Prints a line of a result for people; in red what somebody has to do something about, where
    /// the terminal shows colours.
    pub(crate) fn alarm(&mut self, line: &str, loud: bool) -> Result<(), Failure> {
        let line = harmless(line);
        let line = if loud && self.out_is_terminal {
            console::style(line).red().bold().to_string()
        } else {
            line
        };
        Ok(writeln!(self.out, "{line}")?)
    }

    /// Rings the terminal's bell, if there is a terminal.
    pub(crate) fn ring(&mut self) -> Result<(), Failure> {
        if self.out_is_terminal { Ok(self.out.write_all(b"\x07")?) } else { Ok(()) }
    }

    /// Prints a result for programs, on one line when nobody looks.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = if self.out_is_terminal {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        };
        let text = text.map_err(io::Error::from)?;
        Ok(writeln!(self.out, "{}", escape_in_json(&text))?)
    }

    /// Prints a value of a larger one that is written piece by piece.
    pub(crate) fn json_part(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        Ok(self.out.write_all(escape_in_json(&text).as_bytes())?)
    }

    /// Ends an object of which the list `written` was written piece by piece: closes the list and
    /// prints the other fields.
    pub(crate) fn json_rest(
        &mut self,
        value: &impl Serialize,
        written: &str,
    ) -> Result<(), Failure> {
        let mut value = serde_json::to_value(value).map_err(io::Error::from)?;
        if let Some(object) = value.as_object_mut() {
            object.remove(written);
        }
        let text = escape_in_json(&value.to_string());
        let fields = text.strip_prefix('{').unwrap_or_default();
        Ok(writeln!(self.out, "],{fields}")?)
    }

    /// Writes bytes as they are: completions, man pages, a file's content.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Says something beside the result, on standard error.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Asks something that has to be answered, on standard error.
    pub(crate) fn ask(&mut self, question: &str) {
        drop(write!(self.err, "{} ", harmless(question)));
        drop(self.err.flush());
    }

    /// Reports an error.
    pub(crate) fn error(&mut self, error: &ApiError) {
        if self.json {
            let text = json!({ "error": error }).to_string();
            self.complain(&escape_in_json(&text));
            return;
        }
        let text = self.tongue.error_line(error);
        self.complain(&text);
    }

    /// Standard error has nobody left to tell when it fails.
    fn complain(&mut self, text: &str) {
        drop(writeln!(self.err, "{}", harmless(text.trim_end())));
        drop(self.err.flush());
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    /// A display of progress: on standard error, when somebody looks.
    pub(crate) fn progress(&self) -> ProgressDisplay {
        let shown = self.err_is_terminal && !self.json && !self.quiet;
        ProgressDisplay { shown, bar: None, measured: false, tongue: self.tongue }
    }
}

/// Shows [`Progress`] as it comes; cleared when dropped.
#[derive(Debug)]
pub(crate) struct ProgressDisplay {
    shown: bool,
    bar: Option<ProgressBar>,
    measured: bool,
    tongue: Tongue,
}

impl ProgressDisplay {
    pub(crate) fn show(&mut self, progress: &Progress) {
        if !self.shown {
            return;
        }
        let measured = progress.total.is_some();
        if self.bar.is_none() || measured != self.measured {
            self.clear();
            self.measured = measured;
        }
        let bar = self.bar.get_or_insert_with(|| new_bar(measured));
        let name = progress.step.replace(' ', "-").replace('\'', "");
        let step = self.tongue.find(&format!("step-{name}"), None);
        let step = step.unwrap_or_else(|| progress.step.clone());
        bar.set_message(harmless(&step).replace('\n', " "));
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.done);
        bar.tick();
    }

    /// Takes the display away, so that something can be printed.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The language of the process's surroundings.
fn tongue_of_process() -> Tongue {
    let named = |variable: &str| std::env::var(variable).ok();
    let (all, messages, lang) = (named("LC_ALL"), named("LC_MESSAGES"), named("LANG"));
    Tongue::of_locale(all.as_deref(), messages.as_deref(), lang.as_deref())
}

fn new_bar(measured: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = if measured { "{bar:30} {pos}/{len} {msg}" } else { "{spinner} {msg}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Whether a character steers a terminal, or makes text read in another order than it stands.
pub(crate) fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn harmless(text: &str) -> String {
    let shown = |c: char| if is_steering(c) && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// The same JSON value in characters that cannot steer a terminal. JSON's own line feeds stand
/// between values; inside of strings they are escaped already.
fn escape_in_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_steering(character) && character != '\n' {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partners_text_cannot_steer_the_terminal() {
        let shown = harmless("a\u{1b}[2Jb\u{9b}c\u{202e}d\ne");
        assert_eq!(shown, "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\ne");
    }

    #[test]
    fn json_keeps_its_value_when_it_is_made_harmless() {
        let value = "a\u{1b}\u{9b}\u{202e}\n";
        let text = escape_in_json(&serde_json::to_string(value).unwrap());
        assert!(text.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }
}
