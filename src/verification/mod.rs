//! Verification: whether the files of a run say what its journal gives.
//!
//! The files may come from somebody who wanted another verdict. The journal is judged again with the plans of the run;
//! everything that follows from it must be there to the byte. The module compares; [`documents`] finds the plans by
//! their digests. Files are opened by the caller, and no file is written.
//!
//! What is left to trust: that the journal was recorded as it says. Its chain of checksums tells damage, and a person who can
//! write it can make it.

mod documents;
mod read_me;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::journal::{Fact, Header, Journal, NotOpened, RecordedJournal, Seq};
use crate::number::count;
use crate::record::{Condition, Record, conditions};
use crate::report::{self, ReportFile};
use crate::runner::judge_again;
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Case, Declared, Library, SourceDigest, WAITS};

pub use read_me::{READ_ME_FILE, read_me};

pub use documents::{MissingDocuments, documents, file_of, find_among};

/// Number of names that a sentence lists.
const NAMES_MAX: usize = 4;

/// The file of the record.
pub const RECORD_FILE: &str = "record.json";

/// The files of a run as they were found.
#[derive(Debug)]
pub struct RunFiles {
    /// The journal.
    pub journal: RecordedJournal,
    /// The reports and the plans of the run by name, and in a package whatever else is there.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// How a check of the files ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It holds.
    Held,
    /// It cannot be checked here.
    NotChecked,
    /// It does not hold.
    NotHeld,
}

/// A check of the files of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// What was checked: a file, or a property of the run.
    pub what: String,
    /// How it ended.
    pub standing: Standing,
    /// What was found; a sentence without the final full stop.
    pub found: String,
}

/// What the files of a run are worth.
#[derive(Debug)]
pub struct Verification {
    /// The checks, in the order in which a reader needs them.
    pub checks: Vec<FileCheck>,
    /// The record that the journal gives.
    pub record: Record,
    /// The conditions of a certificate, for that record.
    pub conditions: Vec<Condition>,
}

impl Verification {
    /// Tells whether every check held.
    pub fn is_verified(&self) -> bool {
        let mut checks = self.checks.iter();
        checks.all(|check| check.standing == Standing::Held)
    }

    /// Tells whether the run can be a certificate: its files are verified, and every condition is met.
    pub fn is_certificate(&self) -> bool {
        let mut conditions = self.conditions.iter();
        self.is_verified() && conditions.all(|condition| condition.unmet.is_none())
    }
}

impl FileCheck {
    fn new(what: &str, standing: Standing, found: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            standing,
            found: found.into(),
        }
    }

    /// Creates a check that holds unless there is a complaint.
    fn of(what: &str, complaint: Option<String>, otherwise: impl Into<String>) -> Self {
        match complaint {
            Some(complaint) => Self::new(what, Standing::NotHeld, complaint),
            None => Self::new(what, Standing::Held, otherwise),
        }
    }
}

/// Verifies the files of a run.
///
/// `header` is that of its journal, `library` that of its plans ([`documents`]), `shipped` the digests of the documents
/// that this version ships, and `nonce` the word that the caller gave for the run, if any.
pub async fn verify(
    files: RunFiles,
    header: Header,
    library: &Library,
    shipped: &[SourceDigest],
    nonce: Option<&str>,
) -> Verification {
    let RunFiles { journal, files } = files;
    let (lines, is_cut) = (journal.end.lines, journal.is_cut);
    let journal = Journal::of_file(journal);
    let outcomes = judge_again(library, &journal).await;
    let mut checks = vec![whole_journal(lines, is_cut)];
    checks.push(same_version(&header));
    checks.push(nonce_of(&header, nonce));
    checks.push(events(&header, &journal));
    checks.push(selection(&header, library));
    checks.push(begun_or_not(&header, library, &journal));
    checks.push(settings(&header, library));
    let record = Record::of(library, &journal, header, outcomes);
    checks.extend(reports(&record, &files));
    checks.extend(further(&record.header, &files));
    let conditions = conditions(&record, shipped);
    Verification {
        checks,
        record,
        conditions,
    }
}

