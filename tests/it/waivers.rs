//! Waivers of a run against a live connector, through the binary.

use std::process::Output;

use crate::connector::Example;
use crate::running::feedproof_in as feedproof;

const CASE: &str = "offboarding/duplicates-tolerated-siblings-go-on";

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(&[&out[..], b"\n", &err[..]].concat()).into_owned()
}

#[test]
fn a_waived_failure_ends_well_in_every_report_and_is_no_certificate() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let service = taken.local_addr().expect("it has an address").to_string();
    let example = Example::start(&service, &["--fault", "refuses-second-offboarding"]);
    let write = |name, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("connector.yaml", &example.environment(&service));
    drop(taken);
    write(
        "waivers.yaml",
        "waivers:\n  - requirement: OFF-06\n    reason: release 1.5 mends it\n    owner: jane@acme.example\n    expires: \"2999-12-31\"\n",
    );
    let run = [
        "run",
        "--environment",
        "connector.yaml",
        "--filter",
        CASE,
        "--exact",
    ];
    let run = [&run[..], &["--strict"]].concat();
    let plain = feedproof(folder.path(), &run);
    assert_eq!(plain.status.code(), Some(1), "{}", said(&plain));

    let waivers = ["--waivers", "waivers.yaml", "--package", "run.zip"];
    let with = feedproof(folder.path(), &[&run[..], &waivers].concat());
    // The only case did not pass, so that nothing was tested whole.
    assert_eq!(with.status.code(), Some(4), "{}", said(&with));
    let text = said(&with);
    assert!(text.contains("1 failed"), "{text}");
    assert!(
        text.contains("requirement OFF-06 failed, and is waived"),
        "{text}"
    );
    assert!(!text.contains("NOT CONFORMANT"), "{text}");

    let verified = feedproof(folder.path(), &["verify", "run.zip", "--json"]);
    assert_eq!(verified.status.code(), Some(4), "{}", said(&verified));
    let verified: serde_json::Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    let conditions = verified["conditions"].as_array().expect("conditions");
    let waived = conditions
        .iter()
        .find(|row| row["rule"] == "no failure is waived");
    assert_eq!(
        waived.expect("a condition")["unmet"],
        "waivers are given for OFF-06"
    );

    let certified = feedproof(
        folder.path(),
        &[&run[..], &waivers, &["--certify"]].concat(),
    );
    assert_eq!(certified.status.code(), Some(2));
    assert!(said(&certified).contains("no failure is waived"));
}

#[test]
fn waivers_that_cannot_be_used_are_refused_before_the_run() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("waivers.yaml");
    std::fs::write(&file, "waivers:\n  - case: none/such\n").expect("written");
    let rehearsal = feedproof(folder.path(), &["run", "--waivers", "waivers.yaml"]);
    assert_eq!(rehearsal.status.code(), Some(2));
    assert!(said(&rehearsal).contains("this is a rehearsal"));

    let environment = "--environment";
    let live = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/environments/example-connector.yaml"
    );
    let wrong = feedproof(
        folder.path(),
        &["run", environment, live, "--waivers", "waivers.yaml"],
    );
    assert_eq!(wrong.status.code(), Some(2));
    insta::assert_snapshot!(said(&wrong).trim());
}
