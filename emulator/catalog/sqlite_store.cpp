#include "emulator/catalog/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "emulator/config/model.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "state.sqlite";
// The database's user_version; 0 is that of a new one.
constexpr int kSchemaVersion = 1;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// What SQLite says of a call that failed.
struct SqliteError : std::runtime_error {
  SqliteError(int result, const char* text) : std::runtime_error(text), code(result & 0xff) {}
  int code;  // without the extension
};

void check(sqlite3* database, int result) {
  if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW)
    throw SqliteError(result, sqlite3_errmsg(database));
}

void execute(sqlite3* database, const char* sql) {
  check(database, sqlite3_exec(database, sql, nullptr, nullptr, nullptr));
}

Statement prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(database,
        sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  return Statement(statement);
}

// One use of a prepared statement; whatever happens, the next one finds it as new.
class Use {
 public:
  Use(sqlite3* database, const Statement& statement)
      : database_(database), statement_(statement.get()) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  // The text must outlive this use.
  void bind(int index, std::string_view text) {
    check(database_,
          sqlite3_bind_text64(statement_, index, text.data(), text.size(), nullptr, SQLITE_UTF8));
  }
  bool step() {
    const int result = sqlite3_step(statement_);
    check(database_, result);
    return result == SQLITE_ROW;
  }
  std::string column(int index) {
    const void* const text = sqlite3_column_blob(statement_, index);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, index));
    return text == nullptr ? std::string() : std::string(static_cast<const char*>(text), size);
  }

 private:
  sqlite3* const database_;
  sqlite3_stmt* const statement_;
};

class SqliteStore : public Store {
 public:
  explicit SqliteStore(fs::path file) : file_(std::move(file)) {
    sqlite3* database = nullptr;
    const int result = sqlite3_open_v2(file_.c_str(), &database,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    database_.reset(database);
    check(database, result);
    // Nobody else while this process lives, and no shared memory file for others.
    execute(database, "PRAGMA locking_mode = EXCLUSIVE");
    execute(database, "PRAGMA journal_mode = WAL");
    // In WAL mode only FULL syncs with each commit (sqlite.org/pragma.html#pragma_synchronous).
    execute(database, "PRAGMA synchronous = FULL");
    execute(database, "BEGIN EXCLUSIVE");
    check_whole();
    make_schema();
    execute(database, "COMMIT");
    begin_ = prepare(database, "BEGIN IMMEDIATE");
    commit_ = prepare(database, "COMMIT");
    put_ = prepare(database,
                   "INSERT INTO document (kind, key, text) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT (kind, key) DO UPDATE SET text = excluded.text");
    remove_ = prepare(database, "DELETE FROM document WHERE kind = ?1 AND key = ?2");
    all_ = prepare(database, "SELECT key, text FROM document WHERE kind = ?1 ORDER BY key");
  }

  void write(const std::vector<Change>& changes) override {
    const std::lock_guard lock(mutex_);
    try {
      run(begin_);
      for (const auto& change : changes) {
        Use use(database_.get(), change.document ? put_ : remove_);
        use.bind(1, change.kind);
        use.bind(2, change.key);
        if (change.document) use.bind(3, *change.document);
        use.step();
      }
      run(commit_);
    } catch (const SqliteError& error) {
      // Some failures have ended the transaction already; then this one has nothing to do.
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw std::runtime_error("cannot write " + file_.string() + ": " + error.what());
    }
  }

  std::vector<std::pair<std::string, std::string>> all(const std::string& kind) override {
    const std::lock_guard lock(mutex_);
    try {
      std::vector<std::pair<std::string, std::string>> documents;
      Use use(database_.get(), all_);
      use.bind(1, kind);
      while (use.step()) documents.emplace_back(use.column(0), use.column(1));
      return documents;
    } catch (const SqliteError& error) {
      throw std::runtime_error("cannot read " + file_.string() + ": " + error.what());
    }
  }

 private:
  void run(const Statement& statement) { Use(database_.get(), statement).step(); }

  // A page that was damaged is found now, and not by the change that happens to need it.
  void check_whole() {
    const auto statement = prepare(database_.get(), "PRAGMA quick_check(1)");
    Use use(database_.get(), statement);
    const bool answered = use.step();
    const std::string answer = answered ? use.column(0) : "no answer";
    if (answer != "ok") throw SqliteError(SQLITE_CORRUPT, answer.c_str());
  }

  void make_schema() {
    const auto statement = prepare(database_.get(), "PRAGMA user_version");
    int version = 0;
    {
      Use use(database_.get(), statement);
      use.step();
      version = std::stoi(use.column(0));
    }
    if (version > kSchemaVersion) {
      throw ConfigError(file_.string() + " was written by a newer klambda (schema " +
                        std::to_string(version) + ", this one reads up to " +
                        std::to_string(kSchemaVersion) +
                        "): use that klambda, or another --state-dir");
    }
    if (version == kSchemaVersion) return;
    execute(database_.get(),
            "CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, "
            "PRIMARY KEY (kind, key))");
    execute(database_.get(), ("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
  }

  const fs::path file_;
  std::mutex mutex_;
  // guarded by mutex_; the statements go before their database
  Database database_;
  Statement begin_, commit_, put_, remove_, all_;
};

std::string system_text(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// SQLite would make the file as readable as the umask lets it; its log takes the file's own mode.
void make_private_file(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) throw ConfigError("cannot open " + file.string() + ": " + system_text(errno));
  struct stat status = {};
  const bool is_private = ::fstat(descriptor, &status) == 0 && (status.st_mode & 0077) == 0;
  const int error = is_private || ::fchmod(descriptor, 0600) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0)
    throw ConfigError("cannot make " + file.string() + " private: " + system_text(error));
}

void make_directory(const fs::path& directory) {
  std::error_code error;
  auto absolute = fs::absolute(directory).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // it was named with a slash
  fs::create_directories(absolute.parent_path(), error);
  if (::mkdir(absolute.c_str(), 0700) == 0) return;
  const int reason = errno;
  if (!fs::is_directory(absolute, error))
    throw ConfigError("cannot make the directory: " + system_text(reason));
}

std::unique_ptr<Store> open_in(const fs::path& directory) {
  make_directory(directory);
  const auto file = directory / kFile;
  make_private_file(file);
  try {
    return std::make_unique<SqliteStore>(file);
  } catch (const SqliteError& error) {
    if (error.code == SQLITE_BUSY) {
      throw ConfigError(
          "another klambda uses it: stop that one, or give this one a directory of its own");
    }
    if (error.code == SQLITE_CORRUPT || error.code == SQLITE_NOTADB) {
      throw ConfigError(file.string() + " is damaged (" + error.what() +
                        "): put a copy in its place, or move it away to begin anew");
    }
    throw ConfigError("cannot use " + file.string() + ": " + error.what());
  }
}

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const fs::path& directory) {
  try {
    return open_in(directory);
  } catch (const ConfigError& error) {
    throw ConfigError("--state-dir " + directory.string() + ": " + error.what());
  }
}

}  // namespace emulator
