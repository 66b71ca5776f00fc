//! Tests of the loader: positions, refusals, hostile input.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn read(text: &str) -> Node {
    load("x.yaml", text.as_bytes()).unwrap()
}

fn refuse(bytes: &[u8]) -> Vec<(String, String)> {
    load("x.yaml", bytes)
        .unwrap_err()
        .into_iter()
        .map(|found| {
            (
                format!("{}:{}", found.span.line, found.span.column),
                found.message,
            )
        })
        .collect()
}

fn check(text: &str, place: &str, message: &str) {
    let found = refuse(text.as_bytes());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), (place, message));
}

fn place(node: &Node) -> (u32, u32, u32) {
    (node.span.line, node.span.column, node.span.len)
}

#[test]
fn every_value_and_key_has_its_place() {
    let tree = read("plan: x\nsteps:\n  - send: GET /a\n    body: { \"k\": [1, two] }\n");
    assert_eq!(place(&tree), (1, 1, 4));
    let steps = tree.get("steps").unwrap();
    assert_eq!(place(steps), (3, 3, 1));
    let step = &steps.as_list().unwrap()[0];
    assert_eq!(place(step), (3, 5, 4));
    assert_eq!(place(step.get("send").unwrap()), (3, 11, 6));
    let body = step.get("body").unwrap();
    assert_eq!(place(body), (4, 11, 1));
    let (key, list) = &body.as_map().unwrap()[0];
    assert_eq!(
        (key.text.as_str(), key.span.column, key.span.len),
        ("k", 13, 3)
    );
    assert_eq!(place(&list.as_list().unwrap()[1]), (4, 22, 3));
}

#[test]
fn columns_count_characters_and_line_ends_may_be_windows() {
    let tree = read("\u{feff}a: 1\r\n\"é😀\": ${x} y\r\n");
    let (key, value) = &tree.as_map().unwrap()[1];
    assert_eq!((key.span.line, key.span.column, key.span.len), (2, 1, 4));
    assert_eq!(place(value), (2, 7, 6));
    assert_eq!(place(tree.get("a").unwrap()), (1, 4, 1));
}

#[test]
fn a_text_over_several_lines_has_the_place_of_its_first() {
    let tree = read("a: |\n  one\n  two\nb: 'x\n  yy'\n");
    assert_eq!(place(tree.get("a").unwrap()), (2, 3, 3));
    assert_eq!(tree.get("a").unwrap().as_text(), Some("one\ntwo\n"));
    assert_eq!(place(tree.get("b").unwrap()), (4, 4, 2));
}

#[test]
fn an_alias_has_the_place_of_its_use() {
    let tree = read("a: &x { k: 1 }\nb: *x\nc:\n  <<: *x\n  l: 2\n");
    assert_eq!(place(tree.get("b").unwrap()), (2, 4, 2));
    assert_eq!(place(tree.get("b").unwrap().get("k").unwrap()), (2, 4, 2));
    assert_eq!(tree.get("c").unwrap().to_value(), json!({ "l": 2, "k": 1 }));
    assert_eq!(tree.get("c").unwrap().get("k").unwrap().span.line, 4);
}

#[test]
fn what_was_written_wins_over_what_was_merged() {
    let tree = read("a: &x { k: 1, m: 2 }\nc: { <<: *x, k: 3 }\n");
    assert_eq!(
        tree.get("c").unwrap().get("k").unwrap().to_value(),
        json!(3)
    );
}

#[test]
fn keys_keep_their_spelling() {
    let tree = read("200: a\nno: b\n010: c\n'': d\n");
    let keys: Vec<_> = tree
        .as_map()
        .unwrap()
        .iter()
        .map(|(key, _)| key.text.as_str())
        .collect();
    assert_eq!(keys, ["200", "no", "010", ""]);
}

#[test]
fn nothing_is_null() {
    for text in ["", "# only a comment\n", "---\n", "\u{feff}"] {
        assert_eq!(read(text).kind, Kind::Null, "{text:?}");
    }
}

#[test]
fn syntax_is_refused_with_its_place() {
    check(
        "a: 1\na: 2\n",
        "2:1",
        "the key `a` appears twice in one object",
    );
    check(
        "1: a\n'1': b\n",
        "2:1",
        "the key `1` appears twice in one object",
    );
    check(
        "--- 1\n--- 2\n",
        "2:1",
        "a second YAML document begins here",
    );
    check("a: *nope\n", "1:4", "this alias has no anchor before it");
    check(
        "a: &r [*r]\n",
        "1:8",
        "this alias stands inside of what it repeats",
    );
    check("a: !env X\n", "1:9", "the tag `!env` means nothing here");
    check("~: 1\n", "1:1", "a key must be a string");
    check(
        "[a]: 1\n",
        "1:1",
        "a key must be a string, not an array or an object",
    );
    check(
        "a: b: c\n",
        "1:5",
        "mapping values are not allowed in this context",
    );
    check("a: [1, 2\n", "1:4", "unclosed bracket '['");
}

