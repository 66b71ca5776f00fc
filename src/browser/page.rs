//! Reads a page: its tags in order, and what leads on from it (links, scripts, refreshes, frames).
//!
//! HTML comes from others, so it is bounded, and whatever looks like a handle only after it was decoded is made
//! harmless. A page is read as by a browser without scripts: `<noscript>` counts, and `<template>` does not. What the
//! forms of a page ask is left to `form`, what its scripts do to `script`.

use std::collections::HashSet;

use html5gum::{DefaultEmitter, HtmlString, Token, Tokenizer};

use super::Page;
use super::refresh::Refresh;
use super::script::sets_location;
use super::text::{bare, plain, shorten};
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
    /// The name of the window in which it leads on, as written.
    pub(super) window: Option<String>,
}

impl Link {
    /// Tells whether it has this name for a customer: its text.
    pub(super) fn is_called(&self, name: &str) -> bool {
        !self.text.is_empty() && bare(&self.text) == bare(name)
    }
}

/// A page, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageReading {
    /// Everything in order.
    pub(super) pieces: Vec<Piece>,
    /// What the page says in short: an alert or an error, else its visible text, else its title; perhaps empty.
    pub(super) says: String,
    /// Its title, in short; perhaps empty.
    pub(super) title: String,
    /// Against what references resolve, as written, if not the page's own address.
    pub(super) base: Option<String>,
    /// The name of the window in which links and forms lead on that name none.
    pub(super) window: Option<String>,
    /// Links with a target and a text.
    pub(super) links: Vec<Link>,
    /// Where a script sends the browser in any case, as written.
    pub(super) script: Option<String>,
    /// Whether it has scripts whose effect is unknown.
    pub(super) scripted: bool,
    /// The refresh of the page that counts in every browser.
    pub(super) refresh: Option<Refresh>,
    /// The refresh of the page that counts where no scripts are run.
    pub(super) refresh_without_scripts: Option<Refresh>,
    /// Sources of frames, as written.
    pub(super) frames: Vec<String>,
    /// Places of frames in a driven browser.
    pub(super) frame_places: Vec<usize>,
}

impl PageReading {
    /// Reads an answer, if it is a page.
    pub(super) fn of_answer(answer: &Page) -> Option<Self> {
        let media = answer.media.split(';').next().unwrap_or_default().trim();
        let declared = ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|html| media.eq_ignore_ascii_case(html));
        let sniffed = media.is_empty() && looks_like_html(&answer.body);
        if !(declared || sniffed) {
            return None;
        }
        let mut reading = Self::of(&answer.body);
        // The header counts before any tag of the page.
        if let Some(refresh) = answer.refresh.as_deref().and_then(Refresh::parse) {
            reading.refresh = Some(refresh);
        }
        Some(reading)
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
        let mut message = String::new();
        let mut found = Found::default();
        for (at, piece) in reading.pieces.iter().enumerate() {
            let behind = &reading.pieces[at + 1..];
            match piece {
                Piece::Open(tag) => {
                    found.open(tag, behind);
                    if message.is_empty() && is_message(tag) {
                        message = plain(&inner_text(behind, &tag.name));
                    }
                }
                Piece::Close(name) => found.unscripted &= name != "noscript",
                Piece::Text(_) => {}
            }
        }
        let says = [&message, &visible_text(&reading.pieces), &found.title];
        reading.says = says
            .into_iter()
            .map(|text| shorten(text))
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        reading.title = shorten(&found.title);
        reading.base = found.base;
        reading.window = found.window;
        reading.links = found.links;
        reading.scripted = found.scripted && found.script.is_none();
        reading.script = found.script;
        reading.refresh = found.refresh;
        reading.refresh_without_scripts = found.refresh_without_scripts;
        reading.frames = found.frames;
        reading.frame_places = found.frame_places;
        reading
    }
}

/// What was found in the tags of a page so far.
#[derive(Default)]
struct Found {
    title: String,
    base: Option<String>,
    window: Option<String>,
    links: Vec<Link>,
    script: Option<String>,
    scripted: bool,
    refresh: Option<Refresh>,
    refresh_without_scripts: Option<Refresh>,
    frames: Vec<String>,
    frame_places: Vec<usize>,
    /// Whether a `<noscript>` is open.
    unscripted: bool,
}

