//! Demands on messages, and the messages that a query means.

use super::*;
use crate::journal::UnreadBy;
use crate::matching::UndecidedPart;
use plan_language::participant::Callback;
use plan_language::value::Answer;

/// Compares, and tells how many comparisons were made and where they failed.
fn compare(yaml: &str, message: &Message) -> (usize, Vec<String>) {
    let compared = demand(yaml).test(message);
    (
        compared.checked,
        compared
            .differences
            .into_iter()
            .map(|difference| difference.at)
            .collect(),
    )
}

#[track_caller]
fn fits(yaml: &str, message: &Message, checked: usize) {
    assert_eq!(compare(yaml, message), (checked, vec![]), "{yaml}");
}

#[track_caller]
fn differs(yaml: &str, message: &Message, at: &[&str]) {
    let (_, found) = compare(yaml, message);
    assert_eq!(found, at, "{yaml}");
}

/// Checks that the comparison is undecided, and that its sender is to blame for a single reason.
#[track_caller]
fn speaks_against_the_sender(yaml: &str, message: &Message, why: &str) {
    let compared = demand(yaml).test(message);
    assert_eq!(compared.answer(), Answer::Undecided, "{yaml}");
    let Finding::Broke { differences } = Finding::of(compared) else {
        panic!("{yaml}: no finding against the sender");
    };
    let mut told: Vec<_> = differences
        .iter()
        .map(|difference| difference.why.as_deref())
        .collect();
    told.dedup();
    assert_eq!(told, [Some(why)], "{yaml}");
}

/// Checks that the comparison is undecided, and that nobody is to blame.
#[track_caller]
fn is_inconclusive(yaml: &str, message: &Message, expected: &str) {
    let finding = Finding::of(demand(yaml).test(message));
    let Finding::Inconclusive { why } = finding else {
        panic!("{yaml}: {finding:?}");
    };
    assert_eq!(why, expected, "{yaml}");
}

fn with_body(body: Body) -> Message {
    Message {
        body,
        ..post("/x", json!(null))
    }
}

fn unread(by: UnreadBy) -> Message {
    with_body(Body::Unread {
        bytes: 40,
        sha256: String::new(),
        why: "not JSON: expected a value at line 1 column 1".into(),
        by,
    })
}

/// Demands of which a body that is not there would meet the first three.
const OF_ANY_BODY: [&str; 6] = [
    "body: { $not: { accounts: $any } }",
    "body: { $any_of: [ { $.accounts: $absent }, { accounts: [] } ] }",
    "body: { '$..id': $absent }",
    "body: { a: 1 }",
    "body: Not here",
    "form: { a: '1' }",
];

#[test]
fn a_body_that_could_not_be_read_is_not_absent() {
    let why = "not JSON: expected a value at line 1 column 1";
    for yaml in OF_ANY_BODY {
        speaks_against_the_sender(yaml, &unread(UnreadBy::Sender), why);
    }
    for by in [UnreadBy::Sender, UnreadBy::Feedproof] {
        differs("body: $absent", &unread(by), &["body"]);
        fits("body: $any", &unread(by), 0);
        fits("body: { $not: $absent }", &unread(by), 1);
    }
}

#[test]
fn what_feedproof_cannot_read_is_nobody_s_failure() {
    for yaml in OF_ANY_BODY {
        let name = &yaml[..4];
        let why = format!(
            "`{name}` could not be compared: not JSON: expected a value at line 1 column 1"
        );
        is_inconclusive(yaml, &unread(UnreadBy::Feedproof), &why);
    }
    let cut = with_body(Body::Text {
        text: "the beginning".into(),
        bytes: 9_000_000,
        cut: true,
        sha256: None,
    });
    let why = "`body` could not be compared: of its 9000000 bytes only the beginning was kept";
    is_inconclusive("body: { $not: { $contains: secret } }", &cut, why);
}

#[test]
fn bytes_that_are_no_text_are_a_body() {
    let binary = with_body(Body::Binary {
        bytes: 3,
        sha256: String::new(),
    });
    differs("body: $absent", &binary, &["body"]);
    speaks_against_the_sender(
        "body: { $not: { a: 1 } }",
        &binary,
        "3 bytes that are not text",
    );
}

#[test]
fn a_difference_decides_whatever_is_undecided_beside_it() {
    let mut message = unread(UnreadBy::Feedproof);
    message.query = vec![("a".into(), "1".into())];
    let finding = Finding::of(demand("query: { a: b }\nbody: { a: 1 }").test(&message));
    let Finding::Broke { differences } = finding else {
        panic!("{finding:?}");
    };
    let at: Vec<_> = differences
        .iter()
        .map(|difference| difference.at.as_str())
        .collect();
    assert_eq!(at, ["query.a"]);
}

fn answer(status: u16) -> Message {
    Message {
        status: Some(status),
        ..Message::default()
    }
}

