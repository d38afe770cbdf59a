//! Long texts with marks: what is strong, emphasised, a link, or what a comment is about.
//!
//! Pure and canonical: two texts that look the same are equal, and have one Markdown. Headings and
//! lists are lines of the text itself, written as in Markdown; no mark stands for them.

mod blame;
mod canonical;
mod markdown;
mod merge;

use serde::{Deserialize, Serialize};

pub use blame::{Stretch, TextChange};
use canonical::canonical;

/// Bytes of the address of a link.
pub const MAX_LINK_BYTES: usize = 2_048;
/// Hexadecimal digits of the id of a comment.
const COMMENT_ID_DIGITS: usize = 32;
/// How the name of a comment's mark begins. Each comment has a name of its own: marks of one name
/// take each other's place where they overlap, and people comment on the same words.
const COMMENT_PREFIX: &str = "comment/";

/// What is said of some letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "mark", content = "value")]
pub enum Mark {
    /// A link to this address.
    Link(String),
    /// They are strong.
    Strong,
    /// They are emphasised.
    Emphasis,
    /// The comment with this id is about them.
    Comment(String),
}

impl Mark {
    /// Reads a mark as a document has it: a name and, of links, a text. None if no document may
    /// have it.
    #[must_use]
    pub fn read(name: &str, value: Option<&str>) -> Option<Self> {
        match (name, value) {
            ("strong", None) => Some(Self::Strong),
            ("emphasis", None) => Some(Self::Emphasis),
            ("link", Some(address)) if is_link(address) => Some(Self::Link(address.to_owned())),
            (comment, None) => {
                let id = comment.strip_prefix(COMMENT_PREFIX).filter(|id| is_comment_id(id));
                id.map(|id| Self::Comment(id.to_owned()))
            }
            _other => None,
        }
    }

    /// The name that a document has it under.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Strong => "strong".to_owned(),
            Self::Emphasis => "emphasis".to_owned(),
            Self::Link(_) => "link".to_owned(),
            Self::Comment(id) => format!("{COMMENT_PREFIX}{id}"),
        }
    }

    /// Whether letters that are written at its end get it too. Not so of links and comments, which
    /// are about just the words that were chosen.
    #[must_use]
    pub const fn grows(&self) -> bool {
        matches!(self, Self::Strong | Self::Emphasis)
    }

    /// Whether it is how the text looks, and no remark of somebody.
    #[must_use]
    pub const fn is_format(&self) -> bool {
        !matches!(self, Self::Comment(_))
    }
}

/// Whether this may be the name of a mark, and whether its letters grow; none if it may not.
#[must_use]
pub fn mark_grows(name: &str) -> Option<bool> {
    match name {
        "strong" | "emphasis" => Some(true),
        "link" => Some(false),
        other => other.strip_prefix(COMMENT_PREFIX).filter(|id| is_comment_id(id)).map(|_| false),
    }
}

/// Whether an address may be that of a link: of the web, bounded, and without what could end it in
/// Markdown or in a browser.
#[must_use]
pub fn is_link(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain = |letter: char| {
        !letter.is_whitespace()
            && !letter.is_control()
            && !matches!(letter, '<' | '>' | '"' | '\\' | '`' | '\u{feff}')
    };
    address.len() <= MAX_LINK_BYTES
        && rest.is_some_and(|it| !it.is_empty() && it.chars().all(plain))
}

fn is_comment_id(id: &str) -> bool {
    id.len() == COMMENT_ID_DIGITS
        && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A mark and the letters that have it: from `start` up to `end`, counted in Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first letter.
    pub start: usize,
    /// The letter after the last.
    pub end: usize,
    /// What is said of them.
    #[serde(flatten)]
    pub mark: Mark,
}

/// A text with marks, in its one canonical form: no control characters but line breaks and tabs, and
/// none that are not seen; spans in order; those of a mark do not touch. What a text looks like never
/// reaches over a line break. A comment neither begins nor ends at one, and of two of its spans there
/// is more than line breaks between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Raw")]
pub struct RichText {
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<Span>,
}

