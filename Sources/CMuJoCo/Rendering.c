// MuJoCo's own drawing, on an OpenGL context that the caller has made current.
#include "CMuJoCo.h"
#include <dlfcn.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                                                                \
  X(mj_parseXML) X(mj_compile) X(mj_deleteSpec) X(mj_deleteModel) X(mj_makeData) X(mj_deleteData) X(mj_stateSize)       \
  X(mj_setState) X(mj_kinematics) X(mj_comPos) X(mjs_getError) X(mjs_addTexture) X(mjs_addMaterial) X(mjs_addGeom) X(mjs_delete)        \
  X(mjs_findBody) X(mjs_firstElement) X(mjs_nextElement) X(mjs_asGeom) X(mjs_asTexture) X(mjs_setName) X(mjs_setString) \
  X(mjs_setInStringVec) X(mjv_defaultScene) X(mjv_makeScene) X(mjv_freeScene) X(mjv_defaultOption) X(mjv_defaultCamera) \
  X(mjv_updateCamera) X(mjv_updateScene) X(mjr_defaultContext) X(mjr_makeContext) X(mjr_freeContext) X(mjr_setBuffer) X(mjr_uploadHField)   \
  X(mjr_render) X(mjr_readPixels) X(mjr_getError)
#define DECLARE(f) static __typeof__(&f) p_##f;
FUNCTIONS(DECLARE)

struct cmj_stage {
  mjModel *model;
  mjData *data;
  mjvScene scene;
  mjvOption option;
  mjrContext context;
};

void *cmj_library(void);  // in CMuJoCo.c

