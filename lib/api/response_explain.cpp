#include "api/explain.hpp"
#include "api/response_explain.hpp"

#include <cstdio>

namespace poolnorm {

std::size_t explain_response(const char* operation, const ResponsePlanData* p, char* buffer,
                             std::size_t size) noexcept {
  int length;
  if (p == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (p->empty) {
    length = std::snprintf(buffer, size, "%s isa=%s empty tensor: nothing to do", operation, name(p->isa));
  } else {
    length = std::snprintf(
        buffer, size,
        "%s type=%s isa=%s channels=%s window=-%lld..%lld accumulate=f64 tasks=%lld tile=%lld worker_bytes=%lld",
        operation, name(p->src.type), name(p->isa), p->channels_last ? "last" : "first",
        static_cast<long long>(p->below), static_cast<long long>(p->above), static_cast<long long>(p->tasks),
        static_cast<long long>(p->tile), static_cast<long long>(p->worker_bytes()));
  }
  return written(length);
}

}  // namespace poolnorm
