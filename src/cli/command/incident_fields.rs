//! From options to the fields of a record.
//!
//! The options are a convenience for the minimum record; they only name field paths. What a field
//! may hold is judged by the node, with the one field table.

use clap::Args;

use super::assignments::{Assignments, Fields, put};
use crate::{
    api::{ApiError, ErrorKind},
    cli::{failure::own_error, input::Input},
};

/// Options for the usual fields of a record.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "The record")]
pub(super) struct RecordFlags {
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long)]
    country: Option<String>,
    /// 2024-05-03, 2024-05, 2024, 2024-05~ (about), XXXX (unknown)
    ///
    /// Dates are EDTF: also 2024-05-01/2024-05-07 (between), 2024-05? (uncertain).
    #[arg(long)]
    date: Option<String>,
    /// Code of a violation: killing, death_threat, …; repeatable
    #[arg(long, value_name = "CODE")]
    violation: Vec<String>,
    /// What happened; @FILE, or - for standard input
    ///
    /// It goes to named partners at most; --public-summary is for others.
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
    /// Who was harmed: individual, family, community, …
    #[arg(long, value_name = "CODE")]
    counting_unit: Option<String>,
    /// Basis of consent: informed_explicit, …
    #[arg(long, value_name = "CODE", default_value = "none_recorded")]
    consent: String,
    /// What the person agreed to; repeatable
    #[arg(long, value_name = "CODE")]
    scope: Vec<String>,
    /// Title; a neutral one is made without. Never a name
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What anyone may read; @FILE, or - for standard input
    #[arg(long, value_name = "TEXT")]
    public_summary: Option<String>,
    /// What stays in the dossier; @FILE, or - for standard input
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Department, state or region: its name or ISO 3166-2 code
    #[arg(long, value_name = "NAME")]
    admin1: Option<String>,
    /// Municipality, province or cantón
    #[arg(long, value_name = "NAME")]
    admin2: Option<String>,
    /// Exact place: vereda, farm, road
    #[arg(long, value_name = "NAME")]
    place: Option<String>,
    /// Indigenous or community territory
    #[arg(long, value_name = "NAME")]
    territory: Option<String>,
    /// Latitude and longitude: -2.5,-76.1
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true)]
    point: Option<String>,
    /// Code for who records it, never a name
    #[arg(long, value_name = "CODE")]
    recorded_by: Option<String>,
    /// Language of the texts: en, es, pt
    #[arg(long, value_name = "CODE")]
    text_lang: Option<String>,
    /// Risk that goes on: life_imminent, serious, elevated, watch
    #[arg(long, value_name = "CODE")]
    risk: Option<String>,
    /// The most open tier that this record may ever reach
    #[arg(long, value_name = "TIER")]
    max_tier: Option<String>,
    /// Economic sector behind it; repeatable
    #[arg(long, value_name = "CODE")]
    sector: Vec<String>,
    /// A victim: pseudonym=…,name=…,role=…; repeatable
    #[arg(long, value_name = "FIELDS")]
    victim: Vec<String>,
    /// A perpetrator: type=…,state_link=…,name=…; repeatable
    #[arg(long, value_name = "FIELDS")]
    perpetrator: Vec<String>,
    /// A source: type=…,reliability=…,name=…; repeatable
    #[arg(long, value_name = "FIELDS")]
    source: Vec<String>,
}

/// What cannot be left out: field path and option. The violation is asked for on its own.
const MINIMUM: [(&str, &str); 4] = [
    ("country", "--country"),
    ("date", "--date"),
    ("summary", "--summary"),
    ("counting_unit", "--counting-unit"),
];

impl RecordFlags {
    /// All fields that the options name.
    pub(super) fn fields(
        &self,
        assignments: &Assignments,
        input: &mut Input,
    ) -> Result<Fields, ApiError> {
        let mut fields = Fields::new();
        self.put_lines(&mut fields)?;
        self.put_texts(&mut fields, input)?;
        put_parts(&mut fields, "victims", "--victim", &self.victim)?;
        put_parts(&mut fields, "perpetrators", "--perpetrator", &self.perpetrator)?;
        put_parts(&mut fields, "sources", "--source", &self.source)?;
        self.put_acts(&mut fields)?;
        // --set comes last and may replace what an option said.
        fields.extend(assignments.read(input)?);
        require_minimum(&fields)?;
        Ok(fields)
    }

