#pragma once
// Products of matrices, and of a matrix and a vector.
//
//     B    [ panel | panel | ... ]    as wide as a tile, `depth` terms high
//     A    [ panel ]                  as high as a tile, `depth` terms wide
//          [ panel ]
//          ...
//
// A tile of the result stays in registers while a panel of A is multiplied by a panel of B. Panels
// are packed, so that their elements are read one after the other, and a slab of them at once, so
// that they stay in the caches; tiles are then independent, and shared out among the workers. As in
// Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
//
// Terms are added in order within a depth, beginning with 0, and the sums of the depths in order.
// So the bits of a result depend on the shapes and the instruction set (rule V1 in loops.h: some
// round a product and a sum at once), and not on the number of workers. A matrix times a column is
// dot products as in reduce.h, each of one block; a row times a matrix adds up products that were
// rounded, in order.

#include <optional>

#include "heddle/kernel_context.h"
#include "kernels/array/types.h"

namespace heddle::array {

// The shape of a product: matrices of rank 2, where a vector (rank 1) is a row on the left and a
// column on the right, and that side is left out. Nothing if ranks are others, or the inner sides
// differ, or the result would be too large.
std::optional<Shape> matmul_shape(Shape const& a, Shape const& b);

// F64 or F32, all of one type. `out` has the shape that matmul_shape() gives, and overlaps neither
// operand. Takes a few megabytes while it runs.
Status matmul(KernelContext t, ConstView const& a, ConstView const& b, View const& out);

}  // namespace heddle::array
