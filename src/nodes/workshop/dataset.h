// Samples to calibrate with and samples to judge by, from a folder.
//
//   pictures    DIR/CLASS/*.jpg, or DIR/**/*.jpg with DIR/labels.csv (a column `file`, and `label`, `index`
//   or one
//               that ends in _index or _index_0based). What lies in a folder named calib, calibration or
//               train is for calibration.
//               For a detector DIR/annotations.json may hold drawn boxes (annotations.h); then only the
//               pictures that it names are judged by.
//   arrays      DIR/inputs.npy [N, ...] and, when there are labels, DIR/labels.npy or DIR/labels.csv
// Where nothing says which samples are for calibration, the digest of each sample decides, so that the same
// data are always split alike: a quarter for calibration, at least 8.
//
// Errors name the file. Thread-safe once opened.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/workshop/network.h"
#include "nodes/workshop/samples/annotations.h"
#include "platform/image/preprocess.h"
#include "platform/tensor/npy.h"
#include "platform/tensor/tensor.h"

namespace oree::workshop {

struct DatasetOptions {
  std::string label_column;         // "": the first that fits
  std::optional<int> label_offset;  // added to indices; by itself 1 where 1000 classes meet 1001 outputs
  size_t calibration = 100;         // most samples to calibrate with
  size_t most = 0;                  // most samples to judge by; 0: all
};

struct Sample {
  std::filesystem::path file;  // of a picture
  size_t row = 0;              // of an array
  int label = -1;
  certification::Drawn drawn;  // on a picture, where there are annotations
};

struct Input {
  tensor::Tensor tensor;
  image::Placement placement;
  int width = 0, height = 0;  // of the picture
};

class Dataset {
 public:
  static Result<Dataset> open(const std::filesystem::path& folder, const Network& network,
                              const DatasetOptions& options);

  const std::vector<Sample>& calibration() const { return calibration_; }
  const std::vector<Sample>& evaluation() const { return evaluation_; }
  const std::string& digest() const { return digest_; }  // sample_files.h
  std::vector<int> labels() const;                       // of evaluation()
  // Of evaluation(); empty when nobody drew any.
  std::vector<certification::Drawn> drawn() const;
  bool has_drawn() const { return has_drawn_; }

  Result<Input> load(const Sample& sample) const;

 private:
  Status open_arrays(const std::filesystem::path& folder);
  Status open_pictures(const std::filesystem::path& folder, const Network& network,
                       const DatasetOptions& options);
  Status read_annotations(const std::filesystem::path& folder, const Network& network);
  void split(std::vector<std::pair<std::string, Sample>> undecided, const DatasetOptions& options);

  package::Manifest manifest_;
  tensor::Shape shape_;  // of one input
  std::shared_ptr<const tensor::NpyArray> inputs_;
  std::vector<Sample> calibration_, evaluation_;
  std::string digest_;
  bool has_drawn_ = false;
};

}  // namespace oree::workshop
