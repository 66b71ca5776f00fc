//! Addresses of pages as masked text: resolved, compared and given a query without touching the handles in them.
//!
//! A handle contains characters that mean something in a URL, so placeholders replace handles while a URL is parsed.

use std::collections::HashSet;

use url::{Url, form_urlencoded};

use super::submission::{line_ends, urlencoded};
use plan_language::value::handle;

/// The longest reference that is followed, in bytes.
const REFERENCE_BYTES_MAX: usize = 16 << 10;

/// Why a reference leads to no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misrouted {
    /// It is longer than any browser takes.
    #[error("leads to an address of {0} bytes, which is too long")]
    TooLong(usize),
    /// It cannot be read.
    #[error("leads to `{0}`, which is not an address")]
    Unreadable(String),
    /// Its scheme is neither http nor https.
    #[error("leads to a `{0}:` address, which is no web page")]
    NoPage(String),
}

/// Where a reference leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Absolute URL without fragment.
    pub(super) url: String,
    /// Its fragment, without `#`; perhaps empty.
    pub(super) fragment: Option<String>,
}

impl Target {
    /// Returns the whole address, as a browser shows it.
    pub(super) fn whole(&self) -> String {
        match &self.fragment {
            Some(fragment) => format!("{}#{fragment}", self.url),
            None => self.url.clone(),
        }
    }
}

/// Resolves a reference as a browser does and returns the absolute URL without its fragment.
///
/// # Errors
/// [`Misrouted`] when that is no http or https URL.
pub(super) fn resolve(base: Option<&str>, reference: &str) -> Result<String, Misrouted> {
    target(base, reference).map(|target| target.url)
}

/// Resolves a reference as a browser does.
///
/// # Errors
/// [`Misrouted`] when that is no http or https URL.
pub(super) fn target(base: Option<&str>, reference: &str) -> Result<Target, Misrouted> {
    if reference.len() > REFERENCE_BYTES_MAX {
        return Err(Misrouted::TooLong(reference.len()));
    }
    let placeholders = Placeholders::over(&[base.unwrap_or_default(), reference]);
    let unreadable = || Misrouted::Unreadable(super::text::shorten(reference));
    let covered = placeholders.cover(reference);
    let mut url = match base {
        None => Url::parse(&covered),
        Some(base) => Url::parse(&placeholders.cover(base)).and_then(|base| base.join(&covered)),
    }
    .map_err(|_| unreadable())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Misrouted::NoPage(url.scheme().to_owned()));
    }
    let fragment = url.fragment().map(|fragment| placeholders.lift(fragment));
    url.set_fragment(None);
    Ok(Target {
        url: placeholders.lift(url.as_str()),
        fragment,
    })
}

/// Splits an absolute address from its fragment; the `#` of a handle begins none.
pub(super) fn split_fragment(address: &str) -> (&str, Option<&str>) {
    let handles: Vec<_> = handle::find(address).map(|(range, _)| range).collect();
    let begins = |at: usize| !handles.iter().any(|range| range.contains(&at));
    let mut signs = address.match_indices('#').map(|(at, _)| at);
    match signs.find(|at| begins(*at)) {
        Some(at) => (&address[..at], Some(&address[at + 1..])),
        None => (address, None),
    }
}

/// Replaces the query of a resolved address by the fields of a form, in a character set.
pub(super) fn with_query(address: &str, pairs: &[(String, String)], charset: &str) -> String {
    let mut texts = vec![address];
    texts.extend(
        pairs
            .iter()
            .flat_map(|(name, value)| [name.as_str(), value.as_str()]),
    );
    let placeholders = Placeholders::over(&texts);
    let cover = |text: &str| line_ends(&placeholders.cover(text));
    let covered: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (cover(name), cover(value)))
        .collect();
    let query = urlencoded(&covered, charset);
    format!("{}?{}", trunk(address), placeholders.lift(&query))
}

/// Returns the decoded values of a query parameter of a resolved address, in order.
pub(super) fn query_values(address: &str, name: &str) -> Vec<String> {
    let placeholders = Placeholders::over(&[address]);
    let covered = placeholders.cover(address);
    let query = covered.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| placeholders.lift(&value))
        .collect()
}

/// Returns a resolved address without its query: scheme, host, port and path.
pub(super) fn trunk(address: &str) -> &str {
    address.split_once('?').map_or(address, |(trunk, _)| trunk)
}

/// Tells whether a resolved address lies at a prefix or below it; a prefix ends where a part of the URL ends.
pub(super) fn lies_below(address: &str, prefix: &str) -> bool {
    const BORDERS: [char; 4] = ['/', '?', '&', '='];
    let Ok(prefix) = resolve(None, prefix) else {
        return false;
    };
    address.strip_prefix(&prefix).is_some_and(|rest| {
        prefix.ends_with(BORDERS) || rest.is_empty() || rest.starts_with(BORDERS)
    })
}

/// Placeholders for the handles of some texts, while these are parsed as URLs.
struct Placeholders {
    /// The beginning of every placeholder; occurs in none of the texts.
    salt: String,
    /// The handles, as they are written.
    marks: Vec<String>,
}

impl Placeholders {
    fn over(texts: &[&str]) -> Self {
        let mut marks: Vec<String> = texts
            .iter()
            .flat_map(|text| handle::find(text).map(|(range, _)| text[range].to_owned()))
            .collect();
        marks.sort();
        marks.dedup();
        let taken: HashSet<u64> = texts
            .iter()
            .flat_map(|text| {
                let text = text.to_lowercase();
                text.split(PLACEHOLDER)
                    .filter_map(|rest| number_at(rest).map(|(number, _)| number))
                    .collect::<Vec<_>>()
            })
            .collect();
        let free = (0..).find(|number| !taken.contains(number));
        // The texts cannot hold every number there is.
        let salt = format!("{PLACEHOLDER}{}x", free.unwrap_or_default());
        Self { salt, marks }
    }

