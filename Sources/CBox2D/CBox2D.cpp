// All that touches Box2D, in one file: memory, ground, walker, step, lidar, and the C calls at the end.
#if !__has_include(<box2d/box2d.h>)
#error "Box2D's headers are missing: run `make deps` in Crest's root (Debian: libbox2d-dev)"
#endif
#include "CBox2D.h"

#include <box2d/box2d.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

// Constants of the reference environment (Gymnasium 1.4, bipedal_walker.py); lengths there are pixels over a scale of 30.
namespace {
constexpr double scale = 30;
constexpr double lidarRange = 160 / scale;
constexpr double legDown = -8 / scale;
constexpr double legWidth = 8 / scale;
constexpr double legHeight = 34 / scale;
constexpr float motorTorque = 80;
constexpr float hipSpeed = 4;
constexpr float kneeSpeed = 6;
constexpr float timeStep = 1.0f / 50;
constexpr int velocityIterations = 180;
constexpr int positionIterations = 60;
constexpr uint16 groundBit = 0x0001;
constexpr uint16 walkerBit = 0x0020;
constexpr float lowerAngle[2] = {-0.8f, -1.6f}; // hip, knee
constexpr float upperAngle[2] = {1.1f, -0.1f};

/// One stretch of ground with what a ray needs of it.
struct Segment {
    b2Vec2 start, end, along, normal;
    float lengthSquared;
};

/// A quadrilateral with its extent, for skipping it quickly.
struct Obstacle {
    b2PolygonShape shape;
    float left, right;
};

/// The memory of one world after another: handed out from front to back, taken back all at once when the world goes.
struct Arena {
    static constexpr size_t capacity = 1 << 20; // a hardcore world takes about a third
    unsigned char *base = static_cast<unsigned char *>(std::malloc(capacity));
    size_t used = 0;
    Arena() {
        if (!base) throw std::bad_alloc();
    }
    Arena(const Arena &) = delete;
    Arena &operator=(const Arena &) = delete;
    ~Arena() { std::free(base); }

    void *take(size_t size) {
        const size_t rounded = (size + 15) & ~size_t(15);
        if (capacity - used < rounded) return nullptr;
        used += rounded;
        return base + used - rounded;
    }
    bool owns(const void *block) const { return block >= base && block < base + capacity; }
};

/// The arena of the walker whose call this thread is in.
thread_local Arena *currentArena = nullptr;

struct UseArena {
    Arena *before = currentArena;
    explicit UseArena(Arena &arena) { currentArena = &arena; }
    ~UseArena() { currentArena = before; }
};
} // namespace

// Box2D's own hooks for its memory. The library calls the executable's definitions in place of its own, so that building a world
// allocates nothing; were they not found, it would use the heap as usual. Outside a walker's call they are plain malloc and free.
void *b2Alloc_Default(int32 size) {
    void *block = currentArena ? currentArena->take(size_t(size)) : nullptr;
    if (!block) block = std::malloc(size_t(size));
    if (!block) throw std::bad_alloc();
    return block;
}

void b2Free_Default(void *block) {
    if (!(currentArena && currentArena->owns(block))) std::free(block);
}

struct cbx_walker final : b2ContactListener {
    Arena arena;
    alignas(b2World) unsigned char storage[sizeof(b2World)];
    b2World *world = nullptr;
    b2Body *bodies[CBX_BODIES];
    b2RevoluteJoint *joints[CBX_JOINTS];
    std::vector<Segment> segments;
    std::vector<Obstacle> obstacles;
    float inverseSpacing = 0;
    double rayX[CBX_RAYS], rayY[CBX_RAYS];
    bool contact[2];
    bool gameOver;

    cbx_walker() {
        // As many as the terrain can have, so that no later reset allocates.
        segments.reserve(256);
        obstacles.reserve(256);
        for (int i = 0; i < CBX_RAYS; i++) {
            rayX[i] = std::sin(1.5 * i / 10.0) * lidarRange;
            rayY[i] = -std::cos(1.5 * i / 10.0) * lidarRange;
        }
    }

    ~cbx_walker() { dropWorld(); }

    void dropWorld() {
        const UseArena use(arena);
        if (world) world->~b2World();
        world = nullptr;
        arena.used = 0;
    }

