#pragma once
#include "CMuJoCoRendering.h"
#include <stdint.h>

// MuJoCo as Crest needs it: handles, whole steps, and pointers to the fields that rewards and observations read. MuJoCo's own headers are
// not included here, so that only CMuJoCo.c needs their path.
#pragma clang assume_nonnull begin

typedef struct cmj_model cmj_model;  // an mjModel; never changes after loading, but for a copy's cmj_tunables
typedef struct cmj_data cmj_data;    // an mjData; one thread at a time

// A model's sizes and constants. Pointers live as long as the model.
typedef struct {
  int64_t nq, nv, nu, nbody;
  double timestep;            // seconds of one physics step
  const double *qpos0;        // nq: position at rest
  const double *body_mass;    // nbody, world first
  const double *ctrlrange;    // nu x 2: low, high
} cmj_constants;

// A simulation's fields; names and shapes are mjData's. Pointers live as long as the data and never move.
typedef struct {
  double *qpos, *qvel, *ctrl, *qacc_warmstart;
  const double *xpos, *xipos, *cinert, *cvel, *qfrc_actuator, *cfrc_ext, *actuator_force, *time;
} cmj_fields;

// What an environment may change in a model of its own; names and shapes are mjModel's.
typedef struct {
  int64_t ngeom, nhfield, gain_stride, bias_stride;
  double *body_mass, *body_inertia, *geom_friction, *actuator_gainprm, *actuator_biasprm, *hfield_size;
  float *hfield_data;
  const int *geom_bodyid;
} cmj_tunables;

// Opens libmujoco at a path, once a process; later calls change nothing. Returns 0, or 1 with a sentence in `error`.
int cmj_open(const char *path, char *error, int size);

// Everything below needs a successful cmj_open. Returns NULL with a sentence in `error` when the file does not load.
cmj_model *_Nullable cmj_load(const char *xml, char *error, int size);
void cmj_free_model(cmj_model *model);
cmj_constants cmj_view_model(const cmj_model *model);

// A model of one's own, NULL when memory is out; what of it may be changed; the constants that follow from changed masses (overwrites
// the simulation's position); a body's number, -1 where there is none.
cmj_model *_Nullable cmj_copy_model(const cmj_model *source);
cmj_tunables cmj_tune(cmj_model *model);
void cmj_settle_constants(cmj_model *model, cmj_data *data);
int cmj_body(const cmj_model *model, const char *name);

// A simulation at rest, and a copy with the same bits; NULL when memory is out.
cmj_data *_Nullable cmj_make(const cmj_model *model);
cmj_data *_Nullable cmj_copy(const cmj_model *model, const cmj_data *source);
void cmj_free(cmj_data *data);
cmj_fields cmj_view(cmj_data *data);

void cmj_reset(const cmj_model *model, cmj_data *data);    // back to rest, time 0
void cmj_forward(const cmj_model *model, cmj_data *data);  // derived fields from qpos, qvel, ctrl; no time passes

// `count` physics steps with the present ctrl, then cfrc_ext where asked for (mj_step leaves it out when no sensor needs it).
void cmj_step(const cmj_model *model, cmj_data *data, int count, int contact_forces);

// The union of `bits[geom]` over all geoms that are in a contact, as of the last step; ngeom numbers.
uint32_t cmj_touching(const cmj_data *data, const uint32_t *bits);

// Everything that later steps depend on (mjSTATE_INTEGRATION), as `cmj_state_size` numbers.
int cmj_state_size(const cmj_model *model);
void cmj_get_state(const cmj_model *model, const cmj_data *data, double *state);
void cmj_set_state(const cmj_model *model, cmj_data *data, const double *state);

#pragma clang assume_nonnull end
