#include "services/assessment/accelerators.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

namespace oree::assessment {
namespace {

namespace fs = std::filesystem;
using enum AcceleratorKind;

// A device node: a folder of /dev, what names in it begin with, and where its driver stands in /sys.
struct NodeRow {
  std::string_view folder, prefix, driver;  // driver: wanted; "" any
  AcceleratorKind kind;
  std::string_view name, needs, provider;
};
constexpr std::array kNodes{
    NodeRow{"dev", "nvidia", "", gpu, "NVIDIA GPU", "ONNX Runtime with CUDA or TensorRT", "CUDA"},
    NodeRow{"dev", "nvhost-gpu", "", gpu, "NVIDIA Jetson GPU", "ONNX Runtime with TensorRT", "Tensorrt"},
    NodeRow{"dev", "kfd", "", gpu, "AMD GPU, compute", "ONNX Runtime with MIGraphX", "MIGraphX"},
    NodeRow{"dev/dri", "renderD", "i915", gpu, "Intel GPU", "OpenVINO", "OpenVINO"},
    NodeRow{"dev/dri", "renderD", "xe", gpu, "Intel GPU", "OpenVINO", "OpenVINO"},
    NodeRow{"dev/dri", "renderD", "amdgpu", gpu, "AMD GPU", "ONNX Runtime with MIGraphX", "MIGraphX"},
    NodeRow{"dev/dri", "renderD", "v3d", gpu, "VideoCore GPU", "no runtime for networks", "-"},
    NodeRow{"dev/dri", "renderD", "rknpu", npu, "Rockchip NPU", "RKNN", "Rknpu"},
    NodeRow{"dev/dri", "renderD", "panfrost", gpu, "Mali GPU", "no runtime for networks", "-"},
    NodeRow{"dev/accel", "accel", "intel_vpu", npu, "Intel NPU", "OpenVINO", "OpenVINO"},
    NodeRow{"dev/accel", "accel", "amdxdna", npu, "AMD Ryzen AI NPU", "ONNX Runtime with Vitis AI",
            "VitisAI"},
    NodeRow{"dev/accel", "accel", "rocket", npu, "Rockchip NPU", "RKNN", "Rknpu"},
    NodeRow{"dev", "apex_", "", tpu, "Coral Edge TPU", "TensorFlow Lite with the Edge TPU delegate", "-"},
    NodeRow{"dev", "hailo", "", npu, "Hailo NPU", "HailoRT", "-"},
    NodeRow{"dev", "ethosu", "", npu, "Arm Ethos-U NPU", "TensorFlow Lite with the Ethos-U delegate", "-"},
    NodeRow{"dev", "galcore", "", npu, "VeriSilicon NPU", "TensorFlow Lite with the VX delegate", "VSINPU"},
    NodeRow{"dev", "qaic", "", npu, "Qualcomm Cloud AI", "ONNX Runtime with QNN", "QNN"}};

struct UsbRow {
  std::string_view vendor, product, name, needs;
};
constexpr std::array kUsb{
    UsbRow{"18d1", "9302", "Coral USB Edge TPU", "TensorFlow Lite with the Edge TPU delegate"},
    UsbRow{"1a6e", "089a", "Coral USB Edge TPU, not started yet",
           "TensorFlow Lite with the Edge TPU delegate"},
    UsbRow{"03e7", "2485", "Intel Movidius stick", "OpenVINO 2022.3 or older"}};

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    out.push_back(at->path());
  std::ranges::sort(out);
  return out;
}

std::string first_word(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

// /sys/class/drm/renderD128/device/driver and /sys/class/accel/accel0/device/driver are links to the driver.
std::string driver_of(const fs::path& root, const fs::path& node) {
  for (const char* group : {"drm", "accel"}) {
    std::error_code failed;
    const fs::path link = root / "sys/class" / group / node.filename() / "device/driver";
    const fs::path driver = fs::read_symlink(link, failed);
    if (!failed) return driver.filename().string();
  }
  return "";
}

// "nvidia0" is one, "nvidiactl" and "nvidia-uvm" are not; "kfd" has no number.
bool is_device(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  return std::ranges::all_of(name, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

std::string_view kind_text(AcceleratorKind kind) {
  return kind == gpu ? "GPU" : kind == npu ? "NPU" : "Edge TPU";
}

std::vector<Accelerator> find_accelerators(const fs::path& root) {
  std::vector<Accelerator> found;
  for (const NodeRow& row : kNodes) {
    for (const fs::path& node : entries(root / row.folder)) {
      const std::string name = node.filename().string();
      if (!is_device(name, row.prefix)) continue;
      const std::string driver = driver_of(root, node);
      if (!row.driver.empty() && driver != row.driver) continue;
      found.push_back({row.kind, std::string(row.name), "/" + std::string(row.folder) + "/" + name, driver,
                       std::string(row.needs)});
    }
  }
  for (const fs::path& device : entries(root / "sys/bus/usb/devices")) {
    const std::string vendor = first_word(device / "idVendor"), product = first_word(device / "idProduct");
    for (const UsbRow& row : kUsb) {
      if (vendor == row.vendor && product == row.product)
        found.push_back({tpu, std::string(row.name), "/sys/bus/usb/devices/" + device.filename().string(), "",
                         std::string(row.needs)});
    }
  }
  return found;
}

bool usable(const Accelerator& accelerator, std::span<const std::string> providers) {
  const auto row = std::ranges::find(kNodes, accelerator.name, &NodeRow::name);
  if (row == kNodes.end()) return false;
  return std::ranges::any_of(
      providers, [&](const std::string& provider) { return provider.starts_with(row->provider); });
}

}  // namespace oree::assessment
