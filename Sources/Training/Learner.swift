import Algorithms
import Core
import Environments

/// An algorithm behind one type, whichever it is. Algorithms can't be copied, and the compiler does not yet let a noncopyable value
/// without a known type be read in place, so a reference holds it.
protocol Learner: AnyObject {
    var spec: EnvironmentSpec { get }
    var steps: Int { get }
    var learningRateFactor: Double { get set }
    func advance() throws -> IterationReport
    func policy() -> Policy
    func learned() -> StateArchive
    func rollBack(to archive: StateArchive) throws
    func state() throws -> StateArchive
    func restore(_ archive: StateArchive) throws
    func changeTask(_ change: TaskChange, makeEnvironment: () throws -> any Environment) throws
}

/// The one implementation: hands everything on.
final class AlgorithmHolder<Base: Algorithm & ~Copyable>: Learner {
    private var base: Base

    init(_ base: consuming Base) { self.base = base }

    var spec: EnvironmentSpec { base.spec }
    var steps: Int { base.steps }
    var learningRateFactor: Double {
        get { base.learningRateFactor }
        set { base.learningRateFactor = newValue }
    }

    func advance() throws -> IterationReport { try base.advance() }
    func policy() -> Policy { base.policy() }
    func learned() -> StateArchive { base.learned() }
    func rollBack(to archive: StateArchive) throws { try base.rollBack(to: archive) }
    func state() throws -> StateArchive { try base.state() }
    func restore(_ archive: StateArchive) throws { try base.restore(archive) }
    func changeTask(_ change: TaskChange, makeEnvironment: () throws -> any Environment) throws {
        try base.changeTask(change, makeEnvironment: makeEnvironment)
    }
}
