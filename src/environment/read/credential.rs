//! `credentials`: what Sage issues to a provider and to a product.

use crate::environment::{Credentials, Reference};
use plan_language::source::{Fields, Finding, Node};

/// Takes a required reference.
pub(super) fn reference(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Reference> {
    let (text, span) = fields.require_text(name)?;
    Reference::read(text, span, fields.findings())
}

/// Reads `credentials`.
pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> Option<Credentials> {
    let mut fields = Fields::of(node, "`credentials`", findings)?;
    let api_key = reference(&mut fields, "api_key");
    let client_id = reference(&mut fields, "client_id");
    let client_secret = reference(&mut fields, "client_secret");
    let application_key = reference(&mut fields, "application_key");
    let audience = plain_text(&mut fields, "audience");
    let notification_audience = plain_text(&mut fields, "notification_audience");
    let application = plain_text(&mut fields, "application");
    fields.end();
    Some(Credentials {
        api_key: api_key?,
        client_id: client_id?,
        client_secret: client_secret?,
        audience: audience?,
        notification_audience: notification_audience?,
        application: application?,
        application_key: application_key?,
    })
}

/// Takes a required text that is no secret; `literal:` before it is allowed, a reference is not.
fn plain_text(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
    let (text, span) = fields.require_text(name)?;
    if text.starts_with("env:") || text.starts_with("file:") {
        let finding = Finding::new(
            span,
            format!("`{name}` is no secret and must be written in plain text"),
        )
        .with_hint("write the value itself, without `env:` or `file:`");
        fields.findings().push(finding);
        return None;
    }
    Some(text.strip_prefix("literal:").unwrap_or(text).to_owned())
}
