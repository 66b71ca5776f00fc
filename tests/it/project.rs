//! A user's own project through the binary: `init`, `run`, `check`, `schema`, and environments with `--set`.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// The variables that the environment of a new project wants.
const VARIABLES: [&str; 6] = [
    "ACME_KEY",
    "ACME_API_KEY",
    "ACME_CLIENT_ID",
    "ACME_CLIENT_SECRET",
    "ALICE_PASSWORD",
    "BOB_PASSWORD",
];

fn feedproof(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedproof"));
    command
        .current_dir(folder)
        .args(arguments)
        .env("NO_COLOR", "1");
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    feedproof(folder, arguments)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn check(output: &Output, code: i32, out: &[&str], err: &[&str]) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}\n{stderr}");
    for one in out {
        assert!(stdout.contains(one), "{one:?} in {stdout}");
    }
    for one in err {
        assert!(stderr.contains(one), "{one:?} in {stderr}");
    }
}

#[test]
fn a_new_project_passes_at_once_and_is_never_overwritten() {
    let folder = folder();
    check(
        &run(folder.path(), &["init", "mine"]),
        0,
        &[
            "wrote mine/plans/hello.yaml",
            "next: cd mine && feedproof run",
        ],
        &[],
    );
    let project = folder.path().join("mine");
    check(
        &run(&project, &["run"]),
        0,
        &["✓ passed", "hello/session-is-announced"],
        &[],
    );
    check(&run(&project, &["check"]), 0, &["OK: 1 plan, 1 case,"], &[]);
    std::fs::write(project.join("README.md"), "mine").expect("it can be written");
    std::fs::remove_file(project.join("plans/hello.yaml")).expect("it was there");
    check(
        &run(folder.path(), &["init", "mine"]),
        2,
        &[],
        &[
            "no file was written",
            "mine/README.md",
            "mine/environments/connector.yaml",
        ],
    );
    assert!(
        !project.join("plans/hello.yaml").exists(),
        "nothing is written in part"
    );
    let kept = std::fs::read_to_string(project.join("README.md")).expect("it is there");
    assert_eq!(kept, "mine");
}

#[test]
fn the_environment_of_a_new_project_is_valid_and_a_run_names_all_variables_that_are_not_set() {
    let folder = folder();
    check(
        &run(folder.path(), &["init"]),
        0,
        &["next: feedproof run"],
        &[],
    );
    let environment = ["--environment", "environments/connector.yaml"];
    let judged = ["in environments/connector.yaml (connector):", "ONB-05"];
    check(
        &run(folder.path(), &["check", environment[0], environment[1]]),
        0,
        &judged,
        &[],
    );
    let mut set = feedproof(folder.path(), &["check", environment[0], environment[1]]);
    for name in VARIABLES {
        set.env(name, "hunter2-hunter2");
    }
    check(&set.output().expect("the binary runs"), 0, &judged, &[]);
    let output = run(folder.path(), &["run", environment[0], environment[1]]);
    let told: Vec<_> = VARIABLES
        .map(|name| format!("`env:{name}` is not set"))
        .to_vec();
    let told: Vec<_> = told.iter().map(String::as_str).collect();
    check(&output, 2, &[], &told);
    check(
        &output,
        2,
        &[],
        &[
            "environments/connector.yaml:",
            "set the variable ALICE_PASSWORD, or write `file:PATH`",
            "6 findings; no request was sent",
        ],
    );
}

#[test]
fn a_new_project_has_the_environment_of_its_mode() {
    for (mode, next) in [
        ("rehearsal", "run"),
        ("service", "check"),
        ("end-to-end", "check"),
    ] {
        let folder = folder();
        let output = run(folder.path(), &["init", "--mode", mode]);
        let file = format!("environments/{mode}.yaml");
        assert_eq!(
            text(&output.stdout),
            format!(
                "wrote ./README.md\nwrote ./plans/hello.yaml\nwrote ./plans/flows/begun-session.yaml\n\
                 wrote ./plans/plan.schema.json\nwrote ./environments/environment.schema.json\nwrote ./{file}\n\n\
                 next: feedproof {next} --environment {file}\n"
            )
        );
        let readme = std::fs::read_to_string(folder.path().join("README.md")).expect("it is there");
        assert!(
            readme.contains(&file) && !readme.contains("connector.yaml"),
            "{readme}"
        );
        check(
            &run(folder.path(), &[next, "--environment", &file]),
            0,
            &[],
            &[],
        );
        let judged = format!("in {file} ({mode}):");
        check(
            &run(folder.path(), &["check", "--environment", &file]),
            0,
            &[&judged],
            &[],
        );
    }
    let refused = ["init", "--mode", "service", "--customer", "alice=3"];
    let told = "`--customer` describes a live connector, and mode service has none";
    check(&run(folder().path(), &refused), 2, &[], &[told]);
}

#[test]
fn a_value_of_the_environment_is_changed_by_its_path_and_reports_say_so() {
    let folder = folder();
    check(&run(folder.path(), &["init"]), 0, &[], &[]);
    let output = run(
        folder.path(),
        &["run", "--set", "jobs=1", "--set", "waits.notification=11s"],
    );
    check(
        &output,
        0,
        &["`--set jobs=1`", "`--set waits.notification=11s`"],
        &[],
    );
    for (change, told) in [
        ("wait.notification=9s", "did you mean `waits`?"),
        ("waits.notifcation=9s", "did you mean `notification`?"),
        ("jobs", "a change has the form `PATH=VALUE`"),
        (
            "credentials.api_key=hunter2",
            "a credential must be a reference",
        ),
    ] {
        for command in ["run", "check"] {
            let output = run(folder.path(), &[command, "--set", change]);
            check(&output, 2, &[], &[told, "no request was sent"]);
            assert!(!text(&output.stderr).contains("hunter2"));
        }
    }
}

#[test]
fn each_kind_of_document_has_a_schema() {
    let folder = folder();
    for (arguments, id) in [
        (vec!["schema"], "urn:feedproof:plan"),
        (vec!["schema", "plans"], "urn:feedproof:plan"),
        (vec!["schema", "environment"], "urn:feedproof:environment"),
        (vec!["schema", "requirements"], "urn:feedproof:requirements"),
    ] {
        let output = run(folder.path(), &arguments);
        check(&output, 0, &[], &[]);
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(schema["$id"], id);
    }
    check(
        &run(folder.path(), &["schema", "environments"]),
        2,
        &[],
        &["a similar value exists: 'environment'"],
    );
}