/// A line that is damaged is refused before, when the journal is read.
fn whole_journal(lines: Seq, is_cut: bool) -> FileCheck {
    if is_cut {
        let found = "its last line is incomplete: the run was killed";
        return FileCheck::new(report::JOURNAL_FILE, Standing::NotChecked, found);
    }
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    FileCheck::new(
        report::JOURNAL_FILE,
        Standing::Held,
        format!(
            "{}, each with a checksum of itself and of all before it",
            count(lines, "line")
        ),
    )
}

/// Another version may judge in another way.
fn same_version(header: &Header) -> FileCheck {
    let ours = env!("CARGO_PKG_VERSION");
    if !is_other_version(header) {
        return FileCheck::new(
            "version",
            Standing::Held,
            format!("feedproof {ours} made the run, and judges it again"),
        );
    }
    FileCheck::new(
        "version",
        Standing::NotChecked,
        format!(
            "feedproof {} made the run, and this is {ours}: verify it with that version",
            header.version
        ),
    )
}

fn is_other_version(header: &Header) -> bool {
    header.version != env!("CARGO_PKG_VERSION")
}

/// Compares the nonce of the run with the one that the caller gave for it.
fn nonce_of(header: &Header, given: Option<&str>) -> FileCheck {
    let (standing, found) = match (given, header.nonce.as_deref()) {
        (None, None) => (
            Standing::Held,
            "none was given, so nothing says that the run is new".to_owned(),
        ),
        (None, Some(_)) => (
            Standing::NotChecked,
            "the run was given one: name the one that you gave, with --nonce".to_owned(),
        ),
        (Some(given), Some(there)) if given == there => {
            (Standing::Held, format!("the run was given {there}"))
        }
        (Some(_), Some(there)) => (
            Standing::NotHeld,
            format!("the run was given {there}, which is another one"),
        ),
        (Some(_), None) => (Standing::NotHeld, "the run was given none".to_owned()),
    };
    FileCheck::new("nonce", standing, found)
}

/// A run writes one header, in its first line, later lines at later moments, and the messages of selected cases only.
fn events(header: &Header, journal: &Journal) -> FileCheck {
    let selected: BTreeSet<&str> = header.selection.iter().map(String::as_str).collect();
    let mut latest = 0;
    let complaint = journal.events().iter().find_map(|event| {
        let seq = event.seq;
        let before = std::mem::replace(&mut latest, event.at);
        if event.at < before {
            return Some(format!("line {seq} is earlier than the line before it"));
        }
        if matches!(event.fact, Fact::Run { .. }) && seq != 1 {
            return Some(format!("line {seq} begins another run"));
        }
        let lane = event.lane.as_deref()?;
        (!selected.contains(lane))
            .then(|| format!("line {seq} is of the case {lane}, which was not selected"))
    });
    FileCheck::of(
        "events",
        complaint,
        "one run, in the order of time, of selected cases only",
    )
}

/// Every case of the plans was selected, or counted as left out; none twice, and no other.
fn selection(header: &Header, library: &Library) -> FileCheck {
    let all: Vec<&str> = library.cases().map(|case| &*case.id).collect();
    let known: BTreeSet<&str> = all.iter().copied().collect();
    let mut seen = BTreeSet::new();
    let wrong: Vec<&str> = header
        .selection
        .iter()
        .map(String::as_str)
        .filter(|id| !known.contains(id) || !seen.insert(*id))
        .collect();
    let complaint = if !wrong.is_empty() {
        Some(format!(
            "selected twice, or no case of the plans: {}",
            listed(&wrong)
        ))
    } else if all.len().checked_sub(header.selection.len()) != Some(header.filtered_out) {
        Some(format!(
            "the plans have {}; {} selected and {} left out are not as many",
            count(all.len(), "case"),
            header.selection.len(),
            header.filtered_out
        ))
    } else {
        None
    };
    FileCheck::of(
        "selection",
        complaint,
        format!(
            "{} of {} of the plans",
            header.selection.len(),
            count(all.len(), "case")
        ),
    )
}

