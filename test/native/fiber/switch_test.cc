// Unit: a switch keeps what the ABI says it keeps, and a new stack starts as the ABI says.
//
// Registers are checked by an assembly function that fills every callee-saved register with
// known values, calls heddle_switch, and stores what it finds afterwards. Both sides of the
// switch do that with values of their own, so each would overwrite the other's.

#include "fiber/switch.h"

#include <pthread.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/random.h"
#include "fiber/sanitizer.h"

using namespace heddle;

// Fills the callee-saved registers from `in`, switches, and stores them to `out`.
extern "C" void switch_with_registers(Context* from, Context to, std::uint64_t const* in,
                                      std::uint64_t* out);

#if defined(__x86_64__)

constexpr std::size_t kRegisters = 6;  // rbx, rbp, r12 to r15.

asm(R"(
    .text
    .globl switch_with_registers
    .type switch_with_registers, @function
switch_with_registers:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rcx
    movq 0(%rdx), %rbx
    movq 8(%rdx), %rbp
    movq 16(%rdx), %r12
    movq 24(%rdx), %r13
    movq 32(%rdx), %r14
    movq 40(%rdx), %r15
    callq heddle_switch
    popq %rcx
    movq %rbx, 0(%rcx)
    movq %rbp, 8(%rcx)
    movq %r12, 16(%rcx)
    movq %r13, 24(%rcx)
    movq %r14, 32(%rcx)
    movq %r15, 40(%rcx)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size switch_with_registers, . - switch_with_registers
)");

#elif defined(__aarch64__)

constexpr std::size_t kRegisters = 19;  // x19 to x29, d8 to d15.

