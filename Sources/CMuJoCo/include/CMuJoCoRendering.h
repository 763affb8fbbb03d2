#pragma once
#include <stdint.h>

// Pictures of a simulation. A stage has a model of its own, loaded from the same file and dressed for the picture, so that drawing reads a
// simulation's state and nothing else of it, and can change nothing.
#pragma clang assume_nonnull begin

typedef struct cmj_model cmj_model;
typedef struct cmj_stage cmj_stage;  // a model with light, sky and ground, and what OpenGL holds of it

// Where to look from. Azimuth 0 looks along x, 90 along y; elevation -90 looks straight down.
typedef struct {
  double x, y, z;             // looked at, m
  double distance;            // m
  double azimuth, elevation;  // degrees
} cmj_camera;

// Finds the drawing functions, after a successful cmj_open. Returns 0, or 1 with a sentence in `error`.
int cmj_open_rendering(char *error, int size);

// Everything below needs a successful cmj_open_rendering, and a current OpenGL context that is the same for all calls on a stage. One at a time.

// A stage for pictures of at most width x height pixels, or NULL with a sentence in `error`.
// `tile` is the edge of the ground's squares, m; where `has_floor` is not 0 a level floor is added below the model, which has none.
cmj_stage *_Nullable cmj_make_stage(
    const char *xml, double tile, int has_floor, double floor_height, int width, int height, char *error, int size);
void cmj_free_stage(cmj_stage *stage);

// Numbers in a state that fits: `cmj_state_size` of a model from the same file.
int cmj_stage_state_size(const cmj_stage *stage);

// Takes over the heights of the model's height fields, in numbers and sizes as the stage's own.
void cmj_copy_ground(cmj_stage *stage, const cmj_model *source);

// Draws a state, as `cmj_get_state` gives it; `rgb` receives height x width x 3 bytes, rows from the bottom. Returns OpenGL's error, 0 for none.
int cmj_draw(cmj_stage *stage, const double *state, cmj_camera camera, int width, int height, uint8_t *rgb);

#pragma clang assume_nonnull end
