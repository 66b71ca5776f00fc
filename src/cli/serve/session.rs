//! The flows that a person starts with a command: onboard, re-authorise, offboard.
//!
//! Each flow is a small case in the plan language over the shipped flows. The whole session uses one company: after
//! the first flow has registered it, a flow that provides it replaces the flow that registers one.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use crate::environment::Environment;
use crate::journal::{Body, Event, Fact, Message, OpenJson, Seq};
use crate::judge::Verdict;
use crate::record::Record;
use crate::report;
use crate::shipped;
use crate::topology::RunEnvironment;
use plan_language::participant::Participant;
use plan_language::plan::{Document, Library};
use plan_language::source::render;
use plan_language::value::handle;

/// The commands.
pub(super) const HELP: &str = "Commands: onboard [CUSTOMER [ACCOUNT]] · re-authorise [N] · offboard [N] · accounts · help · quit";

/// The flow that registers the session's company; it is replaced after the first registration.
const REGISTERING: &str = "registered-company.yaml";

/// The only lane of a session: late messages belong to the same person.
const LANE: &str = "serve/flow";

/// The state of a session.
pub(super) struct Session {
    customers: Vec<String>,
    company: Option<Company>,
    accounts: Vec<Account>,
}

/// The product's company; the key is a handle.
struct Company {
    organisation: String,
    company: String,
    key: String,
}

/// An account that was linked in the session.
struct Account {
    id: String,
    name: String,
    customer: String,
    is_offboarded: bool,
}

impl Session {
    /// Begins a session with the customers of an environment.
    pub fn new(environment: &Environment) -> Self {
        Self {
            customers: environment
                .customers
                .iter()
                .map(|customer| customer.name.clone())
                .collect(),
            company: None,
            accounts: Vec::new(),
        }
    }

