#include "http/responder.h"

namespace stepd::http {

Responder::Responder(std::function<void(Response)> complete)
    : exchange_(std::make_shared<Exchange>(std::move(complete))) {}

bool Responder::send(Response response) const {
    return exchange_->send(std::move(response));
}

bool Responder::clientGone() const {
    return exchange_->clientGone();
}

bool Exchange::send(Response response) {
    if (sent_.exchange(true, std::memory_order_acq_rel)) return false;
    complete_(std::move(response));
    return true;
}

Exchange::~Exchange() {
    if (!sent_.load(std::memory_order_acquire))
        complete_(problem(Status::InternalServerError, "The request was dropped without an answer."));
}

}  // namespace stepd::http
