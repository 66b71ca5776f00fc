//! A plan and its cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Needs, ServiceSetting, Step};
use crate::plan::Place;
use crate::source::Span;
use crate::value::{Matcher, Value};

/// A document of cases.
#[derive(Debug)]
pub struct Plan {
    /// Short name; the first part of its cases' ids by custom.
    pub name: Arc<str>,
    /// Title for readers.
    pub title: String,
    /// Name of the file.
    pub file: Arc<str>,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// Its cases, in order; a case with examples stands here once a row.
    pub cases: Vec<Arc<Case>>,
}

/// One verdict.
#[derive(Clone, Debug)]
pub struct Case {
    /// Stable id; the name of the libtest-mimic trial and of the JUnit case.
    pub id: Arc<str>,
    /// Where the id, or that of its row, stands.
    pub id_span: Span,
    /// Name of the plan.
    pub plan: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// What is tested, in one line.
    pub title: String,
    /// What is expected, in one line.
    pub expected: String,
    /// Requirements that it cites.
    pub requirement: Vec<Arc<str>>,
    /// What the environment must declare.
    pub features: BTreeMap<String, Declared>,
    /// What the customer must be like.
    pub customer: Option<Matcher>,
    /// Whether the author wants it to run alone.
    pub exclusive: bool,
    /// How the emulated service is set for it.
    pub service: ServiceSetting,
    /// Values of its row of examples.
    pub row: Vec<(String, Value, Span)>,
    /// What it needs, derived from its steps.
    pub needs: Needs,
    /// Steps that set the scene.
    pub given: Arc<[Step]>,
    /// Steps that are judged.
    pub steps: Arc<[Step]>,
    /// Steps that clear up.
    pub teardown: Arc<[Step]>,
}

/// What a provider says of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// It is there.
    Supported,
    /// It is not there.
    Absent,
}
