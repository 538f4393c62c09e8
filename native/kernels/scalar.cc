// The table of all scalar kernels, and those of booleans.

#include "kernels/scalar.h"

namespace heddle {

namespace {

KernelTable make_table() {
  KernelTable table{};
  add_number_kernels(table.of[std::size_t(Type::Number)]);
  add_integer_kernels(table.of[std::size_t(Type::BigInt)]);
  add_boolean_kernels(table.of[std::size_t(Type::Boolean)]);
  add_complex_kernels(table.of[std::size_t(Type::Complex)]);
  return table;
}

template <class Operation>
FaultCode give(Value const& left, Value const& right, Value& result) {
  result.boolean = Operation{}(left.boolean, right.boolean);
  return FaultCode::None;
}

struct And {
  bool operator()(bool left, bool right) const { return left && right; }
};
struct Or {
  bool operator()(bool left, bool right) const { return left || right; }
};
struct Equal {
  bool operator()(bool left, bool right) const { return left == right; }
};
struct Differ {
  bool operator()(bool left, bool right) const { return left != right; }
};
struct Not {
  bool operator()(bool of, bool) const { return !of; }
};

}  // namespace

void add_boolean_kernels(KernelRow& row) {
  kernel_in(row, CommandCode::And) = give<And>;
  kernel_in(row, CommandCode::Or) = give<Or>;
  kernel_in(row, CommandCode::Eq) = give<Equal>;
  kernel_in(row, CommandCode::Ne) = give<Differ>;
  kernel_in(row, CommandCode::Not) = give<Not>;
}

KernelTable const& scalar_kernels() {
  static KernelTable const table = make_table();
  return table;
}

}  // namespace heddle
