import Testing

@testable import SlipwayRuntime

@Suite("A mailbox")
struct MailboxTests {
  @Test("Messages are read in the order in which they were sent, those before the end too")
  func order() async {
    let box = Mailbox<Int>()
    for number in 1...3 { #expect(box.send(number)) }
    box.close()
    #expect(!box.send(4))
    var read: [Int] = []
    while let number = await box.next() { read.append(number) }
    #expect(read == [1, 2, 3])
  }

  @Test("Whoever waits gets the next message, and goes on when the box is closed")
  func waiting() async {
    let box = Mailbox<Int>()
    let read = await withTaskGroup(of: [Int?].self) { group in
      group.addTask { [await box.next(), await box.next()] }
      await Task.yield()
      box.send(1)
      await Task.yield()
      box.close()
      return await group.next() ?? []
    }
    #expect(read == [1, nil])
  }
}
