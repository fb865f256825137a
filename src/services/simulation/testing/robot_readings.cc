// oree-robot-readings [--seed N] [--robot N] [--hours H] [--life MINUTES] [--every SECONDS] [--fault
// NAME@MINUTE]
//
// Prints a simulated robot's readings as CSV with a label (1 = worn or faulty), for training scripts. With
// --life the bit wears out; a dropped value is an empty field.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "services/simulation/fleet.h"

namespace {

using namespace oree;
using namespace oree::simulation;

struct Wish {
  RobotPlan plan;
  size_t robot = 0;
  double hours = 4;
  double every = 1;
};

microseconds from_seconds(double seconds) {
  return microseconds{static_cast<int64_t>(seconds * 1e6)};
}

bool set(Wish& wish, std::string_view option, std::string_view text) {
  if (option == "--fault") {
    const size_t at = text.find('@');
    const auto kind = parse_fault(text.substr(0, at));
    const auto minute = at == text.npos ? 0.0 : parse_number<double>(text.substr(at + 1));
    if (kind && minute) wish.plan.faults.push_back({.kind = *kind, .from = from_seconds(*minute * 60)});
    return kind.has_value() && minute.has_value();
  }
  const auto number = parse_number<double>(text);
  if (!number || *number < 0) return false;
  if (option == "--seed") wish.plan.seed = static_cast<uint64_t>(*number);
  if (option == "--robot") wish.robot = static_cast<size_t>(*number);
  if (option == "--hours") wish.hours = *number;
  if (option == "--every") wish.every = *number;
  if (option == "--drop-outs") wish.plan.drop_out_rate = *number;
  if (option == "--spikes") wish.plan.spike_rate = *number;
  if (option == "--life") wish.plan.bit_life = from_seconds(*number * 60);
  return true;
}

void print(const Wish& wish) {
  std::string head = "time";
  for (const auto& sensor : sensors()) head += cat(",", sensor.name);
  std::puts((head + ",label").c_str());
  const WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  const auto rows = static_cast<int64_t>(wish.hours * 3600 / wish.every);
  for (int64_t i = 0; i < rows; ++i) {
    const microseconds at = from_seconds(wish.every * static_cast<double>(i));
    std::string line = iso_text(start + at);
    for (const auto& value : read(wish.plan, wish.robot, at).values) {
      line += value ? cat(",", fixed(*value, 4)) : ",";
    }
    line += truth(wish.plan, wish.robot, at).health == Health::healthy ? ",0" : ",1";
    std::puts(line.c_str());
  }
}

}  // namespace

int main(int count, char** words) {
  Wish wish;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 >= count || !set(wish, words[i], words[i + 1])) {
      std::fprintf(stderr, "oree-robot-readings: cannot read '%s'\n", words[i]);
      return 2;
    }
  }
  print(wish);
  return 0;
}
