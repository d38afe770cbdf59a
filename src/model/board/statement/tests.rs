use proptest::prelude::*;

use super::*;

const OWNER: OrgId = OrgId::new([1; 32]);
const STEWARD: OrgId = OrgId::new([2; 32]);
const PARTNER: OrgId = OrgId::new([3; 32]);
const STRANGER: OrgId = OrgId::new([9; 32]);

fn roles() -> StatementRoles {
    let members = BTreeSet::from([OWNER, STEWARD, PARTNER, STRANGER]);
    StatementRoles { origin: OWNER, members, asked: BTreeSet::new() }
}

fn links(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|it| (*it).to_owned()).collect()
}

/// A text by its link, which is its hash as well.
fn version(author: OrgId, link: &str, follows: &[&str]) -> FrozenText {
    FrozenText {
        author,
        link: link.to_owned(),
        follows: links(follows),
        at: "2026-11-23".to_owned(),
        texts: BTreeMap::from([("es".to_owned(), format!("Texto {link}"))]),
        keepers: BTreeSet::from([OWNER, STEWARD]),
        asked: BTreeSet::from([OWNER, PARTNER]),
        hash: link.to_owned(),
        sound: true,
    }
}

fn word(
    author: OrgId,
    link: &str,
    of: &str,
    stance: EndorsementStance,
    follows: &[&str],
) -> EndorsementWord {
    EndorsementWord {
        author,
        link: link.to_owned(),
        follows: links(follows),
        at: "2026-11-23".to_owned(),
        hash: of.to_owned(),
        stance,
        device: None,
        signature: String::new(),
        signed: true,
    }
}

fn act(author: OrgId, link: &str, of: &str, action: ReleaseAction, follows: &[&str]) -> ReleaseAct {
    ReleaseAct {
        author,
        link: link.to_owned(),
        follows: links(follows),
        at: "2026-11-23".to_owned(),
        hash: of.to_owned(),
        action,
    }
}

fn records(versions: Vec<FrozenText>) -> StatementRecords {
    StatementRecords { versions, ..StatementRecords::default() }
}

fn newest_of(versions: Vec<FrozenText>) -> Option<String> {
    statement_standing(&roles(), &records(versions)).newest.map(|it| it.link.clone())
}

use EndorsementStance::{Decline, Endorse, Withdrawn};
use EndorsementStanding::{Declines, Endorses, Invalid, Silent, Stale, Withdrew};
use ReleaseAction::{Release, Retire};

#[test]
fn it_goes_from_draft_to_retired() {
    let mut all = StatementRecords::default();
    let draft = statement_standing(&roles(), &all);
    assert_eq!((draft.state("draft"), draft.state("in_review")), ("draft", "in_review"));
    assert_eq!((draft.state("dropped"), draft.asked.len()), ("dropped", 4));
    assert_eq!(draft.keepers, BTreeSet::from([OWNER]));
    all.versions.push(version(OWNER, "v1", &[]));
    let frozen = statement_standing(&roles(), &all);
    assert_eq!((frozen.state("draft"), frozen.endorsed, frozen.asked.len()), ("in_review", 0, 2));
    assert_eq!(frozen.words, BTreeMap::from([(OWNER, (Silent, None)), (PARTNER, (Silent, None))]));
    all.words.push(word(OWNER, "w1", "v1", Endorse, &[]));
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "in_review");
    all.words.push(word(PARTNER, "w2", "v1", Endorse, &[]));
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "endorsed");
    all.acts.push(act(STEWARD, "r1", "v1", Release, &[]));
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "released");
    all.acts.push(act(OWNER, "r2", "v1", Retire, &["r1"]));
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "retired");
    all.acts.push(act(OWNER, "r3", "v1", Release, &["r2"]));
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "released");
}

#[test]
fn an_endorsement_is_of_exactly_one_text() {
    let of = |word: EndorsementWord| {
        let versions = vec![version(OWNER, "v1", &[]), version(STEWARD, "v2", &["v1"])];
        let all = StatementRecords { versions, words: vec![word], acts: Vec::new() };
        statement_standing(&roles(), &all).words[&PARTNER].0
    };
    assert_eq!(of(word(PARTNER, "w", "v2", Endorse, &[])), Endorses);
    assert_eq!(of(word(PARTNER, "w", "v1", Endorse, &[])), Stale, "the text changed since");
    assert_eq!(of(word(PARTNER, "w", "v2", Decline, &[])), Declines);
    assert_eq!(of(word(PARTNER, "w", "v2", Withdrawn, &[])), Withdrew);
    let unsigned = EndorsementWord { signed: false, ..word(PARTNER, "w", "v2", Endorse, &[]) };
    assert_eq!(of(unsigned), Invalid);
}

