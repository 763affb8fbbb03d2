/// A block of 32-bit floats on a 64-byte boundary, zero at first. A reference: copies of the variable share the memory.
///
/// Threads may work on disjoint ranges at the same time; that they are disjoint is the caller's duty. A span is valid as long as the buffer
/// lives: keep the buffer in a variable while a span of it is in use (the compiler can't see through references to check it).
public final class FloatBuffer: @unchecked Sendable {
    public let count: Int
    /// First element; valid as long as the buffer lives.
    public let pointer: UnsafeMutablePointer<Float>

    /// - Parameter count: number of elements, ≥ 0.
    public init(_ count: Int) {
        precondition(count >= 0, "a buffer can't have a negative number of elements")
        self.count = count
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
        pointer = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        pointer.initialize(repeating: 0, count: max(count, 1))
    }

    /// A buffer with the elements of an array.
    public convenience init(_ values: [Float]) {
        self.init(values.count)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: values.count) }
        }
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "index out of range")
            return pointer[index]
        }
        set {
            precondition(index >= 0 && index < count, "index out of range")
            pointer[index] = newValue
        }
    }

    /// All elements, to read.
    public var span: Span<Float> {
        @_lifetime(immortal) get { span(0..<count) }
    }

    /// The elements of a range, to read.
    @_lifetime(immortal)
    public func span(_ range: Range<Int>) -> Span<Float> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        return _overrideLifetime(Span(_unsafeStart: pointer + range.lowerBound, count: range.count), copying: ())
    }

    /// The elements of a range, to write.
    @_lifetime(immortal)
    public func mutableSpan(_ range: Range<Int>) -> MutableSpan<Float> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        return _overrideLifetime(MutableSpan(_unsafeStart: pointer + range.lowerBound, count: range.count), copying: ())
    }

    /// All elements, to write.
    public var mutableSpan: MutableSpan<Float> {
        @_lifetime(immortal) get { mutableSpan(0..<count) }
    }

    /// A copy of the elements.
    public var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Overwrites all elements with those of an array of the same length.
    public func assign(_ values: [Float]) {
        precondition(values.count == count, "the array must have the buffer's length")
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: count) }
        }
    }

    /// Overwrites all elements with those of a buffer of the same length.
    public func assign(_ other: FloatBuffer) {
        precondition(other.count == count, "the buffers must have the same length")
        pointer.update(from: other.pointer, count: count)
    }

    /// Sets all elements to a value.
    public func fill(_ value: Float) { pointer.update(repeating: value, count: count) }
}
