use super::*;
use serde_json::json;

fn page(html: &str) -> Message {
    Message {
        status: Some(200),
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: Body::Text {
            text: html.to_owned(),
            bytes: html.len(),
            cut: false,
            sha256: None,
        },
        ..Message::default()
    }
}

fn said(html: &str, bank: &Value) -> Result<PageOutcome, String> {
    let page = page(html);
    let said = pages_say(&[&page], &PageWords::of_bank(bank));
    said.map(|(outcome, _)| outcome)
}

#[track_caller]
fn check(html: &str, expected: PageOutcome) {
    assert_eq!(said(html, &json!({})), Ok(expected), "{html}");
}

#[track_caller]
fn undecided(html: &str) -> String {
    said(html, &json!({})).expect_err(html)
}

#[test]
fn an_outcome_is_written_in_the_words_of_plans() {
    let all = [
        PageOutcome::Success,
        PageOutcome::Failure,
        PageOutcome::Nothing,
    ];
    assert_eq!(
        all.map(PageOutcome::as_str),
        ["success", "failure", "nothing"]
    );
}

#[test]
fn success_is_found_however_it_is_written() {
    for html in [
        "<h1>Thank you</h1><p>Your accounts were linked.</p>",
        "<p>Your accounts&nbsp;were <b>&#108;in</b>ked.</p>",
        "<p>Your accounts were<br>\n linked</p>",
        "<p>Your accounts were <img alt=linked></p>",
        "<title>Your accounts are now connected</title><p>Thank you</p>",
        "<img alt='Your bank has been successfully authorised'>",
        "<p>You've connected your accounts</p>",
        "<p>No problem, your accounts were linked</p>",
        "<h1>No problem</h1><p>Your accounts were linked</p>",
        "<header>Northbank</header><p>We have now connected all 3 of your accounts</p>",
        "<p>Do not close this window. Linking was successful.</p>",
    ] {
        check(html, PageOutcome::Success);
    }
}

#[test]
fn failure_is_found_however_it_is_written() {
    for html in [
        "<h1>Linking failed</h1><p>Your accounts could not be linked. Please start again.</p>",
        "<p>Your consent could not be passed on. Nothing was linked.</p>",
        "<p>No account was linked.</p>",
        "<p>None of your accounts have been linked</p>",
        "<p>Your accounts weren’t linked</p>",
        "<p>Something went wrong. Please try again.</p>",
        "<p>We were not able to connect your bank</p>",
        "<p>Linking was not successful</p>",
        "<h1>Error</h1><p>The service did not take your consent.</p>",
    ] {
        check(html, PageOutcome::Failure);
    }
}

#[test]
fn a_name_in_a_footer_or_of_the_bank_is_no_word_of_success() {
    for html in [
        "<p>Linking failed</p><footer>Success Bank</footer>",
        "<p>Linking failed</p><div>© 2026 Success Holdings</div>",
        "<p>Linking failed</p><div>Done Deal Ltd</div>",
    ] {
        check(html, PageOutcome::Failure);
    }
    let bank = json!({ "name": "Success Bank" });
    let html = "<title>Success Bank</title><p>Linking failed</p>";
    assert_eq!(said(html, &bank), Ok(PageOutcome::Failure));
}

#[test]
fn who_authorised_the_bank_is_no_success() {
    for html in [
        "<p>Linking failed</p><footer>Northbank plc is authorised by the Prudential Regulation Authority and regulated by the Financial Conduct Authority</footer>",
        "<p>Linking failed</p><div>Northbank plc is authorised by the Prudential Regulation Authority</div>",
        "<p>Linking failed</p><p>Northbank is authorised and regulated by the FCA</p>",
        "<header>You are connected to Northbank over a secure line.</header><p>Linking failed</p>",
        "<p>You are connected to Northbank over a secure line.</p><p>Linking failed</p>",
    ] {
        check(html, PageOutcome::Failure);
    }
    for html in [
        "<p>Linking failed</p><p>Your bank is authorised by the Prudential Regulation Authority</p>",
        "<p>The request has ended.</p><footer>Northbank is authorised to act as a bank</footer>",
        "<p>You are connected to Northbank over a secure line.</p>",
        "<p>You are connected to Northbank</p>",
        "<p>You have successfully authorised with Northbank</p>",
        "<p>Accounts that are linked can be removed</p>",
    ] {
        undecided(html);
    }
}

