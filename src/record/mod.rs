//! The record: a finished run as data, from which every report is made.
//!
//! A record depends on plans and journal alone, so that a run that is judged again gives the same bytes. Counts are
//! derived from the cases. `record.json` contains everything except the events, which are in the journal; both together
//! give the whole record back.

mod cause;
mod eligibility;
mod excerpt;
mod index;
mod partly;
mod read;
mod refusal;
mod settings;
mod testable;
mod wait;
mod waived;

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

pub use cause::SharedCause;
pub use eligibility::{
    CERTIFIED_WAIT_MAX, Condition, ENDED_BY_ITSELF, conditions, conditions_before,
};
pub use excerpt::PlanExcerpt;
pub use refusal::{Refusal, RefusalKind, refusal_behind};
pub use settings::{changed_plans, loosened_waits, undeclared};
pub use wait::TightWait;
pub use waived::{WaiverUse, waiver_uses};

use crate::journal::{Event, Fact, Header, Journal, JournalEnd, Message, Micros, Seq};
pub use crate::judge::Outcome;
use crate::judge::{
    RequirementOutcome, RunFacts, RunVerdict, TracedRequirement, Verdict, counts, judge_run, trace,
};
use crate::remarks::Remark;
use plan_language::participant::Participant;
use plan_language::plan::{Library, Place, Plan, Requirement, Ruling};

use index::RecordIndex;
pub use read::RecordError;
pub(crate) use testable::CitingCase;
pub use testable::{Obstacle, ObstacleKind, Testable};

/// The version of the format of `record.json`.
pub const FORMAT: u32 = 3;

/// A finished run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Version of this format.
    pub format: u32,
    /// Versions, plans, environment and selection.
    pub header: Header,
    /// What reviewers say about the run; beside it, and in no file that follows from its journal alone.
    #[serde(skip)]
    pub remarks: Vec<Remark>,
    /// The answer of the run.
    pub verdict: RunVerdict,
    /// The number of cases with each verdict.
    pub counts: VerdictCounts,
    /// The end of the journal from which it was made; missing for a journal that has no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalEnd>,
    /// How long the run took, from its first to its last event, in microseconds.
    pub took_us: Micros,
    /// The cases, in plan order.
    pub cases: Vec<Outcome>,
    /// Every requirement of the catalogue with its outcome, in the catalogue's order.
    pub requirements: Vec<RequirementRow>,
    /// Reasons that several cases share, with the cases; the most common first.
    pub causes: Vec<SharedCause>,
    /// Positions of messages that belong to no case, and of those that a tap refused; token calls are
    /// shared by nature and not among them.
    pub unattributed: Vec<Seq>,
    /// Waits that were met after at least 70 % of their limit, in the journal's order.
    #[serde(default)]
    pub tight_waits: Vec<TightWait>,
    /// The lines of plans to which failed and inconclusive checks point, in the order of files and lines.
    #[serde(default)]
    pub excerpts: Vec<PlanExcerpt>,
    /// Titles of plans by name, in plan order.
    pub plans: Vec<PlanTitle>,
    /// The events of the run; they are in `journal.jsonl`, not in `record.json`.
    #[serde(skip)]
    pub events: Vec<Arc<Event>>,
    /// The rulings that its requirements cite.
    pub rulings: Vec<Ruling>,
    /// The positions of requirements and exchanges; built when it is first used.
    #[serde(skip)]
    index: OnceLock<RecordIndex>,
}

/// Name and title of a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanTitle {
    /// Name.
    pub name: Arc<str>,
    /// Title.
    pub title: String,
    /// Name of the file.
    pub file: Arc<str>,
    /// SHA-256 of the file, in hex.
    pub digest: String,
}

impl PlanTitle {
    fn of(plan: &Plan) -> Self {
        Self {
            name: plan.name.clone(),
            title: plan.title.clone(),
            file: plan.file.clone(),
            digest: plan.digest.clone(),
        }
    }
}

/// The number of cases with each verdict; derived from the cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictCounts {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Inconclusive.
    pub inconclusive: usize,
    /// Skipped.
    pub skipped: usize,
}

