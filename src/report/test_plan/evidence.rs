//! The evidence of a row: the cases that test it, with the exchanges that prove it, their times and identifiers.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

use crate::journal::{Fact, Message, Micros, Seq};
use crate::judge::{CheckOutcome, Verdict};
use crate::record::{Outcome, Record, RecordedExchange, RequirementRow};
use crate::report::failure::headline;
use crate::report::plain::{cut, line};

/// Number of exchanges of a case that are shown.
const EXCHANGES_MAX: usize = 6;
/// Number of accounts of a case that are shown.
const ACCOUNTS_MAX: usize = 6;
/// The status with which the service responds to the creation of an account, and the place of the account's id.
const CREATED: u16 = 201;
const ACCOUNT: &str = "/bankAccountId";
/// Bytes of one identifier, and of a method with its path.
const TEXT_BYTES_MAX: usize = 200;

/// The members of a request by which both sides name what it is about.
const REQUEST_IDS: [&str; 3] = [
    "/resource/id",
    "/additionalData/externalId",
    "/data/principalId",
];
/// The members of a response that name what it made.
const RESPONSE_IDS: [&str; 1] = ["/data/_id"];
/// The segments of a path before an id that says nothing of the account.
const OWNERS: [&str; 2] = ["organisations", "companies"];

/// What one case contributes to a row.
pub(super) struct CaseEvidence<'r> {
    /// The case.
    pub outcome: &'r Outcome,
    /// Why it failed or is inconclusive, in one sentence.
    pub headline: Option<String>,
    /// The service's ids of the accounts that it created, in the order of the journal.
    pub accounts: Vec<String>,
    /// The exchanges on which the checks of the row depend, in the order of the journal.
    pub exchanges: Vec<ExchangeEvidence>,
    /// The number of exchanges that are left out.
    pub more: usize,
}

/// One exchange as evidence.
pub(super) struct ExchangeEvidence {
    /// When it began, as `2026-11-29T11:16:13.041Z`; empty if the record does not say when the run began.
    pub at: String,
    /// Method, path and status: `PATCH /v1/authorisations/… → 204`.
    pub exchange: String,
    /// Identifiers in its bodies: `resource.id b0a1…`.
    pub ids: Vec<String>,
    /// Its position in `journal.jsonl`.
    pub seq: Seq,
}

/// Returns what the cases that cite a row contribute to it, in plan order; skipped cases contribute nothing.
pub(super) fn of<'r>(record: &'r Record, row: &RequirementRow) -> Vec<CaseEvidence<'r>> {
    let cases = record.cases.iter();
    cases
        .filter(|case| row.traced.cases.contains(&case.case) && case.verdict != Verdict::Skipped)
        .map(|case| {
            let mut exchanges = exchanges(record, case, row);
            let more = exchanges.len().saturating_sub(EXCHANGES_MAX);
            exchanges.truncate(EXCHANGES_MAX);
            CaseEvidence {
                outcome: case,
                headline: headline(record, case),
                accounts: accounts(record, case),
                exchanges,
                more,
            }
        })
        .collect()
}

/// Lists the ids of the accounts that a case created.
fn accounts(record: &Record, case: &Outcome) -> Vec<String> {
    let own = record
        .events
        .iter()
        .filter(|event| event.lane.as_ref() == Some(&case.case));
    let made = own.filter_map(|event| match &event.fact {
        Fact::Answer { message, .. } if message.status == Some(CREATED) => {
            let json = message.json()?;
            let id = json.pointer(ACCOUNT)?.as_str()?;
            Some(line(&cut(id, TEXT_BYTES_MAX)).into_owned())
        }
        _ => None,
    });
    made.take(ACCOUNTS_MAX).collect()
}

/// Lists the exchanges on which the checks of a case depend that prove or violate a row.
fn exchanges(record: &Record, case: &Outcome, row: &RequirementRow) -> Vec<ExchangeEvidence> {
    let id = &row.requirement.id;
    let own = case.checks.iter().filter(|check| {
        check.requirement.contains(id)
            && matches!(check.outcome, CheckOutcome::Pass | CheckOutcome::Violation)
    });
    let named = own.flat_map(|check| {
        let evidence = check.evidence.map(|message| message.seq);
        check.messages.iter().copied().chain(evidence)
    });
    let mut seqs: Vec<Seq> = named
        .filter_map(|seq| Some(record.exchange(seq)?.request.seq))
        .collect();
    seqs.sort_unstable();
    seqs.dedup();
    let exchanges = seqs.into_iter().filter_map(|seq| record.exchange(seq));
    exchanges
        .filter_map(|exchange| told(record, &exchange))
        .collect()
}

fn told(record: &Record, exchange: &RecordedExchange<'_>) -> Option<ExchangeEvidence> {
    let request = exchange.message()?;
    let mut ids = named(request, "", &REQUEST_IDS);
    let end = match exchange.end.map(|event| &event.fact) {
        Some(Fact::Answer { message, .. }) => {
            ids.extend(named(message, "response ", &RESPONSE_IDS));
            message.status.map_or_else(
                || "without a status".to_owned(),
                |status| status.to_string(),
            )
        }
        Some(Fact::Broken { .. }) => "broken off".to_owned(),
        _ => "no response".to_owned(),
    };
    let title = line(&cut(&title(request), TEXT_BYTES_MAX)).into_owned();
    Some(ExchangeEvidence {
        at: moment(record, exchange.request.at),
        exchange: format!("{title} → {end}"),
        ids,
        seq: exchange.request.seq,
    })
}

/// Returns method and path, without the ids of organisation and company.
fn title(request: &Message) -> String {
    let mut before = "";
    let segments = request.path.split('/').map(|segment| {
        let shown = if OWNERS.contains(&before) {
            "…"
        } else {
            segment
        };
        before = segment;
        shown
    });
    let path: Vec<_> = segments.collect();
    let method = request.method.as_deref().unwrap_or_default();
    format!("{method} {}", path.join("/"))
}

/// Lists the identifiers in a body, each with the last part of its place.
fn named(message: &Message, of: &str, places: &[&str]) -> Vec<String> {
    let Some(json) = message.json() else {
        return Vec::new();
    };
    let found = places.iter().filter_map(|place| {
        let id = json.pointer(place).and_then(Value::as_str)?;
        let name = place.trim_start_matches('/').replace('/', ".");
        let id = line(&cut(id, TEXT_BYTES_MAX)).into_owned();
        Some(format!("{of}{name} {id}"))
    });
    found.collect()
}

/// Returns the moment so long after the run began, to the millisecond; empty if it is not known when that was.
fn moment(record: &Record, since: Micros) -> String {
    let began = OffsetDateTime::parse(&record.header.started, &Rfc3339).ok();
    let since = Duration::microseconds(i64::try_from(since).unwrap_or(i64::MAX));
    let at = began
        .and_then(|began| began.checked_to_offset(UtcOffset::UTC))
        .and_then(|began| began.checked_add(since));
    at.map_or_else(String::new, |at| {
        format!(
            "{}T{:02}:{:02}:{:02}.{:03}Z",
            at.date(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        )
    })
}
