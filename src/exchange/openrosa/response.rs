//! The documents that a phone gets: lists of forms, manifests, answers.

use super::xml::escaped;

/// A form as a list of forms shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// MD5 of its XForm, in hexadecimal: phones know by it whether they have it.
    pub md5: String,
    /// Where the XForm is.
    pub url: String,
}

/// The list of forms.
#[must_use]
pub fn form_list(forms: &[Listed]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xforms \
         xmlns=\"http://openrosa.org/xforms/xformsList\">\n",
    );
    for form in forms {
        let [id, title, version, url] =
            [&form.id, &form.title, &form.version, &form.url].map(|text| escaped(text));
        xml.push_str(&format!(
            "<xform><formID>{id}</formID><name>{title}</name><version>{version}</version>\
             <hash>md5:{}</hash><downloadUrl>{url}</downloadUrl></xform>\n",
            form.md5
        ));
    }
    xml.push_str("</xforms>\n");
    xml
}

/// The files that a form needs beside it: none.
#[must_use]
pub fn manifest() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest \
     xmlns=\"http://openrosa.org/xforms/xformsManifest\">\n</manifest>\n"
        .to_owned()
}

/// An answer to a submission, or what was wrong with a request.
#[must_use]
pub fn message(nature: &str, text: &str) -> String {
    let (nature, text) = (escaped(nature), escaped(text));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenRosaResponse \
         xmlns=\"http://openrosa.org/http/response\">\n<message nature=\"{nature}\">{text}</message>\n\
         </OpenRosaResponse>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::openrosa::xml::Element;

    #[test]
    fn documents_read_and_hold_what_was_put_in() {
        let strange = "a&b<c>\"d\"";
        let listed = Listed {
            id: strange.to_owned(),
            title: "Reporte".to_owned(),
            version: "1".to_owned(),
            md5: "0".repeat(32),
            url: "https://example.org/forms/a.xml".to_owned(),
        };
        let list = Element::read(form_list(&[listed]).as_bytes()).unwrap();
        assert_eq!(list.find("formID").unwrap().text, strange);
        assert_eq!(list.find("hash").unwrap().text, format!("md5:{}", "0".repeat(32)));
        let answer = Element::read(message("submit_success", strange).as_bytes()).unwrap();
        let message = answer.child("message").unwrap();
        assert_eq!(
            (message.attribute("nature"), message.text.as_str()),
            (Some("submit_success"), strange)
        );
        assert!(Element::read(manifest().as_bytes()).unwrap().children.is_empty());
    }
}
