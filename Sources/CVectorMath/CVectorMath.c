#include "Kernels.h"
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// __builtin_elementwise_sqrt, used below, is the bare instruction; sqrtf would set errno and so stay scalar.
INLINE float bits_to_float(int32_t i) { float f; memcpy(&f, &i, 4); return f; }
INLINE int32_t float_to_bits(float f) { int32_t i; memcpy(&i, &f, 4); return i; }
INLINE float minimum(float a, float b) { return a < b ? a : b; }
INLINE float maximum(float a, float b) { return a > b ? a : b; }

// e^x = 2^n · e^r with |r| ≤ ln2/2; the polynomial is the minimax fit of Cephes' expf. NaN stays NaN.
INLINE float exp1(float x) {
  float clamped = minimum(maximum(x, -87.3f), 88.3f);
  float n = (clamped * 1.44269504f + 12582912.0f) - 12582912.0f;  // rounds to the nearest whole number
  float r = clamped - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  float result = p * bits_to_float(((int32_t)n + 127) << 23);
  result = x < -87.3f ? 0.0f : result;
  return x != x ? x : result;
}

// ln x = e·ln2 + ln m with m in [√½, √2); polynomial as in Cephes' logf. Subnormal numbers are scaled up first; NaN stays NaN.
INLINE float log1(float x) {
  int tiny = x < 1.17549435e-38f;
  int32_t i = float_to_bits(tiny ? x * 8388608.0f : x);  // 2^23
  int32_t shifted = i - 0x3f3504f3;                      // √½
  float e = (float)(shifted >> 23) - (tiny ? 23.0f : 0.0f);
  float m = bits_to_float((shifted & 0x007fffff) + 0x3f3504f3) - 1.0f;
  float z = m * m, p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float y = m * z * p - 2.12194440e-4f * e - 0.5f * z;
  float result = m + y + 0.693359375f * e;
  result = x > 0 ? result : (x == 0 ? -__builtin_inff() : __builtin_nanf(""));
  return x < __builtin_inff() ? result : x;
}

// Near 0 an odd polynomial keeps the relative error small; elsewhere 1 − 2/(e^2|x| + 1).
INLINE float tanh1(float x) {
  float a = x < 0 ? -x : x, s = x * x;
  float p = -5.70498872745e-3f;
  p = p * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  float small = p * s * x + x;
  float large = 1.0f - 2.0f / (exp1(minimum(a, 20.0f) * 2.0f) + 1.0f);
  large = x < 0 ? -large : large;
  return a > 0.625f ? large : (x != x ? x : small);
}

// NaN must pass through all of these: hence the order of the comparisons' operands.
INLINE float elu1(float x) { float e = exp1(minimum(0.0f, x)) - 1.0f; return x > 0 ? x : e; }
INLINE float relu1(float x) { return x < 0 ? 0.0f : x; }
INLINE float same1(float x) { return x; }

#define MAP(name, f) \
  CLONES void name(const float *x, float *y, size_t n) { for (size_t i = 0; i < n; i++) y[i] = f(x[i]); }
MAP(cvm_tanh, tanh1)
MAP(cvm_exp, exp1)
MAP(cvm_log, log1)
MAP(cvm_elu, elu1)
MAP(cvm_relu, relu1)

#define BIAS(name, f)                                                                     \
  CLONES void name(float *restrict y, const float *restrict bias, size_t rows, size_t cols) { \
    for (size_t r = 0; r < rows; r++, y += cols)                                          \
      for (size_t c = 0; c < cols; c++) y[c] = f(y[c] + bias[c]);                         \
  }
BIAS(cvm_bias, same1)
BIAS(cvm_bias_tanh, tanh1)
BIAS(cvm_bias_relu, relu1)
BIAS(cvm_bias_elu, elu1)

CLONES void cvm_tanh_backward(const float *y, float *d, size_t n) { for (size_t i = 0; i < n; i++) d[i] *= 1.0f - y[i] * y[i]; }
CLONES void cvm_relu_backward(const float *y, float *d, size_t n) { for (size_t i = 0; i < n; i++) d[i] = y[i] > 0 ? d[i] : 0.0f; }
CLONES void cvm_elu_backward(const float *y, float *d, size_t n) { for (size_t i = 0; i < n; i++) d[i] *= y[i] > 0 ? 1.0f : y[i] + 1.0f; }

