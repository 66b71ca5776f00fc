//! All documents of a run together: plans, flows, requirements and rulings, read and cross-checked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::plan::flow::provided;
use crate::plan::model::{Case, Flow, Plan};
use crate::plan::names::{check_case, check_flows};
use crate::plan::read::{Lost, Reader};
use crate::plan::requirement::{Requirement, Ruling, read_requirements, read_rulings};
use crate::plan::{conflict, kinds, negative};
use crate::source::{Finding, Kind, Node, Sources, Span, load};
use crate::value::hex;

/// A document as it came: a name for complaints, and its bytes.
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
    /// Flows.
    pub flows: Vec<Document>,
    /// Plans, in the order of reports.
    pub plans: Vec<Document>,
}

/// A file that was read, and what was in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDigest {
    /// Name of the file, as complaints show it.
    pub file: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// Everything that plans say, sound throughout.
#[derive(Debug)]
pub struct Library {
    /// Requirements in the order of their catalogue.
    pub requirements: Vec<Arc<Requirement>>,
    /// Rulings in the order of their catalogue.
    pub rulings: Vec<Ruling>,
    /// Plans in the order of the documents.
    pub plans: Vec<Arc<Plan>>,
    /// Flows that are used, by name.
    pub flows: BTreeMap<String, Arc<Flow>>,
    /// Every document that was read, with its digest.
    pub digests: Vec<SourceDigest>,
    /// The texts, for showing lines.
    pub sources: Sources,
}

/// Documents that cannot be used, with all that is wrong with them.
#[derive(Debug)]
pub struct InvalidDocuments {
    /// What is wrong, in the order of files and lines; never empty.
    pub findings: Vec<Finding>,
    /// The texts, for showing lines.
    pub sources: Sources,
}

impl Library {
    /// Reads documents.
    ///
    /// # Errors
    /// [`InvalidDocuments`] with the findings of all documents when there is any.
    pub fn read(documents: &Documents) -> Result<Self, InvalidDocuments> {
        let mut sources = Sources::new();
        let mut findings = Vec::new();
        let mut digests = Vec::new();
        let mut open =
            |document: &Document, findings: &mut Vec<Finding>| -> Option<(Node, String)> {
                let sha256 = hex(digest(&SHA256, &document.bytes).as_ref());
                digests.push(SourceDigest {
                    file: document.name.clone(),
                    sha256: sha256.clone(),
                });
                sources.insert(&document.name, &document.bytes);
                match load(&document.name, &document.bytes) {
                    Ok(node) if node.kind == Kind::Null => {
                        let start = Span::outside(&document.name);
                        findings.push(Finding::new(&start, "there is nothing in this file"));
                        None
                    }
                    Ok(node) => Some((node, sha256)),
                    Err(mut found) => {
                        findings.append(&mut found);
                        None
                    }
                }
            };

        let mut lost = Lost::default();
        let mut requirements = Vec::new();
        if let Some(document) = &documents.requirements {
            let node = open(document, &mut findings).map(|(node, _)| node);
            if let Some(node) = &node {
                requirements = read_requirements(node, &mut findings);
            }
            lost.note_requirements(node.as_ref(), &requirements);
        }
        let mut rulings = Vec::new();
        if let Some(document) = &documents.rulings
            && let Some((node, _)) = open(document, &mut findings)
        {
            let before = findings.len();
            rulings = read_rulings(&node, &mut findings);
            // A ruling that could not be read may be the one that is cited.
            if findings.len() == before {
                check_rulings(&requirements, &rulings, &mut findings);
            }
        }

        let mut flow_nodes: BTreeMap<String, Node> = BTreeMap::new();
        for document in &documents.flows {
            let Some((node, _)) = open(document, &mut findings) else {
                lost.flows = true;
                continue;
            };
            let Some(name) = node.get("flow").and_then(Node::as_text) else {
                findings.push(Finding::new(&node.span, "a flow needs `flow`, its name"));
                lost.flows = true;
                continue;
            };
            let name = name.to_owned();
            if let Some(first) = flow_nodes.get(&name) {
                findings.push(
                    Finding::new(&node.span, format!("there is another flow `{name}`"))
                        .with_note(&first.span, "here it is"),
                );
                continue;
            }
            flow_nodes.insert(name, node);
        }
        check_provided(&flow_nodes, &mut findings);

        let plan_nodes: Vec<_> = documents
            .plans
            .iter()
            .filter_map(|document| open(document, &mut findings))
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
        findings.append(&mut reader.finish());
        let flows: BTreeMap<_, _> = flows
            .into_iter()
            .filter_map(|(name, flow)| Some((name, flow?)))
            .collect();
        check_flows(flows.values(), &mut findings);
        check_plans(&plans, &mut findings);

        if findings.is_empty() {
            Ok(Self {
                requirements,
                rulings,
                plans,
                flows,
                digests,
                sources,
            })
        } else {
            settle(&mut findings);
            Err(InvalidDocuments { findings, sources })
        }
    }

