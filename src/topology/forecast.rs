//! The forecast of a run: its visits, for which customers they are, about how long it takes, and what takes most of it.
//!
//! It is pure and known before the first request. The measure of its estimates is the example connector; a connector
//! that takes longer takes longer. Every bound of a wait is far above what is expected here.

use std::sync::Arc;
use std::time::Duration;

use crate::environment::{Browser, Environment};
use crate::number::count;
use crate::topology::ageing::time_to_age;
use crate::topology::applicable::{agreed, candidates, inapplicable, visit_place};
use crate::topology::feed_time::time_of;
use crate::topology::lease::VisitOrder;
use crate::topology::run_environment::jobs;
use plan_language::participant::Mode;
use plan_language::plan::Case;

/// Expected time of a case without its visits: setting up, links, statements, cleaning up.
const CASE: Duration = Duration::from_secs(2);

/// Expected time of a visit by feedproof's own client.
const HTTP_VISIT: Duration = Duration::from_millis(300);

/// Expected time of a visit by a driven browser, which starts anew each time.
const DRIVEN_VISIT: Duration = Duration::from_secs(8);

/// Expected time of a visit by a person who copies a link, logs in and decides.
const MANUAL_VISIT: Duration = Duration::from_secs(60);

/// What is known of a run before its first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The visits of each customer, in the environment's order; cases choose among free customers, so that a run can
    /// differ a little.
    pub visits: Vec<(String, usize)>,
    /// Number of cases that run.
    pub cases: usize,
    /// How many of them run while no other one does.
    pub alone: usize,
    /// What takes the run's time, longest first; what takes less than a second is left out.
    pub parts: Vec<ForecastPart>,
    /// The expected time of each case, by its id, as its share of the whole.
    shares: Vec<(Arc<str>, Duration)>,
}

/// Something that takes a part of a run's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForecastPart {
    /// What it is, in words that its time follows.
    pub what: String,
    /// Its expected time.
    pub takes: Duration,
}

/// What one case adds to a run.
struct CaseForecast {
    id: Arc<str>,
    customer: usize,
    visits: u32,
    alone: bool,
    /// Statements of the accounts that it links, at most.
    statements: u64,
    /// How long it waits until something at the live provider has become older.
    ageing: Duration,
}

impl Forecast {
    /// Forecasts a run of cases in an environment; `None` where each case has participants of its own, so that neither
    /// visits nor agreed rates are shared.
    pub fn of(cases: &[Arc<Case>], environment: &Environment) -> Option<Self> {
        if environment.mode == Mode::Rehearsal {
            return None;
        }
        let mut given = GivenVisits {
            visits: vec![0; environment.customers.len()],
            last: None,
        };
        // Those that run alone run last.
        let mut cases: Vec<_> = cases
            .iter()
            .filter(|case| inapplicable(case, environment).is_none())
            .collect();
        cases.sort_by_cached_key(|case| visit_place(case, environment));
        let (alone, others): (Vec<_>, Vec<_>) = cases
            .into_iter()
            .partition(|case| case.exclusive || case.needs.exclusive(environment.mode));
        let cases: Vec<_> = others
            .into_iter()
            .map(|case| (case, false))
            .chain(alone.into_iter().map(|case| (case, true)))
            .filter_map(|(case, alone)| CaseForecast::of(case, alone, environment, &mut given))
            .collect();
        let names = environment.customers.iter();
        let names = names.map(|customer| customer.name.clone());
        let mut forecast = Self {
            visits: names.zip(given.visits).collect(),
            cases: cases.len(),
            alone: cases.iter().filter(|case| case.alone).count(),
            parts: Vec::new(),
            shares: Vec::new(),
        };
        forecast.estimate(&cases, environment);
        Some(forecast)
    }

    /// Returns about how long the run takes.
    pub fn total(&self) -> Duration {
        self.parts.iter().map(|part| part.takes).sum()
    }

    /// Returns the number of all visits.
    pub fn all_visits(&self) -> usize {
        self.visits.iter().map(|(_, visits)| visits).sum()
    }

    /// Returns the expected time of a case as its share of the whole; nothing for one that does not run.
    pub fn share(&self, case: &str) -> Duration {
        let mut shares = self.shares.iter();
        let share = shares.find(|(id, _)| **id == *case);
        share.map_or(Duration::ZERO, |(_, share)| *share)
    }

    /// Returns about how long a run still takes, of which cases with these shares have ended after a time.
    ///
    /// Once a tenth has ended, the run's own pace counts.
    pub fn left(&self, ended: Duration, elapsed: Duration) -> Duration {
        let total = self.total();
        let left = total.saturating_sub(ended);
        if ended < total / 10 || ended.is_zero() {
            return left;
        }
        left.mul_f64(elapsed.as_secs_f64() / ended.as_secs_f64())
    }

