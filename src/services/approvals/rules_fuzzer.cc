// Arbitrary bytes as an authority's rules: what is accepted can be said in words and decides.
#include <cstdlib>

#include "services/approvals/decide.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  using namespace oree::approvals;
  const auto rules = parse_rules(std::string_view(reinterpret_cast<const char*>(data), size), "rules.yaml");
  if (!rules) return 0;
  if (in_words(*rules).empty()) std::abort();
  Proposal p;
  p.created = 1'700'000'000'000;
  p.expires = p.created + 1000;
  p.score = 2;
  p.threshold = 1;
  p.cost = 10;
  const Facts facts{.asset = "a", .model = "robot/1", .parts = {}, .sensors = {{"temperature", 1, 2}}};
  const Ruling ruling = decide(*rules, p, facts, {}, WallTime(milliseconds(p.created)));
  if (ruling.code.empty() || ruling.reason.empty()) std::abort();
  return 0;
}
