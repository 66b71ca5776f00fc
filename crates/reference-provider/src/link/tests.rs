//! How far an account was posted, batch by batch, and what the loss of consent does to it.

use super::super::testbed;
use super::*;

const BANK: &str = "bank";

fn settings(faults: &[Fault]) -> Settings {
    Settings {
        faults: faults.to_vec(),
        ..testbed::settings("http://127.0.0.1:9")
    }
}

fn links(start: usize) -> (Links, Ledger, AccountPosition) {
    let ledger = Ledger::new(testbed::customers(), false);
    let place = ledger.find("ext-1").unwrap();
    let mut links = Links::default();
    assert_eq!(
        links.link("a-1", "ext-1", BANK, place, start),
        LinkOutcome::New
    );
    (links, ledger, place)
}

#[test]
fn a_batch_is_repeated_unchanged_until_it_is_settled() {
    let (mut links, mut ledger, place) = links(0);
    let settings = settings(&[]);
    assert!(links.claim("a-1").is_some());
    assert!(links.claim("a-1").is_none());
    let batch = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert_eq!(
        (batch.transactions.len(), batch.balance, batch.doubtful),
        (3, 11_150, false)
    );
    links.doubt("a-1", &batch);
    assert!(!links.rest("a-1"), "the second claim is served now");
    assert!(links.rest("a-1"));
    ledger.book(place, None);
    assert!(links.claim("a-1").is_some());
    let again = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert_eq!(
        (again.balance, again.doubtful, again.more),
        (11_150, true, true)
    );
    assert_eq!(again.transactions, batch.transactions);
    links.settle("a-1", &again);
    let next = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert_eq!(
        (next.transactions.len(), next.doubtful, next.more),
        (1, false, false)
    );
    links.settle("a-1", &next);
    assert_eq!(links.next_batch("a-1", &ledger, &settings), None);
    assert!(links.claim("a-1").is_some(), "the claim was given back");
}

/// Takes batch after batch and returns the ids in them.
fn drain(links: &mut Links, ledger: &Ledger, settings: &Settings) -> Vec<Vec<String>> {
    std::iter::from_fn(|| {
        let batch = links.next_batch("a-1", ledger, settings)?;
        links.settle("a-1", &batch);
        Some(
            batch
                .transactions
                .into_iter()
                .map(|booked| booked.id)
                .collect(),
        )
    })
    .collect()
}

fn with_limit(batch_limit: usize, faults: &[Fault]) -> Settings {
    Settings {
        batch_limit,
        ..settings(faults)
    }
}

