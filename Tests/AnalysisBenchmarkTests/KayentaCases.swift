/// Series with what Kayenta's judge makes of them (direction "increase"), the roots of its solver included.
struct KayentaCase: Sendable {
  var experiment: [Double]
  var control: [Double]
  var isHigh: Bool
  var lower: Double
  var estimate: Double
  var upper: Double

  static let all = [
    KayentaCase(
      experiment: [1, 2, 3, 4, 5],
      control: [2, 3, 4, 5, 6],
      isHigh: false, lower: -4.99994975038706, estimate: -1.0, upper: 2.99994975038706),
    KayentaCase(
      experiment: [0, 0, 0, 1, 2, 0],
      control: [0, 0, 0, 0, 0, 0],
      isHigh: false, lower: 0.0, estimate: 9.670586392262137e-05, upper: 1.9999215802732428),
    KayentaCase(
      experiment: [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0, 1.0],
      control: [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
      isHigh: false, lower: 6.825022991538788e-05, estimate: 98.99992904170193, upper: 99.0),
    KayentaCase(
      experiment: [1.5, 2.5, 2.5, 9, 11, 4],
      control: [1, 1.5, 2.5, 3, 4, 5, 6],
      isHigh: false, lower: -2.500049331549546, estimate: 0.9999086306356256, upper: 7.999932479703718),
    KayentaCase(
      experiment: [
        10.3, 10.4, 11.3, 8.5, 13.0, 8.1, 10.6, 11.5, 7.4, 8.6, 11.4, 12.6, 8.4, 10.8, 8.1, 9.4, 5.2, 8.5, 8.1, 9.4, 13.7, 11.0, 10.2,
        12.4, 11.3, 9.8, 9.6, 10.4, 10.1, 13.2,
      ],
      control: [
        14.0, 10.4, 11.5, 11.8, 8.9, 10.2, 8.6, 11.2, 10.0, 10.4, 12.9, 8.2, 10.3, 11.2, 13.7, 8.7, 9.6, 8.3, 7.0, 9.5, 11.7, 10.4, 8.4,
        10.3, 12.3,
      ],
      isHigh: false, lower: -1.4999544203136885, estimate: -0.1999542635828222, upper: 1.0000167685261203),
    KayentaCase(
      experiment: [
        1.0, 1.0, 2.0, 2.0, 3.0, 1.0, 2.0, 3.0, 2.0, 0.0, 6.0, 1.0, 0.0, 2.0, 2.0, 4.0, 6.0, 4.0, 5.0, 1.0, 1.0, 1.0, 3.0, 2.0, 2.0,
        1.0, 0.0, 0.0, 4.0, 3.0, 4.0, 3.0, 3.0, 1.0, 1.0, 3.0, 0.0, 0.0, 3.0, 4.0, 5.0, 1.0, 1.0, 2.0, 3.0, 5.0, 2.0, 2.0, 3.0, 0.0,
      ],
      control: [
        2.0, 5.0, 4.0, 0.0, 2.0, 6.0, 2.0, 4.0, 3.0, 3.0, 2.0, 2.0, 2.0, 1.0, 3.0, 1.0, 1.0, 2.0, 2.0, 4.0, 2.0, 2.0, 2.0, 6.0, 2.0,
        1.0, 4.0, 5.0, 3.0, 1.0, 2.0, 4.0, 4.0, 4.0, 0.0, 5.0, 3.0, 1.0, 3.0, 4.0, 2.0, 2.0, 4.0, 2.0, 1.0, 1.0, 7.0, 3.0, 5.0, 3.0,
      ],
      isHigh: false, lower: -1.000001647755714, estimate: -0.9999194594701001, upper: 9.137982102507003e-07),
  ]
}
