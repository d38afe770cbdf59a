//! How lists call their columns, folded: in Spanish, English and Portuguese, and in HXL.

/// What a field's rule needs beside its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Line,
    Name,
    Date,
    Point,
    Set,
    Violation,
    Sex,
}

/// A field that a column may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) to: &'static str,
    pub(super) shape: Shape,
    pub(super) words: &'static [&'static str],
    /// Tags with the attributes that they need, as [`super::hxl::words`] writes them.
    pub(super) tags: &'static [&'static str],
}

/// Names of columns that number rows.
pub(super) const KEYS: &[&str] = &[
    "id",
    "uuid",
    "nr",
    "no",
    "n",
    "num",
    "numero",
    "number",
    "codigo",
    "code",
    "code id",
    "slug",
    "caso",
    "case",
    "case id",
    "id caso",
    "consecutivo",
    "folio",
    "registro",
    "meta id",
];

const fn field(
    to: &'static str,
    shape: Shape,
    words: &'static [&'static str],
    tags: &'static [&'static str],
) -> Field {
    Field { to, shape, words, tags }
}

/// In the order in which a mapping is read; where two could be meant, the first is taken.
#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    field("country", Shape::Line, &["country", "pais"], &["country"]),
    field("date", Shape::Date, &["date", "fecha", "data", "when", "fecha del hecho", "fecha de los hechos", "fecha hecho", "data do fato", "data do ocorrido", "data da ocorrencia", "incident date", "date of incident", "fecha del incidente", "createdat", "occurred on"], &["date occurred", "date start", "date"]),
    field("title", Shape::Line, &["title", "titulo"], &["event name"]),
    field("summary", Shape::Text, &["summary", "resumen", "resumo", "description", "descripcion", "descricao", "relato", "hechos", "fatos", "notes", "notas", "what happened", "que paso", "o que aconteceu", "account", "narrative", "narracion", "otros"], &["description", "event description"]),
    field("acts/1/violation", Shape::Violation, &["violation", "violacion", "violacao", "type of violation", "tipo de violacion", "tipo de violacao", "tipo de agresion", "tipo de agressao", "tipo de hecho", "tipo", "type", "hecho victimizante", "violencia", "violence", "incident type", "tipo de incidente"], &["event type", "event", "cause"]),
    field("victims/1/name", Shape::Name, &["name", "nombre", "nome", "victim", "victima", "vitima", "victim name", "nombre de la victima", "nome da vitima", "person", "persona", "pessoa"], &[]),
    field("victims/1/alias", Shape::Name, &["alias", "apodo", "apelido", "nickname"], &[]),
    field("victims/1/sex_gender", Shape::Sex, &["sex", "sexo", "gender", "genero"], &["sex"]),
    field("victims/1/organisation", Shape::Line, &["organisation", "organization", "organizacion", "organizacao"], &[]),
    field("victims/1/position", Shape::Line, &["position", "cargo", "role", "rol", "funcao", "tipo de lider", "tipo de lideranca"], &[]),
    field("victims/1/people", Shape::Line, &["people", "pueblo", "povo", "etnia", "ethnic group", "pueblo indigena", "povo indigena"], &[]),
    field("place/admin1", Shape::Line, &["admin1", "department", "departamento", "state", "estado", "uf", "region", "regiao", "province", "provincia"], &["adm1 name", "adm1"]),
    field("place/admin2_code", Shape::Line, &["divipola", "ibge", "ubigeo", "codigo del municipio", "codigo do municipio", "cod municipio"], &["adm2 code"]),
    field("place/admin2", Shape::Line, &["admin2", "municipality", "municipio", "city", "ciudad", "cidade", "canton", "district", "distrito"], &["adm2 name", "adm2"]),
    field("place/territory", Shape::Line, &["territory", "territorio", "resguardo", "terra indigena", "quilombo", "area protegida"], &[]),
    field("place/name", Shape::Line, &["place", "lugar", "local", "vereda", "localidad", "localidade", "locality", "comunidad", "comunidade", "community"], &["loc name", "loc"]),
    field("place/point", Shape::Point, &["point", "geolocation", "geolocalizacion", "geolocalizacao", "coordinates", "coordenadas", "gps"], &["geo coord"]),
    field("sectors/{code}", Shape::Set, &["sector", "sectores", "setor", "setores"], &["sector"]),
    field("company", Shape::Line, &["company", "empresa", "business"], &[]),
    field("project", Shape::Line, &["project", "proyecto", "projeto"], &[]),
    field("perpetrators/1/unit", Shape::Line, &["perpetrator", "perpetrador", "responsable", "presunto responsable", "presunto autor", "autor", "responsavel", "suposto autor", "presumed responsible"], &["org perpetrator"]),
    field("sources/1/reference", Shape::Line, &["source", "fuente", "fonte", "link", "url", "enlace", "referencia"], &["meta source", "meta url", "org source"]),
];
