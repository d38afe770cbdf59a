//! What happens to one event on its way into two lists. What was chosen here was chosen before any
//! rule was tuned; the shares are guesses at what partners' lists look like.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    linkage::{Candidate, Claim, Pair, candidates::compare},
    model::registry::{Record, Value, table},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// Names that some municipalities have beside the one that lists use.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("Cúcuta", "San José de Cúcuta"),
    ("Tumaco", "San Andrés de Tumaco"),
    ("San Andrés de Tumaco", "Tumaco"),
    ("Cali", "Santiago de Cali"),
    ("Cartagena", "Cartagena de Indias"),
    ("Santander de Quilichao", "Quilichao"),
    ("López de Micay", "López"),
    ("El Carmen de Bolívar", "Carmen de Bolívar"),
    ("La Macarena", "Macarena"),
    ("Valle del Guamuez", "La Hormiga"),
    ("El Cerrito", "Cerrito"),
    ("Puerto Leguízamo", "Leguízamo"),
];

/// Ways to write one sound.
const SPELLINGS: &[(&str, &str)] = &[
    ("z", "s"),
    ("v", "b"),
    ("b", "v"),
    ("y", "i"),
    ("ll", "y"),
    ("s", "z"),
    ("h", ""),
    ("ç", "ss"),
    ("nn", "n"),
    ("g", "j"),
    ("x", "j"),
    ("qu", "k"),
    ("ñ", "n"),
    ("ñ", "ni"),
    ("c", "k"),
];

/// What names are made up of.
const SYLLABLES: [&str; 13] =
    ["ma", "ri", "to", "len", "qui", "sa", "gor", "pe", "lu", "nan", "do", "cha", "bel"];

pub(super) struct Noise {
    rng: ChaCha20Rng,
    /// Municipalities by subdivision.
    places: BTreeMap<String, Vec<String>>,
    names: Vec<String>,
}

fn set(record: &mut Record, path: &str, text: &str) {
    record.set(path.parse().unwrap(), Value::from(text)).unwrap();
}

impl Noise {
    pub(super) fn new(seed: u64, list: &[Record]) -> Self {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in list {
            if let (Some(of), Some(name)) =
                (record.text(table::ADMIN1), record.text("place/admin2"))
            {
                places.entry(of.to_owned()).or_default().push(name.to_owned());
            }
        }
        let names = list.iter().flat_map(|record| {
            let key = |key: &str| record.text(&format!("victims/{key}/name")).map(str::to_owned);
            record.keys("victims").into_iter().filter_map(key).collect::<Vec<_>>()
        });
        Self { rng: ChaCha20Rng::seed_from_u64(seed), places, names: names.collect() }
    }

    fn percent(&mut self, share: u32) -> bool {
        self.rng.random_range(0..100) < share
    }

    fn below(&mut self, bound: usize) -> usize {
        self.rng.random_range(0..bound.max(1))
    }

    /// The partner's claim of the same event; three of five events are known to both.
    pub(super) fn copy_of(&mut self, record: &Record) -> Option<Record> {
        if !self.percent(60) {
            return None;
        }
        let mut copy = record.clone();
        let keys: Vec<String> = record.keys("victims").into_iter().map(str::to_owned).collect();
        for key in keys {
            let path = format!("victims/{key}/name");
            if let Some(name) = record.text(&path) {
                let name = self.name(name);
                set(&mut copy, &path, &name);
            }
            if self.percent(6) {
                copy.remove(&format!("victims/{key}/sex_gender"));
            }
        }
        self.date(&mut copy);
        self.place(&mut copy);
        Some(copy)
    }

    /// Another victim of the same day and place, whom only the partner has.
    pub(super) fn somebody_else_there(&mut self, record: &Record) -> Option<Record> {
        if !self.percent(15) || self.names.len() < 2 {
            return None;
        }
        let (one, other) = (self.below(self.names.len()), self.below(self.names.len()));
        let given = self.names[one].split(' ').next().unwrap_or_default().to_owned();
        let rest: Vec<&str> = self.names[other].split(' ').skip(1).collect();
        let mut name = format!("{given} {}", rest.join(" "));
        // Some are relatives of the one who is known.
        let key = record.keys("victims").first().copied()?.to_owned();
        let path = format!("victims/{key}/name");
        if let Some(known) = record.text(&path)
            && self.percent(40)
        {
            let surnames: Vec<&str> = known.split(' ').skip(1).collect();
            name = format!("{given} {}", surnames.join(" "));
            if known.starts_with(&given) {
                return None;
            }
        }
        let mut somebody = record.clone();
        let others: Vec<String> = record
            .under("victims")
            .map(|(path, _)| path.to_string())
            .filter(|path| !path.starts_with(&format!("victims/{key}/")))
            .collect();
        others.iter().for_each(|path| drop(somebody.remove(path)));
        set(&mut somebody, &path, &name);
        Some(somebody)
    }

