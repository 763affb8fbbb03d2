import Core
import Networks
import Tensor

/// How an update gets from a minibatch to gradients and from gradients to parameters. All calls of an update come in the order in which they
/// stand here; none of the gradients' changes anything that a run keeps but generators.
protocol SACPasses: AnyObject, Sendable {
    /// Gathers the minibatch and makes the critics' gradient. Returns sums over the batch and the gradient's norm.
    func differentiateCritics(_ pool: WorkerPool) -> (sums: SACBatchSums, norm: Float)
    /// Adam's step and the targets'.
    func stepCritics(_ pool: WorkerPool)
    /// The actor's gradient, with the critics as they are now.
    func differentiateActor(_ pool: WorkerPool) -> (sums: SACBatchSums, norm: Float)
    func stepActor(_ pool: WorkerPool)

    /// Where the gradients stand.
    var criticGradient: FloatBuffer { get }
    var actorGradient: FloatBuffer { get }
    /// Where the noise stands that actions are made with, for some rows each: at the observations, and at the next ones.
    var noises: [(rows: Range<Int>, current: SquashedGaussianWorkspace, next: SquashedGaussianWorkspace)] { get }
}
