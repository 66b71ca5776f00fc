//! The doctor: what must hold around a run before anything is judged.
//!
//! Looks at names, ports, certificates, clocks, the provider's endpoints, the agreed credentials and the way back
//! to us. What it finds is about the surroundings, never about a requirement: it appends nothing to the journal,
//! and goes past the sink. Printing and exit codes are left to the command line.

mod endpoint;
mod way_back;

use std::time::SystemTime;

use futures_util::future::join_all;
use url::Url;

use crate::topology::Preflight;
use plan_language::participant::Callback;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What costs nothing and changes nothing: names, ports, certificates, clocks. `run` does this part first.
    Cheap,
    /// All of it; the provider is sent one notification, of an authorisation that nobody will use.
    Whole,
}

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Well,
    /// Could not be looked at, or there is nothing to look at.
    Unseen,
    /// A run may suffer from it.
    Doubtful,
    /// A run would judge nothing.
    Ill,
}

impl State {
    /// Returns the word for the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Unseen => "not seen",
            Self::Doubtful => "doubtful",
            Self::Ill => "wrong",
        }
    }
}

/// One thing that was looked at; texts are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What was looked at, in a few words.
    pub what: String,
    /// How it was found.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Examined {
    /// Draws up a finding without a hint.
    pub fn new(what: impl Into<String>, state: State, seen: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            state,
            seen: seen.into(),
            hint: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Looks at everything; findings come in a fixed order, whoever answers first.
///
/// Each single question is given up after ten seconds. `now` is the moment of the question, for clocks.
pub async fn examine(
    preflight: &Preflight,
    depth: Depth,
    now: fn() -> SystemTime,
) -> Vec<Examined> {
    let endpoints: Vec<(Callback, Url)> = preflight
        .callbacks
        .iter()
        .filter_map(|(callback, url)| Some((*callback, Url::parse(url).ok()?)))
        .collect();
    let way_back = async {
        let mut found = vec![way_back::way_back(preflight).await];
        if depth == Depth::Whole {
            found.push(way_back::tokens(preflight).await);
        }
        found
    };
    let named = async {
        let hosts = distinct(&endpoints, place);
        let looked = hosts
            .iter()
            .map(|(_, url)| endpoint::resolves(preflight, url));
        let hosts: Vec<(String, Examined)> = hosts
            .iter()
            .map(|(_, url)| place(url))
            .zip(join_all(looked).await)
            .collect();
        let answers = join_all(endpoints.iter().map(async |(callback, url)| {
            let ill = |(host, found): &(String, Examined)| {
                *host == place(url) && found.state == State::Ill
            };
            match hosts.iter().any(ill) {
                true => (endpoint::nameless(*callback), None),
                false => endpoint::answers(preflight, *callback, url, now).await,
            }
        }))
        .await;
        (hosts, answers)
    };
    let (way_back, (hosts, answers)) = tokio::join!(way_back, named);
    let mut found = way_back;
    found.extend(hosts.into_iter().map(|(_, host)| host));
    let mut clocks: Vec<(String, Examined)> = Vec::new();
    let mut reached = false;
    for ((_, url), (examined, clock)) in endpoints.iter().zip(answers) {
        reached |= matches!(examined.state, State::Well | State::Doubtful);
        found.push(examined);
        let origin = url.origin().ascii_serialization();
        if let Some(clock) = clock
            && !clocks.iter().any(|(known, _)| *known == origin)
        {
            clocks.push((origin, clock));
        }
    }
    found.extend(clocks.into_iter().map(|(_, clock)| clock));
    if depth == Depth::Whole && !endpoints.is_empty() {
        // Whoever gives no answer to anything has no word on credentials.
        found.push(match reached {
            true => endpoint::credentials(preflight).await,
            false => Examined::new(
                "notification credentials",
                State::Unseen,
                "the connector did not answer",
            ),
        });
    }
    for one in &mut found {
        one.seen = preflight.vault.mask(&one.seen).into_owned();
    }
    found
}

/// Returns the worst state that was found.
pub fn worst(found: &[Examined]) -> State {
    found
        .iter()
        .map(|one| one.state)
        .max()
        .unwrap_or(State::Unseen)
}

/// Names host and port of an endpoint.
fn place(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// Keeps the first of those that are alike.
fn distinct(endpoints: &[(Callback, Url)], key: impl Fn(&Url) -> String) -> Vec<&(Callback, Url)> {
    let mut known = std::collections::HashSet::new();
    endpoints
        .iter()
        .filter(|(_, url)| known.insert(key(url)))
        .collect()
}

#[cfg(test)]
mod tests;