    fn cover(&self, text: &str) -> String {
        let mut covered = String::with_capacity(text.len());
        let mut at = 0;
        for (range, _) in handle::find(text) {
            if let Ok(place) = self
                .marks
                .binary_search_by(|mark| mark.as_str().cmp(&text[range.clone()]))
            {
                covered.push_str(&text[at..range.start]);
                covered.push_str(&format!("{}{place}z", self.salt));
                at = range.end;
            }
        }
        covered.push_str(&text[at..]);
        covered
    }

    fn lift(&self, text: &str) -> String {
        let mut parts = text.split(self.salt.as_str());
        let mut lifted = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let found = number_at(part).and_then(|(place, rest)| {
                let mark = self.marks.get(usize::try_from(place).ok()?)?;
                Some((mark, rest.strip_prefix('z')?))
            });
            match found {
                Some((mark, rest)) => {
                    lifted.push_str(mark);
                    lifted.push_str(rest);
                }
                None => {
                    lifted.push_str(&self.salt);
                    lifted.push_str(part);
                }
            }
        }
        lifted
    }
}

/// The beginning of every placeholder; in lower case, as the host of a URL is.
const PLACEHOLDER: &str = "veiled";

/// Reads the number with which a text begins, and returns it with what follows.
fn number_at(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "\u{27e6}secret:token#a91f\u{27e7}";

    fn check(base: &str, reference: &str, expected: &str) {
        assert_eq!(
            resolve(Some(base), reference).as_deref(),
            Ok(expected),
            "{reference}"
        );
    }

    #[test]
    fn references_resolve_as_in_a_browser_and_lose_their_fragment() {
        check("http://h:1/a/b?x=1", "c?y=2#z", "http://h:1/a/c?y=2");
        check("http://h:1/a/b?x=1", "", "http://h:1/a/b?x=1");
        check("http://h:1/a/b", "//other/c", "http://other/c");
        check("http://h:1/a/b", "/../c", "http://h:1/c");
    }

    #[test]
    fn a_fragment_is_kept_apart_and_the_sign_in_a_handle_begins_none() {
        let found = target(Some("http://h/"), "/a?b#_=_").expect("it is an address");
        assert_eq!(
            (found.url.as_str(), found.fragment.as_deref()),
            ("http://h/a?b", Some("_=_"))
        );
        assert_eq!(found.whole(), "http://h/a?b#_=_");
        assert_eq!(
            split_fragment("http://h/a#b#c"),
            ("http://h/a", Some("b#c"))
        );
        let marked = format!("http://h/{MARK}");
        assert_eq!(split_fragment(&marked), (marked.as_str(), None));
    }

    #[test]
    fn what_is_no_page_is_told_apart_from_what_is_no_address() {
        assert_eq!(
            resolve(Some("http://h/"), "javascript:void(0)"),
            Err(Misrouted::NoPage("javascript".into()))
        );
        assert_eq!(
            resolve(Some("http://h/"), "http://[bad"),
            Err(Misrouted::Unreadable("http://[bad".into()))
        );
        assert!(resolve(None, "/relative").is_err());
        let longest = format!("/{}", "a".repeat(REFERENCE_BYTES_MAX - 1));
        assert!(resolve(Some("http://h/"), &longest).is_ok());
        assert_eq!(
            resolve(Some("http://h/"), &format!("{longest}a")),
            Err(Misrouted::TooLong(REFERENCE_BYTES_MAX + 1))
        );
    }

    #[test]
    fn handles_survive_wherever_they_stand() {
        let base = format!("http://h/{MARK}/x");
        check(
            &base,
            &format!("y?t={MARK}&u=1#f"),
            &format!("http://h/{MARK}/y?t={MARK}&u=1"),
        );
        check(
            &base,
            &format!("http://h/?veiled0x0z={MARK}"),
            &format!("http://h/?veiled0x0z={MARK}"),
        );
        let address = format!("http://h/?redirect_uri=http%3A%2F%2Fr%2F{MARK}&x=1");
        assert_eq!(
            query_values(&address, "redirect_uri"),
            [format!("http://r/{MARK}")]
        );
    }

    #[test]
    fn a_form_by_get_replaces_the_query() {
        let pairs = [
            ("q".to_owned(), format!("a&b {MARK}")),
            ("é".to_owned(), String::new()),
        ];
        assert_eq!(
            with_query("http://h/x?old=1", &pairs, ""),
            format!("http://h/x?q=a%26b+{MARK}&%C3%A9=")
        );
        assert_eq!(
            with_query("http://h/x", &pairs, "iso-8859-1"),
            format!("http://h/x?q=a%26b+{MARK}&%E9=")
        );
    }

    #[test]
    fn a_prefix_ends_where_a_part_ends() {
        for (address, prefix, expected) in [
            ("http://h:1/back?state=1", "http://h:1/back", true),
            ("http://h:1/back", "http://h:1/back", true),
            ("http://h:1/back/x", "http://h:1/back", true),
            ("http://h:1/backdoor", "http://h:1/back", false),
            ("http://h:1/back-2", "http://h:1/back-", false),
            ("http://h:1/x", "http://h:1", true),
            ("http://h:12/x", "http://h:1", false),
            ("http://h/back?a=1&state=2", "http://h/back?a=1", true),
            ("http://h/back?a=12", "http://h/back?a=1", false),
            ("http://h/x", "", false),
        ] {
            assert_eq!(lies_below(address, prefix), expected, "{address} {prefix}");
        }
    }
}
