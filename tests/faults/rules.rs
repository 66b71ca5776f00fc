//! The faults that rules name: each makes exactly the check fail that the rule names with it.

use feedproof::judge::CheckOutcome;
use feedproof::record::Record;
use feedproof::topology::Fault;
use plan_language::plan::{Library, Rule, RuleCheck, StepKey};

/// Lists the checks that rules name with a fault.
fn named(fault: Fault, library: &Library) -> impl Iterator<Item = (&Rule, &RuleCheck)> {
    library.rules.iter().flat_map(move |rule| {
        let checks = rule.checks.iter().map(move |check| (rule, check));
        checks.filter(move |(_, check)| check.faults.iter().any(|name| *name == fault.id()))
    })
}

/// Tells whether a rule names a case with a fault.
pub(super) fn name(fault: Fault, library: &Library, case: &str) -> bool {
    named(fault, library).any(|(_, check)| &*check.case == case)
}

/// Tells whether the check that a rule names fails in a record of all cases.
fn fails(rule: &Rule, named: &RuleCheck, library: &Library, record: &Record) -> bool {
    let case = library.cases().find(|case| case.id == named.case);
    let case = case.expect("rules name cases that there are");
    let step = named
        .position(case)
        .map(|position| StepKey::top("steps", position));
    let outcome = record.cases.iter().find(|outcome| outcome.case == case.id);
    let mut checks = outcome.expect("the case was rehearsed").checks.iter();
    checks.any(|check| {
        check.outcome == CheckOutcome::Violation
            && check
                .requirement
                .iter()
                .any(|id| rule.requirement.contains(id))
            && step.as_ref().is_none_or(|step| check.step.is_part_of(step))
    })
}

/// Lists the checks that rules name with a fault and that pass under it.
pub(super) fn passing(fault: Fault, library: &Library, record: &Record) -> Vec<String> {
    named(fault, library)
        .filter(|(rule, check)| !fails(rule, check, library, record))
        .map(|(rule, check)| {
            let step = check.step.as_ref().map(ToString::to_string);
            let step = step.unwrap_or_default();
            format!(
                "{}: {} names {} {step}, which passes under it",
                fault.id(),
                rule.id,
                check.case
            )
        })
        .collect()
}
