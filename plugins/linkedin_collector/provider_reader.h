#pragma once

#include "kit/option_reader.h"
#include "linkedin_collector/settings.h"

namespace stepd::linkedin {

/// Reads one item of `providers`; what is wrong goes to the reader. `timeout` is used where it names none.
Provider readProvider(kit::OptionReader reader, Duration timeout);

}  // namespace stepd::linkedin
