#include "services/certification/certificate.h"

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::certification {

namespace {

constexpr std::string_view kFormat = "oree-certificate/1";

json::Value interval_json(const Interval& interval) {
  return json::Array{interval.low, interval.high};
}

json::Value score_json(const Score& score) {
  json::Value out;
  out.set("samples", score.samples);
  if (score.has_labels()) {
    const auto n = static_cast<double>(score.labelled);
    out.set("labelled", score.labelled);
    out.set("reference_top1", static_cast<double>(score.reference_top1) / n);
    out.set("top1", static_cast<double>(score.top1) / n);
    out.set("top1_interval", interval_json(wilson(score.top1, score.labelled)));
    out.set("reference_top5", static_cast<double>(score.reference_top5) / n);
    out.set("top5", static_cast<double>(score.top5) / n);
    out.set("won", score.won);
    out.set("lost", score.lost);
    out.set("p_value", score.p_value);
  }
  if (score.boxes > 0) {
    out.set("boxes", score.boxes);
    out.set("reference_ap", score.reference_ap);
    out.set("ap", score.ap);
    out.set("reference_ap50", score.reference_ap50);
    out.set("ap50", score.ap50);
  }
  out.set("agreement", score.agreement);
  out.set("agreement_interval", interval_json(score.agreement_range));
  out.set("kept", score.kept);
  out.set("kept_at_least", score.kept_low);
  if (score.task != Task::objects) out.set("sqnr_db", score.sqnr_db);
  return out;
}

json::Value timing_json(const Timing& timing) {
  json::Value out;
  out.set("p50_ms", timing.p50_ms);
  out.set("p95_ms", timing.p95_ms);
  out.set("runs", timing.runs);
  return out;
}

json::Value time_json(const Comparison& time) {
  json::Value out;
  out.set("reference", timing_json(time.reference));
  out.set("optimised", timing_json(time.optimised));
  out.set("speedup", time.speedup);
  out.set("speedup_interval", json::Array{time.speedup_low, time.speedup_high});
  return out;
}

json::Value gates_json(const std::vector<Gate>& gates) {
  json::Array out;
  for (const Gate& gate : gates) {
    json::Value row;
    row.set("name", gate.name);
    row.set("limit", gate.limit);
    row.set("measured", gate.measured);
    row.set("verdict", name_of(gate.verdict));
    if (!gate.why.empty()) row.set("why", gate.why);
    if (!gate.repair.empty()) row.set("repair", gate.repair);
    out.push_back(std::move(row));
  }
  return out;
}

json::Value stages_json(const std::vector<Stage>& stages) {
  json::Array out;
  for (const Stage& stage : stages) out.push_back(to_json(stage));
  return out;
}

json::Value proofs_json(const Measurements& measured) {
  json::Array rows;
  for (const Proof& proof : measured.proofs) {
    json::Value row;
    row.set("operator", proof.node);
    row.set("channels", proof.channels);
    row.set("unsafe_channels", proof.unsafe);
    row.set("largest_sum", proof.largest_sum);
    rows.push_back(std::move(row));
  }
  return rows;
}

json::Array texts(const std::vector<std::string>& lines) {
  json::Array out;
  for (const std::string& line : lines) out.emplace_back(line);
  return out;
}

json::Value file_json(const std::string& name, const std::string& digest, uint64_t bytes) {
  json::Value out;
  out.set("file", name);
  out.set("sha256", digest);
  out.set("bytes", bytes);
  return out;
}

}  // namespace

json::Value to_json(const Stage& stage) {
  json::Object row{{"name", stage.name}, {"what", stage.what}};
  if (stage.accuracy >= 0) row.emplace_back("accuracy", stage.accuracy);
  if (stage.bytes > 0) row.emplace_back("bytes", stage.bytes);
  if (stage.p50_ms >= 0) row.emplace_back("p50_ms", stage.p50_ms);
  if (stage.memory > 0) row.emplace_back("memory", stage.memory);
  return row;
}

json::Value to_json(const Certificate& c) {
  json::Value out;
  out.set("format", kFormat);
  out.set("issued", iso_text(c.issued));
  out.set("holds", all_hold(c.gates));
  out.set("target", c.target);
  out.set("model", file_json(c.model, c.model_digest, c.measured.optimised_bytes));
  out.set("source", file_json(c.source, c.source_digest, c.measured.reference_bytes));
  out.set("recipe", c.recipe);
  json::Value data;
  data.set("folder", c.data);
  data.set("sha256", c.data_digest);
  data.set("calibration_samples", c.calibration_samples);
  out.set("data", std::move(data));
  out.set("measured_on", c.machine);
  out.set("runtime", c.runtime);
  out.set("score", score_json(c.measured.score));
  out.set("score_by", c.measured.score_by);
  json::Array robustness;
  for (const Robustness& row : c.measured.robustness) {
    json::Value one;
    one.set("disturbance", row.disturbance);
    one.set("score", score_json(row.score));
    robustness.push_back(std::move(one));
  }
  out.set("robustness", std::move(robustness));
  if (c.measured.time) out.set("time", time_json(*c.measured.time));
  if (c.measured.reference_memory && c.measured.optimised_memory) {
    json::Value memory;
    memory.set("reference", *c.measured.reference_memory);
    memory.set("optimised", *c.measured.optimised_memory);
    out.set("memory", std::move(memory));
  }
  out.set("stages", stages_json(c.stages));
  out.set("gates", gates_json(c.gates));
  json::Value fusion;
  fusion.set("predicted", c.predicted_islands);
  fusion.set("agreed", c.agreed_islands);
  out.set("fusion", std::move(fusion));
  out.set("operators", proofs_json(c.measured));
  out.set("left_in_float", texts(c.float_operators));
  out.set("notes", texts(c.notes));
  return out;
}

std::string signed_text(const json::Value& certificate, const crypto::SigningKey& key) {
  const std::string text = json::print(certificate);
  json::Value out;
  out.set("certificate", certificate);
  out.set("key", key.public_key().base64());
  const crypto::Signature signature = key.sign(as_bytes(text));
  out.set("signature", crypto::base64(signature));
  return json::print(out, 2) + "\n";
}

Result<json::Value> verify(std::string_view text) {
  Result<Signed> opened = verify_signed(text);
  if (!opened) return forward(opened);
  return std::move(opened->certificate);
}

Result<Signed> verify_signed(std::string_view text) {
  const Result<json::Value> parsed = json::parse(text);
  if (!parsed) return forward(parsed);
  const json::Value* certificate = parsed->find("certificate");
  const json::Value* key = parsed->find("key");
  const json::Value* signature = parsed->find("signature");
  if (certificate == nullptr || key == nullptr || key->text() == nullptr || signature == nullptr ||
      signature->text() == nullptr)
    return fail(ErrorKind::invalid, "this is no certificate: it wants 'certificate', 'key' and 'signature'");
  const Result<crypto::PublicKey> known = crypto::parse_public_key(*key->text());
  if (!known) return forward(known);
  const auto bytes = crypto::from_base64(*signature->text());
  if (!bytes || !crypto::verify(*known, as_bytes(json::print(*certificate)), *bytes))
    return fail(ErrorKind::denied,
                "the signature does not fit the certificate: it was changed after signing");
  return Signed{*certificate, *known};
}

namespace {

// The text at a path of members; empty when there is none.
std::string text_at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* at = &value;
  for (const std::string_view name : path) {
    at = at->find(name);
    if (at == nullptr) return {};
  }
  return at->text() == nullptr ? std::string{} : *at->text();
}

bool a_gate_fails(const json::Value& certificate) {
  const json::Value* gates = certificate.find("gates");
  if (gates == nullptr || gates->array() == nullptr) return true;
  for (const json::Value& gate : *gates->array()) {
    const std::string verdict = text_at(gate, {"verdict"});
    if (verdict != name_of(Verdict::holds) && verdict != name_of(Verdict::open)) return true;
  }
  return false;
}

}  // namespace