/// A case that did not begin has nothing but the reason in the journal, and needs something that the environment can lack;
/// one that a declared feature left out asks for another one.
fn begun_or_not(header: &Header, library: &Library, journal: &Journal) -> FileCheck {
    let mut wrong = Vec::new();
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for case in library.cases() {
        let events = journal.view(&case.id, 0, journal.last());
        let begun = events
            .iter()
            .filter(|event| matches!(event.fact, Fact::Opened { .. }));
        let is_once = begun.count() <= 1;
        let not_begun = events.iter().find_map(|event| match &event.fact {
            Fact::NotOpened { standing, why } => Some((*standing, why)),
            _ => None,
        });
        let is_right = match not_begun {
            None => is_once,
            Some(_) if events.len() != 1 => false,
            Some((NotOpened::Declared, _)) => differs(case, &header.features),
            Some((NotOpened::Skipped, _)) => can_lack_something(case, header.mode),
            Some((NotOpened::Inconclusive, _)) => true,
        };
        if !is_right {
            wrong.push(&*case.id);
        }
        if let Some((NotOpened::Declared | NotOpened::Skipped, why)) = not_begun {
            reasons.entry(why.clone()).or_default().push(&case.id);
        }
    }
    let complaint = (!wrong.is_empty()).then(|| {
        format!(
            "begun twice, or skipped without a need that the environment can lack: {}",
            listed(&wrong)
        )
    });
    let told = reasons.iter();
    let told: Vec<String> = told
        .map(|(why, cases)| format!("{why} ({})", listed(cases)))
        .collect();
    let skipped: usize = reasons.values().map(Vec::len).sum();
    FileCheck::of(
        "skipped cases",
        complaint,
        match skipped {
            0 => "every case began".to_owned(),
            _ => format!(
                "{} did not begin; {}",
                count(skipped, "case"),
                told.join("; ")
            ),
        },
    )
}

/// Tells whether a case needs something for which it can be skipped: what `topology` looks at before it opens a stage.
fn can_lack_something(case: &Case, mode: Mode) -> bool {
    let needs = &case.needs;
    let service = &case.service;
    let unseen =
        mode.is_live(Participant::Service) && !(needs.watches.is_empty() && needs.stubs.is_empty());
    unseen
        || !needs.bank_actions.is_empty()
        || !needs.ages.is_empty()
        || needs.same_browser
        || needs.bearers
        || needs.service_pages
        || needs.other_customer
        || case.customer.is_some()
        || !case.features.is_empty()
        || service.requests_per_second.is_some()
        || service.retry_after.is_some()
        || service.processing.is_some()
}

/// What the first line says of limits and features is what follows from its waits, its features and the plans.
fn settings(header: &Header, library: &Library) -> FileCheck {
    let asked = library.cases().flat_map(|case| case.features.keys());
    let undeclared: BTreeSet<&String> = asked
        .filter(|feature| !header.features.contains_key(*feature))
        .collect();
    let told: BTreeSet<&String> = header.undeclared.iter().collect();
    let unsaid: Vec<&str> = WAITS
        .iter()
        .filter(|wait| {
            let set = header.waits.get(wait.name).copied();
            set.map(Duration::from_millis)
                .is_some_and(|set| set > wait.usual)
        })
        .map(|wait| wait.name)
        .filter(|name| {
            let line = format!("the wait {name} is ");
            !header
                .limits_loosened
                .iter()
                .any(|said| said.starts_with(&line))
        })
        .collect();
    let complaint = if undeclared != told {
        Some("the features that it calls undeclared are not those".to_owned())
    } else if !unsaid.is_empty() {
        Some(format!("a longer wait is not said: {}", listed(&unsaid)))
    } else {
        None
    };
    FileCheck::of(
        "settings",
        complaint,
        format!(
            "{}; {}",
            declared(&header.features),
            match header.limits_loosened.as_slice() {
                [] => "no limit was loosened".to_owned(),
                loosened => loosened.join("; "),
            }
        ),
    )
}

/// Tells whether the environment declares a feature otherwise than the case asks for it.
fn differs(case: &Case, declared: &BTreeMap<String, Declared>) -> bool {
    let mut asked = case.features.iter();
    asked.any(|(name, wanted)| declared.get(name).is_some_and(|found| found != wanted))
}

