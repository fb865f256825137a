#include "core/sealing/tpm/counter.h"

#include <array>
#include <functional>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "core/sealing/tpm/esys.h"

namespace oree::sealing {
namespace {

constexpr TPMA_NV kAttributes = TPMA_NV_OWNERREAD | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA |
                                TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT;
constexpr uint16_t kBytes = 8;

Status done(TSS2_RC code, std::string_view doing) {
  return code == TSS2_RC_SUCCESS ? Status{} : std::unexpected(tpm_error(code, doing));
}

// The index as ESYS knows it; let go of at the end, while the TPM keeps it.
class Index {
 public:
  explicit Index(OpenedEsys& tpm) : tpm_(tpm) {}
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  ~Index() {
    if (handle_ != ESYS_TR_NONE) tpm_.esys.close(tpm_.context, &handle_);
  }

  Status find(uint32_t index, const std::string& name) {
    const TSS2_RC code =
        tpm_.esys.from_public(tpm_.context, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle_);
    if (plain_code(code) == TPM2_RC_HANDLE) {
      handle_ = ESYS_TR_NONE;
      return fail(ErrorKind::not_found,
                  cat("this box's TPM has no ", name,
                      ": it was cleared, or never prepared; 'oree model tpm-counter' prepares it"));
    }
    if (auto found = done(code, "looking for its counter"); !found) return found;
    return is_counter(name);
  }
  Status make(uint32_t index) {
    const TPM2B_AUTH no_word{};
    TPM2B_NV_PUBLIC wanted{};
    wanted.nvPublic.nvIndex = index;
    wanted.nvPublic.nameAlg = TPM2_ALG_SHA256;
    wanted.nvPublic.attributes = kAttributes;
    wanted.nvPublic.dataSize = kBytes;
    return done(tpm_.esys.nv_define(tpm_.context, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                    ESYS_TR_NONE, &no_word, &wanted, &handle_),
                "making a counter");
  }
  Status raise() {
    return done(
        tpm_.esys.nv_increment(tpm_.context, handle_, handle_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
        "raising its counter");
  }
  Result<uint64_t> value() {
    TPM2B_MAX_NV_BUFFER* bytes = nullptr;
    auto read = done(tpm_.esys.nv_read(tpm_.context, handle_, handle_, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                       ESYS_TR_NONE, kBytes, 0, &bytes),
                     "reading its counter");
    if (!read) return forward(read);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes->size && i < kBytes; ++i) value = value << 8 | bytes->buffer[i];
    tpm_.esys.free(bytes);
    return value;
  }

 private:
  Status is_counter(const std::string& name) {
    TPM2B_NV_PUBLIC* facts = nullptr;
    TPM2B_NAME* own_name = nullptr;
    auto read = done(tpm_.esys.nv_public(tpm_.context, handle_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                         &facts, &own_name),
                     "looking at its counter");
    if (!read) return read;
    const bool good = (facts->nvPublic.attributes & ~TPMA_NV_WRITTEN) == kAttributes;
    tpm_.esys.free(facts);
    tpm_.esys.free(own_name);
    if (good) return {};
    return fail(ErrorKind::conflict, cat(name, " is no counter of ours; name another index"));
  }

  OpenedEsys& tpm_;
  ESYS_TR handle_ = ESYS_TR_NONE;
};

}  // namespace

Result<uint32_t> parse_nv_index(std::string_view text) {
  constexpr uint32_t kFirst = 0x01800000, kLast = 0x01BFFFFF;
  if (text.starts_with("0x") && text.size() <= 10) {
    const auto bytes = from_hex(cat(std::string(10 - text.size(), '0'), text.substr(2)));
    uint32_t index = 0;
    for (const std::byte b : bytes.value_or(ByteBuffer())) index = index << 8 | static_cast<uint32_t>(b);
    if (index >= kFirst && index <= kLast) return index;
  }
  return fail(ErrorKind::invalid,
              cat("'", text.substr(0, 40), "' is no index of a TPM's owner: from 0x01800000 to 0x01BFFFFF"));
}

std::string TpmCounter::name() const {
  const std::array<std::byte, 4> bytes{std::byte(index_ >> 24), std::byte(index_ >> 16),
                                       std::byte(index_ >> 8), std::byte(index_)};
  return cat("NV index 0x", to_hex(bytes));
}

Result<uint64_t> TpmCounter::prepare() {
  auto tpm = OpenedEsys::open(tcti_);
  if (!tpm) return forward(tpm);
  Index index(**tpm);
  auto found = index.find(index_, name());
  if (found) return index.value();
  if (found.error().kind != ErrorKind::not_found) return forward(found);
  if (auto made = index.make(index_); !made) return forward(made);
  if (auto raised = index.raise(); !raised) return forward(raised);  // before that it has no value
  return index.value();
}

Result<uint64_t> TpmCounter::value() const {
  auto tpm = OpenedEsys::open(tcti_);
  if (!tpm) return forward(tpm);
  Index index(**tpm);
  if (auto found = index.find(index_, name()); !found) return forward(found);
  return index.value();
}

Result<uint64_t> TpmCounter::raise() const {
  auto tpm = OpenedEsys::open(tcti_);
  if (!tpm) return forward(tpm);
  Index index(**tpm);
  if (auto found = index.find(index_, name()); !found) return forward(found);
  if (auto raised = index.raise(); !raised) return forward(raised);
  return index.value();
}

}  // namespace oree::sealing