    /// Another event of the same sort: made-up person, day and place.
    pub(super) fn made_up(&mut self, record: &Record) -> Record {
        let mut made = record.clone();
        // As in life, few names are of many people.
        let parts: Vec<String> = (0..4)
            .map(|_| {
                let rank = (self.below(40) + 1) * (self.below(50) + 1);
                (0..3).map(|at| SYLLABLES[rank / 13_usize.pow(at) % 13]).collect()
            })
            .collect();
        let keys: Vec<String> = record.keys("victims").into_iter().map(str::to_owned).collect();
        for key in keys {
            set(&mut made, &format!("victims/{key}/name"), &parts.join(" "));
        }
        let [year, month, day] = [10, 12, 28].map(|bound| self.below(bound));
        let date = format!("{:04}-{:02}-{:02}", 2015 + year, 1 + month, 1 + day);
        set(&mut made, table::DATE, &date);
        if let Some(places) = record.text(table::ADMIN1).and_then(|it| self.places.get(it)).cloned()
        {
            set(&mut made, "place/admin2", &places[self.below(places.len())]);
        }
        made
    }

    fn name(&mut self, name: &str) -> String {
        if self.percent(5) {
            return ["NN", "Sin identificar", "N.N."][self.below(3)].to_owned();
        }
        let mut parts: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
        if parts.len() >= 3 && self.percent(22) {
            parts.pop();
        }
        if parts.len() >= 4 && self.percent(15) {
            parts.remove(1);
        }
        if parts.len() >= 4 && self.percent(4) {
            parts.swap(0, 1);
        }
        if parts.len() >= 4 && self.percent(4) {
            let second = parts.remove(1);
            parts[0] = format!("{}{}", parts[0], second.to_lowercase());
        }
        if parts.len() >= 3 && self.percent(5) {
            parts[1] = format!("{}.", parts[1].chars().next().unwrap_or('X'));
        }
        for part in &mut parts {
            if self.percent(12) {
                *part = self.respell(part);
            }
            if self.percent(5) {
                *part = self.mistype(part);
            }
        }
        let mut written = parts.join(" ");
        if self.percent(30) {
            written = ceiba::model::text::fold(&written);
        } else if self.percent(20) {
            written = written.to_uppercase();
        }
        if self.percent(6) {
            written.push_str(" (alias El Profe)");
        }
        written
    }

    fn respell(&mut self, part: &str) -> String {
        let (from, to) = SPELLINGS[self.below(SPELLINGS.len())];
        part.to_lowercase().replacen(from, to, 1)
    }

    fn mistype(&mut self, part: &str) -> String {
        let mut letters: Vec<char> = part.chars().collect();
        if letters.len() < 3 {
            return part.to_owned();
        }
        let at = 1 + self.below(letters.len() - 2);
        match self.below(4) {
            0 => drop(letters.remove(at)),
            1 => letters.swap(at, at + 1),
            2 => letters.insert(at, letters[at]),
            _other => letters[at] = ['a', 'e', 'o', 'r', 'n', 'l', 't'][self.below(7)],
        }
        letters.into_iter().collect()
    }

    fn date(&mut self, record: &mut Record) {
        let Some(text) = record.text(table::DATE).map(str::to_owned) else { return };
        let Ok(day) = text.parse::<jiff::civil::Date>() else { return };
        let sign = if self.percent(50) { 1 } else { -1 };
        let off = |days: i64| (day + jiff::Span::new().days(sign * days)).to_string();
        let written = match self.below(100) {
            0..55 => return,
            55..75 => off(1 + i64::try_from(self.below(3)).unwrap()),
            75..80 => off(4 + i64::try_from(self.below(7)).unwrap()),
            80..93 => text.chars().take(7).collect(),
            93..97 => text.chars().take(4).collect(),
            _unknown => "XXXX".to_owned(),
        };
        set(record, table::DATE, &written);
    }

    fn place(&mut self, record: &mut Record) {
        let Some(name) = record.text("place/admin2").map(str::to_owned) else { return };
        if let Some((_, other)) = OTHER_NAMES.iter().find(|(one, _)| *one == name)
            && self.percent(60)
        {
            return set(record, "place/admin2", other);
        }
        match self.below(100) {
            0..10 => drop(record.remove("place/admin2")),
            10..14 => {
                let name = self.mistype(&name);
                set(record, "place/admin2", &name);
            }
            14..20 => {
                let admin1 = record.text(table::ADMIN1).unwrap_or_default().to_owned();
                let places = self.places.get(&admin1).cloned().unwrap_or_default();
                let other = self.below(places.len());
                if let Some(other) = places.get(other) {
                    set(record, "place/admin2", other);
                }
            }
            20..40 => set(record, "place/admin2", &name.to_uppercase()),
            _as_it_is => {}
        }
    }
}

/// Says what was missed and what was wrong, without a name: for whoever tunes a rule.
#[expect(clippy::print_stderr, reason = "that is what it is for")]
pub(super) fn explain(claims: &[Claim], truth: &BTreeSet<Pair>, found: &[Candidate]) {
    let proposed: BTreeSet<Pair> = found.iter().map(|it| it.pair).collect();
    let claim = |id| claims.iter().find(|claim| claim.id == id).unwrap();
    for pair in truth.difference(&proposed) {
        let (one, other) = (claim(pair.first()), claim(pair.second()));
        let people = ceiba::linkage::people::People::compare(&one.victims, &other.victims);
        let dates = ceiba::linkage::dates::compare(one.date.as_ref(), other.date.as_ref());
        let direct = compare(one, other).map(|it| it.strength);
        eprintln!(
            "missed: {:?} {:?} {:?} comparable {} judged {direct:?}",
            people.level(),
            dates,
            one.place.compare(&other.place),
            people.comparable
        );
    }
    for candidate in found.iter().filter(|it| !truth.contains(&it.pair)) {
        eprintln!("wrong: {:?} {:?}", candidate.strength, candidate.reasons);
    }
}
