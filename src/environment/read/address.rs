//! Addresses: URLs of participants, and the address to listen on.

use std::net::SocketAddr;

use plan_language::source::{Fields, Finding, Span};

/// The first segments of paths at the taps. A public URL that contains one of them would be ambiguous behind a proxy that
/// removes its path.
const TAP_PATHS: [&str; 9] = [
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

/// Reads an absolute HTTP URL without user name, password and fragment.
pub(super) fn url(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let finding = match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if !url.username().is_empty() || url.password().is_some() {
                // The finding does not quote the text: it may contain a password.
                Finding::new(span, "a URL must not contain a user name or password")
            } else if url.fragment().is_some() {
                Finding::new(
                    span,
                    format!("`{text}` has a fragment, which is never sent"),
                )
                .with_hint("remove the part from `#` on")
            } else {
                return Some(text.to_owned());
            }
        }
        _ => Finding::new(span, format!("`{}` is not an HTTP URL", without_user(text)))
            .with_hint("an absolute URL such as `http://localhost:8080/notification`"),
    };
    findings.push(finding);
    None
}

/// Reads a base URL, to which paths are appended; returns it without a trailing slash.
pub(super) fn base(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let url = url(text, span, findings)?;
    if url.contains('?') {
        findings.push(
            Finding::new(
                span,
                format!("`{url}` has a query, and feedproof appends paths to it"),
            )
            .with_hint("remove the part from `?` on"),
        );
        return None;
    }
    Some(url.trim_end_matches('/').to_owned())
}

/// Takes a required base URL.
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
                Finding::new(span, format!("`{text}` is not an address to listen on"))
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
        if let Some(first) = first.filter(|first| TAP_PATHS.contains(first)) {
            let message = format!("feedproof uses the path `/{first}` itself");
            let finding = Finding::new(&node.span, message).with_hint(
                "end the URL with another segment, such as `https://abc.example/feedproof`",
            );
            fields.findings().push(finding);
        }
    }
    (listen, public)
}

/// Returns a text without a possible user name and password in it.
fn without_user(text: &str) -> String {
    match (text.find("//"), text.rfind('@')) {
        (start, Some(at)) => {
            let start = start.map_or(0, |start| start + 2).min(at);
            format!("{}…{}", &text[..start], &text[at..])
        }
        _ => text.to_owned(),
    }
}
