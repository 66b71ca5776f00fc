//! The comparison as JSON, for programs; `reports/comparison.schema.json` describes it.

use serde_json::{Value, json};

use crate::comparison::{ComparisonAnswer, FORMAT};
use crate::report::answer::answer;
use crate::report::comparison::{ComparedRun, ComparedRuns};

pub(super) fn json(runs: &ComparedRuns<'_>) -> String {
    let answer = match runs.comparison.answer() {
        ComparisonAnswer::Worse => "worse",
        ComparisonAnswer::Better => "better",
        ComparisonAnswer::Changed => "changed",
        ComparisonAnswer::Same => "same",
    };
    let document = json!({
        "format": FORMAT,
        "answer": answer,
        "sentence": runs.sentence(),
        "earlier": run(&runs.earlier),
        "later": run(&runs.later),
        "changes": runs.comparison.changes,
    });
    format!("{document:#}\n")
}

fn run(run: &ComparedRun<'_>) -> Value {
    let header = &run.record.header;
    json!({
        "name": run.name,
        "judged_from_journal": run.is_verified,
        "notes": run.notes,
        "answer": answer(run.record).word,
        "subject": header.subject,
        "mode": header.mode,
        "environment": header.environment,
        "started": header.started,
        "version": header.version,
    })
}
