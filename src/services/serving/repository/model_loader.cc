#include "services/serving/repository/model_loader.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "core/modelconfig/complete.h"
#include "core/modelconfig/validate.h"
#include "core/package/package_file.h"
#include "core/sealing/sealed_file.h"
#include "services/serving/predictor/image_predictor.h"
#include "services/serving/trial/tapped_predictor.h"

namespace oree::serving {

namespace fs = std::filesystem;
using modelconfig::ModelFolder;
using modelconfig::VersionFolder;
using Loaded = Result<std::shared_ptr<const ServedModel>>;

struct ModelLoader::Network {
  std::string digest;
  std::shared_ptr<const inference::Model> model;
};

namespace {

constexpr uint64_t kMaxSealedNetwork = uint64_t{2} << 30;  // what a network without files beside it can be

// "onnx", sealed or not.
std::string format_of(const package::Manifest& manifest) {
  const auto file = manifest.sealed ? manifest.model_file.stem() : manifest.model_file;
  return file.extension().string().erase(0, 1);
}

// The package's own words for its network. Without any, what the graph says by itself must do, or nothing.
Status add_predictor(ServedModel& served) {
  const inference::Signature& signature = served.model->signature();
  Result<package::Manifest> whole = package::complete(served.manifest, signature.inputs, signature.outputs);
  if (!whole) return forward(whole);
  served.manifest = std::move(*whole);
  // The predictor lives in `served`, so the reference cannot dangle.
  auto observe = [&served](const inference::PredictTimings& timings, bool succeeded) {
    RunCounters{served.runs, served.failures, served.infer_time}.count(timings.infer, succeeded);
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

// A group wants a GPU that is not there: in front stands what people search for.
std::unexpected<Error> without_gpu(const std::string& model, const modelconfig::ModelConfig& config,
                                   Error failure) {
  const auto& groups = config.instance_group;
  const auto group =
      std::ranges::find(groups, modelconfig::InstanceKind::gpu, &modelconfig::InstanceGroup::kind);
  if (failure.kind == ErrorKind::unavailable && group != groups.end()) {
    failure.what =
        cat("instance group ", group->name.empty() ? cat(model, "_", group - groups.begin()) : group->name,
            " of model ", model, " has kind KIND_GPU but server does not support GPUs: ", failure.what);
  }
  return std::unexpected(std::move(failure));
}

}  // namespace

void ModelLoader::add_counters(ServedModel& served) const {
  monitoring::Registry* const metrics = parts_.metrics;
  if (metrics == nullptr) {
    served.own_counters = std::make_shared<ServedModel::OwnCounters>();
    served.runs = &served.own_counters->runs;
    served.failures = &served.own_counters->failures;
    served.infer_time = &served.own_counters->infer_time;
    return;
  }
  const monitoring::Labels labels{{"model", served.identity.name}, {"version", served.identity.version}};
  served.runs = &metrics->counter("oree_model_runs_total", "Runs of the network.", labels);
  served.failures = &metrics->counter("oree_model_failures_total", "Runs that gave no answer.", labels);
  served.infer_time = &metrics->histogram("oree_model_infer_seconds",
                                          "Time inside the network, without preprocessing.", labels);
}

// What model.yaml says, or nothing but where the network lies.
Result<package::Manifest> ModelLoader::manifest_of(const ModelFolder& model, const VersionFolder& version,
                                                   uint64_t number) const {
  std::error_code code;
  auto manifest = package::load_manifest(version.folder);
  if (manifest && !model.has_config) return manifest;
  if (!manifest && fs::exists(version.folder / "model.yaml", code)) return manifest;
  modelconfig::ModelConfig config = model.config;
  config.name = model.name;
  const Result<fs::path> network = find_network(version, config);
  if (!network) {
    if (!manifest && !model.has_config && network.error().kind == ErrorKind::not_found) return manifest;
    return forward(network);
  }
  package::Manifest bare = manifest ? std::move(*manifest) : package::Manifest{};
  bare.name = model.name;
  bare.version = cat(number);
  bare.folder = version.folder;
  bare.model_file = *network;
  bare.sealed = network->extension() == ".sealed";
  return bare;
}

Result<inference::LoadOptions> ModelLoader::options_for(const modelconfig::ModelConfig& config) const {
  inference::LoadOptions options = parts_.options;
  for (const auto& [key, value] : config.parameters) {
    if (key != "intra_op_thread_count") continue;
    const auto threads = parse_number<int>(value);
    if (!threads || *threads < 0 || *threads > 256) {
      return fail(ErrorKind::invalid, cat("failed to convert ", key, " '", value, "' to integral number"));
    }
    if (*threads > 0) options.threads = *threads;
    options.crowds = options.threads > 1;
  }
  for (const modelconfig::InstanceGroup& group : config.instance_group) {
    if (group.kind != modelconfig::InstanceKind::gpu) continue;
    const std::string device = group.gpus.empty() ? "0" : cat(group.gpus.front());
    if (config.optimization && config.optimization->execution_accelerators) {
      for (const auto& accelerator : config.optimization->execution_accelerators->gpu_execution_accelerator) {
        options.accelerators.push_back({accelerator.name, accelerator.parameters});
      }
    }
    options.accelerators.push_back({"cuda", {{"device_id", device}}});
    break;
  }
  return options;
}

Result<ModelLoader::Network> ModelLoader::load_network(const package::Manifest& manifest,
                                                       const modelconfig::ModelConfig& config) const {
  const auto options = options_for(config);
  if (!options) return forward(options);
  const std::string& backend = config.backend.empty() ? parts_.backend_name : config.backend;
  std::optional<sealing::Unsealed> plain;
  inference::ModelSource source{manifest.model_file, {}, {}};
  if (manifest.sealed) {
    if (parts_.key == nullptr) {
      return fail(ErrorKind::denied,
                  cat(manifest.model_file.string(),
                      " is sealed, and no key is configured; 'model_key:' in the station file "
                      "names it"));
    }
    const auto header = sealing::read_header(manifest.model_file);
    if (!header) return forward(header);
    auto opened = sealing::open_sealed(manifest.model_file, *parts_.key, kMaxSealedNetwork);
    if (!opened) return forward(opened);
    plain.emplace(std::move(*opened));
    source.file = manifest.model_file.stem();
    source.bytes = plain->bytes();
    source.digest = header->digest.hex();
  } else {
    const auto digest = package::digest_of(manifest.model_file);
    if (!digest) return forward(digest);
    source.digest = digest->hex();
  }
  if (parts_.backends != nullptr) {
    auto loaded = parts_.backends->load(source, backend, *options);
    if (!loaded) return without_gpu(manifest.name, config, loaded.error());
    return Network{source.digest, std::move(loaded->model)};
  }
  auto model = source.bytes
                   ? parts_.backend->load_bytes(*source.bytes, manifest.model_file.string(), *options)
                   : parts_.backend->load(manifest.model_file, *options);
  if (!model) return forward(model);
  return Network{source.digest, std::move(*model)};
}

// The configuration, completed from the network and checked.
Status ModelLoader::describe(ServedModel& served, const ModelFolder& model) const {
  served.config = model.config;
  if (served.config.backend.empty() && served.config.platform.empty()) {
    served.config.backend = served.model->backend();
  }
  if (served.config.default_model_filename.empty()) {
    served.config.default_model_filename = served.manifest.model_file.filename().string();
  }
  if (Status named = complete_defaults(served.config, model.name); !named) return named;
  const inference::Signature& signature = served.model->signature();
  if (Status completed = complete(served.config, signature.inputs, signature.outputs,
                                  parts_.default_max_batch_size.value_or(0));
      !completed) {
    return completed;
  }
  return validate(served.config);
}

Loaded ModelLoader::load(const ModelFolder& model, uint64_t version, AnswerTap* tap) const {
  const auto since = std::chrono::steady_clock::now();
  if (model.fault) return std::unexpected(*model.fault);
  const auto found = model.versions.find(version);
  if (found == model.versions.end()) {
    return fail(ErrorKind::not_found, cat("there is no folder ", (model.folder / cat(version)).string()));
  }
  if (model.config.ensemble_scheduling) return load_ensemble(model, version);
  Result<package::Manifest> manifest = manifest_of(model, found->second, version);
  if (!manifest) return forward(manifest);
  Result<Network> network = load_network(*manifest, model.config);
  if (!network) return forward(network);

  auto served = std::make_shared<ServedModel>();
  served->tap = tap;
  served->identity = {manifest->name, manifest->version, std::move(network->digest)};
  served->platform = cat(network->model->backend(), "_", format_of(*manifest));
  served->manifest = std::move(*manifest);
  served->model = std::move(network->model);
  served->bytes = found->second.bytes;
  add_counters(*served);
  if (Status added = add_predictor(*served); !added) {
    std::error_code ignored;
    if (fs::exists(found->second.folder / "model.yaml", ignored)) return forward(added);
    served->tensors_only_because = added.error().what;
  }
  if (Status described = describe(*served, model); !described) return forward(described);
  if (parts_.workers == nullptr) return served;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  if (Status serving = start_serving(*served, model, seconds); !serving) return forward(serving);
  return served;
}

// Whatever is wrong load() will say.
void ModelLoader::prepare(const ModelFolder& model, uint64_t version) const {
  const auto found = model.versions.find(version);
  if (parts_.backends == nullptr || model.fault || found == model.versions.end()) return;
  const Result<package::Manifest> manifest = manifest_of(model, found->second, version);
  if (!manifest) return;
  parts_.backends->prepare(manifest->sealed ? manifest->model_file.stem() : manifest->model_file,
                           model.config.backend.empty() ? parts_.backend_name : model.config.backend);
}

Loaded ModelLoader::load(const fs::path& folder, AnswerTap* tap) const {
  std::error_code none;  // "" stays ""
  const fs::path plain = fs::absolute(folder, none).lexically_normal();
  const fs::path version = plain.has_filename() ? plain : plain.parent_path();
  const std::string name = version.parent_path().filename().string();
  const auto number = parse_number<uint64_t>(version.filename().string());
  Result<ModelFolder> model = modelconfig::read_model_folder(version.parent_path().parent_path(), name,
                                                             {"", parts_.links_may_leave.value_or(true)});
  if (model && number && model->versions.contains(*number)) return load(*model, *number, tap);
  // Says what is wrong with the folder.
  auto manifest = package::load_manifest(folder);
  if (!manifest) return forward(manifest);
  return fail(ErrorKind::invalid, cat(folder.string(), " is no <name>/<version>/ folder"));
}

}  // namespace oree::serving
