//! Which forms a page has, and what they ask.

use super::*;
use crate::browser::page::PageReading;

fn read(html: &str) -> Vec<HtmlForm> {
    forms(&PageReading::of(html))
}

fn labels(html: &str) -> Vec<String> {
    let form = read(html).remove(0);
    form.fields.into_iter().map(|field| field.label).collect()
}

#[test]
fn labels_wrap_or_point_or_are_hinted() {
    assert_eq!(
        labels(
            "<label for=late>Pointed</label><form><label>Wrapped <b>around</b> <input name=a> it</label>\
             <input name=b id=late placeholder=Hint><input name=c placeholder=Hint><input name=d aria-label=Said title=t>\
             <input name=e><label for=nothing>Lost</label></form>"
        ),
        ["Wrapped around it", "Pointed", "Hint", "Said", ""]
    );
}

#[test]
fn a_label_does_not_swallow_what_its_field_holds() {
    assert_eq!(
        labels(
            "<form><label>Land<select name=a><option>UK</option><option>IE</select></label>\
             <label>Note<textarea name=b>inside</textarea></label><label>Left open <input name=c>\
             <label>Next <input name=d></form>"
        ),
        ["Land", "Note", "Left open", "Next"]
    );
}

#[test]
fn methods_and_actions_come_from_the_form_and_from_its_button() {
    let forms = read(
        "<form method=POST action=' /a '><button formaction=/b formmethod=get name=n value=v>T</button></form>\
         <form><input type=image alt=Go></form><form method=dialog><button>x</button></form>",
    );
    assert_eq!(forms.len(), 2);
    assert_eq!((forms[0].action.as_str(), forms[0].post), ("/a", true));
    let button = &forms[0].buttons[0];
    assert_eq!(
        (button.action.as_deref(), button.post),
        (Some("/b"), Some(false))
    );
    assert_eq!(button.title(), "T");
    assert_eq!((forms[1].action.as_str(), forms[1].post), ("", false));
    assert_eq!(forms[1].buttons[0].title(), "Go");
}

#[test]
fn only_what_would_be_sent_counts() {
    let form = read(
        "<form><input value=nameless><input name=off disabled><input name=kept><input type=reset name=r>\
         <input type=button name=b><button type=button>Toggle</button><button disabled>No</button>\
         <button aria-label=Send></button></form><input name=outside>",
    )
    .remove(0);
    let names: Vec<_> = form
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["kept"]);
    let titles: Vec<_> = form.buttons.iter().map(Button::title).collect();
    assert_eq!(titles, ["Send"]);
}

#[test]
fn controls_outside_belong_to_the_form_they_name() {
    let forms =
        read("<button form=f>Go</button><form id=f></form><form></form><input name=x form=''>");
    assert_eq!(forms[0].buttons.len(), 1);
    assert!(forms[1].buttons.is_empty() && forms[1].fields.is_empty());
}

#[test]
fn a_form_inside_a_form_does_not_count() {
    let forms =
        read("<form action=/a><form action=/b><input name=x></form><form action=/c></form>");
    let actions: Vec<_> = forms.iter().map(|form| form.action.as_str()).collect();
    assert_eq!(actions, ["/a", "/c"]);
    assert_eq!(forms[0].fields.len(), 1);
}

#[test]
fn the_last_control_within_the_bound_counts_and_the_next_does_not() {
    let html = |count: usize| format!("<form>{}</form>", "<input name=a>".repeat(count));
    assert_eq!(read(&html(200)).remove(0).fields.len(), 200);
    assert_eq!(read(&html(201)).remove(0).fields.len(), 200);
}

#[test]
fn search_boxes_are_told_by_role_or_name_and_never_post() {
    for (html, expected) in [
        ("<form><input name=q></form>", true),
        ("<form role=search><input name=x></form>", true),
        ("<form method=post><input name=q></form>", false),
        ("<form><input name=user></form>", false),
    ] {
        assert_eq!(read(html)[0].searches(), expected, "{html}");
    }
}

#[test]
fn options_send_their_value_or_their_text() {
    let form = read(
        "<form><select name=s><option value=1>One<option> Two  words <option disabled>No<option value=''></select></form>",
    )
    .remove(0);
    let FieldKind::Select { options, .. } = &form.fields[0].kind else {
        panic!("a list: {:?}", form.fields[0]);
    };
    let sent: Vec<_> = options.iter().map(SelectOption::sent).collect();
    assert_eq!(sent, ["1", "Two words", "No", ""]);
    assert!(options[2].disabled);
}

#[test]
fn what_a_group_disables_is_not_sent() {
    let form = read(
        "<form><fieldset disabled><legend><input name=kept></legend><legend><input name=second></legend>\
         <input name=off><fieldset><input name=inner></fieldset><button>Off</button></fieldset>\
         <input name=after><button>On</button>\
         <select name=s><optgroup disabled label=x><option>a</optgroup><option disabled selected>b<option>c</select></form>",
    )
    .remove(0);
    let names: Vec<_> = form
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["kept", "after", "s"]);
    let buttons: Vec<_> = form.buttons.iter().map(Button::title).collect();
    assert_eq!(buttons, ["On"]);
    let FieldKind::Select { options, .. } = &form.fields[2].kind else {
        panic!("a list: {:?}", form.fields[2]);
    };
    let disabled: Vec<_> = options.iter().map(|option| option.disabled).collect();
    assert_eq!(disabled, [true, true, false]);
}

#[test]
fn what_a_customer_does_not_see_is_not_pressed() {
    let forms = read(
        "<form hidden><button>A</button></form><dialog><form><button>B</button></form></dialog>\
         <dialog open><form><button>C</button></form></dialog>\
         <form><div style='display: none'><div></div><input name=d value=1><button>D</button></div><button>E</button></form>",
    );
    let hidden: Vec<_> = forms.iter().map(|form| form.hidden).collect();
    assert_eq!(hidden, [true, true, false, false]);
    let last = &forms[3];
    assert_eq!((last.fields[0].open, last.fields.len()), (false, 1));
    assert_eq!(last.buttons.len(), 1);
}

#[test]
fn a_form_says_how_it_is_written() {
    let form = read(
        "<form enctype=multipart/form-data accept-charset='latin1'><button formenctype=text/plain>x</button></form>",
    )
    .remove(0);
    assert_eq!(form.enctype, Enctype::Multipart);
    assert_eq!(form.charsets, "latin1");
    assert_eq!(form.buttons[0].enctype, Some(Enctype::Plain));
}
