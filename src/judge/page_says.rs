//! What pages say about linking: success, failure, or nothing. Pure.
//!
//! A page is read clause by clause, as a person reads it. English statements are known; an environment adds phrases of
//! other languages. Where a page says both, says it in words that are not known, or is in a language without known words,
//! nothing is decided: no page passes or fails by a word that happens to be on it. Which pages of a visit count is left
//! to the runner.

mod clause;
mod english;

use std::borrow::Cow;
use std::collections::BTreeMap;

use http_message::{MediaType, PagePart, PageReading, read_page};

use crate::journal::{Body, Message};
use clause::{Clause, clauses};
use plan_language::value::Value;

/// How many characters of a page a reason quotes.
const QUOTED_CHARS_MAX: usize = 120;

/// What pages say about linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageOutcome {
    /// Accounts were linked.
    Success,
    /// Linking failed.
    Failure,
    /// There is no page: a redirect, or a response without a body.
    Nothing,
}

impl PageOutcome {
    /// Returns the word of plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Nothing => "nothing",
        }
    }
}

/// The phrases by which pages say whether linking succeeded, and the name that the bank has on its pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageWords {
    /// The name of the bank, in lower case; perhaps empty.
    bank: String,
    /// Phrases by primary language subtag.
    languages: BTreeMap<String, Phrases>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Phrases {
    success: Vec<String>,
    failure: Vec<String>,
}

impl PageWords {
    /// Reads the words from the value `bank` of a stage: its `name` and its `page_words`.
    pub fn of_bank(bank: &Value) -> Self {
        let phrases = |value: &Value, key: &str| {
            let listed = value[key].as_array().into_iter().flatten();
            let texts = listed.filter_map(Value::as_str);
            texts.map(clause::folded).collect()
        };
        let languages = bank["page_words"].as_object().into_iter().flatten();
        Self {
            bank: clause::folded(bank["name"].as_str().unwrap_or_default()),
            languages: languages
                .map(|(language, value)| {
                    let known = Phrases {
                        success: phrases(value, "success"),
                        failure: phrases(value, "failure"),
                    };
                    (language.to_ascii_lowercase(), known)
                })
                .collect(),
        }
    }

    fn knows(&self, language: &str) -> bool {
        language == english::LANGUAGE || self.languages.contains_key(language)
    }
}

/// Returns what responses, in their order, say together, with the words that say so.
///
/// # Errors
/// Why that cannot be decided, and what to do.
pub fn pages_say(
    pages: &[&Message],
    words: &PageWords,
) -> Result<(PageOutcome, Option<String>), String> {
    let mut found = Evidence::default();
    for page in pages {
        let Some(reading) = reading(page)? else {
            continue;
        };
        found.pages += 1;
        found.textless = reading.blocks.is_empty();
        if !found.textless {
            found.check_language(&reading, words)?;
            found.read(&reading, words);
        }
    }
    if found.pages == 0 {
        return Ok((PageOutcome::Nothing, None));
    }
    found.decide()
}

