//! `feedproof check`: validates plans without sending any request.

use std::collections::BTreeSet;

use crate::cli::arguments::CheckArguments;
use crate::cli::documents::{OpenedDocuments, check_tls_files, open};
use crate::cli::error::CliError;
use crate::cli::terminal::{data, talk};
use crate::environment::Browser;
use crate::exit_code::ExitCode;
use crate::number::count;
use crate::topology::{Forecast, WantedData, roughly, testable, wanted_data};
use plan_language::source::render;

/// Number of cases that a line names.
const CASES_MAX: usize = 4;

/// Runs the command and returns the exit code.
pub(super) fn check(arguments: &CheckArguments) -> Result<ExitCode, CliError> {
    let opened = open(&arguments.documents)?;
    let library = &opened.library;
    for warning in &library.warnings {
        talk(render(warning, &library.sources).trim_end());
    }
    let rules = match library.rules.len() {
        0 => String::new(),
        rules => format!(", {}", count(rules, "rule")),
    };
    let mut text = format!(
        "OK: {}, {}, {}, {}, {}{rules}\n",
        count(library.plans.len(), "plan"),
        count(library.cases().count(), "case"),
        count(library.flows.len(), "flow"),
        count(library.requirements.len(), "requirement"),
        count(library.rulings.len(), "ruling")
    );
    if arguments.documents.environment.is_some() {
        check_tls_files(&opened)?;
        text.push_str(&testable_requirements(&opened));
        text.push_str(&data_of_environment(&opened));
        text.push_str(&forecast_of_run(&opened));
    }
    data(&text);
    Ok(ExitCode::Success)
}

/// Lists which requirements are testable in the environment, and why others are not.
fn testable_requirements(opened: &OpenedDocuments) -> String {
    let mode = opened.environment.mode;
    let mut text = format!("\nin {} ({mode}):\n", opened.environment.name);
    let testable = testable(&opened.library, &opened.environment);
    for (requirement, testable) in opened.library.requirements.iter().zip(testable) {
        let level = requirement.level.to_string().to_uppercase();
        let answer = if testable.can {
            "testable".to_owned()
        } else {
            let reasons: Vec<_> = testable
                .obstacles
                .iter()
                .map(|obstacle| obstacle.why.as_str())
                .collect();
            format!("not testable: {}", reasons.join("; "))
        };
        text.push_str(&format!(
            "  {} {} {level:<6} {answer}\n",
            requirement.id, requirement.class
        ));
    }
    text
}

/// Lists the data that cases want, who has it, and the ledgers with their days.
fn data_of_environment(opened: &OpenedDocuments) -> String {
    let environment = &opened.environment;
    let mut text = format!("\ndata of {}:\n", environment.name);
    for wanted in wanted_data(&opened.library, environment) {
        text.push_str(&format!("  {}\n    {}\n", wanted.what, state(&wanted)));
    }
    for customer in &environment.customers {
        let Some(ledger) = &customer.ledger else {
            continue;
        };
        let days = || ledger.transactions.iter().map(|row| row.date.as_str());
        let (Some(first), Some(last)) = (days().min(), days().max()) else {
            text.push_str(&format!("  ledger of {}: empty\n", customer.name));
            continue;
        };
        let accounts = ledger.transactions.iter().map(|row| &row.account);
        let accounts: BTreeSet<_> = accounts.collect();
        let pending = ledger.transactions.iter().filter(|row| row.pending).count();
        text.push_str(&format!(
            "  ledger of {}: {}, {} ({pending} pending), {first} to {last}; what is booked later is not compared\n",
            customer.name,
            count(accounts.len(), "account"),
            count(ledger.transactions.len(), "transaction"),
        ));
    }
    // Plans of one's own may want no data, and the ledgers are none then.
    if text.lines().count() > 2 {
        text
    } else {
        String::new()
    }
}

/// Lists what a run of all cases needs of customers and time; nothing for a rehearsal.
fn forecast_of_run(opened: &OpenedDocuments) -> String {
    let cases: Vec<_> = opened.library.cases().cloned().collect();
    let Some(forecast) = Forecast::of(&cases, &opened.environment) else {
        return String::new();
    };
    let mut text = format!(
        "\nforecast of a run of {}: about {}\n",
        count(forecast.cases, "case"),
        roughly(forecast.total())
    );
    let visits = count(forecast.all_visits(), "visit");
    let made = match &opened.environment.browser {
        Browser::Http => "feedproof's own client",
        Browser::Webdriver(_) => "a driven browser",
        Browser::Manual => "a person, one after another",
    };
    let customers: Vec<_> = forecast
        .visits
        .iter()
        .map(|(name, visits)| format!("{name} {visits}"))
        .collect();
    text.push_str(&format!("  {visits} by {made}: {}\n", customers.join(", ")));
    for part in &forecast.parts {
        text.push_str(&format!("  {:>6}  {}\n", roughly(part.takes), part.what));
    }
    text
}

/// Says who has the data that cases want, or what happens without it.
fn state(wanted: &WantedData) -> String {
    if !wanted.customers.is_empty() {
        let cases = count(wanted.cases.len(), "case");
        return format!("{}; wanted by {cases}", wanted.customers.join(", "));
    }
    let named = wanted.cases.len().min(CASES_MAX);
    let mut cases = wanted.cases[..named].join(", ");
    if wanted.cases.len() > named {
        cases = format!("{cases} and {} more", wanted.cases.len() - named);
    }
    format!("missing: {} ({cases})", wanted.without)
}
