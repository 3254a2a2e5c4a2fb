#include "drive/channel_schedule.hpp"

#include <algorithm>

#include "plan/checked.hpp"

namespace poolnorm {
namespace {

// What a task may read and expect to find in the second-level cache when it reads it again.
constexpr std::int64_t cached_bytes = 512 * 1024;
// What a task of the last round reads.
constexpr std::int64_t range_bytes = 64 * 1024;
constexpr std::int64_t tasks_per_worker = 4;

// Bytes of src in `channels` channels of a set.
std::int64_t set_bytes(const ChannelNormPlanData& p, std::int64_t channels) noexcept {
  return (Checked(p.population.elements()) * channels * p.data.bytes()).value();
}

// Channels are shared out where nodes are few; whole lines of them, as tasks should not share any.
constexpr std::int64_t line = 16;

void cut_into_nodes(const ChannelNormPlanData& p, std::int64_t wanted, ChannelSchedule& s) noexcept {
  s.units = cut(p.population, ceil_div(wanted, p.sets));
  const std::int64_t strips = ceil_div(wanted, p.sets * s.units.count);
  s.strip = strips == 1 ? p.channels : ceil_div(ceil_div(p.channels, strips), line) * line;
}

// Leaves of whole images: what is made of one is summed while it is in a cache. Planes are shared out as far as they
// fit, pixels only where leaves are few: their channels lie side by side.
void cut_into_images(const ChannelNormPlanData& p, std::int64_t wanted, ChannelSchedule& s) noexcept {
  const Population& population = p.population;
  const std::int64_t leaves = population.leaves(), leaf_bytes = population.leaf_end(0) * p.data.bytes();
  const std::int64_t fit = std::max<std::int64_t>(1, cached_bytes / 2 / leaf_bytes);
  const std::int64_t fair = ceil_div(p.channels, ceil_div(wanted, leaves));
  const std::int64_t least = p.channels_last ? 2 * line : p.together;
  s.strip = std::min(p.channels, ceil_div(p.channels_last ? fair : std::min(fit, fair), least) * least);
  s.units = {1, 0, 1, leaves};
  while (s.units.leaves * 2 <= fit / s.strip && s.units.count > wanted) {
    s.units.leaves *= 2;
    s.units.count = ceil_div(leaves, s.units.leaves);
  }
}

// Channels side by side whose parameters stay in the first-level cache from one pixel to the next.
constexpr std::int64_t side_by_side = 512;

}  // namespace

ChannelSchedule schedule_of(const ChannelNormPlanData& p, int workers) noexcept {
  ChannelSchedule s;
  const std::int64_t wanted = workers == 1 ? 1 : workers * tasks_per_worker;
  if (p.channels_last) {
    // A mask is written from its first bit to its last, but for whole bytes; groups are settled whole.
    const std::int64_t parts = p.has_mask && p.channels % 8 != 0 ? 1 : ceil_div(p.channels, side_by_side);
    s.side = parts == 1 ? p.channels : ceil_div(ceil_div(p.channels, parts), line) * line;
    s.part = p.group == 1 ? s.side : p.channels;
    s.fused = set_bytes(p, s.part) <= cached_bytes && p.sets * ceil_div(p.channels, s.part) >= (s.part < p.channels ? workers : wanted);
  } else {
    s.side = p.channels;
    const std::int64_t fit = std::clamp<std::int64_t>(cached_bytes / set_bytes(p, 1), 1, p.channels);
    const std::int64_t fair = std::max<std::int64_t>(1, p.sets * p.channels / wanted);
    const std::int64_t least = p.group * p.together;  // one of them is 1
    s.part = ceil_div(std::min(fit, fair), least) * least;
    s.fused = p.sets * ceil_div(p.channels, s.part) >= wanted;
  }
  s.parts = ceil_div(p.channels, s.part);
  if (image_by_image(p, workers)) {
    cut_into_images(p, wanted, s);
  } else {
    cut_into_nodes(p, wanted, s);
  }
  s.strips = ceil_div(p.channels, s.strip);
  if (p.channels_last) {
    // Masks of different ranges share no byte: eight pixels of an image are whole ones, or all of them.
    s.range = std::max<std::int64_t>(8, range_bytes / p.data.bytes() / p.channels / 8 * 8);
    if (p.has_mask && p.channels % 8 != 0) s.range = ceil_div(s.range, p.spatial) * p.spatial;
    s.ranges = ceil_div(p.population.elements(), s.range);
  } else {
    // A range lies in one plane of every channel.
    s.range = std::max<std::int64_t>(64, range_bytes / p.data.bytes() / p.channels / 64 * 64);
    s.ranges = p.images * ceil_div(p.spatial, s.range);
  }
  return s;
}

Channels channels_of(const ChannelNormPlanData& p) noexcept {
  return {p.moments,       &p.population,       p.data,
          p.channels_last, p.channel.step[slot_src], p.channel.step[p.behind_mask]};
}

}  // namespace poolnorm
