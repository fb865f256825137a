// Two sessions of one network over one copy of its weights: one on the calling thread, one with threads of
// its own.
//
// The runtime is asked to optimise the network once more and to write down what came of it, the weights in a
// file beside it. That file is mapped once, and both sessions are opened on the optimised graph with its
// weights given to them; what they make of weights when they load (packed matrices) they share, too. So the
// second session costs what it computes with, not what it knows.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/inference/backends/onnxruntime/ort_session.h"

namespace oree::inference::ort {

// Mapped, and as the runtime sees it. Outlives the sessions that were given it.
class SharedWeights {
 public:
  // Of tensors that the graph in `network` keeps in `file`.
  static Result<std::unique_ptr<SharedWeights>> create(std::shared_ptr<const Runtime> runtime,
                                                       const std::filesystem::path& network,
                                                       const std::filesystem::path& file);
  ~SharedWeights();
  SharedWeights(const SharedWeights&) = delete;
  SharedWeights& operator=(const SharedWeights&) = delete;

  Result<Owned<OrtSession>> open(const std::filesystem::path& network, const LoadOptions& options);
  // Pages that were read only to be packed go back to the system; others come again when they are read.
  void settle() const;

 private:
  explicit SharedWeights(std::shared_ptr<const Runtime> runtime);
  Status map(const std::filesystem::path& file);

  const std::shared_ptr<const Runtime> runtime_;
  ByteView bytes_;
  std::vector<std::pair<std::string, Owned<OrtValue>>> values_;  // by initializer
  Owned<OrtPrepackedWeightsContainer> packed_;
};

struct Twins {
  std::shared_ptr<const SharedWeights> weights;
  std::shared_ptr<OrtSession> single, wide;  // which hold the weights
};

// `unsupported` for what cannot be written down; as slow as loading, and a little more. For a while the
// weights lie in a folder of the system's for temporary files: not for networks that must not.
Result<Twins> open_twins(const std::shared_ptr<const Runtime>& runtime, const std::filesystem::path& file,
                         const LoadOptions& options);

}  // namespace oree::inference::ort
