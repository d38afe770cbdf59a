use std::io::Read as _;

use super::*;
use crate::model::limits::MAX_FIELD_BYTES;

fn sheet(bytes: &[u8]) -> Result<Sheet<&[u8]>, FileError> {
    Sheet::open(bytes, Format::default())
}

fn rows(mut sheet: Sheet<&[u8]>) -> Vec<Result<Row, BadRow>> {
    std::iter::from_fn(|| sheet.next_row().unwrap()).collect()
}

/// Line, last line, and the first cell or the reason's code.
fn told(bytes: &[u8], format: Format) -> Vec<(u64, u64, String)> {
    let sheet = Sheet::open(bytes, format).unwrap();
    let told = |row: Result<Row, BadRow>| match row {
        Ok(row) => (row.span.line, row.span.last_line, row.cells[0].clone()),
        Err(bad) => (bad.span.line, bad.span.last_line, format!("!{}", bad.reason.code())),
    };
    rows(sheet).into_iter().map(told).collect()
}

fn row(line: u64, last_line: u64, what: &str) -> (u64, u64, String) {
    (line, last_line, what.to_owned())
}

#[test]
fn lines_are_those_of_the_file_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", "1,x", "", "", "2,\"two", "lines\"", "3,y", "4"].join(end);
        let expected = [row(2, 2, "1"), row(5, 6, "2"), row(7, 7, "3"), row(8, 8, "!cell_count")];
        assert_eq!(told(text.as_bytes(), Format::default()), expected, "{end:?}");
        let marked = [b"\xef\xbb\xbf", text.as_bytes(), end.as_bytes()].concat();
        assert_eq!(told(&marked, Format::default()), expected, "{end:?} with BOM");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_column() {
    assert_eq!(sheet(b"\xef\xbb\xbf\"a\",b\n").unwrap().header(), ["a", "b"]);
}

#[test]
fn each_row_that_does_not_read_is_told_with_its_reason() {
    let long = "x".repeat(MAX_FIELD_BYTES + 1);
    let wide = "y".repeat(MAX_FIELD_BYTES - 1);
    let text =
        format!("a,b,c\n1,{long},\n2,\0,\n,,\n \t,,\na,b,c\n3,z,,\n{wide},{wide},{wide}\n5,,\n");
    let expected = ["!cell_too_long", "!control_character", "!empty", "!empty", "!repeats_header"];
    let last = ["!cell_count", "!row_too_long", "5"];
    let found: Vec<String> =
        told(text.as_bytes(), Format::default()).into_iter().map(|(_, _, what)| what).collect();
    assert_eq!(found, [&expected[..], &last].concat());
}

#[test]
fn a_quote_that_is_never_closed_is_told_with_all_that_it_swallows() {
    let found = told(b"a,b\n1,x\n2,\"open\n3,y\n4,z\n", Format::default());
    assert_eq!(found, [row(2, 2, "1"), row(3, 5, "!unclosed_quote")]);
    // An inch mark within a cell opens nothing.
    assert_eq!(told(b"a,b\n5,5\" pipe\n", Format::default()), [row(2, 2, "5")]);
}

#[test]
fn a_row_in_another_encoding_is_told_or_read_in_the_fallback() {
    let bytes = b"a,b\nNari\xf1o,1\nNari\xc3\xb1o,2\n";
    assert_eq!(told(bytes, Format::default()), [row(2, 2, "!encoding"), row(3, 3, "Nariño")]);
    let format = Format { fallback: Some(Encoding::Windows1252), ..Format::default() };
    assert_eq!(told(bytes, format), [row(2, 2, "Nariño"), row(3, 3, "Nariño")]);
    let rows = rows(Sheet::open(&bytes[..], format).unwrap());
    assert_eq!(rows[0].as_ref().unwrap().warnings[0].code(), "fallback_encoding");
    assert!(rows[1].as_ref().unwrap().warnings.is_empty());
}

#[test]
fn files_that_are_no_csv_or_have_a_bad_header_are_refused() {
    assert!(matches!(sheet(b""), Err(FileError::Empty)));
    assert!(matches!(sheet(b"\n\r\n"), Err(FileError::Empty)));
    assert!(matches!(sheet(b"PK\x03\x04zip"), Err(FileError::NotCsv { .. })));
    assert!(matches!(sheet(b"\xff\xfea\0"), Err(FileError::NotCsv { .. })));
    assert!(matches!(sheet(b"a,b,a\n"), Err(FileError::DuplicateColumn { .. })));
    assert!(matches!(sheet(b"a\xf1o,b\n"), Err(FileError::HeaderEncoding { .. })));
    let many = "x,".repeat(MAX_COLUMNS + 1);
    assert!(matches!(sheet(many.as_bytes()), Err(FileError::TooManyColumns { .. })));
}

#[test]
fn a_file_or_a_row_that_does_not_end_is_given_up() {
    let sheet = Sheet::open(std::io::repeat(b'x'), Format::default());
    assert!(matches!(sheet, Err(FileError::RawRowTooLarge { .. })));
    let quoted = b"a,b\n1,2\n3,\"".chain(std::io::repeat(b'x'));
    let mut sheet = Sheet::open(quoted, Format::default()).unwrap();
    assert!(sheet.next_row().unwrap().unwrap().is_ok());
    assert!(matches!(sheet.next_row(), Err(FileError::RawRowTooLarge { line: 3 })));
}

#[test]
fn rows_are_the_same_however_the_bytes_come() {
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let one = self.0.get(..1).unwrap_or_default();
            buffer[..one.len()].copy_from_slice(one);
            self.0 = self.0.get(1..).unwrap_or_default();
            Ok(one.len())
        }
    }
    let text = b"\xef\xbb\xbfa,b\r\n1,\"x\r\ny\"\r\n\r\n2,z\r\n3,\"open";
    let mut drip = Sheet::open(Drip(text), Format::default()).unwrap();
    let slow: Vec<u64> = std::iter::from_fn(|| {
        drip.next_row().unwrap().map(|row| row.map_or_else(|b| b.span.line, |r| r.span.line))
    })
    .collect();
    let fast: Vec<u64> =
        told(text, Format::default()).into_iter().map(|(line, _, _)| line).collect();
    assert_eq!(slow, [2, 5, 6]);
    assert_eq!(slow, fast);
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_and_lines_only_grow(
        bytes in proptest::collection::vec(
            proptest::sample::select(b"ab,;\"\n\r\0\xf1\xc3".to_vec()), 0..80),
    ) {
        if let Ok(sheet) = sheet(&bytes) {
            let mut last = 0;
            for row in rows(sheet) {
                let span = row.map_or_else(|bad| bad.span, |row| row.span);
                assert!(span.line > last && span.last_line >= span.line, "{bytes:?}");
                last = span.last_line;
            }
        }
    }
}