// Sums may be reassociated: that is what lets them vectorise. The order still depends on n and the CPU alone.
CLONES float cvm_sum(const float *x, size_t n) {
#pragma clang fp reassociate(on) contract(fast)
  float s = 0;
  for (size_t i = 0; i < n; i++) s += x[i];
  return s;
}
CLONES float cvm_sum_squares(const float *x, size_t n) {
#pragma clang fp reassociate(on) contract(fast)
  float s = 0;
  for (size_t i = 0; i < n; i++) s += x[i] * x[i];
  return s;
}
CLONES int cvm_all_finite(const float *x, size_t n) {
  int bad = 0;
  for (size_t i = 0; i < n; i++) bad |= (float_to_bits(x[i]) & 0x7f800000) == 0x7f800000;
  return !bad;
}
CLONES void cvm_add(float *y, const float *x, size_t n) { for (size_t i = 0; i < n; i++) y[i] += x[i]; }
CLONES void cvm_add_column_sums(const float *restrict d, float *restrict sums, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, d += cols)
    for (size_t c = 0; c < cols; c++) sums[c] += d[c];
}

CLONES void cvm_standardise(const float *x, const float *restrict mean, const float *restrict scale, float limit, float *y, size_t rows,
                            size_t cols) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols)
    for (size_t c = 0; c < cols; c++) y[c] = minimum(limit, maximum(-limit, (x[c] - mean[c]) * scale[c]));
}

CLONES static void adam(float *restrict parameter, const float *restrict gradient, float *restrict m, float *restrict v, size_t n, float factor,
                        float step, float beta1, float beta2, float epsilon, float l2, float root) {
  for (size_t i = 0; i < n; i++) {
    float g = gradient[i] * factor + l2 * parameter[i];
    float a = m[i] = beta1 * m[i] + (1.0f - beta1) * g;
    float b = v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
    parameter[i] -= step * a / (__builtin_elementwise_sqrt(b) * root + epsilon);
  }
}
void cvm_adam(float *parameter, const float *gradient, float *m, float *v, size_t n, float factor, float learning_rate, float beta1, float beta2,
              float epsilon, float l2, float correction1, float correction2) {
  // Moments of weights that get no gradient any more decay into the subnormal numbers and, rounded up again and again, would stay there, where every
  // instruction takes a hundred times as long.
#if defined(__x86_64__)
  unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
#endif
  adam(parameter, gradient, m, v, n, factor, learning_rate / correction1, beta1, beta2, epsilon, l2, 1.0f / __builtin_elementwise_sqrt(correction2));
#if defined(__x86_64__)
  _mm_setcsr(mode);
#endif
}

CLONES void cvm_layer_norm(const float *restrict x, const float *restrict gain, const float *restrict bias, float *restrict y,
                           float *restrict mean, float *restrict inverse, size_t rows, size_t cols, float epsilon) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    float sum = 0, squares = 0;
    for (size_t c = 0; c < cols; c++) sum += x[c];
    float mu = sum / (float)cols;
    for (size_t c = 0; c < cols; c++) squares += (x[c] - mu) * (x[c] - mu);
    float rstd = 1.0f / __builtin_elementwise_sqrt(squares / (float)cols + epsilon);
    mean[r] = mu;
    inverse[r] = rstd;
    for (size_t c = 0; c < cols; c++) y[c] = (x[c] - mu) * rstd * gain[c] + bias[c];
  }
}

