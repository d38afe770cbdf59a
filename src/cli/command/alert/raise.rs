//! `ceiba alert raise` and `ceiba alert drill`

use clap::{Args, ValueEnum};

use super::super::duration;
use crate::api::alert::{AlertRequest, NewAlert};

fn raise(words: Words, dry_run: bool, drill: bool) -> AlertRequest {
    let alert = NewAlert {
        circle: words.circle,
        level: words.level.code(),
        what: words.what,
        country: words.country,
        admin1: words.admin1,
        place: words.place,
        who: words.who,
        needs: words.needs,
        contact_basis: words.contact_basis,
        incident: words.incident,
        drill,
        expires_in: words.expires,
        escalate_after: words.escalate_after.map(|Times(times)| times),
        call: words.call,
        then: words.then,
        by: words.by,
        source: None,
        anyway: words.anyway,
    };
    AlertRequest::Raise { alert: Box::new(alert), dry_run }
}

/// How urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Level {
    /// Life at immediate risk
    LifeImminent,
    /// A serious attack is likely or under way
    Serious,
    /// The risk rises
    Elevated,
    /// To be watched
    Watch,
}

impl Level {
    pub(super) fn code(self) -> String {
        match self {
            Self::LifeImminent => "life_imminent",
            Self::Serious => "serious",
            Self::Elevated => "elevated",
            Self::Watch => "watch",
        }
        .to_owned()
    }
}

/// Three durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times([u64; 3]);

fn times(text: &str) -> Result<Times, String> {
    let seconds = text.split(',').map(duration::seconds).collect::<Result<Vec<u64>, String>>()?;
    let three: Result<[u64; 3], _> = seconds.try_into();
    three.map(Times).map_err(|_other| "write three durations: 15m,45m,2h".to_owned())
}

/// What an alert says.
#[derive(Debug, Args)]
struct Words {
    /// What is going on, at most 140 characters, without names
    what: String,
    /// How urgent it is
    #[arg(long, value_enum)]
    level: Level,
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long, value_name = "COUNTRY")]
    country: String,
    /// Part of the country, by code or name
    #[arg(long, value_name = "NAME")]
    admin1: Option<String>,
    /// Where, coarsely: a region or municipality
    #[arg(long = "where", value_name = "TEXT")]
    place: Option<String>,
    /// Whom it is about: a pseudonym, never a name
    #[arg(long, value_name = "PSEUDONYM", default_value = "collective")]
    who: String,
    /// Help that is asked for: relocation, legal, medical, …; repeatable
    #[arg(long = "need", value_name = "CODE")]
    needs: Vec<String>,
    /// Why those concerned may be contacted: informed_explicit, vital_interest, …
    #[arg(long, value_name = "CODE")]
    contact_basis: Option<String>,
    /// The incident that it is about: its names must not be in the alert
    #[arg(long, value_name = "ID")]
    incident: Option<String>,
    /// Who is called at once; repeatable; left out: everybody in the circle
    #[arg(long, value_name = "ORG")]
    call: Vec<String>,
    /// Who is called if nobody takes it in time; repeatable
    #[arg(long, value_name = "ORG")]
    then: Vec<String>,
    /// When it escalates without an answer, three times: 15m,45m,2h
    ///
    /// Left out: as the level says. At most four times that.
    #[arg(long, value_name = "TIMES", value_parser = times, verbatim_doc_comment)]
    escalate_after: Option<Times>,
    /// When it expires: 6h, 2d; left out: as the level says
    #[arg(long, value_name = "DURATION", value_parser = duration::seconds)]
    expires: Option<u64>,
    /// The circle whose members read it; left out: the only coalition
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
    /// Raise it though this clock seems behind
    #[arg(long)]
    anyway: bool,
}

/// Raise an alert
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ceiba alert raise \"Armed men at the river camp\" --level life_imminent --country CO --admin1 Cauca
  ceiba alert raise \"Threats by phone\" --level serious --country EC --call \"Casa Norte\" --need legal")]
pub(crate) struct Raise {
    #[command(flatten)]
    alert: Words,
    /// It is an exercise
    #[arg(long)]
    drill: bool,
    /// Only show what would be sent
    #[arg(long)]
    dry_run: bool,
}

impl Raise {
    pub(super) fn request(self) -> AlertRequest {
        raise(self.alert, self.dry_run, self.drill)
    }
}

/// Raise an exercise: marked everywhere, in no total
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba alert drill \"Who answers tonight?\" --level serious --country PE"
)]
pub(crate) struct Drill {
    #[command(flatten)]
    alert: Words,
    /// Only show what would be sent
    #[arg(long)]
    dry_run: bool,
}

impl Drill {
    pub(super) fn request(self) -> AlertRequest {
        raise(self.alert, self.dry_run, true)
    }
}
