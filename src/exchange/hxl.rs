//! HXL tags: a row below the header that says of each column what is in it (hxlstandard.org).

/// Whether each cell is a tag or empty, and one at least is a tag.
pub(super) fn is_tags(cells: &[String]) -> bool {
    cells.iter().any(|cell| !cell.is_empty())
        && cells.iter().all(|cell| cell.is_empty() || is_tag(cell))
}

/// `#date+occurred`: a tag with its attributes.
fn is_tag(cell: &str) -> bool {
    let Some(rest) = cell.trim().strip_prefix('#') else { return false };
    rest.split('+').all(|word| is_word(word.trim()))
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The tag and its attributes, sorted, in lower case: `#Date +occurred` is `date occurred`.
pub(super) fn words(tag: &str) -> Option<String> {
    if !is_tag(tag) {
        return None;
    }
    let lower = tag.trim().trim_start_matches('#').to_lowercase();
    let mut words: Vec<&str> = lower.split('+').map(str::trim).collect();
    if let Some((_, attributes)) = words.split_first_mut() {
        attributes.sort_unstable();
    }
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_tags_is_known() {
        let row = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        assert!(is_tags(&row(&["#adm1+name", "", "#date +occurred"])));
        assert!(!is_tags(&row(&["", ""])));
        assert!(!is_tags(&row(&["#1", "#adm1"])));
        assert!(!is_tags(&row(&["#adm1", "Cauca"])));
        assert_eq!(words("#Date +start +occurred").as_deref(), Some("date occurred start"));
    }
}
