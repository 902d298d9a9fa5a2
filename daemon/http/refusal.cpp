#include "http/refusal.h"

namespace stepd::http {

const char* toString(Refusal refusal) {
    switch (refusal) {
        case Refusal::Grammar: return "grammar";
        case Refusal::LineTooLong: return "line_too_long";
        case Refusal::HeaderTooLarge: return "header_too_large";
        case Refusal::BodyTooLarge: return "body_too_large";
        case Refusal::Method: return "method";
        case Refusal::Expectation: return "expectation";
        case Refusal::NotFound: return "not_found";
        case Refusal::NotAllowed: return "not_allowed";
        case Refusal::Unauthorized: return "unauthorized";
        case Refusal::Shed: return "shed";
        case Refusal::NoRoom: return "no_room";
        case Refusal::SlowHeader: return "slow_header";
        case Refusal::SlowBody: return "slow_body";
        case Refusal::SlowReader: return "slow_reader";
        case Refusal::TooMany: return "too_many";
        case Refusal::TooManyOfOne: return "too_many_of_one";
    }
    return "unknown";
}

Status statusOf(Refusal refusal) {
    switch (refusal) {
        case Refusal::Grammar: return Status::BadRequest;
        case Refusal::LineTooLong: return Status::UriTooLong;
        case Refusal::HeaderTooLarge: return Status::HeaderTooLarge;
        case Refusal::BodyTooLarge: return Status::PayloadTooLarge;
        case Refusal::Method: return Status::NotImplemented;
        case Refusal::Expectation: return Status::ExpectationFailed;
        case Refusal::NotFound: return Status::NotFound;
        case Refusal::NotAllowed: return Status::MethodNotAllowed;
        case Refusal::Unauthorized: return Status::Unauthorized;
        case Refusal::SlowHeader:
        case Refusal::SlowBody: return Status::RequestTimeout;
        case Refusal::Shed:
        case Refusal::NoRoom:
        case Refusal::SlowReader:
        case Refusal::TooMany:
        case Refusal::TooManyOfOne: return Status::ServiceUnavailable;
    }
    return Status::InternalServerError;
}

}  // namespace stepd::http
