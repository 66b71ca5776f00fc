//! The one table of settings: what the emulated service does where Sage's sources are silent or disagree.
//!
//! An entry holds everything about a setting: its field of [`Rulings`] with type and default, the ruling of
//! `plans/rulings.yaml` that it belongs to, what it accepts, an example, and a phrase about it. A new setting is a new
//! entry and the code that reads its field. How a chosen value becomes a field is left to `value`.

use std::time::Duration;

use axum::http::StatusCode;

use super::choice::{
    CancelledTransactions, DiscouragedData, DuplicateKeys, DuplicateTransactions,
    LinkedInSelection, LinkedNotification, ListShape, LocalDateTimes, PendingCandidates, Relinking,
    RenewalWithAccounts, RenewedUnfed, StatementWords, UniqueIds,
};
use super::value::{SettingError, SettingField, SettingType, SettingValue};

/// One setting of the emulated service: an entry of [`Rulings::SETTINGS`].
///
/// ```
/// use banking_service_emulator::{Rulings, Setting, SettingValue};
///
/// let setting = Setting::find("retry_after").expect("a setting of the table");
/// let mut rulings = Rulings::default();
/// setting.apply(&mut rulings, &SettingValue::Bool(true))?;
/// assert!(rulings.retry_after);
/// # Ok::<_, banking_service_emulator::SettingError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name: the field of [`Rulings`], as environments spell it, too.
    pub name: &'static str,
    /// Id of the ruling in `plans/rulings.yaml` whose choice the setting changes.
    pub ruling: &'static str,
    /// Values that the setting accepts.
    pub takes: SettingType,
    /// What the setting decides, as a phrase without a full stop.
    pub about: &'static str,
    /// A value other than the default one, in YAML.
    pub example: &'static str,
    pub(super) read_field: fn(&Rulings) -> Option<SettingValue>,
    pub(super) write_field: fn(&mut Rulings, &SettingValue) -> Option<()>,
}

impl Setting {
    /// Finds a setting by its exact name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Rulings::SETTINGS
            .iter()
            .find(|setting| setting.name == name)
    }

    /// Returns the default; `None` where nothing is set and [`about`](Self::about) describes that case.
    pub fn default_value(&self) -> Option<SettingValue> {
        self.value_in(&Rulings::default())
    }

    /// Returns the value that `rulings` have; `None` where nothing is set, such as no limit.
    pub fn value_in(&self, rulings: &Rulings) -> Option<SettingValue> {
        (self.read_field)(rulings)
    }

    /// Sets the field of `rulings` to `value`.
    ///
    /// # Errors
    /// [`SettingError`] if the setting does not accept the value; `rulings` stay unchanged.
    pub fn apply(&self, rulings: &mut Rulings, value: &SettingValue) -> Result<(), SettingError> {
        let refused = || SettingError {
            name: self.name,
            value: value.to_string(),
            expected: self.takes,
        };
        if !self.takes.accepts(value) {
            return Err(refused());
        }
        (self.write_field)(rulings, value).ok_or_else(refused)
    }
}

/// Lifetimes and periods: at most ten years.
const LIFETIME: SettingType = SettingType::Duration {
    most: Duration::from_secs(10 * 365 * 24 * 60 * 60),
};

/// Pauses within a run: at most a day.
const PAUSE: SettingType = SettingType::Duration {
    most: minutes(24 * 60),
};

const REFUSAL: SettingType = SettingType::REFUSAL;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Makes [`Rulings`], their defaults and the list of settings from one table.
macro_rules! settings {
    ($($name:ident: $field:ty = $default:expr => {
        ruling: $ruling:literal,
        takes: $takes:expr,
        example: $example:literal,
        about: $about:literal,
    })*) => {
        /// What the emulated service does where the sources are silent or disagree. The defaults are the documented choices.
        ///
        /// ```
        /// use std::time::Duration;
        /// use banking_service_emulator::Rulings;
        ///
        /// let rulings = Rulings {
        ///     batch_limit: 100,
        ///     processing: Duration::from_millis(200),
        ///     ..Rulings::default()
        /// };
        /// assert_eq!(rulings.statement_created, 201);
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Rulings {
            $(
                #[doc = $about]
                #[doc = concat!("(ruling ", $ruling, ").")]
                pub $name: $field,
            )*
        }

        impl Default for Rulings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Rulings {
            /// Every setting, each a field of the same name.
            pub const SETTINGS: &[Setting] = &[$(Setting {
                name: stringify!($name),
                ruling: $ruling,
                takes: $takes,
                about: $about,
                example: $example,
                read_field: |rulings| rulings.$name.to_value(),
                write_field: |rulings, value| {
                    rulings.$name = SettingField::from_value(value)?;
                    Some(())
                },
            },)*];
        }
    };
}

