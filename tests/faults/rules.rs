//! The faults that rules name: each makes exactly the check fail that the rule names with it.
//!
//! Only the named cases are rehearsed, so this takes a minute where the whole matrix takes several.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use feedproof::judge::CheckOutcome;
use feedproof::record::Record;
use feedproof::shipped;
use feedproof::topology::{Fault, simulate};
use plan_language::plan::{Library, Plan, Rule, RuleCheck, StepKey};

use super::ONLY;
use super::stand::{Stand, rehearsal};

fn shipped_library() -> Library {
    Library::read(&shipped::documents_with_rules())
        .unwrap_or_else(|invalid| panic!("{:?}", invalid.findings))
}

/// Keeps the named cases of the shipped plans.
fn library_of(cases: &BTreeSet<Arc<str>>) -> Library {
    let mut library = shipped_library();
    for plan in &mut library.plans {
        *plan = Arc::new(Plan {
            name: plan.name.clone(),
            title: plan.title.clone(),
            file: plan.file.clone(),
            digest: plan.digest.clone(),
            cases: plan
                .cases
                .iter()
                .filter(|case| cases.contains(&case.id))
                .cloned()
                .collect(),
        });
    }
    library.plans.retain(|plan| !plan.cases.is_empty());
    library
}

/// Tells whether the check that a rule names fails in the record of its case.
fn fails(rule: &Rule, named: &RuleCheck, library: &Library, record: &Record) -> bool {
    let case = library.cases().find(|case| case.id == named.case);
    let case = case.expect("the case was rehearsed");
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

#[test]
fn every_fault_of_a_rule_makes_the_check_fail_that_the_rule_names() {
    let library = shipped_library();
    let mut named: BTreeMap<&str, Vec<(&Rule, &RuleCheck)>> = BTreeMap::new();
    for rule in &library.rules {
        for check in &rule.checks {
            for fault in &check.faults {
                named.entry(fault).or_default().push((rule, check));
            }
        }
    }
    let only = std::env::var(ONLY).ok().filter(|name| !name.is_empty());
    named.retain(|name, _| only.as_deref().is_none_or(|wanted| wanted == *name));
    let mut wrong = Vec::new();
    for (name, checks) in named {
        let fault = Fault::parse(name).expect("it is in the catalogue");
        let cases = checks.iter().map(|(_, check)| check.case.clone()).collect();
        let rehearsal = async {
            Stand::in_process(library_of(&cases), rehearsal(), fault.into())
                .await
                .run()
                .await
        };
        let record = simulate(rehearsal).expect("there is a runtime");
        for (rule, check) in checks {
            if !fails(rule, check, &library, &record) {
                let step = check.step.as_ref().map(ToString::to_string);
                let step = step.unwrap_or_default();
                let case = &check.case;
                wrong.push(format!("{name}: {} names {case} {step}", rule.id));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these checks pass under the fault:\n{}",
        wrong.join("\n")
    );
}
