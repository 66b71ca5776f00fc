//! What is read off a page, and how hostile pages fare.

use super::*;
use crate::browser::form::forms;
use proptest::prelude::*;

const MARK: &str = "⟦secret:token#a91f⟧";

#[track_caller]
fn check_script(script: &str, expected: Option<&str>) {
    let reading = PageReading::of(&format!("<script>{script}</script>"));
    assert_eq!(reading.script.as_deref(), expected, "{script}");
}

#[test]
fn a_script_sets_the_location_to_a_literal() {
    check_script(
        "window.location.href = \"/next?a=1&b=2\";",
        Some("/next?a=1&b=2"),
    );
    check_script("location='http://h/x'", Some("http://h/x"));
    check_script("top . location = '/x';", Some("/x"));
    check_script("{};window.location.replace( '/x' )", Some("/x"));
    check_script(
        r#"location.href="http:\/\/h\/x?a=1\u0026b=\x32";"#,
        Some("http://h/x?a=1&b=2"),
    );
    check_script("location = '/a' + id; location = '/b'", Some("/b"));
}

#[test]
fn other_scripts_lead_nowhere() {
    for script in [
        "if (location.href == '/x') {}",
        "location.href = target;",
        "location = '/a' + id",
        "mylocation = '/x'",
        "page.location = '/x'",
        "location = ''",
        "location = `/x`",
    ] {
        check_script(script, None);
    }
    let foreign = PageReading::of("<script src=/a.js>location='/x'</script>");
    assert_eq!(foreign.script, None);
}

#[test]
fn a_refresh_names_its_target_in_several_ways() {
    let reading = |html: &str| PageReading::of(html);
    for (content, seconds, target) in [
        ("0;url=/x", 0, "/x"),
        ("5; URL = '/x'", 5, "/x"),
        ("0;url=http://h/?a=1;b=2", 0, "http://h/?a=1;b=2"),
        ("30", 30, ""),
        ("0;é", 0, "é"),
    ] {
        let html = format!("<meta http-equiv=Refresh content=\"{content}\">");
        let found = reading(&html).refresh.expect(content);
        assert_eq!((found.seconds, found.target.as_str()), (seconds, target));
    }
    let other = reading("<meta name=refresh content='0;url=/x'>");
    assert_eq!(other.refresh, None);
    let unscripted =
        reading("<noscript><meta http-equiv=refresh content='0;url=/x'></noscript><p>x");
    assert_eq!(unscripted.refresh, None);
    assert!(unscripted.refresh_without_scripts.is_some());
}

#[test]
fn a_template_is_inert_and_a_noscript_counts() {
    let form = "<form><input name=a></form>";
    let html = format!("<template>x<template>{form}</template>{form}</template>y");
    let reading = PageReading::of(&html);
    assert_eq!((forms(&reading).len(), reading.says.as_str()), (0, "y"));
    let reading = PageReading::of(&format!("<noscript><p>Go &amp; on{form}</noscript>"));
    assert_eq!(
        (forms(&reading).len(), reading.says.as_str()),
        (1, "Go & on")
    );
    let nested = "<noscript>".repeat(10_000);
    assert!(forms(&PageReading::of(&nested)).is_empty());
}

#[test]
fn a_document_without_a_type_is_a_page_if_it_begins_like_one() {
    for (body, page) in [
        ("<!DOCTYPE html><p>x", true),
        ("\n <form><input name=a></form>", true),
        ("<!-- x --><p>", true),
        ("<xml/>", false),
        ("{\"a\": 1}", false),
        ("", false),
    ] {
        let answer = |media: &str| Page {
            media: media.to_owned(),
            body: body.to_owned(),
            ..Page::default()
        };
        assert_eq!(
            PageReading::of_answer(&answer("")).is_some(),
            page,
            "{body}"
        );
        assert_eq!(PageReading::of_answer(&answer("text/plain")), None);
    }
}

#[test]
fn scripts_of_unknown_effect_are_noted() {
    for (html, scripted) in [
        ("<p>x", false),
        ("<script src=/app.js></script>", true),
        ("<script>start()</script>", true),
        ("<script>location = '/x'</script>", false),
        ("<script type=application/json>{}</script>", false),
        ("<body onload='send()'>", true),
    ] {
        assert_eq!(PageReading::of(html).scripted, scripted, "{html}");
    }
}

#[test]
fn links_frames_and_the_base_are_read_as_written() {
    let reading = PageReading::of(
        "<base href=/b/><a href=' /x?a=1&amp;b=2'>Go <b>back</b></a><a name=y>no</a>\
         <iframe src=/f></iframe><iframe src=about:blank></iframe><iframe></iframe>",
    );
    assert_eq!(reading.base.as_deref(), Some("/b/"));
    let [link] = reading.links.as_slice() else {
        panic!("one link: {:?}", reading.links);
    };
    assert_eq!(
        (link.href.as_str(), link.text.as_str()),
        ("/x?a=1&b=2", "Go back")
    );
    assert_eq!(reading.frames, ["/f"]);
}

