import COffscreenGL
import Drawing
import Foundation

/// OpenGL without a screen, on the processor: Mesa's OSMesa where it is installed, else EGL without a surface.
///
/// Used by one thread at a time, under `MuJoCoStage`'s lock.
final class OffscreenContext {
    private let handle: OpaquePointer

    /// The libraries to try, in this order: the environment variable `CREST_OPENGL` alone where it is set.
    static var libraries: [String] {
        // A variable is an order, not a suggestion: no quiet fall-back to another library.
        if let variable = ProcessInfo.processInfo.environment["CREST_OPENGL"], !variable.isEmpty { return [variable] }
        return ["libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so", "libEGL.so.1"]
    }

    /// - Parameter libraries: names or paths; one with `EGL` in it is taken for EGL.
    /// - Throws: `DrawingError` where none gives a context.
    init(libraries: [String] = OffscreenContext.libraries) throws {
        var reasons: [String] = []
        for library in libraries {
            var message = [CChar](repeating: 0, count: 1000)
            if let handle = cgl_make(library, &message, Int32(message.count)) {
                self.handle = handle
                return
            }
            reasons.append(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        throw DrawingError(
            "no OpenGL to draw MuJoCo's pictures with: \(reasons.first ?? "no library is named")", place: libraries.joined(separator: ", "),
            hint: "apt-get install libosmesa6")
    }

    deinit { cgl_free(handle) }

    /// Makes this thread draw here.
    ///
    /// - Throws: `DrawingError` where OpenGL refuses.
    func use() throws {
        var message = [CChar](repeating: 0, count: 1000)
        guard cgl_use(handle, &message, Int32(message.count)) == 0 else {
            throw DrawingError(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), place: "OpenGL")
        }
    }
}
