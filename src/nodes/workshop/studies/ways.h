// The ways in which one network may be made, as a space to search: which groups of layers compute in 8 bits,
// how ranges are chosen, what the rest is kept in, how many weights are zeros, which runtime runs it, and on
// how many threads.
//
// Groups are neighbours of about the same work: what a layer costs is shared with its neighbours, above all
// the borders between integers and floats. Axes with one choice are left out. Pure but for reading how many
// cores there are.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "nodes/workshop/studies/laboratory.h"
#include "services/search/search.h"

namespace oree::workshop {

enum class Products { as_they_are, dynamic_int8, int4 };  // matrix products that stay in float

struct Way {
  std::unordered_set<std::string> kept;  // outputs of operators that stay in float
  bool all_float = false;
  calibration::Method method = calibration::Method::mse;
  bool half = false;  // what is float is in 16 bits
  Products products = Products::as_they_are;
  double zeros = 0;    // share of the weights
  size_t backend = 0;  // of those that were given; the first is the one that all is held against
  int threads = 1;
};

struct WaysOptions {
  size_t groups = 6;
  unsigned cores = 1;
  std::vector<std::string> backends = {};  // names
};

class Ways {
 public:
  static Ways of(const Laboratory& lab, const WaysOptions& options);
  const search::Space& space() const { return space_; }
  // Precondition: a point of the space.
  Way way_at(const search::Point& point) const;

 private:
  size_t choice(const search::Point& point, std::string_view axis) const;

  search::Space space_;
  std::vector<std::vector<std::string>> groups_;
};

}  // namespace oree::workshop
