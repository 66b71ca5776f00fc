//! The customer's way, walked as a browser does, against a emulated service.

use axum::http::HeaderMap;
use serde_json::Value;
use tokio::sync::Notify;

use super::super::testbed::{self, ACCOUNT, AUTHORISATION, Bed, REDIRECT_URI, session};
use super::*;

mod faulty;

const PATCH: &str = "PATCH /v1/authorisations/aaaa0000-0000-4000-8000-000000000001";
const BACK: &str = "http://ui.test/return?session=7&state=state-1";

/// What the browser sees at the end.
struct Seen {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    fn new_from((status, text): (u16, String)) -> Self {
        Seen {
            status,
            headers: HeaderMap::new(),
            text,
        }
    }

    async fn new(response: Response) -> Self {
        let headers = response.headers().clone();
        let (status, text) = testbed::text(response).await;
        Seen {
            status,
            headers,
            text,
        }
    }

    fn location(&self) -> Option<&str> {
        self.headers
            .get(LOCATION)
            .map(|location| location.to_str().unwrap())
    }

    /// Refused: no way back by itself, and no form.
    fn is_refusal(&self, status: u16) -> bool {
        self.status == status && self.location().is_none() && !self.text.contains("<form")
    }
}

async fn announced(faults: &[Fault]) -> Bed {
    let bed = Bed::new(faults).await;
    bed.notify(&testbed::announced(AUTHORISATION)).await;
    bed
}

async fn log_in(bed: &Bed, session: &str, username: &str, password: &str) -> Seen {
    let fields = [
        ("session", session),
        ("username", username),
        ("password", password),
    ];
    Seen::new(bed.post("/auth/login", &fields).await).await
}

async fn decide(bed: &Bed, session: &str, decision: &str) -> Seen {
    Seen::new(
        bed.post(
            "/auth/consent",
            &[("session", session), ("decision", decision)],
        )
        .await,
    )
    .await
}

/// Opens the page and logs in as alice; returns the session of the consent page.
async fn consent(bed: &Bed) -> String {
    let (status, page) = bed.open(AUTHORISATION).await;
    assert_eq!(status, 200, "{page}");
    let seen = log_in(bed, &session(&page), "alice", "alice-password").await;
    assert_eq!(seen.status, 200);
    session(&seen.text)
}

/// Walks the whole way.
async fn walk(bed: &Bed, decision: &str) -> Seen {
    let session = consent(bed).await;
    decide(bed, &session, decision).await
}

fn reported(bed: &Bed) -> Vec<Value> {
    bed.service.bodies(PATCH)
}

#[tokio::test]
async fn consent_is_reported_and_the_browser_returns() {
    let bed = announced(&[]).await;
    let seen = walk(&bed, "allow").await;
    assert_eq!((seen.status, seen.location()), (302, Some(BACK)));
    let calls = bed.service.calls(PATCH);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].headers["content-type"], "application/json");
    assert_eq!(calls[0].headers["x-api-key"], "api-key-value");
    assert_eq!(calls[0].headers["authorization"], "Bearer token-1");
    let data = &reported(&bed)[0]["data"];
    assert_eq!(data["status"], "success");
    assert_eq!(data["bankAccounts"].as_array().unwrap().len(), 2);
    assert_eq!(data["bankAccounts"][1]["branchIdentifier"], "n/a");
}

#[tokio::test]
async fn pages_are_html_that_may_be_framed_and_post_to_the_public_address() {
    let bed = announced(&[]).await;
    let response = bed
        .send(
            axum::http::Request::get(testbed::auth_path("/auth", AUTHORISATION, "")),
            Body::empty(),
        )
        .await;
    let seen = Seen::new(response).await;
    assert_eq!(seen.headers["content-type"], "text/html; charset=utf-8");
    assert!(
        seen.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("frame-ancestors *")
    );
    assert!(
        seen.text
            .contains("action=\"http://provider.test/p/7/auth/login\""),
        "{}",
        seen.text
    );
    assert!(!seen.text.contains("target="));
    let seen = log_in(&bed, &session(&seen.text), "alice", "alice-password").await;
    assert!(
        seen.text.contains("Everyday &lt;b&gt;4321&lt;/b&gt;"),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("value=\"allow\"") && seen.text.contains("value=\"cancel\""));
}

#[tokio::test]
async fn only_announced_fresh_unused_ids_are_taken() {
    let bed = announced(&[]).await;
    let get = |id: &'static str| async { Seen::new_from(bed.open(id).await) };
    assert!(
        get("bbbb0000-0000-4000-8000-000000000001")
            .await
            .is_refusal(403)
    );
    assert!(get("").await.is_refusal(403));
    assert!(get("<script>").await.is_refusal(403));
    bed.provider.age(Duration::from_secs(19 * 60));
    assert_eq!(get(AUTHORISATION).await.status, 200);
    bed.provider.age(Duration::from_secs(60));
    assert!(get(AUTHORISATION).await.is_refusal(403));

    let bed = announced(&[]).await;
    walk(&bed, "allow").await;
    assert!(Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403));
    bed.notify(&testbed::announced(AUTHORISATION)).await;
    assert!(Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403));
    assert_eq!(reported(&bed).len(), 1);
}

