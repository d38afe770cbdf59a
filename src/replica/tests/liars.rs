//! Devices of one organisation that lie to its dropboxes.

use crate::{
    crypto::{EpochSecret, GrantSet},
    membership::{Change, DeviceRole, OrgRole},
    model::{
        id::{EpochId, Lane},
        registry::Schema,
    },
    replica::{
        keyring::Current,
        tests::{
            devices::Team,
            kit::{Party, give_all, give_log},
        },
    },
    sync::Replica as _,
};

/// What a device says that wants all deposits for itself: of an epoch that is not, and of the real
/// one, which it says to have made.
fn lies(team: &Team, liar: &mut Party, real: EpochId) -> Vec<GrantSet> {
    let own = EpochSecret::generate(&mut liar.rng);
    let to = [(liar.replica.own_device(), liar.replica.identity().keys.public().receiving)];
    let tip = liar.membership(&team.circle).tip();
    let set = GrantSet::seal(&team.circle, &tip, &own, &to.into(), [], &mut liar.rng).unwrap();
    let set = set.with_deposit_key(&own);
    [EpochId::new([0; 32]), real].map(|epoch| GrantSet { epoch, ..set.clone() }).into()
}

#[test]
fn a_field_device_cannot_have_deposits_sealed_to_itself() {
    let roles = [DeviceRole::Admin, DeviceRole::Dropbox, DeviceRole::Field];
    let (team, [mut office, mut dropbox, mut thief]) = Team::new(roles);
    let circle = team.circle;
    team.tend(&mut office);
    let Current::Use(real) = office.replica.find_epoch(&circle).unwrap() else { panic!() };
    give_all(&office, &mut thief, &circle);
    let lies = lies(&team, &mut thief, real);
    thief.replica.append_learned(&circle, lies).unwrap();
    for party in [&mut dropbox, &mut office] {
        give_log(&thief, party, &circle, &thief.log(Lane::Control));
    }
    team.tend(&mut office);
    assert!(!office.replica.lacks_deposit_key(&circle));
    assert!(office.replica.take_reports().iter().any(|it| it.contains("false key")));
    give_all(&office, &mut dropbox, &circle);
    let document = team.deposit(&mut dropbox, 1).unwrap();
    give_all(&dropbox, &mut office, &circle);
    assert!(team.reads(&office, document));
}

