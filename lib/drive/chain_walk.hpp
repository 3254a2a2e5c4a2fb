// One unit of a chain on one worker: band by band t, then the rows of every pool that have all their inputs.
#pragma once

#include "drive/pool_walk.hpp"
#include "drive/region.hpp"
#include "plan/chain_plan.hpp"

namespace poolnorm {

// A map before the pools whose parameters come with the run.
struct LateMap {
  RegionMap first;  // of channel 0
  std::int64_t parameter_bytes;

  RegionMap from(std::int64_t channel) const noexcept;
};

// What walks pools[0] instead of walk_pool: rows of the block's channels, all windows of them.
struct ChainPoolStep {
  void (*walk)(const void* self, const View<const void>& t, const PoolBlock& block, char* memory);
  const void* self;
};

struct ChainRun {
  const ChainPlanData& plan;
  const ChainData& data;
  const LateMap* late = nullptr;  // both as the plan's surroundings say
  const ChainPoolStep* step = nullptr;
};

class ChainWalk {
 public:
  // At most plan.unit channels; `memory`: worker_bytes(), of which the pools' part is initialised.
  ChainWalk(const ChainRun& run, char* memory, std::int64_t image, std::int64_t channel, std::int64_t channels) noexcept
      : run_(run),
        p_(run.plan),
        data_(run.data),
        buffer_(memory),
        pool_memory_(memory + p_.buffer_bytes),
        image_(image),
        channel_(channel),
        channels_(channels) {}

  void run(std::int64_t band) noexcept;
  void run() noexcept {
    for (std::int64_t band = 0; band < p_.bands; ++band) run(band);
  }

 private:
  struct Rows {
    std::int64_t from, to;
  };

  template <class Void>
  View<Void> view(Void* data, const std::int64_t* strides) const noexcept {
    return {data, strides, {}, p_.element_bytes};
  }
  View<const void> src() const noexcept { return view(data_.src.data, p_.src_strides); }
  View<void> intermediate() const noexcept { return view(data_.intermediate.data, p_.intermediate_strides); }

  Region region(Rows rows, std::int64_t channel, std::int64_t channels) const noexcept;
  RegionMap map_of(const ChannelMap& map, std::int64_t channel) const noexcept;
  // With `notes`, into the mask, too, if there is one.
  void load(Rows rows, std::int64_t channel, std::int64_t channels, const View<void>& to, bool notes = true) noexcept;
  View<const void> load_buffer(std::int64_t channel, std::int64_t channels) noexcept;
  void pools(std::int64_t channel, std::int64_t channels, bool buffered,
             ChannelOrder order = ChannelOrder::direct) noexcept;
  void commuted() noexcept;
  void run_pool(int i, const View<const void>& from, std::int64_t channel, std::int64_t channels,
                ChannelOrder order) noexcept;
  // The pool to dst, its opposite to the buffer; of channels whose map falls that is taken.
  void run_both(const View<const void>& from, PoolBlock block, char* memory) noexcept;
  void finish(int i, const PoolBlock& b, ChannelOrder order) noexcept;
  void map_block(int i, const PoolBlock& b, const ChannelMap& map, float zero) noexcept;

  const ChainRun& run_;
  const ChainPlanData& p_;
  const ChainData& data_;
  char* buffer_;
  char* pool_memory_;
  const std::int64_t image_, channel_, channels_;
  Rows band_ = {0, 0};          // of t
  Rows rows_[max_chain_pools];  // along the sweep, of every pool: what the band makes
};

}  // namespace poolnorm
