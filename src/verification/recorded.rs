//! Checks of the journal in itself: its first line, the order of its lines, and the cases that it says were skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::clock::is_day;
use crate::journal::{Fact, Header, Journal, NotOpened, Seq};
use crate::number::{count, first_names};
use crate::record::{Record, changed_plans, loosened_waits, undeclared};
use crate::report;
use crate::verification::check::{FileCheck, Standing};
use crate::verification::nonce;
use crate::waivers::{Waiver, WaiverTarget};
use plan_language::participant::{Mode, Participant};
use plan_language::plan::{Case, Declared, Library, SourceDigest};

/// Lists the checks, in the order in which a reader needs them.
pub(super) fn checks(
    header: &Header,
    library: &Library,
    journal: &Journal,
    lines: Seq,
    is_cut: bool,
    nonce: Option<&str>,
) -> Vec<FileCheck> {
    vec![
        whole_journal(lines, is_cut),
        same_version(header),
        nonce::nonce(header, journal, nonce),
        events(header, journal),
        selection(header, library),
        begun_or_not(header, library, journal),
        settings(header, library),
    ]
}

/// The waivers are those that `run` accepts; it lists what became of each. `None` without any.
pub(super) fn waivers(record: &Record, library: &Library) -> Option<FileCheck> {
    let waivers = &record.header.waivers;
    let targets: BTreeSet<&WaiverTarget> = waivers.iter().map(|waiver| &waiver.target).collect();
    let is_known = |target: &WaiverTarget| match target {
        WaiverTarget::Requirement(id) => library.requirement(id).is_some(),
        WaiverTarget::Case(id) => library.cases().any(|case| *case.id == **id),
    };
    let is_sound = |waiver: &&Waiver| {
        let texts = [&waiver.reason, &waiver.owner];
        is_known(&waiver.target)
            && is_day(&waiver.expires)
            && texts.iter().all(|text| !text.trim().is_empty())
    };
    let complaint = if record.header.mode == Mode::Rehearsal && !waivers.is_empty() {
        Some("no rehearsal has waivers".to_owned())
    } else if let Some(wrong) = waivers.iter().find(|waiver| !is_sound(waiver)) {
        Some(format!("no run has this waiver of {}", wrong.target))
    } else if targets.len() < waivers.len() {
        Some("no run waives the same twice".to_owned())
    } else {
        None
    };
    let found: Vec<String> = report::waivers(record).collect();
    (!waivers.is_empty()).then(|| FileCheck::of("waivers", complaint, found.join("; ")))
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

/// Tells whether another version of feedproof made the run.
pub(super) fn is_other_version(header: &Header) -> bool {
    header.version != env!("CARGO_PKG_VERSION")
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

/// The run says truly whether its documents are those that this version ships.
pub(super) fn plans(header: &Header, shipped: &[SourceDigest]) -> FileCheck {
    let changed = changed_plans(&header.sources, shipped);
    let agrees = changed == header.changed_plans;
    let found = changed.unwrap_or_else(|| "the shipped ones, all of them".to_owned());
    if agrees {
        return FileCheck::new("plans", Standing::Held, found);
    }
    let standing = if is_other_version(header) {
        Standing::NotChecked
    } else {
        Standing::NotHeld
    };
    FileCheck::new(
        "plans",
        standing,
        format!("the run says otherwise: {found}"),
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
            first_names(&wrong)
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
            first_names(&wrong)
        )
    });
    let told = reasons.iter();
    let told: Vec<String> = told
        .map(|(why, cases)| format!("{why} ({})", first_names(cases)))
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

/// The limits and the features of which the first line speaks follow from its waits, its features and the plans.
fn settings(header: &Header, library: &Library) -> FileCheck {
    let waits = header.waits.iter();
    let waits = waits.map(|(name, millis)| (name.clone(), Duration::from_millis(*millis)));
    let unsaid: Vec<String> = loosened_waits(&waits.collect())
        .into_iter()
        .filter(|line| !header.limits_loosened.contains(line))
        .collect();
    let complaint = if undeclared(library, &header.features) != header.undeclared {
        Some("the features that it calls undeclared are not those".to_owned())
    } else {
        (!unsaid.is_empty()).then(|| format!("it does not say: {}", first_names(&unsaid)))
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
