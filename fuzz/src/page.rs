//! The text of HTML pages.

use feedproof::browser::offers_account;
use http_message::{PagePart, page_text, read_page};

/// How many times longer than its page a text may be: an entity can be longer than what it stands for.
const GROWTH_MAX: usize = 4;

/// Reads a page.
///
/// Its blocks are never empty and have single spaces; they are not much longer than the page; the text of the page is that
/// of its blocks.
pub fn page(data: &[u8]) {
    let html = String::from_utf8_lossy(data);
    let reading = read_page(&html);
    for block in &reading.blocks {
        let words: Vec<_> = block.text.split_whitespace().collect();
        assert_eq!(words.join(" "), block.text);
        assert!(!words.is_empty());
    }
    let length: usize = reading.blocks.iter().map(|block| block.text.len()).sum();
    assert!(length <= GROWTH_MAX * html.len() + GROWTH_MAX);
    let texts: Vec<_> = reading
        .blocks
        .iter()
        .filter(|block| block.part != PagePart::Attribute)
        .map(|block| block.text.as_str())
        .collect();
    assert_eq!(page_text(&html), texts.join(" "));
    assert_eq!(read_page(&html), reading);
    offers_account(&html);
}
