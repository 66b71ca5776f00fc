//! The text of a page as a person reads it.

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

/// Elements within a line: they separate no words.
const INLINE: [&str; 24] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "span", "strong", "sub", "sup", "tt", "u", "wbr",
];

/// Elements of which a person reads nothing.
const UNREAD: [&str; 5] = ["iframe", "noembed", "script", "style", "template"];

/// Elements beside what a page is about, which are alike on many pages of a site.
const ASIDE: [&str; 4] = ["aside", "footer", "nav", "small"];

/// Elements that end with their tag, so that nothing is inside.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// How many pages that a page holds in itself are read.
const FRAMES_MAX: usize = 5;

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
    let blocks = read_page(html).blocks.into_iter();
    let read = blocks.filter(|block| !block.part.is_attribute());
    let texts: Vec<_> = read.map(|block| block.text).collect();
    texts.join(" ")
}

/// A page as a person reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageReading {
    /// The language that the page declares for itself, as written: `de-CH`.
    pub language: Option<String>,
    /// Its texts in order.
    pub blocks: Vec<PageBlock>,
}

/// A text of a page, separated from others by more than a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageBlock {
    /// The text, with one space between words; never empty.
    pub text: String,
    /// Where it stands.
    pub part: PagePart,
}

/// A part of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PagePart {
    /// What the page is about, its title included.
    #[default]
    Main,
    /// A footer, a navigation, an aside or small print, which are on every page of a site.
    Footer,
    /// A header, which may be on every page of a site, or have the heading of this one.
    Header,
    /// What only a browser without scripts shows.
    Unscripted,
    /// An attribute that is read out, or shown beside a pointer.
    Attribute,
}

impl PagePart {
    fn is_attribute(self) -> bool {
        self == Self::Attribute
    }
}

/// Reads a page block by block.
///
/// ```
/// let page = http_message::read_page("<html lang=de><title>Bank</title><p>Ihre <b>Konten</b></html>");
/// assert_eq!(page.language.as_deref(), Some("de"));
/// assert_eq!(page.blocks[1].text, "Ihre Konten");
/// ```
pub fn read_page(html: &str) -> PageReading {
    let mut reader = Reader::default();
    reader.read(html, PagePart::Main);
    reader.end_block();
    PageReading {
        language: reader.language,
        blocks: reader.blocks,
    }
}

#[derive(Default)]
struct Reader {
    language: Option<String>,
    blocks: Vec<PageBlock>,
    /// The text of the block that is being read.
    text: String,
    /// What is being read outside of headers and footers.
    part: PagePart,
    /// How many elements beside what the page is about are open.
    footers: usize,
    /// How many headers are open.
    headers: usize,
    /// How many pages within the page were read.
    frames: usize,
    /// The outermost element of which nothing is read, and how many elements of its name are open.
    unread: Option<(String, usize)>,
}

