//! Reads plans and their cases.
//!
//! Rows of examples are read by `example`, steps by `step`, and what is cited is settled by `citation`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::plan::Place;
use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::{Case, Declared, Needs, Plan, ServiceSetting, Step};
use crate::plan::needs::collect_needs;
use crate::plan::phrase::duration;
use crate::plan::read::{Reader, is_other};
use crate::plan::walk::for_each_step_ref;
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};
use crate::value::Matcher;

impl Reader<'_> {
    /// Reads a plan.
    pub fn plan(&mut self, node: &Node, digest: String) -> Option<Plan> {
        let mut findings = std::mem::take(&mut self.findings);
        let plan = Fields::of(node, "a plan", &mut findings).and_then(|mut fields| {
            let name = fields.require_text("plan");
            let title = fields.require_text("title");
            // Holds anchors that cases refer to.
            fields.take("definitions");
            let nodes = fields.list("cases");
            if nodes.is_empty() && !is_other(node, "cases") {
                let span = fields.span().clone();
                fields.complain(&span, "a plan without `cases`");
            }
            fields.end();
            if let Some((name, span)) = name
                && !is_name(name)
            {
                self.findings.push(bad_name(name, span));
            }
            // Without a name there is a finding; the cases are read for theirs.
            let name: Arc<str> = name.map_or("", |(name, _)| name).into();
            let mut cases = Vec::with_capacity(nodes.len());
            for node in nodes {
                self.case(node, &name, &mut cases);
            }
            Some(Plan {
                name,
                title: title?.0.to_owned(),
                file: node.span.file.clone(),
                digest,
                cases,
            })
        });
        findings.append(&mut self.findings);
        self.findings = findings;
        plan
    }

    fn case(&mut self, node: &Node, plan: &Arc<str>, cases: &mut Vec<Arc<Case>>) -> Option<()> {
        let mut findings = Vec::new();
        let mut fields = Fields::of(node, "a case", &mut findings);
        let read = fields.as_mut().map(|fields| {
            (
                fields.require_text("id"),
                fields.require_text("title"),
                fields.require_text("expected"),
                fields.words("requirement"),
                fields.take("features"),
                fields.flag("exclusive").unwrap_or(false),
                fields.take("service"),
                fields.list("given"),
                fields.list("steps"),
                fields.list("teardown"),
                fields.list("examples"),
            )
        });
        if let Some(fields) = fields {
            fields.end();
        }
        self.findings.append(&mut findings);
        let (
            id,
            title,
            expected,
            cited,
            features,
            exclusive,
            service,
            given,
            steps,
            teardown,
            examples,
        ) = read?;

        let mut findings = Vec::new();
        let requirement = self.cited(&cited, &mut findings);
        let doubtful = requirement.len() < cited.len();
        self.findings.append(&mut findings);
        let features = features.map(|node| self.features(node)).unwrap_or_default();
        if steps.is_empty() && !is_other(node, "steps") {
            self.complain(&node.span, "a case without `steps` shows nothing");
        }
        let service = service.map_or_else(ServiceSetting::default, |node| {
            service_setting(node, &mut self.findings)
        });
        let unread = self.unread;
        let (givens, customer) = self.given(given);
        let mut steps = self.steps(steps);
        let teardown = self.steps(teardown);
        for_each_step_ref(&givens, &mut |step| {
            if !step.requirement.is_empty() {
                self.complain(&step.span, "what is given serves no requirement");
            }
        });
        for_each_step_ref(&teardown, &mut |step| {
            if !step.requirement.is_empty() {
                self.complain(&step.span, "a teardown serves no requirement");
            }
        });
        // What could not be read may have served anything.
        let doubtful = doubtful || steps.is_empty() || self.unread > unread;
        let requirement = self.settle(node, requirement, &mut steps, doubtful);
        let mut needs = Needs::default();
        for step in givens.iter().chain(&steps).chain(&teardown) {
            collect_needs(step, &mut needs);
        }

        let (id, id_span) = id?;
        if !id.split('/').all(is_name) || !id.contains('/') {
            self.findings.push(
                Finding::new(id_span, format!("`{id}` cannot be the id of a case"))
                    .with_hint("`topic/behaviour-in-hyphens`"),
            );
        }
        let base = Case {
            id: id.into(),
            id_span: id_span.clone(),
            plan: plan.clone(),
            place: Place::from(&node.span),
            title: title?.0.to_owned(),
            expected: expected?.0.to_owned(),
            requirement,
            features,
            customer,
            exclusive,
            service,
            row: Vec::new(),
            needs,
            given: givens.into(),
            steps: steps.into(),
            teardown: teardown.into(),
        };
        if examples.is_empty() {
            cases.push(Arc::new(base));
            return Some(());
        }
        let rows: Vec<_> = examples
            .iter()
            .filter_map(|row| self.row(&base, row))
            .collect();
        self.compare_rows(&base.id, &rows);
        cases.extend(rows.into_iter().map(Arc::new));
        Some(())
    }

    /// Reads what is given: steps, and at most one demand on the customer.
    fn given(&mut self, given: &[Node]) -> (Vec<Step>, Option<Matcher>) {
        let mut customer: Option<(Matcher, Span)> = None;
        let mut steps = Vec::with_capacity(given.len());
        for node in given {
            let entry = match node.as_map() {
                Some([entry]) => Some(entry),
                _ => None,
            };
            match entry {
                Some((key, demand)) if key.text == "customer" => {
                    if let Some((_, first)) = &customer {
                        self.findings.push(
                            Finding::new(&key.span, "a case has one customer")
                                .with_note(first, "the first one")
                                .with_hint("put both demands into one map"),
                        );
                    }
                    let matcher = Matcher::compile(demand, &mut self.findings);
                    for reference in matcher.references() {
                        self.findings.push(Finding::new(
                            &reference.span,
                            format!("a customer is chosen before `{}` is known", reference.name),
                        ));
                    }
                    customer = Some((matcher, key.span.clone()));
                }
                Some((key, _)) if nearest(&key.text, ["customer"]).is_some() => {
                    let finding = Finding::new(
                        &key.span,
                        format!("nothing like `{}` can be given", key.text),
                    );
                    self.findings
                        .push(finding.with_hint("did you mean `customer`?"));
                }
                _ => steps.push(self.step(node)),
            }
        }
        (steps, customer.map(|(matcher, _)| matcher))
    }

    /// Reads what the environment must declare.
    pub(super) fn features(&mut self, node: &Node) -> BTreeMap<String, Declared> {
        let Kind::Map(entries) = &node.kind else {
            self.complain(
                &node.span,
                "`features` is a map of features to `supported` or `absent`",
            );
            return BTreeMap::new();
        };
        let mut read = BTreeMap::new();
        for (key, value) in entries {
            let declared = match value.as_text() {
                Some("supported") => Declared::Supported,
                Some("absent") => Declared::Absent,
                _ => {
                    self.complain(&value.span, "a feature is `supported` or `absent`");
                    continue;
                }
            };
            read.insert(key.text.clone(), declared);
        }
        read
    }
}

/// Reads how the emulated service is set for a case.
fn service_setting(node: &Node, findings: &mut Vec<Finding>) -> ServiceSetting {
    let mut setting = ServiceSetting::default();
    let Some(mut fields) = Fields::of(node, "`service` of a case", findings) else {
        return setting;
    };
    setting.batch_limit = fields.count("batch_limit");
    setting.requests_per_second = fields.count("requests_per_second");
    setting.retry_after = fields.flag("retry_after");
    setting.processing = fields
        .take("processing")
        .and_then(|node| duration(node, fields.findings()));
    if setting.batch_limit == Some(0) || setting.requests_per_second == Some(0) {
        let span = fields.span().clone();
        fields.complain(&span, "a service that takes nothing shows nothing");
    }
    fields.end();
    setting
}
