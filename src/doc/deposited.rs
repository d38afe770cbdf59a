//! Which incident a record is of that was written by who cannot read.

use data_encoding::HEXLOWER;

use crate::{
    crypto::Label,
    model::id::{CircleId, DocumentId, IncidentId, LogId, OrgId},
};

/// Bytes of the number that an incident's id is made with.
const NONCE_BYTES: usize = 16;

/// The id of an incident that an organisation recorded.
#[must_use]
pub fn incident_id(origin: &OrgId, nonce: &str) -> IncidentId {
    let hash = Label::IncidentId.hash(&[origin.as_bytes(), nonce.as_bytes()]);
    IncidentId::new(hash.first_chunk().copied().unwrap_or_default())
}

/// The number that the incident's id is made with which is deposited at a place. It follows from
/// the place, so that a deposit can never be said to be of an incident that is there already: it
/// builds on nothing, so its values would stand beside those of others, and might be the ones that
/// are shown.
#[must_use]
pub fn deposit_nonce(circle: &CircleId, log: &LogId, seq: u64, index: u32) -> String {
    let hash = Label::DepositNonce.hash(&[
        circle.as_bytes(),
        log.device.as_bytes(),
        log.incarnation.as_bytes(),
        &log.lane.number().to_le_bytes(),
        &seq.to_le_bytes(),
        &index.to_le_bytes(),
    ]);
    HEXLOWER.encode(hash.get(..NONCE_BYTES).unwrap_or_default())
}

/// The document of an incident in the circle of who recorded it.
#[must_use]
pub fn dossier_document(incident: &IncidentId) -> DocumentId {
    DocumentId::new(*incident.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{DeviceId, Incarnation, Lane};

    #[test]
    fn each_place_has_an_incident_of_its_own() {
        let log = |device: u8, life: u8| LogId {
            device: DeviceId::new([device; 32]),
            incarnation: Incarnation::new([life; 16]),
            lane: Lane::Record,
        };
        let circle = CircleId::new([1; 32]);
        let nonce = deposit_nonce(&circle, &log(1, 1), 0, 0);
        assert_eq!(nonce, deposit_nonce(&circle, &log(1, 1), 0, 0));
        assert_eq!(nonce.len(), 2 * NONCE_BYTES);
        for other in [
            deposit_nonce(&CircleId::new([2; 32]), &log(1, 1), 0, 0),
            deposit_nonce(&circle, &log(2, 1), 0, 0),
            deposit_nonce(&circle, &log(1, 2), 0, 0),
            deposit_nonce(&circle, &log(1, 1), 1, 0),
            deposit_nonce(&circle, &log(1, 1), 0, 1),
        ] {
            assert_ne!(nonce, other);
        }
    }
}
