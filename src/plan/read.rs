//! Reads plans and flows: from nodes with positions to the typed model, with all findings of a file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::plan::expect::{bad_name, is_name};
use crate::plan::model::{Case, Declared, Flow, Needs, Plan, ServiceSetting, Step, Verb};
use crate::plan::needs::collect_needs;
use crate::plan::participant::Participant;
use crate::plan::phrase::{duration, refuse_references};
use crate::plan::{Place, Requirement};
use crate::source::{Fields, Finding, Kind, Node, Span, nearest};
use crate::value::Matcher;

/// Names that every case owns because its stage gives them.
pub const STAGE_NAMES: &[(&str, &str)] = &[
    ("bank", "the bank under test: `id`, `externalRef`"),
    (
        "customer",
        "a test user: `username`, `password`, and what the bank's data holds",
    ),
    ("stranger", "another test user, of the same shape"),
    ("ui", "the page to which a browser comes back: `return`"),
    (
        "state",
        "a word of the case's own, to be handed back by redirects",
    ),
    (
        "credentials",
        "what Sage gave the provider: `client_id`, `client_secret`, `api_key`, `audience`",
    ),
    (
        "agreed",
        "the limits that were agreed on with the provider: `batch_limit`, `requests_per_second`",
    ),
];

/// Names that every case owns because a flow provides them at first use; `as:` implies some.
pub const PLAYED: &[(Participant, &str)] = &[
    (Participant::Product, "token"),
    (Participant::Provider, "provider_token"),
];

/// Reads documents in the light of the requirements and flows that there are.
pub struct Reader<'a> {
    pub(super) requirements: &'a [Arc<Requirement>],
    /// Documents of flows by name, read on demand.
    pub(super) flow_nodes: &'a BTreeMap<String, Node>,
    pub(super) flows: &'a mut HashMap<String, Option<Arc<Flow>>>,
    /// Flows that are being read at the moment, outermost first.
    pub(super) reading: Vec<String>,
    /// What was complained about.
    pub(super) findings: Vec<Finding>,
    /// How many steps could not be read.
    pub(super) unread: usize,
    /// What other documents would have declared.
    pub(super) lost: Lost,
}

/// What documents with findings would have declared; whoever mentions it is not to blame.
#[derive(Debug, Default)]
pub struct Lost {
    /// Whether any requirement may be missing.
    any_requirement: bool,
    /// Requirements that stand in the catalogue and could not be read.
    requirements: Vec<String>,
    /// Whether any flow may be missing.
    pub flows: bool,
}

impl Lost {
    /// Notes the requirements of a catalogue that were not read; `None` if it could not be loaded.
    pub fn note_requirements(&mut self, catalogue: Option<&Node>, read: &[Arc<Requirement>]) {
        let list = catalogue
            .and_then(|node| node.get("requirements"))
            .and_then(Node::as_list);
        let Some(list) = list else {
            self.any_requirement = true;
            return;
        };
        let ids = list.iter().filter_map(|node| node.get("id")?.as_text());
        self.requirements.extend(
            ids.filter(|id| !read.iter().any(|one| &*one.id == *id))
                .map(str::to_owned),
        );
    }

    fn has(&self, requirement: &str) -> bool {
        self.any_requirement || self.requirements.iter().any(|one| one == requirement)
    }
}

impl<'a> Reader<'a> {
    /// Makes a reader; `flows` keeps the flows that were read, `lost` says what nobody is to miss.
    pub fn new(
        requirements: &'a [Arc<Requirement>],
        flow_nodes: &'a BTreeMap<String, Node>,
        flows: &'a mut HashMap<String, Option<Arc<Flow>>>,
        lost: Lost,
    ) -> Self {
        Self {
            requirements,
            flow_nodes,
            flows,
            reading: Vec::new(),
            findings: Vec::new(),
            unread: 0,
            lost,
        }
    }

    /// Ends the reading and hands over the findings.
    pub fn finish(self) -> Vec<Finding> {
        self.findings
    }

    pub(super) fn complain(&mut self, span: &Span, message: impl Into<String>) {
        self.findings.push(Finding::new(span, message));
    }

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
                fields.flag("alone").unwrap_or(false),
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
            alone,
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
            alone,
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

