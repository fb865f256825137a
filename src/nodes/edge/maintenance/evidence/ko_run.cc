#include "nodes/edge/maintenance/evidence/ko_run.h"

#include <algorithm>
#include <set>

namespace oree::edge {
namespace {

constexpr size_t kMostNamed = 100;

}  // namespace

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
                  .asked_of = of_,
                  .items = {},
                  .labels = {},
                  .models = {},
                  .started = newest_.back().at};
  std::set<std::string> labels, models;
  for (auto one = newest_.rbegin(); one != newest_.rend(); ++one) {
    if (!one->refused) continue;
    if (seen.items.size() < kMostNamed) seen.items.push_back(one->item);
    seen.started = std::min(seen.started, one->at);
    labels.insert(one->labels.begin(), one->labels.end());
    models.insert(one->models.begin(), one->models.end());
  }
  seen.labels.assign(labels.begin(), labels.end());
  seen.models.assign(models.begin(), models.end());
  newest_.clear();
  refused_ = 0;
  return seen;
}

}  // namespace oree::edge
