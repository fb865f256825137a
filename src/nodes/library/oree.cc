// The C face of core/inference. Nothing of C++ passes it: no exception, no type.
#include "nodes/library/oree.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/text.h"
#include "core/inference/choice/backends.h"

using namespace oree;

struct oree_runtime {
  inference::Backends backends;
};

struct oree_model {
  std::shared_ptr<const inference::Model> model;
  std::vector<oree_port> inputs, outputs;
};

struct oree_result {
  std::vector<inference::Output> outputs;
};

namespace {

static_assert(static_cast<int>(tensor::DType::text) == OREE_BYTES);
static_assert(static_cast<int>(tensor::DType::f32) == OREE_FP32);
static_assert(static_cast<int>(tensor::DType::i8) == OREE_INT8);

#define OREE_TEXT_(x) #x
#define OREE_TEXT(x) OREE_TEXT_(x)
constexpr const char* kVersion =
    OREE_TEXT(OREE_VERSION_MAJOR) "." OREE_TEXT(OREE_VERSION_MINOR) "." OREE_TEXT(OREE_VERSION_PATCH);
static_assert(std::string_view(kVersion) == OREE_BACKEND_BUILD,
              "oree.h and CMakeLists.txt differ in version");

oree_code code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return OREE_INVALID;
    case ErrorKind::not_found:
      return OREE_NOT_FOUND;
    case ErrorKind::conflict:
      return OREE_CONFLICT;
    case ErrorKind::denied:
      return OREE_DENIED;
    case ErrorKind::timeout:
      return OREE_TIMEOUT;
    case ErrorKind::busy:
      return OREE_BUSY;
    case ErrorKind::unavailable:
      return OREE_UNAVAILABLE;
    case ErrorKind::full:
      return OREE_FULL;
    case ErrorKind::corrupt:
      return OREE_CORRUPT;
    case ErrorKind::unsupported:
      return OREE_UNSUPPORTED;
    case ErrorKind::bug:
      return OREE_BUG;
  }
  return OREE_BUG;
}

oree_code say(oree_error* error, oree_code code, std::string_view what) {
  if (error == nullptr) return code;
  error->code = code;
  size_t length = std::min(what.size(), sizeof error->message - 1);
  // Not within a character.
  while (length < what.size() && length > 0 && (static_cast<unsigned char>(what[length]) & 0xc0) == 0x80)
    --length;
  std::memcpy(error->message, what.data(), length);
  error->message[length] = '\0';
  return code;
}

oree_code say(oree_error* error, const Error& failure) {
  return say(error, code_of(failure.kind), failure.what);
}

// Runs what may throw only for want of memory.
template <class F>
oree_code guarded(oree_error* error, F work) {
  try {
    const oree_code code = work();
    if (code == OREE_OK) say(error, OREE_OK, "");
    return code;
  } catch (const std::bad_alloc&) {
    return say(error, OREE_FULL, "no memory");
  } catch (const std::exception& failure) {
    return say(error, OREE_BUG, failure.what());
  }
}

// A caller's struct as this version has it: what it is too short for is zero.
template <class T>
Result<T> whole(const T* given) {
  T options{};
  if (given == nullptr) return options;
  if (given->size < sizeof(size_t) || given->size > 4096)
    return fail(ErrorKind::invalid, "the options' `size` must be their sizeof");
  std::memcpy(&options, given, std::min(given->size, sizeof options));
  return options;
}

std::vector<oree_port> ports_of(const std::vector<tensor::TensorSpec>& specs) {
  std::vector<oree_port> ports;
  for (const tensor::TensorSpec& spec : specs)
    ports.push_back(
        {spec.name.c_str(), static_cast<oree_dtype>(spec.dtype), spec.shape.size(), spec.shape.data()});
  return ports;
}

Result<tensor::TensorView> view_of(const oree_tensor& tensor, std::string_view what, size_t i) {
  if (tensor.dtype < OREE_BOOL || tensor.dtype > OREE_BYTES)
    return fail(ErrorKind::invalid, cat(what, " ", i, " has no datatype: ", static_cast<int>(tensor.dtype)));
  if ((tensor.shape == nullptr && tensor.rank > 0) || (tensor.data == nullptr && tensor.bytes > 0))
    return fail(ErrorKind::invalid, cat(what, " ", i, " has no shape or no data"));
  return tensor::TensorView{static_cast<tensor::DType>(tensor.dtype),
                            {tensor.shape, tensor.rank},
                            {static_cast<const std::byte*>(tensor.data), tensor.bytes}};
}

Result<inference::Output> place_of(const oree_tensor& tensor, size_t i) {
  inference::Output output;
  if (tensor.data == nullptr) return output;
  const Result<tensor::TensorView> view = view_of(tensor, "output", i);
  if (!view) return forward(view);
  output.preset = {static_cast<std::byte*>(tensor.data), tensor.bytes};
  output.shape.assign(view->shape.begin(), view->shape.end());
  return output;
}

