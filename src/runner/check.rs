//! Makes checks: weighs findings, adds where values came from, and lists what was not reached.

use std::sync::Arc;

use crate::journal::Seq;
use crate::judge::{
    Check, CheckOutcome, Finding, Provenance, Rest, Role, Selector, Window, judge_check,
};
use crate::runner::binding::Frame;
use crate::runner::section::Section;
use crate::runner::world::World;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{
    Case, Mention, Place, Requirement, Step, StepKey, Verb, each_reference, is_ledger, uses_ledger,
};
use plan_language::source::Span;
use plan_language::value::Scope as _;

/// The reason of whatever the journal does not tell.
pub const NOT_OBSERVED: &str = "not observed";
/// The reason of whatever an interrupt cut short.
pub const INTERRUPTED: &str = "interrupted";

/// What a case is judged by, apart from its steps.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The catalogue of requirements.
    pub requirements: &'a [Arc<Requirement>],
    /// Who is live.
    pub mode: Mode,
}

/// The walk through one case.
pub(super) struct Walk<'a, W> {
    pub bench: Bench<'a>,
    pub world: &'a W,
}

/// A check, with the miss that is explained once the case has ended.
pub(super) struct Drafted {
    pub check: Check,
    pub missed: Option<Missed>,
}

/// Where a check stands: its step, the step's key, and the line that demands it.
#[derive(Clone, Copy)]
pub(super) struct At<'s> {
    pub step: &'s Step,
    pub key: &'s StepKey,
    pub place: &'s Span,
}

/// What a sequence of steps gave.
pub(super) struct Run {
    pub checks: Vec<Drafted>,
    /// Whether the steps after it may run.
    pub going: bool,
}

impl Run {
    pub fn empty() -> Self {
        Self {
            checks: Vec::new(),
            going: true,
        }
    }

    pub fn stop(&mut self) {
        self.going = false;
    }
}

/// A miss whose reason can be told once the case has ended: what comes late comes after the wait.
pub(super) struct Missed {
    pub selector: Selector,
    pub window: Window,
    pub came: usize,
    pub least: u32,
}

