#include "core/inference/choice/backends.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "core/inference/choice/measure.h"
#include "core/inference/choice/memory.h"

namespace oree::inference {

struct Backends::Opened {
  std::unique_ptr<Backend> backend;
  std::optional<Error> failure;  // of the one attempt
};

// Models that somebody still holds, by what they were made from.
struct Backends::Shared {
  std::mutex measuring;  // one measurement at a time: they would disturb each other; guards the memory file
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<const Model>> models;
};

namespace {

bool reads(const BackendRow& row, const std::string& format) {
  return std::ranges::find(row.formats, format) != row.formats.end();
}

}  // namespace

Backends::Backends(std::vector<BackendRow> rows, std::vector<Conversion> conversions,
                   std::filesystem::path memory)
    : rows_(std::move(rows)),
      conversions_(std::move(conversions)),
      memory_(std::move(memory)),
      opened_(rows_.size()),
      shared_(std::make_unique<Shared>()) {}
Backends::~Backends() = default;

Result<Backend*> Backends::open(size_t row) {
  const std::lock_guard lock(mutex_);
  if (opened_[row] == nullptr) {
    opened_[row] = std::make_unique<Opened>();
    Result<std::unique_ptr<Backend>> backend = rows_[row].open();
    if (backend) {
      opened_[row]->backend = std::move(*backend);
    } else {
      opened_[row]->failure = std::move(backend).error();
    }
  }
  if (opened_[row]->failure) return std::unexpected(*opened_[row]->failure);
  return opened_[row]->backend.get();
}

Result<Backend*> Backends::find(std::string_view name) {
  std::string known;
  for (size_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].name == name) return open(row);
    known += cat(known.empty() ? "" : ", ", rows_[row].name);
  }
  return fail(ErrorKind::not_found,
              cat("unable to find backend library for backend '", name, "'; there are ", known, " and auto"));
}

const Conversion* Backends::conversion_for(size_t row, const std::string& format) const {
  for (const Conversion& conversion : conversions_) {
    if (conversion.from == format && reads(rows_[row], conversion.to)) return &conversion;
  }
  return nullptr;
}

// Those that read the format themselves come first.
std::vector<size_t> Backends::rows_for(const ModelSource& source) {
  const std::string format = source.file.extension().string();
  std::vector<size_t> reading, converting;
  for (size_t row = 0; row < rows_.size(); ++row) {
    if (reads(rows_[row], format)) {
      reading.push_back(row);
    } else if (!source.bytes && conversion_for(row, format) != nullptr) {
      converting.push_back(row);
    }
  }
  reading.insert(reading.end(), converting.begin(), converting.end());
  return reading;
}

std::vector<std::string> Backends::for_file(const std::filesystem::path& file) {
  std::vector<std::string> names;
  for (const size_t row : rows_for({file})) {
    if (open(row)) names.push_back(rows_[row].name);
  }
  return names;
}

// Whatever fails here fails again, and is told, when a network is loaded.
void Backends::prepare(const std::filesystem::path& file, std::string_view backend) {
  const bool any = backend.empty() || backend == "auto";
  for (const size_t row : rows_for({file})) {
    if ((any || backend == rows_[row].name) && open(row)) return;
  }
}

Result<std::shared_ptr<const Model>> Backends::load_anew(size_t row, const ModelSource& source,
                                                         const LoadOptions& options) {
  const Result<Backend*> backend = open(row);
  if (!backend) return forward(backend);
  const std::string format = source.file.extension().string();
  Result<std::unique_ptr<Model>> model = [&]() -> Result<std::unique_ptr<Model>> {
    if (source.bytes) return (*backend)->load_bytes(*source.bytes, source.file.string(), options);
    const Conversion* conversion = conversion_for(row, format);
    if (conversion == nullptr || reads(rows_[row], format)) return (*backend)->load(source.file, options);
    const Result<std::string> converted = conversion->convert(source.file);
    if (!converted) return forward(converted);
    return (*backend)->load_bytes(as_bytes(*converted), source.file.string(), options);
  }();
  if (!model) return forward(model);
  return std::shared_ptr<const Model>(std::move(*model));
}