settings! {
    batch_limit: usize = 1_000 => {
        ruling: "8.3",
        takes: SettingType::Number { least: 1, most: 100_000 },
        example: "100",
        about: "Maximum number of transactions in one statement",
    }
    statement_created: StatusCode = StatusCode::CREATED => {
        ruling: "8.4",
        takes: SettingType::Status { least: 200, most: 299 },
        example: "202",
        about: "Status of the response to an accepted statement",
    }
    statement_words: StatementWords = StatementWords::default() => {
        ruling: "8.4",
        takes: StatementWords::TYPE,
        example: "{ complete: completed }",
        about: "Words of a statement's `status`",
    }
    processing: Duration = Duration::ZERO => {
        ruling: "8.4",
        takes: PAUSE,
        example: "2s",
        about: "Time for which an accepted statement is processed before it takes effect",
    }
    wrong_api_key: StatusCode = StatusCode::FORBIDDEN => {
        ruling: "8.5",
        takes: REFUSAL,
        example: "401",
        about: "Status for a wrong or missing x-api-key",
    }
    missing_bearer: StatusCode = StatusCode::UNAUTHORIZED => {
        ruling: "8.5",
        takes: REFUSAL,
        example: "403",
        about: "Status for a missing bearer",
    }
    foreign_bearer: StatusCode = StatusCode::FORBIDDEN => {
        ruling: "8.5",
        takes: REFUSAL,
        example: "401",
        about: "Status for a bearer that is malformed or not issued by this Sage ID",
    }
    expired_bearer: StatusCode = StatusCode::UNAUTHORIZED => {
        ruling: "8.5",
        takes: REFUSAL,
        example: "403",
        about: "Status for an expired bearer",
    }
    wrong_patch_type: StatusCode = StatusCode::FORBIDDEN => {
        ruling: "8.5",
        takes: REFUSAL,
        example: "415",
        about: "Status for a PATCH whose Content-Type is not JSON",
    }
    used_authorisation: StatusCode = StatusCode::CONFLICT => {
        ruling: "8.6",
        takes: REFUSAL,
        example: "410",
        about: "Status for an authorisation that is used or expired",
    }
    statement_in_flight: StatusCode = StatusCode::CONFLICT => {
        ruling: "8.6",
        takes: REFUSAL,
        example: "429",
        about: "Status for a statement while another statement of the account is processed",
    }
    duplicates: DuplicateTransactions = DuplicateTransactions::Refused(StatusCode::CONFLICT) => {
        ruling: "8.6",
        takes: DuplicateTransactions::TYPE,
        example: "failed-later",
        about: "Status for a transaction that was sent before; or `failed-later`: the statement is accepted and its processing fails",
    }
    oversize_batch: StatusCode = StatusCode::BAD_REQUEST => {
        ruling: "8.6",
        takes: REFUSAL,
        example: "413",
        about: "Status for a statement over the agreed limit",
    }
    totals_mismatch: StatusCode = StatusCode::BAD_REQUEST => {
        ruling: "8.6",
        takes: REFUSAL,
        example: "422",
        about: "Status for control totals that do not match the transactions",
    }
    statement_for_unknown: StatusCode = StatusCode::NOT_FOUND => {
        ruling: "8.6",
        takes: REFUSAL,
        example: "409",
        about: "Status for a statement of an unknown account",
    }
    statement_for_cancelled: StatusCode = StatusCode::CONFLICT => {
        ruling: "8.6",
        takes: REFUSAL,
        example: "404",
        about: "Status for a statement of a cancelled account",
    }
    strict_status: bool = false => {
        ruling: "8.7",
        takes: SettingType::Bool,
        example: "true",
        about: "Whether a PATCH whose status is not `success` is refused with 400 instead of ending the authorisation as failed",
    }
    issuer: Option<String> = None => {
        ruling: "8.13",
        takes: SettingType::String,
        example: "https://id.example/",
        about: "The `iss` of Sage ID's tokens; without it, Sage ID's own address",
    }
    empty_statement_activates: bool = false => {
        ruling: "8.21",
        takes: SettingType::Bool,
        example: "true",
        about: "Whether a statement without transactions makes a pending account active",
    }
    product_token_life: Duration = minutes(60) => {
        ruling: "8.32",
        takes: LIFETIME,
        example: "10m",
        about: "Lifetime of a product's token",
    }
    list_shape: ListShape = ListShape::Array => {
        ruling: "R-3",
        takes: ListShape::TYPE,
        example: "object",
        about: "Whether the list of bank accounts is an `array`, or an `object` that contains it",
    }
    relinking: Relinking = Relinking::Existing => {
        ruling: "R-4",
        takes: Relinking::TYPE,
        example: "conflict",
        about: "Whether linking an account again answers 200 with the `existing` account, or 409 (`conflict`)",
    }
    bank_in_use: StatusCode = StatusCode::CONFLICT => {
        ruling: "R-8",
        takes: REFUSAL,
        example: "400",
        about: "Status for removing a bank that has accounts that are not cancelled",
    }
    authorisation_life: Duration = minutes(20) => {
        ruling: "R-9",
        takes: LIFETIME,
        example: "5m",
        about: "Lifetime of an authorisation",
    }
    token_life: Duration = minutes(8 * 60) => {
        ruling: "R-9",
        takes: LIFETIME,
        example: "10m",
        about: "Lifetime of a Sage ID token",
    }
    poll_period: Duration = Duration::from_secs(5) => {
        ruling: "R-9",
        takes: PAUSE,
        example: "1s",
        about: "Pause between polls that the service asks of the product",
    }
    default_start: Duration = minutes(90 * 24 * 60) => {
        ruling: "R-10",
        takes: LIFETIME,
        example: "240h",
        about: "How far back an account starts if the product names no date",
    }
    requests_per_second: Option<u32> = None => {
        ruling: "R-11",
        takes: SettingType::Number { least: 1, most: 1_000 },
        example: "10",
        about: "Requests a second to the Provider API beyond which the service answers 429; without it, there is no limit",
    }
    retry_after: bool = false => {
        ruling: "R-11",
        takes: SettingType::Bool,
        example: "true",
        about: "Whether a 429 says in Retry-After how many seconds to wait",
    }
    transaction_page: usize = 1_000 => {
        ruling: "R-12",
        takes: SettingType::Number { least: 1, most: 100_000 },
        example: "100",
        about: "Maximum number of transactions in one response to the product",
    }
    unordered_dates: DiscouragedData = DiscouragedData::Accepted => {
        ruling: "R-13",
        takes: DiscouragedData::TYPE,
        example: "refuse",
        about: "Whether the service accepts transactions that are not oldest first, within a statement or after an earlier one, or refuses them with 400",
    }
    future_dates: DiscouragedData = DiscouragedData::Accepted => {
        ruling: "R-13",
        takes: DiscouragedData::TYPE,
        example: "refuse",
        about: "Whether the service accepts transactions dated in the future, or refuses them with 400",
    }
    uncleared_transactions: DiscouragedData = DiscouragedData::Accepted => {
        ruling: "R-14",
        takes: DiscouragedData::TYPE,
        example: "refuse",
        about: "Whether the service accepts transactions whose status is not `posted`, or refuses them with 400",
    }
    local_date_times: LocalDateTimes = LocalDateTimes::Utc => {
        ruling: "R-23",
        takes: LocalDateTimes::TYPE,
        example: "refuse",
        about: "Whether a date-time without an offset in a statement is read in UTC (`utc`; the response says so in x-emulator-note), or refused with 400",
    }
    unique_ids: UniqueIds = UniqueIds::Account => {
        ruling: "R-15",
        takes: UniqueIds::TYPE,
        example: "provider",
        about: "Whether the id of a transaction is unique within its `account`, or within all accounts of the `provider`",
    }
    linked_in_selection: LinkedInSelection = LinkedInSelection::Plain => {
        ruling: "R-25",
        takes: LinkedInSelection::TYPE,
        example: "mark",
        about: "Whether the page on which the customer chooses shows an account that is linked already as a `plain` one, or with a `mark`",
    }
    renewal_with_accounts: RenewalWithAccounts = RenewalWithAccounts::Fails => {
        ruling: "8.14",
        takes: RenewalWithAccounts::TYPE,
        example: "renews",
        about: "Whether a re-authorisation whose PATCH lists accounts is acknowledged and `fails`, is acknowledged and `renews` the consent, or is `refused` with 400",
    }
    linked_notification: LinkedNotification = LinkedNotification::Full => {
        ruling: "8.18",
        takes: LinkedNotification::TYPE,
        example: "brief",
        about: "Whether the notification of an account linked from a candidate is as `full` as that of a new account, or contains the external id alone (`brief`)",
    }
    redeliveries: u32 = 0 => {
        ruling: "8.25",
        takes: SettingType::Number { least: 0, most: 10 },
        example: "3",
        about: "How often a notification that was not accepted is repeated",
    }
    redelivery_pause: Duration = Duration::from_secs(5) => {
        ruling: "8.25",
        takes: PAUSE,
        example: "1s",
        about: "Pause before each repetition of a notification",
    }
    answer_wait: Duration = Duration::from_secs(10) => {
        ruling: "8.25",
        takes: PAUSE,
        example: "30s",
        about: "How long the service waits for the provider's whole response",
    }
    cancelled_transactions: CancelledTransactions = CancelledTransactions::Gone => {
        ruling: "8.34",
        takes: CancelledTransactions::TYPE,
        example: "empty",
        about: "Whether the transactions of a cancelled account are `gone` (404), or an `empty` array",
    }
    burst: Option<u32> = None => {
        ruling: "R-11",
        takes: SettingType::Number { least: 0, most: 1_000 },
        example: "0",
        about: "Requests beyond the rate that may arrive at once; without it, a fifth of the rate",
    }
    renewed_unfed: RenewedUnfed = RenewedUnfed::Active => {
        ruling: "R-17",
        takes: RenewedUnfed::TYPE,
        example: "pending",
        about: "Whether an account that had no transactions before its consent was lost is `active` after a renewal, or `pending` again",
    }
    duplicate_keys: DuplicateKeys = DuplicateKeys::Refused => {
        ruling: "R-22",
        takes: DuplicateKeys::TYPE,
        example: "last",
        about: "Whether the service refuses a JSON body in which an object has a key more than once with 400, or takes the `last` of them",
    }
    pending_candidates: PendingCandidates = PendingCandidates::Served => {
        ruling: "R-18",
        takes: PendingCandidates::TYPE,
        example: "refuse",
        about: "Whether the service lists further accounts while the first account is pending, or refuses with 409",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::value::SettingValue;

    /// Values of a type; at least one of them is not the default of any setting.
    fn samples(takes: SettingType) -> Vec<SettingValue> {
        match takes {
            SettingType::Bool => [true, false].map(SettingValue::Bool).to_vec(),
            SettingType::Number { least, most } => [least, most].map(SettingValue::Number).to_vec(),
            SettingType::Duration { most } => [Duration::from_millis(1), most]
                .map(SettingValue::Duration)
                .to_vec(),
            SettingType::Status { least, most } => [least, most].map(SettingValue::Status).to_vec(),
            SettingType::RefusalOr(word) => {
                vec![SettingValue::Status(400), SettingValue::Word(word)]
            }
            SettingType::Word(words) => words.iter().copied().map(SettingValue::Word).collect(),
            SettingType::String => vec![SettingValue::String("another".to_owned())],
            SettingType::Strings(names) => names
                .iter()
                .map(|name| SettingValue::Strings([(*name, "another".to_owned())].into()))
                .collect(),
        }
    }

    #[test]
    fn every_value_of_every_setting_changes_its_own_field_and_no_other() {
        let usual = Rulings::default();
        for setting in Rulings::SETTINGS {
            let samples = samples(setting.takes);
            let mut results = BTreeSet::new();
            for value in &samples {
                let mut rulings = usual.clone();
                setting.apply(&mut rulings, value).expect(setting.name);
                results.insert(format!("{rulings:?}"));
                for other in Rulings::SETTINGS {
                    let changed = other.value_in(&rulings) != other.value_in(&usual);
                    assert!(
                        !changed || other.name == setting.name,
                        "{} by {value}",
                        other.name
                    );
                }
                if !matches!(value, SettingValue::Strings(_)) {
                    assert_eq!(setting.value_in(&rulings).as_ref(), Some(value));
                }
            }
            assert_eq!(
                results.len(),
                samples.len(),
                "{}: two values mean the same",
                setting.name
            );
        }
    }

    #[test]
    fn every_default_is_accepted_and_is_not_the_example() {
        for setting in Rulings::SETTINGS {
            let Some(default) = setting.default_value() else {
                assert!(setting.about.contains("without it, "), "{}", setting.name);
                continue;
            };
            assert!(setting.takes.accepts(&default), "{}", setting.name);
            assert_ne!(default.to_string(), setting.example, "{}", setting.name);
            let mut rulings = Rulings::default();
            setting.apply(&mut rulings, &default).expect(setting.name);
            assert_eq!(rulings, Rulings::default());
        }
    }

    #[test]
    fn names_are_unique_and_phrases_have_no_full_stop() {
        let names: BTreeSet<_> = Rulings::SETTINGS
            .iter()
            .map(|setting| setting.name)
            .collect();
        assert_eq!(names.len(), Rulings::SETTINGS.len());
        for setting in Rulings::SETTINGS {
            assert!(!setting.about.ends_with('.'), "{}", setting.name);
            assert!(Setting::find(setting.name).is_some());
        }
        assert!(Setting::find("Retry_After").is_none());
    }
}
