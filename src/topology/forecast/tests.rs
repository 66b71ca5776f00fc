use super::*;
use crate::shipped;
use crate::topology::rehearsal_environment;
use plan_language::plan::Library;

/// The environment of rehearsals, as if its customers were those of a live provider.
fn live() -> Environment {
    let mut environment = rehearsal_environment();
    environment.mode = Mode::Connector;
    environment
}

fn forecast(environment: &Environment) -> Forecast {
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    let cases: Vec<_> = library.cases().cloned().collect();
    Forecast::of(&cases, environment).expect("its participants are shared")
}

#[test]
fn visits_are_spread_over_the_customers_that_fit() {
    let environment = live();
    let forecast = forecast(&environment);
    let counted: Vec<_> = forecast.visits.iter().map(|(_, visits)| *visits).collect();
    let even = forecast.all_visits() / counted.len();
    assert!(forecast.all_visits() > 100, "{counted:?}");
    for visits in &counted {
        assert!(
            *visits < 3 * even,
            "one has many more than others: {counted:?}"
        );
    }
}

#[test]
fn visits_of_a_person_stay_with_a_customer_as_long_as_one_fits() {
    let mut environment = live();
    environment.browser = Browser::Webdriver("http://127.0.0.1:9515".parse().expect("a URL"));
    let spread = forecast(&environment);
    environment.browser = Browser::Manual;
    let grouped = forecast(&environment);
    assert_eq!(grouped.all_visits(), spread.all_visits());
    let most = |forecast: &Forecast| forecast.visits.iter().map(|(_, visits)| *visits).max();
    assert!(most(&grouped) > most(&spread), "{:?}", grouped.visits);
    let wanted = "one after another, as a person makes their visits";
    let mut parts = grouped.parts.iter();
    assert!(
        parts.any(|part| part.what.ends_with(wanted)),
        "{:?}",
        grouped.parts
    );
}

#[test]
fn a_rehearsal_needs_no_forecast() {
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    let cases: Vec<_> = library.cases().cloned().collect();
    let mut environment = live();
    environment.mode = Mode::Rehearsal;
    assert_eq!(Forecast::of(&cases, &environment), None);
}

#[test]
fn a_person_takes_longer_than_a_driven_browser_and_that_one_longer_than_a_client() {
    let mut environment = live();
    let with = |environment: &Environment| forecast(environment).total();
    let http = with(&environment);
    environment.browser = Browser::Webdriver("http://127.0.0.1:9515".parse().expect("a URL"));
    let driven = with(&environment);
    environment.browser = Browser::Manual;
    let manual = with(&environment);
    assert!(
        http < driven && driven < manual,
        "{http:?} {driven:?} {manual:?}"
    );
    let visits = u32::try_from(forecast(&environment).all_visits()).expect("few");
    assert!(manual >= MANUAL_VISIT * visits, "one at a time");
}

#[test]
fn many_transactions_at_a_low_rate_dominate() {
    let mut environment = live();
    environment.agreed.requests_per_second = 2;
    environment.agreed.batch_limit = 100;
    for customer in &mut environment.customers {
        customer.data.clear();
        customer.cleared = 5_000;
    }
    let forecast = forecast(&environment);
    let first = &forecast.parts[0];
    assert_eq!(
        first.what,
        "more for statements at the agreed 2 requests a second"
    );
    // Fifty statements of two requests each, for every visit.
    assert!(first.takes >= Duration::from_secs(50 * 100), "{first:?}");
}

#[test]
fn the_shares_of_cases_add_up_to_the_whole() {
    let environment = live();
    let forecast = forecast(&environment);
    let library = Library::read(&shipped::documents()).expect("the shipped plans are valid");
    let shares: Duration = library.cases().map(|case| forecast.share(&case.id)).sum();
    let (shares, total) = (shares.as_secs_f64(), forecast.total().as_secs_f64());
    // Parts of less than a second are left out of the total.
    assert!((shares - total).abs() < 3.0, "{shares} {total}");
}

#[test]
fn what_is_left_follows_the_pace_of_the_run() {
    let forecast = forecast(&live());
    let total = forecast.total();
    assert_eq!(
        forecast.left(Duration::ZERO, total),
        total,
        "nothing is known yet"
    );
    let half = total / 2;
    assert_eq!(
        roughly(forecast.left(half, half)),
        roughly(half),
        "as expected"
    );
    assert_eq!(
        roughly(forecast.left(half, total)),
        roughly(total),
        "half as fast"
    );
    assert_eq!(forecast.left(total, total), Duration::ZERO);
}

#[test]
fn an_expected_time_is_written_no_more_exactly_than_it_is() {
    let written =
        [0, 59, 60, 89, 90, 3600, 7_200].map(|seconds| roughly(Duration::from_secs(seconds)));
    assert_eq!(
        written,
        ["1 s", "59 s", "1 min", "1 min", "2 min", "60 min", "2.0 h"]
    );
}
