#include "services/serving/outputs/decoder.h"

#include "base/text.h"

namespace oree::serving {

namespace {

struct Row {
  package::Decode decode;
  Decoder decoder;
};

constexpr Row kDecoders[] = {
    {package::Decode::softmax, decode_softmax},
    {package::Decode::probabilities, decode_probabilities},
    {package::Decode::yolov5, decode_yolov5},
    {package::Decode::yolov8, decode_yolov8},
    {package::Decode::yolox, decode_yolox},
    {package::Decode::ssd, decode_ssd},
    {package::Decode::yolov2, decode_yolov2},
    {package::Decode::corners, decode_corners},
    {package::Decode::softmax_map, decode_softmax_map},
    {package::Decode::sigmoid_map, decode_sigmoid_map},
    {package::Decode::probability_map, decode_probability_map},
};

}  // namespace

Result<Decoder> decoder_for(package::Decode decode) {
  for (const Row& row : kDecoders) {
    if (row.decode == decode) return row.decoder;
  }
  return fail(ErrorKind::unsupported,
              cat("no decoder for outputs of kind '", package::decode_name(decode), "'"));
}

}  // namespace oree::serving