/// As it is read, before it is canonical.
#[derive(Deserialize)]
struct Raw {
    text: String,
    #[serde(default)]
    marks: Vec<Span>,
}

impl From<Raw> for RichText {
    fn from(raw: Raw) -> Self {
        Self::new(&raw.text, raw.marks)
    }
}

/// Whether a letter may stand in a text: else two texts that look alike would be two, and one could
/// read otherwise than it is written.
fn is_kept(letter: char) -> bool {
    matches!(letter, '\n' | '\t') || !(letter.is_control() || is_unseen(letter))
}

/// Letters without a width, and those that turn the direction of others.
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Where the letter at a place of a text is among those that were stored, of which some may not
/// stand in a text; none beyond its end.
#[must_use]
pub fn place_in(stored: &str, at: usize) -> Option<usize> {
    let mut kept = stored.chars().enumerate().filter(|(_, letter)| is_kept(*letter));
    let count = stored.chars().filter(|letter| is_kept(*letter)).count();
    if at == count {
        return Some(stored.chars().count());
    }
    kept.nth(at).map(|(place, _)| place)
}

impl RichText {
    /// A text with these marks. Of two links on one letter the greater address stays; what lies
    /// beyond the text or covers nothing goes.
    #[must_use]
    pub fn new(text: &str, marks: impl IntoIterator<Item = Span>) -> Self {
        let letters: Vec<char> = text.chars().collect();
        // Where each letter is, once those that may not stand there are gone.
        let mut places = Vec::with_capacity(letters.len().saturating_add(1));
        let mut kept = String::with_capacity(text.len());
        let mut breaks = Vec::new();
        let mut count = 0_usize;
        for letter in &letters {
            places.push(count);
            if is_kept(*letter) {
                if *letter == '\n' {
                    breaks.push(count);
                }
                kept.push(*letter);
                count = count.saturating_add(1);
            }
        }
        places.push(count);
        let place = |at: usize| places.get(at).copied().unwrap_or(count);
        let moved = marks.into_iter().map(|it| (place(it.start), place(it.end), it.mark));
        Self { text: kept, marks: canonical(moved, &breaks) }
    }

    /// A text without marks.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self::new(text, [])
    }

    /// Its letters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its marks.
    #[must_use]
    pub fn marks(&self) -> &[Span] {
        &self.marks
    }

    /// How many letters it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether it has no letters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// As it looks, without what people remarked.
    #[must_use]
    pub fn without_comments(&self) -> Self {
        let marks = self.marks.iter().filter(|span| span.mark.is_format()).cloned();
        Self { text: self.text.clone(), marks: marks.collect() }
    }

    /// The words that a comment is about; none if it has no place in the text any more.
    #[must_use]
    pub fn commented(&self, id: &str) -> Option<String> {
        let is_it = |span: &&Span| matches!(&span.mark, Mark::Comment(of) if of == id);
        let letters: Vec<char> = self.text.chars().collect();
        let words: Vec<String> = self
            .marks
            .iter()
            .filter(is_it)
            .flat_map(|span| letters.get(span.start..span.end))
            .flat_map(|letters| letters.split(|letter| *letter == '\n'))
            .filter(|line| !line.is_empty())
            .map(|line| line.iter().collect())
            .collect();
        (!words.is_empty()).then(|| words.join(" … "))
    }

    /// The letters where words stand first, for an anchor: from and to.
    #[must_use]
    pub fn find(&self, words: &str) -> Option<(usize, usize)> {
        let (before, _rest) = self.text.split_once(words).filter(|_| !words.is_empty())?;
        let start = before.chars().count();
        Some((start, start.saturating_add(words.chars().count())))
    }

    /// Its Markdown: one for each text, and [`Self::from_markdown`] makes the same text of it.
    /// Comments do not stand in it.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// Reads Markdown: strong, emphasis and links to the web become marks, everything else stays
    /// as it is written.
    #[must_use]
    pub fn from_markdown(markdown: &str) -> Self {
        markdown::read(markdown)
    }
}

#[cfg(test)]
mod tests;
