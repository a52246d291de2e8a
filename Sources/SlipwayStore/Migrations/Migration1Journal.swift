import GRDB

/// The journal, its tree, its signed states, and the leases.
func migration1Journal(_ db: Database) throws {
  try db.execute(
    sql: """
      CREATE TABLE meta (
        key TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
      );
      INSERT INTO meta (key, value) VALUES ('format', '1');

      -- `hash` stands before `bytes`, so that reading hashes does not walk the overflow pages of long entries.
      CREATE TABLE entries (
        idx INTEGER NOT NULL PRIMARY KEY,
        at TEXT NOT NULL,
        stream TEXT NOT NULL,
        kind TEXT NOT NULL,
        hash BLOB NOT NULL,
        bytes BLOB NOT NULL
      );
      -- Within a stream SQLite orders by the row's number, which is `idx`.
      CREATE INDEX entries_by_stream ON entries (stream);

      -- Complete nodes of the tree on levels 8, 16, 24, …
      CREATE TABLE tiles (
        level INTEGER NOT NULL,
        position INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, position)
      ) WITHOUT ROWID;

      CREATE TABLE checkpoints (
        size INTEGER NOT NULL PRIMARY KEY,
        at TEXT NOT NULL,
        note TEXT NOT NULL
      );

      CREATE TABLE leases (
        service TEXT NOT NULL,
        environment TEXT NOT NULL,
        holder TEXT NOT NULL,
        actor_kind TEXT NOT NULL,
        actor_name TEXT NOT NULL,
        reason TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        expiry_ms INTEGER NOT NULL,
        released INTEGER NOT NULL,
        PRIMARY KEY (service, environment)
      ) WITHOUT ROWID;
      """)
}
