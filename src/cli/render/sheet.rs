//! Sheets in words, and as text.

use std::collections::BTreeMap;

use super::{
    table::{self, Table, paragraph},
    words,
};
use crate::{
    api::board_views::{BoardView, Cell, Note, Page, Sheet},
    cli::tongue::Tongue,
    exchange::out::board::WordTable,
};

/// Characters of an incident's id that tables show; commands take them.
const ID_CHARS: usize = 8;

/// A key of the board's texts: what the program calls something.
pub(crate) fn named(of: &str, key: &str, tongue: Tongue) -> String {
    let found = tongue.find_word(&format!("board-{of}-{key}"));
    found.map_or_else(|| key.replace('_', " "), ToOwned::to_owned)
}

/// A cell in words.
pub(crate) fn cell(cell: &Cell, tongue: Tongue) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Share { part, of } => share(*part, *of),
        Cell::Code { list, code } => tongue.label(list, code),
        Cell::Word(key) => named("word", key, tongue),
        Cell::Org { id, name } => words::org(id, name.as_ref()),
        Cell::Card { id, title } if title.is_empty() => id.to_string(),
        Cell::Card { title, .. } => title.clone(),
        Cell::Incident(id) => id.to_string().chars().take(ID_CHARS).collect(),
        Cell::Registry { cell, .. } => self::cell(cell, tongue),
        Cell::List(cells) => {
            cells.iter().map(|it| self::cell(it, tongue)).collect::<Vec<_>>().join("; ")
        }
    }
}

/// `8 / 12 (67 %)`: with spaces, or a spreadsheet takes it for a date.
fn share(part: u64, of: u64) -> String {
    let percent = part.saturating_mul(200).saturating_add(of) / of.saturating_mul(2).max(1);
    format!("{part} / {of} ({percent} %)")
}

fn note(note: &Note, tongue: Tongue) -> String {
    let given: BTreeMap<&str, String> =
        note.given.iter().map(|(name, it)| (name.as_str(), cell(it, tongue))).collect();
    let key = format!("board-note-{}", note.key);
    tongue.find_with(&key, &given).unwrap_or(key)
}

/// A sheet in words.
pub(crate) fn spoken(sheet: &Sheet, tongue: Tongue) -> WordTable {
    let column = |column: &crate::api::board_views::Column| match &column.label {
        Some(label) => cell(label, tongue),
        None => named("column", &column.key, tongue),
    };
    let cells = |row: &Vec<Cell>| row.iter().map(|it| cell(it, tongue)).collect();
    WordTable {
        title: named("sheet", &sheet.name, tongue),
        columns: sheet.columns.iter().map(column).collect(),
        rows: sheet.rows.iter().map(cells).collect(),
        totals: cells(&sheet.totals),
        notes: sheet.notes.iter().map(|it| note(it, tongue)).collect(),
    }
}

/// A page as text: tables where they fit, else a block of lines for each row.
pub(super) fn page(page: &Page, tongue: Tongue) -> String {
    let mut text = String::new();
    for sheet in &page.sheets {
        let spoken = spoken(sheet, tongue);
        if page.sheets.len() > 1 || sheet.rows.is_empty() {
            text.push_str(&format!(
                "{}{}\n",
                if text.is_empty() { "" } else { "\n" },
                spoken.title
            ));
        }
        if spoken.rows.is_empty() {
            text.push_str(&paragraph("  ", tongue.word("board-empty")));
        } else if fits(&spoken) {
            text.push_str(&as_table(sheet, &spoken));
        } else {
            spoken.rows.iter().for_each(|row| text.push_str(&block(&spoken.columns, row)));
            if !spoken.totals.is_empty() {
                text.push_str(&block(&spoken.columns, &spoken.totals));
            }
        }
        for note in &spoken.notes {
            note.split("\n\n").for_each(|part| text.push_str(&paragraph("", part)));
        }
    }
    text
}

fn fits(spoken: &WordTable) -> bool {
    let rows = || spoken.rows.iter().chain([&spoken.columns, &spoken.totals]);
    let width = |place: usize| {
        rows().filter_map(|row| row.get(place)).map(|it| it.chars().count()).max().unwrap_or(0)
    };
    let widths: usize = (0..spoken.columns.len()).map(|place| width(place) + 2).sum();
    widths <= table::WIDTH + 2
}

fn as_table(sheet: &Sheet, spoken: &WordTable) -> String {
    let number = |place: usize| {
        let mut cells = sheet.rows.iter().filter_map(|row| row.get(place));
        cells.all(|cell| {
            let of = if let Cell::Registry { cell, .. } = cell { cell } else { cell };
            matches!(of, Cell::Count(_) | Cell::Empty | Cell::Share { .. })
        })
    };
    let columns: Vec<table::Column<'_>> = spoken
        .columns
        .iter()
        .enumerate()
        .map(|(place, title)| match number(place) {
            true => table::Column::Number(title),
            false => table::Column::Text(title),
        })
        .collect();
    let mut table = Table::new(&columns);
    spoken.rows.iter().for_each(|row| table.row(row.iter().cloned()));
    if !spoken.totals.is_empty() {
        table.row(spoken.totals.iter().cloned());
    }
    table.render()
}