    fn put_lines(&self, fields: &mut Fields) -> Result<(), ApiError> {
        let lines = [
            ("country", &self.country),
            ("date", &self.date),
            ("title", &self.title),
            ("counting_unit", &self.counting_unit),
            ("place/admin1", &self.admin1),
            ("place/admin2", &self.admin2),
            ("place/name", &self.place),
            ("place/territory", &self.territory),
            ("place/point", &self.point),
            ("recorded/by", &self.recorded_by),
            ("lang", &self.text_lang),
            ("risk", &self.risk),
            ("max_tier", &self.max_tier),
        ];
        for (path, value) in lines {
            if let Some(value) = value {
                put(fields, path, value.clone())?;
            }
        }
        put(fields, "consent/basis", self.consent.clone())?;
        for scope in &self.scope {
            put(fields, &format!("consent/scopes/{scope}"), "true".to_owned())?;
        }
        for sector in &self.sector {
            put(fields, &format!("sectors/{sector}"), "true".to_owned())?;
        }
        Ok(())
    }

    fn put_texts(&self, fields: &mut Fields, input: &mut Input) -> Result<(), ApiError> {
        let texts = [
            ("summary", &self.summary),
            ("public_summary", &self.public_summary),
            ("notes", &self.notes),
        ];
        let from_standard_input = texts.iter().filter(|(_, text)| text.as_deref() == Some("-"));
        if from_standard_input.count() > 1 {
            return Err(own_error(ErrorKind::Usage, "error-one-standard-input", &[]));
        }
        for (path, given) in texts {
            if let Some(given) = given {
                put(fields, path, input.option_text(given)?)?;
            }
        }
        Ok(())
    }

    /// One act for each victim and violation; without victims, one for each violation.
    fn put_acts(&self, fields: &mut Fields) -> Result<(), ApiError> {
        let victims: Vec<Option<usize>> = match self.victim.len() {
            0 => vec![None],
            count => (1..=count).map(Some).collect(),
        };
        let acts =
            self.violation.iter().flat_map(|code| victims.iter().map(move |who| (code, who)));
        for (number, (violation, victim)) in (1..).zip(acts) {
            put(fields, &format!("acts/{number}/violation"), violation.clone())?;
            if let Some(victim) = victim {
                put(fields, &format!("acts/{number}/victim"), victim.to_string())?;
            }
        }
        Ok(())
    }
}

fn require_minimum(fields: &Fields) -> Result<(), ApiError> {
    let has_violation =
        fields.keys().any(|path| path.starts_with("acts/") && path.ends_with("/violation"));
    let mut missing: Vec<&str> = MINIMUM
        .iter()
        .filter(|(path, _)| fields.get(*path).is_none_or(|value| value.trim().is_empty()))
        .map(|(_, option)| *option)
        .collect();
    if !has_violation {
        missing.push("--violation");
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(own_error(ErrorKind::Usage, "error-minimum", &[("options", missing.join(", "))]))
}

/// The entries of a part: `pseudonym=V-014,name=…` becomes `victims/1/pseudonym`, ….
fn put_parts(
    fields: &mut Fields,
    part: &str,
    option: &str,
    given: &[String],
) -> Result<(), ApiError> {
    for (number, entry) in (1..).zip(given) {
        for (name, value) in split_entry(entry, option)? {
            // Sets have one flag for each code.
            let (path, value) = match name {
                "role" => (format!("{part}/{number}/roles/{value}"), "true".to_owned()),
                name => (format!("{part}/{number}/{name}"), value),
            };
            put(fields, &path, value)?;
        }
    }
    Ok(())
}

/// Splits at the commas that a `name=` follows, so that a value may contain commas.
fn split_entry<'a>(entry: &'a str, option: &str) -> Result<Vec<(&'a str, String)>, ApiError> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for piece in entry.split(',') {
        let named = piece.split_once('=').filter(|(name, _)| is_name(name.trim()));
        match (named, pairs.last_mut()) {
            (Some((name, value)), _) => pairs.push((name.trim(), value.trim().to_owned())),
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(piece.trim_end());
            }
            (None, None) => {
                let example = example_of(option).to_owned();
                let given = [("option", option.to_owned()), ("example", example)];
                return Err(own_error(ErrorKind::Usage, "error-entry-without-name", &given));
            }
        }
    }
    Ok(pairs)
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'/');
    !text.is_empty() && text.bytes().all(allowed)
}

