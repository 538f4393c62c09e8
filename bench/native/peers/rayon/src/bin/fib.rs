//! What do a fork and a join cost in rayon? A join() a call.
use heddle_bench_rayon::{solve, Problem};

struct Fib(u32);

fn number(n: u32) -> u64 {
    let (mut a, mut b) = (0, 1);
    for _ in 0..n {
        (a, b) = (b, a + b);
    }
    a
}

#[inline(never)]
fn fib(n: u32) -> u64 {
    if n < 2 {
        return n as u64;
    }
    fib(n - 1) + fib(n - 2)
}

fn fork_fib(n: u32) -> u64 {
    if n < 2 {
        return n as u64;
    }
    let (a, b) = rayon::join(|| fork_fib(n - 1), || fork_fib(n - 2));
    a + b
}

impl Problem for Fib {
    const FULL: usize = 40;
    const TINY: usize = 20;

    fn new(size: usize) -> Self {
        Fib(size as u32)
    }
    fn units(&self) -> u64 {
        number(self.0 + 1) - 1
    }
    fn solve(&mut self) -> u64 {
        fib(self.0)
    }
    fn fork(&mut self) -> u64 {
        fork_fib(self.0)
    }
    fn is_right(&self, result: u64) -> bool {
        result == number(self.0)
    }
}

fn main() {
    solve::<Fib>();
}