impl<W: World> Walk<'_, W> {
    /// Makes the check of a step.
    pub fn check(
        &self,
        At { step, key, place }: At<'_>,
        what: String,
        party: Participant,
        (finding, messages): (Finding, Vec<Seq>),
        frame: Option<&Frame<'_>>,
    ) -> Drafted {
        let evidence = match (&step.evidence, frame) {
            (Some(mention), Some(frame)) => self.rest(mention, frame),
            _ => None,
        };
        let requirements: Vec<&Requirement> = step
            .requirement
            .iter()
            .filter_map(|id| self.bench.requirements.iter().find(|one| one.id == *id))
            .map(|one| &**one)
            .collect();
        let outcome = judge_check(
            &finding,
            step.precondition,
            party,
            evidence,
            &requirements,
            self.bench.mode,
        );
        let broke = matches!(finding, Finding::Broke { .. } | Finding::Missed(_));
        let values = match (broke, frame) {
            (true, Some(frame)) => provenance(step, frame),
            _ => Vec::new(),
        };
        let mut messages = messages;
        if let Some(rest) = evidence {
            messages.push(rest.seq);
        }
        Drafted {
            check: Check {
                step: key.clone(),
                place: Place::from(place),
                what,
                requirement: step.requirement.clone(),
                precondition: step.precondition,
                party,
                evidence,
                finding,
                messages,
                values,
                outcome,
            },
            missed: None,
        }
    }

    fn rest(&self, mention: &Mention, frame: &Frame<'_>) -> Option<Rest> {
        let moment = frame.moment(&mention.label)?;
        let (from, to) = moment.parties()?;
        let mode = self.bench.mode;
        // The message is the subject's if the subject sent it; otherwise its answer may be.
        if mode.is_subject(from) && from == Participant::Provider {
            return moment.request.as_ref().map(|event| Rest {
                seq: event.seq,
                party: from,
                role: Role::Request,
            });
        }
        moment.answer.as_ref().map(|event| Rest {
            seq: event.seq,
            party: to,
            role: Role::Answer,
        })
    }

    /// Stops the case because a step cannot be judged.
    pub fn unjudged(&self, step: &Step, key: &StepKey, why: impl Into<String>) -> Run {
        let finding = Finding::Inconclusive { why: why.into() };
        let what = describe(step);
        let party = Participant::Service;
        let drafted = self.check(
            At {
                step,
                key,
                place: &step.span,
            },
            what,
            party,
            (finding, Vec::new()),
            None,
        );
        Run {
            checks: vec![drafted],
            going: false,
        }
    }

    /// Passes a step over that compares with a ledger where the environment has none, with a check that says so.
    pub fn inapplicable(&self, step: &Step, key: &StepKey, frame: &Frame<'_>) -> Option<Run> {
        if matches!(step.verb, Verb::Parallel(_)) || !uses_ledger(step) {
            return None;
        }
        let customer = frame.lookup("customer")?;
        if customer.get("ledger").is_some() {
            return None;
        }
        let name = customer["name"].as_str().unwrap_or("the customer");
        let finding = Finding::Inapplicable {
            why: format!(
                "the environment does not tell what the bank's data holds for {name} (see `ledger`)"
            ),
        };
        let at = At {
            step,
            key,
            place: &step.span,
        };
        let checked = self.check(
            at,
            describe(step),
            Participant::Service,
            (finding, Vec::new()),
            None,
        );
        Some(Run {
            checks: vec![checked],
            going: true,
        })
    }

    /// Stops the case because the journal does not tell what became of a step.
    pub fn unobserved(&self, step: &Step, key: &StepKey) -> Run {
        self.unjudged(step, key, NOT_OBSERVED)
    }

    pub fn not_observed(&self, case: &Case) -> Drafted {
        Drafted {
            check: Check {
                step: StepKey::top("case", 0),
                place: case.place.clone(),
                what: "the case is run".to_owned(),
                requirement: Vec::new(),
                precondition: true,
                party: Participant::Service,
                evidence: None,
                finding: Finding::Inconclusive {
                    why: NOT_OBSERVED.to_owned(),
                },
                messages: Vec::new(),
                values: Vec::new(),
                outcome: CheckOutcome::Inconclusive(NOT_OBSERVED.to_owned()),
            },
            missed: None,
        }
    }

    /// Adds a check that was not reached for every step that judges for a requirement.
    pub fn not_reached(&self, steps: &[Step], section: Section<'_>, checks: &mut Vec<Drafted>) {
        for (index, step) in steps.iter().enumerate() {
            if let Verb::Parallel(branches) = &step.verb {
                for (number, branch) in branches.iter().enumerate() {
                    let outer = section.key(index);
                    self.not_reached(branch, Section::branch(&outer, number), checks);
                }
            }
            if step.requirement.is_empty() {
                continue;
            }
            let key = section.key(index);
            let at = At {
                step,
                key: &key,
                place: &step.span,
            };
            checks.push(self.check(
                at,
                describe(step),
                Participant::Service,
                (Finding::NotReached, Vec::new()),
                None,
            ));
        }
    }
}

/// Lists the values that a step uses, with where they came from.
fn provenance(step: &Step, frame: &Frame<'_>) -> Vec<Provenance> {
    let mut values: Vec<Provenance> = Vec::new();
    each_reference(step, &mut |reference| {
        // Whole books would drown what the failure says.
        if is_ledger(reference) {
            return;
        }
        let name = reference.to_string();
        let name = name
            .trim_start_matches("${")
            .trim_end_matches('}')
            .to_owned();
        if values.iter().any(|one| one.name == name) {
            return;
        }
        if let (Some(binding), Ok(value)) = (frame.get(&reference.name), reference.resolve(frame)) {
            values.push(Provenance {
                name,
                value: value.into_owned(),
                origin: binding.origin.of(&reference.path).to_string(),
            });
        }
    });
    values
}

/// Says in a few words what a step does.
pub(super) fn describe(step: &Step) -> String {
    match &step.verb {
        Verb::Send(send) => format!("{} to {}", send.method, send.to),
        Verb::Stub(stub) => format!("a reply stubbed at {}", stub.query.at),
        Verb::Receive(receive) => {
            format!("{} arrives at {}", receive.query.method, receive.query.at)
        }
        Verb::Never(never) => {
            format!("no {} arrives at {}", never.query.method, never.query.at)
        }
        Verb::Browse(_) => "the browser's visit".to_owned(),
        Verb::Judge(judge) => format!("`{}`", judge.on.label),
        Verb::Trigger(trigger) => format!("the bank action {}", trigger.bank_action),
        Verb::Use(used) => format!("the flow {}", used.flow.name),
        Verb::Set(_) => "values".to_owned(),
        Verb::Parallel(_) => "branches".to_owned(),
        Verb::Age(age) => format!("time at {}", age.at),
    }
}
