//! Reads what a case and its steps cite, and gives every check the requirements that it serves.

use std::sync::Arc;

use crate::plan::model::{Step, Verb};
use crate::plan::read::Reader;
use crate::plan::walk::for_each_step;
use crate::source::{Finding, Node, Span, nearest};

impl Reader<'_> {
    /// Finds the requirements that are cited, each with the place where it is.
    pub(super) fn cited(
        &self,
        words: &[(&str, &Span)],
        findings: &mut Vec<Finding>,
    ) -> Vec<(Arc<str>, Span)> {
        let mut cited: Vec<(Arc<str>, Span)> = Vec::with_capacity(words.len());
        for (id, span) in words {
            let Some(found) = self.requirements.iter().find(|one| &*one.id == *id) else {
                if self.lost.has(id) {
                    continue;
                }
                let finding = Finding::new(span, format!("there is no requirement `{id}`"));
                let ids = self.requirements.iter().map(|one| &*one.id);
                findings.push(match nearest(id, ids) {
                    Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
                    None => finding.with_hint("requirements stand in plans/requirements.yaml"),
                });
                continue;
            };
            match cited.iter().find(|(one, _)| *one == found.id) {
                Some((_, first)) => findings.push(
                    Finding::new(span, format!("`{id}` is cited here twice"))
                        .with_note(first, "here for the first time"),
                ),
                None => cited.push((found.id.clone(), (*span).clone())),
            }
        }
        cited
    }

    /// Gives checks their requirements.
    ///
    /// A case that cites one requirement cites it on every check that names none; a case that cites
    /// several names them on its checks, and a check that names none is a precondition there.
    pub(super) fn settle(
        &mut self,
        node: &Node,
        cited: Vec<(Arc<str>, Span)>,
        steps: &mut [Step],
        doubtful: bool,
    ) -> Vec<Arc<str>> {
        let mut named = Vec::new();
        for_each_step(steps, &mut |step| {
            for id in &step.requirement {
                if !named.contains(id) {
                    named.push(id.clone());
                }
            }
        });
        if let ([(only, span)], true) = (cited.as_slice(), named.is_empty()) {
            let mut serving = 0;
            for_each_step(steps, &mut |step| {
                if !step.precondition && judges(&step.verb) {
                    step.requirement = vec![only.clone()];
                    serving += 1;
                }
            });
            if serving == 0 && !doubtful {
                self.findings.push(
                    Finding::new(span, format!("no step of this case can serve {only}"))
                        .with_hint("a `send`, `receive`, `never`, `browse` or `judge` under `steps`, which is no precondition"),
                );
            }
            return vec![only.clone()];
        }
        let mut all: Vec<Arc<str>> = Vec::new();
        for (id, span) in cited {
            if !named.contains(&id) && !doubtful {
                self.findings.push(
                    Finding::new(&span, format!("no step of this case serves {id}"))
                        .with_hint("where any step has `requirement:`, each one that the case cites must be on a step"),
                );
            }
            all.push(id);
        }
        for id in named {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        if all.is_empty() && !doubtful {
            self.findings.push(
                Finding::new(
                    &node.span,
                    "a case that cites no requirement can pass nothing",
                )
                .with_hint("give `requirement:` to the case or to its steps"),
            );
        }
        all
    }
}

/// Tells whether a verb checks something that a subject does.
fn judges(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::Send(_) | Verb::Receive(_) | Verb::Never(_) | Verb::Browse(_) | Verb::Judge(_)
    )
}
