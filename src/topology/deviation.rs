//! How emulated participants differ from the usual ones: faults, and variants that are none.

use std::collections::HashMap;
use std::sync::Arc;

use super::fault::Fault;
use super::variant::Variant;

/// How the emulated participants of a stage differ from the usual ones.
#[derive(Clone, Debug, Default)]
pub struct Deviation {
    /// What they do wrong.
    pub faults: Vec<Fault>,
    /// What the reference provider does differently, and is allowed to.
    pub variants: Vec<Variant>,
}

impl Deviation {
    /// Tells whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty() && self.variants.is_empty()
    }

    /// Returns both together.
    pub(super) fn and(&self, other: Option<&Self>) -> Self {
        let mut both = self.clone();
        if let Some(other) = other {
            both.faults.extend(&other.faults);
            both.variants.extend(&other.variants);
        }
        both
    }
}

impl From<Fault> for Deviation {
    fn from(fault: Fault) -> Self {
        Self {
            faults: vec![fault],
            variants: Vec::new(),
        }
    }
}

impl From<Variant> for Deviation {
    fn from(variant: Variant) -> Self {
        Self {
            faults: Vec::new(),
            variants: vec![variant],
        }
    }
}

/// How the emulated participants of all stages differ from the usual ones.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    /// On every stage.
    pub everywhere: Deviation,
    /// Further ones on the stage of one case, by the case's id.
    pub of_case: HashMap<Arc<str>, Deviation>,
}
