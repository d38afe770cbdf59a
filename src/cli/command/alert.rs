//! `ceiba alert`

mod raise;
mod watch;

use clap::{Args, Subcommand, ValueEnum};

use self::raise::Level;
use super::{alert_cap, assignments::Assignments, duration};
use crate::{
    api::{
        Answer, ErrorKind, Request,
        alert::{AlertRequest, NewEntry},
    },
    cli::{
        failure::{Failure, own_error},
        render,
        session::Session,
    },
};

/// Raise alerts, answer them, and see who has
///
/// An alert goes before everything else. It is open until somebody takes it, and every node counts
/// the time by itself: without an answer it escalates, also where nobody is online. Who is in the
/// circle reads it, so write no names and no exact place.
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba alert list")]
pub(crate) enum Alert {
    Raise(Box<raise::Raise>),
    Drill(Box<raise::Drill>),
    Ack(Ack),
    Update(Update),
    StandDown(StandDown),
    Confirm(Confirm),
    Review(Review),
    Incident(Incident),
    Lesson(Lesson),
    List(List),
    Show(Show),
    Watch(watch::Watch),
    Export(Box<alert_cap::Export>),
    Import(alert_cap::Import),
}

impl Alert {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let request = match self {
            Self::Raise(raise) => raise.request(),
            Self::Drill(drill) => drill.request(),
            Self::Ack(ack) => ack.request()?,
            Self::Update(update) => update.request(),
            Self::StandDown(it) => {
                let (outcome, check_in) = (it.outcome.code(), it.check_in);
                say(it.alert, it.by, NewEntry::StandDown { outcome, check_in, text: it.text })
            }
            Self::Confirm(it) => it.request(session)?,
            Self::Review(it) => {
                let outcome = it.outcome.code();
                say(it.alert, it.by, NewEntry::Review { outcome, text: it.text })
            }
            Self::Incident(it) => {
                let fields = it.fields.read(&mut session.input)?;
                AlertRequest::Incident { alert: it.alert, by: it.by, fields }
            }
            Self::Lesson(it) => {
                let fields = it.fields.read(&mut session.input)?;
                AlertRequest::Lesson { alert: it.alert, title: it.title, fields }
            }
            Self::List(it) => it.request(),
            Self::Show(it) => AlertRequest::Show { alert: it.alert, silent: it.silent },
            Self::Watch(watch) => return watch.run(session),
            Self::Export(export) => return export.run(session),
            Self::Import(import) => return import.run(session),
        };
        let answer = session.ask(Request::Alert(request))?;
        if session.ui.is_json() {
            return session.show(&answer);
        }
        let text = render::answer(&answer, session.ui.tongue());
        text.lines().try_for_each(|line| session.ui.alarm(line, line.starts_with(render::LOUD)))
    }
}

fn say(alert: String, by: Option<String>, entry: NewEntry) -> AlertRequest {
    AlertRequest::Say { alert, by, entry }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Outcome {
    /// Those concerned are safe
    Safe,
    /// Harm was done
    HarmOccurred,
    /// There was nothing
    FalseAlarm,
    /// Somebody else goes on with it
    Transferred,
}

impl Outcome {
    fn code(self) -> String {
        match self {
            Self::Safe => "safe",
            Self::HarmOccurred => "harm_occurred",
            Self::FalseAlarm => "false_alarm",
            Self::Transferred => "transferred",
        }
        .to_owned()
    }
}

/// What one answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stance {
    /// We act
    Taking,
    /// Received, no more
    Seen,
    /// We cannot help
    Cannot,
}

