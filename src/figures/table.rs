//! A table as it is written: CSV with a footer of lines that begin with `#`.

/// Rows under columns, and what is printed below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name of the file.
    pub name: &'static str,
    /// Titles.
    pub columns: Vec<String>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
    /// Lines below the table.
    pub footer: Vec<String>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(name: &'static str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|title| (*title).to_owned()).collect();
        Self { name, columns, rows: Vec::new(), footer: Vec::new() }
    }

    /// The file's bytes, the same everywhere: commas, `\n`, quotes where they must be.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect());
        let rows: Vec<Vec<String>> = rows.collect();
        for row in [&self.columns].into_iter().chain(&rows) {
            // Writing to memory does not fail.
            drop(writer.write_record(row));
        }
        let bytes = writer.into_inner().unwrap_or_default();
        let mut text = String::from_utf8(bytes).unwrap_or_default();
        for line in &self.footer {
            text.push_str("# ");
            text.push_str(&line.replace(['\n', '\r'], " "));
            text.push('\n');
        }
        text
    }
}

/// Spreadsheets run cells that begin like a formula; a number is none.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_run_no_formula_and_numbers_stay() {
        let mut table = Table::new("t.csv", &["a", "b", "c"]);
        table.rows.push(["=1+1", "-3", "x, \"y\""].map(str::to_owned).to_vec());
        table.footer.push("as of\n2024".to_owned());
        assert_eq!(table.to_csv(), "a,b,c\n'=1+1,-3,\"x, \"\"y\"\"\"\n# as of 2024\n");
    }
}
