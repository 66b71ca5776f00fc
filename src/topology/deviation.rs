//! How emulated participants differ from the usual ones: faults, and variants that are none.

use std::collections::HashMap;
use std::sync::Arc;

use super::fault::Fault;
use super::network::NetworkSeed;
use super::variant::Variant;

/// How the emulated participants of a stage differ from the usual ones.
#[derive(Clone, Debug, Default)]
pub struct Deviation {
    /// What they do wrong.
    pub faults: Vec<Fault>,
    /// What the reference provider does differently, and is allowed to.
    pub variants: Vec<Variant>,
    /// What delays their messages; nothing without one.
    pub network: Option<NetworkSeed>,
}

impl Deviation {
    /// Tells whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty() && self.variants.is_empty() && self.network.is_none()
    }

    /// Returns both together.
    pub(super) fn and(&self, other: Option<&Self>) -> Self {
        let mut both = self.clone();
        if let Some(other) = other {
            both.faults.extend(&other.faults);
            both.variants.extend(&other.variants);
            both.network = other.network.or(both.network);
        }
        both
    }
}

impl From<Fault> for Deviation {
    fn from(fault: Fault) -> Self {
        Self {
            faults: vec![fault],
            ..Self::default()
        }
    }
}

impl From<Variant> for Deviation {
    fn from(variant: Variant) -> Self {
        Self {
            variants: vec![variant],
            ..Self::default()
        }
    }
}

impl From<NetworkSeed> for Deviation {
    fn from(seed: NetworkSeed) -> Self {
        Self {
            network: Some(seed),
            ..Self::default()
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
