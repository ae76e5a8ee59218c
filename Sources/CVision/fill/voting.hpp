#pragma once

#include "matches.hpp"

namespace patchfill {

/// How much less the word of a patch counts for each pixel that it lies deeper in the hole, in halvings.
constexpr float DEPTH_FADING = 0.5f;

/// Every hole pixel becomes the weighted mean of what the patches over it say. Those nearer the rim know more, and
/// count for more: so structures grow inwards from where they are seen (Wexler et al., section 3.3).
inline void voteMean(Level &level, const Anchors &anchors, const Matches &matches) {
  std::vector<int> sample;
  for (size_t k = 0; k < anchors.targets.size(); k += 7) sample.push_back(matches.cost[anchors.targets[k]]);
  std::nth_element(sample.begin(), sample.begin() + sample.size() * 3 / 4, sample.end());
  const float spread = std::max(64.f, (float)sample[sample.size() * 3 / 4]);
  const int w = level.width;
  std::vector<float> sums((size_t)level.count() * CHANNELS, 0), totals(level.count(), 0);
  for (int target : anchors.targets) {
    float ratio = matches.cost[target] / spread;
    float likeness = std::exp(-ratio * ratio) + 1e-8f;
    float weight = likeness * std::exp2(-DEPTH_FADING * std::min(40, level.depth[target + SIDE / 2 * (w + 1)]));
    for (int row = 0; row < SIDE; row++) {
      int at = target + row * w;
      const uint8_t *from = &level.pixels[(size_t)(matches.source[target] + row * w) * CHANNELS];
      float *to = &sums[(size_t)at * CHANNELS];
      for (int i = 0; i < SIDE * CHANNELS; i++) to[i] += weight * from[i];
      for (int i = 0; i < SIDE; i++) totals[at + i] += weight;
    }
  }
  for (int p = 0; p < level.count(); p++) {
    if (level.roles[p] != HOLE || totals[p] <= 0) continue;
    for (int c = 0; c < CHANNELS; c++)
      level.pixels[(size_t)p * CHANNELS + c] = (uint8_t)(sums[(size_t)p * CHANNELS + c] / totals[p] + 0.5f);
  }
}

/// Every hole pixel takes the word of the best patch over it, which keeps grain. Returns where each came from, -1
/// outside the hole.
inline std::vector<int> voteBest(Level &level, const Anchors &anchors, const Matches &matches) {
  const int w = level.width;
  std::vector<float> best(level.count(), INFINITY);
  std::vector<int> from(level.count(), -1);
  for (int target : anchors.targets) {
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        float y = row - (SIDE - 1) / 2.f, x = column - (SIDE - 1) / 2.f;
        float worth = (matches.cost[target] + 64.f) * (1 + 0.03f * (x * x + y * y));
        int p = target + row * w + column;
        if (level.roles[p] != HOLE || worth >= best[p]) continue;
        best[p] = worth;
        from[p] = matches.source[target] + row * w + column;
      }
    }
  }
  for (int p = 0; p < level.count(); p++) {
    if (from[p] < 0) continue;
    std::copy_n(&level.pixels[(size_t)from[p] * CHANNELS], CHANNELS, &level.pixels[(size_t)p * CHANNELS]);
  }
  return from;
}

}  // namespace patchfill
