#include "c_api/moments.hpp"

using poolnorm::c_api::moments_of;

void poolnorm_merge_moments(const poolnorm_moments* parts, std::int64_t count, std::int64_t channels,
                            poolnorm_moments* out) {
  if (parts == nullptr || out == nullptr) return;
  poolnorm::merge_moments(moments_of(parts), count, channels, moments_of(out));
}
