#pragma once

#include <string>

#include "ctl/client.h"

namespace stepd::ctl {

/// What is known of a crash, for people: signal, stack, last lines and fingerprint, from the `details` of a step's
/// error. Lines that begin with `indent`; empty if the error is no crash.
std::string crashPicture(const Json& error, const std::string& indent);

/// Why a run is in quarantine and what to do; empty if it is not.
std::string quarantineSentence(const Json& run);

}  // namespace stepd::ctl
