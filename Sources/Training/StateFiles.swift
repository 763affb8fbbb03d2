import Core
import Foundation
import Runs

/// A state archive as a safetensors file and back.
enum StateFiles {
    static func tensors(_ archive: StateArchive) -> [NamedTensor] {
        archive.tensors.map { NamedTensor($0.key, shape: $0.value.shape, $0.value.values) }
            + archive.doubles.map { NamedTensor($0.key, shape: [$0.value.count], $0.value) }
            + archive.bytes.map { NamedTensor($0.key, shape: [$0.value.count], $0.value) }
    }

    /// - Throws: `RunError` where the file is damaged or holds other types.
    static func archive(_ file: SafetensorsFile) throws -> StateArchive {
        var archive = StateArchive()
        for tensor in try file.tensors() {
            switch tensor.values {
            case .float32(let values): archive.tensors[tensor.name] = StateArchive.Tensor(shape: tensor.shape, values: values)
            case .float64(let values): archive.doubles[tensor.name] = values
            case .uint8(let values): archive.bytes[tensor.name] = values
            default:
                throw TrainingError("tensor '\(tensor.name)' has a type that no state has", hint: "the file was not written by crest")
            }
        }
        return archive
    }
}
