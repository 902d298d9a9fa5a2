#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "http/request.h"
#include "model/ids.h"
#include "store/readers.h"

namespace stepd::api {

constexpr std::size_t kDefaultPage = 50;
constexpr std::size_t kLargestPage = 500;

/// Reads `?limit=` (1..500, default 50) and `?cursor=` (the id of the last item of the page before). The reason is a
/// sentence for the client.
Result<store::Page<RunId>, std::string> runPage(const http::Request& request);
Result<store::Page<EventId>, std::string> eventPage(const http::Request& request);

}  // namespace stepd::api
