//! Fields by path: `--set`, `--set-file`, `--fields`.

use std::{collections::BTreeMap, path::Path};

use clap::Args;

use crate::{
    api::{ApiError, ErrorKind},
    cli::{failure::own_error, input::Input},
};

/// Values by field path.
pub(super) type Fields = BTreeMap<String, String>;

/// Fields that need no option of their own.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Any field")]
pub(super) struct Assignments {
    /// Set any field: perpetrators/1/type=paramilitary; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Set a field to the text of a file (- is standard input); repeatable
    #[arg(long, value_name = "PATH=FILE")]
    set_file: Vec<String>,
    /// Set the fields of a JSON object in a file (- is standard input)
    ///
    /// {"country": "CO", "victims/1/pseudonym": "V-014"}
    #[arg(long, value_name = "FILE")]
    fields: Option<String>,
}

impl Assignments {
    #[cfg(test)]
    pub(super) fn from_options(set: &[&str], fields: Option<&str>) -> Self {
        let set = set.iter().map(|given| (*given).to_owned()).collect();
        Self { set, set_file: Vec::new(), fields: fields.map(str::to_owned) }
    }

    pub(super) fn read(&self, input: &mut Input) -> Result<Fields, ApiError> {
        let mut fields = Fields::new();
        if let Some(file) = &self.fields {
            for (path, value) in parse_object(&input.text(Path::new(file))?)? {
                put(&mut fields, &path, value)?;
            }
        }
        for given in &self.set {
            let (path, value) = split(given, "--set")?;
            put(&mut fields, path, value.to_owned())?;
        }
        for given in &self.set_file {
            let (path, file) = split(given, "--set-file")?;
            let text = input.text(Path::new(file))?;
            put(&mut fields, path, text)?;
        }
        Ok(fields)
    }
}

/// Values of one option that can be given again.
pub(super) fn pairs(given: &[String], option: &str) -> Result<Fields, ApiError> {
    let mut fields = Fields::new();
    for given in given {
        let (path, value) = split(given, option)?;
        put(&mut fields, path, value.to_owned())?;
    }
    Ok(fields)
}

fn split<'a>(given: &'a str, option: &str) -> Result<(&'a str, &'a str), ApiError> {
    given.split_once('=').filter(|(path, _)| !path.trim().is_empty()).ok_or_else(|| {
        let given = [("option", option.to_owned())];
        own_error(ErrorKind::Usage, "error-needs-path-and-value", &given)
    })
}

/// Sets a field that is not set yet.
pub(super) fn put(fields: &mut Fields, path: &str, value: String) -> Result<(), ApiError> {
    let path = path.trim();
    if fields.insert(path.to_owned(), value).is_none() {
        return Ok(());
    }
    Err(own_error(ErrorKind::Usage, "error-given-twice", &[("path", path.to_owned())]))
}

/// A JSON object of texts, numbers and flags. Parse errors do not quote the file.
fn parse_object(text: &str) -> Result<Vec<(String, String)>, ApiError> {
    use serde_json::Value;

    let object: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|error| {
        let given = [("line", error.line().to_string()), ("column", error.column().to_string())];
        own_error(ErrorKind::Usage, "error-no-json-object", &given)
    })?;
    let scalar = |(path, value)| match value {
        Value::String(text) => Ok((path, text)),
        Value::Number(number) => Ok((path, number.to_string())),
        Value::Bool(flag) => Ok((path, flag.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(own_error(ErrorKind::Usage, "error-json-not-scalar", &[("path", path)]))
        }
    };
    object.into_iter().map(scalar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &'static str) -> Input {
        Input::from_reader(Box::new(std::io::Cursor::new(text)))
    }

    #[test]
    fn nonsense_is_refused_without_quoting_values() {
        let twice = Assignments {
            set: vec!["a=SECRET".to_owned(), "a=SECRET".to_owned()],
            ..Assignments::default()
        };
        let object = Assignments { fields: Some("-".to_owned()), ..Assignments::default() };
        let errors = [
            twice.read(&mut input("")).unwrap_err(),
            object.read(&mut input("{\"a\": SECRET}")).unwrap_err(),
            object.read(&mut input("{\"a\": [\"SECRET\"]}")).unwrap_err(),
            split("SECRET", "--set").unwrap_err(),
        ];
        for error in errors {
            assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
            assert!(!error.hints.is_empty());
        }
    }
}
