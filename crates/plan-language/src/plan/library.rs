//! All documents of a run together: plans, flows, requirements, rulings and rules, read and cross-checked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::plan::document::{Case, Plan};
use crate::plan::flow::provided;
use crate::plan::names::{check_case, check_flows, unused_captures, unused_in_flow};
use crate::plan::read::{Lost, Reader};
use crate::plan::requirement::{Requirement, Ruling, read_requirements, read_rulings};
use crate::plan::rule::{Rule, check_rules, read_rules};
use crate::plan::verb::Flow;
use crate::plan::{conflict, kinds, members, negative, served};
use crate::source::{Finding, Kind, Node, Sources, Span, load};
use crate::value::hex;

/// A document: its name for findings, and its bytes.
#[derive(Clone, Debug)]
pub struct Document {
    /// Name of the file, such as `plans/offboarding.yaml`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The documents of a run, by what they are.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// The catalogue of requirements.
    pub requirements: Option<Document>,
    /// The catalogue of rulings.
    pub rulings: Option<Document>,
    /// The catalogue of rules; it belongs to all plans together.
    pub rules: Option<Document>,
    /// Flows.
    pub flows: Vec<Document>,
    /// Plans, in the order of reports.
    pub plans: Vec<Document>,
}

/// A file that was read, and what was in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDigest {
    /// Name of the file, as findings show it.
    pub file: String,
    /// What it is among the documents of a run.
    pub role: DocumentRole,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// What a document is among the documents of a run. The rules have no digest, because they change no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentRole {
    /// The catalogue of requirements.
    Requirements,
    /// The catalogue of rulings.
    Rulings,
    /// A flow.
    Flow,
    /// A plan.
    Plan,
}

impl Documents {
    /// Lists the documents that have a digest, with their roles; the order is that of [`Library::digests`].
    pub fn with_roles(&self) -> impl Iterator<Item = (DocumentRole, &Document)> {
        fn each<'d>(
            role: DocumentRole,
            documents: impl IntoIterator<Item = &'d Document>,
        ) -> impl Iterator<Item = (DocumentRole, &'d Document)> {
            documents.into_iter().map(move |document| (role, document))
        }
        each(DocumentRole::Requirements, &self.requirements)
            .chain(each(DocumentRole::Rulings, &self.rulings))
            .chain(each(DocumentRole::Flow, &self.flows))
            .chain(each(DocumentRole::Plan, &self.plans))
    }

    /// Adds a document; of two catalogues of one role, the last one stays.
    pub fn add(&mut self, role: DocumentRole, document: Document) {
        match role {
            DocumentRole::Requirements => self.requirements = Some(document),
            DocumentRole::Rulings => self.rulings = Some(document),
            DocumentRole::Flow => self.flows.push(document),
            DocumentRole::Plan => self.plans.push(document),
        }
    }
}

impl SourceDigest {
    /// Returns the digest of a document.
    pub fn of(role: DocumentRole, document: &Document) -> Self {
        Self {
            file: document.name.clone(),
            role,
            sha256: hex(digest(&SHA256, &document.bytes).as_ref()),
        }
    }
}

/// All plans with their flows, requirements and rulings, validated.
#[derive(Clone, Debug)]
pub struct Library {
    /// Requirements in the order of their catalogue.
    pub requirements: Vec<Arc<Requirement>>,
    /// Rulings in the order of their catalogue.
    pub rulings: Vec<Ruling>,
    /// Rules in the order of their catalogue; empty without one.
    pub rules: Vec<Rule>,
    /// Plans in the order of the documents.
    pub plans: Vec<Arc<Plan>>,
    /// Flows that are used, by name.
    pub flows: BTreeMap<String, Arc<Flow>>,
    /// Warnings: lines that are seldom meant, in the order of files and lines; often empty.
    pub warnings: Vec<Finding>,
    /// Every document that was read, with its digest.
    pub digests: Vec<SourceDigest>,
    /// The texts, for showing lines.
    pub sources: Sources,
}

/// Documents with errors, and all their findings.
#[derive(Debug)]
pub struct InvalidDocuments {
    /// The findings, in the order of files and lines; never empty.
    pub findings: Vec<Finding>,
    /// The texts, for showing lines.
    pub sources: Sources,
}

