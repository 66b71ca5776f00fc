//! What feedproof costs: two runs of many cases, each beside a bare reqwest loop that does the same.
//!
//! `cargo bench` prints, for each figure, the times of both in alternating rounds, the ratio of their
//! medians and whether it is within its aim. Times are printed and never asserted; that every case
//! passes is asserted, for a run that judges nothing is fast. Without `--bench` (`cargo test
//! --all-targets`) one small round shows that the benchmark itself works.
//!
//! A run is timed from the start of its cases until journal and reports are on disk. Reading plans,
//! opening listeners and building clients stay outside, as they do for the loop. Both begin each
//! round without open connections, and call the same server in this process. It answers at once, so
//! the ratios are the worst there are: whatever time a real provider takes is added to both sides.

mod bare;
mod provider;
mod run;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Builder;

use provider::Provider;
use run::Took;

/// How many cases act at once, as with `--jobs 64`; cases that wait do not count.
const JOBS: usize = 64;
/// How many requests each case of the first figure sends, one after another.
const REQUESTS: usize = 4;
/// The longest time for one request, as in a run, and for one callback of the bare loop.
const PATIENCE: Duration = Duration::from_secs(30);

type Failure = Box<dyn Error + Send + Sync>;

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    cases: usize,
    /// Rounds that count; one more goes before them as a warm-up.
    rounds: usize,
}

const FULL: Size = Size {
    cases: 1000,
    rounds: 7,
};
const SMALL: Size = Size {
    cases: 20,
    rounds: 1,
};

fn main() -> ExitCode {
    let given = |flag: &str| std::env::args().any(|one| one == flag);
    // Asked by test runners that list before they run: a benchmark has no tests to name.
    if given("--list") {
        return ExitCode::SUCCESS;
    }
    let size = match given("--bench") {
        true => FULL,
        false => SMALL,
    };
    match measure(size) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("throughput: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(size: Size) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "{} cases, {JOBS} act at once, rounds: {} and a warm-up, cores: {cores}",
        size.cases, size.rounds
    );
    if size.cases < FULL.cases {
        println!("too small to say anything: `cargo bench` measures");
    }
    // Outside the runtimes, because a run blocks the thread that started it.
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let provider = Provider::start()?;

    let requests = compare(
        size,
        || run::measure(&runtime, &run::requesting(size, &provider), size, &provider),
        || runtime.block_on(bare::request(size, &provider)),
    )?;
    let title = format!("{REQUESTS} requests a case against a live URL");
    requests.print(&title, (size.cases * REQUESTS, "requests"), 1.5);

    let callbacks = compare(
        size,
        || run::measure(&runtime, &run::waiting(size, &provider), size, &provider),
        || runtime.block_on(bare::wait(size, &provider)),
    )?;
    let title = format!("{} ms until a callback", provider::SLOWNESS.as_millis());
    callbacks.print(&title, (size.cases, "callbacks"), 1.3);
    let awaited = callbacks.awaited.iter().min().copied().unwrap_or_default();
    println!("  awaited at the same time in every run: {awaited} at least");

    match peak_memory() {
        Some(peak) => println!("\npeak memory of the process, server and loops included: {peak}"),
        None => println!("\npeak memory: not known here"),
    }
    Ok(())
}

/// The times of all rounds that count.
#[derive(Default)]
struct Times {
    /// Of the runs, until the last case had its outcome.
    cases: Vec<Duration>,
    /// Of the runs, until journal and reports were on disk.
    run: Vec<Duration>,
    /// Of the loops.
    bare: Vec<Duration>,
    /// For each run, the most callbacks that were awaited at the same time.
    awaited: Vec<usize>,
}

/// Runs both sides in turn, so that whatever else the machine does falls on both.
fn compare(
    size: Size,
    run: impl Fn() -> Result<Took, Failure>,
    bare: impl Fn() -> Result<Duration, Failure>,
) -> Result<Times, Failure> {
    let mut times = Times::default();
    for round in 0..=size.rounds {
        let (took, bare) = (run()?, bare()?);
        if round > 0 {
            times.cases.push(took.cases);
            times.awaited.push(took.awaited);
            times.run.push(took.whole);
            times.bare.push(bare);
        }
    }
    Ok(times)
}

impl Times {
    fn print(&self, title: &str, (count, what): (usize, &str), aim: f64) {
        println!("\n{title}");
        for (name, times) in [("run", &self.run), ("bare loop", &self.bare)] {
            let rate = count as f64 / median(times).as_secs_f64();
            println!("  {name:<10} {}  {rate:>7.0} {what}/s", spread(times));
        }
        println!(
            "  {:<10} {}  (the run without its reports)",
            "cases",
            spread(&self.cases)
        );
        let ratio = median(&self.run).as_secs_f64() / median(&self.bare).as_secs_f64();
        let word = match ratio <= aim {
            true => "met",
            false => "not met",
        };
        println!("  ratio {ratio:.2}, aim {aim:.2}: {word}");
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn spread(times: &[Duration]) -> String {
    let millis = |time: Option<Duration>| time.unwrap_or_default().as_secs_f64() * 1e3;
    format!(
        "median {:>6.0} ms  min {:>6.0} ms  max {:>6.0} ms",
        millis(Some(median(times))),
        millis(times.iter().min().copied()),
        millis(times.iter().max().copied()),
    )
}

/// Returns the most memory that the process had resident, as Linux tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(format!("{} MiB", kibibytes / 1024))
}
