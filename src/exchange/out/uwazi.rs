//! CSV and ZIP as Uwazi imports them.
//!
//! Uwazi matches columns by the labels of a template's properties, so the template has to be there
//! first: its definition goes along. Values of lists are labels, which Uwazi adds to its thesauri.
//! Date ranges are written as Uwazi *reads* them, `from:to`; what Uwazi itself exports has `~` there,
//! which its own import does not take.

mod property;

use std::io::Write;

use ::csv::Writer as CsvWriter;
use zip::{
    ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use self::property::{Property, properties};
use crate::{
    api::export::Row,
    exchange::out::{About, OutError, Writer, plain::write_cells},
    model::{
        registry::{Tier, neutral_title, table},
        vocabulary::Language,
    },
};

/// The name that Uwazi looks for in a ZIP.
const CSV_IN_ZIP: &str = "import.csv";

impl From<zip::result::ZipError> for OutError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Io(error.into())
    }
}

/// Writes CSV for Uwazi.
pub struct Uwazi<W: Write> {
    csv: CsvWriter<W>,
    properties: Vec<Property>,
    language: Language,
}

impl<W: Write> std::fmt::Debug for Uwazi<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uwazi({} properties)", self.properties.len())
    }
}

impl<W: Write> Uwazi<W> {
    /// Writes the header; labels of lists are in this language.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, tier: Tier, language: Language) -> Result<Self, OutError> {
        let properties = properties(tier);
        let mut csv = CsvWriter::from_writer(out);
        let labels = properties.iter().map(|property| property.label.as_str());
        write_cells(&mut csv, ["Title"].into_iter().chain(labels))?;
        Ok(Self { csv, properties, language })
    }

    fn write(&mut self, row: &Row) -> Result<(), OutError> {
        let title = row.record.text(table::TITLE).map(ToOwned::to_owned);
        let title = title.unwrap_or_else(|| neutral_title(&row.record));
        let language = self.language;
        let cells = self.properties.iter().map(|property| property.cell(row, language));
        write_cells(&mut self.csv, [title].into_iter().chain(cells))
    }
}

impl<W: Write> Writer for Uwazi<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        self.write(row)
    }

    fn finish(mut self: Box<Self>, _about: &About) -> Result<(), OutError> {
        Ok(self.csv.flush()?)
    }
}

/// The definition of the template that the CSV needs, with its thesauri, as JSON.
#[must_use]
pub fn template(tier: Tier, language: Language) -> Vec<u8> {
    let template = property::template(&properties(tier), tier, language);
    let mut json = serde_json::to_vec_pretty(&template).unwrap_or_default();
    json.push(b'\n');
    json
}

/// Writes a ZIP with the CSV, the template and what the export says of itself.
pub struct UwaziZip<W: Write> {
    inner: Uwazi<ZipWriter<StreamWriter<W>>>,
    tier: Tier,
}

impl<W: Write> std::fmt::Debug for UwaziZip<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UwaziZip")
    }
}

fn options() -> SimpleFileOptions {
    // The same rows give the same bytes: no time of day stands in it.
    SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .large_file(true)
        .unix_permissions(0o600)
}

impl<W: Write> UwaziZip<W> {
    /// Begins the ZIP.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, tier: Tier, language: Language) -> Result<Self, OutError> {
        let mut zip = ZipWriter::new_stream(out);
        zip.start_file(CSV_IN_ZIP, options())?;
        Ok(Self { inner: Uwazi::new(zip, tier, language)?, tier })
    }
}

impl<W: Write> Writer for UwaziZip<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        self.inner.write(row)
    }

    fn finish(self: Box<Self>, about: &About) -> Result<(), OutError> {
        let Self { inner: Uwazi { csv, language, .. }, tier } = *self;
        let mut zip = csv.into_inner().map_err(|error| OutError::Io(error.into_error()))?;
        for (name, content) in
            [("template.json", template(tier, language)), ("export.json", about.to_json())]
        {
            zip.start_file(name, options())?;
            zip.write_all(&content)?;
        }
        Ok(zip.finish()?.into_inner().flush()?)
    }
}
