//! Manifests, roots, revocations, disputed devices.

use crate::{
    crypto::Verified,
    membership::{
        Change, CutOff, Device, DeviceRole, Evidence, Manifest, OrgRole, Quarantine,
        RECEIVING_KEY_BYTES, Revocation, Standing, StandingWork,
        kit::{Kit, Org, device, hash, key, public},
        next_root_commitment,
    },
    model::id::OrgId,
};

fn revoke(org: &Org, at: usize) -> Revocation {
    Revocation::new(org.manifest.value().core().devices[at].device)
}

fn with(org: &Org, manifest: Verified<Manifest>) -> Org {
    Org { manifest, ..org.clone() }
}

/// A circle of one organisation with two admins: the second is the one that gets lost.
fn two_admins() -> Kit {
    let org = Org::with_devices("a", &[("admin", DeviceRole::Admin), ("lost", DeviceRole::Admin)]);
    Kit::founded(vec![org, Org::new("b"), Org::new("c")], 1, |_| {})
}

#[test]
fn a_new_manifest_adds_and_revokes_devices() {
    let mut kit = two_admins();
    let org = kit.orgs[0].clone();
    let lost = revoke(&org, 1);
    let next = org.next(|core| {
        core.devices.remove(1);
        core.devices.push(device(&org.id, "a", "phone", DeviceRole::Dropbox));
        core.revocations.push(lost.clone());
    });
    kit.add(next);
    let now = kit.now();
    let phone = crate::model::id::DeviceId::new(public(&key("a phone")));
    assert!(now.device(&lost.device).unwrap().revoked && !now.is_active(&lost.device));
    assert!(now.may_write(&phone) && !now.may_read(&phone));
    assert_eq!(now.device_of_transport(&public(&key("a phone t"))), Some(phone));
    assert_eq!(now.device_of_transport(&public(&key("a lost t"))), None);
}

#[test]
fn a_device_cannot_vanish_or_change_without_revocation() {
    let mut kit = two_admins();
    let org = kit.orgs[0].clone();
    kit.add(org.next(|core| {
        core.devices.remove(1);
    }));
    kit.add(org.next(|core| core.devices[1] = device(&org.id, "a", "lost", DeviceRole::Node)));
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(org.manifest.id()));
}

#[test]
fn entries_of_a_revoked_device_count_as_far_as_the_manifest_says() {
    let mut kit = two_admins();
    let org = kit.orgs[0].clone();
    let lost = revoke(&org, 1);
    let log = crate::model::id::LogId { device: lost.device, ..kit.log(0) };
    assert_eq!(kit.now().standing(&log, 5, &hash(5)), Standing::Counts);
    let silent = org.next(|core| {
        core.devices.remove(1);
        core.revocations.push(lost.clone());
    });
    kit.add(silent.clone());
    let none = Standing::Quarantined(Quarantine::Revoked);
    assert_eq!(kit.now().standing(&log, 0, &hash(0)), none);
    let decision = kit.now().tip();
    let work =
        StandingWork { decision, cut_offs: [(log, CutOff { count: 2, last: hash(1) })].into() };
    let named = with(&org, silent).next(|core| {
        core.revocations = vec![lost.keeping(&kit.circle(), work)];
    });
    kit.add(named);
    assert_eq!(kit.now().standing(&log, 1, &hash(1)), Standing::Counts);
    assert_eq!(kit.now().standing(&log, 2, &hash(2)), none);
}

#[test]
fn a_stolen_admin_device_of_a_sole_steward_loses_what_it_decided() {
    let mut kit = two_admins();
    let org = kit.orgs[0].clone();
    let change = Change::AddOrg { org: kit.id(1), role: OrgRole::Member };
    let honest = kit.decide(&[0], vec![change]);
    kit.orgs[0].admin = key("a lost");
    let change = Change::AddOrg { org: kit.id(2), role: OrgRole::Member };
    kit.decide(&[0], vec![change]);
    assert!(kit.now().is_member(&kit.id(2)));
    let work = StandingWork { decision: honest, cut_offs: [].into() };
    let lost = revoke(&org, 1).keeping(&kit.circle(), work);
    kit.add(org.next(|core| {
        core.devices.remove(1);
        core.revocations.push(lost);
    }));
    assert_eq!(kit.now().tip(), honest);
    assert!(kit.now().is_member(&kit.id(1)) && !kit.now().is_member(&kit.id(2)));
}

#[test]
fn an_organisation_cannot_take_its_own_vote_for_a_removal_back() {
    let lost = [("admin", DeviceRole::Admin), ("lost", DeviceRole::Admin)];
    let orgs = vec![Org::with_devices("a", &lost), Org::new("b"), Org::new("c")];
    let mut kit = Kit::founded(orgs, 3, |_| {});
    let org = kit.orgs[0].clone();
    let genesis = kit.now().tip();
    kit.orgs[0].admin = key("a lost");
    let out = crate::membership::kit::remove(kit.id(2));
    kit.decide(&[0, 1], vec![out]);
    let work = StandingWork { decision: genesis, cut_offs: [].into() };
    let lost = revoke(&org, 1).keeping(&kit.circle(), work);
    kit.add(org.next(|core| {
        core.devices.remove(1);
        core.revocations.push(lost);
    }));
    assert!(!kit.now().is_member(&kit.id(2)));
}

