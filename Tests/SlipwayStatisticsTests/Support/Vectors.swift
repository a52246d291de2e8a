import Foundation
import SlipwayStatistics
import Testing

/// The reference figures, computed once by an independent implementation in another language (NumPy, SciPy).
struct Vectors: Decodable {
  let config: Config
  let binary: [Binary]
  let gatedRatio: [Gated]
  let process: Process
  let nonInferiority: [NonInferiorityCase]
  let nonInferiorityProcess: [Double]
  let margins: [String: [Double]]
  let overdispersion: OverdispersionCase
  let mannWhitney: [MannWhitneyCase]
  let histogramQuantile: [QuantileCase]
  let limits: [Limit]
  let latencyLimits: [LatencyLimit]
  let wilson: [Wilson]
  let dirichlet: [Dirichlet]
  let normalMixture: [Mixture]
  let benjaminiHochberg: [Rejections]
  let band: [Band]

  enum CodingKeys: String, CodingKey {
    case config, process, limits, overdispersion
    case binary = "binary_log_e"
    case gatedRatio = "gated_ratio"
    case nonInferiority = "noninferiority_log_e"
    case nonInferiorityProcess = "noninferiority_process_errors_margin_0.10"
    case margins = "margins_adaptive"
    case mannWhitney = "mann_whitney_scipy"
    case histogramQuantile = "histogram_quantile"
    case latencyLimits = "limits_latency_shift"
    case wilson = "wilson95"
    case dirichlet = "lindon_malek_dirichlet"
    case normalMixture = "normal_mixture_two_sided"
    case benjaminiHochberg = "e_bh"
    case band = "howard_ramdas_band"
  }

  static let all: Vectors = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/vectors.json")
    do {
      return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    } catch {
      fatalError("the reference figures cannot be read: \(error)")
    }
  }()
}

extension Vectors {
  struct Config: Decodable {
    let ratios: [Double]
    let shares: [Double]
    let deltas: [Double]
    let tailShares: [Double]
    let tailRatios: [Double]
    let errorWeight: Double
    let shiftWeight: Double
    let tailWeight: Double
    let firstOnset: Double
    let horizon: Int
    let warmup: Int
    let fractions: [Double]
    let bounds: [Double]

    enum CodingKeys: String, CodingKey {
      case horizon
      case ratios = "r_err"
      case shares = "d_err"
      case deltas = "delta"
      case tailShares = "tail_q"
      case tailRatios = "tail_r"
      case errorWeight = "w_err"
      case shiftWeight = "w_shift"
      case tailWeight = "w_tail"
      case firstOnset = "pi1"
      case warmup = "warm_intervals"
      case fractions = "lam"
      case bounds = "edges_ms"
    }
  }

  struct Binary: Decodable {
    let Xc: Double
    let Nc: Double
    let Xb: Double
    let Nb: Double
    let r: Double
    let log_e: Double
  }

  struct Gated: Decodable {
    let D: Double
    let p_ref: Double
    let E: Double
    let N: Double
    let w: Double
    let burst: Bool
    let r: Double
  }

  struct Process: Decodable {
    let reference_hist: [Int]
    let reference_block_requests: [Int]
    let reference_block_errors: [Int]
    let p_ref: Double
    let D: [Double]
    let z_scores: [Double]
    let tail_index: [Int]
    let log_q: [Double]
    let intervals: [Interval]
    let expected: [Step]
  }

  struct Interval: Decodable {
    let Hc: [Int]
    let Hb: [Int]
    let Nc: Int
    let Nb: Int
    let Ec: Int
    let Eb: Int
    let gap: Bool
  }

  struct Step: Decodable {
    let r_err_used: [Double]
    let burst: [Bool]
    let log_e: [Double]
    let logW: [Double?]
    let logE: Double
    let rollback_1pct: Bool
    let rollback_5pct: Bool
  }

  struct NonInferiorityCase: Decodable {
    let Xc: Int
    let Nc: Int
    let Xb: Int
    let Nb: Int
    let margin: Double
    let lam_frac: Double
    let log_e: Double
  }

  struct OverdispersionCase: Decodable {
    let half1: [Int]
    let half2: [Int]
    let cv2: Double
    let phi: [Phi]

    struct Phi: Decodable {
      let E: Double
      let w: Double
      let k: Double
      let phi: Double
    }
  }

  struct MannWhitneyCase: Decodable {
    let x: [Double]
    let y: [Double]
    let asymptoticTwoSided: Result?
    let asymptoticGreater: Result?
    let asymptoticLess: Result?
    let exactTwoSided: Result?
    let exactGreater: Result?
    let exactLess: Result?
    let sigma: Double?

    struct Result: Decodable {
      let U1: Double
      let p: Double
    }

    enum CodingKeys: String, CodingKey {
      case x, y
      case asymptoticTwoSided = "asymptotic_two-sided"
      case asymptoticGreater = "asymptotic_greater"
      case asymptoticLess = "asymptotic_less"
      case exactTwoSided = "exact_two-sided"
      case exactGreater = "exact_greater"
      case exactLess = "exact_less"
      case sigma = "sigma_tie_corrected"
    }
  }

  struct QuantileCase: Decodable {
    let hist: [Int]
    let q: Double
    let value: Double?
  }

  struct Limit: Decodable {
    let p0: Double
    let p1: Double
    let kl: Double
    let nstar_1pct: Double
    let nstar_5pct: Double
    let js_w005: Double
    let js_w05: Double
  }

  struct LatencyLimit: Decodable {
    let f: Double
    let sigma: Double
    let kl: Double
    let js_w005: Double
  }

  struct Wilson: Decodable {
    let k: Int
    let n: Int
    let ci: [Double]
  }

  struct Dirichlet: Decodable {
    let counts: [Int]
    let rho: [Double]
    let k: Double
    let log_bayes_factor: Double
  }

  struct Mixture: Decodable {
    let s: Double
    let v: Double
    let rho: Double
    let log_e: Double
    let bound_alpha_0_05: Double
  }

  struct Rejections: Decodable {
    let e: [Double]
    let alpha: Double
    let rejected: [Int]
  }

  struct Band: Decodable {
    let n: Int
    let alpha: Double
    let C: Double
    let eps: Double
  }
}

/// Within 1e-9, absolute or relative.
func near(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
  a == b || abs(a - b) <= tolerance * max(1, abs(b))
}

func near(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-9) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { near($0, $1, tolerance) }
}
