//! Names the place of a step in a case, so that a replay finds what the world answered to it.
//!
//! A key is a path: `given[0]/steps[2]` is the third step of the flow that the first `given` uses;
//! `steps[1].parallel[0][2]` the third step of a branch; `#2` the second attempt of a repeated step.
//! Keys are unique within a case and depend on the plan alone.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The path of a step within its case, optionally with the number of an attempt.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(Arc<str>);

impl StepKey {
    /// Makes the key of a step at the top of a case, such as `steps[0]`.
    pub fn top(section: &str, index: usize) -> Self {
        Self(format!("{section}[{index}]").into())
    }

    /// Makes the key of a step inside the flow that this step uses.
    pub fn inner(&self, index: usize) -> Self {
        Self(format!("{}/steps[{index}]", self.0).into())
    }

    /// Makes the key of a step in one branch of a `parallel`.
    pub fn branch(&self, branch: usize, index: usize) -> Self {
        Self(format!("{}.parallel[{branch}][{index}]", self.0).into())
    }

    /// Makes the key of a flow that runs before this step because the step needs what it provides.
    pub fn before(&self, flow: &str) -> Self {
        Self(format!("{}@{flow}", self.0).into())
    }

    /// Makes the key of one attempt, counted from 1, of a repeated step.
    pub fn attempt(&self, number: u32) -> Self {
        Self(format!("{}#{number}", self.0).into())
    }

    /// Makes the key of an extra action of this step, such as a probe.
    pub fn aside(&self, name: &str) -> Self {
        Self(format!("{}~{name}", self.0).into())
    }

    /// Tells whether it is this step, an attempt of it, or an extra action of either.
    pub fn is_part_of(&self, step: &Self) -> bool {
        let rest = self.0.strip_prefix(&*step.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['#', '~']))
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_and_extra_actions_are_part_of_a_step_and_its_neighbours_are_not() {
        let step = StepKey::top("steps", 1);
        for part in [
            step.clone(),
            step.attempt(3),
            step.aside("probe"),
            step.attempt(3).aside("pause"),
        ] {
            assert!(part.is_part_of(&step), "{part}");
        }
        for other in [
            StepKey::top("steps", 10),
            step.inner(0),
            StepKey::top("given", 1),
        ] {
            assert!(!other.is_part_of(&step), "{other}");
        }
    }

    #[test]
    fn a_key_reads_like_a_path() {
        let given = StepKey::top("given", 0);
        assert_eq!(given.inner(2).attempt(1).as_str(), "given[0]/steps[2]#1");
        assert_eq!(
            StepKey::top("steps", 1).branch(0, 2).as_str(),
            "steps[1].parallel[0][2]"
        );
    }
}
