//! The participants of a run, and the addresses at which messages arrive.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A participant, which sends or receives messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Participant {
    /// The accounting product.
    Product,
    /// The customer's browser.
    Browser,
    /// The Banking Service, its own pages included.
    Service,
    /// The identity provider.
    Sageid,
    /// The bank-feed provider.
    Provider,
}

impl Participant {
    /// All participants, in the order of a sequence diagram.
    pub const ALL: [Self; 5] = [
        Self::Product,
        Self::Browser,
        Self::Service,
        Self::Sageid,
        Self::Provider,
    ];

    /// Returns the word for the participant, as plans write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Browser => "browser",
            Self::Service => "service",
            Self::Sageid => "sageid",
            Self::Provider => "provider",
        }
    }

    /// Returns the participant as a sentence names it.
    pub fn as_noun(self) -> &'static str {
        match self {
            Self::Product => "the product",
            Self::Browser => "the browser",
            Self::Service => "the service",
            Self::Sageid => "Sage ID",
            Self::Provider => "the provider",
        }
    }

    /// Finds a participant by its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|participant| participant.as_str() == text)
    }
}

impl fmt::Display for Participant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// One of the four callback URLs that a provider registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Callback {
    /// `POST` of notifications.
    Notification,
    /// The page where a customer logs in and consents.
    Auth,
    /// The page where a customer renews the consent.
    ReAuth,
    /// The list of accounts under an authorisation.
    AvailableAccounts,
}

impl Callback {
    /// All callbacks.
    pub const ALL: [Self; 4] = [
        Self::Notification,
        Self::Auth,
        Self::ReAuth,
        Self::AvailableAccounts,
    ];

    /// Returns the word for the callback, as plans and environments write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Auth => "auth",
            Self::ReAuth => "reAuth",
            Self::AvailableAccounts => "availableAccounts",
        }
    }
}

/// The address of a message: a participant, or one callback of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The participant at the address.
    pub participant: Participant,
    /// The callback, if the address is a URL that the provider registered.
    pub callback: Option<Callback>,
}

impl Address {
    /// Makes the address of a participant as a whole.
    pub const fn of(participant: Participant) -> Self {
        Self {
            participant,
            callback: None,
        }
    }

    /// Makes the address of one of the provider's callbacks.
    pub const fn callback(callback: Callback) -> Self {
        Self {
            participant: Participant::Provider,
            callback: Some(callback),
        }
    }

    /// Lists the words for addresses at which messages arrive: those of product and browser are missing.
    pub fn words() -> Vec<String> {
        Participant::ALL
            .into_iter()
            .filter(|participant| {
                !matches!(participant, Participant::Product | Participant::Browser)
            })
            .map(|participant| participant.to_string())
            .chain(Callback::ALL.map(|callback| Self::callback(callback).to_string()))
            .collect()
    }

    /// Finds an address by its words, such as `provider.notification`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None => Participant::parse(text).map(Self::of),
            Some(("provider", word)) => Callback::ALL
                .into_iter()
                .find(|callback| callback.as_str() == word)
                .map(Self::callback),
            Some(_) => None,
        }
    }

    /// Tells whether a message to `other` arrived at this address.
    ///
    /// A participant's own address covers all its callbacks.
    pub fn covers(self, other: Self) -> bool {
        self.participant == other.participant
            && (self.callback.is_none() || self.callback == other.callback)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.callback {
            None => write!(out, "{}", self.participant),
            Some(callback) => write!(out, "{}.{}", self.participant, callback.as_str()),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an address")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_word_reads_back() {
        for word in Address::words() {
            let address = Address::parse(&word).expect("a listed word parses");
            assert_eq!(address.to_string(), word);
        }
        assert_eq!(Address::parse("provider.nothing"), None);
        assert_eq!(Address::parse("service.notification"), None);
    }

    #[test]
    fn a_participant_covers_its_callbacks_and_not_the_other_way_round() {
        let whole = Address::of(Participant::Provider);
        let page = Address::callback(Callback::Auth);
        assert!(whole.covers(page));
        assert!(!page.covers(whole));
        assert!(!page.covers(Address::callback(Callback::ReAuth)));
    }
}
