//! Connections to live participants: browser, rate, certificates, proxy and masked paths.

use crate::environment::read::address;
use crate::environment::read::field::{bounded, optional};
use crate::environment::{Browser, Proxy, Rate, Reference, Tls};
use plan_language::source::{Fields, Finding, Kind, Node, Span, nearest};
use plan_language::value::JsonPath;

/// The most requests in a second.
const RATE_MAX: u32 = 1000;

/// The fields of an environment about connections.
pub(super) struct Connection {
    pub browser: Browser,
    pub requests_per_second: Option<Rate>,
    pub tls: Tls,
    pub proxy: Option<Proxy>,
    pub masks: Vec<JsonPath>,
}

impl Connection {
    /// Takes `browser`, `requests_per_second`, `tls`, `proxy` and `masks`.
    pub fn take(fields: &mut Fields<'_, '_>) -> Self {
        let browser = optional(fields, "browser", browser).flatten();
        let requests_per_second = rate(fields);
        let tls = optional(fields, "tls", tls).unwrap_or_default();
        let proxy = fields
            .text("proxy")
            .and_then(|(text, span)| proxy(text, span, fields.findings()));
        Self {
            browser: browser.unwrap_or_default(),
            requests_per_second,
            tls,
            proxy,
            masks: masks(fields),
        }
    }
}

/// Reads `browser`.
fn browser(node: &Node, findings: &mut Vec<Finding>) -> Option<Browser> {
    let hint = "`http`, `manual`, or `{ webdriver: \"http://127.0.0.1:9515\" }`";
    match &node.kind {
        Kind::Text(word) => match word.as_str() {
            "http" => Some(Browser::Http),
            "manual" => Some(Browser::Manual),
            "webdriver" => {
                findings.push(
                    Finding::new(&node.span, "`webdriver` needs the address of its endpoint")
                        .with_hint("`{ webdriver: \"http://127.0.0.1:9515\" }`"),
                );
                None
            }
            word => {
                let finding = Finding::new(&node.span, format!("there is no browser `{word}`"));
                let near = nearest(word, ["http", "manual", "webdriver"]);
                findings.push(match near {
                    Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
                    None => finding.with_hint(hint),
                });
                None
            }
        },
        Kind::Map(_) => {
            let mut fields = Fields::of(node, "`browser`", findings)?;
            let url = fields.require_text("webdriver");
            let url = url.and_then(|(text, span)| address::base(text, span, fields.findings()));
            fields.end();
            url.and_then(|url| url::Url::parse(&url).ok())
                .map(Browser::Webdriver)
        }
        _ => {
            let message = format!(
                "`browser` is a name or a map, and this is {}",
                node.kind_name()
            );
            findings.push(Finding::new(&node.span, message).with_hint(hint));
            None
        }
    }
}

/// Takes `requests_per_second`.
fn rate(fields: &mut Fields<'_, '_>) -> Option<Rate> {
    bounded(fields, "requests_per_second", RATE_MAX)
        .and_then(|number| u32::try_from(number).ok())
        .and_then(Rate::new)
}

/// Reads `tls`.
fn tls(node: &Node, findings: &mut Vec<Finding>) -> Tls {
    let Some(mut fields) = Fields::of(node, "`tls`", findings) else {
        return Tls::default();
    };
    let mut read = |name: &'static str| {
        let (text, span) = fields.text(name)?;
        Reference::read(text, span, fields.findings())
    };
    let tls = Tls {
        ca: read("ca"),
        client_certificate: read("client_certificate"),
        client_key: read("client_key"),
        client_key_passphrase: read("client_key_passphrase"),
    };
    let [certificate, key, passphrase] =
        ["client_certificate", "client_key", "client_key_passphrase"].map(|name| fields.take(name));
    let half = match (certificate, key, passphrase) {
        (Some(node), None, _) => Some((node, "`client_certificate` needs its `client_key`")),
        (None, Some(node), _) => Some((node, "`client_key` needs its `client_certificate`")),
        (None, None, Some(node)) => Some((node, "`client_key_passphrase` needs its `client_key`")),
        _ => None,
    };
    if let Some((node, message)) = half {
        fields.complain(&node.span, message);
    }
    fields.end();
    tls
}

/// Reads `proxy`: a URL, or a reference to a URL with a password.
fn proxy(text: &str, span: &Span, findings: &mut Vec<Finding>) -> Option<Proxy> {
    if ["env:", "file:", "literal:"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
    {
        return Reference::read(text, span, findings).map(Proxy::Secret);
    }
    if url::Url::parse(text).is_ok_and(|url| url.password().is_some() || !url.username().is_empty())
    {
        findings.push(
            Finding::new(
                span,
                "a proxy URL with a user name or password must be a reference",
            )
            .with_hint("`env:NAME` or `file:PATH`, with the whole URL as its value"),
        );
        return None;
    }
    address::base(text, span, findings).map(Proxy::Plain)
}

/// Takes `masks`.
fn masks(fields: &mut Fields<'_, '_>) -> Vec<JsonPath> {
    let mut masks = Vec::new();
    for (text, span) in fields.words("masks") {
        if !text.starts_with('$') {
            let finding = Finding::new(span, format!("`{text}` is not a JSONPath")).with_hint(
                format!("begin it with `$`: `$..{text}` selects the field at any depth"),
            );
            fields.findings().push(finding);
        } else if text == "$" {
            fields.complain(
                span,
                "`$` masks the whole body, so that no check could read it",
            );
        } else {
            masks.extend(JsonPath::compile(text, span, fields.findings()));
        }
    }
    masks
}
