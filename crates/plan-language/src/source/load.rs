//! Reads one YAML document into a [`Node`] tree. The only file that calls the YAML crate.
//!
//! The crate's own error type, options and positions stop here.

use super::{Finding, Key, Kind, Node, Span, comment, line, spelling};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{Error, Location, Options, Spanned, UserMessageFormatter};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// How often aliases may be unfolded in one file, counted in events: far above any plan, far below an alias bomb.
const ALIAS_EVENTS_MAX: usize = 50_000;

/// How deep arrays and objects may nest.
const DEPTH_MAX: usize = 64;

/// The byte order marks of UTF-16.
const UTF16_LE: [u8; 2] = [0xff, 0xfe];
const UTF16_BE: [u8; 2] = [0xfe, 0xff];

/// The stack of the reading thread: an unoptimised build takes 40 KB a level.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Reads one YAML document.
///
/// A byte order mark is skipped; an empty document is [`Kind::Null`]; merge keys (`<<`) are merged.
///
/// # Errors
///
/// At least one finding, in the order of the file: bytes that are not UTF-8, bad syntax, a second document, duplicate
/// keys, tags, unknown or exploding aliases, too deep nesting (of these the first is reported), and unquoted scalars
/// that some readers of YAML take for something else (all of them).
pub fn load(file: &str, bytes: &[u8]) -> Result<Node, Vec<Finding>> {
    let file: Arc<str> = Arc::from(file);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => return Err(vec![not_utf8(&file, bytes, error.valid_up_to())]),
    };
    let raw = parse(&file, text).map_err(|finding| vec![finding])?;
    let mut reading = Reading {
        file,
        text,
        findings: Vec::new(),
    };
    let node = reading.node(raw);
    if reading.findings.is_empty() {
        Ok(node)
    } else {
        reading.findings.sort_by(|a, b| a.span.cmp(&b.span));
        Err(reading.findings)
    }
}

/// Parses on a thread of its own, because the caller's stack may be too small for [`DEPTH_MAX`] levels.
fn parse(file: &Arc<str>, text: &str) -> Result<Raw, Finding> {
    let read = || {
        serde_saphyr::from_str_with_options::<Raw>(text, options()).map_err(|error| {
            let finding = explain(file, &error);
            let nearer = second_document(file, text, &error)
                .map(|span| Finding {
                    span,
                    ..finding.clone()
                })
                .or_else(|| tab_indent(file, text, &finding));
            within_line(text, nearer.unwrap_or(finding))
        })
    };
    let start = Span::new(file.clone(), 1, 1, 1);
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new()
            .name("yaml".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, read)
            .map_err(|error| {
                Finding::new(
                    &start,
                    format!("no thread could be started to read the file: {error}"),
                )
            })?;
        reader.join().unwrap_or_else(|_| {
            Err(
                Finding::new(&start, "the YAML reader broke down over this file")
                    .with_hint("halve the file until it is read, to find the place"),
            )
        })
    })
}

/// Returns the options every file is read with.
fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        // A non-finite number would end the reading; as a string it becomes one finding among others.
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: ALIAS_EVENTS_MAX },
        budget: serde_saphyr::budget! {
            max_nodes: 10_000_000,
            max_events: 20_000_000,
            max_depth: DEPTH_MAX,
        },
    }
}

/// A value as the YAML crate hands it over, with its two places.
type Raw = Spanned<RawKind>;

