//! The places of lists of steps, from which the keys of their steps follow.

use plan_language::plan::StepKey;

/// The place of a list of steps in the case, from which the keys of its steps follow.
#[derive(Clone, Copy)]
pub(super) struct Section<'k> {
    list: List<'k>,
    /// The index of the first step.
    first: usize,
}

#[derive(Clone, Copy)]
enum List<'k> {
    Top(&'static str),
    Flow(&'k StepKey),
    Branch(&'k StepKey, usize),
}

impl<'k> Section<'k> {
    pub fn top(name: &'static str) -> Self {
        Self {
            list: List::Top(name),
            first: 0,
        }
    }

    pub fn flow(user: &'k StepKey) -> Self {
        Self {
            list: List::Flow(user),
            first: 0,
        }
    }

    pub fn branch(together: &'k StepKey, number: usize) -> Self {
        Self {
            list: List::Branch(together, number),
            first: 0,
        }
    }

    /// Tells whether the list is part of what is given.
    pub fn is_given(self) -> bool {
        match self.list {
            List::Top(name) => name == "given",
            List::Flow(outer) | List::Branch(outer, _) => outer.as_str().starts_with("given"),
        }
    }

    /// Returns the rest of the list from a step on.
    pub fn from(self, index: usize) -> Self {
        Self {
            first: self.first + index,
            ..self
        }
    }

    pub fn key(self, index: usize) -> StepKey {
        let index = self.first + index;
        match self.list {
            List::Top(name) => StepKey::top(name, index),
            List::Flow(user) => user.inner(index),
            List::Branch(together, number) => together.branch(number, index),
        }
    }
}