#[test]
fn the_same_text_frozen_twice_is_one_text() {
    // By two keepers who did not hear of each other, or once more by one.
    let twin = FrozenText { hash: "v1".to_owned(), ..version(OWNER, "w9", &[]) };
    let mut all = records(vec![version(OWNER, "v1", &[]), twin]);
    all.words = vec![word(PARTNER, "e", "v1", Endorse, &[])];
    assert_eq!(statement_standing(&roles(), &all).words[&PARTNER].0, Endorses);
}

#[test]
fn the_last_word_of_an_organisation_counts() {
    let said = |words: Vec<EndorsementWord>| {
        let all = StatementRecords { words, ..records(vec![version(OWNER, "v1", &[])]) };
        statement_standing(&roles(), &all).words[&PARTNER].0
    };
    let endorsed = word(PARTNER, "z", "v1", Endorse, &[]);
    let withdrawn = word(PARTNER, "a", "v1", Withdrawn, &["z"]);
    assert_eq!(said(vec![withdrawn.clone(), endorsed.clone()]), Withdrew);
    let again = word(PARTNER, "0", "v1", Endorse, &["a", "z"]);
    assert_eq!(said(vec![again, withdrawn, endorsed.clone()]), Endorses);
    // Two devices that did not hear of each other: what takes back rules.
    assert_eq!(said(vec![endorsed.clone(), word(PARTNER, "b", "v1", Decline, &[])]), Declines);
    // Nobody else says that a word is over.
    let theirs = word(STRANGER, "s", "v1", Withdrawn, &["z"]);
    assert_eq!(said(vec![endorsed, theirs]), Endorses);
}

#[test]
fn only_keepers_freeze_and_release() {
    let forged = FrozenText { sound: false, ..version(OWNER, "v9", &["v1"]) };
    let root = version(OWNER, "v1", &[]);
    let own = FrozenText {
        keepers: BTreeSet::from([STRANGER]),
        asked: BTreeSet::from([STRANGER]),
        ..version(STRANGER, "v8", &[])
    };
    let after = FrozenText { follows: links(&["v1", "v8"]), link: "v7".to_owned(), ..own.clone() };
    let mut all = records(vec![own, after, root, forged]);
    all.acts = vec![
        act(STRANGER, "r1", "v1", Release, &[]),
        act(OWNER, "r2", "v8", Release, &[]),
        act(STRANGER, "r3", "v8", Release, &["r2"]),
        act(OWNER, "r4", "v9", Release, &[]),
    ];
    all.words =
        vec![word(STRANGER, "w1", "v1", Endorse, &[]), word(OWNER, "w2", "v1", Endorse, &[])];
    let standing = statement_standing(&roles(), &all);
    assert_eq!(standing.newest.map(|it| it.link.as_str()), Some("v1"));
    assert_eq!((standing.released, standing.counted.len()), (None, 1));
    // Who is not asked may endorse, and is shown, and does not fill the place of who is asked.
    assert_eq!((standing.words[&STRANGER].0, standing.endorsed), (Endorses, 1));
}

#[test]
fn keepers_are_made_and_unmade_by_keepers() {
    let root = version(OWNER, "v1", &[]);
    let handed =
        FrozenText { keepers: BTreeSet::from([PARTNER, OWNER]), ..version(STEWARD, "v2", &["v1"]) };
    let theirs = version(PARTNER, "v3", &["v1", "v2"]);
    assert_eq!(newest_of(vec![theirs.clone(), root.clone()]).as_deref(), Some("v1"));
    assert_eq!(newest_of(vec![theirs, handed.clone(), root.clone()]).as_deref(), Some("v3"));
    // Who is no keeper any more, and passes over that, stands back, whatever its hash.
    let unmade = version(STEWARD, "zz", &["v1"]);
    assert_eq!(newest_of(vec![unmade, handed, root]).as_deref(), Some("v2"));
}

