//! Which form and button leave a page, and where nothing is certain.

use serde_json::{Value, json};

use super::*;
use crate::browser::form::forms;
use crate::browser::page::PageReading;

const LOGIN: &str = "<input name=user><input type=password name=p>";

/// Returns what is pressed or followed on a page.
fn leave_with(html: &str, decision: Decision, login: &Value) -> Result<String, Undecided> {
    let reading = PageReading::of(html);
    let forms = forms(&reading);
    let customer = Customer::of(Some(login));
    let Some(exit) = exit(&forms, &reading.links, decision, &customer)? else {
        return Ok("no form".to_owned());
    };
    let done = match exit.by {
        ExitBy::Press(_, None) => "send".to_owned(),
        ExitBy::Press(_, Some(button)) => format!("press {}", button.title()),
        ExitBy::Cancel(_, button) => format!("cancel by {}", button.title()),
        ExitBy::Follow(link) => format!("follow {}", link.href),
    };
    Ok(if exit.certain {
        done
    } else {
        format!("perhaps {done}")
    })
}

#[track_caller]
fn check(html: &str, allow: &str, cancel: &str) {
    let told =
        |decision| leave_with(html, decision, &Value::Null).unwrap_or_else(|why| why.to_string());
    assert_eq!(told(Decision::Allow), allow, "allow: {html}");
    assert_eq!(told(Decision::Cancel), cancel, "cancel: {html}");
}

#[track_caller]
fn step_by_step(html: &str, steps: Value, allow: &str, cancel: &str) {
    let login = json!({ "steps": steps });
    let told = |decision| leave_with(html, decision, &login).unwrap_or_else(|why| why.to_string());
    assert_eq!(told(Decision::Allow), allow, "allow: {html}");
    assert_eq!(told(Decision::Cancel), cancel, "cancel: {html}");
}

#[test]
fn decisions_have_three_words_and_a_default() {
    assert_eq!(Decision::parse("allow"), Some(Decision::Allow));
    assert_eq!(Decision::parse(""), Some(Decision::Allow));
    assert_eq!(Decision::parse("cancel"), Some(Decision::Cancel));
    assert_eq!(
        Decision::parse("cancel-after-login"),
        Some(Decision::CancelAfterLogin)
    );
    assert_eq!(Decision::parse("Cancel"), None);
}

#[test]
fn who_cancels_after_the_login_logs_in_although_the_login_could_be_cancelled() {
    let left = |html: &str, has_logged_in| {
        let reading = PageReading::of(html);
        let forms = forms(&reading);
        let mut customer = Customer::of(Some(&Value::Null));
        customer.has_logged_in = has_logged_in;
        match exit(
            &forms,
            &reading.links,
            Decision::CancelAfterLogin,
            &customer,
        ) {
            Ok(Some(exit)) => match exit.by {
                ExitBy::Press(_, button) => format!("press {}", button.unwrap().title()),
                ExitBy::Cancel(_, button) => format!("cancel by {}", button.title()),
                ExitBy::Follow(link) => format!("follow {}", link.href),
            },
            Ok(None) => "no form".to_owned(),
            Err(why) => why.to_string(),
        }
    };
    let search = "<form role=search><input name=q><button>Search</button></form>";
    let cancel = "<form><button>Cancel</button></form>";
    let login = format!("<form>{LOGIN}<button>Log in</button></form>{cancel}");
    assert_eq!(left(&login, false), "press Log in");
    let consent = "<form><button>Continue</button><button>Cancel</button></form>";
    assert_eq!(left(consent, false), "press Continue");
    assert_eq!(left(consent, true), "cancel by Cancel");
    assert_eq!(
        left(&format!("{search}{consent}"), true),
        "cancel by Cancel"
    );
    assert_eq!(
        left("<form><button>Allow</button></form>", true),
        "nothing is known to cancel"
    );
}

#[test]
fn buttons_say_what_they_do_by_text_value_or_name() {
    for (no, yes) in [
        ("<button>Cancel</button>", "<button>Allow</button>"),
        ("<button>Do not allow</button>", "<button>I agree</button>"),
        (
            "<button>Don't share</button>",
            "<button>Share, and go back</button>",
        ),
        (
            "<button name=d value=deny>Nein</button>",
            "<button name=d value=acceptAll>Ja</button>",
        ),
        (
            "<input type=submit name=cancel value=Abbrechen>",
            "<input type=submit value=Continue>",
        ),
        (
            "<button name=submit value=cancel>x</button>",
            "<button name=submit>y</button>",
        ),
    ] {
        let reading = PageReading::of(&format!("<form>{no}{yes}</form>"));
        let forms = forms(&reading);
        let by = |decision| {
            let exit = exit(&forms, &[], decision, &Customer::default());
            exit.map(|exit| exit.map(|exit| exit.by))
        };
        let form = &forms[0];
        let allowed = ExitBy::Press(form, Some(&form.buttons[1]));
        assert_eq!(by(Decision::Allow), Ok(Some(allowed)), "{yes}");
        let cancelled = ExitBy::Cancel(form, &form.buttons[0]);
        assert_eq!(by(Decision::Cancel), Ok(Some(cancelled)), "{no}");
    }
}

#[test]
fn an_only_button_is_pressed_to_go_on_and_may_be_wrong() {
    check(
        "<form><button>Weiter</button></form>",
        "perhaps press Weiter",
        "nothing is known to cancel",
    );
    check("<form><input type=hidden name=a></form>", "send", "send");
    check(
        "<form><button>Cancel</button></form>",
        "no button is known to allow",
        "cancel by Cancel",
    );
}