#[tokio::test]
async fn an_authorisation_of_one_bank_opens_no_page_of_another() {
    let bed = announced(&[]).await;
    let path = testbed::auth_path("/auth", AUTHORISATION, "");
    let other = path.replace(testbed::BANK, "ba4c0000-0000-4000-8000-0000000000bb");
    assert_ne!(path, other);
    assert!(Seen::new_from(bed.get(&other, None).await).is_refusal(403));
    assert_eq!(bed.get(&path, None).await.0, 200);
}

#[tokio::test]
async fn a_session_whose_authorisation_expires_reports_nothing() {
    let bed = announced(&[]).await;
    let session = consent(&bed).await;
    bed.provider.age(Duration::from_secs(20 * 60));
    let seen = decide(&bed, &session, "allow").await;
    assert!(seen.is_refusal(403));
    assert!(
        seen.text
            .contains("href=\"http://ui.test/return?session=7&amp;state=state-1\""),
        "{}",
        seen.text
    );
    assert_eq!(reported(&bed).len(), 0);
}

#[tokio::test]
async fn a_wrong_password_gets_the_form_again_and_the_fifth_the_way_back() {
    let bed = announced(&[]).await;
    let (_, page) = bed.open(AUTHORISATION).await;
    let token = session(&page);
    for (username, password) in [
        ("alice", "wrong"),
        ("alice", "bob-password"),
        ("nobody", ""),
        ("", ""),
    ] {
        let seen = log_in(&bed, &token, username, password).await;
        assert_eq!(seen.status, 200);
        assert!(seen.text.contains("is wrong") && session(&seen.text) == token);
    }
    let seen = log_in(&bed, &token, "alice", "wrong").await;
    assert_eq!((seen.status, seen.location()), (302, Some(BACK)));
    assert!(Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403));
    assert_eq!(reported(&bed).len(), 0);
}

#[tokio::test]
async fn cancelling_returns_without_a_report_from_either_page() {
    let bed = announced(&[]).await;
    let seen = walk(&bed, "cancel").await;
    assert_eq!((seen.status, seen.location()), (302, Some(BACK)));
    assert!(Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403));

    let other = announced(&[]).await;
    let (_, page) = other.open(AUTHORISATION).await;
    let seen = decide(&other, &session(&page), "cancel").await;
    assert_eq!((seen.status, seen.location()), (302, Some(BACK)));
    assert_eq!(reported(&bed).len() + reported(&other).len(), 0);
}

#[tokio::test]
async fn nobody_consents_without_login_or_session() {
    let bed = announced(&[]).await;
    let (_, page) = bed.open(AUTHORISATION).await;
    let seen = decide(&bed, &session(&page), "allow").await;
    assert!(seen.text.contains("name=\"password\""));
    assert!(decide(&bed, "unknown", "allow").await.is_refusal(403));
    assert!(decide(&bed, &session(&page), "maybe").await.is_refusal(400));
    assert!(
        log_in(&bed, "unknown", "alice", "alice-password")
            .await
            .is_refusal(403)
    );
    assert_eq!(reported(&bed).len(), 0);
}

#[tokio::test]
async fn a_way_back_that_is_no_address_is_refused() {
    let bed = announced(&[]).await;
    for query in [
        "",
        "&redirect_uri=javascript:alert(1)&state=s",
        "&redirect_uri=http://h/r",
        "&redirect_uri=/r&state=s",
    ] {
        let (status, page) = bed
            .get(
                &format!("/auth?authorisation_id={AUTHORISATION}{query}"),
                None,
            )
            .await;
        assert_eq!(status, 400, "{query}");
        assert!(!page.contains("<form"));
    }
}

#[tokio::test]
async fn a_refused_report_is_told_to_the_customer() {
    for status in [403, 409] {
        let bed = announced(&[]).await;
        bed.service.script(PATCH, [testbed::answer(status, "")]);
        let seen = walk(&bed, "allow").await;
        assert!(seen.is_refusal(502));
        assert!(
            Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403),
            "the authorisation is used up"
        );
        assert_eq!(reported(&bed).len(), 1);
    }
}

#[tokio::test]
async fn the_browser_waits_for_the_acknowledgement() {
    let bed = announced(&[]).await;
    let token = consent(&bed).await;
    let release = std::sync::Arc::new(Notify::new());
    bed.service
        .script(PATCH, [testbed::held(204, "", &release)]);
    let deciding = decide(&bed, &token, "allow");
    tokio::pin!(deciding);
    tokio::select! {
        biased;
        _ = &mut deciding => panic!("the browser returned before the report was acknowledged"),
        () = bed.service.reached(PATCH, 1) => {}
    }
    assert!(
        decide(&bed, &token, "allow").await.is_refusal(403),
        "a second decision does not count"
    );
    release.notify_one();
    assert_eq!(deciding.await.location(), Some(BACK));
    assert_eq!(reported(&bed).len(), 1);
}

