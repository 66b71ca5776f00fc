//! The numbers of requirements by class and outcome; derived from the rows of the record.

use crate::judge::RequirementOutcome;
use crate::record::Record;
use plan_language::plan::Class;

/// The requirements of one class, counted by outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassTally {
    /// The class.
    pub class: Class,
    /// Passed, with evidence of a subject.
    pub passed: usize,
    /// Passed as far as it was tested; the run left a part open.
    pub partly_tested: usize,
    /// Failed.
    pub failed: usize,
    /// Not tested by any check.
    pub not_tested: usize,
    /// None of their subjects is under test.
    pub not_applicable: usize,
}

/// Counts requirements by class, in the order A, B, C; a class without requirements is left out.
pub fn tallies(record: &Record) -> Vec<ClassTally> {
    let of = |class| {
        let rows = || {
            let rows = record.requirements.iter();
            rows.filter(move |row| row.requirement.class == class)
        };
        let count = |outcome| rows().filter(|row| row.traced.outcome == outcome).count();
        let partly_tested = rows().filter(|row| row.is_partly_tested()).count();
        ClassTally {
            class,
            passed: count(RequirementOutcome::Passed) - partly_tested,
            partly_tested,
            failed: count(RequirementOutcome::Failed),
            not_tested: count(RequirementOutcome::NotTested),
            not_applicable: count(RequirementOutcome::NotApplicable),
        }
    };
    [Class::A, Class::B, Class::C]
        .map(of)
        .into_iter()
        .filter(|tally| tally.all() > 0)
        .collect()
}

impl ClassTally {
    /// Returns the number of requirements of the class.
    pub fn all(self) -> usize {
        self.passed + self.partly_tested + self.failed + self.not_tested + self.not_applicable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{Made, requirement};
    use plan_language::plan::Level;

    #[test]
    fn every_requirement_is_counted_once() {
        let mut record = Made::default()
            .requirement(requirement("A-1", Level::Must, Class::A))
            .requirement(requirement("C-1", Level::Must, Class::C))
            .requirement(requirement("C-2", Level::May, Class::C))
            .record();
        record.requirements[0].traced.outcome = RequirementOutcome::Passed;
        record.requirements[1].traced.outcome = RequirementOutcome::Failed;
        let tallies = tallies(&record);
        assert_eq!(tallies.iter().map(|tally| tally.all()).sum::<usize>(), 3);
        assert_eq!((tallies[0].class, tallies[0].passed), (Class::A, 1));
        record.requirements[0].partly = Some("not selected (a/two)".to_owned());
        let partly = super::tallies(&record)[0];
        assert_eq!(
            (partly.passed, partly.partly_tested, partly.all()),
            (0, 1, 1)
        );
        assert_eq!(
            (tallies[1].class, tallies[1].failed, tallies[1].not_tested),
            (Class::C, 1, 1)
        );
    }
}
