// Matrices are packed into panels, and panels are multiplied tile by tile.
#include "kernels/array/matmul.h"

#include <algorithm>
#include <cstring>

#include "heddle/parallel_for.h"
#include "heddle/spare.h"
#include "kernels/array/loops.h"

namespace heddle::array {
namespace {

// The sides of a product: rows x terms times terms x columns.
struct Sides {
  std::size_t rows;
  std::size_t terms;
  std::size_t columns;
};

std::optional<Sides> sides_of(Shape const& a, Shape const& b) {
  if (a.rank() < 1 || a.rank() > 2 || b.rank() < 1 || b.rank() > 2) return std::nullopt;
  std::size_t const terms = a[a.rank() - 1];
  if (b[0] != terms) return std::nullopt;
  return Sides{a.rank() == 2 ? a[0] : 1, terms, b.rank() == 2 ? b[1] : 1};
}

constexpr std::size_t kDepth = 384;
// Rows of A, and columns of B, that are packed at once.
constexpr std::size_t kSlab = 2048;
// How many panels of A and of B make the tiles that one worker takes at once.
constexpr std::size_t kHigh = 12;
constexpr std::size_t kWide = 4;

constexpr std::size_t panels(std::size_t side, std::size_t of) {
  return (side + of - 1) / of;
}

template <class T>
TileLoop<T> const& tile_loop() {
  if constexpr (sizeof(T) == sizeof(double)) {
    return loops().tile_f64;
  } else {
    return loops().tile_f32;
  }
}

template <class T>
class Product {
 public:
  Product(T const* a, T const* b, T* c, Sides const& sides)
      : a_(a),
        b_(b),
        c_(c),
        sides_(sides),
        packed_a_(packed_size(sides.rows, tile_.rows)),
        packed_b_(packed_size(sides.columns, tile_.columns)) {}

  Status run(KernelContext t) {
    if (packed_a_.data() == nullptr || packed_b_.data() == nullptr) return Status::NoMemory;
    for (std::size_t i = 0; i < sides_.rows; i += slab(tile_.rows)) {
      for (std::size_t j = 0; j < sides_.columns; j += slab(tile_.columns)) {
        for (std::size_t k = 0; k < sides_.terms; k += kDepth) {
          if (!run_slab(t, slab_at(i, j, k))) return Status::Cancelled;
        }
      }
    }
    return Status::Done;
  }

 private:
  // Where a slab begins, and its sides.
  struct Slab {
    std::size_t row, column, term;
    Sides sides;
  };

  // A whole number of panels.
  static std::size_t slab(std::size_t panel) { return panels(kSlab, panel) * panel; }
  std::size_t packed_size(std::size_t side, std::size_t panel) const {
    std::size_t const padded = panels(std::min(side, slab(panel)), panel) * panel;
    return padded * std::min(sides_.terms, kDepth);
  }
  Slab slab_at(std::size_t i, std::size_t j, std::size_t k) const {
    return {i,
            j,
            k,
            {std::min(sides_.rows - i, slab(tile_.rows)), std::min(sides_.terms - k, kDepth),
             std::min(sides_.columns - j, slab(tile_.columns))}};
  }

  // False: cancelled.
  bool run_slab(KernelContext t, Slab const& s) {
    std::size_t const high = panels(s.sides.rows, tile_.rows);
    std::size_t const wide = panels(s.sides.columns, tile_.columns);
    Range2 const blocks{{0, panels(wide, kWide)}, {0, panels(high, kHigh)}};
    return parallel_for(t, 0, high, [&](std::size_t panel) { pack_a(s, panel); }) &&
           parallel_for(t, 0, wide, [&](std::size_t panel) { pack_b(s, panel); }) &&
           parallel_for(t, blocks, [&](std::size_t x, std::size_t y) {
             run_block(s, {x * kWide, std::min((x + 1) * kWide, wide)},
                       {y * kHigh, std::min((y + 1) * kHigh, high)});
           });
  }

  T* panel_of_a(Slab const& s, std::size_t panel) {
    return packed_a_.data() + panel * tile_.rows * s.sides.terms;
  }
  T* panel_of_b(Slab const& s, std::size_t panel) {
    return packed_b_.data() + panel * tile_.columns * s.sides.terms;
  }

  // Term after term, and of each all rows, with zeros for those that there are not.
  void pack_a(Slab const& s, std::size_t panel) {
    T* const to = panel_of_a(s, panel);
    std::size_t const first = panel * tile_.rows;
    for (std::size_t i = 0; i < tile_.rows; ++i) {
      bool const is_there = first + i < s.sides.rows;
      T const* const from = a_ + (s.row + first + i) * sides_.terms + s.term;
      for (std::size_t k = 0; k < s.sides.terms; ++k) {
        to[k * tile_.rows + i] = is_there ? from[k] : T(0);
      }
    }
  }
  void pack_b(Slab const& s, std::size_t panel) {
    T* to = panel_of_b(s, panel);
    std::size_t const first = panel * tile_.columns;
    std::size_t const there = std::min(tile_.columns, s.sides.columns - first);
    T const* from = b_ + s.term * sides_.columns + s.column + first;
    for (std::size_t k = 0; k < s.sides.terms; ++k) {
      std::memcpy(to, from, there * sizeof(T));
      std::fill(to + there, to + tile_.columns, T(0));
      from += sides_.columns;
      to += tile_.columns;
    }
  }

