//! Projection by a ledger of consent: of each victim what that victim allows.

use super::*;
use crate::model::{
    disclosure::ConsentState,
    registry::{RecordKind, Schema},
};

const ALL_SCOPES: &[&str] = &[
    "share_partners_named",
    "share_coalition_deid",
    "share_coalition_id",
    "public_anonymous",
    "statistics",
    "story_image",
];

/// An entry of the ledger.
fn entry(subject: &str, number: i64, basis: &str, scopes: &[&str]) -> Record {
    let mut record = Record::new(Schema::of(RecordKind::Consent));
    for (field, value) in [
        ("id", Value::from(format!("e{number}"))),
        ("number", number.into()),
        ("at", "2026-11-01".into()),
        ("date", "2026-11-01".into()),
        ("subject", subject.into()),
        ("basis", basis.into()),
    ] {
        record.set(path(field), value).unwrap();
    }
    for scope in scopes {
        record.set(path(&format!("scopes/{scope}")), true).unwrap();
    }
    record
}

fn ledger(entries: &[Record]) -> Ledger {
    let mut ledger = Ledger::new();
    entries.iter().for_each(|entry| ledger.add(entry, false));
    ledger
}

fn set(record: &mut Record, fields: &[(&str, &str)]) {
    for (field, value) in fields {
        record.set(path(field), *value).unwrap();
    }
}

/// Two victims, each with an act, a story and an intervention; the first with an id in the ledger.
fn of_two() -> Record {
    let mut record = dossier(&[]);
    set(
        &mut record,
        &[
            ("victims/1/person", "p1"),
            ("victims/2/pseudonym", "Quetzal"),
            ("victims/2/name", "Wanda Xilonen"),
            ("victims/2/organisation", "Asociación Kuyay"),
            ("acts/2/violation", "killing"),
            ("acts/2/victim", "2"),
            ("interventions/2/type", "relocation"),
            ("interventions/2/victim", "2"),
            ("stories/1/title", "Después"),
            ("stories/1/victim", "1"),
        ],
    );
    record
}

fn by(record: &Record, tier: Tier, ledger: &Ledger) -> Result<Projection, Refusal> {
    project(record, &[], &Release::new(tier, NOW).by(ledger))
}

fn state(record: &Record, ledger: &Ledger) -> ConsentState {
    Consent::of(record, &[], ledger, NOW).state()
}

#[test]
fn a_victim_goes_by_their_own_consent() {
    let record = of_two();
    // The record's own consent lets the second go; the first has agreed to nothing yet.
    let unknown = by(&record, Tier::Coalition, &Ledger::new()).unwrap();
    assert_eq!(unknown.victims, ["1".to_owned()].into());
    assert_eq!(unknown.facet.text("victims/2/pseudonym"), Some("Quetzal"));
    for closed in ["victims/1/pseudonym", "acts/1/violation", "acts/1/victim"] {
        assert_eq!(unknown.facet.get(closed), None, "{closed}");
        assert_eq!(reason(&unknown, closed), Some(Reason::Consent));
    }
    assert!(unknown.facet.text("title").unwrap().starts_with("Asesinato"), "only what is shared");

    let open = ledger(&[entry("p1", 1, "informed_explicit", ALL_SCOPES)]);
    let both = by(&record, Tier::Coalition, &open).unwrap();
    assert!(both.victims.is_empty());
    assert_eq!(both.facet.text("stories/1/title"), Some("Después"));
    assert_eq!(both.facet.flag("statistics/1"), Some(true));
    assert_eq!(both.facet.flag("statistics/2"), None, "the record's own consent has no such scope");
    assert_eq!(both.facet.flag("statistics/incident"), Some(true));
    assert_eq!(state(&record, &open), ConsentState::InForce);

    let gone = ledger(&[
        entry("p1", 2, "withdrawn", ALL_SCOPES),
        entry("p1", 1, "informed_explicit", ALL_SCOPES),
    ]);
    let one = by(&record, Tier::Coalition, &gone).unwrap();
    assert_eq!(one.facet, unknown.facet);
    assert_eq!(one.facet.get("statistics/incident"), None);
    assert_eq!(state(&record, &gone), ConsentState::Partial);
    // A record without anything of the withdrawn victim: who else allows it?
    let mut record = record;
    set(&mut record, &[("victims/2/person", "p2")]);
    assert!(by(&record, Tier::Restricted, &gone).is_err());
    assert_eq!(state(&record, &gone), ConsentState::Withdrawn);
}