Result<Subject> subject_of(const json::Value& certificate) {
  const std::string format = text_at(certificate, {"format"});
  if (format != kFormat)
    return fail(ErrorKind::unsupported, cat("its format is '", format, "'; this program reads ", kFormat));
  Subject subject{text_at(certificate, {"target"}), text_at(certificate, {"model", "file"}),
                  text_at(certificate, {"model", "sha256"}), text_at(certificate, {"source", "sha256"}),
                  text_at(certificate, {"data", "sha256"})};
  for (const auto& [name, value] : {std::pair{"target", &subject.target},
                                    {"model.file", &subject.model},
                                    {"model.sha256", &subject.model_digest},
                                    {"source.sha256", &subject.source_digest},
                                    {"data.sha256", &subject.data_digest}}) {
    if (value->empty()) return fail(ErrorKind::invalid, cat("the certificate does not say '", name, "'"));
  }
  // Its folder is the certificate's; a name with a way in it would lead elsewhere.
  if (subject.model.find('/') != std::string::npos || subject.model == "..")
    return fail(ErrorKind::invalid, cat("'model.file' is a path: ", subject.model));
  const json::Value* holds = certificate.find("holds");
  if (holds == nullptr || holds->boolean() == nullptr)
    return fail(ErrorKind::invalid, "the certificate does not say whether it 'holds'");
  if (*holds->boolean() && a_gate_fails(certificate))
    return fail(ErrorKind::corrupt, "the certificate says that it holds, although not all of its gates do");
  return subject;
}

}  // namespace oree::certification
