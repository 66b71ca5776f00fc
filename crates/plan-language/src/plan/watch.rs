//! Reads what is watched for: `receive`, `never` and `judge`, with their windows, counts and gaps.

use crate::plan::expect::{Side, read_captures, read_expect};
use crate::plan::model::{
    Capture, Count, End, Expect, Gap, Judge, Least, Mention, Never, Query, Receive, Sentinel, Wait,
};
use crate::plan::phrase::{address, as_mention, duration, mention, method_and_path, wait};
use crate::source::{Fields, Finding, Kind, Node, Span};
use crate::value::Matcher;

/// The count of a `receive` that states none.
const ONCE_AT_LEAST: Count = Count {
    least: 1,
    most: None,
};

/// Reads which messages are meant; `verb` is the field that holds method and path.
pub(super) fn query(fields: &mut Fields<'_, '_>, verb: &'static str) -> Option<Query> {
    let target = fields.require_text(verb);
    let at = match fields.require_text("at") {
        Some((word, span)) => address(word, span, fields.findings()),
        None => None,
    };
    let select = match fields.take("where") {
        Some(node) => read_expect(node, "`where`", Side::Request, fields.findings()),
        None => Expect::default(),
    };
    let (text, span) = target?;
    let (method, path) = method_and_path(text, span, fields.findings());
    Some(Query {
        method,
        path,
        at: at?,
        select,
    })
}

/// Reads the fields of a `receive`.
pub(super) fn receive(fields: &mut Fields<'_, '_>) -> Option<Receive> {
    let query = query(fields, "receive");
    let within = fields.entry("within");
    let until = mention(fields, "until");
    let since = mention(fields, "since");
    let (expect, response) = judged(fields);
    let count = fields
        .take("count")
        .map(|node| (count(node, fields.findings()), node));
    let gap = fields
        .take("gap")
        .and_then(|node| gap(node, fields.findings()));
    let capture = captures(fields);
    let closed = until.is_some();
    let end = match (within, until) {
        (Some((_, node)), None) => wait(node, fields.findings()).map(End::Within),
        (None, Some(label)) => {
            refuse_empty_window(since.as_ref(), &label, fields.findings());
            Some(End::Until(label))
        }
        (None, None) => {
            // A bound is always there; the one for notifications is the shortest that fits all.
            let usual = Wait::Named("notification".to_owned(), fields.span().clone());
            Some(End::Within(usual))
        }
        (Some((key, _)), Some(_)) => {
            fields.complain(
                &key.span,
                "a window ends `within` a time or `until` a label, not both",
            );
            None
        }
    };
    if let Some((count, node)) = &count {
        if count.most.is_some() && !closed {
            fields.findings().push(
                Finding::new(&node.span, "an exact or upper count needs a closed window")
                    .with_hint("`until:` the label of a step above that comes after all of them"),
            );
        }
        if let (0, Some(capture)) = (count.least, capture.first()) {
            fields.findings().push(
                Finding::new(
                    &capture.span,
                    format!("`{}` is not bound if no message comes", capture.name),
                )
                .with_note(&node.span, "none at all is enough"),
            );
        }
    }
    Some(Receive {
        query: query?,
        end: end?,
        since,
        expect,
        response,
        count: count.map_or(ONCE_AT_LEAST, |(count, _)| count),
        gap,
        capture,
    })
}

/// Complains about a window that ends where it begins, or before.
fn refuse_empty_window(since: Option<&Mention>, until: &Mention, findings: &mut Vec<Finding>) {
    let Some(since) = since.filter(|since| since.label == until.label) else {
        return;
    };
    if since.response || !until.response {
        findings.push(
            Finding::new(&until.span, "this window ends where it begins")
                .with_note(&since.span, "it begins here")
                .with_hint(format!(
                    "end it at a later label, or at `{}.response`",
                    until.label
                )),
        );
    }
}

/// Reads what the caller, and the one who was called, are held to.
fn judged(fields: &mut Fields<'_, '_>) -> (Expect, Option<Expect>) {
    let expect = match fields.take("expect") {
        Some(node) => read_expect(node, "`expect`", Side::Request, fields.findings()),
        None => Expect::default(),
    };
    let response = fields
        .take("response")
        .map(|node| read_expect(node, "`response`", Side::Answer, fields.findings()));
    (expect, response)
}

fn captures(fields: &mut Fields<'_, '_>) -> Vec<Capture> {
    match fields.take("capture") {
        Some(node) => read_captures(node, Side::Request, fields.findings()),
        None => Vec::new(),
    }
}

