// Clients to load something with: a server that speaks the Open Inference Protocol, or a network in this
// process.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/inference/model.h"
#include "platform/http/client.h"
#include "services/loader/loop.h"

namespace oree::loader {

enum class Form { binary, json };

// A question made up for a model: random numbers of every datatype, the same for every client.
struct Question {
  std::vector<tensor::TensorSpec> inputs;  // concrete shapes
  std::vector<std::vector<std::byte>> data;
};
// Variable dimensions become 1, or what `shapes` says for the input's name.
Result<Question> make_question(std::vector<tensor::TensorSpec> inputs,
                               const std::map<std::string, tensor::Shape>& shapes, uint64_t seed);

// What a server says its model takes.
Result<std::vector<tensor::TensorSpec>> ask_inputs(const std::string& server, const std::string& model);

// POST /v2/models/{model}/infer, the connection kept. `server` is "http://127.0.0.1:8000".
Result<MakeAsker> http_askers(const std::string& server, const std::string& model, const Question& question,
                              Form form);
// The network's own run(); `model` must outlive the askers.
MakeAsker local_askers(const inference::Model& model, const Question& question);

}  // namespace oree::loader
