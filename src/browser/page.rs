//! Reads a page: its tags in order, and what leads on from it (links, scripts, refreshes, frames).
//!
//! HTML comes from others, so it is bounded, and whatever looks like a handle only after it was decoded is made
//! harmless. What the forms of a page ask is left to `form`.

use std::collections::HashSet;
use std::sync::LazyLock;

use html5gum::{DefaultEmitter, HtmlString, Token, Tokenizer};
use regex::Regex;

use super::Page;
use super::text::{plain, shorten};
use plan_language::value::handle;

/// How much of a page is read, in bytes.
pub(super) const HTML_BYTES_MAX: usize = 512 << 10;

/// How many links of a page are looked at.
const LINKS_MAX: usize = 500;

/// A tag, or the text between two tags, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A tag opens; names in lower case.
    Open(Tag),
    /// A tag closes.
    Close(String),
    /// Text; never two in a row.
    Text(String),
}

/// An opening tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// Name, in lower case.
    pub(super) name: String,
    /// Attributes with names in lower case, each once, sorted by name.
    pub(super) attributes: Vec<(String, String)>,
}

impl Tag {
    /// Returns an attribute's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns an attribute's value, or an empty text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Returns the element's place in a driven browser.
    pub(super) fn place(&self) -> Option<usize> {
        self.get(PLACE)?.parse().ok()
    }

    /// Tells whether an attribute is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// The attribute by which a driven browser names the place of an element; see [`super::Screen`].
const PLACE: &str = "feedproof-place";

/// A link and its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    /// Its place in a driven browser.
    pub(super) place: Option<usize>,
    /// Where it leads, as written.
    pub(super) href: String,
    /// What it says, plain.
    pub(super) text: String,
}

/// A page, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageReading {
    /// Everything in order.
    pub(super) pieces: Vec<Piece>,
    /// What the page says in short: an alert or an error, else its visible text, else its title; perhaps empty.
    pub(super) says: String,
    /// Against what references resolve, as written, if not the page's own address.
    pub(super) base: Option<String>,
    /// Links with a target and a text.
    pub(super) links: Vec<Link>,
    /// Where a script sends the browser, as written.
    pub(super) script: Option<String>,
    /// Where a `<meta>` refresh sends the browser, as written.
    pub(super) refresh: Option<String>,
    /// Sources of frames, as written.
    pub(super) frames: Vec<String>,
    /// Places of frames in a driven browser.
    pub(super) frame_places: Vec<usize>,
}

impl PageReading {
    /// Reads an answer, if it is a page.
    pub(super) fn of_answer(answer: &Page) -> Option<Self> {
        let media = answer.media.split(';').next().unwrap_or_default().trim();
        ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|html| media.eq_ignore_ascii_case(html))
            .then(|| Self::of(&answer.body))
    }

    /// Quotes what the page says, to be put behind a statement about it.
    pub(super) fn quote(&self) -> String {
        match self.says.as_str() {
            "" => String::new(),
            text => format!(": {text}"),
        }
    }

    /// Reads the first 512 KiB of a page.
    pub(super) fn of(html: &str) -> Self {
        let mut reading = Self {
            pieces: pieces(head(html, HTML_BYTES_MAX)),
            ..Self::default()
        };
        let mut title = String::new();
        let mut message = String::new();
        for (at, piece) in reading.pieces.iter().enumerate() {
            let Piece::Open(tag) = piece else { continue };
            let behind = &reading.pieces[at + 1..];
            match tag.name.as_str() {
                "title" if title.is_empty() => title = inner_text(behind, "title"),
                "base" if reading.base.is_none() => {
                    reading.base = tag.get("href").map(str::to_owned);
                }
                "a" if reading.links.len() < LINKS_MAX => {
                    let link = tag.get("href").map(|href| Link {
                        place: tag.place(),
                        href: href.trim().to_owned(),
                        text: plain(&inner_text(behind, "a")),
                    });
                    reading.links.extend(link);
                }
                "script" if reading.script.is_none() && !tag.has("src") => {
                    if let Some(Piece::Text(script)) = behind.first() {
                        reading.script = set_location(script);
                    }
                }
                "meta" if reading.refresh.is_none() => reading.refresh = refresh(tag),
                "iframe" | "frame" => {
                    reading.frame_places.extend(tag.place());
                    let source = tag.text("src").trim();
                    if !source.is_empty() && !source.starts_with("about:") {
                        reading.frames.push(source.to_owned());
                    }
                }
                _ => {}
            }
            if message.is_empty() && is_message(tag) {
                message = plain(&inner_text(behind, &tag.name));
            }
        }
        let says = [message, visible_text(&reading.pieces), title];
        reading.says = says
            .iter()
            .map(|text| shorten(text))
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        reading
    }
}

/// Returns the beginning of a text, at most so many bytes.
fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    &text[..end]
}

/// How much of a page's text is taken in to quote from it, in bytes.
const SAID_BYTES_MAX: usize = 2 << 10;

/// Returns the beginning of what a page shows.
fn visible_text(pieces: &[Piece]) -> String {
    let mut text = String::new();
    let mut before: Option<&Piece> = None;
    for piece in pieces {
        let unseen = matches!(before, Some(Piece::Open(tag)) if matches!(
            tag.name.as_str(),
            "title" | "script" | "style" | "noscript" | "iframe" | "textarea" | "option"
        ));
        match piece {
            Piece::Text(more) if !unseen => text.push_str(more),
            _ => text.push(' '),
        }
        if text.len() > SAID_BYTES_MAX {
            break;
        }
        before = Some(piece);
    }
    head(&text, SAID_BYTES_MAX).to_owned()
}

