#include "drive/channel_norm_drive.hpp"

#include <algorithm>

#include "drive/channel_schedule.hpp"
#include "drive/moments_drive.hpp"
#include "drive/normalise.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/checked.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t line = 64;

std::int64_t lines(std::int64_t bytes) noexcept { return ceil_div(bytes, line) * line; }

// Workspace, in this order: every set's means and M2s; its four parameters a channel; the units' nodes;
// each worker's scratch.
struct Layout {
  explicit Layout(const ChannelNormPlanData& p, int workers) noexcept : schedule(schedule_of(p, workers)) {
    const std::int64_t doubles = 2 * static_cast<std::int64_t>(sizeof(double)) * p.channels;
    parameters = lines(p.sets * doubles);
    nodes = parameters + lines(p.sets * 4 * static_cast<std::int64_t>(sizeof(float)) * p.channels);
    shared = nodes + (schedule.fused ? 0 : lines(p.sets * schedule.units.count * doubles));
    worker = lines(moments_scratch(channels_of(p), std::min(p.channels, most_channels(schedule))));
  }

  ChannelSchedule schedule;
  std::int64_t parameters, nodes, shared, worker;
};

class Drive {
 public:
  Drive(const ChannelNormPlanData& plan, const ChannelNormRun& run, int workers, char* workspace) noexcept
      : p_(plan), run_(run), layout_(plan, workers), channels_(channels_of(plan)), memory_(workspace) {}

