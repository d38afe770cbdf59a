//! Rows: cases counted by country, population or part of the country, and line.

mod hide;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::hide::{Hidden, Row, hide_beyond, hide_strict};
use crate::{
    figures::{
        case::{Case, Standing},
        category::Line,
        eligibility::{Link, Population},
        event::are_same,
        period::{Period, Placement},
        person::{Age, Sex},
    },
    model::id::{IncidentId, OrgId},
};

/// Whose victims a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Group {
    /// All populations, associates too.
    All,
    /// Human rights defenders who are neither of the others.
    Defender,
    /// Journalists.
    Journalist,
    /// Trade unionists.
    TradeUnionist,
}

impl Group {
    pub(super) const ALL: [Self; 4] =
        [Self::All, Self::Defender, Self::Journalist, Self::TradeUnionist];

    const fn of(population: Population) -> Option<Self> {
        match population {
            Population::Journalist => Some(Self::Journalist),
            Population::TradeUnionist => Some(Self::TradeUnionist),
            Population::Defender => Some(Self::Defender),
            Population::Associate | Population::Outside => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Defender => "hrd",
            Self::Journalist => "journalist",
            Self::TradeUnionist => "trade_unionist",
        }
    }
}

/// A number of a row beside the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Cell {
    /// By sex or gender.
    Sex(Sex),
    /// By age.
    Age(Age),
    /// By link to the State.
    Link(Link),
    /// Indigenous people.
    Indigenous,
    /// Afro-descendant people.
    Afro,
    /// Women who are counted as human rights defenders.
    WomenDefenders,
    /// Environmental and land defenders.
    EnvironmentLand,
    /// Established by a mandated body.
    Mandated,
}

/// What one row counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub(super) total: u64,
    pub(super) cells: BTreeMap<Cell, u64>,
    pub(super) incidents: BTreeSet<IncidentId>,
    pub(super) persons: BTreeSet<usize>,
    pub(super) orgs: BTreeSet<OrgId>,
    /// Cases that one organisation alone reports.
    pub(super) single: u64,
    /// Cases that would come in if what they wait for were known.
    pub(super) pending: u64,
}

impl Tally {
    pub(super) fn get(&self, cell: Cell) -> u64 {
        self.cells.get(&cell).copied().unwrap_or(0)
    }

    fn add(&mut self, case: &Case<'_>, link: Link, population: Population, person: usize) {
        self.total += 1;
        let about = &case.victim.person;
        let group = about.group.as_deref();
        let environment = ["environmental", "land_territory"];
        let female = about.sex() == Sex::Female;
        let cells = [
            Some(Cell::Sex(about.sex())),
            Some(Cell::Age(about.age())),
            Some(Cell::Link(link)),
            (group == Some("indigenous")).then_some(Cell::Indigenous),
            (group == Some("afro")).then_some(Cell::Afro),
            (female && population == Population::Defender).then_some(Cell::WomenDefenders),
            about
                .roles
                .iter()
                .any(|role| environment.contains(&role.as_str()))
                .then_some(Cell::EnvironmentLand),
            case.is_mandated().then_some(Cell::Mandated),
        ];
        for cell in cells.into_iter().flatten() {
            *self.cells.entry(cell).or_default() += 1;
        }
        let orgs = case.victim.orgs();
        self.single += u64::from(orgs.len() == 1);
        self.orgs.extend(orgs);
        self.incidents.insert(case.event.id);
        self.persons.insert(person);
    }
}

/// What a part of a country is called whose victims' part is not known.
pub(super) const NOT_KNOWN: &str = "not_known";

/// The rows of one country in one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Board {
    /// Tables 1 and 3.
    pub(super) rows: BTreeMap<(Group, Line), Tally>,
    /// Table 2.
    pub(super) parts: BTreeMap<(String, Line), Tally>,
    /// Associates in the strict block, who are in `all` only; and beyond.
    pub(super) associates: BTreeMap<Line, u64>,
    /// Cases of persons who are of more populations than one.
    pub(super) of_several: u64,
}

