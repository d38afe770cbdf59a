//! Linkage tokens: written into facets when they are shared, and made of own names to compare them
//! with partners' tokens.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::ApiError,
    crypto::LinkageKey,
    linkage::Claim,
    model::{
        id::{CircleId, EpochId, IncidentId},
        registry::{Record, Tier, Value, table},
    },
    node::{Node, errors, requests::incidents::known_path},
};

/// Flag in a dossier: no tokens of it leave.
const OPT_OUT: &str = "linkage/opt_out";
/// Digits of a key that counts victims, and can be nothing else.
const MAX_PLAIN_KEY: usize = 3;
/// Characters of an epoch's id that name it in tokens.
const EPOCH_CHARS: usize = 16;

/// The key of a circle's tokens in one epoch.
#[derive(Debug)]
pub(super) struct TokenKey {
    epoch: String,
    key: LinkageKey,
}

impl TokenKey {
    /// Writes the tokens of a dossier's victims into its facet, but of those who stay.
    pub(super) fn write(
        &self,
        dossier: &Record,
        facet: &mut Record,
        stay: &BTreeSet<String>,
    ) -> Result<(), ApiError> {
        let Some(incident) = facet.text("meta/incident").and_then(|id| id.parse().ok()) else {
            return Ok(());
        };
        // Whatever the flag says that is not no: a value that nobody understands protects.
        if dossier.get(OPT_OUT).is_some_and(|value| value.as_flag() != Some(false)) {
            return Ok(());
        }
        let mut claim = claim_of(incident, dossier);
        let shown = shown_keys(facet);
        let goes = |key: &String| !stay.contains(key) && (shown.contains(key) || is_plain(key));
        for victim in claim.victims.iter_mut().filter(|victim| goes(&victim.key)) {
            victim.tokens.clear();
            victim.tokenise(&self.epoch, &|bytes| self.key.keyed_hash(bytes));
            for tokens in &victim.tokens {
                let path = known_path(&format!("{}/{}", table::TOKENS, victim.key))?;
                facet
                    .set(path, Value::Text(tokens.to_string()))
                    .map_err(|error| errors::usage(error.to_string()))?;
            }
        }
        Ok(())
    }
}

/// The keys of victims that a facet shows.
fn shown_keys(facet: &Record) -> BTreeSet<String> {
    let acts = facet.under("acts").filter(|(path, _)| path.segment(2) == Some("victim"));
    let acted_on = acts.filter_map(|(_, victim)| victim.as_text());
    facet.keys("victims").into_iter().chain(acted_on).map(str::to_owned).collect()
}

/// Whether a key is a mere number in a row of victims. Any other that the facet does not show can be
/// a name, or the number of a document: its victim goes without tokens.
fn is_plain(key: &str) -> bool {
    key.len() <= MAX_PLAIN_KEY && key.bytes().all(|byte| byte.is_ascii_digit())
}

fn claim_of(incident: IncidentId, dossier: &Record) -> Claim {
    Claim::of(incident, crate::model::id::OrgId::new([0; 32]), dossier)
}

fn epoch_name(epoch: &EpochId) -> String {
    epoch.to_string().chars().take(EPOCH_CHARS).collect()
}

impl Node {
    /// The key of the tokens that go into facets of a tier in a circle, of the epoch under which
    /// they are written; none for public ones.
    pub(super) fn token_key(
        &mut self,
        circle: &CircleId,
        tier: Tier,
    ) -> Result<Option<TokenKey>, ApiError> {
        if tier != Tier::Public {
            self.replica.writing_epoch(circle, &mut self.rng)?;
        }
        Ok(self.token_key_now(circle, tier))
    }

    /// The same, for what writes nothing new: none if there has to be a new epoch first.
    pub(super) fn token_key_now(&self, circle: &CircleId, tier: Tier) -> Option<TokenKey> {
        let epoch = self.replica.writing_epoch_now(circle).filter(|_| tier != Tier::Public)?;
        let key = self.replica.linkage_key(circle, &epoch)?;
        Some(TokenKey { epoch: epoch_name(&epoch), key })
    }

    /// The keys of all epochs held here, by the name that tokens give the epoch.
    fn all_token_keys(&self) -> BTreeMap<String, LinkageKey> {
        let mut keys = BTreeMap::new();
        for circle in self.replica.circle_ids() {
            for epoch in self.replica.held_epochs(&circle) {
                if let Some(key) = self.replica.linkage_key(&circle, &epoch) {
                    keys.insert(epoch_name(&epoch), key);
                }
            }
        }
        keys
    }

    /// How many claims of partners, and how many of ours, have tokens of earlier epochs alone.
    pub(super) fn outdated_tokens(&self, claims: &[Claim]) -> (usize, usize) {
        let now: BTreeSet<String> = self
            .replica
            .circle_ids()
            .filter_map(|circle| self.replica.writing_epoch_now(&circle))
            .map(|epoch| epoch_name(&epoch))
            .collect();
        let outdated = claims.iter().filter(|claim| {
            let tokens = claim.victims.iter().flat_map(|victim| &victim.tokens);
            let mut epochs = tokens.map(|tokens| tokens.epoch()).peekable();
            epochs.peek().is_some() && !epochs.any(|epoch| now.contains(epoch))
        });
        let (ours, theirs): (Vec<&Claim>, Vec<&Claim>) =
            outdated.partition(|claim| claim.origin == self.org());
        (theirs.len(), ours.len())
    }

    /// Makes tokens of the names that can be read here, under the keys of those that partners'
    /// tokens were made with. Gives how many claims have tokens that no key here fits.
    pub(super) fn tokenise_names(&self, claims: &mut [Claim]) -> usize {
        let epochs: BTreeSet<String> = claims
            .iter()
            .flat_map(|claim| &claim.victims)
            .filter(|victim| victim.name.is_none())
            .flat_map(|victim| victim.tokens.iter().map(|tokens| tokens.epoch().to_owned()))
            .collect();
        let keys = self.all_token_keys();
        for (epoch, key) in epochs.iter().filter_map(|epoch| keys.get_key_value(epoch)) {
            for victim in claims.iter_mut().flat_map(|claim| &mut claim.victims) {
                victim.tokenise(epoch, &|bytes| key.keyed_hash(bytes));
            }
        }
        let strange = |claim: &&Claim| {
            let tokens = claim.victims.iter().flat_map(|victim| &victim.tokens);
            { tokens }.any(|tokens| !keys.contains_key(tokens.epoch()))
        };
        claims.iter().filter(strange).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::EpochSecret;

    #[test]
    fn keys_that_a_facet_does_not_show_get_no_tokens() {
        let mut dossier = Record::incident();
        for key in ["1", "zoraida", "v2", "1061700123"] {
            let path = format!("victims/{key}/name").parse().unwrap();
            dossier.set(path, "Zoraida Inventada").unwrap();
        }
        let mut facet = Record::incident();
        for (path, text) in [("meta/incident", "ab".repeat(16)), ("acts/1/victim", "v2".to_owned())]
        {
            facet.set(path.parse().unwrap(), text).unwrap();
        }
        let secret = EpochSecret::from_bytes(&[1; 32]);
        let key = LinkageKey::new(&CircleId::new([2; 32]), &secret);
        let key = TokenKey { epoch: "ab".repeat(8), key };
        key.write(&dossier, &mut facet, &BTreeSet::new()).unwrap();
        assert_eq!(facet.keys(table::TOKENS), ["1", "v2"]);
    }
}
