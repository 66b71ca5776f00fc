//! The entries of the reference: which tables they come from, and where their words are used.

use crate::exit_code::ExitCode;
use crate::judge::Verdict;
use crate::report::{
    FORMATS, RUN_ANSWERS, RUN_FILES, class_name, participants_of, verdict_meaning,
};
use crate::topology::{Fault, Variant};
use banking_service_emulator::{Rulings, Setting};
use plan_language::participant::Mode;
use plan_language::plan::{
    BANK_ACTIONS, CASE, Documents, FLOW, Library, ObjectSpec, PLAN, REQUEST_EXPECTATION,
    RESPONSE_EXPECTATION, ROW, STAGE_NAMES, VERBS, WAITS,
};
use plan_language::value::{OPERATORS, WORDS, duration};

use super::usage::{PlanLines, first_few};

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A verb of a step.
    Verb,
    /// A field of a verb, or of another object of a plan.
    Field,
    /// A matcher without an argument, such as `$uuid`.
    MatcherWord,
    /// A matcher with an argument, such as `$none`.
    Operator,
    /// A name that the stage gives to every case.
    StageName,
    /// A named wait.
    Wait,
    /// A bank action of the environment.
    BankAction,
    /// A setting of the emulated service.
    Setting,
    /// A requirement of the catalogue.
    Requirement,
    /// A ruling of the catalogue.
    Ruling,
    /// A rule of the catalogue.
    Rule,
    /// A fault of an emulated participant.
    Fault,
    /// A variant of the reference provider.
    Variant,
    /// A mode.
    Mode,
    /// The verdict of a case.
    Verdict,
    /// The answer of a run.
    RunAnswer,
    /// A format of reports.
    ReportFormat,
    /// A file of a run's folder that is no report.
    RunFile,
    /// An exit code.
    ExitCode,
}

impl EntryKind {
    /// All kinds, in the order of the reference.
    pub const ALL: [Self; 19] = [
        Self::Verb,
        Self::Field,
        Self::MatcherWord,
        Self::Operator,
        Self::StageName,
        Self::Wait,
        Self::BankAction,
        Self::Setting,
        Self::Requirement,
        Self::Ruling,
        Self::Rule,
        Self::Fault,
        Self::Variant,
        Self::Mode,
        Self::Verdict,
        Self::RunAnswer,
        Self::ReportFormat,
        Self::RunFile,
        Self::ExitCode,
    ];

    /// Returns the name of the kind, in the singular.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verb => "verb",
            Self::Field => "field of a plan",
            Self::MatcherWord => "matcher",
            Self::Operator => "matcher operator",
            Self::StageName => "name of every case",
            Self::Wait => "named wait",
            Self::BankAction => "bank action",
            Self::Setting => "setting of the emulated service",
            Self::Requirement => "requirement",
            Self::Ruling => "ruling",
            Self::Rule => "rule",
            Self::Fault => "fault",
            Self::Variant => "variant",
            Self::Mode => "mode",
            Self::Verdict => "verdict of a case",
            Self::RunAnswer => "answer of a run",
            Self::ReportFormat => "report format",
            Self::RunFile => "file of a run",
            Self::ExitCode => "exit code",
        }
    }

    /// Returns the heading of its table, in the plural.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Verb => "Verbs",
            Self::Field => "Fields",
            Self::MatcherWord => "Matchers without an argument",
            Self::Operator => "Matcher operators",
            Self::StageName => "Names of every case",
            Self::Wait => "Named waits",
            Self::BankAction => "Bank actions",
            Self::Setting => "Settings of the emulated service",
            Self::Requirement => "Requirements",
            Self::Ruling => "Rulings",
            Self::Rule => "Rules",
            Self::Fault => "Faults",
            Self::Variant => "Variants",
            Self::Mode => "Modes",
            Self::Verdict => "Verdicts of cases",
            Self::RunAnswer => "Answers of runs",
            Self::ReportFormat => "Report formats",
            Self::RunFile => "Other files of a run",
            Self::ExitCode => "Exit codes",
        }
    }
}

