//! Mounts: the URLs of participants on a listener, and the programs behind them.
//!
//! A mount is one place on a listener. Taps serve mounts; the runner's own client looks a URL up here and sends the
//! request straight to the participant, so that no exchange is recorded twice.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use http_message::{same_path, segments};

use crate::journal::Lane;
use plan_language::participant::{Address, Callback, Participant};

/// The participant behind a mount.
#[derive(Clone)]
pub enum Upstream {
    /// A router in this process; paths below the mount are its own.
    Emulated(Router),
    /// A live one at this URL, to which the path below the mount is added.
    Live(String),
    /// A live one with a URL for each beginning of the path below the mount (`/v1`), which it replaces; other paths are
    /// not served.
    Parts(Vec<(String, String)>),
}

impl Upstream {
    /// Returns the base URL of a live participant, and the part of a path below the mount that is added to it.
    pub fn live<'p>(&self, rest: &'p str) -> Option<(&str, &'p str)> {
        match self {
            Self::Emulated(_) => None,
            Self::Live(base) => Some((base, rest)),
            Self::Parts(parts) => parts
                .iter()
                .find_map(|(start, base)| Some((base.as_str(), below(rest, start)?))),
        }
    }

    /// Tells whether the participant serves a path below the mount.
    fn serves(&self, rest: &str) -> bool {
        !matches!(self, Self::Parts(_)) || self.live(rest).is_some()
    }
}

/// The owner of a mount, from which the addresses of paths below it follow.
#[derive(Clone, Debug)]
pub enum MountOwner {
    /// The service with its identity provider below `/sageid`.
    Service,
    /// A provider; some paths are its registered callbacks.
    Provider(Vec<(String, Callback)>),
    /// One callback, whatever the path.
    Callback(Callback),
    /// The product; the mount is its return page for browsers.
    Return,
}

/// One place on a listener.
pub struct Mount {
    /// Public base URL, without a slash at its end.
    pub base: String,
    /// The participant behind it.
    pub upstream: Upstream,
    /// The owner of its addresses.
    pub owner: MountOwner,
    /// The case that alone uses the mount, if only one does.
    pub lane: Option<Lane>,
}

impl Mount {
    /// Returns the address of a path below the mount.
    pub fn address(&self, path: &str) -> Address {
        match &self.owner {
            MountOwner::Callback(callback) => Address::callback(*callback),
            MountOwner::Return => Address::of(Participant::Product),
            MountOwner::Service if begins_with(path, "sageid") => Address::of(Participant::Sageid),
            MountOwner::Service => Address::of(Participant::Service),
            MountOwner::Provider(callbacks) => callbacks
                .iter()
                .find(|(own, _)| same_path(own, path))
                .map_or(Address::of(Participant::Provider), |(_, callback)| {
                    Address::callback(*callback)
                }),
        }
    }
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mount")
            .field("base", &self.base)
            .field("owner", &self.owner)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// All mounts of a run, by origin and first segment of the path.
///
/// Participants outside may reach an origin by a public base URL with a path of its own; a proxy in front may remove that
/// path, or leave it.
#[derive(Debug, Default)]
pub struct Mounts(RwLock<MountTable>);

#[derive(Debug, Default)]
struct MountTable {
    mounts: HashMap<(String, String), Arc<Mount>>,
    /// Public base URLs, with the origin that each leads to.
    public: Vec<(String, String)>,
}

impl MountTable {
    fn find<'p>(&self, origin: &str, path: &'p str) -> Option<(Arc<Mount>, &'p str)> {
        let inner = path.strip_prefix('/').unwrap_or(path);
        let end = inner.find(['/', '?', '#']).unwrap_or(inner.len());
        let key = |segment: &str| (origin.to_owned(), segment.to_owned());
        let named = match end {
            0 => None,
            end => self.mounts.get(&key(&inner[..end])),
        };
        if let Some(mount) = named {
            return Some((mount.clone(), &inner[end..]));
        }
        let root = self.mounts.get(&key(""))?;
        root.upstream.serves(path).then(|| (root.clone(), path))
    }
}

impl Mounts {
    /// Adds a mount; `origin` is `http://host:port`, `segment` the first part of the path, or empty for the root.
    pub fn add(&self, origin: &str, segment: &str, mount: Arc<Mount>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .mounts
            .insert((origin.to_owned(), segment.to_owned()), mount);
    }

    /// Removes a mount.
    pub fn remove(&self, origin: &str, segment: &str) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .mounts
            .remove(&(origin.to_owned(), segment.to_owned()));
    }

    /// Registers a public base URL of an origin, without a slash at its end; its path may have several segments.
    pub fn publish(&self, public: &str, origin: &str) {
        if public != origin {
            self.0
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .public
                .push((public.to_owned(), origin.to_owned()));
        }
    }

    /// Returns a path that arrived at an origin without the path of its public base URL, if it still begins with that.
    pub fn inside<'p>(&self, origin: &str, path: &'p str) -> &'p str {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut prefixes = known
            .public
            .iter()
            .filter(|(_, leads_to)| leads_to == origin)
            .map(|(public, _)| split(public).map_or("", |(_, path)| path))
            .filter(|prefix| !prefix.is_empty());
        prefixes
            .find_map(|prefix| below(path, prefix))
            .unwrap_or(path)
    }

    /// Finds the mount of a path that arrived at an origin, and the path below the mount; a query stays part of the path.
    pub fn find<'p>(&self, origin: &str, path: &'p str) -> Option<(Arc<Mount>, &'p str)> {
        let path = self.inside(origin, path);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.find(origin, path)
    }

    /// Finds the mount of an absolute URL, public or not, and the path and query below it.
    pub fn find_url<'u>(&self, url: &'u str) -> Option<(Arc<Mount>, &'u str)> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let public = known.public.iter();
        if let Some((origin, rest)) = public
            .filter_map(|(public, origin)| Some((origin, below(url, public)?)))
            .next()
        {
            return known.find(origin, rest);
        }
        let (origin, path) = split(url)?;
        known.find(origin, path)
    }
}