#[test]
fn of_several_buttons_only_a_known_one_is_pressed() {
    let buttons = "<button>A</button><button>B</button>";
    check(
        &format!("<form>{buttons}</form>"),
        "no button is known to allow",
        "nothing is known to cancel",
    );
    check(
        &format!("<form>{LOGIN}{buttons}</form>"),
        "no button is known to allow",
        "nothing is known to cancel",
    );
    check(
        &format!(
            "<form>{LOGIN}<button>Use another method</button><button>Anmelden</button></form>"
        ),
        "press Anmelden",
        "press Anmelden",
    );
    check(
        &format!(
            "<form>{LOGIN}<button>Continue with BankID</button><button>Log in</button></form>"
        ),
        "press Log in",
        "press Log in",
    );
    check(
        "<form><button>Share one account</button><button>Share all accounts</button></form>",
        "more than one button may allow",
        "nothing is known to cancel",
    );
    check(
        "<form><button>Allow</button><p>…<p><button>Allow</button></form>",
        "press Allow",
        "nothing is known to cancel",
    );
}

#[test]
fn a_login_is_cancelled_by_button_or_link_or_on_the_next_page() {
    check(
        &format!("<form>{LOGIN}<button>Log in</button><button>Cancel</button></form>"),
        "press Log in",
        "cancel by Cancel",
    );
    check(
        &format!(
            "<a href=/help>No account?</a><a href=#>Cancel</a><a href='javascript:x'>Cancel</a>\
             <a href=/c>Cancel and return</a><form>{LOGIN}<button>Log in</button></form>"
        ),
        "press Log in",
        "follow /c",
    );
    check(
        &format!("<a href=/shop>Go back to shop</a><form>{LOGIN}<button>Log in</button></form>"),
        "press Log in",
        "follow /shop",
    );
    check(
        &format!("<a href=/up>All about backups</a><form>{LOGIN}<button>Log in</button></form>"),
        "press Log in",
        "press Log in",
    );
}

#[test]
fn the_form_that_counts_depends_on_the_decision() {
    let search = "<form><input name=q><button>Submit</button></form>";
    let cancel = "<form><button>Cancel</button></form>";
    check(
        &format!("{search}{cancel}<form>{LOGIN}<button>Log in</button></form>"),
        "press Log in",
        "cancel by Cancel",
    );
    check(
        &format!("{search}{cancel}<form><button>Yes</button></form>"),
        "press Yes",
        "cancel by Cancel",
    );
    check(
        &format!("{cancel}<form><button>Weiter</button></form>"),
        "perhaps press Weiter",
        "cancel by Cancel",
    );
    check(search, "no form", "no form");
}

#[test]
fn what_is_on_every_page_of_a_site_is_not_pressed_for_being_first() {
    let consent =
        "<form method=post action=/consent><button name=go value=1>Give access</button></form>";
    for first in [
        "<form method=post action=/logout><button>Abmelden</button></form>",
        "<form method=post action=/x><button>Log out</button></form>",
        "<form method=post action=/x><select name=lang><option>de<option>en</select><button>OK</button></form>",
        "<form method=post action=/x><input name=q><button>Search</button></form>",
        "<form method=post action=/news><input type=email name=email><button>Subscribe</button></form>",
        "<form method=post action=/x><button>Use another method</button></form>",
        "<form method=post action=/x><button>Accept all cookies</button></form>",
        "<form method=post action=/x hidden><button>Allow</button></form>",
        "<dialog><form method=post action=/x><button>Allow</button></form></dialog>",
        "<template><form method=post action=/x><button>Allow</button></form></template>",
    ] {
        check(
            &format!("{first}{consent}"),
            "perhaps press Give access",
            "nothing is known to cancel",
        );
    }
    // Nothing shows which of these is the consent.
    check(
        &format!("<form action=/a><button>Abmelden</button></form>{consent}"),
        "no form is known to be the way on",
        "nothing is known to cancel",
    );
    check(
        "<form action=/x><button>Use another method</button></form>",
        "each leads another way",
        "each leads another way",
    );
}

#[test]
fn a_login_says_what_to_press_tick_and_choose() {
    let consent = "<form action=/out><button>Abmelden</button></form>\
        <form action=/in><h2>Freigabe</h2><label><input type=checkbox name=k value=1> Giro</label>\
        <button name=a value=2>Ablehnen</button><button name=a value=1>Zustimmen</button></form>";
    let allowing = json!([{ "press": "zustimmen", "cancel": "Ablehnen" }]);
    step_by_step(consent, allowing, "press Zustimmen", "cancel by Ablehnen");
    let ticking = json!([{ "form": "Freigabe", "tick": ["Giro"], "press": "Zustimmen" }]);
    step_by_step(
        consent,
        ticking,
        "press Zustimmen",
        "nothing is known to cancel",
    );
    let elsewhere = json!([{ "tick": "Sparbuch", "press": "Zustimmen" }]);
    step_by_step(
        consent,
        elsewhere,
        "no form is known to be the way on",
        "nothing is known to cancel",
    );
    let by_name = json!([{ "press": "a" }]);
    step_by_step(
        consent,
        by_name,
        "more than one is what `steps[0]` of the login names: `form` tells which",
        "nothing is known to cancel",
    );
    let link = "<a href=/login>Mit Kennwort</a><form><button>A</button><button>B</button></form>";
    step_by_step(
        link,
        json!([{ "press": "Mit Kennwort" }]),
        "follow /login",
        "nothing is known to cancel",
    );
}
