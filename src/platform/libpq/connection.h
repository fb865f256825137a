// A connection to PostgreSQL. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct pg_conn;

namespace oree::libpq {

// Answers in binary, as the server sends them: integers and doubles big-endian.
class Rows {
 public:
  explicit Rows(std::shared_ptr<void> result) : result_(std::move(result)) {}
  size_t count() const;
  int64_t integer(size_t row, int column) const;  // BIGINT or INTEGER
  double real(size_t row, int column) const;      // FLOAT8, bit by bit
  std::string text(size_t row, int column) const;

 private:
  std::string_view bytes(size_t row, int column) const;
  std::shared_ptr<void> result_;
};

// Of where a database is, without going there: `invalid` with libpq's words.
Status check_place(const std::string& where);

class Connection {
 public:
  // `where` as libpq has it: "host=… dbname=…" or "postgresql://…". `unavailable` with the server's words, or
  // with what to install.
  static Result<std::unique_ptr<Connection>> open(const std::string& where);

  Status run(const std::string& sql);  // without rows
  Result<Rows> ask(const std::string& sql, const std::vector<std::string>& values = {});
  // COPY … FROM STDIN (FORMAT binary): the stream as that format has it, header and trailer included.
  Status copy(const std::string& sql, std::string_view stream);
  bool usable() const;

 private:
  explicit Connection(std::shared_ptr<pg_conn> raw) : raw_(std::move(raw)) {}
  std::unexpected<Error> broken() const;
  std::shared_ptr<pg_conn> raw_;
};

}  // namespace oree::libpq
