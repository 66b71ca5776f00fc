//! When feedproof itself was late, and when it was not.

use axum::body::Body;

use super::*;

/// A router that answers after so long.
fn slow(took: Duration) -> Router {
    Router::new().fallback(move || async move {
        tokio::time::sleep(took).await;
        StatusCode::CREATED
    })
}

/// Hands a message to the tap, as a listener does, and returns the reasons why feedproof was late.
async fn take(bench: &Bench, base: &str, patience: Duration) -> Option<String> {
    let path = base.strip_prefix(&bench.origin).expect("a path of it");
    let request = Request::post(path).body(Body::empty());
    let request = request.expect("a request");
    let _ = tokio::time::timeout(patience, bench.tap.take(&bench.origin, request)).await;
    bench.tap.journal.late(0, 99)
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_its_own_that_took_long_is_noted_with_its_exchange() {
    let bench = Bench::connector().await;
    let quick = Upstream::Emulated(slow(Duration::from_millis(749)));
    let quick = bench.mount("quick", MountOwner::Service, quick, Some("one"));
    assert_eq!(take(&bench, &quick, SOON).await, None);
    let late = Upstream::Emulated(slow(Duration::from_millis(750)));
    let late = bench.mount("late", MountOwner::Service, late, Some("one"));
    let why = take(&bench, &late, SOON).await.expect("it was late");
    assert!(
        why.starts_with(
            "feedproof itself was late: its own answer in exchange 2 took 750 ms while the case ran, so the connector \
             may have given up and sent its message again"
        ),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_left_before_an_answer_that_was_due_is_not_to_blame() {
    let bench = Bench::connector().await;
    let late = Upstream::Emulated(slow(SOON));
    let late = bench.mount("late", MountOwner::Service, late, Some("one"));
    let why = take(&bench, &late, Duration::from_secs(1)).await;
    assert!(why.expect("it was late").contains("took 1000 ms"));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_late_with_an_answer_that_a_stub_holds_back_or_that_the_provider_owes() {
    let bench = Bench::connector().await;
    let upstream = Upstream::Emulated(slow(Duration::from_millis(1)));
    let service = bench.mount("s", MountOwner::Service, upstream, Some("one"));
    let reaction = Reaction {
        status: Some(201),
        delay: Duration::from_secs(2),
        ..Reaction::default()
    };
    stub_registry::stub(&bench, "one", [reaction]);
    assert_eq!(take(&bench, &service, SOON).await, None);
    let provider = Upstream::Emulated(slow(Duration::from_secs(2)));
    let provider = bench.mount("p", MountOwner::Provider(Vec::new()), provider, Some("one"));
    assert_eq!(take(&bench, &provider, SOON).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_gets_its_turn_notes_no_stall() {
    let bench = Bench::connector().await;
    let (journal, shutdown) = (bench.tap.journal.clone(), CancellationToken::new());
    let watching = tokio::spawn(note_stalls(journal, shutdown.clone()));
    tokio::time::sleep(SOON).await;
    assert_eq!(bench.tap.journal.late(0, 99), None);
    // The clock jumps while nobody runs: what a busy machine does to the process.
    tokio::time::advance(Duration::from_millis(1_200)).await;
    tokio::task::yield_now().await;
    shutdown.cancel();
    watching.await.expect("it ends");
    let why = bench.tap.journal.late(0, 99).expect("a stall is noted");
    assert!(why.contains("did not get its turn for 1"), "{why}");
}
