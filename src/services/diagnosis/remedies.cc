#include "services/diagnosis/faults.h"

namespace oree::diagnosis {
namespace {

constexpr std::array kRemedies{
    Remedy{"memory runs out", "shorten the context", "make batches smaller", "switch its cache on",
           "map weights instead of reading them",
           "`oree optimise assess` says how much results and weights need; calibration keeps 16 KB a tensor"},
    Remedy{"answers are slow", "use a build with SIMD", "check that it is quantised at all",
           "set the number of threads", "use Metal",
           "`oree optimise explain` names each operator that runs in float; `oree optimise bench --threads`"},
    Remedy{"accuracy is lost", "take a quantisation of more bits", "train with quantisation in the loop",
           "calibrate with more samples", "train on after quantising",
           "`oree optimise assess --data` ranks layers by what 8 bits cost them; `--keep-float` leaves them"},
    Remedy{"it does not load or run", "check the file's version", "check the framework's version",
           "renew the drivers", "check the version of macOS",
           "`oree optimise explain` reads the file and the runtime's message; `oree model convert --opset`"},
    Remedy{"accuracy drifts in the field", "-", "-", "-", "-",
           "monitoring keeps reference distributions; collect, label, train again, `oree optimise run`"}};

}  // namespace

std::span<const Remedy> remedies() {
  return kRemedies;
}

}  // namespace oree::diagnosis
