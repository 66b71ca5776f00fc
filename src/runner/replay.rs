//! The replaying world: reads every answer from a journal, and acts on nothing.

use std::collections::HashMap;
use std::sync::Arc;

use crate::journal::{Event, Fact, Journal, Lane, Seq, Visited, WaitEnd};
use crate::matching::Selector;
use crate::runner::world::{Draft, Exchange, PendingWait, VisitRequest, World, cut_short};
use crate::tap::Reaction;
use plan_language::participant::{Address, Participant};
use plan_language::plan::{Age, Generator, StepKey};
use plan_language::value::Value;

/// The world of one case, as a journal contains it.
pub struct Replay<'a> {
    journal: &'a Journal,
    lane: Lane,
    opened: Option<(Seq, Value)>,
    ended: Option<Arc<Event>>,
    facts: HashMap<StepKey, StepFacts>,
}

/// What a journal contains of one step.
#[derive(Default)]
struct StepFacts {
    begun: Option<Seq>,
    generated: Option<Value>,
    exchange: Option<(Arc<Event>, Option<Arc<Event>>)>,
    closed: Option<WaitEnd>,
    visited: Option<(Seq, Visited)>,
    stubbed: Option<Seq>,
    /// Whether a bank action, an ageing or a probe succeeded, or why not.
    done: Option<Result<(), String>>,
}

impl<'a> Replay<'a> {
    /// Collects what a journal contains of a case.
    pub fn of(journal: &'a Journal, lane: &Lane) -> Self {
        let mut replay = Self {
            journal,
            lane: lane.clone(),
            opened: None,
            ended: None,
            facts: HashMap::new(),
        };
        let mut open: HashMap<u64, StepKey> = HashMap::new();
        for event in journal.view(lane, 0, journal.last()) {
            match &event.fact {
                Fact::Opened { values } => replay.opened = Some((event.seq, values.clone())),
                Fact::Begun { step } => replay.facts(step).begun = Some(event.seq),
                Fact::Generated { step, value } => {
                    replay.facts(step).generated = Some(value.clone());
                }
                Fact::Request {
                    exchange,
                    step: Some(step),
                    ..
                } => {
                    open.insert(*exchange, step.clone());
                    replay.facts(step).exchange = Some((event.clone(), None));
                }
                Fact::Answer { exchange, .. } | Fact::Broken { exchange, .. } => {
                    if let Some(step) = open.remove(exchange)
                        && let Some((_, end)) = &mut replay.facts(&step).exchange
                    {
                        *end = Some(event.clone());
                    }
                }
                Fact::Stubbed { step, .. } => replay.facts(step).stubbed = Some(event.seq),
                Fact::Visited { step, visit } => {
                    replay.facts(step).visited = Some((event.seq, visit.clone()));
                }
                Fact::Done { step, failed, .. } => {
                    replay.facts(step).done = Some(failed.clone().map_or(Ok(()), Err));
                }
                Fact::Closed { step, closed } => replay.facts(step).closed = Some(*closed),
                Fact::Ended => replay.ended = Some(event.clone()),
                Fact::Run { .. }
                | Fact::NotOpened { .. }
                | Fact::Waiting { .. }
                | Fact::Request { step: None, .. }
                | Fact::Refused { .. }
                | Fact::Shortage { .. }
                | Fact::Late { .. }
                | Fact::CutShort { .. } => {}
            }
        }
        replay
    }

    fn facts(&mut self, step: &StepKey) -> &mut StepFacts {
        self.facts.entry(step.clone()).or_default()
    }
}

impl World for Replay<'_> {
    fn opened(&self) -> Option<(Seq, Value)> {
        self.opened.clone()
    }

    fn begin(&self, at: &StepKey) -> Option<Seq> {
        self.facts.get(at)?.begun
    }

    fn generate(&self, at: &StepKey, _: Generator) -> Option<Value> {
        self.facts.get(at)?.generated.clone()
    }

    async fn send(&self, at: &StepKey, _: Draft) -> Option<Exchange> {
        let (request, end) = self.facts.get(at)?.exchange.clone()?;
        Some(Exchange { request, end: end? })
    }

    async fn wait(&self, at: &StepKey, _: PendingWait<'_>) -> Option<WaitEnd> {
        self.facts.get(at)?.closed
    }

    async fn browse(&self, at: &StepKey, _: VisitRequest) -> Option<(Seq, Visited)> {
        self.facts.get(at)?.visited.clone()
    }

    fn stub(&self, at: &StepKey, _: Selector, _: Vec<Reaction>, _: bool) -> Option<Seq> {
        self.facts.get(at)?.stubbed
    }

    async fn trigger(&self, at: &StepKey, _: &str, _: Value) -> Option<Result<(), String>> {
        self.facts.get(at)?.done.clone()
    }

    async fn age(&self, at: &StepKey, _: Seq, _: &Age) -> Option<Result<(), String>> {
        self.facts.get(at)?.done.clone()
    }

    async fn probe(&self, at: &StepKey, _: Address) -> Option<bool> {
        Some(self.facts.get(at)?.done.as_ref()?.is_ok())
    }

    fn seen(&self, after: Seq, upto: Seq) -> Vec<Arc<Event>> {
        self.journal.view(&self.lane, after, upto)
    }

    fn unattributed(&self, upto: Seq) -> Vec<Arc<Event>> {
        self.journal.unattributed_at(upto)
    }

    fn elsewhere(&self, after: Seq, upto: Seq) -> Vec<(Lane, Arc<Event>)> {
        self.journal.elsewhere(&self.lane, after, upto)
    }

    fn end(&self) -> Option<Arc<Event>> {
        self.ended.clone()
    }

    fn event(&self, seq: Seq) -> Option<Arc<Event>> {
        self.journal.event(seq)
    }

    fn cut_short(&self) -> String {
        cut_short(self.journal)
    }

    fn shortage(&self, after: Seq, upto: Seq) -> Option<String> {
        self.journal.shortage(after, upto)
    }

    fn late(&self, after: Seq, upto: Seq) -> Option<String> {
        self.journal.late(after, upto)
    }

    fn provider_called(&self, who: Participant, upto: Seq) -> bool {
        self.journal.provider_called(who, upto)
    }
}
