//! How soon does rayon run a task that is spawned from outside, and what does that burn?
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use heddle_bench_rayon::{
    cpu_ns, move_to, processors, report, sleep_ns, thread_cpu_ns, wall_ns, Arguments,
};

static RAN_AT: AtomicI64 = AtomicI64::new(0);

/// What all threads but the caller's burn in so long a time of nothing to do.
fn idle_cpu_ns(length: u64) -> f64 {
    let others = || cpu_ns() - thread_cpu_ns();
    sleep_ns(length / 10);
    let before = others();
    sleep_ns(length);
    (others() - before).max(0) as f64
}

fn main() {
    let arguments = Arguments::parse();
    let samples = arguments.size_or(200, 10);
    let is_apart = arguments.mode == "apart";
    let allowed = processors();
    if is_apart {
        move_to(allowed.ilog2());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let (mut latency, mut burnt) = (Vec::new(), 0);
    for _ in 0..10 {
        pool.spawn(|| ());
        sleep_ns(1_000_000);
    }
    if is_apart {
        move_to(allowed.trailing_zeros());
    }
    for _ in 0..samples {
        RAN_AT.store(0, SeqCst);
        let (cpu, submitted) = (cpu_ns(), wall_ns());
        pool.spawn(|| RAN_AT.store(wall_ns(), SeqCst));
        sleep_ns(1_000_000);
        while RAN_AT.load(SeqCst) == 0 {}
        burnt += cpu_ns() - cpu;
        latency.push((RAN_AT.load(SeqCst) - submitted) as f64);
    }
    latency.sort_by(f64::total_cmp);
    report(&[
        ("p50", latency[samples / 2]),
        ("p99", latency[samples * 99 / 100]),
        ("burnt", burnt as f64 / samples as f64),
        ("idle", idle_cpu_ns(if arguments.is_tiny { 10_000_000 } else { 500_000_000 })),
    ]);
}