fn count(node: &Node, findings: &mut Vec<Finding>) -> Count {
    if let Kind::Number(number) = &node.kind {
        findings.push(
            Finding::new(&node.span, "`count` is a map, and this is a number").with_hint(format!(
                "`count: {{ exactly: {number} }}`, or `{{ at_least: {number} }}`"
            )),
        );
        return ONCE_AT_LEAST;
    }
    let Some(mut fields) = Fields::of(node, "`count`", findings) else {
        return ONCE_AT_LEAST;
    };
    let before = fields.findings().len();
    let exactly = fields.count("exactly");
    let least = fields.count("at_least");
    let most = fields.count("at_most");
    let read = match (exactly, least, most) {
        (Some(number), None, None) => Some(Count {
            least: number,
            most: Some(number),
        }),
        (None, least, most) if least.is_some() || most.is_some() => Some(Count {
            least: least.unwrap_or(0),
            most,
        }),
        _ => None,
    };
    let span = fields.span().clone();
    let wrong = match read {
        None if fields.findings().len() > before => None,
        None => Some(Finding::new(
            &span,
            "`count` is `exactly`, or `at_least` and `at_most`",
        )),
        Some(Count { most: Some(0), .. }) => Some(
            Finding::new(&span, "no message at all is demanded with `never`")
                .with_hint("`never` states its sentinel"),
        ),
        Some(Count {
            least: 0,
            most: None,
        }) => Some(
            Finding::new(&span, "this count demands nothing")
                .with_hint("`at_least: 1`, or `at_most` with an `until:`"),
        ),
        Some(Count {
            least,
            most: Some(most),
        }) if least > most => Some(Finding::new(
            &span,
            format!("no count is at least {least} and at most {most}"),
        )),
        Some(_) => None,
    };
    fields.findings().extend(wrong);
    fields.end();
    read.unwrap_or(ONCE_AT_LEAST)
}

fn gap(node: &Node, findings: &mut Vec<Finding>) -> Option<Gap> {
    let mut fields = Fields::of(node, "`gap`", findings)?;
    let before = fields.findings().len();
    let after = mention(&mut fields, "after");
    let least = fields
        .take("at_least")
        .and_then(|node| least(node, fields.findings()));
    let most = fields
        .take("at_most")
        .and_then(|node| duration(node, fields.findings()));
    let span = fields.span().clone();
    let incomplete = after.is_none() || (least.is_none() && most.is_none());
    if incomplete && fields.findings().len() == before {
        fields.complain(&span, "`gap` needs `after` and `at_least` or `at_most`");
    }
    if let (Some(Least::Time(least)), Some(most)) = (least, most)
        && least > most
    {
        fields.complain(&span, "this gap is at least more than it is at most");
    }
    fields.end();
    Some(Gap {
        after: after?,
        least,
        most,
    })
}

/// Reads how long a gap is at least: a time, or what a number of requests owe the agreed rate.
fn least(node: &Node, findings: &mut Vec<Finding>) -> Option<Least> {
    if !matches!(node.kind, Kind::Map(_)) {
        return duration(node, findings).map(Least::Time);
    }
    let mut fields = Fields::of(node, "`at_least`", findings)?;
    let requests = fields.count("requests");
    let span = fields.span().clone();
    if requests.is_none_or(|one| one == 0) {
        fields.complain(
            &span,
            "`at_least` is a time, or `{ requests: N }` with N of 1 or more",
        );
    }
    fields.end();
    requests.filter(|one| *one > 0).map(Least::Requests)
}

/// Reads the fields of a `never`.
pub(super) fn never(fields: &mut Fields<'_, '_>) -> Option<Never> {
    let query = query(fields, "never");
    let since = mention(fields, "since");
    let until = mention(fields, "until");
    let quiet = fields.entry("for");
    let sentinel = match (until, quiet) {
        (Some(label), None) => {
            refuse_empty_window(since.as_ref(), &label, fields.findings());
            Some(Sentinel::Until(label))
        }
        (None, Some((_, node))) => wait(node, fields.findings()).map(Sentinel::For),
        (Some(_), Some((key, _))) => {
            fields.complain(
                &key.span,
                "a silence ends `until` a label or `for` a time, not both",
            );
            None
        }
        (None, None) => {
            let span = fields.span().clone();
            fields
                .findings()
                .push(Finding::new(&span, "a `never` needs a sentinel").with_hint(
                    "`until:` the label of a step above that would come after what must not come",
                ));
            None
        }
    };
    Some(Never {
        query: query?,
        since,
        sentinel: sentinel?,
    })
}

/// Reads the fields of a `judge`.
pub(super) fn judge(fields: &mut Fields<'_, '_>) -> Option<Judge> {
    let on: Option<(&str, &Span)> = fields.require_text("judge");
    let (expect, response) = judged(fields);
    let first_page = fields
        .take("first_page")
        .map(|node| read_expect(node, "`first_page`", Side::Answer, fields.findings()));
    let returned_to = fields.take("returned_to").map(|node| {
        let matcher = Matcher::compile(node, fields.findings());
        (matcher, node.span.clone())
    });
    let capture = captures(fields);
    let of_visit = first_page.is_some() || returned_to.is_some();
    if expect.span.is_none() && response.is_none() && !of_visit {
        let span = fields.span().clone();
        fields.complain(
            &span,
            "a `judge` needs `expect` or `response`; of a visit also `first_page` or `returned_to`",
        );
    }
    let (text, span) = on?;
    Some(Judge {
        on: as_mention(text, span, fields.findings()),
        expect,
        response,
        first_page,
        returned_to,
        capture,
    })
}
