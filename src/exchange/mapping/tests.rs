use super::*;

const LEAST: &str = "mapping = 1\nname = \"x\"\n[row]\nkey = [\"id\"]\n";

fn error(more: &str) -> String {
    Mapping::parse("x.toml", &format!("{LEAST}{more}")).unwrap_err().to_string()
}

fn field(lines: &str) -> String {
    error(&format!("[[field]]\n{lines}\n"))
}

#[test]
fn the_least_mapping_reads() {
    let mapping = Mapping::parse("x.toml", LEAST).unwrap();
    assert_eq!(mapping.columns().collect::<Vec<_>>(), ["id"]);
    assert!(!mapping.joins_rows());
}

#[test]
fn errors_say_the_file_the_key_and_what_is_allowed() {
    for (said, parts) in [
        (
            error("[format]\ndelimiter = \"::\""),
            vec!["x.toml: format.delimiter", "\"::\" is not one of: , ; | tab"],
        ),
        (
            error("[format]\nencoding = \"utf-16\""),
            vec!["format.encoding", "utf-8, latin-1, windows-1252"],
        ),
        (error("[constants]\ncountry = \"Atlantis\""), vec!["constants.country", "ISO 3166-1"]),
        (
            error("[constants]\n\"acts/{row}/violation\" = \"murder\""),
            vec!["constants.\"acts/{row}/violation\"", "death_threat"],
        ),
        (error("[constants]\nlang = 1.5"), vec!["constants.\"lang\"", "whole number"]),
        (
            error("[constants]\n\"sectors/{code}\" = true"),
            vec!["write the code itself in the path"],
        ),
        (
            field("to = \"victims/{row}/nmae\"\nfrom = \"a\""),
            vec!["field 1 (to = \"victims/{row}/nmae\").to", "victims/*/name"],
        ),
        (
            field("to = \"sector/{code}\"\nfrom = \"a\""),
            vec!["no such set of codes", "sectors/{code}", "victims/{row}/roles/{code}"],
        ),
        (field("to = \"import/row\"\nfrom = \"a\""), vec!["the program writes this field itself"]),
        (
            field("to = \"blobs/1/copy/blob\"\nfrom = \"a\""),
            vec!["the program writes this field itself"],
        ),
        (
            field("to = \"tokens/1/name\"\nfrom = \"a\""),
            vec!["the program writes this field itself"],
        ),
        (field("to = \"Título\"\nfrom = \"a\""), vec!["not a field path"]),
        (field("to = \"title\"\nfrom = 1"), vec!["from", "a column's name, or a list"]),
        (field("to = \"title\"\nfrom = []"), vec!["a column's name, or a list"]),
        (field("to = \"title\"\nfrom = \"a\"\nsplit = \";\""), vec!["split", "{part} or {code}"]),
        (
            field("to = \"date\"\nfrom = \"a\"\ndates = [\"dd-mm\"]"),
            vec!["dates", "day/month/year, month/day/year"],
        ),
        (
            field("to = \"date\"\nfrom = \"a\"\ndates = [\"day/month/year\", \"month/day/year\"]"),
            vec!["would be two dates"],
        ),
        (
            field("to = \"date\"\nfrom = \"a\"\nwhen_empty = \"guess\""),
            vec!["when_empty", "leave_out, warn, reject"],
        ),
        (
            field("to = \"stated_level\"\nfrom = \"a\"\ndefault = \"sure\""),
            vec!["default", "v0_reported"],
        ),
        (
            field("to = \"stated_level\"\nfrom = \"a\"\n[field.lookup]\n\"sí\" = \"yes\""),
            vec!["lookup.\"sí\"", "v0_reported"],
        ),
        (
            field(
                "to = \"stated_level\"\nfrom = \"a\"\n[field.lookup]\n\"sí\" = \"v3_verified\"\n\"SI\" = \"v0_reported\"",
            ),
            vec!["the same text but for accents"],
        ),
        (
            field(
                "to = \"stated_level\"\nfrom = \"a\"\n[field.lookup]\n\"x\" = { to = \"v0_reported\" }",
            ),
            vec!["remark ="],
        ),
        (
            field("to = \"title\"\nfrom = \"a\"\n[[field]]\nto = \"title\"\nfrom = \"b\""),
            vec!["two rules fill it"],
        ),
        (field("to = \"title\"\nfrmo = \"a\""), vec!["x.toml", "line 7", "frmo", "expected"]),
    ] {
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
    }
}

#[test]
fn a_mapping_of_another_version_or_without_a_key_is_refused() {
    let parse = |text: &str| Mapping::parse("x", text).unwrap_err().to_string();
    assert!(parse("mapping = 2\nname = \"x\"\n[row]\nkey = [\"id\"]").contains("mapping = 1"));
    assert!(parse("mapping = 1\nname = \"x\"\n[row]\nkey = []").contains("row.key"));
    assert!(parse("mapping = 1\nname = \" \"\n[row]\nkey = [\"id\"]").contains("name"));
    assert!(parse(&" ".repeat(MAX_MAPPING_BYTES + 1)).contains("larger than"));
}

proptest::proptest! {
    #[test]
    fn no_paths_and_values_panic(to in "[a-z{}/*]{0,30}", value in "\\PC{0,20}") {
        let value = toml::Value::String(value);
        let text = format!("{LEAST}[[field]]\nto = \"{to}\"\nfrom = \"a\"\ndefault = {value}\n");
        drop(Mapping::parse("x", &text));
    }
}
