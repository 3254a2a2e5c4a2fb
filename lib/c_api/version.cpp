// The version of this library, for C.
#include <poolnorm/c/version.h>
#include <poolnorm/version.hpp>

int poolnorm_version() { return poolnorm::version(); }
