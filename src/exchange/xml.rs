//! XML from strangers, as a small tree within bounds: no document type, no entities but the five
//! that XML itself has, no other character set than UTF-8.

use quick_xml::{
    events::Event,
    name::{Namespace, ResolveResult},
    reader::NsReader,
};

/// Bytes of one document.
pub const MAX_XML_BYTES: usize = 1024 * 1024;
/// Elements inside each other. Forms nest groups in groups, rarely more than five.
pub const MAX_DEPTH: usize = 32;
/// Elements of one document.
pub const MAX_ELEMENTS: usize = 20_000;
/// Attributes of one element.
pub const MAX_ATTRIBUTES: usize = 64;
/// Bytes of the name of an element or attribute: columns are made of them, many times over.
pub const MAX_NAME_BYTES: usize = 100;

/// Why XML is not taken. Says nothing of what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Larger, deeper or with more parts than is taken.
    #[error("the XML is larger or deeper than is taken")]
    TooLarge,
    /// Not UTF-8, or says that it is something else.
    #[error("the XML is not in UTF-8")]
    Encoding,
    /// A document type, or an entity that it would define.
    #[error("the XML has a document type or entities of its own")]
    Entities,
    /// Not well formed.
    #[error("the XML is not well formed")]
    Malformed,
    /// Its root is of another namespace than was asked for.
    #[error("the XML is of another kind")]
    Namespace,
}

/// An element. Names are without prefix: what is read here has no two namespaces that share one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes in their order.
    pub attributes: Vec<(String, String)>,
    /// Its own text, trimmed.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Self>,
}

impl std::fmt::Debug for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Element").field("children", &self.children.len()).finish_non_exhaustive()
    }
}

impl Element {
    /// Reads a document; its root.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn read(bytes: &[u8]) -> Result<Self, XmlError> {
        Self::read_all(bytes, None)
    }

    /// Reads what a document has of one namespace; its root. What is of others is left out, with all
    /// that is in it, but counts against the limits.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn read_in(bytes: &[u8], namespace: &str) -> Result<Self, XmlError> {
        Self::read_all(bytes, Some(namespace))
    }

    fn read_all(bytes: &[u8], wanted: Option<&str>) -> Result<Self, XmlError> {
        if bytes.len() > MAX_XML_BYTES {
            return Err(XmlError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_other| XmlError::Encoding)?;
        let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        let mut tree = Tree::default();
        loop {
            let event = reader.read_resolved_event();
            let (namespace, event) = event.map_err(|_error| XmlError::Malformed)?;
            let foreign = wanted.is_some_and(|wanted| {
                !matches!(namespace, ResolveResult::Bound(Namespace(bound)) if bound == wanted)
            });
            match event {
                Event::Start(start) => tree.open(element(&start)?, foreign)?,
                Event::Empty(start) => {
                    tree.open(element(&start)?, foreign)?;
                    tree.close()?;
                }
                Event::End(_) => tree.close()?,
                Event::Text(text) => tree.say(&text.xml10_content())?,
                Event::CData(text) => tree.say(&text.xml10_content())?,
                Event::GeneralRef(named) => tree.say(&character(&named)?)?,
                Event::Decl(declared) => match declared.encoding() {
                    None => {}
                    Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => {}
                    Some(_other) => return Err(XmlError::Encoding),
                },
                Event::DocType(_) => return Err(XmlError::Entities),
                Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => return tree.finish(),
            }
        }
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The first child with a name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first element below with a name, at any depth.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.all(name).into_iter().next()
    }

    /// All elements below with a name, in the order of the document.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        // A list of its own instead of recursion: the depth is bounded, and the stack stays small.
        let mut waiting: Vec<&Self> = self.children.iter().rev().collect();
        while let Some(element) = waiting.pop() {
            if element.name == name {
                found.push(element);
            }
            waiting.extend(element.children.iter().rev());
        }
        found
    }
}

/// The open elements.
#[derive(Default)]
struct Tree {
    /// Each with whether it is of a namespace that nobody asked for.
    open: Vec<(Element, bool)>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element, foreign: bool) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS || self.open.len() >= MAX_DEPTH {
            return Err(XmlError::TooLarge);
        }
        if self.root.is_some() {
            return Err(XmlError::Malformed);
        }
        if foreign && self.open.is_empty() {
            return Err(XmlError::Namespace);
        }
        self.open.push((element, foreign));
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let (mut closed, foreign) = self.open.pop().ok_or(XmlError::Malformed)?;
        closed.text = closed.text.trim().to_owned();
        match self.open.last_mut() {
            Some(_parent) if foreign => {}
            Some((parent, _)) => parent.children.push(closed),
            None => self.root = Some(closed),
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some((element, _)) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::Malformed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlError> {
        if self.open.is_empty() {
            self.root.ok_or(XmlError::Malformed)
        } else {
            Err(XmlError::Malformed)
        }
    }
}