/// A word of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceEntry {
    /// What it is.
    pub kind: EntryKind,
    /// The word, as people write it.
    pub word: String,
    /// A second spelling under which `explain` finds it, such as the name of an exit code; empty without one.
    pub alias: String,
    /// What it means, without a full stop at its end.
    pub about: String,
    /// Further facts, as labels and values.
    pub facts: Vec<(&'static str, String)>,
    /// The fields of a verb or the arguments of a bank action, with what they mean.
    pub fields: Vec<(&'static str, String)>,
    /// An example in YAML or of a command line; empty without one.
    pub example: String,
    /// Where it is used: places of shipped documents, cases or requirements. The last line may count the rest.
    pub used_by: Vec<String>,
}

impl ReferenceEntry {
    fn new(kind: EntryKind, word: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            kind,
            word: word.into(),
            alias: String::new(),
            about: about.into().trim_end_matches('.').to_owned(),
            facts: Vec::new(),
            fields: Vec::new(),
            example: String::new(),
            used_by: Vec::new(),
        }
    }

    fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = alias.into();
        self
    }

    fn fact(mut self, label: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.facts.push((label, value));
        }
        self
    }

    fn field(mut self, name: &'static str, about: impl Into<String>) -> Self {
        self.fields.push((name, about.into()));
        self
    }

    fn example(mut self, example: impl Into<String>) -> Self {
        self.example = example.into();
        self
    }

    fn used_by(mut self, places: Vec<String>) -> Self {
        self.used_by = first_few(places);
        self
    }
}

/// Lists every word, by kind in the order of [`EntryKind::ALL`]; within a kind in the order of its table.
///
/// `library` and `documents` are the same documents, read and as bytes; requirements, rulings and uses are theirs.
pub fn entries(library: &Library, documents: &Documents) -> Vec<ReferenceEntry> {
    let lines = PlanLines::of(documents);
    let mut all = Vec::new();
    all.extend(language(&lines));
    all.extend(settings(library));
    all.extend(requirements(library));
    all.extend(rulings(library));
    all.extend(rules(library));
    all.extend(faults(library));
    all.extend(variants());
    all.extend(results());
    all.sort_by_key(|entry| entry.kind);
    all
}

/// Lists the objects that plans contain: the verbs of steps, expectations, then the documents with their parts.
pub(super) fn objects() -> impl Iterator<Item = &'static ObjectSpec> {
    const OTHERS: [&ObjectSpec; 6] = [
        &REQUEST_EXPECTATION,
        &RESPONSE_EXPECTATION,
        &PLAN,
        &CASE,
        &ROW,
        &FLOW,
    ];
    VERBS.iter().chain(OTHERS)
}

/// Lists the fields of all objects, one entry for each name; the field that makes a step one of a verb is left out.
fn fields() -> Vec<ReferenceEntry> {
    let mut all: Vec<ReferenceEntry> = Vec::new();
    for object in objects() {
        for field in object.fields {
            if field.name == object.name {
                continue;
            }
            let about = if field.is_required {
                format!("{} (required)", field.doc)
            } else {
                field.doc.to_owned()
            };
            match all.iter_mut().find(|entry| entry.word == field.name) {
                Some(entry) => entry.facts.push((object.name, about)),
                None => all.push(
                    ReferenceEntry::new(EntryKind::Field, field.name, field.doc)
                        .fact(object.name, about)
                        .example(format!("{}: {}", field.name, field.example)),
                ),
            }
        }
    }
    all
}

