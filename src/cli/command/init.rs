//! `ceiba init`

use clap::Args;
use serde_json::json;

use crate::cli::{failure::Failure, render, seams::InitOptions, session::Session};

/// Make this organisation's keys, keystore and store
///
/// Shows the recovery words once. They are the organisation: whoever has them can speak for it,
/// and without them a lost device cannot be replaced. Write them on paper, and keep the paper away
/// from the device.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba init --org \"Red Amazonía\" --device \"office laptop\""
)]
pub(crate) struct Init {
    /// Name of the organisation, as partners will read it
    #[arg(long, value_name = "NAME")]
    org: String,
    /// Label of this device, for your own lists
    #[arg(long, value_name = "LABEL", default_value = "first device")]
    device: String,
}

impl Init {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let home = session.home()?;
        let passphrase = session.fresh_passphrase()?;
        let (org, device) = (self.org, self.device);
        let shown_home = home.clone();
        let made = session.nodes.init(InitOptions { home, org, device, passphrase })?;
        if session.ui.is_json() {
            let words: Vec<&str> = made.words.split_whitespace().collect();
            return session.ui.json(&json!({
                "org": made.org,
                "device": made.device,
                "peer_id": made.peer_id,
                "home": shown_home,
                "recovery_words": words,
            }));
        }
        session.ui.text(&render::initialised(&made, &shown_home, session.ui.tongue()))
    }
}
