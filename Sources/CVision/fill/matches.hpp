#pragma once

#include "level.hpp"

namespace patchfill {

/// How much the smooth guess counts against the patches themselves. Chosen on composited scenes with truth.
constexpr int COLOUR_GUIDANCE = 6, TEXTURE_GUIDANCE = 40;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random {
  uint64_t state;

  uint32_t next() {
    uint64_t mixed = state += 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return (uint32_t)((mixed ^ (mixed >> 31)) >> 32);
  }

  /// 0 up to `bound` (Lemire 2019).
  int below(int bound) { return (int)(((uint64_t)next() * (uint64_t)bound) >> 32); }
};

/// Which anchors of a level have only source pixels in their patch, and which touch the hole.
struct Anchors {
  std::vector<int> targets, sources;
  std::vector<uint8_t> isSource;

  explicit Anchors(const Level &level) : isSource(level.count(), 0) {
    const int w = level.width, h = level.height, stride = w + 1;
    std::vector<int> holes((size_t)stride * (h + 1), 0), others(holes);
    for (int y = 0; y < h; y++) {
      int hole = 0, other = 0;
      for (int x = 0; x < w; x++) {
        hole += level.roles[y * w + x] == HOLE;
        other += level.roles[y * w + x] != SOURCE;
        holes[(y + 1) * stride + x + 1] = holes[y * stride + x + 1] + hole;
        others[(y + 1) * stride + x + 1] = others[y * stride + x + 1] + other;
      }
    }
    for (int y = 0; y + SIDE <= h; y++) {
      for (int x = 0; x + SIDE <= w; x++) {
        auto block = [&](const std::vector<int> &table) {
          return table[(y + SIDE) * stride + x + SIDE] - table[y * stride + x + SIDE] - table[(y + SIDE) * stride + x] +
                 table[y * stride + x];
        };
        if (block(holes)) {
          targets.push_back(y * w + x);
        } else if (!block(others)) {
          sources.push_back(y * w + x);
          isSource[y * w + x] = 1;
        }
      }
    }
  }
};

/// For every target anchor the source anchor that is most like it.
struct Matches {
  std::vector<int> source;
  std::vector<int> cost;
};

inline int rowCost(const uint8_t *a, const uint8_t *b, const uint8_t *mask) {
  int sum = 0;
  for (int i = 0; i < SIDE * CHANNELS; i++) sum += std::abs((int)(a[i] & mask[i]) - (int)(b[i] & mask[i]));
  return sum;
}

/// How unlike the smooth guesses at two anchors are.
inline int guideCost(const Level &level, int target, int source) {
  const int w = level.width, middle = (w + 1) * SIDE / 2;
  const uint8_t *a = level.guide->at(level, target + middle), *b = level.guide->at(level, source + middle);
  return COLOUR_GUIDANCE * (std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2])) +
         TEXTURE_GUIDANCE * std::abs(a[3] - b[3]);
}

/// The cost of filling one patch with another, or some value of at least `limit` as soon as that is reached.
inline int patchCost(const Level &level, int target, int source, int limit) {
  int sum = guideCost(level, target, source);
  for (int row = 0; row < SIDE && sum < limit; row++) {
    size_t at = (size_t)(target + row * level.width) * CHANNELS;
    sum += rowCost(&level.pixels[at], &level.pixels[(size_t)(source + row * level.width) * CHANNELS], &level.comparable[at]);
  }
  return sum;
}

/// Measures every match against the level's present colours.
inline void rate(const Level &level, const Anchors &anchors, Matches &matches) {
  for (int target : anchors.targets) matches.cost[target] = patchCost(level, target, matches.source[target], INT32_MAX);
}

/// Improves the matches: neighbours' offsets, then random places ever closer, in alternating directions.
inline void search(const Level &level, const Anchors &anchors, Matches &matches, int sweeps, int reach, Random &random) {
  const int w = level.width, h = level.height, n = (int)anchors.targets.size();
  rate(level, anchors, matches);
  for (int sweep = 0; sweep < sweeps; sweep++) {
    const int step = sweep & 1 ? 1 : -1;
    for (int k = 0; k < n; k++) {
      int target = anchors.targets[sweep & 1 ? n - 1 - k : k], x = target % w;
      int best = matches.source[target], least = matches.cost[target];
      auto attempt = [&](int candidate) {
        if (candidate < 0 || candidate >= level.count() || candidate == best || !anchors.isSource[candidate]) return;
        int cost = patchCost(level, target, candidate, least);
        if (cost < least) best = candidate, least = cost;
      };
      int beside = target + step, above = target + step * w;
      if (x + step >= 0 && x + step < w && matches.source[beside] >= 0) attempt(matches.source[beside] - step);
      if (above >= 0 && above < level.count() && matches.source[above] >= 0) attempt(matches.source[above] - step * w);
      for (int radius = reach; radius >= 1; radius /= 2) {
        int column = best % w + random.below(2 * radius + 1) - radius;
        int row = best / w + random.below(2 * radius + 1) - radius;
        if (column >= 0 && row >= 0 && column < w && row < h) attempt(row * w + column);
      }
      matches.source[target] = best;
      matches.cost[target] = least;
    }
  }
}

inline Matches randomMatches(const Level &level, const Anchors &anchors, Random &random) {
  Matches matches{std::vector<int>(level.count(), -1), std::vector<int>(level.count(), 0)};
  for (int target : anchors.targets)
    matches.source[target] = anchors.sources[random.below((int)anchors.sources.size())];
  return matches;
}

/// The coarser level's matches at twice the size; random where they lead nowhere.
inline Matches carried(const Level &level, const Anchors &anchors, const Level &coarse, const Matches &known, Random &random) {
  Matches matches = randomMatches(level, anchors, random);
  const int w = level.width, h = level.height;
  for (int target : anchors.targets) {
    int x = target % w, y = target / w, near = -1;
    int left = std::min(x / 2, coarse.width - SIDE), top = std::min(y / 2, coarse.height - SIDE);
    for (int ring = 0; ring < 4 && near < 0; ring++) {
      for (int row = std::max(0, top - ring); row <= std::min(coarse.height - 1, top + ring) && near < 0; row++) {
        for (int column = std::max(0, left - ring); column <= std::min(coarse.width - 1, left + ring); column++) {
          if (known.source[row * coarse.width + column] < 0) continue;
          near = row * coarse.width + column;
          break;
        }
      }
    }
    if (near < 0) continue;
    int match = known.source[near];
    int column = (match % coarse.width - near % coarse.width) * 2 + x;
    int row = (match / coarse.width - near / coarse.width) * 2 + y;
    for (int spread = 0; spread < 12; spread++) {
      int tryX = column + (spread ? random.below(9) - 4 : 0), tryY = row + (spread ? random.below(9) - 4 : 0);
      if (tryX < 0 || tryY < 0 || tryX >= w || tryY >= h || !anchors.isSource[tryY * w + tryX]) continue;
      matches.source[target] = tryY * w + tryX;
      break;
    }
  }
  return matches;
}

}  // namespace patchfill
