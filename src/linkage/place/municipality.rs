//! Names of municipalities: articles, official names, names as people say them, mistakes.

use crate::model::text::fold;

/// Bytes of a name that are compared.
const MAX_BYTES: usize = 200;

/// Words that are left out.
const NOISE: &[&str] = &[
    "canton",
    "d",
    "c",
    "da",
    "das",
    "de",
    "del",
    "distrito",
    "do",
    "dos",
    "e",
    "el",
    "especial",
    "la",
    "las",
    "los",
    "mpio",
    "municipio",
    "y",
];

/// Names of one municipality, in a subdivision: without accents, articles and *de*. The first is
/// the one that stands for all.
const ALIASES: &[(&str, &[&str])] = &[
    ("CO-ANT", &["santa fe antioquia", "santafe antioquia"]),
    ("CO-ANT", &["carmen viboral"]),
    ("CO-ANT", &["itagui", "itaguei"]),
    ("CO-ANT", &["peque", "san francisco peque"]),
    ("CO-BOL", &["cartagena", "cartagena indias"]),
    ("CO-BOL", &["mompos", "mompox", "santa cruz mompos", "santa cruz mompox"]),
    ("CO-BOL", &["tiquisio", "puerto rico"]),
    ("CO-CAU", &["lopez", "lopez micay"]),
    ("CO-CAU", &["santander quilichao", "quilichao"]),
    ("CO-CAU", &["paez", "belalcazar"]),
    ("CO-CAU", &["purace", "coconuco"]),
    ("CO-CAU", &["sotara", "paispamba"]),
    ("CO-CAU", &["inza"]),
    ("CO-CHO", &["alto baudo", "pie pato"]),
    ("CO-CHO", &["bajo baudo", "pizarro"]),
    ("CO-CHO", &["bahia solano", "mutis", "ciudad mutis"]),
    ("CO-CHO", &["carmen darien", "curbarado"]),
    ("CO-CHO", &["litoral san juan", "docordo", "litoral bajo san juan"]),
    ("CO-CHO", &["bojaya", "bellavista"]),
    ("CO-CUN", &["ubate", "villa san diego ubate"]),
    (
        "CO-DC",
        &[
            "bogota",
            "santa fe bogota",
            "santafe bogota",
            "capital",
            "bogota capital",
            "capital bogota",
        ],
    ),
    ("CO-LAG", &["riohacha", "rioacha"]),
    ("CO-MAG", &["cienaga", "san juan cienaga"]),
    ("CO-MET", &["uribe", "mesetas uribe"]),
    ("CO-NAR", &["tumaco", "san andres tumaco"]),
    ("CO-NAR", &["pasto", "san juan pasto"]),
    ("CO-NAR", &["magui", "magui payan", "payan"]),
    ("CO-NAR", &["roberto payan", "san jose"]),
    ("CO-NAR", &["francisco pizarro", "salahonda"]),
    ("CO-NAR", &["santacruz", "guachavez", "santa cruz"]),
    ("CO-NAR", &["olaya herrera", "bocas satinga"]),
    ("CO-NSA", &["cucuta", "san jose cucuta"]),
    ("CO-NSA", &["villa rosario", "villarosario"]),
    ("CO-PUT", &["puerto leguizamo", "leguizamo"]),
    ("CO-PUT", &["san miguel", "dorada"]),
    ("CO-PUT", &["valle guamuez", "hormiga"]),
    ("CO-SAN", &["barrancabermeja", "barranca bermeja"]),
    ("CO-SUC", &["since", "san luis since"]),
    ("CO-SUC", &["tolu", "santiago tolu"]),
    ("CO-SUC", &["toluviejo", "tolu viejo"]),
    ("CO-TOL", &["mariquita", "san sebastian mariquita"]),
    ("CO-TOL", &["armero", "armero guayabal", "guayabal"]),
    ("CO-VAC", &["cali", "santiago cali"]),
    ("CO-VAC", &["buga", "guadalajara buga"]),
    ("CO-VAC", &["calima", "calima darien", "darien"]),
    ("CO-GUV", &["san jose guaviare"]),
    ("EC-A", &["cuenca", "santa ana cuenca"]),
    ("EC-D", &["coca", "francisco orellana", "puerto francisco orellana", "orellana"]),
    ("EC-G", &["guayaquil", "santiago guayaquil"]),
    ("EC-P", &["quito", "metropolitano quito", "san francisco quito"]),
    ("EC-S", &["morona", "macas"]),
    ("EC-SD", &["santo domingo", "santo domingo colorados", "santo domingo tsachilas"]),
    ("EC-U", &["lago agrio", "nueva loja"]),
    ("EC-Y", &["pastaza", "puyo"]),
    ("EC-N", &["tena", "san juan tena"]),
    ("PE-CUS", &["cusco", "cuzco", "qosqo"]),
    ("PE-ICA", &["nasca", "nazca"]),
    ("PE-MDD", &["tambopata", "puerto maldonado"]),
    ("PE-UCA", &["coronel portillo", "pucallpa", "calleria"]),
    ("PE-LOR", &["maynas", "iquitos"]),
    ("PE-AMA", &["condorcanqui", "santa maria nieva"]),
    ("BR-BA", &["salvador", "sao salvador"]),
    ("BR-DF", &["brasilia", "federal"]),
    ("BR-PA", &["eldorado carajas", "eldorado"]),
    ("BR-RJ", &["paraty", "parati"]),
    ("BR-RN", &["assu", "acu"]),
    ("BR-SP", &["embu artes", "embu"]),
    ("BR-SP", &["mogi cruzes", "moji cruzes"]),
];

