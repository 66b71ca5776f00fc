//! Reads `rulings`: settings of the emulated service, where Sage's sources are silent or disagree.
//!
//! Which settings there are and what they accept is left to the emulator's table.

use std::collections::BTreeMap;

use banking_service_emulator::{Rulings, Setting, SettingType, SettingValue};
use plan_language::source::{Fields, Finding, Kind, Node};

use crate::environment::read::word::{bounded_time, unknown};

/// The setting that an environment chooses in `agreed` instead, because plans and provider know it, too.
const AGREED: &str = "batch_limit";

/// Reads `rulings`; a setting that is missing has its default.
pub(super) fn read(
    node: &Node,
    findings: &mut Vec<Finding>,
) -> BTreeMap<&'static str, SettingValue> {
    let mut chosen = BTreeMap::new();
    let Some(mut fields) = Fields::of(node, "`rulings`", findings) else {
        return chosen;
    };
    if let Some((key, _)) = fields.entry(AGREED) {
        let message = format!("`{AGREED}` is agreed on with a provider");
        let hint = format!(
            "write `agreed: {{ {AGREED}: … }}` beside `service`; plans and the provider use it, too"
        );
        let finding = Finding::new(&key.span, message).with_hint(hint);
        fields.findings().push(finding);
    }
    for setting in Rulings::SETTINGS {
        let Some(node) = fields.take(setting.name) else {
            continue;
        };
        if let Some(value) = read_value(setting, node, fields.findings()) {
            chosen.insert(setting.name, value);
        }
    }
    fields.end();
    chosen
}

/// Reads the value of a setting; a value that the setting does not accept is a finding.
fn read_value(setting: &Setting, node: &Node, findings: &mut Vec<Finding>) -> Option<SettingValue> {
    let value = match setting.takes {
        SettingType::Duration { most } => {
            return bounded_time(node, most, findings).map(SettingValue::Duration);
        }
        SettingType::Word(words) => return read_word(setting, words, node, findings),
        SettingType::Strings(names) => return read_strings(setting, names, node, findings),
        SettingType::Bool => match node.kind {
            Kind::Bool(flag) => Some(SettingValue::Bool(flag)),
            _ => None,
        },
        SettingType::Number { .. } => number(node).map(SettingValue::Number),
        SettingType::Status { .. } => status(node),
        SettingType::RefusalOr(word) if node.as_text() == Some(word) => {
            Some(SettingValue::Word(word))
        }
        SettingType::RefusalOr(_) => status(node),
        SettingType::String => node
            .as_text()
            .map(|text| SettingValue::String(text.to_owned())),
    };
    let accepted = value.filter(|value| setting.takes.accepts(value));
    if accepted.is_none() {
        let message = format!("`{}` must be {}", setting.name, setting.takes);
        findings.push(Finding::new(&node.span, message).with_hint(hint(setting)));
    }
    accepted
}

fn number(node: &Node) -> Option<u32> {
    match &node.kind {
        Kind::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        _ => None,
    }
}

fn status(node: &Node) -> Option<SettingValue> {
    number(node)
        .and_then(|number| u16::try_from(number).ok())
        .map(SettingValue::Status)
}

fn read_word(
    setting: &Setting,
    words: &'static [&'static str],
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<SettingValue> {
    let text = node.as_text().unwrap_or_default();
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Some(SettingValue::Word(word));
    }
    let message = format!("`{}` must be {}", setting.name, setting.takes);
    let finding = Finding::new(&node.span, message);
    findings.push(unknown(finding, text, words.iter().copied(), "words"));
    None
}

fn read_strings(
    setting: &Setting,
    names: &'static [&'static str],
    node: &Node,
    findings: &mut Vec<Finding>,
) -> Option<SettingValue> {
    let what = format!("`{}`", setting.name);
    let mut fields = Fields::of(node, &what, findings)?;
    let mut strings = BTreeMap::new();
    for name in names {
        if let Some((text, _)) = fields.text(name) {
            strings.insert(*name, text.to_owned());
        }
    }
    fields.end();
    Some(SettingValue::Strings(strings))
}

/// Says which ruling a setting belongs to, what it decides, and its default.
fn hint(setting: &Setting) -> String {
    let default = setting
        .default_value()
        .map(|value| format!("; the default is `{value}`"))
        .unwrap_or_default();
    format!("ruling {}: {}{default}", setting.ruling, setting.about)
}
