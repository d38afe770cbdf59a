use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::*;

const CIRCLE: CircleId = CircleId::new([1; 32]);
const DECISION: StatementId = StatementId::new([2; 32]);

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(5)
}

fn devices(count: usize) -> Vec<DeviceKeys> {
    let mut rng = rng();
    (0..count).map(|_| DeviceKeys::generate(&mut rng)).collect()
}

fn ids(devices: &[&DeviceKeys]) -> BTreeSet<DeviceId> {
    devices.iter().map(|keys| keys.device()).collect()
}

fn set(secret: &EpochSecret, to: &[&DeviceKeys]) -> GrantSet {
    let to: BTreeMap<DeviceId, ReceivingPublicKey> =
        to.iter().map(|keys| (keys.device(), keys.public().receiving)).collect();
    GrantSet::seal(&CIRCLE, &DECISION, secret, &to, [], &mut rng()).unwrap()
}

fn current(ring: &KeyRing, recipients: &BTreeSet<DeviceId>, depth: u32, least: u32) -> Current {
    ring.current((recipients, &|_| true), HistoryRule::All, least, |_decision| Some(depth))
}

/// The removed member's own grant never came here as one that counts; that of an honest member,
/// who passed it on before it knew of the removal, did.
#[test]
fn a_key_that_a_removed_member_made_is_not_laundered_by_granting_it_on() {
    let keys = devices(2);
    let [own, honest] = &keys[..] else { panic!() };
    let secret = EpochSecret::generate(&mut rng());
    let mut ring = KeyRing::default();
    let learned = ring.learn(&CIRCLE, (honest.device(), true), set(&secret, &[own]), own);
    assert_eq!(learned, [secret.id()]);
    assert_eq!(current(&ring, &ids(&[own, honest]), 1, 0), Current::Mint);
}

#[test]
fn a_key_is_used_whose_maker_counts() {
    let keys = devices(2);
    let [own, maker] = &keys[..] else { panic!() };
    let secret = EpochSecret::generate(&mut rng());
    let mut ring = KeyRing::default();
    ring.learn(&CIRCLE, (maker.device(), true), set(&secret, &[own, maker]), own);
    assert_eq!(current(&ring, &ids(&[own, maker]), 1, 1), Current::Use(secret.id()));
    assert_eq!(current(&ring, &ids(&[own]), 1, 1), Current::Mint);
}

/// Decisions come before grants: an earlier key may have been granted to the removed unseen.
#[test]
fn no_key_from_before_the_last_removal_is_used() {
    let keys = devices(1);
    let [own] = &keys[..] else { panic!() };
    let secret = EpochSecret::generate(&mut rng());
    let mut ring = KeyRing::default();
    ring.learn(&CIRCLE, (own.device(), true), set(&secret, &[own]), own);
    assert_eq!(current(&ring, &ids(&[own]), 1, 2), Current::Mint);
}

/// Of two keys made after one decision, in whatever order their ids are.
#[test]
fn a_key_that_another_links_to_is_not_granted_beside_it() {
    let keys = devices(2);
    let [own, joiner] = &keys[..] else { panic!() };
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    for _ in 0..8 {
        let (earlier, later) = (EpochSecret::generate(&mut rng), EpochSecret::generate(&mut rng));
        let to = [(own.device(), own.public().receiving)].into();
        let linked = GrantSet::seal(&CIRCLE, &DECISION, &later, &to, [&earlier], &mut rng).unwrap();
        let mut ring = KeyRing::default();
        ring.learn(&CIRCLE, (own.device(), true), set(&earlier, &[own]), own);
        ring.learn(&CIRCLE, (own.device(), true), linked, own);
        assert_eq!(ring.missing_for(&joiner.device(), |_| Some(1)), [later.id()]);
    }
}

/// Only one victim is granted them; it and all others would have to grant each on to everybody.
#[test]
fn a_member_that_makes_very_many_keys_takes_its_share_only() {
    let keys = devices(4);
    let [own, flooder, honest, joiner] = &keys[..] else { panic!() };
    let mut rng = rng();
    let mut ring = KeyRing::default();
    let mut highest: Option<EpochId> = None;
    for _ in 0..3 * MAX_BACK_LINKS {
        let secret = EpochSecret::generate(&mut rng);
        highest = highest.max(Some(secret.id()));
        let all = set(&secret, &[own, flooder]);
        ring.learn(&CIRCLE, (flooder.device(), true), all, own);
    }
    // Its id is the last of all, so it would be the last to be linked to.
    let secrets = std::iter::repeat_with(|| EpochSecret::generate(&mut rng));
    let secret = { secrets }.find(|it| Some(it.id()) > highest).unwrap();
    ring.learn(&CIRCLE, (honest.device(), true), set(&secret, &[own, honest]), own);
    // The flooder says that it made this one too: that takes nothing from who did.
    ring.learn(&CIRCLE, (flooder.device(), true), set(&secret, &[flooder]), own);
    let heads = ring.heads();
    assert!(heads.contains(&secret.id()) && heads.len() == MAX_BACK_LINKS);

    let mut granted = BTreeSet::new();
    loop {
        let missing = ring.missing_for(&joiner.device(), |_| Some(1));
        assert!(missing.len() <= MAX_BACK_LINKS + 1, "{} at once", missing.len());
        assert!(!granted.is_empty() || missing.contains(&secret.id()));
        if missing.is_empty() {
            break;
        }
        for id in missing {
            let secret = ring.secret(&id).unwrap().clone();
            ring.learn(&CIRCLE, (own.device(), true), set(&secret, &[joiner]), own);
            granted.insert(id);
        }
    }
    assert_eq!(granted.len(), 3 * MAX_BACK_LINKS + 1, "what is left out comes next");
}

fn numbered(numbers: std::ops::Range<u32>) -> impl Iterator<Item = DeviceId> {
    numbers.map(|number| {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        DeviceId::new(id)
    })
}

#[test]
fn names_that_a_device_makes_up_are_kept_within_bounds_and_in_no_order() {
    let all = u32::try_from(MAX_NAMED).unwrap() * 3;
    let complaining = DeviceId::new([255; 32]);
    let (mut one, mut other) = (KeyRing::default(), KeyRing::default());
    one.learn_ask(complaining, numbered(0..all));
    let backwards: Vec<_> = numbered(0..all).collect();
    other.learn_ask(complaining, backwards.into_iter().rev());
    assert_eq!(one.asked[&complaining].len(), MAX_NAMED);
    assert_eq!(one.asked, other.asked);
}

/// An entry of more names is read by nobody.
#[test]
fn no_more_are_named_at_once_than_one_entry_holds_and_the_others_next() {
    let own = DeviceId::new([255; 32]);
    let all = u32::try_from(MAX_NAMED).unwrap() + 700;
    let mut ring = KeyRing::default();
    ring.not_opened.extend(numbered(0..all));
    let mut named = BTreeSet::new();
    loop {
        let next = ring.not_opened_from(&own);
        assert!(next.len() <= MAX_GRANTS_PER_SET && next.is_disjoint(&named));
        if next.is_empty() {
            break;
        }
        ring.learn_ask(own, next.iter().copied());
        named.extend(next);
    }
    assert_eq!(named.len(), MAX_NAMED, "who is named at last is not asked about for ever");
}
