//! The customer's way at a provider that shows a fault: it deviates in one way, the rest stays right.

use super::*;

#[tokio::test]
async fn a_relisted_duplicate_can_be_linked_too() {
    let bed = announced(&[Fault::DuplicateAccountOnRelisting]).await;
    bed.notify(&testbed::created(ACCOUNT, "ext-1", "2026-01-01"))
        .await;
    walk(&bed, "allow").await;
    let external_id = reported(&bed)[0]["data"]["bankAccounts"][0]["bankAccountExternalId"].clone();
    assert_ne!(external_id, "ext-1");
    let event = testbed::created(
        testbed::SIBLING,
        external_id.as_str().unwrap(),
        "2026-01-01",
    );
    assert_eq!(bed.notify(&event).await, 204);
}

#[tokio::test]
async fn faults_of_the_page_deviate_in_one_way_each() {
    let bed = announced(&[Fault::AuthPageNotHtml]).await;
    let path = testbed::auth_path("/auth", AUTHORISATION, "");
    let seen = Seen::new(
        bed.send(axum::http::Request::get(path), Body::empty())
            .await,
    )
    .await;
    assert_eq!(
        (seen.status, seen.headers["content-type"].to_str().unwrap()),
        (200, "application/json")
    );

    let bed = Bed::new(&[Fault::AcceptsUnannouncedAuthorisation]).await;
    assert_eq!(walk(&bed, "allow").await.location(), Some(BACK));
    assert!(
        Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403),
        "a used one is still refused"
    );

    let bed = announced(&[Fault::AcceptsUsedAuthorisation]).await;
    walk(&bed, "allow").await;
    assert_eq!(walk(&bed, "allow").await.location(), Some(BACK));
    assert_eq!(reported(&bed).len(), 2);

    let bed = announced(&[Fault::AcceptsExpiredAuthorisation]).await;
    bed.provider.age(Duration::from_secs(3_600));
    assert_eq!(walk(&bed, "allow").await.location(), Some(BACK));

    let bed = announced(&[Fault::CancelStrandsCustomer]).await;
    assert!(walk(&bed, "cancel").await.is_refusal(200));
}

#[tokio::test]
async fn faults_of_the_report_deviate_in_one_way_each() {
    let bed = announced(&[Fault::PatchWithWrongContentType]).await;
    walk(&bed, "allow").await;
    assert_eq!(
        bed.service.calls(PATCH)[0].headers["content-type"],
        "text/plain"
    );

    let bed = announced(&[Fault::NoPatch]).await;
    assert_eq!(walk(&bed, "allow").await.location(), Some(BACK));
    bed.provider.settled().await;
    assert_eq!(reported(&bed).len(), 0);

    let bed = announced(&[Fault::ReportsSuccessAfterRejectedPatch]).await;
    bed.service.script(PATCH, [testbed::answer(409, "")]);
    let seen = walk(&bed, "allow").await;
    assert_eq!((seen.status, seen.location()), (200, None));
    assert!(seen.text.contains("were linked"), "{}", seen.text);
    assert_eq!(reported(&bed).len(), 1);

    let bed = announced(&[Fault::TellsSuccessInMarkup]).await;
    bed.service.script(PATCH, [testbed::answer(409, "")]);
    let seen = walk(&bed, "allow").await;
    assert_eq!((seen.status, seen.location()), (200, None));
    assert!(!seen.text.contains("were linked"), "{}", seen.text);

    let bed = announced(&[Fault::TellsSuccessInImage]).await;
    bed.service.script(PATCH, [testbed::answer(409, "")]);
    let seen = walk(&bed, "allow").await;
    assert!(seen.text.contains("alt=\"linked\""), "{}", seen.text);

    let bed = announced(&[Fault::TellsSuccessAndMovesOn]).await;
    bed.service.script(PATCH, [testbed::answer(409, "")]);
    let seen = walk(&bed, "allow").await;
    assert!(seen.text.contains("were linked"), "{}", seen.text);
    let response = bed.post("/auth/end", &[("back", BACK)]).await;
    assert_eq!(response.headers()[LOCATION], BACK);
}

#[tokio::test]
async fn faults_of_the_way_back_deviate_in_one_way_each() {
    let bed = announced(&[Fault::RedirectWithoutState]).await;
    assert_eq!(walk(&bed, "allow").await.location(), Some(REDIRECT_URI));
    let bed = announced(&[Fault::RedirectDropsQuery]).await;
    assert_eq!(
        walk(&bed, "allow").await.location(),
        Some("http://ui.test/return?state=state-1")
    );
    let bed = announced(&[Fault::RedirectAddsFragment]).await;
    let fragment = format!("{BACK}#_=_");
    assert_eq!(
        walk(&bed, "allow").await.location(),
        Some(fragment.as_str())
    );
}

