//! Tables that fit the width, and paragraphs that do.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Columns that every text keeps to.
pub(crate) const WIDTH: usize = 100;
/// Columns that a column of text keeps when the table is too wide.
const NARROWEST: usize = 8;
/// Between columns.
const GAP: &str = "  ";

/// How a column behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column<'a> {
    /// Text, which is cut when the table is too wide.
    Text(&'a str),
    /// Ids, codes and dates, which are never cut.
    Whole(&'a str),
    /// Numbers: whole, and aligned at the right.
    Number(&'a str),
}

impl<'a> Column<'a> {
    const fn title(self) -> &'a str {
        match self {
            Self::Text(title) | Self::Whole(title) | Self::Number(title) => title,
        }
    }
}

/// Rows under titles.
#[derive(Debug)]
pub(super) struct Table<'a> {
    columns: Vec<Column<'a>>,
    rows: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(columns: &[Column<'a>]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }

    /// The table as lines of at most [`WIDTH`] columns, if what must stay whole allows it.
    pub(super) fn render(&self) -> String {
        let widths = self.widths();
        let titles: Vec<String> =
            self.columns.iter().map(|column| column.title().to_owned()).collect();
        let mut text = self.line(&titles, &widths);
        for row in &self.rows {
            text.push_str(&self.line(row, &widths));
        }
        text
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), column) in cells.iter().zip(widths).zip(&self.columns) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let cell = cut(cell, *width);
            let padding = " ".repeat(width.saturating_sub(shown_width(&cell)));
            match column {
                Column::Number(_) => line.push_str(&(padding + &cell)),
                Column::Text(_) | Column::Whole(_) => line.push_str(&(cell + &padding)),
            }
        }
        format!("{}\n", line.trim_end())
    }

    fn widths(&self) -> Vec<usize> {
        let widest = |place: usize, column: &Column<'_>| {
            let cells = self.rows.iter().filter_map(|row| row.get(place));
            cells.map(|cell| shown_width(cell)).fold(shown_width(column.title()), usize::max)
        };
        let mut widths: Vec<usize> =
            self.columns.iter().enumerate().map(|(place, column)| widest(place, column)).collect();
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > WIDTH {
            let shrinkable = widths
                .iter_mut()
                .zip(&self.columns)
                .filter(|(width, column)| matches!(column, Column::Text(_)) && **width > NARROWEST);
            let Some((widest, _)) = shrinkable.max_by_key(|(width, _)| **width) else {
                break;
            };
            *widest -= 1;
        }
        widths
    }
}

/// Columns that a text takes on a terminal, for the scripts of our partners.
fn shown_width(text: &str) -> usize {
    text.nfc().filter(|character| !is_combining_mark(*character)).count()
}

/// A text in so many columns; what was cut is marked.
fn cut(text: &str, width: usize) -> String {
    if shown_width(text) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.nfc().take(width.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// A cell has one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A paragraph whose lines begin with `first`, then with as many spaces.
pub(super) fn paragraph(first: &str, text: &str) -> String {
    let indent = " ".repeat(shown_width(first));
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut begun = false;
    for word in text.split_whitespace() {
        if begun && shown_width(&line) + 1 + shown_width(word) > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line.clone_from(&indent);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

/// Columns of a line with a mark: a terminal that has fewer goes on without it.
const MARKED: usize = 78;

/// What somebody wrote, with `mark` before each line, so that nothing of it is taken for what the
/// program says. Lines are broken here, for the terminal would go on without the mark.
pub(super) fn quoted(mark: &str, text: &str) -> String {
    let room = MARKED.saturating_sub(mark.len());
    let mut lines = String::new();
    for line in text.split('\n') {
        let mut rest = line;
        loop {
            let end = fitting(rest, room);
            let (piece, more) = rest.split_at_checked(end).unwrap_or((rest, ""));
            lines.push_str(format!("{mark}{}", piece.trim_end()).trim_end());
            lines.push('\n');
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// Bytes of a text that fit in so many columns: up to a space, if there is one.
fn fitting(text: &str, room: usize) -> usize {
    let (mut columns, mut space) = (0_usize, None);
    for (place, letter) in text.char_indices() {
        // Many of those beyond the alphabets take two columns.
        columns = columns.saturating_add(if letter < '\u{1100}' { 1 } else { 2 });
        if columns > room && place > 0 {
            return space.unwrap_or(place);
        }
        if letter == ' ' {
            space = Some(place.saturating_add(1));
        }
    }
    text.len()
}

/// Sentences as a list.
pub(super) fn bullets(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| paragraph("  - ", sentence)).collect()
}

/// A headed list; nothing without sentences.
pub(super) fn section(title: &str, sentences: &[String]) -> String {
    if sentences.is_empty() { String::new() } else { format!("\n{title}\n{}", bullets(sentences)) }
}

/// `label:  value` lines, aligned.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(label, _)| shown_width(label)).max().unwrap_or_default() + 2;
    let line = |(label, value): &(&str, String)| {
        let padding = " ".repeat(width.saturating_sub(shown_width(label)));
        paragraph(&format!("{label}{padding}"), value)
    };
    facts.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_and_keeps_ids_whole() {
        let mut table =
            Table::new(&[Column::Whole("Id"), Column::Text("Title"), Column::Number("Victims")]);
        table.row(["5c1e90ab".to_owned(), "muy largo ".repeat(20), "7".to_owned()]);
        table.row(["00000000".to_owned(), "e\u{301}".to_owned(), "12".to_owned()]);
        let text = table.render();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| shown_width(line) <= WIDTH), "{text}");
        assert!(lines[1].starts_with("5c1e90ab  muy largo") && lines[1].contains('…'));
        // A letter with a combining accent takes one column.
        assert_eq!(shown_width(lines[1]), shown_width(lines[2]), "{text}");
        assert!(lines[2].ends_with("     12"));
    }

    #[test]
    fn a_cell_has_one_line() {
        let mut table = Table::new(&[Column::Text("Title")]);
        table.row(["a\nb\r\n\tc".to_owned()]);
        assert_eq!(table.render(), "Title\na b c\n");
    }

    #[test]
    fn every_line_of_what_is_quoted_has_its_mark() {
        assert_eq!(quoted("| ", "Uno.\n\nDos."), "| Uno.\n|\n| Dos.\n");
        let words = "palabra ".repeat(30);
        for text in [words.as_str(), &"x".repeat(500), &"字".repeat(100), "a\r\nb", ""] {
            let shown = quoted("  | ", text);
            let of = |line: &str| line.chars().map(|it| if it < '\u{1100}' { 1 } else { 2 }).sum();
            for line in shown.lines() {
                let columns: usize = of(line);
                assert!(line.starts_with("  |") && columns <= MARKED, "{line}");
            }
            let bare: String = shown.lines().map(|it| it.trim_start_matches("  |")).collect();
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&bare), letters(text));
        }
    }

    #[test]
    fn paragraphs_hang() {
        let text = paragraph("  - ", &"word ".repeat(40));
        assert!(text.lines().count() == 3, "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("    word")));
        assert!(text.lines().all(|line| line.len() <= WIDTH));
    }
}
