//! What `judge` demands of a visit: its first page that is no redirect, and the address at which it came back.

use crate::journal::{Fact, VisitOutcome, Visited};
use crate::judge::{Compared, Demand, Finding};
use crate::runner::binding::{Frame, Moment};
use crate::runner::step::{CheckPlace, CurrentStep, DraftCheck, Interpreter, JudgedCheck, Stop};
use crate::runner::verb::judge::JudgedResponses;
use crate::runner::verb::window::SeenMessage;
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::Expect;
use plan_language::value::{ResolvedMatcher, Value};

impl<W: World> Interpreter<'_, W> {
    /// Judges the first page of the provider on a visit; `None` where no response of the provider was observed.
    pub(super) fn judge_first_page(
        &self,
        at: CurrentStep<'_>,
        frame: &Frame<'_>,
        (demand, written): (&Demand, &Expect),
        moment: &Moment,
    ) -> Option<DraftCheck> {
        // Where the provider responded with redirects only, the last of them is judged, and it is no page.
        let (request, response) = match &moment.first_page {
            Some((request, response)) => (request.clone(), Some(response.clone())),
            None => (moment.request.clone()?, moment.answer.clone()),
        };
        let Fact::Request { message, .. } = &request.fact else {
            return None;
        };
        let judged = JudgedResponses {
            callee: Participant::Provider,
            title: &message.title(),
            demand,
            written,
        };
        let seen = SeenMessage {
            request: request.clone(),
            end: response,
        };
        Some(self.judge_responses(at, frame, &judged, &[&seen]))
    }

    /// Judges the address at which a visit came back; the provider sent the browser there, in one way or another.
    ///
    /// # Errors
    /// The reason why the step ends: the label names no visit, or the end of the visit was not observed.
    pub(super) fn judge_return(
        &self,
        at: CheckPlace<'_>,
        label: &str,
        moment: &Moment,
        demand: &ResolvedMatcher,
        frame: &Frame<'_>,
    ) -> Result<DraftCheck, Stop> {
        let visited = moment.visited.as_ref();
        let visited = visited.ok_or_else(|| {
            Stop::from(format!(
                "`{label}` names no visit, so it has no return address"
            ))
        })?;
        if visited.returned_to.is_none() {
            observed_end(visited, label)?;
        }
        let returned_to = visited.returned_to.as_deref().map(Value::from);
        let compared = demand.test_at("returned_to", returned_to.as_ref());
        let mut finding = Finding::of(Compared::from(compared));
        if let Finding::Broke { differences } = &mut finding {
            for difference in differences {
                difference.why.get_or_insert_with(|| visited.why.clone());
            }
        }
        let events = [&moment.request, &moment.answer].into_iter().flatten();
        let judged = JudgedCheck {
            what: format!("the visit `{label}` comes back to the right address"),
            party: Participant::Provider,
            finding,
            messages: events.map(|event| event.seq).chain([moment.end]).collect(),
        };
        Ok(self.check(at, judged, Some(frame)))
    }
}

/// Refuses to judge a visit that did not come back as far as the journal tells, unless all its pages were observed.
fn observed_end(visited: &Visited, label: &str) -> Result<(), Stop> {
    if visited.hindrance.is_some() {
        return Err(Stop::from(visited.why.clone()));
    }
    if visited.outcome == VisitOutcome::Returned {
        return Err(Stop::from(format!(
            "the visit `{label}` came back, but its whole address was not observed"
        )));
    }
    // Where all pages are observed, a visit that did not come back was sent elsewhere, or nowhere.
    if visited.exchanges.is_empty() {
        return Err(Stop::from(format!(
            "the address to which the visit `{label}` came back was not observed"
        )));
    }
    Ok(())
}
