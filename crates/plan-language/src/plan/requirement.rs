//! Requirements and rulings: the data that cases cite.
//!
//! A requirement is a row of the test plan with its level, class, subject and source; a ruling says
//! our decision where the sources are silent or disagree. Only class A may be called the official
//! plan; B is asserted by Sage's own collection, C is derived. The level rule: a MUST needs support
//! by `[seed]`, `[plan]` or `[doc]`; `[bruno]`, `[infer]` or `[partner]` alone make at most a SHOULD.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::participant::Participant;
use crate::plan::Place;
use crate::source::{Fields, Finding, Node, Span, nearest};

/// One requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Stable id, such as `OFF-01`.
    pub id: Arc<str>,
    /// What the subject must do, in one sentence.
    pub text: String,
    /// How much it demands.
    pub level: Level,
    /// Where its wording comes from.
    pub class: Class,
    /// The participants that must fulfil it; never empty.
    pub subject: Vec<Participant>,
    /// The source, with its grade in brackets first.
    pub source: String,
    /// The group of rows to which it belongs.
    pub group: String,
    /// Ids of the rulings that apply to it.
    pub rulings: Vec<String>,
    /// Ids of the faults that its checks detect.
    pub faults: Vec<String>,
    /// Why no fault of the provider can violate it, although the provider is its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unbreakable: Option<String>,
    /// Why no case tests it, if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_tested: Option<String>,
    /// The row of the official test plan that it restates, in our words; only class A has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official: Option<OfficialRow>,
    /// Where it stands.
    pub place: Place,
}

/// A row of the official test plan, in our words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficialRow {
    /// What is tested.
    pub test: String,
    /// What is expected.
    pub expected: String,
}

/// How much a requirement demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Permitted.
    May,
    /// A failure is a warning.
    Should,
    /// A failure makes the run NOT CONFORMANT.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::May => "may",
            Self::Should => "should",
            Self::Must => "must",
        })
    }
}

/// Where the wording of a requirement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// A row of the official test plan.
    A,
    /// An assertion in Sage's own collection.
    B,
    /// Derived by us from documentation; never Sage's wording.
    C,
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// Our decision where the sources are silent or disagree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    /// Stable id, such as `8.5` or `R-1`.
    pub id: String,
    /// The open question.
    pub question: String,
    /// The decision.
    pub choice: String,
    /// The reason.
    pub reason: String,
}

/// Reads the catalogue of requirements.
pub fn read_requirements(node: &Node, findings: &mut Vec<Finding>) -> Vec<Arc<Requirement>> {
    let Some(mut file) = Fields::of(node, "the catalogue of requirements", findings) else {
        return Vec::new();
    };
    if let Some(node) = file.require("requirements")
        && node.as_list().is_none()
    {
        file.complain(
            &node.span,
            format!(
                "`requirements` is an array, and this is {}",
                node.kind_name()
            ),
        );
    }
    file.end();
    let list = node
        .get("requirements")
        .and_then(Node::as_list)
        .unwrap_or_default();
    let mut read: Vec<Arc<Requirement>> = Vec::with_capacity(list.len());
    for item in list {
        if let Some(requirement) = read_requirement(item, findings) {
            if read.iter().any(|known| known.id == requirement.id) {
                findings.push(Finding::new(
                    &item.span,
                    format!("a second requirement has the id {}", requirement.id),
                ));
                continue;
            }
            read.push(Arc::new(requirement));
        }
    }
    read
}

/// The words of the catalogue for levels.
const LEVELS: [(&str, Level); 3] = [
    ("must", Level::Must),
    ("should", Level::Should),
    ("may", Level::May),
];

/// The words of the catalogue for classes.
const CLASSES: [(&str, Class); 3] = [("A", Class::A), ("B", Class::B), ("C", Class::C)];

/// The grades of sources that support a MUST.
const MUST_GRADES: [&str; 3] = ["[seed]", "[plan]", "[doc]"];

/// The words of the catalogue for subjects.
const SUBJECTS: [(&str, Participant); 2] = [
    ("service", Participant::Service),
    ("provider", Participant::Provider),
];

