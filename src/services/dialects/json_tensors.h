// Tensors as JSON arrays, as TensorFlow Serving and KServe's first protocol write them: without datatypes and
// shapes, which come from the model; bytes as {"b64": "…"}; as rows (one value per example) or as columns.
// https://www.tensorflow.org/tfx/serving/api_rest, "Request format"
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/inference/service/service.h"
#include "platform/json/reader.h"

namespace oree::dialects {

// One input while its rows come in. `dims` are those of the value as it was written: of one row, or of the
// whole column.
struct Column {
  std::vector<std::byte> bytes;
  tensor::Shape dims;
  size_t rows = 0;
};

// What a body asks.
struct Question {
  std::string signature;                              // "" = serving_default
  bool by_rows = true;                                // "instances"; false: "inputs"
  std::map<std::string, Column, std::less<>> inputs;  // by the model's names
};

// `invalid` names the key. Elements beyond `limit` per tensor are refused.
Result<Question> read_question(json::Reader& reader, std::string_view body,
                               const inference::Description& model);

// A question as a call's inputs; the call borrows from `question` and `shapes`.
Status fill_call(const Question& question, const inference::Description& model,
                 std::vector<tensor::Shape>& shapes, inference::Call& call);

// The answer: {"predictions": rows} or {"outputs": columns}; one output is its bare value, several are named.
// Text whose name ends in "_bytes" becomes {"b64": "…"}. NaN and infinity as TensorFlow Serving writes them.
Result<std::string> print_answer(const inference::Call& call, bool by_rows);

// One element of a tensor, as JSON. For classify and regress.
void print_element(std::string& out, const tensor::TensorView& view, size_t index);

}  // namespace oree::dialects
