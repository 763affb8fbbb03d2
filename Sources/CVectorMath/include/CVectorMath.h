// Element-wise loops that the compiler vectorises three times (AVX-512, AVX2, baseline) and the loader dispatches. No function allocates;
// arrays may be unaligned; in-place use (x == y) is allowed everywhere. NaN goes in, NaN comes out.
// Reductions have an order that depends on the CPU alone.
#pragma once
#include <stddef.h>
#include <stdint.h>

// y[i] = f(x[i])
void cvm_tanh(const float *x, float *y, size_t n);
void cvm_exp(const float *x, float *y, size_t n);   // flushes to 0 below −87, saturates above 88
void cvm_log(const float *x, float *y, size_t n);
void cvm_elu(const float *x, float *y, size_t n);   // α = 1
void cvm_relu(const float *x, float *y, size_t n);

// y[r,c] = f(y[r,c] + bias[c])
void cvm_bias(float *y, const float *bias, size_t rows, size_t cols);
void cvm_bias_tanh(float *y, const float *bias, size_t rows, size_t cols);
void cvm_bias_relu(float *y, const float *bias, size_t rows, size_t cols);
void cvm_bias_elu(float *y, const float *bias, size_t rows, size_t cols);

// d[i] *= f′, written through the activation's output y
void cvm_tanh_backward(const float *y, float *d, size_t n);
void cvm_relu_backward(const float *y, float *d, size_t n);
void cvm_elu_backward(const float *y, float *d, size_t n);

// Reductions
float cvm_sum(const float *x, size_t n);
float cvm_sum_squares(const float *x, size_t n);
int cvm_all_finite(const float *x, size_t n);                                    // neither NaN nor infinity among them
void cvm_add(float *y, const float *x, size_t n);                                // y += x
void cvm_add_column_sums(const float *d, float *sums, size_t rows, size_t cols);  // sums[c] += Σ_r d[r,c]

// y[r,c] = clamp((x[r,c] − mean[c]) · scale[c], ±limit)
void cvm_standardise(const float *x, const float *mean, const float *scale, float limit, float *y, size_t rows, size_t cols);

// Adam (Kingma & Ba 2015) with L2 added to the gradient. gradient is multiplied by `factor` first (global-norm clipping).
// correction1 = 1 − β1^t, correction2 = 1 − β2^t. On x86 subnormal numbers count as 0 in here.
void cvm_adam(float *parameter, const float *gradient, float *m, float *v, size_t n, float factor, float learning_rate, float beta1,
              float beta2, float epsilon, float l2, float correction1, float correction2);

// Layer normalisation over rows (Ba et al. 2016): y = (x − μ)/√(σ² + ε) · gain + bias; mean and 1/σ of each row are kept for the way back.
void cvm_layer_norm(const float *x, const float *gain, const float *bias, float *y, float *mean, float *inverse, size_t rows, size_t cols,
                    float epsilon);
// d holds ∂/∂y and becomes ∂/∂x; gain and bias gradients are added to. x: the layer's input.
void cvm_layer_norm_backward(const float *x, const float *gain, const float *mean, const float *inverse, float *d, float *dgain,
                             float *dbias, size_t rows, size_t cols);

// target += rate · (source − target)
void cvm_polyak(float *target, const float *source, float rate, size_t n);

// 2·pairs standard normal numbers from as many uniform words (Box–Muller in single precision; |y| < 6.8). The first half of the words gives
// radii, the second angles.
void cvm_normal(const uint32_t *words, float *y, size_t pairs);

// tanh-squashed Gaussian. output[rows × 2·cols]: means, then ln σ (cut to [low, high]). Written, all [rows × cols]: u = μ + σ·noise, spread =
// σ·noise, action = tanh u, density (scratch); log_p[rows] = ln π(action), with ln(1 − tanh²u) as 2(ln 2 − u − softplus(−2u)).
void cvm_squashed_gaussian(const float *output, const float *noise, float low, float high, float *u, float *spread, float *action,
                           float *density, float *log_p, size_t rows, size_t cols);
// Gradient of Σ d_action·action + weight·Σ log_p with respect to output.
void cvm_squashed_gaussian_backward(const float *output, const float *action, const float *spread, const float *d_action, float weight,
                                    float low, float high, float *d_output, size_t rows, size_t cols);

