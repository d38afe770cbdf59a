//! Markdown of a text with marks, and back: `read(write(text))` is the text.
//!
//! Each line is read for itself, as the inside of a paragraph. So nothing of Markdown's blocks
//! (headings, lists, code) changes a line: they stay as they are written. `<strong>` and `<em>`
//! are read as marks too, and are written where `**` and `_` would not be read as such, beside
//! letters or blanks.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{Mark, RichText, Span, is_link};

/// Stands before each line that is read: a line that begins with it begins no block, and what
/// follows it may be strong as if it stood at the beginning.
const GUARD: char = '.';

/// A letter and what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Letter<'t> {
    letter: char,
    link: Option<&'t str>,
    strong: bool,
    emphasis: bool,
}

pub(super) fn write(text: &RichText) -> String {
    let letters = letters(text);
    let mut out = String::new();
    for (number, line) in letters.split(|it| it.letter == '\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        out.push_str(&write_line(line));
    }
    out
}

fn letters(text: &RichText) -> Vec<Letter<'_>> {
    let plain = |letter| Letter { letter, link: None, strong: false, emphasis: false };
    let mut letters: Vec<Letter<'_>> = text.text.chars().map(plain).collect();
    for span in &text.marks {
        for it in letters.get_mut(span.start..span.end).unwrap_or_default() {
            match &span.mark {
                Mark::Link(address) => it.link = Some(address),
                Mark::Strong => it.strong = true,
                Mark::Emphasis => it.emphasis = true,
                Mark::Comment(_) => {}
            }
        }
    }
    letters
}