#[test]
fn success_beside_the_main_part_of_a_page_is_only_a_hint() {
    for part in ["footer", "header", "nav", "aside", "small"] {
        undecided(&format!("<{part}>Your accounts were linked</{part}>"));
        undecided(&format!(
            "<p>Linking failed</p><{part}>Your accounts were linked</{part}>"
        ));
    }
    check(
        "<header><h1>Linking failed</h1></header>",
        PageOutcome::Failure,
    );
}

#[test]
fn a_page_whose_text_is_in_scripts_or_styles_decides_nothing() {
    for html in [
        "<style>body::before { content: 'Your accounts were linked' }</style><body></body>",
        "<div id=root></div><script>document.body.append('Linked')</script>",
        " ",
    ] {
        assert!(undecided(html).contains("no text in its markup"), "{html}");
    }
    let (failed, drawn) = (
        page("<p>Linking failed</p>"),
        page("<script>draw()</script>"),
    );
    let words = PageWords::default();
    assert!(pages_say(&[&failed, &drawn], &words).is_err());
    let said = pages_say(&[&drawn, &failed], &words);
    assert_eq!(said.map(|(outcome, _)| outcome), Ok(PageOutcome::Failure));
}

#[test]
fn a_failure_of_one_thing_beside_unknown_words_about_accounts_decides_nothing() {
    for html in [
        "<p>Your three accounts have been added to Sage. Nothing was linked before. No card was linked.</p>",
        "<p>Welcome aboard. Two of your accounts now feed into Sage. Your credit card could not be linked.</p>",
    ] {
        let why = undecided(html);
        assert!(
            why.contains("is about one thing") && why.contains("page_words"),
            "{why}"
        );
    }
    for html in [
        "<p>Nothing was linked. Your accounts stay as they were.</p>",
        "<h1>Linking failed</h1><p>Your card could not be linked.</p><p>Your accounts at Northbank are safe.</p>",
        "<p>No account was linked.</p><p>Please choose another account at your bank.</p>",
    ] {
        check(html, PageOutcome::Failure);
    }
    let bank = json!({ "page_words": { "en": { "failure": ["no card was linked"] } } });
    let html = "<p>Your accounts stay at Northbank. No card was linked.</p>";
    assert_eq!(said(html, &bank), Ok(PageOutcome::Failure));
}

#[test]
fn a_page_that_says_both_decides_nothing() {
    for html in [
        "<h1>Success</h1><p>Nothing was linked</p>",
        "<p>Nothing was linked</p><img alt='✓'>",
        "<p>Linking failed</p><span aria-label='Your accounts were linked'></span>",
        "<p>Your accounts were linked</p><p>Sorry for the error</p>",
        "<p>Your accounts were not only linked</p>",
        "<p>Your savings account was linked, the other one was not linked.</p>",
        "<title>Linked</title><p>Linking failed</p>",
        "<p>Linking failed</p><input readonly value='Your accounts were linked'>",
        "<p>Linking failed</p><iframe srcdoc='<h1>All good</h1>'></iframe>",
    ] {
        undecided(html);
    }
}

#[test]
fn what_is_no_statement_about_this_visit_decides_nothing() {
    for html in [
        "<p>Thank you</p>",
        "<p>Success!</p>",
        "<p>Your linked accounts</p>",
        "<p>Thank you. If your accounts were not linked, call us.</p>",
        "<p>Thank you. Linking failed? Call us.</p>",
        "<p>Your accounts are already linked</p>",
        "<p>Your accounts will be linked soon</p>",
        "<p>All is well, nothing has failed</p>",
        "<div id=root></div><noscript>Linking failed: no scripts</noscript>",
        "<p>Thank you</p><footer>Linking failed? Error occurred?</footer>",
        "<p>Nothing to worry about</p>",
        "<h1>You're all set</h1><p style='opacity:0'>Linking failed</p>",
    ] {
        undecided(html);
    }
}

