//! What follows from the settings of a run, for its header and for a reader who derives it again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::number::first_names;
use plan_language::plan::{Declared, Library, SourceDigest, WAITS};
use plan_language::value::duration;

/// Says which waits are longer than usual, a sentence without the final full stop each.
pub fn loosened_waits(waits: &BTreeMap<String, Duration>) -> Vec<String> {
    let usual = |name: &str| WAITS.iter().find(|wait| wait.name == name);
    let loosened = waits.iter().filter_map(|(name, time)| {
        let usual = usual(name)?.usual;
        (*time > usual).then(|| {
            format!(
                "the wait {name} is {} instead of {}",
                duration::format(*time),
                duration::format(usual)
            )
        })
    });
    loosened.collect()
}

/// Lists the features that cases ask for and an environment does not declare, in alphabetical order.
pub fn undeclared(library: &Library, declared: &BTreeMap<String, Declared>) -> Vec<String> {
    let asked = library.cases().flat_map(|case| case.features.keys());
    let undeclared = asked.filter(|feature| !declared.contains_key(*feature));
    let unique: BTreeSet<&String> = undeclared.collect();
    unique.into_iter().cloned().collect()
}

/// Says which documents of a run differ from those that a version ships, or are missing; `None` for none.
///
/// Names are not compared: a clone may have others.
pub fn changed_plans(sources: &[SourceDigest], shipped: &[SourceDigest]) -> Option<String> {
    let is_among = |source: &SourceDigest, others: &[SourceDigest]| {
        let mut others = others.iter();
        others.any(|other| other.role == source.role && other.sha256 == source.sha256)
    };
    let names = |sources: &[SourceDigest], others: &[SourceDigest]| -> Vec<String> {
        let others = sources.iter().filter(|source| !is_among(source, others));
        others.map(|source| source.file.clone()).collect()
    };
    let changed = named(&names(sources, shipped)).map(|names| format!("not as shipped: {names}"));
    let missing = named(&names(shipped, sources)).map(|names| format!("not used: {names}"));
    match (changed, missing) {
        (None, None) => None,
        (one, other) => Some(one.into_iter().chain(other).collect::<Vec<_>>().join("; ")),
    }
}

/// Names the first documents; `None` for none.
fn named(files: &[String]) -> Option<String> {
    (!files.is_empty()).then(|| first_names(files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_language::plan::DocumentRole;

    #[test]
    fn only_longer_waits_are_loosened() {
        let waits = [
            ("history", 121),
            ("retry", 60),
            ("visit", 1),
            ("no-such", 900),
        ]
        .map(|(name, seconds)| (name.to_owned(), Duration::from_secs(seconds)));
        assert_eq!(
            loosened_waits(&waits.into()),
            ["the wait history is 2m1s instead of 2m"]
        );
    }

    fn digest(file: &str) -> SourceDigest {
        SourceDigest {
            file: file.to_owned(),
            role: DocumentRole::Plan,
            sha256: file.repeat(2),
        }
    }

    #[test]
    fn changed_and_missing_documents_are_named() {
        let shipped = [digest("one.yaml"), digest("two.yaml")];
        assert_eq!(changed_plans(&shipped, &shipped), None);
        assert_eq!(
            changed_plans(&[digest("one.yaml"), digest("own.yaml")], &shipped).as_deref(),
            Some("not as shipped: own.yaml; not used: two.yaml")
        );
    }
}
