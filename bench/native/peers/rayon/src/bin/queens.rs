//! How long does rayon take for n queens? A parallel iterator a node.
//!
//! Halving the columns with join() takes as long.
use heddle_bench_rayon::{solve, Problem};
use rayon::prelude::*;

/// Four bits a column, the first queen's the lowest.
#[derive(Clone, Copy)]
struct Board {
    columns: u64,
    placed: i32,
    size: i32,
}

impl Board {
    fn with(self, column: i32) -> Self {
        let columns = self.columns | (column as u64) << (4 * self.placed);
        Board { columns, placed: self.placed + 1, size: self.size }
    }

    /// Whether no queen threatens one that was placed before it.
    fn is_peaceful(self) -> bool {
        for later in 1..self.placed {
            let column = (self.columns >> (4 * later) & 15) as i32;
            let mut before = self.columns;
            for distance in (1..=later).rev() {
                let across = column - (before & 15) as i32;
                if across == 0 || across == distance || across == -distance {
                    return false;
                }
                before >>= 4;
            }
        }
        true
    }
}

#[inline(never)]
fn queens(board: Board) -> u64 {
    if !board.is_peaceful() {
        return 0;
    }
    if board.placed == board.size {
        return 1;
    }
    (0..board.size).map(|i| queens(board.with(i))).sum()
}

fn fork_queens(board: Board) -> u64 {
    if !board.is_peaceful() {
        return 0;
    }
    if board.placed == board.size {
        return 1;
    }
    (0..board.size).into_par_iter().map(|i| fork_queens(board.with(i))).sum()
}

struct Queens(i32);

impl Queens {
    fn root(&self) -> Board {
        Board { columns: 0, placed: 0, size: self.0 }
    }

    /// Solutions and nodes.
    fn known(&self) -> (u64, u64) {
        match self.0 {
            8 => (92, 15_721),
            10 => (724, 348_151),
            11 => (2_680, 1_806_707),
            12 => (14_200, 10_103_869),
            13 => (73_712, 59_815_315),
            _ => panic!("nobody has looked this one up"),
        }
    }
}

impl Problem for Queens {
    const FULL: usize = 13;
    const TINY: usize = 8;

    fn new(size: usize) -> Self {
        Queens(size as i32)
    }
    fn units(&self) -> u64 {
        self.known().1
    }
    fn solve(&mut self) -> u64 {
        queens(self.root())
    }
    fn fork(&mut self) -> u64 {
        fork_queens(self.root())
    }
    fn is_right(&self, result: u64) -> bool {
        result == self.known().0
    }
}

fn main() {
    solve::<Queens>();
}
