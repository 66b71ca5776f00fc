//! What is entered where, and what is not.

use super::*;
use crate::browser::form::forms;
use crate::browser::page::PageReading;
use serde_json::{Value, json};

fn form(inside: &str) -> HtmlForm {
    forms(&PageReading::of(&format!(
        "<form method=post>{inside}</form>"
    )))
    .remove(0)
}

fn fill(inside: &str, login: Value, leaving: bool) -> Result<String, String> {
    let form = form(inside);
    let filling = FormFilling {
        customer: &Customer::of(Some(&login)),
        button: form.buttons.first(),
        leaving,
        chosen: None,
        step: None,
    };
    let pairs = filling.fill(&form).map_err(|why| why.to_string())?;
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    Ok(pairs.join("&"))
}

fn login() -> Value {
    json!({"username": "kim", "password": "⟦secret:password#a91f⟧"})
}

#[track_caller]
fn check(inside: &str, login: Value, expected: &str) {
    assert_eq!(
        fill(inside, login, false).as_deref(),
        Ok(expected),
        "{inside}"
    );
}

#[track_caller]
fn refuse(inside: &str, login: Value, expected: &str) {
    let why = fill(inside, login, false).expect_err(inside);
    assert_eq!(why, expected);
}

#[test]
fn a_login_is_filled_in_and_its_handle_left_alone() {
    check(
        "<input type=hidden name=session value=s><label>User <input name=u></label>\
             <input type=password name=p required><button name=go value=1>Log in</button>",
        login(),
        "session=s&u=kim&p=⟦secret:password#a91f⟧&go=1",
    );
}

#[test]
fn the_user_name_goes_where_it_belongs() {
    let password = "<input type=password name=p>";
    for (lines, expected) in [
        (
            "<input name=branch><input name=userId>",
            "branch=&userId=kim",
        ),
        ("<input name=email><input name=login>", "email=&login=kim"),
        (
            "<input name=a autocomplete='section-x username'><input name=user>",
            "a=kim&user=",
        ),
        (
            "<label for=b>Your e-mail or name</label><input name=a><input id=b name=b>",
            "a=&b=kim",
        ),
        ("<input name=a><input name=b>", "a=&b=kim"),
        ("<input type=email name=a>", "a=kim"),
        ("<input name=otp>", "otp="),
        ("<input name=user value=old>", "user=kim"),
        ("<input name=user value=old readonly>", "user=old"),
    ] {
        check(
            &format!("{lines}{password}"),
            login(),
            &format!("{expected}&p=⟦secret:password#a91f⟧"),
        );
    }
    check("<input name=customer>", login(), "customer=kim");
    check("<input name=a><input name=b>", login(), "a=&b=");
}

#[test]
fn other_fields_are_found_by_name_and_by_label() {
    let login = json!({"fields": {"branch": 7, "One-time code": "123456", "Country": "Ireland", "kind": "Personal", "terms": true}});
    check(
        "<input name=branch required><label>One-time  code: * <input name=c required></label>\
             <label>Country <select name=l><option value=gb>UK<option value=ie>Ireland</select></label>\
             <label><input type=radio name=kind value=b checked>Business</label>\
             <label><input type=radio name=kind value=p>Personal</label>\
             <input type=checkbox name=terms>",
        login,
        "branch=7&c=123456&l=ie&kind=p&terms=on",
    );
}

#[test]
fn what_is_required_and_unknown_is_named() {
    refuse(
        "<label>Branch <input name=b1 required></label>",
        json!({}),
        "asks for `b1` (Branch), for which the login has no entry",
    );
    refuse(
        "<input type=password name=p>",
        json!({"username": "kim"}),
        "asks for `p`, for which the login has no entry",
    );
    refuse(
        "<select name=s required><option value=''>Choose<option>a</select>",
        json!({}),
        "asks for `s`, for which the login has no entry",
    );
    refuse(
        "<input type=radio name=r value=1 required><input type=radio name=r value=2>",
        json!({}),
        "asks for `r`, for which the login has no entry",
    );
    refuse(
        "<select name=s><option>a<option>b</select>",
        json!({"fields": {"s": "c"}}),
        "offers `a` and `b` for `s`, not `c`",
    );
    check(
        "<input name=a><input name=b><textarea name=t>\nx</textarea>",
        json!({}),
        "a=&b=&t=x",
    );
    check("<input name=a required value=v>", json!({}), "a=v");
}

