//! How a word sounds in Spanish and Portuguese, roughly: what is written in several ways for one
//! sound becomes one letter.

/// The sound of a word in small letters without accents.
pub(super) fn sound(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut heard = String::with_capacity(word.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let after = letters.get(at + 2).copied().unwrap_or(' ');
        let (sounds, taken) = one_sound(at == 0, letter, next, after);
        at += taken;
        for sound in sounds.chars() {
            if !heard.ends_with(sound) {
                heard.push(sound);
            }
        }
    }
    heard
}

const fn is_soft(vowel: char) -> bool {
    matches!(vowel, 'e' | 'i' | 'y')
}

/// The sound at a place, and the letters that it takes.
fn one_sound(at_start: bool, letter: char, next: char, after: char) -> (String, usize) {
    let (sound, taken) = match (letter, next) {
        ('c', 'h') | ('s', 'h') => ("x", 2),
        ('p', 'h') => ("f", 2),
        ('n', 'h') => ("n", 2),
        ('l', 'h' | 'l') => ("i", 2),
        ('s', 'c') if is_soft(after) => ("s", 2),
        ('q', 'u') | ('c', 'k') => ("k", 2),
        ('g', 'u') if is_soft(after) => ("g", 2),
        ('g', vowel) if is_soft(vowel) => ("j", 1),
        ('c', vowel) if is_soft(vowel) => ("s", 1),
        ('c' | 'q', _) => ("k", 1),
        ('z', _) => ("s", 1),
        ('v' | 'w', _) => ("b", 1),
        ('x', _) => ("j", 1),
        ('h', _) => ("", 1),
        // Yesica and Jessica, Yohana and Johana.
        ('y', 'a' | 'e' | 'i' | 'o' | 'u') if at_start => ("j", 1),
        ('y', _) => ("i", 1),
        // Joaquim and Joaquín; tambo and tanbo.
        ('m', ' ' | 'b' | 'p') => ("n", 1),
        (other, _) => return (other.to_string(), 1),
    };
    (sound.to_owned(), taken)
}

/// The consonants of a sound, and its first letter; empty for what has too few to tell words apart.
pub(super) fn skeleton(sound: &str) -> String {
    let vowel = |letter: char| matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
    let mut bones = String::with_capacity(sound.len());
    for (at, letter) in sound.chars().enumerate() {
        if (at == 0 || !vowel(letter)) && !bones.ends_with(letter) {
            bones.push(letter);
        }
    }
    if bones.chars().count() >= 3 { bones } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_sound_are_one() {
        for (one, other) in [
            ("gonzalez", "gonsales"),
            ("vargas", "bargas"),
            ("luiz", "luis"),
            ("souza", "sousa"),
            ("hernandez", "ernandes"),
            ("yesica", "jessica"),
            ("jhon", "john"),
            ("philippe", "filipe"),
            ("guillermo", "guilhermo"),
            ("geronimo", "jeronimo"),
            ("joaquim", "joaquin"),
            ("ceballos", "zevayos"),
            ("ximenes", "jimenez"),
            ("munhoz", "munoz"),
            ("quintero", "kintero"),
        ] {
            assert_eq!(sound(one), sound(other), "{one} {other}");
        }
        for (one, other) in [("perez", "torres"), ("lopez", "gomez"), ("carlos", "camilo")] {
            assert_ne!(sound(one), sound(other), "{one} {other}");
        }
    }

    #[test]
    fn skeletons_are_of_words_with_three_consonants() {
        assert_eq!(skeleton(&sound("rodriguez")), skeleton(&sound("rodirguez")));
        assert_eq!(skeleton(&sound("ana")), "");
    }
}
