#include "nodes/workshop/dataset.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "nodes/workshop/samples/sample_files.h"
#include "platform/crypto/crypto.h"
#include "platform/files/files.h"
#include "platform/image/image.h"

namespace oree::workshop {

namespace {

constexpr uint64_t kMaxArrayBytes = uint64_t{1} << 30, kMaxTableBytes = 16 << 20;
constexpr size_t kLeastCalibration = 8;
const std::set<std::string> kCalibrationFolders{"calib", "calibration", "train"};

Result<ByteBuffer> read(const std::filesystem::path& file, uint64_t most) {
  files::RealDisk disk;
  return disk.read(file, most);
}

struct Table {
  std::map<std::string, std::string> labels;  // file as written → cell
  std::string column;
};

// A labels.csv: names of columns first; no quoted commas.
Result<Table> read_table(const std::filesystem::path& file, const std::string& wanted, bool by_row) {
  const Result<ByteBuffer> bytes = read(file, kMaxTableBytes);
  if (!bytes) return forward(bytes);
  const std::vector<std::string_view> lines = oree::split(as_text(*bytes), '\n');
  std::vector<std::string> columns;
  for (const std::string_view name : oree::split(trim(lines[0]), ',')) columns.emplace_back(trim(name));
  size_t file_column = 0, label_column = columns.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == "file" || columns[i] == "filename" || columns[i] == "path") file_column = i;
    const bool fits = wanted.empty()
                          ? columns[i] == "label" || columns[i] == "index" ||
                                columns[i].ends_with("_index") || columns[i].ends_with("_index_0based")
                          : columns[i] == wanted;
    if (fits && label_column == columns.size()) label_column = i;
  }
  if (wanted.empty() && label_column == columns.size()) {
    const auto at = std::ranges::find(columns, "class");
    label_column = static_cast<size_t>(at - columns.begin());
  }
  if (label_column == columns.size())
    return fail(ErrorKind::invalid, cat(file.string(), ": no column ",
                                        wanted.empty() ? "'label' or 'index'" : cat("'", wanted, "'"),
                                        "; it has ", join(columns, ", ")));
  Table table;
  table.column = columns[label_column];
  for (size_t row = 1; row < lines.size(); ++row) {
    const std::vector<std::string_view> cells = oree::split(trim(lines[row]), ',');
    if (cells.size() <= std::max(file_column, label_column)) continue;
    const std::string key = by_row ? cat(row - 1) : std::string(trim(cells[file_column]));
    table.labels[key] = std::string(trim(cells[label_column]));
  }
  return table;
}

// Class indices from what people write: numbers, or names that the model knows.
class LabelReader {
 public:
  LabelReader(const Network& network, const DatasetOptions& options, const std::string& column) {
    for (size_t i = 0; i < network.manifest.labels.size(); ++i)
      names_.insert({lower(network.manifest.labels[i]), static_cast<int>(i)});
    const bool background =
        network.manifest.labels.size() == 1001 && column.find("imagenet") != std::string::npos;
    offset_ = options.label_offset.value_or(background ? 1 : 0);
  }
  int operator()(const std::string& text) const {
    if (const auto number = parse_number<int>(text)) return *number < 0 ? -1 : *number + offset_;
    const auto found = names_.find(lower(text));
    return found == names_.end() ? -1 : found->second;
  }

 private:
  std::map<std::string, int> names_;
  int offset_ = 0;
};

}  // namespace

