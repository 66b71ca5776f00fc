//! What single pages, and their addresses, do to a visit.

use super::*;

#[tokio::test]
async fn statuses_before_the_return_refuse_or_fail() {
    for (page, outcome, why) in [
        (
            status(403, "<h1>Not possible</h1>"),
            Refused,
            "`http://bank/auth` responds with 403: Not possible",
        ),
        (
            status(500, ""),
            Stuck,
            "`http://bank/auth` responds with 500",
        ),
        (
            status(302, ""),
            Stuck,
            "`http://bank/auth` responds with 302 without saying where to",
        ),
        (
            html("<h1>Cancelled</h1>"),
            Refused,
            "`http://bank/auth` shows a page without a form: Cancelled",
        ),
        (
            html("<iframe src=/a></iframe><iframe src=/b></iframe>"),
            Refused,
            "`http://bank/auth` shows a page without a form",
        ),
        (
            Page {
                media: "application/json".to_owned(),
                ..html("{}")
            },
            Stuck,
            "`http://bank/auth` responds with application/json, not a page",
        ),
        (
            Page {
                media: String::new(),
                ..status(204, "")
            },
            Stuck,
            "`http://bank/auth` responds with something without a media type, not a page",
        ),
        (
            to("javascript:alert(1)"),
            Stuck,
            "`http://bank/auth` leads to a `javascript:` address, which is no web page",
        ),
    ] {
        let visited = visit(
            &Site::bank().but("GET", "http://bank/auth", page),
            &linking(),
        )
        .await;
        ends(&visited, outcome, why);
        assert_eq!(visited.url, "http://bank/auth");
    }
}

#[tokio::test]
async fn no_answer_is_told_with_its_cause() {
    let site = Site::default().breaking("http://bank/auth", "connection refused");
    let visited = visit(&site, &start("http://bank/auth?secret=1")).await;
    ends(
        &visited,
        Stuck,
        "`http://bank/auth` gives no response: connection refused",
    );
    assert_eq!(visited.url, "http://bank/auth");
    assert!(visited.exchanges.is_empty());
}

#[tokio::test]
async fn pages_without_a_form_lead_on_by_script_refresh_or_frame() {
    for page in [
        "<script>window.location.href = '/next';</script>",
        "<meta http-equiv=refresh content='0;url=next'>",
        "<iframe src=/next></iframe>",
        "<base href=/deep/><meta http-equiv=refresh content='0;url=../next'>",
    ] {
        let site = Site::bank()
            .but("GET", "http://bank/auth", html(page))
            .with("GET", "http://bank/next", html(LOGIN));
        assert_eq!(visit(&site, &linking()).await.outcome, Returned, "{page}");
    }
}

#[tokio::test]
async fn a_script_that_may_run_later_is_not_followed() {
    for script in [
        "setTimeout(function () { location = '/expired' }, 60000)",
        "function leave() { location = '/expired' }",
        "if (top !== self) top.location = '/expired'",
    ] {
        let page = format!("<script>{script}</script>{LOGIN}");
        let site = Site::bank().but("GET", "http://bank/auth", html(&page));
        assert_eq!(visit(&site, &linking()).await.outcome, Returned);
        assert!(!site.asked().contains(&"GET http://bank/expired".to_owned()));
    }
}

#[tokio::test]
async fn the_same_form_is_sent_twice_and_no_more() {
    let wrong = format!("<p role=alert>Wrong password</p>{LOGIN}");
    let site = Site::bank().but("POST", "http://bank/login", html(&wrong));
    let visited = visit(&site, &linking()).await;
    ends(
        &visited,
        Stuck,
        "`http://bank/login` shows the same form again: Wrong password; is the customer's `login` right?",
    );
    let logins = site
        .asked()
        .iter()
        .filter(|request| request.starts_with("POST"))
        .count();
    assert_eq!(logins, 2);
}

