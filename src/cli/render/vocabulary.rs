//! Code lists, and what coalitions add to them.

use std::collections::BTreeMap;

use super::{
    table::{Column, Table, facts, section},
    words,
};
use crate::{
    api::vocabulary::{Term, TermProposal, Terms, VocabularyDiff},
    cli::tongue::Tongue,
    model::vocabulary::{Language, is_coalition_code, is_extensible},
};

/// The lists with their lengths.
pub(crate) fn vocabulary_lists(terms: &Terms, tongue: Tongue) -> String {
    let mut lists: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for term in &terms.terms {
        let (codes, added) = lists.entry(&term.list).or_default();
        *codes += 1;
        *added += usize::from(is_coalition_code(&term.code));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("list")),
        Column::Number(tongue.word("codes")),
        Column::Number(tongue.word("added")),
        Column::Whole(""),
    ]);
    for (list, (codes, added)) in lists {
        let closed = words::mark(!is_extensible(list), tongue.word("list-closed"));
        table.row([list.to_owned(), codes.to_string(), added.to_string(), closed]);
    }
    let version = facts(&[(tongue.word("version"), terms.version.clone())]);
    format!("{version}\n{}", table.render())
}

/// The codes of one list.
pub(crate) fn terms_of_list(terms: &Terms, tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("code")),
        Column::Text(tongue.word("label")),
        Column::Whole(tongue.word("sdg")),
        Column::Whole(tongue.word("iccs")),
        Column::Text(tongue.word("note")),
    ]);
    for term in &terms.terms {
        table.row([
            term.code.clone(),
            label(term, tongue).to_owned(),
            term.sdg.clone(),
            term.iccs.clone(),
            term.note.clone(),
        ]);
    }
    table.render()
}

fn label(term: &Term, tongue: Tongue) -> &str {
    match tongue.language() {
        Language::English => &term.en,
        Language::Spanish => &term.es,
        Language::Portuguese => &term.pt,
    }
}

pub(super) fn proposals(list: &[TermProposal], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("no-terms-proposed"));
    }
    list.iter().map(|proposal| one(proposal, tongue)).collect::<Vec<_>>().join("\n")
}

fn one(proposal: &TermProposal, tongue: Tongue) -> String {
    let Term { list, code, sdg, iccs, en, es, pt, note } = &proposal.term;
    let given = [
        ("number", proposal.stewards.into()),
        ("needed", proposal.needed.into()),
        ("names", words::names(&proposal.endorsed_by_names, tongue).into()),
    ];
    let state = tongue.word(match (proposal.adopted, proposal.ours) {
        (true, _) => "term-adopted",
        (false, true) => "term-waits",
        (false, false) => "term-waits-for-us",
    });
    let mut lines = vec![
        (tongue.word("code"), format!("{list}/{code}")),
        ("en", en.clone()),
        ("es", es.clone()),
        ("pt", pt.clone()),
        (tongue.word("sdg"), sdg.clone()),
        (tongue.word("iccs"), iccs.clone()),
        (tongue.word("note"), note.clone()),
        (tongue.word("stewards-behind"), tongue.say("approved-by", &given)),
        (tongue.word("state"), state.to_owned()),
    ];
    lines.retain(|(_, value)| !value.is_empty());
    facts(&lines)
}

pub(super) fn diff(diff: &VocabularyDiff, tongue: Tongue) -> String {
    let mut text = facts(&[
        (tongue.word("version-built-in"), diff.built_in.to_string()),
        (tongue.word("version"), diff.version.clone()),
    ]);
    if diff.added.is_empty() {
        text.push_str(&format!("\n{}\n", tongue.word("nothing-added")));
    } else {
        let mut table = Table::new(&[
            Column::Whole(tongue.word("list")),
            Column::Whole(tongue.word("code")),
            Column::Text(tongue.word("label")),
            Column::Number(tongue.word("incidents")),
        ]);
        for used in &diff.added {
            let (list, code) = (used.term.list.clone(), used.term.code.clone());
            let label = label(&used.term, tongue).to_owned();
            table.row([list, code, label, used.incidents.to_string()]);
        }
        text.push_str(&format!("\n{}\n{}", tongue.word("coalition-added"), table.render()));
    }
    let strange = diff.strange.iter().map(|used| {
        let code = format!("{}/{}", used.list, used.code);
        tongue.say("code-in", &[("code", code.into()), ("incidents", used.incidents.into())])
    });
    text.push_str(&section(tongue.word("not-adopted"), &strange.collect::<Vec<_>>()));
    let versions = diff.by_version.iter().map(|(version, incidents)| {
        let version = if version == "unknown" { tongue.word("unknown") } else { version };
        tongue.say("code-in", &[("code", version.into()), ("incidents", (*incidents).into())])
    });
    text.push_str(&section(tongue.word("coded-with"), &versions.collect::<Vec<_>>()));
    text
}
