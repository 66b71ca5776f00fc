//! Media types: what a `content-type` says a body is.

/// What a `content-type` says about a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// Type and subtype in lower case, without parameters; empty without a header.
    pub essence: String,
    /// The parameter `charset`, in lower case.
    pub charset: Option<String>,
}

impl MediaType {
    /// Reads the value of a `content-type`.
    ///
    /// ```
    /// use http_message::MediaType;
    ///
    /// let media = MediaType::read("application/problem+json; Charset=\"UTF-8\"");
    /// assert!(media.is_json());
    /// assert_eq!(media.charset.as_deref(), Some("utf-8"));
    /// ```
    pub fn read(value: &str) -> Self {
        let mut parts = value.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let named = name.trim().eq_ignore_ascii_case("charset");
            let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
            (named && !value.is_empty()).then_some(value)
        });
        Self { essence, charset }
    }

    /// Returns whether a body of this type is JSON: `application/json`, `text/json`, and every subtype `+json`.
    pub fn is_json(&self) -> bool {
        let subtype = self.subtype();
        matches!(subtype, "json" | "x-json") || subtype.ends_with("+json")
    }

    /// Returns whether a body of this type is a form of the kind that HTML sends by default.
    pub fn is_form(&self) -> bool {
        self.essence == "application/x-www-form-urlencoded"
    }

    /// Returns whether a body of this type is a page.
    pub fn is_html(&self) -> bool {
        matches!(self.essence.as_str(), "text/html" | "application/xhtml+xml")
    }

    /// Returns whether a body of this type claims to be text.
    pub fn is_text(&self) -> bool {
        let subtype = self.subtype();
        self.essence.starts_with("text/")
            || self.is_json()
            || self.is_form()
            || matches!(subtype, "xml" | "javascript")
            || subtype.ends_with("+xml")
    }

    fn subtype(&self) -> &str {
        self.essence
            .split_once('/')
            .map_or("", |(_, subtype)| subtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_many_media_types() {
        for json in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "text/json",
            "application/problem+json;charset=\"utf-8\"",
            "application/vnd.bank.accounts+json; version=2",
        ] {
            assert!(MediaType::read(json).is_json(), "{json}");
        }
        for other in ["", "application/jsonl", "application/x-ndjson", "json"] {
            assert!(!MediaType::read(other).is_json(), "{other}");
        }
    }

    #[test]
    fn a_charset_is_read_however_it_is_written() {
        for (value, charset) in [
            ("text/html; charset=ISO-8859-1", Some("iso-8859-1")),
            ("text/html;CHARSET=\"Utf-8\" ; q=1", Some("utf-8")),
            ("text/html; charset=", None),
            ("text/html; boundary=charset", None),
        ] {
            assert_eq!(
                MediaType::read(value).charset.as_deref(),
                charset,
                "{value}"
            );
        }
    }
}
