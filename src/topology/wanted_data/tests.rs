use super::*;
use crate::shipped;
use crate::topology::rehearsal_environment;
use plan_language::participant::Mode;

fn wanted(environment: &Environment) -> Vec<WantedData> {
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    wanted_data(&library, environment)
}

#[test]
fn the_rehearsal_has_all_data_that_its_cases_want() {
    let missing: Vec<_> = wanted(&rehearsal_environment())
        .into_iter()
        .filter(|wanted| wanted.customers.is_empty())
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn a_missing_kind_of_customer_is_named_with_the_cases_that_want_it() {
    let mut environment = rehearsal_environment();
    for customer in &mut environment.customers {
        customer.without_branch = 0;
    }
    let missing: Vec<_> = wanted(&environment)
        .into_iter()
        .filter(|wanted| wanted.customers.is_empty())
        .collect();
    // One account without a branch, and several.
    assert_eq!(missing.len(), 2, "{missing:?}");
    for wanted in &missing {
        assert!(wanted.what.contains("without_branch"), "{missing:?}");
        assert_eq!(wanted.without, "skipped");
        assert!(!wanted.cases.is_empty());
    }
}

#[test]
fn a_customer_without_books_and_a_lonely_customer_are_noticed() {
    let mut environment = rehearsal_environment();
    environment.mode = Mode::Connector;
    environment.customers.truncate(1);
    environment.customers[0].data.clear();
    let wanted = wanted(&environment);
    let lacks = |what: &str| {
        let mut missing = wanted.iter().filter(|wanted| wanted.customers.is_empty());
        missing.any(|wanted| wanted.what.contains(what))
    };
    assert!(lacks("`ledger`"), "{wanted:?}");
    assert!(lacks("a second customer"), "{wanted:?}");
}
