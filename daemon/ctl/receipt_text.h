#pragma once

#include <string>

#include "ctl/client.h"

namespace stepd::ctl {

/// `cpu 3.1 ms · 4.2 KiB in · 1.1 KiB out · 2 host calls · rss 12 MiB`; empty if it is null or absent.
std::string receiptText(const Json& receipt);

}  // namespace stepd::ctl