#[tokio::test]
async fn twenty_redirects_in_a_row_are_followed_and_not_one_more() {
    let chain = |length: usize| {
        (0..length).fold(Site::default(), |site, place| {
            site.with(
                "GET",
                &format!("http://h/{place}"),
                to(&format!("/{}", place + 1)),
            )
        })
    };
    let fits = chain(20).with("GET", "http://h/20", status(403, ""));
    let visited = visit(&fits, &start("http://h/0")).await;
    assert_eq!((visited.outcome, visited.exchanges.len()), (Refused, 21));
    let visited = visit(&chain(21), &start("http://h/0")).await;
    ends(
        &visited,
        Stuck,
        "goes in a circle: after 20 redirects in a row the next is to `http://h/21`",
    );
    assert_eq!(visited.exchanges.len(), 21);
}

#[tokio::test]
async fn a_form_is_repeated_by_307_and_dropped_by_303() {
    for (code, expected) in [(307, "POST"), (308, "POST"), (303, "GET"), (302, "GET")] {
        let site = Site::bank()
            .but("POST", "http://bank/login", redirect(code, "/login2"))
            .with("GET", "http://bank/login2", html(CONSENT))
            .with("POST", "http://bank/login2", html(CONSENT));
        assert_eq!(visit(&site, &linking()).await.outcome, Returned);
        assert!(
            site.asked()
                .contains(&format!("{expected} http://bank/login2")),
            "{code}"
        );
    }
}

#[tokio::test]
async fn forms_by_get_and_without_action_go_where_browsers_send_them() {
    let site = Site::default().with(
        "GET",
        "http://bank/a",
        html("<base href=http://other/><form><input name=user required></form>"),
    );
    visit(&site, &start("http://bank/a?x=1")).await;
    assert_eq!(site.asked()[1], "GET http://bank/a?user=kim");

    let site = Site::default().with(
        "GET",
        "http://bank/a",
        html("<base href=http://other/><form method=post><input name=user></form>"),
    );
    visit(&site, &start("http://bank/a?x=1")).await;
    assert_eq!(site.asked()[1], "POST http://bank/a?x=1");
}

#[tokio::test]
async fn what_nobody_knows_is_asked_for_by_name() {
    let page = "<form method=post><label>One-time code <input name=otp required></label><button>Next</button></form>";
    let site = Site::bank().but("POST", "http://bank/login", html(page));
    ends(
        &visit(&site, &linking()).await,
        Stuck,
        "`http://bank/login` asks for `otp` (One-time code), for which the login has no entry",
    );
    let mut knowing = linking();
    knowing.login =
        Some(json!({"username": "kim", "password": PASSWORD, "fields": {"One-time code": "42"}}));
    visit(&site, &knowing).await;
    assert!(site.asked.lock().is_ok_and(|asked| {
        asked
            .iter()
            .filter_map(|request| request.form.as_ref())
            .any(|form| form.pairs == pairs(&[("otp", "42")]))
    }));
}

#[tokio::test]
async fn visits_that_cannot_begin_are_told() {
    let site = Site::default();
    let visited = visit(&site, &start("/relative")).await;
    ends(
        &visited,
        Stuck,
        "the visit leads to `/relative`, which is not an address",
    );
    let undecided = Visit {
        decision: "maybe".to_owned(),
        ..linking()
    };
    ends(
        &visit(&site, &undecided).await,
        Stuck,
        "the customer's decision is `maybe`, neither `allow` nor `cancel`",
    );
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn handles_in_addresses_reach_the_fetcher_as_they_are() {
    let token = "⟦secret:token#b2⟧";
    let site = Site::default().with(
        "GET",
        "http://bank/auth",
        to(&format!("/next?t={token}#top")),
    );
    let visited = visit(&site, &start(&format!("http://bank/auth?jwt={token}"))).await;
    assert_eq!(
        site.asked(),
        [
            format!("GET http://bank/auth?jwt={token}"),
            format!("GET http://bank/next?t={token}")
        ]
    );
    assert_eq!(visited.url, "http://bank/next");
}
