// Nothing in a certificate can be changed unnoticed: every member, every element, every byte.
#include "services/certification/certificate.h"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.h"

using namespace oree;
using namespace oree::certification;

namespace {

// With something in every member that to_json() can write.
Certificate full_certificate() {
  Certificate c;
  c.model = "net.avx2.onnx";
  c.model_digest = std::string(64, 'a');
  c.source = "net.onnx";
  c.source_digest = std::string(64, 'b');
  c.target = "avx2";
  c.machine = "a processor (vnni)";
  c.runtime = "onnxruntime 1.31.1";
  c.recipe = "8 bits";
  c.data = "samples";
  c.data_digest = std::string(64, 'c');
  c.calibration_samples = 90;
  c.predicted_islands = 12;
  c.agreed_islands = 12;
  c.notes = {"one", "two"};
  c.float_operators = {"Conv_1 (Conv): slower"};
  c.stages = {{"float", "as it came", 0.9, 1000, 2.5, 4000}, {"integers", "8 bits", 0.89, 260, 1.1, 1800}};
  Measurements& m = c.measured;
  m.score = {.samples = 400, .labelled = 380, .top1 = 340, .top5 = 375, .reference_top1 = 341, .kept = 0.99};
  m.score_by = "emulated sums of avx2";
  m.robustness = {{"noise", m.score}};
  m.robustness[0].score.labelled = 0;
  m.robustness[0].score.boxes = 12;
  m.time = Comparison{{2.5, 2.7, 100}, {1.1, 1.2, 100}, 2.27, 2.2, 2.3};
  m.reference_bytes = 1000;
  m.optimised_bytes = 260;
  m.reference_memory = 4000;
  m.optimised_memory = 1800;
  m.proofs = {{"Conv_0", 16, 0, 12345}};
  c.gates = {{"accuracy", "95 %", "99 %", Verdict::holds},
             {"speed", "2 times", "not measured", Verdict::open, "another machine", "measure there"}};
  return c;
}

std::string wrap(const json::Value& certificate, const json::Value& original) {
  json::Value whole;
  whole.set("certificate", certificate);
  whole.set("key", *original.find("key"));
  whole.set("signature", *original.find("signature"));
  return json::print(whole, 2);
}

json::Value changed(const json::Value& leaf) {
  if (const bool* b = leaf.boolean()) return json::Value(!*b);
  if (const auto i = leaf.integer()) return json::Value(*i + 1);
  if (const auto d = leaf.number()) return json::Value(*d + 1e-9);
  if (const std::string* text = leaf.text()) return json::Value(*text + "0");
  return json::Value(0);
}

// Calls `check(where)` with every value below `root` changed, removed or doubled, one at a time.
void each_change(json::Value& root, json::Value& at, const std::string& where,
                 const std::function<void(const std::string&)>& check) {
  const json::Value before = at;
  const auto with = [&](json::Value value, const std::string& what) {
    at = std::move(value);
    check(where + what);
    at = before;
  };
  if (json::Object* members = at.object()) {
    for (size_t i = 0; i < members->size(); ++i) {
      json::Object fewer = *members, renamed = *members, twice = *members;
      const std::string name = fewer[i].first;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      renamed[i].first += "_";
      twice.push_back(twice[i]);
      with(fewer, "." + name + " removed");
      with(renamed, "." + name + " renamed");
      with(twice, "." + name + " twice");
      members = at.object();
      each_change(root, (*members)[i].second, where + "." + name, check);
    }
    return;
  }
  if (json::Array* elements = at.array()) {
    json::Array more = *elements;
    more.emplace_back("new");
    with(more, " with one more");
    for (size_t i = 0; i < at.array()->size(); ++i) {
      json::Array fewer = *at.array();
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      with(fewer, cat("[", i, "] removed"));
      each_change(root, (*at.array())[i], cat(where, "[", i, "]"), check);
    }
    return;
  }
  with(changed(before), " changed");
  with(nullptr, " nulled");
}

}  // namespace

TEST_CASE("No member or element of a certificate can be changed, removed, renamed or added unnoticed") {
  const crypto::SigningKey key = crypto::SigningKey::generate();
  const std::string text = signed_text(to_json(full_certificate()), key);
  const json::Value original = *json::parse(text);
  REQUIRE(verify(text));
  json::Value certificate = *original.find("certificate");
  size_t changes = 0;
  each_change(certificate, certificate, "certificate", [&](const std::string& where) {
    CAPTURE(where);
    ++changes;
    const auto opened = verify(wrap(certificate, original));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == ErrorKind::denied);
  });
  CHECK(changes > 300);
  CHECK(verify(wrap(certificate, original)));  // all changes were taken back
}

TEST_CASE("No byte of a certificate's file can be changed so that it says something else") {
  const crypto::SigningKey key = crypto::SigningKey::generate();
  const json::Value value = to_json(full_certificate());
  const std::string text = signed_text(value, key);
  size_t refused = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {1, 32}) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ flip);
      const auto opened = verify(other);
      // White space between members is nobody's word.
      if (opened) CHECK(*opened == value);
      refused += opened ? 0 : 1;
    }
  }
  CHECK(refused > text.size());
}

TEST_CASE("Signed again by somebody else it names that key") {
  const crypto::SigningKey ours = crypto::SigningKey::generate(), theirs = crypto::SigningKey::generate();
  Certificate lies = full_certificate();
  lies.model_digest = std::string(64, 'd');
  const auto opened = verify_signed(signed_text(to_json(lies), theirs));
  REQUIRE(opened);
  CHECK(opened->key == theirs.public_key());
  CHECK(opened->key != ours.public_key());
}

TEST_CASE("A certificate says which network, machine and samples it is about") {
  const json::Value value = to_json(full_certificate());
  const auto subject = subject_of(value);
  REQUIRE(subject);
  CHECK(subject->target == "avx2");
  CHECK(subject->model == "net.avx2.onnx");
  CHECK(subject->model_digest == std::string(64, 'a'));
  CHECK(subject->source_digest == std::string(64, 'b'));
  CHECK(subject->data_digest == std::string(64, 'c'));
}

TEST_CASE("A certificate that contradicts itself or says too little is refused though its signature fits") {
  const auto kind = [](const std::function<void(Certificate&)>& change) {
    Certificate c = full_certificate();
    change(c);
    const auto subject = subject_of(to_json(c));
    return subject ? ErrorKind::bug : subject.error().kind;
  };
  CHECK(kind([](Certificate& c) { c.model = "../../etc/net.onnx"; }) == ErrorKind::invalid);
  CHECK(kind([](Certificate& c) { c.data_digest.clear(); }) == ErrorKind::invalid);
  CHECK(kind([](Certificate& c) { c.target.clear(); }) == ErrorKind::invalid);
  json::Value lies = to_json(full_certificate());
  json::Array gates = *lies.find("gates")->array();
  gates[0].set("verdict", "fails");
  lies.set("gates", gates);
  CHECK(subject_of(lies).error().kind == ErrorKind::corrupt);
  lies.set("gates", json::Array{json::Object{{"name", "accuracy"}, {"verdict", "excellent"}}});
  CHECK(subject_of(lies).error().kind == ErrorKind::corrupt);
  json::Value newer = to_json(full_certificate());
  newer.set("format", "oree-certificate/2");
  CHECK(subject_of(newer).error().kind == ErrorKind::unsupported);
}
