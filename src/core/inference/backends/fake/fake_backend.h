// A backend for tests: models are functions of this program, chosen by the word in the "model file".
//
//   FakeBackend backend;
//   backend.define("double", {signature, compute});
//   write_file(path, "oree-fake double");   backend.load(path, {})
//
// Deterministic; models are thread-safe as far as `compute` is.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/inference/model.h"

namespace oree::inference {

struct FakeDefinition {
  Signature signature;
  // Called with checked inputs; gives one tensor per output.
  std::function<Result<std::vector<tensor::Tensor>>(std::span<const tensor::TensorView>)> compute;
};

class FakeBackend final : public Backend {
 public:
  void define(std::string word, FakeDefinition definition);

  std::string_view name() const override { return "fake"; }
  std::string_view version() const override { return "1"; }
  Result<std::unique_ptr<Model>> load(const std::filesystem::path& file, const LoadOptions& options) override;
  Result<std::unique_ptr<Model>> load_bytes(ByteView network, const std::string& name,
                                            const LoadOptions& options) override;

 private:
  std::map<std::string, FakeDefinition, std::less<>> definitions_;
};

}  // namespace oree::inference
