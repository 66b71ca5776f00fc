//! Requirements and rulings: the data that cases cite.
//!
//! A requirement is a row of the test plan with its level, class, subject and source; a ruling says
//! what we chose where the sources are silent or disagree. Class A alone may be called the official
//! plan; B is asserted by Sage's own collection, C is derived. The level rule: a MUST needs support
//! by `[seed]` or `[doc]`; `[bruno]`, `[infer]` or `[partner]` alone make at most a SHOULD.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::participant::Participant;
use crate::plan::Place;
use crate::source::{Fields, Finding, Node, nearest};

/// One requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Stable id, such as `OFF-01`.
    pub id: Arc<str>,
    /// Who must do what, in one sentence.
    pub text: String,
    /// How much it demands.
    pub level: Level,
    /// Where its wording comes from.
    pub class: Class,
    /// Whose behaviour it judges; never empty.
    pub subject: Vec<Participant>,
    /// The source, with its grade in brackets first.
    pub source: String,
    /// The group of rows to which it belongs.
    pub group: String,
    /// Ids of rulings that bear on it.
    pub rulings: Vec<String>,
    /// Ids of the faults that prove its checks bite.
    pub faults: Vec<String>,
    /// Why no fault of the provider can break it, although it is judged on the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unbreakable: Option<String>,
    /// Why no case cites it, if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_tested: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// How much a requirement demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// May be so.
    May,
    /// A failure is a warning.
    Should,
    /// A failure counts.
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

/// What we chose where the sources are silent or disagree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    /// Stable id, such as `8.5` or `R-1`.
    pub id: String,
    /// The open question.
    pub question: String,
    /// What we chose.
    pub choice: String,
    /// Why.
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
            format!("`requirements` is a list, and this is {}", node.kind_name()),
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
            if read.iter().any(|one| one.id == requirement.id) {
                findings.push(Finding::new(
                    &item.span,
                    format!(
                        "the requirement {} stands here a second time",
                        requirement.id
                    ),
                ));
                continue;
            }
            read.push(Arc::new(requirement));
        }
    }
    read
}

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
    fields.end();
    let (id, _) = id?;
    let (level, level_span) = level?;
    let (class, class_span) = class?;
    let (source, source_span) = source?;
    let level = match level {
        "must" => Some(Level::Must),
        "should" => Some(Level::Should),
        "may" => Some(Level::May),
        other => {
            unknown(
                findings,
                level_span,
                "level",
                other,
                &["must", "should", "may"],
            );
            None
        }
    };
    let class = match class {
        "A" => Some(Class::A),
        "B" => Some(Class::B),
        "C" => Some(Class::C),
        other => {
            unknown(findings, class_span, "class", other, &["A", "B", "C"]);
            None
        }
    };
    if level == Some(Level::Must) && !source.contains("[seed]") && !source.contains("[doc]") {
        findings.push(Finding::new(
            source_span,
            format!("{id} is a MUST without support by [seed] or [doc]"),
        ));
    }
    let mut parties = Vec::new();
    let named = !subject.is_empty();
    for (word, span) in subject {
        match word {
            "service" => parties.push(Participant::Service),
            "provider" => parties.push(Participant::Provider),
            other => unknown(findings, span, "subject", other, &["service", "provider"]),
        }
    }
    if !named {
        findings.push(Finding::new(&node.span, format!("{id} needs a `subject`")));
    }
    if parties.is_empty() {
        return None;
    }
    let owned = |list: Vec<(&str, _)>| list.into_iter().map(|(one, _)| one.to_owned()).collect();
    Some(Requirement {
        id: id.into(),
        text: text?.0.to_owned(),
        level: level?,
        class: class?,
        subject: parties,
        source: source.to_owned(),
        group: group?.0.to_owned(),
        rulings: owned(rulings),
        faults: owned(faults),
        unbreakable: unbreakable.map(|(text, _)| text.to_owned()),
        not_tested: not_tested.map(|(text, _)| text.to_owned()),
        place: Place::from(&node.span),
    })
}

fn unknown(
    findings: &mut Vec<Finding>,
    span: &crate::source::Span,
    what: &str,
    word: &str,
    words: &[&str],
) {
    let mut finding = Finding::new(span, format!("there is no {what} `{word}`"));
    finding.hint = Some(match nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {}", words.join(", ")),
    });
    findings.push(finding);
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
            format!("`rulings` is a list, and this is {}", node.kind_name()),
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
                    format!("the ruling `{id}` stands here a second time"),
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
