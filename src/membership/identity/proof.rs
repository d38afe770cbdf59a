//! What proves to somebody without a node that a device is an organisation's: its manifests, from
//! the first, whose key is the organisation itself, to one that names the device.

use std::collections::BTreeMap;

use super::{VerifiedStatement, chain::is_successor};
use crate::{
    membership::Manifest,
    model::id::{DeviceId, OrgId, StatementId},
};

/// Manifests of one proof.
const MAX_MANIFESTS: usize = 256;

/// The manifests of an organisation from its first to `head`, of those that are known; none if one
/// is missing.
pub fn proving_chain<'s>(
    org: &OrgId,
    head: &StatementId,
    known: impl Iterator<Item = &'s VerifiedStatement>,
) -> Option<Vec<&'s VerifiedStatement>> {
    let own = |it: &&VerifiedStatement| it.as_manifest().is_some_and(|it| it.core().org == *org);
    let by_id: BTreeMap<StatementId, &VerifiedStatement> =
        known.filter(own).map(|it| (it.id(), it)).collect();
    let (mut chain, mut next) = (Vec::new(), Some(*head));
    while let Some(id) = next {
        let statement = by_id.get(&id)?;
        if chain.len() == MAX_MANIFESTS {
            return None;
        }
        chain.push(*statement);
        next = statement.as_manifest()?.core().previous;
    }
    chain.reverse();
    Some(chain)
}

/// Whether encoded manifests are an unbroken chain of the organisation whose last one names the
/// device with a role that speaks for it: who stores, deposits or is in the field does not. What the organisation said later, a revocation for example, they cannot show.
#[must_use]
pub fn proves_device(org: &OrgId, device: &DeviceId, chain: &[Vec<u8>]) -> bool {
    let read = |bytes: &Vec<u8>| VerifiedStatement::decode(bytes).ok();
    if chain.len() > MAX_MANIFESTS {
        return false;
    }
    let statements: Option<Vec<VerifiedStatement>> = chain.iter().map(read).collect();
    let Some(statements) = statements else { return false };
    let manifests: Option<Vec<(StatementId, &Manifest)>> =
        statements.iter().map(|it| Some((it.id(), it.as_manifest()?))).collect();
    let Some(manifests) = manifests else { return false };
    // Reading a first manifest checked that its root is the organisation.
    let begins = manifests
        .first()
        .is_some_and(|(_, first)| first.core().org == *org && first.core().previous.is_none());
    let unbroken = manifests.iter().zip(manifests.iter().skip(1)).all(|((id, before), (_, it))| {
        it.core().previous == Some(*id) && is_successor(before.core(), it)
    });
    let speaks = manifests.last().is_some_and(|(_, last)| {
        let mut devices = last.core().devices.iter();
        devices.any(|it| it.device == *device && it.role.speaks())
    });
    begins && unbroken && speaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::{DeviceRole, kit};

    #[test]
    fn a_chain_proves_the_devices_of_its_last_manifest() {
        let org = kit::Org::new("one");
        let next = org.next(|core| {
            core.devices.push(kit::device(&org.id, "one", "phone", DeviceRole::Node));
        });
        let phone = next.value().core().devices.last().unwrap().device;
        let known: Vec<VerifiedStatement> = vec![next.clone().into(), org.manifest.clone().into()];
        let chain = |head| -> Vec<Vec<u8>> {
            let chain = proving_chain(&org.id, head, known.iter()).unwrap();
            chain.into_iter().map(VerifiedStatement::encode).collect()
        };
        let (long, short) = (chain(&next.id()), chain(&org.manifest.id()));
        assert_eq!((long.len(), short.len()), (2, 1));
        assert!(
            proves_device(&org.id, &phone, &long) && proves_device(&org.id, &org.device(), &long)
        );
        assert!(!proves_device(&org.id, &phone, &short), "not named yet");
        assert!(!proves_device(&org.id, &phone, &long[1..]), "without its beginning");
        assert!(!proves_device(&org.id, &phone, &[]));
        let other = kit::Org::new("two");
        assert!(!proves_device(&other.id, &phone, &long), "of another organisation");
        let mixed = [VerifiedStatement::from(other.manifest).encode(), long[1].clone()];
        assert!(
            !proves_device(&other.id, &phone, &mixed) && !proves_device(&org.id, &phone, &mixed)
        );
        assert!(proving_chain(&org.id, &next.id(), known.iter().take(1)).is_none());
    }

    #[test]
    fn only_devices_that_speak_for_their_organisation_are_proven() {
        let org = kit::Org::new("one");
        for role in DeviceRole::ALL {
            let next = org.next(|core| {
                core.devices.push(kit::device(&org.id, "one", "other", role));
            });
            let device = next.value().core().devices.last().unwrap().device;
            let chain = [org.manifest.clone(), next].map(|it| VerifiedStatement::from(it).encode());
            let speaks = matches!(role, DeviceRole::Node | DeviceRole::Admin);
            assert_eq!(proves_device(&org.id, &device, &chain), speaks, "{role:?}");
            assert!(proves_device(&org.id, &org.device(), &chain));
        }
    }
}
