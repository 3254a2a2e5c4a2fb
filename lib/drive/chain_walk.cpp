#include "drive/chain_walk.hpp"

#include <algorithm>

namespace poolnorm {

RegionMap LateMap::from(std::int64_t channel) const noexcept {
  RegionMap m = first;
  for (const void** values : {&m.args.mean, &m.args.mean_low, &m.args.scale, &m.args.shift}) {
    *values = moved(*values, channel * parameter_bytes);
  }
  return m;
}

void ChainWalk::run(std::int64_t band) noexcept {
  band_.from = band * p_.band;
  band_.to = std::min(p_.rows(), band_.from + p_.band);
  for (int i = 0; i < p_.pool_count; ++i) {
    const int of = p_.pools[i].of;
    rows_[i].from = band == 0 ? 0 : p_.ready(i, of < 0 ? band_.from : rows_[of].from);
    rows_[i].to = p_.ready(i, of < 0 ? band_.to : rows_[of].to);
  }
  if (p_.load == ChainLoad::intermediate) load(band_, channel_, channels_, intermediate());
  if (p_.has_copy && data_.intermediate.data != data_.src.data) {
    copy_region(p_.walk, region(band_, channel_, channels_), src(), intermediate());
  }
  if (p_.load == ChainLoad::commuted) return commuted();
  pools(channel_, channels_, p_.load == ChainLoad::buffer);
}

Region ChainWalk::region(Rows rows, std::int64_t channel, std::int64_t channels) const noexcept {
  Region r{image_, channel, channels, 0, p_.in[0], 0, p_.in[1], 0, p_.in[2]};
  (p_.sweep == 0 ? r.d : r.h) = rows.from;
  (p_.sweep == 0 ? r.ds : r.hs) = rows.to - rows.from;
  return r;
}

RegionMap ChainWalk::map_of(const ChannelMap& map, std::int64_t channel) const noexcept {
  return {p_.kernels->affine, map.args(channel), map.repeats()};
}

void ChainWalk::load(Rows rows, std::int64_t channel, std::int64_t channels, const View<void>& to,
                     bool notes) noexcept {
  if (rows.from >= rows.to) return;
  const View<const void> residual = view(p_.has_residual ? data_.residual.data : nullptr, p_.residual_strides);
  RegionMap map = run_.late != nullptr ? run_.late->from(channel) : map_of(p_.before, channel);
  map.args.ahead = p_.ahead;
  if (!notes) {
    map.args.mask = nullptr;
    map.mask_steps = nullptr;
  }
  map_region(map, p_.c, p_.walk, region(rows, channel, channels), src(), residual, to);
}

// The rows that this band's windows see, mapped, in the buffer. With a mask all of the band, too; those before it are
// in the mask of theirs.
View<const void> ChainWalk::load_buffer(std::int64_t channel, std::int64_t channels) noexcept {
  const bool mask = p_.surroundings.mask;
  std::int64_t begin = mask ? band_.from : band_.to;
  for (int i = 0; i < p_.pool_count; ++i) {
    if (p_.pools[i].of < 0 && rows_[i].from < rows_[i].to) begin = std::min(begin, p_.first_row(i, rows_[i].from));
  }
  View<void> to{buffer_, p_.buffer_strides, {image_, channel, 0, 0, 0}, p_.element_bytes};
  to.origin[2 + p_.sweep] = begin;
  const std::int64_t own = mask ? band_.from : begin;
  load({begin, own}, channel, channels, to, false);
  load({own, band_.to}, channel, channels, to);
  return {to.data, to.strides, {to.origin[0], to.origin[1], to.origin[2], to.origin[3], 0}, to.bytes};
}

void ChainWalk::pools(std::int64_t channel, std::int64_t channels, bool buffered, ChannelOrder order) noexcept {
  View<const void> t = src();
  if (buffered) t = load_buffer(channel, channels);
  if (p_.load == ChainLoad::intermediate) {
    t = view<const void>(data_.intermediate.data, p_.intermediate_strides);
  }
  for (int i = 0; i < p_.pool_count; ++i) {
    const ChainPoolData& pool = p_.pools[i];
    if (pool.of >= 0) {
      run_pool(i, view<const void>(data_.dst[pool.of].data, p_.pools[pool.of].pool.geometry.dst_strides), channel,
               channels, ChannelOrder::direct);
    } else {
      run_pool(i, t, channel, channels, order);
    }
  }
}

// Channels of one order at a time.
void ChainWalk::commuted() noexcept {
  std::int64_t same = 0;
  for (std::int64_t c = channel_; c < channel_ + channels_; c += same) {
    const ChannelOrder order = p_.orders[c];
    for (same = 1; c + same < channel_ + channels_ && p_.orders[c + same] == order;) ++same;
    pools(c, same, order == ChannelOrder::direct, order);
  }
}

void ChainWalk::run_pool(int i, const View<const void>& from, std::int64_t channel, std::int64_t channels,
                         ChannelOrder order) noexcept {
  const PoolPlanData& plan = p_.pools[i].pool;
  const PoolGeometry& g = plan.geometry;
  const PoolSchedule& s = plan.schedule;
  const std::int64_t height = p_.sweep == 0 ? g.h().out : 1;
  const std::int64_t row_begin = rows_[i].from * height, row_end = rows_[i].to * height;
  char* const memory = pool_memory_ + p_.pools[i].memory;
  if (i == 0 && run_.step != nullptr) {
    const PoolBlock all{image_, channel, channels, row_begin, row_end - row_begin, 0, g.w().out};
    return run_.step->walk(run_.step->self, from, all, memory);
  }
  const ReductionKernels* reduction = plan.reduction;
  if (order == ChannelOrder::falling) reduction = g.op == PoolOp::max ? plan.kernels->min : plan.kernels->max;
  PoolScratch scratch(s, memory);
  const std::int64_t step = p_.walk == Walk::channels_first ? s.task_slabs : s.strip;
  PoolMap map{};
  map.follows = p_.load == ChainLoad::flipped;
  const bool maps = map.follows || p_.load == ChainLoad::registers;
  PoolBlock b{};
  b.image = image_;
  for (b.channel = channel; b.channel < channel + channels; b.channel += step) {
    b.channels = std::min(step, channel + channels - b.channel);
    for (b.row = row_begin; b.row < row_end; b.row += s.task_rows) {
      b.rows = std::min(s.task_rows, row_end - b.row);
      for (b.window = 0; b.window < g.w().out; b.window += s.task_windows) {
        b.windows = std::min(s.task_windows, g.w().out - b.window);
        if (p_.load == ChainLoad::both) {
          run_both(from, b, memory);
          continue;
        }
        if (maps) map.args = p_.before.map_args(b.channel);
        walk_pool(plan, *reduction, from, view(data_.dst[i].data, g.dst_strides), b, scratch, maps ? &map : nullptr);
        finish(i, b, order);
      }
    }
  }
}

namespace {

// Bytes of `other` where those of `mask` are 255, to's own where they are 0: a loop that compilers make vectors of.
void take_where(const std::uint8_t* __restrict mask, const std::uint8_t* __restrict other, std::uint8_t* __restrict to,
                std::int64_t bytes) noexcept {
  for (std::int64_t b = 0; b < bytes; ++b) to[b] = static_cast<std::uint8_t>((to[b] & ~mask[b]) | (other[b] & mask[b]));
}

}  // namespace

void ChainWalk::run_both(const View<const void>& from, PoolBlock block, char* memory) noexcept {
  const PoolPlanData& plan = p_.pools[0].pool;
  const PoolGeometry& g = plan.geometry;
  const ReductionKernels& other = g.op == PoolOp::max ? *plan.kernels->min : *plan.kernels->max;
  const View<void> dst = view(data_.dst[0].data, g.dst_strides);
  const std::uint8_t* const falls = p_.falls.data() + block.channel * p_.element_bytes;
  const std::int64_t height = g.h().out, pixel = block.channels * p_.element_bytes, end = block.row + block.rows;
  for (; block.row < end; block.row += p_.both_rows) {
    block.rows = std::min(p_.both_rows, end - block.row);
    const View<void> beside{buffer_, p_.buffer_strides, {image_, block.channel, block.row / height, block.row % height, block.window},
                            p_.element_bytes};
    // Each has padding of its own.
    PoolScratch first(plan.schedule, memory);
    walk_pool(plan, *plan.reduction, from, dst, block, first);
    PoolScratch second(plan.schedule, memory);
    walk_pool(plan, other, from, beside, block, second);
    for (std::int64_t row = block.row; row < block.row + block.rows; ++row) {
      const auto* from_pixel = static_cast<const std::uint8_t*>(beside.at(image_, block.channel, row / height, row % height, block.window));
      auto* to = static_cast<std::uint8_t*>(dst.at(image_, block.channel, row / height, row % height, block.window));
      for (std::int64_t w = 0; w < block.windows; ++w) {
        take_where(falls, from_pixel + w * beside.strides[4] * p_.element_bytes, to + w * g.dst_strides[4] * p_.element_bytes, pixel);
      }
    }
    finish(0, block, ChannelOrder::rising);
  }
}

// What follows a pool, in place, while the block is in the cache.
void ChainWalk::finish(int i, const PoolBlock& b, ChannelOrder order) noexcept {
  if (order != ChannelOrder::direct) map_block(i, b, p_.before, 0.0f);
  if (p_.pools[i].has_after) map_block(i, b, p_.pools[i].after, -0.0f);
}

void ChainWalk::map_block(int i, const PoolBlock& b, const ChannelMap& map, float zero) noexcept {
  const PoolGeometry& g = p_.pools[i].pool.geometry;
  const View<void> dst = view(data_.dst[i].data, g.dst_strides);
  const View<const void> same = view<const void>(data_.dst[i].data, g.dst_strides);
  RegionMap all = map_of(map, b.channel);
  all.args.zero = zero;
  for (std::int64_t row = b.row, left = b.rows; left > 0;) {
    const std::int64_t od = row / g.h().out, oh = row % g.h().out, hs = std::min(g.h().out - oh, left);
    map_region(all, p_.c, p_.walk, {b.image, b.channel, b.channels, od, 1, oh, hs, b.window, b.windows}, same, {}, dst);
    row += hs;
    left -= hs;
  }
}

}  // namespace poolnorm
