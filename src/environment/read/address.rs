//! Addresses: URLs of others, and where we listen.

use std::net::SocketAddr;

use plan_language::source::{Fields, Finding, Span};

/// The first segments of paths below our own address. A public address with one of them could be read in two ways where
/// something in front takes its path away.
const OURS: [&str; 9] = [
    "v1",
    "api",
    "sageid",
    "ui",
    "provider",
    "notification",
    "auth",
    "authrefresh",
    "availableaccounts",
];

/// Reads a full URL of the web, which holds no password and no fragment.
pub(super) fn url(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let finding = match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if !url.username().is_empty() || url.password().is_some() {
                // The text itself is not told: it may hold a password.
                Finding::new(span, "an address holds no user name and no password")
            } else if url.fragment().is_some() {
                Finding::new(
                    span,
                    format!("`{text}` ends with a fragment, which is never sent"),
                )
                .with_hint("leave out the part from `#` on")
            } else {
                return Some(text.to_owned());
            }
        }
        _ => Finding::new(span, format!("`{}` is no address", without_user(text)))
            .with_hint("a full URL such as `http://localhost:8080/notification`"),
    };
    findings.push(finding);
    None
}

/// Reads a URL to which paths are appended; comes back without a slash at its end.
pub(super) fn base(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let url = url(text, span, findings)?;
    if url.contains('?') {
        findings.push(
            Finding::new(
                span,
                format!("`{url}` has a query, and paths are appended to it"),
            )
            .with_hint("leave out the part from `?` on"),
        );
        return None;
    }
    Some(url.trim_end_matches('/').to_owned())
}

/// Takes a URL to which paths are appended, and which must be there.
pub(super) fn require_base(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
    let (text, span) = fields.require_text(name)?;
    base(text, span, fields.findings())
}

/// Takes `listen` and `public`.
pub(super) fn listening(fields: &mut Fields<'_, '_>) -> (Option<SocketAddr>, Option<String>) {
    let mut listen = None;
    if let Some((text, span)) = fields.text("listen") {
        match text.parse() {
            Ok(address) => listen = Some(address),
            Err(_) => fields.findings().push(
                Finding::new(span, format!("`{text}` is no address to listen on"))
                    .with_hint("an IP address and a port such as `127.0.0.1:9000`"),
            ),
        }
    }
    let public = fields
        .text("public")
        .and_then(|(text, span)| base(text, span, fields.findings()));
    if let (Some(url), Some(node)) = (&public, fields.take("public")) {
        let path = url::Url::parse(url).ok();
        let first = path.as_ref().and_then(|url| url.path_segments()?.next());
        if let Some(first) = first.filter(|first| OURS.contains(first)) {
            let message = format!("`/{first}` is a path of feedproof's own below that address");
            let finding = Finding::new(&node.span, message)
                .with_hint("end it with a word of your own: `https://abc.example/feedproof`");
            fields.findings().push(finding);
        }
    }
    (listen, public)
}

/// Shows a text without what may be a user's password in it.
fn without_user(text: &str) -> String {
    match (text.find("//"), text.rfind('@')) {
        (start, Some(at)) => {
            let start = start.map_or(0, |start| start + 2).min(at);
            format!("{}…{}", &text[..start], &text[at..])
        }
        _ => text.to_owned(),
    }
}
