//! What follows from the settings of a run, for its header and for a reader who derives it again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use plan_language::plan::{Declared, Library, WAITS};
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
