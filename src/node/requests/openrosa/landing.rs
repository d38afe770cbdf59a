//! How a submission becomes what an incident says, and when it does not by itself.

use super::{
    ServedForm, State, XML, disk,
    entry::{self, Entry, Why},
    forms::is_of_instances,
};
use crate::{
    api::{
        Answer, ApiError, ErrorKind,
        answer::Imported,
        import::{ImportRows, ListRow},
    },
    crypto::Label,
    exchange::{
        self, Mapping, Row, RowSpan, mapping,
        openrosa::{Submission, xform::XForm},
    },
    model::id::{DocumentId, IncidentId},
    node::{Node, errors},
    store::Inbox,
};

/// The part of a dossier that remembers where it was shared.
const SHARE: &str = "share";

/// On whose word a submission lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It came: it makes an incident, or changes one that this chain of edits has made and nobody
    /// has looked at.
    New,
    /// It came before: what is missing is made, nothing is changed.
    Again,
    /// A person said so.
    Accepted,
}

/// A submission as a row of a list.
struct Landing {
    mapping: String,
    header: Vec<String>,
    cells: Vec<String>,
}

impl Landing {
    fn portion(&self, dry_run: bool) -> ImportRows {
        let rows = vec![ListRow { line: 1, last_line: 1, cells: self.cells.clone() }];
        let (mapping, header) = (self.mapping.clone(), self.header.clone());
        ImportRows { mapping, header, rows, dry_run, changes: false }
    }
}

impl Node {
    /// Makes the incident say what a submission says; what became of it. The entry is kept before
    /// anything is written, so that it is known whose the incident is.
    pub(super) fn land(
        &mut self,
        inbox: &Inbox,
        submission: &Submission,
        entry: &mut Entry,
        form: &ServedForm,
        how: How,
    ) -> Result<State, ApiError> {
        let landing = match prepared(submission, entry, form)? {
            Ok(landing) => landing,
            Err(reason) => return Ok(State::Unread { reason }),
        };
        let planned = match self.imported(landing.portion(true))? {
            Ok(planned) => planned,
            Err(reason) => return Ok(State::Unread { reason }),
        };
        let there = self.landed(&landing);
        let mut write = planned.created > 0;
        if planned.updated > 0 {
            let why = match (how, there) {
                (How::Again, _) | (How::Accepted, _) => None,
                (How::New, _) if !entry.made => Some(Why::OtherOrigin),
                (How::New, Some(it)) if self.was_looked_at(&it) => Some(Why::LookedAt),
                (How::New, _) => None,
            };
            if let Some(why) = why {
                return Ok(State::Held { why, incident: there });
            }
            write = how != How::Again;
        }
        entry.made |= write;
        entry::put(inbox, entry).map_err(disk)?;
        if write && let Err(reason) = self.imported(landing.portion(false))? {
            return Ok(State::Unread { reason });
        }
        let incident = self.landed(&landing);
        if let Some(incident) = incident {
            self.note_files(&incident, entry)?;
        }
        Ok(State::Incident { incident })
    }

    /// Makes what is missing of a submission that came before.
    pub(super) fn land_again(
        &mut self,
        inbox: &Inbox,
        submission: &Submission,
        entry: &mut Entry,
        form: &ServedForm,
    ) -> Result<(), ApiError> {
        let how = match &entry.state {
            State::Incident { .. } => How::Again,
            state if state.is_unread() => How::New,
            State::Unread { .. } | State::Superseded | State::Encrypted | State::Held { .. } => {
                return Ok(());
            }
        };
        let before = entry.state.clone();
        entry.state = self.land(inbox, submission, entry, form, how)?;
        if before != entry.state {
            entry::put(inbox, entry).map_err(disk)?;
        }
        Ok(())
    }

    /// Lands what is kept; what cannot be read any more stays as it is.
    pub(super) fn land_kept(
        &mut self,
        inbox: &Inbox,
        entry: &mut Entry,
        how: How,
    ) -> Result<(), ApiError> {
        let xml = inbox.get(XML, entry.instance.as_bytes()).map_err(disk)?.unwrap_or_default();
        let (Ok(submission), Some(form)) = (Submission::read(&xml), self.served_form(&entry.form)?)
        else {
            return Ok(());
        };
        entry.state = self.land(inbox, &submission, entry, &form, how)?;
        entry::put(inbox, entry).map_err(disk)
    }

    /// What an import does, or why it does not.
    fn imported(&mut self, portion: ImportRows) -> Result<Result<Imported, String>, ApiError> {
        match self.import_rows(portion) {
            Ok(Answer::Imported(imported)) => {
                let refused = imported.rejected.first().map(|note| note.reason.clone());
                Ok(refused.map_or(Ok(imported), Err))
            }
            Ok(_other) => Err(errors::internal("an import answers with what it did")),
            // A mapping that does not read any more.
            Err(error) if error.kind == ErrorKind::Usage => Ok(Err(error.message)),
            Err(error) => Err(error),
        }
    }

    /// The incident that a row is of.
    fn landed(&self, landing: &Landing) -> Option<IncidentId> {
        let mapping = Mapping::parse("the mapping", &landing.mapping).ok()?;
        let private = self.own.private;
        let keyed = move |data: &[u8]| Label::ImportRow.hash(&[private.as_bytes(), data]);
        let span = RowSpan { line: 1, last_line: 1 };
        let row = Row { span, cells: landing.cells.clone(), warnings: Vec::new() };
        let import = exchange::take(&landing.header, &[Ok(row)], &mapping, &keyed);
        let source = import.incidents.first()?.source;
        self.view.imported(*source.as_bytes()).map(|(incident, _)| incident)
    }

    /// Whether a person looked at an incident: it was reviewed, or shared with anybody.
    fn was_looked_at(&self, incident: &IncidentId) -> bool {
        let document = DocumentId::new(*incident.as_bytes());
        let own = self.view.documents(incident);
        let mut own = own.filter(|it| it.circle() == self.own.private && it.document() == document);
        let shared = own.any(|dossier| dossier.record().under(SHARE).next().is_some());
        shared || self.view.reviews_of(incident).next().is_some()
    }
}

/// A submission as its form's mapping reads it, or why it does not.
fn prepared(
    submission: &Submission,
    entry: &Entry,
    form: &ServedForm,
) -> Result<Result<Landing, String>, ApiError> {
    let read = XForm::read(form.xml.as_bytes());
    let repeats = read.map(|read| read.repeats).unwrap_or_default();
    let row = match submission.row(&repeats, &entry.known.first) {
        Ok(row) => row,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // It was checked when the form was added; the mapping may be another since.
    let parsed = match Mapping::parse("the mapping", &form.mapping) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(errors::sentence(&error))),
    };
    if !is_of_instances(&parsed) {
        return Ok(Err("the mapping's key is not meta/instanceID alone".to_owned()));
    }
    let by = [("recorded/by".to_owned(), entry.by.clone())].into();
    let mapping = mapping::with_constants("the mapping", &form.mapping, &by);
    let mapping = mapping.map_err(|error| errors::internal(errors::sentence(&error)))?;
    let (header, cells): (Vec<String>, Vec<String>) = row.into_iter().unzip();
    Ok(match exchange::row::within_bounds(&header, cells) {
        Ok(cells) => Ok(Landing { mapping, header, cells }),
        Err(reason) => Err(reason.to_string()),
    })
}
