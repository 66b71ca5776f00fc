//! A person as the customer: feedproof shows the task and waits for the visit to end, unless there is no terminal.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedproof::environment::Browser;
use feedproof::exchange::Client;
use feedproof::journal::{Fact, Hindrance, VisitOutcome, Visited};
use feedproof::judge::{CheckOutcome, Verdict};
use feedproof::record::Record;
use feedproof::runner::{ManualTask, ManualUpdate, PendingFuture, Person, PersonSays};

use crate::stand::{Stand, judged_again, library, rehearsal, same_bytes};

const PLAN: &str = r#"
plan: asked
title: A visit
cases:
  - id: asked/visit
    title: A visit of a person
    expected: It ends at the return address.
    requirement: ONB-11
    steps:
      - browse: provider.auth
        query: { bank: "${bank.id}", authorisation_id: 6f1c8a2e-0000-4000-8000-000000000001, redirect_uri: "${ui.return}", state: "${state}" }
        login: "${customer}"
        decision: cancel
        label: back
        expect: { outcome: returned }
"#;

/// A person who records tasks and updates, and opens the return address if `returns`.
#[derive(Default)]
struct RecordingPerson {
    updates: Mutex<Vec<ManualUpdate>>,
    tasks: Mutex<Vec<ManualTask>>,
    returns: bool,
}

impl Person for RecordingPerson {
    fn ask<'a>(&'a self, _: &'a str, _: Duration) -> PendingFuture<'a, Result<(), String>> {
        Box::pin(std::future::ready(Err("was not performed".to_owned())))
    }

    fn tell(&self, task: &ManualTask, update: &ManualUpdate) {
        self.updates
            .lock()
            .expect("no test panics here")
            .push(update.clone());
        if matches!(update, ManualUpdate::Begun(_)) {
            self.tasks
                .lock()
                .expect("no test panics here")
                .push(task.clone());
            if self.returns {
                tokio::spawn(return_to_product(task.link.clone()));
            }
        }
    }
}

/// Opens the return address that a link names.
async fn return_to_product(link: String) {
    let link = url::Url::parse(&link).expect("a link is a URL");
    let query = |name: &str| {
        link.query_pairs()
            .find(|(key, _)| key == name)
            .expect("it is named")
            .1
            .into_owned()
    };
    let back = format!("{}?state={}", query("redirect_uri"), query("state"));
    let http = Client::http(Duration::from_secs(10)).expect("a client builds");
    let answer = http.get(back).send().await.expect("the product answers");
    assert!(
        answer
            .text()
            .await
            .expect("it is text")
            .contains("You can close this window")
    );
}

async fn run(person: Option<Arc<dyn Person>>, folder: &Path) -> (Visited, Verdict) {
    let mut environment = rehearsal();
    environment.browser = Browser::Manual;
    let stand = Stand::up_with(library(PLAN), environment, Vec::new(), folder, person).await;
    let journal = stand.journal.clone();
    let record = stand.run().await;
    let visited = journal.events().iter().find_map(|event| match &event.fact {
        Fact::Visited { visit, .. } => Some(visit.clone()),
        _ => None,
    });
    (
        visited.expect("the visit is in the journal"),
        record.cases[0].verdict,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_to_the_product_ends_the_visit() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let person = Arc::new(RecordingPerson {
        returns: true,
        ..RecordingPerson::default()
    });
    let (visited, verdict) = run(Some(person.clone()), folder.path()).await;
    assert_eq!(
        (visited.outcome, visited.hindrance),
        (VisitOutcome::Returned, None),
        "{visited:?}"
    );
    assert_eq!(verdict, Verdict::Passed);
    let task = person.tasks.lock().expect("no test panics here")[0].clone();
    assert_eq!(task.username.as_deref(), Some("alice"));
    assert_eq!(
        (task.case.as_str(), task.decision.as_str()),
        ("asked/visit", "cancel")
    );
    let over = person
        .updates
        .lock()
        .expect("no test panics here")
        .last()
        .cloned();
    assert_eq!(over, Some(ManualUpdate::Over(visited.why)));
}

#[tokio::test(start_paused = true)]
async fn a_visit_without_a_return_is_counted_down_and_inconclusive() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let person = Arc::new(RecordingPerson::default());
    let (visited, verdict) = run(Some(person.clone()), folder.path()).await;
    assert_eq!(
        visited.why,
        "the visit did not end within 3m (the wait `visit`)"
    );
    assert_eq!(
        (visited.hindrance, verdict),
        (Some(Hindrance::Browser), Verdict::Inconclusive)
    );
    let updates = person.updates.lock().expect("no test panics here");
    assert_eq!(updates[0], ManualUpdate::Begun(Duration::from_secs(180)));
    let left: Vec<_> = updates
        .iter()
        .filter_map(|update| match update {
            ManualUpdate::Left(left) => Some(left.as_secs()),
            _ => None,
        })
        .collect();
    assert!(
        left.len() >= 175 && left.is_sorted_by(|left, next| left > next),
        "{left:?}"
    );
}