impl Reader {
    /// Reads markup; what is in a `<noscript>` counts, unless that is within another.
    fn read(&mut self, html: &str, part: PagePart) {
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
                    } else if part == PagePart::Main {
                        self.read_within(&text, PagePart::Unscripted);
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads a page within the page; what it leaves open ends with it.
    fn read_within(&mut self, html: &str, part: PagePart) {
        let outer = (self.part, self.footers, self.headers);
        self.end_block();
        self.part = part;
        self.read(html, part);
        self.end_block();
        self.unread = None;
        (self.part, self.footers, self.headers) = outer;
    }

    /// Ends the block that is being read.
    fn end_block(&mut self) {
        let part = match self.part {
            PagePart::Main if self.footers > 0 => PagePart::Footer,
            PagePart::Main if self.headers > 0 => PagePart::Header,
            part => part,
        };
        let text = std::mem::take(&mut self.text);
        self.add_block(&text, part);
    }

    fn add_block(&mut self, text: &str, part: PagePart) {
        let visible: String = text
            .chars()
            .filter(|character| !INVISIBLE.contains(character))
            .collect();
        let words: Vec<_> = visible.split_whitespace().collect();
        if !words.is_empty() {
            let text = words.join(" ");
            self.blocks.push(PageBlock { text, part });
        }
    }

    fn open(&mut self, name: &str, tag: &StartTag<()>) {
        if let Some((unread, open)) = &mut self.unread {
            *open += usize::from(unread == name);
            return;
        }
        let attribute = |wanted: &str| {
            let found = tag.attributes.get(wanted.as_bytes());
            found.map(|value| String::from_utf8_lossy(value).into_owned())
        };
        if !INLINE.contains(&name) && !VOID.contains(&name) {
            self.end_block();
        }
        if matches!(name, "html" | "body") && self.language.is_none() {
            let declared = attribute("lang").or_else(|| attribute("xml:lang"));
            self.language = declared.filter(|language| !language.trim().is_empty());
        }
        let style = attribute("style")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .replace(' ', "");
        let hidden = attribute("hidden").is_some()
            || style.contains("display:none")
            || style.contains("visibility:hidden")
            || transparent(&style)
            || (name == "dialog" && attribute("open").is_none());
        if VOID.contains(&name) {
            if !hidden {
                self.read_void(name, attribute);
            }
            return;
        }
        if let (false, "iframe", Some(inner)) = (hidden, name, attribute("srcdoc"))
            && self.frames < FRAMES_MAX
        {
            self.frames += 1;
            self.read_within(&inner, self.part);
        }
        if (hidden && closes(name)) || UNREAD.contains(&name) {
            self.unread = Some((name.to_owned(), 1));
            return;
        }
        self.footers += usize::from(ASIDE.contains(&name));
        self.headers += usize::from(name == "header");
        for beside in ["aria-label", "title"].into_iter().filter_map(attribute) {
            self.add_block(&beside, PagePart::Attribute);
        }
    }

    /// Reads an element that holds nothing.
    fn read_void(&mut self, name: &str, attribute: impl Fn(&str) -> Option<String>) {
        let sort = attribute("type").unwrap_or_default().to_ascii_lowercase();
        let filled = |text: &String| !text.trim().is_empty();
        let shown = match (name, sort.as_str()) {
            ("img", _) | ("input", "image") => attribute("alt"),
            ("input", "submit" | "button") => attribute("value"),
            ("input", "" | "text" | "email" | "search" | "tel" | "url" | "number") => {
                let value = attribute("value").filter(filled);
                value.or_else(|| attribute("placeholder"))
            }
            _ => None,
        };
        match name {
            "wbr" => {}
            // An image or a new line may stand in the middle of a sentence.
            "br" | "img" => {
                let shown = shown.unwrap_or_default();
                self.text.push_str(&format!(" {shown} "));
            }
            _ => {
                self.end_block();
                self.text.push_str(&shown.unwrap_or_default());
                self.end_block();
            }
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
            None => {
                self.end_block();
                self.footers -= usize::from(ASIDE.contains(&name) && self.footers > 0);
                self.headers -= usize::from(name == "header" && self.headers > 0);
            }
        }
    }
}

/// Tells whether a style without spaces leaves nothing to see of a text.
fn transparent(style: &str) -> bool {
    let zero = |value: &str| {
        let number = value.trim_end_matches(|sign: char| sign.is_ascii_alphabetic() || sign == '%');
        number.parse::<f32>().is_ok_and(|number| number == 0.0)
    };
    style.split(';').any(|rule| {
        let rule = rule.split_once(':');
        rule.is_some_and(|(name, value)| matches!(name, "opacity" | "font-size") && zero(value))
    })
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
        check(
            "a<p style='opacity: 0'>b</p><span style='color:red;font-size:0px'>c</span>d<i style='opacity:.5'>e</i>",
            "a de",
        );
        check(
            "<input type=hidden value=a><input type=password value=b>",
            "",
        );
        check(
            "a<img hidden alt=b> c<noscript><div hidden>d</noscript>e",
            "a c e",
        );
    }

    #[test]
    fn what_is_in_fields_and_in_frames_is_read() {
        check(
            "<input readonly value='All done'> <input placeholder=Name value=''>",
            "All done Name",
        );
        check(
            "a<iframe srcdoc='<p>b &amp;amp; c</p>'>d</iframe>e",
            "a b & c e",
        );
        let mut nested = "<p>a".to_owned();
        for _ in 0..8 {
            let inner = nested.replace('&', "&amp;").replace('"', "&quot;");
            nested = format!("<iframe srcdoc=\"{inner}\"></iframe>");
        }
        check(&nested, "");
    }

    #[test]
    fn blocks_say_where_they_stand() {
        let page = "<html lang=de-CH><title>Bank</title><p>Your accounts were <img alt=linked><br>now</p>\
                    <footer><p>Success Ltd</p></footer><header>Home</header><nav>Help</nav>\
                    <p>Yes<small>Terms</small><noscript><p>No <b>scripts</b></noscript>\
                    <a title=Failed>x</a><input type=image alt=Go>";
        let reading = read_page(page);
        assert_eq!(reading.language.as_deref(), Some("de-CH"));
        let blocks = reading.blocks.iter();
        let blocks: Vec<_> = blocks
            .map(|block| (block.text.as_str(), block.part))
            .collect();
        assert_eq!(
            blocks,
            [
                ("Bank", PagePart::Main),
                ("Your accounts were linked now", PagePart::Main),
                ("Success Ltd", PagePart::Footer),
                ("Home", PagePart::Header),
                ("Help", PagePart::Footer),
                ("Yes", PagePart::Main),
                ("Terms", PagePart::Footer),
                ("No scripts", PagePart::Unscripted),
                ("Failed", PagePart::Attribute),
                ("x", PagePart::Main),
                ("Go", PagePart::Main),
            ]
        );
        assert_eq!(read_page("<html lang=' '>a").language, None);
    }

    #[test]
    fn a_noscript_is_read_and_one_within_it_ends_the_reading() {
        check("<noscript><p>Go <b>on</b></noscript>", "Go on");
        assert_eq!(page_text(&"<noscript>".repeat(10_000)), "");
    }
}
