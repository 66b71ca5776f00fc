//! The binary as a person or a pipeline uses it: output, exit codes, files, interrupts.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder without a project, in which the shipped plans are used.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

pub fn feedproof(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedproof"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("FEEDPROOF_LOG");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    feedproof(folder)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is text")
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is text")
}

#[track_caller]
pub fn check_code(output: &Output, code: i32) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}\n{}",
        out(output),
        err(output)
    );
}

/// Finds the only run in a folder of reports.
pub fn only_run(reports: &Path) -> PathBuf {
    let mut runs: Vec<_> = std::fs::read_dir(reports)
        .expect("reports are there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// Counts what an independent parser finds in JUnit: tests, failures, errors, skipped.
pub fn junit_counts(path: &Path) -> [usize; 4] {
    let text = std::fs::read_to_string(path).expect("junit.xml is there");
    let document = roxmltree::Document::parse(&text).expect("it is well-formed");
    let count = |name: &str| {
        document
            .descendants()
            .filter(|node| node.has_tag_name(name))
            .count()
    };
    let counts = [
        count("testcase"),
        count("failure"),
        count("error"),
        count("skipped"),
    ];
    let suites = document
        .descendants()
        .filter(|node| node.has_tag_name("testsuite"));
    let mut summed = [0; 4];
    for suite in suites {
        for (sum, name) in summed
            .iter_mut()
            .zip(["tests", "failures", "errors", "skipped"])
        {
            *sum += suite
                .attribute(name)
                .and_then(|number| number.parse().ok())
                .unwrap_or(0);
        }
    }
    assert_eq!(counts, summed, "attributes agree with children");
    counts
}

#[test]
fn a_rehearsal_passes_twice_and_says_where_its_reports_are() {
    let folder = folder();
    let first = run(folder.path(), &["run", "--reports", "one"]);
    check_code(&first, 0);
    assert!(out(&first).contains("REHEARSAL PASSED"), "{}", out(&first));
    assert!(
        out(&first).contains("not issued by Sage"),
        "{}",
        out(&first)
    );
    assert!(err(&first).contains("reports in one/"), "{}", err(&first));
    // `feedproof` alone is `feedproof run`.
    let second = run(folder.path(), &["--reports", "two"]);
    check_code(&second, 0);
    let verdicts = |reports: &str| {
        let path = only_run(&folder.path().join(reports)).join("record.json");
        let text = std::fs::read_to_string(path).expect("record.json is there");
        let record: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        record["cases"]
            .as_array()
            .expect("cases")
            .iter()
            .map(|case| (case["case"].to_string(), case["verdict"].to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(verdicts("one"), verdicts("two"));
    for name in ["junit.xml", "report.html", "record.json", "journal.jsonl"] {
        assert!(
            only_run(&folder.path().join("one")).join(name).is_file(),
            "{name}"
        );
    }
}

#[test]
fn a_fault_fails_its_case_and_the_counts_agree_everywhere() {
    let folder = folder();
    let output = run(
        folder.path(),
        &[
            "run",
            "--filter",
            "offboarding/status-cancelled",
            "--fault",
            "silent-offboarding",
        ],
    );
    check_code(&output, 1);
    let text = out(&output);
    assert!(text.contains("no message arrived"), "{text}");
    assert!(text.contains("OFF-04"), "{text}");
    assert!(text.contains(" --> plans/offboarding.yaml:"), "{text}");
    assert!(
        text.contains("1 case: 0 passed, 1 failed, 0 inconclusive, 0 skipped"),
        "{text}"
    );
    let counts = junit_counts(&only_run(&folder.path().join("reports")).join("junit.xml"));
    assert_eq!(counts, [1, 1, 0, 0]);
}

#[test]
fn bad_usage_is_reported_before_any_request_is_sent() {
    let folder = folder();
    let output = run(folder.path(), &["run", "--fault", "silent-ofboarding"]);
    check_code(&output, 2);
    assert!(
        err(&output).contains("did you mean `silent-offboarding`?"),
        "{}",
        err(&output)
    );
    check_code(&run(folder.path(), &["run", "--jobs", "0"]), 2);
    check_code(&run(folder.path(), &["fly"]), 2);
    let output = run(folder.path(), &["run", "nowhere.yaml"]);
    check_code(&output, 2);
    assert!(
        err(&output).contains("cannot read nowhere.yaml"),
        "{}",
        err(&output)
    );
    let output = run(folder.path(), &["run", "--certify"]);
    check_code(&output, 2);
    assert!(err(&output).contains("rehearsal"), "{}", err(&output));
    assert!(!folder.path().join("reports").exists(), "nothing was run");
}

#[test]
fn nothing_selected_is_never_a_success() {
    let folder = folder();
    let output = run(folder.path(), &["run", "--filter", "no-such-case"]);
    check_code(&output, 4);
    assert!(err(&output).contains("none of"), "{}", err(&output));
}

#[test]
fn all_findings_of_an_invalid_plan_are_reported_together() {
    let folder = folder();
    std::fs::write(
        folder.path().join("bad.yaml"),
        "plan: bad\ntitle: Bad\ncases:\n  - id: bad/one\n    title: One\n    expectd: Two\n    requirement: OFF-99\n    steps:\n      - send: GET /banks/${bnak.id}\n        as: product\n",
    )
    .expect("the file is written");
    for command in ["check", "run"] {
        let output = run(folder.path(), &[command, "bad.yaml"]);
        check_code(&output, 2);
        let text = err(&output);
        for place in ["bad.yaml:6:5", "bad.yaml:7:18", "bad.yaml:9:"] {
            assert!(text.contains(place), "{place} in {text}");
        }
        assert!(text.contains("did you mean `expected`?"), "{text}");
        assert!(text.contains("no request was sent"), "{text}");
    }
}

/// An environment whose provider listens nowhere.
fn unreachable(folder: &Path) -> String {
    // A port that was free a moment ago may be another test's by now; this one is nobody's.
    let address = "127.0.0.1:1".to_owned();
    let environment = format!(
        "subject: {{ name: Nobody, version: '1' }}\n\
         provider:\n  callbacks: {{ notification: 'http://{address}/n', auth: 'http://{address}/a', reAuth: 'http://{address}/r', availableAccounts: 'http://{address}/v' }}\n\
         bank: {{ id: 10aaeee6-0000-4000-8000-000000000001, externalRef: nobody }}\n\
         notification_header: {{ name: X-Key, value: 'env:FEEDPROOF_TEST_KEY' }}\n\
         credentials: {{ api_key: 'literal:key-of-the-test', client_id: 'literal:client', client_secret: 'literal:secret-of-the-test', audience: a, notification_audience: b, application: c, application_key: 'literal:key-of-the-app' }}\n\
         customers: {{ alice: {{ login: {{ username: alice, password: 'literal:pass-of-alice' }}, accounts: 3, without_branch: 1, cleared: 5 }} }}\n\
         waits: {{ notification: 1s, authorisation: 1s, linked: 1s, status-change: 1s }}\n"
    );
    std::fs::write(folder.join("nobody.yaml"), environment).expect("the file is written");
    address
}

#[test]
fn an_unreachable_provider_is_inconclusive_and_named_with_its_address() {
    let folder = folder();
    let address = unreachable(folder.path());
    let output = feedproof(folder.path())
        .args([
            "run",
            "--environment",
            "nobody.yaml",
            "--filter",
            "offboarding",
        ])
        .env("FEEDPROOF_TEST_KEY", "the-agreed-value")
        .output()
        .expect("the binary runs");
    check_code(&output, 3);
    let text = err(&output);
    assert!(
        text.contains("preflight checks failed; no case was run"),
        "{text}"
    );
    assert!(
        text.contains(&format!("http://{address} refused the connection")),
        "{text}"
    );
    assert!(!folder.path().join("reports").join("junit.xml").exists());

    let output = feedproof(folder.path())
        .args(["doctor", "--environment", "nobody.yaml"])
        .env("FEEDPROOF_TEST_KEY", "the-agreed-value")
        .output()
        .expect("the binary runs");
    check_code(&output, 6);
    let table = out(&output);
    for row in [
        "ok        port",
        "error     callback auth",
        "-> check that the connector is running",
    ] {
        assert!(table.contains(row), "{row:?} in {table}");
    }
    assert!(!table.contains("the-agreed-value"), "{table}");
}

#[test]
fn a_reference_that_is_not_set_names_itself() {
    let folder = folder();
    unreachable(folder.path());
    let output = feedproof(folder.path())
        .args(["run", "--environment", "nobody.yaml"])
        .env_remove("FEEDPROOF_TEST_KEY")
        .output()
        .expect("the binary runs");
    check_code(&output, 2);
    assert!(
        err(&output).contains("`env:FEEDPROOF_TEST_KEY` is not set"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_reader_that_goes_away_breaks_nothing() {
    let folder = folder();
    let mut child = feedproof(folder.path())
        .arg("list")
        .arg("--requirements")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let mut talk = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut talk)
        .expect("stderr is text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{talk}");
    assert_eq!(talk, "");
}

#[test]
fn colour_is_only_added_where_it_is_wanted() {
    let folder = folder();
    let plain = run(folder.path(), &["list", "--requirements"]);
    assert!(!out(&plain).contains('\u{1b}'), "not on a pipe");
    let forced = run(
        folder.path(),
        &["list", "--requirements", "--color", "always"],
    );
    assert!(out(&forced).contains('\u{1b}'));
}

#[test]
fn the_planned_sequence_of_cases_is_drawn() {
    let folder = folder();
    let one = [
        "list",
        "--diagram",
        "--filter",
        "offboarding/status-cancelled",
    ];
    let output = run(folder.path(), &one);
    check_code(&output, 0);
    let text = out(&output);
    assert_eq!(
        text.matches("```mermaid\nsequenceDiagram\n").count(),
        1,
        "{text}"
    );
    assert!(
        text.starts_with("## offboarding/status-cancelled\n"),
        "{text}"
    );
    assert!(
        text.contains("service->>provider: POST notification"),
        "{text}"
    );

    let all = out(&run(folder.path(), &["list", "--diagram"]));
    let cases = out(&run(folder.path(), &["list"]));
    assert!(cases.ends_with(&format!(
        "{} cases, 0 filtered out\n",
        all.matches("```mermaid").count()
    )));
    let none = run(
        folder.path(),
        &["list", "--diagram", "--filter", "nothing-like-it"],
    );
    check_code(&none, 4);
}

#[cfg(target_os = "linux")]
#[test]
fn words_that_no_one_can_read_are_no_good_answer() {
    let folder = folder();
    let run = failed_run(&folder);
    for arguments in [
        &["list"][..],
        &["list", "--requirements"],
        &["list", "--diagram"],
        &["check"],
        &["explain"],
        &["explain", "never"],
        &["schema"],
        &["schema", "record"],
        &["report", &run, "--annotations", "github"],
        &["init", "project"],
        &["run", "--filter", "offboarding/status-cancelled"],
        &["--help"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("Linux has it");
        let output = feedproof(folder.path())
            .args(arguments)
            .stdout(full)
            .output()
            .expect("the binary runs");
        check_code(&output, 2);
        assert!(
            err(&output).contains("error: stdout could not be written: "),
            "{arguments:?}: {}",
            err(&output)
        );
    }
    // A reader that closes the pipe has read enough.
    for arguments in [
        &["list"][..],
        &["run", "--filter", "offboarding/status-cancelled"],
    ] {
        let mut child = feedproof(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        drop(child.stdout.take());
        check_code(&child.wait_with_output().expect("it ends"), 0);
    }
}

/// Makes a run that fails, so that there is something to annotate, and returns its folder.
fn failed_run(folder: &TempDir) -> String {
    let filter = [
        "run",
        "--reports",
        "first",
        "--fault",
        "silent-offboarding",
        "--filter",
        "offboarding/status-cancelled",
    ];
    check_code(&run(folder.path(), &filter), 1);
    let run = only_run(&folder.path().join("first"));
    run.to_str().expect("text").to_owned()
}

/// Writes a plan with one case, both named after the stem.
fn write_small_plan(path: &Path, name: &str) {
    let text = format!(
        "plan: {name}\ntitle: Small\ncases:\n  - id: {name}/bank\n    title: The bank\n    expected: It is there.\n    requirement: ONB-01\n    steps:\n      - send: GET /banks/${{bank.id}}\n        expect: {{ status: 200 }}\n"
    );
    std::fs::write(path, text).expect("the plan is written");
}

#[test]
fn a_folder_of_plans_says_what_editors_and_file_systems_put_there_and_is_left_out() {
    let folder = folder();
    let plans = folder.path().join("plans");
    std::fs::create_dir_all(plans.join("more")).expect("the folders are made");
    write_small_plan(&plans.join("one.yaml"), "one");
    write_small_plan(&plans.join("two.yml"), "two");
    write_small_plan(&plans.join("THREE.YAML"), "three");
    write_small_plan(&plans.join("four space é.yaml"), "four");
    write_small_plan(&plans.join("more/five.yaml"), "five");
    write_small_plan(&plans.join("six.yaml~"), "six");
    std::fs::write(plans.join("._one.yaml"), b"\0\x05\x16\x07\0").expect("written");
    std::fs::write(plans.join("._two.YML"), b"\0\x05\x16\x07\0").expect("written");
    std::fs::write(plans.join(".#one.yaml"), "me@host.123").expect("written");
    std::fs::write(plans.join("notes.md"), "No plan.").expect("written");
    std::fs::create_dir(plans.join("flows")).expect("the folder is made");
    std::fs::write(plans.join("flows/._flow.yaml"), b"\0").expect("written");

    let output = run(folder.path(), &["list"]);
    check_code(&output, 0);
    let text = out(&output);
    for listed in ["one/bank", "two/bank", "three/bank", "four/bank"] {
        assert!(text.contains(listed), "{listed}: {text}");
    }
    assert!(text.ends_with("4 cases, 0 filtered out\n"), "{text}");
    assert_eq!(
        err(&output),
        "note: left out of plans: .#one.yaml, ._one.yaml, ._two.YML, more/ (1 YAML file), six.yaml~, flows/._flow.yaml; plans end in .yaml or .yml and do not begin with a dot, and a folder is read if it is named\n"
    );
}

#[test]
fn requirements_are_listed_with_their_classes_and_each_untested_one_has_a_reason() {
    let folder = folder();
    let output = run(folder.path(), &["list", "--requirements"]);
    check_code(&output, 0);
    assert!(
        out(&output).contains("96 requirements: 7 of class A, 14 of class B, 75 of class C; 0 not tested without a reason"),
        "{}",
        out(&output)
    );
}

/// Runs the binary with so many file handles at most.
#[cfg(unix)]
fn run_with_handles(folder: &Path, handles: u16, arguments: &str) -> Output {
    let binary = env!("CARGO_BIN_EXE_feedproof");
    Command::new("sh")
        .current_dir(folder)
        .args([
            "-c",
            &format!("ulimit -n {handles} && exec {binary} {arguments}"),
        ])
        .output()
        .expect("a shell runs")
}

#[cfg(unix)]
#[test]
fn few_file_handles_make_a_run_slow_and_never_wrong() {
    let folder = folder();
    // All of these cases wait, and a case that waits keeps its connections.
    let output = run_with_handles(folder.path(), 64, "run --filter statements/");
    check_code(&output, 0);
    let talk = err(&output);
    assert!(
        talk.contains(
            "note: 2 cases at once instead of 64, because there are no more file handles; 808 are enough"
        ),
        "{talk}"
    );
    let output = run_with_handles(folder.path(), 48, "run --filter offboarding --reports few");
    check_code(&output, 3);
    let talk = err(&output);
    assert!(
        talk.contains(
            "48 files and connections at once (`ulimit -n`), and a run needs at least 52"
        ),
        "{talk}"
    );
}

#[test]
fn a_fault_is_detected_until_its_claim_is_removed_or_its_check_is_loosened() {
    let folder = folder();
    let prove = |reports: &str| {
        let fault = ["--fault", "delete-answers-200"];
        run(
            folder.path(),
            &["prove", fault[0], fault[1], "--reports", reports],
        )
    };
    let output = prove("shipped");
    check_code(&output, 0);
    let text = out(&output);
    assert!(
        text.contains("1 fault: 1 detected, 0 misattributed, 0 undetected"),
        "{text}"
    );
    let proof = only_run(&folder.path().join("shipped"));
    assert!(proof.join("proof.json").is_file() && proof.join("proof.html").is_file());

    let plans = folder.path().join("plans");
    std::fs::create_dir(&plans).expect("a folder for plans");
    let requirements = include_str!("../../plans/requirements.yaml");
    let unattributed = requirements.replace("[delete-answers-200]", "[]");
    let offboarding = include_str!("../../plans/offboarding.yaml");
    let unchecked = offboarding.replace("expect: { status: 204 }", "expect: { status: 2xx }");
    assert_ne!(requirements, unattributed, "the claim is found");
    assert_ne!(offboarding, unchecked, "the check is found");
    for (reports, requirements, offboarding) in [
        ("unattributed", unattributed.as_str(), offboarding),
        ("unchecked", requirements, unchecked.as_str()),
    ] {
        std::fs::write(plans.join("requirements.yaml"), requirements).expect("it is written");
        std::fs::write(plans.join("offboarding.yaml"), offboarding).expect("it is written");
        let output = prove(reports);
        check_code(&output, 1);
        let text = out(&output);
        assert!(
            text.contains("✗ undetected    delete-answers-200"),
            "{text}"
        );
    }
}

#[test]
fn a_proof_is_refused_where_a_program_outside_would_have_to_keep_up_with_its_time() {
    let folder = folder();
    let rehearsal = include_str!("../../fixtures/environments/rehearsal.yaml");
    let bank_action = "new-transactions: { http: POST /bank-actions/new-transactions }";
    let changed = rehearsal.replace(bank_action, "new-transactions: { command: [book] }");
    assert_ne!(rehearsal, changed, "the bank action is found");
    std::fs::write(folder.path().join("outside.yaml"), changed).expect("it is written");
    let output = run(folder.path(), &["prove", "--environment", "outside.yaml"]);
    check_code(&output, 2);
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        talk.contains("the bank action `new-transactions` runs a program"),
        "{talk}"
    );
    assert!(!folder.path().join("reports").exists(), "nothing was begun");
}

#[test]
fn a_word_of_each_kind_is_explained_with_an_example_and_its_uses() {
    let folder = folder();
    for (word, parts) in [
        ("receive", ["receive (verb)", "Used in", "plans/"]),
        (
            "within",
            ["within (field of a plan)", "receive", "within: "],
        ),
        ("$none", ["$none (matcher operator)", "Used in", "plans/"]),
        ("$uuid", ["$uuid (matcher)", "Used in", "plans/"]),
        (
            "statement_created",
            [
                "statement_created (setting of the emulated service)",
                "ruling",
                "rulings: { statement_created: 202 }",
            ],
        ),
        (
            "first-statement",
            ["first-statement (named wait)", "default  30s", "plans/"],
        ),
        (
            "revoke-consent",
            ["(bank action)", "- trigger: revoke-consent", "plans/"],
        ),
        (
            "OFF-04",
            [
                "OFF-04 (requirement)",
                "silent-offboarding",
                "offboarding/status-cancelled",
            ],
        ),
        (
            "R-7",
            ["R-7 (ruling)", "reason", "Cited by the requirements"],
        ),
        (
            "silent-offboarding",
            [
                "silent-offboarding (fault)",
                "feedproof run --fault silent-offboarding",
                "OFF-04",
            ],
        ),
        ("4", ["4 (exit code)", "not-tested", "--certify"]),
        (
            "skipped",
            ["skipped (verdict of a case)", "not apply", "reason"],
        ),
        (
            "connector",
            ["connector (mode)", "the provider is live", "emulated"],
        ),
    ] {
        let output = run(folder.path(), &["explain", word]);
        check_code(&output, 0);
        for part in parts {
            assert!(out(&output).contains(part), "{part:?} in {}", out(&output));
        }
    }
    let all = run(folder.path(), &["explain"]);
    check_code(&all, 0);
    assert!(out(&all).contains("Matcher operators"), "{}", out(&all));
}

#[test]
fn an_unknown_word_is_bad_usage_with_the_nearest_words() {
    let folder = folder();
    let output = run(folder.path(), &["explain", "recieve"]);
    check_code(&output, 2);
    assert_eq!(out(&output), "");
    assert!(
        err(&output).contains("did you mean `receive`"),
        "{}",
        err(&output)
    );
}

#[test]
fn help_lists_the_exit_codes_of_their_table() {
    let folder = folder();
    let output = run(folder.path(), &["--help"]);
    check_code(&output, 0);
    let text = out(&output);
    // Long lines are wrapped.
    let words: Vec<_> = text.split_whitespace().collect();
    let text = words.join(" ");
    for code in feedproof::exit_code::ExitCode::ALL {
        let line = format!("{} {}", code.number(), code.meaning());
        assert!(text.contains(&line), "{line} in {text}");
    }
}

#[test]
fn a_feature_that_no_case_asks_for_is_refused_with_the_nearest() {
    let folder = folder();
    let environment = include_str!("../../fixtures/environments/example-connector.yaml")
        .replace("multi-account: supported", "multi-acount: supported");
    std::fs::write(folder.path().join("connector.yaml"), environment).expect("written");
    let output = run(folder.path(), &["check", "--environment", "connector.yaml"]);
    check_code(&output, 2);
    let told = err(&output);
    assert!(
        told.contains("no case asks for `multi-acount`")
            && told.contains("did you mean `multi-account`?"),
        "{told}"
    );
}

#[test]
fn a_selection_of_cases_is_refused_where_no_cases_are_listed() {
    let folder = folder();
    for list in ["--requirements", "--rules", "--variants", "--faults"] {
        for selection in [
            &["--filter", "offboarding"][..],
            &["--skip", "offboarding"],
            &["--exact"],
        ] {
            let output = run(folder.path(), &[&["list", list][..], selection].concat());
            check_code(&output, 2);
            let said = err(&output);
            let hint = format!("leave out `{}`", selection[0]);
            assert!(said.contains(list) && said.contains(&hint), "{said}");
            assert_eq!(out(&output), "");
        }
    }
}

#[test]
fn a_misspelt_deviation_of_a_proof_is_told_where_all_are_listed() {
    let folder = folder();
    for (option, list) in [("--fault", "--faults"), ("--variant", "--variants")] {
        let output = run(folder.path(), &["prove", option, "nope"]);
        check_code(&output, 2);
        let hint = format!("`feedproof list {list}` lists them");
        assert!(err(&output).contains(&hint), "{}", err(&output));
    }
}

#[test]
fn a_row_with_a_case_that_was_not_selected_is_only_partly_tested() {
    let folder = folder();
    let arguments = [
        "run",
        "--filter",
        "onboarding/reconnection",
        "--skip",
        "starts-earlier",
    ];
    let output = run(folder.path(), &arguments);
    check_code(&output, 0);
    let runs = std::fs::read_dir(folder.path().join("reports")).expect("there are reports");
    let tables: Vec<_> = runs
        .filter_map(|run| std::fs::read_to_string(run.ok()?.path().join("test-plan.csv")).ok())
        .collect();
    let [table] = &tables[..] else {
        panic!("one run: {}", tables.len());
    };
    let row = table.lines().find(|line| line.contains(",ONB-23,"));
    let row = row.expect("the row is there");
    assert!(
        row.contains(",partly tested,not selected (onboarding/reconnection-starts-earlier),"),
        "{row}"
    );
}

#[test]
fn the_documents_show_as_many_cases_as_there_are() {
    let folder = folder();
    let listed = out(&run(folder.path(), &["list"]));
    let last = listed.lines().last().expect("a count");
    let (number, _) = last.split_once(' ').expect("a number");
    for file in ["README.md", "docs/certify-a-connector.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).expect("the document is there");
        let shown: Vec<_> = text
            .lines()
            .filter(|line| line.contains(" cases: ") && line.contains(" skipped in "))
            .collect();
        assert!(!shown.is_empty(), "{file}");
        for line in shown {
            assert!(
                line.starts_with(&format!("{number} cases: ")),
                "{file}: {line}"
            );
        }
    }
}
