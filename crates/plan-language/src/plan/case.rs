//! Reads plans and their cases.
//!
//! `example` reads rows of examples, `step` reads steps, and `citation` assigns requirements to checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::plan::Place;
use crate::plan::document::{Case, Declared, Plan};
use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::ServiceSetting;
use crate::plan::needs::needs_of;
use crate::plan::phrase::duration;
use crate::plan::read::{Reader, is_other};
use crate::plan::verb::Step;
use crate::plan::walk::for_each_step_ref;
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};
use crate::value::Matcher;

impl Reader<'_> {
    /// Reads a plan.
    pub fn plan(&mut self, node: &Node, digest: String) -> Option<Plan> {
        let mut findings = std::mem::take(&mut self.findings);
        let plan = Fields::of(node, "a plan", &mut findings).and_then(|mut fields| {
            let name = fields.require_text("plan");
            let title = fields.require_sentence("title");
            // Holds anchors that cases refer to.
            fields.take("definitions");
            let nodes = fields.list("cases");
            if nodes.is_empty() && !is_other(node, "cases") {
                let span = fields.span().clone();
                fields.complain(&span, "this plan has no `cases`");
            }
            fields.end();
            if let Some((name, span)) = name
                && !is_name(name)
            {
                self.findings.push(bad_name(name, span));
            }
            // A missing name has a finding; the cases are read for their findings.
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
        let written = WrittenCase::read(node, &mut self.findings)?;
        let mut findings = Vec::new();
        let cited = self.cited(&written.cited, &mut findings);
        let is_doubtful = cited.len() < written.cited.len();
        self.findings.append(&mut findings);
        let features = match written.features {
            Some(node) => self.features(node),
            None => BTreeMap::new(),
        };
        if written.steps.is_empty() && !is_other(node, "steps") {
            self.complain(&node.span, "this case has no `steps`");
        }
        let service = match written.service {
            Some(node) => service_setting(node, &mut self.findings),
            None => ServiceSetting::default(),
        };
        let unread = self.unread;
        let (given, customer) = self.given(written.given);
        let mut steps = self.steps(written.steps);
        let teardown = self.steps(written.teardown);
        self.refuse_requirements(&given, "`given`");
        self.refuse_requirements(&teardown, "`teardown`");
        // A step that could not be read may have served any requirement.
        let is_doubtful = is_doubtful || steps.is_empty() || self.unread > unread;
        let requirement = self.settle(node, cited, &mut steps, is_doubtful);
        let needs = needs_of(given.iter().chain(&steps).chain(&teardown));

        let (id, id_span) = written.id?;
        if !id.split('/').all(is_name) || !id.contains('/') {
            self.findings.push(
                Finding::new(id_span, format!("`{id}` cannot be the id of a case"))
                    .with_hint("write `topic/behaviour-in-hyphens`"),
            );
        }
        let base = Case {
            id: id.into(),
            id_span: id_span.clone(),
            plan: plan.clone(),
            place: Place::from(&node.span),
            title: written.title?.to_owned(),
            expected: written.expected?.to_owned(),
            requirement,
            features,
            customer,
            exclusive: written.exclusive,
            service,
            row: Vec::new(),
            needs,
            given: given.into(),
            steps: steps.into(),
            teardown: teardown.into(),
        };
        self.rows(base, written.examples, cases);
        Some(())
    }

    /// Adds a case, or the cases of its rows.
    fn rows(&mut self, base: Case, examples: &[Node], cases: &mut Vec<Arc<Case>>) {
        if examples.is_empty() {
            cases.push(Arc::new(base));
            return;
        }
        let rows: Vec<_> = examples
            .iter()
            .filter_map(|row| self.row(&base, row))
            .collect();
        self.compare_rows(&base.id, &rows);
        cases.extend(rows.into_iter().map(Arc::new));
    }

    /// Adds findings about steps of a section that cannot serve a requirement.
    fn refuse_requirements(&mut self, steps: &[Step], section: &str) {
        for_each_step_ref(steps, &mut |step| {
            if !step.requirement.is_empty() {
                self.findings.push(
                    Finding::new(
                        &step.span,
                        format!("a step under {section} serves no requirement"),
                    )
                    .with_hint("remove `requirement`, or move the step to `steps`"),
                );
            }
        });
    }

    /// Reads `given`: steps, and at most one condition on the customer.
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
                            Finding::new(&key.span, "this case has a second `customer`")
                                .with_note(first, "the first one")
                                .with_hint("write both conditions into one object"),
                        );
                    }
                    let matcher = Matcher::compile(demand, &mut self.findings);
                    for reference in matcher.references() {
                        self.findings.push(Finding::new(
                            &reference.span,
                            format!(
                                "feedproof chooses the customer before `{}` is bound",
                                reference.name
                            ),
                        ));
                    }
                    customer = Some((matcher, key.span.clone()));
                }
                Some((key, _)) if nearest(&key.text, ["customer"]).is_some() => {
                    let finding =
                        Finding::new(&key.span, format!("`given` has no entry `{}`", key.text));
                    self.findings
                        .push(finding.with_hint("did you mean `customer`?"));
                }
                _ => steps.push(self.step(node)),
            }
        }
        (steps, customer.map(|(matcher, _)| matcher))
    }

    /// Reads the features that the environment must declare.
    pub(super) fn features(&mut self, node: &Node) -> BTreeMap<String, Declared> {
        let Kind::Map(entries) = &node.kind else {
            self.findings.push(
                Finding::new(
                    &node.span,
                    "`features` is an object of features, each `supported` or `absent`",
                )
                .with_hint("write `features: { NAME: supported }`"),
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

/// Reads the settings of the emulated service for a case.
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
        fields.complain(
            &span,
            "`batch_limit` and `requests_per_second` are at least 1",
        );
    }
    fields.end();
    setting
}

/// The fields of a case, before they are read further.
struct WrittenCase<'a> {
    id: Option<(&'a str, &'a Span)>,
    title: Option<&'a str>,
    expected: Option<&'a str>,
    cited: Vec<(&'a str, &'a Span)>,
    features: Option<&'a Node>,
    exclusive: bool,
    service: Option<&'a Node>,
    given: &'a [Node],
    steps: &'a [Node],
    teardown: &'a [Node],
    examples: &'a [Node],
}

impl<'a> WrittenCase<'a> {
    fn read(node: &'a Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let mut fields = Fields::of(node, "a case", findings)?;
        let written = Self {
            id: fields.require_text("id"),
            title: fields.require_sentence("title").map(|(text, _)| text),
            expected: fields.require_sentence("expected").map(|(text, _)| text),
            cited: fields.words("requirement"),
            features: fields.take("features"),
            exclusive: fields.flag("exclusive").unwrap_or(false),
            service: fields.take("service"),
            given: fields.list("given"),
            steps: fields.list("steps"),
            teardown: fields.list("teardown"),
            examples: fields.list("examples"),
        };
        fields.end();
        Some(written)
    }
}
