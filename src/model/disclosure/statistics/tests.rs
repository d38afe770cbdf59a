//! Rows of figures from dossiers and facets that somebody wrote to get names out.

use super::*;
use crate::model::{
    disclosure::{Ledger, project},
    time::Timestamp,
    vocabulary::{Standing, Terms, Vote, Wording},
};

const NOW: Timestamp = Timestamp::from_millis(1_794_268_800_000);
/// A name in the place of a code.
const NAME_AS_CODE: &str = "x_zoraida_inventada";

fn set(record: &mut Record, fields: &[(&str, Value)]) {
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
}

/// One victim, one act, and consent for the coalition and for figures.
fn dossier(more: &[(&str, Value)]) -> Record {
    let mut record = Record::incident();
    set(
        &mut record,
        &[
            ("date", "2024-05-03".into()),
            ("country", "CO".into()),
            ("acts/zoraida/violation", "killing".into()),
            ("acts/zoraida/victim", "1".into()),
            ("victims/1/name", "Zoraida Inventada".into()),
            ("consent/basis", "informed_explicit".into()),
            ("consent/scopes/statistics", true.into()),
            ("consent/scopes/share_coalition_deid", true.into()),
        ],
    );
    set(&mut record, more);
    record
}

fn facet(more: &[(&str, Value)]) -> Record {
    let mut record = Record::incident();
    set(
        &mut record,
        &[
            ("date", "2024-05".into()),
            ("country", "CO".into()),
            ("acts/1/violation", "killing".into()),
            ("acts/1/victim", "1".into()),
            ("statistics/incident", true.into()),
            ("statistics/1", true.into()),
        ],
    );
    set(&mut record, more);
    record
}

fn release() -> Release<'static> {
    Release::new(Tier::Restricted, NOW)
}

fn both(more: &[(&str, Value)]) -> [Result<Record, Refusal>; 2] {
    [of_dossier(&dossier(more), &[], &release()), of_facets(&[facet(more)], &release())]
}

fn types(row: &Record) -> Vec<&str> {
    row.under("acts").filter_map(|(_, value)| value.as_text()).collect()
}

fn adopted(note: &str) -> Terms {
    let org = crate::model::id::OrgId::new([1; 32]);
    let wording = Wording {
        list: "violation_type".to_owned(),
        code: NAME_AS_CODE.to_owned(),
        sdg: "-".to_owned(),
        iccs: "-".to_owned(),
        labels: ["a", "b", "c"].map(str::to_owned),
        note: note.to_owned(),
    };
    let vote = Vote { org, number: 1, id: "1".to_owned(), withdrawn: false, wording };
    Standing::of([vote]).adopted(&[org].into(), 1)
}

#[test]
fn a_row_has_quarter_country_and_types_alone() {
    for row in both(&[("summary", "Zoraida".into())]) {
        let row = row.unwrap();
        let fields: Vec<_> =
            row.iter().map(|(path, value)| (path.as_str(), value.as_text().unwrap())).collect();
        let expected = [("acts/1/violation", "killing"), ("country", "CO"), ("date", "2024-34")];
        assert_eq!(fields, expected);
    }
}

#[test]
fn a_code_that_nobody_adopted_closes_the_incident() {
    let strange = [("acts/2/violation", NAME_AS_CODE.into()), ("acts/2/victim", "1".into())];
    for text in [NAME_AS_CODE, "Zoraida Inventada", "zoraida", ""] {
        let fields = [("acts/2/violation", text.into()), strange[1].clone()];
        assert_eq!(both(&fields), [Err(Refusal::AlwaysRestricted), Err(Refusal::AlwaysRestricted)]);
    }
    let terms = adopted("family=attack");
    let adopting = release().with_terms(&terms);
    let rows =
        [of_dossier(&dossier(&strange), &[], &adopting), of_facets(&[facet(&strange)], &adopting)];
    for row in rows {
        assert_eq!(types(&row.unwrap()), ["killing", NAME_AS_CODE]);
    }
    let terms = adopted("always restricted");
    let adopting = release().with_terms(&terms);
    assert!(of_dossier(&dossier(&strange), &[], &adopting).is_err());
}