// Mean and population variance of each column.
void cvm_column_moments(const float *x, float *mean, float *variance, size_t rows, size_t cols);
// y[r,c] = x[r,c] · scale[c] + shift[c]
void cvm_affine(const float *x, const float *scale, const float *shift, float *y, size_t rows, size_t cols);
// d[r,c] *= scale[c]
void cvm_scale_columns(float *d, const float *scale, size_t rows, size_t cols);
// Batch renormalisation's way back (Ioffe 2017) for y = ((x − mean)·inverse·r + shift)·gain + bias, r and shift constant: d holds ∂/∂y and
// becomes ∂/∂x; dgain and dbias are written.
void cvm_batch_renorm_backward(const float *x, const float *mean, const float *inverse, const float *gain, const float *r,
                               const float *shift, float *d, float *dgain, float *dbias, size_t rows, size_t cols);

// One step of an LSTM (Hochreiter & Schmidhuber 1997, with a forget gate). gates[rows × 4·cols] holds the pre-activations of i, f, g, o without
// their bias[4·cols] and becomes the activations; cell = f·previous + i·g.
void cvm_lstm_gates(float *gates, const float *bias, const float *previous, float *cell, size_t rows, size_t cols);
// squashed = tanh(cell), hidden = o·squashed
void cvm_lstm_output(const float *gates, const float *cell, float *squashed, float *hidden, size_t rows, size_t cols);
// The way back of the two, in this order. The first turns o into the gradient of its pre-activation and writes d_cell = ∂/∂cell through
// hidden; the second adds `carry`, ∂/∂cell from the step behind, turns i, f, g likewise, and leaves ∂/∂previous in `carry`.
void cvm_lstm_output_backward(float *gates, const float *squashed, const float *d_hidden, float *d_cell, size_t rows, size_t cols);
void cvm_lstm_gates_backward(float *gates, const float *previous, const float *d_cell, float *carry, size_t rows, size_t cols);

// Whether registers of 512 bits hold the sums of twelve rows of products; otherwise two rows are summed at a time.
int cvm_has_wide_registers(void);
// y[rows × cols] (+)= x[rows × inner] · w, for one w that many products share. w is packed first, into as many floats as
// cvm_packed_count says; it is stored as [inner × cols], or as [cols × inner] where `transposed`.
size_t cvm_packed_count(size_t inner, size_t cols);
void cvm_pack(const float *w, float *packed, size_t inner, size_t cols, int transposed);
void cvm_packed_product(const float *x, const float *packed, float *y, size_t rows, size_t inner, size_t cols, int accumulate);

// Dense layers over blocks of 32 samples each, of which a block holds feature by feature: x[inputs × 32], y[outputs × 32]. Weights are stored as
// [outputs × inputs].
enum { CVM_BLOCK = 32 };
// y = w·x + bias, with max(0, ·) over it where `relu`.
void cvm_block_forward(const float *w, const float *bias, const float *x, float *y, size_t inputs, size_t outputs, int relu);
// dx[count × 32] = rows first..<first+count of wᵀ·dy; where x, a ReLU's output [inputs × 32], is given and not positive, 0.
void cvm_block_backward(const float *w, const float *dy, const float *x, float *dx, size_t inputs, size_t outputs, size_t first, size_t count);
// dw[rows × inputs] and dbias[rows] of some of the layer's outputs, summed over all blocks. dy points at the first block's first of those outputs,
// x at the first block; from one block to the next x goes on by `stride`.
void cvm_block_weight_gradient(const float *dy, const float *x, size_t stride, float *dw, float *dbias, size_t blocks, size_t inputs, size_t outputs,
                               size_t rows);
// Between a block and up to 32 rows of samples, `stride` apart. What a block has no row for is set to 0.
void cvm_block_from_rows(const float *x, size_t stride, float *block, size_t width, size_t rows);
void cvm_block_to_rows(const float *block, float *x, size_t stride, size_t width, size_t rows);
// Layer normalisation of each sample of a block; mean[32] and inverse[32] are kept for the way back.
void cvm_block_layer_norm(const float *x, const float *gain, const float *bias, float *y, float *mean, float *inverse, size_t outputs, float epsilon);
// d[outputs × 32] holds ∂/∂y and becomes ∂/∂x; dgain and dbias are this block's part, written.
void cvm_block_layer_norm_backward(const float *x, const float *gain, const float *mean, const float *inverse, float *d, float *dgain, float *dbias,
                                   size_t outputs);
