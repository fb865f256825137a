// A store that keeps nothing, for commands that only look.
#pragma once

#include "core/storage/record_store.h"

namespace oree::app {

class DiscardStore final : public storage::RecordStore {
 public:
  std::future<Result<storage::Digest>> hand_in(std::shared_ptr<const ByteBuffer> bytes) override {
    std::promise<Result<storage::Digest>> name;
    name.set_value(crypto::sha256(*bytes));
    return name.get_future();
  }
  Status commit(storage::Record) override { return {}; }
  Result<std::string> find(std::string_view) override { return nothing(); }
  Result<storage::Page> list(const storage::Query&) override { return storage::Page{}; }
  Result<uint64_t> count(const storage::Query&) override { return 0; }
  Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view) override {
    return std::vector<std::pair<std::string, uint64_t>>{};
  }
  Result<ByteBuffer> blob(const storage::Digest&) override { return nothing(); }
  std::filesystem::path blob_path(const storage::Digest&) const override { return {}; }
  storage::StoreStats stats() const override { return {}; }
  Status expire() override { return {}; }
  void stop() override {}

 private:
  static std::unexpected<Error> nothing() { return fail(ErrorKind::not_found, "nothing is kept here"); }
};

}  // namespace oree::app
