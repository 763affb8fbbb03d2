// libmujoco is opened at run time (dlopen): linking it would need an rpath, hence unsafe flags, hence a package nobody can depend on.
#include "CMuJoCo.h"
#if !__has_include(<mujoco/mujoco.h>)
#error "MuJoCo's headers are missing: run `make deps` in Crest's root"
#endif
#include <dlfcn.h>
#include <mujoco/mujoco.h>
#include <pthread.h>
#include <stdio.h>

// Swift gets the state as doubles, so a single-precision MuJoCo would be misread.
_Static_assert(sizeof(mjtNum) == sizeof(double), "Crest needs MuJoCo in double precision");

// One pointer for each function used, p_mj_step for mj_step; the types come from MuJoCo's header.
#define FUNCTIONS(X)                                                                                              \
  X(mj_version) X(mj_loadXML) X(mj_deleteModel) X(mj_makeData) X(mj_copyData) X(mj_deleteData) X(mj_resetData)     \
  X(mj_forward) X(mj_step) X(mj_rnePostConstraint) X(mj_stateSize) X(mj_getState) X(mj_setState)                   \
  X(mju_setLogHandler) X(mju_getLogConfig) X(mju_setLogConfig) X(mj_copyModel) X(mj_setConst) X(mj_name2id)
#define DECLARE(f) static __typeof__(&f) p_##f;
FUNCTIONS(DECLARE)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;
static int is_open;
static mjfLogHandler print_and_exit;  // MuJoCo's own handler

// Warnings (a simulation blew up and was set back) are counted in mjData; printing them would tear the progress display. Errors are fatal.
static void on_message(const mjLogMessage *message) {
  if (message->level == mjLOG_ERROR) print_and_exit(message);
}

static int open_locked(const char *path, char *error, int size) {
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return snprintf(error, size, "%s", dlerror()), 1;
#define RESOLVE(f) \
  if (!(p_##f = (__typeof__(p_##f))dlsym(library, #f))) return snprintf(error, size, "%s lacks %s", path, #f), 1;
  FUNCTIONS(RESOLVE)
  // Structs are read as this version's headers lay them out.
  if (p_mj_version() != mjVERSION_HEADER)
    return snprintf(error, size, "%s has version %d, the headers %d", path, p_mj_version(), mjVERSION_HEADER), 1;
  // No MUJOCO_LOG.TXT in whatever directory the user happens to be in.
  mjLogConfig config = p_mju_getLogConfig();
  config.logto_file = 0;
  p_mju_setLogConfig(config);
  print_and_exit = p_mju_setLogHandler(on_message);
  is_open = 1;
  return 0;
}

int cmj_open(const char *path, char *error, int size) {
  pthread_mutex_lock(&lock);
  int failed = is_open ? 0 : open_locked(path, error, size);
  pthread_mutex_unlock(&lock);
  return failed;
}

void *cmj_library(void) { return library; }

// The handles are MuJoCo's structs under names that Swift can see.
static const mjModel *M(const cmj_model *model) { return (const mjModel *)model; }
static mjData *D(cmj_data *data) { return (mjData *)data; }

cmj_model *cmj_load(const char *xml, char *error, int size) { return (cmj_model *)p_mj_loadXML(xml, NULL, error, size); }
void cmj_free_model(cmj_model *model) { p_mj_deleteModel((mjModel *)model); }
cmj_constants cmj_view_model(const cmj_model *model) {
  const mjModel *m = M(model);
  return (cmj_constants){m->nq, m->nv, m->nu, m->nbody, m->opt.timestep, m->qpos0, m->body_mass, m->actuator_ctrlrange};
}

cmj_model *cmj_copy_model(const cmj_model *source) { return (cmj_model *)p_mj_copyModel(NULL, M(source)); }
cmj_tunables cmj_tune(cmj_model *model) {
  mjModel *m = (mjModel *)model;
  return (cmj_tunables){m->ngeom, m->nhfield, mjNGAIN, mjNBIAS, m->body_mass, m->body_inertia, m->geom_friction, m->actuator_gainprm,
                        m->actuator_biasprm, m->hfield_size, m->hfield_data, m->geom_bodyid};
}
void cmj_settle_constants(cmj_model *model, cmj_data *data) { p_mj_setConst((mjModel *)model, D(data)); }
int cmj_body(const cmj_model *model, const char *name) { return p_mj_name2id(M(model), mjOBJ_BODY, name); }

cmj_data *cmj_make(const cmj_model *model) { return (cmj_data *)p_mj_makeData(M(model)); }
cmj_data *cmj_copy(const cmj_model *model, const cmj_data *source) {
  return (cmj_data *)p_mj_copyData(NULL, M(model), (const mjData *)source);
}
void cmj_free(cmj_data *data) { p_mj_deleteData(D(data)); }
cmj_fields cmj_view(cmj_data *data) {
  mjData *d = D(data);
  return (cmj_fields){d->qpos, d->qvel, d->ctrl, d->qacc_warmstart, d->xpos, d->xipos, d->cinert, d->cvel, d->qfrc_actuator, d->cfrc_ext,
                      d->actuator_force, &d->time};
}

void cmj_reset(const cmj_model *model, cmj_data *data) { p_mj_resetData(M(model), D(data)); }
void cmj_forward(const cmj_model *model, cmj_data *data) { p_mj_forward(M(model), D(data)); }
void cmj_step(const cmj_model *model, cmj_data *data, int count, int contact_forces) {
  for (int i = 0; i < count; i++) p_mj_step(M(model), D(data));
  if (contact_forces) p_mj_rnePostConstraint(M(model), D(data));
}

uint32_t cmj_touching(const cmj_data *data, const uint32_t *bits) {
  const mjData *d = (const mjData *)data;
  uint32_t touching = 0;
  for (int i = 0; i < d->ncon; i++)
    for (int side = 0; side < 2; side++)
      if (d->contact[i].geom[side] >= 0) touching |= bits[d->contact[i].geom[side]];
  return touching;
}

int cmj_state_size(const cmj_model *model) { return p_mj_stateSize(M(model), mjSTATE_INTEGRATION); }
void cmj_get_state(const cmj_model *model, const cmj_data *data, double *state) {
  p_mj_getState(M(model), (const mjData *)data, state, mjSTATE_INTEGRATION);
}
void cmj_set_state(const cmj_model *model, cmj_data *data, const double *state) {
  p_mj_setState(M(model), D(data), state, mjSTATE_INTEGRATION);
}
