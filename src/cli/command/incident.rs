//! `ceiba incident`

use clap::{Args, Subcommand, ValueEnum};

use super::{
    assignments::Assignments,
    entry::{Append, Evidence},
    filters::{Filters, Paging},
    import::ImportList,
    incident_fields::RecordFlags,
};
use crate::{
    api::{ApiError, ErrorKind, Request},
    cli::{
        failure::{Failure, own_error},
        input::Input,
        session::Session,
    },
    model::registry,
};

/// Record, list, show, edit, share and import incidents
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba incident list --country CO --from 2024")]
pub(crate) enum Incident {
    Add(Box<Add>),
    List(Box<List>),
    Show(Show),
    Edit(Edit),
    Append(Append),
    Evidence(Box<Evidence>),
    Share(Share),
    /// Import a list: the same as `ceiba import`
    Import(ImportList),
}

impl Incident {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let input = &mut session.input;
        let request = match self {
            Self::Add(args) => {
                Request::IncidentAdd { fields: args.record.fields(&args.assignments, input)? }
            }
            Self::List(args) => args.request(),
            Self::Show(args) => Request::IncidentShow { incident: args.incident },
            Self::Edit(args) => args.request(input)?,
            Self::Append(args) => args.request()?,
            Self::Evidence(args) => args.request()?,
            Self::Share(args) => args.request(),
            Self::Import(args) => return args.run(session),
        };
        session.ask_and_show(request)
    }
}

/// Record an incident in this organisation's private circle
///
/// Nothing leaves until it is shared. Country, date, violation, summary and counting unit are
/// needed; consent is `none_recorded` unless given, which allows named partners at most. Whatever
/// has no option of its own is set with --set PATH=VALUE.
///
/// Options are visible in the shell's history: names can come from a file instead, with
/// --set-file victims/1/name=FILE or --fields FILE.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba incident add --country CO --date 2024-05-03 --violation death_threat \\
    --counting-unit individual --summary @report.txt --admin1 Cauca \\
    --victim \"pseudonym=V-014,name=Nombre Inventado,role=indigenous_leader\" \\
    --source \"type=victim,reliability=likely_reliable\" \\
    --consent informed_explicit --scope share_coalition_deid"
)]
pub(crate) struct Add {
    #[command(flatten)]
    record: RecordFlags,
    #[command(flatten)]
    assignments: Assignments,
}

/// List the incidents that can be read here, from all circles, merged
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba incident list --violation killing --from 2023 --to 2024 --text cauca"
)]
pub(crate) struct List {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    paging: Paging,
}

impl List {
    fn request(self) -> Request {
        Request::IncidentList { filter: Box::new(self.filters.page(self.paging)) }
    }
}

/// Show an incident: each field with its source, conflicts, and with whom it is shared
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba incident show 5c1e90ab")]
pub(crate) struct Show {
    /// Id, or a prefix of it
    incident: String,
}

/// Change fields of an incident: of the own dossier, or of the facet in a circle
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba incident edit 5c1e90ab --set acts/1/outcome=in_hiding --unset place/point"
)]
pub(crate) struct Edit {
    /// Id, or a prefix of it
    incident: String,
    #[command(flatten)]
    assignments: Assignments,
    /// Clear a field; repeatable
    #[arg(long, value_name = "PATH")]
    unset: Vec<String>,
    /// Edit the facet in this circle instead of the own dossier
    #[arg(long)]
    circle: Option<String>,
}

impl Edit {
    fn request(self, input: &mut Input) -> Result<Request, ApiError> {
        let set = self.assignments.read(input)?;
        if let Some(path) = self.unset.iter().find(|path| set.contains_key(*path)) {
            let given = [("path", path.clone())];
            return Err(own_error(ErrorKind::Usage, "error-set-and-cleared", &given));
        }
        if set.is_empty() && self.unset.is_empty() {
            return Err(own_error(ErrorKind::Usage, "error-nothing-to-change", &[]));
        }
        let Self { incident, circle, unset, assignments: _ } = self;
        Ok(Request::IncidentEdit { incident, circle, set, unset })
    }
}

/// How far something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// All of it: for an organisation's own circle of named persons
    Sealed,
    /// Summary, exact place and date: for named partners
    Restricted,
    /// Pseudonyms, month, municipality, types: for all partners of the coalition
    Coalition,
    /// What anybody may read
    Public,
}

impl Tier {
    /// The registry's tier.
    pub(crate) const fn tier(self) -> registry::Tier {
        match self {
            Self::Sealed => registry::Tier::Sealed,
            Self::Restricted => registry::Tier::Restricted,
            Self::Coalition => registry::Tier::Coalition,
            Self::Public => registry::Tier::Public,
        }
    }
}

/// Publish incidents in a circle, or update what is published there
///
/// Only what the tier and the consent allow leaves the dossier; the rest is listed with the reason.
/// --dry-run shows exactly what would leave.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba incident share 5c1e90ab --circle \"Defensa Amazónica\" --tier coalition --dry-run"
)]
pub(crate) struct Share {
    /// Ids, or prefixes of them
    #[arg(value_name = "INCIDENT", required_unless_present = "all_own")]
    incidents: Vec<String>,
    /// Every incident that this organisation recorded
    #[arg(long, conflicts_with = "incidents")]
    all_own: bool,
    /// With whom: name or id of a circle
    #[arg(long)]
    circle: String,
    /// How much
    #[arg(long, value_enum)]
    tier: Tier,
    /// Only say what would leave and what is withheld
    #[arg(long)]
    dry_run: bool,
    /// Without the keyed tokens of names, by which partners find the same victim
    #[arg(long)]
    no_tokens: bool,
}

impl Share {
    fn request(self) -> Request {
        let Self { incidents, all_own, circle, tier, dry_run, no_tokens } = self;
        let tier = tier.tier().code().to_owned();
        Request::IncidentShare { incidents, all_own, circle, tier, dry_run, no_tokens }
    }
}
