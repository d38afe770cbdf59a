use proptest::prelude::*;

use super::*;
use crate::model::vocabulary::{Standing, Vote, Wording};

mod evidence;
mod ledger;

const NOW: Timestamp = Timestamp::from_millis(1_794_268_800_000);

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

/// An invented incident with every kind of secret, and consent for everything without names.
fn dossier(more: &[(&str, Value)]) -> Record {
    let mut record = Record::incident();
    let texts = [
        ("title", "Amenaza a Zoraida Inventada"),
        ("date", "2024-05-03"),
        ("country", "CO"),
        ("lang", "es"),
        ("place/admin1", "CO-CAU"),
        ("place/admin2", "Toribío"),
        ("place/name", "Vereda Piedra Azul"),
        ("place/point", "-2.5,-76.1"),
        ("place/precision", "exact"),
        ("summary", "Zoraida recibió un mensaje."),
        ("public_summary", "Una lideresa recibió un mensaje."),
        ("notes", "Vive con su hermana."),
        ("counting_unit", "individual"),
        ("acts/1/violation", "death_threat"),
        ("acts/1/victim", "1"),
        ("victims/1/pseudonym", "V-014"),
        ("victims/1/name", "Zoraida Inventada"),
        ("victims/1/id_number", "1061700123"),
        ("victims/1/sex_gender", "female"),
        ("perpetrators/1/type", "unknown"),
        ("sources/1/type", "victim"),
        ("sources/1/name", "Zoraida Inventada"),
        ("consent/basis", "informed_explicit"),
        ("import/row", "fila-33"),
        ("future/field", "Mañana"),
    ];
    for (field, text) in texts {
        record.set(path(field), text).unwrap();
    }
    for scope in ["share_partners_named", "share_coalition_deid", "public_anonymous"] {
        record.set(path(&format!("consent/scopes/{scope}")), true).unwrap();
    }
    for (field, value) in more {
        record.set(path(field), value.clone()).unwrap();
    }
    record
}

fn at(tier: Tier, record: &Record) -> Projection {
    project(record, &[], &Release::new(tier, NOW)).unwrap()
}

fn reason(projection: &Projection, field: &str) -> Option<Reason> {
    projection.withheld.iter().find(|(path, _)| path.as_str() == field).map(|(_, reason)| *reason)
}

#[test]
fn each_tier_sees_what_the_table_says() {
    let record = dossier(&[]);
    let restricted = at(Tier::Restricted, &record).facet;
    assert_eq!(restricted.text("place/point"), Some("-2.5,-76.1"));
    assert_eq!(restricted.text("date"), Some("2024-05-03"));
    assert_eq!(restricted.get("victims/1/name"), None);

    let coalition = at(Tier::Coalition, &record);
    let facet = &coalition.facet;
    assert_eq!(facet.text("title"), Some("Amenaza de muerte, Cauca, 2024-05"));
    assert_eq!(facet.text("date"), Some("2024-05"));
    assert_eq!(facet.text("place/admin2"), Some("Toribío"));
    assert_eq!(facet.text("place/precision"), Some("admin2"));
    assert_eq!(facet.text("victims/1/pseudonym"), Some("V-014"));
    assert_eq!(facet.text("disclosure/tier"), Some("coalition"));
    for closed in [
        "place/name",
        "place/point",
        "summary",
        "consent/basis",
        "sources/1/name",
        "import/row",
        "future/field",
        "notes",
    ] {
        assert_eq!(facet.get(closed), None, "{closed}");
        assert!(reason(&coalition, closed).is_some(), "{closed}");
    }
    assert_eq!(reason(&coalition, "date"), Some(Reason::Coarsened));
    assert_eq!(reason(&coalition, "future/field"), Some(Reason::UnknownField));
    assert_eq!(reason(&coalition, "victims/1/name"), Some(Reason::Tier(Tier::Sealed)));

    let public = at(Tier::Public, &record).facet;
    assert_eq!(public.text("title"), Some("Amenaza de muerte, Cauca, 2024-34"));
    assert_eq!(public.text("place/precision"), Some("admin1"));
    assert_eq!(public.get("victims/1/pseudonym"), None);
}

