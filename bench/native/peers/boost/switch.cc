// Is Heddle's context switch cheaper than Boost.Context's jump_fcontext()? Both in one process.
#include <boost/context/detail/fcontext.hpp>

#include "support/alternate.h"
#include "support/arguments.h"
#include "support/switches.h"

using namespace bench;
using namespace boost::context::detail;

[[noreturn]] static void jump_back(transfer_t from) {
  for (;;) from = jump_fcontext(from.fctx, nullptr);
}

int main(int argc, char** argv) {
  Arguments const arguments = parse_arguments(argc, argv);
  long const trips = arguments.size_or(2'000'000, 1000);
  Pong pong;
  static constexpr std::size_t kStackBytes = 64 * 1024;
  std::unique_ptr<char[]> stack(new char[kStackBytes]);
  transfer_t other{make_fcontext(stack.get() + kStackBytes, kStackBytes, jump_back), nullptr};
  auto const taken = alternate(11, trips,
                               {[&](long count) {
                                  for (long i = 0; i < count; ++i) pong.round_trip();
                                },
                                [&](long count) {
                                  for (long i = 0; i < count; ++i) {
                                    other = jump_fcontext(other.fctx, nullptr);
                                  }
                                }});
  Report("Boost.Context").add("heddle", taken[0] / 2).add("switch", taken[1] / 2).print();
}
