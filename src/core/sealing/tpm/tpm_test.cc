// Against swtpm; skipped, with a word, where it is not installed.
#include "core/sealing/tpm/tpm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "core/sealing/key_file.h"
#include "core/sealing/sealed_file.h"
#include "core/sealing/testing/swtpm.h"
#include "core/sealing/tpm/tpm_key.h"

namespace oree::sealing {
namespace {

using files::testing::TempFolder;
using testing::Swtpm;

bool cannot_run() {
  if (Swtpm::is_installed() && Tpm::open("none:").error().what.find("not installed") == std::string::npos)
    return false;
  MESSAGE("skipped: swtpm or tpm2-tss is not installed");
  return true;
}

std::unique_ptr<Tpm> open(const Swtpm& tpm) {
  auto opened = Tpm::open(tpm.tcti());
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().what));
  return std::move(*opened);
}

// What a firmware update does: another program is measured.
void extend_pcr(const Swtpm& tpm, int pcr) {
  const std::string command =
      cat("tpm2_pcrextend -T '", tpm.tcti(), "' ", pcr, ":sha256=", std::string(64, 'a'), " >/dev/null 2>&1");
  REQUIRE(std::system(command.c_str()) == 0);
}

bool same(const Result<crypto::SecretKey>& key, const crypto::SecretKey& as) {
  if (!key) MESSAGE(key.error().what);
  return key && std::ranges::equal(key->bytes(), as.bytes());
}

TEST_CASE("ATpmGivesBackWhatItSealedAsLongAsNothingChanged") {
  if (cannot_run()) return;
  TempFolder state;
  const auto key = crypto::SecretKey::random();
  TpmSealed sealed;
  {
    Swtpm tpm(state.path() / "tpm");
    sealed = *open(tpm)->seal(key, {7}, "");
    // Often, for there is no resource manager here to clean up behind us.
    for (int i = 0; i < 10; ++i) CHECK(same(open(tpm)->unseal(sealed), key));
  }
  {
    Swtpm same_tpm_after_power_off(state.path() / "tpm");
    CHECK(same(open(same_tpm_after_power_off)->unseal(sealed), key));
  }
  Swtpm other(state.path() / "other");
  const auto stolen = open(other)->unseal(sealed);
  REQUIRE_FALSE(stolen.has_value());
  CHECK(stolen.error().kind == ErrorKind::denied);
  CHECK(stolen.error().what.find("another box") != std::string::npos);
}

TEST_CASE("AfterAFirmwareUpdateAKeyForOneStateStaysShut") {
  if (cannot_run()) return;
  TempFolder state;
  Swtpm tpm(state.path() / "tpm");
  const auto key = crypto::SecretKey::random();
  const auto sealed = *open(tpm)->seal(key, {16}, "");
  extend_pcr(tpm, 15);
  CHECK(same(open(tpm)->unseal(sealed), key));  // not one of its PCRs
  extend_pcr(tpm, 16);
  const auto shut = open(tpm)->unseal(sealed);
  REQUIRE_FALSE(shut.has_value());
  CHECK(shut.error().kind == ErrorKind::denied);
  CHECK(shut.error().what.find("firmware") != std::string::npos);
}

TEST_CASE("AnAuthorityMayApproveOfTheNextFirmware") {
  if (cannot_run()) return;
  TempFolder state;
  Swtpm tpm(state.path() / "tpm");
  const auto authority = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto stranger = crypto::EcSigningKey::generate(crypto::Curve::p256);
  const auto key = crypto::SecretKey::random();
  auto sealed = *open(tpm)->seal(key, {16}, authority.public_key().pem());
  CHECK(open(tpm)->unseal(sealed).error().what.find("nobody has approved") != std::string::npos);
  sealed.approvals.push_back(approve(authority, *open(tpm)->policy_of({16})));
  CHECK(same(open(tpm)->unseal(sealed), key));
  extend_pcr(tpm, 16);
  CHECK(open(tpm)->unseal(sealed).error().kind == ErrorKind::denied);
  const auto next = *open(tpm)->policy_of({16});
  sealed.approvals.push_back(approve(stranger, next));
  CHECK(open(tpm)->unseal(sealed).error().what.find("signature does not fit") != std::string::npos);
  sealed.approvals.back() = approve(authority, next);
  CHECK(same(open(tpm)->unseal(sealed), key));
}

TEST_CASE("AModelSealedForATpmsKeyOpensOnItsBoxOnly") {
  if (cannot_run()) return;
  TempFolder folder;
  Swtpm tpm(folder.path() / "tpm"), other(folder.path() / "other");
  const auto kek = crypto::SecretKey::random();
  const TpmKeyFile made{key_id(kek), tpm.tcti(), *open(tpm)->seal(kek, {7}, "")};
  folder.write("station.key", print(made));
  auto key = open_key_source(folder.path() / "station.key");
  REQUIRE_MESSAGE(key.has_value(), (key ? "" : key.error().what));
  CHECK((*key)->weakness() == "");
  KeyFile vault(kek.copy(), "vault");
  const auto plain = folder.write("model.onnx", "a network");
  REQUIRE(seal_file(plain, folder.path() / "model.onnx.sealed", {&vault}, {}).has_value());
  const auto opened = open_sealed(folder.path() / "model.onnx.sealed", **key, 1'000);
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().what));
  CHECK(as_text(opened->bytes()) == "a network");
  auto elsewhere = open_key_source(folder.path() / "station.key", other.tcti());
  CHECK(open_sealed(folder.path() / "model.onnx.sealed", **elsewhere, 1'000).error().kind ==
        ErrorKind::denied);
}

TEST_CASE("WithoutATpmThereIsASentenceAndNoCrash") {
  const auto none = Tpm::open("swtpm:path=/nonexistent/tpm");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().kind == ErrorKind::unavailable);
  CHECK(parse_pcrs("0, 7,7")->size() == 2);
  for (const char* bad : {"", "24", "-1", "a", "1,,2"}) CHECK_FALSE(parse_pcrs(bad).has_value());
}

TEST_CASE("ATpmKeysFileComesBackAsItWas") {
  TpmKeyFile file{"abc", "device:/dev/tpmrm0", {ByteBuffer(10), ByteBuffer(20), {0, 7}, "", {}}};
  file.sealed.approvals.push_back({crypto::sha256({}), ByteBuffer(70)});
  const auto again = parse_tpm_key(print(file));
  REQUIRE_MESSAGE(again.has_value(), (again ? "" : again.error().what));
  CHECK(print(*again) == print(file));
  CHECK_FALSE(parse_tpm_key("{}").has_value());
  CHECK_FALSE(parse_tpm_key("{\"oree_tpm_key\":1}").has_value());
}

}  // namespace
}  // namespace oree::sealing
