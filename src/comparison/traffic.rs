//! Changes of the traffic of a case: statuses, number of messages, attempts, time. None of them is better or worse.
//!
//! How often something is polled depends on the machine, and so does whether a message arrives before the case has ended.
//! So only the responses to messages that a check judged are compared, and of numbers only large changes are listed.

use std::collections::{BTreeMap, BTreeSet};

use crate::comparison::change::{Aspect, ChangeKind, RunChange};
use crate::comparison::check::{CheckPair, pairs};
use crate::comparison::setting::same_plans;
use crate::journal::{Fact, Micros};
use crate::judge::{Check, Outcome};
use crate::number::count;
use crate::record::Record;

/// A number changed if it is more than twice the other one, and at least so much more.
const NUMBER_MORE_MIN: usize = 3;
/// A case took longer if it took more than twice the time, and more than so much longer.
const TIME_MORE_MIN: Micros = 1_000_000;

/// Adds the changes of the traffic of cases that both runs performed.
pub(super) fn compare(changes: &mut Vec<RunChange>, earlier: &Record, later: &Record) {
    let same_plans = same_plans(&earlier.header, &later.header);
    let has_events = !earlier.events.is_empty() && !later.events.is_empty();
    let (before, after) = (Numbers::of(earlier), Numbers::of(later));
    let cases: BTreeMap<&str, &Outcome> =
        later.cases.iter().map(|case| (&*case.case, case)).collect();
    let mut slower = SlowerCases::default();
    let mut statuses = OtherStatuses::default();
    for case in &earlier.cases {
        let Some(now) = cases.get(&*case.case) else {
            continue;
        };
        if case.checks.is_empty() || now.checks.is_empty() {
            continue;
        }
        if has_events {
            let paired = pairs(&case.checks, &now.checks, same_plans);
            statuses.add(&case.case, (earlier, later), &paired);
            let of = |numbers: &Numbers| numbers.of_case(&case.case);
            number(
                changes,
                (Aspect::Messages, "message"),
                &case.case,
                of(&before).0,
                of(&after).0,
            );
            number(
                changes,
                (Aspect::Attempts, "attempt"),
                &case.case,
                of(&before).1,
                of(&after).1,
            );
        }
        slower.add(case, now);
    }
    changes.extend(statuses.changes());
    changes.extend(slower.change());
}

/// The number of requests of each case, and of repeated attempts among them.
struct Numbers(BTreeMap<String, (usize, usize)>);

impl Numbers {
    fn of(record: &Record) -> Self {
        let mut numbers: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for event in &record.events {
            let (Some(lane), Fact::Request { step, .. }) = (&event.lane, &event.fact) else {
                continue;
            };
            let of_case = numbers.entry(lane.to_string()).or_default();
            of_case.0 += 1;
            let attempt = step.as_ref().and_then(|step| step.as_str().split_once('#'));
            // The first attempt repeats nothing.
            let is_repeated = attempt.is_some_and(|(_, number)| number != "1");
            of_case.1 += usize::from(is_repeated);
        }
        Self(numbers)
    }

    fn of_case(&self, case: &str) -> (usize, usize) {
        self.0.get(case).copied().unwrap_or_default()
    }
}

fn number(
    changes: &mut Vec<RunChange>,
    (aspect, noun): (Aspect, &str),
    case: &str,
    before: usize,
    after: usize,
) {
    let (less, more) = (before.min(after), before.max(after));
    if more > 2 * less && more - less >= NUMBER_MORE_MIN {
        let (before, after) = (count(before, noun), count(after, noun));
        changes.push(RunChange::new(
            ChangeKind::Changed,
            aspect,
            case,
            before,
            after,
        ));
    }
}

/// The messages that were answered with another status, with their cases: one change for each message and its statuses.
#[derive(Default)]
struct OtherStatuses(BTreeMap<(String, String, String), BTreeSet<String>>);

impl OtherStatuses {
    /// Adds those of the messages that both runs judged in a case.
    fn add(&mut self, case: &str, records: (&Record, &Record), pairs: &[CheckPair<'_>]) {
        for pair in pairs {
            let (Some(before), Some(after)) = (pair.earlier, pair.later) else {
                continue;
            };
            let before = status(records.0, before);
            let (Some(before), Some(after)) = (before, status(records.1, after)) else {
                continue;
            };
            if before.1 != after.1 {
                let cases = self.0.entry((after.0, before.1, after.1)).or_default();
                cases.insert(case.to_owned());
            }
        }
    }

    fn changes(self) -> impl Iterator<Item = RunChange> {
        let changes = self.0.into_iter();
        changes.map(|((title, before, after), cases)| {
            let kind = ChangeKind::Changed;
            RunChange::new(kind, Aspect::Status, &title, before, after).with(cases)
        })
    }
}

/// Returns the first message that a check judged, without its identifiers, and how it was answered.
fn status(record: &Record, check: &Check) -> Option<(String, String)> {
    let exchange = record.exchange(*check.messages.first()?)?;
    let request = exchange.message()?;
    let Fact::Request { to, .. } = &exchange.request.fact else {
        return None;
    };
    let method = request.method.as_deref().unwrap_or_default();
    let title = format!("{method} {} at {to}", request.shape_of_path());
    let status = match exchange.end.map(|event| &event.fact) {
        Some(Fact::Answer { message, .. }) => message.status?.to_string(),
        _ => "no response".to_owned(),
    };
    Some((title, status))
}

/// The cases that took much longer. On a busy machine that is all of them, so they are one change.
#[derive(Default)]
struct SlowerCases {
    before: Micros,
    after: Micros,
    details: Vec<String>,
}

impl SlowerCases {
    fn add(&mut self, earlier: &Outcome, later: &Outcome) {
        let (before, after) = (earlier.took_us, later.took_us);
        let is_longer = after > before.saturating_mul(2);
        if is_longer && after.saturating_sub(before) > TIME_MORE_MIN {
            self.before = self.before.saturating_add(before);
            self.after = self.after.saturating_add(after);
            let (before, after) = (time(before), time(after));
            self.details
                .push(format!("{}: {before} → {after}", later.case));
        }
    }

    fn change(self) -> Option<RunChange> {
        let (before, after) = (time(self.before), time(self.after));
        let change = RunChange::new(ChangeKind::Changed, Aspect::SlowerCases, "", before, after);
        (!self.details.is_empty()).then(|| change.with(self.details))
    }
}

/// Writes a time as a person compares it: tenths of a second, or milliseconds below one.
fn time(micros: Micros) -> String {
    let millis = micros / 1_000;
    if millis < 1_000 {
        return format!("{millis} ms");
    }
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}
