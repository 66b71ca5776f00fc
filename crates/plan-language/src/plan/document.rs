//! A plan and its cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::plan::Place;
use crate::plan::model::{Needs, ServiceSetting};
use crate::plan::verb::Step;
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
    /// Its cases, in order; a case with examples is listed once per row.
    pub cases: Vec<Arc<Case>>,
}

/// One verdict.
#[derive(Clone, Debug)]
pub struct Case {
    /// Stable id; the name of the libtest-mimic trial and of the JUnit case.
    pub id: Arc<str>,
    /// The place of the id, or of the id of its row.
    pub id_span: Span,
    /// Name of the plan.
    pub plan: Arc<str>,
    /// The place of the case.
    pub place: Place,
    /// What is tested, in one line.
    pub title: String,
    /// What is expected, in one line.
    pub expected: String,
    /// Requirements that it cites.
    pub requirement: Vec<Arc<str>>,
    /// Features that the environment must declare.
    pub features: BTreeMap<String, Declared>,
    /// What the customer must be like.
    pub customer: Option<Matcher>,
    /// Whether the author demands that it runs alone.
    pub exclusive: bool,
    /// Settings of the emulated service.
    pub service: ServiceSetting,
    /// Values of its row of examples.
    pub row: Vec<(String, Value, Span)>,
    /// What it needs of its stage, derived from its steps.
    pub needs: Needs,
    /// The setup.
    pub given: Arc<[Step]>,
    /// The steps whose checks decide on the verdict.
    pub steps: Arc<[Step]>,
    /// The steps that clean up.
    pub teardown: Arc<[Step]>,
}

/// What an environment declares about a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declared {
    /// The feature is supported.
    Supported,
    /// The feature is absent.
    Absent,
}
