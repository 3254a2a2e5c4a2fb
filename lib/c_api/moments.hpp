// Arrays of moments: the same layout in both languages, so that none is copied.
#pragma once

#include <poolnorm/c/moments.h>
#include <poolnorm/moments.hpp>

#include <cstddef>

namespace poolnorm::c_api {

static_assert(sizeof(poolnorm_moments) == sizeof(Moments) &&
              offsetof(poolnorm_moments, mean) == offsetof(Moments, mean) &&
              offsetof(poolnorm_moments, m2) == offsetof(Moments, m2));

inline Moments* moments_of(poolnorm_moments* c) noexcept { return reinterpret_cast<Moments*>(c); }
inline const Moments* moments_of(const poolnorm_moments* c) noexcept { return reinterpret_cast<const Moments*>(c); }

}  // namespace poolnorm::c_api
