// Unit: numbers become elements as in JavaScript, shapes are broadcast by NumPy's rule, and every
// operand's element is found.

#include <array>
#include <cstring>

#include "kernels/array/elementwise.h"
#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

void shapes_have_limits() {
  CHECK(Shape().rank() == 0 && Shape().elements() == 1);
  CHECK(Shape({2, 3, 4}).elements() == 24);
  std::array<std::size_t, 9> const ones{1, 1, 1, 1, 1, 1, 1, 1, 1};
  CHECK(Shape::make(std::span(ones).first(8)).has_value() && !Shape::make(ones).has_value());
  std::size_t const longest = (std::size_t{1} << 31) - 1;
  CHECK(Shape::make(std::array{longest})->elements() == longest);
  CHECK(!Shape::make(std::array{longest + 1}).has_value());
  CHECK(!Shape::make(std::array{longest, std::size_t{2}}).has_value());
  CHECK(!Shape::make(std::array{std::size_t{1} << 40, std::size_t{1} << 40}).has_value());
  CHECK(!Shape::make(std::array{std::size_t{0}, std::size_t{1} << 31}).has_value());
  CHECK(Shape({0, 5}).elements() == 0);
}

void sides_of_one_are_repeated() {
  CHECK(broadcast({3, 4}, {3, 4}) == Shape({3, 4}));
  CHECK(broadcast({3, 4}, {}) == Shape({3, 4}));
  CHECK(broadcast({4}, {3, 4}) == Shape({3, 4}));
  CHECK(broadcast({3, 1}, {4}) == Shape({3, 4}));
  CHECK(broadcast({1, 3, 1}, {5, 1, 4}) == Shape({5, 3, 4}));
  CHECK(broadcast({0}, {1}) == Shape({0}));
  CHECK(broadcast({1}, {}) == Shape({1}));
}

void other_shapes_do_not_go_together() {
  CHECK(!broadcast({3}, {4}).has_value());
  CHECK(!broadcast({3, 4}, {3}).has_value());
  CHECK(!broadcast({0}, {2}).has_value());
  CHECK(!broadcast({1 << 16, 1}, {1 << 16}).has_value());  // Too many elements.
}

// The element of an operand that belongs to element i of a result: by its coordinates.
std::size_t place(Shape const& operand, Shape const& result, std::size_t i) {
  std::size_t at = 0, stride = 1;
  for (std::size_t d = result.rank(); d-- > 0;) {
    std::size_t const coordinate = i % result[d];
    i /= result[d];
    std::size_t const extra = result.rank() - operand.rank();
    if (d < extra) continue;
    if (operand[d - extra] != 1) at += coordinate * stride;
    stride *= operand[d - extra];
  }
  return at;
}

void elements_are_found(KernelContext t) {
  Shape const shapes[][2] = {
      {{3, 4}, {4}},
      {{3, 4}, {3, 1}},
      {{300, 100}, {100}},
      {{300, 100}, {300, 1}},
      {{300, 1}, {100}},
      {{2, 1, 4}, {3, 1}},
      {{1, 1}, {5}},
      {{2, 3, 2, 3}, {3, 1, 3}},
      {{2, 3, 2, 3}, {2, 1, 1, 3}},
      {{1, 1, 1}, {1}},
      {{5, 0}, {1, 1}},
      {{7, 1, 1000}, {7, 5, 1}},
      {{2, 2, 2, 2, 2, 2, 2, 2}, {2, 1, 2, 1, 2, 1, 2}},
  };
  for (auto const& [left, right] : shapes) {
    for (Dtype const dtype : {Dtype::F64, Dtype::U16}) {
      Array a(dtype, left), b(dtype, right);
      for (std::size_t i = 0; i < a.size(); ++i) a.set(i, double(i % 60'000));
      for (std::size_t i = 0; i < b.size(); ++i) b.set(i, double(mix(i) % 1000));
      Shape const result = *broadcast(left, right);
      Array out(dtype, result), swapped(dtype, result);
      CHECK(binary(t, BinaryOp::Add, a.view(), b.view(), out.view()) == Status::Done);
      CHECK(binary(t, BinaryOp::Add, b.view(), a.view(), swapped.view()) == Status::Done);
      CHECK(out == swapped);
      check_elements("broadcast", 0, out, [&](std::size_t i) {
        return a[place(left, result, i)] + b[place(right, result, i)];
      });
    }
  }
}

// Rows that are cut where one worker's part ends and the next one's begins, too.
void three_operands_are_found(KernelContext t) {
  for (std::size_t const rows : {20, 1000}) {
    Array const condition(Dtype::U8, {rows, 1}, 1), a(Dtype::I32, {30}, 2),
        b(Dtype::I32, {1, 1}, 3);
    Array out(Dtype::I32, {rows, 30});
    CHECK(where(t, condition.view(), a.view(), b.view(), out.view()) == Status::Done);
    check_elements("where", 0, out,
                   [&](std::size_t i) { return condition[i / 30] != 0 ? a[i % 30] : b[0]; });
  }
}

// What Node prints for new T([3.7, -1, 300, ...]).
void numbers_are_stored_as_in_javascript() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNumbers[] = {3.7,        -1,
                                 300,        std::numeric_limits<double>::quiet_NaN(),
                                 -kInfinity, 0x1p32 + 5,
                                 -1.5,       1e20,
                                 -1e20,      0x1p31,
                                 65535.9,    1e300};
  struct Stored {
    Dtype dtype;
    double as[std::size(kNumbers)];
  };
  constexpr Stored kAll[] = {
      {Dtype::I32, {3, -1, 300, 0, 0, 5, -1, 1661992960, -1661992960, -0x1p31, 65535, 0}},
      {Dtype::U32,
       {3, 4294967295, 300, 0, 0, 5, 4294967295, 1661992960, 2632974336, 0x1p31, 65535, 0}},
      {Dtype::I16, {3, -1, 300, 0, 0, 5, -1, 0, 0, 0, -1, 0}},
      {Dtype::U8, {3, 255, 44, 0, 0, 5, 255, 0, 0, 0, 255, 0}},
  };
  for (Stored const& stored : kAll) {
    for (std::size_t i = 0; i < std::size(kNumbers); ++i) {
      Number const number(stored.dtype, kNumbers[i]);
      Array element(stored.dtype, {});
      std::memcpy(element.view().data, number.view().data, size_of(stored.dtype));
      CHECK(element[0] == stored.as[i]);
    }
  }
}

}  // namespace

int main() {
  numbers_are_stored_as_in_javascript();
  shapes_have_limits();
  sides_of_one_are_repeated();
  other_shapes_do_not_go_together();
  on_every_set([](KernelContext t) {
    elements_are_found(t);
    three_operands_are_found(t);
  });
}
