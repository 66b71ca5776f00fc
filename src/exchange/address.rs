//! Addresses: hosts that never exist, and URLs below a base.

/// Tells whether a host is below `.invalid`, which never exists (RFC 6761, section 6.4).
///
/// A plan uses such a host for an address that only has to be written; feedproof never resolves it.
pub fn names_nobody(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "invalid" || host.ends_with(".invalid")
}

/// Joins a base URL and a path with query below it; its query follows the one that the base has.
pub(super) fn join(base: &str, rest: &str) -> String {
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let (base, own) = match base.split_once('?') {
        Some((base, own)) => (base, Some(own)),
        None => (base, None),
    };
    let queries: Vec<_> = [own, query]
        .into_iter()
        .flatten()
        .filter(|query| !query.is_empty())
        .collect();
    let path = if path.is_empty() {
        base.to_owned()
    } else {
        format!("{}{path}", base.trim_end_matches('/'))
    };
    if queries.is_empty() {
        path
    } else {
        format!("{path}?{}", queries.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_base_is_joined_without_losing_a_query() {
        assert_eq!(join("http://x/n", ""), "http://x/n");
        assert_eq!(join("http://x/n?k=1", "?q=2"), "http://x/n?k=1&q=2");
        assert_eq!(join("http://x/n/", "/a?q=2"), "http://x/n/a?q=2");
    }
}
