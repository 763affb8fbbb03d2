import Core
import Networks
import Tensor

/// What turns a sequence of observations into features with memory: hidden layers, if there are any, and an LSTM behind them.
struct RecurrentBody: Sendable {
    let input: MLP?
    let lstm: LSTM

    /// - Parameters:
    ///   - name: prefix of the parameters.
    ///   - input: hidden widths in front of the LSTM.
    init(_ name: String, _ a: RecurrentActorCriticArchitecture, input widths: [Int], in layout: inout ParameterLayout) {
        input =
            widths.isEmpty
            ? nil
            : MLP(
                "\(name).input", inputs: a.observationWidth, hidden: widths, outputs: nil, activation: a.activation, layerNorm: a.layerNorm,
                in: &layout)
        lstm = LSTM("\(name).lstm", inputs: widths.last ?? a.observationWidth, hidden: a.lstmHidden, layerNorm: a.lstmLayerNorm, in: &layout)
    }

    func initialise(_ parameters: FloatBuffer, orthogonal: Bool, hiddenGain: Float, using random: inout Philox) {
        input?.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, outputGain: 1, using: &random)
        lstm.initialise(parameters, orthogonal: orthogonal, using: &random)
    }

    /// Sequences x[steps·rows × inputs] → `workspace.lstm.outputs`, from the state in `workspace.lstm.initial`.
    func forward(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, steps: Int, rows: Int, starts: UnsafePointer<Bool>?, _ workspace: RecurrentBodyWorkspace
    ) {
        var features = x
        if let input, let space = workspace.input {
            input.forward(parameters, x: x, rows: steps * rows, space)
            features = UnsafePointer(space.output.pointer)
        }
        lstm.forward(parameters, x: features, steps: steps, rows: rows, starts: starts, workspace.lstm)
    }

    /// The way back from `workspace.lstm.outputGradient`.
    func backward(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, steps: Int, rows: Int, starts: UnsafePointer<Bool>?,
        _ workspace: RecurrentBodyWorkspace
    ) {
        guard let input, let space = workspace.input else {
            lstm.backward(parameters, gradients: gradients, x: x, dx: nil, steps: steps, rows: rows, starts: starts, workspace.lstm)
            return
        }
        lstm.backward(
            parameters, gradients: gradients, x: space.output.pointer, dx: space.outputGradient.pointer, steps: steps, rows: rows, starts: starts,
            workspace.lstm)
        input.backward(parameters, gradients: gradients, x: x, dx: nil, rows: steps * rows, space)
    }
}

/// Memory of one pass through a `RecurrentBody`.
final class RecurrentBodyWorkspace: @unchecked Sendable {
    let input: MLPWorkspace?
    let lstm: LSTMWorkspace

    init(_ body: RecurrentBody, steps: Int, rows: Int, forwardOnly: Bool) {
        input = body.input.map { MLPWorkspace($0, capacity: steps * rows, forwardOnly: forwardOnly) }
        lstm = LSTMWorkspace(body.lstm, steps: steps, rows: rows, forwardOnly: forwardOnly)
    }
}
