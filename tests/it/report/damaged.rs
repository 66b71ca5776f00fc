//! Damaged and edited runs: an error that says what is wrong, or a report that is none better; never a crash.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use feedproof::journal::{Event, Journal, read};
use feedproof::judge::{RunVerdict, Verdict};
use feedproof::record::Record;
use feedproof::runner::judge_again;
use feedproof::{report, shipped};
use plan_language::plan::Library;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{bytes, err, feedproof, path};

/// Number of mutants of the sample's journal.
const MUTANTS: u64 = 300;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample")
}

fn shipped_library() -> Library {
    Library::read(&shipped::documents()).expect("the shipped plans are valid")
}

/// A generator of numbers that follow from a seed (splitmix64).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// The ways in which a journal is damaged.
const WAYS: [&str; 11] = [
    "lines are missing",
    "a line is repeated",
    "two lines are swapped",
    "a line is cut",
    "the file is cut",
    "the beginning is missing",
    "a bit is flipped",
    "a digit is changed",
    "a text is put in",
    "a line is emptied",
    "a line of another place is put in",
];

/// Damages a journal in one of the [`WAYS`].
fn damaged(journal: &[u8], way: &str, seeded: &mut Seeded) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = journal
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let (one, other) = (seeded.below(lines.len()), seeded.below(lines.len()));
    let at = seeded.below(lines[one].len());
    match way {
        "lines are missing" => {
            drop(lines.drain(one.min(other)..=one.max(other).min(one.min(other) + 3)))
        }
        "a line is repeated" => lines.insert(one, lines[one].clone()),
        "two lines are swapped" => lines.swap(one, other),
        "a line is cut" => {
            let end = lines[one].len() - 1;
            lines[one].drain(at..end);
        }
        "the file is cut" => {
            lines.truncate(one + 1);
            lines[one].truncate(at);
        }
        "the beginning is missing" => drop(lines.drain(..=one)),
        "a bit is flipped" => lines[one][at] ^= 1 << seeded.below(8),
        "a digit is changed" => {
            let digits: Vec<_> = (0..lines[one].len())
                .filter(|place| lines[one][*place].is_ascii_digit())
                .collect();
            let place = digits[seeded.below(digits.len())];
            lines[one][place] = b'0' + (lines[one][place] - b'0' + 1 + seeded.below(9) as u8) % 10;
        }
        "a text is put in" => {
            let texts = [
                "0",
                "\"",
                "}",
                "\\u0000",
                "\u{1b}[2J",
                "\n",
                ",\"failed\":\"x\"",
            ];
            let text = texts[seeded.below(texts.len())].bytes();
            lines[one].splice(at..at, text);
        }
        "a line is emptied" => lines[one] = b"\n".to_vec(),
        "a line of another place is put in" => lines[one] = lines[other].clone(),
        way => panic!("{way:?} is not known"),
    }
    lines.concat()
}

/// Judges events as those of a run that was killed.
fn judged(library: &Library, events: Vec<Arc<Event>>) -> Record {
    let journal = Journal::recorded(events);
    let header = journal.header().expect("it begins with the header");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let outcomes = runtime
        .expect("it starts")
        .block_on(judge_again(library, &journal));
    Record::of(library, &journal, header, outcomes)
}

/// Lists what is better in a record than in another one.
fn better(record: &Record, than: &Record) -> Vec<String> {
    let passed = |record: &Record| -> Vec<String> {
        let cases = record.cases.iter();
        let passed = cases.filter(|case| case.verdict == Verdict::Passed);
        passed.map(|case| case.case.to_string()).collect()
    };
    let mut better = passed(record);
    let known = passed(than);
    better.retain(|case| !known.contains(case));
    let is_good = |record: &Record| {
        matches!(
            record.verdict,
            RunVerdict::RehearsalPassed | RunVerdict::Conformant
        )
    };
    if is_good(record) && !is_good(than) {
        better.push(report::answer(record).word.to_string());
    }
    better
}

#[test]
fn a_damaged_journal_is_refused_or_gives_no_better_verdict() {
    let library = shipped_library();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("journal.jsonl");
    let journal = bytes(&sample(), "journal.jsonl");
    std::fs::write(&file, &journal).expect("written");
    let whole = judged(&library, read(&file).expect("the sample is intact").events);
    let (mut refused, mut same) = (0, 0);
    for seed in 0..MUTANTS {
        let way = WAYS[(seed % WAYS.len() as u64) as usize];
        let mutant = damaged(&journal, way, &mut Seeded(seed));
        if mutant == journal {
            same += 1;
            continue;
        }
        std::fs::write(&file, &mutant).expect("written");
        match read(&file) {
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(text.starts_with(path(&file)), "{seed}, {way}: {text}");
            }
            Ok(recorded) => {
                let kept = recorded.events.len() < whole.events.len();
                assert!(kept, "{seed}, {way}: {} events", recorded.events.len());
                let better = better(&judged(&library, recorded.events), &whole);
                assert!(better.is_empty(), "{seed}, {way}: {better:?}");
            }
        }
    }
    // Only a cut at the end looks like a run that was killed.
    let cut = MUTANTS.div_ceil(WAYS.len() as u64);
    assert!(
        refused >= MUTANTS - 2 * cut && same < 5,
        "{refused} refused, {same} the same"
    );
}

/// Copies files of the sample into a folder of their own.
fn copied(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in names {
        std::fs::copy(sample().join(name), folder.path().join(name)).expect("it is copied");
    }
    folder
}

