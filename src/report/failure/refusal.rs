//! The refusal behind a failure, in words.

use crate::journal::{Body, Message};
use crate::judge::Check;
use crate::record::{Outcome, Record, RefusalKind, refusal_behind};
use crate::report::failure::{BRIEF_BYTES_MAX, VALUE_BYTES_MAX};
use crate::report::label::party;
use crate::report::plain::{cut, line};

/// Returns the refusal that explains a check, in part of a line: `the provider's POST /v1/statements was refused: 400
/// totals_mismatch, …`.
pub(super) fn refusal(record: &Record, outcome: &Outcome, check: &Check) -> Option<String> {
    let refusal = refusal_behind(record, outcome, check)?;
    let who = party(refusal.by, record.header.mode);
    let title = cut(&refusal.request.title(), BRIEF_BYTES_MAX).into_owned();
    let said = said(refusal.response);
    Some(format!(
        "{who}'s {} was refused: {}{said}",
        line(&title),
        refusal.status
    ))
}

/// Writes what refusals of one kind have in common: `the provider's POST /v1/statements was refused: 400
/// totals_mismatch`.
pub(in crate::report) fn refusals(record: &Record, kind: &RefusalKind) -> String {
    let who = party(kind.by, record.header.mode);
    let title = format!("{} {}", kind.method, kind.path);
    let title = cut(&title, BRIEF_BYTES_MAX);
    let code = kind.code.as_deref().map_or_else(String::new, |code| {
        format!(" {}", line(&cut(code, BRIEF_BYTES_MAX)))
    });
    format!(
        "{who}'s {} was refused: {}{code}",
        line(&title),
        kind.status
    )
}

/// Returns what a refusal says for itself, after a space; empty where its body has no words.
fn said(message: &Message) -> String {
    let words = match &message.body {
        Body::Json(json) => {
            let json = json.open();
            let member = |name: &str| json.get(name).and_then(|value| value.as_str());
            let known: Vec<&str> = ["code", "message"].into_iter().filter_map(member).collect();
            known.join(", ")
        }
        Body::Text { text, .. } => text.clone(),
        _ => String::new(),
    };
    if words.trim().is_empty() {
        return String::new();
    }
    format!(" {}", line(&cut(&words, VALUE_BYTES_MAX)))
}
