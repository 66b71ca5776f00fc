//! One change between two runs: its kind, what it is about, and how it was and is.

use serde::Serialize;

/// The kinds of changes, in the order of their weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The runs are of another mode or subject: a reader must know it before everything else.
    OtherRun,
    /// Something was tested, and is not any more.
    EvidenceLost,
    /// Something fails, is inconclusive or is not met, and was not so before.
    NewFailure,
    /// The later run demanded less, or other things.
    Looser,
    /// Neither better nor worse.
    Changed,
    /// Something failed or was not tested, and passes; or the later run demanded more.
    Better,
}

impl ChangeKind {
    /// All kinds, in the order of their weight.
    pub const ALL: [Self; 6] = [
        Self::OtherRun,
        Self::EvidenceLost,
        Self::NewFailure,
        Self::Looser,
        Self::Changed,
        Self::Better,
    ];

    /// Tells whether such a change makes the later run worse.
    pub fn is_worse(self) -> bool {
        matches!(self, Self::EvidenceLost | Self::NewFailure | Self::Looser)
    }
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The mode: which participants are live.
    Mode,
    /// The name of the subject.
    Subject,
    /// The version of the subject.
    SubjectVersion,
    /// The commit of the subject.
    SubjectCommit,
    /// The digest of the subject.
    SubjectDigest,
    /// The answer of the run.
    Answer,
    /// A requirement, named by its id.
    Requirement,
    /// A case, named by its id.
    Case,
    /// The checks of a case, named by the id of the case.
    Checks,
    /// The checks of the teardown of a case, named by the id of the case.
    Teardown,
    /// A condition of a certificate.
    Condition,
    /// A wait, by its name.
    Wait,
    /// A limit that the environment loosens, in words.
    Limit,
    /// A setting of the environment, by its name in the outline.
    Setting,
    /// A feature that the environment declares, by its name.
    Feature,
    /// The bank's data of a customer, by the name of the customer.
    Ledger,
    /// A waiver, named by the requirement or the case.
    Waiver,
    /// A plan, flow or catalogue, by the name of its file.
    Document,
    /// Whether a failing SHOULD counts.
    Strict,
    /// The injected faults.
    Faults,
    /// The status with which a message was answered that a check judged, named by the message.
    Status,
    /// The number of messages of a case, named by the id of the case.
    Messages,
    /// The number of repeated attempts of a case, named by the id of the case.
    Attempts,
    /// How long the cases took that took much longer, all of them.
    SlowerCases,
    /// The version of feedproof.
    Version,
    /// The name of the environment.
    Environment,
}

impl Aspect {
    /// Returns what it is about, in words that a name can follow.
    pub fn as_words(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Subject => "subject",
            Self::SubjectVersion => "version of the subject",
            Self::SubjectCommit => "commit of the subject",
            Self::SubjectDigest => "digest of the subject",
            Self::Answer => "answer of the run",
            Self::Requirement => "requirement",
            Self::Case => "case",
            Self::Checks => "checks of",
            Self::Teardown => "teardown of",
            Self::Condition => "condition of a certificate:",
            Self::Wait => "wait",
            Self::Limit => "limit:",
            Self::Setting => "setting",
            Self::Feature => "feature",
            Self::Ledger => "ledger of",
            Self::Waiver => "waiver of",
            Self::Document => "document",
            Self::Strict => "failing SHOULD requirements",
            Self::Faults => "injected faults",
            Self::Status => "response to",
            Self::Messages => "messages of",
            Self::Attempts => "repeated attempts of",
            Self::SlowerCases => "time of slower cases",
            Self::Version => "version of feedproof",
            Self::Environment => "environment",
        }
    }
}

/// One change between two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunChange {
    /// Its kind.
    pub kind: ChangeKind,
    /// What it is about.
    pub aspect: Aspect,
    /// The name of it, such as the id of a case; empty for what a run has once.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How it was in the earlier run, in a few words.
    pub earlier: String,
    /// How it is in the later run, in a few words.
    pub later: String,
    /// What explains the change, a phrase each; may be empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl RunChange {
    /// Makes a change without details.
    pub(super) fn new(
        kind: ChangeKind,
        aspect: Aspect,
        name: &str,
        earlier: impl Into<String>,
        later: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            aspect,
            name: name.to_owned(),
            earlier: earlier.into(),
            later: later.into(),
            details: Vec::new(),
        }
    }

    /// Adds details.
    #[must_use]
    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// Says what the change is about: `case offboarding/status-cancelled`.
    pub fn about(&self) -> String {
        format!("{} {}", self.aspect.as_words(), self.name)
            .trim_end()
            .to_owned()
    }
}
