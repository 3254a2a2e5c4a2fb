#include "plan/tensor_check.hpp"

#include <numeric>

#include "plan/checked.hpp"
#include "plan/quantization.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

using ll = long long;

Checked checked_span(const TensorDesc& t) noexcept {
  Checked last = 0;
  for (int i = 0; i < t.rank; ++i) {
    if (t.dims[i] > 1) last = last + Checked(t.dims[i] - 1) * t.strides[i];
  }
  return last + 1;
}

// Whether both tensors keep to residues modulo `period` that do not meet: `run` elements each, `apart`
// elements from a's first to b's.
bool interleaved(std::int64_t period, std::int64_t run_a, std::int64_t run_b, std::int64_t apart) noexcept {
  if (period <= 0 || run_a > period || run_b > period) return false;
  const std::int64_t shift = ((apart % period) + period) % period;
  return shift >= run_a && shift + run_b <= period;
}

}  // namespace

Status check_tensor(const char* name, const TensorDesc& t, int min_rank, bool broadcast) noexcept {
  if (size_of(t.type) == 0) return invalid("%s.type is %d, no known element type", name, static_cast<int>(t.type));
  if (t.rank < min_rank || t.rank > max_rank) {
    return invalid("%s.rank is %d, must be %d to %d (N, C and the spatial dims)", name, t.rank, min_rank, max_rank);
  }
  for (int i = 0; i < t.rank; ++i) {
    const std::int64_t least = i < 2 ? 0 : 1;
    if (t.dims[i] < least) {
      return invalid("%s.dims[%d] is %lld, must be >= %lld", name, i, ll{t.dims[i]}, ll{least});
    }
  }
  if (t.dims[0] == 0 || t.dims[1] == 0) return {};
  for (int i = 0; i < t.rank; ++i) {
    if (t.dims[i] < 2) continue;
    if (t.strides[i] < (broadcast ? 0 : 1)) {
      return invalid("%s.strides[%d] is %lld, must be >= %d", name, i, ll{t.strides[i]}, broadcast ? 0 : 1);
    }
  }
  Checked count = 1;
  for (int i = 0; i < t.rank; ++i) count = count * t.dims[i];
  for (const Checked& elements : {count, checked_span(t)}) {
    if ((elements * size_of(t.type)).value() > most_bytes) return invalid("%s has more than 2^56 bytes", name);
  }
  return {};
}

Status check_f32_tensor(const char* name, const TensorDesc& t, int min_rank, bool broadcast) noexcept {
  if (const Status s = check_tensor(name, t, min_rank, broadcast); !s) return s;
  if (t.type == ElementType::f32) return {};
  return unsupported("%s.type is %s, this operation works on f32", name, poolnorm::name(t.type));
}

Status check_float_tensor(const char* name, const TensorDesc& t, int min_rank) noexcept {
  if (const Status s = check_tensor(name, t, min_rank); !s) return s;
  if (!quantized(t.type)) return {};
  return unsupported("%s.type is %s, this operation works on f32, f16, bf16 and f64", name, poolnorm::name(t.type));
}

Status no_kernels_for(const TensorDesc& src) noexcept {
  return unsupported("src.type is %s, which this build has no kernels for", poolnorm::name(src.type));
}

Status check_no_overlap(const char* name, const TensorDesc& t) noexcept {
  int order[max_rank];
  int n = 0;
  for (int i = 0; i < t.rank; ++i) {
    if (t.dims[i] == 0) return {};
    if (t.dims[i] == 1) continue;
    int at = n++;
    for (; at > 0 && t.strides[order[at - 1]] > t.strides[i]; --at) order[at] = order[at - 1];
    order[at] = i;
  }
  std::int64_t inner = 1;
  for (int i = 0; i < n; ++i) {
    const int d = order[i];
    if (t.strides[d] < inner) {
      return invalid("%s.strides[%d] is %lld: elements of %s overlap", name, d, ll{t.strides[d]}, name);
    }
    inner += (t.dims[d] - 1) * t.strides[d];
  }
  return {};
}

Status check_same_dims(const char* name, const TensorDesc& t, const TensorDesc& src) noexcept {
  if (t.rank != src.rank) return invalid("%s.rank is %d, src has %d", name, t.rank, src.rank);
  for (int i = 0; i < t.rank; ++i) {
    if (t.dims[i] != src.dims[i]) {
      return invalid("%s.dims[%d] is %lld, src has %lld", name, i, ll{t.dims[i]}, ll{src.dims[i]});
    }
  }
  return {};
}

Status check_same_type(const char* name, const TensorDesc& t, const TensorDesc& src) noexcept {
  if (t.type == src.type) return {};
  return invalid("%s.type is %s, src has %s", name, poolnorm::name(t.type), poolnorm::name(src.type));
}

Status check_like_src(const char* name, const TensorDesc& t, const TensorDesc& src) noexcept {
  const Status s = check_same_dims(name, t, src);
  return s ? check_same_type(name, t, src) : s;
}

std::int64_t span(const TensorDesc& t) noexcept {
  for (int i = 0; i < t.rank; ++i) {
    if (t.dims[i] == 0) return 0;
  }
  return checked_span(t).value();
}

void spread_strides(const TensorDesc& t, std::int64_t (&strides)[max_rank]) noexcept {
  const int missing = max_rank - t.rank;
  for (int i = 0; i < max_rank; ++i) {
    const int dim = i - missing;
    strides[i] = i < 2 ? t.strides[i] : dim >= 2 && t.dims[dim] > 1 ? t.strides[dim] : 0;
  }
}

bool same_strides(const TensorDesc& a, const TensorDesc& b) noexcept {
  for (int i = 0; i < a.rank; ++i) {
    if (a.dims[i] > 1 && a.strides[i] != b.strides[i]) return false;
  }
  return true;
}

bool overlap(const TensorDesc& a, const void* pa, const TensorDesc& b, const void* pb) noexcept {
  const auto begin_a = reinterpret_cast<std::uintptr_t>(pa), begin_b = reinterpret_cast<std::uintptr_t>(pb);
  const std::int64_t size = size_of(a.type);
  const auto end_a = begin_a + static_cast<std::uintptr_t>(span(a) * size);
  const auto end_b = begin_b + static_cast<std::uintptr_t>(span(b) * size_of(b.type));
  if (begin_a == end_a || begin_b == end_b || end_a <= begin_b || end_b <= begin_a) return false;
  const auto bytes = static_cast<std::int64_t>(begin_b - begin_a);
  if (size_of(a.type) != size_of(b.type) || bytes % size != 0) return true;
  // Slices of one buffer meet in range, but not in any run along the dims they are cut from.
  const auto sliced = [&](auto cut_from) {
    std::int64_t period = 0, run[2] = {1, 1};
    for (const TensorDesc* t : {&a, &b}) {
      for (int i = 0; i < t->rank; ++i) {
        if (t->dims[i] < 2) continue;
        if (cut_from(i)) {
          run[t == &b] += (t->dims[i] - 1) * t->strides[i];
        } else {
          period = std::gcd(period, t->strides[i]);
        }
      }
    }
    return interleaved(period, run[0], run[1], bytes / size);
  };
  // Channels of NHWC; all dims from one on: channels of NCHW, columns, features of a token.
  if (sliced([](int i) { return i == 1; })) return false;
  for (int from = 1; from < a.rank; ++from) {
    if (sliced([from](int i) { return i >= from; })) return false;
  }
  return true;
}

}  // namespace poolnorm
