//! `report.html`: the whole run as one page for a reviewer, with everything in one file.
//!
//! The page needs no network, opens from an archive, and reads without script: head, tables and
//! failure texts are plain HTML. A block of JSON contains each exchange once; a small script draws
//! the sequence diagram of a case when the case is opened. A policy in the page allows exactly the
//! style and the script below, by their digests, and nothing else, so that no text of others can run.
//! Words and numbers come from the modules that all formats share.

mod anchor;
mod conditions;
mod diagram;
mod exchanges;
mod head;
mod lifeline;
mod matrix;
mod plan;
mod requirements;
mod texts;
mod timeline;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::record::Record;
use crate::report::answer::{NOT_ISSUED_BY_SAGE, answer, watermark};
use crate::report::format::ReportFormat;
use plan_language::participant::Mode;

use crate::report::escape::{escape, inert};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// `report.html`.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl ReportFormat for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn file(&self) -> Option<&'static str> {
        Some("report.html")
    }

    fn about(&self) -> &'static str {
        "the whole run as one page for reviewers: cases, sequence diagrams, messages, traceability"
    }

    fn render(&self, record: &Record) -> Vec<u8> {
        html(record)
    }
}

/// Renders a record as one HTML file in UTF-8.
///
/// Its size is bounded: bodies and texts of others are cut, with both sizes stated.
pub fn html(record: &Record) -> Vec<u8> {
    let answer = answer(record);
    let notice = watermark(record.header.mode);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{} · feedproof</title>\n<style>{STYLE}</style></head>\n<body>\n",
        digest(STYLE),
        digest(SCRIPT),
        escape(&answer.word)
    );
    if notice.is_some() {
        let word = match record.header.mode {
            Mode::Rehearsal => "REHEARSAL",
            _ => "SERVICE",
        };
        let _ = writeln!(
            page,
            "<div class=\"watermark\" aria-hidden=\"true\">{word}</div>"
        );
    }
    page.push_str("<a class=\"skip\" href=\"#plan\">Skip to the cases</a>\n<main>\n");
    head::add(&mut page, record);
    plan::add(&mut page, record);
    requirements::add(&mut page, record);
    matrix::add(&mut page, record);
    timeline::add(&mut page, record);
    plan::add_rest(&mut page, record);
    page.push_str("</main>\n<footer><p>");
    page.push_str(&escape(&format!(
        "feedproof {}, {NOT_ISSUED_BY_SAGE}{}",
        record.header.version,
        match notice {
            Some(notice) => format!("; {notice}"),
            None => String::new(),
        }
    )));
    page.push_str("</p></footer>\n<script type=\"application/json\" id=\"exchanges\">");
    page.push_str(&inert(&exchanges::json(record)));
    page.push_str("</script>\n<script>");
    page.push_str(SCRIPT);
    page.push_str("</script>\n</body></html>\n");
    page.into_bytes()
}

/// Writes the digest of an inline block, as a policy names it.
pub(in crate::report) fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    format!("sha256-{}", STANDARD.encode(digest.as_ref()))
}

#[cfg(test)]
mod tests;