oree_code run(const oree_model& model, std::span<const oree_tensor> inputs, std::span<oree_tensor> outputs,
              oree_result** result, oree_error* error) {
  std::vector<tensor::TensorView> views;
  for (const oree_tensor& input : inputs) {
    const Result<tensor::TensorView> view = view_of(input, "input", views.size());
    if (!view) return say(error, view.error());
    views.push_back(*view);
  }
  auto made = std::make_unique<oree_result>();
  bool lends = false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    Result<inference::Output> place = place_of(outputs[i], i);
    if (!place) return say(error, place.error());
    lends |= place->preset.empty();
    const bool known = i < model.outputs.size();
    if (known && !place->preset.empty() && outputs[i].dtype != model.outputs[i].dtype)
      return say(error, OREE_INVALID, cat("output ", i, " has another datatype than the model makes"));
    made->outputs.push_back(std::move(*place));
  }
  if (lends && result == nullptr)
    return say(error, OREE_INVALID, "an output without data needs a result to own its memory");
  if (Status ran = model.model->run(views, made->outputs); !ran) return say(error, ran.error());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const inference::Output& output = made->outputs[i];
    outputs[i].dtype = static_cast<oree_dtype>(output.dtype);
    outputs[i].bytes = output.data.size();
    if (!output.preset.empty()) continue;  // the caller's own shape and data stay
    outputs[i].rank = output.shape.size();
    outputs[i].shape = output.shape.data();
    outputs[i].data = const_cast<std::byte*>(output.data.data());
  }
  if (result != nullptr) *result = made.release();
  return OREE_OK;
}

}  // namespace

const char* oree_version(void) {
  return kVersion;
}

oree_code oree_open(const oree_open_options* options, oree_runtime** runtime, oree_error* error) {
  if (runtime == nullptr) return say(error, OREE_INVALID, "there is no place for the runtime");
  *runtime = nullptr;
  return guarded(error, [&] {
    const Result<oree_open_options> given = whole(options);
    if (!given) return say(error, given.error());
    const std::string memory = given->measurements == nullptr ? "" : given->measurements;
    *runtime = new oree_runtime{inference::Backends(inference::standard_backends(), {}, memory)};
    return OREE_OK;
  });
}

void oree_close(oree_runtime* runtime) {
  delete runtime;
}

oree_code oree_load(oree_runtime* runtime, const char* file, const oree_load_options* options,
                    oree_model** model, oree_error* error) {
  if (model != nullptr) *model = nullptr;
  if (runtime == nullptr || file == nullptr || model == nullptr)
    return say(error, OREE_INVALID, "a runtime, a file and a place for the model are needed");
  return guarded(error, [&] {
    const Result<oree_load_options> given = whole(options);
    if (!given) return say(error, given.error());
    Result<inference::Loaded> loaded =
        runtime->backends.load({file}, given->backend == nullptr ? "" : given->backend,
                               {.threads = given->threads == 0 ? 1 : given->threads});
    if (!loaded) return say(error, loaded.error());
    auto made = std::make_unique<oree_model>();
    made->model = std::move(loaded->model);
    made->inputs = ports_of(made->model->signature().inputs);
    made->outputs = ports_of(made->model->signature().outputs);
    *model = made.release();
    return OREE_OK;
  });
}

void oree_unload(oree_model* model) {
  delete model;
}

const char* oree_backend(const oree_model* model) {
  // Names of backends are literals and end with a zero.
  return model == nullptr ? nullptr : model->model->backend().data();
}

size_t oree_input_count(const oree_model* model) {
  return model == nullptr ? 0 : model->inputs.size();
}

size_t oree_output_count(const oree_model* model) {
  return model == nullptr ? 0 : model->outputs.size();
}

const oree_port* oree_input(const oree_model* model, size_t index) {
  return index < oree_input_count(model) ? &model->inputs[index] : nullptr;
}

const oree_port* oree_output(const oree_model* model, size_t index) {
  return index < oree_output_count(model) ? &model->outputs[index] : nullptr;
}

oree_code oree_run(const oree_model* model, const oree_tensor* inputs, size_t input_count,
                   oree_tensor* outputs, size_t output_count, oree_result** result, oree_error* error) {
  if (result != nullptr) *result = nullptr;
  if (model == nullptr || (inputs == nullptr && input_count > 0) || (outputs == nullptr && output_count > 0))
    return say(error, OREE_INVALID, "a model and its tensors are needed");
  return guarded(error,
                 [&] { return run(*model, {inputs, input_count}, {outputs, output_count}, result, error); });
}

void oree_result_free(oree_result* result) {
  delete result;
}
