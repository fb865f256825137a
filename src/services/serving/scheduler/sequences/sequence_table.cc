#include "services/serving/scheduler/sequences/sequence_table.h"

#include <algorithm>

#include "base/text.h"

namespace oree::serving {

std::string SequenceTable::name_of(const inference::Sequence& asked) const {
  return asked.id != 0 ? cat(asked.id) : std::string(asked.text_id);
}

Result<RunningSequence*> SequenceTable::find_or_begin(const inference::Sequence& asked, MonoTime now) {
  if (!asked.given()) {
    return fail(ErrorKind::invalid, cat("inference request to model '", model_,
                                        "' must specify a non-zero or non-empty correlation ID"));
  }
  RunningSequence* known = nullptr;
  if (asked.id != 0) {
    if (const auto at = by_id_.find(asked.id); at != by_id_.end()) known = at->second.get();
  } else if (const auto at = by_text_.find(asked.text_id); at != by_text_.end()) {
    known = at->second.get();
  }
  if (!asked.start && (known == nullptr || known->expects_start)) {
    return fail(ErrorKind::invalid,
                cat("inference request for sequence ", name_of(asked), " to model '", model_,
                    "' must specify the START flag on the first request of the sequence"));
  }
  if (known != nullptr) return known;
  if (sequences() >= kMostSequences) return std::unexpected(full_error());
  auto made = std::make_unique<RunningSequence>();
  made->id = asked.id;
  made->text_id = asked.text_id;
  made->last = now;
  known = made.get();
  if (asked.id != 0) {
    by_id_.emplace(asked.id, std::move(made));
  } else {
    by_text_.emplace(asked.text_id, std::move(made));
  }
  backlog_.push_back(known);
  activate_next();
  return known;
}

Status SequenceTable::push(const Waiting& waiting, MonoTime now) {
  if (waiting_ >= kMostWaiting) return std::unexpected(full_error());
  const Result<RunningSequence*> found = find_or_begin(waiting.call->sequence, now);
  if (!found) return forward(found);
  RunningSequence& sequence = **found;
  sequence.last = now;
  sequence.expects_start = waiting.call->sequence.end;
  sequence.line.push(waiting);
  ++waiting_;
  return {};
}

void SequenceTable::activate_next() {
  while (active_.size() < places_ && !backlog_.empty()) {
    backlog_.front()->active = true;
    active_.push_back(backlog_.front());
    backlog_.pop_front();
  }
}

void SequenceTable::ready(size_t most, std::vector<RunningSequence*>& ready) const {
  ready.clear();
  for (RunningSequence* sequence : active_) {
    if (!sequence->busy && !sequence->line.empty()) ready.push_back(sequence);
  }
  std::ranges::sort(ready, {}, [](RunningSequence* sequence) { return sequence->line.front().since; });
  if (ready.size() > most) ready.resize(most);
}

Waiting SequenceTable::take(RunningSequence& sequence) {
  sequence.busy = true;
  --waiting_;
  return sequence.line.pop();
}

// An end that was followed by a new start keeps its place: the line says so.
void SequenceTable::done(RunningSequence& sequence, bool ended, MonoTime now) {
  sequence.busy = false;
  sequence.last = now;
  if (ended) sequence.states.clear();
  if (ended && sequence.line.empty()) erase(sequence);
}

void SequenceTable::erase(RunningSequence& sequence) {
  std::erase(active_, &sequence);
  if (!sequence.active) std::erase(backlog_, &sequence);
  if (sequence.id != 0) {
    by_id_.erase(sequence.id);
  } else {
    by_text_.erase(by_text_.find(sequence.text_id));
  }
  activate_next();
}

MonoTime SequenceTable::forget_idle(MonoTime now) {
  MonoTime next = MonoTime::max();
  std::vector<RunningSequence*> over;
  for (RunningSequence* sequence : active_) {
    if (sequence->busy || !sequence->line.empty()) continue;
    if (sequence->last + idle_ <= now) {
      over.push_back(sequence);
    } else {
      next = std::min(next, sequence->last + idle_);
    }
  }
  for (RunningSequence* sequence : over) erase(*sequence);
  return next;
}

void SequenceTable::take_all(std::vector<Waiting>& waiting) {
  const auto take_from = [&](RunningSequence& sequence) {
    while (!sequence.line.empty()) waiting.push_back(sequence.line.pop());
  };
  for (const auto& [id, sequence] : by_id_) take_from(*sequence);
  for (const auto& [id, sequence] : by_text_) take_from(*sequence);
  waiting_ = 0;
}

}  // namespace oree::serving