#[test]
fn a_name_in_an_open_field_keeps_the_field_back() {
    for (field, text) in [
        ("place/territory", "Resguardo de la familia ZORAIDA"),
        ("public_summary", "A Zoraida-Inventada la amenazaron"),
        ("victims/1/pseudonym", "inventada14"),
        ("group_size/basis", "según C.C. 1061700123"),
        ("acts/zoraida/violation", "killing"),
        ("place/admin2", "cerca de la vereda Piedra  Azul"),
    ] {
        let projection = at(Tier::Coalition, &dossier(&[(field, text.into())]));
        assert_eq!(reason(&projection, field), Some(Reason::ContainsSealedValue), "{field}");
        assert_eq!(projection.facet.get(field), None);
    }
}

/// Two stewards adopted these codes, of which one is a type of violation.
fn adopted(note: &str) -> Terms {
    let orgs = [1, 2].map(|byte| crate::model::id::OrgId::new([byte; 32]));
    let wording = |list: &str, code: &str| Wording {
        list: list.to_owned(),
        code: code.to_owned(),
        sdg: "-".to_owned(),
        iccs: "-".to_owned(),
        labels: ["a", "b", "c"].map(str::to_owned),
        note: note.to_owned(),
    };
    let words = [wording("violation_type", "x_poisoning"), wording("defender_role", "x_guardian")];
    let votes = orgs.iter().flat_map(|org| {
        words.iter().map(|wording| Vote {
            org: *org,
            number: 1,
            id: "1".to_owned(),
            withdrawn: false,
            wording: wording.clone(),
        })
    });
    Standing::of(votes).adopted(&orgs.into(), 2)
}

#[test]
fn a_code_that_nobody_adopted_could_be_a_name_and_stays() {
    let record = dossier(&[
        ("acts/2/violation", "x_poisoning".into()),
        ("victims/1/roles/x_guardian", true.into()),
        ("victims/1/roles/x_lucero_inventado", true.into()),
        ("perpetrators/1/type", "x_clan_falso".into()),
        ("victims/1/pseudonym", "Lucero".into()),
        ("place/admin2", "zona del Clan Falso".into()),
    ]);
    let release = Release::new(Tier::Restricted, NOW);
    let projection = project(&record, &[], &release).unwrap();
    for field in ["acts/2/violation", "victims/1/roles/x_guardian", "perpetrators/1/type"] {
        assert_eq!(reason(&projection, field), Some(Reason::NotAdopted), "{field}");
        assert_eq!(projection.facet.get(field), None);
    }
    // What is in the code must not stand elsewhere.
    for field in ["victims/1/pseudonym", "place/admin2"] {
        assert_eq!(reason(&projection, field), Some(Reason::ContainsSealedValue), "{field}");
    }
    let attack = adopted("family=attack");
    let adopting = release.with_terms(&attack);
    let projection = project(&record, &[], &adopting).unwrap();
    for field in ["acts/2/violation", "victims/1/roles/x_guardian"] {
        assert!(projection.facet.get(field).is_some(), "{field}");
    }
    let strange = "victims/1/roles/x_lucero_inventado";
    assert_eq!(reason(&projection, strange), Some(Reason::NotAdopted));
}

#[test]
fn a_violation_is_always_restricted_until_an_adopted_code_says_otherwise() {
    let record = dossier(&[("acts/2/violation", "x_poisoning".into())]);
    let release = |note: Option<&str>| {
        let terms = note.map_or_else(Terms::none, adopted);
        project(&record, &[], &Release::new(Tier::Coalition, NOW).with_terms(&terms))
    };
    assert_eq!(release(None), Err(Refusal::AlwaysRestricted));
    assert_eq!(release(Some("always restricted")), Err(Refusal::AlwaysRestricted));
    assert!(release(Some("family=attack")).is_ok());
}

#[test]
fn what_is_not_a_value_of_its_field_stays() {
    let projection = at(
        Tier::Public,
        &dossier(&[
            ("counting_unit", "Zoraida".into()),
            ("acts/1/attempted", "Zoraida".into()),
            ("place/admin1", "CO-ZORAIDA".into()),
        ]),
    );
    for field in ["counting_unit", "acts/1/attempted", "place/admin1"] {
        assert_eq!(reason(&projection, field), Some(Reason::Invalid), "{field}");
    }
}

#[test]
fn names_go_with_consent_that_says_so_and_only_then() {
    let record = dossier(&[]);
    let named = Release { names: true, ..Release::new(Tier::Restricted, NOW) };
    let facet = project(&record, &[], &named).unwrap().facet;
    assert_eq!(facet.text("victims/1/name"), Some("Zoraida Inventada"));
    assert_eq!(facet.get("victims/1/id_number"), None);
    assert_eq!(facet.get("sources/1/name"), None);
    let refused =
        project(&record, &[], &Release { names: true, ..Release::new(Tier::Coalition, NOW) });
    assert!(matches!(refused, Err(Refusal::Names { .. })));
}

