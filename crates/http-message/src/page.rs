//! The text of a page as a person reads it.

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

/// Elements within a line: they separate no words.
const INLINE: [&str; 25] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "wbr",
];

/// Elements of which a person reads nothing.
const UNREAD: [&str; 5] = ["iframe", "noembed", "script", "style", "template"];

/// Elements that end with their tag, so that nothing is inside.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Characters that nobody sees: soft hyphen, zero-width space and joiners, byte order mark.
const INVISIBLE: [char; 6] = [
    '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}',
];

/// Returns what a person reads on a page: without markup, scripts and what is hidden, entities resolved, one space
/// between words.
///
/// ```
/// let page = "<p>Your accounts were&nbsp;<b>lin</b>ked.</p><p hidden>No</p><!-- no --><script>no()</script>";
/// assert_eq!(http_message::page_text(page), "Your accounts were linked.");
/// ```
pub fn page_text(html: &str) -> String {
    let mut reader = Reader::default();
    reader.read(html, true);
    let visible: String = reader
        .text
        .chars()
        .filter(|character| !INVISIBLE.contains(character))
        .collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    words.join(" ")
}

#[derive(Default)]
struct Reader {
    text: String,
    /// The outermost element of which nothing is read, and how many elements of its name are open.
    unread: Option<(String, usize)>,
}

impl Reader {
    /// Reads markup; what is in a `<noscript>` counts, unless that is within another.
    fn read(&mut self, html: &str, outermost: bool) {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut unscripted = false;
        for token in Tokenizer::new_with_emitter(html, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = lower(&tag.name);
                    unscripted = name == "noscript";
                    self.open(&name, &tag);
                }
                Token::EndTag(tag) => self.close(&lower(&tag.name)),
                Token::String(text) if self.unread.is_none() => {
                    let text = String::from_utf8_lossy(&text);
                    // The tokenizer takes the content of `<noscript>` for text, as a browser does that runs scripts.
                    if !unscripted {
                        self.text.push_str(&text);
                    } else if outermost {
                        self.read(&text, false);
                    }
                }
                _ => {}
            }
        }
    }

    fn open(&mut self, name: &str, tag: &StartTag<()>) {
        if let Some((unread, open)) = &mut self.unread {
            *open += usize::from(unread == name);
            return;
        }
        if !INLINE.contains(&name) {
            self.text.push(' ');
        }
        let attribute = |wanted: &str| {
            let found = tag.attributes.get(wanted.as_bytes());
            found.map(|value| String::from_utf8_lossy(value).into_owned())
        };
        if VOID.contains(&name) {
            let button = attribute("type").is_some_and(|sort| {
                matches!(sort.to_ascii_lowercase().as_str(), "submit" | "button")
            });
            let shown = match name {
                "img" => attribute("alt"),
                "input" if button => attribute("value"),
                _ => None,
            };
            if let Some(shown) = shown {
                self.text.push_str(&format!(" {shown} "));
            }
            return;
        }
        let style = attribute("style")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .replace(' ', "");
        let hidden = attribute("hidden").is_some()
            || style.contains("display:none")
            || style.contains("visibility:hidden")
            || (name == "dialog" && attribute("open").is_none());
        if (hidden && closes(name)) || UNREAD.contains(&name) {
            self.unread = Some((name.to_owned(), 1));
        }
    }

    fn close(&mut self, name: &str) {
        match &mut self.unread {
            Some((unread, open)) if unread == name => {
                *open -= 1;
                if *open == 0 {
                    self.unread = None;
                }
            }
            Some(_) => {}
            None if INLINE.contains(&name) => {}
            None => self.text.push(' '),
        }
    }
}

/// Tells whether an element has to be closed, so that its end is known.
fn closes(name: &str) -> bool {
    const MAY_STAY_OPEN: [&str; 12] = [
        "body", "dd", "dt", "head", "html", "li", "option", "p", "tbody", "td", "th", "tr",
    ];
    // An open paragraph ends at the next block; the pages that hide one close it.
    name == "p" || !MAY_STAY_OPEN.contains(&name)
}

fn lower(name: &HtmlString) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(page_text(html), expected, "{html}");
    }

    #[test]
    fn markup_entities_and_white_space_are_resolved() {
        check(
            "Your accounts <b>were</b>\n <em>link</em>ed",
            "Your accounts were linked",
        );
        check(
            "were&#32;&#108;inked&nbsp;&amp;&nbsp;saved",
            "were linked & saved",
        );
        check("lin\u{ad}k&shy;e&#8203;d", "linked");
        check("<td>were</td><td>linked</td><br>now", "were linked now");
        check(
            "<title>Thank you</title><input type=submit value=Linked><img alt=Done>",
            "Thank you Linked Done",
        );
    }

    #[test]
    fn what_nobody_sees_is_not_read() {
        check("a<div hidden><div>b</div>c</div>d", "a d");
        check(
            "a<div style='display: none'>b</div>c<dialog>d</dialog><template>e</template>f",
            "a c f",
        );
        check("a<script>b</script><style>c</style><!-- d -->e", "a e");
        check("a<p hidden>b</p>c", "a c");
    }

    #[test]
    fn a_noscript_is_read_and_one_within_it_ends_the_reading() {
        check("<noscript><p>Go <b>on</b></noscript>", "Go on");
        assert_eq!(page_text(&"<noscript>".repeat(10_000)), "");
    }
}