/// What a raw value is.
enum RawKind {
    Leaf(Kind),
    List(Vec<Raw>),
    Map(Vec<(Spanned<String>, Raw)>),
}

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON also has")
    }

    fn visit_unit<E: de::Error>(self) -> Result<RawKind, E> {
        Ok(RawKind::Leaf(Kind::Null))
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<RawKind, E> {
        Ok(RawKind::Leaf(Kind::Bool(truth)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<RawKind, E> {
        Ok(RawKind::Leaf(Kind::Number(number.into())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<RawKind, E> {
        Ok(RawKind::Leaf(Kind::Number(number.into())))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<RawKind, E> {
        Number::from_f64(number)
            .map(|number| RawKind::Leaf(Kind::Number(number)))
            .ok_or_else(|| E::custom("a number that JSON does not have"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawKind, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<RawKind, E> {
        Ok(RawKind::Leaf(Kind::Text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawKind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(RawKind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(RawKind::Map(entries))
    }
}

/// The second pass: raw values become nodes, and what is ambiguous is found.
struct Reading<'t> {
    file: Arc<str>,
    text: &'t str,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn node(&mut self, raw: Raw) -> Node {
        let mut span = self.span(raw.referenced);
        let written_here = raw.referenced == raw.defined;
        let kind = match raw.value {
            RawKind::Leaf(kind) => {
                let kind = self.exact(kind, raw.defined);
                // An alias repeats what was found at its anchor.
                if written_here && let Some(plain) = self.plain_spelling(raw.defined) {
                    self.findings
                        .extend(spelling::complain(&kind, plain, &span));
                }
                kind
            }
            RawKind::List(items) => {
                Kind::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            RawKind::Map(entries) => {
                let entries = self.entries(entries);
                // A block mapping has no length of its own; its first key stands for it.
                if let Some((key, _)) = entries.first()
                    && (key.span.line, key.span.column) == (span.line, span.column)
                {
                    span.len = key.span.len;
                }
                Kind::Map(entries)
            }
        };
        Node { span, kind }
    }

    /// Gives a number the digits that are written, where the YAML crate hands over the nearest double.
    fn exact(&self, kind: Kind, place: Location) -> Kind {
        let written = match &kind {
            Kind::Number(_) => self.spelled(place).and_then(spelling::exact_number),
            _ => None,
        };
        written.map_or(kind, Kind::Number)
    }

    /// Keys are compared as strings: to the YAML crate `1` and `'1'` differ, to JSON they do not.
    fn entries(&mut self, raw: Vec<(Spanned<String>, Raw)>) -> Vec<(Key, Node)> {
        let mut first: HashMap<String, Span> = HashMap::with_capacity(raw.len());
        let mut entries = Vec::with_capacity(raw.len());
        for (key, value) in raw {
            let place = key.defined;
            let key = Key {
                span: self.span(key.referenced),
                text: key.value,
            };
            self.findings.extend(self.cut_short(&key.text, &value));
            let spelled_value = self.spelled(value.defined).unwrap_or_default().to_owned();
            let mut value = self.node(value);
            let is_empty = value.kind == Kind::Null && spelled_value.is_empty();
            if is_empty {
                // A value that is not written has no place of its own.
                value.span = key.span.clone();
            }
            if is_empty && let Some(spelled) = self.plain_spelling(place) {
                let complaint = spelling::complain_of_key(&key.text, spelled, &key.span);
                self.findings.extend(complaint);
            }
            if let Some(earlier) = first.get(&key.text) {
                self.findings
                    .push(duplicate_key(&key.text, &key.span).with_note(earlier, "first here"));
                continue;
            }
            first.insert(key.text.clone(), key.span.clone());
            entries.push((key, value));
        }
        entries
    }

    /// Returns what is written at a place, up to the end of its line.
    fn spelled(&self, place: Location) -> Option<&str> {
        let start = usize::try_from(place.span().byte_offset()?).ok()?;
        let len = usize::try_from(place.span().byte_len()?).ok()?;
        let written = self.text.get(start..start.checked_add(len)?)?;
        written.split(['\n', '\r']).next()
    }

    /// Returns the spelling of a scalar that is neither quoted nor a block; `None` for all others.
    fn plain_spelling(&self, place: Location) -> Option<&str> {
        let written = self.spelled(place)?;
        let column = usize::try_from(place.column()).ok()?;
        if written.starts_with(['"', '\'', '|', '>']) || self.is_tagged(place, column) {
            return None;
        }
        Some(written)
    }

    /// Returns the complaint about the value of a key that a comment seems to cut short.
    fn cut_short(&self, key: &str, value: &Raw) -> Option<Finding> {
        let RawKind::Leaf(Kind::Text(text)) = &value.value else {
            return None;
        };
        if value.referenced != value.defined || self.plain_spelling(value.defined).is_none() {
            return None;
        }
        let place = value.defined.span();
        let end = place.byte_offset()?.checked_add(place.byte_len()?)?;
        let rest = self.text.get(usize::try_from(end).ok()?..)?;
        comment::complain(key, text, rest, &self.span(value.defined))
    }

    /// Tells whether `!!str` or the like stands before a scalar: it says what it means.
    fn is_tagged(&self, place: Location, column: usize) -> bool {
        let start = place
            .span()
            .byte_offset()
            .and_then(|at| usize::try_from(at).ok());
        let before = start.and_then(|at| self.text.get(..at)).unwrap_or_default();
        let line_start = before
            .char_indices()
            .rev()
            .nth(column.saturating_sub(2))
            .map_or(0, |(at, _)| at);
        before[line_start..]
            .split_whitespace()
            .rev()
            .take(2)
            .any(|word| word.starts_with("!!"))
    }

    fn span(&self, place: Location) -> Span {
        let chars = self
            .spelled(place)
            .map_or(1, |written| written.chars().count());
        span(&self.file, place, u32::try_from(chars).unwrap_or(u32::MAX))
    }
}

fn span(file: &Arc<str>, place: Location, len: u32) -> Span {
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Span::new(
        file.clone(),
        narrow(place.line()),
        narrow(place.column()),
        len,
    )
}

fn duplicate_key(key: &str, span: &Span) -> Finding {
    Finding::new(span, format!("the key `{key}` appears twice in one object"))
        .with_hint("remove one of them, or rename it")
}

fn not_utf8(file: &Arc<str>, bytes: &[u8], valid_up_to: usize) -> Finding {
    let valid = String::from_utf8_lossy(&bytes[..valid_up_to]);
    let valid = valid.strip_prefix('\u{feff}').unwrap_or(&valid);
    let starts = line::starts(valid);
    let last = starts.last().copied().unwrap_or_default();
    let column = valid[last..].chars().count() + 1;
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let span = Span::new(file.clone(), narrow(starts.len()), narrow(column), 1);
    if bytes.starts_with(&UTF16_LE) || bytes.starts_with(&UTF16_BE) {
        return Finding::new(&Span::new(file.clone(), 1, 1, 1), "the file is UTF-16")
            .with_hint("save it as UTF-8; `>` of older PowerShells writes UTF-16, `Out-File -Encoding utf8` does not");
    }
    Finding::new(&span, "the file is not UTF-8").with_hint("save it as UTF-8")
}

/// Returns where a second document begins; the crate points behind its `---`.
fn second_document(file: &Arc<str>, text: &str, error: &Error) -> Option<Span> {
    let error = error.without_snippet();
    if !matches!(error, Error::MultipleDocuments { .. }) {
        return None;
    }
    let last = usize::try_from(error.location()?.line()).ok()?;
    let before: Vec<&str> = line::lines(text).take(last).collect();
    let at = before.iter().rposition(|line| line.starts_with("---"))?;
    let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
    Some(Span::new(file.clone(), line, 1, 3))
}

/// Cuts what a finding marks at the end of its line: the crate may point at a value, with the length of its tag, too.
fn within_line(text: &str, mut finding: Finding) -> Finding {
    let count = |part: usize| u32::try_from(part).unwrap_or(u32::MAX);
    let number = usize::try_from(finding.span.line).unwrap_or(usize::MAX);
    if let Some(line) = line::lines(text).nth(number.saturating_sub(1)) {
        let behind = count(line.chars().count()).saturating_add(1);
        let left = behind.saturating_sub(finding.span.column);
        finding.span.len = finding.span.len.min(left).max(1);
    }
    finding
}

/// Returns the finding about a line that a tab indents, if that is behind a finding of the YAML crate.
///
/// The crate points at the scalar before it, which may be lines above.
fn tab_indent(file: &Arc<str>, text: &str, finding: &Finding) -> Option<Finding> {
    if !finding.message.contains("tab") {
        return None;
    }
    let first = usize::try_from(finding.span.line).ok()?.checked_sub(1)?;
    line::lines(text)
        .enumerate()
        .skip(first)
        .find_map(|(at, line)| {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            let tab = line[..indent].find('\t')?;
            let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            let span = Span::new(file.clone(), narrow(at + 1), narrow(tab + 1), 1);
            let message = "a tab indents this line, and YAML allows only spaces there";
            Some(Finding::new(&span, message).with_hint("indent with spaces"))
        })
}

/// Turns the YAML crate's error into a finding.
fn explain(file: &Arc<str>, error: &Error) -> Finding {
    let error = error.without_snippet();
    let len = |place: Location| u32::try_from(place.span().len()).unwrap_or(1).clamp(1, 80);
    let at = error.location().map_or_else(
        || Span::new(file.clone(), 1, 1, 1),
        |place| span(file, place, len(place)),
    );
    match error {
        Error::AliasError { error: inner, .. } if is_alias_limit(inner) => alias_bomb(&at),
        Error::DuplicateMappingKey { key: Some(key), .. } => duplicate_key(key, &at),
        Error::MultipleDocuments { .. } => Finding::new(&at, "a second YAML document begins here")
            .with_hint("put it into a file of its own; remove the `---` if nothing follows it"),
        Error::UnknownAnchor { .. } => Finding::new(&at, "this alias has no anchor before it")
            .with_hint(
                "write `&name` before the value it shall repeat; quote a string that begins with `*`",
            ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Finding::new(&at, "this alias stands inside of what it repeats")
        }
        Error::UnsupportedTag { tag, .. } => {
            Finding::new(&at, format!("the tag `{tag}` means nothing here"))
                .with_hint("remove it; quote a string that begins with `!`")
        }
        Error::NullIntoString { .. } => {
            Finding::new(&at, "a key must be a string").with_hint("quote it")
        }
        Error::Unexpected {
            expected: "string scalar",
            ..
        } => Finding::new(&at, "a key must be a string, not an array or an object")
            .with_hint("quote a string that begins with `[`, `{` or `${`"),
        Error::Budget { .. } => Finding::new(
            &at,
            format!("the document is too large or nests deeper than {DEPTH_MAX} levels"),
        ),
        other if is_alias_limit(other) => alias_bomb(&at),
        other => {
            let rendered = other.render_with_formatter(&UserMessageFormatter);
            let message = without_place(&rendered);
            let finding = Finding::new(&at, message);
            match hint_for(message) {
                Some(hint) => finding.with_hint(hint),
                None => finding,
            }
        }
    }
}

/// Returns what to do about a sentence of the YAML reader; the first part of a sentence that is in it counts.
fn hint_for(message: &str) -> Option<&'static str> {
    const UNCLOSED: &str =
        "a quote before this line is not closed; close it, or indent the lines that belong to it";
    const FLOW: &str =
        "between `{ }` and `[ ]` quote a string that contains a bracket, a brace or a comma";
    let hints = [
        ("multiline quoted scalar", UNCLOSED),
        ("quoted scalar, found", UNCLOSED),
        ("tab", "indent with spaces"),
        (
            "mapping values are not allowed",
            "quote a string that contains `: `, or indent this line as those that belong together with it",
        ),
        ("unexpected character", "quote a string that begins with it"),
        (
            "simple key expected ':'",
            "a key ends with a colon and a blank: `within: 5s`",
        ),
        (
            "did not find expected '-'",
            "`- ` begins an entry; indent this line as the other keys of the entry above it",
        ),
        (
            "block mapping",
            "indent this line as those that belong together with it",
        ),
        ("flow mapping", FLOW),
        ("flow sequence", FLOW),
    ];
    let mut hints = hints.into_iter();
    hints.find_map(|(part, hint)| message.contains(part).then_some(hint))
}

fn is_alias_limit(error: &Error) -> bool {
    matches!(
        error,
        Error::AliasReplayLimitExceeded { .. }
            | Error::AliasExpansionLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. }
            | Error::AliasReplayCounterOverflow { .. }
    )
}

fn alias_bomb(at: &Span) -> Finding {
    Finding::new(at, "the aliases of this file unfold to too much")
        .with_hint("write the values out, or repeat less")
}

/// Cuts ` at line 3, column 7` off: the finding's span says it.
fn without_place(message: &str) -> &str {
    message
        .rfind(" at line ")
        .map_or(message, |at| &message[..at])
        .trim_end()
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