impl VerdictCounts {
    /// Counts verdicts.
    pub fn of(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let mut counts = Self::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed => counts.failed += 1,
                Verdict::Inconclusive => counts.inconclusive += 1,
                Verdict::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    /// Returns the number of all cases.
    pub fn all(self) -> usize {
        self.passed + self.failed + self.inconclusive + self.skipped
    }
}

/// A row of the traceability table: a requirement with its outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequirementRow {
    /// The requirement.
    pub requirement: Arc<Requirement>,
    /// Its outcome, cases and evidence.
    pub traced: TracedRequirement,
    /// Whether the mode of the run can test it at all.
    pub testable: Testable,
    /// What the run left open of a requirement that passed: it is only partly tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partly: Option<String>,
    /// Who answers for its failure, until when and why, where that is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
}

impl RequirementRow {
    /// Tells whether the requirement passed, and the run left a part of it open.
    pub fn is_partly_tested(&self) -> bool {
        self.partly.is_some() && self.traced.outcome == RequirementOutcome::Passed
    }

    /// Tells whether the requirement failed, and its failure counts.
    pub fn counts_as_failed(&self, strict: bool) -> bool {
        self.traced.outcome == RequirementOutcome::Failed
            && self.waived.is_none()
            && counts(self.requirement.level, strict)
    }
}

/// An exchange of the run: a request with its response or its failure.
#[derive(Clone, Debug)]
pub struct RecordedExchange<'a> {
    /// The event of the request.
    pub request: &'a Event,
    /// The event of its response or its failure, if the journal has one.
    pub end: Option<&'a Event>,
}

impl Record {
    /// Builds the record of a run.
    ///
    /// `outcomes` are those of the selected cases, in plan order.
    pub fn of(
        library: &Library,
        journal: &Journal,
        header: Header,
        outcomes: Vec<Outcome>,
    ) -> Self {
        let events = journal.events();
        let traced = trace(&library.requirements, &outcomes, header.mode);
        let partly = partly::left_open(library, &outcomes, &traced);
        let waived = waived::waived(&header, &traced, &outcomes);
        let are_some =
            |rows: &[Option<String>]| rows.iter().map(Option::is_some).collect::<Vec<_>>();
        let (left_open, are_waived) = (are_some(&partly), are_some(&waived));
        let excepted = excepted(library.requirements.iter().zip(&waived), header.strict);
        let verdict = judge_run(RunFacts {
            mode: header.mode,
            strict: header.strict,
            verdicts: &run_verdicts(&header, &outcomes, &excepted),
            requirements: &library.requirements,
            traced: &traced,
            left_open: &left_open,
            waived: &are_waived,
        });
        let testable = testable::testable(library, &outcomes, header.mode);
        let rows = library.requirements.iter().cloned().zip(traced);
        let mut record = Self {
            format: FORMAT,
            remarks: Vec::new(),
            verdict,
            counts: VerdictCounts::of(outcomes.iter().map(|outcome| outcome.verdict)),
            journal: journal.end_of_file(),
            took_us: events.last().map_or(0, |event| event.at),
            causes: Vec::new(),
            tight_waits: wait::tight_waits(&events),
            excerpts: excerpt::excerpts(library, &outcomes),
            cases: outcomes,
            requirements: rows
                .zip(testable)
                .zip(partly.into_iter().zip(waived))
                .map(
                    |(((requirement, traced), testable), (partly, waived))| RequirementRow {
                        requirement,
                        traced,
                        testable,
                        partly,
                        waived,
                    },
                )
                .collect(),
            unattributed: unattributed(journal),
            plans: library
                .plans
                .iter()
                .map(|plan| PlanTitle::of(plan))
                .collect(),
            events,
            rulings: cited_rulings(library),
            index: OnceLock::new(),
            header,
        };
        record.causes = cause::causes(&record);
        record
    }

    /// Lists the verdicts on which the verdict of the run depends (see [`Outcome::run_verdicts`]).
    pub fn run_verdicts(&self) -> Vec<Verdict> {
        let rows = self.requirements.iter();
        let rows = rows.map(|row| (&row.requirement, &row.waived));
        let excepted = excepted(rows, self.header.strict);
        run_verdicts(&self.header, &self.cases, &excepted)
    }

