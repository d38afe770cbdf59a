//! One command's surroundings: options, input, output, and whoever answers.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use zeroize::Zeroizing;

use super::{
    args::Global,
    backend::{Nodes, Place},
    failure::{Failure, own_error},
    input::Input,
    render,
    ui::Ui,
};
use crate::api::{Answer, ApiError, Backend, ErrorKind, Request};

/// What a command works with.
pub(crate) struct Session<'a> {
    global: Global,
    pub(crate) ui: &'a mut Ui,
    pub(crate) input: Input,
    pub(crate) nodes: &'a mut dyn Nodes,
}

impl<'a> Session<'a> {
    pub(crate) const fn new(
        global: Global,
        ui: &'a mut Ui,
        input: Input,
        nodes: &'a mut dyn Nodes,
    ) -> Self {
        Self { global, ui, input, nodes }
    }

    /// The home: as given, or where the platform keeps the data of programs.
    pub(crate) fn home(&self) -> Result<PathBuf, ApiError> {
        if let Some(home) = &self.global.home {
            return Ok(home.clone());
        }
        let platform = etcetera::base_strategy::choose_native_strategy();
        platform.map(|folders| folders.data_dir().join("ceiba")).map_err(|error| {
            let given = [("reason", error.to_string())];
            own_error(ErrorKind::Usage, "error-no-data-folder", &given)
        })
    }

    /// The passphrase of the existing home.
    pub(crate) fn passphrase(&self) -> Result<Zeroizing<String>, ApiError> {
        self.global.passphrase_source().existing(&self.input)
    }

    /// A passphrase for a new home.
    pub(crate) fn fresh_passphrase(&self) -> Result<Zeroizing<String>, ApiError> {
        self.global.passphrase_source().fresh(&self.input)
    }

    /// Somebody who answers this request and others.
    pub(crate) fn connect(&mut self, request: &Request) -> Result<Box<dyn Backend>, ApiError> {
        let home = self.home()?;
        let source = self.global.passphrase_source();
        let input = &self.input;
        let mut passphrase = || source.existing(input);
        let place = Place { home, passphrase: &mut passphrase };
        self.nodes.connect(place, request)
    }

    /// Asks, with progress, for an answer.
    pub(crate) fn ask(&mut self, request: Request) -> Result<Answer, ApiError> {
        let mut backend = self.connect(&request)?;
        let mut display = self.ui.progress();
        backend.call(request, &mut |progress| display.show(&progress))
    }

    /// Asks and shows the answer.
    pub(crate) fn ask_and_show(&mut self, request: Request) -> Result<(), Failure> {
        let answer = self.ask(request)?;
        self.show(&answer)?;
        fruitless(&answer).map_or(Ok(()), |kind| Err(Failure::Fruitless(kind)))
    }

    /// Shows an answer: its JSON value, or text for people.
    pub(crate) fn show(&mut self, answer: &Answer) -> Result<(), Failure> {
        if self.ui.is_json() {
            return self.ui.json(&answer_value(answer)?);
        }
        self.ui.text(&render::answer(answer, self.ui.tongue()))
    }
}

/// How a command ends that was carried out, and of which nothing came: no partner was reached, or
/// consent refused every incident.
fn fruitless(answer: &Answer) -> Option<ErrorKind> {
    if let Answer::Synced(it) = answer {
        return (it.in_sync.is_empty() && !it.failed.is_empty()).then_some(ErrorKind::Network);
    }
    if let Answer::BundleImported(it) = answer {
        return it.fruitless().then_some(ErrorKind::Refused);
    }
    if let Answer::Shared(it) = answer {
        return it.counts.keys().eq(["refused"]).then_some(ErrorKind::Refused);
    }
    None
}

/// The value alone: what `--json` prints.
fn answer_value(answer: &Answer) -> Result<serde_json::Value, Failure> {
    let mut tagged = serde_json::to_value(answer).map_err(std::io::Error::from)?;
    Ok(tagged.get_mut("value").map(serde_json::Value::take).unwrap_or_default())
}
