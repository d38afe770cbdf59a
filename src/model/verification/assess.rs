//! From reviews to a level.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::model::{
    id::OrgId,
    verification::{
        Assessment, Entry, Facts, Level, Missing, Need, OpenDispute, Review, SignedReview, Step,
    },
};

/// The rungs above reported, the lowest first.
const RUNGS: [Level; 4] =
    [Level::Screened, Level::Corroborated, Level::Verified, Level::Established];

/// What a circle has agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The organisations whose approval counts in the circle's decisions.
    pub stewards: BTreeSet<OrgId>,
    /// How many of them decide; nothing less than one does.
    pub threshold: usize,
    /// Whether the two persons of v3 must be of two organisations.
    pub two_organisations: bool,
}

/// Works out the level of an incident that `origin` recorded, from the reviews whose day is not
/// after `as_of`. The same for the same set of reviews, however often each is there.
#[must_use]
pub fn assess(
    facts: &Facts,
    origin: &OrgId,
    reviews: &[SignedReview],
    rules: &Rules,
    as_of: civil::Date,
) -> Assessment {
    let counted: Vec<&SignedReview> =
        each_once(reviews).filter(|signed| signed.review.counts_on(as_of)).collect();
    let bench = Bench { facts, origin, rules, standing: standing(&counted) };
    let aside = bench.aside(&counted);
    let closings = Closings::of(&counted);
    let disputes: Vec<&SignedReview> =
        counted.iter().copied().filter(|it| bench.is_open(it, aside, &closings)).collect();
    let reached = bench.reached();
    let disputed = (!disputes.is_empty()).then_some(Level::Disputed);
    Assessment {
        level: aside.or(disputed).unwrap_or(reached),
        reached,
        missing: bench.missing(reached),
        citations: bench.citations(),
        history: bench.history(&counted, &disputes),
        disputes: disputes.into_iter().map(open_dispute).collect(),
    }
}

/// Checks that a review that is about to be written would do something, be it that somebody else's
/// is still waited for.
///
/// # Errors
/// When it would do nothing. Says what is missing for its level; nothing if it says only what was
/// said before.
pub fn check_effect(
    facts: &Facts,
    origin: &OrgId,
    reviews: &[SignedReview],
    rules: &Rules,
    new: &SignedReview,
) -> Result<(), Vec<Missing>> {
    let day = civil::Date::MAX;
    let before = assess(facts, origin, reviews, rules, day);
    let with: Vec<SignedReview> = reviews.iter().chain([new]).cloned().collect();
    let after = assess(facts, origin, &with, rules, day);
    let level = new.review.step.level().filter(|_| new.review.step.raises());
    let unmet: Vec<Missing> = after
        .missing
        .iter()
        .filter(|missing| level.is_some_and(|level| missing.level <= level))
        .filter(|missing| !missing.need.is_of_others())
        .cloned()
        .collect();
    let says = |it: &Assessment| (it.level, it.reached, it.missing.clone(), it.disputes.len());
    let same = says(&before) == says(&after) && new.review.step != Step::Dispute;
    if unmet.is_empty() && !same { Ok(()) } else { Err(unmet) }
}

/// Each review once, in the order of numbers. Of copies that differ, which only a dishonest author
/// makes, the one counts that opens least.
fn each_once(reviews: &[SignedReview]) -> impl Iterator<Item = &SignedReview> {
    let mut least: BTreeMap<(OrgId, &str), &SignedReview> = BTreeMap::new();
    for signed in reviews {
        let held = least.entry((signed.author, &signed.review.id)).or_insert(signed);
        *held = signed.min(*held);
    }
    let mut ordered: Vec<&SignedReview> = least.into_values().collect();
    ordered.sort_by_key(|signed| (signed.place(), signed.author));
    ordered.into_iter()
}