impl Library {
    /// Reads documents.
    ///
    /// # Errors
    /// [`InvalidDocuments`] with the findings of all documents when one of them is an error.
    pub fn read(documents: &Documents) -> Result<Self, InvalidDocuments> {
        let mut opened = OpenedDocuments::default();
        let mut lost = Lost::default();
        let requirements = opened.requirements(documents, &mut lost);
        let rulings = opened.rulings(documents, &requirements);
        let rules = opened.rules(documents);
        let flow_nodes = opened.flows(documents, &mut lost);
        let plan_nodes: Vec<_> = documents
            .plans
            .iter()
            .filter_map(|document| opened.open(DocumentRole::Plan, document))
            .collect();
        let mut flows = HashMap::new();
        let mut reader = Reader::new(&requirements, &flow_nodes, &mut flows, lost);
        for (name, node) in &flow_nodes {
            reader.flow(name, &node.span);
        }
        check_plan_names(&plan_nodes, &mut reader.findings);
        let plans: Vec<_> = plan_nodes
            .iter()
            .filter_map(|(node, digest)| reader.plan(node, digest.clone()))
            .map(Arc::new)
            .collect();
        let OpenedDocuments {
            mut findings,
            digests,
            sources,
        } = opened;
        findings.append(&mut reader.finish());
        let flows: BTreeMap<_, _> = flows
            .into_iter()
            .filter_map(|(name, flow)| Some((name, flow?)))
            .collect();
        check_flows(flows.values(), &mut findings);
        check_plans(&plans, &mut findings);

        // A document that could not be read may use a name, or declare one.
        if !findings.iter().any(Finding::is_error) {
            let cases = plans.iter().flat_map(|plan| &plan.cases);
            check_rules(&rules, &requirements, cases, &mut findings);
            warn_of_unused(flows.values(), &plans, &mut findings);
            warn_of_suspects(flows.values(), &plans, &mut findings);
        }
        settle(&mut findings);
        if findings.iter().any(Finding::is_error) {
            return Err(InvalidDocuments { findings, sources });
        }
        Ok(Self {
            requirements,
            rulings,
            rules,
            plans,
            flows,
            warnings: findings,
            digests,
            sources,
        })
    }

    /// Lists all cases, in the order of plans.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.plans.iter().flat_map(|plan| &plan.cases)
    }

    /// Finds a requirement by its id.
    pub fn requirement(&self, id: &str) -> Option<&Arc<Requirement>> {
        self.requirements
            .iter()
            .find(|requirement| &*requirement.id == id)
    }

    /// Finds a ruling by its id.
    pub fn ruling(&self, id: &str) -> Option<&Ruling> {
        self.rulings.iter().find(|ruling| ruling.id == id)
    }
}

/// The documents that were opened so far, and the findings in them.
#[derive(Default)]
struct OpenedDocuments {
    findings: Vec<Finding>,
    digests: Vec<SourceDigest>,
    sources: Sources,
}

impl OpenedDocuments {
    /// Loads a document, and returns it with its digest.
    fn open(&mut self, role: DocumentRole, document: &Document) -> Option<(Node, String)> {
        let digest = SourceDigest::of(role, document);
        let sha256 = digest.sha256.clone();
        self.digests.push(digest);
        Some((self.load(document)?, sha256))
    }

    /// Loads a document.
    fn load(&mut self, document: &Document) -> Option<Node> {
        self.sources.insert(&document.name, &document.bytes);
        match load(&document.name, &document.bytes) {
            Ok(node) if node.kind == Kind::Null => {
                let start = Span::outside(&document.name);
                self.findings
                    .push(Finding::new(&start, "this file is empty"));
                None
            }
            Ok(node) => Some(node),
            Err(mut found) => {
                self.findings.append(&mut found);
                None
            }
        }
    }

    fn requirements(&mut self, documents: &Documents, lost: &mut Lost) -> Vec<Arc<Requirement>> {
        let Some(document) = &documents.requirements else {
            return Vec::new();
        };
        let node = self
            .open(DocumentRole::Requirements, document)
            .map(|(node, _)| node);
        let requirements = match &node {
            Some(node) => read_requirements(node, &mut self.findings),
            None => Vec::new(),
        };
        lost.note_requirements(node.as_ref(), &requirements);
        requirements
    }

    fn rulings(&mut self, documents: &Documents, requirements: &[Arc<Requirement>]) -> Vec<Ruling> {
        let opened = documents
            .rulings
            .as_ref()
            .and_then(|document| self.open(DocumentRole::Rulings, document));
        let Some((node, _)) = opened else {
            return Vec::new();
        };
        let before = self.findings.len();
        let rulings = read_rulings(&node, &mut self.findings);
        // A ruling that could not be read may be one that a requirement cites.
        if self.findings.len() == before {
            check_rulings(requirements, &rulings, &mut self.findings);
        }
        rulings
    }

    /// Opens the rules. They have no digest, because they change no verdict.
    fn rules(&mut self, documents: &Documents) -> Vec<Rule> {
        let document = documents.rules.as_ref();
        match document.and_then(|document| self.load(document)) {
            Some(node) => read_rules(&node, &mut self.findings),
            None => Vec::new(),
        }
    }

    /// Opens the flows, and returns them by name.
    fn flows(&mut self, documents: &Documents, lost: &mut Lost) -> BTreeMap<String, Node> {
        let mut flows: BTreeMap<String, Node> = BTreeMap::new();
        for document in &documents.flows {
            let Some((node, _)) = self.open(DocumentRole::Flow, document) else {
                lost.flows = true;
                continue;
            };
            let Some(name) = node.get("flow").and_then(Node::as_text) else {
                self.findings
                    .push(Finding::new(&node.span, "a flow needs `flow`, its name"));
                lost.flows = true;
                continue;
            };
            let name = name.to_owned();
            if let Some(first) = flows.get(&name) {
                self.findings.push(
                    Finding::new(&node.span, format!("a second flow is named `{name}`"))
                        .with_note(&first.span, "the first one"),
                );
                continue;
            }
            flows.insert(name, node);
        }
        check_provided(&flows, &mut self.findings);
        flows
    }
}

