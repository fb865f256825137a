// The part of ONNX Runtime's C interface that we call, as facts about a table.
//
// The library exports one symbol, OrtGetApiBase(); it hands out a table of function pointers to which
// releases only ever append. So a slot is its place in that table plus its signature, and one build drives
// every release that has the slots below. check_slots.py holds each of them against a real header, where
// there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace oree::inference::ort {

// Opaque on their side.
struct OrtAllocator;
struct OrtArenaCfg;
struct OrtCustomOp;  // ort_operators.cc
struct OrtCustomOpDomain;
struct OrtEnv;
struct OrtKernelContext;
struct OrtKernelInfo;
struct OrtMemoryInfo;
struct OrtPrepackedWeightsContainer;
struct OrtRunOptions;
struct OrtSession;
struct OrtSessionOptions;
struct OrtStatus;
struct OrtTensorTypeAndShapeInfo;
struct OrtTypeInfo;
struct OrtValue;

// What OrtGetApiBase() returns.
struct ApiBase {
  const void* const* (*get_api)(uint32_t version);
  const char* (*version)();
};
using GetApiBase = const ApiBase*();

// The oldest table version that holds every slot below.
inline constexpr uint32_t kApiVersion = 17;

template <class F>
struct Slot {
  size_t index;
};

inline constexpr Slot<int(const OrtStatus*)> kGetErrorCode{1};
inline constexpr Slot<const char*(const OrtStatus*)> kGetErrorMessage{2};
inline constexpr Slot<OrtStatus*(int, const char*, OrtEnv**)> kCreateEnv{3};
inline constexpr Slot<OrtStatus*(const OrtEnv*)> kDisableTelemetryEvents{6};
inline constexpr Slot<OrtStatus*(const OrtEnv*, const char*, const OrtSessionOptions*, OrtSession**)>
    kCreateSession{7};
inline constexpr Slot<OrtStatus*(const OrtEnv*, const void*, size_t, const OrtSessionOptions*, OrtSession**)>
    kCreateSessionFromArray{8};
inline constexpr Slot<OrtStatus*(OrtSession*, const OrtRunOptions*, const char* const*,
                                 const OrtValue* const*, size_t, const char* const*, size_t, OrtValue**)>
    kRun{9};
inline constexpr Slot<OrtStatus*(OrtSessionOptions**)> kCreateSessionOptions{10};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const char*)> kSetOptimizedModelFilePath{11};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*)> kDisableMemPattern{17};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, int)> kSetSessionGraphOptimizationLevel{23};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, int)> kSetIntraOpNumThreads{24};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, int)> kSetInterOpNumThreads{25};
inline constexpr Slot<OrtStatus*(const char*, OrtCustomOpDomain**)> kCreateCustomOpDomain{26};
inline constexpr Slot<OrtStatus*(OrtCustomOpDomain*, const OrtCustomOp*)> kCustomOpDomain_Add{27};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, OrtCustomOpDomain*)> kAddCustomOpDomain{28};
inline constexpr Slot<OrtStatus*(const OrtSession*, size_t*)> kSessionGetInputCount{30};
inline constexpr Slot<OrtStatus*(const OrtSession*, size_t*)> kSessionGetOutputCount{31};
inline constexpr Slot<OrtStatus*(const OrtSession*, size_t, OrtTypeInfo**)> kSessionGetInputTypeInfo{33};
inline constexpr Slot<OrtStatus*(const OrtSession*, size_t, OrtTypeInfo**)> kSessionGetOutputTypeInfo{34};
inline constexpr Slot<OrtStatus*(const OrtSession*, size_t, OrtAllocator*, char**)> kSessionGetInputName{36};
inline constexpr Slot<OrtStatus*(const OrtSession*, size_t, OrtAllocator*, char**)> kSessionGetOutputName{37};
inline constexpr Slot<OrtStatus*(OrtRunOptions**)> kCreateRunOptions{39};
inline constexpr Slot<OrtStatus*(const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t, int,
                                 OrtValue**)>
    kCreateTensorWithDataAsOrtValue{49};
inline constexpr Slot<OrtStatus*(OrtAllocator*, const int64_t*, size_t, int, OrtValue**)>
    kCreateTensorAsOrtValue{48};
inline constexpr Slot<OrtStatus*(OrtValue*, void**)> kGetTensorMutableData{51};
inline constexpr Slot<OrtStatus*(const OrtValue*, size_t*)> kGetStringTensorDataLength{53};
inline constexpr Slot<OrtStatus*(const OrtValue*, void*, size_t, size_t*, size_t)> kGetStringTensorContent{
    54};
inline constexpr Slot<OrtStatus*(OrtValue*, size_t, size_t, char**)> kGetResizedStringTensorElementBuffer{
    252};
inline constexpr Slot<OrtStatus*(const OrtTypeInfo*, const OrtTensorTypeAndShapeInfo**)>
    kCastTypeInfoToTensorInfo{55};
