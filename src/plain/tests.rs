use proptest::prelude::*;

use super::*;

#[test]
fn the_unprintable_is_shown_and_the_printable_left_alone() {
    let check = |text: &str, expected: &str| assert_eq!(plain(text), expected, "{text:?}");
    check("a\tb\nc é 😀 \u{FFFD}", "a\tb\nc é 😀 \u{FFFD}");
    check("\u{1b}[31mred", "\\u{1b}[31mred");
    check("nul\0 del\u{7f} c1\u{85}", "nul\\u{0} del\\u{7f} c1\\u{85}");
    check("\u{FFFE}\u{FFFF}\u{1FFFE}", "\\u{fffe}\\u{ffff}\\u{1fffe}");
    check("\u{202E}drow\u{200F}", "\\u{202e}drow\\u{200f}");
    check("one\r\ntwo\rthree", "one\ntwo\\u{d}three");
    check(r"\ud800 stays", r"\ud800 stays");
}

#[test]
fn a_line_is_one_line() {
    assert_eq!(line("two\r\nlines\tof text\n"), "two lines of text");
    assert_eq!(line("one"), "one");
}

#[test]
fn a_line_that_a_runner_obeys_is_none_any_more() {
    let check = |text: &str, expected: &str| {
        assert_eq!(harmless(text, Styles::Shown), expected, "{text:?}");
    };
    check("::add-mask::a", "\\u{3a}:add-mask::a");
    check(
        "a\n \u{a0}\t::stop-commands::b\n",
        "a\n \u{a0}\t\\u{3a}:stop-commands::b\n",
    );
    check(
        "\u{feff}::error file=a::b",
        "\u{feff}\\u{3a}:error file=a::b",
    );
    check("##[group]a", "#\\u{23}[group]a");
    check(
        "a ###vso[task.setvariable]b",
        "a ##\\u{23}vso[task.setvariable]b",
    );
    check("##teamcity[a] ##[b]", "#\\u{23}teamcity[a] #\\u{23}[b]");
    check(
        "section_start:1:a\r\u{1b}[0Kb",
        "\\u{73}ection_start:1:a\\u{d}\\u{1b}[0Kb",
    );
    check("  section_end:1:a", "  \\u{73}ection_end:1:a");
    check("a\u{2028}::error::b", "a\\u{2028}::error::b");
}

#[test]
fn what_no_runner_obeys_stays() {
    for text in [
        "",
        "a\n\nb\n",
        "::1",
        "std::fmt::Write",
        "## heading [link]",
        "# [a]",
        "the section_start: of a\tb",
    ] {
        assert_eq!(harmless(text, Styles::Shown), text);
        assert_eq!(harmless(text, Styles::Kept), text);
    }
}

#[test]
fn styles_are_kept_and_every_other_sequence_is_shown() {
    let check = |text: &str, expected: &str| {
        assert_eq!(harmless(text, Styles::Kept), expected, "{text:?}");
    };
    check("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m");
    check("\u{1b}[32m::error::a", "\u{1b}[32m\\u{3a}:error::a");
    check("\u{1b}[8mhidden", "\\u{1b}[8mhidden");
    check("\u{1b}[30;1mblack", "\\u{1b}[30;1mblack");
    check(
        "\u{1b}[2Ja\u{1b}]0;title\u{7}",
        "\\u{1b}[2Ja\\u{1b}]0;title\\u{7}",
    );
    check("\u{1b}", "\\u{1b}");
    let shown = harmless("\u{1b}[31mred", Styles::Shown);
    assert_eq!(shown, "\\u{1b}[31mred");
}

/// Texts in which much is obeyed or unprintable.
fn hostile() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "::",
        "##",
        "#",
        "[",
        "vso[",
        "error",
        "section_start:",
        "section_end:",
        "1:a",
        " ",
        "\t",
        "\n",
        "\r",
        "\u{1b}[",
        "\u{1b}",
        "31m",
        "2J",
        "m",
        "\u{85}",
        "\u{202e}",
        "\u{feff}",
        "é",
    ]);
    prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn plain_text_stays_plain(text in any::<String>()) {
        let once = plain(&text).into_owned();
        prop_assert_eq!(plain(&once), once.as_str());
        prop_assert!(!line(&text).contains('\n'));
    }

    #[test]
    fn harmless_text_is_obeyed_by_nobody_and_stays_as_it_is(text in hostile()) {
        let compile = |pattern: &str| regex::Regex::new(pattern).expect("it compiles");
        let style = compile("\u{1b}\\[[0-9;]*m");
        let bracket = compile("##[a-zA-Z]*\\[");
        let before = compile("^(?:\\s|\u{feff}|\u{1b}\\[[0-9;]*m)*");
        let command = compile("^(?:::.*::|section_start:|section_end:)");
        for styles in [Styles::Shown, Styles::Kept] {
            let once = harmless(&text, styles).into_owned();
            prop_assert_eq!(harmless(&once, styles), once.as_str());
            let bare = style.replace_all(&once, "");
            let is_raw = |one: char| is_hidden(one) && one != '\n' && one != '\t';
            prop_assert!(!bare.chars().any(is_raw), "{:?}", once);
            prop_assert!(!bracket.is_match(&once), "{:?}", once);
            for line in once.lines() {
                prop_assert!(!command.is_match(&before.replace(line, "")), "{:?}", once);
            }
        }
    }
}
