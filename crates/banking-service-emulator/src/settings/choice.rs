//! Types of single settings: enumerations whose words environments write, and the words of a statement.
//!
//! Each enumeration names its variants and their words in one table; `rulings` says where each is used.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use super::value::{SettingField, SettingType, SettingValue};

/// Makes an enumeration with the word of each variant.
macro_rules! word_choice {
    ($($(#[doc = $about:literal])* $name:ident {
        $($(#[doc = $text:literal])* $variant:ident = $word:literal,)*
    })*) => {
        $(
            $(#[doc = $about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $name {
                $($(#[doc = $text])* $variant,)*
            }

            impl $name {
                /// What the setting accepts: the words, in the order of the variants.
                pub(super) const TYPE: SettingType = SettingType::Word(&[$($word,)*]);
            }

            impl SettingField for $name {
                fn from_value(value: &SettingValue) -> Option<Self> {
                    match value {
                        $(SettingValue::Word($word) => Some(Self::$variant),)*
                        _ => None,
                    }
                }

                fn to_value(&self) -> Option<SettingValue> {
                    let word = match self {
                        $(Self::$variant => $word,)*
                    };
                    Some(SettingValue::Word(word))
                }
            }
        )*
    };
}

word_choice! {
    /// Response to POST bankaccounts for an account that is linked already.
    Relinking {
        /// 200 with the existing account.
        Existing = "existing",
        /// 409; nothing changes.
        Conflict = "conflict",
    }

    /// Response to data that providers are asked not to send, although no source says that the service refuses it.
    DiscouragedData {
        /// The statement is accepted.
        Accepted = "accept",
        /// The statement is refused with 400.
        Refused = "refuse",
    }

    /// Response to a JSON body in which an object has a key more than once.
    DuplicateKeys {
        /// 400; recipients differ in which of equal keys counts.
        Refused = "refuse",
        /// The last of equal keys counts.
        Last = "last",
    }

    /// Response to a date-time without an offset in a statement.
    LocalDateTimes {
        /// It is read in UTC; the response says so in the header `x-emulator-note`.
        Utc = "utc",
        /// The statement is refused with 400.
        Refused = "refuse",
    }

    /// Scope in which the `uniqueId` of a transaction must be unique.
    UniqueIds {
        /// The account.
        Account = "account",
        /// All accounts of the provider.
        Provider = "provider",
    }

    /// How the page on which the customer chooses shows an account that is linked already.
    LinkedInSelection {
        /// Like every other account.
        Plain = "plain",
        /// With a mark behind its name; it can still be chosen.
        Marked = "mark",
    }

    /// Result of a re-authorisation whose PATCH lists accounts, which it must not.
    RenewalWithAccounts {
        /// 204, and the authorisation fails: no consent is renewed.
        Fails = "fails",
        /// 204, and the consent is renewed as if no account were listed.
        Renews = "renews",
        /// 400, and the authorisation stays open.
        Refused = "refused",
    }

    /// Status of an account whose consent is renewed before it ever had transactions.
    RenewedUnfed {
        /// `active`, as any other account.
        Active = "active",
        /// `pending`, as before the consent was lost.
        Pending = "pending",
    }

    /// `additionalData` of the notification of an account that was linked from a candidate.
    LinkedNotification {
        /// `externalId`, `requestedStartDate` and `bankId`, as for a new account.
        Full = "full",
        /// `externalId` alone.
        Brief = "brief",
    }

    /// Response to a request for the transactions of a cancelled account.
    CancelledTransactions {
        /// 404.
        Gone = "gone",
        /// 200 with an empty array.
        Empty = "empty",
    }

    /// Response to a request for the candidates of a pending account.
    PendingCandidates {
        /// 200 with the candidates.
        Served = "serve",
        /// 409.
        Refused = "refuse",
    }

    /// Shape of the response to GET bankaccounts.
    ListShape {
        /// A JSON array of accounts.
        Array = "array",
        /// A JSON object with the array as `bankAccounts`.
        Object = "object",
    }
}

/// Response to a statement with a transaction whose `uniqueId` was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateTransactions {
    /// The POST is refused with this status.
    Refused(StatusCode),
    /// The POST is accepted, and processing of the statement fails.
    FailedLater,
}

impl DuplicateTransactions {
    const FAILED_LATER: &str = "failed-later";
    /// What the setting accepts.
    pub(super) const TYPE: SettingType = SettingType::RefusalOr(Self::FAILED_LATER);
}

impl SettingField for DuplicateTransactions {
    fn from_value(value: &SettingValue) -> Option<Self> {
        match value {
            SettingValue::Word(Self::FAILED_LATER) => Some(Self::FailedLater),
            value => StatusCode::from_value(value).map(Self::Refused),
        }
    }

    fn to_value(&self) -> Option<SettingValue> {
        match self {
            Self::Refused(status) => status.to_value(),
            Self::FailedLater => Some(SettingValue::Word(Self::FAILED_LATER)),
        }
    }
}

/// The words of a statement's `status`; no source names them. By default they are the names of the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementWords {
    /// While the statement is processed.
    pub processing: String,
    /// After the statement took effect.
    pub complete: String,
    /// After processing failed; the statement had no effect.
    pub failed: String,
}

impl StatementWords {
    /// What the setting accepts.
    pub(super) const TYPE: SettingType =
        SettingType::Strings(&["processing", "complete", "failed"]);

    fn fields(&mut self) -> [(&'static str, &mut String); 3] {
        [
            ("processing", &mut self.processing),
            ("complete", &mut self.complete),
            ("failed", &mut self.failed),
        ]
    }
}

impl Default for StatementWords {
    fn default() -> Self {
        Self {
            processing: "processing".to_owned(),
            complete: "complete".to_owned(),
            failed: "failed".to_owned(),
        }
    }
}

impl SettingField for StatementWords {
    fn from_value(value: &SettingValue) -> Option<Self> {
        let SettingValue::Strings(strings) = value else {
            return None;
        };
        let mut words = Self::default();
        for (name, word) in words.fields() {
            if let Some(chosen) = strings.get(name) {
                word.clone_from(chosen);
            }
        }
        Some(words)
    }

    fn to_value(&self) -> Option<SettingValue> {
        let mut words = self.clone();
        let strings: BTreeMap<_, _> = words
            .fields()
            .into_iter()
            .map(|(name, word)| (name, word.clone()))
            .collect();
        Some(SettingValue::Strings(strings))
    }
}