#[test]
fn an_admin_that_lies_is_told_of_and_makes_nobody_write_without_end() {
    let (team, [mut office, mut liar, _dropbox]) =
        Team::new([DeviceRole::Admin, DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    team.tend(&mut office);
    let Current::Use(real) = office.replica.find_epoch(&circle).unwrap() else { panic!() };
    give_all(&office, &mut liar, &circle);
    let [_invented, false_key] = &lies(&team, &mut liar, real)[..] else { panic!() };
    liar.replica.append_learned(&circle, vec![false_key.clone()]).unwrap();
    give_all(&liar, &mut office, &circle);
    team.tend(&mut office);
    assert!(office.replica.take_reports().iter().any(|it| it.contains("false key")));
    let epochs = office.replica.counts_of(&circle).epochs;
    for _again in 0..5 {
        team.tend(&mut office);
    }
    assert_eq!(office.replica.counts_of(&circle).epochs, epochs, "it makes no key each time");
}

#[test]
fn a_link_that_is_none_does_not_keep_a_dropbox_from_recording_for_good() {
    let roles = [DeviceRole::Admin, DeviceRole::Dropbox, DeviceRole::Field];
    let (team, [mut office, mut dropbox, mut thief]) = Team::new(roles);
    let circle = team.circle;
    team.tend(&mut office);
    let Current::Use(real) = office.replica.find_epoch(&circle).unwrap() else { panic!() };
    give_all(&office, &mut thief, &circle);
    // Of an epoch that the dropbox itself was granted: as if it led to the one in use.
    let own = EpochSecret::generate(&mut thief.rng);
    let held = office.replica.circles[&circle].keys.secret(&real).unwrap().clone();
    let to = [&thief, &dropbox].map(|party| {
        (party.replica.own_device(), party.replica.identity().keys.public().receiving)
    });
    let tip = thief.membership(&circle).tip();
    let set = GrantSet::seal(&circle, &tip, &own, &to.into(), [&held], &mut thief.rng).unwrap();
    let mut set = set;
    set.back_chain[0].sealed.fill(7);
    thief.replica.append_learned(&circle, vec![set]).unwrap();
    for party in [&mut dropbox, &mut office] {
        give_log(&thief, party, &circle, &thief.log(Lane::Control));
    }
    assert!(office.replica.lacks_deposit_key(&circle), "it sees what the dropbox sees");
    team.tend(&mut office);
    assert!(!office.replica.lacks_deposit_key(&circle));
    give_all(&office, &mut dropbox, &circle);
    let document = team.deposit(&mut dropbox, 1).unwrap();
    give_all(&dropbox, &mut office, &circle);
    assert!(team.reads(&office, document));
}

#[test]
fn a_dropbox_records_incidents_and_says_nothing_else() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    team.tend(&mut office);
    give_all(&office, &mut dropbox, &circle);
    for (number, schema) in [(1, "circles/1"), (2, "device/1"), (3, "org/1")] {
        let schema: Schema = schema.parse().unwrap();
        let document = team.deposit_as(&mut dropbox, number, &schema).unwrap();
        give_all(&dropbox, &mut office, &circle);
        assert!(!team.reads(&office, document), "{schema}");
    }
    assert!(office.replica.take_reports().iter().any(|it| it.contains("is no incident")));
}

#[test]
fn the_private_circle_gives_nothing_to_another_organisation_whatever_is_decided_in_it() {
    let (team, [mut office]) = Team::new([DeviceRole::Admin]);
    let circle = team.circle;
    let stranger = Party::new(9);
    office.replica.keep_copies_of(circle);
    office.write(&circle, "first", "x");
    let current = office.replica.find_epoch(&circle).unwrap();
    office.replica.keep_statements(&circle, vec![stranger.manifest()]);
    office.decide(&circle, Change::AddOrg { org: stranger.org(), role: OrgRole::Member });
    let device = stranger.replica.own_device();
    assert!(office.membership(&circle).may_read(&device), "by what was decided it may");
    assert!(!office.replica.readers(&circle).contains(&device));
    assert!(!office.replica.serves(&circle, &device) && !office.replica.reads(&circle, &device));
    assert!(office.replica.lacking(&circle).is_empty());
    assert_eq!(office.replica.find_epoch(&circle).unwrap(), current);
}

/// Else one small entry would make every node of a coalition take a new key, again and again.
#[test]
fn keys_for_deposits_are_made_where_an_organisation_is_alone_and_nowhere_else() {
    for alone in [true, false] {
        let (team, [mut office, dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
        let circle = team.circle;
        if !alone {
            let stranger = Party::new(9);
            office.replica.keep_statements(&circle, vec![stranger.manifest()]);
            office.decide(&circle, Change::AddOrg { org: stranger.org(), role: OrgRole::Member });
        }
        office.write(&circle, "first", "x");
        let Current::Use(real) = office.replica.find_epoch(&circle).unwrap() else { panic!() };
        // Somebody grants the key in use to who may not read.
        let secret = office.replica.circles[&circle].keys.secret(&real).unwrap().clone();
        let to = dropbox.replica.own_device();
        let to = [(to, dropbox.replica.identity().keys.public().receiving)];
        let tip = office.membership(&circle).tip();
        let set = GrantSet::seal(&circle, &tip, &secret, &to.into(), [], &mut office.rng).unwrap();
        office.replica.append_learned(&circle, vec![set]).unwrap();
        assert_eq!(office.replica.find_epoch(&circle).unwrap(), Current::Mint);
        for _again in 0..3 {
            team.tend(&mut office);
        }
        let epochs = office.replica.counts_of(&circle).epochs;
        assert_eq!(epochs, if alone { 2 } else { 1 }, "alone: {alone}");
    }
}
