//! The nonce of a certifier: whether the run had it from its beginning, and its messages carry it.
//!
//! It cannot keep a forger from writing messages anew; it tells an older run from a new one.

use crate::journal::{Fact, Header, Journal, NO_NONCE};
use crate::number::count;
use crate::verification::check::{FileCheck, Standing};
use plan_language::participant::Author;

/// Compares the nonce of the run with the one that the caller gave for it, and with the messages of the run.
pub(super) fn nonce(header: &Header, journal: &Journal, given: Option<&str>) -> FileCheck {
    if let Some(complaint) = nonce_of_cases(header, journal) {
        return FileCheck::new("nonce", Standing::NotHeld, complaint);
    }
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
            let found = format!("the run was given {there}, {}", carried(journal, there));
            (Standing::Held, found)
        }
        (Some(_), Some(there)) => (
            Standing::NotHeld,
            format!("the run was given {there}, which is another one"),
        ),
        (Some(_), None) => (Standing::NotHeld, "the run was given none".to_owned()),
    };
    FileCheck::new("nonce", standing, found)
}

/// Finds a case that began with another nonce than the run, whose `state` begins with it.
fn nonce_of_cases(header: &Header, journal: &Journal) -> Option<String> {
    let nonce = header.nonce.as_deref();
    journal.events().iter().find_map(|event| {
        let Fact::Opened { values } = &event.fact else {
            return None;
        };
        let begins = |nonce: &str| {
            let state = values["state"].as_str().unwrap_or_default();
            state
                .strip_prefix(nonce)
                .is_some_and(|rest| rest.starts_with('-'))
        };
        let agrees = match nonce {
            Some(nonce) => values["nonce"] == nonce && begins(nonce),
            None => values["nonce"] == NO_NONCE,
        };
        let case = event.lane.as_deref().unwrap_or_default();
        (!agrees).then(|| {
            format!(
                "line {}: {case} began with another nonce than the run",
                event.seq
            )
        })
    })
}

/// Says how many redirects of a live participant carry the nonce, which it has from messages of this run.
fn carried(journal: &Journal, nonce: &str) -> String {
    let state = format!("state={nonce}-");
    let events = journal.events();
    let carry = events.iter().filter(|event| match &event.fact {
        Fact::Answer {
            author: Author::Live,
            message,
            ..
        } => message
            .header("location")
            .is_some_and(|to| to.contains(&state)),
        _ => false,
    });
    match carry.count() {
        0 => "and no redirect of a live participant carries it".to_owned(),
        number => {
            let number = count(number, "redirect");
            format!("and {number} of a live participant carry it")
        }
    }
}
