//! What `judge` demands of a visit: its first page that is no redirect, what its pages say, and the address at which it
//! came back.

use std::sync::Arc;

use crate::journal::{Event, Fact, Hindrance, VisitOutcome, Visited};
use crate::judge::{Finding, PageOutcome, PageWords, pages_say};
use crate::matching::{Compared, Demand, Difference};
use crate::runner::binding::{Bound, Frame, Moment};
use crate::runner::step::{CheckPlace, CurrentStep, DraftCheck, Interpreter, JudgedCheck, Stop};
use crate::runner::verb::browse::{only_said, undecided};
use crate::runner::verb::judge::{JudgedResponses, no_page};
use crate::runner::verb::window::{SeenMessage, no_moment};
use crate::runner::world::World;
use plan_language::participant::Participant;
use plan_language::plan::{Expect, Judge, PagesSay, Place};
use plan_language::source::Span;
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
        let (request, response) = match moment.shown.first() {
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

    /// Judges each page of the provider on a visit; `None` where no page of the provider was observed.
    pub(super) fn judge_each_page(
        &self,
        at: CurrentStep<'_>,
        frame: &Frame<'_>,
        (demand, written): (&Demand, &Expect),
        moment: &Moment,
    ) -> Option<DraftCheck> {
        let pages = moment.shown.iter().map(|(request, response)| SeenMessage {
            request: request.clone(),
            end: Some(response.clone()),
        });
        let pages: Vec<_> = pages.collect();
        let Fact::Request { message, .. } = &pages.first()?.request.fact else {
            return None;
        };
        let title = message.title();
        let judged = JudgedResponses {
            callee: Participant::Provider,
            title: &title,
            demand,
            written,
        };
        let seen: Vec<_> = pages.iter().collect();
        Some(self.judge_responses(at, frame, &judged, &seen))
    }

    /// Judges what the provider's pages say about linking: those from a moment on, and the last one in any case.
    ///
    /// # Errors
    /// The reason why the step ends: no page was observed, or the moment is unknown.
    pub(super) fn judge_pages(
        &self,
        at: CheckPlace<'_>,
        judge: &Judge,
        demanded: PagesSay,
        moment: &Moment,
        frame: &Frame<'_>,
    ) -> Result<DraftCheck, Stop> {
        let label = &judge.on.label;
        let last = moment.pages.last().ok_or_else(|| no_page(label))?;
        let since = match &judge.since {
            None => moment.start,
            Some(mention) => frame
                .since(mention)
                .ok_or_else(|| no_moment(&mention.label))?,
        };
        let counts = |end: &&Arc<Event>| end.seq > since || end.seq == last.seq;
        let ends: Vec<_> = moment.pages.iter().filter(counts).collect();
        let mut finding = said(&ends, demanded, at.line, &page_words(frame));
        let visited = moment.visited.as_ref();
        if let (Finding::Broke { .. }, Some(visited)) = (&finding, visited.filter(|it| it.said)) {
            // Pages that the person did not open may say it.
            finding = Finding::Inconclusive {
                why: only_said(visited),
            };
        }
        let judged = JudgedCheck {
            what: format!("the pages of the visit `{label}` say {}", demanded.as_str()),
            party: Participant::Provider,
            finding,
            messages: ends.iter().map(|end| end.seq).collect(),
        };
        Ok(self.check(at, judged, Some(frame)))
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
        let visited = visit_of(moment, label)?;
        if visited.said {
            return Err(Stop::from(only_said(visited)));
        }
        let returned_to = visited.returned_to.as_deref().map(Value::from);
        let compared = Compared::from(demand.test_at("returned_to", returned_to.as_ref()));
        // A page that asks for the login again was seen: where coming back is no duty, the visit certainly did not.
        let asks_again = visited.hindrance == Some(Hindrance::Login) && compared.holds();
        if returned_to.is_none() && !asks_again {
            observed_end(visited, label)?;
        }
        let mut finding = Finding::of(compared);
        if let Finding::Broke { differences } = &mut finding {
            for difference in differences {
                difference.why.get_or_insert_with(|| visited.why.clone());
            }
        }
        let what = format!("the visit `{label}` comes back to the right address");
        Ok(self.check(at, of_visit(moment, what, finding), Some(frame)))
    }

    /// Demands that the customer has decided on a visit; one that ended before says nothing of the provider.
    ///
    /// # Errors
    /// The reason why the step ends: the label names no visit.
    pub(super) fn judge_reached(
        &self,
        at: CheckPlace<'_>,
        label: &str,
        moment: &Moment,
        frame: &Frame<'_>,
    ) -> Result<DraftCheck, Stop> {
        let visited = visit_of(moment, label)?;
        let finding = if visited.decided {
            Finding::Held { checked: 1 }
        } else {
            Finding::Inconclusive {
                why: undecided(visited),
            }
        };
        let what = format!("the customer decides on the visit `{label}`");
        Ok(self.check(at, of_visit(moment, what, finding), Some(frame)))
    }

    /// Judges which new windows the links and buttons of a visit opened.
    ///
    /// # Errors
    /// The reason why the step ends: the label names no visit.
    pub(super) fn judge_windows(
        &self,
        at: CheckPlace<'_>,
        label: &str,
        moment: &Moment,
        demand: &ResolvedMatcher,
        frame: &Frame<'_>,
    ) -> Result<DraftCheck, Stop> {
        let visited = visit_of(moment, label)?;
        let finding = match &visited.opened_windows {
            Some(opened) => {
                let listed = Value::from(opened.clone());
                let compared = demand.test_at("opened_windows", Some(&listed));
                let mut finding = Finding::of(Compared::from(compared));
                if let (Finding::Broke { differences }, Some(first)) =
                    (&mut finding, opened.first())
                {
                    for difference in differences {
                        difference.why = Some(first.clone());
                    }
                }
                finding
            }
            None => Finding::Inconclusive {
                why: format!(
                    "whether the visit `{label}` opened a new window was not observed: a person made it"
                ),
            },
        };
        let what = format!("the visit `{label}` stays in its window");
        Ok(self.check(at, of_visit(moment, what, finding), Some(frame)))
    }
}

