#include "app/fleet/demo_packages.h"

#include "base/text.h"
#include "core/signature/sign.h"
#include "nodes/workshop/optimise.h"
#include "platform/config/node.h"

namespace oree::app {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLabels = "[good, missing_eye, scratch, stain, wrong_colour, deformed]";
constexpr std::string_view kMixedUp = "[deformed, missing_eye, scratch, stain, wrong_colour, good]";

Status bring(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return fail(ErrorKind::unavailable, cat("cannot copy ", from.string(), ": ", error.message()));
  return {};
}

// The first picture that shows a good duck, by the file beside the pictures.
Result<fs::path> good_duck(const fs::path& ducks) {
  const auto truth = config::load_text((ducks / "images" / "truth.csv").string());
  if (!truth) return forward(truth);
  for (const auto line : split(*truth, '\n')) {
    const auto fields = split(trim(line), ',');
    if (fields.size() >= 2 && trim(fields[1]) == "good") return ducks / "images" / trim(fields[0]);
  }
  return fail(ErrorKind::not_found, cat((ducks / "images" / "truth.csv").string(), " names no good duck"));
}

}  // namespace

Status DemoPackages::add_golden(World& world, const fs::path& folder, const std::string& label) {
  const auto picture = good_duck(ducks_);
  if (!picture) return forward(picture);
  if (auto copied = bring(*picture, folder / "golden" / "one.jpg"); !copied) return copied;
  return world.disk.write(folder / "golden" / "one.json", as_bytes(cat(R"({"label": ")", label, R"("})")));
}

Status DemoPackages::sign(World& world, const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / "model.sig", ignored);
  const auto bundle = signature::sign(folder, key_, {}, {.ignore_paths = {"model.sig"}});
  if (!bundle) return forward(bundle);
  return world.disk.write(folder / "model.sig", as_bytes(*bundle));
}

Result<fs::path> DemoPackages::make_certified(World& world) {
  const fs::path source = ducks_ / "models" / "ducks" / "1", folder = folder_ / "ducks" / "2";
  const auto key = crypto::SigningKey::generate();
  workshop::OptimiseOptions plan{.model = source, .data = ducks_ / "samples", .out = folder_ / "optimised"};
  // So small a network is not asked to be twice as fast; 'oree demo optimise' tells why.
  plan.limits = {.speedup = 0.1, .memory = -10, .variation = 100};
  const workshop::Tools tools{
      .backend = *world.backend, .clock = world.clock, .key = key, .tell = {}, .weigher = {}};
  const auto outcomes = workshop::optimise(plan, tools);
  if (!outcomes) return forward(outcomes);
  if (outcomes->empty() || !outcomes->front().holds)
    return fail(ErrorKind::bug, "the ducks' network got no certificate; 'oree demo optimise' shows why");
  const auto& outcome = outcomes->front();
  for (const auto& [from, to] :
       {std::pair{outcome.model, "model.onnx"}, std::pair{source / "model.yaml", "model.yaml"},
        std::pair{outcome.certificate_file, "certificate.json"}}) {
    if (auto copied = bring(from, folder / to); !copied) return forward(copied);
  }
  if (auto added = add_golden(world, folder, "good"); !added) return forward(added);
  if (auto done = sign(world, folder); !done) return forward(done);
  return folder;
}

Result<fs::path> DemoPackages::make_mixed_up(World& world, const fs::path& certified) {
  const fs::path folder = folder_ / "ducks" / "3";
  std::error_code error;
  fs::copy(certified, folder, fs::copy_options::recursive, error);
  if (error)
    return fail(ErrorKind::unavailable, cat("cannot copy ", certified.string(), ": ", error.message()));
  auto manifest = config::load_text((folder / "model.yaml").string());
  if (!manifest) return forward(manifest);
  const size_t at = manifest->find(kLabels);
  if (at == std::string::npos)
    return fail(ErrorKind::invalid, "the ducks' model.yaml has other labels than the demo expects");
  manifest->replace(at, kLabels.size(), kMixedUp);
  if (auto written = world.disk.write(folder / "model.yaml", as_bytes(*manifest)); !written)
    return forward(written);
  if (auto added = add_golden(world, folder, "deformed"); !added) return forward(added);
  if (auto done = sign(world, folder); !done) return forward(done);
  return folder;
}

}  // namespace oree::app
