//! A person stands for an export of data that endangers people.

use crate::{
    api::{ApiError, ErrorKind},
    cli::{failure::own_error, session::Session},
    model::registry::Tier,
};

/// The tier as whoever stands for it typed it; none for tiers that need nobody. The node looks
/// whether it is the right word.
pub(crate) fn confirmed(
    session: &mut Session<'_>,
    tier: Tier,
    given: Option<&str>,
) -> Result<Option<String>, ApiError> {
    if tier >= Tier::Coalition {
        return Ok(None);
    }
    let refused = || {
        let given = [("tier", tier.to_string())];
        own_error(ErrorKind::Refused, "error-export-unconfirmed", &given)
    };
    let typed = match given {
        Some(given) => Some(given.to_owned()),
        None if session.ui.is_json() || !session.input.may_ask() => None,
        None => {
            let tongue = session.ui.tongue();
            let question = tongue.say("export-confirm", &[("tier", tier.code().into())]);
            session.ui.ask(&question);
            session.input.typed_line()?
        }
    };
    typed.filter(|word| word == tier.code()).map(Some).ok_or_else(refused)
}
