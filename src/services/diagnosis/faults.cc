#include "services/diagnosis/faults.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace oree::diagnosis {
namespace {

// First what is wrong with files, then with data, with quantised networks, with gates, with other tools.
constexpr std::array kFaults{
    // --- Files
    Fault{"file-broken",
          "The file is cut off or no network at all",
          {"failed to load model", "protobuf parsing failed", "ends early", "invalid protobuf"},
          "a download that broke off, a Git LFS pointer instead of the file, or another format",
          "fetch it again and compare its SHA-256 with the maker's",
          "oree model check FILE"},
    Fault{"circle",
          "Nodes wait for each other in a circle",
          {"nodes wait for each other", "in a circle"},
          "the graph was edited by hand, or written by a tool that reused a name",
          "export it again from where it was trained",
          "oree model check FILE"},
    Fault{"external-data",
          "Weights outside the file are missing or lead elsewhere",
          {"is outside of the model's folder", "is not beside the model", "cannot be kept outside", ""},
          "the network keeps weights in files beside it; one is missing, or its path leaves the folder, "
          "which is "
          "refused because a network is no licence to read the disk",
          "keep all its files in one folder; write it again as one file",
          "oree model convert IN.onnx OUT.onnx"},
    Fault{"nan-weights",
          "Weights are NaN or infinite",
          {"numbers that are nan", "are nan or infinite", "", ""},
          "training diverged, or an export divided by a variance of zero",
          "train or export it again; look at the learning rate and at the normalisation of that layer",
          ""},
    Fault{"old-opset",
          "The opset is too old for 8 bits by channel",
          {"unrecognized attribute: axis for operator dequantizelinear",
           "onnx models with opset version < 10 do not support quantization", "needs opset 13",
           "below opset 13"},
          "below opset 13 QuantizeLinear has no axis; some tools write it all the same and the file does not "
          "load",
          "raise the opset first; `oree optimise run` does so by itself",
          "oree model convert IN.onnx OUT.onnx --opset 17"},
    Fault{"no-kernel",
          "The runtime has no kernel for an operator",
          {"not_implemented", "is not a registered function/op", "no counterpart here",
           "could not find an implementation for"},
          "an operator, or its type or version, that this runtime does not have",
          "fold and fuse first; raise or keep the opset; or use the runtime that the operator is from",
          "oree model convert IN.onnx OUT.onnx --passes --opset 17"},
    Fault{"not-float",
          "There is nothing left to quantise",
          {"one float input is wanted", "start from the float network",
           "nothing in this network can be quantised", ""},
          "its inputs or weights are small integers already, or its sums have no constant weights",
          "start from the float network, before anybody quantised it",
          "oree optimise assess FILE"},
    Fault{
        "packed-weights",
        "A file called float holds weights in 8 bits",
        {"small integers, whatever its name", "", "", ""},
        "a converter packed the weights (dynamic range) while inputs and results stayed in float",
        "look for the network before that; what `oree optimise run` keeps is measured against the packed one",
        "oree optimise assess FILE"},
    Fault{"too-large",
          "A tensor claims to be larger than any machine",
          {"more than 2^40 elements", "larger than a gigabyte", "too large to make up",
           "failed to allocate memory"},
          "a dimension was exported wrongly, or left open and filled with a huge number",
          "export it with the input size that the station uses",
          "oree model show FILE"},
    // --- Data
    Fault{"few-samples",
          "Too few samples to calibrate with",
          {"to calibrate with are too few", "", "", ""},
          "ranges from a handful of samples miss what the line will show",
          "give 100 to 1,000 real samples from where it will work, never random numbers",
          "oree optimise run MODEL --data DIR"},
    Fault{"no-samples",
          "No samples where they were looked for",
          {"no jpeg or png and no inputs.npy", "no such folder with samples", "", ""},
          "the folder is another one, or the pictures have an ending that is not read",
          "pictures in folders of their class, or inputs.npy [N, …] and labels.npy",
          ""},
    Fault{"wrong-samples",
          "Samples do not fit the network's input",
          {"do not fit the model's input", "without a model.yaml beside it",
           "got invalid dimensions for input", ""},
          "another size, order of channels, or preprocessing than the network was trained with",
          "write a model.yaml with its size, layout, mean and scale; arrays must be [N, input]",
          "oree model show FILE"},
    Fault{"nan-samples",
          "Samples or results are NaN or infinite",
          {"is not a number", "values that are no numbers", "", ""},
          "a division by zero in the preprocessing, or a sample that is not what it seems",
          "the message names the sample: look at it and take it out",
          ""},
    // --- Quantised networks
    Fault{"saturation",
          "Sums saturate on machines without VNNI",
          {"may saturate", "channels may saturate", "", ""},
          "x86 without VNNI adds two products of U8 and S8 in 16 bits; full 8-bit weights overflow there and "
          "the same "
          "file that scores 90 % elsewhere scores 9 %",
          "narrow the weights of those channels; `--target avx2` narrows just those that can overflow and "
          "proves it",
          "oree optimise run MODEL --data DIR --out OUT --target avx2"},
    Fault{"signed-activations",
          "Signed activations on x86",
          {"signed activations on x86", "", "", ""},
          "ONNX Runtime must turn S8 into U8 on x86, and cannot where two nodes read a tensor: those run in "
          "float, "
          "slower than before",
          "quantise with U8 activations and S8 weights for each channel",
          "oree optimise run MODEL --data DIR --out OUT --target vnni"},
    Fault{"unsigned-weights",
          "Unsigned weights on x86",
          {"unsigned weights", "", "", ""},
          "there is no fast kernel for U8 times U8 with VNNI: as slow as float, or slower",
          "S8 weights for each channel",
          "oree optimise run MODEL --data DIR --out OUT"},
    Fault{"per-tensor-weights",
          "One scale for all channels of a layer",
          {"one scale for all channels", "", "", ""},
          "channels of very different size share a scale, and the small ones vanish: 0 % on MobileNet",
          "one scale for each output channel (opset 13 or newer)",
          "oree optimise run MODEL --data DIR --out OUT"},
    Fault{"unfused",
          "An operator between integers runs in float",
          {"runs in float: ", "", "", ""},
          "the runtime fuses only exact patterns of DequantizeLinear, operator, QuantizeLinear",
          "each finding says which rule failed and what would mend it",
          "oree optimise explain FILE.onnx"},
    Fault{"mixed-tail",
          "Boxes and scores share a scale",
          {"mixed-range tail", "lead to the last concat", "", ""},
          "coordinates of hundreds of pixels and scores below one meet in a Concat: in 8 bits the scores are "
          "zero",
          "leave what stands behind the last weights in float; `oree optimise run` does",
          "oree optimise run MODEL --data DIR --out OUT"},
    Fault{"recurrent",
          "A small recurrent network in 8 bits",
          {"dynamicquantizelstm", "", "", ""},
          "with a hidden size below about 128 quantising each step costs more than it saves",
          "leave it in float",
          "oree optimise bench OLD.onnx --compare NEW.onnx"},
    Fault{"nan-answers",
          "Its answers are NaN or infinite",
          {"answers are nan", "", "", ""},
          "numbers beyond 65,504 in 16 bits, or a normalisation that divides by zero",
          "leave the layers that need the range in 32 bits",
          "oree model convert IN OUT --precision float16"},
    // --- Gates
    Fault{
        "gate-accuracy",
        "The accuracy gate fails",
        {"the integers lose too much", "", "", ""},
        "some layers mind 8 bits more than others, or the samples are not those of the line",
        "rank the layers and keep the worst in float; give more and better samples; train on with pruning or "
        "quantisation in the loop",
        "oree optimise assess MODEL --data DIR"},
    Fault{"gate-speed",
          "The speed gate fails",
          {"integers gain less than that here", "", "", ""},
          "the network is so small that the runtime's own work is most of it, too much stayed in float, or "
          "this "
          "processor has no fast integer sums",
          "see what runs in float; try more threads; ask for what you need with --min-speedup",
          "oree optimise explain FILE.onnx"},
    Fault{"gate-steadiness",
          "The steadiness gate fails",
          {"its times vary more", "", "", ""},
          "something else works on this machine, or the processor changes its frequency",
          "measure on a quiet machine; fix the frequency; or allow more with --max-variation",
          "oree optimise bench MODEL --seconds 30"},
    Fault{"gate-memory",
          "The memory gate fails",
          {"too much of it is not weights, or stayed in float", "", "", ""},
          "in small networks results and the runtime itself outweigh the weights",
          "smaller inputs; or ask for what you need with --min-memory",
          "oree optimise assess MODEL"},
    Fault{"gate-sums",
          "A 32-bit sum may overflow",
          {"a 32-bit accumulator may overflow", "", "", ""},
          "very many inputs to one output, with a large bias",
          "leave that layer in float",
          "oree optimise run MODEL --data DIR --out OUT --keep-float LAYER"},
    Fault{"gate-robustness",
          "The robustness gate fails",
          {"disturbed inputs cost it more than the float network", "", "", ""},
          "ranges were chosen from clean samples only",
          "put disturbed samples among those for calibration",
          ""},
    Fault{"too-few-to-tell",
          "Too few samples to be sure",
          {"are too few to be sure", "are too few to tell", "", ""},
          "the interval of the measured share is wider than what the gate allows",
          "give more labelled samples: 300 bound a loss of 1 % about",
          ""},
    // --- Other tools
    Fault{"ort-ambiguous",
          "ONNX Runtime's quantiser stops with 'truth value of an array'",
          {"the truth value of an array with more than one element is ambiguous", "", "", ""},
          "its adjustment of scales for 32-bit biases fails per channel on some shapes and on old opsets",
          "raise the opset, or let Orée quantise",
          "oree optimise run MODEL --data DIR --out OUT"},
    Fault{"ort-sympy",
          "ONNX Runtime's quantiser wants sympy",
          {"sympy is required", "", "", ""},
          "shape inference of its preprocessing needs a package that it does not declare",
          "pip install sympy",
          ""},
    Fault{"olive-data",
          "Olive wants a data set from a hub",
          {"no module named 'datasets'", "", "", ""},
          "its default calibration loads one by name",
          "give it a user_script with your own samples",
          ""},
    Fault{"lite-signature",
          "The TensorFlow Lite file has no signature",
          {"none signature_key provided", "", "", ""},
          "some tools calibrate only through a signature; MLPerf Tiny's files have none",
          "Orée needs none",
          "oree optimise run NET.tflite --data DIR --out OUT"},
    Fault{"micro-arena",
          "TFLite Micro's arena is too small",
          {"arena size is too small", "failed to resize buffer", "failed to allocate tensors",
           "allocatetensors() failed"},
          "the arena was guessed",
          "give it what the plan says",
          "oree export NET.tflite DIR --as c"},
    Fault{"micro-operator",
          "TFLite Micro lacks an operator",
          {"didn't find op for builtin opcode", "failed to get registration from op code", "", ""},
          "the resolver was not told of an operator that the network has",
          "add those that the export lists",
          "oree export NET.tflite DIR --as c"},
    Fault{"out-of-memory",
          "Calibration needs more memory than there is",
          {"memoryerror", "std::bad_alloc", "oom-kill", "out of memory"},
          "some calibrators keep every result of every sample until the end: gigabytes for a handful of "
          "pictures",
          "a calibrator that keeps a histogram of fixed size",
          "oree optimise run MODEL --data DIR --out OUT"},
    Fault{"library-missing",
          "ONNX Runtime is not found",
          {"onnx runtime was not found", "libonnxruntime.so", "", ""},
          "the shared library is not where the program looks",
          "put libonnxruntime.so.1 beside the program or name it in OREE_ONNXRUNTIME",
          "oree version"}};

}  // namespace

std::span<const Fault> faults() {
  return kFaults;
}

const Fault* find_fault(std::string_view id) {
  const auto found = std::ranges::find(kFaults, id, &Fault::id);
  return found == kFaults.end() ? nullptr : &*found;
}

std::vector<const Fault*> faults_in(std::string_view text) {
  const std::string low = lower(text);
  std::vector<const Fault*> out;
  for (const Fault& fault : kFaults) {
    const bool seen = std::ranges::any_of(fault.signs, [&](std::string_view sign) {
      return !sign.empty() && low.find(sign) != std::string::npos;
    });
    if (seen) out.push_back(&fault);
  }
  return out;
}

}  // namespace oree::diagnosis
