//! How long does rayon take to multiply matrices by dividing? A join() a division.
//!
//! The same division and the same leaf as in `problems/matmul.h`.
use std::arch::x86_64::{_mm_add_ps, _mm_loadu_ps, _mm_mul_ps, _mm_set1_ps, _mm_storeu_ps};

use heddle_bench_rayon::{solve, Problem};

const LEAF: usize = 32;

/// A part of three matrices. Halves that are forked write to different parts of `c`.
#[derive(Clone, Copy)]
struct Product {
    c: *mut f32,
    a: *const f32,
    b: *const f32,
    stride: usize,
    rows: usize,
    columns: usize,
    terms: usize,
}

unsafe impl Send for Product {}
unsafe impl Sync for Product {}

impl Product {
    fn is_leaf(&self) -> bool {
        self.rows == LEAF && self.columns == LEAF && self.terms == LEAF
    }

    fn halves_sum(&self) -> bool {
        self.terms > self.rows && self.terms > self.columns
    }

    unsafe fn half(&self, which: usize) -> Self {
        let mut part = *self;
        if self.halves_sum() {
            part.terms /= 2;
            part.a = part.a.add(which * part.terms);
            part.b = part.b.add(which * part.terms * part.stride);
        } else if self.rows >= self.columns {
            part.rows /= 2;
            part.a = part.a.add(which * part.rows * part.stride);
            part.c = part.c.add(which * part.rows * part.stride);
        } else {
            part.columns /= 2;
            part.b = part.b.add(which * part.columns);
            part.c = part.c.add(which * part.columns);
        }
        part
    }
}

#[inline(never)]
unsafe fn multiply_leaf(product: &Product) {
    for i in (0..LEAF).step_by(2) {
        let a0 = product.a.add(i * product.stride);
        let a1 = a0.add(product.stride);
        let c0 = product.c.add(i * product.stride);
        let c1 = c0.add(product.stride);
        for j in (0..LEAF).step_by(8) {
            let places = [c0.add(j), c0.add(j + 4), c1.add(j), c1.add(j + 4)];
            let mut sum = places.map(|place| _mm_loadu_ps(place));
            for k in 0..LEAF {
                let row = product.b.add(k * product.stride + j);
                let (left, right) = (_mm_loadu_ps(row), _mm_loadu_ps(row.add(4)));
                let (x0, x1) = (_mm_set1_ps(*a0.add(k)), _mm_set1_ps(*a1.add(k)));
                sum[0] = _mm_add_ps(sum[0], _mm_mul_ps(x0, left));
                sum[1] = _mm_add_ps(sum[1], _mm_mul_ps(x0, right));
                sum[2] = _mm_add_ps(sum[2], _mm_mul_ps(x1, left));
                sum[3] = _mm_add_ps(sum[3], _mm_mul_ps(x1, right));
            }
            for (place, value) in places.into_iter().zip(sum) {
                _mm_storeu_ps(place, value);
            }
        }
    }
}

unsafe fn multiply(product: Product) {
    if product.is_leaf() {
        return multiply_leaf(&product);
    }
    multiply(product.half(0));
    multiply(product.half(1));
}

unsafe fn fork_multiply(product: Product) {
    if product.is_leaf() {
        return multiply_leaf(&product);
    }
    let (first, second) = (product.half(0), product.half(1));
    if product.halves_sum() {
        fork_multiply(first);
        fork_multiply(second);
    } else {
        rayon::join(|| fork_multiply(first), || fork_multiply(second));
    }
}

struct Matmul {
    n: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
}

impl Matmul {
    fn root(&mut self) -> Product {
        Product {
            c: self.c.as_mut_ptr(),
            a: self.a.as_ptr(),
            b: self.b.as_ptr(),
            stride: self.n,
            rows: self.n,
            columns: self.n,
            terms: self.n,
        }
    }

    fn times(&self, matrix: &[f32], v: &[f64]) -> Vec<f64> {
        let row = |row: &[f32]| row.iter().zip(v).map(|(&x, y)| x as f64 * y).sum();
        matrix.chunks(self.n).map(row).collect()
    }
}

impl Problem for Matmul {
    const FULL: usize = 1024;
    const TINY: usize = 128;

    fn new(n: usize) -> Self {
        let fill = |by: usize, below: usize, shift: i32| -> Vec<f32> {
            (0..n * n).map(|i| ((i * by % below) as i32 - shift) as f32).collect()
        };
        Matmul { n, a: fill(7, 11, 5), b: fill(5, 13, 6), c: vec![0.0; n * n] }
    }
    fn units(&self) -> u64 {
        (self.n / LEAF).pow(3) as u64
    }
    fn solve(&mut self) -> u64 {
        unsafe { multiply(self.root()) };
        0
    }
    fn fork(&mut self) -> u64 {
        unsafe { fork_multiply(self.root()) };
        0
    }
    fn is_right(&self, _: u64) -> bool {
        let v: Vec<f64> = (0..self.n).map(|i| (i % 5) as f64 - 2.0).collect();
        self.times(&self.c, &v) == self.times(&self.a, &self.times(&self.b, &v))
    }
}

fn main() {
    solve::<Matmul>();
}
