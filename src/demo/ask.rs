//! What the partners are asked, each question with the answer that belongs to it.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError, Request,
        alert::{AlertDetail, AlertList, AlertRequest},
        answer::{
            Circle, Conflict, Imported, Incident, Incidents, Invite, Member, Proposal, Removal,
            RowNote, Shared, Status, Synced,
        },
        board::{CardDetail, CardRequest},
        import::{ImportRows, ListRow},
        request::IncidentFilter,
        statement::{StatementDetail, StatementRequest},
    },
    demo::{cast::Partner, wait::broken},
    exchange::{FileKind, List, Mapping, Source, batch, sample::SampleList},
    model::id::{CircleId, IncidentId},
};

/// Seconds for which the demo's tickets are good.
const TICKET_EXPIRES: u64 = 3600;

/// Takes the answer that belongs to a question.
macro_rules! expect {
    ($answer:expr, $kind:ident) => {
        match $answer {
            Answer::$kind(value) => Ok(value),
            _other => Err(broken(concat!("the node did not answer with ", stringify!($kind)))),
        }
    };
}

impl Partner {
    pub(super) async fn status(&self) -> Result<Status, ApiError> {
        expect!(self.ask(Request::Status).await?, Status)
    }

    /// A circle as this partner knows it.
    pub(super) async fn circle(&self, id: &CircleId) -> Result<Option<Circle>, ApiError> {
        Ok(self.status().await?.circles.into_iter().find(|circle| circle.id == *id))
    }

    pub(super) async fn found_coalition(&self, name: &str) -> Result<Circle, ApiError> {
        let name = name.to_owned();
        expect!(self.ask(Request::CoalitionCreate { name }).await?, Circle)
    }

    pub(super) async fn make_circle(&self, name: &str, with: &str) -> Result<Circle, ApiError> {
        let (name, with) = (name.to_owned(), vec![with.to_owned()]);
        expect!(self.ask(Request::CircleCreate { name, with, coalition: None }).await?, Circle)
    }

    pub(super) async fn invite(&self, steward: bool) -> Result<Invite, ApiError> {
        let expires_in = TICKET_EXPIRES;
        let request = Request::InviteCreate { coalition: None, expires_in, steward };
        expect!(self.ask(request).await?, Invite)
    }

    pub(super) async fn join(&self, ticket: &str) -> Result<(), ApiError> {
        self.ask(Request::Join { ticket: ticket.to_owned() }).await.map(|_joined| ())
    }

    pub(super) async fn members(&self) -> Result<Vec<Member>, ApiError> {
        expect!(self.ask(Request::MemberList { circle: None }).await?, Members)
    }

    pub(super) async fn proposals(&self) -> Result<Vec<Proposal>, ApiError> {
        expect!(self.ask(Request::ProposalList { all: false }).await?, Proposals)
    }

    pub(super) async fn approve(&self, proposal: &Proposal) -> Result<Proposal, ApiError> {
        let proposal = proposal.id.to_string();
        expect!(self.ask(Request::ProposalApprove { proposal }).await?, Proposal)
    }

    pub(super) async fn remove(&self, org: &str, dry_run: bool) -> Result<Removal, ApiError> {
        let request = Request::MemberRemove { org: org.to_owned(), circle: None, dry_run };
        expect!(self.ask(request).await?, Removal)
    }

    pub(super) async fn import(
        &self,
        list: &SampleList,
        dry_run: bool,
    ) -> Result<Imported, ApiError> {
        let unread = |_error| broken("a sample does not read");
        let mapping = Mapping::parse(list.mapping_file, list.mapping)
            .map_err(|_error| broken("a sample's mapping does not read"))?;
        let source = Source::from(list.csv.as_bytes());
        let rows = List::open(source, FileKind::Csv, mapping.reading().clone()).map_err(unread)?;
        let (portions, refused) = batch::all(&rows, &mapping).map_err(unread)?;
        let mut total = Imported::default();
        for (line, reason) in refused {
            total.rows += 1;
            total.rejected.push(RowNote { line, reason: reason.to_string() });
        }
        for portion in portions {
            let request = Request::ImportRows(ImportRows {
                mapping: list.mapping.to_owned(),
                header: rows.header().to_vec(),
                rows: portion.iter().map(ListRow::from).collect(),
                dry_run,
                changes: false,
            });
            let portion: Result<Imported, ApiError> = expect!(self.ask(request).await?, Imported);
            total.add(portion?);
        }
        total.sort();
        Ok(total)
    }

    pub(super) async fn record(&self, fields: &[(&str, &str)]) -> Result<Incident, ApiError> {
        let fields = map(fields);
        expect!(self.ask(Request::IncidentAdd { fields }).await?, Incident).map(|it| *it)
    }

