// Dense layers over blocks of 32 samples: what a block holds of one feature lies together, so that a block's outputs have the order in which the
// next product reads them, in either direction, and weights are read where they stand. Nothing but the weight gradient's right factor is packed.
#include "CVectorMath.h"
#include "Kernels.h"
#include <string.h>

typedef int bits __attribute__((vector_size(64)));
enum { BLOCK = CVM_BLOCK, DEPTH = 8 };
_Static_assert(BLOCK == STRIP, "a block's columns are a strip's");

INLINE void forward_tile(const size_t R, const float *w, const float *bias, const float *x, float *y, size_t inputs, int relu) {
  half_strip sums[TILE][2], zero = {0};
  UNROLL for (size_t r = 0; r < R; r++) sums[r][0] = sums[r][1] = zero + bias[r];
  add_products(R, sums, w, inputs, 1, x, inputs);
  UNROLL for (size_t r = 0; r < R; r++)
    UNROLL for (size_t j = 0; j < 2; j++) {
      // NaN must pass through: hence the comparison.
      if (relu) sums[r][j] = (half_strip)((bits)sums[r][j] & ~(sums[r][j] < zero));
      *(half_strip *)(y + BLOCK * r + 16 * j) = sums[r][j];
    }
}
CLONES WIDE void cvm_block_forward(const float *w, const float *bias, const float *x, float *y, size_t inputs, size_t outputs, int relu) {
#define FORWARD(R) forward_tile(R, w + r * inputs, bias + r, x, y + BLOCK * r, inputs, relu);
  TILES(FORWARD, outputs)
}

INLINE void backward_tile(const size_t R, const float *w, const float *dy, const float *x, float *dx, size_t inputs, size_t outputs) {
  half_strip sums[TILE][2] = {0}, zero = {0};
  add_products(R, sums, w, 1, inputs, dy, outputs);
  UNROLL for (size_t r = 0; r < R; r++)
    UNROLL for (size_t j = 0; j < 2; j++) {
      if (x) sums[r][j] = (half_strip)((bits)sums[r][j] & (*(const half_strip *)(x + BLOCK * r + 16 * j) > zero));
      *(half_strip *)(dx + BLOCK * r + 16 * j) = sums[r][j];
    }
}
CLONES WIDE void cvm_block_backward(const float *w, const float *dy, const float *x, float *dx, size_t inputs, size_t outputs, size_t first,
                                    size_t count) {
#define BACKWARD(R) backward_tile(R, w + first + r, dy, x ? x + BLOCK * (first + r) : x, dx + BLOCK * r, inputs, outputs);
  TILES(BACKWARD, count)
}

INLINE void gradient_tile(const size_t R, const float *dy, const float *strip, float *dw, size_t stride, size_t blocks, size_t inputs, size_t width,
                          int accumulate) {
  half_strip sums[TILE][2] = {0};
  float edge[TILE][BLOCK];
  if (accumulate && width < BLOCK)
    for (size_t r = 0; r < R; r++) memcpy(edge[r], dw + r * inputs, width * sizeof *dw);
  if (accumulate)
    UNROLL for (size_t r = 0; r < R; r++)
      UNROLL for (size_t j = 0; j < 2; j++) sums[r][j] = *(const half_strip *)((width < BLOCK ? edge[r] : dw + r * inputs) + 16 * j);
  for (size_t b = 0; b < blocks; b++) add_products(R, sums, dy + b * stride, BLOCK, 1, strip + b * BLOCK * BLOCK, BLOCK);
  UNROLL for (size_t r = 0; r < R; r++)
    UNROLL for (size_t j = 0; j < 2; j++) *(half_strip *)((width < BLOCK ? edge[r] : dw + r * inputs) + 16 * j) = sums[r][j];
  if (width < BLOCK)
    for (size_t r = 0; r < R; r++) memcpy(dw + r * inputs, edge[r], width * sizeof *dw);
}
CLONES WIDE void cvm_block_weight_gradient(const float *dy, const float *x, size_t stride, float *dw, float *dbias, size_t blocks, size_t inputs,
                                           size_t outputs, size_t rows) {
  // 32 inputs at a time, samples by inputs, for few enough blocks that they stay in the first cache.
  float strip[DEPTH * BLOCK * BLOCK] __attribute__((aligned(64))), edge[BLOCK * BLOCK] __attribute__((aligned(64)));
  for (size_t first = 0; first < blocks; first += DEPTH) {
    size_t depth = blocks - first < DEPTH ? blocks - first : DEPTH;
    const float *d = dy + first * outputs * BLOCK;
    for (size_t s = 0; s < inputs; s += BLOCK) {
      size_t width = inputs - s < BLOCK ? inputs - s : BLOCK;
      for (size_t b = 0; b < depth; b++) {
        const float *from = x + (first + b) * stride + s * BLOCK;
        float *to = strip + b * BLOCK * BLOCK;
        if (width < BLOCK) {
          memset(edge, 0, sizeof edge);
          from = memcpy(edge, from, width * BLOCK * sizeof *from);
        }
        UNROLL for (int q = 0; q < 4; q++)
          transpose16(from + 16 * (q / 2) * BLOCK + 16 * (q % 2), BLOCK, to + 16 * (q % 2) * BLOCK + 16 * (q / 2), BLOCK);
      }
#define GRADIENT(R) gradient_tile(R, d + r * BLOCK, strip, dw + r * inputs + s, outputs * BLOCK, depth, inputs, width, first > 0);
      TILES(GRADIENT, rows)
    }
  }
  for (size_t r = 0; r < rows; r++) {
    half_strip sum = {0};
    for (size_t b = 0; b < blocks; b++) {
      const half_strip *d = (const half_strip *)(dy + (b * outputs + r) * BLOCK);
      sum += d[0] + d[1];
    }
    dbias[r] = 0;
    UNROLL for (int k = 0; k < 16; k++) dbias[r] += sum[k];
  }
}

