//! The limits that were agreed on with the provider under test.

use plan_language::source::{Fields, Finding, Node};

/// Limits that Sage agrees on with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The most transactions in a statement, at least 1 (ruling 8.3).
    pub batch_limit: u32,
    /// The most requests per second to the Provider API, at least 1 (requirement STM-13).
    pub requests_per_second: u32,
}

impl Default for Agreed {
    fn default() -> Self {
        Self {
            batch_limit: 1000,
            requests_per_second: 10,
        }
    }
}

impl Agreed {
    /// Reads `agreed`; a missing limit keeps its default.
    pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> Self {
        let usual = Self::default();
        let Some(mut fields) = Fields::of(node, "`agreed`", findings) else {
            return usual;
        };
        let batch_limit = fields.count("batch_limit");
        let requests_per_second = fields.count("requests_per_second");
        if batch_limit == Some(0) || requests_per_second == Some(0) {
            let span = fields.span().clone();
            fields.complain(&span, "a limit is at least 1");
        }
        fields.end();
        Self {
            batch_limit: batch_limit.unwrap_or(usual.batch_limit),
            requests_per_second: requests_per_second.unwrap_or(usual.requests_per_second),
        }
    }
}
