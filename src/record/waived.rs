//! Which failures of a run are waived, and what became of each waiver.

use std::collections::BTreeSet;

use crate::journal::Header;
use crate::judge::{Outcome, RequirementOutcome, TracedRequirement, Verdict};
use crate::record::Record;
use crate::waivers::{Waiver, WaiverTarget};

/// What became of a waiver in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverUse {
    /// Its target failed, and that is excused.
    Excuses,
    /// Its target failed, and it has expired.
    Expired,
    /// Its target passed.
    Passed,
    /// Its target neither failed nor passed: an inconclusive or skipped case, or a requirement that was not tested.
    Open,
}

impl WaiverUse {
    /// Says what became of it, in words that follow what it is for.
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::Excuses => "failed, and is waived",
            Self::Expired => "failed, and the waiver has expired",
            Self::Passed => "passed unexpectedly; remove the waiver",
            Self::Open => "did not fail; the waiver had no effect",
        }
    }
}

/// Tells whether a waiver in force is for a case.
pub(super) fn is_waived_case(header: &Header, case: &str) -> bool {
    let mut waivers = header.waivers.iter();
    waivers.any(|waiver| {
        waiver.is_in_force(&header.started)
            && matches!(&waiver.target, WaiverTarget::Case(id) if id == case)
    })
}

/// Says of each requirement who answers for its failure; `None` unless it failed and is waived.
///
/// A waiver of the requirement excuses all its failures. Waivers of cases excuse it where they excuse every case that
/// broke it.
pub(super) fn waived(
    header: &Header,
    traced: &[TracedRequirement],
    outcomes: &[Outcome],
) -> Vec<Option<String>> {
    let in_force = || {
        header
            .waivers
            .iter()
            .filter(|waiver| waiver.is_in_force(&header.started))
    };
    let of = |target: WaiverTarget| in_force().find(|waiver| waiver.target == target);
    let told = |row: &TracedRequirement| {
        if row.outcome != RequirementOutcome::Failed {
            return None;
        }
        if let Some(waiver) = of(WaiverTarget::Requirement(row.id.to_string())) {
            return Some(waiver.told());
        }
        let broke = outcomes.iter().filter(|outcome| {
            let mut broken = outcome.broken();
            broken.any(|check| check.requirement.iter().any(|id| **id == *row.id))
        });
        let waivers: Option<Vec<&Waiver>> = broke
            .map(|outcome| of(WaiverTarget::Case(outcome.case.to_string())))
            .collect();
        let told: BTreeSet<String> = waivers?.into_iter().map(Waiver::told).collect();
        (!told.is_empty()).then(|| told.into_iter().collect::<Vec<_>>().join("; "))
    };
    traced.iter().map(told).collect()
}

