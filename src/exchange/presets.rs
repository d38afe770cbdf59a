//! Mappings that the program brings along.

/// A mapping of the program.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// The mapping file's text.
    pub text: &'static str,
}

/// All of them.
pub const ALL: [Preset; 2] = [
    Preset { name: "comapeo", text: include_str!("presets/comapeo.toml") },
    Preset { name: "uwazi", text: include_str!("presets/uwazi.toml") },
];

/// The one with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{FileKind, Mapping};

    #[test]
    fn all_of_them_read_and_say_what_files_they_are_for() {
        for preset in &ALL {
            let mapping = Mapping::parse(preset.name, preset.text).unwrap();
            assert_eq!(mapping.name(), preset.name);
            assert_eq!(mapping.kind(), FileKind::named(preset.name));
        }
    }
}
