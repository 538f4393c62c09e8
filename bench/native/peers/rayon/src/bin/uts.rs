//! How long does rayon take to walk an unbalanced tree? A parallel iterator a node.
//!
//! `problems/uts.h` says what the trees are.
use heddle_bench_rayon::{solve, Arguments, Problem};
use rayon::prelude::*;

#[derive(Clone, Copy)]
struct Node {
    digest: [u32; 5],
    height: i32,
}

/// SHA-1 of one padded block. A macro, as the compiler would leave the loops as they are.
fn sha1_block(message: [u32; 16]) -> [u32; 5] {
    const START: [u32; 5] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
    let mut w = message;
    let [mut a, mut b, mut c, mut d, mut e] = START;
    macro_rules! rounds {
        ($mix:expr, $constant:expr, $first:expr, $($i:expr)*) => {$({
            let i = $first + $i;
            if i >= 16 {
                let mixed = w[(i + 13) % 16] ^ w[(i + 8) % 16] ^ w[(i + 2) % 16] ^ w[i % 16];
                w[i % 16] = mixed.rotate_left(1);
            }
            let mix: fn(u32, u32, u32) -> u32 = $mix;
            let added = e.wrapping_add($constant).wrapping_add(w[i % 16]);
            let next = a.rotate_left(5).wrapping_add(mix(b, c, d)).wrapping_add(added);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        })*};
    }
    macro_rules! twenty {
        ($mix:expr, $constant:expr, $first:expr) => {
            rounds!($mix, $constant, $first, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
        };
    }
    twenty!(|b, c, d| d ^ (b & (c ^ d)), 0x5a827999, 0);
    twenty!(|b, c, d| b ^ c ^ d, 0x6ed9eba1, 20);
    twenty!(|b, c, d| (b & c) | (d & (b | c)), 0x8f1bbcdc, 40);
    twenty!(|b, c, d| b ^ c ^ d, 0xca62c1d6, 60);
    let end = [a, b, c, d, e];
    std::array::from_fn(|i| START[i].wrapping_add(end[i]))
}

impl Node {
    fn root(seed: u32) -> Self {
        let block = [0, 0, 0, 0, seed, 1 << 31, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20 * 8];
        Node { digest: sha1_block(block), height: 0 }
    }

    fn child(&self, i: u32) -> Self {
        let [a, b, c, d, e] = self.digest;
        let block = [a, b, c, d, e, i, 1 << 31, 0, 0, 0, 0, 0, 0, 0, 0, 24 * 8];
        Node { digest: sha1_block(block), height: self.height + 1 }
    }

    fn draw(&self) -> f64 {
        (self.digest[4] & 0x7fff_ffff) as f64 / 2147483648.0
    }
}

fn children<const T1: bool>(node: &Node) -> u32 {
    if !T1 {
        let drawn = if node.draw() < 0.124875 { 8 } else { 0 };
        return if node.height == 0 { 2000 } else { drawn };
    }
    if node.height >= 10 {
        return 0;
    }
    let probability: f64 = 1.0 / (1.0 + 4.0);
    let drawn = (1.0 - node.draw()).ln() / (1.0 - probability).ln();
    (drawn.floor() as u32).min(100)
}

#[inline(never)]
fn uts<const T1: bool>(node: Node) -> u64 {
    1 + (0..children::<T1>(&node)).map(|i| uts::<T1>(node.child(i))).sum::<u64>()
}

fn fork_uts<const T1: bool>(node: Node) -> u64 {
    match children::<T1>(&node) {
        0 => 1,
        count => {
            let below = (0..count).into_par_iter().map(|i| fork_uts::<T1>(node.child(i)));
            1 + below.sum::<u64>()
        }
    }
}

struct Uts<const T1: bool> {
    is_tiny: bool,
}

impl<const T1: bool> Uts<T1> {
    fn root(&self) -> Node {
        let top = Node::root(if T1 { 19 } else { 42 });
        match (self.is_tiny, T1) {
            (false, _) => top,
            (true, true) => top.child(0).child(3),
            (true, false) => top.child(6),
        }
    }
}

impl<const T1: bool> Problem for Uts<T1> {
    const FULL: usize = 1;
    const TINY: usize = 2;

    fn new(size: usize) -> Self {
        Uts { is_tiny: size == Self::TINY }
    }
    fn units(&self) -> u64 {
        match (self.is_tiny, T1) {
            (false, true) => 4_130_071,
            (false, false) => 4_112_897,
            (true, true) => 12_801,
            (true, false) => 6_105,
        }
    }
    fn solve(&mut self) -> u64 {
        uts::<T1>(self.root())
    }
    fn fork(&mut self) -> u64 {
        fork_uts::<T1>(self.root())
    }
    fn is_right(&self, result: u64) -> bool {
        result == self.units()
    }
}

fn main() {
    match Arguments::parse().mode.as_str() {
        "t3" => solve::<Uts<false>>(),
        _ => solve::<Uts<true>>(),
    }
}
