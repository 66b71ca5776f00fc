//! Rules: the sentences of the sources that bind a participant, each with what tests it.
//!
//! A requirement is a row of the test plan, and several rules may stand behind one. A rule names the checks that test
//! it and, for each, the faults that make this very check fail. A rule without a check says why. Rules change no
//! verdict: they show what the plans test and what they leave out. Which faults exist is left to the emulated
//! participants; here a fault is known if a requirement of the rule lists it.

use std::fmt;
use std::sync::Arc;

use crate::participant::Participant;
use crate::plan::Place;
use crate::plan::document::Case;
use crate::plan::requirement::{Requirement, one_of};
use crate::plan::verb::Step;
use crate::source::{Fields, Finding, Kind, Node, Span};

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Stable id, such as `rule-statement-3`.
    pub id: Arc<str>,
    /// The rule in one sentence.
    pub text: String,
    /// The strongest grade of its source.
    pub grade: Grade,
    /// The source, with its grade in brackets first.
    pub source: String,
    /// The topic under which it is listed.
    pub section: String,
    /// The participants that it binds; never empty.
    pub binds: Vec<Participant>,
    /// The requirements that contain it; may be empty for a rule that is not tested.
    pub requirement: Vec<Arc<str>>,
    /// The checks that test it; empty for a rule that is not tested.
    pub checks: Vec<RuleCheck>,
    /// Why no check tests it, if none does.
    pub not_tested: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// A check that tests a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleCheck {
    /// Id of the case.
    pub case: Arc<str>,
    /// The step; without one, every check of the case that cites a requirement of the rule.
    pub step: Option<StepName>,
    /// Faults under which this check fails because of this rule; often empty.
    pub faults: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// How a rule names a step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepName {
    /// By its place among `steps`, counted from 1.
    Position(usize),
    /// By its label.
    Label(String),
}

impl fmt::Display for StepName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => write!(out, "step {position}"),
            Self::Label(label) => write!(out, "step `{label}`"),
        }
    }
}

/// How well a source supports a rule, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// One of the two seed documents.
    Seed,
    /// The official test plan page.
    Plan,
    /// A developer page.
    Doc,
    /// Sage's own request collection.
    Bruno,
    /// Observed by a live provider.
    Partner,
    /// Our inference.
    Infer,
}

impl Grade {
    /// All grades with their words, the strongest first.
    pub const ALL: [(&str, Self); 6] = [
        ("seed", Self::Seed),
        ("plan", Self::Plan),
        ("doc", Self::Doc),
        ("bruno", Self::Bruno),
        ("partner", Self::Partner),
        ("infer", Self::Infer),
    ];

    /// Reads the grade with which a source begins.
    fn of(source: &str) -> Option<Self> {
        let (word, _) = source.strip_prefix('[')?.split_once(']')?;
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, grade)| *grade)
    }
}

/// What is known about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleState {
    /// A check tests it, and a fault makes this check fail.
    Proven,
    /// A check tests it, and no fault shows that the check would fail.
    Tested,
    /// No check tests it, for a stated reason.
    NotTested,
}

impl RuleState {
    /// All states, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Proven, Self::Tested, Self::NotTested];
}

impl fmt::Display for RuleState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Proven => "tested and proven",
            Self::Tested => "tested, no fault proves it",
            Self::NotTested => "not tested",
        })
    }
}

impl Rule {
    /// Returns what is known about it.
    pub fn state(&self) -> RuleState {
        if self.checks.is_empty() {
            RuleState::NotTested
        } else if self.checks.iter().all(|check| check.faults.is_empty()) {
            RuleState::Tested
        } else {
            RuleState::Proven
        }
    }
}

impl RuleCheck {
    /// Returns the position of its step among those of the case, counted from 0; `None` if it names none.
    pub fn position(&self, case: &Case) -> Option<usize> {
        match self.step.as_ref()? {
            StepName::Position(position) => position
                .checked_sub(1)
                .filter(|position| *position < case.steps.len()),
            StepName::Label(label) => case
                .steps
                .iter()
                .position(|step| step.label.as_deref() == Some(label)),
        }
    }
}

/// The words of the catalogue for those whom a rule binds.
const BOUND: [(&str, Participant); 3] = [
    ("service", Participant::Service),
    ("provider", Participant::Provider),
    ("product", Participant::Product),
];

/// Reads the catalogue of rules.
pub fn read_rules(node: &Node, findings: &mut Vec<Finding>) -> Vec<Rule> {
    let Some(mut file) = Fields::of(node, "the catalogue of rules", findings) else {
        return Vec::new();
    };
    file.require("rules");
    let list = file.list("rules");
    file.end();
    let mut read: Vec<Rule> = Vec::with_capacity(list.len());
    for item in list {
        let Some(rule) = read_rule(item, findings) else {
            continue;
        };
        if read.iter().any(|known| known.id == rule.id) {
            let message = format!("a second rule has the id {}", rule.id);
            findings.push(Finding::new(&item.span, message));
            continue;
        }
        read.push(rule);
    }
    read
}