#[test]
fn batches_end_at_the_limit() {
    let sizes = |limit, faults: &[Fault]| {
        let (mut links, ledger, _) = links(0);
        let batches = drain(&mut links, &ledger, &with_limit(limit, faults));
        batches.iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(sizes(4, &[]), [3]);
    assert_eq!(sizes(3, &[]), [3]);
    assert_eq!(sizes(2, &[]), [2, 1]);
    assert_eq!(sizes(0, &[]), [1, 1, 1]);
    assert_eq!(sizes(2, &[Fault::OversizeBatch]), [3]);
}

#[test]
fn the_balance_is_the_one_after_the_batch_and_dated_like_it() {
    let (mut links, ledger, _) = links(1);
    let limited = with_limit(1, &[]);
    let batch = links.next_batch("a-1", &ledger, &limited).unwrap();
    assert_eq!(batch.balance, 11_450);
    assert_eq!(batch.balance_moment, "2026-01-03T00:00:00.000Z");
    links.settle("a-1", &batch);
    let last = links.next_batch("a-1", &ledger, &limited).unwrap();
    assert_eq!(last.balance, 11_150);
    assert!(*last.balance_moment >= *"2026-01-05T00:00:00.001Z");
    let faulty = with_limit(1, &[Fault::BalanceBeforeBatch]);
    let wrong = links.next_batch("a-1", &ledger, &faulty).unwrap();
    assert_eq!((wrong.balance, wrong.transactions.len()), (11_450, 1));
}

#[test]
fn the_first_statement_is_sent_even_when_empty_and_only_once() {
    let (mut links, ledger, _) = links(3);
    let settings = settings(&[Fault::PostsUnderExternalId]);
    let batch = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert_eq!((batch.account.as_str(), batch.balance), ("ext-1", 11_150));
    assert!(batch.transactions.is_empty() && !batch.status_only());
    links.settle("a-1", &batch);
    assert_eq!(links.next_batch("a-1", &ledger, &settings), None);
}

#[test]
fn a_lost_consent_is_told_once_and_what_is_booked_meanwhile_follows() {
    let (mut links, mut ledger, place) = links(0);
    let settings = settings(&[]);
    drain(&mut links, &ledger, &settings);
    links.lose_consent(0);
    let told = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert!(told.status_only() && links.is_due("a-1", &told));
    links.settle("a-1", &told);
    let held_back = ledger.book(place, None).id;
    links.lose_consent(0);
    assert_eq!(links.next_batch("a-1", &ledger, &settings), None);
    assert_eq!(links.restore_consent(0, &ledger, &settings), ["a-1"]);
    assert!(!links.is_due("a-1", &told));
    assert_eq!(drain(&mut links, &ledger, &settings), [[held_back]]);
    links.lose_consent(0);
    assert!(
        links.next_batch("a-1", &ledger, &settings).is_some(),
        "the next revocation is reported too"
    );
}

#[test]
fn a_batch_whose_fate_is_open_is_repeated_after_the_consent_is_back() {
    let (mut links, mut ledger, place) = links(0);
    let settings = settings(&[]);
    let batch = links.next_batch("a-1", &ledger, &settings).unwrap();
    links.doubt("a-1", &batch);
    links.lose_consent(0);
    assert!(!links.is_due("a-1", &batch));
    let told = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert!(!told.doubtful);
    links.doubt("a-1", &told);
    links.settle("a-1", &told);
    ledger.book(place, None);
    links.restore_consent(0, &ledger, &settings);
    let again = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert_eq!(
        (again.transactions, again.doubtful),
        (batch.transactions, true)
    );
}

#[test]
fn the_consent_of_one_customer_is_not_that_of_another() {
    let (mut links, ledger, _) = links(0);
    let settings = settings(&[]);
    links.lose_consent(1);
    let batch = links.next_batch("a-1", &ledger, &settings).unwrap();
    assert_eq!(batch.status, AccountStatus::Active);
    assert_eq!(
        links.restore_consent(1, &ledger, &settings),
        Vec::<String>::new()
    );
}

/// Feeds an account, loses the consent, books, and restores; returns what is sent in the two times.
fn renewed(fault: Fault) -> [Vec<Vec<String>>; 2] {
    let (mut links, mut ledger, place) = links(1);
    let settings = settings(&[fault]);
    drain(&mut links, &ledger, &settings);
    assert_eq!(links.lose_consent(0), ["a-1"]);
    ledger.book(place, Some(1));
    let during = drain(&mut links, &ledger, &settings);
    ledger.book(place, Some(2));
    links.restore_consent(0, &ledger, &settings);
    [during, drain(&mut links, &ledger, &settings)]
}

#[test]
fn each_fault_of_a_lost_consent_deviates_in_one_way() {
    let sizes = |fault| renewed(fault).map(|times| times.iter().map(Vec::len).collect::<Vec<_>>());
    assert_eq!(sizes(Fault::SilentAboutLostConsent), [vec![], vec![2]]);
    assert_eq!(
        sizes(Fault::LostConsentWithTransactions),
        [vec![1], vec![1]]
    );
    assert_eq!(sizes(Fault::GapAfterReauthorisation), [vec![0], vec![]]);
    let [_, after] = renewed(Fault::RepeatsLastAfterReauthorisation);
    assert_eq!((after[0].len(), &*after[0][0]), (3, "tx-3-again"));
    let [during, after] = renewed(Fault::RepeatsAfterReauthorisation);
    assert_eq!((during[0].len(), after[0].len()), (0, 4));
    assert_eq!(after[0][..2], ["tx-2-again", "tx-3-again"]);
    assert!(after[0][2].starts_with("new-") && !after[0][2].ends_with("-again"));
}

#[test]
fn each_fault_of_a_series_deviates_in_one_way() {
    let fed = |fault| {
        let (mut links, mut ledger, place) = links(0);
        let mut settings = settings(&[fault]);
        settings.batch_limit = 2;
        ledger.book(place, None);
        drain(&mut links, &ledger, &settings)
    };
    let lossy = fed(Fault::LosesAtBatchBorder);
    assert_eq!(lossy[0], ["tx-1", "tx-2"]);
    assert!(lossy[1].len() == 1 && lossy[1][0].starts_with("new-"));
    let twice = fed(Fault::PostsTwiceUnderNewIds);
    assert_eq!(twice[0], ["tx-1", "tx-1-twin"]);
    assert_eq!(twice.len(), 4, "each statement keeps to the limit");
}

#[test]
fn a_deleted_account_stays_deleted() {
    let (mut links, _, place) = links(0);
    let control = links.unlink("a-1").unwrap();
    assert!(control.stop.is_cancelled());
    assert!(links.unlink("a-1").is_none());
    assert_eq!(
        links.link("a-1", "ext-1", BANK, place, 0),
        LinkOutcome::Known
    );
    assert!(!links.is_linked(place));
    assert_eq!(links.link("a-2", "ext-1", BANK, place, 0), LinkOutcome::New);
    assert_eq!(
        links.link("a-2", "ext-1", BANK, place, 0),
        LinkOutcome::Known
    );
    assert_eq!(links.ids_of(place), ["a-2"]);
}

#[test]
fn siblings_are_the_accounts_of_one_customer() {
    let (mut links, ledger, _) = links(0);
    links.link("a-2", "ext-2", BANK, ledger.find("ext-2").unwrap(), 0);
    links.link("b-1", "ext-9", BANK, ledger.find("ext-9").unwrap(), 0);
    let mut siblings = links.siblings("a-1");
    siblings.sort();
    assert_eq!(siblings, ["a-1", "a-2"]);
    assert_eq!(links.siblings("unknown"), Vec::<String>::new());
    assert_eq!(links.places().len(), 3);
}

#[test]
fn who_has_no_linked_account_loses_no_consent() {
    let (mut links, ledger, place) = links(0);
    let settings = settings(&[]);
    assert_eq!(links.lose_consent(1), Vec::<String>::new());
    links.link("b-1", "ext-9", BANK, ledger.find("ext-9").unwrap(), 0);
    let batch = links.next_batch("b-1", &ledger, &settings).unwrap();
    assert_eq!(batch.status, AccountStatus::Active);
    links.lose_consent(0);
    links.unlink("a-1");
    links.link("a-2", "ext-1", BANK, place, 0);
    let batch = links.next_batch("a-2", &ledger, &settings).unwrap();
    assert_eq!(
        batch.status,
        AccountStatus::Active,
        "consent was given anew"
    );
}