    /// Returns why the run was cut short and what can be done about it, if it was; not of an interrupt.
    pub fn cut_short(&self) -> Option<(&str, &str)> {
        self.events
            .iter()
            .rev()
            .find_map(|event| match &event.fact {
                Fact::CutShort { why, remedy } => Some((why.as_str(), remedy.as_str())),
                _ => None,
            })
    }

    /// Finds a requirement's row.
    pub fn row(&self, id: &str) -> Option<&RequirementRow> {
        self.requirements.get(self.position(id)?)
    }

    /// Finds the position of a requirement in the catalogue.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.index().row(id)
    }

    fn index(&self) -> &RecordIndex {
        self.index
            .get_or_init(|| RecordIndex::of(&self.requirements, &self.events))
    }

    /// Finds the line of a plan at a place to which a failed or inconclusive check points.
    pub fn excerpt(&self, place: &Place) -> Option<&PlanExcerpt> {
        let index = self
            .excerpts
            .binary_search_by(|excerpt| excerpt.place.cmp(place))
            .ok()?;
        self.excerpts.get(index)
    }

    /// Finds an event.
    pub fn event(&self, seq: Seq) -> Option<&Event> {
        self.events
            .get(usize::try_from(seq).ok()?.checked_sub(1)?)
            .map(|event| &**event)
    }

    /// Finds the exchange to which an event belongs.
    pub fn exchange(&self, seq: Seq) -> Option<RecordedExchange<'_>> {
        let (request, end) = self.index().exchange(self.event(seq)?)?;
        Some(RecordedExchange {
            request: self.event(request)?,
            end: end.and_then(|seq| self.event(seq)),
        })
    }
}

impl RecordedExchange<'_> {
    /// Returns the message of the request.
    pub fn message(&self) -> Option<&Message> {
        match &self.request.fact {
            Fact::Request { message, .. } => Some(message),
            _ => None,
        }
    }
}

/// Lists the unattributed messages, and those that a tap refused; token calls are shared, and left out.
fn unattributed(journal: &Journal) -> Vec<Seq> {
    journal
        .unattributed()
        .iter()
        .filter(|event| match &event.fact {
            Fact::Request { to, .. } => to.participant != Participant::Sageid,
            Fact::Refused { .. } => true,
            _ => false,
        })
        .map(|event| event.seq)
        .collect()
}

/// Lists the rulings that requirements of the catalogue cite.
fn cited_rulings(library: &Library) -> Vec<Ruling> {
    let is_cited = |ruling: &&Ruling| {
        let mut rows = library.requirements.iter();
        rows.any(|row| row.rulings.contains(&ruling.id))
    };
    library.rulings.iter().filter(is_cited).cloned().collect()
}

/// Lists the requirements whose failures count and are waived.
fn excepted<'r>(
    rows: impl Iterator<Item = (&'r Arc<Requirement>, &'r Option<String>)>,
    strict: bool,
) -> Vec<&'r str> {
    rows.filter(|(requirement, waived)| waived.is_some() && counts(requirement.level, strict))
        .map(|(requirement, _)| &*requirement.id)
        .collect()
}

/// Lists the verdicts on which the verdict of the run depends.
///
/// A waived case that failed before its last check counts as failed alone; that it left a requirement open stands with
/// the requirement. It must have broken one of the `excepted` requirements, whose failures count and are waived: the
/// answer names those, and is not CONFORMANT.
fn run_verdicts(header: &Header, outcomes: &[Outcome], excepted: &[&str]) -> Vec<Verdict> {
    let breaks_excepted = |outcome: &Outcome| {
        let mut ids = outcome.broken().flat_map(|check| &check.requirement);
        ids.any(|id| excepted.contains(&&**id))
    };
    let mut verdicts = Vec::new();
    for outcome in outcomes {
        let is_excused = outcome.verdict == Verdict::Failed
            && waived::is_waived_case(header, &outcome.case)
            && breaks_excepted(outcome);
        if is_excused {
            verdicts.push(Verdict::Failed);
        } else {
            verdicts.extend(outcome.run_verdicts());
        }
    }
    verdicts
}