  void run_block(Slab const& s, Range panels_of_b, Range panels_of_a) {
    for (std::size_t x = panels_of_b.begin; x < panels_of_b.end; ++x) {
      for (std::size_t y = panels_of_a.begin; y < panels_of_a.end; ++y) run_tile(s, x, y);
    }
  }

  void run_tile(Slab const& s, std::size_t x, std::size_t y) {
    std::size_t const column = x * tile_.columns, row = y * tile_.rows;
    std::size_t const wide = std::min(tile_.columns, s.sides.columns - column);
    std::size_t const high = std::min(tile_.rows, s.sides.rows - row);
    T* const to = c_ + (s.row + row) * sides_.columns + s.column + column;
    bool const adds = s.term > 0;
    T const* const a = panel_of_a(s, y);
    T const* const b = panel_of_b(s, x);
    if (wide == tile_.columns && high == tile_.rows) {
      return tile_.run(a, b, s.sides.terms, to, sides_.columns, adds);
    }
    T whole[kTileElementsMax];
    tile_.run(a, b, s.sides.terms, whole, tile_.columns, false);
    for (std::size_t i = 0; i < high; ++i) {
      for (std::size_t j = 0; j < wide; ++j) {
        T& element = to[i * sides_.columns + j];
        T const sum = whole[i * tile_.columns + j];
        element = adds ? element + sum : sum;
      }
    }
  }

  TileLoop<T> const& tile_ = tile_loop<T>();
  T const* const a_;
  T const* const b_;
  T* const c_;
  Sides const sides_;
  detail::Spare<T> packed_a_;
  detail::Spare<T> packed_b_;
};

// A matrix times a column.
template <class T>
Status times_column(KernelContext t, T const* a, T const* b, T* c, Sides const& sides) {
  auto const dot = loops().dot[sizeof(T) == sizeof(double) ? 0 : 1];
  bool const is_done = parallel_for(t, 0, sides.rows, [=](std::size_t i) {
    c[i] = T(dot(a + i * sides.terms, b, sides.terms));
  });
  return is_done ? Status::Done : Status::Cancelled;
}

// A row times a matrix: the rows of the matrix, each times an element, one after the other. A part
// of each at a time, so that what they are added to stays at hand.
template <class T>
Status row_times(KernelContext t, T const* a, T const* b, T* c, Sides const& sides) {
  constexpr std::size_t kPart = 512;
  auto const multiply_add = loops().multiply_add[sizeof(T) == sizeof(double) ? 0 : 1];
  auto const run_part = [=](std::size_t part) {
    std::size_t const first = part * kPart;
    std::size_t const n = std::min(kPart, sides.columns - first);
    T repeated[kBlockBytes / sizeof(T)];
    std::fill_n(c + first, n, T(0));
    for (std::size_t k = 0; k < sides.terms; ++k) {
      std::fill(std::begin(repeated), std::end(repeated), a[k]);
      multiply_add({repeated, true}, {b + k * sides.columns + first}, {c + first}, {c + first}, n);
    }
  };
  return parallel_for(t, 0, panels(sides.columns, kPart), run_part) ? Status::Done
                                                                    : Status::Cancelled;
}

}  // namespace

std::optional<Shape> matmul_shape(Shape const& a, Shape const& b) {
  std::optional<Sides> const sides = sides_of(a, b);
  if (!sides) return std::nullopt;
  std::size_t const both[] = {sides->rows, sides->columns};
  return Shape::make(std::span(both).subspan(a.rank() == 2 ? 0 : 1, a.rank() + b.rank() - 2));
}

Status matmul(KernelContext t, ConstView const& a, ConstView const& b, View const& out) {
  CHECK(is_float(a.dtype) && a.dtype == b.dtype && a.dtype == out.dtype);
  CHECK(matmul_shape(a.shape, b.shape) == out.shape);
  Sides const sides = *sides_of(a.shape, b.shape);
  if (out.elements() == 0) return Status::Done;
  if (sides.terms == 0) {
    std::memset(out.data, 0, out.elements() * size_of(out.dtype));
    return Status::Done;
  }
  auto const run = [&]<class T>(T) {
    auto const* const left = static_cast<T const*>(a.data);
    auto const* const right = static_cast<T const*>(b.data);
    auto* const to = static_cast<T*>(out.data);
    if (sides.columns == 1) return times_column(t, left, right, to, sides);
    if (sides.rows == 1) return row_times(t, left, right, to, sides);
    return Product<T>(left, right, to, sides).run(t);
  };
  return a.dtype == Dtype::F64 ? run(double{}) : run(float{});
}

}  // namespace heddle::array
