// What was measured of one network for one target, signed: certificate.json, and the page made from it.
//
// The file is {"certificate": {...}, "key": base64, "signature": base64}; Ed25519 over the certificate as
// json::print() writes it without indentation. Docs: docs/formats/certificate.md.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "platform/crypto/signing.h"
#include "platform/json/value.h"
#include "services/certification/gates.h"

namespace oree::certification {

struct Stage {  // of the way from the float network to this one
  std::string name, what;
  double accuracy = -1;  // share of top-1, or agreement; -1: not measured
  uint64_t bytes = 0;
  double p50_ms = -1;
  uint64_t memory = 0;
};

struct Certificate {
  std::string model, model_digest, source, source_digest;  // names of files and SHA-256
  std::string target, machine, runtime, recipe;
  std::string data, data_digest;
  size_t calibration_samples = 0;
  size_t predicted_islands = 0, agreed_islands = 0;
  std::vector<std::string> notes, float_operators;
  std::vector<Stage> stages;
  std::vector<Gate> gates;
  Measurements measured;
  WallTime issued{};
};

json::Value to_json(const Certificate& certificate);
json::Value to_json(const Stage& stage);  // without what was not measured
std::string signed_text(const json::Value& certificate, const crypto::SigningKey& key);
// The certificate inside, when key and signature fit it. `denied` when they do not. Anybody can sign: whether
// the key's word counts is for the caller to say.
Result<json::Value> verify(std::string_view text);
struct Signed {
  json::Value certificate;
  crypto::PublicKey key;
};
Result<Signed> verify_signed(std::string_view text);  // the same, and by whom

// What a certificate is about: one network, for one kind of machine, judged by one set of samples.
struct Subject {
  std::string target;
  std::string model, model_digest;  // file and SHA-256
  std::string source_digest, data_digest;
};
// `invalid` when it does not say so, `unsupported` for another format, `corrupt` when it says that it holds
// although a gate fails.
Result<Subject> subject_of(const json::Value& certificate);

// One page without anything from elsewhere: light and dark, A4 when printed. `certificate` is to_json()'s.
std::string page(const json::Value& certificate, std::string_view key);

}  // namespace oree::certification
