#include "core/inference/backends/openvino/ov_api.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::inference::openvino {

namespace {

using enum tensor::DType;

struct Row {
  int theirs;
  tensor::DType ours;
};
constexpr std::array kElements = {
    Row{1, boolean}, Row{2, bf16}, Row{3, f16}, Row{4, f32},  Row{5, f64},  Row{7, i8},   Row{8, i16},
    Row{9, i32},     Row{10, i64}, Row{16, u8}, Row{17, u16}, Row{18, u32}, Row{19, u64},
};

// Of a name with its version: "2026.4.1-22982-…" → "2026.4.1".
std::string release_of(const char* build) {
  const std::string text(build == nullptr ? "" : build);
  return text.substr(0, text.find('-'));
}

}  // namespace

Result<Api> bind(Library& library) {
  Api api{};
  library.find("ov_get_error_info", api.error_text);
  library.find("ov_get_last_err_msg", api.last_error);
  library.find("ov_free", api.free_text);
  library.find("ov_get_openvino_version", api.version);
  library.find("ov_version_free", api.free_version);
  library.find("ov_core_create", api.create_core);
  library.find("ov_core_free", api.free_core);
  library.find("ov_core_read_model", api.read);
  library.find("ov_core_read_model_from_memory_buffer", api.read_bytes);
  library.find("ov_model_free", api.free_graph);
  library.find("ov_model_inputs_size", api.count_inputs);
  library.find("ov_model_outputs_size", api.count_outputs);
  library.find("ov_model_const_input_by_index", api.input);
  library.find("ov_model_const_output_by_index", api.output);
  library.find("ov_model_reshape_by_port_indexes", api.reshape);
  library.find("ov_output_const_port_free", api.free_port);
  library.find("ov_port_get_any_name", api.port_name);
  library.find("ov_port_get_partial_shape", api.port_shape);
  library.find("ov_port_get_element_type", api.port_type);
  library.find("ov_partial_shape_free", api.free_partial_shape);
  library.find("ov_core_compile_model", api.compile);
  library.find("ov_compiled_model_free", api.free_compiled);
  library.find("ov_compiled_model_create_infer_request", api.create_request);
  library.find("ov_infer_request_free", api.free_request);
  library.find("ov_infer_request_set_input_tensor_by_index", api.set_input);
  library.find("ov_infer_request_get_output_tensor_by_index", api.get_output);
  library.find("ov_infer_request_infer", api.infer);
  library.find("ov_tensor_create_from_host_ptr", api.tensor_over);
  library.find("ov_tensor_get_shape", api.tensor_shape);
  library.find("ov_tensor_get_element_type", api.tensor_type);
  library.find("ov_tensor_data", api.tensor_data);
  library.find("ov_tensor_free", api.free_tensor);
  library.find("ov_shape_free", api.free_shape);
  if (library.missing().empty()) return api;
  return fail(ErrorKind::unsupported,
              cat(library.file().string(), " is no OpenVINO 2024 or newer: it lacks ", library.missing()));
}

Result<std::shared_ptr<const Runtime>> Runtime::open(Library library) {
  const Result<Api> api = bind(library);
  if (!api) return forward(api);
  std::shared_ptr<Runtime> runtime(new Runtime(*api));
  if (Status made = runtime->check(api->create_core(&runtime->core_)); !made)
    return forward(made, library.file().string());
  Version version{};
  if (Status got = runtime->check(api->version(&version)); !got) return forward(got);
  runtime->version_ = release_of(version.build);
  api->free_version(&version);
  return runtime;
}

Runtime::~Runtime() {
  if (core_ != nullptr) api_.free_core(core_);
}

Status Runtime::check(int status) const {
  constexpr int kNotImplemented = -2, kNotFound = -5;
  if (status == 0) return {};
  const char* said = api_.last_error();
  std::string what = said == nullptr ? "" : said;
  if (said != nullptr) api_.free_text(said);
  if (what.empty()) what = api_.error_text(status);
  // Their messages are several lines, the first ones places in their sources.
  std::string text;
  for (size_t from = 0; from < what.size();) {
    const size_t to = std::min(what.find('\n', from), what.size());
    const std::string line = what.substr(from, to - from);
    from = to + 1;
    if (line.starts_with("Exception from ") || line.starts_with("Check '") || line.empty()) continue;
    text += cat(text.empty() ? "" : "; ", line);
  }
  const ErrorKind kind = status == kNotImplemented ? ErrorKind::unsupported
                         : status == kNotFound     ? ErrorKind::not_found
                                                   : ErrorKind::invalid;
  return fail(kind, cat("OpenVINO says: ", text.empty() ? what : text));
}

std::optional<tensor::DType> dtype_of(int type) {
  const auto row = std::ranges::find(kElements, type, &Row::theirs);
  return row == kElements.end() ? std::nullopt : std::optional(row->ours);
}

int type_of(tensor::DType dtype) {
  const auto row = std::ranges::find(kElements, dtype, &Row::ours);
  return row == kElements.end() ? 0 : row->theirs;
}

}  // namespace oree::inference::openvino