#[test]
fn what_the_program_wrote_for_another_facet_stays() {
    let secret = Value::Text("ab".repeat(32));
    let more = [("disclosure/key", secret.clone()), ("disclosure/manifest", secret)];
    assert_eq!(at(Tier::Coalition, &dossier(&more)), at(Tier::Coalition, &dossier(&[])));
}

#[test]
fn a_facet_is_no_source_for_a_more_open_one() {
    let facet = at(Tier::Coalition, &dossier(&[])).facet;
    let again = project(&facet, &[], &Release::new(Tier::Public, NOW));
    assert_eq!(again, Err(Refusal::NoBasis));
}

/// Letters that no label, code or open text below has four of in a row.
const CANARY: &str = "[qxzwkjvy]{6,10}";
const OPEN: &str = "[abcdeilmnoprstu]{3,8}( [abcdeilmnoprstu]{3,8}){0,3}";

/// Paths of a pattern with plain keys and every code.
fn instances(pattern: &str) -> Vec<String> {
    let mut paths = vec![String::new()];
    for segment in pattern.split('/') {
        let choices: Vec<String> = match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'))
        {
            Some(list) => {
                let terms = Vocabulary::built_in().list(list).iter();
                terms.take(2).map(|term| term.code.to_owned()).collect()
            }
            None if segment == "*" => vec!["1".to_owned()],
            None => vec![segment.to_owned()],
        };
        paths = paths
            .iter()
            .flat_map(|path| {
                choices.iter().map(move |choice| {
                    if path.is_empty() { choice.clone() } else { format!("{path}/{choice}") }
                })
            })
            .collect();
    }
    paths
}

/// A value for a field: free text is a canary if the field may not leave at `tier`.
fn value_for(spec: &'static FieldSpec, tier: Tier) -> BoxedStrategy<Value> {
    let closed = spec.tier < tier;
    match spec.kind {
        Kind::Line | Kind::Name | Kind::Identifier | Kind::Narrative | Kind::Note if closed => {
            CANARY.prop_map(Value::Text).boxed()
        }
        Kind::Line | Kind::Name | Kind::Identifier | Kind::Narrative | Kind::Note => {
            OPEN.prop_map(Value::Text).boxed()
        }
        Kind::Code(list) => {
            let codes: Vec<_> = Vocabulary::built_in().list(list).iter().map(|t| t.code).collect();
            proptest::sample::select(codes).prop_map(Value::from).boxed()
        }
        Kind::Language => Just("es".into()).boxed(),
        Kind::Date => (1_i64..29).prop_map(|d| Value::Text(format!("2019-11-{d:02}"))).boxed(),
        Kind::Country => Just("CO".into()).boxed(),
        Kind::Admin1 => Just("CO-CAU".into()).boxed(),
        Kind::Admin2Code => Just("19821".into()).boxed(),
        Kind::Coordinate => Just("-2.51877,-76.31344".into()).boxed(),
        Kind::Count => (0_i64..999).prop_map(Value::Integer).boxed(),
        Kind::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
        Kind::Key(_) => Just("1".into()).boxed(),
        Kind::Org => Just(Value::Text(crate::model::id::OrgId::new([7; 32]).to_string())).boxed(),
        Kind::Digest => Just(Value::Text("ab".repeat(32))).boxed(),
    }
}

fn any_record(tier: Tier) -> impl Strategy<Value = Record> {
    let fields: Vec<BoxedStrategy<Option<(String, Value)>>> = table::INCIDENT
        .iter()
        .filter(|spec| !spec.pattern.starts_with("consent/") && spec.pattern != table::MAX_TIER)
        // Who is in the ledger is the ledger's matter, see its own tests.
        .filter(|spec| spec.pattern != "victims/*/person")
        .flat_map(|spec| instances(spec.pattern).into_iter().map(move |path| (spec, path)))
        .map(|(spec, path)| {
            let value = value_for(spec, tier).prop_map(move |value| (path.clone(), value));
            proptest::option::weighted(0.7, value).boxed()
        })
        .collect();
    (fields, proptest::option::of(CANARY)).prop_map(|(fields, unknown)| {
        let mut record = dossier_of_consent();
        for (field, value) in fields.into_iter().flatten() {
            let restricted =
                value.as_text().is_some_and(|code| code.starts_with("sexual_violence"));
            record.set(path(&field), if restricted { "killing".into() } else { value }).unwrap();
        }
        if let Some(unknown) = unknown {
            record.set(path("future/field"), unknown).unwrap();
        }
        record
    })
}

