#include "services/assessment/accelerators.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>

#include "services/assessment/guidance.h"
#include "services/assessment/operators.h"
#include "services/assessment/runtimes.h"

namespace oree::assessment {
namespace {

namespace fs = std::filesystem;

// A machine's /dev and /sys as folders.
class Machine {
 public:
  Machine() {
    std::string pattern = (fs::temp_directory_path() / "oree-machine-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { fs::remove_all(root_); }
  void node(const std::string& path, const std::string& text = "") const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << '\n';
  }
  void driver(const std::string& device, const std::string& driver) const {
    fs::create_directories(root_ / device);
    fs::create_symlink("../../bus/pci/drivers/" + driver, root_ / device / "driver");
  }
  const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("A machine without device nodes has no accelerators") {
  const Machine machine;
  CHECK(find_accelerators(machine.root()).empty());
}

TEST_CASE("Device nodes are devices only with a number behind their name") {
  const Machine machine;
  for (const char* node : {"dev/nvidia0", "dev/nvidia1", "dev/nvidiactl", "dev/nvidia-uvm"})
    machine.node(node);
  const auto found = find_accelerators(machine.root());
  REQUIRE(found.size() == 2);
  CHECK(found[1].node == "/dev/nvidia1");
  CHECK(usable(found[0], std::vector<std::string>{"CUDAExecutionProvider", "CPUExecutionProvider"}));
  CHECK_FALSE(usable(found[0], std::vector<std::string>{"CPUExecutionProvider"}));
}

TEST_CASE("What a render node is depends on its driver") {
  const Machine machine;
  machine.node("dev/dri/renderD128");
  machine.node("dev/dri/renderD129");
  machine.node("dev/accel/accel0");
  machine.driver("sys/class/drm/renderD128/device", "i915");
  machine.driver("sys/class/drm/renderD129/device", "amdgpu");
  machine.driver("sys/class/accel/accel0/device", "intel_vpu");
  const auto found = find_accelerators(machine.root());
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "Intel GPU");
  CHECK(found[1].name == "AMD GPU");
  CHECK(found[2].kind == AcceleratorKind::npu);
  CHECK(found[2].driver == "intel_vpu");
}

TEST_CASE("A Coral stick is found by the numbers of its maker") {
  const Machine machine;
  machine.node("sys/bus/usb/devices/1-2/idVendor", "18d1");
  machine.node("sys/bus/usb/devices/1-2/idProduct", "9302");
  machine.node("sys/bus/usb/devices/usb1/idVendor", "1d6b");
  const auto found = find_accelerators(machine.root());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == AcceleratorKind::tpu);
  CHECK(choose_branch({}, found, NetworkKind::vision).framework == "TensorFlow Lite");
}

TEST_CASE("The branch follows the accelerator first, then the processor, then the network") {
  const std::vector<Accelerator> nvidia{{AcceleratorKind::gpu, "NVIDIA GPU", "/dev/nvidia0", "", ""}};
  const Processor intel{.name = "Intel(R) Xeon(R)", .architecture = "x86-64"};
  const Processor pi{.name = "Cortex-A76", .architecture = "arm64", .features = {"dotprod"}};
  CHECK(choose_branch(intel, nvidia, NetworkKind::vision).framework == "TensorRT");
  CHECK(choose_branch(intel, {}, NetworkKind::vision).framework == "OpenVINO");
  CHECK(choose_branch(intel, {}, NetworkKind::language).quantisation == "int4");
  CHECK(choose_branch(pi, {}, NetworkKind::vision).here == "oree optimise run --target arm-dot");
  CHECK(choose_branch({.name = "AMD EPYC", .architecture = "x86-64"}, {}, NetworkKind::other).framework ==
        "ONNX Runtime");
  CHECK(kind_of({.products = 0.9, .embeddings = true}) == NetworkKind::language);
  CHECK(kind_of({.convolutions = 0.9}) == NetworkKind::vision);
}

TEST_CASE("What the tables say of ONNX Runtime is the same in both") {
  for (const char* op : {"Conv", "Add", "Concat", "MaxPool", "Reshape", "Softmax", "ConvTranspose", "Pad",
                         "Split", "LSTM", "Resize", "ArgMax", "Tanh", "Mul", "Gather"})
    CHECK(runtimes_of(op).onnxruntime == fate_text(fate_of(op).fate));
}

}  // namespace oree::assessment
