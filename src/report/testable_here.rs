//! Which requirements the mode of a run can test, and what prevents the others.

use std::sync::Arc;

use crate::number::count;
use crate::record::{ObstacleKind, Record, RequirementRow};
use crate::report::number::ids;
use plan_language::plan::Level;

/// The requirements that the mode of a run can test, in words.
pub(super) struct TestableHere {
    /// How many requirements can be tested, in one sentence.
    pub sentence: String,
    /// Requirements that cannot be tested, or only by some of their cases, in the catalogue's order.
    pub left_out: Vec<LeftOut>,
}

/// A requirement that cannot be tested, or only by some of its cases.
pub(super) struct LeftOut {
    /// Id of the requirement.
    pub id: Arc<str>,
    /// Its level.
    pub level: Level,
    /// Whether other cases can test it.
    pub can: bool,
    /// What prevents it.
    pub why: String,
}

impl TestableHere {
    /// Groups the requirements that cannot be tested at all by what prevents it.
    pub fn causes(&self) -> Vec<(&str, Vec<Arc<str>>)> {
        let mut causes: Vec<(&str, Vec<Arc<str>>)> = Vec::new();
        for row in self.left_out.iter().filter(|row| !row.can) {
            match causes.iter_mut().find(|(why, _)| *why == row.why) {
                Some((_, ids)) => ids.push(row.id.clone()),
                None => causes.push((&row.why, vec![row.id.clone()])),
            }
        }
        causes
    }
}

impl LeftOut {
    /// Returns whether it can be tested, in words.
    pub fn word(&self) -> &'static str {
        if self.can {
            "in part"
        } else {
            "cannot be tested"
        }
    }
}

/// Says which requirements the mode of a run can test, and what prevents the others.
pub(super) fn testable(record: &Record) -> TestableHere {
    // What a filter left out says nothing about the mode.
    let selected = |row: &&RequirementRow| {
        let mut obstacles = row.testable.obstacles.iter();
        !obstacles.any(|obstacle| obstacle.kind == ObstacleKind::NotSelected)
    };
    let all = record.requirements.len();
    let known = record.requirements.iter().filter(selected).count();
    let can = record
        .requirements
        .iter()
        .filter(|row| row.testable.can)
        .count();
    let rows = record.requirements.iter().filter(selected);
    let left_out: Vec<_> = rows
        .filter(|row| !row.testable.can || !row.testable.obstacles.is_empty())
        .map(|row| LeftOut {
            id: row.requirement.id.clone(),
            level: row.requirement.level,
            can: row.testable.can,
            why: row
                .testable
                .obstacles
                .iter()
                .map(|obstacle| {
                    if obstacle.cases.is_empty() {
                        obstacle.why.clone()
                    } else {
                        format!("{} ({})", obstacle.why, ids(&obstacle.cases))
                    }
                })
                .collect::<Vec<_>>()
                .join("; "),
        })
        .collect();
    let part = left_out.iter().filter(|row| row.can).count();
    let mode = record.header.mode;
    let mut sentence = format!(
        "{can} of {} can be tested in the mode {mode}",
        count(known, "requirement")
    );
    if part > 0 {
        sentence = format!("{sentence}, {part} of them only by some of their cases");
    }
    if known < all {
        let rest = count(all - known, "requirement");
        sentence = format!("{sentence}; no selected case cites the other {rest}");
    }
    TestableHere { sentence, left_out }
}
