//! The command line from argv to exit code, with stand-ins for nodes.

mod alert;
mod figures;
mod help;
mod linkage;
mod outcomes;
mod readme;
mod requests;
mod vocabulary;

use std::{
    ffi::OsString,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use super::{
    backend::{Nodes, Place},
    input::Input,
    seams::{Claim, DemoOptions, DemoReport, InitOptions, Initialised, RunEvent, RunOptions},
    ui::Ui,
};
use crate::{
    api::{Answer, ApiError, Backend, Progress, Request},
    model::id::{DeviceId, OrgId},
};

/// A writer that others can look into.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer whose reader has left.
#[derive(Debug)]
struct Gone;

impl Write for Gone {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

/// Notes what is asked, and answers what it was told to.
#[derive(Debug, Clone)]
struct FakeNodes {
    asked: Arc<Mutex<Vec<Request>>>,
    answer: Result<Answer, ApiError>,
    claims: Vec<bool>,
}

impl FakeNodes {
    fn answering(answer: Result<Answer, ApiError>) -> Self {
        Self { asked: Arc::default(), answer, claims: vec![true] }
    }
}

impl Backend for FakeNodes {
    fn call(
        &mut self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        progress(Progress::of("faking", 1, 2));
        self.asked.lock().unwrap().push(request);
        self.answer.clone()
    }
}

impl Nodes for FakeNodes {
    fn connect(&mut self, _: Place<'_>, _: &Request) -> Result<Box<dyn Backend>, ApiError> {
        Ok(Box::new(self.clone()))
    }

    fn init(&mut self, options: InitOptions) -> Result<Initialised, ApiError> {
        assert_eq!(options.passphrase.as_str(), "correct horse");
        Ok(Initialised {
            org: OrgId::new([1; 32]),
            device: DeviceId::new([2; 32]),
            peer_id: "12D3KooWFake".to_owned(),
            words: "abandon ability able about above absent absorb abstract".to_owned().into(),
        })
    }

    fn run(&mut self, _: RunOptions, events: &mut dyn FnMut(RunEvent)) -> Result<(), ApiError> {
        events(RunEvent::Ready);
        events(RunEvent::Stopped);
        Ok(())
    }

    fn demo(
        &mut self,
        _: DemoOptions,
        _: &mut dyn FnMut(Progress),
    ) -> Result<DemoReport, ApiError> {
        let claim = |held: &bool| Claim { claim: "what was said holds".to_owned(), held: *held };
        Ok(DemoReport {
            story: vec!["Three partners met.".to_owned()],
            partners: Vec::new(),
            facts: std::collections::BTreeMap::new(),
            claims: self.claims.iter().map(claim).collect(),
            duration_ms: 1500,
        })
    }
}

/// What a command line came to.
#[derive(Debug)]
struct Ended {
    code: u8,
    out: String,
    err: String,
    asked: Vec<Request>,
}

fn run_with(nodes: &FakeNodes, stdin: &'static str, words: &[&str]) -> Ended {
    let (out, err) = (Written::default(), Written::default());
    let mut ui = Ui::to_writers(Box::new(out.clone()), Box::new(err.clone()));
    let input = Input::from_reader(Box::new(io::Cursor::new(stdin)));
    let argv = std::iter::once("ceiba").chain(words.iter().copied()).map(OsString::from);
    let code = super::run(argv, &mut ui, input, &mut nodes.clone());
    let asked = nodes.asked.lock().unwrap().clone();
    Ended { code, out: out.text(), err: err.text(), asked }
}

/// Runs a command line, words split at spaces, whose request is answered with `Done`.
fn run(line: &str) -> Ended {
    let words: Vec<&str> = line.split(' ').collect();
    run_with(&FakeNodes::answering(Ok(Answer::Done)), "", &words)
}