/// Lists the waivers of a run, in the order of their file, with what became of each.
pub fn waiver_uses(record: &Record) -> impl Iterator<Item = (&Waiver, WaiverUse)> {
    record.header.waivers.iter().map(|waiver| {
        let (failed, passed) = match &waiver.target {
            WaiverTarget::Requirement(id) => {
                let row = record.row(id);
                let is = |outcome| row.is_some_and(|row| row.traced.outcome == outcome);
                (
                    is(RequirementOutcome::Failed),
                    is(RequirementOutcome::Passed),
                )
            }
            WaiverTarget::Case(id) => {
                let mut cases = record.cases.iter();
                let case = cases.find(|case| *case.case == **id);
                let is = |verdict| case.is_some_and(|case| case.verdict == verdict);
                (is(Verdict::Failed), is(Verdict::Passed))
            }
        };
        let found = match (failed, passed) {
            (true, _) if waiver.is_in_force(&record.header.started) => WaiverUse::Excuses,
            (true, _) => WaiverUse::Expired,
            (false, true) => WaiverUse::Passed,
            (false, false) => WaiverUse::Open,
        };
        (waiver, found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::CheckOutcome;

    fn sample() -> Record {
        let json = include_bytes!("../../reports/sample/record.json");
        serde_json::from_slice(json).expect("the sample is a record")
    }

    /// Returns a requirement that failed in the sample, and the cases that broke it.
    fn failed(record: &Record) -> (String, Vec<String>) {
        let mut rows = record.requirements.iter();
        let row = rows.find(|row| row.traced.outcome == RequirementOutcome::Failed);
        let id = row.expect("a failure").requirement.id.clone();
        let broke = record
            .cases
            .iter()
            .filter(|case| case.broken().any(|check| check.requirement.contains(&id)));
        let cases = broke.map(|case| case.case.to_string()).collect();
        (id.to_string(), cases)
    }

    fn waived_ids(record: &Record) -> Vec<String> {
        let rows = record.requirements.iter();
        let traced: Vec<_> = rows.map(|row| row.traced.clone()).collect();
        let waived = waived(&record.header, &traced, &record.cases);
        let pairs = traced.iter().zip(waived);
        pairs
            .filter(|(_, waived)| waived.is_some())
            .map(|(row, _)| row.id.to_string())
            .collect()
    }

    fn uses(record: &Record) -> Vec<WaiverUse> {
        waiver_uses(record).map(|(_, found)| found).collect()
    }

    #[test]
    fn a_failure_is_waived_until_its_waiver_expires() {
        let mut record = sample();
        let (id, _) = failed(&record);
        let waiver = Waiver::made_up(WaiverTarget::Requirement(id.clone()));
        record.header.waivers.push(waiver);
        assert_eq!(waived_ids(&record), [id]);
        assert_eq!(uses(&record), [WaiverUse::Excuses]);
        record.header.started = "2027-01-01T00:00:00Z".to_owned();
        assert!(waived_ids(&record).is_empty());
        assert_eq!(uses(&record), [WaiverUse::Expired]);
    }

    #[test]
    fn every_case_that_broke_a_requirement_must_be_waived() {
        let mut record = sample();
        let (id, cases) = failed(&record);
        for (number, case) in cases.iter().enumerate() {
            assert!(
                !waived_ids(&record).contains(&id),
                "{number} of {}",
                cases.len()
            );
            let waiver = Waiver::made_up(WaiverTarget::Case(case.clone()));
            record.header.waivers.push(waiver);
        }
        assert!(waived_ids(&record).contains(&id));
        assert!(
            uses(&record)
                .iter()
                .all(|found| *found == WaiverUse::Excuses)
        );
    }

    #[test]
    fn a_waiver_of_what_did_not_fail_is_told_apart() {
        let mut record = sample();
        let row = |record: &Record, outcome| {
            let mut rows = record.requirements.iter();
            let row = rows.find(|row| row.traced.outcome == outcome).expect("one");
            WaiverTarget::Requirement(row.requirement.id.to_string())
        };
        let (passed, open) = (
            row(&record, RequirementOutcome::Passed),
            row(&record, RequirementOutcome::NotTested),
        );
        for target in [passed, open, WaiverTarget::Case("none/such".into())] {
            record.header.waivers.push(Waiver::made_up(target));
        }
        assert!(waived_ids(&record).is_empty());
        let expected = [WaiverUse::Passed, WaiverUse::Open, WaiverUse::Open];
        assert_eq!(uses(&record), expected);
    }

    #[test]
    fn a_waived_case_that_broke_only_a_warning_hides_no_missing_judgement() {
        let mut record = sample();
        let (id, cases) = failed(&record);
        record.cases.retain(|case| *case.case == *cases[0]);
        let target = WaiverTarget::Case(cases[0].clone());
        record.header.waivers.push(Waiver::made_up(target));
        let why = "the network".to_owned();
        let mut open = record.cases[0].checks[0].clone();
        open.outcome = CheckOutcome::Inconclusive(why);
        record.cases[0].checks.push(open);
        let verdicts = |excepted: &[&str]| {
            crate::record::run_verdicts(&record.header, &record.cases, excepted)
        };
        assert_eq!(verdicts(&[&id]), [Verdict::Failed]);
        assert_eq!(verdicts(&[]), [Verdict::Failed, Verdict::Inconclusive]);
    }
}
