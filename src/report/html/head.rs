//! The head of the page: the answer of the run and what a reader must know before the results.

use std::fmt::Write as _;

use crate::journal::Arrangement;
use crate::judge::{RequirementOutcome, RunVerdict};
use crate::plan::Level;
use crate::record::Record;
use crate::report::escape::escape;
use crate::report::tally::tallies;
use crate::report::words::{
    NOT_A_CERTIFICATE, NOT_ISSUED_BY_SAGE, Tone, answer, class_name, count, duration, subject,
    warnings,
};

// Writing to a string cannot fail; the results of `write!` are dropped in this module.

/// Adds the head.
pub(super) fn add(page: &mut String, record: &Record) {
    let answer = answer(record);
    let tone = match answer.tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Open => "open",
    };
    let _ = write!(
        page,
        "<header class=\"answer {tone}\"><h1>{}</h1>\n<p>{}</p>\n<p class=\"origin\">{}",
        escape(answer.word),
        escape(&answer.sentence),
        escape(&format!(
            "feedproof {}, {NOT_ISSUED_BY_SAGE}",
            record.header.version
        ))
    );
    if record.header.arrangement == Arrangement::Rehearsal {
        let _ = write!(page, " · <strong>{NOT_A_CERTIFICATE}</strong>");
    }
    page.push_str("</p></header>\n");
    not_judged(page, record);
    list(page, "Warnings", &warnings(record));
    facts(page, record);
    counts(page, record);
    causes(page, record);
}

fn list(page: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(page, "<section><h2>{}</h2><ul>", escape(title));
    for item in items {
        let _ = writeln!(page, "<li>{}</li>", escape(item));
    }
    page.push_str("</ul></section>\n");
}

/// Lists every MUST requirement that was not judged, with the reason.
fn not_judged(page: &mut String, record: &Record) {
    let RunVerdict::Incomplete { not_judged } = &record.verdict else {
        return;
    };
    let reasons: Vec<String> = not_judged
        .iter()
        .filter_map(|id| record.row(id))
        .map(|row| {
            let why = row.traced.why.as_deref().unwrap_or("no check judged it");
            format!("{}: {why}", row.requirement.id)
        })
        .collect();
    list(page, "MUST requirements not judged", &reasons);
}

fn facts(page: &mut String, record: &Record) {
    let header = &record.header;
    let rehearsal = header.arrangement == Arrangement::Rehearsal;
    page.push_str("<section><h2>The run</h2><dl>\n");
    let mut add = |name: &str, value: &str| {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{}</dd>", escape(value));
    };
    match subject(record) {
        Some(subject) => add("subject", &subject),
        None if rehearsal => add("subject", "none; everything was embedded"),
        None => add("subject", "not named"),
    }
    add("arrangement", header.arrangement.as_str());
    add("environment", &header.environment);
    add("feedproof", &header.version);
    add("plans", &header.provenance);
    add("started", &header.started);
    add("took", &duration(record.took_us));
    add("selected", &count(header.selection.len(), "case"));
    if header.filtered_out > 0 {
        add("filtered out", &count(header.filtered_out, "case"));
    }
    add(
        "strict",
        match header.strict {
            true => "yes: a failing SHOULD counts",
            false => "no: a failing SHOULD is a warning",
        },
    );
    match header.faults.is_empty() {
        true => add("faults on", "none"),
        false => add("faults on", &header.faults.join(", ")),
    }
    match header.relaxations.is_empty() {
        true => add("relaxed", "nothing"),
        false => header
            .relaxations
            .iter()
            .for_each(|one| add("relaxed", one)),
    }
    page.push_str("</dl>\n");
    if !header.sources.is_empty() {
        let _ = writeln!(
            page,
            "<details><summary>{} read, with digests</summary><table><thead><tr><th scope=\"col\">file</th>\
             <th scope=\"col\">SHA-256</th></tr></thead><tbody>",
            count(header.sources.len(), "file")
        );
        for one in &header.sources {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td><code>{}</code></td></tr>",
                escape(&one.file),
                escape(&one.sha256)
            );
        }
        page.push_str("</tbody></table></details>\n");
    }
    page.push_str("</section>\n");
}

fn counts(page: &mut String, record: &Record) {
    let counts = record.counts;
    let _ = writeln!(
        page,
        "<section><h2>Counts</h2>\n<p id=\"counts\">{}: {} passed, {} failed, {} errored, {} skipped in {}</p>",
        count(counts.all(), "case"),
        counts.passed,
        counts.failed,
        counts.errored,
        counts.skipped,
        duration(record.took_us)
    );
    if record.requirements.is_empty() {
        page.push_str("</section>\n");
        return;
    }
    page.push_str(
        "<div class=\"wide\"><table class=\"numbers\"><thead><tr><th scope=\"col\">requirements</th>\
         <th scope=\"col\">passed</th><th scope=\"col\">failed</th><th scope=\"col\">not judged</th>\
         <th scope=\"col\">not applicable</th></tr></thead><tbody>\n",
    );
    let mut add = |name: &str, numbers: [usize; 4]| {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escape(name));
        for number in numbers {
            let _ = write!(page, "<td>{number}</td>");
        }
        page.push_str("</tr>\n");
    };
    for level in [Level::Must, Level::Should, Level::May] {
        let of = |outcome| {
            let rows = record.requirements.iter();
            rows.filter(|row| row.requirement.level == level && row.traced.outcome == outcome)
                .count()
        };
        let numbers = [
            of(RequirementOutcome::Passed),
            of(RequirementOutcome::Failed),
            of(RequirementOutcome::NotJudged),
            of(RequirementOutcome::NotApplicable),
        ];
        if numbers.iter().sum::<usize>() > 0 {
            add(&format!("level {level}"), numbers);
        }
    }
    for one in tallies(record) {
        add(
            &format!("class {} ({})", one.class, class_name(one.class)),
            [one.passed, one.failed, one.not_judged, one.not_applicable],
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn causes(page: &mut String, record: &Record) {
    let causes: Vec<_> = record
        .causes
        .iter()
        .map(|cause| {
            format!(
                "{} errored for one reason: {} ({})",
                count(cause.cases.len(), "case"),
                cause.reason,
                cause.cases.join(", ")
            )
        })
        .collect();
    list(page, "Shared causes", &causes);
}
