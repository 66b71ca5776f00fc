//! The words that all reports share: who, how long, and the answer of the run.

use std::sync::Arc;

use crate::journal::Micros;
use crate::judge::{RequirementOutcome, RunVerdict, Verdict, counts};
use crate::record::{ObstacleKind, Record, Row};
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Class, Level};

/// Stands on every report.
pub const NOT_ISSUED_BY_SAGE: &str = "not issued by Sage";

/// Stands on every report of a rehearsal.
pub const NOT_A_CERTIFICATE: &str = "rehearsal: not a certificate";

/// Number of ids that a sentence lists before it only counts.
const IDS_MAX: usize = 12;

/// How a piece of news is to be taken; colours follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Someone must act.
    Bad,
    /// No answer yet.
    Open,
}

/// The answer of a run in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The answer itself: `NOT CONFORMANT`.
    pub word: &'static str,
    /// What it means and on what it rests, in one sentence.
    pub sentence: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// Says the answer of the run.
pub fn answer(record: &Record) -> Answer {
    let answer = |word, tone, sentence| Answer {
        word,
        sentence,
        tone,
    };
    match &record.verdict {
        RunVerdict::RehearsalPassed => answer(
            "REHEARSAL PASSED",
            Tone::Good,
            "no case failed or inconclusive; a rehearsal is never a certificate".to_owned(),
        ),
        RunVerdict::RehearsalFailed => answer(
            "REHEARSAL FAILED",
            Tone::Bad,
            format!(
                "{} failed and {} inconclusive; a rehearsal is never a certificate",
                count(record.counts.failed, "case"),
                record.counts.inconclusive
            ),
        ),
        RunVerdict::Conformant => answer(
            "CONFORMANT",
            Tone::Good,
            "every MUST requirement that applies was judged and passed".to_owned(),
        ),
        RunVerdict::NotConformant => {
            let counted = broken(record, |level| counts(level, record.header.strict));
            answer(
                "NOT CONFORMANT",
                Tone::Bad,
                format!(
                    "{} broken: {}",
                    count(counted.len(), "requirement"),
                    ids(&counted)
                ),
            )
        }
        RunVerdict::Incomplete { not_tested } if not_tested.is_empty() => answer(
            "INCOMPLETE",
            Tone::Open,
            match record.counts.inconclusive {
                0 => "no MUST requirement was judged".to_owned(),
                inconclusive => format!(
                    "no requirement is broken, but {} inconclusive",
                    count(inconclusive, "case")
                ),
            },
        ),
        RunVerdict::Incomplete { not_tested } => answer(
            "INCOMPLETE",
            Tone::Open,
            format!(
                "{} not tested: {}",
                count(not_tested.len(), "MUST requirement"),
                ids(not_tested)
            ),
        ),
        RunVerdict::NothingTested => answer(
            "NOTHING TESTED",
            Tone::Open,
            match record.counts.all() {
                0 => "no case was selected".to_owned(),
                _ => "no selected case applies here".to_owned(),
            },
        ),
    }
}

/// Says which broken requirements do not count, one sentence each; empty in a rehearsal.
pub fn warnings(record: &Record) -> Vec<String> {
    if record.header.mode == Mode::Rehearsal {
        return Vec::new();
    }
    let strict = record.header.strict;
    let requirements = record.requirements.iter();
    requirements
        .filter(|row| row.traced.outcome == RequirementOutcome::Failed)
        .map(|row| &row.requirement)
        .filter(|one| !counts(one.level, strict))
        .map(|one| match counts(one.level, true) {
            true => format!(
                "{} ({}) is broken; it counts only with --strict",
                one.id, one.level
            ),
            false => format!("{} ({}) is not so; it never counts", one.id, one.level),
        })
        .collect()
}

/// Says of every MUST requirement that keeps a run incomplete why it was not tested.
pub(super) fn not_tested(record: &Record) -> Vec<String> {
    let RunVerdict::Incomplete { not_tested } = &record.verdict else {
        return Vec::new();
    };
    not_tested
        .iter()
        .filter_map(|id| record.row(id))
        .map(|row| {
            let why = row.traced.why.as_deref().unwrap_or("no check judged it");
            format!("{}: {why}", row.requirement.id)
        })
        .collect()
}

