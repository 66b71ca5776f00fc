//! Reads plans and flows: from nodes with positions to the typed model, with all findings of a file.
//!
//! Here stands what the reader knows and remembers; how it reads a case, its rows of examples, what it cites, a flow
//! and a step stands in files of their own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::participant::Participant;
use crate::plan::Requirement;
use crate::plan::model::Flow;
use crate::source::{Finding, Kind, Node, Span};

/// Names that every case owns because its stage gives them.
pub const STAGE_NAMES: &[(&str, &str)] = &[
    ("bank", "the bank under test: `id`, `externalRef`"),
    (
        "customer",
        "a test user: `username`, `password`, and what the bank's data holds",
    ),
    ("other_customer", "another test user, of the same shape"),
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

    /// Tells whether a requirement would have been there.
    pub(super) fn has(&self, requirement: &str) -> bool {
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
}

/// Tells whether a field is there and is neither a list nor empty, so that this was complained about.
pub(super) fn is_other(node: &Node, name: &str) -> bool {
    node.get(name)
        .is_some_and(|node| !matches!(node.kind, Kind::List(_) | Kind::Null))
}
