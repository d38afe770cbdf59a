//! `ceiba incident append` and `ceiba incident evidence`

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;

use crate::{
    api::{ApiError, ErrorKind, Request},
    cli::failure::{file_error, own_error},
};

/// Add an entry to a part of an own incident: a legal step, a victim, an intervention
///
/// Parts: acts, victims, perpetrators, sources, evidence, custody, legal, interventions, stories.
/// The entry gets a key of its own, by which `incident edit` changes it.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba incident append 5c1e90ab legal stage=reported date=2024-05-04 causes/delay=yes"
)]
pub(crate) struct Append {
    /// Id, or a prefix of it
    incident: String,
    /// The part
    part: String,
    /// Fields of the entry
    #[arg(value_name = "FIELD=VALUE", required = true)]
    fields: Vec<String>,
}

impl Append {
    pub(crate) fn request(self) -> Result<Request, ApiError> {
        let mut fields = BTreeMap::new();
        for given in &self.fields {
            let Some((field, text)) = given.split_once('=') else {
                return Err(own_error(ErrorKind::Usage, "error-entry-field", &[]));
            };
            if fields.insert(field.to_owned(), text.to_owned()).is_some() {
                let given = [("path", field.to_owned())];
                return Err(own_error(ErrorKind::Usage, "error-given-twice", &given));
            }
        }
        Ok(Request::IncidentAppend { incident: self.incident, part: self.part, fields })
    }
}

/// Record an item of evidence: its SHA-256, size and type, never its bytes
///
/// The file stays where it is. Nothing of the item leaves before --release says how far, and an
/// item that shows a face, a voice or a place stays whatever it says: release a redacted copy.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba incident evidence 5c1e90ab foto.jpg --type photo --captured-at 2024-05-03"
)]
pub(crate) struct Evidence {
    /// Id, or a prefix of it
    incident: String,
    /// The file
    file: PathBuf,
    /// Code of the type: photo, video, audio, statement, threat_message, …
    #[arg(long = "type", value_name = "CODE")]
    kind: String,
    /// What can be seen, heard or read
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it was made
    #[arg(long, value_name = "DATE")]
    captured_at: Option<String>,
    /// Who made it; stays in the dossier
    #[arg(long, value_name = "NAME")]
    captured_by: Option<String>,
    /// Key of the item that this is a redacted copy of
    #[arg(long, value_name = "KEY")]
    redacted_of: Option<String>,
    /// It shows a face, a voice or a place
    #[arg(long)]
    identifies: bool,
    /// The most open tier that it may reach: restricted, coalition, public
    #[arg(long, value_name = "TIER")]
    release: Option<String>,
}

impl Evidence {
    pub(crate) fn request(self) -> Result<Request, ApiError> {
        let described = crate::exchange::evidence::describe(&self.file)
            .map_err(|it| file_error("error-cannot-read", &self.file, &it))?;
        let mut fields = BTreeMap::from(described.map(|(name, text)| (name.to_owned(), text)));
        fields.insert("type".to_owned(), self.kind);
        let options = [
            ("description", self.description),
            ("captured_at", self.captured_at),
            ("captured_by", self.captured_by),
            ("redacted_of", self.redacted_of),
            ("identifies", self.identifies.then(|| "yes".to_owned())),
            ("release", self.release),
        ];
        for (name, text) in options {
            fields.extend(text.map(|text| (name.to_owned(), text)));
        }
        Ok(Request::IncidentEvidence { incident: self.incident, fields })
    }
}
