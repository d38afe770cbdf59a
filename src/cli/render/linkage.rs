//! Claims of one event, and links between incidents.

use std::collections::BTreeMap;

use super::{
    incidents::{place, rows},
    table::{Column, Table, bullets, paragraph, section},
    words,
};
use crate::{
    api::{
        answer::IncidentRow,
        linkage::{
            CandidateRow, Candidates, Cluster, Clusters, ContestedRow, EventField, Judged,
            JudgementRow, LinkRow, ReasonRow,
        },
    },
    cli::tongue::Tongue,
    model::id::IncidentId,
};

pub(super) fn candidates(found: &Candidates, tongue: Tongue) -> String {
    let mut text = String::new();
    if found.rows.is_empty() {
        text.push_str(&format!("{}\n", tongue.word("no-candidates")));
    }
    for candidate in &found.rows {
        text.push_str(&candidate_text(candidate, tongue));
    }
    if u64::try_from(found.rows.len()).is_ok_and(|shown| shown < found.total) {
        let given = [("shown", found.rows.len().into()), ("total", found.total.into())];
        text.push_str(&format!("{}\n", tongue.say("candidates-of-total", &given)));
    }
    if !found.rows.is_empty() {
        text.push_str(&paragraph("", tongue.word("candidates-next")));
    }
    text.push_str(&section(tongue.word("remarks"), &found.notes));
    text
}

fn candidate_text(candidate: &CandidateRow, tongue: Tongue) -> String {
    let strength = match candidate.strength.as_str() {
        "strong" => tongue.word("candidate-strong"),
        "likely" => tongue.word("candidate-likely"),
        _possible => tongue.word("candidate-possible"),
    };
    let mut text = format!("{strength}\n");
    text.push_str(&claim(&candidate.first, tongue));
    text.push_str(&claim(&candidate.second, tongue));
    let reasons: Vec<String> =
        candidate.reasons.iter().map(|reason| say_reason(reason, tongue)).collect();
    text.push_str(&bullets(&reasons));
    text.push('\n');
    text
}

/// A claim on one line.
fn claim(row: &IncidentRow, tongue: Tongue) -> String {
    let violations = words::labels("violation_type", &row.violations, tongue);
    let org = words::org(&row.origin, row.origin_name.as_ref());
    let line = format!("{}  {}  {violations}  ({org})", row.date, place(row));
    paragraph(&format!("  {}  ", row.id.short()), &line)
}

/// A reason in words.
fn say_reason(reason: &ReasonRow, tongue: Tongue) -> String {
    let given = |name: &str| reason.given.get(name).map_or("", String::as_str);
    let label = |list: &str| tongue.label(list, given("code"));
    match reason.code.as_str() {
        "name" => name(reason, tongue),
        "no-name" => tongue.word("reason-no-name").to_owned(),
        "dates" => dates(given("fit"), given("apart"), given("precision"), tongue),
        "place" => match given("fit") {
            "municipality" => tongue.word("reason-municipality").to_owned(),
            "alias" => tongue.word("reason-municipality-alias").to_owned(),
            "admin1" => tongue.say("reason-admin1", &[("admin1", given("admin1").into())]),
            "other-municipality" => {
                tongue.say("reason-other-municipality", &[("admin1", given("admin1").into())])
            }
            "neighbours" => {
                let both = [("one", given("one").into()), ("other", given("other").into())];
                tongue.say("reason-neighbours", &both)
            }
            _unknown => tongue.word("reason-place-unknown").to_owned(),
        },
        "acts" => match given("fit") {
            "same" => {
                tongue.say("reason-same-violation", &[("label", label("violation_type").into())])
            }
            "family" => tongue.say("reason-same-family", &[("family", given("family").into())]),
            "related" => tongue.word("reason-related").to_owned(),
            _unknown => tongue.word("reason-acts-unknown").to_owned(),
        },
        "territory" => tongue.word("reason-territory").to_owned(),
        "sex" => tongue.word("reason-sex").to_owned(),
        "age" => tongue.word("reason-age").to_owned(),
        "role" => tongue.say("reason-role", &[("label", label("defender_role").into())]),
        "sector" => tongue.say("reason-sector", &[("label", label("sector").into())]),
        "unit" => tongue.say("reason-unit", &[("label", label("counting_unit").into())]),
        "group-size" => tongue.word("reason-group-size").to_owned(),
        "as-many-victims" => {
            tongue.say("reason-as-many", &[("victims", given("victims").to_owned().into())])
        }
        "part-of" => {
            let short = |name: &str| given(name).chars().take(8).collect::<String>();
            let both = [("part", short("part").into()), ("whole", short("whole").into())];
            tongue.say("reason-part-of", &both)
        }
        other => other.to_owned(),
    }
}

