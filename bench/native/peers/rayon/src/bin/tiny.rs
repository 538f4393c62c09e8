//! How long does rayon take for a loop of a thousand tiny iterations?
use heddle_bench_rayon::{solve, Problem};
use rayon::prelude::*;

struct TinyLoops {
    loops: usize,
    values: Vec<u32>,
}

impl Problem for TinyLoops {
    const FULL: usize = 20_000;
    const TINY: usize = 100;

    fn new(loops: usize) -> Self {
        TinyLoops { loops, values: vec![0; 1000] }
    }
    fn units(&self) -> u64 {
        self.loops as u64
    }
    fn solve(&mut self) -> u64 {
        for _ in 0..self.loops {
            self.values.iter_mut().enumerate().for_each(|(i, v)| *v = v.wrapping_add(i as u32));
        }
        0
    }
    fn fork(&mut self) -> u64 {
        for _ in 0..self.loops {
            self.values.par_iter_mut().enumerate().for_each(|(i, v)| *v = v.wrapping_add(i as u32));
        }
        0
    }
    fn is_right(&self, _: u64) -> bool {
        let loops = self.loops as u32;
        self.values.iter().enumerate().all(|(i, &v)| v == loops.wrapping_mul(i as u32))
    }
}

fn main() {
    solve::<TinyLoops>();
}