Result<std::shared_ptr<const Model>> Backends::load_with(size_t row, const ModelSource& source,
                                                         const LoadOptions& options) {
  if (source.digest.empty() || !options.operators.empty() || !options.fused_file.empty())
    return load_anew(row, source, options);
  // A network may keep weights in files beside it, so the same bytes elsewhere are another model unless the
  // caller's digest says so; the ending tells how they were read.
  std::string key = cat(rows_[row].name, '\n', source.digest, '\n', source.file.extension().string(), '\n',
                        options.threads, options.crowds, options.fuse);
  for (const Accelerator& accelerator : options.accelerators) {
    key += cat('\n', accelerator.name);
    for (const auto& [name, value] : accelerator.options) key += cat(' ', name, '=', value);
  }
  for (const auto& [name, value] : options.settings) key += cat('\n', name, '=', value);
  {
    const std::lock_guard lock(shared_->mutex);
    if (auto model = shared_->models[key].lock()) return model;
  }
  Result<std::shared_ptr<const Model>> model = load_anew(row, source, options);
  if (!model) return model;
  const std::lock_guard lock(shared_->mutex);
  std::erase_if(shared_->models, [](const auto& entry) { return entry.second.expired(); });
  // Two that loaded it at once: the first one's stays.
  auto& place = shared_->models[key];
  if (auto first = place.lock()) return first;
  place = *model;
  return model;
}

Result<Loaded> Backends::load(const ModelSource& source, std::string_view backend,
                              const LoadOptions& options) {
  if (backend == "auto") return load_quickest(source, options);
  const std::vector<size_t> rows = rows_for(source);
  if (backend.empty()) {
    if (rows.empty()) {
      return fail(ErrorKind::unsupported, cat(source.file.string(), ": no backend reads '",
                                              source.file.extension().string(), "' files"));
    }
    // The first that is installed; when none is, what the first says about that.
    auto chosen = std::ranges::find_if(rows, [this](size_t row) { return open(row).has_value(); });
    if (chosen == rows.end()) chosen = rows.begin();
    Result<std::shared_ptr<const Model>> model = load_with(*chosen, source, options);
    if (!model) return forward(model);
    return Loaded{std::move(*model), {.backend = rows_[*chosen].name}};
  }
  if (const Result<Backend*> found = find(backend); !found) return forward(found, source.file.string());
  const auto row = std::ranges::find_if(rows, [&](size_t at) { return rows_[at].name == backend; });
  if (row == rows.end()) {
    return fail(ErrorKind::unsupported, cat(source.file.string(), ": ", backend, " does not read '",
                                            source.file.extension().string(), "' files"));
  }
  Result<std::shared_ptr<const Model>> model = load_with(*row, source, options);
  if (!model) return forward(model);
  return Loaded{std::move(*model), {.backend = rows_[*row].name}};
}

Result<Loaded> Backends::load_quickest(const ModelSource& source, const LoadOptions& options) {
  std::vector<size_t> rows = rows_for(source);
  std::erase_if(rows, [this](size_t row) { return !open(row); });
  std::ranges::sort(rows);  // ties go to the table's order, whoever reads the format itself
  if (rows.size() < 2) return load(source, "", options);
  std::vector<std::string> versions;
  for (const size_t row : rows) versions.push_back(cat(rows_[row].name, ' ', (*open(row))->version()));
  Result<std::string> key = measurement_key(source, versions, options);
  if (!key) return forward(key);
  const std::lock_guard lock(shared_->measuring);
  if (std::optional<Choice> known = recall(memory_, *key)) {
    const auto row = std::ranges::find_if(rows, [&](size_t at) { return rows_[at].name == known->backend; });
    if (row != rows.end()) {
      Result<std::shared_ptr<const Model>> model = load_with(*row, source, options);
      if (model) return Loaded{std::move(*model), std::move(*known)};
    }
  }
  std::vector<std::shared_ptr<const Model>> models;
  Choice choice;
  for (const size_t row : rows) {
    Result<std::shared_ptr<const Model>> model = load_with(row, source, options);
    choice.candidates.push_back(
        {.backend = rows_[row].name, .version = std::string((*open(row))->version())});
    if (!model) choice.candidates.back().refused = model.error().what;
    models.push_back(model ? std::move(*model) : nullptr);
  }
  const std::optional<size_t> best = measure(models, choice.candidates);
  if (!best) return fail(ErrorKind::invalid, choice.candidates.front().refused);
  choice.backend = choice.candidates[*best].backend;
  remember(memory_, *key, choice);
  return Loaded{std::move(models[*best]), std::move(choice)};
}

}  // namespace oree::inference