fn name(reason: &ReasonRow, tongue: Tongue) -> String {
    let given = |name: &str| reason.given.get(name).map_or("", String::as_str);
    let part = |code: &str| match code {
        "exact" => tongue.word("part-exact"),
        "sound" => tongue.word("part-sound"),
        "typo" => tongue.word("part-typo"),
        _initial => tongue.word("part-initial"),
    };
    let parts: Vec<&str> = given("parts").split_whitespace().map(part).collect();
    let by = match given("by") {
        "tokens" => tongue.word("by-tokens"),
        _names => tongue.word("by-names"),
    };
    let number = |name: &str| given(name).parse::<usize>().unwrap_or_default();
    let arguments = [
        ("first", given("first").to_owned().into()),
        ("second", given("second").to_owned().into()),
        ("parts", parts.join(", ").into()),
        ("by", by.into()),
    ];
    let mut text = tongue.say("reason-name", &arguments);
    let only = number("only_first") + number("only_second");
    let more = [
        (only > 0, "reason-name-more"),
        (number("only_first").min(number("only_second")) > 0, "reason-name-differs"),
        (given("alias") == "true", "reason-alias"),
        (given("sex") == "differs", "reason-sex-differs"),
        (given("birth") == "agrees", "reason-birth-agrees"),
        (given("birth") == "differs", "reason-birth-differs"),
    ];
    for (_, key) in more.into_iter().filter(|(holds, _)| *holds) {
        text.push_str("; ");
        text.push_str(tongue.word(key));
    }
    text
}

fn dates(fit: &str, apart: &str, precision: &str, tongue: Tongue) -> String {
    let days: usize = apart.parse().unwrap_or_default();
    let label = tongue.label("date_precision", precision);
    match fit {
        "days" if days == 0 => tongue.word("reason-same-day").to_owned(),
        "days" => tongue.say("reason-days-apart", &[("days", days.into())]),
        "within" => tongue.say("reason-within", &[("precision", label.into())]),
        "near" => tongue.say("reason-near", &[("days", days.into())]),
        "wide" => tongue.say("reason-wide", &[("precision", label.into())]),
        _unknown => tongue.word("reason-date-unknown").to_owned(),
    }
}

pub(super) fn judged(judged: &Judged, tongue: Tongue) -> String {
    let mut text = judgement(&judged.judgement, tongue);
    let circles: Vec<String> = judged
        .circles
        .iter()
        .zip(&judged.circle_names)
        .map(|(id, name)| words::circle(id, name.as_ref()))
        .collect();
    let written = tongue.say("judgement-written", &[("circles", circles.join(", ").into())]);
    text.push_str(&paragraph("", &written));
    if judged.claims.len() > 1 {
        let given =
            [("event", judged.event.short().into()), ("claims", judged.claims.len().into())];
        text.push_str(&paragraph("", &tongue.say("event-has-claims", &given)));
    }
    text.push_str(&contested(&judged.contested, tongue));
    text.push_str(&section(tongue.word("remarks"), &judged.notes));
    text
}

fn judgement(row: &JudgementRow, tongue: Tongue) -> String {
    let victims: Vec<String> =
        row.victims.iter().map(|(one, other)| format!("{one}={other}")).collect();
    let given = [
        ("org", words::org(&row.author, row.author_name.as_ref()).into()),
        ("first", row.first.short().into()),
        ("second", row.second.short().into()),
        ("verdict", tongue.label("judgement", &row.verdict).into()),
        ("at", row.at.clone().unwrap_or_default().into()),
    ];
    let mut text = tongue.say("judgement-of", &given);
    if !victims.is_empty() {
        text.push_str("; ");
        text.push_str(&tongue.say("judgement-victims", &[("pairs", victims.join(", ").into())]));
    }
    paragraph("", &text)
}