Result<Dataset> Dataset::open(const std::filesystem::path& folder, const Network& network,
                              const DatasetOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return fail(ErrorKind::not_found, cat(folder.string(), ": no such folder with samples"));
  Dataset dataset;
  dataset.manifest_ = network.manifest;
  dataset.shape_ = network.input;
  const bool arrays = std::filesystem::exists(folder / "inputs.npy", ignored);
  Status opened = arrays ? dataset.open_arrays(folder) : dataset.open_pictures(folder, network, options);
  if (!opened) return forward(opened);
  Result<std::string> digest = digest_of_samples(folder);
  if (!digest) return forward(digest);
  dataset.digest_ = std::move(*digest);
  if (arrays) {
    std::vector<std::pair<std::string, Sample>> undecided;
    const size_t rows = static_cast<size_t>(dataset.inputs_->shape[0]);
    const size_t size = dataset.inputs_->data.size() / rows;
    for (const Sample& sample : dataset.evaluation_) {
      const ByteView bytes = ByteView(dataset.inputs_->data).subspan(sample.row * size, size);
      undecided.push_back({crypto::sha256(bytes).hex(), sample});
    }
    dataset.evaluation_.clear();
    dataset.split(std::move(undecided), options);
  }
  if (dataset.calibration_.size() > options.calibration) dataset.calibration_.resize(options.calibration);
  if (options.most > 0 && dataset.evaluation_.size() > options.most) dataset.evaluation_.resize(options.most);
  if (dataset.calibration_.size() < kLeastCalibration)
    return fail(ErrorKind::invalid, cat(folder.string(), ": ", dataset.calibration_.size(),
                                        " samples to calibrate with are too few; give at least ",
                                        kLeastCalibration, " (32 or more are better)"));
  if (dataset.evaluation_.empty())
    return fail(ErrorKind::invalid,
                cat(folder.string(), ": all samples are for calibration, none is left to judge by"));
  return dataset;
}

void Dataset::split(std::vector<std::pair<std::string, Sample>> undecided, const DatasetOptions& options) {
  std::ranges::sort(undecided, {}, &std::pair<std::string, Sample>::first);
  const size_t quarter = std::max(kLeastCalibration, undecided.size() / 4);
  const size_t n = std::min({quarter, options.calibration, undecided.size()});
  for (size_t i = 0; i < undecided.size(); ++i)
    (i < n ? calibration_ : evaluation_).push_back(undecided[i].second);
}

Status Dataset::open_arrays(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "inputs.npy";
  const Result<ByteBuffer> bytes = read(file, kMaxArrayBytes);
  if (!bytes) return forward(bytes);
  Result<tensor::NpyArray> array = tensor::parse_npy(*bytes);
  if (!array) return forward(array, file.string());
  const Result<size_t> wanted = tensor::element_count(shape_);
  if (!wanted) return forward(wanted, "the model's input");
  const Result<size_t> count = tensor::element_count(array->shape);
  if (array->shape.empty() || array->shape[0] <= 0 ||
      *count / static_cast<size_t>(array->shape[0]) != *wanted)
    return fail(ErrorKind::invalid, cat(file.string(), ": rows of ", tensor::shape_text(array->shape),
                                        " do not fit the model's input ", tensor::shape_text(shape_)));
  const auto rows = static_cast<size_t>(array->shape[0]);
  inputs_ = std::make_shared<const tensor::NpyArray>(std::move(*array));
  std::vector<float> labels(rows, -1);
  std::error_code ignored;
  if (std::filesystem::exists(folder / "labels.npy", ignored)) {
    const Result<ByteBuffer> text = read(folder / "labels.npy", kMaxArrayBytes);
    if (!text) return forward(text);
    const Result<tensor::NpyArray> given = tensor::parse_npy(*text);
    if (!given) return forward(given, (folder / "labels.npy").string());
    if (given->shape != std::vector<int64_t>{static_cast<int64_t>(rows)})
      return fail(ErrorKind::invalid,
                  cat((folder / "labels.npy").string(), ": ", tensor::shape_text(given->shape),
                      " does not fit ", rows, " samples"));
    labels = tensor::floats_of(*given, 0, rows);
  } else if (std::filesystem::exists(folder / "labels.csv", ignored)) {
    const Result<Table> table = read_table(folder / "labels.csv", "", true);
    if (!table) return forward(table);
    for (size_t row = 0; row < rows; ++row) {
      const auto found = table->labels.find(cat(row));
      if (found != table->labels.end()) labels[row] = parse_number<float>(found->second).value_or(-1);
    }
  }
  for (size_t row = 0; row < rows; ++row) evaluation_.push_back({{}, row, static_cast<int>(labels[row])});
  return {};
}