#[test]
fn texts_that_give_the_withheld_victim_away_stay_too() {
    let open = ledger(&[entry("p1", 1, "informed_explicit", ALL_SCOPES)]);
    let mut record = of_two();
    // The second victim has an id, too, and has not agreed.
    set(
        &mut record,
        &[
            ("victims/2/person", "p2"),
            ("public_summary", "Hablamos con QUETZAL y con otra."),
            ("place/territory", "Sede de la asociación Kuyay"),
            ("victims/1/pseudonym", "la hermana de Wanda"),
        ],
    );
    let projection = by(&record, Tier::Coalition, &open).unwrap();
    for field in ["public_summary", "place/territory", "victims/1/pseudonym"] {
        assert_eq!(reason(&projection, field), Some(Reason::ContainsSealedValue), "{field}");
    }
    assert_eq!(projection.facet.get("interventions/2/type"), None);
    // A number of theirs is nobody's name.
    record.set(path("victims/2/prior_threats"), 1).unwrap();
    let counted = by(&record, Tier::Coalition, &open).unwrap();
    assert_eq!(counted.facet.text("acts/1/violation"), Some("death_threat"));
}

#[test]
fn an_act_that_names_nobody_whom_the_record_knows_can_be_theirs() {
    let mut record = of_two();
    let fields = [
        ("acts/3/violation", "arson"),
        ("acts/4/violation", "arson"),
        ("acts/4/victim", "7"),
        ("interventions/3/type", "relocation"),
    ];
    set(&mut record, &fields);
    let unknown = by(&record, Tier::Coalition, &Ledger::new()).unwrap();
    let known = ledger(&[entry("p1", 1, "informed_explicit", ALL_SCOPES)]);
    let known = by(&record, Tier::Coalition, &known).unwrap();
    for (field, _) in fields {
        assert_eq!(reason(&unknown, field), Some(Reason::Consent), "{field}");
        assert_eq!(reason(&known, field), None, "{field}");
    }
    assert_eq!(unknown.facet.text("acts/2/violation"), Some("killing"));
}

#[test]
fn a_community_speaks_for_the_whole() {
    let mut record = dossier(&[]);
    for field in ["victims/1/pseudonym", "victims/1/name", "victims/1/id_number"] {
        record.remove(field);
    }
    record.remove("victims/1/sex_gender");
    set(&mut record, &[("consent/community", "c1"), ("consent/basis", "none_recorded")]);
    assert_eq!(by(&record, Tier::Restricted, &Ledger::new()), Err(Refusal::NoEntry));
    let agreed = ledger(&[entry("c1", 1, "community", &["share_coalition_deid"])]);
    assert!(by(&record, Tier::Coalition, &agreed).is_ok());
    assert!(by(&record, Tier::Public, &agreed).is_err());
    // A victim's own yes does not stand against the community's withdrawal.
    set(&mut record, &[("victims/1/person", "p1"), ("victims/1/pseudonym", "V-1")]);
    let both = |basis| {
        ledger(&[
            entry("c1", 2, basis, ALL_SCOPES),
            entry("p1", 1, "informed_explicit", ALL_SCOPES),
        ])
    };
    assert!(by(&record, Tier::Coalition, &both("community")).is_ok());
    assert_eq!(by(&record, Tier::Restricted, &both("withdrawn")), Err(Refusal::Withdrawn));
    assert_eq!(by(&record, Tier::Restricted, &both("of_tomorrow")), Err(Refusal::NoEntry));
    // Nor against the record's own, nor against its limit.
    set(&mut record, &[("consent/withdrawn_at", "2026-11-01")]);
    assert_eq!(by(&record, Tier::Coalition, &both("community")), Err(Refusal::Withdrawn));
    record.remove("consent/withdrawn_at");
    set(&mut record, &[("max_tier", "restricted")]);
    assert_eq!(
        by(&record, Tier::Coalition, &both("community")),
        Err(Refusal::Limit(Tier::Restricted))
    );
}

