// The packages that the hub vouches for: their files by digest, one index each, and what TUF says of it.
//
// A package is accepted when all its files are here, its signature is of somebody trusted (settings.h) and
// its release is above any before it under the same name (of all configurations, of all deployments: a
// station has one of each); then it is a TUF target. Thread-safe; durable when a call returns. Errors:
// `invalid` and `denied` say what the package lacks.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/signature/verify.h"
#include "nodes/hub/registry/blobs.h"
#include "nodes/hub/registry/vouching.h"
#include "nodes/hub/settings.h"
#include "nodes/hub/store/shelf.h"
#include "services/deployment/slots/package_index.h"

namespace oree::hub {

// No model is called so.
inline constexpr std::string_view kConfigurationUnit = "@configuration";
inline constexpr std::string_view kDeploymentUnit = "@deployment";

struct Package {
  std::string digest;  // "sha256:…" of the document
  deployment::PackageIndex index;
  std::string document;  // package.json, byte for byte
  std::string signer;    // "" for an unsigned one
  int64_t created = 0;
  std::string created_by;
  std::string target() const;  // of TUF: "ducks/3/package.json"
  bool is_model() const { return index.kind == deployment::UnitKind::model; }
  // What of a station it becomes: the model of its name, or what each has one of: configuration, deployment.
  std::string unit() const;
  bool fits(std::string_view hardware) const;
};

class Packages {
 public:
  static Result<std::unique_ptr<Packages>> open(Shelf& shelf, const std::filesystem::path& folder,
                                                const PackageSettings& settings, Vouching& vouching,
                                                const Clock& clock);
  // `document` is the index as it is to be signed by TUF. The same again gives what is known.
  Result<Package> publish(std::string_view document, const std::string& by);
  Result<Package> find(std::string_view digest);                          // `not_found`
  Result<Package> find(std::string_view name, std::string_view version);  // `not_found`
  Result<std::vector<Package>> list();                                    // newest first
  // The newest model for this hardware whose digest is not among `bad`; `not_found` when there is none.
  Result<Package> latest(std::string_view name, std::string_view hardware,
                         const std::vector<std::string>& bad);

  Blobs& blobs() { return blobs_; }
  bool takes_unsigned() const { return settings_.allow_unsigned; }

 private:
  Packages(Shelf& shelf, const std::filesystem::path& folder, const PackageSettings& settings,
           Vouching& vouching, const Clock& clock)
      : shelf_(shelf),
        settings_(settings),
        vouching_(vouching),
        clock_(clock),
        folder_(folder),
        blobs_(folder / "blobs") {}
  Status check_files(const deployment::PackageIndex& index);
  Status check_release(const deployment::PackageIndex& index);
  Status check_document(const deployment::PackageIndex& index);
  Result<std::string> check_signature(const deployment::PackageIndex& index);

  Shelf& shelf_;
  const PackageSettings settings_;
  Vouching& vouching_;
  const Clock& clock_;
  const std::filesystem::path folder_;
  Blobs blobs_;
  signature::Trust trust_;
  std::mutex publishing_;
};

}  // namespace oree::hub
