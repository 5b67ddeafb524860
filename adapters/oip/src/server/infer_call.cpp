#include "server/infer_call.hpp"

#include <utility>

#include <grpcpp/server_context.h>

namespace dsc::oip {

std::shared_ptr<infer_call> infer_call::begin(grpc::CallbackServerContext& context, grpc::ByteBuffer& answer,
                                              call_observer& observer) {
  std::shared_ptr<infer_call> call{new infer_call{context, answer, observer}};
  call->self_ = call;
  return call;
}

infer_call::infer_call(grpc::CallbackServerContext const& context, grpc::ByteBuffer& answer, call_observer& observer)
    : deadline_{context.deadline()}, answer_{&answer}, observer_{&observer} {}

void infer_call::finish(grpc::ByteBuffer answer) {
  answer_->Swap(&answer);
  Finish(grpc::Status::OK);
}

void infer_call::OnCancel() {
  gone_ = true;
  observer_->on_gone(*this);
}

void infer_call::OnDone() { std::exchange(self_, nullptr).reset(); }

}  // namespace dsc::oip