/// Lists the words of the plan language.
fn language(lines: &PlanLines<'_>) -> Vec<ReferenceEntry> {
    let mut all = fields();
    for verb in VERBS {
        let mut entry = ReferenceEntry::new(EntryKind::Verb, verb.name, verb.doc)
            .example(format!("- {}", verb.example))
            .used_by(lines.of_verb(verb.name));
        for field in verb.fields {
            entry = entry.field(field.name, field.doc);
        }
        all.push(entry);
    }
    let words = WORDS.iter().map(|word| {
        ReferenceEntry::new(EntryKind::MatcherWord, word.name, word.doc).example(word.example)
    });
    let operators = OPERATORS.iter().map(|operator| {
        ReferenceEntry::new(EntryKind::Operator, operator.name, operator.doc)
            .example(operator.example)
    });
    for entry in words.chain(operators) {
        let used_by = lines.of_dollar_word(&entry.word);
        all.push(entry.used_by(used_by));
    }
    for stage in STAGE_NAMES {
        let entry = ReferenceEntry::new(EntryKind::StageName, stage.name, stage.doc);
        all.push(entry.used_by(lines.of_dollar_word(&format!("${{{}", stage.name))));
    }
    for wait in WAITS {
        let usual = duration::format(wait.usual);
        all.push(
            ReferenceEntry::new(EntryKind::Wait, wait.name, wait.meaning)
                .fact("default", usual.clone())
                .example(format!("waits: {{ {}: {usual} }}", wait.name))
                .used_by(lines.of_wait(wait.name)),
        );
    }
    for action in BANK_ACTIONS {
        let mut entry = ReferenceEntry::new(EntryKind::BankAction, action.name, action.doc)
            .example(format!("- trigger: {}", action.name))
            .used_by(lines.of_bank_action(action.name));
        for argument in action.arguments {
            let about = format!("{} ({})", argument.doc, argument.json_type);
            entry = entry.field(argument.name, about);
        }
        all.push(entry);
    }
    all
}

fn settings(library: &Library) -> impl Iterator<Item = ReferenceEntry> {
    Rulings::SETTINGS.iter().map(|setting| {
        let ruling = library
            .rulings
            .iter()
            .find(|ruling| ruling.id == setting.ruling);
        let choice = ruling.map_or("", |ruling| &ruling.choice);
        ReferenceEntry::new(EntryKind::Setting, setting.name, setting.about)
            .fact("takes", setting.takes.to_string())
            .fact("default", default_of(setting))
            .fact("ruling", format!("{}: {choice}", setting.ruling))
            .example(setting_example(setting))
    })
}

/// The setting that an environment chooses in `agreed` (`environment::read::ruling` refuses it elsewhere).
const AGREED: &str = "batch_limit";

/// Writes a setting as an environment has it: what was agreed on with a provider stands outside the service.
fn setting_example(setting: &Setting) -> String {
    let (name, value) = (setting.name, &setting.example);
    if name == AGREED {
        format!("agreed: {{ {name}: {value} }}")
    } else {
        format!("service: {{ emulated: {{ rulings: {{ {name}: {value} }} }} }}")
    }
}

/// Returns the default of a setting in YAML; empty where its meaning says what holds.
fn default_of(setting: &Setting) -> String {
    let default = setting.default_value();
    default.map(|value| value.to_string()).unwrap_or_default()
}

fn requirements(library: &Library) -> impl Iterator<Item = ReferenceEntry> {
    library.requirements.iter().map(|requirement| {
        let subjects: Vec<_> = requirement
            .subject
            .iter()
            .map(|subject| subject.as_str())
            .collect();
        let cases = library
            .cases()
            .filter(|case| case.requirement.contains(&requirement.id))
            .map(|case| case.id.to_string());
        ReferenceEntry::new(EntryKind::Requirement, &*requirement.id, &*requirement.text)
            .fact("level", requirement.level.to_string())
            .fact(
                "class",
                format!("{} ({})", requirement.class, class_name(requirement.class)),
            )
            .fact("subject", subjects.join(", "))
            .fact("source", &*requirement.source)
            .fact("rulings", requirement.rulings.join(", "))
            .fact("faults", requirement.faults.join(", "))
            .fact(
                "not tested",
                requirement.not_tested.clone().unwrap_or_default(),
            )
            .example(format!("requirement: {}", requirement.id))
            .used_by(cases.collect())
    })
}