/// Lists what a reader must know of a run before its results, as names and values.
pub(super) fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let header = &record.header;
    let mut facts = Vec::new();
    let mut add = |name, value: String| facts.push((name, value));
    add(
        "subject",
        match (subject(record), header.mode) {
            (Some(subject), _) => subject,
            (None, Mode::Rehearsal) => "none; everything was emulated".to_owned(),
            (None, _) => "not named".to_owned(),
        },
    );
    add("mode", format!("{}: {}", header.mode, played(header.mode)));
    add("environment", header.environment.clone());
    add("feedproof", header.version.clone());
    add("plans", header.provenance.clone());
    add("started", header.started.clone());
    add("took", duration(record.took_us));
    add("selected", count(header.selection.len(), "case"));
    if header.filtered_out > 0 {
        add("filtered out", count(header.filtered_out, "case"));
    }
    add(
        "strict",
        match header.strict {
            true => "yes: a failing SHOULD counts",
            false => "no: a failing SHOULD is a warning",
        }
        .to_owned(),
    );
    add(
        "faults on",
        match header.faults.is_empty() {
            true => "none".to_owned(),
            false => header.faults.join(", "),
        },
    );
    if header.relaxations.is_empty() {
        add("limits loosened", "nothing".to_owned());
    }
    for one in &header.relaxations {
        add("limits loosened", one.clone());
    }
    facts
}

/// Says who is real and who is played in a mode.
fn played(mode: Mode) -> &'static str {
    match mode {
        Mode::Rehearsal => "service, Sage ID and provider are emulated",
        Mode::Connector => "the provider is live, service and Sage ID are emulated",
        Mode::Service => "service and Sage ID are live, the provider is emulated",
        Mode::EndToEnd => "service, Sage ID and provider are live",
    }
}

/// What can be judged where the run took place, and what cannot.
pub(super) struct TestableHere {
    /// The whole in one sentence.
    pub sentence: String,
    /// Requirements that cannot be judged, or of which cases were left out, in the catalogue's order.
    pub left_out: Vec<LeftOut>,
}

/// A requirement that cannot be judged, or not by all of its cases.
pub(super) struct LeftOut {
    /// Id of the requirement.
    pub id: Arc<str>,
    /// How much it demands.
    pub level: Level,
    /// Whether other cases can judge it.
    pub can: bool,
    /// What stands against it.
    pub why: String,
}

impl TestableHere {
    /// Groups the requirements that cannot be judged at all by what stands against them.
    pub fn causes(&self) -> Vec<(&str, Vec<Arc<str>>)> {
        let mut causes: Vec<(&str, Vec<Arc<str>>)> = Vec::new();
        for one in self.left_out.iter().filter(|one| !one.can) {
            match causes.iter_mut().find(|(why, _)| *why == one.why) {
                Some((_, ids)) => ids.push(one.id.clone()),
                None => causes.push((&one.why, vec![one.id.clone()])),
            }
        }
        causes
    }
}

impl LeftOut {
    /// Returns the words for what can be done here.
    pub fn word(&self) -> &'static str {
        match self.can {
            true => "in part",
            false => "cannot be judged",
        }
    }
}

/// Says which requirements the mode of a run can judge, and why not the others.
pub(super) fn testable(record: &Record) -> TestableHere {
    // What a filter left out says nothing about the mode.
    let selected = |row: &&Row| {
        let mut obstacles = row.testable.obstacles.iter();
        !obstacles.any(|one| one.kind == ObstacleKind::NotSelected)
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
                .map(|one| match one.cases.is_empty() {
                    true => one.why.clone(),
                    false => format!("{} ({})", one.why, ids(&one.cases)),
                })
                .collect::<Vec<_>>()
                .join("; "),
        })
        .collect();
    let part = left_out.iter().filter(|one| one.can).count();
    let mode = record.header.mode;
    let mut sentence = format!(
        "{can} of {} can be judged in this mode ({mode})",
        count(known, "requirement")
    );
    if part > 0 {
        sentence = format!("{sentence}, {part} of them without some of their cases");
    }
    if known < all {
        let rest = all - known;
        sentence = format!("{sentence}; no selected case cites the other {rest}");
    }
    TestableHere { sentence, left_out }
}

