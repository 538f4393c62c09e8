//! What every program here needs: its arguments, a problem's run, and the one line of JSON.
//!
//! The same as the C++ programs' `support/`, which says more.

use std::time::Duration;

#[derive(Default)]
pub struct Arguments {
    pub workers: usize,
    pub size: usize,
    pub mode: String,
    pub is_tiny: bool,
}

impl Arguments {
    pub fn parse() -> Self {
        let mut parsed = Arguments { workers: 1, ..Default::default() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("a value");
            match word.as_str() {
                "--workers" => parsed.workers = value().parse().expect("a number"),
                "--size" => parsed.size = value().parse().expect("a number"),
                "--mode" => parsed.mode = value(),
                "--tiny" => parsed.is_tiny = true,
                _ => panic!("unknown: {word}"),
            }
        }
        parsed
    }

    pub fn size_or(&self, full: usize, tiny: usize) -> usize {
        match (self.size, self.is_tiny) {
            (0, false) => full,
            (0, true) => tiny,
            (size, _) => size,
        }
    }
}

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    fn sched_setaffinity(thread: i32, bytes: usize, set: *const u64) -> i32;
    fn sched_getaffinity(thread: i32, bytes: usize, set: *mut u64) -> i32;
}

/// The processors that the process may use, of the first 64: the lowest bit is the first.
pub fn processors() -> u64 {
    let mut allowed = [0; 16];
    unsafe { sched_getaffinity(0, std::mem::size_of_val(&allowed), allowed.as_mut_ptr()) };
    allowed[0]
}

/// Moves the calling thread, and those that it starts from then on, to one processor.
pub fn move_to(processor: u32) {
    unsafe { sched_setaffinity(0, 8, &(1u64 << processor)) };
}

const CLOCK_MONOTONIC: i32 = 1;
const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
const CLOCK_THREAD_CPUTIME_ID: i32 = 3;

fn read_clock(clock: i32) -> i64 {
    let mut now = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(clock, &mut now) };
    now.seconds * 1_000_000_000 + now.nanoseconds
}

pub fn wall_ns() -> i64 {
    read_clock(CLOCK_MONOTONIC)
}

/// Of all threads of the process.
pub fn cpu_ns() -> i64 {
    read_clock(CLOCK_PROCESS_CPUTIME_ID)
}

/// Of the calling thread.
pub fn thread_cpu_ns() -> i64 {
    read_clock(CLOCK_THREAD_CPUTIME_ID)
}

pub fn sleep_ns(nanoseconds: u64) {
    std::thread::sleep(Duration::from_nanos(nanoseconds));
}

/// Keeps a processor busy, for work of a known length.
pub fn spin_ns(nanoseconds: i64) {
    let end = wall_ns() + nanoseconds;
    while wall_ns() < end {}
}

pub fn report(fields: &[(&str, f64)]) {
    let all: String = fields.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
    println!("{{\"by\":\"rayon\"{all}}}");
}

/// A problem: made for a size, it knows its serial and its parallel code, and what is right.
pub trait Problem: Send {
    const FULL: usize;
    const TINY: usize;
    fn new(size: usize) -> Self;
    fn units(&self) -> u64;
    fn solve(&mut self) -> u64;
    fn fork(&mut self) -> u64;
    fn is_right(&self, result: u64) -> bool;
}

fn measure(call: impl FnOnce() -> u64) -> (u64, i64, i64) {
    let (cpu, wall) = (cpu_ns(), wall_ns());
    let result = call();
    let wall_end = wall_ns();
    (result, wall_end - wall, cpu_ns() - cpu)
}

/// The main() of a program that solves one problem, serially or with a pool's tasks.
pub fn solve<P: Problem>() {
    let arguments = Arguments::parse();
    let mut small = P::new(P::TINY);
    let mut problem = P::new(arguments.size_or(P::FULL, P::TINY));
    let (result, wall, cpu) = if arguments.workers == 0 {
        let warm = small.solve();
        assert!(small.is_right(warm), "wrong result");
        measure(|| problem.solve())
    } else {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.workers).build().unwrap();
        pool.install(|| {
            let warm = small.fork();
            assert!(small.is_right(warm), "wrong result");
            measure(|| problem.fork())
        })
    };
    assert!(problem.is_right(result), "wrong result");
    report(&[
        ("workers", arguments.workers as f64),
        ("units", problem.units() as f64),
        ("wall", wall as f64),
        ("cpu", cpu as f64),
    ]);
}
