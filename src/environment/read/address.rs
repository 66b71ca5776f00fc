//! Addresses: URLs of participants, and the address to listen on.

use std::net::SocketAddr;

use crate::environment::UserInfo;
use crate::environment::conceal::{has_odd_port, may_name_user};
use crate::secret::Secret;
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

/// A user name and password in an address, with the place of that.
pub(super) type WrittenUser = (UserInfo, Span);

/// Reads an absolute HTTP URL without user name, password and fragment.
pub(super) fn url(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let (url, user) = parts(text, span, findings)?;
    if user.is_some() {
        // The finding does not quote the text: it may contain a password.
        findings.push(Finding::new(
            span,
            "this URL must not contain a user name or password",
        ));
        return None;
    }
    Some(url)
}

/// Reads the URL of a participant to which requests bring a bearer of their own.
pub(super) fn bearer_url(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let (url, user) = parts(text, span, findings)?;
    if user.is_some() {
        findings.push(
            Finding::new(
                span,
                "this URL must not contain a user name or password: requests to it bring a bearer in `Authorization`, \
                 which has no place for both",
            )
            .with_hint("remove the part before `@`, and let the gateway pass requests with a bearer"),
        );
        return None;
    }
    Some(url)
}

/// Reads an absolute HTTP URL; a user name and password in it go to `users`.
pub(super) fn url_with_user(
    text: &str,
    span: &Span,
    users: &mut Vec<WrittenUser>,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let (url, user) = parts(text, span, findings)?;
    users.extend(user.map(|user| (user, span.clone())));
    Some(url)
}

/// Reads an absolute HTTP URL without fragment, and the user name and password in it.
fn parts(
    text: &str,
    span: &Span,
    findings: &mut Vec<Finding>,
) -> Option<(String, Option<UserInfo>)> {
    let finding = match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            let plain = plain_url(text, &url);
            if url.fragment().is_none() {
                return Some(plain);
            }
            let message = format!("`{}` has a fragment, which is never sent", plain.0);
            Finding::new(span, message).with_hint("remove the part from `#` on")
        }
        _ => Finding::new(span, format!("{} is not an HTTP URL", without_user(text)))
            .with_hint("an absolute URL such as `http://localhost:8080/notification`"),
    };
    findings.push(finding);
    None
}

/// Splits a URL, as it is written, from the user name and password in it.
fn plain_url(text: &str, url: &url::Url) -> (String, Option<UserInfo>) {
    if url.username().is_empty() && url.password().is_none() {
        return (text.to_owned(), None);
    }
    let decoded = |part: &str| {
        let bytes = percent_encoding::percent_decode_str(part);
        bytes.decode_utf8_lossy().into_owned()
    };
    let user = UserInfo {
        origin: url.origin().ascii_serialization(),
        username: decoded(url.username()),
        password: Secret::new(decoded(url.password().unwrap_or_default())),
    };
    let mut plain = url.clone();
    // A URL with a host takes both.
    let removed = plain.set_username("").is_ok() && plain.set_password(None).is_ok();
    debug_assert!(removed);
    (plain.into(), Some(user))
}

/// Returns the users of addresses, one for each origin; two different ones of one origin are a finding.
pub(super) fn one_for_each_origin(
    written: &[&[WrittenUser]],
    findings: &mut Vec<Finding>,
) -> Vec<UserInfo> {
    let mut users: Vec<(&UserInfo, &Span)> = Vec::new();
    for (user, span) in written.iter().copied().flatten() {
        let known = users.iter().find(|(other, _)| other.origin == user.origin);
        match known {
            Some((other, first)) if *other != user => findings.push(
                Finding::new(span, format!("there are two users for {}", user.origin))
                    .with_note(first, "the other one is here"),
            ),
            Some(_) => {}
            None => users.push((user, span)),
        }
    }
    users.into_iter().map(|(user, _)| user.clone()).collect()
}

/// Reads a base URL, to which paths are appended; returns it without a trailing slash.
pub(super) fn base(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
    let url = url(text, span, findings)?;
    without_query(url, span, findings)
}

/// Returns a base URL without a trailing slash, unless it has a query.
fn without_query(url: String, span: &Span, findings: &mut Vec<Finding>) -> Option<String> {
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

/// Takes a required base URL of a participant to which requests bring a bearer.
pub(super) fn require_base(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
    let (text, span) = fields.require_text(name)?;
    let url = bearer_url(text, span, fields.findings())?;
    without_query(url, span, fields.findings())
}

/// Takes a required base URL; a user name and password in it go to `users`.
pub(super) fn require_base_with_user(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    users: &mut Vec<WrittenUser>,
) -> Option<String> {
    let (text, span) = fields.require_text(name)?;
    let url = url_with_user(text, span, users, fields.findings())?;
    without_query(url, span, fields.findings())
}

/// Takes `listen` and `public`.
pub(super) fn listening(fields: &mut Fields<'_, '_>) -> (Option<SocketAddr>, Option<String>) {
    let mut listen = None;
    if let Some((text, span)) = fields.text("listen") {
        match text.parse() {
            Ok(address) => listen = Some(address),
            Err(_) => fields.findings().push(
                Finding::new(
                    span,
                    format!("{} is not an address to listen on", without_user(text)),
                )
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

/// Quotes a text that is no URL, without a possible user name and password in it.
pub(super) fn without_user(text: &str) -> String {
    let scheme = |before: &str| before.find("//").map_or(0, |start| start + 2);
    match text.rfind('@') {
        // A `//` behind the credentials does not begin an address.
        Some(at) => format!("`{}…{}`", &text[..scheme(&text[..at])], &text[at..]),
        None if may_name_user(text) || has_odd_port(text) && !text.contains("//") => {
            "this text, which may have a password in it,".to_owned()
        }
        None => format!("`{text}`"),
    }
}
