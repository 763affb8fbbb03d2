/// From where a task's pictures are seen, and what the ground looks like.
public struct MuJoCoView: Sendable, Equatable {
    /// What the camera goes along with: the model's first position (x), its first two (x, y), or nothing.
    public enum Following: Sendable { case x, xy, nothing }

    public var following = Following.x
    /// Height of the point looked at, m.
    public var height = 0.8
    /// From that point, m.
    public var distance = 3.8
    /// Degrees; looking along y at 90, with x to the right.
    public var azimuth = 110.0
    /// Degrees; negative looks down.
    public var elevation = -14.0
    /// Edge of the ground's squares, m.
    public var tile = 1.0
    /// Height of a floor that the model itself does not have, m.
    public var addedFloor: Double?

    public init() {}
}

extension MuJoCoTask {
    public static var view: MuJoCoView { MuJoCoView() }
}

extension HumanoidTask {
    public static var view: MuJoCoView {
        var view = MuJoCoView()
        view.following = .xy
        view.height = 0.95
        view.distance = 4.2
        return view
    }
}

extension AntTask {
    public static var view: MuJoCoView {
        var view = MuJoCoView()
        view.following = .xy
        view.height = 0.4
        view.distance = 4.5
        view.azimuth = 115
        view.elevation = -25
        return view
    }
}

extension HalfCheetahTask {
    public static var view: MuJoCoView {
        var view = MuJoCoView()
        view.height = 0.5
        view.distance = 3.6
        view.azimuth = 105
        return view
    }
}

extension InvertedPendulumTask {
    public static var view: MuJoCoView {
        var view = MuJoCoView()
        view.following = .nothing
        view.height = 0.2
        view.distance = 2.4
        view.azimuth = 100
        view.tile = 0.5
        view.addedFloor = -0.3
        return view
    }
}
