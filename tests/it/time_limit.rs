//! The time that a run may take: what is missing when it is over is inconclusive, and the reports say so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feedproof::journal::Journal;
use feedproof::judge::{Verdict, exit_code};
use feedproof::record::Record;
use feedproof::report::answer;
use feedproof::runner::judge_again;
use feedproof::topology::{Deviation, simulate};
use tokio::time::Instant;

use crate::cli::{check_code, err, feedproof, folder, junit_counts, only_run, out};
use crate::cut_short::{QUICK, WAITS, plan};
use crate::stand::{Stand, library, rehearsal, same_bytes};

/// A case that begins when no other one is open.
const LATER: &str = "  - id: PLAN/later
    title: A case that no other may accompany
    expected: It does not begin.
    requirement: ONB-01
    exclusive: true
    given: [{ use: onboarded-account }]
    steps:
      - send: GET /banks/${bank.id}
        as: product
        expect: { status: 200 }
";

/// A case that ends at once, one that waits for an hour, and one that begins after that.
fn long() -> String {
    plan("long", &[QUICK, WAITS, LATER])
}

const WHY: &str = "the run's time (30m, --timeout) was over";

/// Runs the plan in simulated time with a limit; returns the record, its journal, how long it took, and how often the
/// end of the time was announced.
fn limited(minutes: u64) -> (Record, Arc<Journal>, Duration, usize) {
    let said = Arc::new(AtomicUsize::new(0));
    let says = said.clone();
    let ran = simulate(async move {
        let begun = Instant::now();
        let stand = Stand::in_process(library(&long()), rehearsal(), Deviation::default()).await;
        let journal = stand.journal.clone();
        let over = move |_: &str| {
            says.fetch_add(1, Ordering::Relaxed);
        };
        let limit = Duration::from_secs(60 * minutes);
        let time_limit = stand
            .run_environment
            .limit_time(limit, WHY.to_owned(), over);
        let record = stand.run().await;
        drop(time_limit);
        (record, journal, begun.elapsed())
    });
    let (record, journal, took) = ran.expect("there is a runtime");
    (record, journal, took, said.load(Ordering::Relaxed))
}

#[test]
fn what_is_missing_when_the_time_is_over_is_inconclusive() {
    let (record, journal, took, said) = limited(30);
    let verdicts: Vec<_> = record.cases.iter().map(|case| case.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Passed,
            Verdict::Inconclusive,
            Verdict::Inconclusive
        ],
        "{:#?}",
        record.cases
    );
    let [_, waits, later] = record.cases.as_slice() else {
        panic!("three cases ran");
    };
    let reason = waits.reason.as_deref().unwrap_or_default();
    assert!(reason.ends_with(WHY), "{reason}");
    assert_eq!(later.reason.as_deref(), Some(WHY));
    assert_eq!((waits.teardown.len(), later.teardown.len()), (1, 0));
    assert_eq!(waits.broken_teardown().count(), 0, "{:#?}", waits.teardown);
    assert_eq!(said, 1);
    let minutes_30 = Duration::from_secs(1800);
    assert!((minutes_30..minutes_30 + Duration::from_secs(3)).contains(&took));
    let sentence = answer(&record).sentence;
    assert!(
        sentence.contains(&format!(
            "{WHY}: give the run more time, or run fewer cases with --filter"
        )),
        "{sentence}"
    );
    let code = exit_code(&record.verdict, &record.run_verdicts(), false);
    assert_eq!(code.number(), 3);

    let recorded = Journal::recorded(journal.events());
    let again = simulate(judge_again(&library(&long()), &recorded)).expect("there is a runtime");
    let again = Record::of(&library(&long()), &recorded, record.header.clone(), again);
    same_bytes(&record, &again);
}

#[test]
fn a_run_that_ends_in_time_says_nothing_of_its_limit() {
    let (record, _, took, said) = limited(90);
    let waits = &record.cases[1];
    assert_eq!(waits.verdict, Verdict::Failed, "{:?}", waits.reason);
    assert_eq!(record.cases[2].verdict, Verdict::Passed);
    assert_eq!((record.cut_short(), said), (None, 0));
    assert!(took < Duration::from_secs(90 * 60));
    assert!(!answer(&record).sentence.contains("time"));
}

#[test]
fn a_run_ends_when_its_time_is_over_and_writes_its_reports() {
    let folder = folder();
    std::fs::write(folder.path().join("long.yaml"), long()).expect("it is written");
    let output = feedproof(folder.path())
        .args([
            "run",
            "long.yaml",
            "--set",
            "timeout=1m",
            "--timeout",
            "10s",
        ])
        .output()
        .expect("the binary runs");
    check_code(&output, 3);
    let why = "the run's time (10s, --timeout) was over";
    assert!(
        err(&output).contains(&format!("{why}: waits end, teardown runs")),
        "{}",
        err(&output)
    );
    assert!(
        err(&output).contains("note: a wait of long/waits may take 1h, and the run ends after 10s"),
        "{}",
        err(&output)
    );
    let text = out(&output);
    let advice = "give the run more time, or run fewer cases with --filter";
    assert!(text.contains(&format!("{why}: {advice}")), "{text}");
    let run = only_run(&folder.path().join("reports"));
    let [cases, failed, inconclusive, _] = junit_counts(&run.join("junit.xml"));
    assert_eq!((cases, failed), (3, 0));
    // The case that no other may accompany may come first.
    assert!(inconclusive >= 1, "{inconclusive}");
    for name in ["report.html", "summary.md"] {
        let text = std::fs::read_to_string(run.join(name)).expect(name);
        assert!(text.contains("give the run more time"), "{name}: {text}");
    }
}

#[test]
fn a_time_that_no_run_needs_is_refused() {
    let folder = folder();
    for (arguments, part) in [
        (["--timeout", "0s"], "`0s` is no time at all"),
        (["--timeout", "30"], "`30` lacks a unit: write `30s`"),
        (["--timeout", "100h"], "from 1s to 24h, and not 100h"),
        (["--set", "timeout=0s"], "`0s` is no time at all"),
        (["--set", "timeout=100h"], "from 1s to 24h, and not 100h"),
    ] {
        let [flag, value] = arguments;
        let output = feedproof(folder.path())
            .args(["run", flag, value])
            .output()
            .expect("the binary runs");
        check_code(&output, 2);
        let text = err(&output);
        assert!(text.contains(part), "{flag} {value}: {text}");
    }
}
