//! Plain text: what a person can read through. Letters with headers, tracks, cards, markup and
//! whatever carries other files inside are none.

/// Characters of the longest word: an address of a page is shorter, a picture as text longer.
const MAX_WORD: usize = 200;
/// What only files for programs begin with.
const BEGINNINGS: [&str; 9] = ["{", "[", "<", "%", "#!", "-----begin", "begin:", "from ", "solid "];
/// What stands in files that carry others, or say of themselves where and by whom they are.
const INSIDE: [&str; 15] = [
    "data:",
    "base64",
    "<svg",
    "<?xml",
    "<html",
    "<img",
    "<script",
    "<!--",
    "-----begin",
    "begin:v",
    "$gp",
    "$gn",
    "mime-version:",
    "content-type:",
    "coordinates\"",
];

/// Whether a file is text that says nothing but what can be read in it.
pub(super) fn is_prose(bytes: &[u8]) -> bool {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    // Marks that are not seen can say anything.
    if !text.chars().all(|c| plain(c) && !is_unseen(c)) {
        return false;
    }
    if text.split_whitespace().any(|word| word.chars().count() > MAX_WORD) {
        return false;
    }
    let small = text.to_lowercase();
    let begins = small.trim_start();
    !BEGINNINGS.iter().any(|beginning| begins.starts_with(beginning))
        && !INSIDE.iter().any(|inside| small.contains(inside))
        && !has_head(text)
        && !is_packed(text)
}

/// Characters without width and those that turn the direction of writing or carry tags.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether it begins like a letter by mail: names with colons, line by line.
fn has_head(text: &str) -> bool {
    let is_header = |line: &str| {
        line.split_once(": ").is_some_and(|(name, _)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    matches!((lines.next(), lines.next()), (Some(one), Some(two)) if is_header(one) && is_header(two))
}

/// Whether several lines one after another are of one long word each: other files written as text.
fn is_packed(text: &str) -> bool {
    let is_one_word = |line: &str| line.len() >= 40 && !line.trim().contains(char::is_whitespace);
    let lines: Vec<bool> = text.lines().map(is_one_word).collect();
    lines.windows(3).any(|three| three.iter().all(|one| *one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_read_through_is_prose() {
        for text in [
            "niño\n",
            "Llegaron tres hombres.\r\n\tNo dijeron nombres.\n",
            "Fecha: 3 de mayo\nEl mensaje decía lo siguiente.",
            "Véase https://example.org/una/pagina?larga=1#x\n",
            "- uno\n- dos\n\n# Acta\n",
        ] {
            assert!(is_prose(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_carries_other_things_is_not() {
        let picture = format!("Acta\n\n{}\n", "iVBORw0KGgo".repeat(30));
        let wrapped = format!("Acta\n{}", format!("{}\n", "QUJDREVG".repeat(9)).repeat(4));
        for text in [
            "Received: from [10.0.0.1]\nFrom: ana@example.org\nSubject: foto\n\nhola",
            "Fecha: hoy\nLugar: aqui\nhola",
            "BEGIN:VCARD\nFN:Ana\nEND:VCARD\n",
            "{\"type\":\"Point\",\"coordinates\":[-76.1,2.4]}",
            "notas\n$GPRMC,123519,A,4807.038,N,01131.000,E\n",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><image/></svg>",
            "# Acta\n![foto](data:image/jpeg;base64,AAAA)\n",
            "hola\u{200b}\u{200d}\u{200b}",
            "hola\u{e0041}",
            picture.as_str(),
            wrapped.as_str(),
            "\u{0}",
        ] {
            assert!(!is_prose(text.as_bytes()), "{text}");
        }
    }
}