impl Found {
    fn open(&mut self, tag: &Tag, behind: &[Piece]) {
        match tag.name.as_str() {
            "title" if self.title.is_empty() => self.title = inner_text(behind, "title"),
            "base" => {
                // The first of each counts (HTML, the base element).
                if self.base.is_none() {
                    self.base = tag.get("href").map(str::to_owned);
                }
                if self.window.is_none() {
                    self.window = tag.get("target").map(str::to_owned);
                }
            }
            "a" if self.links.len() < LINKS_MAX => {
                let link = tag.get("href").map(|href| Link {
                    place: tag.place(),
                    href: href.trim().to_owned(),
                    text: plain(&inner_text(behind, "a")),
                    window: tag.get("target").map(str::to_owned),
                });
                self.links.extend(link);
            }
            "script" if runs(tag) => {
                let script = match behind.first() {
                    Some(Piece::Text(script)) if !tag.has("src") => script.trim(),
                    _ => "",
                };
                self.scripted |= tag.has("src") || !script.is_empty();
                if self.script.is_none() {
                    self.script = sets_location(script);
                }
            }
            "body" => self.scripted |= tag.has("onload"),
            "form" => self.scripted |= tag.has("onsubmit"),
            "noscript" => self.unscripted = true,
            "meta"
                if tag
                    .text("http-equiv")
                    .trim()
                    .eq_ignore_ascii_case("refresh") =>
            {
                let place = if self.unscripted {
                    &mut self.refresh_without_scripts
                } else {
                    &mut self.refresh
                };
                if place.is_none() {
                    *place = Refresh::parse(tag.text("content"));
                }
            }
            "iframe" | "frame" => {
                self.frame_places.extend(tag.place());
                let source = tag.text("src").trim();
                if !source.is_empty() && !source.starts_with("about:") {
                    self.frames.push(source.to_owned());
                }
            }
            _ => {}
        }
    }
}

/// Tells whether browsers run what is in a `<script>`; others hold data, or are for browsers of long ago.
fn runs(tag: &Tag) -> bool {
    let sort = tag.text("type").trim().to_ascii_lowercase();
    let known = ["", "module"].contains(&sort.as_str())
        || ["javascript", "ecmascript", "jscript"]
            .iter()
            .any(|name| sort.contains(name));
    known && !tag.has("nomodule")
}

/// The tags with which a document of no declared type is taken for a page; those of Firefox.
const SNIFFED: [&str; 29] = [
    "html", "frameset", "body", "head", "script", "iframe", "a", "img", "table", "title", "link",
    "base", "style", "div", "p", "font", "applet", "meta", "center", "form", "isindex", "h1", "h2",
    "h3", "h4", "h5", "h6", "b", "pre",
];

/// Tells whether a document that declares no type is a page, by how it begins.
fn looks_like_html(document: &str) -> bool {
    let start = document.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}', '\u{feff}']);
    let Some(rest) = start.strip_prefix('<') else {
        return false;
    };
    let name: String = rest
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(16)
        .collect();
    let doctype = rest
        .get(..8)
        .is_some_and(|word| word.eq_ignore_ascii_case("!doctype"));
    doctype || rest.starts_with("!--") || SNIFFED.contains(&name.to_ascii_lowercase().as_str())
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
            "title" | "script" | "style" | "iframe" | "textarea" | "option"
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

/// Splits HTML into pieces, decoded and cleansed; comments and templates go, and text that touches is joined.
fn pieces(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut templates = 0_usize;
    let mut unscripted = false;
    for piece in tokens(html) {
        match piece {
            Piece::Open(tag) if tag.name == "template" => templates += 1,
            Piece::Close(name) if name == "template" => templates = templates.saturating_sub(1),
            _ if templates > 0 => {}
            Piece::Text(markup) if unscripted => {
                // The tokenizer takes what is in a `<noscript>` for text, as a browser does that runs scripts. One in
                // another does not count.
                pieces.extend(tokens(&markup));
                unscripted = false;
            }
            piece => {
                unscripted = matches!(&piece, Piece::Open(tag) if tag.name == "noscript");
                pieces.push(piece);
            }
        }
    }
    pieces
}

/// Splits HTML into pieces, decoded and cleansed; comments go, and text that touches is joined.
fn tokens(html: &str) -> Vec<Piece> {
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
