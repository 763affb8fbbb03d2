// The walker of BipedalWalker on Box2D, as whole-step calls. Nothing of Box2D or C++ shows through; no function throws.
#ifndef CBOX2D_H
#define CBOX2D_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One world with its terrain and its walker. Used by one thread at a time.
typedef struct cbx_walker cbx_walker;

/// Bodies in the order in which all arrays hold them: hull, upper and lower part of the first leg, upper and lower part of the second.
enum { CBX_BODIES = 5, CBX_JOINTS = 4, CBX_RAYS = 10 };

/// What a call returns.
typedef enum {
    CBX_OK = 0,
    CBX_NOT_RESET = 1,     ///< there is no world yet
    CBX_BAD_INPUT = 2,     ///< a number is not finite, or the terrain is too short
    CBX_OUT_OF_MEMORY = 3
} cbx_result;

/// A body's placement: origin (m), angle (rad), velocity of the centre of mass (m/s), angular velocity (rad/s).
typedef struct {
    float x, y, angle, vx, vy, omega;
} cbx_body;

/// Everything that an observation, a reward and a picture need.
typedef struct {
    cbx_body bodies[CBX_BODIES];
    float joint_angle[CBX_JOINTS]; ///< hip, knee, hip, knee (rad)
    float joint_speed[CBX_JOINTS]; ///< rad/s
    float lidar[CBX_RAYS];         ///< fraction of the ray before the ground, 1 where nothing is hit
    uint8_t contact[2];            ///< lower legs on the ground
    uint8_t game_over;             ///< the hull touched the ground, now or before
} cbx_state;

/// A walker without a world; NULL where memory is short.
cbx_walker *cbx_create(void);
void cbx_destroy(cbx_walker *walker);

/// Builds a new world and lets one step pass with the motors off, as the reference does.
///
/// - heights: ground at x = 0, spacing, 2·spacing … (m); `points` ≥ 2 of them.
/// - quads: `quad_count` convex quadrilaterals of 4 corners (x, y) each.
/// - push: horizontal force on the hull during that first step (N).
cbx_result cbx_reset(cbx_walker *walker, const double *heights, int32_t points, double spacing, const float *quads, int32_t quad_count,
                     float push, cbx_state *out);

/// One control step of 1/50 s. `action`: hip, knee, hip, knee; the sign chooses the direction, the size (clipped at 1) the torque.
cbx_result cbx_step(cbx_walker *walker, const float *action, cbx_state *out);

/// Places the five bodies and sets the contact flags, without a step. For tests of observation and reward.
cbx_result cbx_place(cbx_walker *walker, const cbx_body *bodies, const uint8_t *contact, uint8_t game_over, cbx_state *out);

/// Version of the Box2D library in use, e.g. "2.4.1".
const char *cbx_version(void);

#ifdef __cplusplus
}
#endif
#endif