fn kept(keepers: &[OrgId], version: FrozenText) -> FrozenText {
    FrozenText { keepers: keepers.iter().copied().collect(), ..version }
}

#[test]
fn who_was_unmade_takes_nothing_over() {
    let root = version(OWNER, "v1", &[]);
    let without = kept(&[OWNER], version(OWNER, "v2", &["v1"]));
    let by = |link: &str, follows: &[&str], keepers: &[OrgId]| {
        kept(keepers, version(STEWARD, link, follows))
    };
    // It knows that it was unmade; it passes over that, with the greatest link and the smallest; it
    // makes somebody keeper, who goes on.
    let theirs = [
        vec![by("v3", &["v1", "v2"], &[STEWARD])],
        vec![by("zz", &["v1"], &[STEWARD])],
        vec![by("00", &["v1"], &[STEWARD])],
        vec![
            by("zz", &["v1"], &[OWNER, STEWARD, PARTNER]),
            version(PARTNER, "00", &["v1", "zz"]),
            version(PARTNER, "zzz", &["v1", "v2", "zz"]),
        ],
    ];
    for theirs in theirs {
        let all = records([vec![root.clone(), without.clone()], theirs.clone()].concat());
        let standing = statement_standing(&roles(), &all);
        assert_eq!(standing.newest.map(|it| it.link.as_str()), Some("v2"), "{theirs:?}");
        assert_eq!(standing.keepers, BTreeSet::from([OWNER]), "{theirs:?}");
    }
}

#[test]
fn who_made_the_card_alone_unmakes_keepers() {
    let standing = |versions: Vec<FrozenText>| {
        let all = records(versions);
        let standing = statement_standing(&roles(), &all);
        (standing.newest.map(|it| it.link.clone()).unwrap_or_default(), standing.keepers)
    };
    let root = kept(&[OWNER, STEWARD, PARTNER], version(OWNER, "v1", &[]));
    // A keeper leaves out all others: its text counts, and they keep it as before.
    let alone = kept(&[STEWARD], version(STEWARD, "v2", &["v1"]));
    let all = BTreeSet::from([OWNER, STEWARD, PARTNER]);
    assert_eq!(standing(vec![root.clone(), alone.clone()]), ("v2".to_owned(), all));
    let next = kept(&[OWNER, PARTNER], version(OWNER, "0", &["v1", "v2"]));
    let two = BTreeSet::from([OWNER, PARTNER]);
    assert_eq!(standing(vec![root.clone(), alone, next.clone()]), ("0".to_owned(), two.clone()));
    // A keeper who had not heard of it freezes at the same time: its text is the newest, and who was
    // unmade stays so.
    let late = kept(&[OWNER, STEWARD, PARTNER], version(PARTNER, "a", &["v1"]));
    let both = kept(&[OWNER, PARTNER], version(OWNER, "0", &["v1"]));
    assert_eq!(standing(vec![late.clone(), both.clone(), root.clone()]), ("a".to_owned(), two));
    // Who knows of it makes keepers again.
    let again = kept(&[OWNER, STEWARD, PARTNER], version(PARTNER, "b", &["0", "a", "v1"]));
    let three = BTreeSet::from([OWNER, STEWARD, PARTNER]);
    assert_eq!(standing(vec![root, both, late, again]), ("b".to_owned(), three));
}

#[test]
fn a_long_chain_is_gone_through_once() {
    const LONG: usize = 256;
    let links: Vec<String> = (0..LONG).map(|it| format!("v{:03}", LONG - it)).collect();
    let chain = links.iter().enumerate().map(|(place, link)| {
        let mut follows: BTreeSet<String> = (0..LONG).map(|it| format!("x{it:03}")).collect();
        follows.extend(links.iter().take(place).cloned());
        let first = place == 0;
        let follows = if first { BTreeSet::new() } else { follows };
        FrozenText { follows, ..version(OWNER, link, &[]) }
    });
    let all = records(chain.collect());
    counting::STEPS.set(0);
    let standing = statement_standing(&roles(), &all);
    assert_eq!(standing.counted.len(), LONG);
    assert_eq!(standing.newest.map(|it| &it.link), links.last());
    // Each link of each version a few times.
    let steps = counting::STEPS.get();
    assert!(steps <= 4 * LONG * 2 * LONG, "{steps}");
}