#[test]
fn other_languages_need_words_of_the_environment() {
    let german = "<html lang=de-DE><p>Ihre Konten wurden nicht verknüpft.</p></html>";
    insta::assert_snapshot!(
        undecided(german),
        @"the page `Ihre Konten wurden nicht verknüpft.` is in the language `de-DE`, of which no words are known; write what the provider's pages say into the environment, as `bank: { page_words: { de: { success: […], failure: […] } } }`"
    );
    insta::assert_snapshot!(
        undecided("<p>Ihre Konten wurden nicht verknüpft.</p>"),
        @"`Ihre Konten wurden nicht verknüpft.` says neither success nor failure in words that are known; write what the provider's pages say into the environment, as `bank: { page_words: { LANGUAGE: { success: […], failure: […] } } }`"
    );
    let words = |failure: &str| json!({ "page_words": { "de": { "success": ["Verknüpft"], "failure": [failure] } } });
    // A negation that the words do not name forbids a conclusion.
    insta::assert_snapshot!(
        said(german, &words("fehlgeschlagen")).expect_err("undecided"),
        @"`ihre konten wurden nicht verknüpft` has a known phrase beside a negation, so the whole phrase has to be known; write what the provider's pages say into the environment, as `bank: { page_words: { de: { success: […], failure: […] } } }`"
    );
    let known = words("nicht verknüpft");
    assert_eq!(said(german, &known), Ok(PageOutcome::Failure));
    let linked = "<html lang=de><p>Ihre Konten wurden <b>verknüpft</b>.</p></html>";
    assert_eq!(said(linked, &known), Ok(PageOutcome::Success));
    let mixed = "<html lang=de><h1>Success!</h1><p>Nicht verknüpft.</p></html>";
    assert!(said(mixed, &known).is_err());
    let header = Message {
        headers: vec![("content-language".to_owned(), "de".to_owned())],
        ..page("<p>Linking failed</p>")
    };
    assert!(pages_say(&[&header], &PageWords::default()).is_err());
    let french = "<html lang=fr><p>Your accounts were linked</p></html>";
    assert!(said(french, &known).is_err());
}

#[test]
fn a_redirect_and_an_empty_page_say_nothing() {
    let redirect = Message {
        status: Some(302),
        headers: vec![("location".to_owned(), "/back".to_owned())],
        ..page("<p>Your accounts were linked</p>")
    };
    let empty = Message {
        body: Body::None,
        ..page("")
    };
    let said = pages_say(&[&redirect, &empty], &PageWords::default());
    assert_eq!(said, Ok((PageOutcome::Nothing, None)));
    let shown = page("<p>Your accounts were linked</p>");
    let said = pages_say(&[&shown, &redirect], &PageWords::default());
    assert_eq!(said.map(|(outcome, _)| outcome), Ok(PageOutcome::Success));
}

#[test]
fn what_cannot_be_read_decides_nothing() {
    for body in [
        Body::Text {
            text: "Your accounts were linked".to_owned(),
            bytes: 9,
            cut: true,
            sha256: None,
        },
        Body::Json(json!({ "linked": true }).into()),
    ] {
        let message = Message { body, ..page("") };
        assert!(pages_say(&[&message], &PageWords::default()).is_err());
    }
}

/// Returns what a response with these headers says.
fn said_with(status: u16, headers: &[(&str, &str)], text: &str) -> Result<PageOutcome, String> {
    let headers = headers.iter();
    let message = Message {
        status: Some(status),
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..page(text)
    };
    let said = pages_say(&[&message], &PageWords::default());
    said.map(|(outcome, _)| outcome)
}

#[test]
fn only_a_redirect_that_names_a_place_is_no_page() {
    for (status, headers) in [(201, &[("location", "/accounts")][..]), (302, &[])] {
        assert_eq!(
            said_with(status, headers, "<p>Your accounts were linked</p>"),
            Ok(PageOutcome::Success),
            "{status}"
        );
    }
}

#[test]
fn markup_is_known_by_its_type_or_by_its_first_sign() {
    for (headers, text) in [
        (
            &[("content-type", "text/html")][..],
            "Your accounts were <b>linked</b>",
        ),
        (&[], "<p>Your accounts were <b>linked</b></p>"),
    ] {
        assert_eq!(
            said_with(200, headers, text),
            Ok(PageOutcome::Success),
            "{text}"
        );
    }
}

#[test]
fn a_page_without_markup_is_read_line_by_line() {
    let plain = [("content-type", "text/plain")];
    let text = "Thank you\n\nYour accounts were linked\n";
    assert_eq!(said_with(200, &plain, text), Ok(PageOutcome::Success));
}

#[test]
fn a_reason_quotes_what_the_page_is_about() {
    let why = undecided("<footer>Northbank plc</footer><p>The request has ended.</p>");
    assert!(
        why.starts_with("`The request has ended.` says neither"),
        "{why}"
    );
}

#[test]
fn only_a_clause_with_a_known_phrase_is_called_negated() {
    let bank = json!({ "page_words": { "de": { "success": ["verknüpft"] } } });
    let why = said("<p>Nicht alles ist fertig</p>", &bank).expect_err("undecided");
    assert!(
        why.starts_with("`Nicht alles ist fertig` says neither"),
        "{why}"
    );
}
