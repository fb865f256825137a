#include "core/storage/blobs/blob_states.h"

#include <cstring>

namespace oree::storage {

size_t BlobStates::Hash::operator()(const Digest& digest) const {
  size_t hash;
  std::memcpy(&hash, digest.bytes.data(), sizeof hash);
  return hash;
}

void BlobStates::hold(const Digest& digest) {
  std::unique_lock lock(mutex_);
  Hold& hold = holds_[digest];
  ++hold.puts;
  hold.last_put = clock_.mono();
  changed_.wait(lock, [&] { return !dying_.contains(digest); });
}

void BlobStates::begin_commit(const Digest& digest) {
  std::unique_lock lock(mutex_);
  ++holds_[digest].commits;
  changed_.wait(lock, [&] { return !dying_.contains(digest); });
}

void BlobStates::end_commit(const Digest& digest, bool indexed) {
  const std::lock_guard lock(mutex_);
  const auto hold = holds_.find(digest);
  if (hold == holds_.end()) return;
  --hold->second.commits;
  if (indexed && hold->second.puts > 0) --hold->second.puts;
  if (hold->second.commits == 0 && hold->second.puts == 0) holds_.erase(hold);
}

bool BlobStates::set_out(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto before = journeys_.find(digest);
  if (before != journeys_.end()) {
    if (before->second.status || !before->second.over()) return false;
    journeys_.erase(before);
  }
  journeys_.try_emplace(digest);
  return true;
}

bool BlobStates::on_its_way(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  return journeys_.contains(digest);
}

void BlobStates::advance(const Digest& digest, bool Journey::* step, const Status& status) {
  const std::lock_guard lock(mutex_);
  const auto journey = journeys_.find(digest);
  if (journey == journeys_.end()) return;
  journey->second.*step = true;
  if (!status) journey->second.status = status;
  changed_.notify_all();
}

void BlobStates::journaled(const Digest& digest, const Status& status) {
  advance(digest, &Journey::journaled, status);
}

void BlobStates::filed(const Digest& digest, const Status& status) {
  advance(digest, &Journey::filed, status);
}

Result<bool> BlobStates::await(const Digest& digest) {
  std::unique_lock lock(mutex_);
  Result<bool> result = false;
  changed_.wait(lock, [&] {
    const auto journey = journeys_.find(digest);
    if (journey == journeys_.end()) {
      result = false;
      return true;
    }
    result = true;
    if (!journey->second.status) result = forward(journey->second.status);
    return !result || journey->second.over();
  });
  return result;
}

Status BlobStates::await_file(const Digest& digest) {
  std::unique_lock lock(mutex_);
  Status status;
  changed_.wait(lock, [&] {
    const auto journey = journeys_.find(digest);
    if (journey == journeys_.end()) return true;
    status = journey->second.status;
    return journey->second.filed;
  });
  return status;
}

void BlobStates::arrived(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto journey = journeys_.find(digest);
  if (journey == journeys_.end() || !journey->second.status) return;
  journeys_.erase(journey);
  changed_.notify_all();
}

std::vector<Digest> BlobStates::claim(const std::vector<Digest>& candidates) {
  const std::lock_guard lock(mutex_);
  const MonoTime oldest = clock_.mono() - kHold;
  std::vector<Digest> claimed;
  for (const Digest& digest : candidates) {
    const auto hold = holds_.find(digest);
    const bool held = hold != holds_.end() &&
                      (hold->second.commits > 0 || (hold->second.puts > 0 && hold->second.last_put > oldest));
    if (held || journeys_.contains(digest)) continue;
    if (dying_.insert(digest).second) claimed.push_back(digest);
  }
  return claimed;
}

void BlobStates::deleted(const std::vector<Digest>& claimed) {
  const std::lock_guard lock(mutex_);
  for (const Digest& digest : claimed) dying_.erase(digest);
  changed_.notify_all();
}

void BlobStates::forget_old_holds() {
  const std::lock_guard lock(mutex_);
  const MonoTime oldest = clock_.mono() - kHold;
  std::erase_if(holds_,
                [&](const auto& hold) { return hold.second.commits == 0 && hold.second.last_put <= oldest; });
  std::erase_if(journeys_, [&](const auto& journey) {
    return !journey.second.status && journey.second.over() && !holds_.contains(journey.first);
  });
}

}  // namespace oree::storage
