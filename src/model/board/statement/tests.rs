use proptest::prelude::*;

use super::*;

const OWNER: OrgId = OrgId::new([1; 32]);
const STEWARD: OrgId = OrgId::new([2; 32]);
const PARTNER: OrgId = OrgId::new([3; 32]);
const STRANGER: OrgId = OrgId::new([9; 32]);

fn roles() -> StatementRoles {
    StatementRoles {
        keepers: BTreeSet::from([OWNER, STEWARD]),
        asked: BTreeSet::from([OWNER, PARTNER]),
    }
}

fn id(number: i64) -> String {
    format!("{number:032x}")
}

fn version(author: OrgId, number: i64) -> FrozenText {
    FrozenText {
        author,
        order: (number, id(number)),
        at: "2026-11-23".to_owned(),
        texts: BTreeMap::from([("es".to_owned(), format!("Texto {number}"))]),
        hash: format!("hash {number}"),
        sound: true,
    }
}

fn word(author: OrgId, number: i64, of: &FrozenText, stance: EndorsementStance) -> EndorsementWord {
    EndorsementWord {
        author,
        order: (number, id(number)),
        at: "2026-11-23".to_owned(),
        version: of.order.1.clone(),
        hash: of.hash.clone(),
        stance,
        signed: true,
    }
}

fn act(author: OrgId, number: i64, of: &FrozenText, action: ReleaseAction) -> ReleaseAct {
    ReleaseAct {
        author,
        order: (number, id(number)),
        at: "2026-11-23".to_owned(),
        version: of.order.1.clone(),
        hash: of.hash.clone(),
        action,
    }
}

use EndorsementStance::{Decline, Endorse, Withdrawn};
use EndorsementStanding::{Declines, Endorses, Invalid, Silent, Stale, Withdrew};

#[test]
fn it_goes_from_draft_to_retired() {
    let (none, nothing) = (Vec::new(), Vec::new());
    let draft = statement_standing(&roles(), &none, &[], &nothing);
    assert_eq!((draft.state("draft"), draft.state("in_review")), ("draft", "in_review"));
    assert_eq!(draft.state("dropped"), "dropped");
    let versions = [version(OWNER, 1)];
    let of = &versions[0];
    let frozen = statement_standing(&roles(), &versions, &[], &nothing);
    assert_eq!((frozen.state("draft"), frozen.endorsed, frozen.asked), ("in_review", 0, 2));
    assert_eq!(frozen.words, BTreeMap::from([(OWNER, Silent), (PARTNER, Silent)]));
    let one = [word(OWNER, 2, of, Endorse)];
    let half = statement_standing(&roles(), &versions, &one, &nothing);
    assert_eq!((half.state("draft"), half.endorsed), ("in_review", 1));
    let both = [word(OWNER, 2, of, Endorse), word(PARTNER, 3, of, Endorse)];
    assert_eq!(statement_standing(&roles(), &versions, &both, &nothing).state("draft"), "endorsed");
    let out = [act(STEWARD, 4, of, ReleaseAction::Release)];
    let released = statement_standing(&roles(), &versions, &both, &out);
    assert_eq!(released.state("draft"), "released");
    let retired = [out[0].clone(), act(OWNER, 5, of, ReleaseAction::Retire)];
    assert_eq!(statement_standing(&roles(), &versions, &both, &retired).state("draft"), "retired");
}

#[test]
fn an_endorsement_is_of_exactly_one_text() {
    let versions = [version(OWNER, 1), version(STEWARD, 5)];
    let (old, new) = (&versions[0], &versions[1]);
    let of = |word: EndorsementWord| {
        statement_standing(&roles(), &versions, &[word], &[]).words[&PARTNER]
    };
    assert_eq!(of(word(PARTNER, 6, new, Endorse)), Endorses);
    assert_eq!(of(word(PARTNER, 6, old, Endorse)), Stale, "the text changed since");
    assert_eq!(of(word(PARTNER, 6, new, Decline)), Declines);
    assert_eq!(of(word(PARTNER, 6, new, Withdrawn)), Withdrew);
    // Forged: another hash for the version, or no signature of its own.
    assert_eq!(
        of(EndorsementWord { hash: old.hash.clone(), ..word(PARTNER, 6, new, Endorse) }),
        Invalid
    );
    assert_eq!(
        of(EndorsementWord { hash: new.hash.clone(), ..word(PARTNER, 6, old, Endorse) }),
        Invalid
    );
    assert_eq!(of(EndorsementWord { signed: false, ..word(PARTNER, 6, new, Endorse) }), Invalid);
}

