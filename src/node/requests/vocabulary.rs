//! The codes that coalitions add: proposing, endorsing, taking back; and who may write which.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{
        Answer, ApiError,
        vocabulary::{
            CodeUse, Term, TermProposal, TermUse, Terms as ShownTerms, VocabularyDiff,
            VocabularyRequest,
        },
    },
    model::{
        id::{CircleId, OrgId},
        registry::{FieldPath, Record, RecordKind, Schema, Value, table},
        vocabulary::{Standing, Terms, Vocabulary, Vote, Wording, is_extensible},
    },
    node::{Node, errors, requests::incidents::known_path},
};

/// Where an incident has no version.
const UNKNOWN: &str = "unknown";

/// A code that nobody adopted, and where it stands.
pub(super) struct StrangeCode {
    pub(super) path: FieldPath,
    list: String,
    code: String,
}

impl StrangeCode {
    /// What is wrong with it.
    pub(super) fn why(&self) -> String {
        format!("{} is no code of {} that was adopted", self.code, self.list)
    }
}

impl Node {
    pub(super) fn vocabulary(
        &mut self,
        coalition: Option<&str>,
        request: &VocabularyRequest,
    ) -> Result<Answer, ApiError> {
        if matches!(request, VocabularyRequest::Terms) && coalition.is_none() {
            return Ok(Answer::Terms(ShownTerms::with(&self.terms_here())));
        }
        let circle = self.find_coalition(coalition)?;
        match request {
            VocabularyRequest::Terms => {
                Ok(Answer::Terms(ShownTerms::with(&self.terms_of(&circle))))
            }
            VocabularyRequest::Propose { term } => self.propose_term(&circle, term),
            VocabularyRequest::Endorse { list, code, of } => {
                let of = of.as_deref().map(|org| self.find_org(&circle, org)).transpose()?;
                let wording = self.wording(&circle, list, code, of)?;
                self.write_term(&circle, &wording, false)
            }
            VocabularyRequest::Withdraw { list, code } => {
                let standing = self.standing_terms(&circle);
                let ours = standing.by(&self.org(), list, code).ok_or_else(|| {
                    errors::not_found(format!("this organisation does not endorse {list}/{code}"))
                        .hint("`ceiba vocabulary proposals` shows what stands")
                })?;
                let wording = ours.wording.clone();
                self.write_term(&circle, &wording, true)
            }
            VocabularyRequest::Proposals => {
                Ok(Answer::TermProposals(self.term_proposals(&circle, None)))
            }
            VocabularyRequest::Diff => Ok(Answer::VocabularyDiff(self.vocabulary_diff(&circle))),
        }
    }

    /// What was said of codes in a coalition.
    fn standing_terms(&self, coalition: &CircleId) -> Standing {
        let records = self.view.records(RecordKind::Term);
        let here = records.filter(|(_, held)| held.circle == *coalition);
        Standing::of(here.filter_map(|(org, held)| Vote::of(org, &held.record())))
    }

    /// The codes that the coalition of a circle has adopted; for the private circle those of all
    /// coalitions of this node.
    pub(super) fn terms_of(&self, circle: &CircleId) -> Terms {
        if *circle == self.own.private {
            return self.terms_here();
        }
        let Some(membership) = self.replica.membership(circle) else { return Terms::none() };
        let coalition = membership.parent().unwrap_or(*circle);
        let Some(membership) = self.replica.membership(&coalition) else { return Terms::none() };
        self.standing_terms(&coalition).adopted(&membership.electors(), membership.needed())
    }

    /// The codes that some coalition of this node has adopted.
    pub(super) fn terms_here(&self) -> Terms {
        let coalitions: BTreeSet<CircleId> =
            self.view.records(RecordKind::Term).map(|(_, held)| held.circle).collect();
        let each = coalitions.iter().filter(|circle| **circle != self.own.private);
        each.fold(Terms::none(), |terms, circle| terms.and(&self.terms_of(circle)))
    }

