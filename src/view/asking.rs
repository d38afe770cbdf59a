//! Asking how consent stands: the answer hangs on the day and on the ledger, which a query brings.

use std::sync::Arc;

use crate::{
    model::{
        disclosure::{Consent, ConsentState, Grant, Ledger},
        registry::Record,
        time::Timestamp,
    },
    view::PackedRecord,
};

/// Which state of consent is asked for, and what it is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConsentAsked {
    pub(super) state: ConsentState,
    pub(super) ledger: Arc<Ledger>,
    pub(super) now: Timestamp,
}

impl ConsentAsked {
    /// Whether a dossier's consent stands as asked.
    pub(super) fn holds(&self, dossier: &PackedRecord) -> bool {
        self.state(dossier) == self.state
    }

    fn state(&self, dossier: &PackedRecord) -> ConsentState {
        // Most dossiers name nobody of the ledger: then few fields decide.
        let mut own = Record::incident();
        for (path, value) in dossier.raw() {
            match path.segments() {
                ["consent", "community"] | ["victims", _, "person"] => {
                    let whole = dossier.unpack();
                    return Consent::of(&whole, &[], &self.ledger, self.now).state();
                }
                ["consent", "basis" | "date" | "expires" | "withdrawn_at"] => {
                    if let (Some(path), Some(value)) = (path.to_path(), value.value()) {
                        // So few fit.
                        let _fits = own.set(path, value.to_value());
                    }
                }
                _other => {}
            }
        }
        Grant::of_record(&own).state(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-10T00:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_794_268_800_000);

    fn state(fields: &[(&str, &str)]) -> ConsentState {
        let mut record = Record::incident();
        fields.iter().for_each(|(path, value)| record.set(path.parse().unwrap(), *value).unwrap());
        let asked = ConsentAsked { state: ConsentState::None, ledger: Arc::default(), now: NOW };
        let whole = Consent::of(&record, &[], &asked.ledger, NOW).state();
        let quick = asked.state(&PackedRecord::from(&record));
        assert_eq!(quick, whole, "{fields:?}");
        quick
    }

    #[test]
    fn few_fields_decide_as_the_whole_record_does() {
        let explicit = ("consent/basis", "informed_explicit");
        assert_eq!(state(&[explicit]), ConsentState::InForce);
        assert_eq!(state(&[explicit, ("victims/1/name", "Inventada")]), ConsentState::InForce);
        assert_eq!(state(&[explicit, ("consent/expires", "2026-11-09")]), ConsentState::Expired);
        assert_eq!(state(&[explicit, ("consent/withdrawn_at", "?")]), ConsentState::Withdrawn);
        assert_eq!(state(&[("consent/basis", "none_recorded")]), ConsentState::None);
        assert_eq!(state(&[]), ConsentState::None);
        assert_eq!(state(&[explicit, ("victims/1/person", "aa")]), ConsentState::None);
    }
}
