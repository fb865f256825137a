// A model that answers as told, and a place to keep items in memory, so that tests see only the inspector.
#pragma once

#include <map>
#include <mutex>

#include "core/inference/predictor.h"
#include "core/storage/record_store.h"

namespace oree::inspection::testing {

// Says the label it is given, or fails with the error it is given.
class FakePredictor final : public inference::Predictor {
 public:
  explicit FakePredictor(Result<std::string> label) : label_(std::move(label)) {}
  const inference::Identity& identity() const override { return identity_; }
  Result<inference::Prediction> predict(const image::ImageView&, inference::PredictTimings*) const override {
    if (!label_) return forward(label_);
    inference::Prediction out;
    out.classes = {{*label_, 0.9f}, {"other", 0.1f}};
    return out;
  }

 private:
  Result<std::string> label_;
  inference::Identity identity_{"fake", "1", "00"};
};

class FakeModels final : public inference::PredictorSource {
 public:
  std::map<std::string, std::shared_ptr<const inference::Predictor>, std::less<>> models;
  Result<std::shared_ptr<const inference::Predictor>> find(std::string_view name, std::string_view) override {
    const auto at = models.find(name);
    if (at == models.end())
      return fail(ErrorKind::not_found, "model '" + std::string(name) + "' is not here");
    return at->second;
  }
};

class MemoryStore final : public storage::RecordStore {
 public:
  bool full = false;
  std::map<std::string, storage::Record, std::less<>> records;
  std::map<storage::Digest, ByteBuffer> blobs;

  std::future<Result<storage::Digest>> hand_in(std::shared_ptr<const ByteBuffer> bytes) override {
    std::promise<Result<storage::Digest>> name;
    const auto digest = crypto::sha256(*bytes);
    if (full) {
      name.set_value(fail(ErrorKind::full, "disk full"));
    } else {
      const std::lock_guard lock(mutex_);
      blobs[digest] = *bytes;
      name.set_value(digest);
    }
    return name.get_future();
  }
  Status commit(storage::Record record) override {
    if (full) return fail(ErrorKind::full, "disk full");
    const std::lock_guard lock(mutex_);
    records[record.id] = std::move(record);
    return {};
  }
  Result<std::string> find(std::string_view id) override {
    const auto at = records.find(id);
    if (at == records.end()) return fail(ErrorKind::not_found, "no item");
    return at->second.body;
  }
  Result<storage::Page> list(const storage::Query&) override { return storage::Page{}; }
  Result<uint64_t> count(const storage::Query&) override { return records.size(); }
  Result<std::vector<std::pair<std::string, uint64_t>>> values(std::string_view) override { return {}; }
  Result<ByteBuffer> blob(const storage::Digest& digest) override { return blobs.at(digest); }
  std::filesystem::path blob_path(const storage::Digest& digest) const override { return digest.hex(); }
  storage::StoreStats stats() const override { return {}; }
  Status expire() override { return {}; }
  void stop() override {}

 private:
  std::mutex mutex_;
};

}  // namespace oree::inspection::testing