#[test]
fn a_damaged_run_is_refused_with_the_line_and_with_what_can_still_be_shown() {
    for files in [&["journal.jsonl"][..], &["journal.jsonl", "record.json"]] {
        for (seed, way) in WAYS.iter().enumerate() {
            let folder = copied(files);
            let journal = bytes(folder.path(), "journal.jsonl");
            let mutant = damaged(&journal, way, &mut Seeded(seed as u64 + 1));
            std::fs::write(folder.path().join("journal.jsonl"), mutant).expect("written");
            let output = feedproof(&["report", path(folder.path())]);
            let said = err(&output);
            if *way == "the file is cut" && files.len() == 1 {
                // As a killed run, if the plans are still those of the sample.
                let drawn = output.status.success() && said.contains("is incomplete");
                assert!(
                    drawn || said.contains("differ from those of the run"),
                    "{said}"
                );
                continue;
            }
            assert_eq!(output.status.code(), Some(2), "{way}: {said}");
            assert!(said.contains("journal.jsonl"), "{way}: {said}");
            let shows = said.contains("hint: ") || said.contains("header of a run");
            assert!(shows, "{way}: {said}");
            assert!(!said.contains("feedproof itself failed"), "{way}: {said}");
            assert!(!folder.path().join("report.html").exists(), "{way}");
        }
    }
}

/// Lists the places of all values in a document, as JSON pointers.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(inner, format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

/// Replaces a value by an odd one of the same type.
fn edited(value: &mut Value, seeded: &mut Seeded) {
    let numbers = [
        json!(0),
        json!(u64::MAX),
        json!(u64::MAX / 2),
        json!(1_000_000),
        json!(1),
    ];
    let long = "x".repeat(5_000);
    let texts = [
        "",
        "\u{1b}[2J\u{202e}",
        "é😀\n::error::",
        "a/b/c",
        long.as_str(),
    ];
    match value {
        Value::Null => {}
        Value::Bool(is) => *is = !*is,
        Value::Number(_) => *value = numbers[seeded.below(numbers.len())].clone(),
        Value::String(text) => texts[seeded.below(texts.len())].clone_into(text),
        Value::Array(items) => match seeded.below(3) {
            0 => items.clear(),
            1 => items.reverse(),
            _ => items.extend(items.clone()),
        },
        Value::Object(fields) => {
            let names: Vec<_> = fields.keys().cloned().collect();
            if let Some(name) = names.get(seeded.below(names.len())) {
                fields.remove(name);
            }
        }
    }
}

/// Draws everything that is drawn from a record.
fn draw(record: &Record) {
    assert!(!report::render(record).is_empty());
    report::results(record, true, Some(80));
    report::github(record);
}

#[test]
fn an_edited_record_crashes_nothing() {
    let journal = Journal::of_file(read(&sample().join("journal.jsonl")).expect("intact"));
    let json = bytes(&sample(), "record.json");
    let whole: Value = serde_json::from_slice(&json).expect("JSON");
    let mut places = Vec::new();
    pointers(&whole, String::new(), &mut places);
    let (mut drawn, mut crashed) = (0, Vec::new());
    for seed in 0..EDITS {
        let seeded = &mut Seeded(seed);
        let mut record = whole.clone();
        let place = &places[seeded.below(places.len())];
        edited(record.pointer_mut(place).expect("it is there"), seeded);
        let json = serde_json::to_vec(&record).expect("it serialises");
        let drawing = catch_unwind(AssertUnwindSafe(|| {
            let record = Record::read(&json, &journal);
            record.map(|record| draw(&record)).is_ok()
        }));
        match drawing {
            Ok(is_drawn) => drawn += u64::from(is_drawn),
            Err(_) => crashed.push(format!("{seed}: {place}")),
        }
    }
    assert!(crashed.is_empty(), "{crashed:#?}");
    assert!(drawn > EDITS / 10, "{drawn} drawn");
}

#[test]
fn a_forged_journal_crashes_nothing() {
    let library = shipped_library();
    let events = read(&sample().join("journal.jsonl"))
        .expect("intact")
        .events;
    let (mut drawn, mut crashed) = (0, Vec::new());
    for seed in 0..EDITS {
        let seeded = &mut Seeded(seed);
        let mut forged = events.clone();
        let mut edits = Vec::new();
        for _ in 0..20 {
            let index = 1 + seeded.below(forged.len() - 1);
            let mut json = serde_json::to_value(&*forged[index]).expect("it serialises");
            let mut places = Vec::new();
            pointers(&json, String::new(), &mut places);
            let place = &places[seeded.below(places.len())];
            edited(json.pointer_mut(place).expect("it is there"), seeded);
            json["seq"] = json!(index + 1);
            if let Ok(event) = serde_json::from_value::<Event>(json) {
                edits.push(format!("{index}{place}"));
                forged[index] = Arc::new(event);
            }
        }
        let drawing = catch_unwind(AssertUnwindSafe(|| {
            let record = judged(&library, forged);
            draw(&record);
        }));
        match drawing {
            Ok(()) => drawn += 1,
            Err(_) => crashed.push(format!("{seed}: {edits:?}")),
        }
    }
    assert!(crashed.is_empty(), "{crashed:#?}");
    assert_eq!(drawn, EDITS);
}

/// Number of edited records, and of forged journals.
const EDITS: u64 = 40;
