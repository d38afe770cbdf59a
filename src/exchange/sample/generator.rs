//! Makes the synthetic lists: the same bytes at each run, from a stream of BLAKE3.

use super::{
    dice::{Dice, Tongue},
    mistakes::{PORTUGUESE_MISTAKES, SPANISH_MISTAKES},
    words::{
        AGES, COLLECTIVE, CONSENTS, FIRST_NAMES, GROUPS, LEVELS, MUNICIPALITIES, OUTCOMES,
        PERPETRATORS, PLACES, ROLES, SECTORS, SEXES, SOURCES, STATES, SURNAMES, VIOLATIONS,
    },
};

/// What all rows of one incident say alike.
struct Case {
    number: usize,
    country: &'static str,
    admin1: &'static str,
    municipality: String,
    date: String,
    violation: String,
    outcome: String,
    collective: bool,
    size: String,
    sectors: String,
    perpetrators: String,
    sources: String,
    source_types: String,
    title: String,
    summary: String,
    consent: String,
    scopes: String,
    level: String,
}

impl Case {
    fn new(dice: &mut Dice, number: usize, tongue: Tongue) -> Self {
        let (country, admin1) = place(dice, tongue);
        let collective = number % 9 == 4;
        // In turn, so that each violation occurs.
        let (violation, _family, outcome) = if collective {
            &COLLECTIVE[number / 9 % COLLECTIVE.len()]
        } else {
            &VIOLATIONS[number % VIOLATIONS.len()]
        };
        let outcome = OUTCOMES.iter().find(|(code, ..)| code == outcome).unwrap();
        let municipality = (*dice.pick(tongue.choose(MUNICIPALITIES))).to_owned();
        let municipality = if dice.percent(90) { municipality } else { String::new() };
        let violation = tongue.of(violation);
        let (consent, scopes) = dice.pick(CONSENTS);
        let separator = tongue.choose(["; ", " / "]);
        let scopes: Vec<String> = scopes.iter().map(|scope| tongue.of(scope)).collect();
        let (sources, source_types) = sources(dice, number, tongue, separator);
        Self {
            number,
            country,
            admin1,
            date: date(dice, number, tongue),
            title: title(number, &violation, tongue),
            summary: summary(dice, number, &violation, &municipality, tongue),
            municipality,
            violation,
            outcome: tongue.of(outcome),
            collective,
            size: if collective { (20 + 10 * dice.below(40)).to_string() } else { String::new() },
            sectors: dice.some_of(SECTORS, 2, tongue, separator),
            perpetrators: dice.some_of(PERPETRATORS, 2, tongue, separator),
            sources,
            source_types,
            consent: tongue.of(consent),
            scopes: scopes.join(separator),
            level: tongue.of(dice.pick(LEVELS)),
        }
    }

    /// Victims: a few events have many.
    fn rows(&self) -> usize {
        if self.collective {
            1
        } else {
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1, 3, 1, 1, 6][self.number % 17]
        }
    }
}

fn place(dice: &mut Dice, tongue: Tongue) -> (&'static str, &'static str) {
    match tongue {
        Tongue::Portuguese => ("Brasil", *dice.pick(STATES)),
        Tongue::Spanish => {
            let (code, name, places) = dice.pick(PLACES);
            (if dice.percent(50) { code } else { name }, *dice.pick(places))
        }
    }
}

fn date(dice: &mut Dice, number: usize, tongue: Tongue) -> String {
    let (year, month, day) = (2019 + dice.below(7), 1 + dice.below(12), 1 + dice.below(28));
    let months = tongue.choose([
        [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ],
    ]);
    let name = months[month - 1];
    match (number % 20, tongue) {
        (3, _) => format!("{name} de {year}"),
        (6, _) => year.to_string(),
        (9, Tongue::Spanish) => format!("aprox. {year}-{month:02}"),
        (9, Tongue::Portuguese) => format!("cerca de {month:02}/{year}"),
        (12, Tongue::Spanish) => format!("{year}-{month:02}"),
        (12, Tongue::Portuguese) => format!("{month:02}/{year}"),
        (15, Tongue::Spanish) => format!("{year}-{month:02}-{day:02}/{year}-{month:02}-28"),
        (17, _) => format!("{day} de {name} de {year}"),
        (_, Tongue::Spanish) => format!("{year}-{month:02}-{day:02}"),
        (_, Tongue::Portuguese) => format!("{day:02}/{month:02}/{year}"),
    }
}

fn title(number: usize, violation: &str, tongue: Tongue) -> String {
    let what = tongue.choose(["Caso sintético", "Caso sintético"]);
    format!("{what} {number:03}: {violation}")
}

fn summary(dice: &mut Dice, number: usize, violation: &str, at: &str, tongue: Tongue) -> String {
    let at =
        if at.is_empty() { tongue.choose(["lugar sin dato", "lugar não informado"]) } else { at };
    let text = tongue.choose([
        format!("SINTÉTICO: nada de esto ocurrió. Se reporta {violation} en {at}."),
        format!("SINTÉTICO: nada disto aconteceu. Relata-se {violation} em {at}."),
    ]);
    let more = tongue.choose([
        "La comunidad \"de cartón\" pidió acompañamiento.\nNo hubo respuesta.",
        "A comunidade \"de cartão\" pediu acompanhamento.\nNão houve resposta.",
    ]);
    if number % 7 == 2 || dice.percent(10) { format!("{text}\n{more}") } else { text }
}