#[tokio::test]
async fn without_a_terminal_the_visit_ends_at_once() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (visited, verdict) = run(None, folder.path()).await;
    assert_eq!(
        visited.why,
        "a person plays the customer (`browser: manual`), and there is no terminal to ask at"
    );
    assert_eq!(
        (visited.hindrance, verdict),
        (Some(Hindrance::Browser), Verdict::Inconclusive)
    );
}

/// Returns a plan of one case, whose visit `ending` follows.
fn said_plan(ending: &str) -> String {
    format!(
        r#"
plan: said
title: A visit that a person ends
cases:
  - id: said/visit
    title: A visit that a person ends
    expected: What the person says is no evidence.
    requirement: ONB-11
    steps:
      - send: GET /organisations/${{org}}/companies/${{company}}/indirectlinkaccount
        as: product
        query: {{ bankid: "${{bank.id}}", web: true }}
        label: started
        precondition: true
        expect: {{ status: 302, body: {{ redirect: $url }} }}
      - browse: "${{started.response.body.redirect}}"
        login: "${{customer}}"
        label: back
{ending}"#
    )
}

/// A person who opens the link, unless `idle`, and then says something.
struct TalkingPerson {
    says: PersonSays,
    idle: bool,
}

impl Person for TalkingPerson {
    fn ask<'a>(&'a self, _: &'a str, _: Duration) -> PendingFuture<'a, Result<(), String>> {
        Box::pin(std::future::ready(Err("was not performed".to_owned())))
    }

    fn tell(&self, _: &ManualTask, _: &ManualUpdate) {}

    fn ends<'a>(&'a self, task: &'a ManualTask) -> PendingFuture<'a, PersonSays> {
        Box::pin(async move {
            if !self.idle {
                let http = Client::http(Duration::from_secs(10)).expect("a client builds");
                let redirect = http.get(&task.link).send().await.expect("a response");
                let to = redirect.headers().get("location").expect("it redirects");
                let page = http.get(to.to_str().expect("it is text"));
                let page = page.send().await.expect("the provider responds");
                assert!(page.status().is_success(), "{page:?}");
            }
            self.says.clone()
        })
    }
}

/// Runs a case whose visit a person ends; replay gives the same bytes.
async fn run_said(ending: &str, says: PersonSays, idle: bool) -> Record {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut environment = rehearsal();
    environment.browser = Browser::Manual;
    let plan = said_plan(ending);
    let person: Arc<dyn Person> = Arc::new(TalkingPerson { says, idle });
    let (plan, person) = (library(&plan), Some(person));
    let stand = Stand::up_with(plan, environment, Vec::new(), folder.path(), person).await;
    let (plan, file) = (stand.library.clone(), stand.file.clone());
    let record = stand.run().await;
    same_bytes(&record, &judged_again(&plan, &file).await);
    record
}

fn refused() -> PersonSays {
    PersonSays::Refused("bank\u{1b} unknown".to_owned())
}

#[tokio::test]
async fn a_refusal_that_a_person_says_speaks_neither_for_the_provider_nor_against_it() {
    for outcome in ["refused", "returned", "{ $not: stuck }"] {
        let ending = format!("        expect: {{ outcome: {outcome} }}\n");
        let record = run_said(&ending, refused(), false).await;
        let case = &record.cases[0];
        assert_eq!(case.verdict, Verdict::Inconclusive, "{outcome}");
        let reason = case.reason.as_deref().unwrap_or_default();
        assert!(
            reason.ends_with(
                "a person said: the page refused (bank  unknown); feedproof did not observe that, so that it speaks \
                 neither for the provider nor against it"
            ),
            "{reason}"
        );
    }
}

/// Neither speaks against the provider nor for it: how far the visit went is a person's word.
#[tokio::test]
async fn what_came_or_not_after_a_refusal_that_a_person_says_was_taken_for_proof() {
    for (step, bound, why) in [
        ("receive", "within", "because of what a person said"),
        ("never", "for", "only what a person said"),
    ] {
        let ending = format!(
            "        precondition: true\n        expect: {{ outcome: $any }}\n      - {step}: PATCH\n        \
             at: service\n        since: started\n        {bound}: 20ms\n"
        );
        let record = run_said(&ending, refused(), false).await;
        let case = &record.cases[0];
        assert_eq!(case.verdict, Verdict::Inconclusive, "{step}");
        let last = case.checks.last().expect("it has checks");
        assert!(
            matches!(&last.outcome, CheckOutcome::Inconclusive(told) if told.contains(why)),
            "{last:?}"
        );
        // A link that was never opened shows nothing.
        let record = run_said(&ending, refused(), true).await;
        assert_eq!(record.cases[0].verdict, Verdict::Inconclusive, "{step}");
    }
}

#[tokio::test]
async fn a_visit_that_cannot_go_on_is_inconclusive_with_the_words_of_the_person() {
    let says = PersonSays::CannotGoOn(format!("asks for a code {}", "x".repeat(300)));
    let record = run_said("        expect: { outcome: $any }\n", says, false).await;
    let case = &record.cases[0];
    assert_eq!(case.verdict, Verdict::Inconclusive);
    let reason = case.reason.as_deref().unwrap_or_default();
    let words = format!(
        "a person said: the visit could not go on (asks for a code {}…)",
        "x".repeat(184)
    );
    assert!(reason.ends_with(&words), "{reason}");
}