fn broken(record: &Record, counts: impl Fn(Level) -> bool) -> Vec<Arc<str>> {
    let rows = record.requirements.iter();
    rows.filter(|row| row.traced.outcome == RequirementOutcome::Failed)
        .filter(|row| counts(row.requirement.level))
        .map(|row| row.requirement.id.clone())
        .collect()
}

/// Lists ids, and only counts those beyond the first dozen.
pub(super) fn ids(list: &[Arc<str>]) -> String {
    let (named, rest) = list.split_at(list.len().min(IDS_MAX));
    match rest.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Says a number of things: `1 case`, `2 cases`.
pub(super) fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// Says that there are more of a thing: `1 more case`, `2 more cases`.
pub(super) fn more(number: usize, thing: &str) -> String {
    count(number, &format!("more {thing}"))
}

/// Names a participant, and whether it is one that feedproof brought along.
pub fn party(one: Participant, mode: Mode) -> &'static str {
    match (one, mode.is_live(one)) {
        (Participant::Product, _) => "the product",
        (Participant::Browser, _) => "the browser",
        (Participant::Service, true) => "the service",
        (Participant::Service, false) => "the emulated service",
        (Participant::Sageid, true) => "Sage ID",
        (Participant::Sageid, false) => "the emulated Sage ID",
        (Participant::Provider, true) => "the provider",
        (Participant::Provider, false) => "the reference provider",
    }
}

/// Names the subject of a run with version and commit, if the environment names one.
pub fn subject(record: &Record) -> Option<String> {
    let subject = record.header.subject.as_ref()?;
    let mut name = subject.name.clone();
    if let Some(version) = &subject.version {
        name = format!("{name} {version}");
    }
    if let Some(commit) = &subject.commit {
        name = format!("{name} ({commit})");
    }
    Some(name)
}

/// Says where the wording of a class of requirements comes from.
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::A => "official test plan",
        Class::B => "asserted by Sage's own collection",
        Class::C => "derived by us, never Sage's wording",
    }
}

/// Returns the sign that stands before the word of a verdict.
pub fn mark(verdict: Verdict) -> char {
    match verdict {
        Verdict::Passed => '✓',
        Verdict::Failed => '✗',
        Verdict::Inconclusive => '!',
        Verdict::Skipped => '-',
    }
}

/// Writes how long something took, with the precision that a reader needs.
pub fn duration(micros: Micros) -> String {
    match micros {
        0..1_000 => "<1 ms".to_owned(),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        // Rounded down, so that 59.999 s does not read 60.00 s.
        1_000_000..60_000_000 => {
            format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100)
        }
        _ => format!(
            "{} min {:02} s",
            micros / 60_000_000,
            micros / 1_000_000 % 60
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{Made, requirement};

    #[test]
    fn durations_change_their_unit_at_the_border() {
        for (micros, expected) in [
            (0, "<1 ms"),
            (999, "<1 ms"),
            (1_000, "1 ms"),
            (999_999, "999 ms"),
            (1_000_000, "1.00 s"),
            (59_999_999, "59.99 s"),
            (60_000_000, "1 min 00 s"),
            (3_725_000_000, "62 min 05 s"),
        ] {
            assert_eq!(duration(micros), expected);
        }
    }

    #[test]
    fn a_long_list_of_ids_is_counted() {
        let list: Vec<Arc<str>> = (1..=13).map(|n| format!("X-{n:02}").into()).collect();
        assert_eq!(ids(&list[..2]), "X-01, X-02");
        assert!(ids(&list[..12]).ends_with("X-12"));
        assert!(ids(&list).ends_with("X-12 and 1 more"));
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
                not_tested: vec!["A-1".into(), "A-2".into()]
            }),
            "INCOMPLETE: 2 MUST requirements not tested: A-1, A-2"
        );
        assert_eq!(
            says(RunVerdict::Incomplete {
                not_tested: Vec::new()
            }),
            "INCOMPLETE: no MUST requirement was judged"
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
            ["S-1 (should) is broken; it counts only with --strict"]
        );
        record.header.strict = true;
        assert!(warnings(&record).is_empty());
    }
}