/// The cases that are counted in a country and period, if only consent and date are asked.
pub(super) fn counted<'a, 'c>(
    cases: &'c [Case<'a>],
    country: &'c str,
    period: &'c Period,
) -> impl Iterator<Item = (usize, &'c Case<'a>)> {
    cases.iter().enumerate().filter(move |(_, case)| {
        case.has_consent()
            && case.event.country.as_deref() == Some(country)
            && case.placement(period) == Placement::Inside
    })
}

/// The rows of a country. `persons` has a number for each case, the same for the same person.
pub(super) fn board(
    cases: &[Case<'_>],
    persons: &[usize],
    country: &str,
    period: &Period,
) -> Board {
    let mut board = Board::default();
    for (place, case) in counted(cases, country, period) {
        let person = persons.get(place).copied().unwrap_or(place);
        if let Some(standing) = case.strict {
            let lines = lines_of(Line::Code(standing.of));
            board.take(case, &standing, &lines, person);
            board.of_several += u64::from(standing.of_several);
            let part = case.event.admin1.clone().unwrap_or_else(|| NOT_KNOWN.to_owned());
            for line in lines {
                let tally = board.parts.entry((part.clone(), line)).or_default();
                tally.add(case, standing.link, standing.population, person);
            }
        } else if let Some(code) = case.awaited() {
            let coded = case.victim.named_by.values().flat_map(|(_, person)| &person.acts);
            let population = coded.filter_map(|act| act.population).min();
            let group = population.and_then(Group::of);
            for line in lines_of(Line::Code(code)) {
                for group in [Some(Group::All), group].into_iter().flatten() {
                    board.rows.entry((group, line)).or_default().pending += 1;
                }
            }
        }
        if let Some(standing) = case.beyond {
            board.take(case, &standing, &lines_of(Line::Family(standing.of)), person);
        }
    }
    board
}

impl Board {
    fn take<T>(&mut self, case: &Case<'_>, standing: &Standing<T>, lines: &[Line], person: usize) {
        let group = Group::of(standing.population);
        for line in lines.iter().copied() {
            if group.is_none() {
                *self.associates.entry(line).or_default() += 1;
            }
            for group in [Some(Group::All), group].into_iter().flatten() {
                let tally = self.rows.entry((group, line)).or_default();
                tally.add(case, standing.link, standing.population, person);
            }
        }
    }

    pub(super) fn row(&self, group: Group, line: Line) -> Tally {
        self.rows.get(&(group, line)).cloned().unwrap_or_default()
    }

    pub(super) fn part(&self, part: &str, line: Line) -> Tally {
        self.parts.get(&(part.to_owned(), line)).cloned().unwrap_or_default()
    }
}

/// The lines that a case of one line is counted in.
fn lines_of(line: Line) -> Vec<Line> {
    let sums: &[Line] = match line {
        Line::Code(_) if line.is_killing() => &[Line::A, Line::Total],
        Line::Code(_) => &[Line::Total],
        Line::Family(_) => &[Line::Beyond],
        Line::A | Line::Total | Line::Beyond => &[],
    };
    [line].into_iter().chain(sums.iter().copied()).collect()
}

/// A number for each case, the same for cases that one organisation knows to be of one person.
pub(super) fn persons(cases: &[Case<'_>]) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..cases.len()).collect();
    let mut known: BTreeMap<(OrgId, bool, &str), Vec<usize>> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        let mut number = place;
        for (org, person) in case.victim.named_by.values() {
            let names = [(true, person.tokens.as_deref()), (false, person.pseudonym.as_deref())];
            for (of_tokens, name) in names {
                let Some(name) = name else { continue };
                let bucket = known.entry((*org, of_tokens, name)).or_default();
                let earlier = bucket.iter().filter_map(|it| Some((*it, cases.get(*it)?)));
                let same = earlier
                    .filter(|(_, other)| are_same(case.victim, other.victim))
                    .filter_map(|(it, _)| numbers.get(it).copied());
                number = same.chain([number]).min().unwrap_or(number);
                bucket.push(place);
            }
        }
        if let Some(own) = numbers.get_mut(place) {
            *own = number;
        }
    }
    numbers
}
