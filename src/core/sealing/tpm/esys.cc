#include "core/sealing/tpm/esys.h"

#include <dlfcn.h>

#include <array>

#include "base/text.h"

namespace oree::sealing {
namespace {

class Library {
 public:
  explicit Library(const char* name) : name_(name), handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}

  template <class F>
  void find(F& out, const char* symbol) {
    if (handle_ == nullptr) return;
    out = reinterpret_cast<F>(::dlsym(handle_, symbol));
    if (out == nullptr) missing_ = symbol;
  }
  std::string fault() const {
    if (handle_ == nullptr) return cat(name_, " is not installed");
    return missing_.empty() ? "" : cat(name_, " has no ", missing_);
  }

 private:
  const char* name_;
  void* handle_;
  std::string missing_;
};

}  // namespace

Result<Esys> Esys::open() {
  Library esys("libtss2-esys.so.0"), loader("libtss2-tctildr.so.0"), marshal("libtss2-mu.so.0");
  Esys out{};
  esys.find(out.initialize, "Esys_Initialize");
  esys.find(out.finalize, "Esys_Finalize");
  esys.find(out.free, "Esys_Free");
  esys.find(out.create_primary, "Esys_CreatePrimary");
  esys.find(out.create, "Esys_Create");
  esys.find(out.load, "Esys_Load");
  esys.find(out.load_external, "Esys_LoadExternal");
  esys.find(out.start_session, "Esys_StartAuthSession");
  esys.find(out.set_attributes, "Esys_TRSess_SetAttributes");
  esys.find(out.policy_pcr, "Esys_PolicyPCR");
  esys.find(out.policy_digest, "Esys_PolicyGetDigest");
  esys.find(out.policy_authorize, "Esys_PolicyAuthorize");
  esys.find(out.verify_signature, "Esys_VerifySignature");
  esys.find(out.name, "Esys_TR_GetName");
  esys.find(out.unseal, "Esys_Unseal");
  esys.find(out.flush, "Esys_FlushContext");
  esys.find(out.from_public, "Esys_TR_FromTPMPublic");
  esys.find(out.close, "Esys_TR_Close");
  esys.find(out.nv_define, "Esys_NV_DefineSpace");
  esys.find(out.nv_public, "Esys_NV_ReadPublic");
  esys.find(out.nv_increment, "Esys_NV_Increment");
  esys.find(out.nv_read, "Esys_NV_Read");
  loader.find(out.tcti_open, "Tss2_TctiLdr_Initialize");
  loader.find(out.tcti_close, "Tss2_TctiLdr_Finalize");
  marshal.find(out.marshal_public, "Tss2_MU_TPM2B_PUBLIC_Marshal");
  marshal.find(out.unmarshal_public, "Tss2_MU_TPM2B_PUBLIC_Unmarshal");
  marshal.find(out.marshal_private, "Tss2_MU_TPM2B_PRIVATE_Marshal");
  marshal.find(out.unmarshal_private, "Tss2_MU_TPM2B_PRIVATE_Unmarshal");
  for (const Library* one : {&esys, &loader, &marshal}) {
    if (const std::string fault = one->fault(); !fault.empty()) {
      return fail(ErrorKind::unavailable, cat("no way to this box's TPM: ", fault,
                                              "; install tpm2-tss (libtss2-esys, libtss2-tctildr)"));
    }
  }
  return out;
}

Result<std::unique_ptr<OpenedEsys>> OpenedEsys::open(const std::string& tcti) {
  const auto esys = Esys::open();
  if (!esys) return forward(esys);
  TSS2_TCTI_CONTEXT* way = nullptr;
  if (const TSS2_RC code = esys->tcti_open(tcti.empty() ? nullptr : tcti.c_str(), &way);
      code != TSS2_RC_SUCCESS)
    return std::unexpected(tpm_error(code, "it is looked for"));
  ESYS_CONTEXT* context = nullptr;
  if (const TSS2_RC code = esys->initialize(&context, way, nullptr); code != TSS2_RC_SUCCESS) {
    esys->tcti_close(&way);
    return std::unexpected(tpm_error(code, "it is opened"));
  }
  return std::make_unique<OpenedEsys>(*esys, way, context);
}

OpenedEsys::~OpenedEsys() {
  esys.finalize(&context);
  esys.tcti_close(&way);
}

TSS2_RC plain_code(TSS2_RC code) {
  return (code & TPM2_RC_FMT1) != 0 ? code & (TPM2_RC_FMT1 | 0x3F) : code;
}

Error tpm_error(TSS2_RC code, std::string_view doing) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
  const std::string hex(digits.data(), end);
  if ((code & TSS2_RC_LAYER_MASK) != 0) {
    return {ErrorKind::unavailable, cat("this box's TPM does not answer while ", doing, " (0x", hex,
                                        "); is there one, and may this user use it?")};
  }
  switch (plain_code(code)) {
    case TPM2_RC_POLICY_FAIL:
    case TPM2_RC_POLICY_CC:
    case TPM2_RC_PCR_CHANGED:
      return {ErrorKind::denied,
              cat("the TPM keeps the key: this box's firmware or start-up is not what the key was "
                  "sealed for (0x",
                  hex, ")")};
    case TPM2_RC_INTEGRITY:
      return {ErrorKind::denied,
              cat("the TPM refuses the key: it was sealed by the TPM of another box (0x", hex, ")")};
    case TPM2_RC_SIGNATURE:
      return {ErrorKind::denied,
              cat("the TPM refuses the approval: its signature does not fit (0x", hex, ")")};
    case TPM2_RC_LOCKOUT:
    case TPM2_RC_RETRY:
    case TPM2_RC_YIELDED:
    case TPM2_RC_TESTING:
      return {ErrorKind::busy, cat("the TPM wants to be asked later while ", doing, " (0x", hex, ")")};
    default:
      return {ErrorKind::unavailable, cat("the TPM refuses ", doing, " (0x", hex, ")")};
  }
}

}  // namespace oree::sealing