#[test]
fn nobody_rules_for_ever() {
    // Whatever a keeper writes: another keeper who knows of it freezes the next text.
    let root = version(OWNER, "v1", &[]);
    let great = version(STEWARD, "zzzz", &["v1"]);
    let next = version(OWNER, "0000", &["v1", "zzzz"]);
    assert_eq!(newest_of(vec![root.clone(), great.clone()]).as_deref(), Some("zzzz"));
    assert_eq!(newest_of(vec![root.clone(), great.clone(), next.clone()]).as_deref(), Some("0000"));
    let mut all = records(vec![root, great, next]);
    all.acts =
        vec![act(STEWARD, "zz", "zzzz", Release, &[]), act(OWNER, "00", "zzzz", Retire, &["zz"])];
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "retired");
    // Of acts that do not know of each other, taking back rules.
    all.acts[1].follows.clear();
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "retired");
}

#[test]
fn removed_organisations_are_not_waited_for() {
    let mut all = records(vec![version(OWNER, "v1", &[])]);
    all.words = vec![word(OWNER, "w", "v1", Endorse, &[])];
    let mut roles = roles();
    assert_eq!(statement_standing(&roles, &all).state("draft"), "in_review");
    roles.members.remove(&PARTNER);
    let standing = statement_standing(&roles, &all);
    assert_eq!((standing.state("draft"), standing.asked.len()), ("endorsed", 1));
    roles.members.clear();
    assert_eq!(statement_standing(&roles, &all).state("draft"), "in_review", "nobody is not all");
}

#[test]
fn what_is_out_stays_as_it_was_frozen() {
    // Who hands it on knew that it was out: a version names the acts that count.
    let handed =
        FrozenText { keepers: BTreeSet::from([PARTNER]), ..version(OWNER, "v2", &["r", "v1"]) };
    let mut all = records(vec![version(OWNER, "v1", &[]), handed]);
    all.acts = vec![act(STEWARD, "r", "v1", Release, &[])];
    let standing = statement_standing(&roles(), &all);
    assert_eq!(standing.released.map(|(text, _)| text.link.as_str()), Some("v1"));
    assert_eq!(
        (standing.newest.unwrap().link.as_str(), standing.state("draft")),
        ("v2", "released")
    );
    all.acts.push(act(PARTNER, "q", "v1", Retire, &["r"]));
    assert_eq!(statement_standing(&roles(), &all).state("draft"), "retired", "by who keeps it now");
}

#[test]
fn who_is_no_keeper_any_more_neither_releases_nor_retires() {
    let root = version(OWNER, "v1", &[]);
    let without = kept(&[OWNER, PARTNER], version(OWNER, "v2", &["v1"]));
    let stands = |versions: &[&FrozenText], acts: &[ReleaseAct]| {
        let mut all = records(versions.iter().map(|it| (*it).clone()).collect());
        all.acts = acts.to_vec();
        let standing = statement_standing(&roles(), &all);
        let out = standing.released.map(|(text, _)| text.link.clone()).unwrap_or_default();
        (standing.state("draft"), out)
    };
    let out = ("released", "v2".to_owned());
    let ours = act(OWNER, "5", "v2", Release, &[]);
    // Following what rules or not, on the version that it kept or on that which is out.
    for (link, of, action, follows) in [
        ("zz", "v1", Retire, vec!["5"]),
        ("zz", "v1", Retire, vec![]),
        ("zz", "v1", Release, vec!["5"]),
        ("00", "v1", Release, vec!["5"]),
        ("zz", "v2", Retire, vec!["5"]),
    ] {
        let theirs = act(STEWARD, link, of, action, &follows);
        assert_eq!(stands(&[&root, &without], &[ours.clone(), theirs.clone()]), out, "{theirs:?}");
        // Nothing is out yet.
        assert_eq!(stands(&[&root, &without], &[theirs]), ("in_review", String::new()));
    }
    // What it did before it was unmade stays done, and who keeps the statement goes on from there.
    let before = act(STEWARD, "r1", "v1", Release, &[]);
    let knows = FrozenText { follows: links(&["r1", "v1"]), ..without.clone() };
    let was_out = ("released", "v1".to_owned());
    assert_eq!(stands(&[&root], std::slice::from_ref(&before)), was_out);
    assert_eq!(stands(&[&root, &knows], std::slice::from_ref(&before)), was_out);
    let theirs = act(STEWARD, "zz", "v1", Retire, &["r1"]);
    assert_eq!(stands(&[&root, &knows], &[before.clone(), theirs.clone()]), was_out);
    let over = act(PARTNER, "0", "v1", Retire, &["r1"]);
    let retired = ("retired", "v1".to_owned());
    assert_eq!(stands(&[&root, &knows], &[before, theirs.clone(), over]), retired);
    // Nobody but who keeps it says so: what the former keeper freezes names its act in vain.
    let again = kept(&[STEWARD], version(STEWARD, "v3", &["v1", "zz"]));
    assert_eq!(stands(&[&root, &without, &again], &[ours.clone(), theirs.clone()]), out);
    let known = kept(&[OWNER, STEWARD], version(STEWARD, "v1b", &["v1", "zz"]));
    let without = FrozenText { follows: links(&["v1", "v1b"]), ..without };
    assert_eq!(stands(&[&root, &known, &without], &[ours, theirs]), out);
}

