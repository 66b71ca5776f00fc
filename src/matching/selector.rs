//! Selects the requests that a plan means: those of a `receive`, a `never` or a `stub`.

use http_message::{same_path, segments};

use crate::journal::Message;
use crate::matching::compared::Compared;
use crate::matching::demand::Demand;
use plan_language::participant::{Address, Participant};
use plan_language::plan::Query;
use plan_language::value::{Answer, Scope, Unset};

/// Selects requests by address, method, path and content, with all values filled in.
#[derive(Debug)]
pub struct Selector {
    /// The method, in upper case.
    pub method: String,
    /// The path below the participant's base address; `None` selects any path.
    pub path: Option<String>,
    /// Where the request arrives.
    pub at: Address,
    /// What else the request must contain.
    pub select: Demand,
}

impl Selector {
    /// Fills values into a query.
    ///
    /// # Errors
    /// [`Unset`] when a value that the query refers to is not bound.
    pub fn resolve(query: &Query, scope: &dyn Scope) -> Result<Self, Unset> {
        Ok(Self {
            method: query.method.clone(),
            path: query
                .path
                .as_ref()
                .map(|path| path.render(scope))
                .transpose()?,
            at: query.at,
            select: Demand::resolve(&query.select, scope)?,
        })
    }

    /// Returns whether address, method and path of a request are the selected ones.
    pub fn concerns(&self, to: Address, message: &Message) -> bool {
        self.at.covers(to)
            && message.method.as_deref() == Some(&self.method)
            && self
                .path
                .as_deref()
                .is_none_or(|path| names_same(path, below_base(to, &message.path)))
    }

    /// Returns whether the selector selects a request, its content included.
    pub fn selects(&self, to: Address, message: &Message) -> bool {
        self.concerns(to, message) && self.select.test(message).holds()
    }

    /// Returns how a request compares with the selected content, `None` unless that leaves undecided whether it is
    /// selected.
    pub fn undecided(&self, to: Address, message: &Message) -> Option<Compared> {
        let compared = self
            .concerns(to, message)
            .then(|| self.select.test(message));
        compared.filter(|compared| compared.answer() == Answer::Undecided)
    }

    /// Describes the selected requests: `POST /v1/statements at service`.
    pub fn title(&self) -> String {
        match &self.path {
            Some(path) => format!("{} {path} at {}", self.method, self.at),
            None => format!("{} at {}", self.method, self.at),
        }
    }
}

/// Returns a path below the base of its participant: Sage ID lies below the service, in a folder of its own.
fn below_base(to: Address, path: &str) -> &str {
    let below = path.strip_prefix("/sageid");
    let below = below.filter(|rest| to.participant == Participant::Sageid && rest.starts_with('/'));
    below.unwrap_or(path)
}

/// Returns whether two paths name the same resource.
///
/// Words in paths of the Consumer API count regardless of case, as the service reads them; the emulator's own table of
/// routes says the same, but cannot be asked: it is no dependency of this module, and a live service has another.
fn names_same(wanted: &str, seen: &str) -> bool {
    let consumer = |path: &str| {
        segments(path)?
            .first()
            .is_some_and(|first| first.eq_ignore_ascii_case("api"))
            .then(|| path.to_ascii_lowercase())
    };
    same_path(wanted, seen)
        || consumer(wanted)
            .zip(consumer(seen))
            .is_some_and(|(wanted, seen)| same_path(&wanted, &seen))
}
