// What a ChainPlan holds: the load stage, the pools and what follows them, and the split into tasks.
#pragma once

#include <poolnorm/chain.hpp>

#include "plan/channel_map.hpp"
#include "plan/pool_plan.hpp"

namespace poolnorm {

// How t comes to the pools.
enum class ChainLoad : int {
  none,          // t is src
  commuted,      // a rising or falling map: the pools read src, the map follows them
  both,          // the same where rising and falling channels lie side by side: maxima and minima of src, each channel takes its own
  flipped,       // the same in registers, for channels of both kinds: inputs change signs where the map falls
  registers,     // the one pool maps src as it loads it
  buffer,        // into the worker's memory, as much as the windows see
  intermediate,  // into the caller's intermediate
};

// What the map of a channel is to a max: `rising` and `falling` ones follow the pool (a falling one makes
// max of min); `direct` ones go before it.
enum class ChannelOrder : std::uint8_t { rising, falling, direct };

struct ChainPoolData {
  PoolPlanData pool;
  int of = -1;
  ChannelMap after;
  bool has_after = false;
  bool dense[max_spatial_rank] = {};  // see cascade.hpp
  std::int64_t memory = 0;            // where its workspace begins, behind the buffer
};

// What a plan around a chain decides before plan_chain().
struct ChainSurroundings {
  bool late_map = false;         // the map before the pools has its parameters with the run
  bool mask = false;             // and notes a mask: rows of a unit are mapped in order, all of them
  std::int64_t pool_memory = 0;  // bytes of a worker's, where pools[0] is not walked by walk_pool
  std::int64_t least_unit = 1;   // channels that walk side by side
  bool rows_only = false;        // of its walk, for the sake of what goes along with it
};

struct ChainPlanData {
  ChainSurroundings surroundings;
  Walk walk = Walk::channels_first;
  Isa isa = Isa::portable;
  const NormKernels* kernels = nullptr;  // null where the type has none, and nothing is mapped
  bool empty = false;

  // Of t and of every dst; src's and residual's, too, but for s8 and u8.
  ElementType type = ElementType::f32;
  std::int64_t element_bytes = 4;

  std::int64_t n = 1, c = 1, in[max_spatial_rank] = {1, 1, 1};
  TensorDesc src, residual, intermediate;
  std::int64_t src_strides[max_rank] = {}, residual_strides[max_rank] = {}, intermediate_strides[max_rank] = {};
  bool has_residual = false;

  ChannelMap before;
  bool has_map = false;   // t differs from src
  bool has_copy = false;  // t is src, and written to intermediate too
  ChainLoad load = ChainLoad::none;
  Array<ChannelOrder> orders;  // of every channel, where the map may follow
  Array<std::uint8_t> falls;   // both: of every byte of a pixel, 255 where the map falls

  ChainPoolData pools[max_chain_pools];
  int pool_count = 0;

  // A unit is `unit` channels of an image; it is swept along D or H (`sweep` is 0 or 1) in bands of `band`
  // rows of src. A band makes the output rows whose last input row it holds. `in_order`: the bands of a
  // unit need those before them and are one task, else each is one.
  int sweep = 1;
  std::int64_t unit = 1, units = 1, band = 1, bands = 1;
  bool in_order = false;
  std::int64_t tasks = 1, bytes = 0;
  bool ahead = false;  // src comes from memory, or a cache as far away

  // The buffer holds `buffer_rows` rows along the sweep of a unit.
  std::int64_t buffer_rows = 0, buffer_strides[max_rank] = {};
  std::int64_t buffer_bytes = 0, pool_bytes = 0;
  std::int64_t worker_bytes() const noexcept { return buffer_bytes + pool_bytes; }
  // Both: rows of the one pool's outputs at a time, the second of which lie in the buffer.
  std::int64_t both_rows = 0;

  const Axis& axis(int pool) const noexcept { return pools[pool].pool.geometry.axis[sweep]; }
  std::int64_t rows() const noexcept { return in[sweep]; }
  // Outputs along the sweep of a pool that need no input row from `end` on.
  std::int64_t ready(int pool, std::int64_t end) const noexcept;
  // The first input row that outputs from `from` on see.
  std::int64_t first_row(int pool, std::int64_t from) const noexcept;
};

// Fills a value-initialised plan, but for its surroundings.
Status plan_chain(const ChainDesc& desc, const PlanOptions& options, ChainPlanData& plan) noexcept;

// Cuts a chain into units, bands and tasks. False when its buffer would not fit 64 bits.
bool schedule_chain(ChainPlanData& plan) noexcept;

}  // namespace poolnorm
