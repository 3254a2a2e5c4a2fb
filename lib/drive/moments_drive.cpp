#include "drive/moments_drive.hpp"

#include <algorithm>
#include <cstring>

namespace poolnorm {
namespace {

// Blocks of one call.
constexpr std::int64_t most_blocks = 8;
// Channels whose lanes stand side by side.
constexpr std::int64_t strip_channels = 64;

void copy(const double* from, std::int64_t m2_step, std::int64_t width, double* mean, double* m2) noexcept {
  std::memcpy(mean, from, static_cast<std::size_t>(width) * sizeof(double));
  std::memcpy(m2, from + m2_step, static_cast<std::size_t>(width) * sizeof(double));
}

// Elements [begin, begin + size) of a sequence as one run.
const void* gather(DataType data, const Sequence& sequence, Slot tensor, const void* from, std::int64_t begin,
                   std::int64_t size, char* to) noexcept {
  if (from == nullptr) return nullptr;
  char* at = to;
  sequence.for_pieces(begin, begin + size, [&](const SequencePiece& p) {
    const std::int64_t bytes = p.count * data.bytes();
    std::memcpy(at, data.at(from, p.offset[tensor]), static_cast<std::size_t>(bytes));
    at += bytes;
  });
  return to;
}

// Bytes gathered of src and, behind them, of gradient.
std::int64_t gathered_bytes(DataType data) noexcept { return block_elements * data.bytes(); }

// Elements [begin, end) of a leaf, from a block's begin. `gathered` may be null where every block is one piece.
Moments run_moments(BlocksKernel kernel, const Sequence& sequence, const SumsSource& source, std::int64_t begin,
                    std::int64_t end, char* gathered) noexcept {
  MomentsCounter counter(source.gradient != nullptr);
  double mean[most_blocks], m2[most_blocks];
  const std::int64_t whole = end - begin;
  while (begin < end) {
    const SequencePiece piece = sequence.piece(begin, end);
    const std::int64_t size = std::min(block_elements, end - begin);
    const std::int64_t blocks = std::clamp<std::int64_t>(piece.count / size, 1, most_blocks);
    SumsSource run = source.at(piece.offset);
    if (piece.count < size) {
      char* const behind = gathered + gathered_bytes(source.data);
      run.src = gather(source.data, sequence, slot_src, source.src, begin, size, gathered);
      run.gradient = gather(source.data, sequence, slot_residual, source.gradient, begin, size, behind);
    }
    kernel({run.src, size, blocks, 0, mean, m2, run.gradient, run.centre, 0, run.weight.at(0)});
    if (size * blocks == whole && blocks == 1) return {size, mean[0], m2[0]};
    for (std::int64_t b = 0; b < blocks; ++b) counter.push({size, mean[b], m2[b]});
    begin += size * blocks;
  }
  return counter.total();
}

// Planes of several channels and images, `size` elements of each channel, one behind the other.
const void* gather_planes(DataType data, const Population& p, const void* from, std::int64_t channel_step,
                          std::int64_t channels, std::int64_t image_step, std::int64_t size, char* to) noexcept {
  const std::int64_t bytes = p.segment * data.bytes();
  char* at = to;
  for (std::int64_t c = 0; c < channels; ++c) {
    const void* plane = data.at(from, c * channel_step);
    for (std::int64_t e = 0; e < size; e += p.segment, plane = data.at(plane, image_step), at += bytes) {
      std::memcpy(at, plane, static_cast<std::size_t>(bytes));
    }
  }
  return to;
}

// Leaf [begin, stop) of `width` planes, `step` apart.
void plane_moments(const Channels& channels, const SumsSource& source, std::int64_t begin, std::int64_t stop,
                   std::int64_t width, char* gathered, double* mean, double* m2) noexcept {
  const Population& p = *channels.population;
  const std::int64_t size = stop - begin, segment = begin / p.segment;
  const std::int64_t offset[slots] = {segment * p.segment_step, segment * p.gradient_step};
  const bool gradient = source.gradient != nullptr;
  const bool adjoin = width == 1 || (channels.step == size && (!gradient || channels.gradient_step == size));
  if (p.packed && size == p.segment && size <= block_elements && adjoin) {
    // Plane behind plane; the next image's are far away.
    const SumsSource first = source.at(offset);
    channels.kernels->blocks(
        {first.src, size, width, p.segment_step, mean, m2, first.gradient, first.centre, 1, nullptr});
    return;
  }
  if (p.packed && p.per_leaf > 1) {
    char* const behind = gathered + gathered_bytes(source.data);
    const std::int64_t at_once = block_elements / size;
    for (std::int64_t c = 0; c < width; c += at_once) {
      const std::int64_t now = std::min(at_once, width - c);
      const SumsSource first = source.at(offset).channel(channels, c);
      const void* const x =
          gather_planes(source.data, p, first.src, channels.step, now, p.segment_step, size, gathered);
      const void* const g = gradient ? gather_planes(source.data, p, first.gradient, channels.gradient_step, now,
                                                     p.gradient_step, size, behind)
                                     : nullptr;
      channels.kernels->blocks({x, size, now, 0, mean + c, m2 + c, g, first.centre, 1, nullptr});
    }
    return;
  }
  for (std::int64_t c = 0; c < width; ++c) {
    const Moments m =
        run_moments(channels.kernels->blocks, p.sequence, source.channel(channels, c), begin, stop, gathered);
    mean[c] = m.mean;
    m2[c] = m.m2;
  }
}

// The same for the channels of pixels.
class PixelMoments {
 public:
  PixelMoments(const Channels& channels, std::int64_t width, char* scratch) noexcept
      : channels_(channels),
        width_(width),
        lanes_(reinterpret_cast<double*>(scratch)),
        blocks_(lanes_ + lane_doubles(width)) {}
  static std::int64_t lane_doubles(std::int64_t width) noexcept {
    return 2 * virtual_lanes * std::min(width, strip_channels);
  }

