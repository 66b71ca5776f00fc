//! Headers that a tap forwards, and those that concern one connection only.

use axum::http::HeaderMap;

/// Headers that concern one connection only, and are not forwarded (RFC 9110, 7.6.1).
///
/// Host and length are among them because the client that forwards the message writes its own.
const HOP_BY_HOP: [&str; 11] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Lists headers in order, names in lower case; bytes that are not UTF-8 are replaced.
pub(super) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// Leaves out headers that concern one connection only, except the host that the caller named.
pub(super) fn with_host(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let host: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name == "host")
        .cloned()
        .collect();
    let mut kept = end_to_end(headers);
    kept.extend(host);
    kept
}

/// Leaves out headers that concern one connection only: the fixed ones, and those that `connection` names.
pub(super) fn end_to_end(mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let named: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name == "connection")
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    headers.retain(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()) && !named.contains(name));
    headers
}
