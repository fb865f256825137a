#include "core/modelconfig/repository/model_folder.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "base/text.h"
#include "core/modelconfig/complete.h"
#include "core/modelconfig/parse.h"
#include "core/modelconfig/repository/inline_model.h"
#include "core/modelconfig/validate.h"

namespace oree::modelconfig {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxEntries = 20'000;  // of one model

bool is_version_name(std::string_view text) {
  return !text.empty() && text.size() <= 19 && text.front() != '0' &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// FNV-1a, order included.
void mix(uint64_t& mark, std::string_view bytes) {
  for (const char c : bytes) mark = (mark ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
}

struct Survey {
  bool links_may_leave = false;
  uint64_t mark = 0xCBF29CE484222325u;
  uint64_t bytes = 0;
  std::optional<std::string> fault;
};

// One file or folder, seen through links.
void note(const fs::directory_entry& entry, const Path& model, Survey& survey) {
  std::error_code code;
  mix(survey.mark, entry.path().filename().string());
  if (!survey.links_may_leave && entry.is_symlink(code) && !lies_inside(model, entry.path())) {
    survey.fault = cat(entry.path().string(), " is a link that leads out of the model's folder");
    return;
  }
  if (!entry.is_regular_file(code)) return;
  const uint64_t size = entry.file_size(code);
  if (code) return;
  survey.bytes += size;
  mix(survey.mark, cat(size, ":", entry.last_write_time(code).time_since_epoch().count()));
}

std::vector<fs::directory_entry> entries_of(const Path& folder) {
  std::error_code code;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    entries.push_back(*at);
  std::ranges::sort(entries, {}, [](const fs::directory_entry& entry) { return entry.path(); });
  return entries;
}

void look_through(const Path& folder, const Path& model, int depth, size_t& left, Survey& survey) {
  if (depth > kMaxDepth) {
    survey.fault = cat(folder.string(), ": folders nested deeper than ", kMaxDepth);
    return;
  }
  for (const fs::directory_entry& entry : entries_of(folder)) {
    if (left-- == 0) survey.fault = cat(model.string(), ": more than ", kMaxEntries, " files");
    if (survey.fault) return;
    note(entry, model, survey);
    std::error_code code;
    if (!survey.fault && entry.is_directory(code)) look_through(entry.path(), model, depth + 1, left, survey);
  }
}

Result<std::string> read_config(const Path& file) {
  constexpr uint64_t kMaxConfig = 4 << 20;
  std::error_code code;
  const uint64_t size = fs::file_size(file, code);
  if (code) return fail(ErrorKind::unavailable, cat(file.string(), ": ", code.message()));
  if (size > kMaxConfig) return fail(ErrorKind::invalid, cat(file.string(), ": larger than 4 MiB"));
  std::ifstream in(file, std::ios::binary);
  std::string text(size, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) {
    return fail(ErrorKind::unavailable, cat(file.string(), ": cannot be read"));
  }
  return text;
}

void read_configuration(ModelFolder& model, std::string_view config_name) {
  std::error_code code;
  Path file = model.folder / "configs" / cat(config_name, ".pbtxt");
  if (config_name.empty() || !fs::is_regular_file(file, code)) file = model.folder / "config.pbtxt";
  if (!fs::is_regular_file(file, code)) return;
  model.has_config = true;
  const Result<std::string> text = read_config(file);
  if (!text) {
    model.fault = text.error();
    return;
  }
  auto config = parse_config(*text, file.string());
  if (!config) {
    model.fault = Error{config.error().kind, cat("failed to read text proto from ", config.error().what)};
    return;
  }
  model.config = std::move(*config);
  if (Status good = check_written(model.config, model.name); !good) model.fault = good.error();
}

}  // namespace

bool lies_inside(const Path& folder, const Path& file) {
  std::error_code code;
  const Path outer = fs::canonical(folder, code);
  if (code) return false;
  const Path inner = fs::canonical(file, code);
  if (code) return false;
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

Result<std::vector<std::string>> model_names(const Path& repository) {
  std::error_code code;
  fs::directory_iterator at(repository, code);
  if (code) return fail(ErrorKind::not_found, cat(repository.string(), ": ", code.message()));
  std::vector<std::string> names;
  for (const fs::directory_iterator end; !code && at != end; at.increment(code)) {
    std::string name = at->path().filename().string();
    std::error_code ignored;
    if (!name.starts_with(".") && check_model_name(name) && at->is_directory(ignored)) {
      names.push_back(std::move(name));
    }
  }
  std::ranges::sort(names);
  return names;
}

Status check_model_name(std::string_view name) {
  if (name.empty()) {
    return fail(ErrorKind::invalid, "Model name cannot be empty. Please enter a valid name to deploy.");
  }
  const bool climbs = name.find('/') != std::string_view::npos || name.find('\\') != std::string_view::npos ||
                      name == "." || name == ".." || name.starts_with("..");
  if (climbs) return fail(ErrorKind::invalid, "model name must not contain path traversal characters");
  const bool printable =
      std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (printable && name.size() <= 200) return {};
  return fail(ErrorKind::invalid,
              "model name must have at most 200 characters, none of them a control character");
}

Status check_written(const ModelConfig& config, std::string_view name) {
  ModelConfig completed = config;
  if (Status named = complete_defaults(completed, name); !named) return named;
  return validate(completed, Ports::open);
}

Result<ModelFolder> read_model_folder(const Path& repository, std::string_view name,
                                      const FolderOptions& options) {
  if (Status good = check_model_name(name); !good) return forward(good);
  ModelFolder model;
  model.name = name;
  model.folder = repository / model.name;
  std::error_code code;
  if (!fs::is_directory(model.folder, code)) {
    return fail(ErrorKind::not_found, cat("there is no folder ", model.folder.string()));
  }
  Survey beside{options.links_may_leave};
  size_t left = kMaxEntries;
  for (const fs::directory_entry& entry : entries_of(model.folder)) {
    const std::string file = entry.path().filename().string();
    const auto number = is_version_name(file) ? parse_number<uint64_t>(file) : std::nullopt;
    if (!number || !entry.is_directory(code)) {
      note(entry, model.folder, beside);
      if (entry.is_directory(code)) look_through(entry.path(), model.folder, 1, left, beside);
      continue;
    }
    Survey survey{options.links_may_leave};
    look_through(entry.path(), model.folder, 1, left, survey);
    if (!options.links_may_leave && entry.is_symlink(code) && !lies_inside(model.folder, entry.path())) {
      survey.fault = cat(entry.path().string(), " is a link that leads out of the model's folder");
    }
    if (survey.fault) model.fault = Error{ErrorKind::denied, *survey.fault};
    model.versions[*number] = {entry.path(), survey.mark, survey.bytes};
  }
  model.mark = beside.mark;
  if (beside.fault) model.fault = Error{ErrorKind::denied, *beside.fault};
  if (!model.fault) read_configuration(model, options.config_name);
  return model;
}

Result<Path> find_network(const VersionFolder& version, const ModelConfig& config) {
  std::error_code code;
  std::vector<std::string> names{"model.onnx", "model.onnx.sealed", "model.xml", "model.tflite"};
  if (!config.default_model_filename.empty()) {
    if (Status good = check_inline_path(config.default_model_filename); !good) return forward(good);
    names = {config.default_model_filename};
  }
  for (const std::string& name : names) {
    const Path file = version.folder / name;
    if (fs::is_regular_file(file, code)) return file;
    if (fs::is_regular_file(file / "model.onnx", code)) return file / "model.onnx";
  }
  for (const std::string_view foreign :
       {"model.plan", "model.pt", "model.pt2", "model.py", "model.savedmodel"}) {
    if (fs::exists(version.folder / foreign, code)) {
      return fail(ErrorKind::unsupported,
                  cat((version.folder / foreign).string(),
                      ": networks of this kind are not run here; export it as model.onnx"));
    }
  }
  return fail(ErrorKind::not_found, cat("unable to find '", (version.folder / names.front()).string(),
                                        "' for model '", config.name, "'"));
}

}  // namespace oree::modelconfig