fn sources(dice: &mut Dice, number: usize, tongue: Tongue, separator: &str) -> (String, String) {
    let count = [1, 2, 1, 3, 2, 4][number % 6];
    let types: Vec<String> = (0..count).map(|_| tongue.of(dice.pick(SOURCES))).collect();
    let names: Vec<String> = (1..=count)
        .map(|source| match tongue {
            Tongue::Spanish => format!("Fuente sintética {number}.{source}"),
            Tongue::Portuguese => format!("Fonte sintética {number}.{source}"),
        })
        .collect();
    (names.join(separator), types.join(separator))
}

/// Name, sex, age, group and roles of a victim.
fn victim(dice: &mut Dice, case: &Case, row: usize, tongue: Tongue) -> [String; 5] {
    if case.collective {
        let people = tongue.choose(["comunidad", "comunidade"]).to_owned();
        return [String::new(), people, String::new(), tongue.of(dice.pick(GROUPS)), String::new()];
    }
    let sex = dice.pick(SEXES);
    let names = tongue.choose(FIRST_NAMES)[usize::from(sex.0.contains("female"))];
    let surnames = tongue.choose(SURNAMES);
    let name = format!("{} {} {}", dice.pick(names), dice.pick(surnames), dice.pick(surnames));
    let unnamed = (case.number + row) % 13 == 5;
    let role = tongue.of(dice.pick(ROLES));
    [
        if unnamed { tongue.choose(["NN", "sem nome"]).to_owned() } else { name },
        tongue.of(sex),
        tongue.of(dice.pick(AGES)),
        tongue.of(dice.pick(GROUPS)),
        role,
    ]
}

/// The Spanish list.
pub(super) fn spanish() -> String {
    let mut dice = Dice::new("es");
    let tongue = Tongue::Spanish;
    let mut rows = vec![line(&[
        "id",
        "caso",
        "titulo",
        "fecha",
        "pais",
        "departamento",
        "municipio",
        "nombre",
        "genero",
        "edad",
        "grupo",
        "rol",
        "hecho",
        "resultado",
        "presunto responsable",
        "sector",
        "fuentes",
        "tipo de fuente",
        "resumen",
        "personas afectadas",
        "consentimiento",
        "alcance",
        "nivel",
        "digitado por",
    ])];
    let mut id = 0;
    for number in 1..=148 {
        let case = Case::new(&mut dice, number, tongue);
        for row in 0..case.rows() {
            id += 1;
            let [name, sex, age, group, role] = victim(&mut dice, &case, row, tongue);
            let event = if case.rows() > 1 { format!("E-{number:03}") } else { String::new() };
            rows.push(line(&[
                &format!("S-{id:04}"),
                &event,
                &case.title,
                &case.date,
                case.country,
                case.admin1,
                &case.municipality,
                &name,
                &sex,
                &age,
                &group,
                &role,
                &case.violation,
                &case.outcome,
                &case.perpetrators,
                &case.sectors,
                &case.sources,
                &case.source_types,
                &case.summary,
                &case.size,
                &case.consent,
                &case.scopes,
                &case.level,
                "Ejemplo",
            ]));
        }
    }
    mistakes(&mut rows, &SPANISH_MISTAKES);
    rows.concat()
}

/// The Portuguese list: other columns, another delimiter, days before months.
pub(super) fn portuguese() -> String {
    let mut dice = Dice::new("pt");
    let tongue = Tongue::Portuguese;
    let mut rows = vec![
        "\u{feff}".to_owned()
            + &semicolons(&[
                "nº",
                "data da ocorrência",
                "UF",
                "município",
                "ocorrência",
                "violação",
                "vítima",
                "gênero",
                "faixa etária",
                "categoria",
                "atuação",
                "consequência",
                "acusado",
                "setor",
                "fonte",
                "tipo de fonte",
                "relato",
                "famílias",
                "consentimento",
                "permissões",
                "título",
                "situação",
            ]),
    ];
    let mut id = 0;
    for number in 1..=50 {
        let case = Case::new(&mut dice, number, tongue);
        for row in 0..case.rows() {
            id += 1;
            let [name, sex, age, group, role] = victim(&mut dice, &case, row, tongue);
            let event = if case.rows() > 1 { format!("O{number}") } else { String::new() };
            rows.push(semicolons(&[
                &id.to_string(),
                &case.date,
                case.admin1,
                &case.municipality,
                &event,
                &case.violation,
                &name,
                &sex,
                &age,
                &group,
                &role,
                &case.outcome,
                &case.perpetrators,
                &case.sectors,
                &case.sources,
                &case.source_types,
                &case.summary,
                &case.size,
                &case.consent,
                &case.scopes,
                &case.title,
                &case.level,
            ]));
        }
    }
    mistakes(&mut rows, &PORTUGUESE_MISTAKES);
    rows.concat()
}

fn mistakes(rows: &mut Vec<String>, mistakes: &[(usize, &str)]) {
    for (place, text) in mistakes.iter().rev() {
        rows.insert(*place, (*text).to_owned());
    }
}

fn line(cells: &[&str]) -> String {
    written(cells, b',')
}

fn semicolons(cells: &[&str]) -> String {
    written(cells, b';')
}

fn written(cells: &[&str], delimiter: u8) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(cells).unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}
