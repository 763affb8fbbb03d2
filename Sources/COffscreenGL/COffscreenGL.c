// Mesa's headers are not needed: the few functions used are declared here as the OSMesa and EGL 1.5 specifications have them.
#include "COffscreenGL.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 16 };  // OSMesa wants a window to draw in; pictures are drawn in buffers of their own

struct cgl_context {
  void *handle;
  int is_egl;
  void *display;
  int (*osmesa_use)(void *, void *, unsigned, int, int);
  void (*osmesa_free)(void *);
  unsigned (*egl_use)(void *, void *, void *, void *);
  unsigned (*egl_free)(void *, void *);
  uint8_t window[SIDE * SIDE * 4];
};

// Finds a function, or leaves the sentence that it is missing.
static void *find(void *library, const char *name, char *error, int size) {
  void *function = dlsym(library, name);
  if (!function) snprintf(error, size, "the library lacks %s", name);
  return function;
}
#define FIND(target, name) \
  if (!((target) = (__typeof__(target))find(library, name, error, size))) return 1

static int make_osmesa(cgl_context *c, void *library, char *error, int size) {
  void *(*create)(unsigned, int, int, int, void *);
  FIND(create, "OSMesaCreateContextExt");
  FIND(c->osmesa_use, "OSMesaMakeCurrent");
  FIND(c->osmesa_free, "OSMesaDestroyContext");
  // RGBA, 24 bits of depth, 8 of stencil (reflections need them), no accumulation.
  c->handle = create(0x1908, 24, 8, 0, NULL);
  return c->handle ? 0 : (snprintf(error, size, "OSMesa makes no context"), 1);
}

static int make_egl(cgl_context *c, void *library, char *error, int size) {
  void *(*get_display)(unsigned, void *, const intptr_t *);
  unsigned (*initialise)(void *, int *, int *);
  unsigned (*bind)(unsigned);
  unsigned (*choose)(void *, const int *, void **, int, int *);
  void *(*create)(void *, void *, void *, const int *);
  FIND(get_display, "eglGetPlatformDisplay");
  FIND(initialise, "eglInitialize");
  FIND(bind, "eglBindAPI");
  FIND(choose, "eglChooseConfig");
  FIND(create, "eglCreateContext");
  FIND(c->egl_use, "eglMakeCurrent");
  FIND(c->egl_free, "eglDestroyContext");
  // Mesa's platform without windows (EGL_PLATFORM_SURFACELESS_MESA), then desktop OpenGL (EGL_OPENGL_API, EGL_OPENGL_BIT).
  c->is_egl = 1;
  c->display = get_display(0x31DD, NULL, NULL);
  if (!c->display || !initialise(c->display, NULL, NULL)) return snprintf(error, size, "EGL has no display without a screen"), 1;
  const int wanted[] = {0x3033, 1, 0x3040, 8, 0x3038};
  void *config = NULL;
  int count = 0;
  if (!bind(0x30A2) || !choose(c->display, wanted, &config, 1, &count) || count < 1) return snprintf(error, size, "EGL has no OpenGL here"), 1;
  c->handle = create(c->display, config, NULL, NULL);
  return c->handle ? 0 : (snprintf(error, size, "EGL makes no context"), 1);
}

cgl_context *cgl_make(const char *name, char *error, int size) {
  // Global, for MuJoCo looks its OpenGL functions up among the libraries that are loaded.
  void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
  if (!library) return snprintf(error, size, "%s", dlerror()), NULL;
  cgl_context *c = calloc(1, sizeof *c);
  if (!c) return snprintf(error, size, "no memory for an OpenGL context"), NULL;
  const int is_egl = strstr(name, "EGL") != NULL;
  if (is_egl ? make_egl(c, library, error, size) : make_osmesa(c, library, error, size)) return free(c), NULL;
  // Where several are loaded, MuJoCo takes the one that this names.
  setenv("MUJOCO_GL", is_egl ? "egl" : "osmesa", 1);
  return c;
}

int cgl_use(cgl_context *c, char *error, int size) {
  int ok = c->is_egl ? c->egl_use(c->display, NULL, NULL, c->handle) : c->osmesa_use(c->handle, c->window, 0x1401, SIDE, SIDE);
  return ok ? 0 : (snprintf(error, size, "the OpenGL context can't be made current"), 1);
}

void cgl_free(cgl_context *c) {
  if (c->is_egl) {
    c->egl_use(c->display, NULL, NULL, NULL);
    c->egl_free(c->display, c->handle);
  } else {
    c->osmesa_free(c->handle);
  }
  free(c);
}
