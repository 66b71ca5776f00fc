use super::*;
use crate::environment;
use crate::shipped;
use plan_language::participant::Mode;
use plan_language::source;

fn rehearsal() -> Environment {
    let document = shipped::rehearsal();
    let node = source::load(&document.name, &document.bytes).expect("the environment is YAML");
    let mut findings = Vec::new();
    environment::read(&node, &mut findings).unwrap_or_else(|| panic!("{findings:?}"))
}

fn wanted(environment: &Environment) -> Vec<WantedData> {
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    wanted_data(&library, environment)
}

#[test]
fn the_rehearsal_has_all_data_that_its_cases_want() {
    let missing: Vec<_> = wanted(&rehearsal())
        .into_iter()
        .filter(|wanted| wanted.customers.is_empty())
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn a_missing_kind_of_customer_is_named_with_the_cases_that_want_it() {
    let mut environment = rehearsal();
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
    let mut environment = rehearsal();
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
