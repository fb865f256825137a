#include "services/serving/repository/served_model.h"

#include <chrono>
#include <fstream>

#include "base/text.h"
#include "core/sealing/sealed_file.h"
#include "platform/crypto/crypto.h"
#include "services/serving/predictor/image_predictor.h"
#include "services/serving/trial/tapped_predictor.h"

namespace oree::serving {

namespace {

Result<std::string> digest_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, cat(file.string(), ": the package has no model file"));
  crypto::Sha256 digest;
  std::vector<char> piece(256 << 10);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    digest.update(as_bytes({piece.data(), static_cast<size_t>(in.gcount())}));
  }
  if (in.bad()) return fail(ErrorKind::unavailable, cat(file.string(), ": cannot be read"));
  return digest.finish().hex();
}

struct Network {
  std::string digest;
  std::unique_ptr<inference::Model> model;
};

constexpr uint64_t kMaxSealedNetwork = uint64_t{2} << 30;  // what a network without files beside it can be

Result<Network> load_network(const package::Manifest& manifest, inference::Backend& backend,
                             const inference::LoadOptions& options, sealing::KeySource* key) {
  if (!manifest.sealed) {
    Result<std::string> digest = digest_of(manifest.model_file);
    if (!digest) return forward(digest);
    auto model = backend.load(manifest.model_file, options);
    if (!model) return forward(model);
    return Network{std::move(*digest), std::move(*model)};
  }
  if (key == nullptr) {
    return fail(ErrorKind::denied,
                cat(manifest.model_file.string(),
                    " is sealed, and no key is configured; 'model_key:' in the station file "
                    "names it"));
  }
  const auto header = sealing::read_header(manifest.model_file);
  if (!header) return forward(header);
  const auto plain = sealing::open_sealed(manifest.model_file, *key, kMaxSealedNetwork);
  if (!plain) return forward(plain);
  auto model = backend.load_bytes(plain->bytes(), manifest.model_file.string(), options);
  if (!model) return forward(model);
  return Network{header->digest.hex(), std::move(*model)};
}

// "onnx", sealed or not.
std::string format_of(const package::Manifest& manifest) {
  const auto file = manifest.sealed ? manifest.model_file.stem() : manifest.model_file;
  return file.extension().string().erase(0, 1);
}

void register_metrics(ServedModel& served, monitoring::Registry& metrics) {
  const monitoring::Labels labels{{"model", served.identity.name}, {"version", served.identity.version}};
  served.runs = &metrics.counter("oree_model_runs_total", "Runs of the network.", labels);
  served.failures = &metrics.counter("oree_model_failures_total", "Runs that gave no answer.", labels);
  served.infer_time = &metrics.histogram("oree_model_infer_seconds",
                                         "Time inside the network, without preprocessing.", labels);
}

void count(const ServedModel& served, microseconds infer, bool succeeded) {
  served.runs->add();
  if (succeeded) {
    served.infer_time->record(infer);
  } else {
    served.failures->add();
  }
}

// The package's own words for its network. Without any, what the graph says by itself must do, or nothing.
Status add_predictor(ServedModel& served) {
  const inference::Signature& signature = served.model->signature();
  Result<package::Manifest> whole = package::complete(served.manifest, signature.inputs, signature.outputs);
  if (!whole) return forward(whole);
  served.manifest = std::move(*whole);
  // The predictor lives in `served`, so the reference cannot dangle.
  auto observe = [&served](const inference::PredictTimings& timings, bool succeeded) {
    count(served, timings.infer, succeeded);
  };
  Result<std::unique_ptr<ImagePredictor>> predictor =
      ImagePredictor::create(served.identity, served.manifest, served.model, observe);
  if (!predictor) return forward(predictor);
  served.untapped = predictor->get();
  if (served.tap != nullptr) {
    served.predictor = std::make_unique<TappedPredictor>(std::move(*predictor), *served.tap);
  } else {
    served.predictor = std::move(*predictor);
  }
  return {};
}

}  // namespace

Status ServedModel::run(std::span<const tensor::TensorView> inputs,
                        std::span<inference::Output> outputs) const {
  const auto since = std::chrono::steady_clock::now();
  Status ran = model->run(inputs, outputs);
  const auto took = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - since);
  count(*this, took, ran.has_value());
  if (tap != nullptr) tap->ran(identity, ran.has_value(), took);
  return ran;
}

Result<std::shared_ptr<const ServedModel>> load_served_model(const std::filesystem::path& folder,
                                                             inference::Backend& backend,
                                                             const inference::LoadOptions& options,
                                                             monitoring::Registry& metrics,
                                                             sealing::KeySource* key, AnswerTap* tap) {
  Result<package::Manifest> manifest = package::load_manifest(folder);
  if (!manifest) return forward(manifest);
  Result<Network> network = load_network(*manifest, backend, options, key);
  if (!network) return forward(network);

  auto served = std::make_shared<ServedModel>();
  served->tap = tap;
  served->identity = {manifest->name, manifest->version, std::move(network->digest)};
  served->platform = cat(network->model->backend(), "_", format_of(*manifest));
  served->manifest = std::move(*manifest);
  served->model = std::move(network->model);
  register_metrics(*served, metrics);
  if (Status added = add_predictor(*served); !added) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / "model.yaml", ignored)) return forward(added);
    served->tensors_only_because = added.error().what;
  }
  return served;
}

}  // namespace oree::serving
