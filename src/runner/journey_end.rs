//! What `judge` demands of a visit: its first page that is no redirect, and the address at which it came back.

use crate::journal::Fact;
use crate::judge::{Demand, Difference, Finding};
use crate::runner::binding::{Frame, Moment};
use crate::runner::check::{At, Drafted, Walk};
use crate::runner::watch::Seen;
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Expect, Step, StepKey};
use plan_language::value::{Resolved, Value};

impl<W: World> Walk<'_, W> {
    /// Judges the first page of the provider on a visit; `None` where none of its answers was observed.
    pub(super) fn judge_first_page(
        &self,
        (step, key): (&Step, &StepKey),
        frame: &Frame<'_>,
        (demand, written): (&Demand, &Expect),
        moment: &Moment,
    ) -> Option<Drafted> {
        // Where all that it answered was redirects, the last of them is judged, and is no page.
        let (request, answer) = match &moment.first_page {
            Some((request, answer)) => (request.clone(), Some(answer.clone())),
            None => (moment.request.clone()?, moment.answer.clone()),
        };
        let title = match &request.fact {
            Fact::Request { message, .. } => message.title(),
            _ => return None,
        };
        let seen = Seen {
            request,
            end: answer,
        };
        let demand = (demand, written);
        let asked = (Participant::Provider, title.as_str());
        Some(self.judge_answers((step, key), frame, demand, &[&seen], asked))
    }

    /// Judges where a visit came back: the provider sent the browser there, by whatever means.
    pub(super) fn judge_return(
        &self,
        at: At<'_>,
        label: &str,
        moment: &Moment,
        demand: &Resolved,
        frame: &Frame<'_>,
    ) -> Result<Drafted, String> {
        let visited = moment
            .visited
            .as_ref()
            .ok_or_else(|| format!("`{label}` is no visit, and comes back nowhere"))?;
        if let (None, Some(_)) = (&visited.returned_to, visited.hindrance) {
            return Err(visited.why.clone());
        }
        // Who did not come back where all pages are seen was sent elsewhere, or nowhere.
        if visited.returned_to.is_none() && visited.exchanges.is_empty() {
            return Err(format!(
                "it was not observed where the visit `{label}` came back"
            ));
        }
        let seen = visited.returned_to.as_deref().map(Value::from);
        let judged = demand.test_at("returned_to", seen.as_ref());
        let finding = match judged.held() {
            true => Finding::Held {
                checked: judged.checked,
            },
            false => Finding::Broke {
                differences: judged
                    .mismatches
                    .into_iter()
                    .map(Difference::from)
                    .map(|one| Difference {
                        why: one.why.or_else(|| Some(visited.why.clone())),
                        ..one
                    })
                    .collect(),
            },
        };
        let messages = [&moment.request, &moment.answer]
            .into_iter()
            .flatten()
            .map(|event| event.seq)
            .chain([moment.end])
            .collect();
        let what = format!("the visit `{label}` comes back to the right address");
        let party = Participant::Provider;
        Ok(self.check(at, what, party, (finding, messages), Some(frame)))
    }
}

/// The reason of a judgement on pages that nobody saw.
pub(super) fn no_page(label: &str) -> String {
    format!("`{label}` names no answer of the provider: none of its pages was observed")
}
