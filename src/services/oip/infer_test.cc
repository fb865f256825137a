// Inference in every wire form: what goes in comes out, in the form that was asked for.
#include "services/oip/infer.h"

#include <doctest/doctest.h>

#include "platform/http/coding/coding.h"
#include "services/oip/testing/dialect.h"
#include "services/oip/testing/shared_object.h"

namespace oree::oip {
namespace {

using testing::Answer;
using testing::bytes_of;
using testing::Dialect;
using testing::texts_of;
using testing::values_of;

constexpr std::string_view kHead = R"({"model_name":"simple","model_version":"1")";
constexpr std::string_view kSimple =
    R"({"inputs":[{"name":"INPUT0","shape":[1,16],"datatype":"INT32",)"
    R"("data":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]},{"name":"INPUT1","shape":[1,16],"datatype":"INT32",)"
    R"("data":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}]})";
const std::string kSum = "[2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]";
const std::string kDifference = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]";

std::string one(std::string_view datatype, std::string_view shape, std::string_view data) {
  return cat(R"({"inputs":[{"name":"x","shape":)", shape, R"(,"datatype":")", datatype, R"(","data":)", data,
             "}]}");
}

std::string echoed(std::string_view model, std::string_view datatype, std::string_view shape,
                   std::string_view data) {
  return cat(R"({"model_name":")", model, R"(","model_version":"1","outputs":[{"name":"y","datatype":")",
             datatype, R"(","shape":)", shape, R"(,"data":)", data, "}]}");
}

TEST_CASE("JsonInJsonOut") {
  const Dialect dialect;
  const Answer answer = dialect.infer("simple", kSimple);
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.body ==
        cat(kHead, R"(,"outputs":[{"name":"OUTPUT0","datatype":"INT32","shape":[1,16],"data":)", kSum,
            R"(},{"name":"OUTPUT1","datatype":"INT32","shape":[1,16],"data":)", kDifference, "}]}"));
  CHECK(dialect.call("POST", "/v2/models/simple/versions/1/infer", kSimple).body == answer.body);
}

TEST_CASE("EveryDatatypeOfJsonComesBackExactly") {
  const Dialect dialect;
  struct Row {
    std::string_view datatype, data;
  };
  constexpr Row kRows[] = {
      {"BOOL", "[true,false]"},
      {"UINT8", "[0,255]"},
      {"UINT16", "[0,65535]"},
      {"UINT32", "[0,4294967295]"},
      {"UINT64", "[0,18446744073709551615]"},
      {"INT8", "[-128,127]"},
      {"INT16", "[-32768,32767]"},
      {"INT32", "[-2147483648,2147483647]"},
      {"INT64", "[-9223372036854775808,9223372036854775807]"},
      {"FP32", "[0.1,-3.4028235e+38]"},
      {"FP64", "[0.1,-1.7976931348623157e+308]"},
      {"BYTES", R"(["a\n\"é","" ])"},
  };
  for (const Row& row : kRows) {
    const std::string model = lower(row.datatype);
    const Answer answer = dialect.infer(model, one(row.datatype, "[2]", row.data));
    const std::string data = row.datatype == "BYTES" ? R"(["a\n\"é",""])" : std::string(row.data);
    CHECK_MESSAGE(answer.body == echoed(model, row.datatype, "[2]", data), row.datatype);
  }
}

TEST_CASE("DataMayBeNestedAndMembersComeInAnyOrder") {
  const Dialect dialect;
  const std::string nested = echoed("fixed", "FP32", "[2,3]", "[1,2,3,4,5,6]");
  for (
      const std::string_view input : {
          R"({"data":[[1,2,3],[4,5,6]],"datatype":"FP32","name":"x","shape":[2,3]})",
          R"({"shape":[2,3],"data":[1,2,3,4,5,6],"name":"x","datatype":"FP32","extra":{"a":[1]}})",
          R"({"name":"x","datatype":"FP32","parameters":{"unknown":"]"},"data":[[[1],[2],[3]],[[4],[5],[6]]],"shape":[2,3]})",
          R"({"name":"\u0078","shape":[ 2 , 3 ],"datatype":"FP32","data":[ [1, 2, 3] , [4, 5, 6 ] ]})",
      }) {
    const Answer answer = dialect.infer("fixed", cat(R"({"outputs":[{"name":"y"}],"inputs":[)", input, "]}"));
    CHECK_MESSAGE(answer.body == nested, input);
  }
  const Answer texts = dialect.infer(
      "bytes", R"({"inputs":[{"data":[["a"],["b","c"]],"name":"x","datatype":"BYTES","shape":[3]}]})");
  CHECK(texts.body == echoed("bytes", "BYTES", "[3]", R"(["a","b","c"])"));
}

