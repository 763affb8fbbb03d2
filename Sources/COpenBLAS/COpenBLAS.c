#include "COpenBLAS.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// The functions that Crest calls, with the types that cblas.h and LAPACK give them.
typedef void (*sgemm_t)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                        float beta, float *c, int ldc);
typedef void (*ssyev_t)(const char *job, const char *half, const int *n, float *a, const int *lda, float *w, float *work, const int *lwork,
                        int *info);
typedef char *(*text_t)(void);
typedef void (*threads_t)(int);

static sgemm_t sgemm;
static ssyev_t ssyev;
static text_t corename, config;
static char problem[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  // OpenBLAS takes its Haswell kernels on some virtual machines that have AVX-512: name the family before the library looks.
  const char *wanted = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    wanted = "SKYLAKEX";
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    wanted = "HASWELL";
#endif
  if (wanted) setenv("OPENBLAS_CORETYPE", wanted, 0);  // what the user set wins
  setenv("OPENBLAS_NUM_THREADS", "1", 1);              // no thread pool of its own

  static const char *names[] = {"libopenblas.so.0", "libopenblas.so"};
  void *library = 0;
  for (int i = 0; i < 2 && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(problem, sizeof problem, "OpenBLAS could not be loaded (%s)", dlerror());
    return;
  }
  sgemm = (sgemm_t)dlsym(library, "cblas_sgemm");
  ssyev = (ssyev_t)dlsym(library, "ssyev_");
  corename = (text_t)dlsym(library, "openblas_get_corename");
  config = (text_t)dlsym(library, "openblas_get_config");
  threads_t set_threads = (threads_t)dlsym(library, "openblas_set_num_threads");
  if (!sgemm || !ssyev || !corename || !config || !set_threads) {
    snprintf(problem, sizeof problem, "the OpenBLAS found lacks cblas_sgemm, ssyev_ or its openblas_ functions");
    return;
  }
  set_threads(1);
}

const char *cob_open(void) {
  pthread_once(&once, open_library);
  return problem[0] ? problem : 0;
}

const char *cob_core(void) { return corename ? corename() : ""; }
const char *cob_version(void) { return config ? config() : ""; }

void cob_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
               float beta, float *c, int ldc) {
  // 101: row-major; 111 and 112: as stored and transposed, the values of cblas.h's enums.
  sgemm(101, transpose_a ? 112 : 111, transpose_b ? 112 : 111, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

int cob_ssyev(int n, float *a, float *eigenvalues) {
  int info = 0, size = -1;
  float best = 0;
  ssyev("N", "U", &n, a, &n, eigenvalues, &best, &size, &info);  // asks for the workspace's size
  if (info) return info;
  size = (int)best;
  float *work = malloc(sizeof(float) * (size_t)size);
  if (!work) return -1;
  ssyev("N", "U", &n, a, &n, eigenvalues, work, &size, &info);
  free(work);
  return info;
}