CLONES void cvm_layer_norm_backward(const float *restrict x, const float *restrict gain, const float *restrict mean,
                                    const float *restrict inverse, float *restrict d, float *restrict dgain, float *restrict dbias,
                                    size_t rows, size_t cols) {
#pragma clang fp reassociate(on) contract(fast)
  for (size_t r = 0; r < rows; r++, x += cols, d += cols) {
    float mu = mean[r], rstd = inverse[r], sum = 0, weighted = 0;
    for (size_t c = 0; c < cols; c++) {
      float normal = (x[c] - mu) * rstd, g = d[c] * gain[c];
      dgain[c] += d[c] * normal;
      dbias[c] += d[c];
      sum += g;
      weighted += g * normal;
    }
    sum /= (float)cols;
    weighted /= (float)cols;
    for (size_t c = 0; c < cols; c++) d[c] = rstd * (d[c] * gain[c] - sum - (x[c] - mu) * rstd * weighted);
  }
}

CLONES void cvm_polyak(float *restrict target, const float *restrict source, float rate, size_t n) {
  for (size_t i = 0; i < n; i++) target[i] += rate * (source[i] - target[i]);
}

// sin(πx) for |x| ≤ ½ by its series to the 13th power.
INLINE float sin_pi1(float x) {
  float a = x * 3.14159265f, s = a * a;
  float p = 1.6059043837e-10f;
  p = p * s - 2.5052108385e-8f;
  p = p * s + 2.7557319224e-6f;
  p = p * s - 1.9841269841e-4f;
  p = p * s + 8.3333333333e-3f;
  p = p * s - 1.6666666667e-1f;
  return p * s * a + a;
}

CLONES void cvm_normal(const uint32_t *restrict words, float *restrict y, size_t pairs) {
  for (size_t i = 0; i < pairs; i++) {
    // u in (0, 1], the angle πt with t in [−1, 1].
    float u = (float)words[i] * 0x1p-32f + 0x1p-33f, t = (float)(int32_t)words[pairs + i] * 0x1p-31f;
    float radius = __builtin_elementwise_sqrt(maximum(0.0f, -2.0f * log1(minimum(1.0f, u))));
    float a = t < 0 ? -t : t, folded = a > 0.5f ? 1.0f - a : a;
    y[i] = radius * sin_pi1(t < 0 ? -folded : folded);
    y[pairs + i] = radius * sin_pi1(0.5f - a);
  }
}

CLONES void cvm_squashed_gaussian(const float *restrict output, const float *restrict noise, float low, float high, float *restrict u,
                                  float *restrict spread, float *restrict action, float *restrict density, float *restrict log_p,
                                  size_t rows, size_t cols) {
  // Means and ln σ are taken apart first, so that the loop with the functions in it is flat and long.
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      u[r * cols + c] = output[2 * r * cols + c];
      density[r * cols + c] = minimum(high, maximum(low, output[(2 * r + 1) * cols + c]));
    }
  for (size_t i = 0; i < rows * cols; i++) {
    float log_std = density[i], s = exp1(log_std) * noise[i], x = u[i] + s, twice = 2.0f * x;
    float softplus = (twice < 0 ? -twice : 0.0f) + log1(1.0f + exp1(twice < 0 ? twice : -twice));
    u[i] = x;
    spread[i] = s;
    action[i] = tanh1(x);
    density[i] = -0.5f * noise[i] * noise[i] - log_std - 0.9189385332f - 2.0f * (0.6931471806f - x - softplus);
  }
  for (size_t r = 0; r < rows; r++) {
    float sum = 0;
    for (size_t c = 0; c < cols; c++) sum += density[r * cols + c];
    log_p[r] = sum;
  }
}

CLONES void cvm_squashed_gaussian_backward(const float *restrict output, const float *restrict action, const float *restrict spread,
                                           const float *restrict d_action, float weight, float low, float high, float *restrict d_output,
                                           size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      size_t i = r * cols + c;
      float log_std = output[(2 * r + 1) * cols + c];
      float d = d_action[i] * (1.0f - action[i] * action[i]) + weight * 2.0f * action[i];
      d_output[2 * r * cols + c] = d;
      // Beyond its bounds ln σ is cut, and nothing flows back.
      d_output[(2 * r + 1) * cols + c] = log_std < low || log_std > high ? 0.0f : d * spread[i] - weight;
    }
}

