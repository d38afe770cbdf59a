//! What messages of other systems say.

use super::{table::facts, words};
use crate::{api::cap::CapRead, cli::tongue::Tongue};

/// What a message says, what it proposes, and what became of it.
pub(super) fn read(found: &CapRead, tongue: Tongue) -> String {
    let sender = match &found.sender_name {
        Some(name) => format!("{name} ({})", found.sender),
        None => found.sender.clone(),
    };
    let mut lines = vec![
        (tongue.word("cap-proposes"), proposes(found, tongue)),
        (
            tongue.word("cap-sender"),
            tongue.say("cap-unproven", &[("sender", sender.as_str().into())]),
        ),
        (tongue.word("cap-sent"), found.sent.clone()),
    ];
    let level = found.level.as_ref().map(|code| words::coded("alert_level", code, tongue));
    let drill = found.drill.then(|| tongue.word("cap-exercise").to_owned());
    let place = found.admin1.clone().or_else(|| found.country.clone());
    for (key, text) in [
        ("cap-level", level),
        ("cap-drill", drill),
        ("cap-what", found.what.clone()),
        ("cap-description", found.description.clone()),
        ("cap-country", place),
        ("cap-area", found.area.clone()),
        ("cap-expires", found.expires.clone()),
    ] {
        lines.extend(text.map(|text| (tongue.word(key), text)));
    }
    let mut text = facts(&lines);
    for reference in &found.references {
        let line = match &reference.alert {
            Some(alert) => tongue.say("cap-of-alert", &[("alert", alert.as_str().into())]),
            None => {
                let given = [("identifier", reference.identifier.as_str().into())];
                tongue.say("cap-of-unknown", &given)
            }
        };
        text.push_str(&format!("{line}\n"));
    }
    if let Some(raised) = &found.raised {
        let given = [("alert", raised.row.id.as_str().into())];
        text.push_str(&format!("{}\n", tongue.say("cap-raised", &given)));
    }
    text
}

fn proposes(found: &CapRead, tongue: Tongue) -> String {
    match (found.proposes.as_str(), &found.stance, &found.outcome) {
        ("alert", _, _) => tongue.word("cap-is-alert").to_owned(),
        ("update", _, _) => tongue.word("cap-is-update").to_owned(),
        ("acknowledgement", stance, _) => {
            let stance = stance.clone().unwrap_or_default();
            tongue.say("cap-is-acknowledgement", &[("stance", stance.as_str().into())])
        }
        ("stand-down", _, outcome) => {
            let outcome = outcome.clone().unwrap_or_else(|| "?".to_owned());
            tongue.say("cap-is-stand-down", &[("outcome", outcome.as_str().into())])
        }
        ("refused", _, _) => tongue.word("cap-is-refused").to_owned(),
        _nothing => tongue.word("cap-is-nothing").to_owned(),
    }
}
