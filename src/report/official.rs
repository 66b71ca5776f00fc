//! The rows of the official test plan: what became of those that are known, in one sentence and row by row.
//!
//! Only requirements of class A restate rows of that plan. A row of which nothing but its existence is known is listed,
//! so that nobody takes the known rows for the whole plan, and never counted.

use std::sync::Arc;

use crate::judge::RequirementOutcome;
use crate::record::{Record, RequirementRow};
use crate::report::label::outcome_word;
use crate::report::number::ids;
use plan_language::plan::{Class, Requirement};

/// What every sentence about the official plan ends with while rows of it are unknown.
const MORE_ROWS: &str = "the official plan has more rows whose text is not public to us";

/// The word for a row that passed as far as it was tested, and of which a part was not tested.
pub(super) const PARTLY_TESTED: &str = "partly tested";

/// Tells whether a requirement restates a row of the official plan, or says that there is one.
pub fn is_official(requirement: &Requirement) -> bool {
    requirement.class == Class::A
}

/// Tells whether the text of an official row is known.
pub fn is_known(requirement: &Requirement) -> bool {
    is_official(requirement) && requirement.not_tested.is_none()
}

/// Says how many rows of the official plan a catalogue knows; `None` where it has none.
pub fn known_rows(requirements: &[Arc<Requirement>]) -> Option<String> {
    let official = || {
        requirements
            .iter()
            .filter(|requirement| is_official(requirement))
    };
    let known = official()
        .filter(|requirement| is_known(requirement))
        .count();
    let all = official().count();
    if all == 0 {
        return None;
    }
    let rows = crate::number::count(known, "official row");
    let rows = format!("{rows} whose text is public");
    Some(if known < all {
        format!("{rows}; {MORE_ROWS}")
    } else {
        rows
    })
}

/// Lists the rows of the official plan, in the order of the catalogue.
pub(super) fn official_rows(record: &Record) -> impl Iterator<Item = &RequirementRow> {
    let rows = record.requirements.iter();
    rows.filter(|row| is_official(&row.requirement))
}

/// Returns the word for the outcome of a requirement: `partly tested` where the run left a part of it open.
pub fn row_word(row: &RequirementRow) -> &'static str {
    if row.is_partly_tested() {
        return PARTLY_TESTED;
    }
    outcome_word(row.traced.outcome)
}

/// Says of a row that is partly tested what was left open: `ONB-23: not selected (…)`.
fn partly(row: &RequirementRow) -> Option<String> {
    let why = row.partly.as_deref()?;
    row.is_partly_tested()
        .then(|| format!("{}: {why}", row.requirement.id))
}

/// Says what became of the known rows of the official plan; `None` where the catalogue has none.
pub fn official_rows_sentence(record: &Record) -> Option<String> {
    let known: Vec<_> = official_rows(record)
        .filter(|row| is_known(&row.requirement))
        .collect();
    let unknown = official_rows(record).count() > known.len();
    if known.is_empty() && !unknown {
        return None;
    }
    let partly: Vec<_> = known.iter().filter_map(|row| partly(row)).collect();
    let of = |outcome: RequirementOutcome| -> Vec<Arc<str>> {
        let rows = known.iter().filter(|row| row.traced.outcome == outcome);
        rows.map(|row| row.requirement.id.clone()).collect()
    };
    let passed = of(RequirementOutcome::Passed).len() - partly.len();
    let plural = if known.len() == 1 { "row" } else { "rows" };
    let mut sentence = format!(
        "{passed} of {} official {plural} whose text is public passed",
        known.len()
    );
    if !partly.is_empty() {
        sentence = format!(
            "{sentence}, {} partly ({})",
            partly.len(),
            partly.join("; ")
        );
    }
    for (outcome, word) in [
        (RequirementOutcome::Failed, "failed"),
        (RequirementOutcome::NotTested, "not tested"),
        (RequirementOutcome::NotApplicable, "not applicable"),
    ] {
        let rows = of(outcome);
        if !rows.is_empty() {
            sentence = format!("{sentence}, {} {word} ({})", rows.len(), ids(&rows));
        }
    }
    if unknown {
        sentence = format!("{sentence}; {MORE_ROWS}");
    }
    Some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{Made, requirement};
    use plan_language::plan::Level;

    fn official(id: &str, not_tested: Option<&str>) -> Requirement {
        Requirement {
            not_tested: not_tested.map(str::to_owned),
            ..requirement(id, Level::Must, Class::A)
        }
    }

    #[test]
    fn a_catalogue_without_official_rows_says_nothing_about_them() {
        let record = Made::default()
            .requirement(requirement("C-1", Level::Must, Class::C))
            .record();
        assert_eq!(official_rows_sentence(&record), None);
        assert_eq!(known_rows(&[]), None);
    }

    #[test]
    fn only_known_rows_count() {
        let mut record = Made::default()
            .requirement(official("A-1", None))
            .requirement(official("A-2", None))
            .requirement(official("A-3", Some("its text is not known")))
            .record();
        let mut says = |outcomes: [RequirementOutcome; 2]| {
            for (row, outcome) in record.requirements.iter_mut().zip(outcomes) {
                row.traced.outcome = outcome;
            }
            official_rows_sentence(&record).expect("there are rows")
        };
        let passed = RequirementOutcome::Passed;
        assert_eq!(
            says([passed, passed]),
            "2 of 2 official rows whose text is public passed; the official plan has more rows whose text is not public to us"
        );
        assert_eq!(
            says([RequirementOutcome::Failed, RequirementOutcome::NotTested]),
            "0 of 2 official rows whose text is public passed, 1 failed (A-1), 1 not tested (A-2); \
             the official plan has more rows whose text is not public to us"
        );
        record.requirements.pop();
        record.requirements.pop();
        let alone = official_rows_sentence(&record).expect("there is a row");
        assert_eq!(
            alone,
            "0 of 1 official row whose text is public passed, 1 failed (A-1)"
        );
    }

    #[test]
    fn a_catalogue_counts_the_rows_that_it_knows() {
        let rows = [official("A-1", None), official("A-2", Some("cut"))].map(Arc::new);
        let says = known_rows(&rows).expect("there are rows");
        assert!(
            says.starts_with("1 official row whose text is public; the official plan has more"),
            "{says}"
        );
        assert_eq!(
            known_rows(&rows[..1]).as_deref(),
            Some("1 official row whose text is public")
        );
    }
}