#[test]
fn what_is_no_country_or_date_is_left_out() {
    let free = [("country", "Zoraida".into()), ("date", "el 3, Zoraida".into())];
    for row in both(&free) {
        let row = row.unwrap();
        assert_eq!((row.get("country"), row.get("date")), (None, None));
        assert_eq!(types(&row), ["killing"]);
    }
}

#[test]
fn limits_and_violations_that_are_always_restricted_close_figures() {
    for limit in ["coalition", "restricted", "sealed", "no tier"] {
        for row in both(&[("max_tier", limit.into())]) {
            assert!(matches!(row, Err(Refusal::Limit(_))), "{limit}: {row:?}");
        }
    }
    assert!(both(&[("max_tier", "public".into())]).iter().all(Result::is_ok));
    // Its victim is none who agreed, and still the incident does not count.
    let violence = [("acts/2/violation", "sexual_violence".into())];
    assert_eq!(both(&violence), [Err(Refusal::AlwaysRestricted), Err(Refusal::AlwaysRestricted)]);
    let other = facet(&violence);
    assert!(of_facets(&[facet(&[]), other], &release()).is_err(), "another facet shows it");
    let path = "acts/zoraida/violation".parse().unwrap();
    let lost = [(path, Value::from("sexual_violence"))];
    assert!(of_dossier(&dossier(&[]), &lost, &release()).is_err(), "it lost to a concurrent value");
}

#[test]
fn an_act_of_nobody_in_particular_needs_everybody() {
    let of_all = ("acts/2/violation", Value::from("arson"));
    let record = dossier(std::slice::from_ref(&of_all));
    let row = of_dossier(&record, &[], &release()).unwrap();
    assert_eq!(types(&row), ["arson", "killing"]);
    // The second victim is in the ledger, and agreed to nothing.
    let record = dossier(&[of_all.clone(), ("victims/2/person", "p2".into())]);
    assert_eq!(types(&of_dossier(&record, &[], &release()).unwrap()), ["killing"]);
    let lost = [("acts/zoraida/victim".parse().unwrap(), Value::from("2"))];
    let nobody = of_dossier(&record, &lost, &release());
    assert_eq!(nobody, Err(Refusal::Statistics), "the act may be the second one's");

    let silent = facet(std::slice::from_ref(&of_all));
    assert_eq!(types(&of_facets(&[silent], &release()).unwrap()), ["killing"]);
    let all = facet(&[of_all, ("statistics/everybody", true.into())]);
    assert_eq!(types(&of_facets(&[all], &release()).unwrap()), ["arson", "killing"]);
}

#[test]
fn a_facet_says_what_figures_may_have_of_it() {
    let flags = |record: &Record| {
        let ledger = Ledger::new();
        let release = Release::new(Tier::Coalition, NOW);
        let mut record = record.clone();
        set(&mut record, &[("victims/1/pseudonym", "V-014".into())]);
        let facet = project(&record, &[], &release.by(&ledger)).unwrap().facet;
        let flags: Vec<String> = facet.keys("statistics").into_iter().map(str::to_owned).collect();
        flags
    };
    assert_eq!(flags(&dossier(&[])), ["1", "everybody", "incident"]);
    assert_eq!(flags(&dossier(&[("victims/2/person", "p2".into())])), ["1", "incident"]);
    let named = [("victims/2/person", "p2".into()), ("victims/everybody/pseudonym", "V".into())];
    assert_eq!(flags(&dossier(&named)), ["1", "incident"], "no victim speaks for others");
    assert_eq!(flags(&dossier(&[("max_tier", "coalition".into())])), [""; 0]);
    assert_eq!(flags(&dossier(&[("consent/scopes/statistics", false.into())])), [""; 0]);
}