    fn estimate(&mut self, cases: &[CaseForecast], environment: &Environment) {
        let (visit, _) = pace(&environment.browser);
        let order = VisitOrder::of(&environment.browser);
        let rate = environment.agreed.requests_per_second.max(1);
        let feed = |case: &CaseForecast| time_of(case.statements, environment);
        let beside: Vec<_> = cases.iter().filter(|case| !case.alone).collect();
        let beside_take = beside_time(&beside, environment);
        // The rate is agreed for the whole provider: of cases beside each other, either their statements or all else
        // takes longer.
        let beside_feed: Duration = beside.iter().map(|case| feed(case)).sum();
        let beside_total = beside_take.max(beside_feed);
        let beside_share = beside_total / u32::try_from(beside.len()).unwrap_or(u32::MAX).max(1);
        let mut slow_feed = beside_total - beside_take;
        let mut alone_take = Duration::ZERO;
        for case in cases {
            let own = CASE + visit * case.visits;
            let share = if case.alone {
                let longer = feed(case).saturating_sub(CASE);
                alone_take += own;
                slow_feed += longer;
                own + longer
            } else {
                beside_share
            };
            self.shares.push((case.id.clone(), share));
        }
        let ageing = ageing_time(cases, environment).saturating_sub(beside_take);
        self.parts = longest_first([
            (
                "until authorisations expire, while other cases go on".to_owned(),
                ageing,
            ),
            (
                format!("{} {}", count(beside.len(), "case"), side_by_side(order)),
                beside_take,
            ),
            (
                format!(
                    "{} one after another, because they change what others share",
                    count(self.alone, "case")
                ),
                alone_take,
            ),
            (
                format!(
                    "more for statements at the agreed {} a second",
                    count(rate as usize, "request")
                ),
                slow_feed,
            ),
        ]);
    }
}

/// Returns how long cases beside each other are expected to take, apart from their statements.
fn beside_time(beside: &[&CaseForecast], environment: &Environment) -> Duration {
    let (visit, at_once) = pace(&environment.browser);
    // Those of the busiest customer take longest, or all visits of those that can be made at once.
    let busiest = (0..environment.customers.len()).map(|customer| {
        let own = beside.iter().filter(|case| case.customer == customer);
        own.map(|case| CASE + visit * case.visits).sum()
    });
    let of_visits: Duration = beside.iter().map(|case| visit * case.visits).sum();
    let busiest: Duration = busiest.max().unwrap_or_default();
    // Nor do more cases act at once than the environment allows; those whose visits a person makes take turns.
    let all = CASE * u32::try_from(beside.len()).unwrap_or(u32::MAX) + of_visits;
    let jobs = match VisitOrder::of(&environment.browser) {
        VisitOrder::Spread => u32::try_from(jobs(environment, None)).unwrap_or(u32::MAX),
        VisitOrder::Grouped => 1,
    };
    busiest.max(of_visits / at_once).max(all / jobs)
}

/// Returns how long the customer waits who waits most for authorisations to expire.
fn ageing_time(cases: &[CaseForecast], environment: &Environment) -> Duration {
    let customers = 0..environment.customers.len();
    let of = |customer| {
        let own = cases.iter().filter(move |case| case.customer == customer);
        own.map(|case| case.ageing).sum()
    };
    customers.map(of).max().unwrap_or_default()
}

/// Says how cases run that do not run alone.
fn side_by_side(order: VisitOrder) -> &'static str {
    match order {
        VisitOrder::Spread => "beside each other, as far as their customers differ",
        VisitOrder::Grouped => "one after another, as a person makes their visits",
    }
}

/// Lists the parts that take a second or more, the longest first.
fn longest_first(parts: [(String, Duration); 4]) -> Vec<ForecastPart> {
    let parts = parts
        .into_iter()
        .map(|(what, takes)| ForecastPart { what, takes });
    let mut parts: Vec<_> = parts
        .filter(|part| part.takes >= Duration::from_secs(1))
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.takes));
    parts
}

/// The visits that customers have got so far.
struct GivenVisits {
    visits: Vec<usize>,
    /// The customer of the last case with visits.
    last: Option<usize>,
}

impl GivenVisits {
    /// Gives the visits of a case to one of the customers that fit it, which is returned, and to another one if the case
    /// needs that.
    fn give(&mut self, case: &Case, fitting: &[usize], order: VisitOrder) -> Option<usize> {
        let needs = &case.needs;
        let choose = |among: &mut dyn Iterator<Item = usize>, given: &Self| {
            order.choose(among, |index| given.visits[index], given.last)
        };
        let customer = choose(&mut fitting.iter().copied(), self)?;
        self.visits[customer] += needs.visits;
        if needs.other_customer {
            let others = 0..self.visits.len();
            let other = choose(&mut others.filter(|index| *index != customer), self)?;
            self.visits[other] += needs.other_visits;
        }
        if needs.visits + needs.other_visits > 0 {
            self.last = Some(customer);
        }
        Some(customer)
    }
}

impl CaseForecast {
    /// Gives a case the customer that a run would give it, if all of them were free.
    fn of(
        case: &Case,
        alone: bool,
        environment: &Environment,
        given: &mut GivenVisits,
    ) -> Option<Self> {
        let limits = agreed(case, environment);
        let fitting = candidates(case, environment, limits).ok()?;
        let customer = given.give(case, &fitting, VisitOrder::of(&environment.browser))?;
        let batches = environment.customers[customer].statements_of_an_account(limits.batch_limit);
        let linked = u64::try_from(case.needs.visits).unwrap_or(u64::MAX);
        Some(Self {
            id: case.id.clone(),
            customer,
            visits: u32::try_from(case.needs.visits + case.needs.other_visits).unwrap_or(u32::MAX),
            alone,
            statements: batches.saturating_mul(linked),
            ageing: time_to_age(case, environment),
        })
    }
}

/// Writes an expected time, no more exact than it is.
pub fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{} s", seconds.max(1)),
        seconds @ 60..5400 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}

/// Returns the expected time of a visit, and how many are made at once.
fn pace(browser: &Browser) -> (Duration, u32) {
    match browser {
        // They are bound by their customers alone.
        Browser::Http => (HTTP_VISIT, u32::MAX),
        Browser::Webdriver(_) => (DRIVEN_VISIT, 2),
        Browser::Manual => (MANUAL_VISIT, 1),
    }
}

#[cfg(test)]
mod tests;