fn dossier_of_consent() -> Record {
    let mut record = Record::incident();
    record.set(path("consent/basis"), "informed_explicit").unwrap();
    record.set(path("consent/recorded_by"), "Qwxzk Jvyqx").unwrap();
    for scope in ["share_partners_named", "share_coalition_deid", "public_anonymous"] {
        record.set(path(&format!("consent/scopes/{scope}")), true).unwrap();
    }
    record
}

/// A text that may not leave at `tier`, and how somebody writes it into an open one.
fn contaminate(mut record: Record, tier: Tier, which: usize, place: usize, loud: bool) -> Record {
    let texts = |record: &Record, closed: bool| -> Vec<(String, String)> {
        let free = record.iter().filter(|(path, _)| {
            table::find(record.schema(), path).is_some_and(|spec| {
                let free = matches!(spec.kind, Kind::Line | Kind::Name | Kind::Narrative);
                let of_record = !path.is_under("consent") && !is_of_program(path);
                free && (spec.tier < tier) == closed && of_record
            })
        });
        free.map(|(path, value)| (path.to_string(), value.to_string())).collect()
    };
    let (closed, open) = (texts(&record, true), texts(&record, false));
    if let (Some((_, secret)), Some((field, text))) =
        (closed.get(which % closed.len().max(1)), open.get(place % open.len().max(1)))
    {
        let secret = if loud { secret.to_uppercase().replace('Y', "Ý") } else { secret.clone() };
        record.set(path(field), format!("{text} {secret} {text}")).unwrap();
    }
    record
}

fn any_case() -> impl Strategy<Value = (Tier, Record)> {
    let tier = proptest::sample::select(vec![Tier::Restricted, Tier::Coalition, Tier::Public]);
    tier.prop_flat_map(|tier| {
        (any_record(tier), any::<[usize; 2]>(), any::<[bool; 2]>()).prop_map(
            move |(record, [which, place], [dirty, loud])| {
                let record =
                    if dirty { contaminate(record, tier, which, place, loud) } else { record };
                (tier, record)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// For all records and tiers: no four bytes of a free text that may not go that far occur in
    /// the facet, whatever was written into its open fields; and the facet is valid and no more
    /// exact than its tier.
    #[test]
    fn no_bytes_of_what_is_closed_are_in_the_facet((tier, record) in any_case()) {
        let projection = at(tier, &record);
        let facet = fold_json(&projection.facet);
        // What the program notes about facets is made of what they say.
        for (path, value) in record.iter().filter(|(path, _)| !is_of_program(path)) {
            let spec = table::find(record.schema(), path);
            let closed = spec.is_none_or(|spec| {
                let free = matches!(spec.kind, Kind::Line | Kind::Name | Kind::Identifier | Kind::Narrative);
                free && spec.tier < tier
            });
            let Value::Text(text) = value else { continue };
            if !closed {
                continue;
            }
            let text = text.to_lowercase();
            for window in text.as_bytes().windows(4) {
                let window = std::str::from_utf8(window).unwrap();
                prop_assert!(!facet.contains(window), "{window} of {path} in {facet}");
            }
        }
        for (path, value) in projection.facet.iter() {
            let spec = table::find(record.schema(), path);
            let made_of_codes = path.as_str() == table::TITLE && tier == Tier::Public;
            prop_assert!(spec.is_some_and(|spec| {
                (spec.tier >= tier || made_of_codes) && check_value(spec, value).is_ok()
            }), "{path}");
        }
        if tier > Tier::Restricted {
            prop_assert!(!facet.contains("2019-11-"), "a day in {facet}");
            prop_assert!(!facet.contains("51877"), "a point in {facet}");
        }
        // All is accounted for.
        for (path, value) in record.iter().filter(|(path, _)| !is_of_program(path)) {
            let same = projection.facet.get(path.as_str()) == Some(value);
            prop_assert!(same != reason(&projection, path.as_str()).is_some(), "{path}");
        }
    }
}

fn fold_json(record: &Record) -> String {
    serde_json::to_string(record).unwrap().to_lowercase().replace('ý', "y")
}
