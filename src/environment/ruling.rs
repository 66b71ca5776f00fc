//! Settings of the emulated service: what `plans/rulings.yaml` chose, chosen anew for one environment.
//!
//! A setting is a name, what it takes, and the ruling that it belongs to. What the service makes of a choice is left to
//! who puts it up; the usual value stands where the service has it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use plan_language::value::duration;

/// One setting of the emulated service.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, as rulings and environments spell it.
    pub name: &'static str,
    /// The id of the ruling whose choice it changes.
    pub ruling: &'static str,
    /// What may be chosen.
    pub takes: Takes,
    /// What it is about, and what is usual.
    pub about: &'static str,
    /// A value, in YAML, that is not the usual one.
    pub example: &'static str,
}

/// What may be chosen for a setting.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// `true` or `false`.
    Flag,
    /// A whole number between the two, both included.
    Count(u32, u32),
    /// A time, this long at most.
    Time(Duration),
    /// A status between the two, both included.
    Status(u16, u16),
    /// A status of a refusal, or this word in place of one.
    RefusalOr(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text.
    Text,
    /// A map with a text for each of these names; who is left out has the usual text.
    Texts(&'static [&'static str]),
}

/// What was chosen for a setting; it is what the setting takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// `true` or `false`.
    Flag(bool),
    /// A number within the bounds.
    Count(u32),
    /// A time within the bound.
    Time(Duration),
    /// A status within the bounds.
    Status(u16),
    /// One of the words.
    Word(&'static str),
    /// A text that is not empty.
    Text(String),
    /// Texts by name.
    Texts(BTreeMap<&'static str, String>),
}

impl fmt::Display for Chosen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(out, "{flag}"),
            Self::Count(count) => write!(out, "{count}"),
            Self::Time(time) => out.write_str(&duration::format(*time)),
            Self::Status(status) => write!(out, "{status}"),
            Self::Word(word) => out.write_str(word),
            Self::Text(text) => out.write_str(text),
            Self::Texts(texts) => {
                for (index, (name, text)) in texts.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(out, "{comma}{name} {text}")?;
                }
                Ok(())
            }
        }
    }
}

/// A status that refuses: of the caller's mistakes, or of the service's own trouble.
const REFUSAL: Takes = Takes::Status(400, 599);
/// What a provider is asked not to send, and what the service may well take.
const DOUBTFUL: Takes = Takes::Word(&["accept", "refuse"]);
/// The longest life of what runs out, and the longest way back: ten years.
const LIFE: Takes = Takes::Time(Duration::from_secs(10 * 365 * 24 * 60 * 60));
/// The longest time that a run would care to wait: a day.
const WAIT: Takes = Takes::Time(Duration::from_secs(24 * 60 * 60));

const fn setting(
    name: &'static str,
    ruling: &'static str,
    takes: Takes,
    about: &'static str,
    example: &'static str,
) -> Setting {
    Setting {
        name,
        ruling,
        takes,
        about,
        example,
    }
}

