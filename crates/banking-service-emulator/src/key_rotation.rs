//! Changes of the key with which Sage ID signs: a new key is published, another one replaces it, and the first is withdrawn.
//!
//! The usual key stays published and signs everything else, so that a change disturbs nobody but the test that makes it.
//! Signing is left to `token`, the claims to `sage_id`.

use std::fmt;

use uuid::Uuid;

use super::context::Context;
use super::moment::Moment;
use super::sage_id;
use super::token::{self, TemporaryKey};

/// One change of Sage ID's signing key, for one test; dropping it withdraws its keys.
///
/// ```
/// use banking_service_emulator::{RotatedBearer, Service, Settings};
///
/// let service = Service::new(Settings::default());
/// let rotation = service.rotate_keys();
/// let new = rotation.bearer(RotatedBearer::New); // the key set contains its key from now on
/// let next = rotation.bearer(RotatedBearer::Next); // and now another one in its place
/// let withdrawn = rotation.bearer(RotatedBearer::Withdrawn); // signed with the first one all the same
/// assert_ne!(new, next);
/// assert_ne!(withdrawn, next);
/// ```
///
/// The key ids of two changes differ, but their keys are the same two pairs: a receiver that tries every published key,
/// whatever id a token names, accepts the withdrawn bearer of one change while another one publishes its first key.
pub struct KeyRotation {
    context: Context,
    new: String,
    next: String,
}

/// A valid bearer of notifications that a key of a [`KeyRotation`] signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotatedBearer {
    /// Signed with a key that is published from now on, unless it was withdrawn.
    New,
    /// Signed with a key that is published from now on, in place of that of [`RotatedBearer::New`].
    Next,
    /// Signed with the key of [`RotatedBearer::New`], which is withdrawn.
    Withdrawn,
}

impl fmt::Debug for KeyRotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRotation")
            .field("new", &self.new)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl KeyRotation {
    /// Makes a change that has not begun: no key is published yet.
    pub(super) fn of(context: &Context) -> Self {
        let kid = || format!("feedproof-sage-id-{}", Uuid::new_v4());
        Self {
            context: context.clone(),
            new: kid(),
            next: kid(),
        }
    }

    /// Signs a bearer, and publishes or withdraws the keys as it says.
    pub fn bearer(&self, bearer: RotatedBearer) -> String {
        let (key, kid) = match bearer {
            RotatedBearer::New | RotatedBearer::Withdrawn => (TemporaryKey::New, &self.new),
            RotatedBearer::Next => (TemporaryKey::Next, &self.next),
        };
        self.publish(bearer);
        let audience = &self.context.settings().notification_audience;
        let claims = sage_id::claims(&self.context, audience, Moment::now(), Uuid::new_v4());
        token::sign_temporarily(&claims.into(), key, kid)
    }

    fn publish(&self, bearer: RotatedBearer) {
        let keys = &mut self.context.state().temporary_keys;
        let goes_on = keys.contains_key(&self.next);
        match bearer {
            RotatedBearer::New if goes_on => {}
            RotatedBearer::New => {
                keys.insert(self.new.clone(), TemporaryKey::New);
            }
            RotatedBearer::Next => {
                keys.remove(&self.new);
                keys.insert(self.next.clone(), TemporaryKey::Next);
            }
            RotatedBearer::Withdrawn => {
                keys.remove(&self.new);
            }
        }
    }
}

impl Drop for KeyRotation {
    fn drop(&mut self) {
        let keys = &mut self.context.state().temporary_keys;
        keys.remove(&self.new);
        keys.remove(&self.next);
    }
}
