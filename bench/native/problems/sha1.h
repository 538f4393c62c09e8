#pragma once
// SHA-1 of up to 55 bytes: one block. What UTS draws its random numbers from.

#include <cstddef>
#include <cstdint>

namespace bench {

inline constexpr std::size_t kDigestWords = 5;

struct Digest {
  std::uint32_t word[kDigestWords];
};

// Of one padded block of sixteen big-endian words. Inlined, since a caller knows most of them: a
// seventh less time.
[[gnu::always_inline]] inline Digest sha1_block(std::uint32_t const (&message)[16]) {
  auto const rotate = [](std::uint32_t word, int by) { return word << by | word >> (32 - by); };
  std::uint32_t w[16];
  for (int i = 0; i < 16; ++i) w[i] = message[i];
  std::uint32_t a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476, e = 0xc3d2e1f0;
  auto const round = [&](int i, std::uint32_t mixed, std::uint32_t constant) {
    if (i >= 16) {
      std::uint32_t const word = w[(i + 13) % 16] ^ w[(i + 8) % 16] ^ w[(i + 2) % 16] ^ w[i % 16];
      w[i % 16] = rotate(word, 1);
    }
    std::uint32_t const next = rotate(a, 5) + mixed + e + constant + w[i % 16];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  };
  // Unrolled, or it takes four times as long, and what surrounds it would not show.
#pragma GCC unroll 20
  for (int i = 0; i < 20; ++i) round(i, d ^ (b & (c ^ d)), 0x5a827999);
#pragma GCC unroll 20
  for (int i = 20; i < 40; ++i) round(i, b ^ c ^ d, 0x6ed9eba1);
#pragma GCC unroll 20
  for (int i = 40; i < 60; ++i) round(i, (b & c) | (d & (b | c)), 0x8f1bbcdc);
#pragma GCC unroll 20
  for (int i = 60; i < 80; ++i) round(i, b ^ c ^ d, 0xca62c1d6);
  return {{a + 0x67452301, b + 0xefcdab89, c + 0x98badcfe, d + 0x10325476, e + 0xc3d2e1f0}};
}

}  // namespace bench
