import Glibc

/// eˣ in single precision, of the C library.
@inline(__always)
package func expf32(_ x: Float) -> Float { expf(x) }

/// ln x in single precision, of the C library.
@inline(__always)
package func logf32(_ x: Float) -> Float { logf(x) }