    /// Runs a command and returns the text to show.
    pub async fn execute(&mut self, words: &[&str], run_environment: &RunEnvironment) -> String {
        match words {
            [] => String::new(),
            ["onboard", rest @ ..] => self.onboard(rest, run_environment).await,
            ["re-authorise" | "reauthorise" | "reauth", rest @ ..] => {
                let steps = "      - use: reauthorisation-session
        with: { account: { id: \"$ID\" } }
";
                self.with_account("re-authorised", steps, rest, run_environment)
                    .await
            }
            ["offboard", rest @ ..] => {
                let steps = "      - send: DELETE /organisations/${org}/companies/${company}/bankaccounts/$ID
        as: product
        precondition: true
        expect: { status: 204 }
      - receive: POST
        at: provider.notification
        precondition: true
        within: notification
        where: { body: { type: resourceDeleted, resource: { id: \"$ID\" } } }
        response: { status: 2xx }
";
                self.with_account("offboarded", steps, rest, run_environment)
                    .await
            }
            ["accounts"] => self.list(),
            ["help"] => format!("{HELP}\n"),
            [other, ..] => format!("there is no command `{other}`\n{HELP}\n"),
        }
    }

    fn list(&self) -> String {
        if self.accounts.is_empty() {
            return "no account was linked in this session\n".to_owned();
        }
        let mut out = String::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let state = if account.is_offboarded {
                "  offboarded"
            } else {
                ""
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "  {}  {}  {} of {}{state}",
                index + 1,
                account.id,
                account.name,
                account.customer
            );
        }
        out
    }

    async fn onboard(&mut self, words: &[&str], run_environment: &RunEnvironment) -> String {
        let first = self.customers.first().map(String::as_str);
        let Some(customer) = words.first().copied().or(first).map(str::to_owned) else {
            return "the environment has no customer\n".to_owned();
        };
        if !self.customers.contains(&customer) {
            return format!(
                "there is no customer `{customer}`; there are: {}\n",
                self.customers.join(", ")
            );
        }
        let choose = match words.get(1).map(|word| word.parse::<usize>()) {
            None => 0,
            Some(Ok(number)) if number > 0 => number - 1,
            Some(_) => {
                return "the account must be a number from 1: its position in the list\n"
                    .to_owned();
            }
        };
        let steps = format!(
            "      - use: linked-account
        with: {{ choose: {choose} }}
"
        );
        let before = run_environment.journal.last();
        let told = self.run(&customer, &steps, run_environment).await.err();
        // An account may be linked although a later step failed.
        let linked = linked(&since(run_environment, before));
        match (linked, told) {
            (Some((id, name)), told) => {
                self.accounts.push(Account {
                    id: id.clone(),
                    name,
                    customer,
                    is_offboarded: false,
                });
                let number = self.accounts.len();
                format!(
                    "{}account {number} linked: {id}\n",
                    told.unwrap_or_default()
                )
            }
            (None, Some(told)) => told,
            (None, None) => "no account was linked\n".to_owned(),
        }
    }

    async fn with_account(
        &mut self,
        done: &str,
        steps: &str,
        words: &[&str],
        run_environment: &RunEnvironment,
    ) -> String {
        let number = match words.first().map(|word| word.parse::<usize>()) {
            None => self
                .accounts
                .iter()
                .rposition(|account| !account.is_offboarded),
            Some(Ok(number)) => number
                .checked_sub(1)
                .filter(|index| *index < self.accounts.len()),
            Some(Err(_)) => None,
        };
        let Some(number) = number else {
            return "there is no such account; `accounts` lists them, `onboard` links one\n"
                .to_owned();
        };
        let account = &self.accounts[number];
        let (id, customer) = (account.id.clone(), account.customer.clone());
        match self
            .run(&customer, &steps.replace("$ID", &id), run_environment)
            .await
        {
            Ok(()) => {
                self.accounts[number].is_offboarded |= done == "offboarded";
                format!("account {} {done}\n", number + 1)
            }
            Err(told) => told,
        }
    }

    /// Runs steps as a case of their own; the error is the text to show.
    async fn run(
        &mut self,
        customer: &str,
        steps: &str,
        run_environment: &RunEnvironment,
    ) -> Result<(), String> {
        let library = self.library(customer, steps)?;
        let Some(case) = library.cases().next().cloned() else {
            return Err("the plan of the flow has no case\n".to_owned());
        };
        let before = run_environment.journal.last();
        let Ok(outcome) = run_environment.runner.start(case).await else {
            return Err("the flow ended without an outcome\n".to_owned());
        };
        if self.company.is_none() {
            self.company = registered(&since(run_environment, before));
        }
        // `serve` judges nothing: a flow that ran to its end has succeeded.
        let ran_to_its_end = outcome.verdict == Verdict::Skipped && !outcome.checks.is_empty();
        if outcome.verdict == Verdict::Passed || ran_to_its_end {
            return Ok(());
        }
        let failure = run_environment.journal.header().and_then(|header| {
            let journal = &run_environment.journal;
            let record = Record::of(&library, journal, header, vec![outcome.clone()]);
            report::failure(&record, &outcome)
        });
        let failure = failure.or(outcome.reason).unwrap_or_default();
        Err(format!("{failure}\n"))
    }

    /// Reads the plan of a flow with the shipped flows; the session's company replaces the flow that registers one.
    fn library(&self, customer: &str, steps: &str) -> Result<Arc<Library>, String> {
        let mut documents = shipped::documents();
        documents.plans = vec![Document {
            name: "serve.yaml".to_owned(),
            bytes: plan(customer, steps).into_bytes(),
        }];
        if let Some(company) = &self.company {
            for flow in &mut documents.flows {
                if flow.name.ends_with(REGISTERING) {
                    flow.bytes = company.flow().into_bytes();
                }
            }
        }
        Library::read(&documents).map(Arc::new).map_err(|invalid| {
            let first = invalid.findings.first();
            let why = first.map(|finding| render(finding, &invalid.sources));
            format!("{}\n", why.unwrap_or_default())
        })
    }
}

/// Writes the plan of a flow that a person starts, with one case.
fn plan(customer: &str, steps: &str) -> String {
    format!(
        "plan: serve
title: Flows that a person starts
cases:
  - id: {LANE}
    title: A flow that a person started
    expected: The flow runs to its end.
    requirement: OFF-01
    given:
      - customer: {{ name: {} }}
    steps:
{steps}      - send: GET /organisations/${{org}}/companies/${{company}}/bankaccounts
        as: product
        expect: {{ status: 200 }}
",
        // A JSON string is a YAML string, too.
        Value::from(customer)
    )
}

impl Company {
    /// Writes a flow that provides the registered company, with a new token.
    fn flow(&self) -> String {
        let Self {
            organisation,
            company,
            key,
        } = self;
        format!(
            "flow: registered-company\ntitle: The company of the session\nprovides: [org, company, token]\nsteps:\n  - set: {{ org: \"{organisation}\", company: \"{company}\" }}\n  - send: GET /accesstoken\n    as: product\n    auth: {{ signature: \"{key}\" }}\n    headers: {{ X-Organisation-Id: \"{organisation}\", X-Company-Id: \"{company}\" }}\n    expect: {{ status: 200 }}\n    capture: {{ token: $.jwt }}\n"
        )
    }
}

/// Returns the session's events after a position.
fn since(run_environment: &RunEnvironment, after: Seq) -> Vec<Arc<Event>> {
    run_environment
        .journal
        .view(&LANE.into(), after, run_environment.journal.last())
}

/// Finds the answers to the product's requests for a path's end, with those requests.
fn answered<'e>(events: &'e [Arc<Event>], end: &str) -> Option<(&'e Message, OpenJson<'e>)> {
    let (exchange, request) = events.iter().find_map(|event| match &event.fact {
        Fact::Request {
            exchange,
            from: Participant::Product,
            message,
            ..
        } if message.method.as_deref() == Some("POST") && message.path.ends_with(end) => {
            Some((*exchange, message))
        }
        _ => None,
    })?;
    events.iter().find_map(|event| match &event.fact {
        Fact::Answer {
            exchange: own,
            message,
            ..
        } if *own == exchange => match &message.body {
            Body::Json(json) => Some((request, json.open())),
            _ => None,
        },
        _ => None,
    })
}

/// Finds the company that was registered.
fn registered(events: &[Arc<Event>]) -> Option<Company> {
    let (_, body) = answered(events, "/organisations")?;
    Some(Company {
        organisation: plain_id(&body["organisationId"])?,
        company: plain_id(&body["companies"][0])?,
        key: handle::find(body["token"].as_str()?).next()?.1.mark(),
    })
}

/// Finds the account that was linked: its id and its name.
fn linked(events: &[Arc<Event>]) -> Option<(String, String)> {
    let (request, body) = answered(events, "/bankaccounts")?;
    let request = request.json();
    let name = request
        .as_ref()
        .and_then(|body| body["accountName"].as_str());
    let name = report::line(name.unwrap_or("an account")).into_owned();
    Some((plain_id(&body["bankAccountId"])?, name))
}

/// Returns an id that a plan may contain unquoted; ids come from outside.
fn plain_id(value: &Value) -> Option<String> {
    let id = value.as_str()?;
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (plain && (1..=100).contains(&id.len())).then(|| id.to_owned())
}