#[test]
fn the_pages_own_choices_stand() {
    check(
        "<select name=a><option value=1>x<option value=2 selected>y</select>\
             <select name=b><option>x<option>y</select>\
             <select name=c multiple><option>x<option selected>y<option selected>z</select>\
             <input type=checkbox name=d value=1><input type=checkbox name=e value=1 checked>\
             <input type=checkbox name=f value=1 required>\
             <input type=radio name=g value=1><input type=radio name=h value=1 checked>",
        json!({}),
        "a=2&b=x&c=y&c=z&e=1&f=1&h=1",
    );
}

#[test]
fn who_leaves_owes_nothing() {
    let inside = "<input name=user required><input type=password name=p>\
                      <input type=checkbox name=terms required><button name=d value=cancel>Cancel</button>";
    assert_eq!(
        fill(inside, json!({}), true).as_deref(),
        Ok("user=&p=&d=cancel")
    );
    assert!(fill(inside, json!({}), false).is_err());
}

#[test]
fn fields_are_found_by_words_of_their_label_if_only_one_fits() {
    let login = json!({"fields": {"Memorable word": "otter", "Town": "Ely"}});
    check(
        "<label>Enter your memorable word, please <input name=m required></label><label>Town of birth <input name=t></label>",
        login.clone(),
        "m=otter&t=Ely",
    );
    refuse(
        "<label>Your memorable word or town <input name=m required></label>",
        login,
        "asks for `m` (Your memorable word or town), for which the login has no entry",
    );
}

#[test]
fn a_password_is_not_entered_as_a_one_time_code() {
    for field in [
        "<input type=password name=otp>",
        "<input type=password name=p autocomplete=one-time-code>",
        "<label>Code from the SMS <input type=password name=p></label>",
    ] {
        assert!(fill(field, login(), false).is_err(), "{field}");
    }
    check(
        "<label>PIN <input type=password name=p></label>",
        login(),
        "p=⟦secret:password#a91f⟧",
    );
}

#[test]
fn a_one_time_code_stands_where_its_secret_is_asked_for() {
    let seed = "⟦secret:one-time-secret#51ed⟧";
    let login = json!({"fields": {"Code": {"totp": seed}}});
    for (inside, asked) in [
        ("<label>Code: <input name=c required></label>", true),
        ("<input name=c autocomplete=one-time-code>", true),
        ("<label>Code <input name=c value=1 readonly></label>", false),
        ("<input name=c>", false),
    ] {
        let form = form(inside);
        let mut customer = Customer::of(Some(&login));
        let secrets = customer.secrets(&form);
        assert_eq!(secrets.len(), usize::from(asked), "{inside}");
        for secret in secrets {
            assert_eq!(secret, seed);
            customer.take_code(secret, "⟦secret:one-time-code#c0de⟧".to_owned());
        }
        let filling = FormFilling {
            customer: &customer,
            button: None,
            leaving: false,
            chosen: None,
            step: None,
        };
        let filled = filling.fill(&form).expect("nothing else is asked for");
        assert_eq!(filled[0].1.contains("#c0de"), asked, "{inside}");
    }
}

#[test]
fn the_button_is_sent_where_it_stands_and_an_image_by_its_place() {
    check(
        "<input type=hidden name=a><button name=b value=1></button><input type=hidden name=c>",
        login(),
        "a=&b=1&c=",
    );
    check(
        "<input type=image name=go value=x><input type=hidden name=c>",
        login(),
        "go.x=0&go.y=0&c=",
    );
    check("<input type=image>", login(), "x=0&y=0");
}

#[test]
fn a_line_of_a_list_that_cannot_be_chosen_is_not_sent() {
    let list = |first: &str| {
        format!("<select name=s{first}<option disabled selected value=''>Choose<option>a</select>")
    };
    check(&list(">"), login(), "");
    refuse(
        &list(" required>"),
        login(),
        "asks for `s`, for which the login has no entry",
    );
    check(
        "<select name=s><option disabled>a<option>b</select>",
        login(),
        "s=b",
    );
}

#[test]
fn the_direction_of_a_text_is_sent_where_it_is_asked_for() {
    check(
        "<input name=user dirname=user.dir>",
        login(),
        "user=kim&user.dir=ltr",
    );
}

#[test]
fn an_entry_that_is_too_long_for_its_field_is_told() {
    check("<input name=user maxlength=3>", login(), "user=kim");
    refuse(
        "<input name=user maxlength=2>",
        login(),
        "takes at most 2 characters for `user`, and the login has more",
    );
    check(
        "<input type=password name=p maxlength=2>",
        login(),
        "p=⟦secret:password#a91f⟧",
    );
}
