#pragma once

#include "matches.hpp"

namespace patchfill {

/// How much less the word of a patch counts for each pixel that it lies deeper in the hole, in halvings.
constexpr float DEPTH_FADING = 0.5f;

/// The rows that patches now reach into; those above are finished.
///
/// Anchors come in the order of rows, so `SIDE` rows are all that has to be held at once.
template <typename Value> struct Rows {
  const int length;
  const Value start;
  std::vector<Value> values;

  /// `length` values a row, which begin as `start`.
  Rows(int length, Value start) : length(length), start(start), values((size_t)SIDE * length, start) {}

  Value *row(int y) { return &values[(size_t)(y % SIDE) * length]; }
  void clear(int y) { std::fill_n(row(y), length, start); }
};

/// Calls `add` for every target, and `finish` for every row that no further target reaches into.
template <typename Add, typename Finish> void byRows(const Level &level, const Anchors &anchors, Add add, Finish finish) {
  int open = anchors.targets.empty() ? 0 : anchors.targets[0] / level.width;
  for (int target : anchors.targets) {
    const int y = target / level.width;
    for (int end = std::min(y, open + SIDE); open < end; open++) finish(open);
    open = y;
    add(target);
  }
  for (int end = std::min(level.height, open + SIDE); open < end; open++) finish(open);
}

/// What costs three quarters of the matches at most.
inline float usualCost(const Anchors &anchors, const Matches &matches) {
  std::vector<int> sample;
  for (size_t k = 0; k < anchors.targets.size(); k += 7) sample.push_back(matches.cost[matches.place(anchors.targets[k])]);
  std::nth_element(sample.begin(), sample.begin() + sample.size() * 3 / 4, sample.end());
  return std::max(64.f, (float)sample[sample.size() * 3 / 4]);
}

/// Every hole pixel becomes the weighted mean of what the patches over it say. Those nearer the rim know more, and
/// count for more: so structures grow inwards from where they are seen (Wexler et al., section 3.3).
inline void voteMean(Level &level, const Anchors &anchors, const Matches &matches) {
  const float usual = usualCost(anchors, matches);
  const int w = level.width;
  Rows<float> sums(w * CHANNELS, 0), totals(w, 0);
  auto add = [&](int target) {
    const size_t place = matches.place(target);
    float ratio = matches.cost[place] / usual;
    float likeness = std::exp(-ratio * ratio) + 1e-8f;
    float weight = likeness * std::exp2(-DEPTH_FADING * std::min(40, (int)level.depth[target + SIDE / 2 * (w + 1)]));
    const int x = target % w, y = target / w;
    for (int row = 0; row < SIDE; row++) {
      const uint8_t *from = &level.pixels[(size_t)(matches.source[place] + row * w) * CHANNELS];
      float *to = sums.row(y + row) + x * CHANNELS, *total = totals.row(y + row) + x;
      for (int i = 0; i < SIDE * CHANNELS; i++) to[i] += weight * from[i];
      for (int i = 0; i < SIDE; i++) total[i] += weight;
    }
  };
  byRows(level, anchors, add, [&](int y) {
    const float *sum = sums.row(y), *total = totals.row(y);
    for (int x = 0; x < w; x++) {
      if (level.roles[y * w + x] != HOLE || total[x] <= 0) continue;
      uint8_t *to = &level.pixels[(size_t)(y * w + x) * CHANNELS];
      for (int c = 0; c < CHANNELS; c++) to[c] = (uint8_t)(sum[x * CHANNELS + c] / total[x] + 0.5f);
    }
    sums.clear(y);
    totals.clear(y);
  });
}

/// Every hole pixel takes the word of the best patch over it, which keeps grain. Returns where each came from, -1
/// outside the hole.
inline std::vector<int> voteBest(Level &level, const Anchors &anchors, const Matches &matches) {
  const int w = level.width;
  Rows<float> best(w, INFINITY);
  std::vector<int> from(level.count(), -1);
  auto add = [&](int target) {
    const size_t place = matches.place(target);
    const int left = target % w, top = target / w;
    for (int row = 0; row < SIDE; row++) {
      float *least = best.row(top + row) + left;
      for (int column = 0; column < SIDE; column++) {
        float y = row - (SIDE - 1) / 2.f, x = column - (SIDE - 1) / 2.f;
        float worth = (matches.cost[place] + 64.f) * (1 + 0.03f * (x * x + y * y));
        int p = target + row * w + column;
        if (level.roles[p] != HOLE || worth >= least[column]) continue;
        least[column] = worth;
        from[p] = matches.source[place] + row * w + column;
      }
    }
  };
  byRows(level, anchors, add, [&](int y) { best.clear(y); });
  for (int p = 0; p < level.count(); p++) {
    if (from[p] < 0) continue;
    std::copy_n(&level.pixels[(size_t)from[p] * CHANNELS], CHANNELS, &level.pixels[(size_t)p * CHANNELS]);
  }
  return from;
}

}  // namespace patchfill
