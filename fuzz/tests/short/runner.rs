//! Runs one target on its seeds and on mutations of them, and keeps the input that breaks it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Once;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::mutation::mutated;
use crate::seeds::Seeds;

/// The seed of all targets, unless another one is chosen.
const SEED: u64 = 13;

/// How often a failing input is made simpler.
const SIMPLER_MAX: u32 = 400;

thread_local! {
    /// What the target on this thread panicked with; `None` while none is run.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A target that does not hold.
pub struct Broken(String);

impl fmt::Debug for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Checks a target on each of its seeds, and on so many mutations of them.
pub fn hold(target: &str, check: fn(&[u8]), tries: u32) -> Result<(), Broken> {
    let seeds = Seeds::of(target);
    for (path, bytes) in &seeds.files {
        if let Some(why) = broken(target, check, bytes) {
            return Err(Broken(format!("{target}: {}: {why}", path.display())));
        }
    }
    let seed = chosen("FEEDPROOF_FUZZ_SEED").unwrap_or(SEED);
    let tries = chosen("FEEDPROOF_FUZZ_TRIES").map_or(tries, |tries| tries as u32);
    let config = Config {
        cases: tries,
        failure_persistence: None,
        max_shrink_iters: SIMPLER_MAX,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, generator(target, seed));
    let (tried, found) = (Cell::new(0), Cell::new(None));
    let result = runner.run(&mutated(), |input| {
        tried.set(tried.get() + 1);
        match broken(target, check, &input.bytes(&seeds)) {
            None => Ok(()),
            Some(why) => {
                found.set(found.get().or(Some(tried.get())));
                Err(TestCaseError::fail(why))
            }
        }
    });
    match result {
        Ok(()) => Ok(()),
        Err(TestError::Fail(why, input)) => {
            let bytes = input.bytes(&seeds);
            let number = found.get().unwrap_or_default();
            let path = keep(target, &bytes);
            Err(Broken(format!(
                "{target}: seed {seed}, try {number} of {tries}: {why}\nthe input, made simpler, is in {} ({} bytes)\nonce it holds, keep the file in fuzz/regressions/{target}",
                path.display(),
                bytes.len()
            )))
        }
        Err(TestError::Abort(why)) => Err(Broken(format!("{target}: {why}"))),
    }
}

/// Returns the number in a variable.
fn chosen(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}

/// Returns the random numbers of a target.
fn generator(target: &str, seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    for (byte, letter) in bytes
        .iter_mut()
        .zip(seed.to_be_bytes().iter().chain(target.as_bytes()))
    {
        *byte = *letter;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Runs the target on an input; returns what it panicked with.
fn broken(target: &str, check: fn(&[u8]), input: &[u8]) -> Option<String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let noted = PANICKED.with_borrow_mut(|panicked| {
                let noted = panicked.as_mut().map(|text| *text = info.to_string());
                noted.is_some()
            });
            if !noted {
                usual(info);
            }
        }));
    });
    // A target that ends the process, or never ends, leaves its input behind.
    fs::write(last_input(target), input).expect("the folder for temporary files can be written");
    PANICKED.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(|| check(input)));
    let why = PANICKED.take();
    result.err().map(|_| why.unwrap_or_default())
}

/// Returns the file of the input that a target is run on.
fn last_input(target: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{target}.input"))
}

/// Writes an input that breaks a target beside those that libFuzzer finds.
fn keep(target: &str, input: &[u8]) -> PathBuf {
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
    let folder = artifacts.join(target);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let path = folder.join("short");
    fs::write(&path, input).expect("the file can be written");
    path
}