/// Answer an alert: taking it stops its escalation
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba alert ack 5c1e90ab taking --text \"A team leaves at once\""
)]
pub(crate) struct Ack {
    /// The alert: id, or a prefix of it
    alert: String,
    /// What you answer
    #[arg(value_enum)]
    stance: Stance,
    /// With cannot: for everybody of the organisation who takes it
    #[arg(long)]
    all_of_us: bool,
    /// What else, without names
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

impl Ack {
    fn request(self) -> Result<AlertRequest, Failure> {
        if self.all_of_us {
            let cannot = matches!(self.stance, Stance::Cannot);
            let refused = || own_error(ErrorKind::Usage, "error-alert-all-of-us", &[]).into();
            let entry = NewEntry::GiveUp { text: self.text };
            return cannot.then(|| say(self.alert, self.by, entry)).ok_or_else(refused);
        }
        let stance = match self.stance {
            Stance::Taking => "taking",
            Stance::Seen => "seen",
            Stance::Cannot => "cannot",
        };
        let entry = NewEntry::Acknowledgement { stance: stance.to_owned(), text: self.text };
        Ok(say(self.alert, self.by, entry))
    }
}

/// Say what is new; it can make an alert more severe, never less
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba alert update 5c1e90ab --text \"They have left the camp\""
)]
pub(crate) struct Update {
    /// The alert: id, or a prefix of it
    alert: String,
    /// What is new, without names
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// A more severe level
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// When it expires, from now on: 6h, 2d
    #[arg(long, value_name = "DURATION", value_parser = duration::seconds)]
    expires: Option<u64>,
    /// Where, coarsely: a region or municipality
    #[arg(long = "where", value_name = "TEXT")]
    place: Option<String>,
    /// The incident that was made of it
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

impl Update {
    fn request(self) -> AlertRequest {
        let entry = NewEntry::Update {
            text: self.text,
            level: self.level.map(Level::code),
            expires_in: self.expires,
            place: self.place,
            incident: self.incident,
        };
        say(self.alert, self.by, entry)
    }
}

/// Close an alert; where life is at risk another organisation confirms it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba alert stand-down 5c1e90ab --outcome safe --check-in \"call with the code word\""
)]
pub(crate) struct StandDown {
    /// The alert: id, or a prefix of it
    alert: String,
    /// How it ended
    #[arg(long, value_enum)]
    outcome: Outcome,
    /// How those concerned were reached
    #[arg(long, value_name = "TEXT")]
    check_in: String,
    /// What else, without names
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

/// Confirm a closing that waits for a second organisation
///
/// Shows who closed it, how it ended and how those concerned were reached, and asks. Where nobody can
/// be asked, name the closing with --entry.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba alert confirm 5c1e90ab --entry 77ab01fe20c94d15"
)]
pub(crate) struct Confirm {
    /// The alert: id, or a prefix of it
    alert: String,
    /// Which closing: its 32 digits in `alert show`
    #[arg(long, value_name = "HASH")]
    entry: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

impl Confirm {
    /// What waits is shown before anybody agrees to it: two persons who speak on the telephone must
    /// mean one closing.
    fn request(self, session: &mut Session<'_>) -> Result<AlertRequest, Failure> {
        let Self { alert, entry, by } = self;
        let confirm = |alert, entry| say(alert, by, NewEntry::Confirm { entry });
        if let Some(entry) = entry {
            return Ok(confirm(alert, entry));
        }
        let shown = AlertRequest::Show { alert: alert.clone(), silent: true };
        let Answer::Alert(detail) = session.ask(Request::Alert(shown))? else {
            return Err(own_error(ErrorKind::Internal, "error-export-strange", &[]).into());
        };
        let tongue = session.ui.tongue();
        let closings = render::alert_closings(&detail, tongue);
        let refused = || {
            let lines: Vec<&str> = closings.iter().map(|(_hash, line)| line.as_str()).collect();
            let given = [("closings", lines.join("; "))];
            own_error(ErrorKind::Usage, "error-alert-which-closing", &given).into()
        };
        match closings.as_slice() {
            [] => Err(own_error(ErrorKind::NotFound, "error-alert-none-to-confirm", &[]).into()),
            [(hash, closing)] if !session.ui.is_json() && session.input.may_ask() => {
                let question = [("closing", closing.as_str().into())];
                session.ui.ask(&tongue.say("alert-confirm-closing", &question));
                let typed = session.input.typed_line()?.map(|typed| typed.to_lowercase());
                let agreed = typed.is_some_and(|typed| {
                    ["y", "yes", "s", "si", "sí", "sim"].contains(&typed.as_str())
                });
                // The one that was shown, whatever waits by now.
                if agreed { Ok(confirm(alert, hash.clone())) } else { Err(refused()) }
            }
            _unasked => Err(refused()),
        }
    }
}

/// Close an alert that has expired: until then it stays red
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba alert review 5c1e90ab --outcome safe")]
pub(crate) struct Review {
    /// The alert: id, or a prefix of it
    alert: String,
    /// How it ended
    #[arg(long, value_enum)]
    outcome: Outcome,
    /// What else, without names
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

/// Make an incident of an alert, in this organisation's dossier, and link it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba alert incident 5c1e90ab --set acts/1/violation=death_threat"
)]
pub(crate) struct Incident {
    /// The alert: id, or a prefix of it
    alert: String,
    #[command(flatten)]
    fields: Assignments,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

/// Make a card of what was learnt from an alert, in its circle
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba alert lesson 5c1e90ab --title \"Nobody had the night shift\" --set advice=\"Two on call\""
)]
pub(crate) struct Lesson {
    /// The alert: id, or a prefix of it
    alert: String,
    /// What was learnt, in a line, without names
    #[arg(long, value_name = "TEXT")]
    title: String,
    #[command(flatten)]
    fields: Assignments,
}

/// List alerts, the loudest first, with response times
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba alert list --all")]
pub(crate) struct List {
    /// Only of this circle
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    /// Also those that are over
    #[arg(long)]
    all: bool,
    /// Only exercises
    #[arg(long)]
    drills: bool,
}

impl List {
    fn request(self) -> AlertRequest {
        AlertRequest::List { circle: self.circle, all: self.all, drills: self.drills }
    }
}

/// Show an alert: who has it, who answered, what is next
///
/// Tells the others, once, that it was seen here.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba alert show 5c1e90ab")]
pub(crate) struct Show {
    /// The alert: id, or a prefix of it
    alert: String,
    /// Tell nobody that it was seen here
    #[arg(long)]
    silent: bool,
}
