//! Addresses: which are nobody's, and what one becomes when something is put below it.

/// Tells whether a host is one of the names that never exist; a plan uses them for an address that must only be
/// written, and nobody is to be asked for it.
pub fn names_nobody(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "invalid" || host.ends_with(".invalid")
}

/// Joins a base URL and what is below it; a query goes behind one that the base has already.
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
        .filter(|one| !one.is_empty())
        .collect();
    let path = match path.is_empty() {
        true => base.to_owned(),
        false => format!("{}{path}", base.trim_end_matches('/')),
    };
    match queries.is_empty() {
        true => path,
        false => format!("{path}?{}", queries.join("&")),
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