    /// Lists all cases, in the order of plans.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.plans.iter().flat_map(|plan| &plan.cases)
    }

    /// Finds a requirement by its id.
    pub fn requirement(&self, id: &str) -> Option<&Arc<Requirement>> {
        self.requirements.iter().find(|one| &*one.id == id)
    }

    /// Finds a ruling by its id.
    pub fn ruling(&self, id: &str) -> Option<&Ruling> {
        self.rulings.iter().find(|one| one.id == id)
    }
}

/// Complains about rulings that requirements cite and nobody made.
fn check_rulings(
    requirements: &[Arc<Requirement>],
    rulings: &[Ruling],
    findings: &mut Vec<Finding>,
) {
    for requirement in requirements {
        for id in &requirement.rulings {
            if !rulings.iter().any(|one| one.id == *id) {
                let finding = Finding::new(
                    &requirement.place.span(),
                    format!(
                        "{} cites the ruling `{id}`, and there is none",
                        requirement.id
                    ),
                );
                let ids = rulings.iter().map(|one| one.id.as_str());
                findings.push(finding.suggesting(id, ids));
            }
        }
    }
}

/// Complains about names that more than one flow provides: nobody could say which is meant.
fn check_provided(flows: &BTreeMap<String, Node>, findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, (&str, &Span)> = HashMap::new();
    for (flow, node) in flows {
        for one in provided(node) {
            let Some(name) = one.as_text() else { continue };
            match first.get(name) {
                Some((other, span)) => findings.push(
                    Finding::new(
                        &one.span,
                        format!("the flow `{flow}` provides `{name}`, and so does `{other}`"),
                    )
                    .with_note(span, format!("`{other}` does so here")),
                ),
                None => {
                    first.insert(name, (flow, &one.span));
                }
            }
        }
    }
}

/// Complains about plans of the same name.
fn check_plan_names(plans: &[(Node, String)], findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, &Span> = HashMap::new();
    for (node, _) in plans {
        let Some(name) = node.get("plan") else {
            continue;
        };
        let Some(text) = name.as_text() else { continue };
        match first.get(text) {
            Some(span) => findings.push(
                Finding::new(&name.span, format!("there is another plan `{text}`"))
                    .with_note(span, "here it is"),
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
        // Rows of examples share their steps and give the same names, so the first speaks for all.
        let mut checked: HashSet<u32> = HashSet::new();
        for case in &plan.cases {
            match ids.get(&case.id) {
                Some(first) => findings.push(
                    Finding::new(
                        &case.id_span,
                        format!("there is another case `{}`", case.id),
                    )
                    .with_note(first, "here it is")
                    .with_hint("reports and filters find a case by its id"),
                ),
                None => {
                    ids.insert(case.id.clone(), case.id_span.clone());
                }
            }
            // What rows bind may be of different kinds.
            kinds::check_case(case, findings);
            let first = case.steps.first().map_or(0, |step| step.span.line);
            if checked.insert(first) {
                check_case(case, findings);
                let sections = [&case.given, &case.steps, &case.teardown];
                let all = sections.iter().flat_map(|steps| steps.iter());
                conflict::check_steps(all, findings);
                for steps in sections {
                    negative::check_steps(steps, findings);
                }
            }
        }
    }
}

/// Puts findings in the order of files and lines, each once.
fn settle(findings: &mut Vec<Finding>) {
    let key = |one: &Finding| (one.span.file.clone(), one.span.line, one.span.column);
    findings.sort_by_key(key);
    findings.dedup_by(|a, b| key(a) == key(b) && a.message == b.message);
}
