// tpm2-tss (ESYS 3) opened when it is asked for: a box without a TPM, or without the library, runs everything
// else. Its types stay in this folder. Private to it.
#pragma once

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace oree::sealing {

// Its functions, each with the type that its header gives it.
struct Esys {
  decltype(&Esys_Initialize) initialize;
  decltype(&Esys_Finalize) finalize;
  decltype(&Esys_Free) free;
  decltype(&Esys_CreatePrimary) create_primary;
  decltype(&Esys_Create) create;
  decltype(&Esys_Load) load;
  decltype(&Esys_LoadExternal) load_external;
  decltype(&Esys_StartAuthSession) start_session;
  decltype(&Esys_TRSess_SetAttributes) set_attributes;
  decltype(&Esys_PolicyPCR) policy_pcr;
  decltype(&Esys_PolicyGetDigest) policy_digest;
  decltype(&Esys_PolicyAuthorize) policy_authorize;
  decltype(&Esys_VerifySignature) verify_signature;
  decltype(&Esys_TR_GetName) name;
  decltype(&Esys_Unseal) unseal;
  decltype(&Esys_FlushContext) flush;
  decltype(&Esys_TR_FromTPMPublic) from_public;
  decltype(&Esys_TR_Close) close;
  decltype(&Esys_NV_DefineSpace) nv_define;
  decltype(&Esys_NV_ReadPublic) nv_public;
  decltype(&Esys_NV_Increment) nv_increment;
  decltype(&Esys_NV_Read) nv_read;
  decltype(&Tss2_TctiLdr_Initialize) tcti_open;
  decltype(&Tss2_TctiLdr_Finalize) tcti_close;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Marshal) marshal_public;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Unmarshal) unmarshal_public;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Marshal) marshal_private;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Unmarshal) unmarshal_private;

  // `unavailable`, naming the package, when a library is missing. They stay open while the program runs: what
  // a TPM's driver has registered must not vanish under it.
  static Result<Esys> open();
};

// A TPM that is spoken to, until it goes.
struct OpenedEsys {
  // As Tpm::open().
  static Result<std::unique_ptr<OpenedEsys>> open(const std::string& tcti);
  OpenedEsys(const Esys& functions, TSS2_TCTI_CONTEXT* w, ESYS_CONTEXT* c)
      : esys(functions), way(w), context(c) {}
  OpenedEsys(const OpenedEsys&) = delete;
  OpenedEsys& operator=(const OpenedEsys&) = delete;
  ~OpenedEsys();

  const Esys esys;
  TSS2_TCTI_CONTEXT* way;
  ESYS_CONTEXT* context;
};

// Format-one codes carry the number of a parameter, handle or session beside the error: without it.
TSS2_RC plain_code(TSS2_RC code);

// What a TPM's answer means for whoever wants a key; `doing` says what was asked of it.
Error tpm_error(TSS2_RC code, std::string_view doing);

}  // namespace oree::sealing