/// Returns a response as a person reads it; `None` for a redirect and for a response without a body.
fn reading(page: &Message) -> Result<Option<PageReading>, String> {
    let status = page.status.unwrap_or_default();
    if (300..=399).contains(&status) && page.header("location").is_some() {
        return Ok(None);
    }
    let text = match &page.body {
        Body::None => return Ok(None),
        Body::Text {
            text, cut: false, ..
        } => text,
        Body::Text { bytes, .. } => {
            return Err(format!(
                "of the page's {bytes} bytes only the beginning was kept"
            ));
        }
        Body::Unread { why, .. } => return Err(format!("the page could not be read: {why}")),
        Body::Json(_) | Body::Form { .. } | Body::Binary { .. } => {
            return Err("the response is not a page".to_owned());
        }
    };
    let media = MediaType::read(page.header("content-type").unwrap_or_default());
    let header = page.header("content-language").map(str::to_owned);
    if media.is_html() || text.trim_start().starts_with('<') {
        let read = read_page(text);
        let language = read.language.or(header);
        return Ok(Some(PageReading {
            language,
            blocks: read.blocks,
        }));
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let blocks = lines.map(|line| http_message::PageBlock {
        text: line.trim().to_owned(),
        part: PagePart::Main,
    });
    Ok(Some(PageReading {
        language: header,
        blocks: blocks.collect(),
    }))
}

/// What was found on pages so far; each with the words that say so.
#[derive(Debug, Default)]
struct Evidence {
    /// How many pages there were.
    pages: usize,
    /// Whether the last page has no text in its markup: a script or a style may show some.
    textless: bool,
    success: Option<String>,
    failure: Option<String>,
    /// A statement that linking failed for more than one thing.
    whole_failure: Option<String>,
    /// A statement about accounts in words that are not known.
    unknown: Option<String>,
    /// A word of success that is no statement.
    hint: Option<String>,
    /// A word of failure that is no statement.
    doubt: Option<String>,
    /// A clause that has both a phrase of the environment and a negation.
    negated: Option<String>,
    /// The first words of the pages.
    beginning: String,
    /// The primary subtag of the language that a page declares.
    language: Option<String>,
}

impl Evidence {
    /// Keeps the language of a page.
    ///
    /// # Errors
    /// No words of the language are known.
    fn check_language(&mut self, page: &PageReading, words: &PageWords) -> Result<(), String> {
        let Some(declared) = &page.language else {
            return Ok(());
        };
        let primary = declared.split(['-', '_']).next().unwrap_or_default();
        let primary = primary.trim().to_ascii_lowercase();
        if !words.knows(&primary) {
            let quoted = quote(&page.blocks[0].text);
            return Err(format!(
                "the page `{quoted}` is in the language `{}`, of which no words are known; {}",
                quote(declared),
                remedy(&primary)
            ));
        }
        self.language = Some(primary);
        Ok(())
    }

    fn read(&mut self, page: &PageReading, words: &PageWords) {
        for block in &page.blocks {
            if self.beginning.chars().count() < QUOTED_CHARS_MAX && block.part == PagePart::Main {
                self.beginning.push(' ');
                self.beginning.push_str(&block.text);
            }
            let text = clause::folded(&block.text);
            let text = match words.bank.as_str() {
                "" => Cow::Borrowed(text.as_str()),
                bank => Cow::Owned(text.replace(bank, " ")),
            };
            let company = block.part == PagePart::Main && english::names_company(&text);
            for clause in clauses(&text) {
                self.weigh(&clause, block.part, company, words);
            }
        }
    }

    /// Weighs one clause; where a clause stands decides what it can prove.
    ///
    /// Beside a company's name only a phrase of the environment proves something: the small print of a page is often there.
    fn weigh(&mut self, clause: &Clause<'_>, part: PagePart, company: bool, words: &PageWords) {
        let known = self.known(clause, words);
        let english = english::said(clause);
        let main = part == PagePart::Main;
        let success = known.success || english.success;
        let proves = main && (known.success || !company);
        if success && proves {
            keep(&mut self.success, clause);
        }
        // Texts beside the page, or on every page of a site, do not tell how this visit went.
        let heads = main || part == PagePart::Header;
        let failure = known.failure || (english.failure && !company);
        if failure && heads {
            keep(&mut self.failure, clause);
            if known.failure || !english.partial {
                keep(&mut self.whole_failure, clause);
            }
        }
        let aside = company || part == PagePart::Footer;
        if (english.hint && !aside) || (success && !proves) {
            keep(&mut self.hint, clause);
        }
        if english.doubt && heads && !company {
            keep(&mut self.doubt, clause);
        }
        if english.unknown && heads && !company && !known.success && !known.failure {
            keep(&mut self.unknown, clause);
        }
    }

    /// Returns what the phrases of the environment say about a clause.
    fn known(&mut self, clause: &Clause<'_>, words: &PageWords) -> english::Said {
        let mut said = english::Said::default();
        for phrases in words.languages.values() {
            said.success |= clause.says_plainly(&phrases.success, &phrases.failure);
            said.failure |= clause.says_plainly(&phrases.failure, &[]);
            let known = phrases.success.iter().chain(&phrases.failure);
            let negated = known.into_iter().any(|phrase| clause.contains(phrase));
            if negated && !said.success && !said.failure {
                keep(&mut self.negated, clause);
            }
        }
        said
    }

    fn decide(self) -> Result<(PageOutcome, Option<String>), String> {
        let language = self.language.as_deref().unwrap_or("LANGUAGE");
        let hint = self.hint.as_ref();
        match (&self.success, &self.failure) {
            (Some(success), None) => match &self.doubt {
                None => Ok((PageOutcome::Success, Some(success.clone()))),
                Some(doubt) => Err(format!("the pages say both `{success}` and `{doubt}`")),
            },
            (None, Some(failure)) => match hint {
                None => self.failed(failure, &remedy(language)),
                Some(hint) => Err(format!("the pages say both `{failure}` and `{hint}`")),
            },
            (Some(success), Some(failure)) => {
                Err(format!("the pages say both `{success}` and `{failure}`"))
            }
            (None, None) => Err(self.undecided(hint, &remedy(language))),
        }
    }

    /// Decides for failure, unless something else may have been linked.
    fn failed(&self, failure: &str, remedy: &str) -> Result<(PageOutcome, Option<String>), String> {
        if self.textless {
            return Err(Self::no_text());
        }
        match (&self.whole_failure, &self.unknown) {
            (None, Some(unknown)) => Err(format!(
                "`{failure}` is about one thing, and what `{unknown}` says is not known; {remedy}"
            )),
            (Some(failure), _) => Ok((PageOutcome::Failure, Some(failure.clone()))),
            (None, None) => Ok((PageOutcome::Failure, Some(failure.to_owned()))),
        }
    }

    /// Says why a page without text in its markup decides nothing.
    fn no_text() -> String {
        "the last page has no text in its markup, and a script or a style sheet may show some; \
         let the provider write how linking went into the page, or answer with a redirect"
            .to_owned()
    }

    /// Says why pages without a statement decide nothing.
    fn undecided(&self, hint: Option<&String>, remedy: &str) -> String {
        if self.textless {
            return Self::no_text();
        }
        match (&self.negated, hint) {
            (Some(negated), _) => format!(
                "`{negated}` has a known phrase beside a negation, so the whole phrase has to be known; {remedy}"
            ),
            (None, Some(hint)) => {
                format!("`{hint}` does not say whether accounts were linked; {remedy}")
            }
            (None, None) => format!(
                "`{}` says neither success nor failure in words that are known; {remedy}",
                quote(self.beginning.trim())
            ),
        }
    }
}

/// Says what to write into an environment.
fn remedy(language: &str) -> String {
    format!(
        "write what the provider's pages say into the environment, as \
         `bank: {{ page_words: {{ {}: {{ success: […], failure: […] }} }} }}`",
        quote(language)
    )
}

/// Keeps the first clause of a kind.
fn keep(place: &mut Option<String>, clause: &Clause<'_>) {
    place.get_or_insert_with(|| quote(clause.text));
}

fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests;