pub(super) fn clusters(list: &Clusters, tongue: Tongue) -> String {
    let mut text = String::new();
    if list.clusters.is_empty() && list.contested.is_empty() {
        return format!("{}\n", tongue.word("no-clusters"));
    }
    for (id, claims) in &list.clusters {
        let given = [("event", id.short().into()), ("claims", claims.len().into())];
        text.push_str(&format!("{}\n", tongue.say("event-has-claims", &given)));
        text.push_str(&claims.iter().map(|row| claim(row, tongue)).collect::<String>());
    }
    text.push_str(&contested(&list.contested, tongue));
    text
}

fn contested(list: &[ContestedRow], tongue: Tongue) -> String {
    let mut sentences = Vec::new();
    for row in list {
        for against in &row.against {
            let given = [
                ("first", row.first.short().into()),
                ("second", row.second.short().into()),
                ("same", row.same.join(", ").into()),
                ("one", against.first.short().into()),
                ("other", against.second.short().into()),
                ("against", against.orgs.join(", ").into()),
            ];
            sentences.push(tongue.say("contested-pair", &given));
        }
    }
    section(tongue.word("contested"), &sentences)
}

pub(super) fn cluster(cluster: &Cluster, tongue: Tongue) -> String {
    let given = [("event", cluster.id.short().into()), ("claims", cluster.claims.len().into())];
    let mut text = format!("{}\n", tongue.say("event-has-claims", &given));
    text.push_str(&rows(&cluster.claims, tongue));
    if !cluster.fields.is_empty() {
        text.push('\n');
        text.push_str(&fields(&cluster.fields, tongue));
    }
    let persons: Vec<String> = cluster.persons.iter().map(person).collect();
    text.push_str(&section(tongue.word("persons-of-event"), &persons));
    text.push_str(&format!("\n{}\n", tongue.word("judgements")));
    for row in &cluster.judgements {
        text.push_str(&paragraph("  - ", judgement(row, tongue).trim_end()));
    }
    text.push_str(&contested(&cluster.contested, tongue));
    text
}

fn fields(fields: &BTreeMap<String, EventField>, tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("field")),
        Column::Text(tongue.word("value")),
        Column::Whole(tongue.word("from")),
        Column::Text(tongue.word("other-values")),
        Column::Whole(""),
    ]);
    for (path, field) in fields {
        let others =
            field.said.iter().filter(|(_, value)| **value != field.value).map(|(id, value)| {
                format!("{} {}", id.short(), words::field_value(path, value, tongue))
            });
        table.row([
            path.clone(),
            words::field_value(path, &field.value, tongue),
            field.from.short(),
            others.collect::<Vec<_>>().join("; "),
            words::mark(field.conflict, "!"),
        ]);
    }
    table.render()
}

/// A person as each claim has them: `5c1e90ab/1 = 7d02c4f1/2`.
fn person(victims: &BTreeMap<IncidentId, String>) -> String {
    let shown: Vec<String> =
        victims.iter().map(|(incident, key)| format!("{}/{key}", incident.short())).collect();
    shown.join(" = ")
}