  void operator()(const SumsSource& source, std::int64_t begin, std::int64_t end, double* mean) noexcept {
    if (end - begin <= block_elements) return block(source, begin, end - begin, mean);
    ChannelsCounter counter(*channels_.kernels, blocks_, width_);
    for (; begin < end; begin += block_elements) {
      const std::int64_t size = std::min(block_elements, end - begin);
      block(source, begin, size, counter.next());
      counter.push(size);
    }
    copy(counter.total(), width_, width_, mean, mean + width_);
  }

 private:
  void block(const SumsSource& source, std::int64_t begin, std::int64_t size, double* mean) noexcept {
    for (std::int64_t c = 0; c < width_; c += strip_channels) {
      strip(source.channel(channels_, c), begin, size, std::min(strip_channels, width_ - c), mean + c);
    }
  }

  // As many channels as have lanes in the first-level cache.
  void strip(const SumsSource& source, std::int64_t begin, std::int64_t size, std::int64_t width,
             double* mean) noexcept {
    std::memset(lanes_, 0, static_cast<std::size_t>(lane_doubles(width)) * sizeof(double));
    const Sequence& sequence = channels_.population->sequence;
    const SequenceAxis& step = sequence.inner();
    const void* const shift = source.data.at(source.src, sequence.piece(begin, begin + 1).offset[slot_src]);
    std::int64_t lane = 0;
    sequence.for_pieces(begin, begin + size, [&](const SequencePiece& p) {
      const SumsSource first = source.at(p.offset);
      channels_.kernels->pixels({first.src, shift, p.count, step.step[slot_src], lane % virtual_lanes, width, lanes_,
                                 width, first.gradient, step.step[slot_residual], first.centre});
      lane += p.count;
    });
    channels_.kernels->join({lanes_, shift, source.centre, width, size, width, mean, mean + width_});
  }