/// Returns whether the first segment of a path is a word, however it is encoded.
pub fn begins_with(path: &str, word: &str) -> bool {
    segments(path).is_some_and(|segments| segments.first().is_some_and(|first| first == word))
}

/// Splits an absolute URL into its origin and the rest.
fn split(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    Some(url.split_at(end))
}

/// Returns what follows a beginning that ends where a segment of the path does.
fn below<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(start)?;
    (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(owner: MountOwner) -> Arc<Mount> {
        Arc::new(Mount {
            base: "http://h:1/a".into(),
            upstream: Upstream::Live("http://elsewhere".into()),
            owner,
            lane: None,
        })
    }

    #[test]
    fn a_url_finds_its_mount_and_what_is_below() {
        let mounts = Mounts::default();
        mounts.add("http://h:1", "a", mount(MountOwner::Service));
        let below = |url: &'static str| mounts.find_url(url).map(|(_, rest)| rest);
        assert_eq!(below("http://h:1/a/v1/x?q=/1"), Some("/v1/x?q=/1"));
        assert_eq!(below("http://h:1/a"), Some(""));
        assert_eq!(below("http://h:1/a?q=1"), Some("?q=1"));
        assert_eq!(below("http://h:1/ab/v1"), None);
        assert_eq!(below("http://h:2/a/v1"), None);
        mounts.add("http://h:1", "", mount(MountOwner::Service));
        assert_eq!(below("http://h:1/ab/v1"), Some("/ab/v1"));
    }

    #[test]
    fn a_public_base_leads_to_the_mounts_of_its_origin_whether_its_path_is_taken_away_or_not() {
        let (origin, public) = ("http://h:1", "https://x.example/feed/proof");
        let mounts = Mounts::default();
        mounts.publish(public, origin);
        mounts.add(origin, "a", mount(MountOwner::Return));
        let url = |url: &'static str| mounts.find_url(url).map(|(_, rest)| rest);
        assert_eq!(url("https://x.example/feed/proof/a/b?q=1"), Some("/b?q=1"));
        assert_eq!(url("https://x.example/feed/proof/a"), Some(""));
        assert_eq!(url("http://h:1/a/b"), Some("/b"));
        for foreign in [
            "https://x.example/feed/proof",
            "https://x.example/feed/proofs/a",
            "https://x.example/a",
            "https://x.example/feed/a",
            "https://y.example/feed/proof/a",
        ] {
            assert_eq!(url(foreign), None, "{foreign}");
        }
        let arrived = |path: &'static str| mounts.find(origin, path).map(|(_, rest)| rest);
        assert_eq!(arrived("/a/b"), Some("/b"), "its path was taken away");
        assert_eq!(arrived("/feed/proof/a/b"), Some("/b"), "its path was left");
        assert_eq!(arrived("/feed/a/b"), None);
        assert_eq!(mounts.inside(origin, "/feed/proof"), "");
        assert_eq!(
            mounts.inside("http://h:2", "/feed/proof/a"),
            "/feed/proof/a"
        );
        mounts.add(origin, "", mount(MountOwner::Service));
        assert_eq!(arrived("/feed/proof/v1/x"), Some("/v1/x"));
        assert_eq!(url("https://x.example/feed/proof/v1/x"), Some("/v1/x"));
        assert_eq!(url("https://x.example/feed/proof"), Some(""));
        assert_eq!(url("https://x.example/v1/x"), None);
    }

    #[test]
    fn parts_of_a_live_service_have_bases_of_their_own() {
        let upstream = Upstream::Parts(vec![
            ("/v1".into(), "https://api.example/provider/v1".into()),
            ("/sageid".into(), "https://id.example".into()),
        ]);
        assert_eq!(
            upstream.live("/v1/statements?q=1"),
            Some(("https://api.example/provider/v1", "/statements?q=1"))
        );
        assert_eq!(
            upstream.live("/sageid/oauth/token"),
            Some(("https://id.example", "/oauth/token"))
        );
        assert_eq!(upstream.live("/v10/statements"), None);
        let mounts = Mounts::default();
        let parts = Mount {
            base: "http://h:1".into(),
            upstream,
            owner: MountOwner::Service,
            lane: None,
        };
        mounts.add("http://h:1", "", Arc::new(parts));
        let found = |path| mounts.find("http://h:1", path).map(|(_, rest)| rest);
        assert_eq!(found("/v1/x"), Some("/v1/x"));
        assert_eq!(found("/robots.txt"), None, "no part serves it");
    }

    #[test]
    fn paths_map_to_addresses() {
        let service = mount(MountOwner::Service);
        assert_eq!(
            service.address("/sageid/oauth/token"),
            Address::of(Participant::Sageid)
        );
        assert_eq!(
            service.address("/%73ageid/oauth/token"),
            Address::of(Participant::Sageid)
        );
        assert_eq!(
            service.address("/v1/statements"),
            Address::of(Participant::Service)
        );
        let provider = mount(MountOwner::Provider(vec![("/auth".into(), Callback::Auth)]));
        for path in ["/auth", "/auth/", "/%61uth"] {
            assert_eq!(provider.address(path), Address::callback(Callback::Auth));
        }
        assert_eq!(
            provider.address("/auth/login"),
            Address::of(Participant::Provider)
        );
    }
}
