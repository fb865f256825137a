// Every proposal that came and every decision that was made, in one SQLite file. Thread-safe; what a call
// changed is durable when it returns, so that the answer given after it is the answer for ever.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "platform/sql/database.h"
#include "services/approvals/facts.h"
#include "services/approvals/statement.h"

namespace oree::authority {

enum class Stage { checking, asking, decided };
std::string_view name(Stage stage);

struct Settled {
  approvals::Verdict verdict = approvals::Verdict::refuse;
  approvals::Signed statement;
  std::string code, reason, by;
  int64_t at = 0;
};

struct Record {
  approvals::Proposal proposal;
  approvals::Signed text;
  std::string key;  // base64, of the station
  std::string evidence_url;
  int64_t received = 0;
  Stage stage = Stage::checking;
  std::string code, reason;  // why a person is asked
  std::optional<Settled> settled;
};

// A person is to decide.
struct Question {
  std::string code, reason;
};

struct ApprovedOrder {
  std::string order;
  crypto::Digest proposal;
  crypto::Digest data_root;  // of the evidence's manifest
  int64_t expires = 0;       // Unix ms
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, bool tells_of_approvals);

  struct Added {
    Record record;
    bool is_new = false;
  };
  // The same text again gives what is known of it, and a new place of its evidence is taken over while that
  // is still looked for. `conflict` for another text under a known order.
  Result<Added> add(const Record& record);
  Result<Record> find(const std::string& order);  // `not_found`
  // Newest first, at most 1000; those that are not decided come before the others.
  Result<std::vector<Record>> list(std::optional<Stage> stage, size_t limit);
  // Not decided, and expired before this time.
  Result<std::vector<std::string>> overdue(int64_t before);

  // One step, in one transaction: `make` sees the record as it is and what was approved since `since`, for
  // the same station and asset. What is decided already comes back as it is, and `make` is not called.
  using Make =
      std::function<Result<std::variant<Question, Settled>>(const Record&, std::span<const approvals::Past>)>;
  Result<Record> settle(const std::string& order, int64_t since, const Make& make);

  // Approvals that somebody is still to be told of; each stays until told() was called.
  Result<std::vector<ApprovedOrder>> untold();
  Status told(const std::string& order);

  struct Counts {
    int64_t checking = 0, asking = 0, approved = 0, refused = 0;
  };
  Result<Counts> counts();

 private:
  Store(sql::Database database, bool tells) : database_(std::move(database)), tells_(tells) {}
  Result<std::optional<Record>> load(const std::string& order);
  Result<std::vector<approvals::Past>> past(const Record& record, int64_t since);
  Status write(Record& record, std::variant<Question, Settled> outcome);

  std::mutex mutex_;
  sql::Database database_;
  const bool tells_;
};

}  // namespace oree::authority
