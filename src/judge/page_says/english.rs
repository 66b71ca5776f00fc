//! What English pages say about linking.
//!
//! Statements prove something; single words only forbid a conclusion: `linked` in `your linked accounts` says nothing, and
//! `success` may be a part of a name.

use std::sync::LazyLock;

use regex::Regex;

use super::clause::{Clause, negates};

/// The primary subtag of the language.
pub(super) const LANGUAGE: &str = "en";

/// What a clause says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// That accounts were linked.
    pub success: bool,
    /// That linking failed.
    pub failure: bool,
    /// A word of success that is no statement.
    pub hint: bool,
    /// A word of failure that is no statement.
    pub doubt: bool,
    /// That linking failed for one thing, which leaves open how it went for others.
    pub partial: bool,
    /// Something about accounts, in words that are not known.
    pub unknown: bool,
}

/// Statements that accounts were linked.
///
/// A person or a company is connected or authorised, too; so these words need a subject that can be linked.
const SUCCESS: &str = r"(?x)
    \b(?:is|are|was|were|been)\ (?:now\ |all\ |both\ )?(?:successfully\ )?linked\b
    | \b(?:accounts?|banks?|cards?|consents?)\ (?:\w+\ ){0,5}?(?:is|are|was|were|been)\ (?:now\ |all\ |both\ )?(?:successfully\ )?(?:connected|authori[sz]ed)\b
    | \bsuccessfully\ linked\b
    | \blinked\ successfully\b
    | \b(?:accounts?|banks?|cards?|consents?)\ (?:connected|authori[sz]ed)\ successfully\b
    | \b(?:linking|connection|authori[sz]ation|set-?up)\ (?:(?:is|was|has)\ )?(?:been\ )?(?:succeeded|successful|successfully\ completed)\b
    | \b(?:we|you)(?:'ve|\ have)?\ (?:now\ )?(?:successfully\ )?linked\ (?:your|\d+|all|these|the)\b
    | \b(?:we|you)(?:'ve|\ have)?\ (?:now\ )?(?:successfully\ )?(?:connected|authori[sz]ed)\ (?:your|\d+|all|these|the)\ (?:\w+\ ){0,3}(?:accounts?|banks?|cards?|consents?)\b";

/// What a clause with a word of success says instead: who regulates a bank, how a browser is connected, which accounts
/// are meant.
const OTHER: &str = r"(?x)
    \b(?:authori[sz]ed|connected|linked)\ (?:and\ (?:regulated|supervised)|by|under|over|via|through)\b
    | \bauthori[sz]ed\ (?:as|to)\b
    | \bconnected\b.*\b(?:secure\w*|encrypted)\b
    | \b(?:regulat\w+|prudential|supervis\w+)\b
    | \b(?:accounts?|banks?|cards?|consents?)\ (?:that|which)\ ";

/// What a statement of failure is about when it is about one thing, and another may have been linked.
const ONE_THING: &str = r"\b(?:accounts?|cards?|banks?|loans?|mortgages?|savings|deposits?|pots?|others?|one|two|three|some|few|rest)\b";

/// A statement of failure about everything, whatever else is in it.
const EVERYTHING: &str = r"\b(?:nothing|none|linking|your (?:bank )?accounts (?:were|could|are|have|cannot|can't|couldn't|weren't|aren't)|consent|we (?:could not|couldn't|cannot|can't|were not able to) (?:link|connect) your (?:bank )?accounts)\b";

/// What linking is about.
const TOPIC: &str = r"\b(?:accounts?|banks?|cards?|sage)\b";

/// With how many words a clause can be a statement; shorter ones are headings.
const STATEMENT_WORDS_MIN: usize = 4;

/// First words of a clause that tells the customer what to do.
const REQUESTS: [&str; 28] = [
    "add", "ask", "back", "call", "check", "choose", "click", "close", "connect", "contact",
    "continue", "do", "enter", "go", "link", "log", "make", "open", "please", "return", "review",
    "select", "sign", "start", "to", "try", "view", "visit",
];

/// Statements that linking failed, or that nothing was linked.
const FAILURE: &str = r"(?x)
    \b(?:not|never|cannot|\w+n't)\ (?:(?:yet|been|be|get|successfully)\ ){0,3}(?:linked|connected|authori[sz]ed)\b
    | \bno\ (?:\w+\ )?(?:accounts?|banks?|cards?|connections?|links?)\ (?:is|are|was|were|(?:has|have|could)\ (?:been|be))\ (?:linked|connected|authori[sz]ed)\b
    | \b(?:nothing|none)\ (?:of\ (?:\w+\ ){1,3})?(?:is|are|was|were|(?:has|have|could)\ (?:been|be))\ (?:linked|connected|authori[sz]ed)\b
    | \b(?:could\ not|couldn't|cannot|can't|can\ not|did\ not|didn't|unable\ to|failed\ to|(?:was|were|are)\ not\ able\ to|(?:was|were|is)\ not|wasn't|weren't)\ (?:be\ )?
      (?:link|connect|authori[sz]e|complete|finish|save|process|set\ up|establish|succeed|success|possible|work)\w*\b
    | \b(?:linking|connection|connecting|authori[sz]ation|request|set-?up|process|consent|it|this|that)\ (?:(?:has|have|was|is)\ )?(?:been\ )?
      (?:failed|unsuccessful|refused|rejected|declined|denied)\b
    | ^(?:failed|failure|error|linking\ (?:failure|error))(?:\ \d+)?$
    | \bunsuccessful(?:ly)?\b
    | \b(?:something|that|it)\ went\ wrong\b
    | \ban\ (?:\w+\ ){0,2}error\ (?:has\ )?occurred\b";

/// Words of success.
const HINT: &str = r"(?x)
    \b(?:linked|connected|authori[sz]ed|success|successful|successfully|succeeded|completed?|congratulations|(?:all\ )?done|all\ (?:good|set)|(?:good|great)\ news|well\ done)\b
    | [✓✔☑✅🎉👍]";

/// Words of failure.
const DOUBT: &str = r"\b(?:fail\w*|unable|errors?|sorry|unfortunately|unsuccessful\w*|wrong|refused|rejected|declined|denied)\b";

/// Words that make a clause conditional, or one about another time.
const CONDITIONAL: [&str; 17] = [
    "already",
    "before",
    "earlier",
    "if",
    "may",
    "might",
    "once",
    "previously",
    "should",
    "soon",
    "unless",
    "until",
    "when",
    "whenever",
    "whether",
    "will",
    "would",
];

/// How many words before a word a negation still negates it.
const REACH: usize = 4;

/// The compiled patterns.
struct Patterns {
    success: Regex,
    failure: Regex,
    hint: Regex,
    doubt: Regex,
    company: Regex,
    other: Regex,
    one_thing: Regex,
    everything: Regex,
    topic: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    success: compile(SUCCESS),
    failure: compile(FAILURE),
    hint: compile(HINT),
    doubt: compile(DOUBT),
    company: compile(r"©|\b(?:copyright|all rights reserved|ltd|limited|gmbh|inc|plc|llc)\b"),
    other: compile(OTHER),
    one_thing: compile(ONE_THING),
    everything: compile(EVERYTHING),
    topic: compile(TOPIC),
});

#[expect(clippy::expect_used, reason = "a test compiles every pattern")]
fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this file are regular expressions")
}

/// Returns what a clause says.
pub(super) fn said(clause: &Clause<'_>) -> Said {
    let text = clause.text;
    let open = clause.asks || clause.words().any(|word| CONDITIONAL.contains(&word));
    let failure = PATTERNS.failure.is_match(text);
    let success = PATTERNS.success.is_match(text);
    let other = PATTERNS.other.is_match(text);
    let negated = clause.words().any(negates);
    let hints = PATTERNS.hint.find_iter(text);
    let hint = hints
        .into_iter()
        .any(|hint| !negated_at(text, hint.start()));
    let doubts = PATTERNS.doubt.find_iter(text);
    let doubt = doubts
        .into_iter()
        .any(|doubt| !negated_at(text, doubt.start()));
    let failed = failure && !open && !denies_failure(text);
    Said {
        success: success && !failure && !negated && !open && !other,
        failure: failed,
        hint: hint && !failure && (success || !other),
        doubt: (doubt || (success && negated)) && !open,
        partial: failed && is_partial(text),
        unknown: !failure && !negated && !open && !other && !doubt && is_statement(clause),
    }
}

/// Tells whether a failure is one of one thing.
fn is_partial(text: &str) -> bool {
    PATTERNS.one_thing.is_match(text) && !PATTERNS.everything.is_match(text)
}

/// Tells whether a clause states something about accounts, and is neither a heading nor a request.
fn is_statement(clause: &Clause<'_>) -> bool {
    let first = clause.words().next().unwrap_or_default();
    clause.words().count() >= STATEMENT_WORDS_MIN
        && !REQUESTS.contains(&first)
        && PATTERNS.topic.is_match(clause.text)
}

/// Tells whether a folded text names a company, as the last lines of a page do.
pub(super) fn names_company(text: &str) -> bool {
    PATTERNS.company.is_match(text)
}

/// Tells whether a statement of failure is itself denied: `nothing has failed`, `not that linking failed`.
fn denies_failure(text: &str) -> bool {
    PATTERNS
        .failure
        .find(text)
        .is_some_and(|found| negated_at(text, found.start()))
}

/// Tells whether a negation stands shortly before a place of a text.
fn negated_at(text: &str, at: usize) -> bool {
    let before = Clause {
        text: &text[..at],
        asks: false,
    };
    before
        .words()
        .rev()
        .take(REACH)
        .any(|word| negates(word) || matches!(word, "failed" | "unable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Said {
        said(&Clause { text, asks: false })
    }

    #[test]
    fn a_denied_failure_is_none() {
        assert!(of("it seems that linking failed").failure);
        assert!(!of("it is not that linking failed").failure);
        assert!(!of("it is not so that an error occurred").failure);
    }

    #[test]
    fn a_failure_about_all_accounts_is_no_partial_one() {
        let one = of("one account could not be linked");
        assert!(one.failure && one.partial);
        let all = of("none of your accounts were linked");
        assert!(all.failure && !all.partial);
    }
}
