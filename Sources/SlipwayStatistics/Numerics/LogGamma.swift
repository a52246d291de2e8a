import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// ln Γ(x) for x > 0, to about 1e-13 relative. Example: ln Γ(10) = ln 362 880 = 12.8018.
///
/// Stirling's series after shifting the argument above 10 by Γ(x + 1) = x Γ(x) (Abramowitz and Stegun, 6.1.41). The C
/// library's `lgamma` keeps the sign in a global variable and so may not be used from several threads.
package func logGamma(_ x: Double) -> Double {
  precondition(x > 0, "logGamma is defined here for positive arguments")
  var shift = 0.0
  var z = x
  while z < 10 {
    shift += log(z)
    z += 1
  }
  let inverse = 1 / z
  let square = inverse * inverse
  let series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))))
  return (z - 0.5) * log(z) - z + 0.5 * log(2 * Double.pi) + series - shift
}