/// Says what the environment declares.
fn declared(features: &BTreeMap<String, Declared>) -> String {
    if features.is_empty() {
        return "no feature is declared".to_owned();
    }
    let words = features.iter().map(|(name, declared)| match declared {
        Declared::Supported => format!("{name} is supported"),
        Declared::Absent => format!("{name} is absent"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Compares the reports that are there with those that the record gives. The record itself must be there.
fn reports(record: &Record, files: &BTreeMap<String, Vec<u8>>) -> Vec<FileCheck> {
    let mut checks = Vec::new();
    let read_me = ReportFile {
        name: READ_ME_FILE,
        bytes: read_me(record),
    };
    for expected in report::render(record).into_iter().chain([read_me]) {
        let Some(found) = files.get(expected.name) else {
            if expected.name == RECORD_FILE {
                checks.push(FileCheck::new(
                    RECORD_FILE,
                    Standing::NotChecked,
                    "is not there; the journal alone gives what follows",
                ));
            }
            continue;
        };
        let complaint = (*found != expected.bytes).then(|| {
            if expected.name == RECORD_FILE {
                differences(found, &expected.bytes)
            } else {
                "is not what the journal gives: it was changed, or made by another version"
                    .to_owned()
            }
        });
        checks.push(match complaint {
            Some(complaint) if is_other_version(&record.header) => FileCheck::new(
                expected.name,
                Standing::NotChecked,
                format!("{complaint}; another version made the run"),
            ),
            complaint => FileCheck::of(
                expected.name,
                complaint,
                "as the journal, judged again, gives it",
            ),
        });
    }
    checks
}

/// Finds files that no run has.
fn further(header: &Header, files: &BTreeMap<String, Vec<u8>>) -> Option<FileCheck> {
    let plans: BTreeSet<String> = header.sources.iter().map(file_of).collect();
    let reports = report::FORMATS.iter().filter_map(|format| format.file());
    let known: BTreeSet<&str> = reports.chain([READ_ME_FILE]).collect();
    let further: Vec<&str> = files
        .keys()
        .filter(|name| !plans.contains(*name) && !known.contains(name.as_str()))
        .map(String::as_str)
        .collect();
    (!further.is_empty()).then(|| {
        FileCheck::new(
            "other files",
            Standing::NotHeld,
            format!("this run has no such file: {}", listed(&further)),
        )
    })
}

/// Says in which values two records differ, the values of greatest weight first.
pub fn differences(found: &[u8], expected: &[u8]) -> String {
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes);
    let (Ok(found), Ok(expected)) = (parse(found), parse(expected)) else {
        return "is no JSON".to_owned();
    };
    let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    let mut told = Vec::new();
    if found["verdict"] != expected["verdict"] {
        told.push(format!(
            "the answer is {} and by the journal {}",
            text(&found["verdict"]["is"]),
            text(&expected["verdict"]["is"])
        ));
    }
    let verdicts = |record: &Value| -> BTreeMap<String, String> {
        let cases = record["cases"].as_array().into_iter().flatten();
        cases
            .map(|case| (text(&case["case"]), text(&case["verdict"])))
            .collect()
    };
    let (there, given) = (verdicts(&found), verdicts(&expected));
    let names: BTreeSet<&String> = there.keys().chain(given.keys()).collect();
    for name in names {
        let of = |verdicts: &BTreeMap<String, String>| {
            let verdict = verdicts.get(name).map(String::as_str);
            verdict.unwrap_or("missing").to_owned()
        };
        let (there, given) = (of(&there), of(&given));
        if there != given {
            told.push(format!("{name} is {there} and by the journal {given}"));
        }
    }
    if told.is_empty() {
        return match place_of_difference(&found, &expected) {
            Some(place) => format!("differs from what the journal gives at {place}"),
            None => "has the values that the journal gives, but not its bytes".to_owned(),
        };
    }
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    listed(&told)
}

/// Returns the place of the first difference between two values, as a JSON pointer.
fn place_of_difference(one: &Value, other: &Value) -> Option<String> {
    let members: Vec<(String, Option<&Value>, Option<&Value>)> = match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            names
                .into_iter()
                .map(|name| (name.clone(), one.get(name), other.get(name)))
                .collect()
        }
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len()))
            .map(|index| (index.to_string(), one.get(index), other.get(index)))
            .collect(),
        _ => return (one != other).then(String::new),
    };
    members.into_iter().find_map(|(name, one, other)| {
        let below = match (one, other) {
            (Some(one), Some(other)) => place_of_difference(one, other)?,
            _ => String::new(),
        };
        Some(format!("/{name}{below}"))
    })
}

fn listed(names: &[&str]) -> String {
    let mut text = names[..names.len().min(NAMES_MAX)].join(", ");
    if names.len() > NAMES_MAX {
        text.push_str(&format!(" and {} more", names.len() - NAMES_MAX));
    }
    text
}