fn read_rule(node: &Node, findings: &mut Vec<Finding>) -> Option<Rule> {
    let mut fields = Fields::of(node, "a rule", findings)?;
    let id = fields.require_text("id");
    let text = fields.require_text("text");
    let source = fields.require_text("source");
    let section = fields.require_text("section");
    let binds = fields.words("binds");
    let requirement = fields.words("requirement");
    let checks = fields.list("checks");
    let not_tested = fields.text("not_tested");
    fields.end();
    let (id, _) = id?;
    let (source, source_span) = source?;
    let grade = Grade::of(source);
    if grade.is_none() {
        let words = Grade::ALL.map(|(word, _)| format!("[{word}]"));
        findings.push(
            Finding::new(source_span, format!("the source of {id} has no grade"))
                .with_hint(format!("begin it with one of: {}", words.join(", "))),
        );
    }
    if binds.is_empty() {
        findings.push(Finding::new(&node.span, format!("{id} needs `binds`")));
    }
    let binds = binds
        .into_iter()
        .filter_map(|(word, span)| one_of(word, span, "participant", &BOUND, findings))
        .collect();
    complain_of_reasons(id, node, checks, not_tested, findings);
    Some(Rule {
        id: id.into(),
        text: text?.0.to_owned(),
        grade: grade?,
        source: source.to_owned(),
        section: section?.0.to_owned(),
        binds,
        requirement: requirement
            .into_iter()
            .map(|(word, _)| word.into())
            .collect(),
        checks: checks
            .iter()
            .filter_map(|check| read_check(check, findings))
            .collect(),
        not_tested: not_tested.map(|(text, _)| text.to_owned()),
        place: Place::from(&node.span),
    })
}

/// Adds a finding about a rule that has neither a check nor a reason, or both.
fn complain_of_reasons(
    id: &str,
    node: &Node,
    checks: &[Node],
    not_tested: Option<(&str, &Span)>,
    findings: &mut Vec<Finding>,
) {
    let (span, message) = match (checks, not_tested) {
        ([], None) => (
            &node.span,
            format!("{id} names no check and gives no reason why none tests it"),
        ),
        ([_, ..], Some((_, span))) => (
            span,
            format!("{id} names checks and says why none tests it"),
        ),
        _ => return,
    };
    findings
        .push(Finding::new(span, message).with_hint("a rule has either `checks` or `not_tested`"));
}

fn read_check(node: &Node, findings: &mut Vec<Finding>) -> Option<RuleCheck> {
    let mut fields = Fields::of(node, "a check of a rule", findings)?;
    let case = fields.require_text("case");
    let step = fields.take("step");
    let faults = fields.words("faults");
    fields.end();
    let (case, _) = case?;
    Some(RuleCheck {
        case: case.into(),
        step: match step {
            Some(node) => Some(read_step(node, findings)?),
            None => None,
        },
        faults: faults.into_iter().map(|(id, _)| id.to_owned()).collect(),
        place: Place::from(&node.span),
    })
}

fn read_step(node: &Node, findings: &mut Vec<Finding>) -> Option<StepName> {
    let read = match &node.kind {
        Kind::Text(label) => Some(StepName::Label(label.clone())),
        Kind::Number(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|position| *position > 0)
            .map(StepName::Position),
        _ => None,
    };
    if read.is_none() {
        findings.push(Finding::new(
            &node.span,
            "`step` is a label, or the position of a step among `steps`, counted from 1",
        ));
    }
    read
}

/// Adds findings about requirements, cases, steps and faults that rules name and that do not exist or do not fit.
pub(super) fn check_rules<'c>(
    rules: &[Rule],
    requirements: &[Arc<Requirement>],
    cases: impl Iterator<Item = &'c Arc<Case>>,
    findings: &mut Vec<Finding>,
) {
    let cases: Vec<_> = cases.collect();
    for rule in rules {
        let mut cited = Vec::with_capacity(rule.requirement.len());
        for id in &rule.requirement {
            match requirements.iter().find(|known| known.id == *id) {
                Some(requirement) => cited.push(requirement),
                None => findings.push(
                    Finding::new(
                        &rule.place.span(),
                        format!(
                            "{} names the requirement `{id}`, which does not exist",
                            rule.id
                        ),
                    )
                    .suggesting(id, requirements.iter().map(|known| &*known.id)),
                ),
            }
        }
        for check in &rule.checks {
            check_check(rule, check, &cited, &cases, findings);
        }
    }
}

/// Adds findings about one check that a rule names.
fn check_check(
    rule: &Rule,
    check: &RuleCheck,
    cited: &[&Arc<Requirement>],
    cases: &[&Arc<Case>],
    findings: &mut Vec<Finding>,
) {
    let span = check.place.span();
    let Some(case) = cases.iter().find(|case| case.id == check.case) else {
        let message = format!(
            "{} names the case `{}`, which does not exist",
            rule.id, check.case
        );
        let ids = cases.iter().map(|case| &*case.id);
        findings.push(Finding::new(&span, message).suggesting(&check.case, ids));
        return;
    };
    let serves = |step: &Step| {
        !step.precondition
            && step
                .requirement
                .iter()
                .any(|id| rule.requirement.contains(id))
    };
    let is_served = match (&check.step, check.position(case)) {
        (None, _) => case
            .requirement
            .iter()
            .any(|id| rule.requirement.contains(id)),
        (Some(name), None) => {
            let message = format!("`{}` has no {name}", case.id);
            findings.push(Finding::new(&span, message));
            return;
        }
        (Some(_), Some(position)) => case.steps.get(position).is_some_and(serves),
    };
    if !is_served {
        let step = check
            .step
            .as_ref()
            .map(|step| format!(", {step},"))
            .unwrap_or_default();
        let message = format!("`{}`{step} serves no requirement of {}", case.id, rule.id);
        findings.push(
            Finding::new(&span, message).with_hint(
                "name a step that is no precondition and cites a requirement of the rule",
            ),
        );
    }
    for fault in &check.faults {
        if !cited
            .iter()
            .any(|requirement| requirement.faults.contains(fault))
        {
            let message = format!("no requirement of {} lists the fault `{fault}`", rule.id);
            let known = cited.iter().flat_map(|requirement| &requirement.faults);
            let finding = Finding::new(&span, message);
            findings.push(finding.suggesting(fault, known.map(String::as_str)));
        }
    }
}
