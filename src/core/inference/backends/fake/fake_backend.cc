#include "core/inference/backends/fake/fake_backend.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/text.h"
#include "core/inference/checks.h"

namespace oree::inference {

namespace {

Status deliver(std::shared_ptr<tensor::Tensor> made, Output& output) {
  output.dtype = made->dtype();
  if (output.preset.empty()) {
    output.shape = made->shape();
    output.data = made->bytes();
    output.keep = std::move(made);
    return {};
  }
  if (output.shape != made->shape()) {
    return fail(ErrorKind::invalid, cat("the output has shape ", tensor::shape_text(made->shape()), ", not ",
                                        tensor::shape_text(output.shape)));
  }
  std::memcpy(output.preset.data(), made->bytes().data(), output.preset.size());
  output.data = output.preset;
  return {};
}

class FakeModel final : public Model {
 public:
  explicit FakeModel(FakeDefinition definition) : definition_(std::move(definition)) {}

  const Signature& signature() const override { return definition_.signature; }
  std::string_view backend() const override { return "fake"; }
  Status run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const override {
    if (Status checked = check_inputs(definition_.signature, inputs); !checked) return checked;
    if (Status checked = check_outputs(definition_.signature, outputs); !checked) return checked;
    Result<std::vector<tensor::Tensor>> made = definition_.compute(inputs);
    if (!made) return forward(made);
    for (size_t i = 0; i < outputs.size(); ++i) {
      auto tensor = std::make_shared<tensor::Tensor>(std::move((*made)[i]));
      if (Status delivered = deliver(std::move(tensor), outputs[i]); !delivered) return delivered;
    }
    return {};
  }

 private:
  FakeDefinition definition_;
};

}  // namespace

void FakeBackend::define(std::string word, FakeDefinition definition) {
  definitions_.insert_or_assign(std::move(word), std::move(definition));
}

Result<std::unique_ptr<Model>> FakeBackend::load(const std::filesystem::path& file,
                                                 const LoadOptions& options) {
  std::ifstream in(file);
  if (!in) return fail(ErrorKind::not_found, cat(file.string(), ": no such model file"));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return load_bytes(as_bytes(text), file.string(), options);
}

Result<std::unique_ptr<Model>> FakeBackend::load_bytes(ByteView network, const std::string& name,
                                                       const LoadOptions& options) {
  if (!options.fused_file.empty() || !options.operators.empty())
    return fail(ErrorKind::unsupported, "the fake runtime has no graph to look into");
  std::istringstream in{std::string(as_text(network))};
  std::string magic, word;
  in >> magic >> word;
  const auto found = definitions_.find(word);
  if (magic != "oree-fake" || found == definitions_.end()) {
    return fail(ErrorKind::invalid, cat(name, ": no fake model (expected 'oree-fake' and a defined word)"));
  }
  return std::make_unique<FakeModel>(found->second);
}

}  // namespace oree::inference