TEST_CASE("TheIdIsEchoedAndOutputsComeAsAskedFor") {
  const Dialect dialect;
  const std::string body = cat(R"({"id":"a\"7","outputs":[{"name":"OUTPUT1"}],)", kSimple.substr(1));
  CHECK(dialect.infer("simple", body).body ==
        cat(kHead, R"(,"id":"a\"7","outputs":[{"name":"OUTPUT1","datatype":"INT32","shape":[1,16],"data":)",
            kDifference, "}]}"));
}

TEST_CASE("BinaryTensorsBothWaysAtAnyAlignment") {
  const Dialect dialect;
  const std::vector<int32_t> a(16, 40), b(16, 2);
  for (int pad = 0; pad < 4; ++pad) {
    const std::string json = cat(
        std::string(static_cast<size_t>(pad), ' '),
        R"({"parameters":{"binary_data_output":true},"inputs":[{"name":"INPUT0","shape":[1,16],"datatype":"INT32","parameters":{"binary_data_size":64}},{"name":"INPUT1","shape":[1,16],"datatype":"INT32","parameters":{"binary_data_size":64}}]})");
    const Answer answer = dialect.infer_binary("simple", json, bytes_of(a) + bytes_of(b));
    REQUIRE(answer.status == 200);
    CHECK(answer.header("Content-Type") == "application/octet-stream");
    CHECK(
        answer.body.substr(0, answer.json_length()) ==
        cat(kHead,
            R"(,"outputs":[{"name":"OUTPUT0","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}},{"name":"OUTPUT1","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}}]})"));
    CHECK(values_of<int32_t>(answer.body.substr(answer.json_length(), 64)) == std::vector<int32_t>(16, 42));
    CHECK(values_of<int32_t>(answer.body.substr(answer.json_length() + 64)) == std::vector<int32_t>(16, 38));
  }
}

TEST_CASE("AnOutputsOwnWordCountsMoreThanTheRequests") {
  const Dialect dialect;
  const std::string head =
      R"({"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":false}},{"name":"OUTPUT1"}],)";
  const Answer mixed =
      dialect.infer("simple", cat(head, R"("parameters":{"binary_data_output":true},)", kSimple.substr(1)));
  CHECK(mixed.body.find(kSum) != std::string::npos);
  CHECK(values_of<int32_t>(mixed.body.substr(mixed.json_length()))[15] == 15);
  const std::string other =
      R"({"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}},{"name":"OUTPUT1"}],)";
  const Answer binary = dialect.infer("simple", cat(other, kSimple.substr(1)));
  CHECK(binary.body.find(kDifference) != std::string::npos);
  CHECK(values_of<int32_t>(binary.body.substr(binary.json_length()))[15] == 17);
}

TEST_CASE("HalvesTravelInBinaryOnly") {
  const Dialect dialect;
  for (const std::string_view datatype : {"FP16", "BF16"}) {
    const std::string model = lower(datatype);
    const std::string input = cat(R"({"inputs":[{"name":"x","shape":[2],"datatype":")", datatype,
                                  R"(","parameters":{"binary_data_size":4}}])");
    const std::string bytes = bytes_of<uint16_t>({0x3C00, 0xFFFF});
    const Answer answer =
        dialect.infer_binary(model, cat(input, R"(,"parameters":{"binary_data_output":true}})"), bytes);
    REQUIRE(answer.status == 200);
    CHECK(answer.body.substr(answer.json_length()) == bytes);
    const Answer refused = dialect.infer_binary(model, input + "}", bytes);
    CHECK(refused.status == 501);
    CHECK(refused.error() ==
          cat("sending ", datatype,
              " data via JSON is not supported. Please use the binary data format for output 'y'"));
    CHECK(dialect.infer(model, one(datatype, "[1]", "[1.5]")).error() ==
          cat("receiving ", datatype,
              " data via JSON is not supported. Please use the binary data format for input x"));
  }
}

