//! Are rayon's tasks stolen while their parent is in a long leaf? A scope.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use heddle_bench_rayon::{solve, spin_ns, Arguments, Problem};

const CHILDREN: u64 = 20;

struct Leaf {
    child_ns: i64,
    is_busy: bool,
    ran: AtomicU64,
}

impl Leaf {
    fn work(&self) {
        spin_ns(self.child_ns);
        self.ran.fetch_add(1, Relaxed);
    }

    fn work_inline(&self) {
        spin_ns(CHILDREN as i64 * self.child_ns);
    }
}

impl Problem for Leaf {
    const FULL: usize = 50;
    const TINY: usize = 1;

    fn new(milliseconds: usize) -> Self {
        let is_busy = Arguments::parse().mode == "busy";
        Leaf { child_ns: milliseconds as i64 * 1_000_000, is_busy, ran: AtomicU64::new(0) }
    }
    fn units(&self) -> u64 {
        CHILDREN
    }
    fn solve(&mut self) -> u64 {
        (0..CHILDREN).for_each(|_| self.work());
        self.work_inline();
        0
    }
    fn fork(&mut self) -> u64 {
        let leaf = &*self;
        let is_stolen = AtomicBool::new(false);
        rayon::scope(|scope| {
            if leaf.is_busy {
                scope.spawn(|_| {
                    is_stolen.store(true, Relaxed);
                    spin_ns(leaf.child_ns * 2 / 5);
                });
                while !is_stolen.load(Relaxed) {}
            }
            for _ in 0..CHILDREN {
                scope.spawn(|_| leaf.work());
            }
            leaf.work_inline();
        });
        0
    }
    fn is_right(&self, _: u64) -> bool {
        self.ran.load(Relaxed) == CHILDREN
    }
}

fn main() {
    solve::<Leaf>();
}
