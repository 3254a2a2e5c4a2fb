// The numbers of a local response norm, forward and back, from C.
#pragma once

#include <poolnorm/local_response_norm.hpp>

namespace poolnorm::c_api {

template <class C, class Desc>
void read_response(const C& c, Desc& x) noexcept {
  x.size = c.size;
  x.window = static_cast<ResponseWindow>(c.window);
  x.alpha = c.alpha;
  x.beta = c.beta;
  x.k = c.k;
}

}  // namespace poolnorm::c_api
