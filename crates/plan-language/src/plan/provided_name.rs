//! Names that every case owns without binding them.

use crate::participant::Participant;
use crate::value::Kinds;

/// A name that every case owns because its stage provides it.
#[derive(Clone, Copy, Debug)]
pub struct StageName {
    /// The name.
    pub name: &'static str,
    /// What it stands for.
    pub doc: &'static str,
    /// The parts of its value, with their kinds; none if it is a single string.
    pub(super) parts: &'static [(&'static str, Kinds)],
    /// Whether these are all; the others of a customer depend on the bank's data.
    pub(super) is_whole: bool,
}

/// Declares a name whose parts are all known.
const fn whole(
    name: &'static str,
    doc: &'static str,
    parts: &'static [(&'static str, Kinds)],
) -> StageName {
    StageName {
        name,
        doc,
        parts,
        is_whole: true,
    }
}

/// The parts of a customer that have the same kind at every bank.
const OF_CUSTOMER: &[(&str, Kinds)] = &[
    ("username", Kinds::STRING),
    ("password", Kinds::STRING),
    ("accounts", Kinds::NUMBER),
    ("without_branch", Kinds::NUMBER),
    ("cleared", Kinds::NUMBER),
    ("pending", Kinds::NUMBER),
    ("statements", Kinds::NUMBER),
    ("largest_account", Kinds::NUMBER),
    ("smallest_account", Kinds::NUMBER),
    ("booking_days", Kinds::NUMBER),
    ("middle_day", Kinds::STRING),
];

/// Names that every case owns because its stage provides them.
pub const STAGE_NAMES: &[StageName] = &[
    whole(
        "bank",
        "the bank under test: `id`, `externalRef`, `name`, and `zone` and `page_words` if the environment has them",
        &[
            ("id", Kinds::STRING),
            ("externalRef", Kinds::STRING),
            ("name", Kinds::STRING),
            ("zone", Kinds::STRING),
            ("page_words", Kinds::OBJECT),
        ],
    ),
    StageName {
        name: "customer",
        doc: "a test user: `username`, `password`, and the facts of the bank's data about them",
        parts: OF_CUSTOMER,
        is_whole: false,
    },
    StageName {
        name: "other_customer",
        doc: "another test user, of the same shape",
        parts: OF_CUSTOMER,
        is_whole: false,
    },
    whole(
        "ui",
        "the page to which a browser comes back: `return`",
        &[("return", Kinds::STRING)],
    ),
    whole(
        "state",
        "a random word of the case, for the `state` parameter of redirects",
        &[],
    ),
    whole(
        "nonce",
        "the nonce that the run's certifier gave, which also begins `state`, or the word `feedproof`",
        &[],
    ),
    whole(
        "credentials",
        "the credentials that Sage issued to the provider: `client_id`, `client_secret`, `api_key`, `audience`",
        &[
            ("client_id", Kinds::STRING),
            ("client_secret", Kinds::STRING),
            ("api_key", Kinds::STRING),
            ("audience", Kinds::STRING),
        ],
    ),
    whole(
        "agreed",
        "the limits that were agreed with the provider: `batch_limit`, `requests_per_second`",
        &[
            ("batch_limit", Kinds::NUMBER),
            ("requests_per_second", Kinds::NUMBER),
        ],
    ),
];

impl StageName {
    /// Finds a name of the stage.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        STAGE_NAMES.iter().find(|known| known.name == name)
    }

    /// Returns the kinds of the value at a way into it.
    pub(super) fn kinds(&self, keys: &[&str]) -> Kinds {
        match keys {
            [] if self.parts.is_empty() => Kinds::STRING,
            [] => Kinds::OBJECT,
            [part] => {
                let known = self.parts.iter().find(|(name, _)| name == part);
                known.map_or(Kinds::PRESENT, |(_, kinds)| *kinds)
            }
            _ => Kinds::PRESENT,
        }
    }
}

/// Names that every case owns because a flow provides them at first use; `as:` implies some.
pub const PLAYED: &[(Participant, &str)] = &[
    (Participant::Product, "token"),
    (Participant::Provider, "provider_token"),
];