/// One row, a line for each cell that says something.
fn block(columns: &[String], row: &[String]) -> String {
    let mut text = String::new();
    for (place, (title, cell)) in columns.iter().zip(row).enumerate() {
        if cell.is_empty() {
            continue;
        }
        let begin = if place == 0 { String::new() } else { format!("  {title}: ") };
        let line = if place == 0 { format!("{title}: {cell}") } else { cell.clone() };
        text.push_str(&paragraph(&begin, &line));
    }
    text
}

/// The views that there are.
pub(super) fn views(views: &[BoardView], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        table::Column::Whole(tongue.word("board-column-view")),
        table::Column::Text(tongue.word("board-column-shows")),
        table::Column::Text(tongue.word("board-column-kinds")),
    ]);
    for view in views {
        let kinds: Vec<String> =
            view.kinds.iter().map(|kind| tongue.label("card_kind", kind)).collect();
        table.row([view.name.clone(), named("view", &view.name, tongue), kinds.join(", ")]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::{
        board::{Filter, Inputs, Order, VIEWS, calendar_sheet, columns_sheet, list_sheet, view},
        model::{id::OrgId, vocabulary::Language},
    };

    #[test]
    fn a_share_has_its_n_and_is_no_date() {
        assert_eq!(share(2, 3), "2 / 3 (67 %)");
        assert_eq!(share(1, 200), "1 / 200 (1 %)");
        assert_eq!(share(0, 5), "0 / 5 (0 %)");
    }

    #[test]
    fn wide_sheets_are_blocks_and_narrow_ones_tables() {
        let mut sheet = Sheet::new("cards", &["card", "text"]);
        sheet.row([Cell::Text("a".to_owned()), Cell::Count(3)]);
        let of = |sheet: &Sheet| Page {
            view: "list".to_owned(),
            as_of: "2026-11-23".to_owned(),
            sheets: vec![sheet.clone()],
        };
        let tongue = Tongue::new(Language::English);
        let narrow = page(&of(&sheet), tongue);
        assert_eq!(narrow.lines().count(), 2, "{narrow}");
        sheet.row([Cell::Text("b".to_owned()), Cell::Text("word ".repeat(40))]);
        let wide = page(&of(&sheet), tongue);
        assert!(wide.lines().all(|line| line.chars().count() <= table::WIDTH), "{wide}");
        assert!(wide.contains("b") && wide.contains("  Text: word"), "{wide}");
    }

    /// Every sheet, column and word that a view can have is in all languages.
    #[test]
    fn the_words_of_all_views_are_there_in_every_language() {
        let inputs = Inputs::new(OrgId::new([1; 32]), "2026-11-23".parse().unwrap());
        let mut keys: BTreeSet<String> = BTreeSet::new();
        let mut take = |sheet: &Sheet| {
            keys.insert(format!("sheet-{}", sheet.name));
            let named = sheet.columns.iter().filter(|column| column.label.is_none());
            keys.extend(named.map(|column| format!("column-{}", column.key)));
            keys.extend(sheet.notes.iter().map(|note| format!("note-{}", note.key)));
        };
        for spec in &VIEWS {
            let page = view(spec.name, &inputs).unwrap();
            page.sheets.iter().for_each(&mut take);
        }
        let filter = Filter::default();
        take(&list_sheet(&inputs, &filter, Order::Due));
        take(&columns_sheet(&inputs, &filter, Order::Due));
        take(&calendar_sheet(&inputs, inputs.today, inputs.today));
        keys.extend(VIEWS.iter().map(|spec| format!("view-{}", spec.name)));
        // Words stand in the code of the views.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/board");
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let code = fs::read_to_string(&path).unwrap();
                for (call, of) in [("Cell::word(\"", "word"), (".note(\"", "note")] {
                    let said = code.split(call).skip(1).filter_map(|rest| rest.split('"').next());
                    keys.extend(said.map(|key| format!("{of}-{key}")));
                }
            }
        }
        assert!(keys.len() > 250, "{}", keys.len());
        for language in [Language::English, Language::Spanish, Language::Portuguese] {
            let tongue = Tongue::new(language);
            let there = |key: &str| {
                let key = format!("board-{key}");
                tongue.find(&key, None).is_some()
            };
            let missing: Vec<&String> = keys.iter().filter(|key| !there(key)).collect();
            assert!(missing.is_empty(), "{language:?}: {missing:?}");
        }
    }
}