asm(R"(
    .text
    .globl switch_with_registers
    .type switch_with_registers, %function
switch_with_registers:
    stp x29, x30, [sp, #-176]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    str x3, [sp, #160]
    ldp x19, x20, [x2, #0]
    ldp x21, x22, [x2, #16]
    ldp x23, x24, [x2, #32]
    ldp x25, x26, [x2, #48]
    ldp x27, x28, [x2, #64]
    ldr x29, [x2, #80]
    ldp d8, d9, [x2, #88]
    ldp d10, d11, [x2, #104]
    ldp d12, d13, [x2, #120]
    ldp d14, d15, [x2, #136]
    bl heddle_switch
    ldr x3, [sp, #160]
    stp x19, x20, [x3, #0]
    stp x21, x22, [x3, #16]
    stp x23, x24, [x3, #32]
    stp x25, x26, [x3, #48]
    stp x27, x28, [x3, #64]
    str x29, [x3, #80]
    stp d8, d9, [x3, #88]
    stp d10, d11, [x3, #104]
    stp d12, d13, [x3, #120]
    stp d14, d15, [x3, #136]
    ldp d14, d15, [sp, #144]
    ldp d12, d13, [sp, #128]
    ldp d10, d11, [sp, #112]
    ldp d8, d9, [sp, #96]
    ldp x27, x28, [sp, #80]
    ldp x25, x26, [sp, #64]
    ldp x23, x24, [sp, #48]
    ldp x21, x22, [sp, #32]
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #176
    ret
    .size switch_with_registers, . - switch_with_registers
)");

#endif

namespace {

constexpr std::size_t kStack = 64 * 1024;

// One side of a pair that switch to and fro.
struct Side {
  Context context;
  StackIdentity identity;
};

struct Pair {
  Pair() {
    pthread_attr_t attributes;
    CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* low = nullptr;
    CHECK(pthread_attr_getstack(&attributes, &low, &main.identity.bytes) == 0);
    main.identity.low = low;
    pthread_attr_destroy(&attributes);
#if defined(__SANITIZE_THREAD__)
    main.identity.tsan_fiber = __tsan_get_current_fiber();
#endif
    identify_fiber(fiber.identity, stack.get(), kStack);
  }
  ~Pair() {
    forget_fiber(fiber.identity);
  }

  void start(Entry entry) {
    fiber.context = make_context(stack.get(), kStack, entry, this);
  }

  // The first thing that an entry does.
  void arrived() {
    announce_arrive(fiber.identity);
  }

  void to_fiber() {
    announce_leave(main.identity, fiber.identity);
    heddle_switch(&main.context, fiber.context);
    announce_arrive(main.identity);
  }
  void to_main() {
    announce_leave(fiber.identity, main.identity);
    heddle_switch(&fiber.context, main.context);
    announce_arrive(fiber.identity);
  }

  Side main;
  Side fiber;
  std::unique_ptr<char[]> stack{new char[kStack]};
  std::string trace;
};

void switches_back_and_forth() {
  Pair pair;
  pair.start([](void* arg) {
    auto& self = *static_cast<Pair*>(arg);
    self.arrived();
    for (char letter = 'a';; ++letter) {
      self.trace += letter;
      self.to_main();
    }
  });
  for (int i = 0; i < 3; ++i) {
    pair.to_fiber();
    pair.trace += '.';
  }
  CHECK(pair.trace == "a.b.c.");
}

using Registers = std::array<std::uint64_t, kRegisters>;

struct RegisterPair : Pair {
  Random random{1};
  std::uint64_t switches = 0;

  void switch_and_compare(Side& from, Side& to) {
    Registers before;
    Registers after{};
    for (auto& value : before) value = std::uint64_t{random.next()} << 32 | random.next();
    announce_leave(from.identity, to.identity);
    switch_with_registers(&from.context, to.context, before.data(), after.data());
    announce_arrive(from.identity);
    CHECK(before == after);
    ++switches;
  }
};

void callee_saved_registers_survive_on_both_sides() {
  constexpr std::uint64_t kRounds = 10'000;
  RegisterPair pair;
  pair.fiber.context = make_context(
      pair.stack.get(), kStack,
      [](void* arg) {
        auto& self = *static_cast<RegisterPair*>(arg);
        self.arrived();
        while (true) self.switch_and_compare(self.fiber, self.main);
      },
      &pair);
  for (std::uint64_t i = 0; i < kRounds; ++i) pair.switch_and_compare(pair.main, pair.fiber);
  CHECK(pair.switches == 2 * kRounds - 1);  // The fiber's last has not come back.
}

// The same as the compiler sees it: values that it keeps across the call, integer and double.
void what_the_compiler_keeps_across_a_switch_is_kept() {
  Pair pair;
  pair.start([](void* arg) {
    auto& self = *static_cast<Pair*>(arg);
    self.arrived();
    double a = 0.5, b = 1.5, c = 2.5, d = 3.5;
    for (std::uint64_t i = 1;; ++i) {
      self.to_main();
      a += 1, b += 2, c += 3, d += 4;
      CHECK(b == 2 * a + 0.5 && c == 3 * a + 1 && d == 4 * a + 1.5);
      CHECK(a == double(i) + 0.5);
    }
  });
  double sum = 0;
  std::uint64_t count = 0;
  for (int i = 0; i < 100'000; ++i) {
    pair.to_fiber();
    sum += 0.25;
    ++count;
  }
  CHECK(count == 100'000 && sum == 25'000);
}

// Whatever the base and the size, also ones that are not aligned themselves.
void a_new_stack_is_aligned() {
  for (std::size_t low : {0, 1, 8, 15}) {
    for (std::size_t cut : {0, 1, 7, 8, 9, 63}) {
      Pair pair;
      pair.fiber.context = make_context(
          pair.stack.get() + low, kStack - 64 - cut,
          [](void* arg) {
            auto& self = *static_cast<Pair*>(arg);
            self.arrived();
            alignas(64) char volatile aligned[64] = {};
            CHECK(reinterpret_cast<std::uintptr_t>(&aligned) % 64 == 0);
            CHECK(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) % 16 == 0);
            self.trace = "aligned";
            self.to_main();
          },
          &pair);
      pair.to_fiber();
      CHECK(pair.trace == "aligned");
    }
  }
}

// The frame of a new stack lies below its top and above its base: nothing outside is written.
void a_new_stack_stays_inside_its_bounds() {
  constexpr std::size_t kSmall = 4096;
  std::unique_ptr<unsigned char[]> memory(new unsigned char[3 * kSmall]);
  for (std::size_t i = 0; i < 3 * kSmall; ++i) memory[i] = 0xa5;
  Context const context = make_context(
      memory.get() + kSmall, kSmall, [](void*) {}, nullptr);
  auto const* sp = static_cast<unsigned char*>(context.sp);
  CHECK(sp > memory.get() + kSmall && sp < memory.get() + 2 * kSmall);
  for (std::size_t i = 0; i < kSmall; ++i) {
    CHECK(memory[i] == 0xa5 && memory[2 * kSmall + i] == 0xa5);
  }
}

}  // namespace

int main() {
  switches_back_and_forth();
  callee_saved_registers_survive_on_both_sides();
  what_the_compiler_keeps_across_a_switch_is_kept();
  a_new_stack_is_aligned();
  a_new_stack_stays_inside_its_bounds();
}
