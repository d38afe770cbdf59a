//! Addresses that are given to phones: in the clear for this computer alone.

use std::net::IpAddr;

/// Bytes of an address.
const MAX_URL: usize = 500;
/// Bytes of a host's name.
const MAX_HOST: usize = 255;

/// Whether an address may be given to phones: `https://`, or `http://` of this computer; no name or
/// password in it, no query.
#[must_use]
pub fn is_safe_url(url: &str) -> bool {
    let strange = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '?' | '#' | '@')
    };
    if url.len() > MAX_URL || url.contains(strange) {
        return false;
    }
    match url.split_once("://") {
        Some(("https", _)) => host_of(url).is_some(),
        Some(("http", _)) => host_of(url).is_some_and(is_loopback),
        _other => false,
    }
}

/// The host of an address, with its port.
#[must_use]
pub fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let host = rest.split('/').next().unwrap_or_default();
    is_host(host).then_some(host)
}

/// Whether a text is a host, perhaps with a port.
#[must_use]
pub fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let name = name(host);
    host.len() <= MAX_HOST && !name.is_empty() && host.chars().all(plain)
}

/// Whether a host is this computer, by what it is called: no name is looked up.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let name = name(host);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback())
}

/// A host without its port and without brackets.
fn name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        let (inner, behind) = rest.split_once(']').unwrap_or_default();
        let port = behind.strip_prefix(':').unwrap_or(behind);
        return if port.bytes().all(|byte| byte.is_ascii_digit()) { inner } else { "" };
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _no_port => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_clear_phones_get_addresses_of_this_computer_alone() {
        for url in [
            "https://ceiba.example.org",
            "https://ceiba.example.org:8443/door",
            "https://192.0.2.1",
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
            "http://[::1]:8080",
        ] {
            assert!(is_safe_url(url), "{url}");
        }
        for url in [
            "",
            "https://",
            "https:///x",
            "ftp://a",
            "HTTP://127.0.0.1",
            "https://a b",
            "https://a\"b",
            "http://ceiba.example.org",
            "http://192.0.2.1:8080",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "http://localhost:x@example.org",
            "http://localhost@example.org",
            "http://localhost:80:80",
            "http://[::1]example.org",
            "http://[::1]:80.example.org",
            "http://example.org/127.0.0.1",
            "http://example.org\\@127.0.0.1",
        ] {
            assert!(!is_safe_url(url), "{url}");
        }
        assert_eq!(host_of("https://a.example:8443/x"), Some("a.example:8443"));
        assert!(!is_host("") && !is_host(":80") && !is_host("a/b") && !is_host(&"a".repeat(256)));
    }
}