/// Returns the visit of a label.
///
/// # Errors
/// The reason why the step ends: the label names no visit.
fn visit_of<'m>(moment: &'m Moment, label: &str) -> Result<&'m Visited, Stop> {
    let visited = moment.visited.as_ref();
    visited.ok_or_else(|| Stop::from(format!("`{label}` names no visit")))
}

/// Returns a judgement of a whole visit, with the provider's last page and the end as its messages.
fn of_visit(moment: &Moment, what: String, finding: Finding) -> JudgedCheck {
    let events = [&moment.request, &moment.answer].into_iter().flatten();
    JudgedCheck {
        what,
        party: Participant::Provider,
        finding,
        messages: events.map(|event| event.seq).chain([moment.end]).collect(),
    }
}

/// Returns the words by which the provider's pages say how linking went.
fn page_words(frame: &Frame<'_>) -> PageWords {
    match frame.get("bank").map(|binding| binding.bound) {
        Some(Bound::Value(bank)) => PageWords::of_bank(&bank),
        _ => PageWords::default(),
    }
}

/// Compares what pages say with what is demanded; an exchange that broke makes that inconclusive.
fn said(ends: &[&Arc<Event>], demanded: PagesSay, line: &Span, words: &PageWords) -> Finding {
    let mut pages = Vec::new();
    for end in ends {
        match &end.fact {
            Fact::Answer { message, .. } => pages.push(message),
            Fact::Broken { why, .. } => return Finding::Inconclusive { why: why.clone() },
            _ => {}
        }
    }
    let (outcome, quoted) = match pages_say(&pages, words) {
        Ok(said) => said,
        Err(why) => return Finding::Inconclusive { why },
    };
    let holds = (outcome == PageOutcome::Success) == (demanded == PagesSay::Success);
    if holds {
        return Finding::Held { checked: 1 };
    }
    Finding::Broke {
        differences: vec![Difference {
            at: "pages_say".to_owned(),
            place: Place::from(line),
            expected: demanded.as_str().to_owned(),
            seen: Some(Value::from(outcome.as_str())),
            why: quoted.map(|text| format!("a page says `{text}`")),
            unread: false,
        }],
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
