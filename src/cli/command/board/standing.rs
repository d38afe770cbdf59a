//! Who stands for what goes into a file.

use crate::{
    api::{ApiError, ErrorKind},
    cli::{command::export::confirmed, session::Session},
    model::registry::Tier,
};

/// Refused whatever a person says: there is nobody else whose cards they are.
const FOR_NOBODY: [&str; 2] = ["cards-of-nobody-else", "tasks-are-own"];

/// What a file is of.
pub(super) struct Standing {
    /// All, also what stays with this organisation.
    pub(super) own: bool,
    /// A circle was named: it may be one inside a coalition.
    pub(super) circle: bool,
}

impl Standing {
    /// Asks the node, with the word of a person who stands for it where one has to.
    pub(super) fn ask<T>(
        &self,
        session: &mut Session<'_>,
        given: Option<&str>,
        ask: impl Fn(&mut Session<'_>, Option<String>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if self.own {
            let word = confirmed(session, Tier::Sealed, given)?;
            return ask(session, word);
        }
        let may_be_confirmed = |error: &ApiError| {
            let code = error.code.as_deref();
            error.kind == ErrorKind::Refused && !code.is_some_and(|it| FOR_NOBODY.contains(&it))
        };
        match ask(session, given.map(ToOwned::to_owned)) {
            Err(error) if self.circle && may_be_confirmed(&error) => {
                let word = confirmed(session, Tier::Restricted, given)?;
                ask(session, word)
            }
            found => found,
        }
    }
}
