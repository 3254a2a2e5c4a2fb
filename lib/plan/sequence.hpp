// Sequence: elements in one order through several tensors at once, as few axes as their strides allow.
#pragma once

#include <algorithm>
#include <cstdint>

#include <poolnorm/tensor.hpp>

namespace poolnorm {

// What a sequence steps through; a tensor that is not there has steps of 0. The mask counts bits.
// For gradients the residual is grad_dst, dst is grad_src and the gate is grad_residual.
enum Slot : int { slot_src, slot_residual, slot_dst, slot_mask, slot_gate, slots };

struct SequenceAxis {
  std::int64_t count = 1;
  std::int64_t step[slots] = {};
};

struct SequencePiece {
  std::int64_t offset[slots];
  std::int64_t count;
};

class Sequence {
 public:
  // The next axis inwards. Axes of one element go; an axis that the one before continues joins it.
  void append(const SequenceAxis& axis) noexcept;
  // Elements along the innermost axis are contiguous where `contiguous`: else each is an axis of its own.
  void close(bool contiguous) noexcept;

  const SequenceAxis& inner() const noexcept { return axes_[count_ - 1]; }
  std::int64_t elements() const noexcept;
  // Whether it is one axis, so that any range of elements is one piece.
  bool single() const noexcept { return count_ == 1; }

  // The piece that begins at element `at` and ends at `end` at the latest.
  SequencePiece piece(std::int64_t at, std::int64_t end) const noexcept;
  template <class F>
  void for_pieces(std::int64_t begin, std::int64_t end, F f) const noexcept {
    while (begin < end) {
      const SequencePiece p = piece(begin, end);
      f(p);
      begin += p.count;
    }
  }

 private:
  SequenceAxis axes_[max_rank + 1];
  int count_ = 0;
};

}  // namespace poolnorm
