#include "platform/libpq/connection.h"

#include <bit>

#include "base/text.h"
#include "platform/libpq/library.h"

namespace oree::libpq {
namespace {

PGresult* result_of(const std::shared_ptr<void>& result) {
  return static_cast<PGresult*>(result.get());
}

// A connection is there, so the library is.
const Library& pq() {
  return **library();
}

std::shared_ptr<void> own(PGresult* result) {
  return {static_cast<void*>(result), [](void* raw) { pq().clear(static_cast<PGresult*>(raw)); }};
}

uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

}  // namespace

size_t Rows::count() const {
  return static_cast<size_t>(pq().ntuples(result_of(result_)));
}

std::string_view Rows::bytes(size_t row, int column) const {
  const auto* raw = result_of(result_);
  const int at = static_cast<int>(row);
  return {pq().get_value(raw, at, column), static_cast<size_t>(pq().get_length(raw, at, column))};
}

int64_t Rows::integer(size_t row, int column) const {
  const std::string_view raw = bytes(row, column);
  const uint64_t value = big_endian(raw);
  return raw.size() == 4 ? static_cast<int32_t>(static_cast<uint32_t>(value)) : static_cast<int64_t>(value);
}

double Rows::real(size_t row, int column) const {
  return std::bit_cast<double>(big_endian(bytes(row, column)));
}

std::string Rows::text(size_t row, int column) const {
  return std::string(bytes(row, column));
}

Status check_place(const std::string& where) {
  if (const auto there = library(); !there) return forward(there);
  char* said = nullptr;
  PQconninfoOption* const options = pq().conninfo_parse(where.c_str(), &said);
  const std::string why = said != nullptr ? std::string(trim(said)) : "out of memory";
  pq().free_memory(said);
  if (options == nullptr) return fail(ErrorKind::invalid, why);
  pq().conninfo_free(options);
  return {};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& where) {
  if (const auto there = library(); !there) return forward(there);
  std::shared_ptr<pg_conn> raw(pq().connectdb(where.c_str()), pq().finish);
  std::unique_ptr<Connection> connection(new Connection(std::move(raw)));
  if (!connection->usable()) return connection->broken();
  pq().set_notice_processor(connection->raw_.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

bool Connection::usable() const {
  return pq().status(raw_.get()) == CONNECTION_OK;
}

std::unexpected<Error> Connection::broken() const {
  return fail(ErrorKind::unavailable, cat("PostgreSQL: ", trim(pq().error_message(raw_.get()))));
}

Status Connection::run(const std::string& sql) {
  const auto answer = own(pq().exec(raw_.get(), sql.c_str()));
  if (pq().result_status(result_of(answer)) == PGRES_COMMAND_OK) return {};
  return broken();
}

Result<Rows> Connection::ask(const std::string& sql, const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  auto answer = own(pq().exec_params(raw_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                     pointers.data(), nullptr, nullptr, 1));
  const auto status = pq().result_status(result_of(answer));
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return broken();
  return Rows(std::move(answer));
}

Status Connection::copy(const std::string& sql, std::string_view stream) {
  {
    const auto begun = own(pq().exec(raw_.get(), sql.c_str()));
    if (pq().result_status(result_of(begun)) != PGRES_COPY_IN) return broken();
  }
  constexpr size_t kPiece = 1 << 20;
  for (size_t at = 0; at < stream.size(); at += kPiece) {
    const std::string_view piece = stream.substr(at, kPiece);
    if (pq().put_copy_data(raw_.get(), piece.data(), static_cast<int>(piece.size())) != 1) return broken();
  }
  if (pq().put_copy_end(raw_.get(), nullptr) != 1) return broken();
  Status done;
  while (PGresult* raw = pq().get_result(raw_.get())) {
    const auto answer = own(raw);
    if (pq().result_status(raw) != PGRES_COMMAND_OK) done = broken();
  }
  return done;
}

}  // namespace oree::libpq
