#include "services/oip/grpc/infer_request.h"

#include <doctest/doctest.h>

#include "services/oip/grpc/protobuf.h"

namespace oree::oip {
namespace {

using protobuf::Writer;
using tensor::DType;

// A ModelInferRequest, bit by bit.
struct Request {
  std::string bytes;
  Writer writer{bytes};

  Request() { writer.text(1, "simple"); }

  template <class Fill>
  Request& input(std::string_view name, std::string_view datatype, std::vector<int64_t> shape, Fill fill) {
    const size_t start = writer.begin(5);
    writer.text(1, name);
    writer.text(2, datatype);
    writer.packed(3, shape);
    fill(writer);
    writer.end(start);
    return *this;
  }
  Request& input(std::string_view name, std::string_view datatype, std::vector<int64_t> shape) {
    return input(name, datatype, std::move(shape), [](Writer&) {});
  }
  Request& raw(std::string_view content) {
    writer.always_text(7, content);
    return *this;
  }
  template <class Value>
  Request& parameter(std::string_view key, Value value) {
    write_parameter(writer, 4, key, value);
    return *this;
  }

  static void write_parameter(Writer& writer, uint32_t number, std::string_view key, auto value) {
    const size_t entry = writer.begin(number);
    writer.always_text(1, key);
    const size_t within = writer.begin(2);
    if constexpr (std::is_same_v<decltype(value), bool>) {
      writer.always_integer(1, value ? 1 : 0);
    } else if constexpr (std::is_same_v<decltype(value), int64_t>) {
      writer.always_integer(2, static_cast<uint64_t>(value));
    } else if constexpr (std::is_same_v<decltype(value), uint64_t>) {
      writer.always_integer(5, value);
    } else {
      writer.always_text(3, value);
    }
    writer.end(within);
    writer.end(entry);
  }
};

Status decode(const Request& request, InferCall& call) {
  call.clear_call();
  return decode_infer_request(as_bytes(request.bytes), call);
}

std::string why_not(const Request& request) {
  InferCall* call = nullptr;
  struct Silent final : InferCall {
    void finished(Status) override {}
  } silent;
  call = &silent;
  const Status decoded = decode(request, *call);
  return decoded ? "" : decoded.error().what;
}

struct TestCall final : InferCall {
  void finished(Status) override {}
};

auto contents(auto fill) {
  return [fill](Writer& writer) {
    const size_t start = writer.begin(5);
    fill(writer);
    writer.end(start);
  };
}

}  // namespace

TEST_CASE("Raw contents are views into the request") {
  Request request;
  request.writer.text(2, "3");
  request.writer.text(3, "id-7");
  request.input("a", "INT32", {1, 2}).input("b", "FP32", {2}).raw("12345678").raw("abcdefgh");
  TestCall call;
  REQUIRE(decode(request, call));
  CHECK(call.model_name == "simple");
  CHECK(call.model_version == "3");
  CHECK(call.id == "id-7");
  REQUIRE(call.inputs.size() == 2);
  CHECK(call.inputs[0].name == "a");
  CHECK(call.inputs[0].dtype == DType::i32);
  CHECK(std::vector(call.inputs[0].shape.begin(), call.inputs[0].shape.end()) == std::vector<int64_t>{1, 2});
  CHECK(as_text(call.inputs[0].data) == "12345678");
  CHECK(as_text(call.inputs[1].data) == "abcdefgh");
  const char* start = request.bytes.data();
  CHECK(as_text(call.inputs[1].data).data() > start);
  CHECK(as_text(call.inputs[1].data).data() < start + request.bytes.size());
}

TEST_CASE("Numbers in typed contents become the tensor's bytes") {
  Request request;
  request
      .input("i16", "INT16", {3}, contents([](Writer& w) { w.packed(2, std::vector<int64_t>{-1, 2, 300}); }))
      .input("bool", "BOOL", {2}, contents([](Writer& w) { w.packed(1, std::vector<int>{1, 0}); }))
      .input("u64", "UINT64", {1}, contents([](Writer& w) { w.always_integer(5, ~uint64_t{0}); }))
      .input("text", "BYTES", {2}, contents([](Writer& w) {
               w.always_text(8, "ab");
               w.always_text(8, "");
             }))
      .input("f64", "FP64", {1}, contents([](Writer& w) { w.real(7, 1.5); }));
  TestCall call;
  REQUIRE(decode(request, call));
  CHECK(as_text(call.inputs[0].data) == std::string_view("\xff\xff\x02\x00\x2c\x01", 6));
  CHECK(as_text(call.inputs[1].data) == std::string_view("\x01\x00", 2));
  CHECK(as_text(call.inputs[2].data) == std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff", 8));
  CHECK(as_text(call.inputs[3].data) == std::string_view("\x02\0\0\0ab\0\0\0\0", 10));
  CHECK(as_text(call.inputs[4].data) == std::string_view("\0\0\0\0\0\0\xf8\x3f", 8));
}

TEST_CASE("Packed floats are not copied") {
  Request request;
  request.input("x", "FP32", {2}, contents([](Writer& w) { w.always_text(6, "abcdefgh"); }));
  TestCall call;
  REQUIRE(decode(request, call));
  CHECK(as_text(call.inputs[0].data) == "abcdefgh");
  CHECK(call.converted.empty());
}

TEST_CASE("Floats in several pieces are brought together") {
  Request request;
  request.input("x", "FP32", {3}, contents([](Writer& w) {
                  w.always_text(6, "abcd");
                  w.single(6, 1.0f);
                  w.always_text(6, "efgh");
                }));
  TestCall call;
  REQUIRE(decode(request, call));
  CHECK(as_text(call.inputs[0].data) == std::string_view("abcd\0\0\x80\x3f"
                                                         "efgh",
                                                         12));
}

TEST_CASE("Raw and typed contents are not mixed") {
  Request request;
  request.input("x", "INT32", {1}, contents([](Writer& w) { w.always_integer(2, 1); })).raw("1234");
  CHECK(why_not(request) ==
        "contents field must not be specified when using raw_input_contents for 'x' for model 'simple'");
}

TEST_CASE("There are as many raw contents as inputs outside of shared memory") {
  CHECK(
      why_not(Request().input("x", "INT32", {1}).input("y", "INT32", {1}).raw("1234")).find("got 1 for 2") !=
      std::string::npos);
  CHECK(why_not(Request().input("x", "INT32", {1}).raw("1234").raw("5678")).find("got 2 for 1") !=
        std::string::npos);
  Request request;
  request
      .input("x", "INT32", {1},
             [](Writer& w) {
               Request::write_parameter(w, 4, "shared_memory_region", std::string_view("frames"));
               Request::write_parameter(w, 4, "shared_memory_byte_size", int64_t{4});
               Request::write_parameter(w, 4, "shared_memory_offset", int64_t{8});
             })
      .input("y", "INT32", {1})
      .raw("5678");
  TestCall call;
  REQUIRE(decode(request, call));
  CHECK(call.input_regions[0].name == "frames");
  CHECK(call.input_regions[0].size == 4);
  CHECK(call.input_regions[0].offset == 8);
  CHECK(as_text(call.inputs[1].data) == "5678");
}

TEST_CASE("Values of the wrong kind or size are refused by name") {
  const auto typed = [](std::string_view datatype, auto fill) {
    return why_not(Request().input("x", datatype, {1}, contents(fill)));
  };
  CHECK(typed("FP32", [](Writer& w) { w.always_integer(2, 1); }).find("'x'") != std::string::npos);
  CHECK(typed("INT8", [](Writer& w) { w.always_integer(2, 128); }).find("128 does not fit") !=
        std::string::npos);
  CHECK(typed("UINT8", [](Writer& w) { w.always_integer(4, 256); }).find("256 does not fit") !=
        std::string::npos);
  CHECK(typed("FP16", [](Writer& w) { w.always_integer(4, 1); }).find("raw_input_contents only") !=
        std::string::npos);
  CHECK(typed("FP32", [](Writer& w) { w.always_text(6, "abc"); }).find("malformed") != std::string::npos);
  CHECK(why_not(Request().input("x", "FLOAT", {1})).find("'FLOAT'") != std::string::npos);
}

TEST_CASE("Parameters with a meaning are understood") {
  Request request;
  request.parameter("sequence_id", int64_t{42})
      .parameter("sequence_start", true)
      .parameter("sequence_end", true)
      .parameter("priority", uint64_t{3})
      .parameter("timeout", int64_t{1500})
      .parameter("anything_else", std::string_view("passes"));
  TestCall call;
  REQUIRE(decode(request, call));
  CHECK(call.sequence.id == 42);
  CHECK(call.sequence.start);
  CHECK(call.sequence.end);
  CHECK(call.priority == 3);
  CHECK(call.timeout == microseconds(1500));
  const auto named = Request().parameter("sequence_id", std::string_view("abc"));  // the call borrows from it
  REQUIRE(decode(named, call));
  CHECK(call.sequence.text_id == "abc");
  CHECK(call.sequence.id == 0);
}

TEST_CASE("Parameters of a wrong type, and Triton's own names, are refused") {
  CHECK(why_not(Request().parameter("priority", std::string_view("high"))).find("'priority'") !=
        std::string::npos);
  CHECK(why_not(Request().parameter("sequence_start", int64_t{1})).find("'sequence_start'") !=
        std::string::npos);
  CHECK(why_not(Request().parameter("timeout", int64_t{-1})).find("'timeout'") != std::string::npos);
  CHECK(why_not(Request().parameter("triton_anything", true)).find("reserved") != std::string::npos);
}

TEST_CASE("Requests that end too early are refused") {
  Request request;
  request.input("x", "INT32", {1}).raw("1234");
  for (size_t length = 9; length < request.bytes.size(); ++length) {
    TestCall call;
    const Status decoded = decode_infer_request(as_bytes(request.bytes).first(length), call);
    CHECK((!decoded || call.inputs.empty() || call.inputs[0].data.empty()));
  }
}

}  // namespace oree::oip
