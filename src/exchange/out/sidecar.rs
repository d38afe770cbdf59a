//! What an export says of itself: `export.json` beside the file.

use serde::{Deserialize, Serialize};

use crate::{api::export::Plan, model::registry::Tier};

/// For whom an export is, and what is in it. Says how many incidents were withheld and not why:
/// the file may go as far as the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The format.
    pub format: String,
    /// The tier: nothing in it is more closed.
    pub tier: Tier,
    /// Who may have it, in a sentence.
    pub audience: String,
    /// The day when it was made; consent was judged then.
    pub as_of: String,
    /// Who made it.
    pub org: String,
    /// Their name.
    pub org_name: String,
    /// Whose reading it is, if one circle was asked for.
    pub circle: Option<String>,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// Version of the code lists.
    pub vocabulary: u32,
    /// The program and its version.
    pub program: String,
    /// Incidents in it.
    pub incidents: u64,
    /// Incidents that matched and may not go that far.
    pub withheld: u64,
    /// Its files.
    pub files: Vec<FileDigest>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its records, if it is one of JSON Lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
}

impl About {
    /// Of an export that begins.
    #[must_use]
    pub fn new(format: &str, plan: &Plan) -> Self {
        Self {
            format: format.to_owned(),
            tier: plan.tier,
            audience: audience(plan.tier).to_owned(),
            as_of: plan.as_of.clone(),
            org: plan.org.to_string(),
            org_name: plan.org_name.clone(),
            circle: plan.circle.map(|circle| circle.to_string()),
            circle_name: plan.circle_name.clone(),
            vocabulary: plan.vocabulary,
            program: concat!("ceiba ", env!("CARGO_PKG_VERSION")).to_owned(),
            incidents: 0,
            withheld: 0,
            files: Vec::new(),
        }
    }

    /// As JSON for people and programs, with its line feed.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

const fn audience(tier: Tier) -> &'static str {
    match tier {
        Tier::Sealed => "named persons of this organisation; must not be passed on",
        Tier::Restricted => {
            "this organisation and the partners that it names; must not be passed on"
        }
        Tier::Coalition => "partners of the coalition; must not be published",
        Tier::Public => "anyone",
    }
}
