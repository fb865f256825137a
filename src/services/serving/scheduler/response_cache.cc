#include "services/serving/scheduler/response_cache.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace oree::serving {

namespace {

using inference::Call;
using inference::CallInput;
using inference::CallOutput;

// Two lanes of multiply-and-fold over 8 bytes at a time, with odd constants of their own. Not cryptographic:
// equality is checked anyway.
class Digest {
 public:
  void add(uint64_t word) {
    low_ = fold(low_ ^ word, 0x9E3779B97F4A7C15ull);
    high_ = fold(high_ ^ word, 0xD6E8FEB86659FD93ull) + (low_ << 1);
  }
  void add(ByteView bytes) {
    add(bytes.size());
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      uint64_t word = 0;
      std::memcpy(&word, bytes.data(), 8);
      add(word);
    }
    if (bytes.empty()) return;
    uint64_t rest = 0;
    std::memcpy(&rest, bytes.data(), bytes.size());
    add(rest);
  }
  ResponseCache::Key key() const { return {low_, high_}; }

 private:
  static uint64_t fold(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a | 1) * b + (a >> 1);
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  uint64_t low_ = 0xA0761D6478BD642Full, high_ = 0xE7037ED1A0B428DBull;
};

}  // namespace

struct ResponseCache::Entry {
  struct Kept {
    std::string name;
    tensor::DType dtype;
    tensor::Shape shape;
    ByteBuffer bytes;
  };
  Key key;
  uint64_t owner = 0;
  size_t size = 0;
  std::vector<Kept> inputs, outputs;

  bool asks(const Call& call) const {
    const auto same_input = [](const Kept& kept, const CallInput& input) {
      return kept.name == input.name && kept.dtype == input.dtype &&
             std::ranges::equal(kept.shape, input.shape) && std::ranges::equal(kept.bytes, input.data);
    };
    const auto same_output = [](const Kept& kept, const CallOutput& output) {
      return kept.name == output.name;
    };
    return std::ranges::equal(inputs, call.inputs, same_input) &&
           std::ranges::equal(outputs, call.outputs, same_output);
  }
};

ResponseCache::~ResponseCache() {
  std::unique_lock lock(mutex_);
  forgotten_.wait(lock, [&] { return alive_ == 0; });
}

uint64_t ResponseCache::new_owner() {
  const std::lock_guard lock(mutex_);
  ++alive_;
  return ++owners_;
}

ResponseCache::Key ResponseCache::key_of(uint64_t owner, const Call& call) {
  Digest digest;
  digest.add(owner);
  for (const CallInput& input : call.inputs) {
    digest.add(as_bytes(input.name));
    digest.add(static_cast<uint64_t>(input.dtype));
    digest.add(std::as_bytes(input.shape));
    digest.add(input.data);
  }
  for (const CallOutput& output : call.outputs) digest.add(as_bytes(output.name));
  return digest.key();
}

bool ResponseCache::answer(const Key& key, uint64_t owner, Call& call) {
  std::shared_ptr<const Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) return false;
    entry = *at->second;
    entries_.splice(entries_.begin(), entries_, at->second);
  }
  if (entry->owner != owner || !entry->asks(call)) return false;
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    const ByteView bytes = entry->outputs[i].bytes;
    if (!call.outputs[i].preset.empty() && call.outputs[i].preset.size() < bytes.size()) return false;
  }
  for (size_t i = 0; i < call.outputs.size(); ++i) {
    const Entry::Kept& kept = entry->outputs[i];
    CallOutput& output = call.outputs[i];
    output.tensor.dtype = kept.dtype;
    output.tensor.shape.assign(kept.shape.begin(), kept.shape.end());
    output.tensor.data = kept.bytes;
    if (output.preset.empty()) {
      output.tensor.keep = std::shared_ptr<void>(entry, const_cast<Entry*>(entry.get()));
    } else {
      std::ranges::copy(kept.bytes, output.preset.begin());
      output.tensor.data = output.preset.first(kept.bytes.size());
    }
  }
  return true;
}

void ResponseCache::keep(const Key& key, uint64_t owner, const Call& call) {
  auto entry = std::make_shared<Entry>();
  entry->key = key;
  entry->owner = owner;
  entry->size = sizeof(Entry) + 200;
  const auto size_of = [](std::string_view name, ByteView bytes) { return name.size() + bytes.size() + 100; };
  for (const CallInput& input : call.inputs) entry->size += size_of(input.name, input.data);
  for (const CallOutput& output : call.outputs) entry->size += size_of(output.name, output.tensor.data);
  if (entry->size > budget_) return;
  for (const CallInput& input : call.inputs) {
    entry->inputs.push_back({std::string(input.name),
                             input.dtype,
                             {input.shape.begin(), input.shape.end()},
                             {input.data.begin(), input.data.end()}});
  }
  for (const CallOutput& output : call.outputs) {
    entry->outputs.push_back({std::string(output.name),
                              output.tensor.dtype,
                              output.tensor.shape,
                              {output.tensor.data.begin(), output.tensor.data.end()}});
  }
  const std::lock_guard lock(mutex_);
  if (const auto at = by_key_.find(key); at != by_key_.end()) drop(at->second);
  while (bytes_ + entry->size > budget_) drop(std::prev(entries_.end()));
  bytes_ += entry->size;
  entries_.push_front(std::move(entry));
  by_key_.emplace(key, entries_.begin());
}

void ResponseCache::drop(Entries::iterator at) {
  bytes_ -= (*at)->size;
  by_key_.erase((*at)->key);
  entries_.erase(at);
}

void ResponseCache::forget(uint64_t owner) {
  const std::lock_guard lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if ((*at)->owner == owner) drop(at);
    at = next;
  }
  --alive_;
  forgotten_.notify_all();
}

size_t ResponseCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

size_t ResponseCache::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace oree::serving
