//! Markdown: what people wrote is text in it, never a link, an image or a heading.

use super::{WordCard, WordTable};

/// Signs that mean something in Markdown or HTML.
const SIGNS: [char; 17] =
    ['\\', '`', '*', '_', '[', ']', '<', '>', '#', '|', '!', '~', '&', '{', '}', '$', '^'];

/// A text on one line in which no sign means anything.
fn line(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        // An address would become a link by itself, and a reader's program could fetch it.
        let word = word.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.");
        for sign in word.chars() {
            if SIGNS.contains(&sign) {
                out.push('\\');
            }
            out.push(sign);
        }
    }
    // At its beginning a line is a list by these.
    let list = out.starts_with(['-', '+', '=']) || out.starts_with(|c: char| c.is_ascii_digit());
    if list && out.contains(['.', ')', '-', '+', '=']) { format!("\u{200b}{out}") } else { out }
}

/// A text of several lines: paragraphs stay.
fn paragraphs(text: &str) -> String {
    let parts = text.split("\n\n").map(line).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n")
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| line(cell)).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Tables below each other, under a heading.
#[must_use]
pub fn sheets(heading: &str, tables: &[WordTable]) -> String {
    let mut text = format!("# {}\n", line(heading));
    for table in tables {
        text.push_str(&format!("\n## {}\n\n", line(&table.title)));
        if !table.rows.is_empty() {
            text.push_str(&row(&table.columns));
            let rule = vec!["---"; table.columns.len()];
            text.push_str(&format!("| {} |\n", rule.join(" | ")));
            table.rows.iter().for_each(|cells| text.push_str(&row(cells)));
            if !table.totals.is_empty() {
                text.push_str(&row(&table.totals));
            }
        }
        for note in &table.notes {
            text.push_str(&format!("\n{}\n", paragraphs(note)));
        }
    }
    text
}

/// Cards below each other, under a heading.
#[must_use]
pub fn cards(heading: &str, cards: &[WordCard]) -> String {
    let mut text = format!("# {}\n", line(heading));
    for card in cards {
        text.push_str(&format!("\n## {}\n\n", line(&card.title)));
        for (label, value) in &card.facts {
            if value.contains("\n\n") {
                text.push_str(&format!("\n**{}**\n\n{}\n\n", line(label), paragraphs(value)));
            } else {
                text.push_str(&format!("- **{}**: {}\n", line(label), line(value)));
            }
        }
        if !card.items.is_empty() {
            text.push('\n');
        }
        for (done, item) in &card.items {
            let mark = if *done { "x" } else { " " };
            text.push_str(&format!("- [{mark}] {}\n", line(item)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_means_nothing_in_markdown() {
        let card = WordCard {
            title: "# not | a heading\nnor two".to_owned(),
            facts: vec![
                ("Link".to_owned(), "![x](http://spy.invalid/p.png) <img src=y>".to_owned()),
                ("Text".to_owned(), "one\n\n- two".to_owned()),
            ],
            items: vec![(true, "done".to_owned()), (false, "*open*".to_owned())],
        };
        let text = cards("Cards", &[card]);
        assert_eq!(
            text,
            "# Cards\n\n## \\# not \\| a heading nor two\n\n\
             - **Link**: \\!\\[x\\](http:\u{200b}//spy.invalid/p.png) \\<img src=y\\>\n\
             \n**Text**\n\none\n\n\u{200b}- two\n\n\n- [x] done\n- [ ] \\*open\\*\n"
        );
    }

    #[test]
    fn tables_keep_their_columns() {
        let table = WordTable {
            title: "T".to_owned(),
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![vec!["x|y".to_owned(), "1\n2".to_owned()]],
            totals: vec!["sum".to_owned(), "3".to_owned()],
            notes: vec!["n".to_owned()],
        };
        assert_eq!(
            sheets("H", &[table]),
            "# H\n\n## T\n\n| a | b |\n| --- | --- |\n| x\\|y | 1 2 |\n| sum | 3 |\n\nn\n"
        );
    }
}