CLONES WIDE void cvm_block_from_rows(const float *x, size_t stride, float *block, size_t width, size_t rows) {
  size_t c = 0;
  for (; rows == BLOCK && c + 16 <= width; c += 16) {
    transpose16(x + c, stride, block + c * BLOCK, BLOCK);
    transpose16(x + 16 * stride + c, stride, block + c * BLOCK + 16, BLOCK);
  }
  for (; c < width; c++)
    for (size_t k = 0; k < BLOCK; k++) block[c * BLOCK + k] = k < rows ? x[k * stride + c] : 0;
}
void cvm_block_to_rows(const float *block, float *x, size_t stride, size_t width, size_t rows) {
  for (size_t k = 0; k < rows; k++)
    for (size_t c = 0; c < width; c++) x[k * stride + c] = block[c * BLOCK + k];
}

CLONES void cvm_block_layer_norm(const float *restrict x, const float *restrict gain, const float *restrict bias, float *restrict y,
                                 float *restrict mean, float *restrict inverse, size_t outputs, float epsilon) {
  float sum[BLOCK] = {0}, squares[BLOCK] = {0};
  for (size_t r = 0; r < outputs; r++)
    for (size_t k = 0; k < BLOCK; k++) sum[k] += x[r * BLOCK + k];
  for (size_t k = 0; k < BLOCK; k++) mean[k] = sum[k] / (float)outputs;
  for (size_t r = 0; r < outputs; r++)
    for (size_t k = 0; k < BLOCK; k++) {
      float d = x[r * BLOCK + k] - mean[k];
      squares[k] += d * d;
    }
  for (size_t k = 0; k < BLOCK; k++) inverse[k] = 1.0f / __builtin_elementwise_sqrt(squares[k] / (float)outputs + epsilon);
  for (size_t r = 0; r < outputs; r++)
    for (size_t k = 0; k < BLOCK; k++) y[r * BLOCK + k] = (x[r * BLOCK + k] - mean[k]) * inverse[k] * gain[r] + bias[r];
}

CLONES void cvm_block_layer_norm_backward(const float *restrict x, const float *restrict gain, const float *restrict mean,
                                          const float *restrict inverse, float *restrict d, float *restrict dgain, float *restrict dbias,
                                          size_t outputs) {
  float sum[BLOCK] = {0}, weighted[BLOCK] = {0};
  for (size_t r = 0; r < outputs; r++) {
#pragma clang fp reassociate(on)
    float shift = 0, scale = 0;
    for (size_t k = 0; k < BLOCK; k++) {
      float normal = (x[r * BLOCK + k] - mean[k]) * inverse[k], e = d[r * BLOCK + k];
      shift += e;
      scale += e * normal;
      sum[k] += e * gain[r];
      weighted[k] += e * gain[r] * normal;
    }
    dgain[r] = scale;
    dbias[r] = shift;
  }
  float share = 1.0f / (float)outputs;
  for (size_t r = 0; r < outputs; r++)
    for (size_t k = 0; k < BLOCK; k++) {
      float normal = (x[r * BLOCK + k] - mean[k]) * inverse[k];
      d[r * BLOCK + k] = inverse[k] * (d[r * BLOCK + k] * gain[r] - share * (sum[k] + normal * weighted[k]));
    }
}
