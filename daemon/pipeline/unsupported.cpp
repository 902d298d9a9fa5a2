#include "pipeline/unsupported.h"

#include <string>

namespace stepd::pipeline {

void refuseUnsupported(yaml::Reader& fields, std::initializer_list<const char*> keys) {
    for (const char* key : keys) fields.refuse(key, "`" + std::string(key) + "` is not supported yet", "leave it out");
}

}  // namespace stepd::pipeline
