use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::exchange::{FileKind, List, list::Reading};

/// A workbook with these sheets, whose rows are given in XML, and these shared texts.
fn workbook(sheets: &[(&str, &str)], texts: &[&str]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let numbered = || sheets.iter().zip(1..);
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    part("[Content_Types].xml", "<Types/>");
    part(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let names: String = numbered()
        .map(|((name, _), n)| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"r{n}\"/>"))
        .collect();
    part(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{names}</sheets></workbook>"
        ),
    );
    let targets: String = numbered()
        .map(|(_, n)| format!("<Relationship Id=\"r{n}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"))
        .collect();
    part("xl/_rels/workbook.xml.rels", &format!("<Relationships>{targets}</Relationships>"));
    part(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    );
    let texts: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    part("xl/sharedStrings.xml", &format!("<sst xmlns=\"{main}\">{texts}</sst>"));
    for ((_, rows), n) in numbered() {
        part(
            &format!("xl/worksheets/sheet{n}.xml"),
            &format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        );
    }
    zip.finish().unwrap().into_inner()
}

const ROWS: &str = "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"C2\" t=\"inlineStr\"><is><t>Lugar</t></is></c></row>\
    <row r=\"3\"><c r=\"A3\"><v>1</v></c><c r=\"B3\" s=\"1\"><v>45415</v></c><c r=\"C3\" t=\"str\"><v>Inz\u{e1}</v></c></row>\
    <row r=\"4\"><c r=\"A4\"><v>2.5</v></c><c r=\"B4\" s=\"1\"><v>45415.75</v></c></row>\
    <row r=\"6\"><c r=\"A6\" t=\"b\"><v>1</v></c><c r=\"D6\"><v>9</v></c></row>";

fn open(bytes: &[u8], sheet: Option<&str>) -> Result<List, FileError> {
    let source = Source::from(bytes);
    let kind = FileKind::found_in(&source)?;
    let sheet = sheet.map(str::to_owned);
    List::open(source, kind, Reading { sheet, ..Reading::default() })
}

