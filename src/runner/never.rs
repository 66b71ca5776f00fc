//! The verb `never`: a silence is demanded, and shown by a sentinel or by a tap that is not deaf.

use crate::journal::{Closed, Seq};
use crate::judge::{Finding, Selector, explain_unwanted};
use crate::runner::binding::Frame;
use crate::runner::check::{At, INTERRUPTED, Run, Walk};
use crate::runner::watch::{Seen, no_moment, select, usual_caller};
use crate::runner::world::{Pending, World};
use plan_language::plan::{Never, Sentinel, Step, StepKey};

impl<W: World> Walk<'_, W> {
    pub(super) async fn never(
        &self,
        step: &Step,
        never: &Never,
        key: &StepKey,
        begun: Seq,
        frame: &mut Frame<'_>,
    ) -> Run {
        let selector = match Selector::resolve(&never.query, frame) {
            Ok(selector) => selector,
            Err(unset) => return self.unjudged(step, key, unset.to_string()),
        };
        let after = match &never.since {
            None => frame.act,
            Some(mention) => match frame.since(mention) {
                Some(seq) => seq,
                None => return self.unjudged(step, key, no_moment(&mention.label)),
            },
        };
        let (before, sentinel) = match &never.sentinel {
            Sentinel::Until(mention) => match frame.until(mention) {
                // The sentinel itself may be of the kind: it does not count.
                Some(seq) => (seq.saturating_sub(1), seq),
                None => return self.unjudged(step, key, no_moment(&mention.label)),
            },
            Sentinel::For(bound) => {
                let pending = Pending {
                    after,
                    met: &|_| None,
                    bound,
                    pause: None,
                    since: begun,
                };
                let closed = match self.world.wait(key, pending).await {
                    None => return self.unobserved(step, key),
                    Some(Closed::Interrupted(_)) => return self.unjudged(step, key, INTERRUPTED),
                    Some(closed) => closed.seq(),
                };
                match self.world.probe(&key.aside("probe"), selector.at).await {
                    None => return self.unobserved(step, key),
                    Some(false) => {
                        let why = format!(
                            "the tap before {} is deaf, so silence shows nothing",
                            selector.at
                        );
                        return self.unjudged(step, key, why);
                    }
                    Some(true) => (closed, closed),
                }
            }
        };
        let seen = select(&self.world.seen(after, before), &selector);
        let caller = seen
            .first()
            .map_or_else(|| usual_caller(selector.at), Seen::from);
        let title = selector.title();
        let finding = match seen.first() {
            None => Finding::Held { checked: 1 },
            Some(first) => explain_unwanted(&selector, after, &first.request),
        };
        let mut messages: Vec<Seq> = seen.iter().map(|one| one.request.seq).collect();
        messages.push(sentinel);
        let what = match never.sentinel {
            Sentinel::Until(_) => format!("no {title} arrives"),
            // A silence that nothing has to end shows less.
            Sentinel::For(_) => format!("no {title} arrives in a quiet window (weaker)"),
        };
        let check = self.check(
            At {
                step,
                key,
                place: &step.span,
            },
            what,
            caller,
            (finding, messages),
            Some(frame),
        );
        Run {
            checks: vec![check],
            going: true,
        }
    }
}
