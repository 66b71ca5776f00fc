//! The answer of a run in words, and the notices that every report carries.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::judge::{Check, RequirementOutcome, RunVerdict, Verdict, counts};
use crate::number::{count, is_or_are};
use crate::record::{Outcome, Record, waiver_uses};
use crate::remarks::Remark;
use crate::report::number::ids;
use plan_language::participant::Mode;
use plan_language::plan::Requirement;

/// The notice on every report.
pub const NOT_ISSUED_BY_SAGE: &str = "not issued by Sage";

/// The notice on every report of a rehearsal.
pub const NOT_A_CERTIFICATE: &str = "rehearsal: not a certificate";

/// The notice on every report of a run against a live Banking Service with an emulated provider.
pub const NO_CONNECTOR: &str = "no connector was tested: not a certificate";

/// Returns the notice on every report of a run in which no live provider was tested.
pub fn watermark(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Rehearsal => Some(NOT_A_CERTIFICATE),
        Mode::Service => Some(NO_CONNECTOR),
        Mode::Connector | Mode::EndToEnd => None,
    }
}

/// How good an answer is; reports choose their colours by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerTone {
    /// The good answer.
    Good,
    /// Something failed, and the reader must act.
    Bad,
    /// Nothing failed, but too little was tested.
    Open,
}

/// The answers of runs, with what each means.
pub const RUN_ANSWERS: &[(&str, &str)] = &[
    (
        "CONFORMANT",
        "every MUST requirement that applies was tested and passed; failed SHOULD requirements are counted as warnings behind the word",
    ),
    (
        "CONFORMANT EXCEPT",
        "the same, but for the requirements behind the word: they failed, and somebody answers for that until a day (`--waivers`)",
    ),
    (
        "NOT CONFORMANT",
        "a MUST requirement failed; with `--strict`, also a SHOULD requirement",
    ),
    (
        "INCOMPLETE",
        "no requirement that counts failed, but a MUST requirement was not tested, or only partly, or a case is inconclusive",
    ),
    (
        "NOTHING TESTED",
        "no case was selected, or no selected case applies to the environment",
    ),
    (
        "REHEARSAL PASSED",
        "every participant was emulated, and no case failed or is inconclusive; never a certificate",
    ),
    (
        "REHEARSAL FAILED",
        "every participant was emulated, and a case failed or is inconclusive",
    ),
];

/// The answer of a run in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAnswer {
    /// The answer itself: `NOT CONFORMANT`, `CONFORMANT with 2 warnings`.
    pub word: String,
    /// What it means, in one sentence.
    pub sentence: String,
    /// How good it is.
    pub tone: AnswerTone,
}

/// Returns the answer of a run in words.
pub fn answer(record: &Record) -> RunAnswer {
    let word = record.verdict.word();
    let tone = match &record.verdict {
        RunVerdict::RehearsalPassed | RunVerdict::Conformant => AnswerTone::Good,
        RunVerdict::ConformantExcept { .. } => AnswerTone::Open,
        RunVerdict::RehearsalFailed | RunVerdict::NotConformant => AnswerTone::Bad,
        RunVerdict::Incomplete { .. } | RunVerdict::NothingTested => AnswerTone::Open,
    };
    RunAnswer {
        word: match (&record.verdict, warned(record).len()) {
            (RunVerdict::ConformantExcept { waived }, 0) => format!("{word} {}", ids(waived)),
            (RunVerdict::ConformantExcept { waived }, warned) => {
                format!("{word} {} with {}", ids(waived), count(warned, "warning"))
            }
            (RunVerdict::Conformant, warned @ 1..) => {
                format!("{word} with {}", count(warned, "warning"))
            }
            _ => word.to_owned(),
        },
        sentence: match record.cut_short() {
            None => sentence(record),
            Some((why, remedy)) => format!("{}; {why}: {remedy}", sentence(record)),
        },
        tone,
    }
}