    /// After an exception the world may be half changed; its memory is the arena's, so it is simply forgotten.
    cbx_result abandonWorld() {
        world = nullptr;
        return CBX_OUT_OF_MEMORY;
    }

    // A leg counts as on the ground from any beginning contact to any ending one, even where another contact remains: so has the reference.
    void BeginContact(b2Contact *c) override {
        const b2Body *a = c->GetFixtureA()->GetBody(), *b = c->GetFixtureB()->GetBody();
        if (a == bodies[0] || b == bodies[0]) gameOver = true;
        for (int leg = 0; leg < 2; leg++)
            if (a == bodies[2 + 2 * leg] || b == bodies[2 + 2 * leg]) contact[leg] = true;
    }

    void EndContact(b2Contact *c) override {
        const b2Body *a = c->GetFixtureA()->GetBody(), *b = c->GetFixtureB()->GetBody();
        for (int leg = 0; leg < 2; leg++)
            if (a == bodies[2 + 2 * leg] || b == bodies[2 + 2 * leg]) contact[leg] = false;
    }

    void buildGround(const double *heights, int points, double spacing, const float *quads, int quadCount);
    void buildWalker(double spacing, float push);
    b2Body *addBody(double x, double y, double angle, const b2Shape &shape, float density, float friction);
    void step(const float *action);
    float castRay(b2Vec2 from, b2Vec2 to) const;
    void read(cbx_state *out) const;
};

void cbx_walker::buildGround(const double *heights, int points, double spacing, const float *quads, int quadCount) {
    // One static body carries all: the same contacts as one body a piece, but far shorter lists to walk in every step.
    b2BodyDef definition;
    b2Body *ground = world->CreateBody(&definition);
    b2FixtureDef fixture;
    fixture.friction = 2.5f;
    fixture.filter.categoryBits = groundBit;

    obstacles.clear();
    for (int i = 0; i < quadCount; i++) {
        b2Vec2 corners[4];
        for (int k = 0; k < 4; k++) corners[k].Set(quads[8 * i + 2 * k], quads[8 * i + 2 * k + 1]);
        Obstacle obstacle;
        obstacle.shape.Set(corners, 4);
        obstacle.left = std::min({corners[0].x, corners[1].x, corners[2].x, corners[3].x});
        obstacle.right = std::max({corners[0].x, corners[1].x, corners[2].x, corners[3].x});
        obstacles.push_back(obstacle);
        fixture.shape = &obstacles.back().shape;
        ground->CreateFixture(&fixture);
    }

    segments.clear();
    inverseSpacing = float(1 / spacing);
    for (int i = 0; i + 1 < points; i++) {
        const b2Vec2 from(float(i * spacing), float(heights[i])), to(float((i + 1) * spacing), float(heights[i + 1]));
        Segment segment{from, to, to - from, b2Vec2(to.y - from.y, from.x - to.x), 0};
        segment.normal.Normalize();
        segment.lengthSquared = b2Dot(segment.along, segment.along);
        segments.push_back(segment);
    }
    // From the far end: 2.4 meets the pieces in the tree's order, newest first, where 2.3 sorted by age; so a foot on two pieces has its
    // contacts solved in the reference's order.
    for (size_t i = segments.size(); i > 0; i--) {
        b2EdgeShape edge;
        edge.SetTwoSided(segments[i - 1].start, segments[i - 1].end);
        fixture.shape = &edge;
        ground->CreateFixture(&fixture);
    }
}

b2Body *cbx_walker::addBody(double x, double y, double angle, const b2Shape &shape, float density, float friction) {
    b2BodyDef definition;
    definition.type = b2_dynamicBody;
    definition.position.Set(float(x), float(y));
    definition.angle = float(angle);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = density;
    fixture.friction = friction;
    fixture.filter.categoryBits = walkerBit;
    fixture.filter.maskBits = groundBit;
    b2Body *body = world->CreateBody(&definition);
    body->CreateFixture(&fixture);
    return body;
}

