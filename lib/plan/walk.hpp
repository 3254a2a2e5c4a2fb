// Which way tensors are walked together.
#pragma once

#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

enum class Walk : int {
  channels_first,  // W is contiguous: a row is W elements of one channel
  channels_last,   // C is contiguous: a row is W groups of channels
};

inline const char* name(Walk walk) noexcept { return walk == Walk::channels_first ? "channels_first" : "channels_last"; }

// A checked tensor; of rank 0: none.
struct WalkedTensor {
  const char* name;
  const TensorDesc* desc;
  bool broadcast = false;  // strides of 0 are welcome
};

// channels_last where there are several channels, contiguous in every tensor; else, or with `rows_only`, channels_first
// where the last spatial dim is. All tensors have N and C of src, the first.
Status choose_walk(const WalkedTensor* tensors, int count, bool rows_only, Walk& walk) noexcept;

template <int count>
Status choose_walk(const WalkedTensor (&tensors)[count], bool rows_only, Walk& walk) noexcept {
  return choose_walk(tensors, count, rows_only, walk);
}

// The name of the first tensor that is not contiguous along `axis`, or null.
const char* odd_along(int axis, const WalkedTensor* tensors, int count) noexcept;

// The walk of a packed tensor that goes with `t`: nchw() of a single pixel has all strides at 1, nhwc() has not.
Walk walk_of(const TensorDesc& t) noexcept;

}  // namespace poolnorm
