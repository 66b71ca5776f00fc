//! Identifiers: UUIDs have several spellings, every other identifier has one.

use std::borrow::Cow;

use uuid::Uuid;

/// Returns an identifier in its one spelling: a UUID in lower case with hyphens, anything else as it is.
///
/// RFC 9562 reads UUIDs regardless of case, and some platforms write them in capitals.
///
/// ```
/// use http_message::canonical_id;
///
/// let id = "FA6A0000-0000-4000-8000-00000000000A";
/// assert_eq!(canonical_id(id), "fa6a0000-0000-4000-8000-00000000000a");
/// assert_eq!(canonical_id("Acct-9"), "Acct-9");
/// ```
pub fn canonical_id(id: &str) -> Cow<'_, str> {
    match Uuid::try_parse(id) {
        Ok(uuid) => Cow::Owned(uuid.as_hyphenated().to_string()),
        Err(_) => Cow::Borrowed(id),
    }
}

/// Returns whether two texts are the same identifier: the same text, or spellings of one UUID.
pub fn same_id(one: &str, other: &str) -> bool {
    one == other
        || Uuid::try_parse(one)
            .ok()
            .zip(Uuid::try_parse(other).ok())
            .is_some_and(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_the_same_in_every_spelling_and_other_texts_in_none() {
        let id = "fa6a0000-0000-4000-8000-00000000000a";
        for spelling in [
            id,
            "FA6A0000-0000-4000-8000-00000000000A",
            "fa6a000000004000800000000000000a",
            "{FA6A0000-0000-4000-8000-00000000000A}",
        ] {
            assert!(same_id(id, spelling), "{spelling}");
            assert_eq!(canonical_id(spelling), id);
        }
        assert!(!same_id(id, "fa6a0000-0000-4000-8000-00000000000b"));
        assert!(!same_id("acct-9", "ACCT-9"));
        assert!(!same_id("", "fa6a0000-0000-4000-8000-00000000000b"));
    }
}
