//! Refuses a message that a tap cannot take whole, and records the refusal.

use axum::http::StatusCode;
use axum::response::Response;

use crate::exchange::{Mount, MountOwner, Upstream};
use crate::journal::{Fact, Seq};
use crate::tap::Tap;
use crate::tap::reply::{plain, service_error};
use plan_language::participant::Address;

impl Tap {
    /// Records that a message was refused, and makes the response, with the position of the refusal; `why` may hold
    /// secrets.
    pub(super) fn refuse(
        &self,
        mount: &Mount,
        at: Address,
        status: StatusCode,
        why: &str,
    ) -> (Response, Seq) {
        let why = self.vault.mask(why).into_owned();
        let response = match (&mount.owner, &mount.upstream) {
            // To its caller the tap is the service, whose errors have a format (ruling 8.10).
            (MountOwner::Service, Upstream::Emulated(_)) => service_error(status, &why),
            _ => plain(status, &why),
        };
        let fact = Fact::Refused { at, why };
        let refused = self.journal.append(mount.lane.as_ref(), fact);
        (response, refused.seq)
    }
}
