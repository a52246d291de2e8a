import GRDB

/// The database's versions in order. A migration never changes once it has landed, and it names tables and columns in text:
/// what it did must stay so, whatever the program's types become.
enum Migrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-journal", migrate: migration1Journal)
    return migrator
  }
}
