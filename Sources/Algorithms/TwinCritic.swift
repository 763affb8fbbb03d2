import Core
import Networks
import Tensor

/// Two independent action-value functions Q₁(s,a) and Q₂(s,a) in one parameter buffer. Their input is a row of observation and action.
public struct TwinCritic: Sendable {
    public let layout: ParameterLayout
    public let observationWidth: Int
    public let actionWidth: Int
    let bodies: [MLP]

    /// Width of an input row.
    var inputs: Int { observationWidth + actionWidth }

    /// - Parameters:
    ///   - hidden: units of the hidden layers, from the input on; both critics have the same.
    ///   - layerNorm: before each hidden layer's activation; batchRenorm: before every layer, as CrossQ has it.
    public init(observationWidth: Int, actionWidth: Int, hidden: [Int], activation: Activation, layerNorm: Bool, batchRenorm: Bool) {
        self.observationWidth = observationWidth
        self.actionWidth = actionWidth
        var layout = ParameterLayout()
        var bodies: [MLP] = []
        for i in 1...2 {
            bodies.append(
                MLP(
                    "critic\(i)", inputs: observationWidth + actionWidth, hidden: hidden, outputs: 1, activation: activation, layerNorm: layerNorm,
                    batchRenorm: batchRenorm, in: &layout))
        }
        self.bodies = bodies
        self.layout = layout
    }

    /// A new parameter buffer with PyTorch's default initial values.
    public func makeParameters(using random: inout Philox) -> FloatBuffer {
        let parameters = FloatBuffer(layout.count)
        for body in bodies { body.initialise(parameters, orthogonal: false, hiddenGain: nil, outputGain: 1, using: &random) }
        return parameters
    }
}