#[test]
fn a_tab_is_refused_with_the_way_out() {
    let found = load("x.yaml", b"a:\n\tb: 1\n").unwrap_err();
    assert_eq!(
        found[0].hint.as_deref(),
        Some("indent with spaces"),
        "{found:?}"
    );
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_place() {
    assert_eq!(
        refuse(b"a: 1\nb: \xc3\xa9\xff\n"),
        [("2:5".to_owned(), "the file is not UTF-8".to_owned())]
    );
}

#[test]
fn what_is_marked_of_a_tagged_value_ends_with_its_line() {
    let found = load("x.yaml", b"a: [\nb: !env TITLE\nc: 1\n").unwrap_err();
    let end = found[0].span.column + found[0].span.len - 1;
    assert!(end <= 13, "{found:?}");
}

#[test]
fn a_carriage_return_alone_counts_as_the_end_of_a_line_in_every_place() {
    check(
        "a: 1\r---\rb: 2\r",
        "2:1",
        "a second YAML document begins here",
    );
    check(
        "# a\rb:\n  - c\n\td: 1\n",
        "4:1",
        "a tab indents this line, and YAML allows only spaces there",
    );
    assert_eq!(
        refuse(b"a: 1\rb: \xff\r"),
        [("2:4".to_owned(), "the file is not UTF-8".to_owned())]
    );
}

#[test]
fn all_ambiguous_scalars_are_reported_once_in_order() {
    let found = refuse(b"a: &x 010\nb: *x\nc: [yes, 'no', { d: 1_000 }]\n");
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["1:7", "3:5", "3:21"]);
}

#[test]
fn bombs_are_refused() {
    let mut aliases = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let row = vec![format!("*a{}", level - 1); 10].join(",");
        aliases.push_str(&format!("a{level}: &a{level} [{row}]\n"));
    }
    let found = refuse(aliases.as_bytes());
    assert_eq!(found[0].1, "the aliases of this file unfold to too much");
    for deep in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(5_000),
    ] {
        assert_eq!(refuse(deep.as_bytes()).len(), 1);
    }
}

#[test]
fn the_last_allowed_depth_is_read() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(load("x.yaml", nested(DEPTH_MAX).as_bytes()).is_ok());
    assert!(load("x.yaml", nested(DEPTH_MAX + 1).as_bytes()).is_err());
}

#[test]
fn json_is_yaml() {
    let value = json!({ "a": [1, -2.5, "x\n\"y\"", null, true], "é": {} });
    let text = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(read(&text).to_value(), value);
}

fn valid(span: &Span) -> bool {
    span.line >= 1 && span.column >= 1 && span.len >= 1
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(findings) = load("x.yaml", &bytes) {
            prop_assert!(!findings.is_empty() && findings.iter().all(|found| valid(&found.span)));
        }
    }

    #[test]
    fn no_almost_yaml_makes_it_panic(text in "([a-c0]|: |- |\\? |\n|  |[\\[\\]{},&*#|>'\"!%@~<\t\r]|<<: |\\*a|&a |!!str |---|é){0,40}") {
        match load("x.yaml", text.as_bytes()) {
            Ok(node) => prop_assert!(valid(&node.span)),
            Err(findings) => prop_assert!(!findings.is_empty() && findings.iter().all(|found| valid(&found.span))),
        }
    }
}

#[test]
fn a_tab_in_the_indentation_is_found_where_it_is() {
    let text = "cases:\n  - send: GET /a\n\tas: product\n    b: 1\n";
    let message = "a tab indents this line, and YAML allows only spaces there";
    check(text, "3:1", message);
    assert_eq!(
        read("title:\tA plan\t# with tabs\n").to_value(),
        json!({ "title": "A plan" })
    );
}

#[test]
fn utf_16_is_called_by_its_name() {
    for bytes in [b"\xff\xfep\0l\0".as_slice(), b"\xfe\xff\0p\0l"] {
        let expected = ("1:1".to_owned(), "the file is UTF-16".to_owned());
        assert_eq!(refuse(bytes), [expected]);
    }
}

#[test]
fn a_list_of_merged_objects_prefers_the_first() {
    let tree = read("a: &a { k: 1 }\nb: &b { k: 2, l: 3 }\nc: { <<: [*a, *b] }\n");
    assert_eq!(tree.get("c").unwrap().to_value(), json!({ "k": 1, "l": 3 }));
}

#[test]
fn the_last_anchor_of_a_name_before_an_alias_counts() {
    let tree = read("a: &x 1\nb: &x 2\nc: *x\n");
    assert_eq!(tree.get("c").unwrap().to_value(), json!(2));
}

#[test]
fn a_block_of_windows_holds_no_carriage_return() {
    let tree = read("a: |\r\n  one\r\n  # two\r\n");
    assert_eq!(tree.get("a").unwrap().as_text(), Some("one\n# two\n"));
}

#[test]
fn a_document_may_end_with_dots_and_a_comment() {
    assert_eq!(read("a: b\n...\n# end\n").to_value(), json!({ "a": "b" }));
}

#[test]
fn numbers_keep_the_digits_that_are_written() {
    let tree = read(
        "a: 9007199254740993.01\nb: 18446744073709551617\nc: &c 0.123456789012345678\nd: *c\ne: [-45.125]\n",
    );
    assert_eq!(
        tree.to_value().to_string(),
        r#"{"a":9007199254740993.01,"b":18446744073709551617,"c":0.123456789012345678,"d":0.123456789012345678,"e":[-45.125]}"#
    );
}
