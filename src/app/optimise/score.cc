// oree optimise score: somebody's 8-bit network, on each machine: the same file may answer differently.
#include <cstdio>
#include <cstdlib>

#include "app/optimise/certificates.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "nodes/workshop/judge.h"
#include "platform/files/private_folder.h"
#include "platform/json/value.h"

namespace oree::app {
namespace {

std::string percent(double share) {
  return cat(fixed(share * 100, 2), " %");
}

double top1_of(const certification::Score& score) {
  return static_cast<double>(score.top1) / static_cast<double>(score.labelled);
}

json::Value row_json(const workshop::TargetScore& row, bool with_reference) {
  const certification::Score& score = row.score;
  json::Value out;
  out.set("target", kernels::facts(row.target).name);
  out.set("samples", score.samples);
  if (score.has_labels()) {
    const auto labelled = static_cast<double>(score.labelled);
    out.set("top1", top1_of(score));
    out.set("top5", static_cast<double>(score.top5) / labelled);
    out.set("labelled", score.labelled);
    if (with_reference) out.set("reference_top1", static_cast<double>(score.reference_top1) / labelled);
  }
  if (score.boxes > 0) {
    out.set("boxes", score.boxes);
    out.set("ap", score.ap);
    out.set("ap50", score.ap50);
    if (with_reference) out.set("reference_ap", score.reference_ap);
    if (with_reference) out.set("reference_ap50", score.reference_ap50);
  }
  if (with_reference) {
    out.set("agreement", score.agreement);
    out.set("kept", score.kept);
    out.set("kept_at_least", score.kept_low);
  }
  out.set("unsafe_operators", row.unsafe_layers);
  out.set("operators", row.layers);
  out.set("score_by", row.by);
  return out;
}

std::string figure(const certification::Score& score) {
  if (score.has_labels()) return cat("top-1 ", percent(top1_of(score)), " of ", score.labelled);
  if (score.boxes > 0)
    return cat("AP ", percent(score.ap), ", AP50 ", percent(score.ap50), " over ", score.boxes, " boxes");
  return cat(score.samples, " samples");
}

}  // namespace

int score_network(const OptimiseOptions& given) {
  auto world = make_world(LogLevel::warning);
  if (!world) return print_error(world.error());
  const auto options = options_of(given);
  if (!options) return print_error(options.error());
  std::vector<kernels::Target> targets = options->targets;
  if (targets.empty()) targets = {kernels::Target::avx2, kernels::Target::vnni};
  const auto work = files::PrivateFolder::create();
  if (!work) return print_error(work.error());
  const auto scores =
      workshop::score_on({given.model, given.data, given.reference, options->dataset, targets},
                         *(*world)->backend, work->path());
  if (!scores) return print_error(scores.error());
  const bool with_reference = !given.reference.empty();
  std::vector<std::vector<std::string>> rows;
  json::Array list;
  for (const workshop::TargetScore& row : *scores) {
    rows.push_back({std::string(kernels::facts(row.target).name), figure(row.score),
                    with_reference ? percent(row.score.agreement) : "not asked",
                    cat(row.unsafe_layers, " of ", row.layers), row.by});
    list.push_back(row_json(row, with_reference));
  }
  if (given.json)
    std::printf("%s\n", json::print(list, 2).c_str());
  else
    print_table({"target", "score", "agreement with float", "operators that may saturate", "by"}, rows);
  return 0;
}

}  // namespace oree::app