#[test]
fn a_status_is_compared_and_any_status_is_no_evidence() {
    fits("status: 204", &answer(204), 1);
    fits("status: 2xx", &answer(299), 1);
    differs("status: 2xx", &answer(300), &["status"]);
    fits("status: $any", &answer(500), 0);
    let compared = demand("status: 204").test(&answer(500));
    let [one] = compared.differences.as_slice() else {
        panic!("{compared:?}");
    };
    assert_eq!(
        (one.expected.as_str(), &one.seen),
        ("204", &Some(json!(500)))
    );
    assert_eq!((one.place.line, one.place.column), (1, 9));
}

#[test]
fn a_status_demanded_of_a_request_compares_nothing() {
    fits("status: 204", &post("/x", json!({})), 0);
}

#[test]
fn a_header_is_found_whatever_the_case_of_its_name() {
    let mut message = post("/x", json!({}));
    message.headers = vec![
        ("x-api-key".into(), "k".into()),
        ("x-api-key".into(), "k".into()),
    ];
    fits("headers: { X-Api-Key: k }", &message, 1);
    differs(
        "headers: { x-api-key: K }",
        &message,
        &["headers.x-api-key"],
    );
    fits("headers: { Accept: $absent }", &message, 1);
    differs(
        "headers: { Accept: text/html }",
        &message,
        &["headers.accept"],
    );
}

#[test]
fn a_query_parameter_keeps_the_case_of_its_name() {
    let mut message = post("/x", json!({}));
    message.query = vec![("externalId".into(), "a b".into())];
    fits("query: { externalId: a b }", &message, 1);
    differs(
        "query: { externalid: a b }",
        &message,
        &["query.externalid"],
    );
    differs("query: { externalId: a }", &message, &["query.externalId"]);
}

#[test]
fn a_body_is_compared_as_what_it_is() {
    let mut message = post("/x", json!({"a": [1, {"b": "c"}], "more": null}));
    // The length of the list is one of the comparisons.
    fits("body: { a: [1, { b: c }] }", &message, 3);
    differs("body: { a: [1, { b: d }] }", &message, &["body.a[1].b"]);
    message.body = Body::Text {
        text: "Not here".into(),
        bytes: 8,
        cut: false,
        sha256: None,
    };
    fits("body: Not here", &message, 1);
    differs("body: { a: 1 }", &message, &["body"]);
    message.body = Body::Form {
        form: vec![
            ("a".into(), "1".into()),
            ("a".into(), "2".into()),
            ("b".into(), "".into()),
        ],
    };
    fits("body: { a: '2', b: '' }", &message, 2);
    fits("form: { a: '2' }", &message, 1);
    speaks_against_the_sender(
        "form: { a: 2 }",
        &message,
        "it is a string, not a number, although it reads the same",
    );
    message.body = Body::None;
    fits("body: $absent", &message, 1);
    differs("body: { a: 1 }", &message, &["body"]);
}

#[test]
fn a_form_is_demanded_of_forms_only() {
    differs(
        "form: { a: '1' }",
        &post("/x", json!({"a": "1"})),
        &["form"],
    );
}

/// Returns the outcome of a demand as a check of a live provider.
fn outcome(yaml: &str, message: &Message) -> CheckOutcome {
    let own = requirement("OFF-01", Level::Must, &[Participant::Provider]);
    let compared = demand(yaml).test(message);
    let finding = Finding::of(compared);
    check(finding, &[&own], Mode::Connector).outcome
}

#[test]
fn an_expectation_that_compared_nothing_is_never_green() {
    let nothing = CheckOutcome::NoEvidence(NoEvidenceReason::ComparedNothing);
    assert_eq!(outcome("status: $any", &answer(500)), nothing);
    assert_eq!(outcome("status: 200", &post("/x", json!({}))), nothing);
    assert_eq!(outcome("body: $any", &post("/x", json!({}))), nothing);
    assert_eq!(
        outcome("body: {}", &answer(200)),
        outcome("body: { a: 1 }", &answer(200))
    );
    assert_eq!(
        outcome("body: { a: 1 }", &post("/x", json!({"a": 1}))),
        CheckOutcome::Pass
    );
}

#[test]
fn every_element_of_an_empty_list_is_never_green() {
    let list = |items: Value| post("/x", json!({"data": items}));
    for yaml in [
        "body: { data: { $each: { status: active } } }",
        "body: { '$.data[*].status': { $each: active } }",
        "body: { '$..status': { $each: active } }",
    ] {
        assert_ne!(
            outcome(yaml, &list(json!([]))),
            CheckOutcome::Pass,
            "{yaml}"
        );
        assert_eq!(
            outcome(yaml, &list(json!([{"status": "active"}]))),
            CheckOutcome::Pass,
            "{yaml}"
        );
    }
}