  void operator()(const Executor& executor) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t bytes = p_.bytes;
    if (s.fused) {
      in_tasks<&Drive::fused_task>(executor, p_.sets * s.parts, bytes);
    } else {
      if (run_.given == nullptr) {
        in_tasks<&Drive::moments_task>(executor, p_.sets * s.units.count * s.strips, bytes / 3);
      }
      in_tasks<&Drive::settle_task>(executor, p_.sets * settle_parts(), p_.sets * s.units.count * p_.channels * 64);
      if (run_.wanted == nullptr) {
        in_tasks<&Drive::normalise_task>(executor, p_.sets * s.ranges, bytes - bytes / 3);
      }
    }
  }

 private:
  template <void (Drive::*Run)(std::int64_t, int)>
  void in_tasks(const Executor& executor, std::int64_t count, std::int64_t bytes) noexcept {
    const Task task = [](void* self, std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t t = begin; t < end; ++t) (static_cast<Drive*>(self)->*Run)(t, worker);
    };
    run_tasks(executor, count, bytes, task, this);
  }

  double* moments(std::int64_t set) const noexcept {
    return reinterpret_cast<double*>(memory_) + set * 2 * p_.channels;
  }
  double* node(std::int64_t set, std::int64_t unit) const noexcept {
    return reinterpret_cast<double*>(memory_ + layout_.nodes) + (set * layout_.schedule.units.count + unit) * 2 * p_.channels;
  }
  ChannelParameters parameters(std::int64_t set) const noexcept {
    float* const at = reinterpret_cast<float*>(memory_ + layout_.parameters) + set * 4 * p_.channels;
    return {at, at + p_.channels, at + 2 * p_.channels, at + 3 * p_.channels};
  }
  char* scratch(int worker) const noexcept { return memory_ + layout_.shared + worker * layout_.worker; }
  SumsSource src(std::int64_t set, std::int64_t c) const noexcept {
    return {run_.src + set * p_.images * p_.image.step[chain_src] + c * p_.channel.step[chain_src]};
  }

  void fused_task(std::int64_t task, int worker) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t set = task / s.parts, begin = task % s.parts * s.part;
    const std::int64_t end = std::min(begin + s.part, p_.channels);
    const Units whole = cut(p_.population, 1);
    double* const mean = moments(set);
    if (run_.given == nullptr) {
      unit_moments(channels_, whole, 0, src(set, begin), end - begin, scratch(worker), mean + begin,
                   mean + p_.channels + begin);
    }
    settle(set, begin, end);
    if (run_.wanted == nullptr) normalise_channels(p_, run_, parameters(set), set, begin, end);
  }

  void moments_task(std::int64_t task, int worker) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t c = task % s.strips * s.strip, unit = task / s.strips % s.units.count;
    const std::int64_t set = task / s.strips / s.units.count;
    double* const mean = node(set, unit) + c;
    unit_moments(channels_, s.units, unit, src(set, c), std::min(s.strip, p_.channels - c), scratch(worker),
                 mean, mean + p_.channels);
  }

  // Groups may cross strips: then a task takes a whole set.
  std::int64_t settle_parts() const noexcept { return p_.group == 1 ? layout_.schedule.strips : 1; }

  void settle_task(std::int64_t task, int worker) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t set = task / settle_parts();
    const std::int64_t begin = task % settle_parts() * s.strip;
    const std::int64_t end = p_.group == 1 ? std::min(begin + s.strip, p_.channels) : p_.channels;
    double* const mean = moments(set);
    for (std::int64_t c = begin; c < end && run_.given == nullptr; c += s.strip) {
      merge_units(channels_, s.units, node(set, 0) + c, 2 * p_.channels, p_.channels, std::min(s.strip, end - c),
                  scratch(worker), mean + c, mean + p_.channels + c);
    }
    settle(set, begin, end);
  }

  void normalise_task(std::int64_t task, int) noexcept {
    const ChannelSchedule& s = layout_.schedule;
    const std::int64_t set = task / s.ranges;
    normalise_range(p_, run_, parameters(set), set, task % s.ranges, s);
  }

  // Channels [begin, end): whole groups.
  void settle(std::int64_t set, std::int64_t begin, std::int64_t end) noexcept {
    for (std::int64_t c = begin; c < end; c += p_.group) {
      const std::int64_t index = set * p_.groups() + c / p_.group;
      const Moments m = run_.given != nullptr ? run_.given[index] : group_moments(set, c);
      if (run_.wanted != nullptr) {
        run_.wanted[index] = m;
        continue;
      }
      const double invstd = invstd_of(m, p_.epsilon);
      run_.saved.save(index, m, invstd);
      run_.running.remember(c, m);
      fill(parameters(set), c, m, invstd);
    }
  }

  Moments group_moments(std::int64_t set, std::int64_t first) const noexcept {
    const double *const mean = moments(set), *const m2 = mean + p_.channels;
    const std::int64_t count = p_.population.elements();
    if (p_.group == 1) return {count, mean[first], m2[first]};
    MomentsCounter counter;
    for (std::int64_t c = first; c < first + p_.group; ++c) counter.push({count, mean[c], m2[c]});
    return counter.total();
  }

  void fill(const ChannelParameters& out, std::int64_t first, const Moments& m, double invstd) noexcept {
    float high, low;
    split(m.mean, high, low);
    for (std::int64_t c = first; c < first + p_.group; ++c) {
      out.mean[c] = high;
      out.mean_low[c] = low;
      out.scale[c] = static_cast<float>(run_.gamma == nullptr ? invstd : static_cast<double>(run_.gamma[c]) * invstd);
      out.shift[c] = run_.beta == nullptr ? -0.0f : run_.beta[c];  // x + -0 is x
    }
  }

  const ChannelNormPlanData& p_;
  const ChannelNormRun& run_;
  Layout layout_;
  Channels channels_;
  char* memory_;
};

}  // namespace

ChannelNormMemory channel_norm_memory(const ChannelNormPlanData& plan, int workers) noexcept {
  if (plan.empty) return {0, 0};
  const Layout layout(plan, workers);
  return {layout.shared, layout.worker};
}

void drive_channel_norm(const ChannelNormPlanData& plan, const ChannelNormRun& run, const Executor& executor,
                        char* workspace) noexcept {
  Drive(plan, run, worker_count(executor), workspace)(executor);
}

}  // namespace poolnorm