    /// Complains about rows of one table that do not give the same names.
    fn compare_rows(&mut self, base: &str, rows: &[Case]) {
        let Some((first, others)) = rows.split_first() else {
            return;
        };
        let short = |row: &Case| row.id.get(base.len() + 1..).unwrap_or_default().to_owned();
        let has = |row: &Case, name: &str| row.row.iter().any(|(one, ..)| one == name);
        for row in others {
            let lacking = first.row.iter().filter(|(name, ..)| !has(row, name));
            for (name, _, span) in lacking {
                self.findings.push(
                    Finding::new(
                        &row.place.span(),
                        format!("the row `{}` lacks `{name}`", short(row)),
                    )
                    .with_note(span, format!("the row `{}` has it", short(first))),
                );
            }
            for (name, _, span) in row.row.iter().filter(|(name, ..)| !has(first, name)) {
                self.findings.push(
                    Finding::new(
                        &first.place.span(),
                        format!("the row `{}` lacks `{name}`", short(first)),
                    )
                    .with_note(span, format!("the row `{}` has it", short(row))),
                );
            }
        }
    }

    /// Makes the case of one row of examples.
    fn row(&mut self, base: &Case, node: &Node) -> Option<Case> {
        let mut findings = std::mem::take(&mut self.findings);
        let row = Fields::of(node, "a row of `examples`", &mut findings).and_then(|mut fields| {
            let id = fields.require_text("id");
            let title = fields.text("title");
            let features = fields.take("features");
            let with = match fields.take("with") {
                Some(node) => match &node.kind {
                    Kind::Map(entries) => {
                        for (key, value) in entries {
                            if !is_name(&key.text) {
                                fields.findings().push(bad_name(&key.text, &key.span));
                            }
                            refuse_references(value, "a row of `examples`", fields.findings());
                        }
                        entries
                            .iter()
                            .map(|(key, value)| {
                                (key.text.clone(), value.to_value(), key.span.clone())
                            })
                            .collect()
                    }
                    _ => {
                        fields.complain(&node.span, "`with` is a map of names to values");
                        Vec::new()
                    }
                },
                None => Vec::new(),
            };
            fields.end();
            let (id, span) = id?;
            if !is_name(id) {
                self.findings.push(bad_name(id, span));
            }
            let mut all = base.features.clone();
            if let Some(node) = features {
                all.extend(self.features(node));
            }
            Some(Case {
                id: format!("{}/{id}", base.id).into(),
                id_span: span.clone(),
                place: Place::from(&node.span),
                title: match title {
                    Some((title, _)) => title.to_owned(),
                    None => format!("{} ({id})", base.title),
                },
                features: all,
                row: with,
                ..base.clone()
            })
        });
        findings.append(&mut self.findings);
        self.findings = findings;
        row
    }

    fn features(&mut self, node: &Node) -> BTreeMap<String, Declared> {
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

    /// Gives checks their requirements.
    ///
    /// A case that cites one requirement cites it on every check that names none; a case that cites
    /// several names them on its checks, and a check that names none is a control there.
    fn settle(
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
                if !step.control && judges(&step.verb) {
                    step.requirement = vec![only.clone()];
                    serving += 1;
                }
            });
            if serving == 0 && !doubtful {
                self.findings.push(
                    Finding::new(span, format!("no step of this case can serve {only}"))
                        .with_hint("a `send`, `receive`, `never`, `browse` or `judge` under `steps`, which is no control"),
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

/// Tells whether a field is there and is neither a list nor empty, so that this was complained about.
pub(super) fn is_other(node: &Node, name: &str) -> bool {
    node.get(name)
        .is_some_and(|node| !matches!(node.kind, Kind::List(_) | Kind::Null))
}

/// Tells whether a verb checks something that a subject does.
fn judges(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::Send(_) | Verb::Receive(_) | Verb::Never(_) | Verb::Browse(_) | Verb::Judge(_)
    )
}

/// Visits steps and those inside their branches.
pub(super) fn for_each_step(steps: &mut [Step], visit: &mut dyn FnMut(&mut Step)) {
    for step in steps {
        visit(step);
        if let Verb::Together(branches) = &mut step.verb {
            for branch in branches {
                for_each_step(branch, visit);
            }
        }
    }
}

pub(super) fn for_each_step_ref<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Step)) {
    for step in steps {
        visit(step);
        if let Verb::Together(branches) = &step.verb {
            for branch in branches {
                for_each_step_ref(branch, visit);
            }
        }
    }
}

/// Reads how the embedded service is set for a case.
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
