//! GeoJSON (RFC 7946): one feature an incident.
//!
//! A point is exact or not there: a feature has a geometry only where the tier may see the point.
//! Elsewhere the place is in the properties, as exact as the tier has it.

use std::io::Write;

use serde_json::{Map, Value as Json, json};

use crate::{
    api::export::Row,
    exchange::out::{
        About, OutError, Writer,
        column::{Cell, Column, HEAD, columns, head, parts},
    },
    model::registry::{Tier, Value},
};

/// Path of the point.
const POINT: &str = "place/point";

/// Writes a collection of features.
pub struct GeoJson<W: Write> {
    out: W,
    columns: Vec<Column>,
    parts: Vec<&'static str>,
    first: bool,
}

impl<W: Write> std::fmt::Debug for GeoJson<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GeoJson({} columns)", self.columns.len())
    }
}

impl<W: Write> GeoJson<W> {
    /// Begins the collection.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W, tier: Tier) -> Result<Self, OutError> {
        out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        let columns = columns(tier);
        let parts = parts(&columns);
        Ok(Self { out, columns, parts, first: true })
    }

    fn geometry(&self, row: &Row) -> Option<Json> {
        let may_see = self.columns.iter().any(|column| column.name() == POINT);
        let point = row.record.text(POINT).filter(|_| may_see)?;
        let (latitude, longitude) = point.split_once(',')?;
        let (latitude, longitude): (f64, f64) = (latitude.parse().ok()?, longitude.parse().ok()?);
        let within = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        within.then(|| json!({"type": "Point", "coordinates": [longitude, latitude]}))
    }

    fn properties(&self, row: &Row) -> Map<String, Json> {
        let mut properties = Map::new();
        for (name, text) in HEAD.into_iter().zip(head(row)) {
            properties.insert(name.to_owned(), Json::String(text));
        }
        for part in &self.parts {
            let keys = row.record.keys(part);
            if !keys.is_empty() {
                properties.insert(format!("{part}/key"), json!(keys));
            }
        }
        for column in &self.columns {
            let cell = match column.cell(&row.record) {
                Cell::Empty => continue,
                Cell::Value(value) => json_of(&value),
                Cell::List(values) => {
                    values.iter().map(|value| value.as_ref().map_or(Json::Null, json_of)).collect()
                }
            };
            properties.insert(column.name().to_owned(), cell);
        }
        properties
    }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Integer(number) => Json::from(*number),
        Value::Text(text) => Json::String(text.clone()),
    }
}

impl<W: Write> Writer for GeoJson<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        let feature = json!({
            "type": "Feature",
            "id": row.incident.to_string(),
            "geometry": self.geometry(row),
            "properties": self.properties(row),
        });
        let before: &[u8] = if self.first { b"\n" } else { b",\n" };
        self.first = false;
        self.out.write_all(before)?;
        serde_json::to_writer(&mut self.out, &feature).map_err(std::io::Error::from)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>, about: &About) -> Result<(), OutError> {
        // A foreign member: programs that do not know it leave it.
        self.out.write_all(b"\n],\"ceiba\":")?;
        serde_json::to_writer(&mut self.out, about).map_err(std::io::Error::from)?;
        self.out.write_all(b"}\n")?;
        Ok(self.out.flush()?)
    }
}
