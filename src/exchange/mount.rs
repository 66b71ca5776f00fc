//! Mounts: which participant is reached below which URL, and what stands behind it.
//!
//! A mount is one place on a listener. Taps serve mounts; the runner's own client looks a URL up here
//! and goes straight to what stands behind it, so that no exchange is recorded twice.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;

use crate::journal::{Address, Callback, Lane, Participant};

/// What stands behind a mount.
#[derive(Clone)]
pub enum Upstream {
    /// A router in this process; paths below the mount are its own.
    Embedded(Router),
    /// A URL, to which the path below the mount is added.
    Live(String),
}

/// How paths below a mount map to addresses.
#[derive(Clone, Debug)]
pub enum Face {
    /// The service with its identity provider below `/sageid`.
    Service,
    /// A provider; some paths are its registered callbacks.
    Provider(Vec<(String, Callback)>),
    /// One callback, whatever the path.
    Callback(Callback),
    /// The product's page to which a browser comes back.
    Return,
}

/// One place on a listener.
pub struct Mount {
    /// Public base URL, without a slash at its end.
    pub base: String,
    /// What stands behind.
    pub upstream: Upstream,
    /// Whose address it is.
    pub face: Face,
    /// The case to which everything here belongs, if only one uses it.
    pub lane: Option<Lane>,
}

impl Mount {
    /// Returns the address of a path below the mount.
    pub fn address(&self, path: &str) -> Address {
        match &self.face {
            Face::Callback(callback) => Address::callback(*callback),
            Face::Return => Address::of(Participant::Product),
            Face::Service if path == "/sageid" || path.starts_with("/sageid/") => {
                Address::of(Participant::Sageid)
            }
            Face::Service => Address::of(Participant::Service),
            Face::Provider(callbacks) => callbacks
                .iter()
                .find(|(own, _)| own == path)
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
            .field("face", &self.face)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// All mounts of a run, by origin and first segment of the path.
#[derive(Debug, Default)]
pub struct Mounts(RwLock<HashMap<(String, String), Arc<Mount>>>);

impl Mounts {
    /// Adds a mount; `origin` is `http://host:port`, `segment` the first part of the path, or empty for the root.
    pub fn add(&self, origin: &str, segment: &str, mount: Arc<Mount>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((origin.to_owned(), segment.to_owned()), mount);
    }

    /// Removes a mount.
    pub fn remove(&self, origin: &str, segment: &str) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(origin.to_owned(), segment.to_owned()));
    }

    /// Finds the mount of a path on an origin, and the path below the mount; a query stays where it is.
    pub fn find<'p>(&self, origin: &str, path: &'p str) -> Option<(Arc<Mount>, &'p str)> {
        let mounts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let inner = path.strip_prefix('/').unwrap_or(path);
        let end = inner.find(['/', '?', '#']).unwrap_or(inner.len());
        let key = |segment: &str| (origin.to_owned(), segment.to_owned());
        if let Some(mount) = mounts.get(&key(&inner[..end])) {
            return Some((mount.clone(), &inner[end..]));
        }
        mounts.get(&key("")).map(|mount| (mount.clone(), path))
    }

    /// Finds the mount of an absolute URL, and the path and query below it.
    pub fn find_url<'u>(&self, url: &'u str) -> Option<(Arc<Mount>, &'u str)> {
        let start = url.find("://")? + 3;
        let end = url[start..]
            .find(['/', '?', '#'])
            .map_or(url.len(), |at| start + at);
        self.find(&url[..end], &url[end..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(face: Face) -> Arc<Mount> {
        Arc::new(Mount {
            base: "http://h:1/a".into(),
            upstream: Upstream::Live("http://elsewhere".into()),
            face,
            lane: None,
        })
    }

    #[test]
    fn a_url_finds_its_mount_and_what_is_below() {
        let mounts = Mounts::default();
        mounts.add("http://h:1", "a", mount(Face::Service));
        let below = |url: &'static str| mounts.find_url(url).map(|(_, rest)| rest);
        assert_eq!(below("http://h:1/a/v1/x?q=/1"), Some("/v1/x?q=/1"));
        assert_eq!(below("http://h:1/a"), Some(""));
        assert_eq!(below("http://h:1/a?q=1"), Some("?q=1"));
        assert_eq!(below("http://h:1/ab/v1"), None);
        assert_eq!(below("http://h:2/a/v1"), None);
        mounts.add("http://h:1", "", mount(Face::Service));
        assert_eq!(below("http://h:1/ab/v1"), Some("/ab/v1"));
    }

    #[test]
    fn paths_map_to_addresses() {
        let service = mount(Face::Service);
        assert_eq!(
            service.address("/sageid/oauth/token"),
            Address::of(Participant::Sageid)
        );
        assert_eq!(
            service.address("/v1/statements"),
            Address::of(Participant::Service)
        );
        let provider = mount(Face::Provider(vec![("/auth".into(), Callback::Auth)]));
        assert_eq!(provider.address("/auth"), Address::callback(Callback::Auth));
        assert_eq!(
            provider.address("/auth/login"),
            Address::of(Participant::Provider)
        );
    }
}