#[test]
fn the_root_rotates_to_the_key_that_was_committed_to() {
    let mut kit = Kit::new(1, 1);
    let org = kit.orgs[0].clone();
    let rotate = |root: &str| {
        let mut core = org.manifest.value().core().clone();
        core.previous = Some(org.manifest.id());
        core.seq = 1;
        core.root = public(&key(root));
        core.next_root = next_root_commitment(&public(&key("another")));
        Manifest::new(core).sign(&key(root)).unwrap()
    };
    kit.add(rotate("a thief's"));
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(org.manifest.id()));
    let rotated = kit.add(rotate("org 0 root 1"));
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(rotated));
}

#[test]
fn a_stolen_old_root_does_not_win_over_the_rotated_one() {
    let mut kit = Kit::new(1, 1);
    let org = kit.orgs[0].clone();
    let plain = org.next(|_| {});
    let mut core = plain.value().core().clone();
    core.previous = Some(plain.id());
    core.seq = 2;
    core.root = public(&key("org 0 root 1"));
    core.next_root = next_root_commitment(&public(&key("org 0 root 2")));
    let rotated = Manifest::new(core).sign(&key("org 0 root 1")).unwrap();
    // The thief forks before the rotation, with more revocations and its own device.
    let (thief, spare) = (device(&org.id, "t", "t", DeviceRole::Admin), key("nobody"));
    let stolen = org.next(|core| {
        core.devices.push(thief.clone());
        core.revocations.push(Revocation::new(crate::model::id::DeviceId::new(public(&spare))));
    });
    // A thief cannot change the commitment either.
    let forged = org.next(|core| core.next_root = [9; 32]);
    for manifest in [plain, rotated.clone(), stolen, forged] {
        kit.add(manifest);
    }
    let now = kit.now();
    assert_eq!(now.org(&org.id).unwrap().manifest, Some(rotated.id()));
    assert!(now.device(&thief.device).is_none());
    assert!(matches!(now.equivocators()[&org.id].first(), Some(Evidence::Manifests(..))));
}

#[test]
fn admins_recover_a_lost_root_together() {
    let admins = [("admin", DeviceRole::Admin), ("two", DeviceRole::Admin)];
    let mut org = Org::with_devices("a", &admins);
    let mut core = org.manifest.value().core().clone();
    core.recovery_threshold = 2;
    org.manifest = Manifest::new(core.clone()).sign(&org.root()).unwrap();
    let mut kit = Kit::founded(vec![org.clone()], 1, |_| {});
    core.previous = Some(org.manifest.id());
    core.seq = 1;
    core.root = public(&key("fresh"));
    core.next_root = [3; 32];
    let one = Manifest::new(core).recovered_by(&key("a admin"));
    kit.add(one.clone().sign(&key("fresh")).unwrap());
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(org.manifest.id()));
    let both = one.recovered_by(&key("a two")).sign(&key("fresh")).unwrap();
    let id = kit.add(both);
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(id));
}

#[test]
fn nobody_certifies_a_device_that_it_has_not() {
    let victim = Org::new("victim");
    let thief = OrgId::new(public(&key("thief root 0")));
    let claimed = victim.manifest.value().core().devices[0].write();
    assert!(Device::read(&victim.id, &claimed).is_ok());
    assert!(Device::read(&thief, &claimed).is_err());
}

#[test]
fn a_device_of_two_organisations_is_nobodys_until_one_revokes_it() {
    let (victim, other) = (Org::new("v"), Org::new("o"));
    let shared = Device::prove(
        &other.id,
        DeviceRole::Node,
        &key("v admin"),
        &key("v admin t"),
        &[7; RECEIVING_KEY_BYTES],
    );
    let taken = other.next(|core| core.devices.push(shared));
    let mut kit = Kit::founded(vec![victim, other], 2, |_| {});
    kit.add(taken);
    let (now, device) = (kit.now(), kit.orgs[0].device());
    assert!(now.device(&device).unwrap().contested);
    assert!(
        !now.may_read(&device) && now.device_of_transport(&public(&key("v admin t"))).is_none()
    );
    let disputed = Standing::Quarantined(Quarantine::Disputed);
    assert_eq!(now.standing(&kit.log(0), 0, &hash(0)), disputed);
    let victim = kit.orgs[0].clone();
    let cut_offs = [(kit.log(0), CutOff { count: 1, last: hash(0) })].into();
    let work = StandingWork { decision: now.tip(), cut_offs };
    let revoked = revoke(&victim, 0).keeping(&kit.circle(), work);
    kit.add(victim.next(|core| {
        core.devices.clear();
        core.revocations.push(revoked);
    }));
    assert_eq!(kit.now().standing(&kit.log(0), 0, &hash(0)), Standing::Counts);
    assert_ne!(kit.now().standing(&kit.log(0), 1, &hash(1)), Standing::Counts);
}

#[test]
fn a_writer_whom_nobody_certifies_is_unknown_and_one_of_no_member_is_out() {
    let kit = Kit::new(1, 2);
    let mut log = kit.log(0);
    assert_eq!(
        kit.now().standing(&kit.log(1), 0, &hash(0)),
        Standing::Quarantined(Quarantine::NotMember)
    );
    log.device = crate::model::id::DeviceId::new([9; 32]);
    assert_eq!(kit.now().standing(&log, 0, &hash(0)), Standing::Unknown);
}