/// The reviews for rungs that nothing took back.
fn standing<'r>(counted: &[&'r SignedReview]) -> Vec<&'r SignedReview> {
    let mut aside: BTreeSet<OrgId> = BTreeSet::new();
    let mut said: BTreeMap<(OrgId, String), Level> = BTreeMap::new();
    let mut standing = Vec::new();
    for signed in counted.iter().rev() {
        let Some(level) = signed.review.step.level() else { continue };
        if matches!(level, Level::Refuted | Level::NotMet) {
            aside.insert(signed.author);
        }
        if level.is_aside() {
            continue;
        }
        let person = (signed.author, signed.review.person());
        let taken_back = said.get(&person).is_some_and(|later| *later < level);
        if signed.review.step.raises() && !taken_back && !aside.contains(&signed.author) {
            standing.push(*signed);
        }
        let lowest = said.entry(person).or_insert(level);
        *lowest = level.min(*lowest);
    }
    standing.reverse();
    standing
}

/// Who has closed each dispute, by its author and id. A closing is for the dispute that it names and
/// no other: its writer has not seen what the author says besides.
struct Closings<'r>(BTreeMap<(OrgId, &'r str), BTreeSet<OrgId>>);

impl<'r> Closings<'r> {
    fn of(counted: &[&'r SignedReview]) -> Self {
        let mut authors: BTreeMap<&str, Vec<OrgId>> = BTreeMap::new();
        for signed in counted {
            authors.entry(&signed.review.id).or_default().push(signed.author);
        }
        let mut closed: BTreeMap<(OrgId, &str), BTreeSet<OrgId>> = BTreeMap::new();
        for signed in counted {
            let Step::Close { dispute, .. } = &signed.review.step else { continue };
            for author in authors.get(dispute.as_str()).into_iter().flatten() {
                closed.entry((*author, dispute)).or_default().insert(signed.author);
            }
        }
        Self(closed)
    }

    /// Who has closed a dispute.
    fn closers(&self, dispute: &'r SignedReview) -> impl Iterator<Item = &OrgId> {
        self.0.get(&(dispute.author, dispute.review.id.as_str())).into_iter().flatten()
    }
}

/// What is asked of the reviews.
struct Bench<'r> {
    facts: &'r Facts,
    origin: &'r OrgId,
    rules: &'r Rules,
    standing: Vec<&'r SignedReview>,
}

