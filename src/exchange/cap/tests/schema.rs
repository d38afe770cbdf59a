//! What is written, held against the schema of OASIS by another's validator. `CAP_XSD` says where
//! the schema is (`cap12.xsd`); `CAP_PYTHON` which Python has `xmlschema`, `python3` by default.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::Command,
};

use super::*;

const VALIDATE: &str = "
import sys, xmlschema
schema = xmlschema.XMLSchema(sys.argv[1])
for file in sys.argv[2:]:
    schema.validate(file)
print('valid', len(sys.argv) - 2)
";

#[test]
fn a_validator_of_the_schema_takes_all_messages() {
    let python = std::env::var("CAP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let Ok(schema) = std::env::var("CAP_XSD") else {
        // Past the harness, which keeps what passing tests print.
        let told = "NOT CHECKED: CAP messages against cap12.xsd: set CAP_XSD (and CAP_PYTHON)\n";
        io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: String, xml: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, xml).unwrap();
        file
    };
    let good: Vec<_> =
        all().iter().zip(0..).map(|(one, n)| file(format!("{n}.xml"), one.to_xml())).collect();
    let swapped = full().to_xml().replace("status>", "x>").replace("msgType>", "status>");
    let bad = vec![file("bad.xml".to_owned(), swapped.replace("x>", "msgType>"))];
    let told = |files: &[PathBuf]| {
        let checked = Command::new(&python).args(["-c", VALIDATE, &schema]).args(files).output();
        let checked = checked.unwrap();
        [checked.stdout, checked.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let [valid, errors] = told(&good);
    assert!(valid.contains(&format!("valid {}", good.len())), "{errors}");
    assert!(!told(&bad)[0].contains("valid"), "it takes anything");
}
