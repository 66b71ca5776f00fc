//! Honest providers with other data, other limits and other customers than those of the shipped rehearsal: no case may
//! accuse them, and none may be inconclusive.

use std::sync::Arc;

use feedproof::environment::{BankTransaction, Environment};
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