/// As people write it, if that is read as it should be; else with tags.
fn write_line(line: &[Letter<'_>]) -> String {
    let pretty = Writer::new(line, false).line(line);
    let mut read = Reader::default();
    read.line(&pretty);
    let wanted = line.iter().map(|it| it.letter).collect::<String>();
    let is_same = read.text == wanted && RichText::new(&read.text, read.spans).marks == marks(line);
    if is_same { pretty } else { Writer::new(line, true).line(line) }
}

/// The marks of one line, canonical.
fn marks(line: &[Letter<'_>]) -> Vec<Span> {
    let mut spans = Vec::new();
    for (start, it) in line.iter().enumerate() {
        let end = start.saturating_add(1);
        let link = it.link.map(|address| Mark::Link(address.to_owned()));
        let strong = it.strong.then_some(Mark::Strong);
        let emphasis = it.emphasis.then_some(Mark::Emphasis);
        let all = [link, strong, emphasis].into_iter().flatten();
        spans.extend(all.map(|mark| Span { start, end, mark }));
    }
    super::canonical(spans.into_iter().map(|it| (it.start, it.end, it.mark)), &[])
}

struct Writer {
    /// Whether brackets of the text itself could be taken for a link's.
    brackets: bool,
    /// Whether marks are written as tags.
    tags: bool,
    out: String,
}

impl Writer {
    fn new(line: &[Letter<'_>], tags: bool) -> Self {
        let closes = line.windows(2).any(|pair| {
            matches!(pair, [one, other] if one.letter == ']' && matches!(other.letter, '(' | '['))
        });
        let brackets = closes || line.iter().any(|it| it.link.is_some());
        Self { brackets, tags, out: String::new() }
    }

    fn line(mut self, line: &[Letter<'_>]) -> String {
        for piece in line.chunk_by(|one, other| one.link == other.link) {
            let link = piece.first().and_then(|it| it.link);
            if link.is_some() {
                self.out.push('[');
            }
            self.strong(piece);
            if let Some(address) = link {
                self.out.push_str("](<");
                self.out.push_str(&address.replace('&', "&amp;"));
                self.out.push_str(">)");
            }
        }
        self.out
    }

    fn strong(&mut self, piece: &[Letter<'_>]) {
        for piece in piece.chunk_by(|one, other| one.strong == other.strong) {
            let strong = piece.first().is_some_and(|it| it.strong);
            let (open, close) = if self.tags { ("<strong>", "</strong>") } else { ("**", "**") };
            if strong {
                self.out.push_str(open);
            }
            self.emphasis(piece);
            if strong {
                self.out.push_str(close);
            }
        }
    }

    fn emphasis(&mut self, piece: &[Letter<'_>]) {
        for piece in piece.chunk_by(|one, other| one.emphasis == other.emphasis) {
            let emphasis = piece.first().is_some_and(|it| it.emphasis);
            let (open, close) = if self.tags { ("<em>", "</em>") } else { ("_", "_") };
            if emphasis {
                self.out.push_str(open);
            }
            self.letters(piece);
            if emphasis {
                self.out.push_str(close);
            }
        }
    }

    /// The letters, those escaped that Markdown would read as something else.
    fn letters(&mut self, piece: &[Letter<'_>]) {
        for (place, it) in piece.iter().enumerate() {
            let at = |place: Option<usize>| place.and_then(|it| piece.get(it)).map(|it| it.letter);
            let (before, after) = (at(place.checked_sub(1)), at(place.checked_add(1)));
            let is_blank = |letter: char| letter == ' ';
            let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
            let escaped = match it.letter {
                '\\' | '`' => true,
                // A bullet, or between blanks.
                '*' => {
                    let opens = before.is_none_or(is_blank) && after.is_some_and(is_blank);
                    !opens || self.tags
                }
                '_' => !(is_word(before) && is_word(after)),
                '[' | ']' => self.brackets,
                '<' => after.is_none_or(|it| it.is_alphabetic() || matches!(it, '/' | '!' | '?')),
                '&' => is_entity(piece.get(place..).unwrap_or_default()),
                '!' => after.is_none() && self.brackets,
                _other => false,
            };
            if escaped {
                self.out.push('\\');
            }
            self.out.push(it.letter);
        }
    }
}

/// Whether letters that begin with `&` could be read as the name of another letter.
fn is_entity(piece: &[Letter<'_>]) -> bool {
    let mut rest = piece.iter().map(|it| it.letter).skip(1);
    rest.find(|it| !(it.is_alphanumeric() || *it == '#')) == Some(';')
}

pub(super) fn read(markdown: &str) -> RichText {
    let mut reader = Reader::default();
    for (number, line) in markdown.split('\n').enumerate() {
        if number > 0 {
            reader.push("\n");
        }
        reader.line(line.strip_suffix('\r').unwrap_or(line));
    }
    RichText::new(&reader.text, reader.spans)
}

#[derive(Default)]
struct Reader {
    text: String,
    count: usize,
    spans: Vec<Span>,
    /// The marks that are open, with the letter where each began.
    open: Vec<(Mark, usize)>,
}

impl Reader {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.count = self.count.saturating_add(text.chars().count());
    }

    fn begin(&mut self, mark: Mark) {
        self.open.push((mark, self.count));
    }

    /// Ends the mark that began last of those that are alike; false if none did.
    fn end(&mut self, is_it: impl Fn(&Mark) -> bool) -> bool {
        let found = self.open.iter().rposition(|(mark, _)| is_it(mark));
        let Some(place) = found else { return false };
        let (mark, start) = self.open.remove(place);
        self.spans.push(Span { start, end: self.count, mark });
        true
    }

    fn line(&mut self, line: &str) {
        // Markdown takes blanks at the end away, and control characters for others.
        let end = line.trim_end_matches([' ', '\t']);
        let blanks = line.get(end.len()..).unwrap_or_default();
        let guarded: String =
            std::iter::once(GUARD).chain(end.chars().filter(|it| super::is_kept(*it))).collect();
        let mut guard = true;
        // Events up to here are inside something that is no mark, and was written down as it is.
        let mut literal_to = 0;
        for (event, range) in Parser::new_ext(&guarded, Options::empty()).into_offset_iter() {
            if range.start < literal_to {
                continue;
            }
            let source = guarded.get(range.clone()).unwrap_or_default();
            if let Event::Text(text) = &event
                && guard
            {
                guard = false;
                self.push(text.strip_prefix(GUARD).unwrap_or(text));
                continue;
            }
            if !self.event(&event, source) {
                self.push(source);
                literal_to = range.end;
            }
        }
        // What was not closed ends with its line.
        while self.end(|_any| true) {}
        self.push(blanks);
    }

    /// Takes one event up; false if it is no mark's and stays as it is written.
    fn event(&mut self, event: &Event<'_>, source: &str) -> bool {
        match event {
            Event::Text(text) => self.push(text),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            Event::Start(Tag::Strong) => self.begin(Mark::Strong),
            Event::Start(Tag::Emphasis) => self.begin(Mark::Emphasis),
            Event::Start(Tag::Link { link_type, dest_url, title, .. }) => {
                if !is_read(*link_type, dest_url, title) {
                    return false;
                }
                self.begin(Mark::Link(dest_url.to_string()));
            }
            Event::End(TagEnd::Strong) => return self.end(|it| *it == Mark::Strong),
            Event::End(TagEnd::Emphasis) => return self.end(|it| *it == Mark::Emphasis),
            Event::End(TagEnd::Link) => return self.end(|it| matches!(it, Mark::Link(_))),
            Event::InlineHtml(_) => match source {
                "<strong>" => self.begin(Mark::Strong),
                "<em>" => self.begin(Mark::Emphasis),
                "</strong>" => return self.end(|it| *it == Mark::Strong),
                "</em>" => return self.end(|it| *it == Mark::Emphasis),
                _other => return false,
            },
            Event::Start(_)
            | Event::End(_)
            | Event::Code(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::Html(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_) => return false,
        }
        true
    }
}

/// Whether a link is one that a text can have.
fn is_read(kind: LinkType, address: &CowStr<'_>, title: &CowStr<'_>) -> bool {
    matches!(kind, LinkType::Inline | LinkType::Autolink) && title.is_empty() && is_link(address)
}
