import SlipwayLedger
import Testing

@Suite("The Merkle tree gives the values that other logs give")
struct MerkleVectorTests {
  private let tree = Leaves(
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(bytes))
  private let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test("The empty leaf and the roots of sizes 0 to 8 are those of RFC 6962's test data")
  func knownRoots() throws {
    #expect(MerkleHash.leaf([]).hexadecimal == roots[1])
    var frontier = MerkleFrontier()
    for (size, root) in roots.enumerated() {
      #expect(try tree.root(of: 0..<Int64(size)).hexadecimal == root)
      #expect(frontier.root.hexadecimal == root)
      if size < tree.hashes.count { frontier.append(tree.hashes[size]) }
    }
  }

  @Test("The proof that leaf 5 is in the tree of 8 is the known one")
  func knownInclusionProof() throws {
    let path = try tree.inclusionProof(of: 5, in: 8)?.map(\.hexadecimal)
    #expect(
      path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", roots[4],
      ])
  }

  @Test("The proof that the tree of 8 extends that of 6 is the known one")
  func knownConsistencyProof() throws {
    let path = try tree.consistencyProof(from: 6, to: 8)?.map(\.hexadecimal)
    #expect(
      path == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", roots[4],
      ])
    let other = try tree.consistencyProof(from: 3, to: 7)?.map { String($0.hexadecimal.prefix(8)) }
    #expect(other == ["0298d122", "07506a85", "fac54203", "837dbb15"])
  }
}