fn read_requirement(node: &Node, findings: &mut Vec<Finding>) -> Option<Requirement> {
    let mut fields = Fields::of(node, "a requirement", findings)?;
    let id = fields.require_text("id");
    let text = fields.require_text("text");
    let level = fields.require_text("level");
    let class = fields.require_text("class");
    let subject = fields.words("subject");
    let source = fields.require_text("source");
    let group = fields.require_text("group");
    let rulings = fields.words("rulings");
    let faults = fields.words("faults");
    let unbreakable = fields.text("unbreakable");
    let not_tested = fields.text("not_tested");
    let test = fields.text("test");
    let expected = fields.text("expected");
    fields.end();
    let (id, _) = id?;
    let (level, level_span) = level?;
    let (class, class_span) = class?;
    let (source, source_span) = source?;
    let level = one_of(level, level_span, "level", &LEVELS, findings);
    let class = one_of(class, class_span, "class", &CLASSES, findings);
    if level == Some(Level::Must) && !MUST_GRADES.iter().any(|grade| source.contains(grade)) {
        findings.push(unsupported(id, source_span));
    }
    if subject.is_empty() {
        findings.push(Finding::new(&node.span, format!("{id} needs a `subject`")));
    }
    let subject: Vec<_> = subject
        .into_iter()
        .filter_map(|(word, span)| one_of(word, span, "subject", &SUBJECTS, findings))
        .collect();
    if subject.is_empty() {
        return None;
    }
    let official = test.zip(expected).map(|(test, expected)| OfficialRow {
        test: test.0.to_owned(),
        expected: expected.0.to_owned(),
    });
    if let Some(why) = misplaced_row(class, official.is_some(), not_tested.is_some()) {
        findings.push(Finding::new(class_span, format!("{id} {why}")));
    }
    let owned = |list: Vec<(&str, _)>| list.into_iter().map(|(word, _)| word.to_owned()).collect();
    Some(Requirement {
        id: id.into(),
        text: text?.0.to_owned(),
        level: level?,
        class: class?,
        subject,
        source: source.to_owned(),
        group: group?.0.to_owned(),
        rulings: owned(rulings),
        faults: owned(faults),
        unbreakable: unbreakable.map(|(text, _)| text.to_owned()),
        not_tested: not_tested.map(|(text, _)| text.to_owned()),
        official,
        place: Place::from(&node.span),
    })
}

/// Returns the finding about a MUST that no source supports.
fn unsupported(id: &str, source: &Span) -> Finding {
    let grades = MUST_GRADES.join(", ");
    let message = format!("{id} is a MUST, but none of {grades} supports it");
    Finding::new(source, message)
}

/// Says why a requirement has a row of the official test plan, or lacks one.
fn misplaced_row(class: Option<Class>, has_row: bool, is_untested: bool) -> Option<&'static str> {
    match class? {
        Class::A if !has_row && !is_untested => {
            Some("is of class A, so it needs `test` and `expected`: its row of the official plan")
        }
        Class::B | Class::C if has_row => {
            Some("has `test` and `expected`, but only class A restates rows of the official plan")
        }
        Class::A | Class::B | Class::C => None,
    }
}

/// Returns the value of a word, or adds a finding with the nearest word.
pub(super) fn one_of<T: Copy>(
    word: &str,
    span: &Span,
    what: &str,
    table: &[(&str, T)],
    findings: &mut Vec<Finding>,
) -> Option<T> {
    if let Some((_, value)) = table.iter().find(|(known, _)| *known == word) {
        return Some(*value);
    }
    let words = table.iter().map(|(known, _)| *known);
    let finding = Finding::new(span, format!("there is no {what} `{word}`"));
    findings.push(match nearest(word, words.clone()) {
        Some(near) => finding.with_hint(format!("did you mean `{near}`?")),
        None => finding.with_hint(format!(
            "write one of: {}",
            words.collect::<Vec<_>>().join(", ")
        )),
    });
    None
}

/// Reads the catalogue of rulings.
pub fn read_rulings(node: &Node, findings: &mut Vec<Finding>) -> Vec<Ruling> {
    let Some(mut file) = Fields::of(node, "the catalogue of rulings", findings) else {
        return Vec::new();
    };
    if let Some(node) = file.require("rulings")
        && node.as_list().is_none()
    {
        file.complain(
            &node.span,
            format!("`rulings` is an array, and this is {}", node.kind_name()),
        );
    }
    file.end();
    let list = node
        .get("rulings")
        .and_then(Node::as_list)
        .unwrap_or_default();
    let mut ids: Vec<&str> = Vec::with_capacity(list.len());
    list.iter()
        .filter_map(|item| {
            let mut fields = Fields::of(item, "a ruling", findings)?;
            let id = fields.require_text("id");
            let question = fields.require_text("question");
            let choice = fields.require_text("choice");
            let reason = fields.require_text("reason");
            fields.take("sources");
            fields.take("setting");
            fields.end();
            let (id, span) = id?;
            if ids.contains(&id) {
                findings.push(Finding::new(
                    span,
                    format!("a second ruling has the id `{id}`"),
                ));
                return None;
            }
            ids.push(id);
            Some(Ruling {
                id: id.to_owned(),
                question: question?.0.to_owned(),
                choice: choice?.0.to_owned(),
                reason: reason?.0.to_owned(),
            })
        })
        .collect()
}
