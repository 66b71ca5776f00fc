//! The live world as the interpreter sees it.

use std::sync::Arc;

use crate::journal::{Event, Fact, Lane, Seq, Visited, WaitEnd};
use crate::matching::Selector;
use crate::runner::live::case::Live;
use crate::runner::live::generated::generate;
use crate::runner::stage::Ageing;
use crate::runner::world::{Draft, Exchange, PendingWait, VisitRequest, World};
use crate::tap::{Reaction, Stub};
use plan_language::participant::{Address, Mode, Participant};
use plan_language::plan::{Age, Generator, StepKey};
use plan_language::value::{Value, duration};

impl Live<'_> {
    /// Records something that the runner did for a step.
    fn done(&self, at: &StepKey, what: String, failed: Option<String>) {
        self.append(Fact::Done {
            step: at.clone(),
            what,
            failed,
        });
    }
}

impl World for Live<'_> {
    fn opened(&self) -> Option<(Seq, Value)> {
        Some(self.opened.clone())
    }

    fn begin(&self, at: &StepKey) -> Option<Seq> {
        Some(self.append(Fact::Begun { step: at.clone() }).seq)
    }

    fn generate(&self, at: &StepKey, generator: Generator) -> Option<Value> {
        // Every stage of a rehearsal has a bank of its own, so its amounts, and the texts with them, need not vary.
        let rehearsed = self.mode() == Mode::Rehearsal;
        let seed = rehearsed.then(|| format!("{} {at}", self.lane));
        let value = generate(generator, seed.as_deref());
        self.append(Fact::Generated {
            step: at.clone(),
            value: value.clone(),
        });
        Some(value)
    }

    async fn send(&self, at: &StepKey, draft: Draft) -> Option<Exchange> {
        Some(match self.request(&draft) {
            Ok(request) => self.exchange(at, draft.by, draft.to, request).await.0,
            Err(why) => self.unsent(at, &draft, why),
        })
    }

    async fn wait(&self, at: &StepKey, pending: PendingWait<'_>) -> Option<WaitEnd> {
        Some(self.wait_for(at, pending).await)
    }

    async fn browse(&self, at: &StepKey, request: VisitRequest) -> Option<(Seq, Visited)> {
        let visited = self.visit(at, request).await;
        let event = self.append(Fact::Visited {
            step: at.clone(),
            visit: visited.clone(),
        });
        Some((event.seq, visited))
    }

    fn stub(
        &self,
        at: &StepKey,
        selector: Selector,
        replies: Vec<Reaction>,
        repeat: bool,
    ) -> Option<Seq> {
        let again = if repeat { " repeated" } else { "" };
        let rule = format!("{}{again} {}", replies.len(), selector.title());
        self.shared.tap.stub_registry.stub(Stub {
            lane: self.lane.clone(),
            selector,
            replies: replies.into(),
            repeat,
        });
        let event = self.append(Fact::Stubbed {
            step: at.clone(),
            rule,
        });
        Some(event.seq)
    }

    async fn trigger(
        &self,
        at: &StepKey,
        bank_action: &str,
        with: Value,
    ) -> Option<Result<(), String>> {
        let with = with.as_object().cloned().unwrap_or_default();
        let mut result = self.perform_bank_action(bank_action, &with).await;
        if result.is_ok() {
            result = self.settle(at).await;
        }
        let failed = result.clone().err();
        self.done(at, format!("bank action {bank_action}"), failed);
        Some(result)
    }

    async fn age(&self, at: &StepKey, since: Seq, age: &Age) -> Option<Result<(), String>> {
        let result = match self.stage.parts.age(age.at, age.by) {
            Ageing::Done => Ok(()),
            Ageing::TakesTime => self.wait_to_age(at, since).await,
            Ageing::Impossible(why) => Err(why),
        };
        let by = duration::format(age.by);
        let what = format!("what exists at the {} became {by} older", age.at);
        self.done(at, what, result.clone().err());
        Some(result)
    }

    async fn probe(&self, at: &StepKey, address: Address) -> Option<bool> {
        // The tap itself answers a probe, which shows that it listens.
        let received = match self.url(Participant::Provider, address, "") {
            Err(_) => false,
            Ok(url) => self.shared.tap.probe(&url).await,
        };
        let failed = (!received).then(|| "the tap did not receive the probe".to_owned());
        self.done(at, format!("probe of the tap before {address}"), failed);
        Some(received)
    }

    fn seen(&self, after: Seq, upto: Seq) -> Vec<Arc<Event>> {
        self.journal().view(&self.lane, after, upto)
    }

    fn unattributed(&self, upto: Seq) -> Vec<Arc<Event>> {
        self.journal().unattributed_at(upto)
    }

    fn elsewhere(&self, after: Seq, upto: Seq) -> Vec<(Lane, Arc<Event>)> {
        self.journal().elsewhere(&self.lane, after, upto)
    }

    fn end(&self) -> Option<Arc<Event>> {
        self.shared.tap.stub_registry.disarm(&self.lane);
        self.shared.tap.feel_pulse();
        Some(self.append(Fact::Ended))
    }

    fn event(&self, seq: Seq) -> Option<Arc<Event>> {
        self.journal().event(seq)
    }

    fn cut_short(&self) -> String {
        self.shared.cut_short()
    }

    fn shortage(&self, after: Seq, upto: Seq) -> Option<String> {
        self.journal().shortage(after, upto)
    }

    fn late(&self, after: Seq, upto: Seq) -> Option<String> {
        self.journal().late(after, upto)
    }

    fn provider_called(&self, who: Participant, upto: Seq) -> bool {
        self.journal().provider_called(who, upto)
    }
}