#[test]
fn paths_are_equal_but_for_percent_encoding_and_a_slash_at_the_end() {
    let means = |wanted: &str, seen: &str| {
        let selector = selector("POST", Some(wanted), "provider", "{}");
        selector.selects(Address::of(Participant::Provider), &post(seen, json!({})))
    };
    assert!(means("/a/b", "/a/b"));
    assert!(means("/a/b", "/a/b/"));
    assert!(means("/a/b/", "/a/b"));
    assert!(means("/a%20b/%c3%a9", "/a b/%C3%A9"));
    assert!(means("/%61", "/a"));
    let id = "/v1/authorisations/5e551011-0000-4000-8000-00000000000a";
    assert!(means(
        id,
        &id.to_ascii_uppercase()
            .replace("/V1/AUTH", "/v1/auth")
            .replace("ORISATIONS", "orisations")
    ));
    assert!(means("/api/v1/accessToken", "/API/v1/AccessToken/"));
    assert!(means("/", ""));
    assert!(!means("/a/b", "/a/c"));
    assert!(!means("/a/b", "/A/b"));
    assert!(!means("/a/b", "/a"));
    assert!(!means("/a/b", "/a/b/c"));
    assert!(
        !means("/a%2Fb", "/a/b"),
        "an encoded slash separates nothing"
    );
    assert!(
        !means("/%ff", "/%fe"),
        "what is no text is compared as bytes"
    );
}

#[test]
fn a_path_at_sage_id_lies_below_its_base() {
    let selector = selector("POST", Some("/oauth/token"), "sageid", "{}");
    let means = |to, seen: &str| selector.selects(Address::of(to), &post(seen, json!({})));
    assert!(means(Participant::Sageid, "/sageid/oauth/token"));
    assert!(means(Participant::Sageid, "/oauth/token"));
    assert!(!means(Participant::Sageid, "/sageid/oauth/tokens"));
    assert!(!means(Participant::Service, "/sageid/oauth/token"));
}

#[test]
fn only_a_folder_of_sage_id_itself_is_left_out_of_a_path() {
    let means = |wanted: &str, at: &str, seen: &str| {
        let to = Address::parse(at).expect(at);
        selector("POST", Some(wanted), at, "{}").selects(to, &post(seen, json!({})))
    };
    assert!(!means("/oauth/token", "service", "/sageid/oauth/token"));
    assert!(means("/sageidentity", "sageid", "/sageidentity"));
}

#[test]
fn a_request_that_cannot_be_compared_is_neither_selected_nor_left_out() {
    let selector = selector("POST", None, "provider.notification", "body: { id: 7 }");
    let undecided = |to, id: Value| selector.undecided(to, &post("/hook", json!({ "id": id })));
    let at = Address::callback(Callback::Notification);
    let open = undecided(at, json!("7")).expect("a string is no number");
    let parts: Vec<_> = open.undecided.iter().map(UndecidedPart::describe).collect();
    assert_eq!(
        parts,
        [
            "`body.id` could not be compared: it is a string, not a number, although it reads the same"
        ]
    );
    for (to, id) in [
        (at, json!(7)),
        (at, json!(8)),
        (Address::callback(Callback::Auth), json!("7")),
    ] {
        assert!(undecided(to, id.clone()).is_none(), "{to}: {id}");
    }
}

#[test]
fn a_selector_asks_for_address_method_path_and_content() {
    let select = "body: { type: resourceDeleted }";
    let selector = selector("POST", None, "provider.notification", select);
    let at = Address::callback(Callback::Notification);
    let told = post("/anything", json!({"type": "resourceDeleted", "id": 1}));
    assert!(selector.selects(at, &told));
    assert!(!selector.selects(Address::callback(Callback::Auth), &told));
    assert!(!selector.selects(Address::of(Participant::Provider), &told));
    let other = post("/anything", json!({"type": "resourceUpdated"}));
    assert!(selector.concerns(at, &other) && !selector.selects(at, &other));
    let mut get = told.clone();
    get.method = Some("GET".into());
    assert!(!selector.concerns(at, &get));
    assert!(!selector.concerns(at, &answer(200)));
    assert_eq!(selector.title(), "POST at provider.notification");
}

#[test]
fn an_address_of_a_participant_selects_its_callbacks_too() {
    let selector = selector("POST", Some("/x"), "provider", "{}");
    assert!(selector.selects(Address::callback(Callback::Auth), &post("/x", json!({}))));
    assert_eq!(selector.title(), "POST /x at provider");
}

