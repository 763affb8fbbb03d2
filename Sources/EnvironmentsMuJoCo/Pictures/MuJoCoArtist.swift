import CMuJoCo
import Drawing
import Foundation

/// Draws a MuJoCo task with a camera that goes along, and tells its speed and reward.
public struct MuJoCoArtist<Task: MuJoCoTask>: Artist {
    public let pictureSize = (width: 600, height: 400)
    private let stage: MuJoCoStage
    private var pace: Pace

    /// - Throws: `DrawingError` where there is no OpenGL.
    init(_ subject: MuJoCoEnvironment<Task>, libraries: [String] = OffscreenContext.libraries) throws {
        stage = try MuJoCoStage(
            subject.simulation.model, MuJoCoStage.Settings(tile: Task.view.tile, addedFloor: Task.view.addedFloor), libraries: libraries)
        pace = Pace(timeStep: subject.spec.timeStep)
    }

    public mutating func observe(_ subject: MuJoCoEnvironment<Task>, isFirst: Bool) {
        pace.add(distance: subject.progress.trackedX, total: subject.progress.sums.total, isFirst: isFirst)
    }

    public mutating func draw(_ subject: MuJoCoEnvironment<Task>, on canvas: Canvas) throws {
        let view = Task.view
        let positions = subject.simulation.fields.qpos
        let camera = cmj_camera(
            x: view.following == .nothing ? 0 : positions[0], y: view.following == .xy ? positions[1] : 0, z: view.height,
            distance: view.distance, azimuth: view.azimuth, elevation: view.elevation)
        try stage.draw(subject.simulation, from: camera, on: canvas)
    }

    public func remarks(on subject: MuJoCoEnvironment<Task>) -> [String] { Task.isLocomotion ? [pace.text] : [] }
}

extension MuJoCoEnvironment: Drawable {
    public func makeArtist() throws -> MuJoCoArtist<Task> { try MuJoCoArtist(self) }
}