/// Adds findings about rulings that requirements cite and that do not exist.
fn check_rulings(
    requirements: &[Arc<Requirement>],
    rulings: &[Ruling],
    findings: &mut Vec<Finding>,
) {
    for requirement in requirements {
        for id in &requirement.rulings {
            if !rulings.iter().any(|ruling| ruling.id == *id) {
                let finding = Finding::new(
                    &requirement.place.span(),
                    format!(
                        "{} cites the ruling `{id}`, which does not exist",
                        requirement.id
                    ),
                );
                let ids = rulings.iter().map(|ruling| ruling.id.as_str());
                findings.push(finding.suggesting(id, ids));
            }
        }
    }
}

/// Adds findings about names that more than one flow provides: a use of such a name is ambiguous.
fn check_provided(flows: &BTreeMap<String, Node>, findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, (&str, &Span)> = HashMap::new();
    for (flow, node) in flows {
        for entry in provided(node) {
            let Some(name) = entry.as_text() else {
                continue;
            };
            match first.get(name) {
                Some((other, span)) => findings.push(
                    Finding::new(
                        &entry.span,
                        format!("the flows `{flow}` and `{other}` both provide `{name}`"),
                    )
                    .with_note(span, format!("`{other}` provides it here")),
                ),
                None => {
                    first.insert(name, (flow, &entry.span));
                }
            }
        }
    }
}

/// Adds findings about plans of the same name.
fn check_plan_names(plans: &[(Node, String)], findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, &Span> = HashMap::new();
    for (node, _) in plans {
        let Some(name) = node.get("plan") else {
            continue;
        };
        let Some(text) = name.as_text() else {
            continue;
        };
        match first.get(text) {
            Some(span) => findings.push(
                Finding::new(&name.span, format!("a second plan is named `{text}`"))
                    .with_note(span, "the first one"),
            ),
            None => {
                first.insert(text, &name.span);
            }
        }
    }
}

/// Checks the ids of cases across plans, and the names within each.
fn check_plans(plans: &[Arc<Plan>], findings: &mut Vec<Finding>) {
    let mut ids: HashMap<Arc<str>, Span> = HashMap::new();
    for plan in plans {
        // Rows of examples share their steps and have the same names, so the check of the first is enough.
        let mut checked: HashSet<u32> = HashSet::new();
        for case in &plan.cases {
            match ids.get(&case.id) {
                Some(first) => findings.push(
                    Finding::new(
                        &case.id_span,
                        format!("a second case has the id `{}`", case.id),
                    )
                    .with_note(first, "the first one")
                    .with_hint("choose another id: reports and filters find a case by it"),
                ),
                None => {
                    ids.insert(case.id.clone(), case.id_span.clone());
                }
            }
            // The values of rows may be of different kinds.
            kinds::check_case(case, findings);
            let first = case.steps.first().map_or(0, |step| step.span.line);
            if checked.insert(first) {
                check_case(case, findings);
                members::check_case(case, findings);
                let sections = [&case.given, &case.steps, &case.teardown];
                let all = sections.iter().flat_map(|steps| steps.iter());
                conflict::check_steps(all, findings);
                for steps in sections {
                    negative::check_steps(steps, findings);
                    served::check_steps(steps, findings);
                }
            }
        }
    }
}

/// Adds warnings about names that are captured and never used.
fn warn_of_unused<'f>(
    flows: impl Iterator<Item = &'f Arc<Flow>>,
    plans: &[Arc<Plan>],
    findings: &mut Vec<Finding>,
) {
    let of_flows = flows.flat_map(|flow| unused_in_flow(flow));
    let cases = plans.iter().flat_map(|plan| &plan.cases);
    let of_cases = cases.flat_map(|case| unused_captures(case));
    findings.extend(of_flows.chain(of_cases).map(|(name, span)| {
        Finding::warning(&span, format!("`{name}` is captured and never used"))
    }));
}

/// Adds warnings about steps that are seldom meant as they are written.
fn warn_of_suspects<'f>(
    flows: impl Iterator<Item = &'f Arc<Flow>>,
    plans: &[Arc<Plan>],
    findings: &mut Vec<Finding>,
) {
    for flow in flows {
        served::warn_of_steps(&flow.steps, findings);
    }
    // Rows of examples share their steps; what is found twice is reported once.
    for case in plans.iter().flat_map(|plan| &plan.cases) {
        for steps in [&case.given, &case.steps, &case.teardown] {
            served::warn_of_steps(steps, findings);
        }
    }
}

/// Puts findings in the order of files and lines, each once.
fn settle(findings: &mut Vec<Finding>) {
    let key = |finding: &Finding| {
        let Span {
            file, line, column, ..
        } = &finding.span;
        (file.clone(), *line, *column)
    };
    findings.sort_by_key(key);
    findings.dedup_by(|a, b| key(a) == key(b) && a.message == b.message);
}