TEST_CASE("TextsAndBooleansInBinary") {
  const Dialect dialect;
  const std::string texts = texts_of({"hello", "", std::string("\0\xFF", 2)});
  const Answer answer = dialect.infer_binary(
      "bytes",
      cat(R"({"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[3],"datatype":"BYTES","parameters":{"binary_data_size":)",
          texts.size(), "}}]}"),
      texts);
  REQUIRE(answer.status == 200);
  CHECK(answer.body.substr(answer.json_length()) == texts);
  const Answer flags = dialect.infer_binary(
      "bool",
      R"({"inputs":[{"name":"x","shape":[3],"datatype":"BOOL","parameters":{"binary_data_size":3}}]})",
      std::string("\1\0\1", 3));
  CHECK(flags.body == echoed("bool", "BOOL", "[3]", "[true,false,true]"));
}

TEST_CASE("ARawRequestIsTheOneInputsBytes") {
  const Dialect dialect;
  const std::vector<http::Header> raw{{"Inference-Header-Content-Length", "0"}};
  const std::vector<float> values{1, 2.5f, -3};
  const Answer answer = dialect.infer("fp32", bytes_of(values), raw);
  REQUIRE(answer.status == 200);
  CHECK(values_of<float>(answer.body.substr(answer.json_length())) == values);
  CHECK(answer.body.find(R"("shape":[3])") != std::string::npos);
  const Answer batch = dialect.infer("classes", bytes_of<float>({1, 2, 3, 4}), raw);
  CHECK(batch.body.find(R"("shape":[1,4])") != std::string::npos);
  const Answer text = dialect.infer("text", "hello", raw);
  CHECK(text.body.substr(text.json_length()) == texts_of({"hello"}));
  CHECK(dialect.infer("simple", "x", raw).error() ==
        "Raw request must only have 1 input (found 1) to be deduced but got 2 inputs in 'simple' model "
        "configuration");
  CHECK(dialect.infer("wild", "xxxx", raw).error() ==
        "The shape of the raw input 'x' can not be deduced because there are more than one variable-sized "
        "dimension, in model 'wild'");
  CHECK(dialect.infer("bytes", "xxxx", raw).error() ==
        "For BYTE datatype raw input 'x', the model must have input shape [1]");
  CHECK(dialect.infer("fp32", "xxx", raw).error().find("no multiple of the 4 bytes") != std::string::npos);
  CHECK(dialect.infer("fixed", "xxxx", raw).error() ==
        "input byte size mismatch for input 'x' for model 'fixed'. Expected 24, got 4");
}

TEST_CASE("ClassesComeAsTextHighestFirst") {
  const Dialect dialect;
  const std::string body =
      R"({"outputs":[{"name":"y","parameters":{"classification":3}}],"inputs":[{"name":"x","shape":[2,4],"datatype":"FP32","data":[0.1,0.5,0.25,0.5,4,3,2,1]}]})";
  CHECK(
      dialect.infer("classes", body).body ==
      echoed(
          "classes", "BYTES", "[2,3]",
          R"(["0.500000:1:dog","0.500000:3:duck","0.250000:2","4.000000:0:cat","3.000000:1:dog","2.000000:2"])"));
  const auto all = [](std::string_view datatype, std::string_view data) {
    return cat(R"({"outputs":[{"name":"y","parameters":{"classification":9}}],)",
               one(datatype, "[2]", data).substr(1));
  };
  CHECK(dialect.infer("int8", all("INT8", "[-1,7]")).body ==
        echoed("int8", "BYTES", "[2]", R"(["7:1","-1:0"])"));
  CHECK(dialect.infer("bytes", all("BYTES", R"(["a","b"])")).error() ==
        "class result not available for output 'y' due to unsupported type 'BYTES'");
  const std::string binary =
      R"({"outputs":[{"name":"y","parameters":{"classification":1,"binary_data":true}}],)";
  const Answer answer = dialect.infer("fp32", cat(binary, one("FP32", "[2]", "[1,2]").substr(1)));
  CHECK(answer.body.substr(answer.json_length()) == texts_of({"2.000000:1"}));
}

