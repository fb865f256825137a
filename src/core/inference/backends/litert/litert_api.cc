#include "core/inference/backends/litert/litert_api.h"

#include "base/text.h"

namespace oree::inference::litert {

Result<Api> bind(Library& library) {
  Api api{};
  library.find("LiteRtCreateEnvironment", api.create_environment);
  library.find("LiteRtDestroyEnvironment", api.destroy_environment);
  library.find("LiteRtCreateModelFromBuffer", api.create_model);
  library.find("LiteRtDestroyModel", api.destroy_model);
  library.find("LiteRtCreateOptions", api.create_options);
  library.find("LiteRtDestroyOptions", api.destroy_options);
  library.find("LiteRtSetOptionsHardwareAccelerators", api.set_accelerators);
  library.find("LiteRtCreateOpaqueOptions", api.create_opaque);
  library.find("LiteRtAddOpaqueOptions", api.add_opaque);
  library.find("LiteRtCreateCompiledModel", api.compile);
  library.find("LiteRtDestroyCompiledModel", api.destroy_compiled);
  library.find("LiteRtGetModelSignature", api.get_signature);
  library.find("LiteRtGetNumSignatureInputs", api.count_inputs);
  library.find("LiteRtGetNumSignatureOutputs", api.count_outputs);
  library.find("LiteRtGetSignatureInputTensorByIndex", api.input_tensor);
  library.find("LiteRtGetSignatureOutputTensorByIndex", api.output_tensor);
  library.find("LiteRtGetTensorName", api.tensor_name);
  library.find("LiteRtCompiledModelResizeInputTensor", api.resize_input);
  library.find("LiteRtGetCompiledModelOutputTensorLayouts", api.output_layouts);
  library.find("LiteRtCreateTensorBufferFromHostMemory", api.buffer_over);
  library.find("LiteRtDestroyTensorBuffer", api.destroy_buffer);
  library.find("LiteRtRunCompiledModel", api.run);
  if (library.missing().empty()) return api;
  return fail(ErrorKind::unsupported,
              cat(library.file().string(), " is no LiteRT 2.3 or newer: it lacks ", library.missing()));
}

std::unexpected<Error> failure(int status, std::string_view what) {
  const auto say = [&](ErrorKind kind, std::string_view why) {
    return fail(kind, cat(what, ": LiteRT says '", why, "' (", status, ")"));
  };
  switch (status) {
    case 2:
      return say(ErrorKind::full, "no memory");
    case 5:
      return say(ErrorKind::unsupported, "unsupported");
    case 500:
      return say(ErrorKind::invalid, "the file cannot be read");
    case 501:
      return say(ErrorKind::invalid, "no valid flatbuffer");
    case 504:
      return say(ErrorKind::unsupported, "it cannot be compiled");
    case 1001:
    case 1002:
      return say(ErrorKind::invalid, "the graph makes no sense");
    default:
      return say(ErrorKind::invalid, "it failed");
  }
}

}  // namespace oree::inference::litert