CLONES void cvm_column_moments(const float *restrict x, float *restrict mean, float *restrict variance, size_t rows, size_t cols) {
  for (size_t c = 0; c < cols; c++) mean[c] = variance[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) mean[c] += x[r * cols + c];
  for (size_t c = 0; c < cols; c++) mean[c] /= (float)rows;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      float d = x[r * cols + c] - mean[c];
      variance[c] += d * d;
    }
  for (size_t c = 0; c < cols; c++) variance[c] /= (float)rows;
}

CLONES void cvm_affine(const float *x, const float *restrict scale, const float *restrict shift, float *y, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols)
    for (size_t c = 0; c < cols; c++) y[c] = x[c] * scale[c] + shift[c];
}
CLONES void cvm_scale_columns(float *restrict d, const float *restrict scale, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, d += cols)
    for (size_t c = 0; c < cols; c++) d[c] *= scale[c];
}

CLONES void cvm_batch_renorm_backward(const float *restrict x, const float *restrict mean, const float *restrict inverse,
                                      const float *restrict gain, const float *restrict r, const float *restrict shift, float *restrict d,
                                      float *restrict dgain, float *restrict dbias, size_t rows, size_t cols) {
  for (size_t c = 0; c < cols; c++) dgain[c] = dbias[c] = 0;
  for (size_t i = 0; i < rows; i++)
    for (size_t c = 0; c < cols; c++) {
      float g = d[i * cols + c];
      dbias[c] += g;
      dgain[c] += g * (x[i * cols + c] - mean[c]) * inverse[c];
    }
  float share = 1.0f / (float)rows;
  for (size_t i = 0; i < rows; i++)
    for (size_t c = 0; c < cols; c++) {
      float z = (x[i * cols + c] - mean[c]) * inverse[c];
      d[i * cols + c] = gain[c] * r[c] * inverse[c] * (d[i * cols + c] - share * dbias[c] - z * share * dgain[c]);
    }
  // Until here dgain held Σ d·z; the output was z·r + shift before the gain.
  for (size_t c = 0; c < cols; c++) dgain[c] = r[c] * dgain[c] + shift[c] * dbias[c];
}

// Four rows of gates lie one behind the other; as arguments of their own they are known not to overlap.
INLINE float sigmoid1(float x) { return 1.0f / (1.0f + exp1(-x)); }
INLINE void lstm_gates_row(float *restrict i, float *restrict f, float *restrict g, float *restrict o, const float *restrict bias,
                           const float *restrict previous, float *restrict cell, size_t n) {
  for (size_t c = 0; c < n; c++) {
    float a = sigmoid1(i[c] + bias[c]), b = sigmoid1(f[c] + bias[n + c]), d = tanh1(g[c] + bias[2 * n + c]);
    i[c] = a;
    f[c] = b;
    g[c] = d;
    o[c] = sigmoid1(o[c] + bias[3 * n + c]);
    cell[c] = b * previous[c] + a * d;
  }
}
CLONES void cvm_lstm_gates(float *gates, const float *bias, const float *previous, float *cell, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, gates += 4 * cols, previous += cols, cell += cols)
    lstm_gates_row(gates, gates + cols, gates + 2 * cols, gates + 3 * cols, bias, previous, cell, cols);
}
CLONES void cvm_lstm_output(const float *restrict gates, const float *restrict cell, float *restrict squashed, float *restrict hidden,
                            size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      float t = tanh1(cell[r * cols + c]);
      squashed[r * cols + c] = t;
      hidden[r * cols + c] = gates[(4 * r + 3) * cols + c] * t;
    }
}

CLONES void cvm_lstm_output_backward(float *restrict gates, const float *restrict squashed, const float *restrict d_hidden,
                                     float *restrict d_cell, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      float o = gates[(4 * r + 3) * cols + c], t = squashed[r * cols + c], d = d_hidden[r * cols + c];
      gates[(4 * r + 3) * cols + c] = d * t * o * (1.0f - o);
      d_cell[r * cols + c] = d * o * (1.0f - t * t);
    }
}
INLINE void lstm_gates_backward_row(float *restrict i, float *restrict f, float *restrict g, const float *restrict previous,
                                    const float *restrict d_cell, float *restrict carry, size_t n) {
  for (size_t c = 0; c < n; c++) {
    float a = i[c], b = f[c], e = g[c], d = d_cell[c] + carry[c];
    i[c] = d * e * a * (1.0f - a);
    f[c] = d * previous[c] * b * (1.0f - b);
    g[c] = d * a * (1.0f - e * e);
    carry[c] = d * b;
  }
}
CLONES void cvm_lstm_gates_backward(float *gates, const float *previous, const float *d_cell, float *carry, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, gates += 4 * cols, previous += cols, d_cell += cols, carry += cols)
    lstm_gates_backward_row(gates, gates + cols, gates + 2 * cols, previous, d_cell, carry, cols);
}

