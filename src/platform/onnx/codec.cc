#include "platform/onnx/codec.h"

#include "platform/onnx/convert.h"
#include "platform/onnx/survey.h"

namespace oree::onnx {

Result<Model> parse(ByteView bytes, const Limits& limits) {
  const uint64_t most = std::min(limits.bytes, (uint64_t{1} << 31) - 1);
  if (bytes.size() > most) {
    return fail(ErrorKind::invalid, "the file has " + size_text(bytes.size()) + ", more than the " +
                                        size_text(most) +
                                        " allowed; keep its weights in an external data file");
  }
  if (bytes.empty()) return fail(ErrorKind::corrupt, "the file is empty");
  if (auto ok = survey(bytes, limits.records); !ok) return forward(ok);
  pb::ModelProto message;
  if (!message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorKind::corrupt,
                "this is no ONNX file: protobuf cannot read it; fetch or export it again");
  }
  if (!message.has_graph()) {
    return fail(ErrorKind::corrupt, "this is no ONNX file: it holds no graph; fetch or export it again");
  }
  return read_model(message, limits);
}

Result<std::string> print(const Model& model) {
  pb::ModelProto message;
  if (auto done = write_model(model, message); !done) return forward(done);
  if (message.ByteSizeLong() >= (uint64_t{1} << 31)) {
    return fail(ErrorKind::invalid, "the model has " + size_text(message.ByteSizeLong()) +
                                        ", more than one file may hold (2 GiB); store its weights outside");
  }
  return message.SerializePartialAsString();
}

}  // namespace oree::onnx
