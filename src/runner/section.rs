//! Sections: sequences of steps in a case, from which the keys of the steps follow.

use plan_language::plan::StepKey;

/// A sequence of steps in a case; the keys of its steps follow from its place.
#[derive(Clone, Copy)]
pub(super) struct Section<'k> {
    place: SectionPlace<'k>,
    /// The index of the first step.
    first: usize,
}

#[derive(Clone, Copy)]
enum SectionPlace<'k> {
    Top(&'static str),
    Flow(&'k StepKey),
    Branch(&'k StepKey, usize),
}

impl<'k> Section<'k> {
    /// A section of the case itself: `given`, `steps` or `teardown`.
    pub fn top(name: &'static str) -> Self {
        Self {
            place: SectionPlace::Top(name),
            first: 0,
        }
    }

    /// The steps of a flow that this step uses.
    pub fn flow(user: &'k StepKey) -> Self {
        Self {
            place: SectionPlace::Flow(user),
            first: 0,
        }
    }

    /// A branch of this `parallel`.
    pub fn branch(parallel: &'k StepKey, number: usize) -> Self {
        Self {
            place: SectionPlace::Branch(parallel, number),
            first: 0,
        }
    }

    /// Tells whether the sequence belongs to the `given` of the case.
    pub fn is_given(self) -> bool {
        match self.place {
            SectionPlace::Top(name) => name == "given",
            SectionPlace::Flow(outer) | SectionPlace::Branch(outer, _) => {
                outer.as_str().starts_with("given")
            }
        }
    }

    /// Returns the rest of the sequence from a step on.
    pub fn from(self, index: usize) -> Self {
        Self {
            first: self.first + index,
            ..self
        }
    }

    /// Returns the key of a step, by its index in the sequence.
    pub fn key(self, index: usize) -> StepKey {
        let index = self.first + index;
        match self.place {
            SectionPlace::Top(name) => StepKey::top(name, index),
            SectionPlace::Flow(user) => user.inner(index),
            SectionPlace::Branch(parallel, number) => parallel.branch(number, index),
        }
    }
}
