//! The cases of a record in the order of reports: by plan, in plan order. Never completion order.

use crate::record::{Counts, Outcome, PlanTitle, Record};

/// The cases of one plan.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Name of the plan.
    pub name: &'a str,
    /// Its title, file and digest, if the record knows it.
    pub plan: Option<&'a PlanTitle>,
    /// Its cases in plan order; never empty.
    pub cases: Vec<&'a Outcome>,
}

/// Groups the cases of a record by plan; every case stands in exactly one group.
pub fn groups(record: &Record) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = record
        .plans
        .iter()
        .map(|plan| Group {
            name: &plan.name,
            plan: Some(plan),
            cases: Vec::new(),
        })
        .collect();
    for outcome in &record.cases {
        match groups.iter_mut().find(|group| *group.name == *outcome.plan) {
            Some(group) => group.cases.push(outcome),
            None => groups.push(Group {
                name: &outcome.plan,
                plan: None,
                cases: vec![outcome],
            }),
        }
    }
    groups.retain(|group| !group.cases.is_empty());
    groups
}

impl Group<'_> {
    /// Returns the title of the plan, or its name where there is none.
    pub fn title(&self) -> &str {
        self.plan.map_or(self.name, |plan| &plan.title)
    }

    /// Returns how many of its cases came out how.
    pub fn counts(&self) -> Counts {
        Counts::of(self.cases.iter().map(|case| case.verdict))
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
    use crate::report::fixture::{Made, outcome};

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
        record.cases.push(outcome("stray", "four", Verdict::Passed));
        let groups = groups(&record);
        let titles: Vec<_> = groups
            .iter()
            .map(|group| (group.title(), group.cases.len()))
            .collect();
        assert_eq!(
            titles,
            [("Second letter", 1), ("First letter", 2), ("stray", 1)]
        );
        assert_eq!(groups[1].counts().skipped, 1);
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
            .case(timed("never opened", 0, 0, Verdict::Errored))
            .record();
        assert_eq!(groups(&record)[0].span_us(), (50, 1_000));
    }
}
