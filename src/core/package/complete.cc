#include "core/package/complete.h"

#include <algorithm>

namespace oree::package {
namespace {

// Beyond these no arithmetic on dimensions is safe, and no tensor exists.
bool is_sane(const tensor::TensorSpec& spec) {
  constexpr int64_t kMaxDimension = int64_t{1} << 31;
  return std::ranges::all_of(spec.shape, [](int64_t size) { return size >= -1 && size <= kMaxDimension; });
}

}  // namespace

void Completion::ask(std::string_view what, std::string_view example) {
  refuse(cat(what, "; write for example `", example, "`"));
}

void Completion::refuse(std::string_view what) {
  mistakes.push_back(cat((manifest.folder / "model.yaml").string(), ": ", what));
}

std::string spec_text(const tensor::TensorSpec& spec) {
  return cat("'", spec.name, "' ", tensor::facts(spec.dtype).name, " ", tensor::shape_text(spec.shape));
}

Result<Manifest> complete(Manifest manifest, const std::vector<tensor::TensorSpec>& inputs,
                          const std::vector<tensor::TensorSpec>& outputs) {
  Completion completion{std::move(manifest), {}};
  for (const auto* specs : {&inputs, &outputs}) {
    for (const auto& spec : *specs) {
      if (!is_sane(spec)) completion.refuse(cat("the graph's ", spec_text(spec), " has an impossible shape"));
    }
  }
  if (!completion.mistakes.empty()) return fail(ErrorKind::invalid, join(completion.mistakes, "\n"));
  complete_input(completion, inputs);
  complete_output(completion, outputs);
  if (completion.mistakes.empty()) return std::move(completion.manifest);
  return fail(ErrorKind::invalid, join(completion.mistakes, "\n"));
}

}  // namespace oree::package
