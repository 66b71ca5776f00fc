//! The overhead of feedproof: two runs of many cases, each beside a plain reqwest loop that sends the same requests.
//!
//! `cargo bench` prints for each figure the times of both in alternating rounds, the ratio of their medians, and whether
//! it is within its aim. Times are printed and never asserted. That every case passes is asserted, because a run that
//! judges nothing is fast. Without `--bench` (`cargo test --all-targets`) one small round shows that the benchmark works.
//!
//! The time of a run is from the start of its cases until journal and reports are on disk. Reading plans, opening
//! listeners and building clients are not measured, for the loop neither. Both begin each round without open connections
//! and call the same server in this process. The server responds at once, so the ratios are the worst case: the response
//! time of a real provider is added to both sides.

mod bare;
mod provider;
mod run;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Builder;

use provider::Provider;
use run::Took;

/// Maximum number of cases running at once, as with `--jobs 64`; waiting cases are not counted.
const JOBS: usize = 64;
/// Number of requests that each case of the first figure sends, one after another.
const REQUESTS: usize = 4;
/// The timeout of a request, as in a run, and of a callback of the plain loop.
const PATIENCE: Duration = Duration::from_secs(30);

type Failure = Box<dyn Error + Send + Sync>;

/// The size of a measurement.
#[derive(Clone, Copy)]
struct Size {
    cases: usize,
    /// Number of rounds that count; one more round runs before them as a warm-up.
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
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // Test runners list tests before they run them: a benchmark has none.
    if given("--list") {
        return ExitCode::SUCCESS;
    }
    let size = if given("--bench") { FULL } else { SMALL };
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
        "{} cases, at most {JOBS} at once; rounds: {} and a warm-up; cores: {cores}",
        size.cases, size.rounds
    );
    if size.cases < FULL.cases {
        println!("too small to measure anything; run `cargo bench`");
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
    println!("  callbacks awaited at the same time: at least {awaited} in every run");

    match peak_memory() {
        Some(peak) => println!("\npeak memory of the process, server and loops included: {peak}"),
        None => println!("\npeak memory: unknown on this system"),
    }
    Ok(())
}

/// The times of all rounds that count.
#[derive(Default)]
struct Times {
    /// For each run, the time until the last case ended.
    cases: Vec<Duration>,
    /// For each run, the time until journal and reports were on disk.
    run: Vec<Duration>,
    /// For each plain loop, the time until its last request.
    bare: Vec<Duration>,
    /// For each run, the greatest number of callbacks awaited at the same time.
    awaited: Vec<usize>,
}

/// Runs both sides in turn, so that other load on the machine affects both.
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
        for (name, times) in [("run", &self.run), ("plain loop", &self.bare)] {
            let rate = count as f64 / median(times).as_secs_f64();
            println!("  {name:<10} {}  {rate:>7.0} {what}/s", spread(times));
        }
        println!(
            "  {:<10} {}  (the run without its reports)",
            "cases",
            spread(&self.cases)
        );
        let ratio = median(&self.run).as_secs_f64() / median(&self.bare).as_secs_f64();
        let word = if ratio <= aim { "met" } else { "not met" };
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

/// Returns the peak resident memory of the process, `None` where there is no `/proc`.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(format!("{} MiB", kibibytes / 1024))
}