  const Channels& channels_;
  std::int64_t width_;
  double *lanes_, *blocks_;
};

// Lanes of pixels, or what planes gather: a unit needs one of them.
std::int64_t lane_doubles(const Channels& channels, std::int64_t width) noexcept {
  if (channels.last) return PixelMoments::lane_doubles(width);
  return 2 * gathered_bytes(channels.data) / static_cast<std::int64_t>(sizeof(double));
}

std::int64_t block_counter_doubles(const Channels& channels, std::int64_t width) noexcept {
  return ChannelsCounter::doubles(channels.population->leaf_blocks(), width);
}

}  // namespace

std::int64_t moments_scratch(const Channels& channels, std::int64_t width) noexcept {
  return static_cast<std::int64_t>(sizeof(double)) *
         (lane_doubles(channels, width) + block_counter_doubles(channels, width) +
          ChannelsCounter::doubles(channels.population->leaves(), width));
}

void unit_moments(const Channels& channels, const Units& units, std::int64_t unit, const SumsSource& source,
                  std::int64_t width, char* scratch, double* mean, double* m2) noexcept {
  const Population& p = *channels.population;
  PixelMoments pixels(channels, width, scratch);
  double* const leaf_slots =
      reinterpret_cast<double*>(scratch) + lane_doubles(channels, width) + block_counter_doubles(channels, width);
  ChannelsCounter leaves(*channels.kernels, leaf_slots, width);
  const std::int64_t end = units.end(p, unit);
  const std::int64_t leaf_size = p.per_leaf * p.segment;
  for (std::int64_t begin = units.begin(p, unit); begin < end;) {
    const std::int64_t stop = std::min(end, (begin / leaf_size + 1) * leaf_size);
    double* const node = leaves.next();
    if (channels.last) {
      pixels(source, begin, stop, node);
    } else {
      plane_moments(channels, source, begin, stop, width, scratch, node, node + width);
    }
    leaves.push(stop - begin);
    begin = stop;
  }
  copy(leaves.total(), width, width, mean, m2);
}

void merge_units(const Channels& channels, const Units& units, const double* nodes, std::int64_t node_step,
                 std::int64_t m2_step, std::int64_t width, char* scratch, double* mean, double* m2) noexcept {
  const Population& p = *channels.population;
  double* const memory = reinterpret_cast<double*>(scratch);
  double* const inner_memory = memory + ChannelsCounter::doubles(p.leaves(), width);
  ChannelsCounter outer(*channels.kernels, memory, width);
  for (std::int64_t unit = 0; unit < units.count;) {
    if (units.blocks == 0) {
      copy(nodes + unit * node_step, m2_step, width, outer.next(), outer.next() + width);
      outer.push(units.end(p, unit) - units.begin(p, unit));
      ++unit;
      continue;
    }
    ChannelsCounter inner(*channels.kernels, inner_memory, width);
    const std::int64_t begin = units.begin(p, unit), stop = unit + units.per_leaf;
    for (; unit < stop; ++unit) {
      copy(nodes + unit * node_step, m2_step, width, inner.next(), inner.next() + width);
      inner.push(units.end(p, unit) - units.begin(p, unit));
    }
    copy(inner.total(), width, width, outer.next(), outer.next() + width);
    outer.push(units.end(p, stop - 1) - begin);
  }
  copy(outer.total(), width, width, mean, m2);
}

Moments population_moments(BlocksKernel kernel, const Population& p, const SumsSource& source) noexcept {
  if (p.leaves() == 1) return run_moments(kernel, p.sequence, source, 0, p.elements(), nullptr);
  MomentsCounter leaves(source.gradient != nullptr);
  for (std::int64_t leaf = 0; leaf < p.leaves(); ++leaf) {
    leaves.push(run_moments(kernel, p.sequence, source, p.leaf_begin(leaf), p.leaf_end(leaf), nullptr));
  }
  return leaves.total();
}

}  // namespace poolnorm