/// Returns what the answer of a run means, with the numbers and ids on which it depends.
fn sentence(record: &Record) -> String {
    let inconclusive = record.counts.inconclusive;
    let is_any_waived = record.requirements.iter().any(|row| row.waived.is_some());
    let not_waived = if is_any_waived {
        " that is not waived"
    } else {
        ""
    };
    match &record.verdict {
        RunVerdict::RehearsalPassed => {
            "no case failed or is inconclusive; a rehearsal is never a certificate".to_owned()
        }
        RunVerdict::RehearsalFailed => format!(
            "{} failed, {inconclusive} {} inconclusive; a rehearsal is never a certificate",
            count(record.counts.failed, "case"),
            is_or_are(inconclusive)
        ),
        RunVerdict::Conformant => conformant(record),
        RunVerdict::ConformantExcept { waived } => {
            let failed = count(waived.len(), "waived requirement");
            let every = "every other MUST requirement that applies was tested and passed";
            format!("{failed} failed: {}; {every}", ids(waived))
        }
        RunVerdict::NotConformant => {
            let failed = failed(record);
            let number = count(failed.len(), "requirement");
            format!("{number} failed: {}", ids(&failed))
        }
        RunVerdict::Incomplete {
            not_tested,
            partly_tested,
        } if !not_tested.is_empty() || !partly_tested.is_empty() => {
            untested(not_tested, partly_tested)
        }
        RunVerdict::Incomplete { .. } if inconclusive > 0 => format!(
            "no requirement failed{not_waived}, but {} {} inconclusive",
            count(inconclusive, "case"),
            is_or_are(inconclusive)
        ),
        RunVerdict::Incomplete { .. } => {
            let mut cases = record.cases.iter();
            match cases.find(|case| case.hides_a_missing_judgement()) {
                Some(case) => format!(
                    "no requirement failed that counts, but a check of the failed case {} reached no conclusion",
                    case.case
                ),
                None => "no MUST requirement was tested".to_owned(),
            }
        }
        RunVerdict::NothingTested if record.counts.all() == 0 => "no case was selected".to_owned(),
        RunVerdict::NothingTested => "no selected case applies to this environment".to_owned(),
    }
}

fn conformant(record: &Record) -> String {
    let warned = warned(record);
    let sentence = match record.header.mode {
        Mode::Service => {
            "every MUST requirement that applies to the Banking Service was tested and passed; no connector was tested"
        }
        _ => "every MUST requirement that applies was tested and passed",
    };
    if warned.is_empty() {
        sentence.to_owned()
    } else {
        let names: Vec<_> = warned.iter().map(|row| row.id.clone()).collect();
        let warn = if names.len() == 1 { "warns" } else { "warn" };
        format!("{} failed and only {warn}; {sentence}", ids(&names))
    }
}

