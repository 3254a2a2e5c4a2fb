#include "plan/sequence.hpp"

namespace poolnorm {

void Sequence::append(const SequenceAxis& axis) noexcept {
  if (axis.count == 1) return;
  bool follows = count_ > 0;
  for (int t = 0; t < slots && follows; ++t) {
    follows = axes_[count_ - 1].step[t] == axis.step[t] * axis.count;
  }
  if (follows) {
    const std::int64_t count = axes_[count_ - 1].count * axis.count;
    axes_[count_ - 1] = axis;
    axes_[count_ - 1].count = count;
  } else {
    axes_[count_++] = axis;
  }
}

void Sequence::close(bool contiguous) noexcept {
  const auto one = [this] {
    for (int t = 0; t < slots; ++t) {
      if (axes_[count_ - 1].step[t] > 1) return false;
    }
    return true;
  };
  if (count_ == 0 || (contiguous && !one())) {
    SequenceAxis& last = axes_[count_++];
    last = {};
    for (std::int64_t& step : last.step) step = 1;
  }
}

std::int64_t Sequence::elements() const noexcept {
  std::int64_t n = 1;
  for (int i = 0; i < count_; ++i) n *= axes_[i].count;
  return n;
}

SequencePiece Sequence::piece(std::int64_t at, std::int64_t end) const noexcept {
  SequencePiece p{};
  std::int64_t rest = at;
  for (int i = count_ - 1; i >= 0; --i) {
    const SequenceAxis& axis = axes_[i];
    const std::int64_t index = i == 0 ? rest : rest % axis.count;
    if (i == count_ - 1) p.count = std::min(axis.count - index, end - at);
    for (int t = 0; t < slots; ++t) p.offset[t] += index * axis.step[t];
    rest /= axis.count;
  }
  return p;
}

}  // namespace poolnorm
