//! The cases of a record in the order of reports: by plan, in plan order. Never completion order.

use crate::judge::RequirementOutcome;
use crate::record::{Outcome, PlanTitle, Record, RequirementRow, VerdictCounts};
use plan_language::plan::Class;

/// The cases of one plan.
#[derive(Clone, Debug)]
pub struct PlanGroup<'a> {
    /// Name of the plan.
    pub name: &'a str,
    /// Its title, file and digest, if the record knows it.
    pub plan: Option<&'a PlanTitle>,
    /// Its cases in plan order; never empty.
    pub cases: Vec<&'a Outcome>,
}

/// Groups the cases of a record by plan; every case is in exactly one group.
pub fn groups(record: &Record) -> Vec<PlanGroup<'_>> {
    let mut groups: Vec<PlanGroup<'_>> = record
        .plans
        .iter()
        .map(|plan| PlanGroup {
            name: &plan.name,
            plan: Some(plan),
            cases: Vec::new(),
        })
        .collect();
    for outcome in &record.cases {
        match groups.iter_mut().find(|group| *group.name == *outcome.plan) {
            Some(group) => group.cases.push(outcome),
            None => groups.push(PlanGroup {
                name: &outcome.plan,
                plan: None,
                cases: vec![outcome],
            }),
        }
    }
    groups.retain(|group| !group.cases.is_empty());
    groups
}

impl PlanGroup<'_> {
    /// Returns the title of the plan, or its name where there is none.
    pub fn title(&self) -> &str {
        self.plan.map_or(self.name, |plan| &plan.title)
    }

    /// Returns the number of its cases with each verdict.
    pub fn counts(&self) -> VerdictCounts {
        VerdictCounts::of(self.cases.iter().map(|case| case.verdict))
    }

    /// Returns the number of requirements that its cases tested, by class in the order A, B, C without empty ones, and
    /// the number of those that they cite and did not test.
    ///
    /// A requirement that cases of two plans cite counts in both.
    pub fn rows(&self, record: &Record) -> (Vec<(Class, usize)>, usize) {
        let cited = |row: &&RequirementRow| {
            let mut own = self.cases.iter();
            own.any(|case| row.traced.cases.contains(&case.case))
        };
        let cited: Vec<&RequirementRow> = record.requirements.iter().filter(cited).collect();
        let judged = |row: &RequirementRow| {
            matches!(
                row.traced.outcome,
                RequirementOutcome::Passed | RequirementOutcome::Failed
            )
        };
        let classes = [Class::A, Class::B, Class::C].map(|class| {
            let of_class = cited
                .iter()
                .filter(|row| row.requirement.class == class && judged(row));
            (class, of_class.count())
        });
        let classes: Vec<_> = classes
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .collect();
        let all: usize = classes.iter().map(|(_, number)| number).sum();
        (classes, cited.len() - all)
    }

    /// Returns the moments at which its first case began and its last case ended, in microseconds
    /// since the run began; cases that never began do not count.
    pub fn span_us(&self) -> (u64, u64) {
        let ran = || self.cases.iter().filter(|case| case.took_us > 0);
        let began = ran().map(|case| case.started_us).min().unwrap_or(0);
        let ended = ran()
            .map(|case| case.started_us.saturating_add(case.took_us))
            .max();
        (began, ended.unwrap_or(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Verdict;
    use crate::report::fixture::{Made, outcome, requirement};
    use plan_language::plan::Level;

    #[test]
    fn cases_stand_with_their_plan_and_plans_in_order() {
        let mut record = Made::default()
            .plan("b", "Second letter")
            .plan("empty", "Nothing in it")
            .plan("a", "First letter")
            .case(outcome("a", "one", Verdict::Passed))
            .case(outcome("b", "two", Verdict::Failed))
            .case(outcome("a", "three", Verdict::Skipped))
            .record();
        record
            .cases
            .push(outcome("unlisted", "four", Verdict::Passed));
        let groups = groups(&record);
        let titles: Vec<_> = groups
            .iter()
            .map(|group| (group.title(), group.cases.len()))
            .collect();
        assert_eq!(
            titles,
            [("Second letter", 1), ("First letter", 2), ("unlisted", 1)]
        );
        assert_eq!(groups[1].counts().skipped, 1);
    }

    #[test]
    fn the_rows_of_a_group_are_those_that_its_cases_cite() {
        let case = |plan, name, id: &str, verdict| {
            let mut one = outcome(plan, name, verdict);
            one.requirement = vec![id.into()];
            one
        };
        let mut record = Made::default()
            .plan("a", "A")
            .plan("b", "B")
            .requirement(requirement("R-1", Level::Must, Class::C))
            .requirement(requirement("R-2", Level::Must, Class::A))
            .requirement(requirement("R-3", Level::Must, Class::A))
            .requirement(requirement("R-4", Level::Must, Class::A))
            .case(case("a", "a/one", "R-1", Verdict::Passed))
            .case(case("a", "a/two", "R-2", Verdict::Failed))
            .case(case("a", "a/three", "R-3", Verdict::Skipped))
            .case(case("b", "b/one", "R-1", Verdict::Passed))
            .record();
        record.requirements[0].traced.outcome = RequirementOutcome::Passed;
        record.requirements[1].traced.outcome = RequirementOutcome::Failed;
        let groups = groups(&record);
        assert_eq!(
            groups[0].rows(&record),
            (vec![(Class::A, 1), (Class::C, 1)], 1)
        );
        assert_eq!(groups[1].rows(&record), (vec![(Class::C, 1)], 0));
    }

    #[test]
    fn a_group_lasts_from_its_first_begin_to_its_last_end() {
        let timed = |case, started_us, took_us, verdict| {
            let mut one = outcome("a", case, verdict);
            (one.started_us, one.took_us) = (started_us, took_us);
            one
        };
        let record = Made::default()
            .plan("a", "A")
            .case(timed("long", 100, 900, Verdict::Passed))
            .case(timed("short", 50, 10, Verdict::Failed))
            .case(timed("skipped", 0, 0, Verdict::Skipped))
            .case(timed("never opened", 0, 0, Verdict::Inconclusive))
            .record();
        assert_eq!(groups(&record)[0].span_us(), (50, 1_000));
    }
}