TEST_CASE("TensorsInSharedMemoryAreReadAndWrittenThere") {
  Dialect dialect;
  testing::SharedObject object(4096);
  REQUIRE(dialect.oip.shared_memory().add("r", object.key(), 0, 4096));
  for (int i = 0; i < 16; ++i) object.as<int32_t>()[i] = i;
  for (int i = 16; i < 32; ++i) object.as<int32_t>()[i] = 100;
  const auto input = [](std::string_view name, int offset) {
    return cat(
        R"({"name":")", name,
        R"(","shape":[1,16],"datatype":"INT32","parameters":{"shared_memory_region":"r","shared_memory_offset":)",
        offset, R"(,"shared_memory_byte_size":64}})");
  };
  const Answer answer = dialect.infer(
      "simple",
      cat(R"({"inputs":[)", input("INPUT0", 0), ",", input("INPUT1", 64),
          R"(],"outputs":[{"name":"OUTPUT0","parameters":{"shared_memory_region":"r","shared_memory_offset":1024,"shared_memory_byte_size":64}}]})"));
  CHECK(answer.body == cat(kHead, R"(,"outputs":[{"name":"OUTPUT0","datatype":"INT32","shape":[1,16]}]})"));
  CHECK(object.as<int32_t>()[256] == 100);
  CHECK(object.as<int32_t>()[271] == 115);
}

TEST_CASE("SharedMemoryIsForThoseWhoMayUseIt") {
  const std::string body =
      R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","parameters":{"shared_memory_region":"r","shared_memory_byte_size":4}}]})";
  const auto ask = [&](RegionsFor regions, std::string_view peer) {
    const Dialect dialect(regions);
    http::Request request = dialect.request("POST", "/v2/models/fp32/infer", body);
    request.peer = peer;
    return testing::plain(dialect.send(request)).status;
  };
  CHECK(ask(RegionsFor::this_machine, "127.0.0.1:5") == 404);  // no such region
  CHECK(ask(RegionsFor::this_machine, "10.1.2.3:5") == 501);
  CHECK(ask(RegionsFor::everybody, "10.1.2.3:5") == 404);
  CHECK(ask(RegionsFor::nobody, "127.0.0.1:5") == 501);
}

TEST_CASE("CompressedBothWays") {
  const Dialect dialect;
  const std::string wanted = dialect.infer("simple", kSimple).body;
  for (const http::Coding coding : {http::Coding::gzip, http::Coding::deflate}) {
    const std::string name(http::coding_name(coding));
    const Answer answer = dialect.infer("simple", *http::encode(coding, kSimple),
                                        {{"Content-Encoding", name}, {"Accept-Encoding", name}});
    REQUIRE(answer.status == 200);
    CHECK(answer.header("Content-Encoding") == name);
    CHECK(http::decode(coding, answer.body, 4096) == wanted);
  }
  const Answer binary =
      dialect.infer("simple", cat(R"({"parameters":{"binary_data_output":true},)", kSimple.substr(1)),
                    {{"Accept-Encoding", "gzip"}});
  const auto inflated = http::decode(http::Coding::gzip, binary.body, 4096);
  REQUIRE(inflated.has_value());
  CHECK(values_of<int32_t>(inflated->substr(binary.json_length() + 64))[15] == 15);
  CHECK(dialect.infer("simple", kSimple, {{"Content-Encoding", "br"}}).error() ==
        "Unsupported compression type");
  CHECK(dialect.infer("simple", kSimple, {{"Content-Encoding", "br"}}).status == 501);
  CHECK(dialect.infer("simple", kSimple, {{"Content-Encoding", "gzip"}}).status == 400);
  const std::string bomb = *http::encode(http::Coding::gzip, std::string(65 << 20, ' '));
  CHECK(dialect.infer("simple", bomb, {{"Content-Encoding", "gzip"}}).error() ==
        "the body inflates to more than 67.1 MB");
}

