import Drawing
import Foundation

/// Writes pictures of one size as an MP4 file (H.264) through ffmpeg. The file has its name only once it is complete.
final class VideoWriter {
    let path: String
    private let process = Process()
    private let input = Pipe()
    private let errors = Pipe()
    private let partial: String
    /// From ffmpeg's start until the file is complete or has failed.
    private var isOpen = false

    /// - Parameters:
    ///   - width, height: pixels of the pictures; even, since a colour is stored for every second pixel.
    /// - Throws: `TrainingError` for odd sizes, and where ffmpeg is missing or does not start.
    init(path: String, width: Int, height: Int, framesPerSecond: Double) throws {
        guard width.isMultiple(of: 2), height.isMultiple(of: 2) else {
            throw TrainingError("a video has even numbers of pixels, not \(width)x\(height)", place: path, hint: "write --size with even numbers")
        }
        self.path = path
        // ffmpeg chooses the format by the ending.
        let url = URL(fileURLWithPath: path)
        partial = url.deletingLastPathComponent().appendingPathComponent(".partial-\(getpid())-\(url.lastPathComponent)").path
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard let program = folders.map({ "\($0)/ffmpeg" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TrainingError("there is no ffmpeg on this machine", hint: "apt-get install ffmpeg, or ask for pictures with --strip")
        }
        // A write to an ffmpeg that has ended is an error to report, not a signal to die of.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "\(width)x\(height)", "-r", "\(framesPerSecond)", "-i", "-",
            "-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", partial,
        ]
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        do {
            try process.run()
            isOpen = true
        } catch {
            throw TrainingError("ffmpeg does not start: \(error.localizedDescription)", place: program)
        }
    }

    /// What was never finished leaves nothing behind.
    deinit {
        guard isOpen else { return }
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: partial)
    }

    /// Adds a frame.
    func append(_ picture: Canvas) throws {
        do {
            try input.fileHandleForWriting.write(contentsOf: Data(picture.rgb()))
        } catch {
            throw failure()
        }
    }

    /// Completes the file.
    func finish() throws {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw failure() }
        isOpen = false
        guard rename(partial, path) == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(atPath: partial)
            throw TrainingError("the video can't be given its name: \(reason)", place: path)
        }
    }

    private func failure() -> TrainingError {
        isOpen = false
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        try? FileManager.default.removeItem(atPath: partial)
        return TrainingError(
            "the video can't be written: \(said.split(separator: "\n").last.map(String.init) ?? "ffmpeg ended")", place: path,
            hint: "name a folder that exists and has room, and a file ending in .mp4")
    }
}
