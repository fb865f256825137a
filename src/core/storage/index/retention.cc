#include "core/storage/index/retention.h"

#include <algorithm>

namespace oree::storage {
namespace {

constexpr size_t kRecordsPerStep = 32;
constexpr size_t kBlobsPerStep = 128;
constexpr size_t kBlobsLookedAt = 4096;  // some of them may be held
constexpr uint64_t kWorthShrinking = 64 << 10;

}  // namespace

// From the average record, and less than the excess asks for: the next step looks again.
size_t Retention::how_many(uint64_t excess) const {
  const IndexTotals totals = index_.totals();
  const IndexSize size = index_.size();
  const uint64_t stored = totals.blob_bytes + (size.bytes - std::min(size.bytes, size.reusable + size.log));
  const uint64_t average = std::max<uint64_t>(1, stored / std::max<uint64_t>(1, totals.records));
  return std::clamp<size_t>(excess / average, 1, kRecordsPerStep);
}

Result<size_t> Retention::drop_records(bool by_age) {
  const uint64_t excess = space_.excess();
  if (excess == 0 && !by_age) return 0;
  const auto oldest = index_.oldest(kRecordsPerStep);
  if (!oldest) return forward(oldest);
  const WallTime cutoff = clock_.wall() - max_age_;
  const size_t for_space = excess > 0 ? how_many(excess) : 0;
  Batch batch;
  for (const OldRecord& record : *oldest) {
    const bool too_old = by_age && record.time < cutoff;
    if (too_old || batch.changes.size() < for_space) batch.changes.emplace_back(RemoveRecord{record.row});
  }
  if (batch.changes.empty()) return 0;
  if (auto done = index_.apply(batch, false); !done) return forward(done);
  expired_ += batch.changes.size();
  return batch.changes.size();
}

Result<size_t> Retention::drop_blobs() {
  const auto candidates = index_.unreferenced(kBlobsLookedAt);
  if (!candidates) return forward(candidates);
  auto claimed = states_.claim(*candidates);
  if (claimed.empty()) return 0;
  std::vector<Digest> rest;
  if (claimed.size() > kBlobsPerStep) {
    rest.assign(claimed.begin() + kBlobsPerStep, claimed.end());
    claimed.resize(kBlobsPerStep);
    states_.deleted(rest);
  }
  Batch batch;
  for (const Digest& digest : claimed) batch.changes.emplace_back(RemoveBlob{digest});
  const Status done = index_.apply(batch, true);
  if (done) {
    for (const Digest& digest : claimed) files_.remove(digest);
  }
  states_.deleted(claimed);
  if (!done) return forward(done);
  return claimed.size();
}

Result<bool> Retention::step(bool by_age) {
  const auto records = drop_records(by_age);
  if (!records) return forward(records);
  if (*records == 0 && !by_age && space_.excess() == 0 && space_.shrinkable() < kWorthShrinking) return false;
  const auto blobs = drop_blobs();
  if (!blobs) return forward(blobs);
  space_.measured(index_.totals(), index_.size());
  if (*records > 0 || *blobs > 0) return true;
  states_.forget_old_holds();
  if (const uint64_t bytes = space_.shrinkable(); bytes >= kWorthShrinking) {
    if (auto done = index_.shrink(bytes); !done) return forward(done);
    if (auto done = index_.empty_log(); !done && done.error().kind != ErrorKind::busy) return forward(done);
    space_.measured(index_.totals(), index_.size());
  }
  return false;
}

Result<bool> Retention::sweep_litter() {
  if (swept_ == BlobFiles::kFolders) return false;
  std::vector<Digest> unknown;
  for (const Digest& digest : files_.sweep(swept_)) {
    const auto known = index_.has_blob(digest);
    if (!known) return forward(known);
    if (!*known) unknown.push_back(digest);
  }
  ++swept_;
  // Between the look and the claim a blob may have arrived; who is being put is not claimed, and who arrived
  // is known now.
  const auto claimed = states_.claim(unknown);
  for (const Digest& digest : claimed) {
    if (const auto known = index_.has_blob(digest); known && !*known) files_.remove(digest);
  }
  states_.deleted(claimed);
  return swept_ < BlobFiles::kFolders;
}

}  // namespace oree::storage