TEST_CASE("QuickIsWhatTheIoThreadMayDo") {
  const Dialect dialect;
  const auto quick = [&](std::string_view path, std::string_view body,
                         std::vector<http::Header> headers = {}) {
    http::Request request = dialect.request("POST", path, body, std::move(headers));
    http::Router::Match match = dialect.router.match("POST", path);
    REQUIRE(match.route != nullptr);
    request.captures = std::move(match.captures);
    return match.route->inline_when(request);
  };
  const std::string infer = "/v2/models/simple/infer";
  const std::string large(100'000, ' ');
  CHECK(quick(infer, kSimple));
  CHECK(quick(infer, large, {{"Inference-Header-Content-Length", "10"}}));
  CHECK_FALSE(quick(infer, large));
  CHECK_FALSE(quick(infer, kSimple, {{"Content-Encoding", "gzip"}}));
  CHECK_FALSE(quick(infer, kSimple, {{"Accept-Encoding", "gzip"}}));
  CHECK_FALSE(quick("/v2/models/none/infer", kSimple));
}

TEST_CASE("GenerateTakesMembersAndGivesMembers") {
  const Dialect dialect;
  const auto ask = [&](std::string_view model, std::string_view body, std::string_view how = "generate") {
    return dialect.call("POST", cat("/v2/models/", model, "/", how), body);
  };
  CHECK(ask("text", R"({"id":"7","x":"hello","temperature":0.5})").body ==
        R"({"model_name":"text","model_version":"1","id":"7","y":"hello"})");
  CHECK(ask("pair", R"({"parameters":{"b":[1,2,3],"top_k":1},"a":[0.5,1]})").body ==
        R"({"model_name":"pair","model_version":"1","a":[0.5,1],"b":[1,2,3]})");
  CHECK(ask("fixed", R"({"x":[1,2,3,4,5,6]})").body ==
        R"({"model_name":"fixed","model_version":"1","y":[1,2,3,4,5,6]})");
  CHECK(dialect.call("POST", "/v2/models/bool/versions/1/generate", R"({"x":true})").body ==
        R"({"model_name":"bool","model_version":"1","y":true})");
  const Answer stream = ask("text", R"({"x":"hello"})", "generate_stream");
  CHECK(stream.header("Content-Type") == "text/event-stream; charset=utf-8");
  CHECK(stream.body == "data: {\"model_name\":\"text\",\"model_version\":\"1\",\"y\":\"hello\"}\n\n");
  CHECK(ask("fixed", R"({"x":[1,2,3,4,5]})").error() ==
        "The schema can not convert input 'x' to tensor with proper shape");
  CHECK(ask("int8", R"({"x":128})").error() ==
        "Unable to parse 'x': attempt to access JSON non-signed-integer as signed-integer");
  CHECK(ask("text", R"({"x":7})").error() ==
        "Unable to parse 'x': attempt to access JSON non-string as string");
  CHECK(ask("bool", R"({"x":1})").error() ==
        "Unable to parse 'x': attempt to access JSON non-boolean as boolean");
  CHECK(ask("fixed", R"({"x":[[1,2,3],[4,5,6]]})").body ==
        R"({"model_name":"fixed","model_version":"1","y":[1,2,3,4,5,6]})");
  CHECK(ask("text", "x").error() == "failed to parse the request JSON buffer: Invalid value. at 0");
  CHECK(ask("text", R"({"x":"a","more":[1]})").error() ==
        "parameter 'more' has invalid type. It should be either 'int', 'bool', or 'string'.");
  CHECK(ask("text", R"({"x":"a","parameters":1})").error() ==
        "Expected JSON object for keyword: 'parameters'");
  CHECK(ask("text", "[]", "generate_stream").error() == "attempt to access JSON non-object as object");
  CHECK(ask("text", "{}").error().starts_with("expected 1 inputs but got 0 inputs for model 'text'"));
}

}  // namespace
}  // namespace oree::oip