fn rulings(library: &Library) -> impl Iterator<Item = ReferenceEntry> {
    library.rulings.iter().map(|ruling| {
        let settings = Rulings::SETTINGS
            .iter()
            .filter(|setting| setting.ruling == ruling.id);
        let settings: Vec<_> = settings.map(|setting| setting.name).collect();
        let requirements = library
            .requirements
            .iter()
            .filter(|requirement| requirement.rulings.contains(&ruling.id));
        ReferenceEntry::new(EntryKind::Ruling, &*ruling.id, &*ruling.question)
            .fact("choice", &*ruling.choice)
            .fact("reason", &*ruling.reason)
            .fact("settings", settings.join(", "))
            .used_by(
                requirements
                    .map(|requirement| requirement.id.to_string())
                    .collect(),
            )
    })
}

fn rules(library: &Library) -> impl Iterator<Item = ReferenceEntry> {
    library.rules.iter().map(|rule| {
        let binds: Vec<_> = rule.binds.iter().map(|bound| bound.as_str()).collect();
        let faults: Vec<_> = rule
            .checks
            .iter()
            .flat_map(|check| check.faults.iter().map(String::as_str))
            .collect();
        ReferenceEntry::new(EntryKind::Rule, &*rule.id, &*rule.text)
            .fact("binds", binds.join(", "))
            .fact("source", &*rule.source)
            .fact("state", rule.state().to_string())
            .fact("requirements", rule.requirement.join(", "))
            .fact("faults", faults.join(", "))
            .fact("reason", rule.not_tested.clone().unwrap_or_default())
            .used_by(
                rule.checks
                    .iter()
                    .map(|check| check.case.to_string())
                    .collect(),
            )
    })
}

fn faults(library: &Library) -> impl Iterator<Item = ReferenceEntry> {
    Fault::all().map(|fault| {
        let requirements = library
            .requirements
            .iter()
            .filter(|requirement| requirement.faults.iter().any(|id| id == fault.id()));
        ReferenceEntry::new(EntryKind::Fault, fault.id(), fault.text())
            .fact("participant", fault.participant().as_str())
            .example(format!("feedproof run --fault {}", fault.id()))
            .used_by(
                requirements
                    .map(|requirement| requirement.id.to_string())
                    .collect(),
            )
    })
}

fn variants() -> impl Iterator<Item = ReferenceEntry> {
    Variant::ALL.iter().map(|variant| {
        ReferenceEntry::new(EntryKind::Variant, variant.id(), variant.text())
            .example(format!("feedproof prove --variant {}", variant.id()))
    })
}

/// Lists the words of results: modes, verdicts, answers, formats and exit codes.
fn results() -> Vec<ReferenceEntry> {
    let mut all = Vec::new();
    for mode in [
        Mode::Rehearsal,
        Mode::Connector,
        Mode::Service,
        Mode::EndToEnd,
    ] {
        all.push(ReferenceEntry::new(
            EntryKind::Mode,
            mode.as_str(),
            participants_of(mode),
        ));
    }
    for verdict in Verdict::ALL {
        all.push(ReferenceEntry::new(
            EntryKind::Verdict,
            verdict.as_str(),
            verdict_meaning(verdict),
        ));
    }
    for (word, meaning) in RUN_ANSWERS {
        all.push(ReferenceEntry::new(EntryKind::RunAnswer, *word, *meaning));
    }
    for format in FORMATS {
        all.push(
            ReferenceEntry::new(EntryKind::ReportFormat, format.name(), format.about())
                .alias(format.file().unwrap_or_default())
                .fact("file", format.file().unwrap_or("none: it is printed")),
        );
    }
    for (file, about) in RUN_FILES {
        all.push(ReferenceEntry::new(EntryKind::RunFile, *file, *about));
    }
    for code in ExitCode::ALL {
        all.push(
            ReferenceEntry::new(
                EntryKind::ExitCode,
                code.number().to_string(),
                code.meaning(),
            )
            .alias(code.name())
            .fact("name", code.name()),
        );
    }
    all
}
