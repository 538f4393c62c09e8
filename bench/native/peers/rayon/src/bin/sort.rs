//! How long does rayon's par_sort_unstable() take?
use heddle_bench_rayon::{solve, Problem};
use rayon::prelude::*;

struct Sort {
    numbers: Vec<u32>,
    sum: u64,
}

fn checksum(numbers: &[u32]) -> u64 {
    numbers.iter().fold(0, |sum, &number| sum.wrapping_add(number as u64 * number as u64))
}

impl Problem for Sort {
    const FULL: usize = 10_000_000;
    const TINY: usize = 100_000;

    fn new(size: usize) -> Self {
        let mut state = 0u64;
        let numbers: Vec<u32> = (0..size)
            .map(|_| {
                state = state.wrapping_add(0x9e3779b97f4a7c15);
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58476d1ce4e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d049bb133111eb);
                ((mixed ^ (mixed >> 31)) >> 32) as u32
            })
            .collect();
        let sum = checksum(&numbers);
        Sort { numbers, sum }
    }
    fn units(&self) -> u64 {
        self.numbers.len() as u64
    }
    fn solve(&mut self) -> u64 {
        self.numbers.sort_unstable();
        0
    }
    fn fork(&mut self) -> u64 {
        self.numbers.par_sort_unstable();
        0
    }
    fn is_right(&self, _: u64) -> bool {
        let is_sorted = self.numbers.windows(2).all(|pair| pair[0] <= pair[1]);
        is_sorted && checksum(&self.numbers) == self.sum
    }
}

fn main() {
    solve::<Sort>();
}
