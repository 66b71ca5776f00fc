//! Makes checks: judges what was found, and adds the evidence and the values that a failure is explained with.

use crate::judge::{Check, EvidenceMessage, Finding, Provenance, Role, judge_check};
use crate::runner::binding::Frame;
use crate::runner::step::{CheckPlace, DraftCheck, Interpreter, JudgedCheck};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Mention, Place, Requirement, Step, each_reference, is_ledger};

impl<W: World> Interpreter<'_, W> {
    /// Makes the check of a step; without a frame it has neither evidence nor values.
    pub fn check(
        &self,
        CheckPlace { step, key, line }: CheckPlace<'_>,
        judged: JudgedCheck,
        frame: Option<&Frame<'_>>,
    ) -> DraftCheck {
        let JudgedCheck {
            what,
            party,
            finding,
            mut messages,
        } = judged;
        let evidence = match (&step.evidence, frame) {
            (Some(mention), Some(frame)) => self.evidence(mention, frame),
            _ => None,
        };
        messages.extend(evidence.map(|evidence| evidence.seq));
        let context = self.context;
        let requirements: Vec<&Requirement> = step
            .requirement
            .iter()
            .filter_map(|id| context.requirements.iter().find(|known| known.id == *id))
            .map(|requirement| &**requirement)
            .collect();
        let outcome = judge_check(
            &finding,
            step.precondition,
            party,
            evidence,
            &requirements,
            context.mode,
        );
        let broke = matches!(finding, Finding::Broke { .. } | Finding::Missed(_));
        let frame = frame.filter(|_| broke);
        DraftCheck {
            check: Check {
                step: key.clone(),
                place: Place::from(line),
                what,
                requirement: step.requirement.clone(),
                precondition: step.precondition,
                party,
                evidence,
                finding,
                messages,
                values: frame.map_or_else(Vec::new, |frame| provenance(step, frame)),
                outcome,
                withheld: None,
            },
            missed: None,
        }
    }

    /// Returns the message of the subject on which a check depends.
    fn evidence(&self, mention: &Mention, frame: &Frame<'_>) -> Option<EvidenceMessage> {
        let moment = frame.moment(&mention.label)?;
        let (from, to) = moment.parties()?;
        // The message is the subject's if the subject sent it; otherwise its response may be.
        if self.context.mode.is_subject(from) && from == Participant::Provider {
            return moment.request.as_ref().map(|event| EvidenceMessage {
                seq: event.seq,
                party: from,
                role: Role::Request,
            });
        }
        moment.answer.as_ref().map(|event| EvidenceMessage {
            seq: event.seq,
            party: to,
            role: Role::Answer,
        })
    }
}

/// Lists the values that a step uses, with where they came from.
fn provenance(step: &Step, frame: &Frame<'_>) -> Vec<Provenance> {
    let mut values: Vec<Provenance> = Vec::new();
    each_reference(step, &mut |reference| {
        // A whole ledger would hide what the failure says.
        if is_ledger(reference) {
            return;
        }
        let name = reference.to_string();
        let name = name.trim_start_matches("${").trim_end_matches('}');
        if values.iter().any(|value| value.name == name) {
            return;
        }
        if let (Some(binding), Ok(value)) = (frame.get(&reference.name), reference.resolve(frame)) {
            values.push(Provenance {
                name: name.to_owned(),
                value: value.into_owned(),
                origin: binding.origin.of(&reference.path).to_string(),
            });
        }
    });
    values
}
