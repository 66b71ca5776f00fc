//! Bearers of notifications: the valid one that the service sends, and ones that are wrong in exactly one way.
//!
//! Signing is left to `token`, the claims of a Sage ID token to `sage_id`.

use std::time::Duration;

use uuid::Uuid;

use super::context::Context;
use super::moment::Moment;
use super::sage_id;
use super::token::{self, Signer};

/// A bearer of notifications: valid, or wrong in exactly one way.
///
/// A provider must refuse every one but the valid one; [`Service::mint`](super::Service::mint) makes them.
///
/// ```
/// use banking_service_emulator::{NotificationBearer, Service, Settings};
///
/// let service = Service::new(Settings::default());
/// let wrong = [
///     NotificationBearer::Expired,
///     NotificationBearer::WrongAudience,
///     NotificationBearer::BadSignature,
///     NotificationBearer::Unsigned,
///     NotificationBearer::WithoutExpiry,
/// ];
/// for bearer in wrong {
///     assert_ne!(service.mint(bearer), service.mint(NotificationBearer::Valid));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationBearer {
    /// Valid.
    Valid,
    /// Expired an hour ago, beyond any leeway that a provider may grant for clocks.
    Expired,
    /// Issued for another audience.
    WrongAudience,
    /// Signed with a key that is not published, under the published key's id.
    BadSignature,
    /// Not signed: the algorithm is `none` (RFC 8725, 2.1).
    Unsigned,
    /// Signed with the published key as a shared secret, HS256 (RFC 8725, 2.1).
    SignedWithPublicKey,
    /// Without an expiry.
    WithoutExpiry,
    /// Of another issuer, signed with the published key.
    WrongIssuer,
    /// Valid in an hour only: its `nbf` lies ahead (RFC 7519, 4.1.5).
    NotYetValid,
    /// No token at all.
    Unreadable,
}

/// Returns the bearer of this Service's notifications: one until shortly before it expires, because signing is slow.
pub(super) fn current(context: &Context) -> String {
    let life = context.settings().rulings.token_life;
    let margin = Duration::from_secs(300).min(life / 2);
    let fresh_until = Moment::now().plus(margin);
    if let Some((bearer, expires)) = &context.state().notification_bearer
        && *expires > fresh_until
    {
        return bearer.clone();
    }
    let bearer = sign(context, NotificationBearer::Valid);
    let expires = Moment::now().plus(life);
    context.state().notification_bearer = Some((bearer.clone(), expires));
    bearer
}

/// Signs a new bearer of this kind.
pub(super) fn sign(context: &Context, kind: NotificationBearer) -> String {
    let settings = context.settings();
    let now = Moment::now();
    let mut issued = now;
    let mut audience = settings.notification_audience.clone();
    let mut signer = Signer::Own;
    match kind {
        NotificationBearer::Valid => {}
        NotificationBearer::Expired => {
            issued = now
                .minus(settings.rulings.token_life)
                .minus(Duration::from_secs(3_600));
        }
        NotificationBearer::WrongAudience => audience.push_str("-of-another-service"),
        NotificationBearer::BadSignature => signer = Signer::Foreign,
        NotificationBearer::Unsigned => signer = Signer::None,
        NotificationBearer::SignedWithPublicKey => signer = Signer::PublicKey,
        NotificationBearer::Unreadable => return Uuid::new_v4().to_string(),
        NotificationBearer::WithoutExpiry
        | NotificationBearer::WrongIssuer
        | NotificationBearer::NotYetValid => {}
    }
    let mut claims = sage_id::claims(context, &audience, issued, Uuid::new_v4());
    match kind {
        NotificationBearer::WithoutExpiry => {
            claims.remove("exp");
        }
        NotificationBearer::NotYetValid => {
            let begins = now.plus(Duration::from_secs(3_600)).seconds();
            claims.insert("nbf".to_owned(), begins.into());
        }
        NotificationBearer::WrongIssuer => {
            let other = format!("{}-of-another-service", sage_id::issuer(context));
            claims.insert("iss".to_owned(), other.into());
        }
        _ => {}
    }
    token::sign(&claims.into(), signer)
}
