//! Does rayon balance a loop that is heavy at its start? A parallel iterator, no grain given.
use std::arch::asm;

use heddle_bench_rayon::{solve, Problem};
use rayon::prelude::*;

fn churn(mut value: u64, rounds: u32) -> u64 {
    for _ in 0..rounds {
        value = value.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        // Else one step is made of eight.
        unsafe { asm!("/* {0} */", inout(reg) value, options(nomem, nostack, preserves_flags)) };
    }
    value
}

struct Skew(Vec<u64>);

fn rounds(i: usize, count: usize) -> u32 {
    if i < count / 100 {
        20_000
    } else {
        10
    }
}

impl Problem for Skew {
    const FULL: usize = 1_000_000;
    const TINY: usize = 10_000;

    fn new(size: usize) -> Self {
        Skew(vec![0; size])
    }
    fn units(&self) -> u64 {
        self.0.len() as u64
    }
    fn solve(&mut self) -> u64 {
        let count = self.0.len();
        self.0.iter_mut().enumerate().for_each(|(i, v)| *v = churn(i as u64, rounds(i, count)));
        0
    }
    fn fork(&mut self) -> u64 {
        let count = self.0.len();
        self.0.par_iter_mut().enumerate().for_each(|(i, v)| *v = churn(i as u64, rounds(i, count)));
        0
    }
    fn is_right(&self, _: u64) -> bool {
        let count = self.0.len();
        let ends = |rounds| (churn(0, rounds), churn(1, rounds).wrapping_sub(churn(0, rounds)));
        let (heavy, light) = (ends(rounds(0, count)), ends(rounds(count, count)));
        self.0.iter().enumerate().all(|(i, &value)| {
            let (at_0, slope) = if i < count / 100 { heavy } else { light };
            value == slope.wrapping_mul(i as u64).wrapping_add(at_0)
        })
    }
}

fn main() {
    solve::<Skew>();
}
