use clap::ValueEnum as _;

use super::*;
use crate::cli::init::fixture::{arguments, opened};
use crate::environment::Environment;

#[test]
fn the_environment_of_each_mode_is_valid_and_of_that_mode() {
    for mode in InitMode::value_variants() {
        let text = environment(&arguments(*mode)).expect("it is made");
        assert_eq!(opened(&text).mode, mode.mode());
        assert!(text.contains(&mode.file()), "{mode:?} names its file");
        let comment = format!("# mode: {}\n", mode.mode());
        assert!(text.contains(&comment[2..]), "{mode:?} names its mode");
    }
}

#[test]
fn every_part_of_end_to_end_is_replaced() {
    for (part, _) in END_TO_END {
        assert!(connector::EXAMPLE.contains(part), "{part}");
    }
    let text = end_to_end();
    assert!(!text.contains("emulated"), "{text}");
    assert!(!text.contains("connector.yaml"), "{text}");
}

#[test]
fn the_reference_provider_has_the_bank_of_the_rehearsal() {
    let service = opened(&environment(&arguments(InitMode::Service)).expect("it is made"));
    let rehearsal = opened(&rehearsal());
    let usernames = |environment: &Environment| -> Vec<String> {
        let customers = environment.customers.iter();
        customers
            .map(|customer| customer.username.clone())
            .collect()
    };
    assert_eq!(usernames(&service), usernames(&rehearsal));
    assert_eq!(service.bank_actions.len(), rehearsal.bank_actions.len());
}

#[test]
fn facts_about_a_connector_need_a_mode_with_one() {
    let known = |mode| InitArguments {
        name: Some("Northbank feeds".to_owned()),
        ..arguments(mode)
    };
    let refused = environment(&known(InitMode::Service)).expect_err("no connector is live");
    assert!(
        refused.to_string().contains("`--name` describes"),
        "{refused}"
    );
    let text = environment(&known(InitMode::EndToEnd)).expect("it is made");
    assert!(!text.to_lowercase().contains("acme"), "{text}");
    assert!(text.contains("application_key: env:NORTHBANK_APPLICATION_KEY"));
}