#[tokio::test]
async fn a_report_survives_a_browser_that_goes_away() {
    let bed = announced(&[]).await;
    let token = consent(&bed).await;
    let release = std::sync::Arc::new(Notify::new());
    bed.service.script(
        PATCH,
        [testbed::answer(401, ""), testbed::held(204, "", &release)],
    );
    {
        let deciding = decide(&bed, &token, "allow");
        tokio::pin!(deciding);
        tokio::select! {
            biased;
            _ = &mut deciding => panic!("the browser returned before the report was acknowledged"),
            () = bed.service.reached(PATCH, 1) => {}
        }
    }
    release.notify_one();
    bed.provider.settled().await;
    assert_eq!(
        reported(&bed).len(),
        2,
        "the repetition with a new token was still sent"
    );
}

#[tokio::test]
async fn renewing_reports_no_accounts_and_is_for_the_owner() {
    let bed = announced(&[]).await;
    let path = testbed::auth_path(
        "/authrefresh",
        AUTHORISATION,
        "&bankaccount=b-1&externalId=ext-1",
    );
    let (status, page) = bed.get(&path, None).await;
    assert_eq!(status, 200);
    let seen = log_in(&bed, &session(&page), "bob", "bob-password").await;
    assert!(seen.text.contains("is wrong"));
    let seen = log_in(&bed, &session(&page), "alice", "alice-password").await;
    let seen = decide(&bed, &session(&seen.text), "allow").await;
    assert_eq!((seen.status, seen.location()), (302, Some(BACK)));
    assert_eq!(reported(&bed), [json!({"data": {"status": "success"}})]);

    let bed = announced(&[]).await;
    let unknown = testbed::auth_path("/authrefresh", AUTHORISATION, "&externalId=ext-unknown");
    assert!(Seen::new_from(bed.get(&unknown, None).await).is_refusal(403));
    let unannounced = "bbbb0000-0000-4000-8000-000000000001";
    let path = testbed::auth_path("/authrefresh", unannounced, "&externalId=ext-1");
    assert!(Seen::new_from(bed.get(&path, None).await).is_refusal(403));
}

#[tokio::test]
async fn linked_accounts_are_reported_again() {
    let bed = announced(&[]).await;
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
        .await;
    walk(&bed, "allow").await;
    assert_eq!(
        reported(&bed)[0]["data"]["bankAccounts"][0]["bankAccountExternalId"],
        "ext-1"
    );
}

#[tokio::test]
async fn a_failure_is_final_by_faults_alone() {
    // Cancels or mistypes, tries again in a session of its own, and returns how many consents were reported.
    let again = async |faults: &[Fault], cancels: bool| {
        let bed = announced(faults).await;
        let (_, page) = bed.open(AUTHORISATION).await;
        let token = session(&page);
        if cancels {
            decide(&bed, &token, "cancel").await;
        } else {
            log_in(&bed, &token, "alice", "wrong").await;
        }
        bed.provider.age(std::time::Duration::from_secs(21 * 60));
        let other = AUTHORISATION.replace("aaaa", "bbbb");
        bed.notify(&testbed::announced(&other)).await;
        let (status, page) = bed.open(&other).await;
        if status == 200 {
            let seen = log_in(&bed, &session(&page), "alice", "alice-password").await;
            decide(&bed, &session(&seen.text), "allow").await;
        }
        bed.service
            .count(&format!("PATCH /v1/authorisations/{other}"))
    };
    assert_eq!(again(&[], true).await, 1);
    assert_eq!(again(&[], false).await, 1);
    assert_eq!(again(&[Fault::CancelIsFinal], true).await, 0);
    assert_eq!(again(&[Fault::WrongPasswordIsFinal], false).await, 0);
    assert_eq!(again(&[Fault::AbandonedSessionIsFinal], false).await, 0);
    assert_eq!(again(&[Fault::AbandonedSessionIsFinal], true).await, 1);
}

#[tokio::test]
async fn a_wrong_password_leads_back_at_once_by_a_variant_and_without_state_by_a_fault() {
    let after = async |faults: &[Fault], variants: Vec<Variant>| {
        let bed = Bed::with(faults, |settings| settings.variants = variants).await;
        bed.notify(&testbed::announced(AUTHORISATION)).await;
        let (_, page) = bed.open(AUTHORISATION).await;
        let seen = log_in(&bed, &session(&page), "alice", "wrong").await;
        seen.location().unwrap_or_default().to_owned()
    };
    assert_eq!(after(&[], Vec::new()).await, "");
    let leads_back = after(&[], vec![Variant::WrongPasswordLeadsBack]).await;
    assert_eq!(leads_back, BACK);
    let faults = [Fault::WrongPasswordLosesState];
    assert_eq!(after(&faults, Vec::new()).await, REDIRECT_URI);
}
