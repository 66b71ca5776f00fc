//! Honest providers with other data, other limits and other customers than those of the shipped rehearsal: no case may
//! accuse them, and none may be inconclusive.

use std::sync::Arc;
use std::time::Duration;

use feedproof::environment::{BankTransaction, Environment};
use feedproof::journal::Fact;
use feedproof::judge::Verdict;
use feedproof::record::Record;
use feedproof::report::failure;
use feedproof::shipped;
use feedproof::topology::{Deviation, Fault, Variant, simulate};
use plan_language::plan::Library;

use super::SHIPPED;
use super::stand::{Stand, rehearsal};

/// Rehearses the cases of a library in an environment, in simulated time.
fn rehearse(library: Library, environment: Environment, variants: &[Variant]) -> Record {
    let deviation = Deviation {
        variants: variants.to_vec(),
        ..Deviation::default()
    };
    rehearse_with(library, environment, deviation)
}

fn rehearse_with(library: Library, environment: Environment, deviation: Deviation) -> Record {
    let rehearsal = async {
        Stand::in_process(library, environment, deviation)
            .await
            .run()
            .await
    };
    simulate(rehearsal).expect("there is a runtime")
}

/// How the reason of a case begins that no customer of the environment fits.
const NO_CUSTOMER: &str = "the environment has no customer with `";

/// Asserts that every case passes, or is skipped; returns the reasons of those that are skipped.
fn left_in_peace(record: &Record) -> Vec<String> {
    let (mut skipped, mut disturbed) = (Vec::new(), Vec::new());
    for case in &record.cases {
        let reason = case.reason.clone().unwrap_or_default();
        match case.verdict {
            Verdict::Passed => {}
            Verdict::Skipped => skipped.push(format!("{}: {reason}", case.case)),
            Verdict::Failed | Verdict::Inconclusive => {
                let told = failure(record, case).unwrap_or_default();
                disturbed.push(format!("{}: {}\n{told}", case.case, case.verdict.as_str()));
            }
        }
    }
    assert!(disturbed.is_empty(), "{}", disturbed.join("\n"));
    skipped
}

/// Returns the cases about an account's transactions: the others do the same, however many there are.
fn cases_about_statements() -> Library {
    let mut library = Library::read(&shipped::documents())
        .unwrap_or_else(|invalid| panic!("{:?}", invalid.findings));
    for plan in &mut library.plans {
        let plan = Arc::get_mut(plan).expect("nobody else holds it yet");
        plan.cases.retain(|case| {
            let id = &*case.id;
            id.starts_with("statements/")
                || id.starts_with("onboarding/reconnection")
                || id.ends_with("posting-resumes-where-it-stopped")
                || id.ends_with("repeated-account-notification-is-harmless")
        });
    }
    library
}

/// Leaves each customer one account.
fn with_one_account_each(mut environment: Environment) -> Environment {
    for customer in &mut environment.customers {
        customer.data.truncate(1);
        let cleared = customer.data[0].transactions.iter();
        customer.cleared = cleared.filter(|booked| !booked.pending).count() as u64;
        customer.accounts = 1;
        customer.without_branch = 0;
    }
    environment
}

#[test]
fn customers_with_one_account_each_are_no_failure() {
    let record = rehearse(SHIPPED.clone(), with_one_account_each(rehearsal()), &[]);
    let skipped = left_in_peace(&record);
    let for_customers = skipped.iter();
    let for_customers = for_customers.filter(|line| line.contains(NO_CUSTOMER));
    assert!(for_customers.count() > 10, "{skipped:#?}");
}

#[test]
fn small_limits_and_the_data_of_earlier_runs_are_no_failure() {
    for limit in [10, 100] {
        let mut environment = rehearsal();
        environment.agreed.batch_limit = limit;
        let variants = [Variant::DataOfEarlierRuns, Variant::BatchesOfThree];
        let skipped = left_in_peace(&rehearse(SHIPPED.clone(), environment, &variants[..]));
        assert_eq!(skipped, [""; 0], "at the limit {limit}");
    }
}

/// An environment in which what is due of an account takes `seconds` seconds or more at the agreed rate, and every wait five.
fn with_waits_shorter_than_the_feed(mut environment: Environment, seconds: u64) -> Environment {
    environment.agreed.batch_limit = 1;
    environment.agreed.requests_per_second = 1;
    let waits = ["first-statement", "next-statement", "history"];
    for wait in waits {
        environment
            .waits
            .insert(wait.to_owned(), Duration::from_secs(5));
    }
    for customer in &mut environment.customers {
        for account in &mut customer.data {
            let mut booked = account.transactions.iter().rev();
            let last = booked.find(|booked| !booked.pending).cloned();
            let more = (0..seconds).filter_map(|number| {
                let mut booked = last.clone()?;
                booked.id = format!("{}-{number}", booked.id);
                Some(booked)
            });
            let more: Vec<_> = more.collect();
            account.transactions.extend(more);
        }
        let booked = customer
            .data
            .iter()
            .flat_map(|account| &account.transactions);
        customer.cleared = booked.filter(|booked| !booked.pending).count() as u64;
    }
    environment
}

