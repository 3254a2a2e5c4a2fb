#include "drive/chain_drive.hpp"

#include <algorithm>
#include <cstring>

#include "drive/pool_walk.hpp"
#include "drive/region.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ChainPlanData& plan;
  const ChainData& data;
  char* workspace;
};

struct Span {
  std::int64_t from, to;
};

// One unit on one worker.
class ChainWalk {
 public:
  ChainWalk(const Run& run, char* memory, std::int64_t image, std::int64_t unit) noexcept
      : p_(run.plan),
        data_(run.data),
        buffer_(memory),
        pool_memory_(memory + p_.buffer_bytes),
        image_(image),
        channel_(unit * p_.unit),
        channels_(std::min(p_.unit, p_.c - channel_)) {}

  void run(std::int64_t band) noexcept {
    const std::int64_t begin = band * p_.band, end = std::min(p_.rows(), begin + p_.band);
    for (int i = 0; i < p_.pool_count; ++i) {
      const int of = p_.pools[i].of;
      rows_[i].from = band == 0 ? 0 : p_.ready(i, of < 0 ? begin : rows_[of].from);
      rows_[i].to = p_.ready(i, of < 0 ? end : rows_[of].to);
    }
    if (p_.load == ChainLoad::intermediate) load({begin, end}, channel_, channels_, intermediate());
    if (p_.has_copy && data_.intermediate.data != data_.src.data) {
      copy_region(p_.walk, region({begin, end}, channel_, channels_), src(), intermediate());
    }
    if (p_.load == ChainLoad::commuted) return commuted(end);
    pools(channel_, channels_, end, p_.load == ChainLoad::buffer);
  }

 private:
  template <class Void>
  View<Void> view(Void* data, const std::int64_t* strides) const noexcept {
    return {data, strides, {}, p_.element_bytes};
  }
  View<const void> src() const noexcept { return view(data_.src.data, p_.src_strides); }
  View<void> intermediate() const noexcept { return view(data_.intermediate.data, p_.intermediate_strides); }

  Region region(Span rows, std::int64_t channel, std::int64_t channels) const noexcept {
    Region r{image_, channel, channels, 0, p_.in[0], 0, p_.in[1], 0, p_.in[2]};
    (p_.sweep == 0 ? r.d : r.h) = rows.from;
    (p_.sweep == 0 ? r.ds : r.hs) = rows.to - rows.from;
    return r;
  }

  void load(Span rows, std::int64_t channel, std::int64_t channels, const View<void>& to) noexcept {
    const View<const void> residual = view(p_.has_residual ? data_.residual.data : nullptr, p_.residual_strides);
    map_region(*p_.kernels, p_.before, p_.c, p_.walk, region(rows, channel, channels), src(), residual, to);
  }

  // The rows that this band's windows see, mapped, in the buffer.
  View<const void> load_buffer(std::int64_t channel, std::int64_t channels, std::int64_t end) noexcept {
    std::int64_t begin = end;
    for (int i = 0; i < p_.pool_count; ++i) {
      if (p_.pools[i].of < 0 && rows_[i].from < rows_[i].to) begin = std::min(begin, p_.first_row(i, rows_[i].from));
    }
    View<void> to{buffer_, p_.buffer_strides, {image_, channel, 0, 0, 0}, p_.element_bytes};
    to.origin[2 + p_.sweep] = begin;
    if (begin < end) load({begin, end}, channel, channels, to);
    return {to.data, to.strides, {to.origin[0], to.origin[1], to.origin[2], to.origin[3], 0}, to.bytes};
  }

