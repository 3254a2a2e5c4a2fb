// The rounds of a norm over channels, forward or backward. Either one task takes some channels of a set
// from sums to output while they are in the cache, or three rounds of tasks share out the nodes of the
// tree, then merge them, then write: the same nodes, the same bits. Norm is what the rounds are for:
//   source(set, c)                             what is summed
//   before(set, begin, end, c, width, worker)  done to elements [begin, end) of a set before they are summed
//   settle(set, begin, end)                    sums are known: parameters of channels [begin, end)
//   span(set, image, c)                        a Span with its parameters, for kernel()
//   sums(), writes()                           whether there is anything to sum, or to write
#pragma once

#include <algorithm>

#include "drive/channel_schedule.hpp"
#include "drive/moments_drive.hpp"
#include "drive/span.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/checked.hpp"

namespace poolnorm {

// Bytes of workspace: for all workers together, and for each of them.
struct ChannelNormMemory {
  std::int64_t shared, worker;
};

// Workspace, in this order: every set's two sums a channel; its parameters; its centres (gradients only);
// the units' nodes; each worker's scratch.
struct RoundsLayout {
  RoundsLayout(const ChannelNormPlanData& p, int workers) noexcept : schedule(schedule_of(p, workers)) {
    const std::int64_t doubles = static_cast<std::int64_t>(sizeof(double)) * p.channels;
    parameters = whole_lines(p.sets * 2 * doubles);
    centres = parameters + whole_lines(p.sets * ChannelParameters::arrays * p.channels * p.data.parameter_bytes());
    nodes = centres + (p.gradients == nullptr ? 0 : whole_lines(p.sets * doubles));
    memory.shared = nodes + (schedule.fused ? 0 : whole_lines(p.sets * schedule.units.count * 2 * doubles));
    memory.worker = whole_lines(moments_scratch(channels_of(p), std::min(p.channels, most_channels(schedule))));
  }

  ChannelSchedule schedule;
  std::int64_t parameters, centres, nodes;
  ChannelNormMemory memory;
};

template <class Norm>
class ChannelRounds {
 public:
  ChannelRounds(const ChannelNormPlanData& plan, int workers, char* workspace) noexcept
      : p_(plan), layout_(plan, workers), channels_(channels_of(plan)), memory_(workspace) {}

  void operator()(const Executor& executor) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t bytes = p_.bytes;
    if (s.fused) return run_each<&ChannelRounds::fused_task>(executor, p_.sets * s.parts, bytes, *this);
    if (norm().sums()) {
      run_each<&ChannelRounds::sums_task>(executor, p_.sets * s.units.count * s.strips, bytes / 2, *this);
    }
    run_each<&ChannelRounds::settle_task>(executor, p_.sets * settle_parts(),
                                          p_.sets * s.units.count * p_.channels * 64, *this);
    if (norm().writes()) run_each<&ChannelRounds::last_task>(executor, norm().write_tasks(), bytes / 2, *this);
  }

  // Channels [begin, end) of a set, and the tasks that share out all of them. A Norm that writes otherwise has its own.
  void write(std::int64_t set, std::int64_t begin, std::int64_t end, int) noexcept {
    for (std::int64_t image = 0; image < (p_.channels_last ? 1 : p_.images); ++image) {
      write_pixels(set, image, 0, p_.pixels.elements(), begin, end);
    }
  }
  std::int64_t write_tasks() const noexcept { return p_.sets * layout_.schedule.ranges; }
  void write_task(std::int64_t task, int) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t set = task / s.ranges, in_plane = ceil_div(p_.pixels.elements(), s.range);
    const std::int64_t range = task % s.ranges, begin = range % in_plane * s.range;
    write_pixels(set, range / in_plane, begin, std::min(begin + s.range, p_.pixels.elements()), 0, p_.channels);
  }

 protected:
  double* sums_of(std::int64_t set) const noexcept {
    return reinterpret_cast<double*>(memory_) + set * 2 * p_.channels;
  }
  double* centres_of(std::int64_t set) const noexcept {
    return reinterpret_cast<double*>(memory_ + layout_.centres) + set * p_.channels;
  }
  ChannelParameters parameters_of(std::int64_t set) const noexcept {
    const std::int64_t c = p_.channels, first = set * ChannelParameters::arrays * c;
    const MutableNumbers all(memory_ + layout_.parameters, p_.data.wide());
    return {all.from(first), all.from(first + c), all.from(first + 2 * c), all.from(first + 3 * c),
            all.from(first + 4 * c)};
  }

  const ChannelNormPlanData& p_;

 private:
  Norm& norm() noexcept { return static_cast<Norm&>(*this); }

  // Channels [first, last) of pixels [begin, end).
  void write_pixels(std::int64_t set, std::int64_t image, std::int64_t begin, std::int64_t end, std::int64_t first,
                    std::int64_t last) noexcept {
    const std::int64_t side = layout_.schedule.side;
    for (std::int64_t c = first; c < last; c += side) {
      norm().span(set, image, c).run(norm().kernel(), begin, end, std::min(side, last - c));
    }
  }

  double* node(std::int64_t set, std::int64_t unit) const noexcept {
    return reinterpret_cast<double*>(memory_ + layout_.nodes) +
           (set * layout_.schedule.units.count + unit) * 2 * p_.channels;
  }
  char* scratch(int worker) const noexcept { return memory_ + layout_.memory.shared + worker * layout_.memory.worker; }

  void sum(std::int64_t set, const Units& units, std::int64_t unit, std::int64_t c, std::int64_t width, int worker,
           double* to) noexcept {
    norm().before(set, units.begin(p_.population, unit), units.end(p_.population, unit), c, width, worker);
    unit_moments(channels_, units, unit, norm().source(set, c), width, scratch(worker), to + c,
                 to + p_.channels + c);
  }

  void fused_task(std::int64_t task, int worker) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t set = task / s.parts, begin = task % s.parts * s.part;
    const std::int64_t end = std::min(begin + s.part, p_.channels);
    if (norm().sums()) sum(set, cut(p_.population, 1), 0, begin, end - begin, worker, sums_of(set));
    norm().settle(set, begin, end);
    if (norm().writes()) norm().write(set, begin, end, worker);
  }

  void sums_task(std::int64_t task, int worker) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t c = task % s.strips * s.strip, unit = task / s.strips % s.units.count;
    const std::int64_t set = task / s.strips / s.units.count;
    sum(set, s.units, unit, c, std::min(s.strip, p_.channels - c), worker, node(set, unit));
  }

  // Groups may cross strips: then a task takes a whole set.
  std::int64_t settle_parts() const noexcept { return p_.group == 1 ? layout_.schedule.strips : 1; }

  void settle_task(std::int64_t task, int worker) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t set = task / settle_parts();
    const std::int64_t begin = task % settle_parts() * s.strip;
    const std::int64_t end = p_.group == 1 ? std::min(begin + s.strip, p_.channels) : p_.channels;
    double* const to = sums_of(set);
    for (std::int64_t c = begin; c < end && norm().sums(); c += s.strip) {
      merge_units(channels_, s.units, node(set, 0) + c, 2 * p_.channels, p_.channels, std::min(s.strip, end - c),
                  scratch(worker), to + c, to + p_.channels + c);
    }
    norm().settle(set, begin, end);
  }

  void last_task(std::int64_t task, int worker) noexcept { norm().write_task(task, worker); }

  RoundsLayout layout_;
  Channels channels_;
  char* memory_;
};

}  // namespace poolnorm