fn rows(list: &List) -> Vec<(u64, Result<Vec<String>, &'static str>)> {
    let mut rows = Vec::new();
    list.each(&mut |row| {
        rows.push(match row {
            Ok(row) => (row.span.line, Ok(row.cells)),
            Err(bad) => (bad.span.line, Err(bad.reason.code())),
        });
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}

#[test]
fn a_sheet_is_read_with_its_own_row_numbers_and_dates_as_days() {
    let bytes = workbook(&[("Casos", ROWS), ("Otra", "")], &["id", "Fecha"]);
    let list = open(&bytes, None).unwrap();
    assert_eq!(
        (list.kind(), list.header()),
        (FileKind::Xlsx, &["id", "Fecha", "Lugar"].map(str::to_owned)[..])
    );
    let cells = |cells: [&str; 3]| Ok(cells.map(str::to_owned).to_vec());
    let expected = [
        (3, cells(["1", "2024-05-03", "Inzá"])),
        (4, cells(["2.5", "2024-05-03T18:00:00", ""])),
        (6, Err("cell_count")),
    ];
    assert_eq!(rows(&list), expected);
}

#[test]
fn a_sheet_is_chosen_by_its_name() {
    let other = ROWS.replace("Lugar", "Sitio");
    let bytes = workbook(&[("Casos", ROWS), ("2024", &other)], &["id", "Fecha"]);
    assert_eq!(open(&bytes, Some("2024")).unwrap().header()[2], "Sitio");
    let Err(FileError::NoSuchSheet { found, .. }) = open(&bytes, Some("2025")) else { panic!() };
    assert_eq!(found, ["Casos", "2024"]);
    let empty = workbook(&[("Casos", "")], &[]);
    assert!(matches!(open(&empty, None), Err(FileError::Empty)));
}

#[test]
fn a_part_that_inflates_to_too_much_is_not_read() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    let zeros = vec![b' '; 1024 * 1024];
    for _mebibyte in 0..=MAX_TEXTS_BYTES / 1024 / 1024 {
        zip.write_all(&zeros).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < 1024 * 1024);
    assert!(matches!(open(&bytes, None), Err(FileError::Archive { .. })));
}

#[test]
fn serial_numbers_are_days_of_either_calendar() {
    for (serial, day) in
        [(1.0, "1900-01-01"), (59.0, "1900-02-28"), (61.0, "1900-03-01"), (45_415.0, "2024-05-03")]
    {
        assert_eq!(iso(serial, Epoch::Of1900).as_deref(), Some(day));
    }
    assert_eq!(iso(0.0, Epoch::Of1904).as_deref(), Some("1904-01-01"));
    for never in [-1.0, f64::NAN, f64::INFINITY, 1e300, 4e6] {
        assert_eq!(iso(never, Epoch::Of1900), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn mangled_workbooks_are_refused_or_read(
        places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<proptest::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = workbook(&[("Casos", ROWS)], &["id", "Fecha"]);
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] ^= byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(list) = open(&bytes, None) {
            drop(list.each(&mut |_row| ControlFlow::Continue(())));
        }
    }

    /// The archive is whole; what is in the sheet is not.
    #[test]
    fn mangled_sheets_are_refused_or_read(
        places in proptest::collection::vec((any::<proptest::sample::Index>(), "[<>/&a-z0-9\" =]"), 1..6),
    ) {
        let mut rows: Vec<char> = ROWS.chars().collect();
        for (place, text) in places {
            let place = place.index(rows.len());
            rows[place] = text.chars().next().unwrap();
        }
        let bytes = workbook(&[("Casos", &rows.into_iter().collect::<String>())], &["id", "Fecha"]);
        if let Ok(list) = open(&bytes, None) {
            drop(list.each(&mut |_row| ControlFlow::Continue(())));
        }
    }
}

#[test]
fn a_shared_text_in_very_many_cells_is_kept_once_and_the_row_is_refused() {
    let cells = |row: u32, text: usize, columns: usize| -> String {
        let names = ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}")));
        let cell = |column: String| format!("<c r=\"{column}{row}\" t=\"s\"><v>{text}</v></c>");
        format!("<row r=\"{row}\">{}</row>", names.take(columns).map(cell).collect::<String>())
    };
    // Column AA is the 27th.
    let header: String = (0..512).map(|at| format!("<c t=\"str\"><v>c{at}</v></c>")).collect();
    let header = format!("<row r=\"1\">{header}</row>");
    let huge = "ñ".repeat(4 * 1024 * 1024);
    let (half, small) = ("y".repeat(MAX_FIELD_BYTES / 2), "z".repeat(100));
    let texts = [huge.as_str(), &half, &small];
    let sheet = [header, cells(2, 0, 480), cells(3, 1, 480), cells(4, 2, 480)].concat();
    let list = open(&workbook(&[("Casos", &sheet)], &texts), None).unwrap();
    let rows = rows(&list);
    assert_eq!(rows[0], (2, Err("cell_too_long")));
    assert_eq!(rows[1], (3, Err("row_too_long")));
    assert_eq!((rows[2].0, rows[2].1.as_ref().map(Vec::len)), (4, Ok(512)));
    // What is kept while the row is read, however many cells it has.
    let mut table = Table {
        names: list.header().to_vec(),
        row: None,
        header: &mut |_| Ok(()),
        sink: &mut |_| ControlFlow::Continue(()),
    };
    for column in 0..512 {
        let text = shown(&DataRef::SharedString(&huge), Epoch::Of1900);
        assert!(table.cell((1, column), text).unwrap().is_continue());
    }
    let kept: usize = table.row.as_ref().unwrap().cells.iter().map(String::len).sum();
    assert!((MAX_ROW_BYTES..=MAX_ROW_BYTES + MAX_FIELD_BYTES + 4).contains(&kept), "{kept}");
    // A name of the header is no place to hide it either.
    let header = cells(1, 0, 1);
    let found = open(&workbook(&[("Casos", &header)], &texts), None);
    assert!(matches!(found, Err(FileError::Archive { .. })));
}
