//! Completes a JUnit draft with what the `junit-report` crate cannot write: properties, `skipped`
//! counts, totals, wall times, moments of cases, and lines.
//!
//! Works on the stream of XML events, in step with the sheet from which the draft was made.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::report::junit::sheet::{Property, Sheet, SheetCase, SheetSuite, attribute};

/// Attributes of the draft that are not true: it names no real host, and its times are sums.
const UNTRUE: [&[u8]; 3] = [b"hostname", b"time", b"timestamp"];

/// Rewrites a draft of `sheet`, indented.
///
/// # Errors
/// [`quick_xml::Error`] when the draft is not well-formed XML.
pub(super) fn complete(draft: &[u8], sheet: &Sheet) -> Result<Vec<u8>, quick_xml::Error> {
    let mut reader = Reader::from_reader(draft);
    // An empty element may get children here.
    reader.config_mut().expand_empty_elements = true;
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let mut suites = sheet.suites.iter();
    let mut cases = [].iter();
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(tag) => match tag.name().as_ref() {
                b"testsuites" => writer.write_event(Event::Start(root(sheet)))?,
                b"testsuite" => {
                    if let Some(one) = suites.next() {
                        cases = one.cases.iter();
                        writer.write_event(Event::Start(suite(&tag, one)?))?;
                        properties(&mut writer, &one.properties)?;
                    }
                }
                b"testcase" => {
                    if let Some(one) = cases.next() {
                        writer.write_event(Event::Start(case(&tag, one)?))?;
                        properties(&mut writer, &one.properties)?;
                    }
                }
                _ => writer.write_event(Event::Start(tag))?,
            },
            event => writer.write_event(event)?,
        }
    }
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn root(sheet: &Sheet) -> BytesStart<'static> {
    let totals = sheet.totals();
    let mut tag = BytesStart::new("testsuites");
    tag.push_attribute(("name", attribute(&sheet.name).as_str()));
    tag.push_attribute(("tests", totals.tests.to_string().as_str()));
    tag.push_attribute(("failures", totals.failures.to_string().as_str()));
    tag.push_attribute(("errors", totals.errors.to_string().as_str()));
    tag.push_attribute(("skipped", totals.skipped.to_string().as_str()));
    moments(&mut tag, sheet.began, sheet.wall);
    tag
}

fn suite(
    draft: &BytesStart<'_>,
    suite: &SheetSuite,
) -> Result<BytesStart<'static>, quick_xml::Error> {
    let mut tag = kept(draft, "testsuite")?;
    tag.push_attribute(("skipped", suite.totals().skipped.to_string().as_str()));
    moments(&mut tag, suite.began, suite.wall);
    Ok(tag)
}

fn case(draft: &BytesStart<'_>, case: &SheetCase) -> Result<BytesStart<'static>, quick_xml::Error> {
    let mut tag = kept(draft, "testcase")?;
    tag.push_attribute(("line", case.line.to_string().as_str()));
    moments(&mut tag, case.began, case.took);
    Ok(tag)
}

/// Copies the attributes of a draft that are true.
fn kept(
    draft: &BytesStart<'_>,
    name: &'static str,
) -> Result<BytesStart<'static>, quick_xml::Error> {
    let mut tag = BytesStart::new(name);
    for one in draft.attributes() {
        let one = one?;
        if !UNTRUE.contains(&one.key.as_ref()) {
            tag.push_attribute(one);
        }
    }
    Ok(tag)
}

fn moments(tag: &mut BytesStart<'_>, began: Option<OffsetDateTime>, took: Duration) {
    // A moment beyond the years that RFC 3339 knows is left out like one that is unknown.
    if let Some(text) = began.and_then(|moment| moment.format(&Rfc3339).ok()) {
        tag.push_attribute(("timestamp", text.as_str()));
    }
    let time = format!("{}.{:06}", took.whole_seconds(), took.subsec_microseconds());
    tag.push_attribute(("time", time.as_str()));
}

fn properties(writer: &mut Writer<Vec<u8>>, list: &[Property]) -> Result<(), quick_xml::Error> {
    if list.is_empty() {
        return Ok(());
    }
    writer
        .create_element("properties")
        .write_inner_content(|writer| {
            for one in list {
                writer
                    .create_element("property")
                    .with_attribute(("name", attribute(&one.name).as_str()))
                    .with_attribute(("value", attribute(&one.value).as_str()))
                    .write_empty()?;
            }
            Ok(())
        })?;
    Ok(())
}