void cbx_walker::buildWalker(double spacing, float push) {
    // The start is the middle of the flat pad, the legs straight below.
    const double x = spacing * 20 / 2, y = 400 / scale / 4 + 2 * legHeight;
    static const double outline[5][2] = {{-30, 9}, {6, 9}, {34, 1}, {34, -8}, {-30, -8}};
    b2Vec2 corners[5];
    for (int i = 0; i < 5; i++) corners[i].Set(float(outline[i][0] / scale), float(outline[i][1] / scale));
    b2PolygonShape hull, upper, lower;
    hull.Set(corners, 5);
    upper.SetAsBox(float(legWidth / 2), float(legHeight / 2));
    lower.SetAsBox(float(0.8 * legWidth / 2), float(legHeight / 2));

    bodies[0] = addBody(x, y, 0, hull, 5, 0.1f);
    bodies[0]->ApplyForceToCenter(b2Vec2(push, 0), true);
    for (int leg = 0; leg < 2; leg++) {
        const int side = leg == 0 ? -1 : 1;
        bodies[1 + 2 * leg] = addBody(x, y - legHeight / 2 - legDown, side * 0.05, upper, 1, 0.2f);
        bodies[2 + 2 * leg] = addBody(x, y - legHeight * 3 / 2 - legDown, side * 0.05, lower, 1, 0.2f);
        for (int part = 0; part < 2; part++) {
            b2RevoluteJointDef joint;
            joint.bodyA = part == 0 ? bodies[0] : bodies[1 + 2 * leg];
            joint.bodyB = bodies[1 + 2 * leg + part];
            joint.localAnchorA.Set(0, float(part == 0 ? legDown : -legHeight / 2));
            joint.localAnchorB.Set(0, float(legHeight / 2));
            // The angle at creation counts as zero: pybox2d fills this in, although Gymnasium's definition does not name it.
            joint.referenceAngle = joint.bodyB->GetAngle() - joint.bodyA->GetAngle();
            joint.enableMotor = true;
            joint.enableLimit = true;
            joint.maxMotorTorque = motorTorque;
            joint.lowerAngle = lowerAngle[part];
            joint.upperAngle = upperAngle[part];
            joints[2 * leg + part] = static_cast<b2RevoluteJoint *>(world->CreateJoint(&joint));
        }
    }
}

void cbx_walker::step(const float *action) {
    for (int i = 0; i < CBX_JOINTS; i++) {
        const float size = std::fabs(action[i]), sign = action[i] > 0 ? 1.0f : action[i] < 0 ? -1.0f : 0.0f;
        b2RevoluteJoint *joint = joints[i];
        joint->SetMotorSpeed((i % 2 == 0 ? hipSpeed : kneeSpeed) * sign);
        joint->SetMaxMotorTorque(motorTorque * std::min(size, 1.0f));
        // Box2D 2.3, which the reference runs on, feels a limit only in a step that begins at it or beyond it; 2.4 brakes beforehand.
        const float angle = joint->GetJointAngle();
        joint->EnableLimit(angle <= lowerAngle[i % 2] || angle >= upperAngle[i % 2]);
        // Setting a motor's speed wakes the bodies in 2.3, in 2.4 only when the speed changes.
        if (!joint->GetBodyA()->IsAwake()) joint->GetBodyA()->SetAwake(true);
        if (!joint->GetBodyB()->IsAwake()) joint->GetBodyB()->SetAwake(true);
    }
    world->Step(timeStep, velocityIterations, positionIterations);
}

float cbx_walker::castRay(b2Vec2 from, b2Vec2 to) const {
    const b2Vec2 d = to - from;
    float nearest = 1;
    // The ground is a function of x and no ray points left, so the first segment hit is the nearest one.
    const int last = std::min(int(segments.size()) - 1, int(to.x * inverseSpacing) + 1);
    for (int i = std::max(0, int(from.x * inverseSpacing) - 1); i <= last; i++) {
        const Segment &s = segments[size_t(i)];
        const float denominator = b2Dot(s.normal, d);
        if (denominator == 0) continue;
        const float t = b2Dot(s.normal, s.start - from) / denominator;
        if (!(t >= 0 && t <= 1)) continue;
        const float along = b2Dot(from + t * d - s.start, s.along) / s.lengthSquared;
        if (along < 0 || along > 1) continue;
        nearest = t;
        break;
    }
    for (const Obstacle &obstacle : obstacles) {
        if (obstacle.right < from.x || obstacle.left > to.x) continue;
        b2RayCastInput input{from, to, nearest};
        b2RayCastOutput output;
        b2Transform identity;
        identity.SetIdentity();
        if (obstacle.shape.RayCast(&output, input, identity, 0)) nearest = output.fraction;
    }
    return nearest;
}