/// How much text is taken in behind one tag, in bytes; it bounds the work on pages with many open tags.
const INNER_BYTES_MAX: usize = 8 << 10;

/// How many pieces are looked at behind one tag, for the same reason.
const INNER_PIECES_MAX: usize = 64;

/// Returns the text up to where a tag closes.
fn inner_text(behind: &[Piece], name: &str) -> String {
    let mut text = String::new();
    for piece in behind.iter().take(INNER_PIECES_MAX) {
        match piece {
            Piece::Close(closed) if closed == name => break,
            Piece::Text(more) if text.len() + more.len() > INNER_BYTES_MAX => {
                text.push_str(head(more, INNER_BYTES_MAX - text.len()));
                break;
            }
            Piece::Text(more) => text.push_str(more),
            Piece::Open(_) | Piece::Close(_) => text.push(' '),
        }
    }
    text
}

fn is_message(tag: &Tag) -> bool {
    const SIGNS: [&str; 3] = ["error", "alert", "invalid"];
    let void = matches!(
        tag.name.as_str(),
        "body" | "html" | "img" | "input" | "link" | "meta" | "script" | "style"
    );
    let style = tag.text("style").to_ascii_lowercase().replace(' ', "");
    let hidden = tag.has("hidden") || style.contains("display:none");
    let marked = |value: &str| {
        let value = value.to_ascii_lowercase();
        SIGNS.iter().any(|sign| value.contains(sign))
    };
    !void
        && !hidden
        && (tag.text("role") == "alert" || marked(tag.text("class")) || marked(tag.text("id")))
}

/// Returns the target of `<meta http-equiv="refresh" content="0; url=…">`.
fn refresh(tag: &Tag) -> Option<String> {
    if !tag
        .text("http-equiv")
        .trim()
        .eq_ignore_ascii_case("refresh")
    {
        return None;
    }
    let (_, target) = tag.text("content").split_once([';', ','])?;
    let target = target.trim();
    let target = match target.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            target[3..].trim_start().strip_prefix('=')?.trim()
        }
        _ => target,
    };
    let target = target.trim_matches(['"', '\'']);
    (!target.is_empty()).then(|| target.to_owned())
}

/// Returns the literal to which a script sets the location.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn set_location(script: &str) -> Option<String> {
    const LITERAL: &str = r#"("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"#;
    static SETS: LazyLock<Regex> = LazyLock::new(|| {
        let subject = r"(?:^|[^\w.$])(?:(?:window|document|self|top|parent)\s*\.\s*)*location";
        let assigned = format!(r"(?:\s*\.\s*href)?\s*=\s*{LITERAL}");
        let called = format!(r"\s*\.\s*(?:assign|replace)\s*\(\s*{LITERAL}\s*\)");
        Regex::new(&format!("{subject}(?:{assigned}|{called})"))
            .expect("the expression is a constant that a test compiles")
    });
    let literal = SETS.captures_iter(script).find_map(|found| {
        let whole = found.get(0)?;
        let literal = found.get(1).or_else(|| found.get(2))?.as_str();
        // What something is added to is no literal.
        let grows = script[whole.end()..].trim_start().starts_with('+');
        (!grows).then(|| &literal[1..literal.len() - 1])
    })?;
    let target = unescape(literal);
    (!target.trim().is_empty()).then_some(target)
}

/// Decodes the escapes of a script's literal that stand for ASCII; others stay, so that no handle can come about.
fn unescape(literal: &str) -> String {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let digits = match escape.chars().next() {
            Some('x') => escape.get(1..3),
            Some('u') => escape.get(1..5),
            _ => None,
        };
        let code =
            digits.and_then(|digits| u8::from_str_radix(digits.trim_start_matches('0'), 16).ok());
        match (digits, code, escape.chars().next()) {
            (Some(digits), Some(code), _) if code.is_ascii() => {
                text.push(char::from(code));
                rest = &escape[1 + digits.len()..];
            }
            (_, _, Some(one)) if matches!(one, '/' | '\\' | '"' | '\'') => {
                text.push(one);
                rest = &escape[1..];
            }
            _ => {
                text.push('\\');
                rest = escape;
            }
        }
    }
    text.push_str(rest);
    text
}

/// Splits HTML into pieces, decoded and cleansed; comments go, and text that touches is joined.
fn pieces(html: &str) -> Vec<Piece> {
    let known: HashSet<&str> = handle::find(html).map(|(range, _)| &html[range]).collect();
    let clean = |bytes: &HtmlString| cleanse(&String::from_utf8_lossy(bytes), &known);
    let name = |bytes: &HtmlString| String::from_utf8_lossy(bytes).to_lowercase();
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut pieces = Vec::new();
    let mut text = HtmlString::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        let piece = match token {
            Token::String(more) => {
                text.extend_from_slice(&more);
                continue;
            }
            Token::StartTag(tag) => Piece::Open(Tag {
                name: name(&tag.name),
                attributes: tag
                    .attributes
                    .iter()
                    .map(|(key, value)| (name(key), clean(value)))
                    .collect(),
            }),
            Token::EndTag(tag) => Piece::Close(name(&tag.name)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => continue,
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(clean(&std::mem::take(&mut text))));
        }
        pieces.push(piece);
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(clean(&text)));
    }
    pieces
}

/// Makes harmless what looks like a handle and was none before the text was decoded.
fn cleanse(text: &str, known: &HashSet<&str>) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    for (range, _) in handle::find(text) {
        if known.contains(&text[range.clone()]) {
            clean.push_str(&handle::neutralise(&text[at..range.start]));
            clean.push_str(&text[range.clone()]);
            at = range.end;
        }
    }
    clean.push_str(&handle::neutralise(&text[at..]));
    clean
}

#[cfg(test)]
mod tests;