#[test]
fn the_last_word_of_an_organisation_counts() {
    let versions = [version(OWNER, 1)];
    let of = &versions[0];
    let words = [word(PARTNER, 3, of, Withdrawn), word(PARTNER, 2, of, Endorse)];
    let standing = statement_standing(&roles(), &versions, &words, &[]);
    assert_eq!((standing.words[&PARTNER], standing.endorsed), (Withdrew, 0));
    let words = [word(PARTNER, 3, of, Withdrawn), word(PARTNER, 4, of, Endorse)];
    assert_eq!(statement_standing(&roles(), &versions, &words, &[]).words[&PARTNER], Endorses);
}

#[test]
fn only_keepers_freeze_and_release() {
    let forged = FrozenText { sound: false, ..version(OWNER, 7) };
    let versions = [version(OWNER, 1), version(STRANGER, 6), forged];
    let (mine, theirs) = (&versions[0], &versions[1]);
    let acts = [
        act(STRANGER, 8, mine, ReleaseAction::Release),
        act(OWNER, 9, theirs, ReleaseAction::Release),
        ReleaseAct { hash: "another".to_owned(), ..act(OWNER, 10, mine, ReleaseAction::Release) },
    ];
    let standing = statement_standing(&roles(), &versions, &[], &acts);
    assert_eq!(standing.newest.map(|it| it.order.0), Some(1));
    assert_eq!(standing.released, None);
    // Who is not asked may endorse, and is shown, and does not fill the place of who is asked.
    let words = [word(STRANGER, 2, mine, Endorse), word(OWNER, 3, mine, Endorse)];
    let standing = statement_standing(&roles(), &versions, &words, &[]);
    assert_eq!((standing.words[&STRANGER], standing.endorsed), (Endorses, 1));
}

#[test]
fn what_is_out_stays_as_it_was_frozen() {
    let versions = [version(OWNER, 1), version(OWNER, 5)];
    let acts = [act(OWNER, 2, &versions[0], ReleaseAction::Release)];
    let standing = statement_standing(&roles(), &versions, &[], &acts);
    assert_eq!(standing.released.map(|(text, _)| text.order.0), Some(1));
    assert_eq!(
        (standing.newest.map(|it| it.order.0), standing.state("draft")),
        (Some(5), "released")
    );
}

#[test]
fn codes_are_those_of_the_vocabulary() {
    use crate::model::vocabulary::Vocabulary;
    let codes = |list: &str| -> BTreeSet<String> {
        Vocabulary::built_in().list(list).iter().map(|term| term.code.to_owned()).collect()
    };
    let stances = EndorsementStance::ALL.map(|it| it.code().to_owned());
    assert_eq!(codes("endorsement_stance"), BTreeSet::from(stances));
    let actions = [ReleaseAction::Release, ReleaseAction::Retire].map(|it| it.code().to_owned());
    assert_eq!(codes("release_action"), BTreeSet::from(actions));
    for stance in EndorsementStance::ALL {
        assert_eq!(EndorsementStance::from_code(stance.code()), Some(stance));
    }
}

proptest! {
    /// Whatever order the records come in, all say the same.
    #[test]
    fn the_order_of_delivery_does_not_count(
        words in proptest::collection::vec((0_usize..3, 1_i64..9, 0_usize..3, any::<bool>(), 0_usize..2), 0..10),
        acts in proptest::collection::vec((0_usize..3, 1_i64..9, 0_usize..2, any::<bool>()), 0..5),
        by in any::<usize>(),
    ) {
        let orgs = [OWNER, PARTNER, STRANGER];
        let mut versions = vec![version(OWNER, 1), version(STEWARD, 4), version(STRANGER, 7)];
        let mut words: Vec<_> = words
            .into_iter()
            .enumerate()
            .map(|(place, (org, number, stance, signed, of))| EndorsementWord {
                signed,
                order: (number, id(i64::try_from(place).unwrap())),
                ..word(orgs[org], number, &versions[of], EndorsementStance::ALL[stance])
            })
            .collect();
        let mut acts: Vec<_> = acts
            .into_iter()
            .enumerate()
            .map(|(place, (org, number, of, out))| {
                let action = if out { ReleaseAction::Release } else { ReleaseAction::Retire };
                let order = (number, id(i64::try_from(place).unwrap()));
                ReleaseAct { order, ..act(orgs[org], number, &versions[of], action) }
            })
            .collect();
        let said = |versions: &[FrozenText], words: &[EndorsementWord], acts: &[ReleaseAct]| {
            let standing = statement_standing(&roles(), versions, words, acts);
            let released = standing.released.map(|(text, act)| (text.clone(), act.clone()));
            (standing.newest.cloned(), standing.words.clone(), released, standing.state("draft"))
        };
        let one = said(&versions, &words, &acts);
        versions.rotate_left(by % 3);
        words.reverse();
        let turned = by % acts.len().max(1);
        acts.rotate_left(turned);
        prop_assert_eq!(said(&versions, &words, &acts), one);
    }
}