#[test]
fn entries_written_at_once_must_all_allow_and_what_cannot_be_read_allows_nothing() {
    let record = of_two();
    let withheld = |entries: &[Record]| {
        let mut held = by(&record, Tier::Coalition, &ledger(entries)).unwrap();
        let mut reversed: Vec<Record> = entries.to_vec();
        reversed.reverse();
        assert_eq!(held, by(&record, Tier::Coalition, &ledger(&reversed)).unwrap());
        held.victims.pop_first()
    };
    let open = |number| entry("p1", number, "informed_explicit", ALL_SCOPES);
    let one = Some("1".to_owned());
    assert_eq!(withheld(&[open(1)]), None);
    assert_eq!(withheld(&[open(1), open(1)]), None, "a copy");
    assert_eq!(withheld(&[open(1), entry("p1", 1, "withdrawn", ALL_SCOPES)]), one);
    // A withdrawal holds until a later entry says that it follows it.
    let gone = entry("p1", 1, "withdrawn", ALL_SCOPES);
    assert_eq!(withheld(&[open(2), gone.clone()]), one);
    let following = |number| {
        let mut again = open(number);
        set(&mut again, &[("follows", "e1")]);
        again
    };
    assert_eq!(withheld(&[following(2), gone.clone()]), None);
    assert_eq!(withheld(&[open(3), following(2), gone.clone()]), None);
    let mut late = gone.clone();
    set(&mut late, &[("id", "other")]);
    assert_eq!(withheld(&[following(2), gone.clone(), late]), one, "two withdrew at once");
    assert_eq!(withheld(&[following(1), gone.clone()]), one, "not later");
    assert_eq!(withheld(&[entry("p1", 3, "withdrawn", ALL_SCOPES), following(2), gone]), one);
    assert_eq!(withheld(&[open(1), entry("p1", 1, "guardian", &["store"])]), one);
    assert_eq!(withheld(&[open(1), entry("p1", 2, "of_tomorrow", ALL_SCOPES)]), one);
    assert_eq!(withheld(&[entry("p2", 1, "informed_explicit", ALL_SCOPES)]), one);
    for (field, value) in [("expires", "?"), ("expires", "2026-11-09"), ("date", "ayer")] {
        let mut broken = open(2);
        set(&mut broken, &[(field, value)]);
        assert_eq!(withheld(&[open(1), broken]), one, "{field}");
    }
    let mut unnumbered = open(2);
    unnumbered.remove("number");
    assert_eq!(withheld(&[open(9), unnumbered]), one);
    let mut ledger = ledger(&[open(1)]);
    ledger.add(&open(2), true);
    assert_eq!(by(&record, Tier::Coalition, &ledger).unwrap().victims.pop_first(), one);
    // Emergencies and what was not recorded reach named partners only.
    assert_eq!(withheld(&[entry("p1", 1, "vital_interest", ALL_SCOPES)]), one);
    assert_eq!(withheld(&[entry("p1", 1, "none_recorded", ALL_SCOPES)]), one);
}

#[test]
fn an_id_that_lost_against_another_counts_as_much() {
    let record = of_two();
    let ledger = ledger(&[
        entry("p1", 1, "informed_explicit", ALL_SCOPES),
        entry("p9", 1, "withdrawn", ALL_SCOPES),
    ]);
    let release = Release::new(Tier::Coalition, NOW);
    let with = |lost: &[(FieldPath, Value)]| project(&record, lost, &release.by(&ledger)).unwrap();
    assert!(with(&[]).victims.is_empty());
    let other = [(path("victims/1/person"), Value::from("p9"))];
    assert_eq!(with(&other).victims.len(), 1);
    // An act that may be of a withheld victim stays, too.
    let both = [other[0].clone(), (path("acts/2/victim"), Value::from("1"))];
    let projection = with(&both);
    assert_eq!(reason(&projection, "acts/2/violation"), Some(Reason::Consent));
}

