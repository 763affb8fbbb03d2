#pragma once

// An OpenGL context without a screen, drawn by the processor: Mesa's OSMesa, or EGL without a surface. Opened at run time, so that programs
// start and train where neither is installed.
#pragma clang assume_nonnull begin

typedef struct cgl_context cgl_context;  // current in at most one thread

// Opens a library, given by its name or path; names with "EGL" are taken for EGL, all others for OSMesa. NULL with a sentence in `error`.
cgl_context *_Nullable cgl_make(const char *library, char *error, int size);

// Makes the context the calling thread's current one. Returns 0, or 1 with a sentence in `error`.
int cgl_use(cgl_context *context, char *error, int size);

// The context is no longer current anywhere; the library stays open, because OpenGL's functions may be held elsewhere.
void cgl_free(cgl_context *context);

#pragma clang assume_nonnull end
