//! `rulings`: what the emulated service is to do where the sources are silent.

use std::collections::BTreeMap;

use crate::environment::read::word::{bounded_time, unknown};
use crate::environment::{Chosen, SETTINGS, Setting, Takes};
use plan_language::source::{Fields, Finding, Kind, Node};

/// Reads `rulings`; what is not named is as usual.
pub(super) fn read(node: &Node, findings: &mut Vec<Finding>) -> BTreeMap<&'static str, Chosen> {
    let mut chosen = BTreeMap::new();
    let Some(mut fields) = Fields::of(node, "`rulings`", findings) else {
        return chosen;
    };
    if let Some((key, _)) = fields.entry("batch_limit") {
        let finding = Finding::new(&key.span, "`batch_limit` is agreed on with a provider");
        let hint =
            "`agreed: { batch_limit: … }`, beside `service`; provider and plans go by it too";
        fields.findings().push(finding.with_hint(hint));
    }
    for setting in SETTINGS {
        let Some(node) = fields.take(setting.name) else {
            continue;
        };
        if let Some(value) = choose(setting, node, fields.findings()) {
            chosen.insert(setting.name, value);
        }
    }
    fields.end();
    chosen
}

/// Reads what is chosen for a setting; a value that it does not take is a finding.
fn choose(setting: &Setting, node: &Node, findings: &mut Vec<Finding>) -> Option<Chosen> {
    let name = setting.name;
    let number = match &node.kind {
        Kind::Number(number) => number.as_u64(),
        _ => None,
    };
    let within = |least: u64, most: u64| number.filter(|one| (least..=most).contains(one));
    let read = match setting.takes {
        Takes::Flag => match node.kind {
            Kind::Bool(flag) => Ok(Chosen::Flag(flag)),
            _ => Err(format!("`{name}` is true or false")),
        },
        Takes::Count(least, most) => within(least.into(), most.into())
            .and_then(|one| u32::try_from(one).ok())
            .map(Chosen::Count)
            .ok_or_else(|| format!("`{name}` is a whole number from {least} to {most}")),
        Takes::Status(least, most) => status(within(least.into(), most.into()))
            .ok_or_else(|| format!("`{name}` is a status from {least} to {most}")),
        Takes::RefusalOr(word) if node.as_text() == Some(word) => Ok(Chosen::Word(word)),
        Takes::RefusalOr(word) => status(within(400, 599))
            .ok_or_else(|| format!("`{name}` is a status from 400 to 599, or `{word}`")),
        Takes::Time(most) => return bounded_time(node, most, findings).map(Chosen::Time),
        Takes::Word(words) => return word(name, words, node, findings),
        Takes::Text => match node.as_text() {
            Some(text) if !text.trim().is_empty() => Ok(Chosen::Text(text.to_owned())),
            _ => Err(format!("`{name}` is a text that is not empty")),
        },
        Takes::Texts(names) => return texts(setting, names, node, findings),
    };
    match read {
        Ok(chosen) => Some(chosen),
        Err(message) => {
            let finding = Finding::new(&node.span, message);
            findings.push(finding.with_hint(hint(setting)));
            None
        }
    }
}

fn status(number: Option<u64>) -> Option<Chosen> {
    number
        .and_then(|one| u16::try_from(one).ok())
        .map(Chosen::Status)
}

fn word(
    name: &str,
    words: &'static [&'static str],
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<Chosen> {
    let text = node.as_text().unwrap_or_default();
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Some(Chosen::Word(word));
    }
    let list: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    let finding = Finding::new(&node.span, format!("`{name}` is {}", list.join(" or ")));
    let words = words.iter().copied();
    findings.push(unknown(finding, text, words, "words"));
    None
}

fn texts(
    setting: &Setting,
    names: &'static [&'static str],
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<Chosen> {
    let what = format!("`{}`", setting.name);
    let mut fields = Fields::of(node, &what, findings)?;
    let mut read = BTreeMap::new();
    for name in names {
        if let Some((text, _)) = fields.text(name) {
            read.insert(*name, text.to_owned());
        }
    }
    fields.end();
    Some(Chosen::Texts(read))
}

/// What a setting is about, for who chose what it does not take.
fn hint(setting: &Setting) -> String {
    format!("ruling {}: {}", setting.ruling, setting.about)
}
