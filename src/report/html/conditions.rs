//! The conditions under which a run can be a certificate, each with a tick or the reason why it is not met.
//!
//! Which there are, and whether they are met, is left to `record`.

use std::fmt::Write;

use crate::record::{Condition, Record, conditions};
use crate::report::escape::escape;
use plan_language::participant::Participant;

/// Adds the conditions: open where a connector is the subject, folded up where none could be certified anyway.
pub(super) fn certificate(page: &mut String, record: &Record) {
    let conditions = conditions(record);
    let met = conditions.iter().filter(|one| one.unmet.is_none()).count();
    let open = if record.header.mode.is_live(Participant::Provider) {
        " open"
    } else {
        ""
    };
    let _ = writeln!(
        page,
        "<section><h2>Conditions of a certificate</h2><details{open}><summary>{met} of {} are met</summary>\
         <ul class=\"conditions\">",
        conditions.len()
    );
    for condition in &conditions {
        page.push_str(&item(condition));
    }
    page.push_str("</ul></details></section>\n");
}

fn item(condition: &Condition) -> String {
    let rule = escape(condition.rule);
    match &condition.unmet {
        None => format!("<li><span class=\"verdict passed\">✓</span> {rule}</li>\n"),
        Some(why) => format!(
            "<li><span class=\"verdict failed\">✗</span> {rule}: {}</li>\n",
            escape(why)
        ),
    }
}
