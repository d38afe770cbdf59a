//! What the synthetic lists are made of: codes with the words that lists use for them, and names
//! that nobody bears.

/// A code and its words in Spanish and Portuguese.
pub(super) type Word = (&'static str, &'static str, &'static str);

/// Violations with the family and the usual outcome.
pub(super) const VIOLATIONS: &[(Word, &str, &str)] = &[
    (("death_threat", "amenaza de muerte", "ameaça de morte"), "threat", "unharmed"),
    (("death_threat", "amenaza de muerte", "ameaça de morte"), "threat", "in_hiding"),
    (("threat_harm", "amenaza", "ameaça"), "threat", "unharmed"),
    (("harassment", "hostigamiento", "intimidação"), "threat", "unharmed"),
    (("stalking_surveillance", "seguimientos", "vigilância"), "threat", "unharmed"),
    (("killing", "asesinato", "assassinato"), "attack", "dead"),
    (("attempted_killing", "atentado", "tentativa de assassinato"), "attack", "injured"),
    (("assault_serious", "agresión física", "agressão física"), "attack", "injured"),
    (
        ("enforced_disappearance", "desaparición forzada", "desaparecimento forçado"),
        "attack",
        "missing",
    ),
    (("kidnapping", "secuestro", "sequestro"), "attack", "released"),
    (
        ("arbitrary_detention", "detención arbitraria", "prisão arbitrária"),
        "criminalization",
        "detained",
    ),
    (("prosecution", "judicialización", "criminalização"), "criminalization", "unharmed"),
    (("search_raid", "allanamiento", "busca ilegal"), "criminalization", "unharmed"),
    (("slapp", "demanda para silenciar", "ação para silenciar"), "criminalization", "unharmed"),
    (
        ("assembly_restriction", "protesta reprimida", "protesto reprimido"),
        "restriction",
        "unharmed",
    ),
    (
        ("org_restriction", "cierre de organización", "fechamento de organização"),
        "restriction",
        "unharmed",
    ),
    (("labelling", "señalamiento", "estigmatização"), "stigmatization", "unharmed"),
    (("smear_defamation", "difamación", "difamação"), "stigmatization", "unharmed"),
    (("property_damage", "daño a bienes", "dano ao patrimônio"), "property", "unharmed"),
    (("arson", "incendio provocado", "incêndio criminoso"), "property", "displaced"),
    (("info_theft", "robo de información", "roubo de informação"), "property", "unharmed"),
    (("protection_failure", "protección negada", "proteção negada"), "impunity", "unharmed"),
    (
        ("investigation_failure", "denuncia sin investigar", "denúncia não investigada"),
        "impunity",
        "unknown",
    ),
];

/// Violations of whole communities, likewise.
pub(super) const COLLECTIVE: &[(Word, &str, &str)] = &[
    (("collective_threat", "amenaza colectiva", "ameaça coletiva"), "threat", "unharmed"),
    (("land_invasion", "invasión de tierras", "invasão de terras"), "territory", "unharmed"),
    (("forced_eviction", "desalojo forzado", "despejo forçado"), "territory", "displaced"),
    (
        ("forced_displacement", "desplazamiento forzado", "deslocamento forçado"),
        "territory",
        "displaced",
    ),
    (("no_consultation", "sin consulta previa", "sem consulta prévia"), "territory", "unknown"),
];

pub(super) const OUTCOMES: &[Word] = &[
    ("dead", "muerte", "morte"),
    ("injured", "lesiones", "ferimentos"),
    ("missing", "sin paradero", "paradeiro desconhecido"),
    ("detained", "detención", "detenção"),
    ("released", "liberación", "liberação"),
    ("displaced", "desplazamiento", "deslocamento"),
    ("in_hiding", "en resguardo", "em esconderijo"),
    ("unharmed", "sin daño físico", "sem dano físico"),
    ("unknown", "", ""),
];

pub(super) const SEXES: &[Word] = &[
    ("male", "hombre", "homem"),
    ("female", "mujer", "mulher"),
    ("male", "hombre", "homem"),
    ("female", "mujer", "mulher"),
    ("male", "Masculino", "Masculino"),
    ("female", "Femenino", "Feminino"),
    ("trans_female", "mujer trans", "mulher trans"),
    ("non_binary", "no binario", "não binário"),
    ("unknown", "", ""),
];

pub(super) const AGES: &[Word] = &[
    ("18_29", "18 a 29", "18-29"),
    ("30_44", "30 a 44", "30-44"),
    ("30_44", "30 a 44", "30-44"),
    ("45_59", "45 a 59", "45-59"),
    ("60_plus", "60 o más", "60+"),
    ("15_17", "15 a 17", "15-17"),
    ("unknown", "NS", "n/i"),
];

pub(super) const GROUPS: &[Word] = &[
    ("indigenous", "indígena", "indígena"),
    ("afro", "afrodescendiente", "quilombola"),
    ("peasant", "campesino", "camponês"),
    ("traditional", "comunidad tradicional", "comunidade tradicional"),
    ("not_recorded", "NS", "n/i"),
];

pub(super) const ROLES: &[Word] = &[
    ("environmental", "ambiental", "ambientalista"),
    ("land_territory", "tierra y territorio", "terra e território"),
    ("indigenous_leader", "autoridad indígena", "liderança indígena"),
    ("indigenous_guard", "guardia indígena", "guarda indígena"),
    ("afro_leader", "liderazgo afro", "liderança quilombola"),
    ("peasant_leader", "liderazgo campesino", "liderança camponesa"),
    ("community_leader", "liderazgo comunitario", "liderança comunitária"),
    ("park_ranger", "guardaparques", "guarda-parque"),
    ("whrd", "derechos de las mujeres", "direitos das mulheres"),
    ("journalist", "periodista", "jornalista"),
    ("lawyer", "abogacía", "advocacia"),
];

pub(super) const SECTORS: &[Word] = &[
    ("agribusiness", "agroindustria", "agronegócio"),
    ("cattle", "ganadería", "pecuária"),
    ("mining_industrial", "minería industrial", "mineração"),
    ("mining_illegal", "minería ilegal", "garimpo"),
    ("logging", "tala", "extração de madeira"),
    ("oil_gas", "petróleo y gas", "petróleo e gás"),
    ("hydropower_water", "represas y agua", "barragens e água"),
    ("infrastructure", "vías y puertos", "estradas e portos"),
    ("drug_economy", "economía de la droga", "economia da droga"),
    ("conservation", "área protegida", "área protegida"),
];

pub(super) const PERPETRATORS: &[Word] = &[
    ("unknown", "desconocido", "desconhecido"),
    ("paramilitary", "grupo paramilitar", "milícia"),
    ("guerrilla", "grupo guerrillero", "grupo guerrilheiro"),
    ("organised_crime", "crimen organizado", "crime organizado"),
    ("hired_gunman", "sicario", "pistoleiro"),
    ("state_police", "policía", "polícia"),
    ("state_military", "fuerzas armadas", "forças armadas"),
    ("private_security", "seguridad privada", "segurança privada"),
    ("company_national", "empresa", "empresa"),
    ("landowner", "terrateniente", "fazendeiro"),
    ("illegal_extractor", "minero o maderero ilegal", "garimpeiro ou madeireiro"),
];

pub(super) const SOURCES: &[Word] = &[
    ("media", "prensa", "imprensa"),
    ("ngo", "organización", "organização"),
    ("community_authority", "autoridad de la comunidad", "autoridade da comunidade"),
    ("relative", "familia", "família"),
    ("witness", "testigo", "testemunha"),
    ("official", "entidad pública", "órgão público"),
    ("anonymous", "anónima", "anônima"),
];

/// Bases of consent with the scopes that go with them.
pub(super) const CONSENTS: &[(Word, &[Word])] = &[
    (("informed_explicit", "informado", "informado"), &[STORE, COALITION, STATISTICS]),
    (("informed_explicit", "informado", "informado"), &[STORE, COALITION, STATISTICS, PUBLIC]),
    (("informed_explicit", "informado", "informado"), &[STORE, NAMED, COALITION, STATISTICS]),
    (("guardian", "de la familia", "da família"), &[STORE, COALITION, STATISTICS]),
    (("community", "comunitario", "comunitário"), &[STORE, COALITION, STATISTICS, PUBLIC]),
    (("public_domain", "hecho público", "fato público"), &[STORE, COALITION, STATISTICS, PUBLIC]),
    (("none_recorded", "sin registro", "sem registro"), &[]),
    (("none_recorded", "", ""), &[]),
    (("withdrawn", "retirado", "retirado"), &[]),
];
const STORE: Word = ("store", "guardar", "guardar");
const COALITION: Word = ("share_coalition_deid", "coalición sin nombre", "coalizão sem nome");
const NAMED: Word = ("share_partners_named", "aliados con nombre", "parceiros com nome");
const STATISTICS: Word = ("statistics", "estadística", "estatística");
const PUBLIC: Word = ("public_anonymous", "público sin nombre", "público sem nome");

pub(super) const LEVELS: &[Word] = &[
    ("v0_reported", "reportado", "relatado"),
    ("v1_screened", "revisado", "triado"),
    ("v2_corroborated", "corroborado", "corroborado"),
    ("v3_verified", "verificado", "verificado"),
    ("v0_reported", "", ""),
];

/// First names by sex: male, female.
pub(super) const FIRST_NAMES: [[&[&str]; 2]; 2] = [
    [
        &["José", "Andrés", "Óscar", "Luis Ángel", "Ramón", "Iván", "Wílmer", "Édgar"],
        &["María", "Lucía", "Inés", "Rosalía", "Sofía", "Yolanda", "Nélida", "Amalia"],
    ],
    [
        &["João", "Antônio", "José", "Sebastião", "Raimundo", "Valdir"],
        &["Conceição", "Luzia", "Lúcia", "Raimunda", "Tânia", "Inês"],
    ],
];

/// Surnames that say that they are invented.
pub(super) const SURNAMES: [&[&str]; 2] = [
    &[
        "Inventado",
        "Ficticio",
        "Quimérico",
        "Noexiste",
        "Imaginario",
        "Fabulado",
        "Fingido",
        "Supuesto",
        "Irreal",
        "Sinpersona",
        "Demostración",
        "Muñeco de Papel",
    ],
    &["Inventado", "Fictício", "Inexistente", "Imaginário", "Fabulação", "Simulado", "Irreal"],
];

/// Municipalities that are on no map. They share no word with the surnames, or a facet would
/// withhold them as if they told a name.
pub(super) const MUNICIPALITIES: [&[&str]; 2] = [
    &[
        "Villa Maqueta",
        "San Cartón del Río",
        "Puerto Quimera",
        "Santa Acuarela",
        "Nuevo Espejismo",
        "El Ejemplar",
        "Peñas de Yeso",
        "Ciénaga Pintada",
        "Alto Decorado",
    ],
    &["Vila Maquete", "São Cartão do Norte", "Porto Quimera", "Nova Aquarela", "Alto Espelho"],
];

/// Subdivisions in which the incidents are laid, by country, as a list might write them.
pub(super) const PLACES: &[(&str, &str, &[&str])] = &[
    (
        "CO",
        "Colombia",
        &[
            "Cauca",
            "Nariño",
            "Putumayo",
            "CAQUETA",
            "Chocó",
            "Antioquia",
            "Bogotá D.C.",
            "Norte de Santander",
        ],
    ),
    ("EC", "Ecuador", &["Sucumbíos", "Orellana", "Pastaza", "MORONA SANTIAGO", "Esmeraldas"]),
    ("PE", "Perú", &["Loreto", "Ucayali", "Madre de Dios", "San Martín", "Amazonas", "Junin"]),
];

/// States of Brazil, likewise.
pub(super) const STATES: &[&str] =
    &["Pará", "Amazonas", "Rondônia", "Maranhao", "Mato Grosso", "Acre", "RR"];