/// Says how many MUST requirements were not tested, or only partly, and which.
fn untested(not_tested: &[Arc<str>], partly_tested: &[Arc<str>]) -> String {
    let of = |rows: &[Arc<str>], word: &str| {
        let number = count(rows.len(), "MUST requirement");
        (!rows.is_empty()).then(|| format!("{number} {word}: {}", ids(rows)))
    };
    let parts = [
        of(not_tested, "not tested"),
        of(partly_tested, "only partly tested"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Lists the requirements whose failure counts.
fn failed(record: &Record) -> Vec<Arc<str>> {
    let rows = record.requirements.iter();
    rows.filter(|row| row.counts_as_failed(record.header.strict))
        .map(|row| row.requirement.id.clone())
        .collect()
}

/// Lists the failed requirements that are only warnings; empty in a rehearsal, where all count.
fn warned(record: &Record) -> Vec<&Requirement> {
    if record.header.mode == Mode::Rehearsal {
        return Vec::new();
    }
    let strict = record.header.strict;
    let requirements = record.requirements.iter();
    requirements
        .filter(|row| row.traced.outcome == RequirementOutcome::Failed)
        .map(|row| &*row.requirement)
        .filter(|requirement| !counts(requirement.level, strict))
        .collect()
}

/// Lists the failed requirements that are only warnings, one sentence each; empty in a rehearsal.
pub fn warnings(record: &Record) -> Vec<String> {
    warned(record)
        .into_iter()
        .map(|requirement| {
            let (id, level) = (&requirement.id, requirement.level);
            if counts(level, true) {
                format!("{id} ({level}) failed; it counts only with --strict")
            } else {
                format!("{id} ({level}) failed; it never counts")
            }
        })
        .collect()
}

/// Lists the MUST requirements that make a run INCOMPLETE, each with the reason why it was not tested, or not wholly.
pub(super) fn not_tested(record: &Record) -> Vec<String> {
    let RunVerdict::Incomplete {
        not_tested,
        partly_tested,
    } = &record.verdict
    else {
        return Vec::new();
    };
    let rows = not_tested.iter().chain(partly_tested);
    rows.filter_map(|id| record.row(id))
        .map(|row| {
            let id = &row.requirement.id;
            match (&row.partly, &row.traced.why) {
                (Some(part), _) => format!("{id}, a part of it: {part}"),
                (None, Some(why)) => format!("{id}: {why}"),
                (None, None) => format!("{id}: no check reached a conclusion about it"),
            }
        })
        .collect()
}

/// Tells whether a case failed and none of the requirements that it broke counts, because of their level or a waiver; in a
/// rehearsal all count.
pub(super) fn is_warning(record: &Record, outcome: &Outcome) -> bool {
    let strict = record.header.strict;
    let counted = |check: &Check| {
        let known: Vec<_> = check
            .requirement
            .iter()
            .filter_map(|id| record.row(id))
            .collect();
        known.is_empty()
            || known
                .iter()
                .any(|row| row.waived.is_none() && counts(row.requirement.level, strict))
    };
    outcome.verdict == Verdict::Failed
        && record.header.mode != Mode::Rehearsal
        && !outcome.broken().any(counted)
}

/// Says why the failure of such a case does not count (see [`is_warning`]).
pub(super) fn excuse(record: &Record, outcome: &Outcome) -> String {
    let ids = outcome.broken().flat_map(|check| &check.requirement);
    let waived: BTreeSet<&str> = ids
        .filter_map(|id| record.row(id)?.waived.as_deref())
        .collect();
    if waived.is_empty() {
        "only a warning without --strict".to_owned()
    } else {
        format!(
            "waived: {}",
            waived.into_iter().collect::<Vec<_>>().join("; ")
        )
    }
}

/// Lists the waivers of a run, a sentence each, with what became of them.
pub fn waivers(record: &Record) -> impl Iterator<Item = String> {
    waiver_uses(record).map(|(waiver, found)| {
        format!("{} {} ({})", waiver.target, found.as_words(), waiver.told())
    })
}

/// Lists the remarks of reviewers, those about the whole run first, and those about cases in the order of the cases.
pub(super) fn remarks(record: &Record) -> Vec<String> {
    let of_run = record.remarks.iter().filter(|remark| remark.case.is_none());
    let of_cases = record
        .cases
        .iter()
        .flat_map(|case| remarks_of(record, case));
    let of_cases = of_cases.map(|(case, remark)| format!("{case}: {remark}"));
    of_run
        .map(|remark| format!("the run: {remark}"))
        .chain(of_cases)
        .collect()
}

/// Lists the remarks about a case, each with the id of the case.
pub(super) fn remarks_of<'r>(
    record: &'r Record,
    case: &'r Outcome,
) -> impl Iterator<Item = (&'r str, &'r Remark)> {
    let remarks = record.remarks.iter();
    remarks
        .filter(|remark| remark.case.as_deref() == Some(&case.case))
        .map(|remark| (&*case.case, remark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Fact;
    use crate::report::fixture::{Made, requirement};
    use plan_language::plan::{Class, Level};

    #[test]
    fn a_run_whose_time_was_over_says_what_to_do() {
        let why = "the run's time (30m, --timeout) was over".to_owned();
        let mut record = Made::default()
            .event(Fact::CutShort {
                why,
                remedy: "give the run more time, or run fewer cases with --filter".into(),
            })
            .record();
        record.verdict = RunVerdict::Incomplete {
            not_tested: vec!["A-1".into()],
            partly_tested: Vec::new(),
        };
        assert_eq!(
            answer(&record).sentence,
            "1 MUST requirement not tested: A-1; the run's time (30m, --timeout) was over: give the run more time, or run fewer cases with --filter"
        );
    }

    #[test]
    fn every_answer_has_its_words() {
        let mut record = Made::default().record();
        let mut says = |verdict| {
            record.verdict = verdict;
            let answer = answer(&record);
            format!("{}: {}", answer.word, answer.sentence)
        };
        assert_eq!(
            says(RunVerdict::NothingTested),
            "NOTHING TESTED: no case was selected"
        );
        assert_eq!(
            says(RunVerdict::Incomplete {
                not_tested: vec!["A-1".into(), "A-2".into()],
                partly_tested: Vec::new()
            }),
            "INCOMPLETE: 2 MUST requirements not tested: A-1, A-2"
        );
        assert_eq!(
            says(RunVerdict::Incomplete {
                not_tested: vec!["A-1".into()],
                partly_tested: vec!["A-2".into()]
            }),
            "INCOMPLETE: 1 MUST requirement not tested: A-1; 1 MUST requirement only partly tested: A-2"
        );
        assert_eq!(
            says(RunVerdict::Incomplete {
                not_tested: Vec::new(),
                partly_tested: Vec::new()
            }),
            "INCOMPLETE: no MUST requirement was tested"
        );
        assert!(says(RunVerdict::RehearsalPassed).contains("never a certificate"));
        assert!(says(RunVerdict::RehearsalFailed).contains("never a certificate"));
        assert!(says(RunVerdict::Conformant).starts_with("CONFORMANT: every MUST"));
    }

    #[test]
    fn a_broken_should_is_a_warning_unless_strict() {
        let mut record = Made::default()
            .mode(Mode::Connector)
            .requirement(requirement("S-1", Level::Should, Class::C))
            .record();
        record.requirements[0].traced.outcome = RequirementOutcome::Failed;
        assert_eq!(
            warnings(&record),
            ["S-1 (should) failed; it counts only with --strict"]
        );
        record.verdict = RunVerdict::Conformant;
        let told = answer(&record);
        assert_eq!(
            format!("{}: {}", told.word, told.sentence),
            "CONFORMANT with 1 warning: S-1 failed and only warns; \
             every MUST requirement that applies was tested and passed"
        );
        record.header.strict = true;
        assert!(warnings(&record).is_empty());
    }
}
