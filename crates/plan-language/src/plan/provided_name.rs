//! Names that every case owns without binding them.

use crate::participant::Participant;

/// Names that every case owns because its stage provides them, with their docs.
pub const STAGE_NAMES: &[(&str, &str)] = &[
    (
        "bank",
        "the bank under test: `id`, `externalRef`, `name`, and `zone` and `page_words` if the environment has them",
    ),
    (
        "customer",
        "a test user: `username`, `password`, and the facts of the bank's data about them",
    ),
    ("other_customer", "another test user, of the same shape"),
    ("ui", "the page to which a browser comes back: `return`"),
    (
        "state",
        "a random word of the case, for the `state` parameter of redirects",
    ),
    (
        "credentials",
        "the credentials that Sage issued to the provider: `client_id`, `client_secret`, `api_key`, `audience`",
    ),
    (
        "agreed",
        "the limits that were agreed with the provider: `batch_limit`, `requests_per_second`",
    ),
];

/// Names that every case owns because a flow provides them at first use; `as:` implies some.
pub const PLAYED: &[(Participant, &str)] = &[
    (Participant::Product, "token"),
    (Participant::Provider, "provider_token"),
];
