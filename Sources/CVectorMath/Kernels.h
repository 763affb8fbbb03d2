// What the kernels' files share; not visible from outside.
#pragma once
#include "CVectorMath.h"

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
// Clang prefers half of the widest registers, which for products is half of the speed.
#define WIDE __attribute__((min_vector_width(512)))
#else
#define CLONES
#define WIDE
#endif
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// 16 numbers: one register of 512 bits, or several narrower ones.
typedef float half_strip __attribute__((vector_size(64), aligned(4)));

// Columns become rows in four rounds; round s exchanges what stands s apart.
#define EXCHANGE(s, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, aa, ab, ac, ad, ae, af, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ba, bb, bc, bd, be, bf) \
  UNROLL for (int i = 0; i < 16; i++)                                                                                                           \
    if (!(i & s)) {                                                                                                                             \
      half_strip upper = m[i], lower = m[i + s];                                                                                                \
      m[i] = __builtin_shufflevector(upper, lower, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, aa, ab, ac, ad, ae, af);                              \
      m[i + s] = __builtin_shufflevector(upper, lower, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ba, bb, bc, bd, be, bf);                          \
    }
// y[k · to + i] = x[i · from + k] for 16 × 16 numbers.
INLINE void transpose16(const float *x, size_t from, float *y, size_t to) {
  half_strip m[16];
  UNROLL for (int i = 0; i < 16; i++) m[i] = *(const half_strip *)(x + i * from);
  EXCHANGE(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
  EXCHANGE(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
  EXCHANGE(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
  EXCHANGE(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  UNROLL for (int i = 0; i < 16; i++) *(half_strip *)(y + i * to) = m[i];
}

// Columns of a right factor that are multiplied at once, and most rows whose sums stay in registers meanwhile.
enum { STRIP = 32, TILE = 12 };

// sums[R × 32] += left · right[inner × 32], where element (r, k) of the left factor stands at r·row + k·step. R is a constant where this is
// inlined, so that the sums stay in registers.
INLINE void add_products(const size_t R, half_strip (*sums)[2], const float *left, size_t row, size_t step, const float *right, size_t inner) {
#pragma clang fp contract(fast)
  // One pointer for every four rows, and the rest by the addressing modes: twelve pointers would not fit into the registers.
  size_t row3 = 3 * row;
  const float *p[(TILE + 3) / 4];
  UNROLL for (size_t q = 0; q < (R + 3) / 4; q++) p[q] = left + 4 * q * row;
  for (size_t k = 0; k < inner; k++, right += STRIP) {
    half_strip a = *(const half_strip *)right, b = *(const half_strip *)(right + 16);
    UNROLL for (size_t r = 0; r < R; r++) {
      float x = p[r / 4][r % 4 == 3 ? row3 : r % 4 * row];
      sums[r][0] += x * a;
      sums[r][1] += x * b;
    }
    UNROLL for (size_t q = 0; q < (R + 3) / 4; q++) p[q] += step;
  }
}

// Registers of 512 bits hold the sums of twelve rows; narrower ones hold those of two.
#define TILES(tile, rows)                                            \
  size_t r = 0;                                                      \
  if (cvm_has_wide_registers()) {                                    \
    for (; r + TILE <= rows; r += TILE) tile(TILE)                   \
    for (; r + 4 <= rows; r += 4) tile(4)                            \
  }                                                                  \
  for (; r + 2 <= rows; r += 2) tile(2)                              \
  for (; r < rows; r++) tile(1)