  void pools(std::int64_t channel, std::int64_t channels, std::int64_t end, bool buffered,
             ChannelOrder order = ChannelOrder::direct) noexcept {
    View<const void> t = src();
    if (buffered) t = load_buffer(channel, channels, end);
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
  void commuted(std::int64_t end) noexcept {
    std::int64_t same = 0;
    for (std::int64_t c = channel_; c < channel_ + channels_; c += same) {
      const ChannelOrder order = p_.orders[c];
      for (same = 1; c + same < channel_ + channels_ && p_.orders[c + same] == order;) ++same;
      pools(c, same, end, order == ChannelOrder::direct, order);
    }
  }

  void run_pool(int i, const View<const void>& from, std::int64_t channel, std::int64_t channels,
                ChannelOrder order) noexcept {
    const PoolPlanData& plan = p_.pools[i].pool;
    const PoolGeometry& g = plan.geometry;
    const PoolSchedule& s = plan.schedule;
    const ReductionKernels* reduction = plan.reduction;
    if (order == ChannelOrder::falling) reduction = g.op == PoolOp::max ? plan.kernels->min : plan.kernels->max;
    PoolScratch scratch(s, pool_memory_ + p_.pools[i].memory);
    const std::int64_t step = p_.walk == Walk::channels_first ? s.task_slabs : s.strip;
    const std::int64_t height = p_.sweep == 0 ? g.h().out : 1;
    const std::int64_t row_end = rows_[i].to * height;
    PoolMap map{};
    map.follows = p_.load == ChainLoad::flipped;
    const bool maps = map.follows || p_.load == ChainLoad::registers;
    PoolBlock b{};
    b.image = image_;
    for (b.channel = channel; b.channel < channel + channels; b.channel += step) {
      b.channels = std::min(step, channel + channels - b.channel);
      for (b.row = rows_[i].from * height; b.row < row_end; b.row += s.task_rows) {
        b.rows = std::min(s.task_rows, row_end - b.row);
        for (b.window = 0; b.window < g.w().out; b.window += s.task_windows) {
          b.windows = std::min(s.task_windows, g.w().out - b.window);
          if (maps) map.args = p_.before.map_args(b.channel);
          walk_pool(plan, *reduction, from, view(data_.dst[i].data, g.dst_strides), b, scratch, maps ? &map : nullptr);
          finish(i, b, order);
        }
      }
    }
  }

  // What follows a pool, in place, while the block is in the cache.
  void finish(int i, const PoolBlock& b, ChannelOrder order) noexcept {
    if (order != ChannelOrder::direct) map_block(i, b, p_.before, 0.0f);
    if (p_.pools[i].has_after) map_block(i, b, p_.pools[i].after, -0.0f);
  }

  void map_block(int i, const PoolBlock& b, const ChannelMap& map, float zero) noexcept {
    const PoolGeometry& g = p_.pools[i].pool.geometry;
    const View<void> dst = view(data_.dst[i].data, g.dst_strides);
    const View<const void> same = view<const void>(data_.dst[i].data, g.dst_strides);
    for (std::int64_t row = b.row, left = b.rows; left > 0;) {
      const std::int64_t od = row / g.h().out, oh = row % g.h().out, hs = std::min(g.h().out - oh, left);
      map_region(*p_.kernels, map, p_.c, p_.walk, {b.image, b.channel, b.channels, od, 1, oh, hs, b.window, b.windows},
                 same, {}, dst, zero);
      row += hs;
      left -= hs;
    }
  }

  const ChainPlanData& p_;
  const ChainData& data_;
  char* buffer_;
  char* pool_memory_;
  const std::int64_t image_, channel_, channels_;
  Span rows_[max_chain_pools];  // along the sweep, of every pool: what the band makes
};

void run_units(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const ChainPlanData& p = run.plan;
  char* memory = run.workspace + worker * p.worker_bytes();
  // Vectors may read past a pool's last row: nothing uninitialised may be there.
  std::memset(memory + p.buffer_bytes, 0, static_cast<std::size_t>(p.pool_bytes));
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t bands = p.in_order ? 1 : p.bands;
    const std::int64_t unit = t / bands % p.units, image = t / bands / p.units;
    ChainWalk walk(run, memory, image, unit);
    if (!p.in_order) {
      walk.run(t % bands);
    } else {
      for (std::int64_t band = 0; band < p.bands; ++band) walk.run(band);
    }
  }
}

}  // namespace

void drive_chain(const ChainPlanData& plan, const ChainData& data, char* workspace, const Executor& executor) noexcept {
  Run run{plan, data, workspace};
  run_tasks(executor, plan.tasks, plan.bytes, run_units, &run);
}

}  // namespace poolnorm
