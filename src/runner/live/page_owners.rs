//! Whose page a URL behind no tap is.

use std::sync::{Mutex, PoisonError};

use crate::journal::Message;
use crate::runner::live::case::Live;
use plan_language::participant::{Address, Participant};

/// Tells the owners of the pages of one visit.
pub(super) struct PageOwners<'a, 'w> {
    world: &'a Live<'w>,
    /// The return address that the first request to the provider named.
    return_address: Mutex<Option<String>>,
}

impl<'a, 'w> PageOwners<'a, 'w> {
    pub fn new(world: &'a Live<'w>) -> Self {
        Self {
            world,
            return_address: Mutex::default(),
        }
    }

    /// Returns the owner of a page behind no tap.
    ///
    /// A live service serves the pages before that of the provider, and those at the return address, whose host only
    /// the request for the provider's page tells.
    pub fn of(&self, url: &str) -> Address {
        let mode = self.world.mode();
        let service = mode.is_live(Participant::Service);
        let owner = if !service {
            Participant::Provider
        } else if !mode.is_live(Participant::Provider) {
            Participant::Service
        } else {
            let known = self.return_address.lock();
            let known = known.unwrap_or_else(PoisonError::into_inner);
            match known.as_deref() {
                Some(back) if origin(back) != origin(url) => Participant::Provider,
                _ => Participant::Service,
            }
        };
        Address::of(owner)
    }

    /// Tells whether a URL is the return address, with whatever query.
    pub fn is_return(&self, url: &str) -> bool {
        let known = self.return_address.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        // A browser writes an address in its own way: `https://host:443` is `https://host/`.
        let place = |url: &str| {
            url::Url::parse(url)
                .ok()
                .map(|url| (url.origin(), url.path().to_owned()))
        };
        known
            .as_deref()
            .is_some_and(|back| place(back).is_some() && place(back) == place(url))
    }

    /// Keeps the return address that a request to the provider names.
    pub fn note(&self, to: Address, message: &Message) {
        if let Some(back) = message.query("redirect_uri")
            && to.participant == Participant::Provider
        {
            let known = self.return_address.lock();
            let mut known = known.unwrap_or_else(PoisonError::into_inner);
            known.get_or_insert_with(|| back.to_owned());
        }
    }
}

/// Returns scheme, host and port of a URL.
pub(super) fn origin(url: &str) -> Option<url::Origin> {
    url::Url::parse(url).ok().map(|url| url.origin())
}
