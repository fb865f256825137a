#include "services/oip/grpc/infer.h"

#include "services/oip/grpc/infer_request.h"
#include "services/oip/grpc/infer_response.h"
#include "services/oip/grpc/status.h"

namespace oree::oip {
namespace {

std::unexpected<Error> no_regions() {
  return fail(ErrorKind::denied,
              "shared memory is not allowed here: the client is not on this machine, or it is switched off");
}

}  // namespace

bool InferStart::may_use_regions(const grpc::Rpc& rpc) const {
  if (parts_.shared_memory == nullptr) return false;
  return parts_.regions == RegionsFor::everybody || oip::may_use_regions(parts_.regions, rpc.peer());
}

Status InferStart::find_regions(InferCall& call) const {
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const InputRegion& wanted = call.input_regions[i];
    if (!wanted.given) continue;
    if (!call.may_use_regions) return no_regions();
    auto part = parts_.shared_memory->part(wanted.name, wanted.offset, wanted.size);
    if (!part) return forward(part);
    call.inputs[i].data = part->bytes;
    call.regions.push_back(std::move(part->keep));
  }
  for (size_t i = 0; i < call.wishes.size(); ++i) {
    OutputWish& wish = call.wishes[i];
    if (!wish.in_region) continue;
    if (!call.may_use_regions) return no_regions();
    auto part = parts_.shared_memory->part(wish.region, wish.region_offset, wish.region_size);
    if (!part) return forward(part);
    wish.place = part->bytes;
    if (wish.classes == 0) call.outputs[i].preset = part->bytes;
    call.regions.push_back(std::move(part->keep));
  }
  return {};
}

Status InferStart::prepare(InferCall& call, ByteView message) const {
  if (Status decoded = decode_infer_request(message, call); !decoded) return decoded;
  return find_regions(call);
}

void InferStart::start(InferCall& call, ByteView message) const {
  if (Status prepared = prepare(call, message); !prepared) return call.finished(std::move(prepared));
  auto served = parts_.service.find(call.model_name, call.model_version, inference::Wait::no);
  if (served) return run(call, *std::move(served));
  if (served.error().kind != ErrorKind::busy) return call.finished(forward(served));
  if (!desk_.hand_over([this, &call] { wait_and_start(call); })) {
    call.finished(fail(ErrorKind::busy, "too many requests wait for models that have to be loaded"));
  }
}

void InferStart::wait_and_start(InferCall& call) const {
  auto served = parts_.service.find(call.model_name, call.model_version, inference::Wait::yes);
  if (!served) return call.finished(forward(served));
  run(call, *std::move(served));
}

void InferStart::run(InferCall& call, std::shared_ptr<inference::Served> served) const {
  call.served = std::move(served);
  if (parts_.trace != nullptr) call.ticket = parts_.trace->take_ticket(call.served->description().name);
  call.served->start(call);
}

void InferStart::trace(InferCall& call) const {
  if (call.ticket.id != 0) parts_.trace->write(call.ticket, call, call.served->description());
}

class UnaryInfer::Call final : public InferCall {
 public:
  grpc::Rpc* rpc = nullptr;
  CallPool<Call>* pool = nullptr;
  const InferStart* start = nullptr;

  bool wanted() const override { return !rpc->gone(); }
  void finished(Status status) override {
    start->trace(*this);
    if (status) status = encode_infer_response(*this, {}, rpc->reply());
    // The answer borrows nothing of the call any more; the call's memory is for the next one.
    grpc::Rpc& asked = *rpc;
    pool->give_back(*this);
    if (status) {
      asked.finish();
    } else {
      refuse(asked, status.error());
    }
  }
};

UnaryInfer::UnaryInfer(const InferStart& start) : start_(start), pool_(std::make_unique<CallPool<Call>>()) {}

UnaryInfer::~UnaryInfer() = default;

void UnaryInfer::answer(grpc::Rpc& rpc) {
  Call& call = pool_->take();
  call.rpc = &rpc;
  call.pool = pool_.get();
  call.start = &start_;
  call.times.received = rpc.received();
  call.may_use_regions = start_.may_use_regions(rpc);
  start_.start(call, rpc.message());
}

}  // namespace oree::oip
