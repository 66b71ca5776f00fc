//! Paths: compared segment by segment, as a server reads them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::identifier::same_id;

/// Returns the decoded segments of a path; one slash at its end names nothing. `None` where they are not UTF-8.
///
/// An encoded slash does not separate segments.
///
/// ```
/// use http_message::segments;
///
/// assert_eq!(segments("/v1/%73tatements/").as_deref(), Some(&["v1".into(), "statements".into()][..]));
/// ```
pub fn segments(path: &str) -> Option<Vec<Cow<'_, str>>> {
    split(path)
        .map(|segment| percent_decode_str(segment).decode_utf8().ok())
        .collect()
}

/// Returns whether two paths name the same resource.
///
/// Percent-encoding, the spelling of UUIDs and one slash at the end make no difference.
pub fn same_path(one: &str, other: &str) -> bool {
    one == other || split(one).map(Segment).eq(split(other).map(Segment))
}

/// Lists the segments of a path as they are written.
fn split(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let segments = match inner.strip_suffix('/') {
        Some(inner) => Some(inner),
        None => (!inner.is_empty()).then_some(inner),
    };
    segments.into_iter().flat_map(|inner| inner.split('/'))
}

/// One segment as it is written; equal to another spelling of it.
struct Segment<'p>(&'p str);

impl PartialEq for Segment<'_> {
    fn eq(&self, other: &Self) -> bool {
        let decoded = |segment: &str| percent_decode_str(segment).collect::<Vec<u8>>();
        let (one, other) = (decoded(self.0), decoded(other.0));
        one == other
            || std::str::from_utf8(&one)
                .ok()
                .zip(std::str::from_utf8(&other).ok())
                .is_some_and(|(one, other)| same_id(one, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_path_are_the_same() {
        let id = "/v1/authorisations/fa6a0000-0000-4000-8000-00000000000a";
        for (one, other) in [
            ("/v1/statements", "/v1/%73tatements"),
            ("/v1/statements", "/v1/statements/"),
            ("", "/"),
            ("/a%2fb", "/a%2Fb"),
            ("/%ff/a", "/%FF/%61"),
            (
                id,
                "/v1/authorisations/FA6A0000-0000-4000-8000-00000000000A",
            ),
            (
                id,
                "/%761/authorisations/fa6a0000%2d0000-4000-8000-00000000000a/",
            ),
        ] {
            assert!(same_path(one, other), "{one} {other}");
            assert!(same_path(other, one), "{other} {one}");
        }
    }

    #[test]
    fn other_paths_differ() {
        for (one, other) in [
            ("/a%2fb", "/a/b"),
            ("/v1/statements", "/v1/Statements"),
            ("/v1/statements", "/v1//statements"),
            ("/v1/statements", "/v1/statements//"),
            ("/v1/statements", "/v1/./statements"),
            ("/a", "/a/b"),
            ("/%ff", "/%fe"),
            ("", "//"),
        ] {
            assert!(!same_path(one, other), "{one} {other}");
        }
    }
}