#[test]
fn a_page_speaks_by_alert_then_text_then_title() {
    let head = "<title>Bank</title><style>p{}</style><script>x</script>";
    for (body, expected) in [
        ("<p>Hello<p role=alert>Wrong\n password", "Wrong password"),
        ("<p>Hello<div class='form-error'></div>", "Hello"),
        (
            "<p>Hello<div class=error hidden>Enable scripts</div>",
            "Hello Enable scripts",
        ),
        ("<p>Hello<div id=alertBox>Locked</div>", "Locked"),
        ("<h1>Closed</h1><p>Come back.</p>", "Closed Come back."),
        (" ", "Bank"),
    ] {
        assert_eq!(
            PageReading::of(&format!("{head}{body}")).says,
            expected,
            "{body}"
        );
    }
}

#[test]
fn only_html_is_a_page() {
    let answer = |media: &str| Page {
        status: 200,
        media: media.to_owned(),
        body: "<p>x".to_owned(),
        ..Page::default()
    };
    for (media, expected) in [
        ("text/html", true),
        ("Text/HTML; charset=utf-8", true),
        ("application/xhtml+xml", true),
        ("text/plain", false),
        ("", true),
    ] {
        assert_eq!(
            PageReading::of_answer(&answer(media)).is_some(),
            expected,
            "{media}"
        );
    }
}

#[test]
fn what_becomes_a_handle_only_when_decoded_is_none() {
    let reading = PageReading::of(&format!(
        "<p>{MARK}</p><form><input name=a value='{MARK}'>\
         <input name=b value='&#x27e6;secret:token#a91f&#x27e7;'>\
         <input name=c value='&#x27e6;secret:other#b2&#x27e7;{MARK}'>\
         <textarea name=d>&#x27e6;secret:other#b2&#x27e7;</textarea></form>"
    ));
    let values: Vec<_> = forms(&reading)[0]
        .fields
        .iter()
        .map(|field| field.value.clone())
        .collect();
    // The second stands for what the page itself sent, so it tells nothing new.
    assert_eq!(values[0], MARK);
    assert_eq!(values[1], MARK);
    assert_eq!(values[2], format!("⟦text:secret:other#b2⟧{MARK}"));
    assert_eq!(values[3], "⟦text:secret:other#b2⟧");
}

#[test]
fn a_page_is_read_up_to_its_border_and_no_further() {
    let form = "<form><input name=a></form>";
    let fits = format!("{}{form}", " ".repeat(HTML_BYTES_MAX - form.len()));
    assert_eq!(forms(&PageReading::of(&fits)).len(), 1);
    let late = format!("{}{form}", " ".repeat(HTML_BYTES_MAX));
    assert_eq!(forms(&PageReading::of(&late)).len(), 0);
    // The border may lie inside a character.
    let wide = format!(" {}", "é".repeat(HTML_BYTES_MAX));
    assert!(!PageReading::of(&wide).says.is_empty());
}

#[test]
fn deep_and_wide_pages_are_read_all_the_same() {
    for piece in [
        "<form>",
        "<a href=x>",
        "<label>",
        "<p class=error>",
        "<select><option>",
        "<iframe src=x>",
        "<p a=b c=d ",
    ] {
        let html = piece.repeat(HTML_BYTES_MAX / piece.len() + 1);
        let reading = PageReading::of(&html);
        assert!(forms(&reading).len() <= 200);
        assert!(reading.links.len() <= LINKS_MAX);
    }
}

fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<form",
        "<form method=post action=",
        "</form>",
        "<input name=a type=",
        "radio",
        "password",
        ">",
        "'",
        "\"",
        "<select name=s>",
        "<option value=",
        "</select>",
        "<label for=a>",
        "</label>",
        "<script>",
        "</script>",
        "location='",
        "\\u00",
        "\\x",
        "<meta http-equiv=refresh content=",
        "0;url",
        "=",
        "<iframe src=",
        "<textarea name=t>",
        "⟦secret:",
        "a#1⟧",
        "&#x27e6;",
        "&amp",
        "é",
        "<!--",
        "-->",
        "<title>",
        "\0",
        " ",
        "\n",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read(html in any::<String>()) {
        let _ = forms(&PageReading::of(&html));
    }

    #[test]
    fn any_tag_soup_is_read_and_brings_no_handle(html in soup()) {
        let reading = PageReading::of(&html);
        let known: Vec<_> = handle::find(&html).map(|(range, _)| html[range].to_owned()).collect();
        for form in forms(&reading) {
            for field in form.fields {
                for (range, _) in handle::find(&field.value) {
                    prop_assert!(known.contains(&field.value[range].to_owned()));
                }
            }
        }
    }
}
