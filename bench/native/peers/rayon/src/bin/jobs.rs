//! How many independent tasks a second does rayon run that one of its threads makes? A scope.
use heddle_bench_rayon::{solve, Problem};

struct Jobs(Vec<u8>);

impl Problem for Jobs {
    const FULL: usize = 1_000_000;
    const TINY: usize = 10_000;

    fn new(size: usize) -> Self {
        Jobs(vec![0; size])
    }
    fn units(&self) -> u64 {
        self.0.len() as u64
    }
    fn solve(&mut self) -> u64 {
        self.0.iter_mut().for_each(|done| *done += 1);
        0
    }
    fn fork(&mut self) -> u64 {
        rayon::scope(|scope| {
            for done in self.0.iter_mut() {
                scope.spawn(move |_| *done += 1);
            }
        });
        0
    }
    fn is_right(&self, _: u64) -> bool {
        self.0.iter().all(|&done| done == 1)
    }
}

fn main() {
    solve::<Jobs>();
}
