//! What a run left open of a requirement that passed: checks that do not apply here, and cases that did not run to
//! their end. Whether the requirement passed at all is left to `judge`.

use std::collections::BTreeMap;

use crate::judge::{Finding, RequirementOutcome, TracedRequirement, Verdict};
use crate::number::first_names;
use crate::record::Outcome;
use plan_language::plan::{Library, Requirement};

/// Says for every requirement of the catalogue what the run left open of it, in the catalogue's order.
///
/// Only requirements that passed are asked for: the word must not stand for less than the cases that test them.
pub(super) fn left_open(
    library: &Library,
    outcomes: &[Outcome],
    traced: &[TracedRequirement],
) -> Vec<Option<String>> {
    let outcomes: BTreeMap<&str, &Outcome> = outcomes
        .iter()
        .map(|outcome| (&*outcome.case, outcome))
        .collect();
    let rows = library.requirements.iter().zip(traced);
    rows.map(|(requirement, traced)| {
        let passed = traced.outcome == RequirementOutcome::Passed;
        passed
            .then(|| left_open_of(library, &outcomes, requirement, traced))
            .flatten()
    })
    .collect()
}

fn left_open_of(
    library: &Library,
    outcomes: &BTreeMap<&str, &Outcome>,
    requirement: &Requirement,
    traced: &TracedRequirement,
) -> Option<String> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    let mut add = |reason: String, case| match reasons.iter_mut().find(|(told, _)| *told == reason)
    {
        Some((_, cases)) => cases.push(case),
        None => reasons.push((reason, vec![case])),
    };
    for outcome in traced.cases.iter().filter_map(|id| outcomes.get(&**id)) {
        if let Some(reason) = left_open_by(outcome, requirement) {
            add(reason, &*outcome.case);
        }
    }
    let citing = library
        .cases()
        .filter(|case| case.requirement.contains(&requirement.id));
    for case in citing.filter(|case| !outcomes.contains_key(&*case.id)) {
        add("not selected".to_owned(), &*case.id);
    }
    let told = reasons
        .iter()
        .map(|(reason, cases)| format!("{reason} ({})", first_names(cases)));
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Says what one case left open of a requirement; `None` if it judged all of it that there is to judge here.
///
/// A feature that the environment declares to be absent takes its part of the requirement away, and so does a case in
/// which nothing is under test: the requirement asks for no more of this subject.
fn left_open_by(outcome: &Outcome, requirement: &Requirement) -> Option<String> {
    let because = |word: &str| match &outcome.reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    let was_run = !outcome.checks.is_empty();
    match outcome.verdict {
        Verdict::Skipped if outcome.declared => return None,
        Verdict::Skipped if !was_run => return Some(because("skipped")),
        Verdict::Inconclusive => return Some(because("inconclusive")),
        Verdict::Skipped | Verdict::Passed | Verdict::Failed => {}
    }
    let mut own = outcome
        .checks
        .iter()
        .filter(|check| check.requirement.contains(&requirement.id));
    // Only a comparison with a ledger is ever inapplicable.
    own.any(|check| matches!(check.finding, Finding::Inapplicable { .. }))
        .then(|| "no ledger: amounts were not compared with the bank's".to_owned())
}