Status Dataset::open_pictures(const std::filesystem::path& folder, const Network& network,
                              const DatasetOptions& options) {
  if (!network.pictures)
    return fail(ErrorKind::invalid,
                cat("pictures cannot become this network's input without a model.yaml beside it: ",
                    network.why_no_pictures));
  const std::vector<std::filesystem::path> found = pictures_in(folder);
  if (found.empty())
    return fail(ErrorKind::not_found, cat(folder.string(), ": no JPEG or PNG and no inputs.npy in it"));
  std::error_code failed;
  Table table;
  if (std::filesystem::exists(folder / "labels.csv", failed)) {
    Result<Table> read = read_table(folder / "labels.csv", options.label_column, false);
    if (!read) return forward(read);
    table = std::move(*read);
  }
  const LabelReader label(network, options, table.column);
  std::vector<std::pair<std::string, Sample>> undecided;
  for (const std::filesystem::path& file : found) {
    const std::filesystem::path relative = file.lexically_relative(folder);
    Sample sample{file, 0, -1};
    const auto named = table.labels.find(relative.generic_string());
    if (named != table.labels.end())
      sample.label = label(named->second);
    else if (table.labels.empty())
      sample.label = label(file.parent_path().filename().string());
    const Result<ByteBuffer> bytes = read(file, uint64_t{64} << 20);
    if (!bytes) return forward(bytes);
    const std::string digest = crypto::sha256(*bytes).hex();
    if (kCalibrationFolders.contains(relative.begin()->string()))
      calibration_.push_back(sample);
    else
      undecided.push_back({digest, sample});
  }
  if (calibration_.empty())
    split(std::move(undecided), options);
  else {
    for (auto& [digest, sample] : undecided) evaluation_.push_back(std::move(sample));
  }
  return network.task == certification::Task::objects ? read_annotations(folder, network) : Status{};
}

Status Dataset::read_annotations(const std::filesystem::path& folder, const Network& network) {
  const std::filesystem::path file = folder / "annotations.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  const Result<ByteBuffer> bytes = read(file, kMaxTableBytes);
  if (!bytes) return forward(bytes);
  Result<Annotations> annotations = parse_annotations(as_text(*bytes), network.manifest.labels);
  if (!annotations) return forward(annotations, file.string());
  std::vector<Sample> named;
  for (Sample& sample : evaluation_) {
    auto found = annotations->find(sample.file.lexically_relative(folder).generic_string());
    if (found == annotations->end()) found = annotations->find(sample.file.filename().string());
    if (found == annotations->end()) continue;
    sample.drawn = found->second;
    named.push_back(std::move(sample));
  }
  if (named.empty())
    return fail(ErrorKind::invalid, cat(file.string(), ": it names none of the pictures to judge by"));
  evaluation_ = std::move(named);
  has_drawn_ = true;
  return {};
}

std::vector<certification::Drawn> Dataset::drawn() const {
  std::vector<certification::Drawn> all;
  if (!has_drawn_) return all;
  for (const Sample& sample : evaluation_) all.push_back(sample.drawn);
  return all;
}

std::vector<int> Dataset::labels() const {
  std::vector<int> labels;
  for (const Sample& sample : evaluation_) labels.push_back(sample.label);
  return labels;
}

Result<Input> Dataset::load(const Sample& sample) const {
  Input input;
  if (inputs_ != nullptr) {
    Result<tensor::Tensor> made = tensor::Tensor::create(tensor::DType::f32, shape_);
    if (!made) return forward(made);
    const std::span<float> out = made->as<float>();
    std::ranges::copy(tensor::floats_of(*inputs_, sample.row * out.size(), out.size()), out.begin());
    const auto odd = std::ranges::find_if(out, [](float value) { return !std::isfinite(value); });
    if (odd != out.end())
      return fail(ErrorKind::invalid, cat("inputs.npy: element ", odd - out.begin(), " of row ", sample.row,
                                          " is ", std::isnan(*odd) ? "not a number" : "infinite"));
    input.tensor = std::move(*made);
    return input;
  }
  const Result<ByteBuffer> bytes = read(sample.file, uint64_t{64} << 20);
  if (!bytes) return forward(bytes);
  const Result<image::Image> picture = image::decode(*bytes, {});
  if (!picture) return forward(picture, sample.file.string());
  const auto shape = image::tensor_shape(manifest_.input);
  Result<tensor::Tensor> made = tensor::Tensor::create(tensor::DType::f32, {shape.begin(), shape.end()});
  if (!made) return forward(made);
  const Result<image::Placement> placed =
      image::write_tensor(picture->view(), manifest_.input, made->mutable_bytes());
  if (!placed) return forward(placed);
  input.tensor = std::move(*made);
  input.placement = *placed;
  input.width = picture->width();
  input.height = picture->height();
  return input;
}

}  // namespace oree::workshop