fn element(start: &quick_xml::events::BytesStart<'_>) -> Result<Element, XmlError> {
    let name = name(start.local_name().as_ref())?;
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_error| XmlError::Malformed)?;
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(XmlError::TooLarge);
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_error| XmlError::Entities)?;
        attributes.push((self::name(attribute.key.local_name().as_ref())?, value.into_owned()));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

fn name(name: &str) -> Result<String, XmlError> {
    if name.len() > MAX_NAME_BYTES { Err(XmlError::TooLarge) } else { Ok(name.to_owned()) }
}

/// The character that a reference stands for.
fn character(named: &quick_xml::events::BytesRef<'_>) -> Result<String, XmlError> {
    if let Some(character) = named.resolve_char_ref().map_err(|_error| XmlError::Malformed)? {
        return Ok(character.to_string());
    }
    let known = match named.xml10_content().as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _own => return Err(XmlError::Entities),
    };
    Ok(known.to_owned())
}

/// A text as it stands in XML, in an element or an attribute. Characters that XML does not have are
/// left out.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> XmlError {
        Element::read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_document_is_read_without_prefixes() {
        let root = Element::read(
            "\u{feff}<?xml version='1.0' encoding='UTF-8'?><!-- x --><d id='a&amp;b' \
             xmlns:o='u'><o:meta><o:i> uuid:1 </o:i></o:meta>a&#233;&lt;<![CDATA[<&]]></d>"
                .as_bytes(),
        );
        let root = root.unwrap();
        assert_eq!(root.attribute("id"), Some("a&b"));
        assert_eq!(root.text, "aé<<&");
        assert_eq!(root.child("meta").unwrap().child("i").unwrap().text, "uuid:1");
        assert_eq!(root.find("i").unwrap().text, "uuid:1");
    }

    #[test]
    fn bombs_other_character_sets_and_half_documents_are_refused() {
        let bomb = "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><d>&b;</d>";
        assert_eq!(refused(bomb), XmlError::Entities);
        assert_eq!(refused("<d>&b;</d>"), XmlError::Entities);
        assert_eq!(refused("<d a='&b;'/>"), XmlError::Entities);
        assert_eq!(refused("<?xml version='1.0' encoding='ISO-8859-1'?><d/>"), XmlError::Encoding);
        assert_eq!(Element::read(b"<d>\xe9</d>").unwrap_err(), XmlError::Encoding);
        for broken in ["", "<d>", "<d></e>", "<d/><d/>", "text", "<d/>text", "<d>&</d>", "</d>"] {
            assert_eq!(refused(broken), XmlError::Malformed, "{broken}");
        }
    }

    #[test]
    fn what_is_of_another_namespace_is_left_out_with_all_in_it() {
        let text = "<a xmlns='u' xmlns:o='other'><o:b><c xmlns='u'/></o:b><c>1</c><x:c/>\
                    <c xmlns=''/><o:c/></a>";
        let root = Element::read_in(text.as_bytes(), "u").unwrap();
        assert_eq!(root.children.len(), 1);
        assert_eq!(root.child("c").unwrap().text, "1");
        for other in ["<a/>", "<o:a/>", "<a xmlns='v'/>", "<o:a xmlns:o='U'/>"] {
            let refused = Element::read_in(other.as_bytes(), "u").unwrap_err();
            assert_eq!(refused, XmlError::Namespace, "{other}");
        }
    }

    #[test]
    fn depth_number_and_size_are_bounded() {
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(Element::read(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(refused(&nested(MAX_DEPTH + 1)), XmlError::TooLarge);
        assert_eq!(refused(&nested(100_000)), XmlError::TooLarge);
        assert_eq!(refused(&format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS))), XmlError::TooLarge);
        assert_eq!(refused(&"x".repeat(MAX_XML_BYTES + 1)), XmlError::TooLarge);
        let attributes: String = (0..=MAX_ATTRIBUTES).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(refused(&format!("<a{attributes}/>")), XmlError::TooLarge);
    }

    proptest! {
        #[test]
        fn what_is_escaped_reads_as_it_was(text in "[^\\p{C}]{0,40}") {
            let root = Element::read(format!("<a b=\"{0}\">{0}</a>", escaped(&text)).as_bytes());
            let root = root.unwrap();
            prop_assert_eq!(&root.text, text.trim());
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(Element::read(&bytes));
        }
    }
}
