// The version of this library.
#include <poolnorm/version.hpp>

namespace poolnorm {

int version() noexcept { return POOLNORM_VERSION; }

}  // namespace poolnorm
