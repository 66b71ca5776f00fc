//! Reads what a case and its steps cite, and assigns to every check the requirements that it serves.

use std::sync::Arc;

use crate::plan::read::Reader;
use crate::plan::verb::Step;
use crate::plan::walk::for_each_step;
use crate::source::{Finding, Node, Span, nearest};

impl Reader<'_> {
    /// Finds the requirements that are cited, each with the place of the citation.
    pub(super) fn cited(
        &self,
        words: &[(&str, &Span)],
        findings: &mut Vec<Finding>,
    ) -> Vec<(Arc<str>, Span)> {
        let mut cited: Vec<(Arc<str>, Span)> = Vec::with_capacity(words.len());
        for (id, span) in words {
            let Some(found) = self.requirements.iter().find(|known| &*known.id == *id) else {
                if self.lost.has(id) {
                    continue;
                }
                let finding = Finding::new(span, format!("there is no requirement `{id}`"));
                let ids = self.requirements.iter().map(|known| &*known.id);
                findings.push(match nearest(id, ids) {
                    Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
                    None if id.contains(',') => {
                        finding.with_hint(format!("write several between brackets: `[{id}]`"))
                    }
                    None => {
                        finding.with_hint("the requirements are listed in plans/requirements.yaml")
                    }
                });
                continue;
            };
            match cited.iter().find(|(known, _)| *known == found.id) {
                Some((_, first)) => findings.push(
                    Finding::new(span, format!("`{id}` is cited twice here"))
                        .with_note(first, "first cited here"),
                ),
                None => cited.push((found.id.clone(), (*span).clone())),
            }
        }
        cited
    }

    /// Assigns requirements to checks.
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
                if !step.precondition && step.verb.spec().has("requirement") {
                    step.requirement = vec![only.clone()];
                    serving += 1;
                }
            });
            if serving == 0 && !doubtful {
                self.findings.push(
                    Finding::new(span, format!("no step of this case can serve {only}"))
                        .with_hint("add a `send`, `receive`, `never`, `browse` or `judge` to `steps` that is no precondition"),
                );
            }
            return vec![only.clone()];
        }
        let mut all: Vec<Arc<str>> = Vec::new();
        for (id, span) in cited {
            if !named.contains(&id) && !doubtful {
                self.findings.push(
                    Finding::new(&span, format!("no step of this case serves {id}"))
                        .with_hint("if any step has `requirement:`, every requirement of the case must be on a step"),
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
                    "this case cites no requirement, so it cannot pass",
                )
                .with_hint("add `requirement:` to the case or to its steps"),
            );
        }
        all
    }
}
