//! `waits` and `features`, and times.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::environment::read::field::{by_name, each_entry};
use crate::environment::run_time;
use plan_language::plan::{Declared, WAITS};
use plan_language::source::{Finding, Node, nearest};
use plan_language::value::duration;

/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Adds a hint to a finding about an unknown word: the nearest known word, or else all of them.
pub(super) fn unknown<'w>(
    finding: Finding,
    word: &str,
    words: impl IntoIterator<Item = &'w str>,
    plural: &str,
) -> Finding {
    let words: Vec<_> = words.into_iter().collect();
    match nearest(word, words.iter().copied()) {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => finding.with_hint(format!("{plural} are: {}", words.join(", "))),
    }
}

/// Reads a time with a unit and an upper bound.
pub(super) fn bounded_time(
    node: &Node,
    max: Duration,
    findings: &mut Vec<Finding>,
) -> Option<Duration> {
    let read = |text: &str| match duration::parse(text)? {
        time if time <= max => Ok(time),
        _ => Err(format!(
            "the longest time here is {}",
            duration::format(max)
        )),
    };
    time(node, read, findings)
}

/// Reads a time with a unit.
fn time(
    node: &Node,
    read: impl Fn(&str) -> Result<Duration, String>,
    findings: &mut Vec<Finding>,
) -> Option<Duration> {
    match node.as_text().map(read) {
        Some(Ok(time)) => return Some(time),
        Some(Err(why)) => findings.push(Finding::new(&node.span, why)),
        None => findings
            .push(Finding::new(&node.span, "a time needs a unit").with_hint("`90s` or `10m`")),
    }
    None
}

/// Reads `timeout`: the longest time of a run.
pub(super) fn run_length(node: &Node, findings: &mut Vec<Finding>) -> Option<Duration> {
    time(node, run_time, findings)
}

/// Reads `waits`.
pub(super) fn waits(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<String, Duration> {
    let read = each_entry(
        node,
        "`waits` is a map from names of waits to times",
        findings,
        |key, node, findings| {
            if !WAITS.iter().any(|wait| wait.name == key.text) {
                let finding = Finding::new(&key.span, format!("there is no wait `{}`", key.text));
                let words = WAITS.iter().map(|wait| wait.name);
                findings.push(unknown(finding, &key.text, words, "waits"));
            }
            bounded_time(node, WAIT_MAX, findings)
        },
    );
    by_name(read)
}

/// Reads `features`.
pub(super) fn features(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<String, Declared> {
    let what = "`features` is a map from features to `supported` or `absent`";
    let read = each_entry(node, what, findings, |_, node, findings| {
        match node.as_text() {
            Some("supported") => Some(Declared::Supported),
            Some("absent") => Some(Declared::Absent),
            other => {
                let finding = Finding::new(&node.span, "a feature is `supported` or `absent`");
                let near = other.and_then(|word| nearest(word, ["supported", "absent"]));
                findings.push(match near {
                    Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
                    None => finding.with_hint("remove the feature if you know neither"),
                });
                None
            }
        }
    });
    by_name(read)
}
