#include "core/inference/backends/onnxruntime/ort_session.h"

#include "core/inference/backends/onnxruntime/ort_providers.h"

namespace oree::inference::ort {

namespace {

// Fusions without changes of layout, which a written graph could not be compared with.
constexpr int kAllOptimisations = 99, kFusions = 2, kNoOptimisations = 0;

}  // namespace

// Threads that spin between runs cost a core for nothing at the pace of a production line; within a run,
// where the next part of a layer is microseconds away, they are worth it. The arena without planned patterns
// gave the smallest and steadiest memory; README.md has the figures.
Result<Owned<OrtSessionOptions>> session_options(const Runtime& runtime, const LoadOptions& wanted) {
  const Api& api = runtime.api();
  OrtSessionOptions* raw = nullptr;
  if (Status made = runtime.check(api(kCreateSessionOptions, &raw)); !made) return forward(made);
  Owned<OrtSessionOptions> options = runtime.own(raw);
  for (OrtStatus* status : {
           api(kSetSessionGraphOptimizationLevel, raw,
               !wanted.fuse                ? kNoOptimisations
               : wanted.fused_file.empty() ? kAllOptimisations
                                           : kFusions),
           api(kSetIntraOpNumThreads, raw, wanted.threads),
           api(kSetInterOpNumThreads, raw, 1),
           api(kDisableMemPattern, raw),
           api(kAddSessionConfigEntry, raw, "session.intra_op.allow_spinning",
               wanted.threads > 1 ? "1" : "0"),
           api(kAddSessionConfigEntry, raw, "session.force_spinning_stop", "1"),
           api(kAddSessionConfigEntry, raw, "session.inter_op.allow_spinning", "0"),
       }) {
    if (Status set = runtime.check(status); !set) return forward(set);
  }
  for (const auto& [name, value] : wanted.settings) {
    const Status set = runtime.check(api(kAddSessionConfigEntry, raw, name.c_str(), value.c_str()));
    if (!set) return forward(set, name);
  }
  if (Status added = add_accelerators(runtime, *raw, wanted.accelerators); !added) return forward(added);
  if (!wanted.fused_file.empty()) {
    const Status set = runtime.check(api(kSetOptimizedModelFilePath, raw, wanted.fused_file.c_str()));
    if (!set) return forward(set);
  }
  return options;
}

Result<Owned<OrtSession>> open_session(const Runtime& runtime, const Source& source,
                                       const LoadOptions& options, const Operators* operators) {
  Result<Owned<OrtSessionOptions>> settings = session_options(runtime, options);
  if (!settings) return forward(settings, source.name);
  if (operators != nullptr) {
    if (Status added = operators->add_to(**settings); !added) return forward(added, source.name);
  }
  OrtSession* session = nullptr;
  const Status created =
      runtime.check(source.bytes ? runtime.api()(kCreateSessionFromArray, runtime.env(), source.bytes->data(),
                                                 source.bytes->size(), settings->get(), &session)
                                 : runtime.api()(kCreateSession, runtime.env(), source.name.c_str(),
                                                 settings->get(), &session));
  if (!created) return forward(created, source.name);
  return runtime.own(session);
}

}  // namespace oree::inference::ort
