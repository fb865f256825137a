#include "nodes/authority/store.h"

#include <algorithm>

#include "base/text.h"

namespace oree::authority {
namespace {

using approvals::Verdict;

constexpr std::string_view kSchema = R"sql(
CREATE TABLE IF NOT EXISTS proposals(order_id TEXT PRIMARY KEY, station TEXT NOT NULL, asset TEXT NOT NULL,
  text TEXT NOT NULL, signature TEXT NOT NULL, key TEXT NOT NULL, evidence_url TEXT NOT NULL,
  received INTEGER NOT NULL, expires INTEGER NOT NULL, stage TEXT NOT NULL, code TEXT NOT NULL,
  reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS proposals_stage ON proposals(stage, received);
CREATE TABLE IF NOT EXISTS decisions(order_id TEXT PRIMARY KEY REFERENCES proposals, statement TEXT NOT NULL,
  signature TEXT NOT NULL, verdict TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS decisions_at ON decisions(verdict, at);
CREATE TABLE IF NOT EXISTS untold(order_id TEXT PRIMARY KEY) WITHOUT ROWID;
)sql";

constexpr std::string_view kSelect =
    "SELECT p.text,p.signature,p.key,p.evidence_url,p.received,p.stage,p.code,p.reason,"
    "d.statement,d.signature,d.verdict,d.code,d.reason,d.by,d.at "
    "FROM proposals p LEFT JOIN decisions d USING(order_id) ";

Result<Record> record_of(const sql::Statement& row) {
  Record record;
  record.text = {std::string(row.text(0)), std::string(row.text(1))};
  auto proposal = approvals::parse_proposal(record.text.text);
  if (!proposal) return fail(ErrorKind::corrupt, cat("a stored proposal: ", proposal.error().what));
  record.proposal = *std::move(proposal);
  record.key = row.text(2);
  record.evidence_url = row.text(3);
  record.received = row.integer(4);
  const auto stage = row.text(5);
  record.stage = stage == "checking" ? Stage::checking : stage == "asking" ? Stage::asking : Stage::decided;
  record.code = row.text(6);
  record.reason = row.text(7);
  if (!row.is_null(8)) {
    record.settled = Settled{row.text(10) == "approve" ? Verdict::approve : Verdict::refuse,
                             {std::string(row.text(8)), std::string(row.text(9))},
                             std::string(row.text(11)),
                             std::string(row.text(12)),
                             std::string(row.text(13)),
                             row.integer(14)};
  }
  return record;
}

Status insert(sql::Database& database, const Record& record) {
  auto statement = database.prepare(
      "INSERT INTO "
      "proposals(order_id,station,asset,text,signature,key,evidence_url,received,expires,stage,code,"
      "reason) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
  if (!statement) return forward(statement);
  const auto& p = record.proposal;
  statement->bind(1, p.order).bind(2, p.station).bind(3, p.asset).bind(4, record.text.text);
  statement->bind(5, record.text.signature).bind(6, record.key).bind(7, record.evidence_url);
  statement->bind(8, record.received).bind(9, p.expires).bind(10, name(record.stage));
  statement->bind(11, record.code).bind(12, record.reason);
  return statement->run();
}

Status insert(sql::Database& database, const std::string& order, const Settled& settled) {
  auto statement = database.prepare(
      "INSERT INTO decisions(order_id,statement,signature,verdict,code,reason,by,at) "
      "VALUES(?,?,?,?,?,?,?,?)");
  if (!statement) return forward(statement);
  statement->bind(1, order).bind(2, settled.statement.text).bind(3, settled.statement.signature);
  statement->bind(4, name(settled.verdict)).bind(5, settled.code).bind(6, settled.reason);
  statement->bind(7, settled.by).bind(8, settled.at);
  return statement->run();
}

Status run(sql::Database& database, std::string_view sql, std::initializer_list<std::string_view> values) {
  auto statement = database.prepare(sql);
  if (!statement) return forward(statement);
  int position = 0;
  for (const auto value : values) statement->bind(++position, value);
  return statement->run();
}

template <class T>
Result<std::vector<T>> rows(sql::Statement& statement, auto read) {
  std::vector<T> out;
  for (;;) {
    const auto row = statement.step();
    if (!row) return forward(row);
    if (!*row) return out;
    Result<T> one = read(statement);
    if (!one) return forward(one);
    out.push_back(*std::move(one));
  }
}

}  // namespace

std::string_view name(Stage stage) {
  return stage == Stage::checking ? "checking" : stage == Stage::asking ? "asking" : "decided";
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, bool tells_of_approvals) {
  auto database = sql::Database::open(file.string(), {.sync = sql::Sync::full});
  if (!database) return forward(database);
  if (auto made = database->execute(kSchema); !made) return forward(made, file.string());
  return std::unique_ptr<Store>(new Store(*std::move(database), tells_of_approvals));
}

Result<std::optional<Record>> Store::load(const std::string& order) {
  auto statement = database_.prepare(cat(kSelect, "WHERE p.order_id=?"));
  if (!statement) return forward(statement);
  statement->bind(1, order);
  const auto row = statement->step();
  if (!row) return forward(row);
  if (!*row) return std::nullopt;
  auto record = record_of(*statement);
  if (!record) return forward(record);
  return *std::move(record);
}

Result<Store::Added> Store::add(const Record& record) {
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(database_);
  if (!transaction) return forward(transaction);
  auto known = load(record.proposal.order);
  if (!known) return forward(known);
  Added added{record, !*known};
  if (*known) {
    if ((*known)->text.text != record.text.text || (*known)->key != record.key) {
      return fail(ErrorKind::conflict,
                  cat("another proposal is known under the order ", record.proposal.order));
    }
    added.record = **std::move(known);
    if (added.record.stage != Stage::checking || added.record.evidence_url == record.evidence_url)
      return added;
    added.record.evidence_url = record.evidence_url;
    auto done = run(database_, "UPDATE proposals SET evidence_url=? WHERE order_id=?",
                    {record.evidence_url, record.proposal.order});
    if (!done) return forward(done);
  } else if (auto done = insert(database_, record); !done) {
    return forward(done);
  }
  if (auto done = transaction->commit(); !done) return forward(done);
  return added;
}

Result<Record> Store::find(const std::string& order) {
  const std::lock_guard lock(mutex_);
  auto record = load(order);
  if (!record) return forward(record);
  if (!*record)
    return fail(ErrorKind::not_found, cat("there is no proposal of order '", order.substr(0, 80), "'"));
  return **std::move(record);
}

Result<std::vector<Record>> Store::list(std::optional<Stage> stage, size_t limit) {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      cat(kSelect, stage ? "WHERE p.stage=?2 " : "",
          "ORDER BY p.stage='decided', COALESCE(d.at,p.received) DESC, p.order_id DESC LIMIT ?1"));
  if (!statement) return forward(statement);
  statement->bind(1, static_cast<int64_t>(std::min<size_t>(limit, 1000)));
  if (stage) statement->bind(2, name(*stage));
  return rows<Record>(*statement, record_of);
}

Result<std::vector<std::string>> Store::overdue(int64_t before) {
  const std::lock_guard lock(mutex_);
  auto statement =
      database_.prepare("SELECT order_id FROM proposals WHERE stage IN ('checking','asking') AND expires<?");
  if (!statement) return forward(statement);
  statement->bind(1, before);
  return rows<std::string>(
      *statement, [](const sql::Statement& row) -> Result<std::string> { return std::string(row.text(0)); });
}

Result<std::vector<approvals::Past>> Store::past(const Record& record, int64_t since) {
  auto statement = database_.prepare(
      "SELECT d.at FROM decisions d JOIN proposals p USING(order_id) WHERE d.verdict='approve' AND d.at>? "
      "AND "
      "p.station=? AND p.asset=?");
  if (!statement) return forward(statement);
  statement->bind(1, since).bind(2, record.proposal.station).bind(3, record.proposal.asset);
  return rows<approvals::Past>(*statement, [&](const sql::Statement& row) -> Result<approvals::Past> {
    return approvals::Past{record.proposal.station, record.proposal.asset, row.integer(0)};
  });
}

Status Store::write(Record& record, std::variant<Question, Settled> outcome) {
  const std::string& order = record.proposal.order;
  if (auto* question = std::get_if<Question>(&outcome)) {
    record.stage = Stage::asking;
    record.code = std::move(question->code);
    record.reason = std::move(question->reason);
    return run(database_, "UPDATE proposals SET stage='asking',code=?,reason=? WHERE order_id=?",
               {record.code, record.reason, order});
  }
  record.stage = Stage::decided;
  record.settled = std::get<Settled>(std::move(outcome));
  if (auto done = insert(database_, order, *record.settled); !done) return done;
  if (tells_ && record.settled->verdict == Verdict::approve) {
    auto done = run(database_, "INSERT INTO untold(order_id) VALUES(?)", {order});
    if (!done) return done;
  }
  return run(database_, "UPDATE proposals SET stage='decided' WHERE order_id=?", {order});
}

Result<Record> Store::settle(const std::string& order, int64_t since, const Make& make) {
  const std::lock_guard lock(mutex_);
  auto transaction = sql::Transaction::begin(database_);
  if (!transaction) return forward(transaction);
  auto record = load(order);
  if (!record) return forward(record);
  if (!*record)
    return fail(ErrorKind::not_found, cat("there is no proposal of order '", order.substr(0, 80), "'"));
  if ((*record)->settled) return **std::move(record);
  const auto before = past(**record, since);
  if (!before) return forward(before);
  auto outcome = make(**record, *before);
  if (!outcome) return forward(outcome);
  if (auto done = write(**record, *std::move(outcome)); !done) return forward(done);
  if (auto done = transaction->commit(); !done) return forward(done);
  return **std::move(record);
}

Result<std::vector<ApprovedOrder>> Store::untold() {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "SELECT p.text FROM untold JOIN proposals p USING(order_id) ORDER BY p.received LIMIT 1000");
  if (!statement) return forward(statement);
  return rows<ApprovedOrder>(*statement, [](const sql::Statement& row) -> Result<ApprovedOrder> {
    const auto p = approvals::parse_proposal(row.text(0));
    if (!p) return fail(ErrorKind::corrupt, cat("a stored proposal: ", p.error().what));
    return ApprovedOrder{p->order, approvals::digest_of(row.text(0)), p->evidence, p->expires};
  });
}

Status Store::told(const std::string& order) {
  const std::lock_guard lock(mutex_);
  return run(database_, "DELETE FROM untold WHERE order_id=?", {order});
}

Result<Store::Counts> Store::counts() {
  const std::lock_guard lock(mutex_);
  auto statement = database_.prepare(
      "SELECT (SELECT count(*) FROM proposals WHERE stage='checking'),"
      "(SELECT count(*) FROM proposals WHERE stage='asking'),"
      "(SELECT count(*) FROM decisions WHERE verdict='approve'),"
      "(SELECT count(*) FROM decisions WHERE verdict='refuse')");
  if (!statement) return forward(statement);
  if (const auto row = statement->step(); !row) return forward(row);
  return Counts{statement->integer(0), statement->integer(1), statement->integer(2), statement->integer(3)};
}

}  // namespace oree::authority