    /// Refuses codes that look like a coalition's and that none has adopted.
    pub(super) fn check_codes<'v>(
        &self,
        circle: &CircleId,
        schema: &Schema,
        fields: impl IntoIterator<Item = (&'v FieldPath, &'v Value)>,
    ) -> Result<(), ApiError> {
        let Some(strange) = self.strange_code(circle, schema, fields) else { return Ok(()) };
        let StrangeCode { path, list, code } = &strange;
        let error = errors::usage(format!("{path}: {}", strange.why())).hint(
            "propose it with `ceiba vocabulary propose`, or choose another: \
             `ceiba vocabulary show LIST`",
        );
        let given = [("path", path.as_str()), ("code", code), ("list", list)];
        Err(error.named("code-not-adopted", &given))
    }

    /// The first code that looks like a coalition's and that none has adopted.
    pub(super) fn strange_code<'v>(
        &self,
        circle: &CircleId,
        schema: &Schema,
        fields: impl IntoIterator<Item = (&'v FieldPath, &'v Value)>,
    ) -> Option<StrangeCode> {
        let built_in = Vocabulary::built_in();
        let mut terms = None;
        for (path, value) in fields {
            let Some(spec) = table::find(schema, path) else { continue };
            for (list, code) in spec.codes(path, value) {
                if built_in.term(list, code).is_some() {
                    continue;
                }
                // Worked out only when a code is not built in.
                if !terms.get_or_insert_with(|| self.terms_of(circle)).know(list, code) {
                    let [list, code] = [list, code].map(str::to_owned);
                    return Some(StrangeCode { path: path.clone(), list, code });
                }
            }
        }
        None
    }

    fn propose_term(&mut self, circle: &CircleId, term: &Term) -> Result<Answer, ApiError> {
        let dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
        let wording = Wording {
            list: term.list.clone(),
            code: term.code.clone(),
            sdg: dash(&term.sdg),
            iccs: dash(&term.iccs),
            labels: [&term.en, &term.es, &term.pt].map(|label| label.trim().to_owned()),
            note: term.note.clone(),
        };
        if !is_extensible(&wording.list) {
            let lists: Vec<&str> =
                Vocabulary::built_in().lists().filter(|list| is_extensible(list)).collect();
            let message = format!("nothing can be added to a list {:?}", wording.list);
            return Err(errors::usage(message).hint(format!("lists are {}", lists.join(", "))));
        }
        if !wording.is_well_formed() {
            return Err(errors::usage("the code or its words are not well formed")
                .hint("a code is x_ and small letters, digits and _: x_river_poisoning")
                .hint("--sdg is A to F or p:A to p:F; --iccs two to six digits"));
        }
        self.write_term(circle, &wording, false)
    }

    /// The words of a code that others stand behind.
    fn wording(
        &self,
        circle: &CircleId,
        list: &str,
        code: &str,
        of: Option<OrgId>,
    ) -> Result<Wording, ApiError> {
        let standing = self.standing_terms(circle);
        let wordings = standing.wordings();
        let meant: Vec<&Wording> = wordings
            .iter()
            .filter(|(it, orgs)| {
                it.list == list && it.code == code && of.is_none_or(|org| orgs.contains(&org))
            })
            .map(|(wording, _)| *wording)
            .collect();
        match meant.as_slice() {
            [wording] => Ok((*wording).clone()),
            [] => Err(errors::not_found(format!("nobody proposes {list}/{code}"))
                .hint("`ceiba vocabulary proposals` shows what stands")),
            _ => Err(errors::not_found(format!("{list}/{code} is proposed in several words"))
                .hint("say whose you mean with --of ORG")),
        }
    }

    fn write_term(
        &mut self,
        circle: &CircleId,
        wording: &Wording,
        withdrawn: bool,
    ) -> Result<Answer, ApiError> {
        let standing = self.standing_terms(circle);
        let number = standing.next_number(&self.org(), &wording.list, &wording.code);
        let [english, spanish, portuguese] = &wording.labels;
        let mut record = Record::new(Schema::of(RecordKind::Term));
        let mut set = |field: &str, value: Value| {
            let full =
                |error: crate::model::registry::RecordError| errors::usage(error.to_string());
            record.set(known_path(field)?, value).map_err(full)
        };
        for (field, text) in [
            ("list", &wording.list),
            ("code", &wording.code),
            ("sdg", &wording.sdg),
            ("iccs", &wording.iccs),
            ("en", english),
            ("es", spanish),
            ("pt", portuguese),
            ("note", &wording.note),
        ] {
            if !text.is_empty() {
                set(field, Value::Text(text.clone()))?;
            }
        }
        set("number", Value::Integer(number))?;
        if withdrawn {
            set("withdrawn", Value::Flag(true))?;
        }
        self.write_beside(record, &[*circle])?;
        let about = (wording.list.as_str(), wording.code.as_str());
        Ok(Answer::TermProposals(self.term_proposals(circle, Some(about))))
    }

    /// What stands, of one code or of all.
    fn term_proposals(&self, circle: &CircleId, about: Option<(&str, &str)>) -> Vec<TermProposal> {
        let standing = self.standing_terms(circle);
        let membership = self.replica.membership(circle);
        let stewards = membership.map(crate::membership::Membership::electors).unwrap_or_default();
        let needed = membership.map_or(usize::MAX, crate::membership::Membership::needed);
        let adopted = standing.adopted(&stewards, needed);
        let wordings = standing.wordings().into_iter();
        let wanted = wordings
            .filter(|(it, _)| about.is_none_or(|(list, code)| it.list == list && it.code == code));
        wanted
            .map(|(wording, orgs)| TermProposal {
                term: wording.into(),
                endorsed_by_names: orgs.iter().map(|org| self.org_label(org)).collect(),
                stewards: orgs.intersection(&stewards).count(),
                needed,
                adopted: adopted.get(&wording.list, &wording.code) == Some(wording),
                ours: orgs.contains(&self.org()),
                endorsed_by: orgs.into_iter().collect(),
            })
            .collect()
    }

    fn vocabulary_diff(&self, circle: &CircleId) -> VocabularyDiff {
        let terms = self.terms_of(circle);
        let mut diff = VocabularyDiff::new(terms.version());
        let mut used: BTreeMap<(String, String), u64> = BTreeMap::new();
        for incident in self.view.ids(&crate::view::Query::default()) {
            let mut codes: BTreeSet<(String, String)> = BTreeSet::new();
            let mut version = None;
            for document in self.view.documents(&incident) {
                let record = document.record().unpack();
                version = version.or_else(|| record.text(table::VOCABULARY).map(str::to_owned));
                for (path, value) in record.iter() {
                    let Some(spec) = table::find(record.schema(), path) else { continue };
                    let strange = spec
                        .codes(path, value)
                        .filter(|(list, code)| Vocabulary::built_in().term(list, code).is_none());
                    codes.extend(strange.map(|(list, code)| (list.to_owned(), code.to_owned())));
                }
            }
            let version = version.unwrap_or_else(|| UNKNOWN.to_owned());
            *diff.by_version.entry(version).or_default() += 1;
            for code in codes {
                *used.entry(code).or_default() += 1;
            }
        }
        for wording in terms.iter() {
            let key = (wording.list.clone(), wording.code.clone());
            let incidents = used.remove(&key).unwrap_or_default();
            diff.added.push(TermUse { term: wording.into(), incidents });
        }
        let strange = used.into_iter();
        diff.strange =
            strange.map(|((list, code), incidents)| CodeUse { list, code, incidents }).collect();
        diff
    }
}
