//! Reads plans and flows: from nodes with positions to the typed model, with all findings of a file.
//!
//! This file holds the reader's knowledge and memory. Cases, rows of examples, citations, flows and steps are read in
//! files of their own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::plan::Requirement;
use crate::plan::verb::Flow;
use crate::source::{Finding, Kind, Node, Span};

/// Reads documents, given the requirements and flows that exist.
pub struct Reader<'a> {
    pub(super) requirements: &'a [Arc<Requirement>],
    /// Documents of flows by name, read on demand.
    pub(super) flow_nodes: &'a BTreeMap<String, Node>,
    pub(super) flows: &'a mut HashMap<String, Option<Arc<Flow>>>,
    /// Flows that are being read at the moment, outermost first.
    pub(super) reading: Vec<String>,
    /// The findings so far.
    pub(super) findings: Vec<Finding>,
    /// How many steps could not be read.
    pub(super) unread: usize,
    /// What unreadable documents would have declared.
    pub(super) lost: Lost,
}

/// What documents with findings would have declared; a mention of it is no error.
#[derive(Debug, Default)]
pub struct Lost {
    /// Whether any requirement may be missing.
    any_requirement: bool,
    /// Requirements in the catalogue that could not be read.
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
            ids.filter(|id| !read.iter().any(|requirement| &*requirement.id == *id))
                .map(str::to_owned),
        );
    }

    /// Tells whether a requirement may be in an unreadable part of the catalogue.
    pub(super) fn has(&self, requirement: &str) -> bool {
        self.any_requirement || self.requirements.iter().any(|id| id == requirement)
    }
}

impl<'a> Reader<'a> {
    /// Makes a reader; `flows` keeps the flows that were read, `lost` says which mentions are no error.
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

    /// Ends the reading and returns the findings.
    pub fn finish(self) -> Vec<Finding> {
        self.findings
    }

    pub(super) fn complain(&mut self, span: &Span, message: impl Into<String>) {
        self.findings.push(Finding::new(span, message));
    }
}

/// Tells whether a field is present and is neither an array nor `null`, so that it has a finding already.
pub(super) fn is_other(node: &Node, name: &str) -> bool {
    node.get(name)
        .is_some_and(|node| !matches!(node.kind, Kind::List(_) | Kind::Null))
}
