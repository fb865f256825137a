#include "nodes/edge/maintenance/ko_run.h"

#include <algorithm>
#include <set>

namespace oree::edge {

std::optional<KoSighting> KoRun::note(Part part) {
  refused_ += part.refused ? 1 : 0;
  newest_.push_back(std::move(part));
  if (newest_.size() > static_cast<size_t>(of_)) {
    refused_ -= newest_.front().refused ? 1 : 0;
    newest_.pop_front();
  }
  if (refused_ < count_ || !newest_.back().refused) return std::nullopt;
  KoSighting seen{.id = newest_.back().item,
                  .asset = asset_,
                  .count = refused_,
                  .of = static_cast<int>(newest_.size()),
                  .items = {},
                  .labels = {},
                  .started = newest_.back().at};
  std::set<std::string> labels;
  for (auto one = newest_.rbegin(); one != newest_.rend(); ++one) {
    if (!one->refused) continue;
    seen.items.push_back(one->item);
    seen.started = std::min(seen.started, one->at);
    labels.insert(one->labels.begin(), one->labels.end());
  }
  seen.labels.assign(labels.begin(), labels.end());
  newest_.clear();
  refused_ = 0;
  return seen;
}

}  // namespace oree::edge
