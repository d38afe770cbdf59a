//! All formats, held against what a tier may see.

use std::{
    io::{Read as _, Write},
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::{
    api::export::Plan,
    model::{
        disclosure::{Ledger, Release, project},
        id::{IncidentId, OrgId},
        registry::{FieldPath, Kind, Record, RecordKind, Schema, Tier, Value, table},
        time::Timestamp,
        vocabulary::{Language, Vocabulary},
    },
};

mod formats;
mod round;
mod secrecy;

/// Bytes that are looked at after the writer is gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn plan(tier: Tier) -> Plan {
    Plan {
        tier,
        as_of: "2026-11-23".to_owned(),
        org: OrgId::new([7; 32]),
        org_name: "Centro Inventado".to_owned(),
        circle: None,
        circle_name: None,
        vocabulary: 2,
        adopted_violations: BTreeMap::new(),
        incidents: Vec::new(),
    }
}

fn row(number: u8, record: Record) -> Row {
    Row {
        incident: IncidentId::new([number; 16]),
        origin: OrgId::new([7; 32]),
        origin_name: Some("Centro Inventado".to_owned()),
        level: "v1_screened".to_owned(),
        record,
    }
}

fn record(fields: &[(&str, Value)]) -> Record {
    let mut record = Record::incident();
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
    record
}

/// A writer of each format, by name.
fn writers(
    tier: Tier,
    out: impl Fn(&'static str) -> Shared,
) -> Vec<(&'static str, Box<dyn Writer>)> {
    vec![
        ("csv", Box::new(Incidents::new(out("csv"), tier, true).unwrap())),
        ("acts", Box::new(Acts::new(out("acts"), tier, false).unwrap())),
        ("hxl", Box::new(Hxl::new(out("hxl"), tier).unwrap())),
        ("geojson", Box::new(GeoJson::new(out("geojson"), tier).unwrap())),
        ("parquet", Box::new(Parquet::new(out("parquet"), tier).unwrap())),
        ("uwazi", Box::new(Uwazi::new(out("uwazi"), tier, Language::Spanish).unwrap())),
        ("zip", Box::new(UwaziZip::new(out("zip"), tier, Language::English).unwrap())),
    ]
}

/// The bytes of each format; of the ZIP what is in it.
fn exported(tier: Tier, rows: &[Row]) -> BTreeMap<&'static str, Vec<u8>> {
    let files: Arc<Mutex<BTreeMap<&'static str, Shared>>> = Arc::default();
    let out = |name| files.lock().unwrap().entry(name).or_default().clone();
    let mut about = About::new("test", &plan(tier));
    about.incidents = rows.len() as u64;
    for (_, mut writer) in writers(tier, out) {
        rows.iter().for_each(|row| writer.row(row).unwrap());
        writer.finish(&about).unwrap();
    }
    let files = files.lock().unwrap();
    let mut all: BTreeMap<_, _> =
        files.iter().map(|(name, file)| (*name, file.0.lock().unwrap().clone())).collect();
    let zip = all.remove("zip").unwrap();
    let mut zip = zip::ZipArchive::new(io::Cursor::new(zip)).unwrap();
    for name in ["import.csv", "template.json", "export.json"] {
        let mut content = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut content).unwrap();
        all.insert(name, content);
    }
    all
}
