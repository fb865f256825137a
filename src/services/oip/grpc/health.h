// grpc.health.v1.Health: Check and Watch. "" asks for the server, a model's name for that model, and the
// service's own name for the service. https://github.com/grpc/grpc/blob/master/doc/health-checking.md
#pragma once

#include <memory>

#include "core/inference/service/service.h"
#include "platform/grpc/server.h"

namespace oree::oip {

void mount_health(grpc::Methods& methods, inference::Service& service);

}  // namespace oree::oip