    /// Shares one incident, or all own ones.
    pub(super) async fn share(
        &self,
        incident: Option<&IncidentId>,
        circle: &CircleId,
        tier: &str,
    ) -> Result<Shared, ApiError> {
        let request = Request::IncidentShare {
            incidents: incident.iter().map(ToString::to_string).collect(),
            all_own: incident.is_none(),
            circle: circle.to_string(),
            tier: tier.to_owned(),
            dry_run: false,
            no_tokens: false,
        };
        expect!(self.ask(request).await?, Shared)
    }

    /// Edits the facet of an incident in a circle.
    pub(super) async fn edit(
        &self,
        incident: &IncidentId,
        circle: &CircleId,
        set: &[(&str, &str)],
    ) -> Result<Incident, ApiError> {
        let request = Request::IncidentEdit {
            incident: incident.to_string(),
            circle: Some(circle.to_string()),
            set: map(set),
            unset: Vec::new(),
        };
        expect!(self.ask(request).await?, Incident).map(|it| *it)
    }

    pub(super) async fn incidents(&self, filter: IncidentFilter) -> Result<Incidents, ApiError> {
        expect!(self.ask(Request::IncidentList { filter: Box::new(filter) }).await?, Incidents)
    }

    pub(super) async fn all_incidents(&self) -> Result<Incidents, ApiError> {
        self.incidents(IncidentFilter::default()).await
    }

    /// The incidents that are readable in one circle.
    pub(super) async fn incidents_in(&self, circle: &CircleId) -> Result<Incidents, ApiError> {
        let circle = Some(circle.to_string());
        self.incidents(IncidentFilter { circle, ..IncidentFilter::default() }).await
    }

    pub(super) async fn incident(&self, incident: &IncidentId) -> Result<Incident, ApiError> {
        let incident = incident.to_string();
        expect!(self.ask(Request::IncidentShow { incident }).await?, Incident).map(|it| *it)
    }

    /// An incident if anything of it is readable here.
    pub(super) async fn find(&self, incident: &IncidentId) -> Result<Option<Incident>, ApiError> {
        match self.incident(incident).await {
            Ok(incident) => Ok(Some(incident)),
            Err(error) if error.kind == crate::api::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A value of an incident's facet in a circle.
    pub(super) async fn value_in(
        &self,
        incident: &IncidentId,
        circle: &CircleId,
        path: &str,
    ) -> Result<Option<serde_json::Value>, ApiError> {
        let shown = self.find(incident).await?;
        let facets = shown.into_iter().flat_map(|incident| incident.facets);
        let mut facets = facets.filter(|facet| facet.circle == *circle);
        Ok(facets.find_map(|facet| facet.fields.get(path).cloned()))
    }

    pub(super) async fn conflicts(&self) -> Result<Vec<Conflict>, ApiError> {
        expect!(self.ask(Request::Conflicts).await?, Conflicts)
    }

    pub(super) async fn settle(
        &self,
        conflict: &Conflict,
        choice: usize,
    ) -> Result<Vec<Conflict>, ApiError> {
        let request = Request::Settle {
            incident: conflict.incident.to_string(),
            path: conflict.path.clone(),
            choice: choice.to_string(),
            circle: Some(conflict.circle.to_string()),
        };
        expect!(self.ask(request).await?, Conflicts)
    }

    /// What became of a card.
    pub(super) async fn card(&self, request: CardRequest) -> Result<CardDetail, ApiError> {
        expect!(self.ask(Request::Card(request)).await?, Card).map(|it| *it)
    }

    /// What became of a statement.
    pub(super) async fn statement(
        &self,
        request: StatementRequest,
    ) -> Result<StatementDetail, ApiError> {
        expect!(self.ask(Request::Statement(Box::new(request))).await?, Statement).map(|it| *it)
    }

    /// What became of an alert.
    pub(super) async fn alert(&self, request: AlertRequest) -> Result<AlertDetail, ApiError> {
        expect!(self.ask(Request::Alert(request)).await?, Alert).map(|it| *it)
    }

    /// All alerts with their totals.
    pub(super) async fn alerts(&self) -> Result<AlertList, ApiError> {
        let list = AlertRequest::List { circle: None, all: true, drills: false };
        expect!(self.ask(Request::Alert(list)).await?, Alerts)
    }

    /// Tries to get everything that partners have, for some seconds at most.
    pub(super) async fn sync(&self, timeout: u64) -> Result<Synced, ApiError> {
        expect!(self.ask(Request::Sync { peer: None, timeout }).await?, Synced)
    }
}

fn map(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
}