#[tokio::test]
async fn a_fault_reports_only_after_the_browser_was_sent_back() {
    let bed = announced(&[Fault::RedirectsBeforePatch]).await;
    let token = consent(&bed).await;
    let response = bed
        .post(
            "/auth/consent",
            &[("session", &token), ("decision", "allow")],
        )
        .await;
    assert_eq!(response.headers()[LOCATION], BACK);
    assert_eq!(reported(&bed).len(), 0);
    testbed::text(response).await;
    bed.provider.settled().await;
    assert_eq!(reported(&bed).len(), 1);
}

#[tokio::test]
async fn a_fault_does_not_wait_for_a_slow_acknowledgement() {
    let bed = announced(&[Fault::RedirectsBeforeAcknowledgement]).await;
    let acknowledge = std::sync::Arc::new(tokio::sync::Notify::new());
    let slow = testbed::held(204, "", &acknowledge);
    bed.service.script(PATCH, [slow]);
    let seen = walk(&bed, "allow").await;
    assert_eq!(seen.location(), Some(BACK));
    assert_eq!(reported(&bed).len(), 1);
    acknowledge.notify_one();
    // One that says no at once is heeded as ever.
    let bed = announced(&[Fault::RedirectsBeforeAcknowledgement]).await;
    let refusal = testbed::answer(409, "");
    bed.service.script(PATCH, [refusal]);
    let seen = walk(&bed, "allow").await;
    assert_eq!((seen.status, seen.location()), (502, None));
}

/// Opens the page for renewing and returns what the browser sees.
async fn reopen(bed: &Bed, authorisation: &str) -> Seen {
    let path = testbed::auth_path("/authrefresh", authorisation, "&externalId=ext-1");
    let request = axum::http::Request::get(path);
    Seen::new(bed.send(request, Body::empty()).await).await
}

/// Renews as alice and returns what the browser sees in the end.
async fn renew(bed: &Bed, authorisation: &str) -> Seen {
    let seen = reopen(bed, authorisation).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let seen = log_in(bed, &session(&seen.text), "alice", "alice-password").await;
    decide(bed, &session(&seen.text), "allow").await
}

#[tokio::test]
async fn faults_of_renewing_deviate_in_one_way_each() {
    let bed = announced(&[Fault::ReauthorisationPageNotHtml]).await;
    let seen = reopen(&bed, AUTHORISATION).await;
    assert_eq!(seen.headers["content-type"], "application/json");
    assert!(bed.open(AUTHORISATION).await.1.contains("<form"));

    let bed = Bed::new(&[Fault::ReauthorisesUnannounced]).await;
    assert!(Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403));
    assert_eq!(renew(&bed, AUTHORISATION).await.location(), Some(BACK));

    let bed = announced(&[Fault::ReauthorisesUsed]).await;
    for _ in 0..2 {
        assert_eq!(renew(&bed, AUTHORISATION).await.location(), Some(BACK));
    }
    assert_eq!(reported(&bed).len(), 2);
    assert!(Seen::new_from(bed.open(AUTHORISATION).await).is_refusal(403));

    let bed = announced(&[Fault::ReauthorisationListsAccounts]).await;
    renew(&bed, AUTHORISATION).await;
    let accounts = reported(&bed)[0]["data"]["bankAccounts"].clone();
    assert_eq!(accounts.as_array().unwrap().len(), 2);

    let bed = announced(&[Fault::ReauthorisationRedirectsWithoutState]).await;
    let seen = renew(&bed, AUTHORISATION).await;
    assert_eq!((seen.status, seen.location()), (302, Some(REDIRECT_URI)));
    assert_eq!(reported(&bed).len(), 1);

    let bed = announced(&[Fault::NoPatchOnReauthorisation]).await;
    assert_eq!(renew(&bed, AUTHORISATION).await.location(), Some(BACK));
    bed.provider.settled().await;
    assert_eq!(reported(&bed).len(), 0);
}

#[tokio::test]
async fn a_fault_forbids_framing_of_every_page() {
    let bed = announced(&[Fault::ForbidsFraming]).await;
    let refused = "bbbb0000-0000-4000-8000-000000000001";
    for authorisation in [AUTHORISATION, refused] {
        let seen = reopen(&bed, authorisation).await;
        assert_eq!(seen.headers["x-frame-options"], "DENY");
    }
}

#[tokio::test]
async fn a_fault_rewrites_a_host_that_it_does_not_know() {
    let bed = announced(&[Fault::RewritesReturnHost]).await;
    let seen = walk(&bed, "allow").await;
    let location = seen.location().unwrap();
    assert!(location.starts_with("http://127.0.0.1:"), "{location}");
    assert!(
        location.ends_with("/return?session=7&state=state-1"),
        "{location}"
    );
    assert_eq!(reported(&bed).len(), 1);
}