/// The settings that an environment may choose, in the order of their rulings.
///
/// The limit of a batch is none of them: it is agreed on with a provider and stands in `agreed`.
pub const SETTINGS: &[Setting] = &[
    setting(
        "statement_created",
        "8.4",
        Takes::Status(200, 299),
        "The status of an accepted statement, usually 201",
        "202",
    ),
    setting(
        "statement_words",
        "8.4",
        Takes::Texts(&["processing", "complete", "failed"]),
        "The words of a statement's status, usually the names themselves",
        "{ complete: completed }",
    ),
    setting(
        "processing",
        "8.4",
        WAIT,
        "How long an accepted statement is worked on before it takes effect, usually not at all",
        "2s",
    ),
    setting(
        "wrong_api_key",
        "8.5",
        REFUSAL,
        "The status for a wrong or missing x-api-key, usually 403",
        "401",
    ),
    setting(
        "missing_bearer",
        "8.5",
        REFUSAL,
        "The status without a bearer, usually 401",
        "403",
    ),
    setting(
        "foreign_bearer",
        "8.5",
        REFUSAL,
        "The status for a bearer that is malformed or not of this Sage ID, usually 403",
        "401",
    ),
    setting(
        "expired_bearer",
        "8.5",
        REFUSAL,
        "The status for a bearer that ran out, usually 401",
        "403",
    ),
    setting(
        "wrong_patch_type",
        "8.5",
        REFUSAL,
        "The status for a PATCH that is not declared as JSON, usually 403",
        "415",
    ),
    setting(
        "used_authorisation",
        "8.6",
        REFUSAL,
        "The status for an authorisation that is used or expired, usually 409",
        "410",
    ),
    setting(
        "statement_in_flight",
        "8.6",
        REFUSAL,
        "The status for a statement while another one of the account is worked on, usually 409",
        "429",
    ),
    setting(
        "duplicates",
        "8.6",
        Takes::RefusalOr("failed-later"),
        "The status for a transaction that was sent before, usually 409; or `failed-later`: the statement is taken and fails",
        "failed-later",
    ),
    setting(
        "oversize_batch",
        "8.6",
        REFUSAL,
        "The status for a statement over the agreed limit, usually 400",
        "413",
    ),
    setting(
        "totals_mismatch",
        "8.6",
        REFUSAL,
        "The status for control totals that do not match, usually 400",
        "422",
    ),
    setting(
        "statement_for_unknown",
        "8.6",
        REFUSAL,
        "The status for a statement of an account that is not known, usually 404",
        "409",
    ),
    setting(
        "statement_for_cancelled",
        "8.6",
        REFUSAL,
        "The status for a statement of a cancelled account, usually 409",
        "404",
    ),
    setting(
        "strict_status",
        "8.7",
        Takes::Flag,
        "Whether a PATCH whose status is not `success` is refused with 400, which it usually is not",
        "true",
    ),
    setting(
        "issuer",
        "8.13",
        Takes::Text,
        "The `iss` of tokens of Sage ID, usually its own address",
        "https://id.example/",
    ),
    setting(
        "empty_statement_activates",
        "8.21",
        Takes::Flag,
        "Whether a statement without transactions makes a pending account active, which it usually does not",
        "true",
    ),
    setting(
        "product_token_life",
        "8.32",
        LIFE,
        "How long a product's token lives, usually an hour",
        "10m",
    ),
    setting(
        "list_shape",
        "R-3",
        Takes::Word(&["array", "object"]),
        "Whether the list of bank accounts is an `array`, as usual, or an `object` that holds it",
        "object",
    ),
    setting(
        "relinking",
        "R-4",
        Takes::Word(&["existing", "conflict"]),
        "Whether linking an account again answers 200 with the `existing` one, as usual, or 409",
        "conflict",
    ),
    setting(
        "bank_in_use",
        "R-8",
        REFUSAL,
        "The status for removing a bank that has accounts, usually 409",
        "400",
    ),
    setting(
        "authorisation_life",
        "R-9",
        LIFE,
        "How long an authorisation may be used, usually 20 minutes",
        "5m",
    ),
    setting(
        "token_life",
        "R-9",
        LIFE,
        "How long a token of Sage ID lives, usually 8 hours",
        "10m",
    ),
    setting(
        "poll_period",
        "R-9",
        WAIT,
        "The pause that the product is told to keep between polls, usually 5 seconds",
        "1s",
    ),
    setting(
        "default_start",
        "R-10",
        LIFE,
        "How far back an account starts for which the product names no date, usually 90 days",
        "240h",
    ),
    setting(
        "requests_per_second",
        "R-11",
        Takes::Count(1, 1000),
        "Requests to the Provider API in a second beyond which a caller is told 429, usually without a limit",
        "10",
    ),
    setting(
        "retry_after",
        "R-11",
        Takes::Flag,
        "Whether a 429 says in Retry-After how long to wait, which it usually does not",
        "true",
    ),
    setting(
        "transaction_page",
        "R-12",
        Takes::Count(1, 100_000),
        "The most transactions in one answer to the product, usually 1,000",
        "100",
    ),
    setting(
        "unordered_dates",
        "R-13",
        DOUBTFUL,
        "Whether transactions that are not oldest first, in one statement or after an earlier one, are taken, as usual, or answered 400",
        "refuse",
    ),
    setting(
        "future_dates",
        "R-13",
        DOUBTFUL,
        "Whether transactions that are dated in the future are taken, as usual, or answered 400",
        "refuse",
    ),
    setting(
        "uncleared_transactions",
        "R-14",
        DOUBTFUL,
        "Whether transactions whose status is not `posted` are taken, as usual, or answered 400",
        "refuse",
    ),
    setting(
        "unique_ids",
        "R-15",
        Takes::Word(&["account", "provider"]),
        "Whether the id of a transaction is unique within its `account`, as usual, or within all accounts of the `provider`",
        "provider",
    ),
    setting(
        "renewal_with_accounts",
        "8.14",
        Takes::Word(&["fails", "renews", "refused"]),
        "Whether a re-authorisation whose PATCH lists accounts is acknowledged and `fails`, as usual, is acknowledged and `renews` the consent, or is `refused` with 400",
        "renews",
    ),
    setting(
        "linked_notification",
        "8.18",
        Takes::Word(&["full", "brief"]),
        "Whether the notification of an account linked from a candidate is as `full` as that of a new account, as usual, or names the external id alone",
        "brief",
    ),
    setting(
        "redeliveries",
        "8.25",
        Takes::Count(0, 10),
        "How often a notification that was not accepted is repeated, usually not at all",
        "3",
    ),
    setting(
        "redelivery_pause",
        "8.25",
        WAIT,
        "The pause before each repetition of a notification, usually 5 seconds",
        "1s",
    ),
    setting(
        "answer_wait",
        "8.25",
        WAIT,
        "How long the service waits for the provider's whole answer, usually 10 seconds",
        "30s",
    ),
    setting(
        "cancelled_transactions",
        "8.34",
        Takes::Word(&["gone", "empty"]),
        "Whether the transactions of a cancelled account are `gone` (404), as usual, or an `empty` list",
        "empty",
    ),
    setting(
        "burst",
        "R-11",
        Takes::Count(0, 1000),
        "Requests beyond the rate that may come at once, usually a fifth of it",
        "0",
    ),
    setting(
        "renewed_unfed",
        "R-17",
        Takes::Word(&["active", "pending"]),
        "Whether an account that had no transactions before its consent was lost is `active` after a renewal, as usual, or `pending` again",
        "pending",
    ),
    setting(
        "pending_candidates",
        "R-18",
        Takes::Word(&["serve", "refuse"]),
        "Whether further accounts are offered while the first one is pending, as usual, or answered 409",
        "refuse",
    ),
];