#[test]
fn names_go_of_those_who_say_so() {
    let mut record = of_two();
    record.remove("consent/scopes/share_partners_named");
    set(&mut record, &[("summary", "Wanda recibió un mensaje.")]);
    record.set(path("consent/scopes/share_coalition_id"), false).unwrap();
    record.set(path("consent/scopes/store"), true).unwrap();
    set(&mut record, &[("victims/2/person", "p2")]);
    let ledger = ledger(&[
        entry("p1", 1, "informed_explicit", ALL_SCOPES),
        entry("p2", 1, "informed_explicit", &["share_coalition_deid"]),
    ]);
    let named = Release { names: true, ..Release::new(Tier::Coalition, NOW).by(&ledger) };
    let projection = project(&record, &[], &named).unwrap();
    assert_eq!(projection.facet.text("victims/1/name"), Some("Zoraida Inventada"));
    assert_eq!(projection.facet.text("victims/2/pseudonym"), Some("Quetzal"));
    assert_eq!(projection.facet.get("victims/2/name"), None);
}

/// Free texts of which every one is the withheld victim's.
fn secret_fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let of_victim: Vec<&'static FieldSpec> = table::INCIDENT
        .iter()
        .filter(|spec| {
            let parts = ["victims/*/", "stories/*/", "interventions/*/", "acts/*/"];
            let free =
                matches!(spec.kind, Kind::Line | Kind::Name | Kind::Identifier | Kind::Narrative);
            free && parts.iter().any(|part| spec.pattern.starts_with(part))
                && spec.pattern != "victims/*/person"
        })
        .collect();
    let values =
        proptest::collection::vec(proptest::option::weighted(0.8, CANARY), of_victim.len());
    values.prop_map(move |values| {
        let fields = of_victim.iter().zip(values);
        fields.filter_map(|(spec, value)| Some((spec.pattern.replace('*', "x2"), value?))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// For all records, tiers and bases: of a victim whose consent does not allow the tier, no four
    /// bytes of any free text are in the facet, whatever was written into other fields.
    #[test]
    fn nothing_of_a_withheld_victim_is_in_the_facet(
        secrets in secret_fields(),
        tier in proptest::sample::select(vec![Tier::Restricted, Tier::Coalition, Tier::Public]),
        basis in proptest::sample::select(vec!["withdrawn", "of_tomorrow", "vital_interest"]),
        open in proptest::collection::vec(OPEN, 6),
        place in 0_usize..6,
        told in any::<usize>(),
        loud in any::<bool>(),
    ) {
        let mut record = dossier_of_consent();
        set(&mut record, &[
            ("victims/1/person", "p1"),
            ("victims/x2/person", "p2"),
            ("acts/1/violation", "killing"),
            ("acts/1/victim", "1"),
            ("acts/x2/violation", "killing"),
            ("acts/x2/victim", "x2"),
            ("stories/x2/victim", "x2"),
            ("interventions/x2/victim", "x2"),
        ]);
        for (field, text) in &secrets {
            record.set(path(field), text.as_str()).unwrap();
        }
        let fields = ["public_summary", "place/admin2", "summary", "victims/1/pseudonym",
            "legal/1/body", "stories/1/text"];
        for (at, (field, text)) in fields.iter().zip(&open).enumerate() {
            let secret = secrets.get(told % secrets.len().max(1)).filter(|_| at == place);
            let secret = secret.map(|(_, secret)| {
                if loud { secret.to_uppercase().replace('Y', "Ý") } else { secret.clone() }
            });
            let text = secret.map_or_else(|| text.clone(), |secret| format!("{text} {secret} {text}"));
            record.set(path(field), text).unwrap();
        }
        let ledger = ledger(&[
            entry("p1", 1, "informed_explicit", ALL_SCOPES),
            entry("p2", 1, basis, ALL_SCOPES),
        ]);
        let projection = by(&record, tier, &ledger).unwrap();
        prop_assert_eq!(projection.victims.iter().collect::<Vec<_>>(), ["x2"]);
        let facet = fold_json(&projection.facet);
        for (field, text) in &secrets {
            for window in text.as_bytes().windows(4) {
                let window = std::str::from_utf8(window).unwrap();
                prop_assert!(!facet.contains(window), "{window} of {field} in {facet}");
            }
        }
        prop_assert!(!facet.contains("x2"), "{facet}");
        prop_assert!(facet.contains("killing"), "the rest goes");
    }
}