// Products with one matrix many times. OpenBLAS packs the matrix anew in every call, which for few rows takes longer than the product itself;
// here it is packed once, in strips of 32 columns one behind the other, the last one filled up with zeros.

int cvm_has_wide_registers(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") != 0;
#else
  return 0;
#endif
}

size_t cvm_packed_count(size_t inner, size_t cols) { return (cols + STRIP - 1) / STRIP * STRIP * inner; }

CLONES WIDE void cvm_pack(const float *w, float *packed, size_t inner, size_t cols, int transposed) {
  for (size_t s = 0; s < cols; s += STRIP, packed += STRIP * inner) {
    size_t width = cols - s < STRIP ? cols - s : STRIP, k = 0;
    if (transposed && width == STRIP)
      for (; k + 16 <= inner; k += 16) {
        transpose16(w + s * inner + k, inner, packed + STRIP * k, STRIP);
        transpose16(w + (s + 16) * inner + k, inner, packed + STRIP * k + 16, STRIP);
      }
    for (; k < inner; k++)
      for (size_t c = 0; c < STRIP; c++)
        packed[STRIP * k + c] = c >= width ? 0.0f : transposed ? w[(s + c) * inner + k] : w[k * cols + s + c];
  }
}

// y[R × 32] (+)= x[R × inner] · one strip.
INLINE void packed_tile(const size_t R, const float *x, const float *strip, float *y, size_t inner, size_t stride, int accumulate) {
  half_strip sums[TILE][2];
  UNROLL for (size_t r = 0; r < R; r++)
    UNROLL for (size_t j = 0; j < 2; j++) sums[r][j] = accumulate ? *(const half_strip *)(y + r * stride + 16 * j) : (half_strip){0};
  add_products(R, sums, x, inner, 1, strip, inner);
  UNROLL for (size_t r = 0; r < R; r++)
    UNROLL for (size_t j = 0; j < 2; j++) *(half_strip *)(y + r * stride + 16 * j) = sums[r][j];
}
// The same where y has fewer than 32 columns, by way of memory that has room for the whole strip.
INLINE void narrow_tile(const size_t R, const float *x, const float *strip, float *y, size_t inner, size_t stride, size_t width, int accumulate) {
  float rows[TILE * STRIP] = {0};
  for (size_t r = 0; r < R && accumulate; r++) memcpy(rows + STRIP * r, y + r * stride, width * sizeof *y);
  packed_tile(R, x, strip, rows, inner, STRIP, accumulate);
  for (size_t r = 0; r < R; r++) memcpy(y + r * stride, rows + STRIP * r, width * sizeof *y);
}
INLINE void packed_strip(const float *x, const float *strip, float *y, size_t rows, size_t inner, size_t stride, size_t width, int accumulate) {
#define PACKED(R)                                                                                             \
  {                                                                                                           \
    if (width >= STRIP) packed_tile(R, x + r * inner, strip, y + r * stride, inner, stride, accumulate);      \
    else narrow_tile(R, x + r * inner, strip, y + r * stride, inner, stride, width, accumulate);              \
  }
  TILES(PACKED, rows)
}
CLONES WIDE void cvm_packed_product(const float *x, const float *packed, float *y, size_t rows, size_t inner, size_t cols, int accumulate) {
  for (size_t s = 0; s < cols; s += STRIP, packed += STRIP * inner)
    packed_strip(x, packed, y + s, rows, inner, cols, cols - s, accumulate);
}
