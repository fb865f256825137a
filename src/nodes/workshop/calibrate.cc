#include "nodes/workshop/calibrate.h"

#include <malloc.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "core/graph/file.h"
#include "core/graph/part.h"

namespace oree::workshop {

namespace {

// Outputs keep their memory until the part has run. Of tensors whose size nobody knows before, so many at
// once.
constexpr uint64_t kBytesAtOnce = 8 << 20, kGuessedBytes = kBytesAtOnce / 8;

uint64_t bytes_of(const graph::Inference& types, const std::string& name) {
  const auto found = types.types.find(name);
  if (found == types.types.end() || !found->second.has_shape) return kGuessedBytes;
  uint64_t bytes = sizeof(float);
  for (const graph::Dim& dim : found->second.dims) {
    if (dim.known()) bytes *= static_cast<uint64_t>(dim.size);
  }
  return bytes;
}

// One of the networks that the network was cut into.
struct Part {
  std::unique_ptr<inference::Model> model;
  std::vector<std::string> kept;       // outputs that later parts read
  std::vector<std::string> read_last;  // inputs that no later part reads
};

class Observer {
 public:
  Observer(const graph::Model& model, const std::vector<std::string>& names, inference::Backend& backend,
           const std::filesystem::path& work)
      : model_(model),
        names_(names.begin(), names.end()),
        index_(model.graph),
        backend_(backend),
        work_(work) {}

  Status open() {
    Result<graph::Inference> types = graph::infer(model_);
    if (types) types_ = std::move(*types);
    Status cut = load(cuts());
    // A network that cannot be cut, with values that are no tensors, runs as one.
    if (!cut && cut.error().kind == ErrorKind::unsupported) return load({whole()});
    return cut;
  }

  Status add(const Input& input, const std::string& sample, Observations& observations) const {
    std::unordered_map<std::string, inference::Output> made;  // by earlier parts
    for (const Part& part : parts_) {
      const inference::Signature& signature = part.model->signature();
      std::vector<tensor::TensorView> inputs;
      for (const tensor::TensorSpec& spec : signature.inputs) {
        const auto found = made.find(spec.name);
        inputs.push_back(found == made.end() ? input.tensor.view() : found->second.view());
      }
      std::vector<inference::Output> outputs(signature.outputs.size());
      if (Status ran = part.model->run(inputs, outputs); !ran) return ran;
      for (size_t i = 0; i < outputs.size(); ++i) {
        const std::string& name = signature.outputs[i].name;
        if (names_.contains(name) && outputs[i].dtype == tensor::DType::f32) {
          const Status added = observations[name].add_sample(outputs[i].view().as<float>(), outputs[i].shape);
          if (!added) return forward(added, cat("tensor '", name, "' of ", sample));
        }
        if (std::ranges::find(part.kept, name) != part.kept.end())
          made.insert_or_assign(name, std::move(outputs[i]));
      }
      for (const std::string& name : part.read_last) made.erase(name);
    }
    return {};
  }

 private:
  graph::NodeRange whole() const { return {0, model_.graph.nodes.size()}; }

  std::vector<std::string> observed_in(graph::NodeRange range) const {
    std::vector<std::string> names;
    for (size_t n = range.first; n < range.end; ++n) {
      for (const std::string& name : model_.graph.nodes[n].outputs) {
        if (names_.contains(name)) names.push_back(name);
      }
    }
    return names;
  }

  // Behind a tensor of interest each, which no fusion reaches across anyway; nothing behind the last.
  std::vector<graph::NodeRange> cuts() const {
    std::vector<graph::NodeRange> ranges;
    uint64_t bytes = 0;
    graph::NodeRange range;
    for (size_t n = 0; n < model_.graph.nodes.size(); ++n) {
      uint64_t own = 0;
      for (const std::string& name : observed_in({n, n + 1})) own += bytes_of(types_, name);
      if (own == 0) continue;
      if (bytes > 0 && bytes + own > kBytesAtOnce) {
        ranges.push_back(range);
        range.first = range.end;
        bytes = 0;
      }
      range.end = n + 1;
      bytes += own;
    }
    if (bytes > 0) ranges.push_back(range);
    return ranges;
  }

  Status load(const std::vector<graph::NodeRange>& ranges) {
    parts_.clear();
    const std::filesystem::path file = work_ / "observed.onnx";
    for (const graph::NodeRange range : ranges) {
      Part part;
      std::vector<std::string> outputs = observed_in(range);
      if (range.end < ranges.back().end) part.kept = graph::read_behind(index_, range);
      for (const std::string& name : part.kept) {
        if (!names_.contains(name)) outputs.push_back(name);
      }
      const Result<graph::Model> cut = graph::part_of(model_, index_, types_, range, outputs);
      if (!cut) return forward(cut);
      if (Status stored = graph::store(*cut, file); !stored) return stored;
      Result<std::unique_ptr<inference::Model>> loaded = backend_.load(file, {});
      if (!loaded) return forward(loaded, "a part of the network with its inner tensors as outputs");
      part.model = std::move(*loaded);
      for (const tensor::TensorSpec& input : part.model->signature().inputs) {
        for (Part& earlier : parts_) std::erase(earlier.read_last, input.name);
        part.read_last.push_back(input.name);
      }
      parts_.push_back(std::move(part));
    }
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return {};
  }

  const graph::Model& model_;
  const std::unordered_set<std::string> names_;
  const graph::Index index_;
  inference::Backend& backend_;
  const std::filesystem::path& work_;
  graph::Inference types_;
  std::vector<Part> parts_;
};

}  // namespace

Result<Observations> observe(const graph::Model& model, const std::vector<std::string>& names,
                             const Dataset& dataset, std::span<const Sample> samples,
                             inference::Backend& backend, const std::filesystem::path& work) {
  malloc_trim(0);  // whoever made the model copied weights; loading its parts takes the most memory of all
  Observer observer(model, names, backend, work);
  if (Status opened = observer.open(); !opened) return forward(opened);
  std::vector<std::string> inputs;
  for (const graph::Value& input : model.graph.inputs) {
    if (std::ranges::find(names, input.name) != names.end()) inputs.push_back(input.name);
  }
  Observations observations;
  for (const Sample& sample : samples) {
    const Result<Input> input = dataset.load(sample);
    if (!input) return forward(input);
    for (const std::string& name : inputs) {
      const Status added =
          observations[name].add_sample(input->tensor.view().as<float>(), input->tensor.shape());
      if (!added) return forward(added, cat("input '", name, "'"));
    }
    const std::string called = sample.file.empty() ? cat("sample ", sample.row) : sample.file.string();
    if (Status added = observer.add(*input, called, observations); !added) return forward(added);
  }
  return observations;
}

}  // namespace oree::workshop