pub(super) fn links(list: &[LinkRow], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("no-links"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("incident")),
        Column::Whole(tongue.word("link-key")),
        Column::Whole(tongue.word("link-type")),
        Column::Whole(tongue.word("link-to")),
        Column::Text(tongue.word("title")),
        Column::Text(tongue.word("link-note")),
    ]);
    for row in list {
        table.row([
            row.incident.short(),
            row.key.clone(),
            tongue.label("incident_link", &row.link),
            row.to.chars().take(8).collect(),
            row.to_title.clone().unwrap_or_else(|| tongue.word("link-unreadable").to_owned()),
            row.note.clone().unwrap_or_default(),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{id::OrgId, vocabulary::Language};

    fn row(id: u8, date: &str) -> IncidentRow {
        IncidentRow {
            id: IncidentId::new([id; 16]),
            title: "Homicidio, Nariño, 2024-05".to_owned(),
            date: date.to_owned(),
            country: "CO".to_owned(),
            admin1: Some("CO-NAR".to_owned()),
            violations: vec!["killing".to_owned()],
            victims: 1,
            level: "v0_reported".to_owned(),
            origin: OrgId::new([id; 32]),
            origin_name: Some(format!("Org {id}")),
            reading: "coalition".to_owned(),
            circles: Vec::new(),
            conflicts: 0,
        }
    }

    fn reason(code: &str, given: &[(&str, &str)]) -> ReasonRow {
        let given = given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        ReasonRow { code: code.to_owned(), given: given.collect() }
    }

    #[test]
    fn a_candidate_says_why_in_every_language() {
        let name = [
            ("first", "1"),
            ("second", "2"),
            ("by", "tokens"),
            ("parts", "exact sound"),
            ("only_first", "1"),
            ("only_second", "0"),
            ("sex", "differs"),
        ];
        let reasons = vec![
            reason("name", &name),
            reason("dates", &[("fit", "days"), ("apart", "1")]),
            reason("place", &[("fit", "alias")]),
            reason("acts", &[("fit", "same"), ("code", "killing")]),
            reason("part-of", &[("part", "0101010101"), ("whole", "0202020202")]),
        ];
        let candidate = CandidateRow {
            first: row(1, "2024-05-03"),
            second: row(2, "2024-05"),
            strength: "strong".to_owned(),
            reasons,
            victims: BTreeMap::new(),
        };
        let found = Candidates { total: 3, rows: vec![candidate], notes: Vec::new() };
        let english = candidates(&found, Tongue::new(Language::English));
        for part in [
            "strong\n",
            "victim 1 = 2: names agree by their tokens (parts: the same, sounds the same); one has",
            "the sex differs",
            "- 1 day apart",
            "- the same municipality under two names",
            "- the same violation: Killing",
            "01010101 may be part of 02020202",
            "1 of 3",
        ] {
            assert!(english.contains(part), "{part} is not in\n{english}");
        }
        let spanish = candidates(&found, Tongue::new(Language::Spanish));
        assert!(spanish.contains("suena igual") && spanish.contains("1 día de diferencia"));
        let none = Candidates { total: 0, rows: Vec::new(), notes: Vec::new() };
        assert!(candidates(&none, Tongue::new(Language::Portuguese)).contains("Não há candidatos"));
    }

    #[test]
    fn an_event_shows_what_counts_and_what_differs() {
        let (one, other) = (row(1, "2024-05-03"), row(2, "2024-05-09"));
        let said = BTreeMap::from([
            (one.id, one.date.clone().into()),
            (other.id, other.date.clone().into()),
        ]);
        let field =
            EventField { value: one.date.clone().into(), from: one.id, said, conflict: true };
        let contested = ContestedRow {
            first: one.id,
            second: IncidentId::new([3; 16]),
            same: vec!["Org 1".to_owned()],
            against: vec![crate::api::linkage::AgainstRow {
                first: other.id,
                second: IncidentId::new([3; 16]),
                orgs: vec!["Org 2".to_owned()],
            }],
        };
        let event = Cluster {
            id: one.id,
            persons: vec![BTreeMap::from([(one.id, "1".to_owned()), (other.id, "4".to_owned())])],
            judgements: vec![JudgementRow {
                first: one.id,
                second: other.id,
                verdict: "same_as".to_owned(),
                author: one.origin,
                author_name: one.origin_name.clone(),
                at: Some("2026-01-02".to_owned()),
                victims: BTreeMap::from([("1".to_owned(), "4".to_owned())]),
            }],
            claims: vec![one, other],
            fields: BTreeMap::from([("date".to_owned(), field)]),
            contested: vec![contested],
        };
        let text = cluster(&event, Tongue::new(Language::English));
        for part in [
            "Event 01010101: 2 claims",
            "02020202 2024-05-09",
            "01010101/1 = 02020202/4",
            "Org 1: 01010101 and 02020202: Same event (2026-01-02); victims 1=4",
            "02020202 and 03030303 are two for",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn links_say_where_they_lead() {
        let link = LinkRow {
            incident: IncidentId::new([1; 16]),
            title: "A".to_owned(),
            key: "kqzvte".to_owned(),
            link: "part_of".to_owned(),
            to: "0202020202020202".to_owned(),
            to_title: None,
            note: None,
            own: true,
        };
        let text = links(&[link], Tongue::new(Language::English));
        assert!(text.contains("Part of a larger event") && text.contains("02020202 "), "{text}");
        assert!(text.contains("cannot be read here"), "{text}");
    }
}
