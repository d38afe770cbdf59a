//! The settings of ODK Collect as it reads them from a QR code: JSON, compressed (zlib), in Base64.

use std::io::Write as _;

use data_encoding::BASE64;
use flate2::{Compression, write::ZlibEncoder};

/// The text of the QR code that sets a phone up for a server. It holds the password.
///
/// # Errors
/// When it cannot be compressed, which memory does not refuse.
pub fn qr_text(server: &str, user: &str, password: &str, project: &str) -> std::io::Result<String> {
    let settings = serde_json::json!({
        "general": {
            "protocol": "odk_default",
            "server_url": server,
            "username": user,
            "password": password,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            // What is sent does not stay on a phone that may be searched.
            "delete_send": true,
        },
        "admin": {},
        "project": { "name": project },
    });
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(settings.to_string().as_bytes())?;
    Ok(BASE64.encode(&packed.finish()?))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    #[test]
    fn the_text_unpacks_to_the_settings() {
        let text = qr_text("https://example.org", "p-1", "secreto", "Red Árbol").unwrap();
        let mut json = String::new();
        let packed = BASE64.decode(text.as_bytes()).unwrap();
        ZlibDecoder::new(packed.as_slice()).read_to_string(&mut json).unwrap();
        let settings: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(settings["general"]["server_url"], "https://example.org");
        assert_eq!(settings["general"]["password"], "secreto");
        assert_eq!(settings["general"]["delete_send"], true);
        assert_eq!(settings["project"]["name"], "Red Árbol");
    }
}
