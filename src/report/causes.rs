//! What went wrong in a run, worst first: each cause once, with the cases that it took along.
//!
//! A failed requirement is a cause, and so is what made cases inconclusive. Shared reasons are found by `record`.

use crate::judge::{Outcome, Verdict, counts};
use crate::record::{Record, RequirementRow};
use crate::report::failure::headline;
use crate::report::shared_cause;
use plan_language::participant::Mode;

/// A cause of failed or inconclusive cases.
#[derive(Debug)]
pub(super) struct Cause<'r> {
    /// `failed` or `inconclusive`.
    pub verdict: Verdict,
    /// The requirement that failed; `None` for any other cause.
    pub requirement: Option<&'r RequirementRow>,
    /// What happened, in one line.
    pub title: String,
    /// What more is to be said of it, a sentence.
    pub sentence: Option<String>,
    /// The cases with their positions in the record; never empty.
    pub cases: Vec<(usize, &'r Outcome)>,
}

/// Lists the causes: failed requirements whose failure counts, then the other failures, then what is inconclusive.
pub(super) fn causes(record: &Record) -> Vec<Cause<'_>> {
    let mut causes = failed_requirements(record);
    causes.extend(other_failures(record));
    causes.extend(inconclusive(record));
    causes
}

/// Lists the failed requirements in the order of their weight, and of the catalogue.
fn failed_requirements(record: &Record) -> Vec<Cause<'_>> {
    let broke = |row: &RequirementRow| {
        let cases = record.cases.iter().enumerate();
        cases
            .filter(|(_, case)| case.verdict == Verdict::Failed)
            .filter(|(_, case)| {
                let mut broken = case.broken();
                broken.any(|check| check.requirement.contains(&row.requirement.id))
            })
            .collect::<Vec<_>>()
    };
    let mut causes: Vec<Cause<'_>> = record
        .requirements
        .iter()
        .map(|row| (row, broke(row)))
        .filter(|(_, cases)| !cases.is_empty())
        .map(|(row, cases)| Cause {
            verdict: Verdict::Failed,
            requirement: Some(row),
            title: title(record, row),
            sentence: headline(record, cases[0].1),
            cases,
        })
        .collect();
    causes.sort_by_key(|cause| cause.requirement.map(|row| weight(record, row)));
    causes
}

/// Returns how little the failure of a requirement weighs.
fn weight(record: &Record, row: &RequirementRow) -> (bool, bool) {
    let counted = counts(row.requirement.level, record.header.strict)
        || record.header.mode == Mode::Rehearsal;
    (row.waived.is_some(), !counted)
}

fn title(record: &Record, row: &RequirementRow) -> String {
    let (id, level) = (&row.requirement.id, row.requirement.level);
    let remark = match (&row.waived, weight(record, row)) {
        (Some(waived), _) => format!(", waived: {waived}"),
        (None, (_, true)) => ", a warning".to_owned(),
        (None, _) => String::new(),
    };
    format!("{id} ({level}) failed{remark}")
}

/// Lists failed cases that broke no requirement that the catalogue has.
fn other_failures(record: &Record) -> impl Iterator<Item = Cause<'_>> {
    let cases = record.cases.iter().enumerate();
    cases
        .filter(|(_, case)| case.verdict == Verdict::Failed)
        .filter(|(_, case)| {
            let mut ids = case.broken().flat_map(|check| &check.requirement);
            !ids.any(|id| record.row(id).is_some())
        })
        .map(|(index, case)| Cause {
            verdict: Verdict::Failed,
            requirement: None,
            title: format!("{} failed", case.case),
            sentence: headline(record, case),
            cases: vec![(index, case)],
        })
}

/// Lists what several cases share first, and then the others.
fn inconclusive(record: &Record) -> Vec<Cause<'_>> {
    let cases = || record.cases.iter().enumerate();
    let mut causes: Vec<Cause<'_>> = record
        .causes
        .iter()
        .map(|cause| Cause {
            verdict: Verdict::Inconclusive,
            requirement: None,
            title: shared_cause::title(cause),
            sentence: Some(shared_cause::reason(record, cause)),
            cases: cases()
                .filter(|(_, case)| cause.cases.contains(&case.case))
                .collect(),
        })
        .filter(|cause| !cause.cases.is_empty())
        .collect();
    let is_shared = |case: &Outcome| {
        record
            .causes
            .iter()
            .any(|cause| cause.cases.contains(&case.case))
    };
    let alone =
        cases().filter(|(_, case)| case.verdict == Verdict::Inconclusive && !is_shared(case));
    causes.extend(alone.map(|(index, case)| Cause {
        verdict: Verdict::Inconclusive,
        requirement: None,
        title: format!("{} is inconclusive", case.case),
        sentence:
            headline(record, case).map(|said| said.trim_start_matches("inconclusive: ").to_owned()),
        cases: vec![(index, case)],
    }));
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{Made, broke, failed_run, outcome, requirement, unjudged};
    use crate::waivers::{Waiver, WaiverTarget};
    use plan_language::plan::{Class, Level};

    fn titles(record: &Record) -> Vec<String> {
        causes(record)
            .into_iter()
            .map(|cause| cause.title)
            .collect()
    }

    #[test]
    fn each_cause_stands_once_and_the_worst_first() {
        let record = failed_run();
        let causes = causes(&record);
        let cases: Vec<usize> = causes.iter().map(|cause| cause.cases.len()).collect();
        assert_eq!(
            titles(&record),
            [
                "OFF-04 (must) failed",
                "2 cases are inconclusive because of one cause"
            ]
        );
        assert_eq!(cases, [2, 2]);
    }

    #[test]
    fn what_is_waived_or_warns_stands_behind_what_counts() {
        let case_of = |id: &str| {
            let mut case = outcome("a", &format!("a/{id}"), Verdict::Failed);
            let mut check = broke("a rule", Vec::new());
            check.requirement = vec![id.into()];
            case.checks = vec![check];
            case
        };
        let mut open = outcome("a", "a/open", Verdict::Inconclusive);
        open.reason = Some("the network".to_owned());
        open.checks = vec![unjudged("a wait", "the network")];
        let record = Made::default()
            .mode(Mode::Connector)
            .header(|header| {
                let target = WaiverTarget::Requirement("A-1".to_owned());
                header.waivers = vec![Waiver::made_up(target)];
            })
            .requirement(requirement("A-1", Level::Must, Class::C))
            .requirement(requirement("A-2", Level::Should, Class::C))
            .requirement(requirement("A-3", Level::Must, Class::C))
            .case(open)
            .case(case_of("A-1"))
            .case(case_of("A-2"))
            .case(case_of("A-3"))
            .case(case_of("unknown"))
            .record();
        let waived = "A-1 (must) failed, waived: jane@acme.example answers for it until 2026-12-31: release 1.5 mends it";
        assert_eq!(
            titles(&record),
            [
                "A-3 (must) failed",
                "A-2 (should) failed, a warning",
                waived,
                "a/unknown failed",
                "a/open is inconclusive"
            ]
        );
    }
}
