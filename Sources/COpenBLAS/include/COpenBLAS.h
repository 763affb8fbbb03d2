// OpenBLAS, opened at run time so that its kernels can be chosen before it loads. Row-major, single-threaded: Crest brings its own threads.
#pragma once

/// Opens the library once; returns 0, or a sentence that says what is wrong. Safe from any thread.
const char *cob_open(void);
/// The kernel family in use ("SkylakeX", "Haswell" …) and the library's own version line; valid after cob_open.
const char *cob_core(void);
const char *cob_version(void);

/// C[m×n] = alpha · op(A)[m×k] · op(B)[k×n] + beta · C, row-major; op transposes where the flag is not 0. ld*: floats from row to row.
void cob_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
               float beta, float *c, int ldc);

/// Eigenvalues, ascending, of a symmetric n×n matrix that is overwritten (LAPACK ssyev); 0 on success.
int cob_ssyev(int n, float *a, float *eigenvalues);
