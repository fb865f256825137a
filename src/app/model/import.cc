// oree import: what other services export becomes a model's folder.
#include "app/model/import.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "app/model/package_folder.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "platform/files/files.h"
#include "platform/files/private_folder.h"
#include "platform/image/image.h"
#include "platform/json/value.h"
#include "platform/zip/zip.h"
#include "services/imports/custom_vision.h"
#include "services/serving/repository/served_model.h"

namespace oree::app {
namespace {

namespace fs = std::filesystem;

// The network last: until it is there, the folder is no model.
Status write_files(const fs::path& folder, const imports::ModelFiles& files) {
  files::RealDisk disk;
  struct Row {
    std::string_view name;
    const std::string& bytes;
  };
  for (const Row& row :
       {Row{"labels.txt", files.labels}, Row{"model.yaml", files.yaml}, Row{"model.onnx", files.network}}) {
    if (auto written = disk.write(folder / row.name, as_bytes(row.bytes)); !written) return written;
  }
  return {};
}

struct Tried {
  size_t labels = 0;
  int width = 0, height = 0;
};

// Loaded and asked once, as `oree predict` would: what cannot answer is not installed.
Result<Tried> try_out(const fs::path& folder) {
  auto world = make_world(LogLevel::warning);
  if (!world) return forward(world);
  monitoring::Registry metrics;
  const auto served = serving::load_served_model(folder, *(*world)->backend, {}, metrics);
  if (!served) return forward(served);
  if ((*served)->predictor == nullptr) return fail(ErrorKind::unsupported, (*served)->tensors_only_because);
  const auto& input = (*served)->manifest.input;
  image::Image picture(input.width, input.height, 3);
  for (int y = 0; y < picture.height(); ++y)
    std::fill_n(picture.row(y), ptrdiff_t{picture.width()} * 3, uint8_t{0});
  const auto answer = (*served)->predictor->predict(picture.view(), nullptr);
  if (!answer) return forward(answer, "asked about a black picture");
  return Tried{(*served)->manifest.labels.size(), input.width, input.height};
}

// The temporary folder's name has no place in what people read.
Error without(Error error, const fs::path& folder, const fs::path& archive) {
  for (size_t at; (at = error.what.find(folder.string())) != std::string::npos;)
    error.what.replace(at, folder.string().size(), archive.string());
  return error;
}

int print_imported(const ImportOptions& options, const imports::ModelFiles& files, const Tried& tried) {
  const std::string_view task = files.detection ? "detection" : "classification";
  if (options.json) {
    json::Array notes;
    for (const auto& note : files.notes) notes.push_back(note);
    const json::Object out{{"folder", options.out.string()},
                           {"task", std::string(task)},
                           {"labels", static_cast<int64_t>(tried.labels)},
                           {"input", json::Array{tried.width, tried.height}},
                           {"notes", std::move(notes)}};
    std::printf("%s\n", json::print(out, 2).c_str());
    return 0;
  }
  for (const auto& note : files.notes) std::printf("%s\n", paint(note, Tone::muted).c_str());
  std::printf("%s\n", paint(cat(options.out.string(), ": ", task, " with ", tried.labels, " labels, ",
                                tried.width, "x", tried.height, "; 'oree predict ", options.out.string(),
                                " picture.jpg' asks it, 'oree model pack' makes a package of it"),
                            Tone::accent)
                          .c_str());
  return 0;
}

}  // namespace

int run_import_cv(const ImportOptions& options) {
  const auto name = name_of(options.out);
  if (!name) return print_error(name.error());
  const auto archive = zip::Archive::open(options.archive);
  if (!archive) return print_error(archive.error());
  const auto files = imports::read_custom_vision(*archive);
  if (!files) return print_error(files.error());

  const auto temporary = files::PrivateFolder::create();
  if (!temporary) return print_error(temporary.error());
  const fs::path trial = temporary->path() / name->first / name->second;
  if (auto made = files::RealDisk().make_folder(trial); !made) return print_error(made.error());
  if (auto written = write_files(trial, *files); !written) return print_error(written.error());
  const auto tried = try_out(trial);
  if (!tried) return print_error(without(tried.error(), trial, options.archive));

  auto out = NewFolder::begin(options.out);
  if (!out) return print_error(out.error());
  if (auto written = write_files(out->beside(), *files); !written) return print_error(written.error());
  if (auto kept = out->keep(); !kept) return print_error(kept.error());
  return print_imported(options, *files, *tried);
}

void add_import_words(CLI::App& app, std::function<int()>& run) {
  auto* import = app.add_subcommand("import", "Takes models over that other services exported.");
  import->require_subcommand(1);
  auto options = std::make_shared<ImportOptions>();
  auto* cv =
      import->add_subcommand("cv", "From Custom Vision: the zip of 'Export', as ONNX or TensorFlow Lite.");
  cv->footer("Example:\n  oree import cv export.zip models/fruit/1");
  cv->add_option("archive", options->archive, "The zip")->required();
  cv->add_option("folder", options->out, "The model's new folder, <name>/<version>")->required();
  cv->add_flag("--json", options->json, "As JSON");
  cv->callback([options, &run] { run = [options] { return run_import_cv(*options); }; });
}

}  // namespace oree::app
