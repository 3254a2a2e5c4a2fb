// Statistics of units of a population, for neighbouring channels, by one thread.
#pragma once

#include "drive/counter.hpp"
#include "drive/numbers.hpp"
#include "plan/data_type.hpp"
#include "plan/population.hpp"

namespace poolnorm {

// Where the channels of a population lie.
struct Channels {
  const MomentsKernels* kernels = nullptr;
  const Population* population = nullptr;
  DataType data;
  bool last = false;      // contiguous: vectors go along them
  std::int64_t step = 1;  // else between planes
  std::int64_t gradient_step = 1;
};

// What is summed, at one place. Gradients have a second input, and means a channel.
struct SumsSource {
  DataType data;
  const void* src = nullptr;
  const void* gradient = nullptr;
  const double* centre = nullptr;
  Numbers weight;  // of the elements of a row, which are contiguous

  SumsSource at(const std::int64_t (&offset)[slots]) const noexcept {
    return {data, data.at(src, offset[slot_src]), data.at(gradient, offset[slot_residual]), centre,
            Numbers(weight.at(offset[slot_src]), data.wide())};
  }
  SumsSource channel(const Channels& channels, std::int64_t c) const noexcept {
    const bool last = channels.last;
    return {data,
            data.at(src, last ? c : c * channels.step),
            data.at(gradient, last ? c : c * channels.gradient_step),
            centre == nullptr ? nullptr : centre + c,
            {}};
  }
};

// Memory of one worker, in bytes.
std::int64_t moments_scratch(const Channels& channels, std::int64_t width) noexcept;

// Means, then M2s, of `width` channels from the source's on; or the two sums of a gradient.
void unit_moments(const Channels& channels, const Units& units, std::int64_t unit, const SumsSource& source,
                  std::int64_t width, char* scratch, double* mean, double* m2) noexcept;

// The nodes of all units, `node_step` doubles apart, M2s `m2_step` behind the means, as one.
void merge_units(const Channels& channels, const Units& units, const double* nodes, std::int64_t node_step,
                 std::int64_t m2_step, std::int64_t width, char* scratch, double* mean, double* m2) noexcept;

// One row's moments, by MomentsKernels::blocks, its squares, or the sums of a gradient.
using BlocksKernel = void (*)(const BlocksArgs&);
Moments population_moments(BlocksKernel kernel, const Population& population, const SumsSource& source) noexcept;

}  // namespace poolnorm