inline constexpr Slot<OrtStatus*(const OrtTensorTypeAndShapeInfo*, int*)> kGetTensorElementType{60};
inline constexpr Slot<OrtStatus*(const OrtTensorTypeAndShapeInfo*, size_t*)> kGetDimensionsCount{61};
inline constexpr Slot<OrtStatus*(const OrtTensorTypeAndShapeInfo*, int64_t*, size_t)> kGetDimensions{62};
inline constexpr Slot<OrtStatus*(const OrtValue*, OrtTensorTypeAndShapeInfo**)> kGetTensorTypeAndShape{65};
inline constexpr Slot<OrtStatus*(int, int, OrtMemoryInfo**)> kCreateCpuMemoryInfo{69};
inline constexpr Slot<OrtStatus*(OrtAllocator*, void*)> kAllocatorFree{76};
inline constexpr Slot<OrtStatus*(OrtAllocator**)> kGetAllocatorWithDefaultOptions{78};
inline constexpr Slot<OrtStatus*(const OrtKernelContext*, size_t, const OrtValue**)> kKernelContext_GetInput{
    90};
inline constexpr Slot<OrtStatus*(OrtKernelContext*, size_t, const int64_t*, size_t, OrtValue**)>
    kKernelContext_GetOutput{91};
inline constexpr Slot<OrtStatus*(char***, int*)> kGetAvailableProviders{125};
inline constexpr Slot<OrtStatus*(char**, int)> kReleaseAvailableProviders{126};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const char*, const char*)> kAddSessionConfigEntry{130};
inline constexpr Slot<OrtStatus*(OrtEnv*, const OrtMemoryInfo*, const OrtArenaCfg*)>
    kCreateAndRegisterAllocator{144};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const char*, const OrtValue*)> kAddInitializer{150};
inline constexpr Slot<OrtStatus*(OrtRunOptions*, const char*, const char*)> kAddRunConfigEntry{165};
inline constexpr Slot<OrtStatus*(OrtPrepackedWeightsContainer**)> kCreatePrepackedWeightsContainer{166};
inline constexpr Slot<OrtStatus*(const OrtEnv*, const char*, const OrtSessionOptions*,
                                 OrtPrepackedWeightsContainer*, OrtSession**)>
    kCreateSessionWithPrepackedWeightsContainer{168};

// How each type that we own is given back.
template <class T>
struct ReleaseSlot;
// clang-format off
template <> struct ReleaseSlot<OrtEnv> { static constexpr Slot<void(OrtEnv*)> kRelease{92}; };
template <> struct ReleaseSlot<OrtStatus> { static constexpr Slot<void(OrtStatus*)> kRelease{93}; };
template <> struct ReleaseSlot<OrtMemoryInfo> { static constexpr Slot<void(OrtMemoryInfo*)> kRelease{94}; };
template <> struct ReleaseSlot<OrtSession> { static constexpr Slot<void(OrtSession*)> kRelease{95}; };
template <> struct ReleaseSlot<OrtValue> { static constexpr Slot<void(OrtValue*)> kRelease{96}; };
template <> struct ReleaseSlot<OrtRunOptions> { static constexpr Slot<void(OrtRunOptions*)> kRelease{97}; };
template <> struct ReleaseSlot<OrtTypeInfo> { static constexpr Slot<void(OrtTypeInfo*)> kRelease{98}; };
template <> struct ReleaseSlot<OrtPrepackedWeightsContainer> { static constexpr Slot<void(OrtPrepackedWeightsContainer*)> kRelease{167}; };
template <> struct ReleaseSlot<OrtTensorTypeAndShapeInfo> { static constexpr Slot<void(OrtTensorTypeAndShapeInfo*)> kRelease{99}; };
template <> struct ReleaseSlot<OrtSessionOptions> { static constexpr Slot<void(OrtSessionOptions*)> kRelease{100}; };
template <> struct ReleaseSlot<OrtCustomOpDomain> { static constexpr Slot<void(OrtCustomOpDomain*)> kRelease{101}; };
// clang-format on

// The table, callable: api(kRun, session, …). A value; valid as long as the library is loaded.
class Api {
 public:
  explicit Api(const void* const* table) : table_(table) {}

  template <class R, class... Parameters, class... Arguments>
  R operator()(Slot<R(Parameters...)> slot, Arguments... arguments) const {
    return reinterpret_cast<R (*)(Parameters...)>(const_cast<void*>(table_[slot.index]))(arguments...);
  }

 private:
  const void* const* table_;
};

template <class T>
struct Releaser {
  Api api;
  void operator()(T* object) const { api(ReleaseSlot<T>::kRelease, object); }
};
template <class T>
using Owned = std::unique_ptr<T, Releaser<T>>;

}  // namespace oree::inference::ort