void cbx_walker::read(cbx_state *out) const {
    for (int i = 0; i < CBX_BODIES; i++) {
        const b2Vec2 p = bodies[i]->GetPosition(), v = bodies[i]->GetLinearVelocity();
        out->bodies[i] = {p.x, p.y, bodies[i]->GetAngle(), v.x, v.y, bodies[i]->GetAngularVelocity()};
    }
    for (int i = 0; i < CBX_JOINTS; i++) {
        out->joint_angle[i] = joints[i]->GetJointAngle();
        out->joint_speed[i] = joints[i]->GetJointSpeed();
    }
    const b2Vec2 p = bodies[0]->GetPosition();
    for (int i = 0; i < CBX_RAYS; i++) out->lidar[i] = castRay(p, b2Vec2(float(p.x + rayX[i]), float(p.y + rayY[i])));
    out->contact[0] = contact[0];
    out->contact[1] = contact[1];
    out->game_over = gameOver;
}

extern "C" {

cbx_walker *cbx_create(void) {
    try {
        return new cbx_walker();
    } catch (...) {
        return nullptr;
    }
}

void cbx_destroy(cbx_walker *walker) { delete walker; }

cbx_result cbx_reset(cbx_walker *walker, const double *heights, int32_t points, double spacing, const float *quads, int32_t quad_count,
                     float push, cbx_state *out) {
    bool valid = points >= 2 && quad_count >= 0 && std::isfinite(spacing) && spacing > 0 && std::isfinite(push);
    for (int i = 0; valid && i < points; i++) valid = std::isfinite(heights[i]);
    for (int i = 0; valid && i < 8 * quad_count; i++) valid = std::isfinite(quads[i]);
    if (!valid) return CBX_BAD_INPUT;
    try {
        // A fresh world each time: one that is emptied and refilled orders its contacts by its history, which would change the bits.
        walker->dropWorld();
        const UseArena use(walker->arena);
        walker->world = new (walker->storage) b2World(b2Vec2(0, -10));
        walker->world->SetContactListener(walker);
        walker->gameOver = walker->contact[0] = walker->contact[1] = false;
        walker->buildGround(heights, points, spacing, quads, quad_count);
        walker->buildWalker(spacing, push);
        const float rest[CBX_JOINTS] = {0, 0, 0, 0};
        walker->step(rest);
        walker->read(out);
        return CBX_OK;
    } catch (...) {
        return walker->abandonWorld();
    }
}

cbx_result cbx_step(cbx_walker *walker, const float *action, cbx_state *out) {
    if (!walker->world) return CBX_NOT_RESET;
    for (int i = 0; i < CBX_JOINTS; i++)
        if (!std::isfinite(action[i])) return CBX_BAD_INPUT;
    try {
        const UseArena use(walker->arena);
        walker->step(action);
        walker->read(out);
        return CBX_OK;
    } catch (...) {
        return walker->abandonWorld();
    }
}

cbx_result cbx_place(cbx_walker *walker, const cbx_body *bodies, const uint8_t *contact, uint8_t game_over, cbx_state *out) {
    if (!walker->world) return CBX_NOT_RESET;
    try {
        const UseArena use(walker->arena);
        for (int i = 0; i < CBX_BODIES; i++) {
            const cbx_body &b = bodies[i];
            walker->bodies[i]->SetTransform(b2Vec2(b.x, b.y), b.angle);
            walker->bodies[i]->SetLinearVelocity(b2Vec2(b.vx, b.vy));
            walker->bodies[i]->SetAngularVelocity(b.omega);
        }
        for (int i = 0; i < 2; i++) walker->contact[i] = contact[i] != 0;
        walker->gameOver = game_over != 0;
        walker->read(out);
        return CBX_OK;
    } catch (...) {
        return CBX_OUT_OF_MEMORY;
    }
}

const char *cbx_version(void) {
    static thread_local char text[32];
    std::snprintf(text, sizeof text, "%d.%d.%d", b2_version.major, b2_version.minor, b2_version.revision);
    return text;
}
}