#[test]
fn a_value_that_is_not_there_is_an_error_and_never_an_empty_text() {
    let expect = compile("{ headers: { x: '${missing}' }, body: { id: '${account.id}' } }");
    let unset = Demand::resolve(&expect, &values(json!({"account": {}}))).expect_err("unset");
    assert_eq!(unset.reference.name, "missing");
    let bound = values(json!({"missing": "m", "account": {"id": 7}}));
    let resolved = Demand::resolve(&expect, &bound).expect("all is there");
    let mut message = post("/x", json!({"id": 7}));
    message.headers = vec![("x".into(), "m".into())];
    assert!(resolved.test(&message).differences.is_empty());
}

/// Makes a response with these headers.
fn with_headers(pairs: &[(&str, &str)]) -> Message {
    let pairs = pairs.iter();
    Message {
        status: Some(200),
        headers: pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Message::default()
    }
}

const MARKUP: &str = "<p>Nothing was <b>linked</b></p>";

/// Makes a response with a text of this type, and with one more header.
fn with_text(status: u16, kind: &str, header: &str) -> Message {
    Message {
        status: Some(status),
        body: Body::Text {
            text: MARKUP.to_owned(),
            bytes: MARKUP.len(),
            cut: false,
            sha256: None,
        },
        ..with_headers(&[("content-type", kind), (header, "/back")])
    }
}

#[test]
fn a_page_is_compared_as_a_person_reads_it_and_other_text_as_it_is() {
    let page = with_text(200, "text/html", "x-step");
    fits("body: Nothing was linked", &page, 1);
    let plain = with_text(200, "text/plain", "x-step");
    fits(&format!("body: {MARKUP}"), &plain, 1);
}

#[test]
fn only_a_redirect_shows_nothing_of_its_page() {
    fits("body: ''", &with_text(302, "text/html", "location"), 1);
    for shown in [
        with_text(201, "text/html", "location"),
        with_text(300, "text/html", "x-step"),
    ] {
        fits("body: Nothing was linked", &shown, 1);
    }
}

#[test]
fn headers_of_one_name_are_judged_together() {
    let steps = with_headers(&[("x-step", "one"), ("x-step", "two")]);
    for fitting in ["one", "two", "'one, two'", "{ $starts_with: tw }"] {
        fits(&format!("headers: {{ X-Step: {fitting} }}"), &steps, 1);
    }
    for differing in ["three", "{ $not: two }", "{ $not: { $contains: ne } }"] {
        let yaml = format!("headers: {{ x-step: {differing} }}");
        differs(&yaml, &steps, &["headers.x-step"]);
    }
}

#[test]
fn the_second_of_two_policies_counts() {
    let forbids = "headers: { Content-Security-Policy: { $any_of: [ $absent, { $not: { $matches: \"frame-ancestors 'none'\" } } ] } }";
    let policy = "content-security-policy";
    let second = with_headers(&[
        (policy, "default-src 'self'"),
        (policy, "frame-ancestors 'none'"),
    ]);
    differs(forbids, &second, &["headers.content-security-policy"]);
    let neither = with_headers(&[
        (policy, "default-src 'self'"),
        (policy, "frame-ancestors *"),
    ]);
    fits(forbids, &neither, 1);
}

#[test]
fn a_header_that_is_no_list_must_be_as_demanded_each_time() {
    let two = with_headers(&[("location", "https://good/"), ("location", "https://evil/")]);
    differs(
        "headers: { Location: { $starts_with: 'https://good' } }",
        &two,
        &["headers.location"],
    );
    let twice = with_headers(&[("content-type", "text/html"), ("content-type", "text/html")]);
    fits("headers: { Content-Type: text/html }", &twice, 1);
}

#[test]
fn a_repeated_key_decides_nothing_where_its_readings_differ() {
    let mut message = with_body(Body::Json(json!({"amount": 10, "currency": "EUR"}).into()));
    message.other_reading = Some(json!({"amount": 99999, "currency": "EUR"}).into());
    message.notes = vec!["the key `amount` occurs 2 times".to_owned()];
    let why = "the key `amount` occurs 2 times; recipients differ in which of them counts";
    for yaml in [
        "body: { amount: 10 }",
        "body: { $not: { amount: 10 } }",
        "body: { amount: { $less_than: 100 } }",
    ] {
        speaks_against_the_sender(yaml, &message, why);
    }
    assert_eq!(compare("body: { amount: 10 }", &message), (1, vec![]));
    fits("body: { currency: EUR }", &message, 1);
    differs("body: { amount: 11 }", &message, &["body.amount"]);
}

#[test]
fn an_id_in_capitals_is_the_same_id() {
    let id = "5e551011-0000-4000-8000-00000000000a";
    let message = post(
        "/x",
        json!({"principalId": id.to_ascii_uppercase(), "name": "Acct-A"}),
    );
    fits(&format!("body: {{ principalId: {id} }}"), &message, 1);
    differs(
        &format!("body: {{ principalId: {{ $not: {id} }} }}"),
        &message,
        &["body.principalId"],
    );
    differs("body: { name: acct-a }", &message, &["body.name"]);
}