fn example_of(option: &str) -> &'static str {
    match option {
        "--source" => "type=victim,reliability=likely_reliable",
        "--perpetrator" => "type=unknown,state_link=undetermined",
        _ => "pseudonym=V-014,age_band=18_29",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &'static str) -> Input {
        Input::from_reader(Box::new(std::io::Cursor::new(text)))
    }

    fn minimum() -> RecordFlags {
        let given = |text: &str| Some(text.to_owned());
        RecordFlags {
            country: given("CO"),
            date: given("2024-05"),
            violation: vec!["death_threat".to_owned()],
            summary: given("-"),
            counting_unit: given("individual"),
            consent: "none_recorded".to_owned(),
            ..RecordFlags::default()
        }
    }

    #[test]
    fn every_victim_has_an_act_of_every_violation() {
        let mut flags = minimum();
        flags.violation.push("forced_displacement".to_owned());
        flags.victim = vec![
            "pseudonym=V-1, name=Apellido, Nombre,role=peasant_leader".to_owned(),
            "pseudonym=V-2".to_owned(),
        ];
        let fields = flags.fields(&Assignments::default(), &mut input("what happened\n")).unwrap();
        assert_eq!(fields["summary"], "what happened");
        assert_eq!(fields["victims/1/name"], "Apellido, Nombre");
        assert_eq!(fields["victims/1/roles/peasant_leader"], "true");
        assert_eq!(fields["consent/basis"], "none_recorded");
        let acts: Vec<_> = (1..=4)
            .map(|act| {
                let field = |name| fields[&format!("acts/{act}/{name}")].as_str();
                (field("violation"), field("victim"))
            })
            .collect();
        let expected = [
            ("death_threat", "1"),
            ("death_threat", "2"),
            ("forced_displacement", "1"),
            ("forced_displacement", "2"),
        ];
        assert_eq!(acts, expected);
    }

    #[test]
    fn what_is_missing_is_named_at_once() {
        let flags = RecordFlags { country: Some("CO".to_owned()), ..RecordFlags::default() };
        let error = flags.fields(&Assignments::default(), &mut input("")).unwrap_err();
        assert_eq!(
            error.message,
            "an incident also needs --date, --summary, --counting-unit, --violation"
        );
    }

    #[test]
    fn assignments_come_from_options_and_files_and_complete_the_record() {
        let assignments =
            Assignments::from_options(&["place/admin2=Popayán", "date=2024"], Some("-"));
        let mut flags = minimum();
        flags.summary = Some("text".to_owned());
        let json = r#"{"victims/1/is_minor": true, "group_size/min": 12}"#;
        let fields = flags.fields(&assignments, &mut input(json)).unwrap();
        assert_eq!(fields["victims/1/is_minor"], "true");
        assert_eq!(fields["group_size/min"], "12");
        assert_eq!(fields["place/admin2"], "Popayán");
        assert_eq!(fields["date"], "2024");
        assert!(!fields.contains_key("acts/1/victim"));
    }

    #[test]
    fn an_entry_without_names_is_refused_without_being_quoted() {
        let error = split_entry("SECRET", "--victim").unwrap_err();
        assert!(!format!("{error:?}").contains("SECRET") && !error.hints.is_empty());
    }
}