int cmj_open_rendering(char *error, int size) {
#define RESOLVE(f) \
  if (!(p_##f = (__typeof__(p_##f))dlsym(cmj_library(), #f))) return snprintf(error, size, "MuJoCo's library lacks %s", #f), 1;
  FUNCTIONS(RESOLVE)
  return 0;
}

static void set3(double *target, double a, double b, double c) { target[0] = a, target[1] = b, target[2] = c; }

// The same bright sky over every model, in place of its own.
static void add_sky(mjSpec *spec) {
  for (mjsElement *e = p_mjs_firstElement(spec, mjOBJ_TEXTURE), *next; e; e = next) {
    next = p_mjs_nextElement(spec, e);
    if (p_mjs_asTexture(e)->type == mjTEXTURE_SKYBOX) p_mjs_delete(spec, e);
  }
  mjsTexture *sky = p_mjs_addTexture(spec, NULL);
  p_mjs_setName(sky->element, "crest sky");
  sky->type = mjTEXTURE_SKYBOX;
  sky->builtin = mjBUILTIN_GRADIENT;
  set3(sky->rgb1, 0.47, 0.68, 0.88);
  set3(sky->rgb2, 0.93, 0.96, 0.98);
  sky->width = 256;
  sky->height = 256 * 6;
}

// Ground in squares, by which one sees motion; they differ little, so that light and shadow show its relief.
static void add_ground(mjSpec *spec, double tile, int has_floor, double floor_height) {
  mjsTexture *squares = p_mjs_addTexture(spec, NULL);
  p_mjs_setName(squares->element, "crest squares");
  squares->type = mjTEXTURE_2D;
  squares->builtin = mjBUILTIN_CHECKER;
  squares->mark = mjMARK_NONE;
  set3(squares->rgb1, 0.62, 0.68, 0.56);
  set3(squares->rgb2, 0.53, 0.59, 0.48);
  squares->width = squares->height = 512;
  mjsMaterial *ground = p_mjs_addMaterial(spec, NULL);
  p_mjs_setName(ground->element, "crest ground");
  p_mjs_setInStringVec(ground->textures, mjTEXROLE_RGB, "crest squares");
  ground->specular = 0;
  ground->reflectance = 0;
  if (has_floor) {
    mjsGeom *floor = p_mjs_addGeom(p_mjs_findBody(spec, "world"), NULL);
    floor->type = mjGEOM_PLANE;
    set3(floor->pos, 0, 0, floor_height);
  }
  // A texture holds two squares each way. A plane repeats it every so often a metre, a height field over its whole length.
  const int is_field = p_mjs_firstElement(spec, mjOBJ_HFIELD) != NULL;
  ground->texuniform = !is_field;
  ground->texrepeat[0] = ground->texrepeat[1] = is_field ? 8 / tile : 0.5 / tile;
  for (mjsElement *e = p_mjs_firstElement(spec, mjOBJ_GEOM); e; e = p_mjs_nextElement(spec, e)) {
    mjsGeom *geom = p_mjs_asGeom(e);
    if (geom->type != mjGEOM_PLANE && geom->type != mjGEOM_HFIELD) continue;
    // Without a size a plane is drawn to the horizon, wherever the robot gets to.
    if (geom->type == mjGEOM_PLANE) set3(geom->size, 0, 0, 1);
    p_mjs_setString(geom->material, "crest ground");
    for (int i = 0; i < 4; i++) geom->rgba[i] = 1;
  }
}

// Quality and light; what MuJoCo measures in extents of the model is set in metres.
static void dress(mjModel *m, double tile, int width, int height) {
  m->vis.global.offwidth = width;
  m->vis.global.offheight = height;
  m->vis.quality.offsamples = 4;
  m->vis.quality.shadowsize = 2048;
  m->vis.map.znear = 0.1 * tile / m->stat.extent;
  m->vis.map.zfar = 60 / m->stat.extent;
  m->vis.map.shadowclip = (m->nhfield ? 12 : 4) * tile / m->stat.extent;
  m->vis.headlight.active = 0;
}

cmj_stage *cmj_make_stage(const char *xml, double tile, int has_floor, double floor_height, int width, int height, char *error, int size) {
  mjSpec *spec = p_mj_parseXML(xml, NULL, error, size);
  if (!spec) return NULL;
  add_sky(spec);
  add_ground(spec, tile, has_floor, floor_height);
  mjModel *model = p_mj_compile(spec, NULL);
  if (!model) snprintf(error, size, "%s", p_mjs_getError(spec));
  p_mj_deleteSpec(spec);
  if (!model) return NULL;
  dress(model, tile, width, height);
  cmj_stage *stage = calloc(1, sizeof *stage);
  mjData *data = p_mj_makeData(model);
  if (!stage || !data) {
    if (data) p_mj_deleteData(data);
    p_mj_deleteModel(model);
    free(stage);
    return snprintf(error, size, "no memory for a picture"), NULL;
  }
  stage->model = model;
  stage->data = data;
  p_mjv_defaultOption(&stage->option);
  p_mjv_defaultScene(&stage->scene);
  p_mjv_makeScene(model, &stage->scene, 1000);
  p_mjr_defaultContext(&stage->context);
  p_mjr_makeContext(model, &stage->context, mjFONTSCALE_100);
  p_mjr_setBuffer(mjFB_OFFSCREEN, &stage->context);
  if (stage->context.currentBuffer != mjFB_OFFSCREEN) {
    cmj_free_stage(stage);
    return snprintf(error, size, "OpenGL has no buffer of %d x %d pixels", width, height), NULL;
  }
  return stage;
}

void cmj_free_stage(cmj_stage *stage) {
  p_mjr_freeContext(&stage->context);
  p_mjv_freeScene(&stage->scene);
  p_mj_deleteData(stage->data);
  p_mj_deleteModel(stage->model);
  free(stage);
}

int cmj_stage_state_size(const cmj_stage *stage) { return p_mj_stateSize(stage->model, mjSTATE_INTEGRATION); }

void cmj_copy_ground(cmj_stage *stage, const cmj_model *source) {
  mjModel *m = stage->model;
  const mjModel *s = (const mjModel *)source;
  for (int i = 0; i < m->nhfield; i++) {
    memcpy(m->hfield_size + 4 * i, s->hfield_size + 4 * i, 4 * sizeof *m->hfield_size);
    memcpy(m->hfield_data + m->hfield_adr[i], s->hfield_data + s->hfield_adr[i], sizeof(float) * m->hfield_nrow[i] * m->hfield_ncol[i]);
    p_mjr_uploadHField(m, &stage->context, i);
  }
}

// One low sun from the left behind the camera, which moves along so that its shadows stay sharp, and a soft light against it.
static void light(mjvScene *scene, const cmj_camera *camera) {
  const double azimuth = (camera->azimuth - 65) * mjPI / 180;
  const float sun[3] = {(float)(0.74 * cos(azimuth)), (float)(0.74 * sin(azimuth)), -0.67f};
  const double lookat[3] = {camera->x, camera->y, camera->z};
  scene->nlight = 2;
  memset(scene->lights, 0, 2 * sizeof *scene->lights);
  for (int i = 0; i < 2; i++) {
    mjvLight *l = scene->lights + i;
    l->id = i;
    l->type = mjLIGHT_DIRECTIONAL;
    l->attenuation[0] = 1;
    l->cutoff = 180;
    l->castshadow = i == 0;
    for (int k = 0; k < 3; k++) {
      l->dir[k] = i == 0 || k == 2 ? sun[k] : -sun[k];
      l->pos[k] = (float)lookat[k] - 3 * (float)camera->distance * l->dir[k];
      l->ambient[k] = i == 0 ? 0 : 0.42f;
      l->diffuse[k] = i == 0 ? 0.66f : 0.15f;
      l->specular[k] = i == 0 ? 0.25f : 0;
    }
  }
}

int cmj_draw(cmj_stage *stage, const double *state, cmj_camera camera, int width, int height, uint8_t *rgb) {
  // Positions of all bodies, from the state as it is.
  p_mj_setState(stage->model, stage->data, state, mjSTATE_INTEGRATION);
  p_mj_kinematics(stage->model, stage->data);
  p_mj_comPos(stage->model, stage->data);
  mjvCamera view;
  p_mjv_defaultCamera(&view);
  view.type = mjCAMERA_FREE;
  view.lookat[0] = camera.x, view.lookat[1] = camera.y, view.lookat[2] = camera.z;
  view.distance = camera.distance;
  view.azimuth = camera.azimuth;
  view.elevation = camera.elevation;
  // An endless plane is laid out around the scene's camera before that moves, so it has to stand in its new place already.
  p_mjv_updateCamera(stage->model, stage->data, &view, &stage->scene);
  p_mjv_updateScene(stage->model, stage->data, &stage->option, NULL, &view, mjCAT_ALL, &stage->scene);
  light(&stage->scene, &camera);
  const mjrRect all = {0, 0, width, height};
  p_mjr_setBuffer(mjFB_OFFSCREEN, &stage->context);
  p_mjr_render(all, &stage->scene, &stage->context);
  p_mjr_readPixels(rgb, NULL, all, &stage->context);
  return p_mjr_getError();
}