/// One text for all names of a municipality, mistakes aside: folded, without noise, an alias as the
/// name that stands for all.
#[must_use]
pub fn municipality_key(admin1: &str, name: &str) -> String {
    let mut bytes = 0_usize;
    let taken: String = name
        .split(['(', ',', '/'])
        .next()
        .unwrap_or_default()
        .chars()
        .take_while(|letter| {
            bytes = bytes.saturating_add(letter.len_utf8());
            bytes <= MAX_BYTES
        })
        .collect();
    let folded = fold(&taken);
    let words: Vec<&str> = folded.split(' ').filter(|word| !NOISE.contains(word)).collect();
    let plain = words.join(" ");
    let known = ALIASES.iter().find(|(of, names)| *of == admin1 && names.contains(&plain.as_str()));
    let standing = known.and_then(|(_, names)| names.first()).map(|name| (*name).to_owned());
    standing.unwrap_or(plain)
}

/// Whether two names in one subdivision are of one municipality.
#[must_use]
pub fn is_same_municipality(admin1: &str, one: &str, other: &str) -> bool {
    are_same_keys(&municipality_key(admin1, one), &municipality_key(admin1, other))
}

/// The same, by their keys in one subdivision.
pub(super) fn are_same_keys(one: &str, other: &str) -> bool {
    if one.is_empty() || other.is_empty() {
        return false;
    }
    if one == other || is_longer_name(one, other) || is_longer_name(other, one) {
        return true;
    }
    // San Carlos and San Marcos are two: what is common to both says nothing of the rest.
    if one.split(' ').count() == other.split(' ').count() {
        return one.split(' ').zip(other.split(' ')).all(|(one, other)| is_same_word(one, other));
    }
    is_same_word(&one.replace(' ', ""), &other.replace(' ', ""))
}

/// Whether one is the other and more words: San José, San José del Guaviare.
fn is_longer_name(short: &str, long: &str) -> bool {
    short.contains(' ') && long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
}

fn is_same_word(one: &str, other: &str) -> bool {
    let allowed = match one.chars().count().min(other.chars().count()) {
        0..=5 => 0,
        _long => 1,
    };
    one == other
        || (allowed > 0
            && one.len().abs_diff(other.len()) <= allowed
            && strsim::damerau_levenshtein(one, other) <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::place::is_admin1_code;

    #[test]
    fn the_table_has_names_as_they_are_compared() {
        for (admin1, names) in ALIASES {
            assert!(is_admin1_code(admin1), "{admin1}");
            for name in *names {
                let folded = fold(name);
                let plain: Vec<&str> = folded.split(' ').filter(|it| !NOISE.contains(it)).collect();
                assert_eq!(plain.join(" "), *name, "in {admin1}");
            }
        }
    }
}
