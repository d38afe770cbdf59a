//! Who wrote which stretch of a text, and what each change put in and took out.

use serde::Serialize;

/// Letters in a row by one hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch<W> {
    /// Who wrote them.
    pub by: W,
    /// The letters.
    pub text: String,
}

/// What one change did to a text: pieces that it put in, pieces that it took out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TextChange {
    /// Put in, in the order of the text.
    pub inserted: Vec<String>,
    /// Taken out, in the order of the text.
    pub deleted: Vec<String>,
    /// Whether marks changed.
    pub marked: bool,
    /// Whether there was more than is told.
    pub cut: bool,
}
