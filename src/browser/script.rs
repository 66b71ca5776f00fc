//! Reads a script without running it: tells whether it certainly does nothing but send the browser elsewhere.
//!
//! Only a statement that is executed in any case counts: one outside of every function, block, timer, handler and
//! condition, which sets the location to a literal.

use std::sync::LazyLock;

use regex::Regex;

/// Returns the literal to which a script sets the location in any case.
pub(super) fn sets_location(script: &str) -> Option<String> {
    let literal = Statements::of(script).find_map(located)?;
    let target = unescape(literal);
    (!target.trim().is_empty()).then_some(target)
}

/// Returns the literal to which a statement sets the location, without its quotes.
#[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
fn located(statement: &str) -> Option<&str> {
    const LITERAL: &str = r#"("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"#;
    static SETS: LazyLock<Regex> = LazyLock::new(|| {
        let subject = r"^(?:(?:window|document|self|top|parent)\s*\.\s*)*location";
        let assigned = format!(r"(?:\s*\.\s*href)?\s*=\s*{LITERAL}");
        let called = format!(r"\s*\.\s*(?:assign|replace)\s*\(\s*{LITERAL}\s*\)");
        Regex::new(&format!("{subject}(?:{assigned}|{called})"))
            .expect("the expression is a constant that a test compiles")
    });
    let found = SETS.captures(statement)?;
    let rest = statement[found.get(0)?.end()..].trim_start();
    // A literal that an operator follows is not the whole value.
    let ends = rest.chars().next().is_none_or(|next| {
        matches!(next, ';' | '}' | '<' | '"' | '\'')
            || next.is_alphanumeric()
            || rest.starts_with("//")
            || rest.starts_with("/*")
    });
    let literal = found.get(1).or_else(|| found.get(2))?.as_str();
    ends.then(|| &literal[1..literal.len() - 1])
}

/// The statements of a script that are executed in any case, each with all that follows it.
struct Statements<'s> {
    script: &'s str,
    at: usize,
    /// How many brackets of any kind are open.
    depth: usize,
    /// What is known of the code before: where it ends, and whether a line ended since.
    before: Option<usize>,
    line_ended: bool,
}

impl<'s> Statements<'s> {
    fn of(script: &'s str) -> Self {
        Self {
            script,
            at: 0,
            depth: 0,
            before: None,
            line_ended: false,
        }
    }

    /// Returns the length of the comment or literal at the current place; 0 if there is none.
    fn skipped(&self) -> (usize, bool) {
        let rest = &self.script[self.at..];
        let until = |from: usize, end: &str| {
            rest.get(from..)
                .and_then(|inner| inner.find(end))
                .map_or(rest.len(), |at| from + at + end.len())
        };
        if rest.starts_with("//") || rest.starts_with("<!--") || rest.starts_with("-->") {
            return (rest.find('\n').unwrap_or(rest.len()), true);
        }
        if rest.starts_with("/*") {
            return (until(2, "*/"), true);
        }
        let Some(quote) = rest
            .chars()
            .next()
            .filter(|character| matches!(character, '"' | '\'' | '`'))
        else {
            return (0, false);
        };
        let mut escaped = false;
        for (at, character) in rest.char_indices().skip(1) {
            if character == quote && !escaped {
                return (at + 1, false);
            }
            escaped = character == '\\' && !escaped;
        }
        (rest.len(), false)
    }

    /// Tells whether a statement begins at the current place, which is no part of a word.
    fn begins(&self) -> bool {
        let Some(end) = self.before else {
            return true;
        };
        let code = &self.script[..end];
        let last = code.chars().next_back().unwrap_or(';');
        if matches!(last, ';' | '}') {
            return true;
        }
        // A line that begins with a word begins a statement, unless the line before goes on.
        const GOES_ON: [&str; 12] = [
            "else", "do", "return", "in", "of", "typeof", "new", "void", "delete", "case", "throw",
            "await",
        ];
        let word_start = code
            .rfind(|character: char| !character.is_alphanumeric())
            .map_or(0, |at| {
                at + code[at..].chars().next().map_or(1, char::len_utf8)
            });
        self.line_ended
            && (last.is_alphanumeric() || matches!(last, '"' | '\'' | '`' | ']'))
            && !GOES_ON.contains(&&code[word_start..])
    }
}

impl<'s> Iterator for Statements<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        while self.at < self.script.len() {
            let (skipped, comment) = self.skipped();
            if skipped > 0 {
                self.at += skipped;
                if !comment {
                    self.before = Some(self.at);
                    self.line_ended = false;
                }
                continue;
            }
            let begun = self.at;
            let character = self.script[begun..].chars().next()?;
            self.at += character.len_utf8();
            if character.is_whitespace() {
                self.line_ended |= character == '\n';
                continue;
            }
            let begins = self.depth == 0 && self.begins();
            match character {
                '(' | '[' | '{' => self.depth += 1,
                ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.before = Some(self.at);
            self.line_ended = false;
            if begins && character.is_alphabetic() {
                return Some(&self.script[begun..]);
            }
        }
        None
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, expected: Option<&str>) {
        assert_eq!(sets_location(script).as_deref(), expected, "{script}");
    }

    #[test]
    fn what_is_executed_in_any_case_counts() {
        check("location='/a'", Some("/a"));
        check("top.location.href = \"/a\";", Some("/a"));
        check("window.location.replace('/a')", Some("/a"));
        check("var a = 1\nlocation = '/a'\nvar b", Some("/a"));
        check(
            "// location = '/x'\n/* ; location='/y' */ location = '/a';",
            Some("/a"),
        );
        check("function f() { return 1 } location = '/a'", Some("/a"));
        check("<!--\nlocation = '/a';\n//-->", Some("/a"));
        check(r"location='\/a\u003fb\x3D1'", Some("/a?b=1"));
    }

    #[test]
    fn what_a_timer_a_handler_or_a_condition_does_is_not_followed() {
        check("setTimeout(function () { location = '/a' }, 60000)", None);
        check("setTimeout(() => location = '/a', 60000)", None);
        check("function leave() { location = '/a'; }", None);
        check("if (top != self) top.location = '/a'", None);
        check("if (top != self)\n  top.location = '/a'", None);
        check("if (x) { y() } else location = '/a'", None);
        check("else\nlocation = '/a'", None);
        check("x && location.assign('/a')", None);
        check("x ? location = '/a' : 0", None);
        check("button.onclick = () =>\nlocation = '/a'", None);
        check("'; location = \"/a\"'", None);
        check("`\n; location = '/a'\n`", None);
    }

    #[test]
    fn what_is_no_literal_is_not_followed() {
        check("location = '/a' + b", None);
        check("location = '/a'\n  + b", None);
        check("location = '/a'.trim()", None);
        check("location = a", None);
        check("mylocation = '/a'", None);
        check("my.location = '/a'", None);
        check("location.hash = '/a'", None);
        check("location = ''", None);
    }
}