fn only(ids: &[&str]) -> Library {
    let mut library = cases_about_statements();
    for plan in &mut library.plans {
        let plan = Arc::get_mut(plan).expect("nobody else holds it yet");
        plan.cases.retain(|case| ids.contains(&&*case.id));
    }
    library.plans.retain(|plan| !plan.cases.is_empty());
    library
}

#[test]
fn a_wait_ended_while_the_provider_still_posted_what_was_due() {
    let environment = with_waits_shorter_than_the_feed(rehearsal(), 20);
    let library = only(&[
        "statements/first-push-is-complete",
        "statements/ledger-agrees",
    ]);
    let record = rehearse(library, environment, &[]);
    assert_eq!(left_in_peace(&record), [""; 0]);
    let longest = record.events.iter().filter_map(|event| match &event.fact {
        Fact::Waiting { wait, bound_us, .. } if wait == "history" => Some(*bound_us / 1_000_000),
        _ => None,
    });
    assert!(longest.max().unwrap_or_default() > 20, "it was extended");
}

#[test]
fn a_feed_beyond_every_extension_is_inconclusive_and_says_so() {
    let mut environment = with_waits_shorter_than_the_feed(rehearsal(), 200);
    // What takes far longer than the agreed rate needs is extended no further.
    environment.agreed.batch_limit = 1_000;
    let library = only(&["statements/first-push-is-complete"]);
    let record = rehearse(library, environment, &[Variant::BatchesOfOne]);
    let case = &record.cases[0];
    assert_eq!(case.verdict, Verdict::Inconclusive, "{:?}", case.reason);
    let reason = case.reason.as_deref().unwrap_or_default();
    assert!(
        reason.contains("the provider still posted after"),
        "{reason}"
    );
}

#[test]
fn the_midnight_of_the_banks_own_zone_is_its_day() {
    // At a bank in London what is a fault of one on UTC is right.
    let own_midnight = || Deviation {
        faults: vec![Fault::parse("summer-days-earlier").expect("it is in the catalogue")],
        ..Deviation::default()
    };
    let mut environment = rehearsal();
    environment.bank.zone = Some("Europe/London".to_owned());
    let library = cases_about_statements();
    let record = rehearse_with(library, environment, own_midnight());
    assert_eq!(left_in_peace(&record), [""; 0]);

    let mut environment = rehearsal();
    environment.bank.zone = None;
    let record = rehearse_with(cases_about_statements(), environment, own_midnight());
    let of = |verdict| {
        let cases = record
            .cases
            .iter()
            .filter(move |case| case.verdict == verdict);
        cases.map(|case| &*case.case).collect::<Vec<_>>()
    };
    assert_eq!(of(Verdict::Failed), [""; 0]);
    assert!(
        of(Verdict::Inconclusive).contains(&"statements/days-of-the-ledger"),
        "{:?}",
        of(Verdict::Inconclusive)
    );
}

#[test]
fn thousands_of_transactions_in_many_batches_are_no_failure() {
    const COUNT: usize = 5_000;
    let mut environment = with_one_account_each(rehearsal());
    environment.agreed.batch_limit = 100;
    environment.agreed.requests_per_second = 1_000;
    for customer in &mut environment.customers {
        let account = &mut customer.data[0];
        let pending = account.transactions.iter().filter(|booked| booked.pending);
        let pending: Vec<_> = pending.cloned().collect();
        let booked = (0..COUNT).map(|number| BankTransaction {
            id: format!("{}-{number}", account.external_id),
            // In the order of the calendar, on both sides of every date that a case asks for.
            date: format!("2026-{:02}-{:02}", 1 + number / 500, 1 + number % 500 / 18),
            amount: 1_000 + number as i64 - 2_500,
            description: "One of many".to_owned(),
            pending: false,
        });
        account.transactions = booked.chain(pending).collect();
        customer.cleared = COUNT as u64;
    }
    let record = rehearse(cases_about_statements(), environment, &[]);
    let skipped = left_in_peace(&record);
    // Accounts that a product cannot read at once are not compared: a case says so, and does not fail.
    let too_large = skipped.iter();
    let too_large = too_large.filter(|line| line.contains(NO_CUSTOMER));
    assert!(too_large.count() >= 3, "{skipped:#?}");
}
