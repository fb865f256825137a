// The calls of GRPCInferenceService that are not inference: a request's bytes in, an answer's bytes out. No
// sockets.
#pragma once

#include <string_view>
#include <vector>

#include "services/oip/grpc/face.h"
#include "services/oip/grpc/protobuf.h"

namespace oree::oip {

// What one call is given beside its bytes.
struct ControlCall {
  ByteView request;
  protobuf::Writer& reply;
  inference::Wait
      wait;  // with Wait::no the answer may be `busy`: then it is asked again from where it may wait
  bool may_use_regions;
};

class Control {
 public:
  explicit Control(const GrpcParts& parts) : parts_(parts) {}

  using Handle = Status (Control::*)(const ControlCall&) const;
  struct Row {
    std::string_view name;
    Handle handle;
    bool quick;  // worth trying on an I/O thread first
  };
  static const std::vector<Row>& table();

 private:
  Status server_live(const ControlCall& call) const;
  Status server_ready(const ControlCall& call) const;
  Status server_metadata(const ControlCall& call) const;
  Status model_ready(const ControlCall& call) const;
  Status model_metadata(const ControlCall& call) const;
  Status model_config(const ControlCall& call) const;
  Status model_statistics(const ControlCall& call) const;
  Status repository_index(const ControlCall& call) const;
  Status repository_load(const ControlCall& call) const;
  Status repository_unload(const ControlCall& call) const;
  Status system_status(const ControlCall& call) const;
  Status system_register(const ControlCall& call) const;
  Status system_unregister(const ControlCall& call) const;
  Status cuda_status(const ControlCall& call) const;
  Status cuda_register(const ControlCall& call) const;
  Status cuda_unregister(const ControlCall& call) const;
  Status trace_setting(const ControlCall& call) const;
  Status log_settings(const ControlCall& call) const;

  Result<SharedMemory*> regions(const ControlCall& call) const;
  const GrpcParts& parts_;
};

}  // namespace oree::oip