#[test]
fn codes_are_those_of_the_vocabulary() {
    use crate::model::vocabulary::Vocabulary;
    let codes = |list: &str| -> BTreeSet<String> {
        Vocabulary::built_in().list(list).iter().map(|term| term.code.to_owned()).collect()
    };
    let stances = EndorsementStance::ALL.map(|it| it.code().to_owned());
    assert_eq!(codes("endorsement_stance"), BTreeSet::from(stances));
    let actions = [Release, Retire].map(|it| it.code().to_owned());
    assert_eq!(codes("release_action"), BTreeSet::from(actions));
    for stance in EndorsementStance::ALL {
        assert_eq!(EndorsementStance::from_code(stance.code()), Some(stance));
    }
}

proptest! {
    /// Whatever order the records come in, all say the same.
    #[test]
    fn the_order_of_delivery_does_not_count(
        made in proptest::collection::vec((0_usize..3, 0_usize..8, 0_usize..8, any::<bool>(), 0_usize..9), 0..8),
        words in proptest::collection::vec((0_usize..3, 0_usize..8, 0_usize..3, any::<bool>(), 0_usize..8), 0..10),
        acts in proptest::collection::vec((0_usize..3, 0_usize..8, any::<bool>(), 0_usize..5), 0..5),
        by in any::<usize>(),
    ) {
        let orgs = [OWNER, PARTNER, STRANGER];
        let before = |kind: &str, of: usize, place: usize| -> BTreeSet<String> {
            (of < place).then(|| format!("{kind}{of}")).into_iter().collect()
        };
        let versions = made.into_iter().enumerate().map(|(place, (org, one, other, hands, done))| {
            let mut follows = before("v", one, place);
            follows.extend(before("v", other, place));
            follows.extend((place > 0 && done < 5).then(|| format!("r{done}")));
            let made = version(orgs[org], &format!("v{place}"), &[]);
            let keepers = if hands { BTreeSet::from([PARTNER]) } else { made.keepers.clone() };
            FrozenText { follows, keepers, ..made }
        });
        let words = words.into_iter().enumerate().map(|(place, (org, of, stance, signed, after))| {
            let said = word(orgs[org], &format!("w{place}"), &format!("v{of}"), EndorsementStance::ALL[stance], &[]);
            EndorsementWord { signed, follows: before("w", after, place), ..said }
        });
        let acts = acts.into_iter().enumerate().map(|(place, (org, of, out, after))| {
            let action = if out { Release } else { Retire };
            let done = act(orgs[org], &format!("r{place}"), &format!("v{of}"), action, &[]);
            ReleaseAct { follows: before("r", after, place), ..done }
        });
        let mut all = StatementRecords {
            versions: versions.collect(),
            words: words.collect(),
            acts: acts.collect(),
        };
        let said = |all: &StatementRecords| {
            let standing = statement_standing(&roles(), all);
            let released = standing.released.map(|(text, act)| (text.clone(), act.clone()));
            let words: Vec<_> = standing.words.values().map(|(it, word)| (*it, word.cloned())).collect();
            (standing.newest.cloned(), words, released, standing.state("draft"))
        };
        let one = said(&all);
        let turned = by % all.versions.len().max(1);
        all.versions.rotate_left(turned);
        all.words.reverse();
        let turned = by % all.acts.len().max(1);
        all.acts.rotate_left(turned);
        prop_assert_eq!(said(&all), one);
    }
}