impl Bench<'_> {
    /// `not_met` or `refuted`, if who may say so says so.
    fn aside(&self, counted: &[&SignedReview]) -> Option<Level> {
        let mut stances: BTreeMap<OrgId, Level> = BTreeMap::new();
        for signed in counted {
            match signed.review.step.level() {
                None | Some(Level::Disputed) => {}
                Some(level) => {
                    stances.insert(signed.author, level);
                }
            }
        }
        let says = |org: &OrgId| stances.get(org).copied().filter(|level| *level <= Level::NotMet);
        let stewards: Vec<Level> = self.rules.stewards.iter().filter_map(says).collect();
        let refuting = stewards.iter().filter(|level| **level == Level::Refuted).count();
        let decided = if self.decides(refuting) {
            Some(Level::Refuted)
        } else {
            self.decides(stewards.len()).then_some(Level::NotMet)
        };
        says(self.origin).into_iter().chain(decided).min()
    }

    const fn decides(&self, stewards: usize) -> bool {
        stewards > 0 && stewards >= self.rules.threshold
    }

    /// Whether a review is a dispute that nobody has closed.
    fn is_open<'c>(
        &self,
        signed: &'c SignedReview,
        aside: Option<Level>,
        closings: &Closings<'c>,
    ) -> bool {
        let opens = match signed.review.step {
            Step::Dispute | Step::Unknown => true,
            // Who may not decide it disputes it, and agrees once it is so.
            Step::NotMet | Step::Refute => signed.author != *self.origin && aside.is_none(),
            Step::Close { .. }
            | Step::Report
            | Step::Screen
            | Step::Corroborate { .. }
            | Step::Verify { .. }
            | Step::Establish { .. } => false,
        };
        opens && {
            let closers: Vec<&OrgId> = closings.closers(signed).collect();
            let stewards = closers.iter().filter(|org| self.rules.stewards.contains(**org));
            !closers.contains(&self.origin) && !self.decides(stewards.count())
        }
    }

    fn reached(&self) -> Level {
        let met = RUNGS.into_iter().take_while(|rung| self.unmet(*rung).is_empty());
        met.last().unwrap_or(Level::Reported)
    }

    fn missing(&self, reached: Level) -> Vec<Missing> {
        let above = RUNGS.into_iter().filter(|rung| *rung > reached);
        above
            .flat_map(|level| {
                self.unmet(level).into_iter().map(move |need| Missing { level, need })
            })
            .collect()
    }

    /// What a rung lacks, whatever those below lack.
    fn unmet(&self, rung: Level) -> Vec<Need> {
        let fields = self.facts.missing(rung).map(|path| Need::Field(path.to_owned()));
        let mut unmet: Vec<Need> = fields.collect();
        if rung == Level::Corroborated && self.facts.independent_in_all() < 2 {
            unmet.push(Need::IndependentSources { found: self.facts.independent_in_all() });
        }
        unmet.extend(self.lacking_reviews(rung));
        unmet
    }

    fn lacking_reviews(&self, rung: Level) -> Option<Need> {
        let reviews = || self.standing.iter().filter(|it| self.supports(&it.review, rung));
        let orgs: BTreeSet<&OrgId> = reviews().map(|signed| &signed.author).collect();
        let persons: BTreeSet<(&OrgId, String)> =
            reviews().map(|signed| (&signed.author, signed.review.person())).collect();
        if orgs.is_empty() {
            Some(Need::Review)
        } else if rung == Level::Verified && persons.len() < 2 {
            Some(Need::SecondPerson)
        } else if rung == Level::Verified && self.rules.two_organisations && orgs.len() < 2 {
            Some(Need::SecondOrganisation)
        } else {
            (!orgs.contains(self.origin) && orgs.len() < 2).then_some(Need::OriginOrAnother)
        }
    }

    /// Whether a review that stands carries what a rung needs.
    fn supports(&self, review: &Review, rung: Level) -> bool {
        match rung {
            Level::Screened => review.step.raises(),
            Level::Corroborated => self.facts.independent(review.step.sources()) >= 2,
            Level::Verified => matches!(review.step, Step::Verify { .. }),
            Level::Established => matches!(review.step, Step::Establish { .. }),
            Level::Reported | Level::Disputed | Level::NotMet | Level::Refuted => true,
        }
    }

    fn citations(&self) -> Vec<String> {
        let cited = self.standing.iter().filter_map(|signed| match &signed.review.step {
            Step::Establish { citation, .. } => Some(citation.clone()),
            Step::Refute
            | Step::NotMet
            | Step::Unknown
            | Step::Dispute
            | Step::Close { .. }
            | Step::Report
            | Step::Screen
            | Step::Corroborate { .. }
            | Step::Verify { .. } => None,
        });
        let cited: BTreeSet<String> = cited.collect();
        cited.into_iter().collect()
    }

    fn history(&self, counted: &[&SignedReview], open: &[&SignedReview]) -> Vec<Entry> {
        let key = |signed: &SignedReview| (signed.author, signed.review.id.clone());
        let held: BTreeSet<_> = self.standing.iter().chain(open).map(|it| key(it)).collect();
        let stands = |signed: &SignedReview| match signed.review.step {
            Step::Close { .. } | Step::Report => true,
            Step::NotMet | Step::Refute if signed.author == *self.origin => true,
            Step::NotMet
            | Step::Refute
            | Step::Unknown
            | Step::Dispute
            | Step::Screen
            | Step::Corroborate { .. }
            | Step::Verify { .. }
            | Step::Establish { .. } => held.contains(&key(signed)),
        };
        counted
            .iter()
            .map(|signed| Entry {
                author: signed.author,
                review: signed.review.clone(),
                stands: stands(signed),
            })
            .collect()
    }
}

fn open_dispute(signed: &SignedReview) -> OpenDispute {
    OpenDispute {
        by: signed.author,
        review: signed.review.id.clone(),
        level: signed.review.step.level(),
        reason: signed.review.reason.clone(),
        at: signed.review.at.clone(),
    }
}
