import CMuJoCo
import Drawing
import Foundation

/// Draws the quadruped on its terrain from the side, a little from ahead, and tells its speed toward the command and its reward.
public struct QuadrupedArtist: Artist {
    public let pictureSize = (width: 600, height: 400)
    private let stage: MuJoCoStage
    private var pace: Pace
    /// Height that the camera looks at: the trunk's, without the shaking.
    private var height = 0.0
    /// What the ground on the stage was drawn from.
    private var ground: Ground?

    private struct Ground: Equatable {
        var seed: UInt64
        var kind: Int64
        var height: Double
    }

    /// - Throws: `DrawingError` where there is no OpenGL.
    init(_ subject: Quadruped, libraries: [String] = OffscreenContext.libraries) throws {
        stage = try MuJoCoStage(subject.world.simulation.model, MuJoCoStage.Settings(tile: 0.125), libraries: libraries)
        pace = Pace(timeStep: subject.spec.timeStep)
        height = subject.world.simulation.fields.qpos[2]
    }

    public mutating func observe(_ subject: Quadruped, isFirst: Bool) {
        pace.add(distance: subject.way.forward, total: subject.state.books.terms.total, isFirst: isFirst)
        let trunk = subject.world.simulation.fields.qpos[2]
        height = isFirst ? trunk : height + (trunk - height) * min(subject.spec.timeStep / 0.4, 1)
    }

    public mutating func draw(_ subject: Quadruped, on canvas: Canvas) throws {
        let simulation = subject.world.simulation
        let draws = subject.state.draws
        let camera = cmj_camera(
            x: simulation.fields.qpos[0], y: simulation.fields.qpos[1], z: height - 0.02, distance: 0.5,
            azimuth: draws.heading * 180 / .pi + 120, elevation: -18)
        // Heights go to the graphics memory once an episode.
        let present = Ground(seed: draws.seed, kind: draws.kind, height: draws.terrainHeight)
        let isNew = ground != present || stage.isFresh(canvas)
        try stage.draw(simulation, from: camera, ground: isNew ? simulation.model : nil, on: canvas)
        ground = present
    }

    public func remarks(on subject: Quadruped) -> [String] { [pace.text] }
}

extension Quadruped: Drawable {
    public func makeArtist() throws -> QuadrupedArtist { try QuadrupedArtist(self) }
}
